//! Copies of the whole, from either engine into either.

use std::path::Path;

use cleansheet_records::{
    Engine, Promise, Records, StoreError, ledger_entries::Ledger, testing::nothing_on_a_server,
};
use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::world::worlds;

/// Every value of every table of a SQLite file, one row a line.
async fn everything(file: &Path) -> Vec<String> {
    let mut connection = AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let named = "SELECT m.name AS t, group_concat('quote(\"' || c.name || '\")', '||') AS c
        FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' GROUP BY m.name ORDER BY m.name";
    let mut all = Vec::new();
    for table in sqlx::query(named).fetch_all(&mut connection).await.unwrap() {
        let (name, columns): (String, String) = (table.get("t"), table.get("c"));
        let text = format!("SELECT {columns} AS row FROM \"{name}\" ORDER BY 1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
        all.extend(rows.iter().map(|row| format!("{name} {}", row.get::<String, _>("row"))));
    }
    all
}

#[tokio::test]
async fn a_snapshot_holds_everything_and_goes_back_into_either_engine() {
    let folder = tempfile::tempdir().unwrap();
    for (number, mut world) in worlds().await.into_iter().enumerate() {
        world.published().await;
        world.withdraw("asha", "asha 1").await;
        let engine = world.db.engine();
        let first = folder.path().join(format!("first-{number}"));
        world.records.snapshot(&first).await.unwrap();
        let found = everything(&first).await;
        assert!(found.len() > 100, "{engine:?}: {} rows", found.len());

        let copy = Records::open_as_is(first.to_str().unwrap()).await.unwrap();
        assert_eq!(copy.damage().await.unwrap(), None);
        let live = Ledger(&mut world.records.read().await.unwrap()).entries_from(0, 100_000).await.unwrap();
        assert_eq!(
            Ledger(&mut copy.read().await.unwrap()).entries_from(0, 100_000).await.unwrap(),
            live,
            "{engine:?}"
        );
        copy.close().await;

        let Some(server) = nothing_on_a_server().await else { continue };
        Records::fill(&server.address, &first).await.unwrap();
        let refused = Records::fill(&server.address, &first).await;
        assert!(matches!(refused, Err(StoreError::NotEmpty)), "{refused:?}");
        let restored = Records::open(&server.address).await.unwrap();
        let second = folder.path().join(format!("second-{number}"));
        restored.snapshot(&second).await.unwrap();
        restored.close().await;
        assert_eq!(everything(&second).await, found, "from {engine:?} into PostgreSQL and back");
    }
}

#[tokio::test]
async fn a_snapshot_holds_one_moment_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    for (number, world) in worlds().await.into_iter().enumerate() {
        let records = world.records.clone();
        let writing = tokio::spawn(async move {
            let mut chance = cleansheet_terms::SeededEntropy::new(9);
            for round in 0..200 {
                let mut tx = records.begin().await.unwrap();
                let at = "2026-11-21T12:00:00Z".parse().unwrap();
                // Two entries in one transaction: a copy has both or neither.
                for half in ["one", "two"] {
                    let subject = format!("{round} {half}");
                    Ledger(&mut tx).append("test.pair", &subject, &(), at, &mut chance).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        });
        let before = Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap() % 2;
        for round in 0..4 {
            let file = folder.path().join(format!("moment-{number}-{round}"));
            world.records.snapshot(&file).await.unwrap();
            let copy = Records::open_as_is(file.to_str().unwrap()).await.unwrap();
            let count = Ledger(&mut copy.read().await.unwrap()).count().await.unwrap();
            assert_eq!(count % 2, before, "half a transaction is in the copy");
            copy.close().await;
        }
        writing.await.unwrap();
    }
}

#[tokio::test]
async fn the_promise_is_what_the_engine_keeps() {
    for world in worlds().await {
        if world.db.engine() == Engine::Sqlite {
            assert_eq!(world.records.promise().await.unwrap(), Promise::NothingLost);
            continue;
        }
        // The server of the tests keeps nothing for ever; what it would keep is a setting of each connection.
        let promise = async |commits: &str| {
            let url = format!("{}?options[synchronous_commit]={commits}", world.db.address);
            Records::open(&url).await.unwrap().promise().await.unwrap()
        };
        let (careful, hasty) = (promise("on").await, promise("off").await);
        assert!(
            matches!(
                (careful, hasty),
                (Promise::NothingLost, Promise::LastSecondMayBeLost)
                    | (Promise::EverythingMayBeLost, Promise::EverythingMayBeLost)
            ),
            "{careful:?} {hasty:?}"
        );
    }
}
