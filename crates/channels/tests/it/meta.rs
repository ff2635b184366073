//! Meta: signing in, the permissions, and what both networks share.

use std::sync::Arc;

use cleansheet_channels::{
    Account, Addresses, AppKeys, CameBack, Channel, ChannelError, Connected, Heard, Outside,
    facebook::Facebook,
    instagram::Instagram,
    meta::{self, Credential},
};
use cleansheet_simulators::{
    Act, Fault, Simulator,
    meta::{ACCOUNT, APP, Meta, PAGE, PAGE_NAME, SECRET, USERNAME},
};
use cleansheet_terms::{FixedClock, Network};

use crate::{
    bluesky::{Pocket, outside},
    contract::{Remembered, cleared},
};

const CALLBACK: &str = "https://posts.example.org/accounts/callback";

pub(crate) async fn simulator() -> Simulator<Meta> {
    Simulator::start(Meta::new(), Arc::new(FixedClock::at("2026-11-25T12:01:00Z"))).await
}

pub(crate) fn addresses(simulator: &Simulator<Meta>) -> Addresses {
    let url = simulator.url.clone();
    Addresses { meta_api: url.clone(), meta_pages: url, local: true, ..Addresses::default() }
}

fn keys() -> AppKeys {
    AppKeys { id: APP.into(), secret: SECRET.into() }
}

fn account(remote: &str, simulator: &Simulator<Meta>) -> Account {
    Account { remote: remote.into(), handle: "as it was".into(), server: simulator.url.clone() }
}

fn pocket(simulator: &Simulator<Meta>) -> Arc<Pocket> {
    Pocket::with(&Credential { page_token: simulator.with(|meta| meta.page_token()) })
}

pub(crate) fn facebook(simulator: &Simulator<Meta>) -> Facebook {
    facebook_of(PAGE, simulator)
}

/// Another Page, with the same connection.
pub(crate) fn facebook_of(page: &str, simulator: &Simulator<Meta>) -> Facebook {
    let (account, pocket) = (account(page, simulator), pocket(simulator));
    Facebook::new(outside(), addresses(simulator), account, keys(), pocket, Arc::default())
}

pub(crate) fn instagram(simulator: &Simulator<Meta>) -> Instagram {
    instagram_heard(simulator, outside().heard)
}

/// - `heard`: what is said of the calls that are left.
pub(crate) fn instagram_heard(simulator: &Simulator<Meta>, heard: Heard) -> Instagram {
    let (account, pocket) = (account(ACCOUNT, simulator), pocket(simulator));
    let outside = Outside { heard, ..outside() };
    Instagram::new(outside, addresses(simulator), account, keys(), pocket, Arc::default())
}

/// The browser goes to Facebook's page and comes back.
async fn connected(
    simulator: &Simulator<Meta>,
    network: Network,
    keys: &AppKeys,
) -> Result<Vec<Connected>, ChannelError> {
    let (outside, addresses) = (outside(), addresses(simulator));
    let (begun, go) = meta::begin(&outside, &addresses, keys, CALLBACK, network).await?;
    let none = reqwest::redirect::Policy::none();
    let browser = reqwest::Client::builder().redirect(none).build().unwrap();
    let back = browser.get(&go).send().await.unwrap();
    let to = back.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    let field = |name: &str| {
        let field = to.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        field.unwrap_or_default().to_owned()
    };
    let back = CameBack { state: field("state"), code: field("code"), ..CameBack::default() };
    meta::finish(&outside, &addresses, keys, begun, &back).await
}

fn why(tried: Result<Vec<Connected>, ChannelError>) -> String {
    match tried {
        Err(ChannelError::Reconnect(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn allowing_the_app_brings_the_pages_and_their_accounts_with_tokens_that_are_taken() {
    let simulator = simulator().await;
    let pages = connected(&simulator, Network::Facebook, &keys()).await.unwrap();
    let accounts = connected(&simulator, Network::Instagram, &keys()).await.unwrap();
    assert_eq!((pages[0].remote.as_str(), pages[0].handle.as_str()), (PAGE, PAGE_NAME));
    assert_eq!((accounts[0].remote.as_str(), accounts[0].handle.as_str()), (ACCOUNT, USERNAME));
    assert_eq!((pages.len(), accounts.len()), (1, 1));
    let credential: Credential = serde_json::from_slice(&accounts[0].credential).unwrap();
    let account = account(ACCOUNT, &simulator);
    let channel = Instagram::new(
        outside(),
        addresses(&simulator),
        account,
        keys(),
        Pocket::with(&credential),
        Arc::default(),
    );
    let health = channel.check_account().await.unwrap();
    assert_eq!((health.handle.as_str(), health.missing.len(), health.ends), (USERNAME, 0, None));
    assert!(!format!("{:?} {credential:?}", accounts[0]).contains("EAA"), "no token is ever printed");
}

#[tokio::test]
async fn no_more_is_asked_for_than_is_needed() {
    let simulator = simulator().await;
    let scope = async |network| {
        let (_, go) =
            meta::begin(&outside(), &addresses(&simulator), &keys(), CALLBACK, network).await.unwrap();
        assert!(!go.contains(SECRET), "the secret stays here");
        go.split("scope=").nth(1).unwrap().split('&').next().unwrap().replace("%2C", " ")
    };
    assert_eq!(scope(Network::Facebook).await, "pages_show_list pages_manage_posts pages_read_engagement");
    assert_eq!(
        scope(Network::Instagram).await,
        "pages_show_list pages_read_engagement instagram_basic instagram_content_publish instagram_manage_contents"
    );
}

#[tokio::test]
async fn what_is_missing_is_said_by_its_name() {
    let simulator = simulator().await;
    simulator.with(|meta| meta.given.remove("pages_show_list"));
    let said = why(connected(&simulator, Network::Facebook, &keys()).await);
    assert!(said.contains("pages_show_list (to find the Pages that you run)"), "{said}");
    simulator.with(|meta| {
        meta.given.insert("pages_show_list".to_owned());
        meta.tasks = vec!["MODERATE".to_owned()];
    });
    assert!(why(connected(&simulator, Network::Facebook, &keys()).await).contains("CREATE_CONTENT"));
    let wrong = AppKeys { id: APP.into(), secret: "another".into() };
    assert!(why(connected(&simulator, Network::Facebook, &wrong).await).contains("id and secret"));
}

#[tokio::test]
async fn a_connection_that_was_not_allowed_or_is_another_ends_nothing_but_itself() {
    let simulator = simulator().await;
    let (outside, addresses) = (outside(), addresses(&simulator));
    let begun =
        async || meta::begin(&outside, &addresses, &keys(), CALLBACK, Network::Facebook).await.unwrap().0;
    let (first, second) = (begun().await, begun().await);
    let back = CameBack { state: second.state.clone(), code: "1".into(), ..CameBack::default() };
    assert!(
        why(meta::finish(&outside, &addresses, &keys(), first, &back).await).contains("another connection")
    );
    let back = CameBack { state: second.state.clone(), error: "access_denied".into(), ..CameBack::default() };
    assert!(why(meta::finish(&outside, &addresses, &keys(), second, &back).await).contains("not allowed"));
    assert_eq!(simulator.count(Act::Token), 0);
}

#[tokio::test]
async fn an_account_says_what_it_lacks_and_when_it_ends() {
    let simulator = simulator().await;
    simulator.with(|meta| {
        meta.ends = 1_800_000_000;
        for name in ["pages_manage_posts", "instagram_manage_contents"] {
            meta.given.remove(name);
        }
    });
    let page = facebook(&simulator).check_account().await.unwrap();
    let lacks: Vec<(&str, &str)> =
        page.missing.iter().map(|one| (one.permission.as_str(), one.needed_for)).collect();
    assert_eq!(lacks, [("pages_manage_posts", "to publish on the Page and to take down")]);
    assert_eq!((page.handle.as_str(), page.ends.unwrap().as_second()), (PAGE_NAME, 1_800_000_000));
    let account = instagram(&simulator).check_account().await.unwrap();
    let lacks = &account.missing[0];
    assert_eq!((lacks.permission.as_str(), lacks.optional), ("instagram_manage_contents", true));
    assert!(!page.missing[0].optional, "without it nothing could be published");
}

#[tokio::test]
async fn an_app_secret_that_is_not_taken_any_more_is_named_and_no_post_is_blamed() {
    let simulator = simulator().await;
    let wrong = AppKeys { id: APP.into(), secret: "what it was before".into() };
    let (at, pocket) = (addresses(&simulator), pocket(&simulator));
    let page = account(PAGE, &simulator);
    let page = Facebook::new(outside(), at.clone(), page, wrong.clone(), pocket.clone(), Arc::default());
    let account = account(ACCOUNT, &simulator);
    let account = Instagram::new(outside(), at, account, wrong, pocket, Arc::default());
    for channel in [&page as &dyn Channel, &account] {
        let (order, album) = cleared("k1", "Full time.");
        let tried = Remembered::default().publish(channel, &order, &album).await.map(|_| ());
        for answer in [tried, channel.check_account().await.map(|_| ())] {
            let named = |why: &str| why.contains("app’s secret");
            assert!(matches!(&answer, Err(ChannelError::Reconnect(why)) if named(why)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_not_taken_any_more_asks_for_a_new_connection() {
    for (fault, word) in [(Fault::Expired, "run out"), (Fault::Revoked, "removed")] {
        let simulator = simulator().await;
        let (page, account) = (facebook(&simulator), instagram(&simulator));
        simulator.fail(Act::Read, fault);
        for channel in [&page as &dyn Channel, &account] {
            match channel.check_account().await {
                Err(ChannelError::Reconnect(why)) => assert!(why.contains(word), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
