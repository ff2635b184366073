//! UK telephone numbers, in digits or spoken ("oh seven seven"). Ofcom, National Telephone Numbering Plan.

use std::ops::Range;

use cleansheet_terms::{Clause, Severity};

use super::{
    Check, CheckFailed,
    shared::{Saying, digits, near},
};
use crate::{
    finding::Finding,
    reading::{Reading, Text},
};

/// Asks: is somebody's telephone number given?
pub(super) struct Phone;

const FOUND: Saying = Saying {
    check: "phone",
    kind: "phone",
    clause: Clause::known::<10>(),
    rule: "phone.uk",
    say: "This looks like somebody's phone number.",
    remedy: "Take it out, or give the trust's own number.",
};

/// The most digits that are kept of one run.
const MOST_DIGITS: usize = 15;

impl Check for Phone {
    fn name(&self) -> &'static str {
        "phone"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let ours: Vec<String> =
            reading.material.allow.org_phones.iter().filter_map(|phone| national(phone)).collect();
        let mut findings = Vec::new();
        for text in &reading.texts {
            let runs = runs(text);
            for (bytes, written) in runs {
                let Some(number) = national(&written) else { continue };
                let all = text.folded();
                let other =
                    near(all, &bytes, 12, &["isbn", "order", "ref", "invoice", "charity no", "company no"]);
                if !ours.contains(&number) && !other {
                    findings.push(FOUND.removable(text, bytes, Severity::Block, 0.95));
                }
            }
        }
        Ok(findings)
    }
}

/// Runs of digits, spoken or not, that could be a number; `+` is kept.
fn runs(text: &Text) -> Vec<(Range<usize>, String)> {
    let mut runs = Vec::new();
    let mut open: Option<(Range<usize>, String)> = None;
    let mut times = 1;
    for token in &text.tokens {
        let written = text.written(token);
        let gap = open
            .as_ref()
            .map_or("", |(bytes, _)| text.folded().get(bytes.end..token.start).unwrap_or_default());
        let joined = gap.len() <= 4
            && gap.chars().all(|c| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | ',' | '\n'));
        let said = if written.eq_ignore_ascii_case("double") && open.is_some() {
            times = 2;
            continue;
        } else if written.eq_ignore_ascii_case("triple") && open.is_some() {
            times = 3;
            continue;
        } else {
            spoken(written).map(|said| said.repeat(times))
        };
        let joined = joined || times > 1;
        times = 1;
        let Some(said) = said else {
            runs.extend(open.take());
            continue;
        };
        let plus = text.folded().get(..token.start).is_some_and(|before| before.ends_with('+'));
        match open.as_mut().filter(|_| joined && !plus) {
            Some((bytes, number)) if number.len() < MOST_DIGITS => {
                bytes.end = token.end;
                number.push_str(&said);
            }
            _ => {
                let start = if plus { token.start - 1 } else { token.start };
                let fresh = (start..token.end, if plus { format!("+{said}") } else { said });
                runs.extend(open.replace(fresh));
            }
        }
    }
    runs.extend(open);
    runs
}

/// The digits of one word: digits themselves, with letters that are taken for them, or a spoken digit.
fn spoken(word: &str) -> Option<String> {
    let small = word.to_lowercase();
    let one = match small.as_str() {
        "zero" | "oh" | "o" | "nought" | "nil" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        _ => "",
    };
    if !one.is_empty() {
        return Some(one.to_owned());
    }
    let digit = |letter: char| match letter {
        'o' => Some('0'),
        'l' | 'i' => Some('1'),
        's' => Some('5'),
        '+' => None,
        other => other.is_ascii_digit().then_some(other),
    };
    let small = small.trim_start_matches('+');
    let real = small.chars().filter(char::is_ascii_digit).count();
    let all: Option<String> = small.chars().map(digit).collect();
    all.filter(|_| real * 2 > small.chars().count() && small.len() <= 20)
}

/// The national digits of a UK number without the leading 0; `None` when it is no such number.
fn national(written: &str) -> Option<String> {
    let all = digits(written);
    let plus = written.trim_start().starts_with('+');
    let rest = if let Some(rest) = all.strip_prefix("0044") {
        rest
    } else if plus {
        all.strip_prefix("44")?
    } else if let Some(rest) = all.strip_prefix("44").filter(|rest| rest.len() == 10 && rest.starts_with('7'))
    {
        rest
    } else {
        all.strip_prefix('0')?
    };
    let rest = rest.strip_prefix('0').unwrap_or(rest);
    let second = rest.chars().nth(1)?;
    let long = rest.len() == 10;
    let valid = match rest.chars().next()? {
        '7' => long && (matches!(second, '1'..='5' | '7'..='9') || rest.starts_with("7624")),
        '1' => long || rest.len() == 9,
        '2' | '3' | '9' => long,
        '8' => long || rest.len() == 9 && rest.starts_with("800"),
        _ => false,
    };
    valid.then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_for_drama_is_found() {
        for good in [
            "07700 900123",
            "020 7946 0018",
            "01632 960001",
            "0113 496 0999",
            "0191 498 0000",
            "029 2018 0123",
            "028 9649 6012",
            "08081 570123",
            "0909 8790123",
            "03069 990123",
            "+44 7700 900123",
            "+44(0)20 7946 0958",
            "0044 7700 900123",
            "07624 900123",
        ] {
            assert!(national(good).is_some(), "{good}");
        }
        for bad in ["on 01/02/2016", "070 0000 0000", "12345", "07600 900123", "0500 123"] {
            assert!(national(bad).is_none(), "{bad}");
        }
    }
}
