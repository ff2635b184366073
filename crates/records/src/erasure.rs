//! Erasure (UK GDPR Art. 17): of a participant nothing is left but what names nobody.
//!
//! Asked for, everything that shows or names them is taken down first, and so is what becomes public meanwhile; once all of
//! it is gone, their rows go, words that name them are blotted out, pictures of them are deleted, and the keys of their
//! ledger records are destroyed: the entries stay, say nothing about anybody, and the ledger verifies as before.

mod people;
mod pictures;
mod public;
mod words;

use std::collections::BTreeSet;

use cleansheet_terms::{
    Clock, Digest, Entropy, ErasureId, ParticipantId, PersonId, PostId, Timestamp, day_in_london,
};
use public::Public;

use crate::{
    Records,
    activities::{Activities, ActivityError},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    old_posts::{OldPostError, OldPosts},
    orders::{OrderError, Orders},
};

/// What stands beside an order.
const BECAUSE: &str = "somebody in it asked to be forgotten";

/// Why data is not erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// It is under way already.
    #[error("this is being erased already; it is done once everything public is gone")]
    Asked,
    /// Something shows or names them again.
    #[error("something public shows or names them; it is taken down first")]
    Public,
    /// No such participant.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// The orders.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// What was public before this program came.
    #[error(transparent)]
    OldPost(#[from] OldPostError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One erasure that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The erasure.
    pub id: ErasureId,
    /// Of whom.
    pub participant: ParticipantId,
}

/// What is public of somebody who asked to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Something that nobody has asked to be taken away yet: it came after the asking, see [`take_down`].
    Showing,
    /// What is being taken down.
    Going,
    /// Nothing: it can be [completed](complete).
    Gone,
}

/// Files that nothing names any more: to be deleted once the transaction is committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Keys of originals.
    pub originals: BTreeSet<String>,
    /// Digests of renditions.
    pub renditions: BTreeSet<Digest>,
}

/// Asks for it: nothing is public soon, nobody can be asked or shown from now on.
pub async fn ask(
    tx: &mut Tx,
    participant: &ParticipantId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<ErasureId, ErasureError> {
    let known = Activities(tx).known_participant(participant).await?;
    if is_open(tx, participant).await? {
        return Err(ErasureError::Asked);
    }
    let (id, now) = (ErasureId::new(clock, entropy), clock.now());
    let insert = sql("INSERT INTO erasure (id, participant_id, asked_by, asked_ms) VALUES ($1, $2, $3, $4)")
        .bind(id.as_str().to_owned())
        .bind(participant.as_str().to_owned())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
    tx.run(insert).await?;
    // One that is set already keeps the reason that somebody gave.
    if !known.no_image {
        Activities(tx).set_no_image(participant, true, None, by.as_str(), clock, entropy).await?;
    }
    take_down(tx, participant, clock, entropy).await?;
    Ledger(tx).append("erasure.asked", id.as_str(), &by, now, entropy).await?;
    Ok(id)
}

/// Asks the networks to take away whatever shows or names somebody and is not on its way out yet: at first, and whatever
/// becomes public as long as the erasure is open.
pub async fn take_down(
    tx: &mut Tx,
    participant: &ParticipantId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), ErasureError> {
    let public = Public::about(tx, participant, day_in_london(clock.now())).await?;
    for order in &public.orders {
        Orders(tx).to_take_down(&order.id, BECAUSE, clock, entropy).await?;
    }
    for post in &public.old_posts {
        OldPosts(tx).bring_down(&post.id, BECAUSE, clock, entropy).await?;
    }
    Ok(())
}

/// Whether somebody is being erased.
pub async fn is_open(tx: &mut Tx, participant: &ParticipantId) -> Result<bool, StoreError> {
    let open = sql("SELECT id FROM erasure WHERE participant_id = $1 AND done_ms IS NULL");
    Ok(tx.row(open.bind(participant.as_str().to_owned())).await?.is_some())
}

/// Those that are asked for and not done, in the order of the asking.
pub async fn open(tx: &mut Tx) -> Result<Vec<Erasure>, StoreError> {
    let found = sql("SELECT id, participant_id FROM erasure WHERE done_ms IS NULL ORDER BY asked_ms, id");
    let one = |row: &sqlx::any::AnyRow| {
        Ok(Erasure {
            id: row.read("id", ErasureId::parse)?,
            participant: row.read("participant_id", ParticipantId::parse)?,
        })
    };
    tx.rows(found).await?.iter().map(one).collect()
}

/// How far an open one is.
pub async fn standing(tx: &mut Tx, erasure: &Erasure, now: Timestamp) -> Result<Standing, StoreError> {
    Ok(Public::about(tx, &erasure.participant, day_in_london(now)).await?.standing())
}

/// Erases. Delete the files once this is committed; until [`scrub`] has succeeded, it [is due](scrub_is_due).
pub async fn complete(
    tx: &mut Tx,
    erasure: &Erasure,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Files, ErasureError> {
    let now = clock.now();
    // Somebody may have published meanwhile what was not public when this was found to be due.
    if standing(tx, erasure, now).await? != Standing::Gone {
        return Err(ErasureError::Public);
    }
    let mut files = Files::default();
    for id in people::same_as(tx, &erasure.participant).await? {
        let Some(who) = Activities(tx).participant(&id).await? else { continue };
        // Before the words: what was published says which copies showed them.
        files.add(pictures::of(tx, &id, now).await?);
        words::blot_out(tx, &id, &who.name).await?;
        words::blot_out_old(tx, &who.name).await?;
        people::rows(tx, &id).await?;
    }
    let done = sql("UPDATE erasure SET done_ms = $1 WHERE id = $2")
        .bind(now.as_millisecond())
        .bind(erasure.id.as_str().to_owned());
    tx.run(done).await?;
    Ledger(tx).append("erasure.done", erasure.id.as_str(), &(), now, entropy).await?;
    Ok(files)
}

/// Whether the engine may still hold what an erasure deleted.
pub async fn scrub_is_due(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(!unscrubbed(tx).await?.is_empty())
}

/// Makes the engine let go of what erasures deleted. Says whether it did: one that is busy is asked again later. Its own
/// write-ahead log and backups are the database keeper's matter; see docs/operations.md.
pub async fn scrub(records: &Records, clock: &dyn Clock) -> Result<bool, StoreError> {
    let erased = unscrubbed(&mut records.read().await?).await?;
    if !records.let_go(people::ANEW).await? {
        return Ok(false);
    }
    let mut tx = records.begin().await?;
    for id in erased {
        let done = sql("UPDATE erasure SET scrubbed_ms = $1 WHERE id = $2");
        tx.run(done.bind(clock.now().as_millisecond()).bind(id.as_str().to_owned())).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn unscrubbed(tx: &mut Tx) -> Result<Vec<ErasureId>, StoreError> {
    let found = sql("SELECT id FROM erasure WHERE done_ms IS NOT NULL AND scrubbed_ms IS NULL ORDER BY id");
    tx.rows(found).await?.iter().map(|row| row.read("id", ErasureId::parse)).collect()
}

impl Files {
    fn add(&mut self, other: Self) {
        self.originals.extend(other.originals);
        self.renditions.extend(other.renditions);
    }
}

/// Posts that show somebody, or that are about an activity they were at.
async fn posts_about(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<PostId>, StoreError> {
    let found = sql("SELECT p.post_id FROM depiction d JOIN photo p ON p.id = d.photo_id WHERE d.participant_id = $1
         UNION SELECT o.post_id FROM order_person s JOIN release_order o ON o.id = s.order_id WHERE s.participant_id = $1
         UNION SELECT t.id AS post_id FROM roster r JOIN post t ON t.activity_id = r.activity_id
             WHERE r.participant_id = $1
         ORDER BY post_id")
    .bind(id.as_str().to_owned());
    tx.rows(found).await?.iter().map(|row| row.read("post_id", PostId::parse)).collect()
}
