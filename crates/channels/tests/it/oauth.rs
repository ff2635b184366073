//! Connecting by OAuth: what the program asks for, what it takes, and how it proves who it is. The whole way through the
//! real server's own pages is walked by `tests/browser`.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use cleansheet_channels::{
    CameBack, ChannelError,
    bluesky::{self, Account, Begun, Client, Credential, Found, Means},
};
use cleansheet_simulators::bluesky::DID;
use serde_json::{Value, json};

use crate::bluesky::{Played, means, played};

const NARROW: &str = "atproto+repo%3Aapp.bsky.feed.post+blob%3Aimage%2Fjpeg";
const BROAD: &str = "atproto+transition%3Ageneric";

/// The program at an address of its own, where it has a key.
fn client() -> Client {
    Client::new("https://posts.example.org", "/accounts/callback", &bluesky::key_from(&[7; 32]))
}

async fn begun(means: &Means, fake: &Played) -> Result<Begun, ChannelError> {
    let account = Account { did: DID.into(), handle: "fenland.test".into(), server: fake.url.clone() };
    bluesky::begin(means, &client(), &Found { account }).await.map(|(begun, _)| begun)
}

/// The account's owner allowed `scope`.
async fn finished(means: &Means, fake: &Played, scope: &str) -> Result<Credential, ChannelError> {
    let begun = begun(means, fake).await.unwrap();
    fake.with(|it| it.gives = scope.to_owned());
    let state = begun.state.clone();
    let back = CameBack { state, iss: fake.url.clone(), code: "one".into(), error: String::new() };
    bluesky::finish(means, &client(), begun, &back).await.map(|(_, credential)| credential)
}

/// A field of a form as it was sent.
fn field<'f>(form: &'f str, name: &str) -> Option<&'f str> {
    form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[tokio::test]
async fn no_more_is_asked_for_than_posting_needs_unless_the_server_knows_only_more() {
    let fake = played().await;
    begun(&means(), &fake).await.unwrap();
    fake.with(|it| it.says("par", 400, json!({ "error": "invalid_scope" }), Vec::new()));
    begun(&means(), &fake).await.unwrap();
    let asked = fake.with(|it| it.forms.clone());
    let scopes: Vec<&str> = asked.iter().map(|form| field(form, "scope").unwrap()).collect();
    assert_eq!(scopes, [NARROW, NARROW, BROAD]);
    let described = client().description("https://posts.example.org", "Cleansheet");
    for word in "atproto repo:app.bsky.feed.post blob:image/jpeg transition:generic".split(' ') {
        assert!(described["scope"].as_str().unwrap().split(' ').any(|one| one == word), "{word}");
    }

    fake.with(|it| it.says("par", 400, json!({ "error": "invalid_request" }), Vec::new()));
    assert!(
        matches!(begun(&means(), &fake).await, Err(ChannelError::Reconnect(_))),
        "said, and not asked for more"
    );
}

#[tokio::test]
async fn what_is_allowed_has_to_be_enough_to_post() {
    let fake = played().await;
    for scope in [
        "atproto repo:app.bsky.feed.post blob:image/jpeg",
        "atproto blob:image/* repo?collection=app.bsky.feed.like&collection=app.bsky.feed.post",
        "atproto repo:* blob:*/*",
        "atproto transition:generic",
    ] {
        finished(&means(), &fake, scope).await.unwrap();
    }
    for scope in [
        "atproto",
        "transition:generic",
        "atproto repo:app.bsky.feed.post",
        "atproto blob:image/jpeg",
        "atproto repo:app.bsky.feed.like blob:image/jpeg",
    ] {
        let short = finished(&means(), &fake, scope).await;
        assert!(matches!(short, Err(ChannelError::Reconnect(_))), "{scope}: {short:?}");
    }
}

#[tokio::test]
async fn every_form_proves_that_it_is_the_program_and_no_clock_a_little_ahead_spoils_it() {
    let (means, fake) = (means(), played().await);
    let nonce = vec![("dpop-nonce", "seven".to_owned())];
    fake.with(|it| it.says("par", 400, json!({ "error": "use_dpop_nonce" }), nonce));
    let credential = finished(&means, &fake, "atproto transition:generic").await.unwrap();
    bluesky::revoke(&means, &client(), &credential).await.unwrap();
    assert_eq!(["par", "token", "revoke"].map(|name| fake.called(name)), [2, 1, 1]);
    let mut seen = BTreeSet::new();
    for form in &fake.with(|it| it.forms.clone()) {
        let claims =
            BASE64.decode(field(form, "client_assertion").unwrap().split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["sub"], "https://posts.example.org/client-metadata.json");
        assert_eq!(claims["aud"], fake.url.as_str());
        let age = means.outside.clock.now().as_second() - claims["iat"].as_i64().unwrap();
        assert!((5..30).contains(&age), "never from the future, never a minute old: {age}");
        seen.insert(claims["jti"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 4, "none is used twice");
}
