//! How full and how late things are: numbers for those who keep the server. Counts and ages, nobody's name or id.

use cleansheet_terms::Timestamp;

use crate::{
    columns::Columns as _,
    database::{Engine, StoreError, Tx, sql},
    mails::{Mails, Queue},
};

/// The jobs of one kind that are not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsOf {
    /// As stored, for example `send_mail`.
    pub kind: String,
    /// Not held by any worker.
    pub waiting: i64,
    /// Held by a worker.
    pub running: i64,
    /// Of all of them, how many have failed at least once.
    pub failed_before: i64,
    /// When the oldest was due.
    pub oldest_due: Timestamp,
}

/// Everything at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauges {
    /// One for each kind that has jobs.
    pub jobs: Vec<JobsOf>,
    /// State and number of the release orders.
    pub orders: Vec<(String, i64)>,
    /// The mail.
    pub mails: Queue,
    /// Entries of the ledger.
    pub ledger_entries: i64,
    /// Bytes of the database.
    pub database_bytes: i64,
}

impl Gauges {
    /// Reads them all in one moment.
    pub async fn read(tx: &mut Tx, engine: Engine, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            jobs: jobs(tx, now).await?,
            orders: orders(tx).await?,
            mails: Mails(tx).queue_state().await?,
            ledger_entries: one(tx, "SELECT COALESCE(MAX(idx) + 1, 0) AS n FROM ledger_entry").await?,
            database_bytes: match engine {
                Engine::Sqlite => {
                    one(tx, "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()")
                        .await?
                }
                Engine::Postgres => one(tx, "SELECT pg_database_size(current_database()) AS n").await?,
            },
        })
    }
}

async fn jobs(tx: &mut Tx, now: Timestamp) -> Result<Vec<JobsOf>, StoreError> {
    let found = sql("SELECT kind, COUNT(*) AS all_of_them,
             COUNT(CASE WHEN lease_ends_ms > $1 THEN 1 END) AS running,
             COUNT(last_error) AS failed_before, MIN(due_ms) AS oldest_ms
         FROM job WHERE done_ms IS NULL GROUP BY kind ORDER BY kind")
    .bind(now.as_millisecond());
    let rows = tx.rows(found).await?;
    rows.iter()
        .map(|row| {
            let running = row.number("running")?;
            Ok(JobsOf {
                kind: row.text("kind")?,
                waiting: row.number("all_of_them")? - running,
                running,
                failed_before: row.number("failed_before")?,
                oldest_due: row.instant("oldest_ms")?,
            })
        })
        .collect()
}

async fn orders(tx: &mut Tx) -> Result<Vec<(String, i64)>, StoreError> {
    let rows =
        tx.rows(sql("SELECT state, COUNT(*) AS n FROM release_order GROUP BY state ORDER BY state")).await?;
    rows.iter().map(|row| Ok((row.text("state")?, row.number("n")?))).collect()
}

async fn one(tx: &mut Tx, statement: &'static str) -> Result<i64, StoreError> {
    match tx.row(sql(statement)).await? {
        Some(row) => row.number("n"),
        None => Ok(0),
    }
}
