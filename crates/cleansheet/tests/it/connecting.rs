//! Connecting every network over played ones: the guided pages, what is missing by its name, what a stolen database tells,
//! and a queue that is kept.

mod failing;
mod mending;
mod today;

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use cleansheet::{
    app::Settings,
    backup, jobs,
    keys::Keys,
    profile::{self, Profile},
};
use cleansheet_channels::{Addresses, bluesky::Directories};
use cleansheet_records::{
    accounts::{Accounts, connections::NewConnection},
    mails::Mails,
    orders::OrderState,
};
use cleansheet_simulators::{
    Act, Fault, Request, Simulator,
    mastodon::Mastodon,
    meta::{self, Meta},
    x::{self, X},
};
use cleansheet_terms::{ChannelId, FixedClock, Network, SeededEntropy};
use serde_json::Value;

use crate::{
    accounts::{Played, played, waiting},
    post,
    site::{Answer, Browser, ORIGIN, TestSite},
};

/// A trust beside all networks, played.
struct World {
    site: TestSite,
    x: Simulator<X>,
    meta: Simulator<Meta>,
    mastodon: Simulator<Mastodon>,
    bluesky: Played,
}

impl World {
    async fn new() -> Self {
        Self::speaking(&Addresses::default().meta_version).await
    }

    /// - `version`: of Meta's interface.
    async fn speaking(version: &str) -> Self {
        let clock = Arc::new(FixedClock::at("2026-11-21T12:46:00Z"));
        let x = Simulator::start(X::new(), Arc::<FixedClock>::clone(&clock)).await;
        let meta = Simulator::start(Meta::new(), Arc::<FixedClock>::clone(&clock)).await;
        let mastodon = Simulator::start(Mastodon::new(), clock).await;
        let bluesky = played().await;
        bluesky.with(|it| it.gives = "atproto repo:app.bsky.feed.post blob:image/jpeg".to_owned());
        let networks = Addresses {
            x_api: x.url.clone(),
            x_pages: x.url.clone(),
            meta_api: meta.url.clone(),
            meta_pages: meta.url.clone(),
            meta_version: version.to_owned(),
            local: true,
        };
        let directories = Directories { plc: bluesky.url.clone(), resolver: bluesky.url.clone() };
        let usual = Settings::new(ORIGIN, Profile::demo().unwrap());
        let site = TestSite::with(Settings { demo: true, bluesky: directories, networks, ..usual }).await;
        Self { site, x, meta, mastodon, bluesky }
    }

    /// The Manager asks for an account and permits it.
    async fn permitted(&self, manager: &mut Browser, network: Network) -> ChannelId {
        let page = manager.get("/accounts/requests").await;
        let name = format!("Trust on {network}");
        let wish = [("network", network.as_str()), ("name", &name), ("why", "We want to be there.")];
        assert_eq!(manager.press(&page, "/accounts/requests", &wish).await.status, 303);
        let page = manager.get("/accounts/requests").await;
        let answer = [("do", "permit"), ("reason", "Yes.")];
        assert_eq!(manager.press(&page, &waiting(&page).unwrap(), &answer).await.status, 303);
        let all = Accounts(&mut self.site.app.records.read().await.unwrap()).channels().await.unwrap();
        all.into_iter().find(|one| one.name == name).unwrap().id
    }

    /// Goes through the network's own page, where it is allowed at once, and presses the button on the way back.
    async fn comes_back(&self, manager: &mut Browser, id: &ChannelId, fields: &[(&str, &str)]) -> Answer {
        let page = manager.get(&format!("/accounts/{id}/connect")).await;
        let go = manager.press(&page, &format!("/accounts/{id}/connect"), fields).await;
        assert_eq!(go.status, 200, "{}", go.text());
        let back = self.allowed(&address(&go)).await;
        let back: Vec<(&str, &str)> =
            back.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        manager.press(&page, "/accounts/callback", &back).await
    }

    /// The same, and where one account is asked about, it is the trust's.
    async fn connects(&self, manager: &mut Browser, id: &ChannelId, fields: &[(&str, &str)]) -> Answer {
        let came = self.comes_back(manager, id, fields).await;
        match offered(&came).as_slice() {
            [only] => chooses(manager, &came, only).await,
            _ => came,
        }
    }

    /// Two people may draft and approve on an account, which is the one that posts go to from now on.
    async fn opens_to_staff(&mut self, manager: &mut Browser, id: &ChannelId) {
        let page = manager.get("/accounts").await;
        for who in ["author", "approver"] {
            let person = self.site.people[who].to_string();
            let give =
                [("person", person.as_str()), ("until", "2027-05-31"), ("draft", "yes"), ("approve", "yes")];
            assert_eq!(manager.press(&page, &format!("/accounts/{id}/give"), &give).await.status, 303);
        }
        self.site.channel = id.clone();
    }

    /// The account is connected, as another one than the network is played with.
    async fn is_connected_as(&self, id: &ChannelId, remote: &str, handle: &str) {
        let app = &self.site.app;
        let new = NewConnection {
            channel: id,
            remote,
            handle,
            server: &self.x.url,
            way: "OAuth",
            sealed: b"what signs in",
            by: &self.site.people["manager"],
        };
        let mut tx = app.records.begin().await.unwrap();
        Accounts(&mut tx).connect(&new, &*self.site.clock, &mut &app.entropy).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What the network's page sends the browser back with.
    async fn allowed(&self, address: &str) -> Vec<(String, String)> {
        let answer = self.site.app.outside.get(address).send().await.unwrap();
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        let query = to.split_once('?').unwrap().1;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect()
    }

    async fn keeps_app(&self, manager: &mut Browser, id: &ChannelId, (app, secret): (&str, &str)) {
        let page = manager.get(&format!("/accounts/{id}/connect")).await;
        let keys = [("app_id", app), ("app_secret", secret)];
        let kept = manager.press(&page, &format!("/accounts/{id}/app"), &keys).await;
        assert_eq!(kept.status, 303, "{}", kept.text());
    }

    async fn connects_x(&self, manager: &mut Browser) -> ChannelId {
        let id = self.permitted(manager, Network::X).await;
        self.keeps_app(manager, &id, ("x-client", "x-secret-of-the-app")).await;
        let done = self.connects(manager, &id, &[]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        id
    }

    async fn connects_meta(&self, manager: &mut Browser, network: Network) -> ChannelId {
        let id = self.permitted(manager, network).await;
        self.keeps_app(manager, &id, (meta::APP, meta::SECRET)).await;
        let done = self.connects(manager, &id, &[]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        id
    }

    async fn connects_mastodon(&self, manager: &mut Browser) -> ChannelId {
        let id = self.permitted(manager, Network::Mastodon).await;
        let done = self.connects(manager, &id, &[("server", &self.mastodon.url)]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        id
    }

    async fn connects_bluesky(&self, manager: &mut Browser) -> ChannelId {
        let id = self.permitted(manager, Network::Bluesky).await;
        let page = manager.get(&format!("/accounts/{id}/connect")).await;
        let fields = [("handle", "fenland.test"), ("server", self.bluesky.url.as_str())];
        let go = manager.press(&page, &format!("/accounts/{id}/connect"), &fields).await;
        assert_eq!(go.status, 200, "{}", go.text());
        let pushed = self.bluesky.with(|it| it.forms.last().cloned().unwrap());
        let state = pushed.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
        let back = [("state", state), ("iss", self.bluesky.url.as_str()), ("code", "one")];
        assert_eq!(manager.press(&page, "/accounts/callback", &back).await.status, 303);
        id
    }
}

/// The accounts that a page offers to connect, by the network's names.
fn offered(page: &Answer) -> Vec<String> {
    let text = page.text();
    let values = text.split("name=\"account\" value=\"").skip(1);
    values.filter_map(|rest| rest.split('"').next()).map(ToOwned::to_owned).collect()
}

/// Presses the button of one of them.
async fn chooses(manager: &mut Browser, page: &Answer, remote: &str) -> Answer {
    let state = page.kept().into_iter().find(|(name, _)| name == "state").map(|(_, value)| value).unwrap();
    manager.press(page, "/accounts/choose", &[("state", &state), ("account", remote)]).await
}

/// Where the page's one button leads.
fn address(go: &Answer) -> String {
    let text = go.text();
    let before = text.split("\" rel=\"noreferrer\">Sign in at").next().unwrap();
    before.rsplit("href=\"").next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn each_network_is_connected_on_its_page_and_tried_at_the_end() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let ids = [
        world.connects_x(&mut manager).await,
        world.connects_meta(&mut manager, Network::Facebook).await,
        world.connects_meta(&mut manager, Network::Instagram).await,
        world.connects_mastodon(&mut manager).await,
        world.connects_bluesky(&mut manager).await,
    ];
    for id in &ids {
        let page = manager.get(&format!("/accounts/{id}/connect")).await.text();
        assert!(page.contains("The account answers"), "{page}");
        assert!(page.contains("Given") && !page.contains("Missing"), "{page}");
        assert!(!page.contains("x-secret-of-the-app") && !page.contains(meta::SECRET), "no secret is shown");
        let mut tx = world.site.app.records.read().await.unwrap();
        let connection = Accounts(&mut tx).connection(id).await.unwrap().unwrap();
        assert!(connection.checked.at.is_some() && connection.broken.is_none(), "{connection:?}");
    }
}

#[tokio::test]
async fn before_the_app_is_there_nobody_is_sent_on_and_only_the_manager_writes_it_down() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::X).await;
    let page = manager.get(&format!("/accounts/{id}/connect")).await;
    assert!(page.text().contains("http://127.0.0.1:8080/accounts/callback"), "{}", page.text());
    assert!(!page.text().contains("Go on to X"), "{}", page.text());
    let early = manager.press(&page, &format!("/accounts/{id}/connect"), &[]).await;
    assert_eq!(early.status, 422);
    assert!(early.text().contains("app on X is not written down"), "{}", early.text());
    let mut jo = world.site.browser("author").await;
    let page = jo.get("/posts/new").await;
    let keys = [("app_id", "mine"), ("app_secret", "mine")];
    assert_eq!(jo.press(&page, &format!("/accounts/{id}/app"), &keys).await.status, 403);
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_on_the_page_on_today_and_by_mail_once() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_meta(&mut manager, Network::Facebook).await;
    world.meta.with(|meta| meta.given.remove("pages_manage_posts"));
    let page = manager.get(&format!("/accounts/{id}/connect")).await;
    let tried = manager.press(&page, &format!("/accounts/{id}/check"), &[]).await.text();
    assert!(tried.contains("pages_manage_posts is missing"), "{tried}");
    assert!(tried.contains("to publish on the Page and to take down"), "{tried}");
    let today = manager.get("/").await.text();
    assert!(today.contains("lacks the permission pages_manage_posts"), "{today}");
    for _ in 0..2 {
        jobs::go_round(&world.site.app).await;
    }
    let mails = Mails(&mut world.site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    let told: Vec<_> = mails.iter().filter(|mail| mail.subject == "An account lacks a permission").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].body.contains("- pages_manage_posts: needed to publish"), "{}", told[0].body);
}

#[tokio::test]
async fn among_several_pages_the_manager_chooses_once_and_another_page_is_refused_later() {
    let world = World::new().await;
    world.meta.with(|meta| meta.pages = 2);
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::Facebook).await;
    world.keeps_app(&mut manager, &id, (meta::APP, meta::SECRET)).await;
    let choose = world.connects(&mut manager, &id, &[]).await;
    assert_eq!(choose.status, 200);
    let (text, kept) = (choose.text(), choose.kept());
    assert!(text.contains(&format!("Connect {}", meta::PAGE_NAME)), "{text}");
    let state = kept.iter().find(|(name, _)| name == "state").map(|(_, value)| value.clone()).unwrap();
    let other = text.split("name=\"account\" value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let other = other.filter(|remote| *remote != meta::PAGE).map(ToOwned::to_owned).next().unwrap();
    let answer = [("state", state.as_str()), ("account", meta::PAGE)];
    // Another browser of the same Manager cannot finish it.
    let mut elsewhere = world.site.browser("manager").await;
    let there = elsewhere.get("/accounts").await;
    assert_eq!(elsewhere.press(&there, "/accounts/choose", &answer).await.status, 409);
    assert_eq!(manager.press(&choose, "/accounts/choose", &answer).await.status, 303);
    assert_eq!(manager.press(&choose, "/accounts/choose", &answer).await.status, 409, "it works once");
    let connection =
        Accounts(&mut world.site.app.records.read().await.unwrap()).connection(&id).await.unwrap();
    assert_eq!(connection.unwrap().remote, meta::PAGE);
    assert_ne!(other, meta::PAGE);
    // Connected again nothing is asked, as long as the same Page is among them.
    assert_eq!(world.connects(&mut manager, &id, &[]).await.status, 303);
    world.meta.with(|meta| meta.hides_first_page = true);
    let refused = world.connects(&mut manager, &id, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("ou were signed in there as"), "{}", refused.text());
}

#[tokio::test]
async fn what_waits_goes_out_only_after_the_manager_has_said_whose_account_it_is() {
    let mut world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::X).await;
    world.keeps_app(&mut manager, &id, ("x-client", "x-secret-of-the-app")).await;
    world.opens_to_staff(&mut manager, &id).await;
    let post = post::submitted(&world.site).await;
    post::approve(&world.site, "approver", &post).await;
    // X answers for whoever is signed in there in this browser, and that may be the Manager and not the trust.
    let came = world.comes_back(&mut manager, &id, &[]).await;
    assert_eq!(came.status, 200, "{}", came.text());
    assert!(came.text().contains("the trust’s account?") && came.text().contains(x::NAME), "{}", came.text());
    jobs::run_due(&world.site.app).await.unwrap();
    assert!(world.x.posts().is_empty(), "nothing goes out before somebody has read the name");
    assert_eq!(post::order(&world.site, &post).await.state, OrderState::Queued);
    let [only] = offered(&came).try_into().unwrap();
    assert_eq!(chooses(&mut manager, &came, &only).await.status, 303);
    jobs::run_due(&world.site.app).await.unwrap();
    assert_eq!(post::order(&world.site, &post).await.state, OrderState::Published);
    assert_eq!(world.x.posts().len(), 1);
}

#[tokio::test]
async fn connected_again_as_somebody_else_it_says_as_whom_to_sign_in_and_keeps_nothing_of_theirs() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::X).await;
    world.keeps_app(&mut manager, &id, ("x-client", "x-secret-of-the-app")).await;
    world.is_connected_as(&id, "1", "fenland_old").await;
    let refused = world.connects(&mut manager, &id, &[]).await;
    assert_eq!(refused.status, 422);
    let say = format!(
        "You were signed in there as {}; this account is fenland_old. Sign in there as fenland_old",
        x::NAME
    );
    assert!(refused.text().contains(&say), "{}", refused.text());
    assert_eq!(world.x.called("revoke"), 1, "tokens that nobody will use are not left alive");
    let connection =
        Accounts(&mut world.site.app.records.read().await.unwrap()).connection(&id).await.unwrap();
    assert_eq!(connection.unwrap().handle, "fenland_old");
}

#[tokio::test]
async fn tokens_that_are_renewed_while_the_account_is_connected_again_are_not_kept_over_the_new_ones() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_x(&mut manager).await;
    // The access token has run out, and the answer with the renewed ones is late.
    world.x.fail(Act::Read, Fault::Expired);
    world.x.fail(Act::Token, Fault::Slow { ms: 2_000 });
    let renewing = world.site.app.tried(&id);
    let again = async {
        while world.x.slowed() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.site.clock.advance_ms(1_000);
        world.connects(&mut manager, &id, &[]).await
    };
    let (_either, done) = tokio::join!(renewing, again);
    assert_eq!(done.status, 303, "{}", done.text());
    world.site.app.tried(&id).await.expect("the newest tokens are the ones that are kept");
    let connection =
        Accounts(&mut world.site.app.records.read().await.unwrap()).connection(&id).await.unwrap();
    assert_eq!(connection.unwrap().broken, None);
}

#[tokio::test]
async fn orders_wait_while_the_account_is_broken_and_go_out_once_it_is_connected_again() {
    let mut world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_mastodon(&mut manager).await;
    world.opens_to_staff(&mut manager, &id).await;
    let post = post::submitted(&world.site).await;
    post::approve(&world.site, "approver", &post).await;
    world.mastodon.fail(Act::Publish, Fault::Revoked);
    world.mastodon.fail(Act::Read, Fault::Revoked);
    jobs::run_due(&world.site.app).await.unwrap();
    assert_ne!(post::order(&world.site, &post).await.state, OrderState::Published);
    assert!(world.mastodon.posts().is_empty());
    let list = manager.get("/accounts").await.text();
    assert!(list.contains("Needs reconnecting"), "{list}");
    world.mastodon.mend();
    let done = world.connects(&mut manager, &id, &[("server", &world.mastodon.url)]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    jobs::run_due(&world.site.app).await.unwrap();
    assert_eq!(post::order(&world.site, &post).await.state, OrderState::Published);
    assert_eq!(world.mastodon.posts().len(), 1);
}

/// Every text of some JSON that is long enough to be a secret.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() >= 7 => {
            into.insert(text.clone());
        }
        Value::Array(all) => all.iter().for_each(|one| texts(one, into)),
        Value::Object(all) => all.values().for_each(|one| texts(one, into)),
        _ => {}
    }
}

/// Everything secret that went to or came from a network: what its requests carried.
fn carried(requests: &[Request], into: &mut BTreeSet<String>) {
    for request in requests {
        let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        into.extend(header.and_then(|(_, value)| value.split(' ').nth(1)).map(ToOwned::to_owned));
    }
}

/// The files below a folder that hold one of these secrets.
fn holding(folder: &Path, secrets: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(holding(&entry.path(), secrets));
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let has = |secret: &&String| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        found.extend(secrets.iter().filter(has).map(|secret| format!("{secret} in {:?}", entry.path())));
    }
    found
}

#[tokio::test]
async fn a_stolen_data_folder_or_backup_yields_no_token_of_any_of_five_networks() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let ids = [
        world.connects_x(&mut manager).await,
        world.connects_meta(&mut manager, Network::Facebook).await,
        world.connects_meta(&mut manager, Network::Instagram).await,
        world.connects_mastodon(&mut manager).await,
        world.connects_bluesky(&mut manager).await,
    ];
    // One more is on its way, with what is needed to finish it.
    let page = manager.get(&format!("/accounts/{}/connect", ids[0])).await;
    assert_eq!(manager.press(&page, &format!("/accounts/{}/connect", ids[0]), &[]).await.status, 200);

    let app = &world.site.app;
    let mut secrets = BTreeSet::from(["x-secret-of-the-app".to_owned(), meta::SECRET.to_owned()]);
    let mut public = BTreeSet::new();
    for id in &ids {
        let mut tx = app.records.read().await.unwrap();
        let (sealed, _) = Accounts(&mut tx).sealed_credential(id).await.unwrap().unwrap();
        let open = app.sealer.open("channel credential", id.as_str(), &sealed).unwrap();
        texts(&serde_json::from_slice(&open).unwrap(), &mut secrets);
        let connection = Accounts(&mut tx).connection(id).await.unwrap().unwrap();
        public.extend([connection.remote, connection.handle, connection.server]);
    }
    carried(&world.x.requests(), &mut secrets);
    carried(&world.meta.requests(), &mut secrets);
    carried(&world.mastodon.requests(), &mut secrets);
    // Addresses and lists of permissions are in credentials as well, and are no secrets.
    secrets.retain(|one| !public.contains(one) && !one.starts_with("http") && !one.contains(' '));
    assert!(secrets.len() >= 10, "{secrets:?}");
    // What is no secret is found, so that finding nothing means something.
    let plain = BTreeSet::from([x::NAME.to_owned()]);
    assert!(!holding(&world.site.data(), &plain).is_empty());
    assert_eq!(holding(&world.site.data(), &secrets), Vec::<String>::new());

    let place = tempfile::tempdir().unwrap();
    let keys = Keys::open(&app.places.keys, false, &mut SeededEntropy::new(5)).unwrap();
    let vault = backup::Vault::make(place.path(), &keys.backup).unwrap();
    let keep = backup::Keep { newest: None, days: backup::USUAL_DAYS };
    fs::write(app.places.profile(), profile::DEMO).unwrap();
    backup::create(&app.places, &app.media, &vault, keep, &*world.site.clock, &mut SeededEntropy::new(5))
        .await
        .unwrap();
    assert_eq!(holding(place.path(), &secrets), Vec::<String>::new());
}
