//! Web push: wakes a browser so that it says "a post waits".
//!
//! The message is empty (RFC 8030): nothing of the trust passes through the push services, which are strangers, so there
//! is nothing to encrypt either. That it comes from this trust is signed with ES256 (VAPID, RFC 8292).
//!
//! The address to call comes from a browser, so only the push services that browsers use are called, over HTTPS, by
//! their names, without following anywhere ([`crate::outside`]): an address inside the trust's own network never is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use cleansheet_terms::{Digest, Timestamp};
use jiff::SignedDuration;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use reqwest::{StatusCode, Url, header};
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::App;

/// Chrome and others, Firefox, Safari, and browsers on Windows. A name that begins with a dot stands for all below it.
const SERVICES: [&str; 4] =
    ["fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"];
/// For how long a service keeps a message for a phone that is off, in seconds: later the post is out or back.
const KEPT_SECONDS: &str = "14400";
/// For how long a token is good; RFC 8292 allows a day.
const TOKEN_SECONDS: i64 = 12 * 3600;
/// Longest address that is kept.
const LONGEST: usize = 1024;
/// However long a service asks to wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Signs and sends. One key a trust: browsers that subscribed with it take messages signed by no other.
pub struct Pusher(SigningKey);

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The service delivers it.
    Taken,
    /// The browser has ended its subscription.
    Gone,
    /// Refused for good: why, for the operator.
    Never(String),
    /// Perhaps later: why, for the operator, and how long the service asks to wait.
    Later {
        /// Why.
        because: String,
        /// What the service said, an hour at most.
        wait: Option<SignedDuration>,
    },
}

impl Pusher {
    /// The key that follows from a secret of the key file.
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut turn = 0_u64;
        loop {
            let text = [secret.as_slice(), b"web push key", &turn.to_be_bytes()].concat();
            if let Ok(key) = SigningKey::from_slice(Digest::of(&Zeroizing::new(text)).as_bytes()) {
                return Self(key);
            }
            turn = turn.wrapping_add(1);
        }
    }

    /// The public half as browsers want it: 65 bytes in base64url.
    pub fn public(&self) -> String {
        BASE64.encode(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// Wakes the browser at an address.
    pub async fn send(&self, app: &App, endpoint: &str) -> Pushed {
        let settings = &app.settings;
        let Some(url) = allowed(endpoint, settings.push_service.as_deref()) else {
            return Pushed::Never("its address is none of a known push service".to_owned());
        };
        let who = if settings.public_url.starts_with("https://") {
            settings.public_url.clone()
        } else {
            format!("mailto:{}", settings.profile.contacts.manager.mail)
        };
        let Some(token) = self.token(&url.origin().ascii_serialization(), &who, app.clock.now()) else {
            return Pushed::Never("its token could not be signed".to_owned());
        };
        let call = app
            .outside
            .post(url)
            .header(header::AUTHORIZATION, format!("vapid t={token}, k={}", self.public()))
            .header(header::CONTENT_LENGTH, "0")
            .header("TTL", KEPT_SECONDS)
            .header("Urgency", "high")
            .header("Topic", "post-waits");
        match call.send().await {
            Ok(answer) => became(answer.status(), answer.headers()),
            // Without the address: whoever has it could wake the phone.
            Err(error) => Pushed::Later { because: error.without_url().to_string(), wait: None },
        }
    }

    /// - `audience`: the origin of the push service.
    /// - `who`: whom the service can write to when something is wrong.
    fn token(&self, audience: &str, who: &str, now: Timestamp) -> Option<String> {
        let claims =
            json!({ "aud": audience, "exp": now.as_second().saturating_add(TOKEN_SECONDS), "sub": who });
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature: Signature = self.0.try_sign(text.as_bytes()).ok()?;
        Some(format!("{text}.{}", BASE64.encode(signature.to_bytes())))
    }
}

/// The address of a known push service, or of the one that a test names; `None` for any other.
pub fn allowed(endpoint: &str, of_a_test: Option<&str>) -> Option<Url> {
    let url = Url::parse(endpoint).ok().filter(|_| endpoint.len() <= LONGEST)?;
    if of_a_test.is_some_and(|origin| url.origin().ascii_serialization() == origin) {
        return Some(url);
    }
    let host = url.domain()?.to_ascii_lowercase();
    let known = SERVICES.iter().any(|service| match service.strip_prefix('.') {
        Some(_) => host.ends_with(service),
        None => host == *service,
    });
    let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    (known && plain && url.scheme() == "https").then_some(url)
}

fn became(status: StatusCode, headers: &header::HeaderMap) -> Pushed {
    let because = || format!("the push service answered {}", status.as_u16());
    match status.as_u16() {
        200..=204 => Pushed::Taken,
        404 | 410 => Pushed::Gone,
        429 | 500..=599 => {
            let asked = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let wait = asked.map(|seconds: u32| SignedDuration::from_secs(seconds.into()).min(LONGEST_WAIT));
            Pushed::Later { because: because(), wait }
        }
        _ => Pushed::Never(because()),
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn only_the_push_services_of_browsers_are_called() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/abc",
            "https://db5p.notify.windows.com/w/?token=abc",
        ] {
            assert!(allowed(good, None).is_some(), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com:8443/abc",
            "https://jo:secret@fcm.googleapis.com/abc",
            "https://fcm.googleapis.com.evil.example/abc",
            "https://evilpush.services.mozilla.com.example/abc",
            "https://push.services.mozilla.com.example/abc",
            "https://xpush.apple.com/abc",
            "https://127.0.0.1/abc",
            "https://[::1]/abc",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/abc",
            "file:///etc/passwd",
            "",
        ] {
            assert!(allowed(bad, None).is_none(), "{bad}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "a".repeat(1024));
        assert!(allowed(&long, None).is_none());
        assert!(allowed("http://127.0.0.1:9/x", Some("http://127.0.0.1:9")).is_some());
        assert!(allowed("http://127.0.0.1:99/x", Some("http://127.0.0.1:9")).is_none());
    }
}
