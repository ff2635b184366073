//! Vehicle registrations in the words; in pictures the words in them are read elsewhere.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    shared::{Saying, near, stands_alone},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is a car's number given?
pub(super) struct VehiclePlate;

const FOUND: Saying = Saying {
    check: "vehicle-plate",
    kind: "vehicle-plate",
    clause: Clause::known::<10>(),
    rule: "vehicle-plate.shape",
    say: "This looks like a car's number plate.",
    remedy: "Take it out, or say why it has to stay.",
};

const CARS: [&str; 12] = [
    "car",
    "van",
    "reg",
    "registration",
    "plate",
    "vehicle",
    "parked",
    "minibus",
    "bus",
    "driver",
    "drives",
    "lights on",
];

impl Check for VehiclePlate {
    fn name(&self) -> &'static str {
        "vehicle-plate"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(concat!(
                r"(?P<now>\b[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}\b)",
                r"|\b[A-HJ-NPR-TV-Y]\d{1,3} ?[A-HJ-PR-Y]{3}\b|\b[A-HJ-PR-Y]{3} ?\d{1,3}[A-HJ-NPR-TV-Y]\b|\b[A-Z]?I[A-Z] ?\d{1,4}\b|\b[A-Z]{2}Z ?\d{1,4}\b"
            ))
            .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 1) {
            let all = text.folded();
            for found in shape.captures_iter(all) {
                let Some(whole) = found.get(0).filter(|whole| stands_alone(all, &whole.range())) else {
                    continue;
                };
                // The older shapes are also squad names and kit codes: they need a word about cars.
                if found.name("now").is_some() || near(all, &whole.range(), 40, &CARS) {
                    findings.push(FOUND.removable(text, whole.range(), Severity::Hold, 0.7));
                }
            }
        }
        Ok(findings)
    }
}
