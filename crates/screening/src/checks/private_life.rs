//! What belongs to a child's private life: home, school, health, family and law, routine; clause 10.
//!
//! Words alone are no finding: "dementia café" is not about anybody. They count when they are about somebody ("she was
//! diagnosed", "his social worker"), and weigh more beside the name of a child of the roster.

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    roster_names::names_a_child,
    shared::{Saying, listed, stands_alone},
};
use crate::{finding::Finding, normal::Normal, reading::Reading};

/// Asks: does it tell of somebody's private life?
pub(super) struct PrivateLife;

/// Rules with this kind count beside a child's name only.
const WITH_NAME: &str = "private-with-name";

const SCHOOL: Saying = Saying {
    check: "private-life",
    kind: "school",
    clause: Clause::known::<10>(),
    rule: "private-life.school",
    say: "A child's name and school together say where to find that child.",
    remedy: "Leave out the school or the name.",
};

impl Check for PrivateLife {
    fn name(&self) -> &'static str {
        "private-life"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let named = names_a_child(reading);
        let mut findings = listed(reading, self.name())?;
        findings.retain(|finding| named || finding.kind != WITH_NAME);
        if named {
            for finding in &mut findings {
                finding.severity = Severity::Block;
                finding.confidence = 0.85;
            }
            findings.extend(schools(reading));
        }
        Ok(findings)
    }
}

fn schools(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for school in &reading.material.allow.schools {
        let school = Normal::of(school.trim()).text().to_ascii_lowercase();
        for text in reading.texts.iter().filter(|_| !school.is_empty()) {
            let all = text.folded().to_ascii_lowercase();
            let found = all.match_indices(&school).map(|(at, found)| at..at + found.len());
            let found = found.filter(|bytes| stands_alone(&all, bytes));
            findings.extend(found.map(|bytes| SCHOOL.at(text, bytes, Severity::Block, 0.9)));
        }
    }
    findings
}
