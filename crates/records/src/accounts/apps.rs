//! The trust's own app on a network: what the Manager made on that network's page for developers, so that accounts can be
//! connected there. Its secret comes here sealed and leaves sealed.

use cleansheet_terms::{Clock, Entropy, Network, PersonId, Timestamp};

use super::{AccountError, Accounts};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::People,
};

/// The trust's own app on a network, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkApp {
    /// Where. Facebook's serves Instagram as well.
    pub network: Network,
    /// Its public name there.
    pub id: String,
    /// The Manager who wrote it down.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

impl Accounts<'_> {
    /// The trust's own app on a network; `None` when nobody has written one down.
    pub async fn app(&mut self, network: Network) -> Result<Option<NetworkApp>, StoreError> {
        let found = sql("SELECT app_id, set_by, set_ms FROM network_app WHERE network = $1");
        let Some(row) = self.0.row(found.bind(network.as_str())).await? else { return Ok(None) };
        Ok(Some(NetworkApp {
            network,
            id: row.text("app_id")?,
            by: row.read("set_by", PersonId::parse)?,
            at: row.instant("set_ms")?,
        }))
    }

    /// The secret of an app, sealed.
    pub async fn sealed_app_secret(&mut self, network: Network) -> Result<Option<Vec<u8>>, StoreError> {
        let found = sql("SELECT sealed FROM network_app WHERE network = $1").bind(network.as_str());
        self.0.row(found).await?.map(|row| row.raw("sealed")).transpose()
    }

    /// Writes the trust's own app on a network down, in place of the one before.
    ///
    /// - `sealed`: its secret.
    pub async fn set_app(
        &mut self,
        network: Network,
        (id, sealed): (&str, &[u8]),
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        let now = clock.now();
        People(self.0).must_be_manager(by, now).await?;
        if id.is_empty() || sealed.is_empty() {
            return Err(AccountError::AppWithoutKeys);
        }
        let put = sql("INSERT INTO network_app (network, app_id, sealed, set_by, set_ms)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (network) DO UPDATE SET app_id = excluded.app_id, sealed = excluded.sealed,
                 set_by = excluded.set_by, set_ms = excluded.set_ms")
        .bind(network.as_str())
        .bind(id.to_owned())
        .bind(sealed.to_vec())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        Ledger(self.0).append("network_app.set", network.as_str(), by, now, entropy).await?;
        Ok(())
    }
}
