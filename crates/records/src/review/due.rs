//! When the policy was reviewed last, and when it has to be again.

use cleansheet_terms::{Date, day_in_london};
use jiff::ToSpan as _;

use super::Reviews;
use crate::{
    database::{StoreError, Tx},
    people::People,
};

/// A day, or a month where the policy's cover says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Some day in the month of this one.
    Month(Date),
    /// This day.
    Day(Date),
}

impl When {
    /// Reads `YYYY-MM`, as on the policy's cover.
    pub fn month(text: &str) -> Option<Self> {
        if text.len() != 7 {
            return None;
        }
        format!("{text}-01").parse().ok().map(Self::Month)
    }

    /// The last day that is meant.
    pub fn last_day(self) -> Date {
        match self {
            Self::Month(day) => day.last_of_month(),
            Self::Day(day) => day,
        }
    }

    /// `March 2022`, `26 November 2026`.
    pub fn in_words(self) -> String {
        match self {
            Self::Month(day) => day.strftime("%B %Y").to_string(),
            Self::Day(day) => day.strftime("%-d %B %Y").to_string(),
        }
    }

    /// `in March 2022`, `on 26 November 2026`.
    pub fn said(self) -> String {
        match self {
            Self::Month(_) => format!("in {}", self.in_words()),
            Self::Day(_) => format!("on {}", self.in_words()),
        }
    }

    /// A year on.
    fn next_year(self) -> Self {
        let later = |day: Date| day.saturating_add(12.months());
        match self {
            Self::Month(day) => Self::Month(later(day)),
            Self::Day(day) => Self::Day(later(day)),
        }
    }
}

/// What the policy's cover says, before the program knew any review: from the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPaper {
    /// The last review.
    pub last: When,
    /// Who did it.
    pub last_by: String,
    /// When the next one is due.
    pub next_due: When,
    /// Who does it, as the cover names them.
    pub next_by: Vec<String>,
}

/// Where the policy's clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewClock {
    /// The last review.
    pub last: When,
    /// Who did it, by name.
    pub last_by: Vec<String>,
    /// When the next one is due; a year after the last one.
    pub next_due: When,
    /// Who does it, by name.
    pub next_by: Vec<String>,
    /// Whether the last review was on paper, before this program.
    pub on_paper: bool,
}

impl ReviewClock {
    /// Reads the clock; a review in the records counts instead of the one on paper.
    pub async fn read(tx: &mut Tx, paper: &OnPaper) -> Result<Self, StoreError> {
        let Some(review) = Reviews(tx).last_done().await? else {
            return Ok(Self {
                last: paper.last,
                last_by: vec![paper.last_by.clone()],
                next_due: paper.next_due,
                next_by: paper.next_by.clone(),
                on_paper: true,
            });
        };
        let done = review.confirmed.as_ref().map_or(review.begun.1, |(_, at)| *at);
        let last = When::Day(day_in_london(done));
        let by = review.signed.iter().map(|one| &one.by).chain(review.confirmed.iter().map(|(by, _)| by));
        let (mut last_by, mut next_by) = (Vec::new(), Vec::new());
        for id in by {
            last_by.extend(People(tx).find(id).await?.map(|one| one.name));
        }
        for id in &review.next {
            next_by.extend(People(tx).find(id).await?.map(|one| one.name));
        }
        let next_due = review.next_due.map_or(last.next_year(), When::Day);
        Ok(Self { last, last_by, next_due, next_by, on_paper: false })
    }

    /// Days until the last day for the next review; below zero when it is overdue.
    pub fn days_left(&self, today: Date) -> i32 {
        (self.next_due.last_day() - today).get_days()
    }

    /// How many months the next review is overdue, as months are counted on a calendar; `None` when it is not. In the
    /// month it was due in, that is 0.
    pub fn months_overdue(&self, today: Date) -> Option<i32> {
        let due = self.next_due.last_day();
        let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        (today > due).then(|| months(today) - months(due))
    }

    /// `44 months overdue`, `due in 12 days`, `due on 26 November 2027`.
    pub fn in_words(&self, today: Date) -> String {
        match (self.months_overdue(today), self.days_left(today)) {
            (Some(0), _) => format!("overdue since {}", self.next_due.in_words()),
            (Some(1), _) => "one month overdue".to_owned(),
            (Some(months), _) => format!("{months} months overdue"),
            (None, 0) => "due today".to_owned(),
            (None, 1) => "due tomorrow".to_owned(),
            (None, days @ 2..=60) => format!("due in {days} days"),
            (None, _) => format!("due {}", self.next_due.said()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Date;

    use super::{ReviewClock, When};

    fn clock(next_due: When) -> ReviewClock {
        let last = When::month("2022-03").unwrap();
        ReviewClock { last, last_by: Vec::new(), next_due, next_by: Vec::new(), on_paper: true }
    }

    #[test]
    fn the_paper_policy_is_44_months_overdue_on_23_november_2026() {
        let clock = clock(When::month("2023-03").unwrap());
        let on = |day: &str| clock.in_words(day.parse().unwrap());
        assert_eq!(on("2026-11-23"), "44 months overdue");
        assert_eq!(on("2023-04-01"), "one month overdue");
        assert_eq!(on("2023-03-31"), "due today", "a month ends with its last day");
        assert_eq!(on("2023-03-30"), "due tomorrow");
        assert_eq!(on("2023-03-01"), "due in 30 days");
        assert_eq!(on("2022-03-01"), "due in March 2023");
    }

    #[test]
    fn a_review_in_the_records_is_due_on_its_day() {
        let day: Date = "2027-11-26".parse().unwrap();
        let clock = clock(When::Day(day));
        let on = |day: &str| clock.in_words(day.parse().unwrap());
        assert_eq!(on("2026-11-26"), "due on 26 November 2027");
        assert_eq!(on("2027-11-26"), "due today");
        assert_eq!(on("2027-11-27"), "overdue since 26 November 2027");
        assert_eq!(on("2028-02-01"), "3 months overdue");
    }

    #[test]
    fn a_month_is_read_as_the_cover_writes_it() {
        for wrong in ["", "2022", "2022-13", "2022-3", "March 2022", "2022-03-01"] {
            assert_eq!(When::month(wrong), None, "{wrong}");
        }
        assert_eq!(When::month("2022-03").unwrap().in_words(), "March 2022");
    }
}
