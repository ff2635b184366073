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

use cleansheet_terms::{Clock, Digest, Entropy, ErasureId, ParticipantId, PersonId, PostId, Timestamp};
use public::Public;

use crate::{
    Engine, Records,
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

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The erasure.
    pub id: ErasureId,
    /// Of whom; names nobody once it is done.
    pub participant: ParticipantId,
    /// Asked for.
    pub asked: Timestamp,
    /// Done.
    pub done: Option<Timestamp>,
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
    Activities(tx).known_participant(participant).await?;
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
    Activities(tx).set_no_image(participant, true, None, by.as_str(), clock, entropy).await?;
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
    let public = Public::about(tx, participant).await?;
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

/// Every erasure, the newest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<Erasure>, StoreError> {
    let found =
        sql("SELECT id, participant_id, asked_ms, done_ms FROM erasure ORDER BY asked_ms DESC, id DESC");
    let one = |row: &sqlx::any::AnyRow| {
        Ok(Erasure {
            id: row.read("id", ErasureId::parse)?,
            participant: row.read("participant_id", ParticipantId::parse)?,
            asked: row.instant("asked_ms")?,
            done: row.maybe_instant("done_ms")?,
        })
    };
    tx.rows(found).await?.iter().map(one).collect()
}

/// Those of whom something is public that nobody has asked to be taken away yet: what came after the asking.
pub async fn showing(tx: &mut Tx) -> Result<Vec<Erasure>, StoreError> {
    those(tx, |public| !public.is_going()).await
}

/// Those that wait for nothing any more: everything public is seen to be gone.
pub async fn due(tx: &mut Tx) -> Result<Vec<Erasure>, StoreError> {
    those(tx, Public::is_nothing).await
}

/// The open ones of whom this is so.
async fn those(tx: &mut Tx, wanted: impl Fn(&Public) -> bool) -> Result<Vec<Erasure>, StoreError> {
    let mut those = Vec::new();
    for one in list(tx).await?.into_iter().filter(|one| one.done.is_none()) {
        if wanted(&Public::about(tx, &one.participant).await?) {
            those.push(one);
        }
    }
    Ok(those)
}

/// Erases. Delete the files once this is committed, and then [`scrub`] what the engine has let go of.
pub async fn complete(
    tx: &mut Tx,
    erasure: &Erasure,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Files, ErasureError> {
    let now = clock.now();
    // Somebody may have published meanwhile what was not public when this was found to be due.
    if !Public::about(tx, &erasure.participant).await?.is_nothing() {
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

/// Makes the engine let go of what was deleted: SQLite has overwritten it and empties its journal, PostgreSQL writes the
/// tables anew. Its own write-ahead log and backups are the database keeper's matter; see docs/operations.md.
pub async fn scrub(records: &Records) -> Result<(), StoreError> {
    match records.engine() {
        Engine::Sqlite => records.run_alone("PRAGMA wal_checkpoint(TRUNCATE)").await,
        Engine::Postgres => records.run_alone(people::ANEW).await,
    }
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
