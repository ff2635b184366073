//! National Insurance numbers, HMRC NIM39110.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    shared::{Saying, stands_alone},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a National Insurance number given?
pub(super) struct NationalInsurance;

const FOUND: Saying = Saying {
    check: "national-insurance",
    kind: "national-insurance",
    clause: Clause::known::<10>(),
    rule: "national-insurance.shape",
    say: "This looks like a National Insurance number.",
    remedy: "Take it out.",
};

/// Prefixes that are never issued.
const NEVER: [&str; 8] = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "OO"];

impl Check for NationalInsurance {
    fn name(&self) -> &'static str {
        "national-insurance"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(r"(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ .-]?\d\d[ .-]?\d\d[ .-]?\d\d[ .-]?[A-D]")
                .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 6) {
            for found in shape.find_iter(text.folded()) {
                let prefix = found.as_str().get(..2).unwrap_or_default().to_ascii_uppercase();
                if !NEVER.contains(&prefix.as_str()) && stands_alone(text.folded(), &found.range()) {
                    findings.push(FOUND.removable(text, found.range(), Severity::Block, 0.95));
                }
            }
        }
        Ok(findings)
    }
}
