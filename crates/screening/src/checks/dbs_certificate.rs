//! DBS certificate numbers: twelve digits beside a word of checks.

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    shared::{Saying, digit_runs, near, stands_alone},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a DBS certificate's number given?
pub(super) struct DbsCertificate;

const FOUND: Saying = Saying {
    check: "dbs-certificate",
    kind: "dbs-certificate",
    clause: Clause::known::<10>(),
    rule: "dbs-certificate.context",
    say: "This looks like the number of a DBS certificate.",
    remedy: "Take it out: it is for the people who check it.",
};

impl Check for DbsCertificate {
    fn name(&self) -> &'static str {
        "dbs-certificate"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 12) {
            let all = text.folded();
            for run in digit_runs(all, &[' ', '-'], 12) {
                let named = || near(all, &run.bytes, 60, &["dbs", "disclosure", "certificate", "crb"]);
                if run.digits.len() == 12 && stands_alone(all, &run.bytes) && named() {
                    findings.push(FOUND.removable(text, run.bytes, Severity::Block, 0.9));
                }
            }
        }
        Ok(findings)
    }
}
