//! A phone that a guardian hands to the child.

use axum::http::StatusCode;
use cleansheet_records::consents::Giver;
use cleansheet_terms::Naming;

use crate::{
    family_pages::{answer, answers},
    post::to,
    site::{Browser, TestSite},
};

#[tokio::test]
async fn a_twelve_year_old_is_handed_the_phone_answers_and_stops_by_themselves() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    assert!(!page.text().contains("hand-over"), "nobody under 12 is asked");
    assert_eq!(meera.press(&page, "/g/children/1/hand-over", &[]).await.status, StatusCode::NOT_FOUND);
    let site = TestSite::with_child_born("2014-02-03").await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let mother = meera.cookie("sign-in").to_owned();
    assert_eq!(to(&meera.press(&page, "/g/children/1/hand-over", &[]).await), "/own/answer");
    let mut asha = meera;
    assert!(asha.get("/own/answer").await.text().contains("Nobody is cross with you."));
    assert_eq!(to(&answer(&mut asha, "/own/answer", "yes", "first").await), "/own/thanks");
    let all = answers(&site).await;
    assert!(
        all.iter().all(|one| one.giver == Giver::Own && one.evidence.contains("on a phone that somebody"))
    );
    let thanks = asha.get("/own/thanks").await.text();
    assert!(thanks.contains("give the phone back") && !thanks.contains("Yes"), "{thanks}");
    assert_eq!(to(&asha.get("/own/answer").await), "/g/over", "the child's visit is over");
    assert_eq!(to(&asha.get("/g/answers").await), "/g/over", "and the mother's page is closed");
    let mut again = site.stranger();
    again.put_cookie("sign-in", &mother);
    assert_eq!(to(&again.get("/g/answers").await), "/g/over", "with her old cookie too");
    let mut asha = handed(&site).await;
    let page = asha.get("/own/answer").await;
    assert_eq!(to(&asha.press(&page, "/own/stop", &[]).await), "/own/thanks");
    assert!(answers(&site).await.iter().take(5).all(|one| !one.yes));
    let mut asha = handed(&site).await;
    site.clock.advance_ms(15 * 60_000);
    assert_eq!(to(&asha.get("/own/answer").await), "/g/over", "a quarter of an hour is over");
    let over = asha.get("/g/over?language=ur").await.text();
    assert!(over.contains("dir=\"rtl\"") && over.contains("یہ صفحہ بند ہو گیا ہے"), "{over}");
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await.text();
    assert!(
        !page.contains("You said") && !page.contains("/g/receipts/"),
        "the child's answers are the child's: {page}"
    );
}

/// The browser of a guardian, once they gave it to the child.
async fn handed(site: &TestSite) -> Browser {
    let mut browser = site.browser("guardian").await;
    let page = browser.get("/g/answers").await;
    assert_eq!(to(&browser.press(&page, "/g/children/1/hand-over", &[]).await), "/own/answer");
    browser
}

#[tokio::test]
async fn on_a_phone_that_was_handed_over_nobody_reads_or_undoes_what_the_child_said_before() {
    let site = TestSite::with_child_born("2013-02-03").await;
    let mut asha = site.browser("participant").await;
    answer(&mut asha, "/own/answer", "no", "").await;
    let page = asha.get("/own/complain").await;
    let complaint = to(&asha.press(&page, "/own/complain", &[("words", "They all saw it.")]).await);
    let page = asha.get("/own").await;
    let receipt = to(&asha.press(&page, "/own/stop", &[]).await);
    let mut father = handed(&site).await;
    for path in ["/own", "/own/complain", &complaint, &receipt] {
        assert_eq!(father.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(father.get("/own/answer").await.text().contains("it stays no here"));
    assert_eq!(to(&answer(&mut father, "/own/answer", "yes", "full").await), "/own/thanks");
    assert!(answers(&site).await.iter().all(|one| !one.yes), "no yes was written down");
    let mut asha = site.browser("participant").await;
    answer(&mut asha, "/own/answer", "yes", "none").await;
    let mut father = handed(&site).await;
    answer(&mut father, "/own/answer", "yes", "full").await;
    let now = answers(&site).await;
    assert!(now.iter().take(5).all(|one| one.yes && one.naming == Naming::None), "no more of the name");
    let mut father = handed(&site).await;
    answer(&mut father, "/own/answer", "no", "").await;
    assert!(answers(&site).await.iter().take(5).all(|one| !one.yes), "a no is heard from anywhere");
}
