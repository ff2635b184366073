//! The pictures that somebody is shown in, for their own page.

use std::collections::{BTreeMap, BTreeSet};

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
    let (mut all, mut theirs) = (Vec::new(), renditions_with(tx, who).await?);
    for place in shown_now(tx, who).await? {
        let pictures = of_order(tx, &place.order, &theirs.remove(&place.order).unwrap_or_default()).await?;
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
    if !is_shown_in(tx, who, order).await? {
        return Ok(Vec::new());
    }
    let theirs = renditions_with(tx, who).await?.remove(order).unwrap_or_default();
    of_order(tx, order, &theirs).await
}

/// - `theirs`: the copies that show the person.
async fn of_order(
    tx: &mut Tx,
    order: &OrderId,
    theirs: &BTreeSet<Digest>,
) -> Result<Vec<OrderPicture>, WithdrawalError> {
    let found = Orders(tx).order(order).await?;
    let Some(release) = found.and_then(|order| order.release().ok()) else { return Ok(Vec::new()) };
    let all = release.pictures();
    let of_them: Vec<OrderPicture> = all.iter().filter(|one| theirs.contains(&one.digest)).cloned().collect();
    // The marks of a draft may have changed since it was approved; then all of the post's pictures are shown to them,
    // which are public anyway.
    Ok(if of_them.is_empty() { all.to_vec() } else { of_them })
}

/// The copies that show somebody, by order. All at once: asked for one order, SQLite begins with every photo of theirs.
async fn renditions_with(
    tx: &mut Tx,
    who: &ParticipantId,
) -> Result<BTreeMap<OrderId, BTreeSet<Digest>>, StoreError> {
    let found = sql("SELECT DISTINCT o.id, r.hash FROM depiction d JOIN photo p ON p.id = d.photo_id
         JOIN rendition r ON r.photo_id = p.id
         JOIN release_order o ON o.post_id = p.post_id AND o.channel_id = r.channel_id
         WHERE d.participant_id = $1 ORDER BY o.id, r.hash")
    .bind(who.as_str().to_owned());
    let mut all = BTreeMap::<OrderId, BTreeSet<Digest>>::new();
    for row in tx.rows(found).await? {
        let order = row.read("id", OrderId::parse)?;
        all.entry(order).or_default().insert(row.read("hash", Digest::parse)?);
    }
    Ok(all)
}
