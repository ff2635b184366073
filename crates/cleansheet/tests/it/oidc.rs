//! Signing in with the trust's own provider: what passes, and everything that must not.

use axum::http::{StatusCode, header};
use cleansheet::{app::Settings, oidc_settings::OidcSettings, profile::Profile};
use cleansheet_terms::Clock as _;
use serde_json::{Value, json};

use crate::site::{Answer, Browser, ORIGIN, TestSite};
use fake::{CLIENT, Fake, Plan, SECRET, Signed};

mod fake;

const NOT_OURS: &str = "This account does not open anything here";

struct World {
    site: TestSite,
    fake: Fake,
}

/// What an address to the provider asks.
struct Asked {
    address: String,
    state: String,
    nonce: String,
    challenge: String,
}

impl World {
    async fn new() -> Self {
        let now: cleansheet_terms::Timestamp = "2026-11-21T12:46:00Z".parse().unwrap();
        let fake = Fake::start(now.as_second()).await;
        let oidc = OidcSettings::of(Some(fake.issuer.clone()), Some(CLIENT.into()), Some(SECRET.into()));
        let settings = Settings {
            public_url: ORIGIN.into(),
            demo: true,
            profile: Profile::demo().unwrap(),
            mail: None,
            oidc: oidc.unwrap(),
        };
        Self { site: TestSite::with(settings).await, fake }
    }

    async fn go(&self, browser: &mut Browser, path: &str) -> Asked {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let address = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
        assert!(address.starts_with(&format!("{}/authorize?", self.fake.issuer)), "{address}");
        Asked {
            state: parameter(&address, "state"),
            nonce: parameter(&address, "nonce"),
            challenge: parameter(&address, "code_challenge"),
            address,
        }
    }

    /// There and back, as a browser does it.
    async fn round(&self, browser: &mut Browser, path: &str) -> Answer {
        let asked = self.go(browser, path).await;
        let code = self.fake.code(&asked.nonce, &asked.challenge);
        browser.get(&back(&code, &asked.state)).await
    }

    fn wait(&self, seconds: i64) {
        self.site.clock.advance_ms(seconds * 1000);
        self.fake.go_to(self.site.clock.now().as_second());
    }
}

fn back(code: &str, state: &str) -> String {
    format!("/sign-in/identity/back?code={code}&state={state}")
}

fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.expect("the address asks for it").to_owned()
}

fn with(name: &'static str, value: Value) -> impl FnOnce(&mut Plan) {
    move |plan| {
        plan.claims.insert(name.into(), value);
    }
}

/// What the page says, without what differs for every browser.
fn words(answer: &Answer) -> String {
    let text = answer.text();
    let main = text.split("<main").nth(1).unwrap();
    main.split("</main>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_verified_address_signs_in_and_the_number_is_known_from_then_on() {
    let world = World::new().await;
    let mut dele = world.site.stranger();
    let asked = world.go(&mut dele, "/sign-in/identity").await;
    for part in
        ["response_type=code", "code_challenge_method=S256", "scope=openid+email", "client_id=cleansheet"]
    {
        assert!(asked.address.contains(part), "{part} in {}", asked.address);
    }
    assert!(asked.address.contains("redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fsign-in%2Fidentity%2Fback"));
    assert!(!asked.address.contains("prompt="), "whom the provider knows is not asked again");
    let code = world.fake.code(&asked.nonce, &asked.challenge);
    let answer = dele.get(&back(&code, &asked.state)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.headers[header::LOCATION], "/");
    assert!(dele.get("/").await.text().contains("Dele"));
    world.fake.plan(with("email", Value::Null));
    let mut again = world.site.stranger();
    assert_eq!(world.round(&mut again, "/sign-in/identity").await.status, StatusCode::SEE_OTHER);
    assert!(again.get("/me/code").await.text().contains(&world.fake.issuer), "listed among the ways in");
}

#[tokio::test]
async fn the_address_may_come_from_the_userinfo_endpoint() {
    let world = World::new().await;
    world.fake.plan(|plan| {
        plan.claims.insert("email".into(), Value::Null);
        plan.userinfo =
            Some(json!({ "sub": "account-1", "email": "manager@example.org", "email_verified": true }));
    });
    let mut dele = world.site.stranger();
    assert_eq!(world.round(&mut dele, "/sign-in/identity").await.status, StatusCode::SEE_OTHER);
    world.fake.plan(|plan| {
        plan.claims.insert("email".into(), Value::Null);
        plan.claims.insert("sub".into(), "account-2".into());
        plan.userinfo =
            Some(json!({ "sub": "account-1", "email": "author@example.org", "email_verified": true }));
    });
    let answer = world.round(&mut world.site.stranger(), "/sign-in/identity").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "told of another account");
}

#[tokio::test]
async fn a_token_that_fails_one_check_signs_nobody_in_and_the_page_says_the_same() {
    let world = World::new().await;
    let now = world.site.clock.now().as_second();
    let issuer = world.fake.issuer.clone();
    type Change = Box<dyn FnOnce(&mut Plan)>;
    let cases: Vec<(&str, Change)> = vec![
        ("another issuer", Box::new(with("iss", "https://other.example".into()))),
        ("no issuer", Box::new(with("iss", Value::Null))),
        ("the issuer with a slash", Box::new(with("iss", format!("{issuer}/").into()))),
        ("another audience", Box::new(with("aud", "another program".into()))),
        ("a second audience", Box::new(with("aud", json!([CLIENT, "another program"])))),
        ("for another party", Box::new(with("azp", "another program".into()))),
        ("another nonce", Box::new(with("nonce", "0".repeat(64).into()))),
        ("no nonce", Box::new(with("nonce", Value::Null))),
        ("expired", Box::new(with("exp", now.into()))),
        ("from the future", Box::new(with("iat", (now + 600).into()))),
        ("not signed", Box::new(|plan| plan.signed = Signed::None)),
        ("signed with our own secret", Box::new(|plan| plan.signed = Signed::Shared)),
        ("signed with a stranger's key", Box::new(|plan| plan.signed = Signed::By("one", 2))),
        ("signed with an unknown key", Box::new(|plan| plan.signed = Signed::By("two", 2))),
        ("the provider takes no code", Box::new(|plan| plan.refuses = true)),
        ("address not verified", Box::new(with("email_verified", false.into()))),
        ("nothing said of verifying", Box::new(with("email_verified", Value::Null))),
        ("nobody's address", Box::new(with("email", "nobody@example.org".into()))),
        ("a suspended person's address", Box::new(with("email", "suspended@example.org".into()))),
    ];
    let mut said = Vec::new();
    for (name, change) in cases {
        world.fake.plan(change);
        let mut browser = world.site.stranger();
        let answer = world.round(&mut browser, "/sign-in/identity").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text().contains(NOT_OURS), "{name}: {}", answer.text());
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "{name}: nobody is signed in");
        said.push(words(&answer));
    }
    assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
}

#[tokio::test]
async fn coming_back_is_bound_to_the_browser_the_request_and_ten_minutes() {
    let world = World::new().await;
    let (site, fake) = (&world.site, &world.fake);
    let refused = |answer: Answer, name: &str| {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text().contains(NOT_OURS), "{name}");
    };
    // Somebody leads a victim to the end of a sign-in that they began themselves.
    let mut attacker = site.stranger();
    let asked = world.go(&mut attacker, "/sign-in/identity").await;
    let code = fake.code(&asked.nonce, &asked.challenge);
    let mut victim = site.stranger();
    refused(victim.get(&back(&code, &asked.state)).await, "no sign-in was begun here");
    let own = world.go(&mut victim, "/sign-in/identity").await;
    refused(victim.get(&back(&code, &asked.state)).await, "another one was");
    refused(victim.get(&back(&code, &own.state)).await, "and that one is over");
    let own = world.go(&mut victim, "/sign-in/identity").await;
    refused(victim.get(&back(&code, &own.state)).await, "another request's code");
    // The code of a stranger's provider is not shown to ours, nor an answer without a code.
    let own = world.go(&mut victim, "/sign-in/identity").await;
    let code = fake.code(&own.nonce, &own.challenge);
    let mixed = format!("{}&iss=https%3A%2F%2Fother.example", back(&code, &own.state));
    refused(victim.get(&mixed).await, "another provider");
    let own = world.go(&mut victim, "/sign-in/identity").await;
    refused(
        victim.get(&format!("/sign-in/identity/back?error=access_denied&state={}", own.state)).await,
        "no",
    );
    // The same address a second time, though the provider would take the code again.
    let mut dele = site.stranger();
    let asked = world.go(&mut dele, "/sign-in/identity").await;
    let address = back(&fake.code(&asked.nonce, &asked.challenge), &asked.state);
    let kept = dele.cookie("identity").to_owned();
    assert_eq!(dele.get(&address).await.status, StatusCode::SEE_OTHER);
    let mut thief = site.stranger();
    thief.put_cookie("identity", &kept);
    refused(thief.get(&address).await, "used");
    // Too late.
    let asked = world.go(&mut thief, "/sign-in/identity").await;
    let address = back(&fake.code(&asked.nonce, &asked.challenge), &asked.state);
    world.wait(600);
    refused(thief.get(&address).await, "ten minutes later");
}

#[tokio::test]
async fn new_keys_are_looked_for_but_not_again_and_again() {
    let world = World::new().await;
    let ok = async || {
        world.round(&mut world.site.stranger(), "/sign-in/identity").await.status == StatusCode::SEE_OTHER
    };
    assert!(ok().await);
    assert_eq!(world.fake.asked_for_keys(), 1, "kept");
    let turned = |plan: &mut Plan| {
        plan.keys = vec![("two", 2)];
        plan.signed = Signed::By("two", 2);
    };
    world.fake.plan(turned);
    assert!(!ok().await);
    assert!(!ok().await);
    assert_eq!(world.fake.asked_for_keys(), 1, "whoever sends unknown keys does not make us ask");
    world.wait(61);
    assert!(ok().await, "a new key of the provider");
    assert_eq!(world.fake.asked_for_keys(), 2);
    world.fake.plan(|plan| plan.signed = Signed::By("one", 1));
    assert!(!ok().await, "an old key is none any more");
    world.fake.plan(|plan| {
        turned(plan);
        plan.calls_itself = Some("https://other.example".into());
    });
    world.wait(7 * 3600);
    let answer = world.site.stranger().get("/sign-in/identity").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "metadata of another provider");
    assert!(answer.text().contains("does not answer"), "{}", answer.text());
}

#[tokio::test]
async fn confirming_wants_a_proof_of_now_by_ones_own_account() {
    let world = World::new().await;
    let mut dele = world.site.stranger();
    world.round(&mut dele, "/sign-in/identity").await;
    let asks = |answer: &Answer| answer.text().contains("<h1>Confirm that it is you</h1>");
    let page = dele.get("/people.csv").await;
    assert!(asks(&page) && page.text().contains("/confirm/identity?back=%2Fpeople.csv"), "{}", page.text());
    let path = "/confirm/identity?back=%2Fpeople.csv";
    let asked = world.go(&mut dele, path).await;
    assert!(asked.address.contains("prompt=login") && asked.address.contains("max_age=0"));
    // What the provider remembers of this morning is no proof; nor what it does not say; nor another account.
    let now = world.site.clock.now().as_second();
    for (name, claim, value) in [
        ("this morning", "auth_time", json!(now - 3600)),
        ("not said", "auth_time", Value::Null),
        ("another account", "sub", json!("account-2")),
    ] {
        world.fake.plan(with(claim, value));
        let answer = world.round(&mut dele, path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(asks(&dele.get("/people.csv").await), "{name}");
    }
    world.fake.plan(|_| {});
    let answer = world.round(&mut dele, path).await;
    assert_eq!(answer.headers[header::LOCATION], "/people.csv", "{}", answer.text());
    assert!(!asks(&dele.get("/people.csv").await));
    // A confirmation is for the sign-in it was asked in.
    world.wait(601);
    let mut again = world.site.stranger();
    world.round(&mut again, "/sign-in/identity").await;
    let asked = world.go(&mut dele, path).await;
    let code = world.fake.code(&asked.nonce, &asked.challenge);
    let kept = dele.cookie("identity").to_owned();
    again.put_cookie("identity", &kept);
    let answer = again.get(&back(&code, &asked.state)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asks(&again.get("/people.csv").await) && asks(&dele.get("/people.csv").await));
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_way() {
    let site = TestSite::new().await;
    let mut nobody = site.stranger();
    assert_eq!(nobody.get("/sign-in/identity").await.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.get("/sign-in/identity/back?code=a&state=b").await.status, StatusCode::NOT_FOUND);
    assert!(!nobody.get("/sign-in").await.text().contains("/sign-in/identity"));
    let world = World::new().await;
    assert!(world.site.stranger().get("/sign-in").await.text().contains("/sign-in/identity"));
}
