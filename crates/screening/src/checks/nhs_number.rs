//! NHS numbers: ten digits, the last one checks the others.

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    shared::{Saying, digit_runs, near, stands_alone, values},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a patient's number given?
pub(super) struct NhsNumber;

const FOUND: Saying = Saying {
    check: "nhs-number",
    kind: "nhs-number",
    clause: Clause::known::<10>(),
    rule: "nhs-number.mod11",
    say: "This looks like somebody's NHS number.",
    remedy: "Take it out: health details are never posted.",
};

impl Check for NhsNumber {
    fn name(&self) -> &'static str {
        "nhs-number"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 10) {
            let all = text.folded();
            for run in digit_runs(all, &[' ', '-', '.'], 10) {
                if !is_nhs(&run.digits) || !stands_alone(all, &run.bytes) || after_sign(all, run.bytes.start)
                {
                    continue;
                }
                let written = all.get(run.bytes.clone()).unwrap_or_default();
                let grouped = written.split([' ', '-', '.']).map(str::len).eq([3, 3, 4]);
                let medical =
                    near(all, &run.bytes, 60, &["nhs", "patient", "hospital", "medical", "gp", "health"]);
                let severity = if grouped || medical { Severity::Block } else { Severity::Hold };
                let sure = if medical { 0.98 } else { 0.7 };
                findings.push(FOUND.removable(text, run.bytes, severity, sure));
            }
        }
        Ok(findings)
    }
}

fn after_sign(text: &str, start: usize) -> bool {
    text.get(..start).is_some_and(|before| before.ends_with(['+', '£', '$', '€']))
}

/// NHS Data Dictionary: weights 10 to 2 over the first nine digits, modulus 11, the remainder 10 is never issued.
pub(super) fn is_nhs(digits: &str) -> bool {
    let values = values(digits);
    let [body @ .., check] = values.as_slice() else { return false };
    if body.len() != 9 || values.iter().all(|value| Some(value) == values.first()) {
        return false;
    }
    let sum: u32 = body.iter().zip((2..=10).rev()).map(|(value, weight)| value * weight).sum();
    (11 - sum % 11) % 11 == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_nhs_numbers_hold() {
        for good in ["9434765919", "9990000018", "4010232137"] {
            assert!(is_nhs(good), "{good}");
        }
        for bad in ["9434765918", "1234567890", "9990000000"] {
            assert!(!is_nhs(bad), "{bad}");
        }
    }

    #[test]
    fn no_last_digit_fits_a_base_that_is_never_issued() {
        assert!((0..=9).all(|last| !is_nhs(&format!("999000000{last}"))));
    }
}
