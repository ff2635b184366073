//! Dates of birth: a full date of somebody under nineteen, or beside "born" and the like; "turns 9 today".

use std::sync::OnceLock;

use cleansheet_terms::{Clause, Date, Severity};
use regex::{Captures, Regex};

use super::{
    Check, CheckFailed,
    roster_names::names_a_child,
    shared::{Saying, near},
};
use crate::{finding::Finding, reading::Reading};

/// Asks: is somebody's date of birth given?
pub(super) struct BirthDate;

const FOUND: Saying = Saying {
    check: "birth-date",
    kind: "birth-date",
    clause: Clause::known::<10>(),
    rule: "birth-date.date",
    say: "This looks like somebody's date of birth.",
    remedy: "Take it out: an age group such as U9 is enough.",
};

const BORN: [&str; 9] =
    ["born", "dob", "d.o.b", "d.o.b.", "birthday", "date of birth", "birth date", "birthdate", "b."];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

struct Shapes {
    date: Regex,
    turning: Regex,
}

fn shapes() -> Option<&'static Shapes> {
    static SHAPES: OnceLock<Option<Shapes>> = OnceLock::new();
    let build = || {
        let date = Regex::new(concat!(
            r"(?ix)\b(?: (?P<d>\d{1,2})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?(?P<y>\d{4}|\d{2})",
            r" | (?P<yi>\d{4})-(?P<mi>\d{2})-(?P<di>\d{2})",
            r" | (?P<dw>\d{1,2})(?:st|nd|rd|th)?\s(?:of\s)?(?P<mw>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,?\s(?P<yw>\d{4})",
            r" | (?P<mu>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s(?P<du>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<yu>\d{4})",
            r" )\b"
        ));
        let turning = Regex::new(concat!(
            r"(?i)\b(?:turns?|turned|turning|is)\s(?:\d{1,2}|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)",
            r"\s(?:years\sold\s)?(?:today|tomorrow|this\sweek|on\s\w+day)"
        ));
        Some(Shapes { date: date.ok()?, turning: turning.ok()? })
    };
    SHAPES.get_or_init(build).as_ref()
}

impl Check for BirthDate {
    fn name(&self) -> &'static str {
        "birth-date"
    }

    fn clauses(&self) -> &'static [u8] {
        &[10]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let shapes = shapes()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in &reading.texts {
            let all = text.folded();
            for found in shapes.date.captures_iter(all).filter(|_| text.digits >= 3) {
                let (Some(whole), Some(date)) = (found.get(0), date(&found, reading.material.today)) else {
                    continue;
                };
                let born = near(all, &whole.range(), 30, &BORN);
                let young = reading.material.today.year() - date.year() <= 18;
                let old_enough = date.year() < reading.material.today.year() - 2;
                if date >= reading.material.today || !(born || young && old_enough) {
                    continue;
                }
                let severity = if born || names_a_child(reading) { Severity::Block } else { Severity::Hold };
                findings.push(FOUND.removable(text, whole.range(), severity, if born { 0.95 } else { 0.6 }));
            }
            for found in shapes.turning.find_iter(all) {
                let severity = if names_a_child(reading) { Severity::Block } else { Severity::Hold };
                findings.push(FOUND.removable(text, found.range(), severity, 0.6));
            }
        }
        Ok(findings)
    }
}

/// The day, day before month; a year of two digits lies within the last hundred years.
fn date(found: &Captures<'_>, today: Date) -> Option<Date> {
    let number =
        |names: [&str; 4]| names.iter().find_map(|name| found.name(name)?.as_str().parse::<i16>().ok());
    let month = found.name("mw").or_else(|| found.name("mu")).and_then(|month| {
        let small = month.as_str().to_lowercase();
        MONTHS.iter().zip(1_i16..).find(|(name, _)| **name == small).map(|(_, number)| number)
    });
    let mut year = number(["y", "yi", "yw", "yu"])?;
    if year < 100 {
        year += 2000;
        year -= if year > today.year() { 100 } else { 0 };
    }
    let month = month.or_else(|| number(["m", "mi", "m", "mi"]))?;
    let day = number(["d", "di", "dw", "du"])?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
