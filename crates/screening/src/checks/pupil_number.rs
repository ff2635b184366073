//! Learners' numbers: ULN (ten digits) and UPN (a letter and twelve characters).

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    shared::{Saying, digit_runs, near, stands_alone, values},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a pupil's number given?
pub(super) struct PupilNumber;

const FOUND: Saying = Saying {
    check: "pupil-number",
    kind: "pupil-number",
    clause: Clause::known::<10>(),
    rule: "pupil-number.checked",
    say: "This looks like a pupil's or learner's number.",
    remedy: "Take it out: it belongs to the school.",
};

impl Check for PupilNumber {
    fn name(&self) -> &'static str {
        "pupil-number"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static UPN: OnceLock<Option<Regex>> = OnceLock::new();
        let upn = UPN
            .get_or_init(|| Regex::new(r"(?i)[A-HJ-NP-RT-Z][ -]?\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?[\dA-Z]").ok());
        let upn = upn
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 10) {
            let all = text.folded();
            for run in digit_runs(all, &[' ', '-'], 10) {
                let named = || near(all, &run.bytes, 60, &["uln", "learner", "lrn", "unique learner number"]);
                if is_uln(&run.digits) && stands_alone(all, &run.bytes) && named() {
                    findings.push(FOUND.removable(text, run.bytes, Severity::Block, 0.95));
                }
            }
            for found in upn.find_iter(all) {
                let bytes = found.range();
                if is_upn(found.as_str()) && stands_alone(all, &bytes) {
                    findings.push(FOUND.removable(text, bytes, Severity::Block, 0.97));
                }
            }
        }
        Ok(findings)
    }
}

/// HESA: weights 10 to 1 over all ten digits, modulus 11 leaves 10; the first is not 0.
fn is_uln(digits: &str) -> bool {
    let values = values(digits);
    let sum: u32 = values.iter().zip((1..=10).rev()).map(|(value, weight)| value * weight).sum();
    values.len() == 10 && values.first() != Some(&0) && sum % 11 == 10
}

/// DfE: weights 2 to 13 after the check letter, modulus 23; a temporary number ends in a letter with its own value.
fn is_upn(written: &str) -> bool {
    const LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";
    let letters: Vec<char> =
        written.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let Some((check, rest)) = letters.split_first() else { return false };
    let value = |letter: &char| {
        letter.to_digit(10).or_else(|| LETTERS.find(*letter).and_then(|at| u32::try_from(at).ok()))
    };
    let Some(values) = rest.iter().map(value).collect::<Option<Vec<u32>>>() else { return false };
    let sum: u32 = values.iter().zip(2..).map(|(value, weight)| value * weight).sum();
    values.len() == 12 && LETTERS.chars().nth((sum % 23) as usize) == Some(*check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_pupil_numbers_hold() {
        assert!(is_uln("9276308686") && !is_uln("9276308687") && !is_uln("9434765919"));
        assert!(is_upn("B801200005001") && is_upn("P207000016049"));
        assert!(!is_upn("A801200005001") && !is_upn("Q207000016049"));
    }
}
