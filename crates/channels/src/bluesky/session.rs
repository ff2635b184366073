//! Acting as the account: tokens that run out, are renewed once, and are kept before they are used.
//!
//! A refresh token works a single time. Two renewals at once would cost the account its session, so they take turns, and
//! whoever comes second finds the first one's result. The new tokens are durable before the first call that uses them.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{
    Means,
    dpop::Key,
    oauth,
    xrpc::{self, Failure},
};
use crate::{
    ChannelError, Turn, Vault,
    outside::{Body, Call, Reply},
    vault,
};

/// The account on whose behalf the trust acts. No secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its lasting name.
    pub did: String,
    /// Its name as people write it, without `@`.
    pub handle: String,
    /// The origin of the server that holds it.
    pub server: String,
}

/// The secret by which the trust acts as an account. Whoever keeps it seals it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Credential {
    /// A session that an app password opened; the password itself is not kept.
    AppPassword {
        /// Good for about two hours.
        access: String,
        /// Good once.
        refresh: String,
    },
    /// A session that the account's owner allowed in the browser.
    OAuth(oauth::Grant),
}

impl Credential {
    /// The token that goes with calls.
    pub(super) fn access(&self) -> &str {
        match self {
            Self::AppPassword { access, .. } => access,
            Self::OAuth(grant) => &grant.access,
        }
    }

    /// For people: how the account was connected.
    pub fn way(&self) -> &'static str {
        match self {
            Self::AppPassword { .. } => "app password",
            Self::OAuth(_) => "OAuth",
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.way())
    }
}

/// The trust, signed in as an account.
pub(super) struct Session {
    pub(super) means: Means,
    pub(super) account: Account,
    /// The program as the authorization server knows it; only OAuth needs it.
    pub(super) client: oauth::Client,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) turn: Turn,
    /// The number the account's server wants to see in the next proof.
    pub(super) nonce: Mutex<Option<String>>,
}

impl Session {
    /// A call in the account's name. A token that ran out is renewed, and the call made once more: a refusal for a token
    /// comes before anything is done.
    pub(super) async fn call(&self, call: &Call) -> Result<Reply, Failure> {
        let credential = vault::load::<Credential>(&*self.vault).await?;
        match self.signed(call, &credential).await {
            Err(Failure::Refused(refusal)) if refusal.is_stale_token() => {
                let renewed = self.renewed(&credential).await?;
                self.signed(call, &renewed).await
            }
            other => other,
        }
    }

    async fn signed(&self, call: &Call, credential: &Credential) -> Result<Reply, Failure> {
        let Credential::OAuth(grant) = credential else {
            let headers = [("authorization", format!("Bearer {}", credential.access()))];
            return xrpc::call(&self.means, call, &headers).await;
        };
        let key = Key::from_bytes(&grant.key).ok_or_else(no_key)?;
        match self.proved(call, grant, &key).await {
            Err(Failure::Refused(refusal)) if refusal.wants_nonce() => {
                self.heed(refusal.nonce);
                self.proved(call, grant, &key).await
            }
            Ok(reply) => {
                self.heed(xrpc::nonce(&reply));
                Ok(reply)
            }
            failed => failed,
        }
    }

    async fn proved(&self, call: &Call, grant: &oauth::Grant, key: &Key) -> Result<Reply, Failure> {
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let proof = key
            .proof(&self.means, call.method.as_str(), &call.url, nonce.as_deref(), Some(&grant.access))
            .ok_or_else(no_key)?;
        let headers = [("authorization", format!("DPoP {}", grant.access)), ("dpop", proof)];
        xrpc::call(&self.means, call, &headers).await
    }

    fn heed(&self, nonce: Option<String>) {
        if nonce.is_some() {
            *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = nonce;
        }
    }

    /// Tokens that take the place of `stale`; another call may have fetched them already.
    async fn renewed(&self, stale: &Credential) -> Result<Credential, ChannelError> {
        let _turn = self.turn.lock().await;
        let held = vault::load::<Credential>(&*self.vault).await?;
        if held.access() != stale.access() {
            return Ok(held);
        }
        let next = match &held {
            Credential::AppPassword { refresh, .. } => refreshed(&self.means, &self.account, refresh).await?,
            Credential::OAuth(grant) => {
                Credential::OAuth(oauth::refreshed(&self.means, &self.client, &self.account, grant).await?)
            }
        };
        vault::keep(&*self.vault, &next).await?;
        Ok(next)
    }
}

fn no_key() -> Failure {
    Failure::Known(ChannelError::Reconnect("the account's key cannot be used".to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    access_jwt: String,
    refresh_jwt: String,
    did: String,
    handle: String,
}

async fn refreshed(means: &Means, account: &Account, refresh: &str) -> Result<Credential, ChannelError> {
    let call = xrpc::act(&account.server, "com.atproto.server.refreshSession", Body::None);
    let headers = [("authorization", format!("Bearer {refresh}"))];
    let reply = xrpc::call(means, &call, &headers).await.map_err(Failure::of_asking)?;
    let opened: Opened = reply.read().map_err(Failure::of_asking)?;
    if opened.did != account.did {
        return Err(ChannelError::Reconnect("the server answered for another account".to_owned()));
    }
    Ok(Credential::AppPassword { access: opened.access_jwt, refresh: opened.refresh_jwt })
}

/// Opens a session with an app password: for tests and the demo; a trust connects in the browser.
///
/// - `server`: the origin of the server that holds the account.
/// - `name`: handle or DID.
pub async fn with_app_password(
    means: &Means,
    server: &str,
    name: &str,
    password: &str,
) -> Result<(Account, Credential), ChannelError> {
    let body = serde_json::json!({ "identifier": name, "password": password });
    let call = xrpc::act(server, "com.atproto.server.createSession", Body::Json(body));
    let reply = xrpc::call(means, &call, &[]).await.map_err(Failure::of_asking)?;
    let opened: Opened = reply.read().map_err(Failure::of_asking)?;
    let account = Account { did: opened.did, handle: opened.handle, server: server.to_owned() };
    Ok((account, Credential::AppPassword { access: opened.access_jwt, refresh: opened.refresh_jwt }))
}
