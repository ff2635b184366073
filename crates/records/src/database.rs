//! The database of one trust: SQLite in a file by default, PostgreSQL by URL, one SQL text for both.
//!
//! There is one writer at a time on both engines: SQLite has a single write lock, PostgreSQL is given one (an advisory
//! lock taken when a writing transaction begins). So what a transaction has read cannot change before it commits, the
//! ledger's next index is certain, and no rule has to be written twice. A trust makes far less than one write a second.

use std::{path::Path, time::Duration};

use cleansheet_terms::failpoint;
use sqlx::{
    Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Row as _, Transaction,
    any::{AnyArguments, AnyPoolOptions, AnyRow},
    migrate::{Migration, MigrationType, Migrator},
    query::Query,
};

use crate::ledger_entries::{Added, Ledger};

mod snapshot;
mod upgrade;

pub use snapshot::Promise;

/// A statement with its arguments bound; its text is written in the source, or made of such a text and of places for arguments.
pub(crate) type Statement = Query<'static, Any, AnyArguments>;

/// A statement: `$1` placeholders, and nothing that only one of the two engines understands.
pub(crate) fn sql(text: &'static str) -> Statement {
    sqlx::query(text)
}

/// Which engine a trust's records are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file beside the program.
    Sqlite,
    /// A server.
    Postgres,
}

/// The records could not be read or written. Nothing of the transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error or not at all.
    #[error("the records could not be read or written: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(
        "the records could not be brought up to date: {0}; restore the last backup or use the newest program"
    )]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema is one that a later program made.
    #[error(
        "the records were made by a newer Cleansheet (schema {found}, this program knows {known}); use the newest program"
    )]
    Newer {
        /// The version of the schema that is there.
        found: i64,
        /// The newest one this program knows.
        known: i64,
    },
    /// A PostgreSQL database would be changed without a backup to go back to.
    #[error(
        "the records need an upgrade (schema {found} to {known}); run `cleansheet backup create` first, or say that \
         there is a backup with --backup-done"
    )]
    NotBackedUp {
        /// The version of the schema that is there.
        found: i64,
        /// The version it would become.
        known: i64,
    },
    /// The copy that is made before an upgrade, or a snapshot, could not be written.
    #[error("a copy of the records cannot be written to `{0}`: {1}; make room there")]
    Copy(std::path::PathBuf, std::io::Error),
    /// A copy that was made before an upgrade is too old to be kept, and stays.
    #[error("the old copy of the records `{0}` cannot be removed: {1}; remove it by hand")]
    OldCopy(std::path::PathBuf, std::io::Error),
    /// Records are restored into an empty database only.
    #[error("the database that the records would be restored into is not empty; give an empty one")]
    NotEmpty,
    /// The address names no database this program can use.
    #[error("`{0}` is no database address; use a file path or `postgres://user@host/name`")]
    Address(String),
    /// A stored value does not read as what it should be.
    #[error(
        "the records hold something unreadable in `{column}`; run `cleansheet ledger verify` and restore a backup"
    )]
    Damaged {
        /// The column.
        column: String,
    },
    /// Pages of the SQLite file are damaged; what SQLite says about them.
    #[error(
        "the records are damaged ({0}); keep this data folder as it is, and restore the newest backup into an empty one"
    )]
    Corrupt(String),
    /// An entry could not be put into the ledger's form.
    #[error("a ledger entry could not be written: {0}")]
    Ledger(String),
}

impl StoreError {
    /// Whether a row with the same unique value is already there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    pub(crate) fn damaged(column: &str) -> Self {
        Self::Damaged { column: column.to_owned() }
    }
}

/// One trust's records. Cheap to clone; every clone is the same database.
#[derive(Debug, Clone)]
pub struct Records {
    engine: Engine,
    writer: AnyPool,
    readers: AnyPool,
}

/// A transaction. Dropped without [`Tx::commit`], nothing of it is kept.
pub struct Tx {
    inner: Transaction<'static, Any>,
    /// What it adds to the ledger.
    pub(crate) ledger: Added,
    /// The act whose commit the crash runs interrupt.
    act: Option<&'static str>,
}

/// The advisory lock that makes PostgreSQL's writers take turns. Any constant would do.
const WRITERS_TURN: &str = "SELECT pg_advisory_xact_lock(2103021605)";

impl Records {
    /// Opens records at a `postgres://…` or `sqlite:…` address, or in a SQLite file at a path, and brings the schema up
    /// to date. A SQLite file is copied beside itself first; a PostgreSQL database that holds a trust is not upgraded
    /// without a backup, see [`Records::open_backed_up`].
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_and_upgrade(address, false).await
    }

    /// As [`Records::open`], by somebody who has a backup: a PostgreSQL database is upgraded as well.
    pub async fn open_backed_up(address: &str) -> Result<Self, StoreError> {
        Self::open_and_upgrade(address, true).await
    }

    /// Opens records as they are: an older schema stays an older schema. For copying them.
    pub async fn open_as_is(address: &str) -> Result<Self, StoreError> {
        let (engine, url) = read_address(address)?;
        let records = Self::connect(engine, &url).await?;
        records.refuse_newer().await?;
        Ok(records)
    }

    /// Opens the SQLite file at `path`, made when it is missing.
    pub async fn open_file(path: &Path) -> Result<Self, StoreError> {
        let records = Self::connect(Engine::Sqlite, &file_url(path)?).await?;
        records.upgrade(false).await?;
        Ok(records)
    }

    async fn open_and_upgrade(address: &str, backed_up: bool) -> Result<Self, StoreError> {
        let (engine, url) = read_address(address)?;
        let records = Self::connect(engine, &url).await?;
        records.upgrade(backed_up).await?;
        Ok(records)
    }

    async fn connect(engine: Engine, url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        if engine == Engine::Sqlite {
            // A pool tries again and again, and would not say that the file is damaged.
            let mut first = AnyConnection::connect(url).await?;
            prepare_sqlite(&mut first, false).await?;
            first.close().await?;
        }
        let writer = pool(engine, false).connect(url).await?;
        Ok(Self { engine, readers: pool(engine, true).connect_lazy(url)?, writer })
    }

    /// The engine underneath.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Starts a transaction that may write; waits for its turn.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let inner = match self.engine {
            Engine::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => {
                let mut inner = self.writer.begin().await?;
                sqlx::query(WRITERS_TURN).execute(&mut *inner).await?;
                inner
            }
        };
        Ok(Tx { inner, ledger: Added::default(), act: None })
    }

    /// Starts a transaction that sees one moment and cannot write.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let inner = self.readers.begin_with(begin).await?;
        Ok(Tx { inner, ledger: Added::default(), act: None })
    }

    /// Makes the engine let go of what was deleted from these tables: SQLite has overwritten it and empties its journal,
    /// PostgreSQL writes the tables anew. Says whether it is done: SQLite cannot while somebody still reads the journal.
    ///
    /// - `anew`: PostgreSQL's statement.
    pub(crate) async fn let_go(&self, anew: &'static str) -> Result<bool, StoreError> {
        match self.engine {
            Engine::Sqlite => {
                let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writer).await?;
                Ok(emptied.try_get::<i64, _>("busy")? == 0)
            }
            Engine::Postgres => {
                sqlx::query(anew).execute(&self.writer).await?;
                Ok(true)
            }
        }
    }

    /// Ends all connections after the transactions that are still running.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Tx {
    /// Keeps everything, durably: when this returns, a power cut changes nothing.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        Ledger(&mut self).write_out().await?;
        let Some(act) = self.act else { return Ok(self.inner.commit().await?) };
        failpoint(&format!("{act}.before_commit"));
        self.inner.commit().await?;
        failpoint(&format!("{act}.after_commit"));
        Ok(())
    }

    /// Names the act that this transaction is about: its commit is a place where the crash runs kill the program.
    pub(crate) fn name_commit(&mut self, act: &'static str) {
        self.act = Some(act);
    }

    /// Gives everything up.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }

    /// Every row of a query.
    pub(crate) async fn rows(&mut self, statement: Statement) -> Result<Vec<AnyRow>, StoreError> {
        Ok(statement.fetch_all(&mut *self.inner).await?)
    }

    /// The first row of a query, if it has one.
    pub(crate) async fn row(&mut self, statement: Statement) -> Result<Option<AnyRow>, StoreError> {
        Ok(statement.fetch_optional(&mut *self.inner).await?)
    }

    /// Runs a change and says how many rows it touched.
    pub(crate) async fn run(&mut self, statement: Statement) -> Result<u64, StoreError> {
        Ok(statement.execute(&mut *self.inner).await?.rows_affected())
    }

    /// Inserts rows of which there may be thousands, many with one statement.
    ///
    /// - `into`: a table and its columns, as in `setting (name, value)`.
    /// - `columns`: how many.
    pub(crate) async fn insert_all<R>(
        &mut self,
        into: &'static str,
        columns: usize,
        rows: Vec<R>,
        bind: impl Fn(Statement, R) -> Statement,
    ) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            // Two texts and no more, so that the engine knows them.
            let together = if rows.len() >= AT_ONCE { AT_ONCE } else { 1 };
            let statement = sqlx::query(AssertSqlSafe(insert_text(into, columns, together)));
            self.run(rows.by_ref().take(together).fold(statement, &bind)).await?;
        }
        Ok(())
    }
}

/// Rows of one statement of [`Tx::insert_all`].
const AT_ONCE: usize = 100;

fn insert_text(into: &'static str, columns: usize, rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|n| format!("${}", row * columns + n)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    ["INSERT INTO ", into, " VALUES ", &rows.join(", ")].concat()
}

/// How long a page or a job waits for a database that does not answer, before it says so.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an address says: a URL, or the path of a SQLite file.
fn read_address(address: &str) -> Result<(Engine, String), StoreError> {
    match address.split_once(':') {
        Some(("postgres" | "postgresql", _)) => Ok((Engine::Postgres, address.to_owned())),
        Some(("sqlite", _)) => Ok((Engine::Sqlite, address.to_owned())),
        Some((_, rest)) if rest.starts_with("//") => Err(StoreError::Address(address.to_owned())),
        _ => Ok((Engine::Sqlite, file_url(Path::new(address))?)),
    }
}

/// The address of a SQLite file, made when it is missing.
fn file_url(path: &Path) -> Result<String, StoreError> {
    let wrong = || StoreError::Address(path.display().to_string());
    let whole = std::path::absolute(path).map_err(|_| wrong())?;
    let text = whole.to_str().ok_or_else(wrong)?;
    // The address is a URL: what would end its path early is written as an escape.
    let escaped = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace(' ', "%20");
    Ok(format!("sqlite://{escaped}?mode=rwc"))
}

fn pool(engine: Engine, reads_only: bool) -> AnyPoolOptions {
    let connections = match (engine, reads_only) {
        (Engine::Sqlite, false) => 1,
        (_, true) => 8,
        (Engine::Postgres, false) => 4,
    };
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).after_connect(
        move |connection, _| {
            Box::pin(async move {
                match engine {
                    Engine::Sqlite => prepare_sqlite(connection, reads_only).await,
                    Engine::Postgres => prepare_postgres(connection).await,
                }
            })
        },
    )
}

/// Whoever waits for the writers' turn any longer is told that the records are busy.
async fn prepare_postgres(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SET lock_timeout = '5s'").execute(connection).await.map(|_| ())
}

/// `FULL` makes a commit survive a power cut in write-ahead mode; `NORMAL` would not.
async fn prepare_sqlite(connection: &mut AnyConnection, reads_only: bool) -> Result<(), sqlx::Error> {
    let mut wanted = vec![
        "PRAGMA busy_timeout = 5000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        // What is erased is overwritten, not only let go of.
        "PRAGMA secure_delete = ON",
    ];
    if reads_only {
        wanted.push("PRAGMA query_only = ON");
    }
    for pragma in wanted {
        sqlx::query(pragma).fetch_all(&mut *connection).await?;
    }
    Ok(())
}

/// Every migration in order. A shipped one is never edited; what the engines say differently has a file for each.
fn migrations(engine: Engine) -> Migrator {
    let append_only = match engine {
        Engine::Sqlite => include_str!("../migrations/0002_append_only.sqlite.sql"),
        Engine::Postgres => include_str!("../migrations/0002_append_only.postgres.sql"),
    };
    let orders = match engine {
        Engine::Sqlite => concat!(
            include_str!("../migrations/0006_orders.sql"),
            include_str!("../migrations/0006_orders.sqlite.sql")
        ),
        Engine::Postgres => concat!(
            include_str!("../migrations/0006_orders.sql"),
            include_str!("../migrations/0006_orders.postgres.sql")
        ),
    };
    let texts = [
        (1, "spine", include_str!("../migrations/0001_spine.sql")),
        (2, "append only", append_only),
        (3, "connections", include_str!("../migrations/0003_connections.sql")),
        (4, "passkeys", include_str!("../migrations/0004_passkeys.sql")),
        (5, "second choices", include_str!("../migrations/0005_second_choices.sql")),
        (6, "orders", orders),
        (8, "mail given up", include_str!("../migrations/0008_mail_given_up.sql")),
        (9, "lists", include_str!("../migrations/0009_lists.sql")),
        (10, "consents", include_str!("../migrations/0010_consents.sql")),
        (11, "imports", include_str!("../migrations/0011_imports.sql")),
        (12, "old posts", include_str!("../migrations/0012_old_posts.sql")),
        (13, "families", include_str!("../migrations/0013_families.sql")),
        (14, "asking", include_str!("../migrations/0014_asking.sql")),
        (15, "erasure", include_str!("../migrations/0015_erasure.sql")),
        (16, "unused", include_str!("../migrations/0016_unused.sql")),
        (17, "reach", include_str!("../migrations/0017_reach.sql")),
        (18, "followed up", include_str!("../migrations/0018_followed_up.sql")),
        (19, "paper and spot", include_str!("../migrations/0019_paper_and_spot.sql")),
        (20, "told", include_str!("../migrations/0020_told.sql")),
        (21, "dbs", include_str!("../migrations/0021_dbs.sql")),
        (22, "papers", include_str!("../migrations/0022_papers.sql")),
        (23, "accounts", include_str!("../migrations/0023_accounts.sql")),
        (24, "review", include_str!("../migrations/0024_review.sql")),
        (25, "cover", include_str!("../migrations/0025_cover.sql")),
        (26, "trail", include_str!("../migrations/0026_trail.sql")),
        (27, "editor", include_str!("../migrations/0027_editor.sql")),
        (28, "takedown", include_str!("../migrations/0028_takedown.sql")),
        (29, "apps", include_str!("../migrations/0029_apps.sql")),
        (30, "lent", include_str!("../migrations/0030_lent.sql")),
        (31, "xm", include_str!("../migrations/0031_xm.sql")),
        (32, "arrives", include_str!("../migrations/0032_arrives.sql")),
        (34, "completed", include_str!("../migrations/0034_completed.sql")),
        (35, "still there", include_str!("../migrations/0035_still_there.sql")),
    ];
    let mut all = Migrator::with_migrations(texts.map(one).into());
    // The writers' turn keeps others out; a lock of its own would outlive a failed upgrade.
    all.set_locking(false);
    all
}

fn one((version, name, text): (i64, &'static str, &'static str)) -> Migration {
    Migration::new(version, name.into(), MigrationType::Simple, sqlx::SqlSafeStr::into_sql_str(text), false)
}
