//! Withdrawals: somebody changes their mind, and from that transaction on no step of any post can show the person.
//!
//! Newer answers say no, orders that wait are stopped, orders that are public or may be are taken down by urgent jobs,
//! posts from before this program in which the person was tagged are taken down with them, and in every draft the
//! person's face is covered again. The receipt says what was removed and when it was seen to be
//! gone; it is mailed when everything is.

mod receipts;

use cleansheet_terms::{
    Clock, Entropy, GuardianId, OldPostId, OrderId, ParticipantId, PostId, Timestamp, WithdrawalId,
};

pub(crate) use receipts::{complete, complete_old};
pub use receipts::{receipt, receipts_of, shown_now};

use crate::{
    columns::Columns as _,
    consents::{ConsentError, Consents, Giver},
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    old_posts::{self, OldPostError},
    orders::{OrderError, OrderState, Orders},
    posts::{PostError, Posts},
};

/// What an author reads on a draft; it says neither who nor why.
const NOTE: &str = "Somebody can no longer be shown. The face is covered again; look, and send it again.";
/// What stands beside an order.
const BECAUSE: &str = "a family changed its mind";

/// What a withdrawal did, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The withdrawal.
    pub id: WithdrawalId,
    /// Who is no longer shown.
    pub participant: ParticipantId,
    /// Who changed their mind.
    pub giver: Giver,
    /// When.
    pub at: Timestamp,
    /// What was public, or may have been.
    pub removed: Vec<Removed>,
    /// What was public before this program came.
    pub removed_old: Vec<RemovedOld>,
    /// How many posts were waiting to go out, and were stopped.
    pub stopped: usize,
    /// When the receipt was mailed: everything was gone.
    pub mailed: Option<Timestamp>,
}

/// One copy that a withdrawal removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The order.
    pub order: OrderId,
    /// The channel's name.
    pub channel: String,
    /// Where the public saw it.
    pub url: Option<String>,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
}

/// One old post that a withdrawal removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedOld {
    /// The post.
    pub post: OldPostId,
    /// The channel's name.
    pub channel: String,
    /// Where the public saw it.
    pub url: String,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
}

/// One public copy that shows somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownNow {
    /// The order.
    pub order: OrderId,
    /// Its post.
    pub post: PostId,
    /// The channel's name.
    pub channel: String,
    /// Where the public sees it.
    pub url: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Why a withdrawal was not written down.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawalError {
    /// The answers.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The orders.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// What was public before this program came.
    #[error(transparent)]
    OldPost(#[from] OldPostError),
    /// The drafts.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a withdrawal down and starts everything that follows from it.
///
/// - `giver`: a guardian of the participant, or the participant themselves; any one of them is enough.
/// - `evidence`: how it was given, for a later doubt.
/// - `trust`: the trust's name, for the receipt.
pub async fn withdraw(
    tx: &mut Tx,
    participant: &ParticipantId,
    giver: &Giver,
    evidence: &str,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<WithdrawalId, WithdrawalError> {
    let (id, now) = (WithdrawalId::new(clock, entropy), clock.now());
    Consents(tx).refuse_all(participant, giver, evidence, clock, entropy).await?;
    let guardian = match giver {
        Giver::Guardian(guardian) => Some(guardian.as_str().to_owned()),
        Giver::Own => None,
    };
    let insert =
        sql("INSERT INTO withdrawal (id, participant_id, guardian_id, at_ms) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str().to_owned())
            .bind(participant.as_str().to_owned())
            .bind(guardian)
            .bind(now.as_millisecond());
    tx.run(insert).await?;
    let orders = end_orders(tx, &id, participant, clock, entropy).await?;
    let old = old_posts::withdrawn(tx, &id, participant, BECAUSE, clock, entropy).await?;
    let drafts = cover_drafts(tx, participant, clock, entropy).await?;
    Ledger(tx)
        .append("consent.withdrawn", id.as_str(), &(participant, orders, old, drafts), now, entropy)
        .await?;
    receipts::send_when_complete(tx, &id, trust, clock, entropy).await?;
    tx.name_commit("withdraw");
    Ok(id)
}

/// Stops what waits and takes down what left, of everything that was approved with this person shown.
async fn end_orders(
    tx: &mut Tx,
    id: &WithdrawalId,
    participant: &ParticipantId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, WithdrawalError> {
    let found = sql("SELECT o.id, o.state FROM release_order o JOIN order_person s ON s.order_id = o.id
         WHERE s.participant_id = $1 AND o.state NOT IN ('stopped', 'gone') ORDER BY o.queued_ms, o.id")
    .bind(participant.as_str().to_owned());
    let rows = tx.rows(found).await?;
    for row in &rows {
        let order = row.read("id", OrderId::parse)?;
        let was = match row.read("state", OrderState::parse)? {
            OrderState::Queued => "waiting",
            _ => "live",
        };
        let note = sql("INSERT INTO withdrawal_order (withdrawal_id, order_id, was) VALUES ($1, $2, $3)")
            .bind(id.as_str().to_owned())
            .bind(order.as_str().to_owned())
            .bind(was);
        tx.run(note).await?;
        Orders(tx).to_take_down(&order, BECAUSE, clock, entropy).await?;
    }
    Ok(rows.len())
}

/// Covers the person's face again in every post of which nothing has left. What has left keeps its marks: they say who
/// is in the picture until it is gone.
async fn cover_drafts(
    tx: &mut Tx,
    participant: &ParticipantId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, WithdrawalError> {
    let found = sql("SELECT DISTINCT p.post_id FROM depiction d
         JOIN photo p ON p.id = d.photo_id JOIN post t ON t.id = p.post_id
         WHERE d.participant_id = $1 AND p.removed_ms IS NULL AND t.stage <> 'dropped' ORDER BY p.post_id")
    .bind(participant.as_str().to_owned());
    let mut covered = 0;
    for row in tx.rows(found).await? {
        let post = Posts(tx).known(&row.read("post_id", PostId::parse)?).await?;
        match Posts(tx).not_on_its_way(&post).await {
            Ok(()) => {}
            Err(PostError::OnItsWay) => continue,
            Err(error) => return Err(error.into()),
        }
        if Posts(tx).cover_again(&post, participant, clock, entropy).await? {
            let note = sql("UPDATE post SET returned_note = $1 WHERE id = $2");
            tx.run(note.bind(NOTE).bind(post.id.as_str().to_owned())).await?;
            covered += 1;
        }
    }
    Ok(covered)
}

/// Whom a row of `withdrawal` speaks for.
fn giver(guardian: Option<GuardianId>) -> Giver {
    guardian.map_or(Giver::Own, Giver::Guardian)
}
