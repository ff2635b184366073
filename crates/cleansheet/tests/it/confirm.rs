//! "Confirm that it is you": no weighty handler runs without a fresh proof, and nothing that was sent is lost.

use axum::http::{Method, StatusCode, header};
use cleansheet::web::{Proof, Route};
use cleansheet_policy::Action;
use cleansheet_records::{
    ledger_entries::Ledger,
    settings::Settings,
    sign_ins::{SignIn, SignIns},
};

use crate::{
    access,
    site::{Answer, Browser, TestSite},
};

const ASKS: &str = "<h1>Confirm that it is you</h1>";

async fn entries(site: &TestSite) -> u64 {
    Ledger(&mut site.app.records.read().await.unwrap()).count().await.unwrap()
}

/// The sign-in of a browser.
pub(crate) async fn sign_in(site: &TestSite, browser: &Browser) -> SignIn {
    let (mut tx, now) = (site.app.records.read().await.unwrap(), cleansheet_terms::Clock::now(&*site.clock));
    SignIns(&mut tx).by_token(browser.cookie("sign-in"), now).await.unwrap().unwrap()
}

pub(crate) async fn prove(site: &TestSite, browser: &Browser) {
    let id = sign_in(site, browser).await.id;
    let mut tx = site.app.records.begin().await.unwrap();
    SignIns(&mut tx).prove(&id, cleansheet_terms::Clock::now(&*site.clock)).await.unwrap();
    tx.commit().await.unwrap();
}

fn proved(site: &TestSite) -> Vec<Route> {
    site.routes.iter().filter(|route| route.proof == Proof::Fresh).cloned().collect()
}

async fn go(site: &TestSite, browser: &mut Browser, route: &Route) -> Answer {
    let address = access::address(route.path, site);
    if route.method == Method::GET {
        return browser.get(&address).await;
    }
    let page = browser.get("/sign-in/none").await;
    browser.press(&page, &address, &[("what", "pause"), ("to", "/policy")]).await
}

#[tokio::test]
async fn no_weighty_handler_runs_without_a_fresh_proof() {
    let site = TestSite::new().await;
    assert!(proved(&site).len() >= 5, "approve, pause, three exports");
    for route in proved(&site) {
        let mut dele = site.asked_browser("manager").await;
        let before = entries(&site).await;
        let asked = go(&site, &mut dele, &route).await;
        assert!(asked.text().contains(ASKS), "{} {}", route.method, route.path);
        assert!(!asked.headers.contains_key(header::CONTENT_DISPOSITION), "{}", route.path);
        assert_eq!(entries(&site).await, before, "{} {}", route.method, route.path);
        prove(&site, &dele).await;
        let answer = go(&site, &mut dele, &route).await;
        assert!(!answer.text().contains(ASKS), "{} {} goes on", route.method, route.path);
        site.clock.advance_ms(10 * 60_000);
        let again = go(&site, &mut dele, &route).await;
        assert!(again.text().contains(ASKS), "{} {} ten minutes later", route.method, route.path);
    }
}

#[tokio::test]
async fn what_is_weighty_is_on_the_list() {
    let site = TestSite::new().await;
    for route in &site.routes {
        let weighty = route.path.ends_with(".csv")
            || route.path.ends_with(".xlsx")
            || route.action == Action::ReadExport
            || (route.method == Method::POST
                && matches!(route.action, Action::ApprovePost | Action::PausePublishing));
        assert!(!weighty || route.proof == Proof::Fresh, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn what_was_sent_is_kept_letter_by_letter_and_goes_on_after_the_proof() {
    let site = TestSite::new().await;
    let mut dele = site.asked_browser("manager").await;
    let page = dele.get("/sign-in/none").await;
    let odd = "two\nlines, \"quotes\", <b>, &amp; + % = ; 👟 ümlaut";
    let fields = [("what", "pause"), ("odd", odd), ("twice", "1"), ("twice", "2"), ("empty", "")];
    let asked = dele.press(&page, "/pause", &fields).await;
    assert_eq!(asked.status, StatusCode::OK);
    let kept = asked.kept();
    for (name, value) in fields {
        assert!(kept.iter().any(|(n, v)| n == name && v == value), "{name} = {value}: {kept:?}");
    }
    prove(&site, &dele).await;
    let kept: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(dele.post("/pause", &kept).await.status, StatusCode::SEE_OTHER);
    let mut tx = site.app.records.read().await.unwrap();
    assert!(Settings(&mut tx).pause().await.unwrap().is_some());
}

#[tokio::test]
async fn a_page_that_was_asked_for_comes_after_the_proof_and_no_other_site() {
    let site = TestSite::new().await;
    let mut dele = site.asked_browser("manager").await;
    let asked = dele.get("/people.csv?words=a%20b").await;
    let kept = asked.kept();
    assert!(kept.contains(&("to".to_owned(), "/people.csv?words=a%20b".to_owned())), "{kept:?}");
    prove(&site, &dele).await;
    for (to, leads) in [
        ("/people.csv?words=a%20b", "/people.csv?words=a%20b"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/a\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ] {
        let answer = dele.press(&asked, "/confirm", &[("to", to)]).await;
        assert_eq!(answer.headers[header::LOCATION], leads, "{to:?}");
    }
}

#[tokio::test]
async fn a_proof_lasts_ten_minutes_on_one_sign_in_and_not_from_the_future() {
    let site = TestSite::new().await;
    let mut dele = site.asked_browser("manager").await;
    let mut second = site.asked_browser("manager").await;
    prove(&site, &dele).await;
    assert!(second.get("/people.csv").await.text().contains(ASKS), "it is this sign-in's own");
    site.clock.advance_ms(10 * 60_000 - 1);
    assert!(!dele.get("/people.csv").await.text().contains(ASKS));
    site.clock.advance_ms(1);
    assert!(dele.get("/people.csv").await.text().contains(ASKS));
    prove(&site, &dele).await;
    site.clock.advance_ms(-2 * 60_000);
    assert!(dele.get("/people.csv").await.text().contains(ASKS), "the clock was set back");
}

#[tokio::test]
async fn guessing_a_proof_is_slowed_down() {
    let site = TestSite::new().await;
    let mut dele = site.asked_browser("manager").await;
    let page = dele.get("/pause").await;
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        last = dele.press(&page, "/pause", &[("what", "pause"), ("confirm_code", "000000")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
