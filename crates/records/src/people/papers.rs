//! What all papers of clause 1 have in common.

use cleansheet_terms::Date;
use jiff::Span;

/// A stored word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word of the register")]
pub struct UnknownWord(pub String);

/// The same day `months` later, or the month's last day when it is shorter. A number beyond the calendar gives the day
/// itself: never longer than meant.
pub(super) fn months_after(day: Date, months: i64) -> Date {
    Span::new().try_months(months).and_then(|span| day.checked_add(span)).unwrap_or(day)
}
