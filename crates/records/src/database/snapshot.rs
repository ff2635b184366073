//! Copies of the whole: everything as of one moment into one SQLite file, from either engine, and back into either.
//!
//! The tables and columns are read from the schema, so that a new migration needs nothing here. They are the only names
//! that ever become part of a statement's text, and they come from a file that this program's own migrations made.

use std::path::Path;

use sqlx::{
    Any, AnyConnection, AssertSqlSafe, Connection as _, Decode, Encode, Row as _, Type,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use super::{Engine, Records, StoreError, Tx, file_url, migrations, upgrade::copy_sqlite};

/// How many rows are in memory at a time.
const AT_ONCE: usize = 500;

/// What a power cut may cost, as the engine is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// What was acknowledged is on disk.
    NothingLost,
    /// The last moments before a crash may be gone: the server's `synchronous_commit` is off.
    LastSecondMayBeLost,
    /// A power cut may destroy everything: the server's `fsync` is off.
    EverythingMayBeLost,
}

/// A table and its columns with their declared types.
struct Table {
    name: String,
    columns: Vec<(String, Holds)>,
}

/// What a column holds; the migrations use these four types only.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Number,
    Real,
    Bytes,
}

impl Records {
    /// Writes everything as of one moment into a new SQLite file, while others read and write. The file has the schema
    /// that the records have, whichever engine they are in. It is there whole or not at all.
    pub async fn snapshot(&self, to: &Path) -> Result<(), StoreError> {
        match self.file().await? {
            Some(file) => copy_sqlite(&file, to).await,
            None => self.snapshot_of_a_server(to).await,
        }
    }

    async fn snapshot_of_a_server(&self, to: &Path) -> Result<(), StoreError> {
        let schema = self.schema().await?;
        let copy = Self::connect(Engine::Sqlite, &file_url(to)?).await?;
        copy.migrate(&migrations(Engine::Sqlite), schema).await?;
        let tables = copy.tables().await?;
        copy.close().await;
        let mut from = self.read().await?;
        // A connection of its own: rows come in the order of their tables, so nothing may be checked yet.
        let mut into = AnyConnection::connect(&file_url(to)?).await?;
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut into).await?;
        let mut tx = into.begin().await?;
        for (number, table) in tables.iter().enumerate() {
            table.clear().execute(&mut *tx).await?;
            // A name for each: the connection remembers what a statement with this text answers.
            let cursor = format!("copied_{number}");
            let declare = ["DECLARE ", &cursor, " CURSOR FOR ", &table.select()].concat();
            sqlx::query(AssertSqlSafe(declare)).execute(&mut *from.inner).await?;
            let fetch = ["FETCH 500 FROM ", &cursor].concat();
            loop {
                let rows = sqlx::query(AssertSqlSafe(fetch.clone())).fetch_all(&mut *from.inner).await?;
                for row in &rows {
                    table.insert(row)?.execute(&mut *tx).await?;
                }
                if rows.len() < AT_ONCE {
                    break;
                }
            }
            sqlx::query(AssertSqlSafe(["CLOSE ", &cursor].concat())).execute(&mut *from.inner).await?;
        }
        tx.commit().await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut into).await?;
        sqlx::query("PRAGMA journal_mode = DELETE").fetch_all(&mut into).await?;
        into.close().await?;
        from.rollback().await
    }

    /// Puts everything of a snapshot into an empty PostgreSQL database, in one transaction. The snapshot is brought up to
    /// this program's schema first. References are checked at the end, over all of it.
    pub async fn fill(url: &str, snapshot: &Path) -> Result<(), StoreError> {
        let source = Self::open_file(snapshot).await?;
        let tables = source.tables().await?;
        let target = Self::connect(Engine::Postgres, url).await?;
        if !target.is_empty().await? {
            return Err(StoreError::NotEmpty);
        }
        target.migrate(&migrations(Engine::Postgres), Self::newest_schema()).await?;
        let (mut from, mut into) = (source.read().await?, target.begin().await?);
        let references = let_go_of_references(&mut into).await?;
        for table in &tables {
            table.copy_from_file(&mut from, &mut into).await?;
        }
        for statement in references {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *into.inner).await?;
        }
        into.commit().await?;
        from.rollback().await?;
        source.close().await;
        target.close().await;
        Ok(())
    }

    /// Whether nothing at all is in a PostgreSQL database.
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let any = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 1";
        Ok(sqlx::query(any).fetch_optional(&self.writer).await?.is_none())
    }

    /// What SQLite itself finds wrong with the file; `None` when it is whole.
    pub async fn damage(&self) -> Result<Option<String>, StoreError> {
        if self.engine == Engine::Postgres {
            return Ok(None);
        }
        let said: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(&self.writer).await?.try_get(0)?;
        Ok((said != "ok").then_some(said))
    }

    /// What a crash may cost, as the engine is set up right now.
    pub async fn promise(&self) -> Result<Promise, StoreError> {
        if self.engine == Engine::Sqlite {
            return Ok(Promise::NothingLost);
        }
        let asked =
            "SELECT current_setting('synchronous_commit') AS commits, current_setting('fsync') AS syncs";
        let row = sqlx::query(asked).fetch_one(&self.writer).await?;
        let (commits, syncs): (String, String) = (row.try_get("commits")?, row.try_get("syncs")?);
        Ok(match (commits.as_str(), syncs.as_str()) {
            (_, "off") => Promise::EverythingMayBeLost,
            ("off", _) => Promise::LastSecondMayBeLost,
            _ => Promise::NothingLost,
        })
    }

    /// The tables of a SQLite file, in the order in which they were made.
    async fn tables(&self) -> Result<Vec<Table>, StoreError> {
        let named = "SELECT m.name AS t, c.name AS c, c.type AS k FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY m.rowid, c.cid";
        let mut tables: Vec<Table> = Vec::new();
        for row in sqlx::query(named).fetch_all(&self.writer).await? {
            let (name, column, kind): (String, String, String) =
                (row.try_get("t")?, row.try_get("c")?, row.try_get("k")?);
            let holds = Holds::declared(&kind).ok_or_else(|| StoreError::damaged(&column))?;
            match tables.last_mut().filter(|table| table.name == name) {
                Some(table) => table.columns.push((column, holds)),
                None => tables.push(Table { name, columns: vec![(column, holds)] }),
            }
        }
        Ok(tables)
    }
}

impl Holds {
    fn declared(kind: &str) -> Option<Self> {
        match kind {
            "TEXT" => Some(Self::Text),
            "BIGINT" => Some(Self::Number),
            "DOUBLE PRECISION" => Some(Self::Real),
            "BYTEA" => Some(Self::Bytes),
            _ => None,
        }
    }
}

impl Table {
    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        names.join(", ")
    }

    fn select(&self) -> String {
        ["SELECT ", &self.names(), " FROM ", &quoted(&self.name)].concat()
    }

    /// Takes out what a migration has put in: the copy brings its own.
    fn clear(&self) -> Query<'static, Any, AnyArguments> {
        sqlx::query(AssertSqlSafe(["DELETE FROM ", &quoted(&self.name)].concat()))
    }

    /// The statement that inserts a row as it was read.
    fn insert(&self, row: &AnyRow) -> Result<Query<'static, Any, AnyArguments>, StoreError> {
        let places: Vec<String> = (1..=self.columns.len()).map(|number| format!("${number}")).collect();
        let text =
            ["INSERT INTO ", &quoted(&self.name), " (", &self.names(), ") VALUES (", &places.join(", "), ")"];
        let mut statement = sqlx::query(AssertSqlSafe(text.concat()));
        for (name, holds) in &self.columns {
            statement = match holds {
                Holds::Text => carry::<String>(statement, row, name)?,
                Holds::Number => carry::<i64>(statement, row, name)?,
                Holds::Real => carry::<f64>(statement, row, name)?,
                Holds::Bytes => carry::<Vec<u8>>(statement, row, name)?,
            };
        }
        Ok(statement)
    }

    /// Every row, from a SQLite file into a database whose references are let go of.
    async fn copy_from_file(&self, from: &mut Tx, into: &mut Tx) -> Result<(), StoreError> {
        self.clear().execute(&mut *into.inner).await?;
        let text = [
            "SELECT rowid AS row_number, ",
            &self.names(),
            " FROM ",
            &quoted(&self.name),
            " WHERE rowid > $1 ORDER BY rowid LIMIT 500",
        ]
        .concat();
        let mut last = i64::MIN;
        loop {
            let rows =
                sqlx::query(AssertSqlSafe(text.clone())).bind(last).fetch_all(&mut *from.inner).await?;
            for row in &rows {
                last = row.try_get("row_number")?;
                self.insert(row)?.execute(&mut *into.inner).await?;
            }
            if rows.len() < AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// Hands one value on, with its type even when it is null.
fn carry<T>(
    statement: Query<'static, Any, AnyArguments>,
    row: &AnyRow,
    name: &str,
) -> Result<Query<'static, Any, AnyArguments>, StoreError>
where
    T: for<'r> Decode<'r, Any> + Type<Any> + Encode<'static, Any> + Send + 'static,
    Option<T>: Encode<'static, Any> + Type<Any>,
{
    Ok(statement.bind(row.try_get::<Option<T>, _>(name)?))
}

/// Drops every reference between tables, and gives the statements that put them back.
async fn let_go_of_references(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let all = "SELECT c.conrelid::regclass::text AS t, c.conname::text AS name, pg_get_constraintdef(c.oid) AS says
        FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
        WHERE c.contype = 'f' AND n.nspname = current_schema() ORDER BY c.conname, c.conrelid::regclass::text";
    let mut back = Vec::new();
    for row in sqlx::query(all).fetch_all(&mut *tx.inner).await? {
        let (table, name, says): (String, String, String) =
            (row.try_get("t")?, row.try_get("name")?, row.try_get("says")?);
        let table = ["ALTER TABLE ", &table].concat();
        let drop = [&table, " DROP CONSTRAINT ", &quoted(&name)].concat();
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *tx.inner).await?;
        back.push([&table, " ADD CONSTRAINT ", &quoted(&name), " ", &says].concat());
    }
    Ok(back)
}

fn quoted(name: &str) -> String {
    ["\"", &name.replace('"', "\"\""), "\""].concat()
}
