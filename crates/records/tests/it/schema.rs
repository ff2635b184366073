//! One schema on both engines, and a snapshot of it for reviews.

use cleansheet_records::{Engine, testing::databases};
use sqlx::{AnyConnection, Connection as _, Row as _};

/// `table.column type null`, sorted, with the types as the migration writes them.
async fn columns(engine: Engine, address: &str) -> Vec<String> {
    let (address, ask) = match engine {
        Engine::Sqlite => (
            format!("sqlite://{address}"),
            "SELECT m.name AS t, c.name AS c, c.type AS k,
                 CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 'not null' ELSE 'null' END AS n
             FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        ),
        Engine::Postgres => (
            address.to_owned(),
            "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS k,
                 CASE WHEN is_nullable = 'NO' THEN 'not null' ELSE 'null' END AS n
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
        ),
    };
    let mut connection = AnyConnection::connect(&address).await.unwrap();
    let rows = sqlx::query(ask).fetch_all(&mut connection).await.unwrap();
    let mut all: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row.get::<String, _>(name);
            format!("{}.{} {} {}", text("t"), text("c"), text("k").to_uppercase(), text("n"))
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn both_engines_have_the_columns_of_the_snapshot() {
    for db in databases().await {
        let found = columns(db.engine(), &db.address).await.join("\n") + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/schema.txt");
        if std::env::var_os("CLEANSHEET_WRITE_SCHEMA").is_some() && db.engine() == Engine::Sqlite {
            std::fs::write(path, &found).unwrap();
        }
        let snapshot = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            found,
            snapshot,
            "{:?}: after a migration, run this test once with CLEANSHEET_WRITE_SCHEMA=1 and commit what it writes",
            db.engine()
        );
    }
}

#[tokio::test]
async fn an_import_finds_the_order_behind_a_post_without_reading_them_all() {
    for db in databases().await.iter().filter(|db| db.engine() == Engine::Sqlite) {
        let mut connection = AnyConnection::connect(&format!("sqlite://{}", db.address)).await.unwrap();
        for which in ["remote = 'b'", "remote IS NULL AND state NOT IN ('queued', 'stopped')"] {
            let ask = format!(
                "EXPLAIN QUERY PLAN SELECT id FROM release_order WHERE channel_id = 'a' AND {which} ORDER BY id"
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(ask)).fetch_all(&mut connection).await.unwrap();
            let plan = rows[0].get::<String, _>("detail");
            assert!(plan.contains("USING INDEX release_order_named (channel_id=? AND remote=?)"), "{plan}");
        }
    }
}

#[tokio::test]
async fn a_database_opens_a_second_time_and_keeps_what_it_has() {
    for db in databases().await {
        let again = cleansheet_records::Records::open(&db.address).await.unwrap();
        assert_eq!(again.engine(), db.engine());
        again.close().await;
    }
}

#[tokio::test]
async fn what_was_logged_or_decided_cannot_be_changed() {
    use cleansheet_records::ledger_entries::Ledger;
    use cleansheet_terms::SeededEntropy;
    for db in databases().await {
        let mut tx = db.records.begin().await.unwrap();
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        Ledger(&mut tx).append("post.started", "post_1", &(), at, &mut SeededEntropy::new(1)).await.unwrap();
        tx.commit().await.unwrap();
        let address = match db.engine() {
            Engine::Sqlite => format!("sqlite://{}", db.address),
            Engine::Postgres => db.address.clone(),
        };
        let mut connection = AnyConnection::connect(&address).await.unwrap();
        for statement in ["UPDATE ledger_entry SET idx = 7", "DELETE FROM ledger_entry"] {
            assert!(sqlx::query(statement).execute(&mut connection).await.is_err(), "{statement}");
        }
    }
}
