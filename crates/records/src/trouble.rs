//! What is wrong when the records do not answer, as far as anybody can do something about it.

use crate::{
    Engine, Records,
    columns::Columns as _,
    database::{StoreError, sql},
};

/// Up to this size a file is read in a moment.
const LARGE_BYTES: i64 = 64 << 20;

/// Why the records could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Somebody else holds them; the same again later may work. Nothing was changed.
    Busy,
    /// They do not answer: the database restarts, or the way to it broke. The same again later may work, but what was
    /// being committed may be kept or not.
    Away,
    /// The disk is full. Nothing was half done.
    Full,
    /// What is stored does not read as what it should be: only a backup helps.
    Damaged,
    /// Anything else.
    Other,
}

impl StoreError {
    /// What is wrong.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Corrupt(_) => Trouble::Damaged,
            Self::Database(error) | Self::Migration(sqlx::migrate::MigrateError::Execute(error)) => of(error),
            Self::Damaged { .. }
            | Self::Migration(_)
            | Self::Newer { .. }
            | Self::NotBackedUp { .. }
            | Self::Copy(..)
            | Self::OldCopy(..)
            | Self::NotEmpty
            | Self::Address(_)
            | Self::Ledger(_) => Trouble::Other,
        }
    }

    /// Whether the same again in a moment may work.
    pub fn is_passing(&self) -> bool {
        matches!(self.trouble(), Trouble::Busy | Trouble::Away)
    }
}

fn of(error: &sqlx::Error) -> Trouble {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        // A pool that gives no connection cannot say whether others hold them or nobody is there.
        Io(_) | Tls(_) | PoolTimedOut | PoolClosed | Protocol(_) | WorkerCrashed => Trouble::Away,
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // PostgreSQL's codes have five letters.
            Some("53100") => Trouble::Full,
            Some("55P03" | "40001" | "40P01") => Trouble::Busy,
            Some("XX001" | "XX002") => Trouble::Damaged,
            // Classes: connection, resources, operator.
            Some(code) if code.len() == 5 && matches!(code.get(..2), Some("08" | "53" | "57")) => {
                Trouble::Away
            }
            Some(code) if code.len() < 5 => of_sqlite(code.parse().unwrap_or(0)),
            _ => Trouble::Other,
        },
        _ => Trouble::Other,
    }
}

/// SQLite's codes: the lowest byte is the kind, the rest says where.
fn of_sqlite(code: i32) -> Trouble {
    const SHARED_MEMORY_CANNOT_GROW: i32 = 4874;
    match (code & 0xff, code) {
        (5 | 6, _) => Trouble::Busy,
        (13, _) | (_, SHARED_MEMORY_CANNOT_GROW) => Trouble::Full,
        (11 | 26, _) => Trouble::Damaged,
        _ => Trouble::Other,
    }
}

impl Records {
    /// Reads every page of a SQLite file and looks whether it can be what was written, unless that would keep people
    /// waiting: see [`Records::check_if_large`]. PostgreSQL keeps check sums of its own.
    pub async fn check_if_small(&self) -> Result<(), StoreError> {
        if self.is_large().await? { Ok(()) } else { self.check().await }
    }

    /// The same for a large file: it takes seconds, while pages are read already.
    pub async fn check_if_large(&self) -> Result<(), StoreError> {
        if self.is_large().await? { self.check().await } else { Ok(()) }
    }

    async fn is_large(&self) -> Result<bool, StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(false);
        }
        let size = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()";
        let bytes = self.read().await?.row(sql(size)).await?.map(|row| row.number("bytes")).transpose()?;
        Ok(bytes.is_some_and(|bytes| bytes > LARGE_BYTES))
    }

    async fn check(&self) -> Result<(), StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(());
        }
        let mut tx = self.read().await?;
        let said = tx.row(sql("PRAGMA quick_check(1)")).await?;
        let said: String = said.map(|row| sqlx::Row::try_get(&row, 0)).transpose()?.unwrap_or_default();
        if said == "ok" { Ok(()) } else { Err(StoreError::Corrupt(said)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Trouble, of_sqlite};

    #[test]
    fn sqlites_codes_are_read_with_where_they_come_from() {
        let of = |codes: &[i32]| codes.iter().map(|code| of_sqlite(*code)).collect::<Vec<_>>();
        assert_eq!(of(&[5, 261, 517, 6]), [Trouble::Busy; 4]);
        assert_eq!(of(&[13, 4874]), [Trouble::Full; 2]);
        assert_eq!(of(&[11, 267, 26]), [Trouble::Damaged; 3]);
        assert_eq!(of(&[1, 10, 19]), [Trouble::Other; 3]);
    }
}
