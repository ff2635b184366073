//! Official accounts: connecting, what a stolen database tells, and what happens when a network takes a token no more.

use std::sync::Arc;

use cleansheet::jobs;
use cleansheet_channels::{Channel as _, ChannelError, bluesky::Directories};
use cleansheet_records::{accounts::Accounts, mails::Mails, orders::OrderState};
use cleansheet_simulators::{Simulator, bluesky::Bluesky};
use cleansheet_terms::{ChannelId, FixedClock, Network};
use serde_json::json;

use crate::{
    post,
    site::{Answer, Browser, TestSite},
};

/// Bluesky as it is played here.
pub(crate) type Played = Simulator<Bluesky>;

/// A played account that the app password `app-password` opens.
pub(crate) async fn played() -> Played {
    let clock = Arc::new(FixedClock::at("2026-11-21T12:46:00Z"));
    let mut bluesky = Bluesky::new();
    bluesky.password = "app-password".to_owned();
    Simulator::start(bluesky, clock).await
}

/// Connects the account in the browser, as the Manager does who has allowed it at the fake server.
async fn connect_by_oauth(site: &TestSite, fake: &Played, id: &ChannelId) {
    fake.with(|it| it.gives = "atproto repo:app.bsky.feed.post blob:image/jpeg".to_owned());
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    let fields = [("handle", "fenland.test"), ("server", fake.url.as_str())];
    let go = manager.press(&page, &format!("/accounts/{id}/connect"), &fields).await;
    assert!(go.text().contains("Go on to Bluesky"), "{}", go.text());
    let pushed = fake.with(|it| it.forms.last().cloned().unwrap());
    let state = pushed.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
    let back = [("state", state), ("iss", fake.url.as_str()), ("code", "one"), ("error", "")];
    assert_eq!(manager.press(&page, "/accounts/callback", &back).await.status, 303);
}

/// The site with an account on the fake server, added and connected on the page.
async fn connected() -> (TestSite, Played, ChannelId) {
    let fake = played().await;
    let directories = Directories { plc: fake.url.clone(), resolver: fake.url.clone() };
    let mut site = TestSite::looking_up(directories).await;
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    asks_and_permits(&mut manager, "Bluesky").await;
    let id = account(&site).await;
    let fields = [("handle", "fenland.test"), ("server", fake.url.as_str()), ("password", "app-password")];
    let answer = manager.press(&page, &format!("/accounts/{id}/connect"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    for who in ["author", "approver"] {
        let person = site.people[who].to_string();
        let give =
            [("person", person.as_str()), ("until", "2027-05-31"), ("draft", "yes"), ("approve", "yes")];
        assert_eq!(manager.press(&page, &format!("/accounts/{id}/give"), &give).await.status, 303);
    }
    site.channel = id.clone();
    (site, fake, id)
}

/// The Manager asks for an account on Bluesky, and permits it by a second act.
pub(crate) async fn asks_and_permits(manager: &mut Browser, name: &str) {
    let page = manager.get("/accounts/requests").await;
    let wish = [("network", "bluesky"), ("name", name), ("why", "We want to be there.")];
    assert_eq!(manager.press(&page, "/accounts/requests", &wish).await.status, 303);
    let page = manager.get("/accounts/requests").await;
    let answer = [("do", "permit"), ("reason", "Yes.")];
    let address = waiting(&page).expect("a wish that waits");
    assert_eq!(manager.press(&page, &address, &answer).await.status, 303);
}

/// Where the first wish that waits is answered.
pub(crate) fn waiting(page: &Answer) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once("action=\"/accounts/requests/")?;
    Some(format!("/accounts/requests/{}", rest.split('"').next()?))
}

async fn account(site: &TestSite) -> ChannelId {
    let mut tx = site.app.records.read().await.unwrap();
    let all = Accounts(&mut tx).channels().await.unwrap();
    all.into_iter().find(|one| one.network == Network::Bluesky).unwrap().id
}

#[tokio::test]
async fn the_manager_connects_tries_and_ends_an_account_on_its_page() {
    let (site, _fake, id) = connected().await;
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    assert!(page.text().contains("Connected"), "{}", page.text());
    assert!(page.text().contains("fenland.test, by app password"));
    let tried = manager.press(&page, &format!("/accounts/{id}/check"), &[]).await;
    assert!(tried.text().contains("The account answers"), "{}", tried.text());
    assert!(page.text().contains("Priya Nair, until"));
    manager.press(&page, &format!("/accounts/{id}/end"), &[]).await;
    let mut tx = site.app.records.read().await.unwrap();
    assert!(
        Accounts(&mut tx).connection(&id).await.unwrap().is_none(),
        "nothing is public there, so it is forgotten"
    );
}

#[tokio::test]
async fn no_page_connects_an_account_that_the_manager_has_not_permitted_or_has_ended_meanwhile() {
    let (site, fake, id) = connected().await;
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    let old = [("network", "bluesky"), ("name", "An old one"), ("handle", "old.test")];
    let written = manager.press(&page, "/accounts/register", &old).await;
    assert_eq!(written.status, 303, "{}", written.text());
    let old = written.headers["location"].to_str().unwrap().to_owned();
    let looked_up = fake.called("resolveHandle");
    for password in ["app-password", ""] {
        let fields = [("handle", "fenland.test"), ("server", fake.url.as_str()), ("password", password)];
        let refused = manager.press(&page, &format!("{old}/connect"), &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("clause 2"), "{}", refused.text());
    }
    assert_eq!(fake.called("resolveHandle"), looked_up, "no server is even asked");
    // Begun while it was permitted, ended, and then brought back.
    fake.with(|it| it.gives = "atproto repo:app.bsky.feed.post blob:image/jpeg".to_owned());
    let fields = [("handle", "fenland.test"), ("server", fake.url.as_str())];
    manager.press(&page, &format!("/accounts/{id}/connect"), &fields).await;
    let pushed = fake.with(|it| it.forms.last().cloned().unwrap());
    let state = pushed.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
    manager.press(&page, &format!("/accounts/{id}/end"), &[]).await;
    let back = [("state", state), ("iss", fake.url.as_str()), ("code", "one"), ("error", "")];
    let refused = manager.press(&page, "/accounts/callback", &back).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("clause 2"), "{}", refused.text());
    let mut tx = site.app.records.read().await.unwrap();
    assert!(Accounts(&mut tx).connection(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn connecting_again_gives_the_tokens_before_back() {
    let (site, fake, id) = connected().await;
    connect_by_oauth(&site, &fake, &id).await;
    assert_eq!(fake.called("revoke"), 0, "a session by app password has none");
    connect_by_oauth(&site, &fake, &id).await;
    assert_eq!(fake.called("revoke"), 1);
    site.app.bluesky(&id).await.unwrap().check_account().await.unwrap();
}

#[tokio::test]
async fn an_ended_account_takes_its_last_post_down_and_only_then_gives_its_tokens_back() {
    let (site, fake, id) = connected().await;
    connect_by_oauth(&site, &fake, &id).await;
    let post = post::submitted(&site).await;
    post::approve(&site, "approver", &post).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(post::order(&site, &post).await.state, OrderState::Published);
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    manager.press(&page, &format!("/accounts/{id}/end"), &[]).await;
    assert_eq!(fake.called("revoke"), 0, "what is out must still come down");

    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    assert_eq!(jo.press(&page, &format!("/posts/{post}/drop"), &[]).await.status, 303);
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(post::order(&site, &post).await.state, OrderState::Gone);
    assert_eq!((fake.called("revoke"), fake.with(|it| it.records.len())), (1, 0));
    let connection = Accounts(&mut site.app.records.read().await.unwrap()).connection(&id).await.unwrap();
    assert!(connection.is_none(), "nothing here signs in there any more");
}

#[tokio::test]
async fn a_stolen_database_yields_no_token_and_a_moved_one_does_not_open() {
    let (site, _fake, id) = connected().await;
    let mut tx = site.app.records.begin().await.unwrap();
    let (sealed, _) = Accounts(&mut tx).sealed_credential(&id).await.unwrap().unwrap();
    // Into another account's row it does not follow.
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let other = Accounts(&mut tx).add(Network::Bluesky, "Another", clock, &mut chance).await.unwrap();
    Accounts(&mut tx).permit(&other, &site.people["manager"], clock, &mut chance).await.unwrap();
    let new = cleansheet_records::accounts::connections::NewConnection {
        channel: &other,
        remote: "did:plc:other",
        handle: "other.test",
        server: "http://localhost:1",
        way: "app password",
        sealed: &sealed,
        by: &site.people["manager"],
    };
    Accounts(&mut tx).connect(&new, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let failed = site.app.bluesky(&other).await.unwrap().check_account().await;
    assert!(matches!(failed, Err(ChannelError::Reconnect(_))), "{failed:?}");
    for file in std::fs::read_dir(site.data()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        for secret in ["access-0", "refresh-0", "app-password"] {
            let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!there, "{secret} is in {:?}", file.path());
        }
    }
}

#[tokio::test]
async fn an_account_that_must_be_connected_again_keeps_its_posts_waiting_and_tells_the_manager_once() {
    let (site, fake, id) = connected().await;
    let post = post::submitted(&site).await;
    post::approve(&site, "approver", &post).await;
    let says = |name: &str| {
        let body = json!({ "error": "ExpiredToken", "message": "no longer" });
        fake.with(|it| it.says(name, 400, body, Vec::new()));
    };
    says("putRecord");
    says("refreshSession");
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(post::order(&site, &post).await.state, OrderState::Queued);
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    assert!(page.text().contains("Needs reconnecting"), "{}", page.text());
    let told = async |site: &TestSite| {
        let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
        mails.iter().filter(|mail| mail.subject == "An account has to be connected again").count()
    };
    assert_eq!(told(&site).await, 1);
    // An hour later it is still so; nobody is told twice.
    site.clock.advance_ms(61 * 60 * 1000);
    says("putRecord");
    says("refreshSession");
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(told(&site).await, 1);
    // Connected again, it goes out at once.
    let fields = [("handle", "fenland.test"), ("server", fake.url.as_str()), ("password", "app-password")];
    let mut manager = site.browser("manager").await;
    let page = manager.get("/accounts").await;
    manager.press(&page, &format!("/accounts/{id}/connect"), &fields).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(post::order(&site, &post).await.state, OrderState::Published);
    assert_eq!(fake.with(|it| it.records.len()), 1);
}

#[tokio::test]
async fn words_that_do_not_fit_an_account_are_said_before_anybody_approves() {
    let (site, _fake, _) = connected().await;
    let mut jo = site.browser("author").await;
    let draft = post::start(&site, &mut jo).await;
    post::write(&site, &mut jo, &draft, &"Goal! ".repeat(60), "keep").await;
    let page = jo.get(&draft).await;
    assert!(page.text().contains("Post 2 of 2"), "a long text goes out in several posts: {}", page.text());
    post::write(&site, &mut jo, &draft, &"Goal! ".repeat(1_200), "keep").await;
    let page = jo.get(&draft).await;
    assert!(page.text().contains("Bluesky takes 300 letters, and the words have 7199"), "{}", page.text());
}

#[tokio::test]
async fn what_networks_read_about_the_program_names_no_secret() {
    let site = TestSite::at("https://posts.example.org").await;
    let about = site.stranger().get("/client-metadata.json").await;
    let about: serde_json::Value = serde_json::from_slice(&about.bytes).unwrap();
    assert_eq!(about["client_id"], "https://posts.example.org/client-metadata.json");
    assert_eq!(about["redirect_uris"], json!(["https://posts.example.org/accounts/callback"]));
    assert_eq!(about["dpop_bound_access_tokens"], true);
    let keys = site.stranger().get("/jwks.json").await;
    let keys: serde_json::Value = serde_json::from_slice(&keys.bytes).unwrap();
    let key = keys["keys"][0].as_object().unwrap();
    assert_eq!(key["crv"], "P-256");
    assert!(!key.contains_key("d"), "the secret half stays here");
    let again = site.stranger().get("/jwks.json").await;
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&again.bytes).unwrap(),
        keys,
        "the same key every time"
    );
}
