//! What is not kept: details go six months after the decision (DBS code of practice, Police Act 1997 s122), the minimal line a
//! year after its holder has left.

use cleansheet_terms::{Date, Timestamp, day_in_london};

use super::DbsRecordId;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    people::papers::months_after,
};

/// For so many months after the decision details are kept.
const KEPT_MONTHS: i64 = 6;
/// For so many months after somebody has left their lines are kept.
const LINE_MONTHS: i64 = 12;

/// Which of a record's details are due to go.
struct Kept {
    id: DbsRecordId,
    /// When it was decided, or written down as long as nobody decided.
    since: Timestamp,
    decided: bool,
    agreed: bool,
    has_content: bool,
}

/// Takes away the details of records that were decided six months ago, at 00:00 in London, and why a status check stops
/// somebody; that it does, stays. Number and birthday stay as long
/// as status checks run with them, and go with the next round after those have ended. Of whoever left a year ago nothing is
/// left. Says how many records lost something.
pub async fn forget_details(tx: &mut Tx, now: Timestamp) -> Result<usize, StoreError> {
    let mut gone = 0;
    for person in left_long_ago(tx, day_in_london(now)).await? {
        for statement in LINES {
            tx.run(sql(statement).bind(person.clone())).await?;
        }
        gone += 1;
    }
    for record in due(tx, day_in_london(now)).await? {
        let (identity, content, why) = (
            "UPDATE dbs_record SET identity = NULL WHERE id = $1",
            "UPDATE dbs_record SET content = NULL WHERE id = $1",
            "UPDATE dbs_status SET why = $2 WHERE record_id = $1",
        );
        let keeps_identity = record.decided && record.agreed;
        if keeps_identity && !record.has_content {
            continue;
        }
        gone += 1;
        tx.run(sql(content).bind(record.id.to_string())).await?;
        // Empty, not sealed: read as a reason that is no longer kept.
        tx.run(sql(why).bind(record.id.to_string()).bind(Vec::<u8>::new())).await?;
        if !keeps_identity {
            tx.run(sql(identity).bind(record.id.to_string())).await?;
        }
    }
    Ok(gone)
}

/// Whether [`forget_details`] has anything to do: so that nobody waits for a writer on most days.
pub async fn details_are_due(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let today = day_in_london(now);
    let due = due(tx, today).await?;
    let long_ago = !left_long_ago(tx, today).await?.is_empty();
    Ok(long_ago || due.iter().any(|record| record.has_content || !(record.decided && record.agreed)))
}

/// Everything about one person's checks, in an order that leaves no row pointing at nothing.
const LINES: [&str; 4] = [
    "DELETE FROM dbs_view WHERE record_id IN (SELECT id FROM dbs_record WHERE person_id = $1)",
    "DELETE FROM dbs_status WHERE record_id IN (SELECT id FROM dbs_record WHERE person_id = $1)",
    "DELETE FROM dbs_consent WHERE person_id = $1",
    "DELETE FROM dbs_record WHERE person_id = $1",
];

async fn left_long_ago(tx: &mut Tx, today: Date) -> Result<Vec<String>, StoreError> {
    let found = sql("SELECT DISTINCT p.id, p.left_ms FROM person p JOIN dbs_record r ON r.person_id = p.id
         WHERE p.left_ms IS NOT NULL ORDER BY p.id");
    let mut all = Vec::new();
    for row in tx.rows(found).await? {
        if today >= months_after(day_in_london(row.instant("left_ms")?), LINE_MONTHS) {
            all.push(row.text("id")?);
        }
    }
    Ok(all)
}

async fn due(tx: &mut Tx, today: Date) -> Result<Vec<Kept>, StoreError> {
    // Only the record that counts is asked about, so only its number is kept for that.
    let found = sql(
        "SELECT r.id, COALESCE(r.decided_ms, r.recorded_ms) AS since_ms, r.decided_ms, c.id AS consent_id,
             CASE WHEN r.content IS NULL THEN 0 ELSE 1 END AS has_content,
             (SELECT MAX(o.decided_ms) FROM dbs_record o WHERE o.person_id = r.person_id) AS newest_ms
         FROM dbs_record r JOIN person p ON p.id = r.person_id
         LEFT JOIN dbs_consent c ON c.person_id = r.person_id AND c.ended_ms IS NULL AND p.left_ms IS NULL
         WHERE r.identity IS NOT NULL OR r.content IS NOT NULL ORDER BY r.id",
    );
    let mut due = Vec::new();
    for row in tx.rows(found).await? {
        let (decided, newest) = (row.maybe_instant("decided_ms")?, row.maybe_instant("newest_ms")?);
        let record = Kept {
            id: row.read("id", DbsRecordId::parse)?,
            since: row.instant("since_ms")?,
            decided: decided.is_some() && decided == newest,
            agreed: row.maybe_text("consent_id")?.is_some(),
            has_content: row.flag("has_content")?,
        };
        if today >= months_after(day_in_london(record.since), KEPT_MONTHS) {
            due.push(record);
        }
    }
    Ok(due)
}
