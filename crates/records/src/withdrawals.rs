//! Withdrawals: somebody changes their mind, and from that transaction on no step of any post can show the person.
//!
//! Newer answers say no, orders that wait are stopped, orders that are public or may be are taken down by urgent jobs,
//! posts from before this program in which the person was tagged are taken down with them, and in every draft the
//! person's face is covered again. The receipt says what was removed and when it was seen to be
//! gone; it is mailed when everything is.

mod late;
mod may_stay;
mod pictures;
mod receipts;
mod sweep;

use cleansheet_terms::{
    Clock, Entropy, GuardianId, OldPostId, OrderId, ParticipantId, PostId, Timestamp, WithdrawalId,
};

pub use late::{GONE_WITHIN, is_late_untold, late, tell_late};
pub use pictures::{ShownIn, pictures_in, pictures_of};
pub(crate) use receipts::{Ended, complete};
pub use receipts::{receipt, receipts_of, shown_now};
pub(crate) use sweep::NO_LONGER;
pub use sweep::{in_public, may_all_stay, sweep};

use crate::{
    columns::Columns as _,
    consents::{ConsentError, Consents, Giver},
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    old_posts::{self, OldPostError, OldPosts},
    orders::{OrderError, OrderState, Orders},
    posts::{PostError, Posts},
};

/// What an author reads on a draft; it says neither who nor why.
const NOTE: &str = "Somebody can no longer be shown. The face is covered again; look, and send it again.";
/// What stands beside an order.
const BECAUSE: &str = "a family changed its mind";

/// How much somebody took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Some answers.
    Some,
    /// One picture.
    Picture,
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope of a withdrawal")]
pub struct UnknownScope(pub String);

impl Scope {
    const ALL: [Self; 3] = [Self::All, Self::Some, Self::Picture];

    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Some => "some",
            Self::Picture => "picture",
        }
    }

    fn parse(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// Whose change of mind it is.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// About whom.
    pub participant: &'a ParticipantId,
    /// Who says so.
    pub giver: &'a Giver,
    /// The trust's name, for the receipt.
    pub trust: &'a str,
}

/// What a withdrawal did, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The withdrawal.
    pub id: WithdrawalId,
    /// Who is no longer shown.
    pub participant: ParticipantId,
    /// Who changed their mind.
    pub giver: Giver,
    /// About how much.
    pub scope: Scope,
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

/// What the program cannot take down itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByHand {
    /// By when a person does.
    pub due: Timestamp,
    /// Nothing can be read there: when that person said that it is gone.
    pub on_word: Option<Timestamp>,
}

/// One copy that a withdrawal removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The order.
    pub order: OrderId,
    /// Its post.
    pub post: PostId,
    /// The channel's name.
    pub channel: String,
    /// Where the public saw it.
    pub url: Option<String>,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
    /// A person does it.
    pub by_hand: Option<ByHand>,
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
    /// A person does it.
    pub by_hand: Option<ByHand>,
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

/// Writes a withdrawal of everything down and starts what follows from it: nothing shows the person any more.
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
    Consents(tx).refuse_all(participant, giver, evidence, clock, entropy).await?;
    let going = Going {
        orders: may_stay::all_orders(tx, participant).await?,
        old_posts: old_posts::all_showing(tx, participant).await?,
    };
    let about = About { participant, giver, trust };
    let id = write_down(tx, &about, Scope::All, &going, clock, entropy).await?;
    tx.name_commit("withdraw");
    Ok(id)
}

/// Some answers have changed: ends what they do not allow any more. There is a receipt when something had to go, or when
/// a yes was taken back.
pub(crate) async fn end_what_may_not_stay(
    tx: &mut Tx,
    about: &About<'_>,
    scope: Scope,
    took_back: bool,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Option<WithdrawalId>, WithdrawalError> {
    let old_posts = old_posts::that_may_not_stay(tx, about.participant, clock.now()).await?;
    let going = Going {
        orders: may_stay::orders_that_may_not(tx, about.participant, clock.now()).await?,
        old_posts: old_posts.into_iter().map(|post| post.id).collect(),
    };
    if going.orders.is_empty() && going.old_posts.is_empty() && !took_back {
        return Ok(None);
    }
    write_down(tx, about, scope, &going, clock, entropy).await.map(Some)
}

/// The person in the picture, or somebody who answers for them, does not want this one picture: the post goes, and in its
/// draft the face is covered.
pub async fn object(
    tx: &mut Tx,
    about: &About<'_>,
    order: &OrderId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Option<WithdrawalId>, WithdrawalError> {
    let theirs = may_stay::all_orders(tx, about.participant).await?;
    let orders: Vec<OrderId> = theirs.into_iter().filter(|one| one == order).collect();
    if orders.is_empty() {
        return Ok(None);
    }
    let going = Going { orders, old_posts: Vec::new() };
    write_down(tx, about, Scope::Picture, &going, clock, entropy).await.map(Some)
}

/// The same for a post from before this program.
pub async fn object_to_old(
    tx: &mut Tx,
    about: &About<'_>,
    post: &OldPostId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Option<WithdrawalId>, WithdrawalError> {
    let theirs = old_posts::all_showing(tx, about.participant).await?;
    let old_posts: Vec<OldPostId> = theirs.into_iter().filter(|one| one == post).collect();
    if old_posts.is_empty() {
        return Ok(None);
    }
    let going = Going { orders: Vec::new(), old_posts };
    write_down(tx, about, Scope::Picture, &going, clock, entropy).await.map(Some)
}

/// What a withdrawal ends.
struct Going {
    orders: Vec<OrderId>,
    old_posts: Vec<OldPostId>,
}

async fn write_down(
    tx: &mut Tx,
    about: &About<'_>,
    scope: Scope,
    going: &Going,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<WithdrawalId, WithdrawalError> {
    let (id, now) = (WithdrawalId::new(clock, entropy), clock.now());
    let guardian = match about.giver {
        Giver::Guardian(guardian) => Some(guardian.as_str().to_owned()),
        Giver::Own => None,
    };
    let insert = sql(
        "INSERT INTO withdrawal (id, participant_id, guardian_id, at_ms, scope) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.as_str().to_owned())
    .bind(about.participant.as_str().to_owned())
    .bind(guardian)
    .bind(now.as_millisecond())
    .bind(scope.as_str());
    tx.run(insert).await?;
    end_orders(tx, &id, &going.orders, clock, entropy).await?;
    end_old_posts(tx, &id, &going.old_posts, clock, entropy).await?;
    let drafts = cover_drafts(tx, about.participant, &going.orders, clock, entropy).await?;
    let payload = (about.participant, scope.as_str(), going.orders.len(), going.old_posts.len(), drafts);
    Ledger(tx).append("consent.withdrawn", id.as_str(), &payload, now, entropy).await?;
    receipts::send_when_complete(tx, &id, about.trust, clock, entropy).await?;
    Ok(id)
}

/// Stops what waits and takes down what left.
async fn end_orders(
    tx: &mut Tx,
    id: &WithdrawalId,
    orders: &[OrderId],
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), WithdrawalError> {
    for order in orders {
        let found = sql("SELECT state FROM release_order WHERE id = $1").bind(order.as_str().to_owned());
        let row = tx.row(found).await?.ok_or_else(|| StoreError::damaged("release_order"))?;
        let was = match row.read("state", OrderState::parse)? {
            OrderState::Queued => "waiting",
            _ => "live",
        };
        let note = sql("INSERT INTO withdrawal_order (withdrawal_id, order_id, was) VALUES ($1, $2, $3)")
            .bind(id.as_str().to_owned())
            .bind(order.as_str().to_owned())
            .bind(was);
        tx.run(note).await?;
        Orders(tx).to_take_down(order, BECAUSE, clock, entropy).await?;
    }
    Ok(())
}

/// Takes down what was public before this program came.
async fn end_old_posts(
    tx: &mut Tx,
    id: &WithdrawalId,
    posts: &[OldPostId],
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), WithdrawalError> {
    for post in posts {
        let note = sql("INSERT INTO withdrawal_old_post (withdrawal_id, old_post_id) VALUES ($1, $2)")
            .bind(id.as_str().to_owned())
            .bind(post.as_str().to_owned());
        tx.run(note).await?;
        OldPosts(tx).bring_down(post, BECAUSE, clock, entropy).await?;
    }
    Ok(())
}

/// Covers the person's face again in every post in which they cannot be shown now, or of which an order has just ended. What
/// has left keeps its marks: they say who is in the picture until it is gone.
async fn cover_drafts(
    tx: &mut Tx,
    participant: &ParticipantId,
    ended: &[OrderId],
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
        if may_stay::in_draft(tx, &post, participant, ended, clock.now()).await? {
            continue;
        }
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
