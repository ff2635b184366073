//! Where a request comes from, for the limits on guessing.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};

/// The other end, as far as it can be known.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The address; behind a web server of ours, the one that it forwards.
    pub(super) address: Option<String>,
    /// What the browser calls itself.
    pub(super) device: String,
}

/// The address that [`find`] left with the request.
#[derive(Debug, Clone, Copy)]
struct From(IpAddr);

/// Finds out once for each request where it comes from, and leaves it there for [`Client`].
///
/// - `proxies`: web servers of ours; what anybody else says of a client is what they like.
pub(super) fn find(request: &mut Request, proxies: &[IpAddr]) {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    if let Some(peer) = peer {
        let from = forwarded(peer, request.headers(), proxies);
        request.extensions_mut().insert(From(from));
    }
}

/// Each server adds whom it heard from at the end of `X-Forwarded-For`; a client may have written the beginning. So the
/// last address that is no server of ours is the client's.
fn forwarded(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let mut from = peer;
    for hop in hops.iter().rev() {
        if !proxies.contains(&from) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(hop) => from = hop.to_canonical(),
            Err(_) => break,
        }
    }
    from
}

impl Client {
    /// What is known of the other end of a request.
    pub(super) fn of(parts: &Parts) -> Self {
        let address = parts.extensions.get::<From>().map(|from| from.0.to_string());
        let device = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self { address, device: device.unwrap_or("a browser").to_owned() }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::forwarded;

    #[test]
    fn only_a_web_server_of_ours_is_believed() {
        let ours = ["127.0.0.1".parse().unwrap(), "192.0.2.7".parse().unwrap()];
        for (peer, lines, from) in [
            ("127.0.0.1", &["198.51.100.4"][..], "198.51.100.4"),
            // A client wrote the beginning.
            ("127.0.0.1", &["203.0.113.9, 198.51.100.4"], "198.51.100.4"),
            ("127.0.0.1", &["203.0.113.9", "198.51.100.4"], "198.51.100.4"),
            // Two servers of ours, one behind the other.
            ("127.0.0.1", &["203.0.113.9, 198.51.100.4, 192.0.2.7"], "198.51.100.4"),
            // A stranger says that it is a server.
            ("198.51.100.4", &["203.0.113.9"], "198.51.100.4"),
            ("127.0.0.1", &["not an address"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["::ffff:198.51.100.4"], "198.51.100.4"),
            ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let found = forwarded(peer.parse().unwrap(), &headers, &ours);
            assert_eq!(found.to_string(), from, "{peer} {lines:?}");
        }
    }
}
