//! Upgrades: migrations forward only, all of them or none, and never without a copy to go back to.
//!
//! A SQLite file is copied beside itself (`trust.db.before-N`, N the new schema) before it changes; the copy is kept until
//! the next upgrade has succeeded, and not longer than backups are. PostgreSQL cannot be copied from here as cheaply, so its owner says that there is a
//! backup. All pending migrations are one transaction: a failed upgrade leaves the records as they were.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cleansheet_terms::Timestamp;
use sqlx::{AnyConnection, Connection as _, Row as _, migrate::Migrator};

use super::{Engine, Records, StoreError, Tx, file_url, migrations};

/// What the name of a copy has behind that of its file, before the number.
const BEFORE: &str = ".before-";

impl Records {
    /// The newest schema this program knows.
    pub fn newest_schema() -> i64 {
        migrations(Engine::Sqlite).iter().map(|migration| migration.version).max().unwrap_or(0)
    }

    /// The schema of the records: the number of the last migration, 0 when there is none.
    pub async fn schema(&self) -> Result<i64, StoreError> {
        let known = match self.engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Engine::Postgres => {
                "SELECT table_name::text FROM information_schema.tables
                 WHERE table_name = '_sqlx_migrations' AND table_schema = current_schema()"
            }
        };
        if sqlx::query(known).fetch_optional(&self.writer).await?.is_none() {
            return Ok(0);
        }
        let newest = "SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations";
        Ok(sqlx::query(newest).fetch_one(&self.writer).await?.try_get("version")?)
    }

    pub(super) async fn refuse_newer(&self) -> Result<i64, StoreError> {
        let (found, known) = (self.schema().await?, Self::newest_schema());
        if found > known { Err(StoreError::Newer { found, known }) } else { Ok(found) }
    }

    /// Brings the schema up to date.
    ///
    /// - `backed_up`: somebody has a backup of a PostgreSQL database.
    pub(super) async fn upgrade(&self, backed_up: bool) -> Result<(), StoreError> {
        let (found, known) = (self.refuse_newer().await?, Self::newest_schema());
        if found == known {
            // Nothing to do but to see that what was run is what this program knows.
            return Ok(migrations(self.engine).run(&self.writer).await?);
        }
        if found > 0 && self.engine == Engine::Postgres && !backed_up {
            return Err(StoreError::NotBackedUp { found, known });
        }
        let copied = if found > 0 { self.copy_beside(known).await? } else { None };
        self.migrate(&migrations(self.engine), known).await?;
        if let Some((file, copy)) = copied {
            forget_older_copies(&file, &copy);
        }
        Ok(())
    }

    /// Every pending migration up to `version`, or none of them.
    pub(super) async fn migrate(&self, all: &Migrator, version: i64) -> Result<(), StoreError> {
        let mut tx: Tx = self.begin().await?;
        all.run_to(version, &mut tx.inner).await?;
        tx.commit().await
    }

    /// Copies a SQLite file beside itself, durably; answers the file and its copy. `None` on another engine.
    async fn copy_beside(&self, version: i64) -> Result<Option<(PathBuf, PathBuf)>, StoreError> {
        let Some(file) = self.file().await? else { return Ok(None) };
        let mut name = file.clone().into_os_string();
        name.push(format!("{BEFORE}{version}"));
        let copy = PathBuf::from(name);
        copy_sqlite(&file, &copy).await?;
        Ok(Some((file, copy)))
    }

    /// Removes the copies made before upgrades that are older than this: what was erased since lives on in them. Says how
    /// many went.
    pub async fn forget_copies(&self, older_than: Timestamp) -> Result<usize, StoreError> {
        let Some(file) = self.file().await? else { return Ok(0) };
        let limit = u64::try_from(older_than.as_millisecond()).unwrap_or(0);
        let limit = SystemTime::UNIX_EPOCH + Duration::from_millis(limit);
        let mut gone = 0;
        for copy in copies_of(&file).map_err(|e| StoreError::OldCopy(file.clone(), e))? {
            let failed = |e| StoreError::OldCopy(copy.clone(), e);
            if fs::metadata(&copy).and_then(|copy| copy.modified()).map_err(failed)? < limit {
                fs::remove_file(&copy).map_err(failed)?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// The file of a SQLite database.
    pub(super) async fn file(&self) -> Result<Option<PathBuf>, StoreError> {
        if self.engine == Engine::Postgres {
            return Ok(None);
        }
        let row = sqlx::query("SELECT file FROM pragma_database_list WHERE name = 'main'");
        let file: String = row.fetch_one(&self.writer).await?.try_get("file")?;
        Ok((!file.is_empty()).then(|| PathBuf::from(file)))
    }
}

/// Writes the records of one moment into a new file, while others read and write. It is there whole or not at all.
pub(super) async fn copy_sqlite(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::Copy(to.to_owned(), error);
    let mut bench = to.to_owned().into_os_string();
    bench.push(".being-written");
    let bench = PathBuf::from(bench);
    match fs::remove_file(&bench) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut connection = AnyConnection::connect(&file_url(from)?).await?;
    let name = bench.to_str().ok_or_else(|| StoreError::Address(bench.display().to_string()))?.to_owned();
    sqlx::query("PRAGMA busy_timeout = 5000").fetch_all(&mut connection).await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await;
    connection.close().await?;
    if let Err(error) = copied {
        // A copy that was cut off is worth nothing, and may be what fills the disk.
        let _absent_is_fine = fs::remove_file(&bench);
        return Err(error.into());
    }
    fs::File::open(&bench).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&bench, to).map_err(failed)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// An upgrade has succeeded: of the copies made before upgrades, only its own is still of use.
fn forget_older_copies(file: &Path, newest: &Path) {
    for copy in copies_of(file).unwrap_or_default() {
        if copy != newest {
            let _one_that_stays_goes_by_its_age = fs::remove_file(copy);
        }
    }
}

/// The copies that lie beside a file, half ones too.
fn copies_of(file: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let begins = format!("{name}{BEFORE}");
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&begins)) {
            copies.push(entry.path());
        }
    }
    Ok(copies)
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        time::{Duration, UNIX_EPOCH},
    };

    use cleansheet_policy::facts::{Certificate, Dbs};
    use cleansheet_terms::{Digest, PersonId, Timestamp};
    use sqlx::{AnyConnection, Connection as _, Row as _, migrate::Migrator};

    use super::{
        super::{migrations, one},
        Engine, Records, StoreError, file_url,
    };
    use crate::{
        accounts::{Accounts, Channel, Rights},
        people::{Happened, People, PeopleWanted, PersonEvent},
        testing::{databases, nothing_on_a_server},
    };

    /// A trust as the program before the last migrations left it, with a person in it.
    async fn old_trust(path: &Path) {
        let old = Records::connect(Engine::Sqlite, &file_url(path).unwrap()).await.unwrap();
        old.migrate(&migrations(Engine::Sqlite), 2).await.unwrap();
        let person = "INSERT INTO person (id, name, mail, joined_ms) VALUES ('p', 'Jo', 'jo@example.org', 1)";
        sqlx::query(person).execute(&old.writer).await.unwrap();
        old.close().await;
    }

    fn without_lock(all: Vec<sqlx::migrate::Migration>) -> Migrator {
        let mut all = Migrator::with_migrations(all);
        all.set_locking(false);
        all
    }

    async fn people(records: &Records) -> i64 {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM person").fetch_one(&records.writer).await.unwrap();
        row.try_get("n").unwrap()
    }

    #[tokio::test]
    async fn an_older_trust_is_upgraded_with_its_data_and_a_copy_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.db");
        old_trust(&path).await;
        std::fs::write(folder.path().join("trust.db.before-2"), "an earlier copy").unwrap();
        let records = Records::open_file(&path).await.unwrap();
        assert_eq!(records.schema().await.unwrap(), Records::newest_schema());
        assert_eq!(people(&records).await, 1);
        if Records::newest_schema() > 2 {
            let before = folder.path().join(format!("trust.db.before-{}", Records::newest_schema()));
            let copy = Records::open_as_is(before.to_str().unwrap()).await.unwrap();
            assert_eq!((copy.schema().await.unwrap(), people(&copy).await), (2, 1));
            assert!(!folder.path().join("trust.db.before-2").exists(), "the earlier copy has served");
        }
    }

    /// People as schema 19 held them: everything in order; found unsuitable so far; nobody has seen anything; suspended; left.
    const FILLED: &str = "
        INSERT INTO person (id, name, mail, joined_ms, suspended_ms, left_ms, acknowledged_policy, acknowledged_ms) VALUES
            ('person_m', 'Dele', 'dele@example.org', 1, NULL, NULL, NULL, NULL),
            ('person_a', 'Zoë', 'zoe@example.org', 1, NULL, NULL, 'POLICY', 5),
            ('person_b', 'Kim', 'kim@example.org', 1, NULL, NULL, NULL, NULL),
            ('person_c', 'Lee', 'lee@example.org', 1, NULL, NULL, NULL, NULL),
            ('person_d', 'Sue', 'sue@example.org', 1, 7, NULL, NULL, NULL),
            ('person_e', 'Lou', 'lou@example.org', 1, NULL, 9, NULL, NULL);
        INSERT INTO person_role (person_id, role) VALUES ('person_m', 'manager'), ('person_a', 'staff'),
            ('person_b', 'staff'), ('person_c', 'staff'), ('person_d', 'staff'), ('person_e', 'staff');
        INSERT INTO role_requirement (role, dbs_level, workforce, recheck_months, reason)
            VALUES ('staff', 'enhanced', 'child', 36, 'coaches');
        INSERT INTO dbs_check (person_id, level, workforce, issued_day, seen_by, seen_ms, suitable) VALUES
            ('person_a', 'enhanced', 'child', '2025-01-10', 'person_m', 3, 1),
            ('person_b', 'enhanced', 'child', '2025-01-10', 'person_m', 3, 0),
            ('person_c', 'enhanced', 'child', '2025-01-10', NULL, NULL, 1),
            ('person_d', 'enhanced', 'child', '2021-01-10', 'person_m', 3, 1);
        INSERT INTO certificate (person_id, course, completed_day, verified_by, verified_ms) VALUES
            ('person_a', 'fa_safeguarding_children', '2025-03-01', 'person_m', 4),
            ('person_b', 'fa_safeguarding_children', '2022-06-30', 'person_m', 4),
            ('person_c', 'fa_safeguarding_children', '2025-03-01', NULL, NULL);
        INSERT INTO channel (id, network, name, permitted_by, permitted_ms, ended_ms) VALUES
            ('channel_a', 'website', 'News page', 'person_m', 2, NULL),
            ('channel_b', 'bluesky', 'Old one', 'person_m', 2, 6);
        INSERT INTO channel_grant (id, person_id, channel_id, given_by, from_day, until_day, ended_ms) VALUES
            ('grant_a', 'person_a', 'channel_a', 'person_m', '2026-01-01', '2027-01-01', NULL),
            ('grant_b', 'person_a', 'channel_b', 'person_m', '2026-01-01', '2027-01-01', NULL),
            ('grant_e', 'person_e', 'channel_a', 'person_m', '2026-01-01', '2027-01-01', NULL);
        INSERT INTO setting (name, value) VALUES ('policy_in_force', 'POLICY')";

    /// What somebody's papers are worth, and whether they have acknowledged the policy.
    async fn worth(records: &Records, id: &str) -> (Dbs, Certificate, bool) {
        let (at, id) = ("2026-11-26T12:00:00Z".parse().unwrap(), PersonId::parse(id).unwrap());
        let standing = People(&mut records.read().await.unwrap()).standing(&id, at).await.unwrap();
        (standing.dbs, standing.certificate, standing.acknowledged)
    }

    #[tokio::test]
    async fn a_filled_trust_of_schema_19_keeps_what_its_people_are_worth() {
        let folder = tempfile::tempdir().unwrap();
        let file = (Engine::Sqlite, file_url(&folder.path().join("trust.db")).unwrap());
        let server = nothing_on_a_server().await;
        let server_url = server.as_ref().map(|server| (Engine::Postgres, server.address.clone()));
        for (engine, url) in std::iter::once(file).chain(server_url) {
            let records = Records::connect(engine, &url).await.unwrap();
            records.migrate(&migrations(engine), 19).await.unwrap();
            let filled = FILLED.replace("POLICY", &Digest::of(b"policy").to_string());
            sqlx::raw_sql(sqlx::AssertSqlSafe(filled)).execute(&records.writer).await.unwrap();
            records.migrate(&migrations(engine), Records::newest_schema()).await.unwrap();
            assert_eq!(
                worth(&records, "person_a").await,
                (Dbs::Current, Certificate::Current, true),
                "{engine:?}"
            );
            assert_eq!(worth(&records, "person_b").await, (Dbs::Undecided, Certificate::Expired, false));
            assert_eq!(worth(&records, "person_c").await, (Dbs::Undecided, Certificate::Unverified, false));
            assert_eq!(worth(&records, "person_d").await, (Dbs::RecheckOverdue, Certificate::Missing, false));
            let mut tx = records.begin().await.unwrap();
            assert_eq!(People(&mut tx).fold_names().await.unwrap(), 6);
            let (zoe, sue) = (PersonId::parse("person_a").unwrap(), PersonId::parse("person_d").unwrap());
            let wanted = PeopleWanted { words: "zoe", ..PeopleWanted::default() };
            assert_eq!(People(&mut tx).search(&wanted, 9).await.unwrap().people[0].id, zoe);
            let happened = |all: Vec<PersonEvent>| all.into_iter().map(|one| one.what).collect::<Vec<_>>();
            let of_sue = happened(People(&mut tx).history_of(&sue).await.unwrap());
            assert_eq!(of_sue, [Happened::Suspended, Happened::Added]);
            let of_zoe = happened(People(&mut tx).history_of(&zoe).await.unwrap());
            assert_eq!(of_zoe, [Happened::Acknowledged, Happened::Added]);
            let day = "2026-11-26".parse().unwrap();
            let runs: Vec<_> = Accounts(&mut tx)
                .grants()
                .await
                .unwrap()
                .into_iter()
                .filter(|one| one.runs_on(day))
                .collect();
            assert_eq!(
                runs.iter().map(|one| (one.id.as_str(), one.rights)).collect::<Vec<_>>(),
                [("grant_a", Rights::ALL)]
            );
            assert!(Accounts(&mut tx).channels().await.unwrap().iter().any(Channel::is_permitted));
            tx.commit().await.unwrap();
            records.close().await;
        }
    }

    #[tokio::test]
    async fn a_copy_made_before_an_upgrade_is_not_kept_longer_than_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.db");
        let records = Records::open_file(&path).await.unwrap();
        let now: Timestamp = "2026-11-21T12:46:00Z".parse().unwrap();
        let at =
            |ms: i64| UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millisecond() + ms).unwrap());
        for (name, age) in [("before-16", -1), ("before-17", 0), ("before-18", 1)] {
            let copy = std::fs::File::create(folder.path().join(format!("trust.db.{name}"))).unwrap();
            copy.set_modified(at(age)).unwrap();
        }
        let other = std::fs::File::create(folder.path().join("trust.db.kept-by-hand")).unwrap();
        other.set_modified(at(-1)).unwrap();
        assert_eq!(records.forget_copies(now).await.unwrap(), 1);
        assert_eq!(records.forget_copies(now).await.unwrap(), 0);
        let there = |name: &str| folder.path().join(format!("trust.db.{name}")).exists();
        assert!(!there("before-16") && there("before-17") && there("before-18") && there("kept-by-hand"));
        assert!(path.exists());
    }

    #[tokio::test]
    async fn a_failed_upgrade_leaves_everything_as_it_was() {
        for db in databases().await {
            let mut all: Vec<_> = migrations(db.engine()).iter().cloned().collect();
            all.push(one((9001, "half", "CREATE TABLE half_done (id TEXT PRIMARY KEY)")));
            all.push(one((
                9002,
                "broken",
                "CREATE TABLE broken (id TEXT PRIMARY KEY); SELECT nonsense FROM nowhere",
            )));
            let failed = db.records.migrate(&without_lock(all), 9002).await;
            assert!(matches!(failed, Err(StoreError::Migration(_))), "{failed:?}");
            assert_eq!(db.records.schema().await.unwrap(), Records::newest_schema());
            let half = sqlx::query("SELECT COUNT(*) FROM half_done").fetch_one(&db.records.writer).await;
            assert!(half.is_err(), "{:?}: the first of the two migrations stayed", db.engine());
            Records::open(&db.address).await.unwrap().close().await;
        }
    }

    #[tokio::test]
    async fn records_of_a_newer_program_are_refused_in_one_sentence() {
        for db in databases().await {
            let mut all: Vec<_> = migrations(db.engine()).iter().cloned().collect();
            all.push(one((9001, "later", "CREATE TABLE later (id TEXT PRIMARY KEY)")));
            db.records.migrate(&without_lock(all), 9001).await.unwrap();
            for refused in [Records::open(&db.address).await, Records::open_as_is(&db.address).await] {
                let sentence = refused.unwrap_err().to_string();
                assert!(sentence.contains("newer Cleansheet (schema 9001"), "{sentence}");
            }
        }
    }

    #[tokio::test]
    async fn a_postgres_trust_is_upgraded_by_somebody_with_a_backup_only() {
        for db in databases().await.into_iter().filter(|db| db.engine() == Engine::Postgres) {
            let url = db.address.clone();
            let mut connection = AnyConnection::connect(&url).await.unwrap();
            // As if the program had learned one migration more since.
            let last =
                "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
            sqlx::query(last).execute(&mut connection).await.unwrap();
            let refused = Records::open(&url).await.unwrap_err();
            assert!(matches!(refused, StoreError::NotBackedUp { .. }), "{refused:?}");
        }
    }
}
