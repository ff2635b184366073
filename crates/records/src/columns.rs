//! Reads columns of a row into the words of the domain; what does not read is damage, never a guess.

use cleansheet_terms::{Date, Timestamp};
use sqlx::{Any, Decode, Row as _, Type, any::AnyRow};

use crate::database::StoreError;

pub(crate) trait Columns {
    fn raw<'r, T: Decode<'r, Any> + Type<Any>>(&'r self, column: &str) -> Result<T, StoreError>;

    fn text(&self, column: &str) -> Result<String, StoreError> {
        self.raw(column)
    }

    fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.raw(column)
    }

    fn number(&self, column: &str) -> Result<i64, StoreError> {
        self.raw(column)
    }

    /// Yes or no, stored as 1 or 0.
    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.number(column)? != 0)
    }

    /// A text that `parse` understands: `row.read("role", Role::parse)`.
    fn read<T, E>(&self, column: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, StoreError> {
        parse(&self.text(column)?).map_err(|_| StoreError::damaged(column))
    }

    fn maybe_read<T, E>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let text = self.maybe_text(column)?;
        text.map(|text| parse(&text)).transpose().map_err(|_| StoreError::damaged(column))
    }

    /// Milliseconds UTC.
    fn instant(&self, column: &str) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.number(column)?).map_err(|_| StoreError::damaged(column))
    }

    fn maybe_instant(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let millisecond: Option<i64> = self.raw(column)?;
        millisecond.map(Timestamp::from_millisecond).transpose().map_err(|_| StoreError::damaged(column))
    }

    /// `YYYY-MM-DD`.
    fn day(&self, column: &str) -> Result<Date, StoreError> {
        self.read(column, str::parse)
    }

    fn maybe_day(&self, column: &str) -> Result<Option<Date>, StoreError> {
        self.maybe_read(column, str::parse)
    }
}

impl Columns for AnyRow {
    fn raw<'r, T: Decode<'r, Any> + Type<Any>>(&'r self, column: &str) -> Result<T, StoreError> {
        self.try_get(column).map_err(|_| StoreError::damaged(column))
    }
}
