//! Making one of two records of the same person. Everything that was ever about either is about the one that is kept,
//! and whoever said no to either has said no.

mod answers;

use cleansheet_terms::{Clock, Date, Entropy, ParticipantId, PersonId, day_in_london};

use super::{Activities, ActivityError, Participant};
use crate::{
    database::{StoreError, Tx, sql},
    erasure,
    ledger_entries::Ledger,
    withdrawals::{self, WithdrawalError},
};

/// Why two records are not made one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They are one already.
    #[error("these two are one record already")]
    SameRecord,
    /// A guardian's no would stop counting.
    #[error(
        "one of the two is an adult and the other is a child, or of unknown age; put the birthdays right first, then \
         merge them"
    )]
    AgesDiffer,
    /// One of them is being erased.
    #[error("the data of one of the two is being erased; merge nothing until that is done")]
    BeingErased,
    /// No such participant.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// What follows for posts.
    #[error(transparent)]
    Withdrawal(#[from] WithdrawalError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How what names a participant comes to name the kept one, `$1`, instead of the other, `$2`. A test holds the list to
/// the schema: a column that is not in it is forgotten at a merge.
const MOVES: [(&str, &[&str]); 16] = [
    ("consent.participant_id", &["UPDATE consent SET participant_id = $1 WHERE participant_id = $2"]),
    ("depiction.participant_id", &["UPDATE depiction SET participant_id = $1 WHERE participant_id = $2"]),
    ("withdrawal.participant_id", &["UPDATE withdrawal SET participant_id = $1 WHERE participant_id = $2"]),
    // Two readings of one form that nobody has agreed about yet: the one about the kept record goes on.
    (
        "paper_form.participant_id paper_form.visitor_id",
        &[
            "DELETE FROM paper_form WHERE participant_id = $2 AND recorded_ms IS NULL AND EXISTS (
                 SELECT 1 FROM paper_form k WHERE k.participant_id = $1 AND k.recorded_ms IS NULL
                     AND (k.visitor_id = paper_form.visitor_id
                         OR (k.visitor_id = $1 AND paper_form.visitor_id = $2)))",
            "UPDATE paper_form SET visitor_id = $1 WHERE visitor_id = $2",
            "UPDATE paper_form SET participant_id = $1 WHERE participant_id = $2",
        ],
    ),
    ("text_message.visitor_id", &["UPDATE text_message SET visitor_id = $1 WHERE visitor_id = $2"]),
    ("visitor_link.visitor_id", &["UPDATE visitor_link SET visitor_id = $1 WHERE visitor_id = $2"]),
    ("call_request.visitor_id", &["UPDATE call_request SET visitor_id = $1 WHERE visitor_id = $2"]),
    ("complaint.visitor_id", &["UPDATE complaint SET visitor_id = $1 WHERE visitor_id = $2"]),
    ("sign_in.visitor_id", &["UPDATE sign_in SET visitor_id = $1 WHERE visitor_id = $2"]),
    // Somebody who was asked about both was asked about one person; what was asked first is what goes on.
    (
        "asking.participant_id asking.visitor_id",
        &[
            "DELETE FROM asking WHERE participant_id = $2 AND EXISTS (
                 SELECT 1 FROM asking k WHERE k.participant_id = $1 AND k.edition_id = asking.edition_id
                     AND (k.visitor_id = asking.visitor_id OR (k.visitor_id = $1 AND asking.visitor_id = $2)))",
            "UPDATE asking SET visitor_id = $1 WHERE visitor_id = $2",
            "UPDATE asking SET participant_id = $1 WHERE participant_id = $2",
        ],
    ),
    (
        "roster.participant_id",
        &[
            "INSERT INTO roster (activity_id, participant_id) SELECT activity_id, $1 FROM roster
             WHERE participant_id = $2 ON CONFLICT (activity_id, participant_id) DO NOTHING",
            "DELETE FROM roster WHERE participant_id = $2 AND $1 <> $2",
        ],
    ),
    (
        "order_person.participant_id",
        &[
            "INSERT INTO order_person (order_id, participant_id) SELECT order_id, $1 FROM order_person
             WHERE participant_id = $2 ON CONFLICT (order_id, participant_id) DO NOTHING",
            "DELETE FROM order_person WHERE participant_id = $2 AND $1 <> $2",
        ],
    ),
    (
        "old_depiction.participant_id",
        &[
            "UPDATE old_depiction SET participant_id = $1 WHERE participant_id = $2 AND NOT EXISTS (
                 SELECT 1 FROM old_depiction k WHERE k.participant_id = $1 AND k.old_post_id = old_depiction.old_post_id)",
            "DELETE FROM old_depiction WHERE participant_id = $2 AND $1 <> $2",
        ],
    ),
    // Whoever is said to be somebody else than either is somebody else than the one.
    (
        "participant_apart.first_id participant_apart.second_id",
        &[
            "INSERT INTO participant_apart (first_id, second_id, said_by, said_ms)
             SELECT CASE WHEN o.other < $1 THEN o.other ELSE $1 END, CASE WHEN o.other < $1 THEN $1 ELSE o.other END,
                 o.said_by, o.said_ms
             FROM (SELECT second_id AS other, said_by, said_ms FROM participant_apart WHERE first_id = $2
                 UNION ALL SELECT first_id, said_by, said_ms FROM participant_apart WHERE second_id = $2) o
             WHERE o.other <> $1 ON CONFLICT (first_id, second_id) DO NOTHING",
            "DELETE FROM participant_apart WHERE (first_id = $2 OR second_id = $2) AND $1 <> $2",
        ],
    ),
    // Whoever waits until somebody says whether they are either waits for the one.
    (
        "spot_waiting.participant_id spot_waiting.like_id",
        &[
            "INSERT INTO spot_waiting (activity_id, participant_id, like_id)
             SELECT activity_id, CASE WHEN participant_id = $2 THEN $1 ELSE participant_id END,
                 CASE WHEN like_id = $2 THEN $1 ELSE like_id END
             FROM spot_waiting WHERE participant_id = $2 OR like_id = $2
             ON CONFLICT (activity_id, participant_id, like_id) DO NOTHING",
            "DELETE FROM spot_waiting WHERE (participant_id = $2 OR like_id = $2) AND $1 <> $2",
        ],
    ),
    // Whoever answers for either answers for the one; it has ended only where it had ended for both.
    (
        "guardianship.participant_id",
        &[
            "INSERT INTO guardianship (participant_id, guardian_id, relation, ended_ms, never_ms)
             SELECT $1, guardian_id, relation, ended_ms, never_ms FROM guardianship WHERE participant_id = $2
             ON CONFLICT (participant_id, guardian_id) DO UPDATE SET
                 ended_ms = CASE WHEN excluded.ended_ms IS NULL THEN NULL ELSE guardianship.ended_ms END,
                 never_ms = COALESCE(guardianship.never_ms, excluded.never_ms)",
            "DELETE FROM guardianship WHERE participant_id = $2 AND $1 <> $2",
        ],
    ),
];

/// Columns about the record itself, which stay with it. Nobody is merged while they are being erased.
#[cfg(test)]
const STAY: [&str; 2] = ["participant.merged_into", "erasure.participant_id"];

/// Makes one of two records of the same person, and ends what may not show them any more.
///
/// - `keep`: the record that goes on. Where it knows nothing, it learns from the other.
/// - `other`: from now on another name for the first.
pub async fn merge(
    tx: &mut Tx,
    keep: &ParticipantId,
    other: &ParticipantId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), MergeError> {
    if keep == other || merged(tx, keep).await?.is_some() || merged(tx, other).await?.is_some() {
        return Err(MergeError::SameRecord);
    }
    let kept = Activities(tx).known_participant(keep).await?;
    let gone = Activities(tx).known_participant(other).await?;
    if erasure::is_open(tx, keep).await? || erasure::is_open(tx, other).await? {
        return Err(MergeError::BeingErased);
    }
    let today = day_in_london(clock.now());
    if kept.is_child_on(today) != gone.is_child_on(today) {
        return Err(MergeError::AgesDiffer);
    }
    let strict = answers::strictest(tx, &kept, &gone, today).await?;
    for (_, statements) in MOVES {
        for text in statements {
            let statement = sql(text).bind(keep.as_str().to_owned()).bind(other.as_str().to_owned());
            tx.run(statement).await?;
        }
    }
    answers::restate(tx, keep, &strict, clock, entropy).await?;
    both_in_one(tx, &kept, &gone).await?;
    Activities(tx).no_longer_waits(keep, keep).await?;
    let (payload, now) = ((other, by), clock.now());
    Ledger(tx).append("participant.merged", keep.as_str(), &payload, now, entropy).await?;
    withdrawals::sweep(tx, keep, clock, entropy).await?;
    Ok(())
}

/// The record that another one was made part of.
pub async fn merged(tx: &mut Tx, id: &ParticipantId) -> Result<Option<ParticipantId>, StoreError> {
    use crate::columns::Columns as _;
    let found = sql("SELECT merged_into FROM participant WHERE id = $1").bind(id.as_str().to_owned());
    let Some(row) = tx.row(found).await? else { return Ok(None) };
    row.maybe_read("merged_into", ParticipantId::parse)
}

/// What is known of the person: of two birthdays the later one, so that nobody grows up by a merge; "no image" when
/// either has it, and why stays sealed with the record it was written for; gone only when both are.
async fn both_in_one(tx: &mut Tx, kept: &Participant, gone: &Participant) -> Result<(), StoreError> {
    let born = kept.born.max(gone.born);
    let set =
        sql("UPDATE participant SET born_day = $1, adult = $2, no_image = $3, left_day = $4, reference = $5,
             mail = $6 WHERE id = $7")
        .bind(born.map(|day| day.to_string()))
        .bind(i64::from(kept.adult || gone.adult))
        .bind(i64::from(kept.no_image || gone.no_image))
        .bind(left(kept, gone).map(|day| day.to_string()))
        .bind(if kept.reference.is_empty() { gone.reference.clone() } else { kept.reference.clone() })
        .bind(if kept.mail.is_empty() { gone.mail.clone() } else { kept.mail.clone() })
        .bind(kept.id.as_str().to_owned());
    tx.run(set).await?;
    let point = sql("UPDATE participant SET merged_into = $1, mail = '', reference = ''
         WHERE id = $2 OR merged_into = $2");
    tx.run(point.bind(kept.id.as_str().to_owned()).bind(gone.id.as_str().to_owned())).await?;
    Ok(())
}

/// The last day, once both have one.
fn left(kept: &Participant, gone: &Participant) -> Option<Date> {
    kept.left.zip(gone.left).map(|(one, other)| one.max(other))
}

#[cfg(test)]
mod tests {
    use super::{MOVES, STAY};

    /// Every column that can hold a participant's id.
    fn names_a_participant(column: &str) -> bool {
        let name = column.split('.').next_back().unwrap_or_default();
        matches!(name, "participant_id" | "visitor_id" | "merged_into")
            || column.starts_with("participant_apart.f")
            || column == "spot_waiting.like_id"
    }

    #[test]
    fn a_merge_forgets_no_column_that_names_a_participant() {
        let schema = include_str!("../../migrations/schema.txt");
        let moved: Vec<&str> = MOVES.iter().flat_map(|(columns, _)| columns.split(' ')).chain(STAY).collect();
        let all = schema.lines().filter_map(|line| line.split(' ').next());
        let forgotten: Vec<&str> =
            all.clone().filter(|column| names_a_participant(column) && !moved.contains(column)).collect();
        assert_eq!(forgotten, Vec::<&str>::new(), "say in MOVES what a merge does with them");
        let known: Vec<&str> = all.collect();
        assert!(moved.iter().all(|column| known.contains(column)), "a column of MOVES is no longer there");
    }
}
