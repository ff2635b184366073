//! From an account in the records to the channel that publishes there.

use std::sync::Arc;

use cleansheet_channels::Channel;
use cleansheet_records::{StoreError, accounts::Accounts};
use cleansheet_terms::{ChannelId, Network};

use crate::app::App;

/// Why nothing can be asked of an account's network.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// The records know no such account.
    #[error("there is no account `{0}`")]
    Unknown(String),
    /// This program cannot publish there yet.
    #[error("this network is not connected: {0}")]
    Network(Network),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// The channel of one account, with what it needs to sign in there.
    ///
    /// - `id`: as a release order carries it.
    pub async fn channel(&self, id: &str) -> Result<Arc<dyn Channel>, NotConnected> {
        let unknown = || NotConnected::Unknown(id.to_owned());
        let known = ChannelId::parse(id).map_err(|_| unknown())?;
        let account = Accounts(&mut self.records.read().await?).channel(&known).await?;
        match account.ok_or_else(unknown)?.network {
            Network::Website => Ok(Arc::new(self.site.clone())),
            other => Err(NotConnected::Network(other)),
        }
    }
}
