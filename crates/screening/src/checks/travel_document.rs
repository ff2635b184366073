//! Passports (number beside the word, or the machine-readable zone) and driving licences.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    shared::{Saying, digit_runs, near, stands_alone},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a passport or driving licence given?
pub(super) struct TravelDocument;

const FOUND: Saying = Saying {
    check: "travel-document",
    kind: "travel-document",
    clause: Clause::known::<10>(),
    rule: "travel-document.number",
    say: "This looks like a passport or driving licence.",
    remedy: "Take it out.",
};

impl Check for TravelDocument {
    fn name(&self) -> &'static str {
        "travel-document"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPES: OnceLock<Option<(Regex, Regex)>> = OnceLock::new();
        let shapes = SHAPES.get_or_init(|| {
            let licence = Regex::new(concat!(
                r"(?i)[A-Z9]{5} ?\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d ?[A-Z9]{2}",
                r"[0-9] ?[A-Z]{2}"
            ));
            let zone = Regex::new(r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[A-Z0-9<]{14}[\d<]\d");
            Some((licence.ok()?, zone.ok()?))
        });
        let (licence, zone) = shapes
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 6) {
            let all = text.folded();
            for found in licence.find_iter(all).filter(|found| stands_alone(all, &found.range())) {
                if found.as_str().starts_with(|c: char| c.is_ascii_alphabetic()) {
                    findings.push(FOUND.removable(text, found.range(), Severity::Block, 0.97));
                }
            }
            for found in zone.find_iter(all).filter(|found| zone_adds_up(found.as_str())) {
                findings.push(FOUND.removable(text, found.range(), Severity::Block, 0.99));
            }
            for run in digit_runs(all, &[' '], 8) {
                let passport = run.digits.len() == 9 && near(all, &run.bytes, 40, &["passport"]);
                let northern = run.digits.len() == 8
                    && near(all, &run.bytes, 40, &["driving licence", "licence number"]);
                if (passport || northern) && stands_alone(all, &run.bytes) {
                    findings.push(FOUND.removable(text, run.bytes, Severity::Block, 0.9));
                }
            }
        }
        Ok(findings)
    }
}

/// ICAO 9303: number, birth and expiry each followed by their check digit.
fn zone_adds_up(line: &str) -> bool {
    [(0, 9), (13, 19), (21, 27)].iter().all(|(from, to)| {
        let check = line.get(*to..to + 1).and_then(|digit| digit.parse().ok());
        line.get(*from..*to).is_some_and(|part| Some(check_digit(part)) == check)
    })
}

fn check_digit(part: &str) -> u32 {
    let value = |letter: char| letter.to_digit(36).unwrap_or(0);
    part.chars()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(letter, weight)| value(letter) * weight)
        .sum::<u32>()
        % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_check_digit_holds() {
        assert_eq!(check_digit("925665416"), 6);
        assert!(zone_adds_up("L898902C36UTO7408122F1204159ZE184226B<<<<<10"));
    }
}
