//! Words the organisation keeps to itself: names of bids, salaries, disciplinary matters.

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    shared::{Saying, stands_alone},
};
use crate::{finding::Finding, normal::Normal, reading::Reading};

/// Asks: is something said that is not public yet?
pub(super) struct Confidential;

const FOUND: Saying = Saying {
    check: "confidential",
    kind: "confidential",
    clause: Clause::known::<10>(),
    rule: "confidential.listed",
    say: "This is on the trust's list of confidential words.",
    remedy: "Take it out, or say why it may be public now.",
};

impl Check for Confidential {
    fn name(&self) -> &'static str {
        "confidential"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let listed = reading.material.allow.confidential.iter();
        let listed: Vec<String> = listed
            .map(|word| Normal::of(word.trim()).text().to_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        let mut findings = Vec::new();
        if listed.is_empty() {
            return Ok(findings);
        }
        for text in &reading.texts {
            // Only ASCII letters change, so that bytes stay where they are.
            let all = text.folded().to_ascii_lowercase();
            for word in &listed {
                let found = all.match_indices(word.as_str()).map(|(at, found)| at..at + found.len());
                let found = found.filter(|bytes| stands_alone(&all, bytes));
                findings.extend(found.map(|bytes| FOUND.at(text, bytes, Severity::Hold, 0.9)));
            }
        }
        Ok(findings)
    }
}
