//! A person's Safeguarding Children certificate (clause 1).

use cleansheet_terms::{Date, PersonId, Timestamp};
use jiff::Span;

/// A stored word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word of the register")]
pub struct UnknownWord(pub String);

/// A course that counts for "up-to-date Safeguarding Children certificate".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Course {
    /// The FA's Safeguarding Children course.
    FaSafeguardingChildren,
}

impl Course {
    /// All courses.
    pub const ALL: [Self; 1] = [Self::FaSafeguardingChildren];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FaSafeguardingChildren => "fa_safeguarding_children",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|c| c.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }

    /// For how many months a certificate of `completed` is good.
    ///
    /// Source: England Football Learning: three years when completed up to 30 June 2022, two years since.
    fn months(self, completed: Date) -> i64 {
        const TWO_YEARS_FROM: Date = Date::constant(2022, 7, 1);
        match self {
            Self::FaSafeguardingChildren if completed < TWO_YEARS_FROM => 36,
            Self::FaSafeguardingChildren => 24,
        }
    }
}

/// A Safeguarding Children certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeguardingCertificate {
    /// The course.
    pub course: Course,
    /// The day on the certificate.
    pub completed: Date,
    /// Who verified it and when; never its holder.
    pub verified: Option<(PersonId, Timestamp)>,
}

impl SafeguardingCertificate {
    /// The last day on which it is good; it has run out at 00:00 in London on the day after.
    pub fn last_day(&self) -> Date {
        months_after(self.completed, self.course.months(self.completed))
    }
}

/// The same day `months` later, or the month's last day when it is shorter. A number beyond the calendar gives the day
/// itself: never longer than meant.
pub(super) fn months_after(day: Date, months: i64) -> Date {
    Span::new().try_months(months).and_then(|span| day.checked_add(span)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Date;

    use super::{Course, SafeguardingCertificate};

    fn last_day(completed: &str) -> String {
        let completed: Date = completed.parse().unwrap();
        let course = Course::FaSafeguardingChildren;
        SafeguardingCertificate { course, completed, verified: None }.last_day().to_string()
    }

    #[test]
    fn a_certificate_is_good_for_three_years_up_to_june_2022_and_two_since() {
        assert_eq!(last_day("2022-06-30"), "2025-06-30");
        assert_eq!(last_day("2022-07-01"), "2024-07-01");
        assert_eq!(last_day("2024-02-29"), "2026-02-28");
    }
}
