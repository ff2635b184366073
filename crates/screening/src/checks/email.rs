//! E-mail addresses, also spelt "sam at example dot org".

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{Check, CheckFailed, shared::Saying};
use crate::{finding::Finding, reading::Reading};

/// Asks: is somebody's e-mail address given?
pub(super) struct Email;

const FOUND: Saying = Saying {
    check: "email",
    kind: "email",
    clause: Clause::known::<10>(),
    rule: "email.address",
    say: "This looks like somebody's e-mail address.",
    remedy: "Take it out, or give the trust's own address.",
};

/// How addresses that are spelt out in words end.
const ENDINGS: [&str; 10] = [".com", ".org", ".net", ".uk", ".eu", ".info", ".ie", ".io", ".edu", ".club"];

impl Check for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(
                r"(?ix) [a-z0-9._+%-]+ (?: \s?@\s? | \s?[\[({]\s?at\s?[\])}]\s? | \sat\s )
                  ( (?: [a-z0-9-]+ (?: \. | \s?[\[({]\s?dot\s?[\])}]\s? | \sdot\s ) ){1,5} [a-z]{2,24} ) ",
            )
            .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in &reading.texts {
            let all = text.folded();
            if !all.contains('@') && !contains_dot(all) {
                continue;
            }
            for found in shape.captures_iter(all) {
                let (Some(whole), Some(domain)) = (found.get(0), found.get(1)) else { continue };
                let written = whole.as_str();
                if !written.contains('@') && !contains_dot(written) {
                    continue; // "meet at example.org" is a link, not an address
                }
                let domain = spelt_out(domain.as_str());
                if !written.contains('@') && !ENDINGS.iter().any(|ending| domain.ends_with(ending)) {
                    continue; // "look at this dot on the map"
                }
                let ours = reading.material.allow.org_domains.iter().any(|ours| within(&domain, ours));
                if !ours {
                    findings.push(FOUND.removable(text, whole.range(), Severity::Block, 0.96));
                }
            }
        }
        Ok(findings)
    }
}

fn contains_dot(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"dot"))
}

fn spelt_out(domain: &str) -> String {
    let letters: String =
        domain.to_lowercase().chars().map(|c| if "[](){}".contains(c) { ' ' } else { c }).collect();
    letters.replace(" dot ", ".").split_whitespace().collect()
}

/// The host is the domain or below it.
pub(super) fn within(host: &str, domain: &str) -> bool {
    let domain = domain.to_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}
