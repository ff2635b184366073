//! That a form comes from a page of ours: its origin, and its token.
//!
//! Signed in, the token belongs to the sign-in. Otherwise it is an HMAC over a random cookie, under a key of the
//! trust: a stranger's page can neither read the cookie nor make a token that fits one it plants.

use axum::http::{HeaderMap, header};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::Problem;
use crate::keys::Key;

/// A form has to come from the trust's own address. Every browser of today says where a form comes from.
pub(super) fn same_origin(headers: &HeaderMap, public_url: &str) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site_is_ours = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin_is_ours = match text(header::ORIGIN.as_str()) {
        Some(origin) => origin == public_url,
        None => text("sec-fetch-site").is_some(),
    };
    if site_is_ours && origin_is_ours { Ok(()) } else { Err(Problem::Forged) }
}

/// The token of forms in a browser that nobody has signed in with.
pub(super) fn token_for(cookie: &str, key: &Key) -> String {
    // HMAC takes keys of any length, so this cannot fail; an empty token would never be accepted.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.bytes()) else { return String::new() };
    mac.update(b"form:");
    mac.update(cookie.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares tokens in constant time. An empty token is never right.
pub(super) fn same_token(expected: &str, sent: &str) -> Result<(), Problem> {
    let right: bool = expected.as_bytes().ct_eq(sent.as_bytes()).into();
    if right && !expected.is_empty() { Ok(()) } else { Err(Problem::Forged) }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{same_origin, same_token};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_form_from_another_site_is_not_ours() {
        let ours = "https://posts.example.org";
        assert!(same_origin(&headers(&[("origin", ours)]), ours).is_ok());
        assert!(same_origin(&headers(&[("origin", ours), ("sec-fetch-site", "same-origin")]), ours).is_ok());
        for bad in [
            headers(&[]),
            headers(&[("origin", "null")]),
            headers(&[("origin", "https://evil.example")]),
            headers(&[("origin", "https://posts.example.org.evil.example")]),
            headers(&[("origin", ours), ("sec-fetch-site", "cross-site")]),
            headers(&[("sec-fetch-site", "same-site")]),
            headers(&[("sec-fetch-site", "none")]),
        ] {
            assert!(same_origin(&bad, ours).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_empty_token_is_never_right() {
        assert!(same_token("", "").is_err());
        assert!(same_token("abc", "abd").is_err());
        assert!(same_token("abc", "abc").is_ok());
    }
}
