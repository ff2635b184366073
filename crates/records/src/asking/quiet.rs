//! Nobody's telephone rings at night.

use cleansheet_terms::{LONDON, Timestamp};
use jiff::{
    ToSpan as _,
    civil::{Date, Time},
};

/// From this hour on, in London.
const FROM: i8 = 8;
/// And before this one.
const TO: i8 = 20;

/// The first instant from `at` on at which families may be written to: between 8:00 and 20:00 in London.
pub fn daytime(at: Timestamp) -> Timestamp {
    let Ok(here) = at.in_tz(LONDON) else { return at };
    let day = match here.hour() {
        FROM..TO => return at,
        0..FROM => Some(here.date()),
        _ => here.date().checked_add(1.day()).ok(),
    };
    day.and_then(morning).unwrap_or(at)
}

fn morning(day: Date) -> Option<Timestamp> {
    let at = Time::new(FROM, 0, 0, 0).ok()?;
    Some(day.to_datetime(at).in_tz(LONDON).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::daytime;

    #[test]
    fn families_are_written_to_between_eight_and_eight_in_london() {
        for (at, expected) in [
            ("2026-11-21T12:46:00Z", "2026-11-21T12:46:00Z"),
            ("2026-11-21T07:59:59Z", "2026-11-21T08:00:00Z"),
            ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
            ("2026-11-21T19:59:59Z", "2026-11-21T19:59:59Z"),
            ("2026-11-21T20:00:00Z", "2026-11-22T08:00:00Z"),
            // In summer, London is an hour ahead; the night of each clock change lies between.
            ("2026-07-04T06:59:59Z", "2026-07-04T07:00:00Z"),
            ("2026-07-04T19:00:00Z", "2026-07-05T07:00:00Z"),
            ("2026-03-28T21:00:00Z", "2026-03-29T07:00:00Z"),
            ("2026-10-24T21:00:00Z", "2026-10-25T08:00:00Z"),
        ] {
            assert_eq!(daytime(at.parse().unwrap()), expected.parse().unwrap(), "{at}");
        }
    }
}
