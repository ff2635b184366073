//! Time comes in as an argument, so that a test can stand at any instant.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::{AmbiguousOffset, TimeZone},
};

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

/// A time on the clocks of London that is no instant, or two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WallTime {
    /// In the hour that is left out in spring.
    #[error(
        "this time does not exist: that night the clocks go forward from 01:00 to 02:00; choose 02:00 or later"
    )]
    Never,
    /// In the hour that comes twice in autumn.
    #[error(
        "this time comes twice: that night the clocks go back from 02:00 to 01:00; choose a time before 01:00 or from \
             02:00 on"
    )]
    Twice,
}

/// The instant at which the clocks of London show a time on a day.
pub fn instant_in_london(day: Date, time: Time) -> Result<Timestamp, WallTime> {
    let zone = TimeZone::get(LONDON).unwrap_or(TimeZone::UTC);
    let shown = zone.into_ambiguous_zoned_datetime(day.to_datetime(time));
    if matches!(shown.offset(), AmbiguousOffset::Gap { .. }) {
        return Err(WallTime::Never);
    }
    shown.unambiguous().map(|at| at.timestamp()).map_err(|_| WallTime::Twice)
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
    use super::{WallTime, day_in_london, instant_in_london};

    #[test]
    fn a_time_on_londons_clocks_is_one_instant_but_for_two_hours_of_a_year() {
        let at = |day: &str, time: &str| {
            instant_in_london(day.parse().unwrap(), time.parse().unwrap()).map(|at| at.to_string())
        };
        assert_eq!(at("2026-11-28", "10:00").unwrap(), "2026-11-28T10:00:00Z");
        assert_eq!(at("2027-07-03", "10:00").unwrap(), "2027-07-03T09:00:00Z");
        assert_eq!(at("2027-03-28", "00:59").unwrap(), "2027-03-28T00:59:00Z");
        assert_eq!(at("2027-03-28", "01:00"), Err(WallTime::Never));
        assert_eq!(at("2027-03-28", "01:59"), Err(WallTime::Never));
        assert_eq!(at("2027-03-28", "02:00").unwrap(), "2027-03-28T01:00:00Z");
        assert_eq!(at("2026-10-25", "00:59").unwrap(), "2026-10-24T23:59:00Z");
        assert_eq!(at("2026-10-25", "01:00"), Err(WallTime::Twice));
        assert_eq!(at("2026-10-25", "01:59"), Err(WallTime::Twice));
        assert_eq!(at("2026-10-25", "02:00").unwrap(), "2026-10-25T02:00:00Z");
    }

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
