//! Copies the published posts that the running program made, row by row with all that belongs to them, until there are
//! so many. A hundred thousand posts made one act after the other would take an hour; every row here is the like of a real one.

use sqlx::{AnyConnection, Connection as _, Row as _};

use super::Ended;

/// A new id or key: the last seven letters give way to the number of the copy.
macro_rules! copied {
    ($column:literal) => {
        concat!("substr(", $column, ", 1, length(", $column, ") - 7) || substr(CAST(10000000 + n.k AS TEXT), 2)")
    };
}

const PUBLISHED: &str = "SELECT COUNT(*) AS count FROM release_order WHERE state = 'published'";

/// Each row that is about a published post, once for every copy; a copy is a minute older than the one before.
const TABLES: [&str; 7] = [
    concat!(
        "INSERT INTO post (id, author_id, activity_id, purpose, caption, stage, revision, corrects_id, returned_note, made_ms, moved_ms)
         SELECT ", copied!("p.id"), ", p.author_id, p.activity_id, p.purpose, p.caption || ' Week ' || CAST(n.k AS TEXT) || '.', p.stage,
             p.revision, NULL, NULL, p.made_ms - 60000 * n.k, p.moved_ms - 60000 * n.k
         FROM source p CROSS JOIN n"
    ),
    concat!(
        "INSERT INTO post_channel (post_id, channel_id)
         SELECT ", copied!("c.post_id"), ", c.channel_id FROM post_channel c JOIN source p ON p.id = c.post_id CROSS JOIN n"
    ),
    concat!(
        "INSERT INTO words_screened (post_id, words_hash, findings, at_ms)
         SELECT ", copied!("w.post_id"), ", w.words_hash, w.findings, w.at_ms FROM words_screened w JOIN source p ON p.id = w.post_id CROSS JOIN n"
    ),
    concat!(
        "INSERT INTO decision (id, post_id, channel_id, act, outcome, reasons, facts, facts_hash, policy_hash, at_ms)
         SELECT ", copied!("d.id"), ", ", copied!("d.post_id"), ", d.channel_id, d.act, d.outcome, d.reasons, d.facts, d.facts_hash, d.policy_hash, d.at_ms
         FROM decision d JOIN source p ON p.id = d.post_id CROSS JOIN n"
    ),
    concat!(
        "INSERT INTO approval (post_id, revision, approver_id, author_id, content_hash, roles, at_ms, void_ms)
         SELECT ", copied!("a.post_id"), ", a.revision, a.approver_id, a.author_id, a.content_hash, a.roles, a.at_ms, a.void_ms
         FROM approval a JOIN source p ON p.id = a.post_id CROSS JOIN n"
    ),
    concat!(
        "INSERT INTO job (id, kind, subject, urgency, due_ms, lease_ends_ms, token, attempts, last_error, done_ms, made_ms)
         SELECT ", copied!("j.id"), ", j.kind, ", copied!("j.subject"), ", j.urgency, j.due_ms, 0, j.token, j.attempts, NULL, j.done_ms, j.made_ms
         FROM job j JOIN release_order o ON o.id = j.subject JOIN source p ON p.id = o.post_id CROSS JOIN n WHERE j.done_ms IS NOT NULL"
    ),
    concat!(
        "INSERT INTO release_order (id, post_id, channel_id, revision, record_key, payload, hash, state, because, token, remote, url,
             queued_ms, call_started_ms, sent_ms, published_ms)
         SELECT ", copied!("o.id"), ", ", copied!("o.post_id"), ", o.channel_id, o.revision, ", copied!("o.record_key"), ", o.payload, o.hash, o.state,
             NULL, o.token, o.remote, o.url, o.queued_ms, o.call_started_ms, o.sent_ms, o.published_ms
         FROM release_order o JOIN source p ON p.id = o.post_id CROSS JOIN n"
    ),
];

/// Entries say nothing about which row they belong to, so the newest ones may stand for the copies'.
const ENTRIES: &str = "INSERT INTO ledger_entry (idx, bytes)
     SELECT l.count + (n.k - 1) * l.count + e.idx, e.bytes
     FROM ledger_entry e CROSS JOIN (SELECT COUNT(*) AS count FROM ledger_entry) l CROSS JOIN n
     WHERE n.k <= $1";

pub(super) async fn run(database: &str, posts: i64) -> Ended {
    sqlx::any::install_default_drivers();
    let address =
        if database.contains("://") { database.to_owned() } else { format!("sqlite://{database}") };
    let mut connection = AnyConnection::connect(&address).await?;
    let published: i64 = sqlx::query(PUBLISHED).fetch_one(&mut connection).await?.try_get("count")?;
    let copies = posts / published.max(1);
    let run = async |connection: &mut AnyConnection, text: String| {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(connection).await
    };
    run(&mut connection, "CREATE TABLE n (k BIGINT PRIMARY KEY)".into()).await?;
    run(&mut connection, format!("INSERT INTO n WITH RECURSIVE up(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM up WHERE k < {copies}) SELECT k FROM up")).await?;
    run(&mut connection, "CREATE TABLE source AS SELECT p.* FROM post p JOIN release_order o ON o.post_id = p.id WHERE o.state = 'published'".into()).await?;
    let mut tx = connection.begin().await?;
    for table in TABLES {
        sqlx::query(table).execute(&mut *tx).await?;
    }
    // About ten entries a post.
    let all: i64 = sqlx::query("SELECT COUNT(*) AS count FROM ledger_entry").fetch_one(&mut *tx).await?.try_get("count")?;
    let times = (posts * 10 / all.max(1)).min(copies);
    sqlx::query(ENTRIES).bind(times).execute(&mut *tx).await?;
    tx.commit().await?;
    run(&mut connection, "DROP TABLE source".into()).await?;
    run(&mut connection, "DROP TABLE n".into()).await?;
    if database.contains("postgres") {
        run(&mut connection, "ANALYZE".into()).await?;
    }
    let count: i64 = sqlx::query("SELECT COUNT(*) AS count FROM post").fetch_one(&mut connection).await?.try_get("count")?;
    let ledger: i64 = sqlx::query("SELECT COUNT(*) AS count FROM ledger_entry").fetch_one(&mut connection).await?.try_get("count")?;
    connection.close().await?;
    println!("{{\"posts\": {count}, \"entries\": {ledger}}}");
    Ok(())
}
