//! When permissions end unless somebody says otherwise, and when they are looked at again (clause 3).

use cleansheet_terms::{Clock, Date, Entropy, PersonId};
use jiff::ToSpan as _;

use super::{Settings, TRUST};
use crate::{
    database::StoreError,
    ledger_entries::Ledger,
    people::{People, PersonError},
};

const SEASON: &str = "season_end";
const REVIEW: &str = "access_review_day";
/// Months between two access reviews.
const QUARTER: i32 = 3;

/// The last day of a season, every year anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeasonEnd {
    month: i8,
    day: i8,
}

/// A day that no year has, or not every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a season ends on a day that every year has; choose a day and a month, for example 31 and 5")]
pub struct NoSuchDay;

impl SeasonEnd {
    /// English football: seasons run from June to May.
    pub const USUAL: Self = Self { month: 5, day: 31 };

    /// A day of a month that every year has.
    pub fn new(month: i8, day: i8) -> Result<Self, NoSuchDay> {
        // Not a leap year.
        Date::new(2027, month, day).map(|_| Self { month, day }).map_err(|_| NoSuchDay)
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The day of that month.
    pub fn day(self) -> i8 {
        self.day
    }

    /// The next last day of a season behind `today`: twelve months away at most.
    pub fn after(self, today: Date) -> Date {
        let of = |year: i16| Date::new(year, self.month, self.day).unwrap_or(Date::MAX);
        let this = of(today.year());
        if this > today { this } else { of(today.year().saturating_add(1)) }
    }

    fn parse(text: &str) -> Result<Self, NoSuchDay> {
        let (month, day) = text.split_once('-').ok_or(NoSuchDay)?;
        let number = |text: &str| text.parse().map_err(|_| NoSuchDay);
        Self::new(number(month)?, number(day)?)
    }
}

impl Settings<'_> {
    /// The last day of a season: permissions end then unless the Manager chooses another day.
    pub async fn season_end(&mut self) -> Result<SeasonEnd, StoreError> {
        let Some(text) = self.value(SEASON).await? else { return Ok(SeasonEnd::USUAL) };
        SeasonEnd::parse(&text).map_err(|_| StoreError::damaged(SEASON))
    }

    /// Says when seasons end. What was given already keeps its last day.
    pub async fn set_season_end(
        &mut self,
        end: SeasonEnd,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        self.put(SEASON, &format!("{:02}-{:02}", end.month, end.day)).await?;
        let payload = (end.month, end.day, by);
        Ledger(self.0).append("access.season_end", TRUST, &payload, clock.now(), entropy).await?;
        Ok(())
    }

    /// The day on which the next access review begins by itself. A trust that has never said begins with the quarter that
    /// comes.
    pub async fn next_access_review(&mut self, today: Date) -> Result<Date, StoreError> {
        let Some(text) = self.value(REVIEW).await? else { return Ok(next_quarter(today)) };
        text.parse().map_err(|_| StoreError::damaged(REVIEW))
    }

    /// Says when the next access review begins.
    pub async fn set_next_access_review(
        &mut self,
        day: Date,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        self.put(REVIEW, &day.to_string()).await?;
        let payload = (day.to_string(), by);
        Ledger(self.0).append("access.next_review", TRUST, &payload, clock.now(), entropy).await?;
        Ok(())
    }

    /// Whether a review has to begin by itself, or the first day for one has still to be kept.
    pub(crate) async fn access_review_is_due(&mut self, today: Date) -> Result<bool, StoreError> {
        match self.value(REVIEW).await? {
            None => Ok(true),
            Some(_) => Ok(self.next_access_review(today).await? <= today),
        }
    }

    /// Keeps the first day for a review, if there is none yet, and says whether one has to begin.
    pub(crate) async fn settle_access_review(&mut self, today: Date) -> Result<bool, StoreError> {
        let next = self.next_access_review(today).await?;
        self.put(REVIEW, &next.to_string()).await?;
        Ok(next <= today)
    }

    /// A review has begun, or would have had nothing to look at: the next one comes a quarter after its day.
    pub(crate) async fn access_reviewed(&mut self, today: Date) -> Result<(), StoreError> {
        let mut next = self.next_access_review(today).await?;
        while next <= today {
            next = next.checked_add(QUARTER.months()).unwrap_or(Date::MAX);
        }
        self.put(REVIEW, &next.to_string()).await
    }
}

/// The first day of the next quarter of the year.
fn next_quarter(today: Date) -> Date {
    let first = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).unwrap_or(today);
    first.checked_add(QUARTER.months()).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::{SeasonEnd, next_quarter};

    #[test]
    fn a_season_ends_within_the_next_twelve_months() {
        for (today, ends) in [
            ("2026-11-26", "2027-05-31"),
            ("2027-05-30", "2027-05-31"),
            ("2027-05-31", "2028-05-31"),
            ("2027-06-01", "2028-05-31"),
        ] {
            assert_eq!(SeasonEnd::USUAL.after(today.parse().unwrap()), ends.parse().unwrap(), "{today}");
        }
        assert!(SeasonEnd::new(2, 29).is_err() && SeasonEnd::new(13, 1).is_err());
    }

    #[test]
    fn a_quarter_begins_on_the_first_of_four_months() {
        for (today, next) in
            [("2026-11-26", "2027-01-01"), ("2027-01-01", "2027-04-01"), ("2027-06-30", "2027-07-01")]
        {
            assert_eq!(next_quarter(today.parse().unwrap()), next.parse().unwrap(), "{today}");
        }
    }
}
