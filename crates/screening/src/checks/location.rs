//! Exact places: coordinates, map links, plus codes, what3words.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{Check, CheckFailed, shared::Saying};
use crate::{finding::Finding, reading::Reading};

/// Asks: does the text say exactly where somebody is?
pub(super) struct Location;

const FOUND: Saying = Saying {
    check: "location",
    kind: "location",
    clause: Clause::known::<10>(),
    rule: "location.exact",
    say: "This gives an exact place on a map.",
    remedy: "Take it out, or give the venue's name.",
};

impl Check for Location {
    fn name(&self) -> &'static str {
        "location"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(concat!(
                r"(?i)-?\d{1,2}\.\d{4,10} ?°? ?[NS]?[,;] {0,2}-?\d{1,3}\.\d{4,10}(?: ?°? ?[EW]\b)?",
                r"|\d{1,2}°\s?\d{1,2}['′]\s?[\d.]{0,6}\W{0,2}\s?[NS]\W{0,2}\d{1,3}°\s?\d{1,2}['′]\s?[\d.]{0,6}\W{0,2}\s?[EW]",
                r"|\b[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}\b",
                r"|///\p{L}{3,20}\.\p{L}{3,20}\.\p{L}{3,20}|\b(?:w3w\.co|what3words\.com)/\S+",
                r"|\b(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google\.[a-z.]{2,6}|(?:www\.)?google\.[a-z.]{2,6}/maps",
                r"|maps\.apple\.com|(?:www\.)?openstreetmap\.org|osm\.org|waze\.com|bing\.com/maps)[/?#]\S*",
            ))
            .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in &reading.texts {
            let all = text.folded();
            if text.digits < 8 && !all.contains('/') && !all.contains('+') {
                continue;
            }
            findings.extend(
                shape.find_iter(all).map(|found| FOUND.removable(text, found.range(), Severity::Block, 0.95)),
            );
        }
        Ok(findings)
    }
}
