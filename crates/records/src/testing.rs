//! Fresh databases for tests: SQLite always, PostgreSQL as well when `CLEANSHEET_TEST_POSTGRES` names a server.

use std::sync::atomic::{AtomicU32, Ordering};

use cleansheet_terms::Timestamp;
use sqlx::{AnyConnection, Connection as _};

use crate::{Engine, Records, StoreError, Tx, columns::Columns as _, database::sql};

/// A database of a test's own. It goes when this is dropped.
pub struct TestDatabase {
    /// The empty records.
    pub records: Records,
    /// Where they are, to open them a second time.
    pub address: String,
    home: Home,
}

enum Home {
    Folder(tempfile::TempDir),
    Server { url: String, name: String },
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// One empty database on every engine there is.
#[expect(clippy::expect_used, reason = "a test that cannot have its database has failed")]
pub async fn databases() -> Vec<TestDatabase> {
    sqlx::any::install_default_drivers();
    let mut all = vec![sqlite().await];
    if let Ok(server) = std::env::var("CLEANSHEET_TEST_POSTGRES") {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("cleansheet_test_{}_{number}", std::process::id());
        run_on(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run_on(&server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("a PostgreSQL address ends in a database's name");
        let address = format!("{base}/{name}");
        let records = Records::open(&address).await.expect("a fresh PostgreSQL database opens");
        all.push(TestDatabase { records, address, home: Home::Server { url: server, name } });
    }
    all
}

/// A database on the PostgreSQL server of the tests with nothing at all in it, when there is such a server.
pub async fn nothing_on_a_server() -> Option<TestDatabase> {
    let server = databases().await.into_iter().find(|db| db.engine() == Engine::Postgres)?;
    server.records.close().await;
    let Home::Server { url, name } = &server.home else { return None };
    run_on(url, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    run_on(url, format!("CREATE DATABASE {name}")).await;
    Some(server)
}

/// One empty SQLite database.
#[expect(clippy::expect_used, reason = "a test that cannot have its database has failed")]
pub async fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("trust.db");
    let records = Records::open_file(&path).await.expect("a fresh SQLite file opens");
    TestDatabase { records, address: path.display().to_string(), home: Home::Folder(folder) }
}

impl TestDatabase {
    /// The engine, to name it in a test's message.
    pub fn engine(&self) -> Engine {
        self.records.engine()
    }

    /// The temporary folder of a SQLite database, to search its files.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.home {
            Home::Folder(folder) => Some(folder.path()),
            Home::Server { .. } => None,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Home::Server { url, name } = &self.home else { return };
        let (url, statement) = (url.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // A runtime of its own: the test's may be ending.
        let drop_it = move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(run_on(&url, statement));
            }
        };
        let _ended = std::thread::spawn(drop_it).join();
    }
}

/// Changes rows behind the program's back. The text is the test's own.
pub async fn tamper(address: &str, statement: &str) -> Result<(), sqlx::Error> {
    let url = if address.contains(':') { address.to_owned() } else { format!("sqlite://{address}") };
    let mut connection = AnyConnection::connect(&url).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.map(|_| ())
}

/// Every job that somebody holds at an instant: its kind, its subject and its token.
pub async fn held_jobs(tx: &mut Tx, at: Timestamp) -> Result<Vec<(String, String, i64)>, StoreError> {
    let found = sql("SELECT kind, subject, token FROM job WHERE done_ms IS NULL AND lease_ends_ms > $1")
        .bind(at.as_millisecond());
    let rows = tx.rows(found).await?;
    rows.iter().map(|row| Ok((row.text("kind")?, row.text("subject")?, row.number("token")?))).collect()
}

#[expect(clippy::expect_used, reason = "a test that cannot have its database has failed")]
async fn run_on(server: &str, statement: String) {
    let mut connection =
        AnyConnection::connect(server).await.expect("the PostgreSQL server of the tests answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("the server makes databases");
}
