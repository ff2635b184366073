//! Where the secret by which the trust acts as an account is kept, and whose turn it is to renew it.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{Answer, ChannelError};

/// Where an account's credential is kept: JSON of the network's own type, sealed by whoever keeps it.
pub trait Vault: Send + Sync {
    /// As it is now. [`ChannelError::Reconnect`] when there is none or it does not open.
    fn load(&self) -> Answer<'_, Zeroizing<Vec<u8>>>;

    /// Keeps what takes its place; durable when this returns.
    fn keep<'a>(&'a self, next: &'a [u8]) -> Answer<'a, ()>;
}

/// Whose turn it is to renew the tokens of one account. Every channel of the same account holds the same one.
pub type Turn = Arc<tokio::sync::Mutex<()>>;

/// The credential as it is now.
pub(crate) async fn load<T: DeserializeOwned>(vault: &dyn Vault) -> Result<T, ChannelError> {
    let open = vault.load().await?;
    serde_json::from_slice(&open)
        .map_err(|_| ChannelError::Reconnect("what signs in to it is damaged".to_owned()))
}

/// Keeps the credential that takes the place of the one before.
pub(crate) async fn keep<T: Serialize + Sync>(vault: &dyn Vault, next: &T) -> Result<(), ChannelError> {
    let plain = Zeroizing::new(serde_json::to_vec(next).map_err(ChannelError::later)?);
    vault.keep(&plain).await
}
