//! Secrets: passwords, tokens, private keys, links that let anybody join.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{Check, CheckFailed, shared::Saying};
use crate::{finding::Finding, reading::Reading};

/// Asks: is something given that opens a door?
pub(super) struct Secrets;

const FOUND: Saying = Saying {
    check: "secrets",
    kind: "secret",
    clause: Clause::known::<10>(),
    rule: "secrets.shape",
    say: "This looks like a password, a key or a link that lets anybody in.",
    remedy: "Take it out and change it: somebody may have seen it.",
};

impl Check for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(concat!(
                r"(?i)\b(?:password|passcode|pass\s?word|pwd|wifi\scode|door\scode|gate\scode|alarm\scode|entry\scode|pin)",
                r"(?:\s(?:is|for\s\S{1,20}\sis)\s|\s?[:=]\s?)\S+",
                r"|-----BEGIN [A-Z ]*PRIVATE KEY-----",
                r"|\b(?:ghp|gho|ghs|github_pat|glpat|xox[abprs]|sk_live|rk_live|pk_live|sk-ant|sk-proj|whsec)[_-][A-Za-z0-9_-]+",
                r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
                r"|\bbearer\s[a-z0-9._-]+",
                r"|\b(?:chat\.whatsapp\.com|discord\.gg|discord\.com/invite|t\.me/(?:\+|joinchat)|teams\.(?:microsoft|live)\.com/(?:l/)?meet\S{0,20}",
                r"|meet\.google\.com|(?:[a-z0-9]+\.)?zoom\.us/[jw]|signal\.group|m\.me/j|snapchat\.com/add)[/#?]?\S*",
                r"|\b(?:access|api|secret|auth)[ _-]?(?:token|key)\s?[:=]\s?\S+",
                r"|\b(?:meeting|zoom)\s(?:id|code)\s?:?\s?\d{3}[ -]?\d{3,4}[ -]?\d{3,4}",
            ))
            .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in &reading.texts {
            let found = shape.find_iter(text.folded());
            findings.extend(found.map(|found| FOUND.removable(text, found.range(), Severity::Block, 0.9)));
        }
        Ok(findings)
    }
}
