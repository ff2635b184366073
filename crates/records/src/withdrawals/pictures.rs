//! The pictures that somebody is shown in, for their own page.

use std::collections::BTreeSet;

use cleansheet_policy::OrderPicture;
use cleansheet_terms::{Digest, OrderId, ParticipantId};

use super::{ShownNow, WithdrawalError, receipts::is_shown_in, shown_now};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    orders::Orders,
};

/// A public copy and the pictures in it that show somebody, as they were approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownIn {
    /// The copy.
    pub place: ShownNow,
    /// Its pictures.
    pub pictures: Vec<OrderPicture>,
}

/// Every public copy that shows a participant, with the pictures that do.
pub async fn pictures_of(tx: &mut Tx, who: &ParticipantId) -> Result<Vec<ShownIn>, WithdrawalError> {
    let mut all = Vec::new();
    for place in shown_now(tx, who).await? {
        let pictures = of_order(tx, who, &place.order).await?;
        all.push(ShownIn { place, pictures });
    }
    Ok(all)
}

/// The pictures of one order that show a participant; none when they are not in it, or it is not public any more.
pub async fn pictures_in(
    tx: &mut Tx,
    who: &ParticipantId,
    order: &OrderId,
) -> Result<Vec<OrderPicture>, WithdrawalError> {
    if is_shown_in(tx, who, order).await? { of_order(tx, who, order).await } else { Ok(Vec::new()) }
}

/// - `order`: a public one that shows them.
async fn of_order(
    tx: &mut Tx,
    who: &ParticipantId,
    order: &OrderId,
) -> Result<Vec<OrderPicture>, WithdrawalError> {
    let found = Orders(tx).order(order).await?;
    let Some(release) = found.and_then(|order| order.release().ok()) else { return Ok(Vec::new()) };
    let theirs = renditions_with(tx, who, order).await?;
    let all = release.pictures();
    let of_them: Vec<OrderPicture> = all.iter().filter(|one| theirs.contains(&one.digest)).cloned().collect();
    // The marks of a draft may have changed since it was approved; then all of the post's pictures are shown to them,
    // which are public anyway.
    Ok(if of_them.is_empty() { all.to_vec() } else { of_them })
}

async fn renditions_with(
    tx: &mut Tx,
    who: &ParticipantId,
    order: &OrderId,
) -> Result<BTreeSet<Digest>, StoreError> {
    let found = sql("SELECT DISTINCT r.hash FROM rendition r
         JOIN release_order o ON o.channel_id = r.channel_id
         JOIN photo p ON p.id = r.photo_id AND p.post_id = o.post_id
         JOIN depiction d ON d.photo_id = p.id
         WHERE o.id = $1 AND d.participant_id = $2 ORDER BY r.hash")
    .bind(order.as_str().to_owned())
    .bind(who.as_str().to_owned());
    tx.rows(found).await?.iter().map(|row| row.read("hash", Digest::parse)).collect()
}
