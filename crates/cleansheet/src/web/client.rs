//! Where a request comes from, for the limits on guessing.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};

/// The other end, as far as it can be known.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The address; behind a web server on this machine, the one that it forwards.
    pub(super) address: Option<String>,
    /// What the browser calls itself.
    pub(super) device: String,
}

impl Client {
    pub(super) fn of(parts: &Parts) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Only a neighbour on this machine is believed: anybody else could write what they like.
        let forwarded = peer
            .filter(std::net::IpAddr::is_loopback)
            .and_then(|_| text("x-forwarded-for"))
            .and_then(|line| line.rsplit(',').next())
            .map(|last| last.trim().to_owned());
        let address = forwarded.or_else(|| peer.map(|ip| ip.to_string()));
        Self { address, device: text(header::USER_AGENT.as_str()).unwrap_or("a browser").to_owned() }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
