//! Keys and what is signed with them: the proof that goes with each call (DPoP, RFC 9449), and the assertion by which
//! the program shows the authorization server that it is itself. Both are ES256.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use cleansheet_terms::Digest;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Means;

/// How long an assertion is good for.
const ASSERTION_SECONDS: i64 = 60;
/// How long ago it says it was made. Servers refuse one from the future, if only by a second, so a clock that is a little
/// ahead of theirs must not matter; and one that is more than a minute old.
const MADE_SECONDS_AGO: i64 = 10;

/// A P-256 key.
pub(super) struct Key(SigningKey);

impl Key {
    /// A new key.
    pub(super) fn new(means: &Means) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0_u8; 32]);
            (means.outside.chance)(&mut *bytes);
            // All but one in 2³² draws are keys.
            if let Ok(key) = SigningKey::from_slice(&*bytes) {
                return Self(key);
            }
        }
    }

    /// The key that follows from a secret kept elsewhere.
    pub(super) fn from_secret(secret: &[u8; 32]) -> Self {
        let mut turn = 0_u64;
        loop {
            let text = [secret.as_slice(), b"bluesky client key", &turn.to_be_bytes()].concat();
            if let Ok(key) = SigningKey::from_slice(Digest::of(&Zeroizing::new(text)).as_bytes()) {
                return Self(key);
            }
            turn = turn.wrapping_add(1);
        }
    }

    /// The secret as 32 bytes in base64, for keeping it sealed.
    pub(super) fn to_text(&self) -> String {
        BASE64.encode(Zeroizing::new(self.0.to_bytes()).as_slice())
    }

    /// A key that was kept.
    pub(super) fn from_bytes(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text).ok()?);
        SigningKey::from_slice(&bytes).ok().map(Self)
    }

    /// The public half (RFC 7517).
    pub(super) fn public(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let side =
            |side: Option<&_>| side.map(|bytes: &p256::FieldBytes| BASE64.encode(bytes)).unwrap_or_default();
        json!({ "kty": "EC", "crv": "P-256", "x": side(point.x()), "y": side(point.y()) })
    }

    /// That a call comes from the holder of this key.
    ///
    /// - `url`: without its query.
    /// - `nonce`: the server's number, once it has given one.
    /// - `token`: the access token that goes with the call.
    pub(super) fn proof(
        &self,
        means: &Means,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        token: Option<&str>,
    ) -> Option<String> {
        let mut claims = json!({
            "jti": means.outside.random(), "htm": method, "htu": url, "iat": means.outside.now().as_second(),
        });
        let fields = claims.as_object_mut()?;
        if let Some(nonce) = nonce {
            fields.insert("nonce".to_owned(), nonce.into());
        }
        if let Some(token) = token {
            let hash = BASE64.encode(Digest::of(token.as_bytes()).as_bytes());
            fields.insert("ath".to_owned(), hash.into());
        }
        self.signed(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public() }), &claims)
    }

    /// That the program is the client it says it is (`private_key_jwt`, RFC 7523).
    ///
    /// - `name`: of this key in the client's published list.
    pub(super) fn assertion(&self, means: &Means, name: &str, client: &str, issuer: &str) -> Option<String> {
        let now = means.outside.now().as_second();
        let claims = json!({
            "iss": client, "sub": client, "aud": issuer, "jti": means.outside.random(),
            "iat": now.saturating_sub(MADE_SECONDS_AGO), "exp": now.saturating_add(ASSERTION_SECONDS),
        });
        self.signed(&json!({ "typ": "JWT", "alg": "ES256", "kid": name }), &claims)
    }

    fn signed(&self, header: &Value, claims: &Value) -> Option<String> {
        let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature: Signature = self.0.try_sign(text.as_bytes()).ok()?;
        Some(format!("{text}.{}", BASE64.encode(signature.to_bytes())))
    }
}
