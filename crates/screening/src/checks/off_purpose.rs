//! Messages to a child that are not about the trust's activity, clause 5.
//!
//! Decided by structure first: a message that is about an activity is let through unless it is private or secret; one
//! that asks or tells a child something and names no activity waits for a second look.

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    shared::{Saying, listed},
};
use crate::{finding::Finding, material::Context, reading::Reading};

/// Fewer words than this are a greeting or a thank-you.
const FEWEST_WORDS: usize = 4;

/// Asks: is this message to a child about the activity?
pub(super) struct OffPurpose;

const NO_ACTIVITY: Saying = Saying {
    check: "off-purpose",
    kind: "off-purpose",
    clause: Clause::known::<5>(),
    rule: "contact.no-activity",
    say: "This message names no session, fixture or course.",
    remedy: "Say which activity it is about, or leave it out.",
};

impl Check for OffPurpose {
    fn name(&self) -> &'static str {
        "off-purpose"
    }

    fn clauses(&self) -> &'static [u8] {
        &[5]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        if reading.material.context != Context::MessageToChild {
            return Ok(Vec::new());
        }
        let purpose = reading.texts.iter().any(|text| text.hits.purpose);
        let mut findings = listed(reading, self.name())?;
        if purpose {
            findings.retain(|finding| finding.rule != "contact.private");
        } else if findings.is_empty() {
            let wordy = reading.texts.first().filter(|text| text.tokens.len() >= FEWEST_WORDS);
            findings
                .extend(wordy.map(|text| NO_ACTIVITY.at(text, 0..text.folded().len(), Severity::Hold, 0.5)));
        }
        Ok(findings)
    }
}
