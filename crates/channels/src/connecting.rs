//! How an account is connected in the browser: the words that every network's own pages share.
//!
//! A network's file has two functions of its own: `begin`, which answers where the browser has to go and what to keep
//! until it comes back, and `finish`, which makes a credential of what it brings.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cleansheet_terms::{Digest, Network};
use serde::{Deserialize, Serialize};

use crate::{ChannelError, bluesky, facebook, instagram, mastodon, x};

/// The challenge of a secret that only its maker can answer (PKCE, S256: RFC 7636, 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(verifier.as_bytes()).as_bytes())
}

/// An address with words behind the `?`.
pub(crate) fn address(url: &str, query: &[(&str, &str)]) -> Result<String, ChannelError> {
    reqwest::Url::parse_with_params(url, query)
        .map(Into::into)
        .map_err(|_| ChannelError::Reconnect(format!("{url} is not an address")))
}

/// Where the networks are whose servers are always the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The origin of X's API.
    pub x_api: String,
    /// The origin of X's pages, where an account is allowed.
    pub x_pages: String,
    /// The origin of Meta's API.
    pub meta_api: String,
    /// The origin of Meta's pages, where a Page is allowed.
    pub meta_pages: String,
    /// The version of Meta's API, for example `v25.0`.
    pub meta_version: String,
    /// Whether servers on this machine may be asked without TLS: for tests and the demo.
    pub local: bool,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            x_api: "https://api.x.com".to_owned(),
            x_pages: "https://x.com".to_owned(),
            meta_api: "https://graph.facebook.com".to_owned(),
            meta_pages: "https://www.facebook.com".to_owned(),
            meta_version: "v25.0".to_owned(),
            local: false,
        }
    }
}

/// The trust's own app on a network, which the Manager makes on the network's page for developers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppKeys {
    /// Its public name.
    pub id: String,
    /// Its secret; empty where the network gives none.
    #[serde(default)]
    pub secret: String,
}

impl std::fmt::Debug for AppKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppKeys({})", self.id)
    }
}

/// What the browser brings back.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CameBack {
    /// Which connection it is about.
    #[serde(default)]
    pub state: String,
    /// Who answered.
    #[serde(default)]
    pub iss: String,
    /// To be exchanged for tokens, once.
    #[serde(default)]
    pub code: String,
    /// Why not.
    #[serde(default)]
    pub error: String,
}

/// The account on whose behalf the trust acts, on a network whose servers name it. No secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The network's lasting name of it.
    pub remote: String,
    /// Its name as people write it.
    pub handle: String,
    /// The origin of the server that holds it; not used where the network has only one.
    pub server: String,
}

impl CameBack {
    /// The code, when this is the answer to the connection that was begun and it was allowed.
    pub(crate) fn allowed(&self, state: &str) -> Result<&str, ChannelError> {
        let refused = |why: &str| Err(ChannelError::Reconnect(why.to_owned()));
        if state.is_empty() || self.state != state {
            return refused("the answer belongs to another connection; begin again");
        }
        if !self.error.is_empty() || self.code.is_empty() {
            return refused("it was not allowed there; begin again and press “Authorize”");
        }
        Ok(&self.code)
    }
}

/// An account and what signs in to it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Connected {
    /// The network's lasting name of it.
    pub remote: String,
    /// Its name as people write it.
    pub handle: String,
    /// The origin of the server that holds it.
    pub server: String,
    /// JSON of the network's own credential; whoever keeps it seals it.
    pub credential: Vec<u8>,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connected({})", self.remote)
    }
}

/// The permissions that are asked for on a network, each with what it is needed for: `("media.write", "to send pictures")`.
/// None where nothing is connected.
pub fn permissions(network: Network) -> &'static [(&'static str, &'static str)] {
    match network {
        Network::Website => &[],
        Network::X => &x::SCOPES,
        Network::Facebook => &facebook::NEEDS,
        Network::Instagram => &instagram::NEEDS,
        Network::Mastodon => &mastodon::SCOPES,
        Network::Bluesky => &bluesky::NEEDS,
    }
}
