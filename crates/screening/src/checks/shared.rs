//! What several checks do alike.

use std::{borrow::Cow, ops::Range};

use cleansheet_terms::{Clause, Severity};

use super::CheckFailed;
use crate::{
    finding::Finding,
    lexicon::Lexicon,
    material::Context,
    reading::{Reading, Text},
};

/// What a check says of everything it finds.
pub(super) struct Saying {
    pub(super) check: &'static str,
    pub(super) kind: &'static str,
    pub(super) clause: Clause,
    pub(super) rule: &'static str,
    pub(super) say: &'static str,
    pub(super) remedy: &'static str,
}

impl Saying {
    /// A finding at bytes of the folded text.
    pub(super) fn at(
        &self,
        text: &Text,
        bytes: Range<usize>,
        severity: Severity,
        confidence: f32,
    ) -> Finding {
        Finding {
            check: Cow::Borrowed(self.check),
            kind: Cow::Borrowed(self.kind),
            clause: self.clause,
            severity,
            place: text.place(bytes.start, bytes.end),
            confidence,
            rule: self.rule.to_owned(),
            say: self.say.to_owned(),
            remedy: self.remedy.to_owned(),
            fix: None,
        }
    }

    /// The same, with the words taken out by one tap.
    pub(super) fn removable(
        &self,
        text: &Text,
        bytes: Range<usize>,
        severity: Severity,
        confidence: f32,
    ) -> Finding {
        Finding { fix: Some(String::new()), ..self.at(text, bytes, severity, confidence) }
    }
}

/// What the word lists found for the check of this name.
pub(super) fn listed(reading: &Reading<'_>, check: &'static str) -> Result<Vec<Finding>, CheckFailed> {
    let lexicon = Lexicon::shared();
    if let Some(why) = lexicon.trouble() {
        return Err(CheckFailed { check, why: why.to_owned() });
    }
    let mut findings = Vec::new();
    for text in &reading.texts {
        for hit in &text.hits.hits {
            let Some(rule) = lexicon.rule(hit.rule).filter(|rule| rule.check == check) else { continue };
            if !rule.contexts.is_empty() && !rule.contexts.contains(&reading.material.context) {
                continue;
            }
            let words = text.tokens.get(hit.from..hit.to).unwrap_or_default();
            let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
            findings.extend(rule.clauses.iter().map(|clause| Finding {
                check: Cow::Borrowed(check),
                kind: Cow::Owned(rule.kind.clone()),
                clause: *clause,
                severity: severity(rule.severity, reading.material.context),
                place: text.place(first.start, last.end),
                confidence: rule.confidence,
                rule: rule.id.clone(),
                say: rule.say.clone(),
                remedy: rule.remedy.clone(),
                fix: rule.removable.then(String::new),
            }));
        }
    }
    Ok(findings)
}

/// A child's own message is never stopped: it must reach somebody.
fn severity(severity: Severity, context: Context) -> Severity {
    if context == Context::MessageFromChild { severity.min(Severity::Hold) } else { severity }
}

/// Digits of a stretch.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Values of ASCII digits.
pub(super) fn values(text: &str) -> Vec<u32> {
    text.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

/// Whether letters or digits stand directly before or after the stretch.
pub(super) fn stands_alone(text: &str, bytes: &Range<usize>) -> bool {
    let before = text.get(..bytes.start).and_then(|before| before.chars().next_back());
    let after = text.get(bytes.end..).and_then(|after| after.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// One of these words, in small letters, stands within `reach` bytes of the stretch, as a whole word.
pub(super) fn near(text: &str, bytes: &Range<usize>, reach: usize, words: &[&str]) -> bool {
    let mut from = bytes.start.saturating_sub(reach);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (bytes.end + reach).min(text.len());
    while !text.is_char_boundary(to) {
        to += 1;
    }
    let around = text.get(from..to).unwrap_or_default().to_lowercase();
    words.iter().any(|word| {
        around.match_indices(word).any(|(at, found)| stands_alone(&around, &(at..at + found.len())))
    })
}

/// A run of digits with single separators between them: bytes and digits.
pub(super) struct Digits {
    pub(super) bytes: Range<usize>,
    pub(super) digits: String,
}

/// Every run of digits in which spaces, dots, dashes, brackets or slashes may stand between the digits.
pub(super) fn digit_runs(text: &str, separators: &[char], least: usize) -> Vec<Digits> {
    let mut runs = Vec::new();
    let (mut start, mut end, mut found, mut gap) = (0, 0, String::new(), 0);
    for (at, letter) in text.char_indices() {
        if letter.is_ascii_digit() {
            if found.is_empty() {
                start = at;
            }
            found.push(letter);
            (end, gap) = (at + 1, 0);
        } else if !found.is_empty() {
            gap += 1;
            if gap > 2 || !separators.contains(&letter) {
                let digits = std::mem::take(&mut found);
                if digits.len() >= least {
                    runs.push(Digits { bytes: start..end, digits });
                }
            }
        }
    }
    if found.len() >= least {
        runs.push(Digits { bytes: start..end, digits: found });
    }
    runs
}
