//! Pictures of an order that are lent to a network which fetches them itself.

use cleansheet_terms::{Clock, Digest, Entropy, OrderId};
use jiff::SignedDuration;

use super::Orders;
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    secret::{Secret, hash},
};

/// How long an address answers at most; the network usually has the picture within seconds.
pub const LENT_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Orders<'_> {
    /// Lends one rendition. Returns what stands in its address, which is kept nowhere.
    pub async fn lend(
        &mut self,
        id: &OrderId,
        digest: &Digest,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, StoreError> {
        let (secret, now) = (Secret::new(entropy), clock.now());
        let over = sql("DELETE FROM lent_picture WHERE until_ms <= $1").bind(now.as_millisecond());
        self.0.run(over).await?;
        let until = now.checked_add(LENT_FOR).unwrap_or(now);
        let lend = sql("INSERT INTO lent_picture (secret_hash, order_id, digest, until_ms)
             VALUES ($1, $2, $3, $4)")
        .bind(secret.hash())
        .bind(id.as_str().to_owned())
        .bind(digest.to_string())
        .bind(until.as_millisecond());
        self.0.run(lend).await?;
        Ok(secret)
    }

    /// The rendition behind an address; `None` when nothing is lent there, or not any more: an order that has been sent, was
    /// stopped or is taken down lends nothing. One that waits does: a network may take longer to fetch a picture than the
    /// job waits for it.
    ///
    /// - `secret`: what stands in the address, whoever wrote it.
    pub async fn lent(&mut self, secret: &str, clock: &dyn Clock) -> Result<Option<Digest>, StoreError> {
        let found = sql("SELECT l.digest FROM lent_picture l JOIN release_order o ON o.id = l.order_id
             WHERE l.secret_hash = $1 AND l.until_ms > $2 AND o.state IN ('queued', 'sending', 'uncertain')")
        .bind(hash(secret))
        .bind(clock.now().as_millisecond());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        Ok(Digest::parse(&row.text("digest")?).ok())
    }

    /// Closes every address of an order.
    pub async fn take_back(&mut self, id: &OrderId) -> Result<(), StoreError> {
        let close = sql("DELETE FROM lent_picture WHERE order_id = $1").bind(id.as_str().to_owned());
        self.0.run(close).await.map(drop)
    }

    /// Closes every address: what an earlier process lent is asked for again.
    pub async fn take_all_back(&mut self) -> Result<(), StoreError> {
        self.0.run(sql("DELETE FROM lent_picture")).await.map(drop)
    }
}
