//! Bank details: sort code with account number, IBAN, payment cards.

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{
    Check, CheckFailed,
    shared::{Saying, digit_runs, digits, near, stands_alone, values},
};
use crate::{
    finding::Finding,
    reading::{Reading, Text},
};

/// Asks: are bank details given?
pub(super) struct Bank;

const FOUND: Saying = Saying {
    check: "bank",
    kind: "bank",
    clause: Clause::known::<10>(),
    rule: "bank.details",
    say: "This looks like bank or card details.",
    remedy: "Take them out. Send people to the trust's donation page instead.",
};

/// How far apart sort code and account number may stand, in bytes.
const REACH: usize = 40;

impl Check for Bank {
    fn name(&self) -> &'static str {
        "bank"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static IBAN: OnceLock<Option<Regex>> = OnceLock::new();
        let iban = IBAN.get_or_init(|| {
            Regex::new(r"(?i)\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b").ok()
        });
        let iban = iban
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in reading.texts.iter().filter(|text| text.digits >= 8) {
            let all = text.folded();
            for found in iban.find_iter(all) {
                if let Some(end) = iban_end(found.as_str()) {
                    let bytes = found.start()..found.start() + end;
                    findings.push(FOUND.removable(text, bytes, Severity::Block, 0.99));
                }
            }
            for run in digit_runs(all, &[' ', '-'], 13) {
                if is_card(&run.digits) && stands_alone(all, &run.bytes) {
                    findings.push(FOUND.removable(text, run.bytes, Severity::Block, 0.97));
                }
            }
            findings.extend(accounts(text));
        }
        Ok(findings)
    }
}

/// A sort code with an account number near it, or with a word of banking.
fn accounts(text: &Text) -> Vec<Finding> {
    static SORT: OnceLock<Option<Regex>> = OnceLock::new();
    let sort = SORT.get_or_init(|| Regex::new(r"\b(?:\d{2}[- ]\d{2}[- ]\d{2}|\d{6})\b").ok());
    let all = text.folded();
    let Some(sort) = sort else { return Vec::new() };
    let numbers: Vec<_> = digit_runs(all, &[], 8).into_iter().filter(|run| run.digits.len() == 8).collect();
    let mut findings = Vec::new();
    let mut next = numbers.iter().peekable();
    for found in sort.find_iter(all) {
        // Both lists are in order: what lies too far back is passed once.
        while next.next_if(|number| number.bytes.end + REACH < found.start()).is_some() {}
        let account = next.peek().filter(|number| {
            number.bytes.start <= found.end() + REACH
                && (number.bytes.start >= found.end() || number.bytes.end <= found.start())
        });
        let words = || {
            near(all, &found.range(), REACH, &["sort code", "sortcode", "account", "acc no", "a/c", "bacs"])
        };
        let dashed = found.as_str().contains('-');
        let bytes = match account {
            Some(number) if dashed || words() => {
                found.start().min(number.bytes.start)..found.end().max(number.bytes.end)
            }
            None if near(all, &found.range(), REACH, &["sort code", "sortcode"]) => found.range(),
            _ => continue,
        };
        findings.push(FOUND.removable(text, bytes, Severity::Block, 0.95));
    }
    findings
}

/// How many bytes of the stretch are a valid IBAN; longer stretches take in words that follow.
fn iban_end(written: &str) -> Option<usize> {
    let compact: Vec<(usize, char)> = written.char_indices().filter(|(_, c)| *c != ' ').collect();
    let most = if written.to_ascii_uppercase().starts_with("GB") { 22 } else { compact.len() };
    let taken = compact.get(..most)?;
    let letters: String = taken.iter().map(|(_, c)| c.to_ascii_uppercase()).collect();
    (is_iban(&letters)).then(|| taken.last().map(|(at, _)| at + 1)).flatten()
}

/// ISO 13616: the first four characters go to the end, letters count from 10, and 97 leaves 1.
fn is_iban(letters: &str) -> bool {
    let (Some(head), Some(tail)) = (letters.get(..4), letters.get(4..)) else { return false };
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 })
    });
    (15..=34).contains(&letters.len()) && rest == Some(1)
}

/// Luhn over 13 to 19 digits that begin like a card of a known scheme.
fn is_card(number: &str) -> bool {
    let number = digits(number);
    let known = [
        "4", "51", "52", "53", "54", "55", "2", "34", "37", "6011", "62", "64", "65", "35", "30", "36", "38",
        "50", "63", "67",
    ];
    let sum: u32 = values(&number)
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| if place % 2 == 1 { value * 2 / 10 + value * 2 % 10 } else { *value })
        .sum();
    (13..=19).contains(&number.len())
        && sum.is_multiple_of(10)
        && known.iter().any(|start| number.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_bank_numbers_hold() {
        assert!(is_iban("GB82WEST12345698765432") && !is_iban("GB83WEST12345698765432"));
        assert!(is_card("4111111111111111") && !is_card("4111111111111112"));
    }
}
