//! Time comes in as an argument, so that a test can stand at any instant.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Expiry dates, birthdays and match days are days in this time zone.
pub const LONDON: &str = "Europe/London";

/// Where the present instant comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Never answer an earlier instant than this one again.
    fn not_before(&self, _earliest: Timestamp) {}

    /// What is wrong with the machine's clock, as a sentence; `None` while it can be believed.
    fn alarm(&self) -> Option<String> {
        None
    }
}

/// The calendar day in London at an instant: a certificate that ends on the 3rd is good until this says the 4th.
pub fn day_in_london(at: Timestamp) -> Date {
    // The zone is compiled in; were it ever missing, UTC differs by at most one hour a day in summer.
    let zone = TimeZone::get(LONDON).unwrap_or(TimeZone::UTC);
    at.to_zoned_datetime(zone).date()
}

/// A clock that stands still until told otherwise.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at an RFC 3339 instant; anything unreadable stands at 1970.
    pub fn at(text: &str) -> Self {
        let at = text.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
        Self(AtomicI64::new(at.as_millisecond()))
    }

    /// Moves on (or back) by milliseconds.
    pub fn advance_ms(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::day_in_london;

    #[test]
    fn the_day_changes_at_london_midnight_in_winter_and_summer() {
        let day = |text: &str| day_in_london(text.parse().unwrap()).to_string();
        assert_eq!(day("2026-01-10T23:59:59Z"), "2026-01-10");
        assert_eq!(day("2026-07-10T22:59:59Z"), "2026-07-10");
        assert_eq!(day("2026-07-10T23:00:00Z"), "2026-07-11");
        assert_eq!(day("2026-10-25T00:30:00Z"), "2026-10-25");
        assert_eq!(day("2026-10-25T23:30:00Z"), "2026-10-25");
    }
}
