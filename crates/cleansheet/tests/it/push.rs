//! Web push, against a push service that plays along: it checks who speaks to it, and answers as it likes.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cleansheet::{app::Settings, jobs::run_due, profile::Profile};
use cleansheet_records::{
    jobs::{Jobs, Work},
    people::People,
    sign_ins::pushes::Pushes,
};
use cleansheet_terms::Clock as _;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::Value;

use crate::{
    post,
    site::{Browser, ORIGIN, TestSite},
};

/// Headers and body of one push.
type Sent = (HeaderMap, Bytes);

/// What it answers next, and what it was sent.
#[derive(Clone, Default)]
struct Service(Arc<Mutex<(u16, Vec<Sent>)>>);

impl Service {
    async fn start() -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let service = Self::default();
        service.answers(201);
        let router = Router::new().route("/send/{who}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (service, origin)
    }

    fn answers(&self, status: u16) {
        self.0.lock().unwrap().0 = status;
    }

    fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().1.clone()
    }
}

async fn take(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inner = service.0.lock().unwrap();
    inner.1.push((headers, body));
    let status = StatusCode::from_u16(inner.0).unwrap();
    (status, [("retry-after", "120")]).into_response()
}

async fn site(origin: &str) -> TestSite {
    let profile = Profile::demo().unwrap();
    let push_service = Some(origin.to_owned());
    TestSite::with(Settings { demo: true, push_service, ..Settings::new(ORIGIN, profile) }).await
}

async fn subscribe(browser: &mut Browser, endpoint: &str) -> StatusCode {
    let page = browser.get("/me").await;
    browser.press(&page, "/me/push", &[("endpoint", endpoint)]).await.status
}

async fn kept(site: &TestSite) -> usize {
    let mut tx = site.app.records.read().await.unwrap();
    Pushes(&mut tx).of(&site.people["approver"]).await.unwrap().len()
}

/// The token of a push: its claims, once its signature was right.
fn claims(site: &TestSite, headers: &HeaderMap) -> Value {
    let said = headers["authorization"].to_str().unwrap().strip_prefix("vapid ").unwrap();
    let part = |name: &str| said.split(", ").find_map(|one| one.strip_prefix(name)).unwrap().to_owned();
    let (token, key) = (part("t="), part("k="));
    assert_eq!(key, site.app.push.public());
    let key = VerifyingKey::from_sec1_bytes(&URL_SAFE_NO_PAD.decode(key).unwrap()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let read = |text: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    assert_eq!(read(head)["alg"], "ES256");
    read(claims)
}

#[tokio::test]
async fn a_waiting_post_wakes_the_phone_with_an_empty_message_that_is_signed_for_this_service_and_this_day() {
    let (service, origin) = Service::start().await;
    let site = site(&origin).await;
    let mut priya = site.browser("approver").await;
    assert_eq!(subscribe(&mut priya, &format!("{origin}/send/priya")).await, StatusCode::SEE_OTHER);
    assert!(priya.get("/me").await.text().contains("Stop telling it"));
    post::submitted(&site).await;
    run_due(&site.app).await.unwrap();
    let sent = service.sent();
    assert_eq!(sent.len(), 1);
    let (headers, body) = &sent[0];
    assert!(body.is_empty(), "nothing of the post goes through strangers' servers");
    assert_eq!((&headers["ttl"], &headers["urgency"]), (&"14400".parse().unwrap(), &"high".parse().unwrap()));
    let claims = claims(&site, headers);
    assert_eq!(claims["aud"], origin);
    let ahead = claims["exp"].as_i64().unwrap() - site.clock.now().as_second();
    assert!(ahead > 0 && ahead <= 24 * 3600, "{ahead}");
    assert!(claims["sub"].as_str().unwrap().starts_with("mailto:"));
}

#[tokio::test]
async fn a_service_that_knows_the_browser_no_more_ends_it_and_one_that_is_busy_is_asked_again() {
    for (status, ends, again) in
        [(404, true, false), (410, true, false), (429, false, true), (500, false, true), (403, false, false)]
    {
        let (service, origin) = Service::start().await;
        let site = site(&origin).await;
        let mut priya = site.browser("approver").await;
        subscribe(&mut priya, &format!("{origin}/send/priya")).await;
        service.answers(status);
        post::submitted(&site).await;
        run_due(&site.app).await.unwrap();
        assert_eq!(kept(&site).await, usize::from(!ends), "{status}");
        let due =
            Jobs(&mut site.app.records.read().await.unwrap()).next_due(&[Work::SendPush]).await.unwrap();
        assert_eq!(due.is_some(), again, "{status}");
        if let Some(due) = due {
            assert_eq!(
                due.duration_since(site.clock.now()).as_secs(),
                120,
                "{status}: as long as it asks to wait"
            );
            service.answers(201);
            site.clock.advance_ms(120_000);
            run_due(&site.app).await.unwrap();
            assert_eq!(service.sent().len(), 2, "{status}");
        }
    }
}

#[tokio::test]
async fn only_addresses_of_push_services_are_kept_and_only_from_ones_own_device() {
    let (service, origin) = Service::start().await;
    let site = site(&origin).await;
    let mut priya = site.browser("approver").await;
    for bad in ["http://127.0.0.1:1/x", "https://10.0.0.1/x", "https://internal.example/x", "", "x"] {
        assert_eq!(subscribe(&mut priya, bad).await, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(kept(&site).await, 0);
    let link = site.link("approver").await;
    let mut shared = site.stranger();
    let page = shared.get(&link).await;
    shared.press(&page, &link, &[("shared", "1")]).await;
    assert!(!shared.get("/me").await.text().contains("data-push="));
    let refused = subscribe(&mut shared, &format!("{origin}/send/priya")).await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(subscribe(&mut priya, &format!("{origin}/send/priya")).await, StatusCode::SEE_OTHER);
    let page = priya.get("/me").await;
    let end = page.text().split("action=\"/me/push/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut jo = site.browser("author").await;
    let jos = jo.get("/me").await;
    assert_eq!(jo.press(&jos, &format!("/me/push/{end}"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(priya.press(&page, &format!("/me/push/{end}"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(kept(&site).await, 0);
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn whoever_leaves_is_told_no_more_and_the_worker_comes_from_our_own_address() {
    let (service, origin) = Service::start().await;
    let site = site(&origin).await;
    let mut priya = site.browser("approver").await;
    subscribe(&mut priya, &format!("{origin}/send/priya")).await;
    let mut tx = site.app.records.begin().await.unwrap();
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let (who, by) = (&site.people["approver"], &site.people["manager"]);
    People(&mut tx).leave(who, by, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept(&site).await, 0);
    post::submitted(&site).await;
    run_due(&site.app).await.unwrap();
    assert!(service.sent().is_empty());
    let worker = site.stranger().get("/sw.js").await;
    assert!(worker.headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    assert!(worker.text().contains("A post needs you") && worker.text().contains("openWindow"));
}
