//! Days in the forms people use. Day before month, as in this country; whatever could be two days is refused.

use jiff::{ToSpan as _, civil::Date};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Excel counts days; these are 18 May 1927 to 31 December 2099.
const SERIALS: std::ops::RangeInclusive<i32> = 10_000..=73_050;

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DayError {
    #[error("“{0}” is no date; write it like 03/02/2016")]
    NoDate(String),
    #[error("“{0}” has a year of two digits; write all four, like 03/02/2016")]
    ShortYear(String),
    #[error("“{0}” has no such month; write the day first, like 13/02/2016")]
    MonthFirst(String),
    #[error("“{0}” is not in the calendar; look the day up again")]
    NotInCalendar(String),
}

/// Reads `03/02/2016`, `3.2.2016`, `3 February 2016`, `Wed 3rd Feb 2016`, `Feb 3, 2016`, `2016-02-03`, any of them with a
/// time behind, and Excel's count of days.
pub(super) fn read(text: &str) -> Result<Date, DayError> {
    let text = text.trim();
    let none = || DayError::NoDate(text.to_owned());
    if let Some(serial) = text.parse::<i32>().ok().filter(|number| SERIALS.contains(number)) {
        let first = Date::constant(1899, 12, 30);
        return first.checked_add(serial.days()).map_err(|_| none());
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| letter.is_whitespace() || "/-.,".contains(letter))
        .filter(|word| !word.is_empty() && !is_weekday(word))
        .collect();
    let (year, month, day) = match words.as_slice() {
        // A time of day may follow: `00:00:00`, or `t00:00:00` grown together with the day.
        [a, b, c, rest @ ..] if rest.iter().all(|word| is_time(word)) => {
            let c = c
                .split_once('t')
                .filter(|(day, time)| is_number(day) && is_time(time))
                .map_or(*c, |(day, _)| day);
            if is_number(a) && a.len() == 4 {
                (*a, *b, c)
            } else if is_month(a) {
                (c, *a, *b)
            } else {
                (c, *b, *a)
            }
        }
        _ => return Err(none()),
    };
    let day = number(day.trim_end_matches(|letter: char| letter.is_alphabetic())).ok_or_else(none)?;
    let month = if is_month(month) { named(month) } else { number(month) }.ok_or_else(none)?;
    match (year.trim_start_matches('\'').len(), year.parse::<i16>()) {
        (4, Ok(year)) => civil(text, year, month, day),
        (1 | 2, Ok(_)) | (2, Err(_)) => Err(DayError::ShortYear(text.to_owned())),
        _ => Err(none()),
    }
}

fn civil(text: &str, year: i16, month: i8, day: i8) -> Result<Date, DayError> {
    if month > 12 && day <= 12 {
        return Err(DayError::MonthFirst(text.to_owned()));
    }
    Date::new(year, month, day).map_err(|_| DayError::NotInCalendar(text.to_owned()))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_time(word: &str) -> bool {
    let word = word.trim_start_matches('t').trim_end_matches('z');
    matches!(word, "" | "am" | "pm" | "000")
        || (word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':'))
}

fn number(word: &str) -> Option<i8> {
    if is_number(word) && word.len() <= 2 { word.parse().ok() } else { None }
}

fn is_weekday(word: &str) -> bool {
    word.len() >= 3 && WEEKDAYS.iter().any(|day| day.starts_with(word))
}

fn is_month(word: &str) -> bool {
    named(word).is_some()
}

fn named(word: &str) -> Option<i8> {
    let word = if word == "sept" { "sep" } else { word };
    let at = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word))?;
    i8::try_from(at + 1).ok()
}
