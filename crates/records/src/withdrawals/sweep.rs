//! What time and the hard flag do by themselves: an answer that has run out, an 18th birthday, somebody who has left, "no
//! image". Nobody pressed a button, so nobody gets a receipt; the posts go all the same.

use cleansheet_terms::{Clock, Entropy, OrderId, ParticipantId, Timestamp};

use super::{WithdrawalError, cover_drafts, may_stay};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    old_posts::{self, OldPost, OldPostError, OldPosts, OldState},
    orders::{OrderState, Orders},
};

/// What stands beside an order or an old post; it says neither who nor why.
pub(crate) const NO_LONGER: &str = "somebody in it can no longer be shown";

/// Everybody who is in something that is public or waits: those a daily look is for.
pub async fn in_public(tx: &mut Tx) -> Result<Vec<ParticipantId>, StoreError> {
    let found = sql("SELECT s.participant_id FROM order_person s JOIN release_order o ON o.id = s.order_id
         WHERE o.state NOT IN ('stopped', 'gone', 'taking_down')
         UNION SELECT d.participant_id FROM old_depiction d JOIN old_post p ON p.id = d.old_post_id
         WHERE p.state = 'public'
         ORDER BY participant_id");
    tx.rows(found).await?.iter().map(|row| row.read("participant_id", ParticipantId::parse)).collect()
}

/// Whether everything that shows this person, or waits to, may go on.
pub async fn may_all_stay(tx: &mut Tx, id: &ParticipantId, now: Timestamp) -> Result<bool, WithdrawalError> {
    Ok(may_stay::orders_that_may_not(tx, id, now).await?.is_empty()
        && public_old_posts_that_may_not(tx, id, now).await?.is_empty())
}

/// Of old posts a no and the hard flag take somebody out. A yes that ran out does not: nobody was asked about them in the
/// words of today, so people decide.
async fn public_old_posts_that_may_not(
    tx: &mut Tx,
    id: &ParticipantId,
    now: Timestamp,
) -> Result<Vec<OldPost>, OldPostError> {
    let mut posts = old_posts::that_may_not_stay(tx, id, now).await?;
    posts.retain(|post| post.state == OldState::Public);
    Ok(posts)
}

/// Ends everything that may not show this person any more at this instant, and covers them in drafts. Says what ended.
pub async fn sweep(
    tx: &mut Tx,
    id: &ParticipantId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Vec<OrderId>, WithdrawalError> {
    let mut ended = Vec::new();
    for order in may_stay::orders_that_may_not(tx, id, clock.now()).await? {
        let state = Orders(tx).order(&order).await?.map(|order| order.state);
        if state != Some(OrderState::TakingDown) {
            Orders(tx).to_take_down(&order, NO_LONGER, clock, entropy).await?;
            ended.push(order);
        }
    }
    let old = public_old_posts_that_may_not(tx, id, clock.now()).await?;
    for post in &old {
        OldPosts(tx).bring_down(&post.id, NO_LONGER, clock, entropy).await?;
    }
    let drafts = cover_drafts(tx, id, &ended, clock, entropy).await?;
    if !ended.is_empty() || !old.is_empty() || drafts > 0 {
        let payload = (ended.len(), old.len(), drafts);
        Ledger(tx).append("consent.swept", id.as_str(), &payload, clock.now(), entropy).await?;
    }
    Ok(ended)
}
