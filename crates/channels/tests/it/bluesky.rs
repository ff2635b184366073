//! Bluesky: every class of failure, over a server with faults to order; and, where one is running, the real server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cleansheet_channels::{
    Answer, Channel as _, ChannelError, Gone, Outside, Seen, Vault,
    bluesky::{Account, Bluesky, Client, Credential, Directories, Means, with_app_password},
};
use cleansheet_policy::Cleared;
use cleansheet_simulators::{
    Act, Fault, Simulator,
    bluesky::{self as simulator, DID},
};
use cleansheet_terms::{Entropy as _, FixedClock, SeededEntropy};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::contract::{Album, NONE, cleared, with};

/// Bluesky as it is played here.
pub(crate) type Played = Simulator<simulator::Bluesky>;

pub(crate) async fn played() -> Played {
    Simulator::start(simulator::Bluesky::new(), outside().clock).await
}

/// Keeps the credential in memory and counts how often it was kept.
pub(crate) struct Pocket(Mutex<(Vec<u8>, usize)>);

impl Pocket {
    pub(crate) fn with(credential: &impl serde::Serialize) -> Arc<Self> {
        Arc::new(Self(Mutex::new((serde_json::to_vec(credential).unwrap(), 0))))
    }

    pub(crate) fn kept(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Vault for Pocket {
    fn load(&self) -> Answer<'_, zeroize::Zeroizing<Vec<u8>>> {
        Box::pin(async { Ok(self.0.lock().unwrap().0.clone().into()) })
    }

    fn keep<'a>(&'a self, next: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async {
            let mut held = self.0.lock().unwrap();
            *held = (next.to_vec(), held.1 + 1);
            Ok(())
        })
    }
}

/// Calls of servers of tests.
pub(crate) fn outside() -> Outside {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build().unwrap();
    let chance = Mutex::new(SeededEntropy::new(1));
    Outside {
        http,
        clock: Arc::new(FixedClock::at("2026-11-24T10:00:00Z")),
        chance: Arc::new(move |bytes: &mut [u8]| chance.lock().unwrap().fill(bytes)),
        heard: Arc::new(|_| ()),
        local: true,
    }
}

pub(crate) fn means() -> Means {
    Means { outside: outside(), directories: Directories::default() }
}

fn tokens(number: u32) -> Credential {
    Credential::AppPassword { access: format!("access-{number}"), refresh: format!("refresh-{number}") }
}

pub(crate) fn channel(account: Account, vault: Arc<dyn Vault>) -> Bluesky {
    let client = Client::new("http://localhost:8080", "/accounts/callback", "");
    Bluesky::new(means(), account, client, vault, Arc::default())
}

pub(crate) fn on(fake: &Played) -> (Bluesky, Arc<Pocket>) {
    let account = Account { did: DID.into(), handle: "fenland.test".into(), server: fake.url.clone() };
    let pocket = Pocket::with(&tokens(fake.with(|it| it.session)));
    (channel(account, pocket.clone()), pocket)
}

/// The account connected again, whatever became of its session.
pub(crate) fn again(fake: &Played) -> Bluesky {
    fake.with(|it| it.connected_again());
    on(fake).0
}

/// A fresh account on the real server that `tests/counterparts/atproto-pds` runs; `None` when there is none.
pub(crate) async fn on_the_real_server() -> Option<Bluesky> {
    real().await.map(|(account, credential, _)| channel(account, Pocket::with(&credential)))
}

/// Account, session and password.
pub(crate) async fn real() -> Option<(Account, Credential, String)> {
    let server = std::env::var("CLEANSHEET_TEST_PDS").ok()?;
    let mut chance = [0_u8; 6];
    #[expect(
        clippy::disallowed_methods,
        reason = "the server outlives a run: an account needs a new name each time"
    )]
    getrandom::fill(&mut chance).unwrap();
    let name: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    let (handle, password) = (format!("t{name}.test"), format!("{name}-{name}"));
    let new = json!({ "handle": handle, "email": format!("{name}@example.org"), "password": password });
    posted(&server, "com.atproto.server.createAccount", &new, None).await;
    let (account, credential) = with_app_password(&means(), &server, &handle, &password).await.unwrap();
    Some((account, credential, password))
}

/// - `body`: `null` for a call that takes none.
pub(crate) async fn posted(server: &str, name: &str, body: &Value, token: Option<String>) {
    let mut request = outside().http.post(format!("{server}/xrpc/{name}"));
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{name}: {}", answer.text().await.unwrap());
}

/// The next call of this name is refused.
pub(crate) fn says(fake: &Played, name: &str, status: u16, error: &str) {
    fake.with(|it| it.says(name, status, json!({ "error": error, "message": "because" }), Vec::new()));
}

async fn tried(disturb: impl FnOnce(&Played)) -> (ChannelError, Bluesky, Played, Cleared, Album) {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let (cleared, album) = cleared("k1", "Full time.");
    disturb(&fake);
    let error = channel.publish(&cleared, with(&album)).await.unwrap_err();
    (error, channel, fake, cleared, album)
}

async fn refused(name: &str, status: u16, error: &str) -> ChannelError {
    tried(|fake| says(fake, name, status, error)).await.0
}

async fn asks_to_wait(
    name: &str,
    header: (&'static str, String),
    more: (&'static str, String),
) -> ChannelError {
    let headers = vec![header, more];
    tried(|fake| fake.with(|it| it.says(name, 429, json!({ "error": "RateLimitExceeded" }), headers))).await.0
}

#[tokio::test]
async fn a_post_carries_its_marks_its_pictures_and_their_shape() {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let text = "Größe: 3–2 for @fenland.test, not @nobody.test! #Tor https://fenland.org";
    let (cleared, album) = cleared("k1", text);
    channel.publish(&cleared, with(&album)).await.unwrap();
    let record = fake.with(|it| it.records.values().next().unwrap().clone());
    assert_eq!(record["text"], text);
    assert_eq!(record["createdAt"], cleared.order().made_at().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
    let shown: Vec<(String, String)> = record["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            let feature = facet["features"][0].as_object().unwrap();
            let to = feature.iter().find(|(name, _)| *name != "$type").unwrap().1;
            (text[at("byteStart")..at("byteEnd")].to_owned(), to.as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [("@fenland.test", DID), ("#Tor", "Tor"), ("https://fenland.org", "https://fenland.org")];
    assert_eq!(shown, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let images = record["embed"]["images"].as_array().unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!(images[0]["alt"], "Two players by a goal");
    assert_eq!(images[0]["aspectRatio"], json!({ "width": 800, "height": 600 }));
}

#[tokio::test]
async fn a_repeat_writes_nothing_a_second_time() {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let (cleared, album) = cleared("k1", "Full time.");
    let first = channel.publish(&cleared, with(&album)).await.unwrap();
    assert_eq!(channel.publish(&cleared, with(&album)).await.unwrap(), first);
    assert_eq!((fake.called("putRecord"), fake.with(|it| it.records.len())), (1, 1));
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once_for_all_who_wait() {
    let fake = played().await;
    let (channel, pocket) = on(&fake);
    fake.with(|it| it.session = 1);
    // What the account holds now was renewed elsewhere: the old refresh token is spent.
    let again = channel.check_account().await;
    assert!(matches!(again, Err(ChannelError::Reconnect(_))), "{again:?}");

    fake.with(|it| it.session = 0);
    says(&fake, "getSession", 400, "ExpiredToken");
    says(&fake, "getSession", 400, "ExpiredToken");
    let (one, other) = tokio::join!(channel.check_account(), channel.check_account());
    one.unwrap();
    other.unwrap();
    assert_eq!(pocket.kept(), 1, "kept before it was used, and renewed once");
}

#[tokio::test]
async fn tokens_that_cannot_be_renewed_ask_for_a_new_connection() {
    for (status, error) in [(400, "ExpiredToken"), (400, "InvalidToken"), (401, "AuthMissing")] {
        let fake = played().await;
        let (channel, _) = on(&fake);
        says(&fake, "refreshSession", status, error);
        says(&fake, "uploadBlob", 400, "ExpiredToken");
        let (cleared, album) = cleared("k1", "Full time.");
        let failed = channel.publish(&cleared, with(&album)).await;
        assert!(matches!(failed, Err(ChannelError::Reconnect(_))), "{error}: {failed:?}");
        assert_eq!(fake.called("putRecord"), 0);
    }
}

#[tokio::test]
async fn each_refusal_of_the_server_has_its_own_way_forward() {
    let error = refused("putRecord", 401, "AccountTakedown").await;
    assert!(matches!(error, ChannelError::GoneForGood(_)), "{error:?}");
    let error = refused("putRecord", 401, "AccountDeactivated").await;
    assert!(matches!(error, ChannelError::Reconnect(_)), "{error:?}");
    let error = refused("putRecord", 400, "InvalidRequest").await;
    assert!(matches!(&error, ChannelError::ChangePost(why) if why == "because"), "{error:?}");
    let error = refused("uploadBlob", 413, "PayloadTooLarge").await;
    assert!(matches!(error, ChannelError::ChangePost(_)), "{error:?}");
    let error = refused("uploadBlob", 503, "").await;
    assert!(matches!(error, ChannelError::RetryLater { .. }), "nothing can be public yet: {error:?}");
}

#[tokio::test]
async fn a_network_that_asks_to_be_left_alone_is() {
    let reset = "2026-11-24T10:05:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let none_left = ("ratelimit-remaining", "0".to_owned());
    let error = asks_to_wait("putRecord", none_left, ("ratelimit-reset", reset.to_string())).await;
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_mins(5)));
    let error = asks_to_wait("uploadBlob", ("retry-after", "30".to_owned()), ("x-none", String::new())).await;
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_secs(30)));
}

#[tokio::test]
async fn silence_after_the_call_is_an_unknown_outcome_that_reading_back_settles() {
    for (fault, public) in [
        (Fault::Silence, false),
        (Fault::ReplyLost, true),
        (Fault::DoneBut502, true),
        (Fault::HalfReply, true),
        (Fault::Down, false),
    ] {
        let (error, channel, fake, cleared, album) = tried(|fake| fake.fail(Act::Publish, fault)).await;
        assert!(matches!(error, ChannelError::UnknownOutcome(_)), "{error:?}");
        let seen = channel.confirm(cleared.order(), &NONE).await.unwrap();
        assert_eq!(matches!(seen, Seen::AsApproved(_)), public);
        channel.publish(&cleared, with(&album)).await.unwrap();
        assert_eq!(fake.with(|it| it.records.len()), 1, "once, whatever came of the first try");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_cannot_be_reached() {
    let account =
        Account { did: DID.into(), handle: "fenland.test".into(), server: "http://localhost:1".into() };
    let channel = channel(account, Pocket::with(&tokens(0)));
    let (cleared, album) = cleared("k1", "Full time.");
    let failed = channel.publish(&cleared, with(&album)).await;
    assert!(matches!(failed, Err(ChannelError::RetryLater { .. })), "{failed:?}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let (long, album) = cleared("k1", &"ä".repeat(301));
    let Err(ChannelError::ChangePost(why)) = channel.publish(&long, with(&album)).await else { panic!() };
    assert!(why.contains("301") && why.contains("300"), "{why}");
    let (heavy, album) = cleared("k1", &"👨‍👩‍👧‍👧".repeat(130));
    assert!(
        matches!(channel.publish(&heavy, with(&album)).await, Err(ChannelError::ChangePost(_))),
        "3,250 bytes"
    );
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn a_picture_that_stays_behind_is_not_gone_unless_another_post_has_it() {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let (first, album) = cleared("k1", "Full time.");
    let (second, _) = cleared("k2", "Full time, corrected.");
    channel.publish(&first, with(&album)).await.unwrap();
    channel.publish(&second, with(&album)).await.unwrap();
    channel.take_down(first.order(), &NONE).await.unwrap();
    assert_eq!(
        channel.confirm_gone(first.order(), &NONE).await.unwrap(),
        Gone::Gone,
        "the other post shows them"
    );
    fake.with(|it| it.hoards = true);
    channel.take_down(second.order(), &NONE).await.unwrap();
    let gone = channel.confirm_gone(second.order(), &NONE).await.unwrap();
    assert!(matches!(gone, Gone::StillLive { .. }), "{gone:?}");
}

#[tokio::test]
async fn what_somebody_else_wrote_under_the_key_is_seen_and_not_overwritten() {
    let fake = played().await;
    let (channel, _) = on(&fake);
    let (cleared, album) = cleared("k1", "Full time.");
    channel.publish(&cleared, with(&album)).await.unwrap();
    fake.with(|it| it.records.values_mut().for_each(|record| record["text"] = "Half time.".into()));
    assert!(matches!(channel.confirm(cleared.order(), &NONE).await.unwrap(), Seen::Different { .. }));
    assert!(matches!(channel.publish(&cleared, with(&album)).await, Err(ChannelError::UnknownOutcome(_))));
}

#[tokio::test]
async fn the_real_server_says_when_an_account_is_switched_off_or_closed() {
    let Some((account, credential, _)) = real().await else { return };
    let channel = channel(account.clone(), Pocket::with(&credential));
    channel.check_account().await.unwrap();
    let Credential::AppPassword { access, .. } = &credential else { panic!() };
    let bearer = Some(format!("Bearer {access}"));
    let (cleared, album) = cleared("k1", "Full time.");
    posted(&account.server, "com.atproto.server.deactivateAccount", &json!({}), bearer.clone()).await;
    let failed = channel.publish(&cleared, with(&album)).await;
    assert!(matches!(failed, Err(ChannelError::Reconnect(_))), "{failed:?}");
    posted(&account.server, "com.atproto.server.activateAccount", &Value::Null, bearer).await;
    channel.publish(&cleared, with(&album)).await.unwrap();

    let admin = std::env::var("CLEANSHEET_TEST_PDS_ADMIN").unwrap();
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("admin:{admin}"));
    let down = json!({
        "subject": { "$type": "com.atproto.admin.defs#repoRef", "did": account.did },
        "takedown": { "applied": true, "ref": "test" },
    });
    posted(&account.server, "com.atproto.admin.updateSubjectStatus", &down, Some(format!("Basic {basic}")))
        .await;
    let failed = channel.take_down(cleared.order(), &NONE).await;
    assert!(matches!(failed, Err(ChannelError::GoneForGood(_))), "{failed:?}");
}

#[tokio::test]
async fn the_real_server_renews_a_session_and_refuses_made_up_tokens() {
    let Some((account, credential, _)) = real().await else { return };
    let Credential::AppPassword { refresh, .. } = credential else { panic!() };
    let worn = Credential::AppPassword { access: "worn.out.token".into(), refresh };
    let pocket = Pocket::with(&worn);
    let worn_out = channel(account.clone(), pocket.clone());
    worn_out.check_account().await.unwrap();
    assert_eq!(pocket.kept(), 1);
    let made_up = Credential::AppPassword { access: "a.b.c".into(), refresh: "d.e.f".into() };
    let refused = channel(account, Pocket::with(&made_up)).check_account().await;
    assert!(matches!(refused, Err(ChannelError::Reconnect(_))), "{refused:?}");
}
