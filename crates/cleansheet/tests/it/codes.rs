//! Codes of an authenticator app on the pages: adding one, signing in, confirming, and what a stranger can learn.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cleansheet_records::sign_ins::codes::{Codes, NewSecret};
use cleansheet_terms::Clock as _;

use crate::site::{Answer, Browser, TestSite};

const STEP: i64 = 30_000;

/// Adds an app as its person does, and returns its secret. The code of now is used.
async fn add_app(site: &TestSite, who: &str) -> NewSecret {
    let mut browser = site.asked_browser(who).await;
    let page = browser.get("/me/code").await;
    assert!(page.text().contains("You have none"), "{}", page.text());
    let shown = browser.press(&page, "/me/code/begin", &[]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let person = &site.people[who];
    let mut tx = site.app.records.read().await.unwrap();
    let secret = Codes(&mut tx).begun(person, &site.app.sealer).await.unwrap().unwrap();
    drop(tx);
    assert!(shown.text().contains(&secret.in_groups()));
    assert!(shown.text().contains("otpauth://totp/") && shown.text().contains("<path d=\"M"));
    let wrong = browser.press(&shown, "/me/code/finish", &[("code", "12345")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains(&secret.in_groups()), "the secret is still there");
    let code = secret.code_at(site.clock.now());
    let done = browser.press(&wrong, "/me/code/finish", &[("code", &code)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = browser.get("/me/code").await;
    assert!(page.text().contains("You have had one since") && !page.text().contains(&secret.in_groups()));
    secret
}

async fn sign_in(browser: &mut Browser, mail: &str, code: &str) -> Answer {
    let page = browser.get("/sign-in/code").await;
    browser.press(&page, "/sign-in/code", &[("mail", mail), ("code", code)]).await
}

#[tokio::test]
async fn an_app_signs_in_and_confirms_with_another_code() {
    let site = TestSite::new().await;
    let secret = add_app(&site, "manager").await;
    site.clock.advance_ms(STEP);
    let code = secret.code_at(site.clock.now());
    let mut dele = site.stranger();
    let answer = sign_in(&mut dele, "manager@example.org", &code).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let asked = dele.get("/people.csv").await;
    assert!(asked.text().contains("confirm_code"), "{}", asked.text());
    let kept = asked.kept();
    let with = |code: &str| {
        let mut all = kept.clone();
        all.push(("confirm_code".to_owned(), code.to_owned()));
        all
    };
    let send = async |browser: &mut Browser, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.post("/confirm", &fields).await
    };
    let again = send(&mut dele, with(&code)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the code that signed in");
    site.clock.advance_ms(STEP);
    let next = secret.code_at(site.clock.now());
    let on = send(&mut dele, with(&next)).await;
    assert_eq!(on.status, StatusCode::SEE_OTHER, "{}", on.text());
    assert!(
        dele.get("/people.csv").await.text().starts_with("name,")
            || dele.get("/people.csv").await.status == 200
    );
    assert!(!dele.get("/people.csv").await.text().contains("confirm_code"));
}

#[tokio::test]
async fn removing_an_app_wants_a_proof() {
    let site = TestSite::new().await;
    let secret = add_app(&site, "author").await;
    site.clock.advance_ms(STEP);
    let mut jo = site.stranger();
    sign_in(&mut jo, "author@example.org", &secret.code_at(site.clock.now())).await;
    let page = jo.get("/me/code").await;
    let asked = jo.press(&page, "/me/code/remove", &[]).await;
    assert!(asked.text().contains("Confirm that it is you"), "{}", asked.text());
    assert!(jo.get("/me/code").await.text().contains("You have had one since"), "nothing was removed");
    site.clock.advance_ms(STEP);
    let code = secret.code_at(site.clock.now());
    let gone = jo.press(&asked, "/me/code/remove", &[("confirm_code", &code)]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text());
    assert!(jo.get("/me/code").await.text().contains("You have none"));
}

#[tokio::test]
async fn whatever_does_not_fit_is_answered_alike() {
    let site = TestSite::new().await;
    let secret = add_app(&site, "author").await;
    site.clock.advance_ms(STEP);
    let code = secret.code_at(site.clock.now());
    let mut said = Vec::new();
    for (name, mail, code) in [
        ("unknown", "nobody@example.org", code.as_str()),
        ("no app", "manager@example.org", code.as_str()),
        ("suspended", "suspended@example.org", code.as_str()),
        ("a wrong code", "author@example.org", "000000"),
        ("no code", "author@example.org", ""),
        ("words", "author@example.org", "let me in"),
        ("three wrong ones, then the right one", "author@example.org", code.as_str()),
    ] {
        let mut browser = site.stranger();
        let answer = sign_in(&mut browser, mail, code).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let text = answer.text().replace(mail, "MAIL");
        let token = answer.token();
        said.push(text.replace(&token, "TOKEN"));
    }
    assert!(said.iter().all(|one| *one == said[0]));
}

#[tokio::test]
async fn an_account_is_tried_thirty_times_at_most_whoever_asks() {
    let site = TestSite::new().await;
    for mail in ["author@example.org", "nobody@example.org"] {
        let mut browser = site.stranger();
        for n in 0..30 {
            assert_eq!(sign_in(&mut browser, mail, "000000").await.status, 422, "{mail} {n}");
        }
        assert_eq!(sign_in(&mut browser, mail, "000000").await.status, 429, "{mail}");
    }
}

/// TRUST's T15: nobody learns from the time an answer takes whether an address is known. One try each in turn, so that
/// both meet the same machine; the medians may differ by a millisecond, or by as much as two halves of the same kind do.
#[tokio::test]
async fn the_time_an_answer_takes_tells_nothing() {
    const TRIES: usize = 400;
    let site = TestSite::new().await;
    add_app(&site, "author").await;
    let mut browser = site.stranger();
    let page = browser.get("/sign-in/code").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..TRIES {
        // Codes are never shut and no bucket is ever empty, so that every try goes the whole way.
        site.clock.advance_ms(8 * 24 * 3_600_000);
        let mut time = async |mail: &str| {
            let begun = Instant::now();
            let fields = [("mail", mail), ("code", "000000")];
            let answer = browser.press(&page, "/sign-in/code", &fields).await;
            let took = begun.elapsed();
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
            took
        };
        if n % 2 == 0 {
            known.push(time("author@example.org").await);
            unknown.push(time("nobody@example.org").await);
        } else {
            unknown.push(time("nobody@example.org").await);
            known.push(time("author@example.org").await);
        }
    }
    let apart = median(&known).abs_diff(median(&unknown));
    let noise = [&known, &unknown].map(|all| median(&all[..TRIES / 2]).abs_diff(median(&all[TRIES / 2..])));
    let may = Duration::from_millis(1).max(noise[0] + noise[1]);
    println!(
        "known {:?}, unknown {:?}, apart {apart:?}; halves of the same kind differ by {noise:?}; {TRIES} tries each",
        median(&known),
        median(&unknown)
    );
    assert!(apart <= may, "the medians are {apart:?} apart, and {may:?} is what chance explains");
}

fn median(all: &[Duration]) -> Duration {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
