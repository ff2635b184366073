//! Which posts may go on showing somebody: measured by the answers as they are now.

use cleansheet_terms::{Date, OrderId, ParticipantId, PostId, Timestamp, day_in_london};

use super::WithdrawalError;
use crate::{
    activities::Activities,
    columns::Columns as _,
    consents::{Consents, Purpose},
    database::{StoreError, Tx, sql},
    orders::Orders,
    posts::{Post, Posts},
};

/// Every order with this person that is public, may be, or waits.
pub(super) async fn all_orders(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<OrderId>, StoreError> {
    let found = sql("SELECT o.id FROM release_order o JOIN order_person s ON s.order_id = o.id
         WHERE s.participant_id = $1 AND o.state NOT IN ('stopped', 'gone') ORDER BY o.queued_ms, o.id")
    .bind(id.as_str().to_owned());
    tx.rows(found).await?.iter().map(|row| row.read("id", OrderId::parse)).collect()
}

/// Those of them that the answers do not allow on the day.
pub(super) async fn orders_that_may_not(
    tx: &mut Tx,
    id: &ParticipantId,
    now: Timestamp,
) -> Result<Vec<OrderId>, WithdrawalError> {
    let mut ended = Vec::new();
    for order in all_orders(tx, id).await? {
        if !order_may_stay(tx, &order, id, day_in_london(now)).await? {
            ended.push(order);
        }
    }
    Ok(ended)
}

async fn order_may_stay(
    tx: &mut Tx,
    order: &OrderId,
    id: &ParticipantId,
    day: Date,
) -> Result<bool, WithdrawalError> {
    let participant = Activities(tx).known_participant(id).await.map_err(crate::posts::PostError::from)?;
    let found = sql("SELECT c.network, t.purpose, t.id AS post_id FROM release_order o
         JOIN channel c ON c.id = o.channel_id JOIN post t ON t.id = o.post_id WHERE o.id = $1")
    .bind(order.as_str().to_owned());
    let row = tx.row(found).await?.ok_or_else(|| StoreError::damaged("release_order"))?;
    let purpose = row.read("purpose", Purpose::parse)?;
    let network = row.read("network", cleansheet_terms::Network::parse)?;
    let joined = Consents(tx)
        .joined_while_public(id, purpose, network, day)
        .await
        .map_err(crate::posts::PostError::from)?;
    if participant.no_image || !joined.is_yes() {
        return Ok(false);
    }
    let release = Orders(tx).order(order).await?.and_then(|order| order.release().ok());
    let Some(release) = release else { return Ok(false) };
    let post = Posts(tx).known(&row.read("post_id", PostId::parse)?).await?;
    let alt_texts = release.pictures().iter().map(|picture| picture.alt_text.clone()).collect();
    let named = Posts(tx).named_in(&post, release.text(), alt_texts, &participant, joined.child, day).await?;
    Ok(named <= joined.naming)
}

/// Whether a draft may keep somebody's face open: none of its orders has just ended, and on every channel that it is for
/// they can be shown as far as the answers go. The policy looks at everything else when it is sent.
pub(super) async fn in_draft(
    tx: &mut Tx,
    post: &Post,
    id: &ParticipantId,
    ended: &[OrderId],
    now: Timestamp,
) -> Result<bool, WithdrawalError> {
    let orders = Orders(tx).orders_of(&post.id).await?;
    if orders.iter().any(|order| ended.contains(&order.id)) {
        return Ok(false);
    }
    let wrong = crate::posts::PostError::from;
    if Activities(tx).known_participant(id).await.map_err(wrong)?.no_image {
        return Ok(false);
    }
    for network in Posts(tx).networks(&post.id).await? {
        let day = day_in_london(now);
        let joined = Consents(tx).joined_while_public(id, post.purpose, network, day).await.map_err(wrong)?;
        if !joined.is_yes() {
            return Ok(false);
        }
    }
    Ok(true)
}
