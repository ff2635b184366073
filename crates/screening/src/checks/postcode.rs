//! UK postcodes, BS 7666: stopped beside a home cue or a child's name, allowed for venues, else worth a second look.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    roster_names::names_a_child,
    shared::{Saying, near, stands_alone},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: does a postcode say where somebody lives?
pub(super) struct Postcode;

const FOUND: Saying = Saying {
    check: "postcode",
    kind: "postcode",
    clause: Clause::known::<10>(),
    rule: "postcode.bs7666",
    say: "A postcode can say where somebody lives.",
    remedy: "Take it out, or add the venue to the trust's places.",
};

const HOME: [&str; 12] = [
    "lives",
    "live",
    "living",
    "home",
    "house",
    "address",
    "flat",
    "walks home",
    "her road",
    "his road",
    "moved to",
    "stays at",
];

impl Check for Postcode {
    fn name(&self) -> &'static str {
        "postcode"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let pattern = pattern()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let venues: Vec<String> = reading.material.allow.venues.iter().map(|venue| plain(venue)).collect();
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 2) {
            let all = text.folded();
            for found in pattern.find_iter(all) {
                let bytes = found.range();
                let spaced = found.as_str().contains(' ');
                let shouted = found.as_str().chars().all(|c| !c.is_lowercase());
                if !stands_alone(all, &bytes)
                    || !(spaced || shouted)
                    || venues.contains(&plain(found.as_str()))
                {
                    continue;
                }
                let home = near(all, &bytes, 60, &HOME) || names_a_child(reading);
                let severity = if home { Severity::Block } else { Severity::Hold };
                findings.push(FOUND.removable(text, bytes, severity, if home { 0.9 } else { 0.6 }));
            }
        }
        Ok(findings)
    }
}

fn plain(postcode: &str) -> String {
    postcode.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect()
}

fn pattern() -> Option<&'static Regex> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let build = || {
        Regex::new(concat!(
            r"(?i)\b(?:GIR ?0AA|(?:[A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}|[A-PR-UWYZ]\d[A-HJKPSTUW]",
            r"|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]) ?\d[ABD-HJLNP-UW-Z]{2})\b"
        ))
        .ok()
    };
    PATTERN.get_or_init(build).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_postcodes_hold() {
        let pattern = pattern().unwrap();
        for good in ["CB5 8LN", "EC1A 1BB", "W1A 0AX", "N1P 1AA", "M1 1AE", "GIR 0AA", "b33 8th"] {
            assert!(pattern.is_match(good), "{good}");
        }
        for bad in ["Q1 1AA", "CB5 8CN", "on 01/02/2016"] {
            assert!(!pattern.is_match(bad), "{bad}");
        }
    }
}
