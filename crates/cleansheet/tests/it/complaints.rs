//! Complaints: sealed, with a clock, answered on the family's own page.

use axum::http::StatusCode;
use cleansheet_records::mails::Mails;
use cleansheet_terms::{Clock as _, Timestamp};

use crate::{post::to, site::TestSite};

#[tokio::test]
async fn a_complaint_is_sealed_has_its_clock_and_is_answered_on_their_page() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/complain").await;
    assert_eq!(
        meera.press(&page, "/g/complain", &[("words", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let words = "The picture of the park was up for two days.";
    let receipt = to(&meera.press(&page, "/g/complain", &[("words", words)]).await);
    let again = to(&meera.press(&page, "/g/complain", &[("words", words)]).await);
    assert_eq!(again, receipt, "a second press is no second complaint");
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("By 21 December 2026 at the latest") && page.contains(words), "{page}");
    for file in std::fs::read_dir(site.data()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(words.len()).any(|part| part == words.as_bytes()), "{file:?}");
    }
    let mut dele = site.browser("manager").await;
    let list = dele.get("/complaints").await;
    assert!(list.text().contains("30 days left.") && list.text().contains(words), "{}", list.text());
    let id = receipt.split('/').next_back().unwrap();
    to(&dele.press(&list, &format!("/complaints/{id}/acknowledge"), &[]).await);
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("We have been working on it since 21 November 2026."), "{page}");
    site.clock.advance_ms(60_000);
    let said = "We are sorry. It is gone since Friday.";
    to(&dele.press(&list, &format!("/complaints/{id}/answer"), &[("answer", said)]).await);
    assert!(meera.get(&receipt).await.text().contains(said));
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(9).await.unwrap();
    let to_meera: Vec<_> = mails.iter().filter(|mail| mail.subject == "Your complaint").collect();
    assert_eq!(to_meera.len(), 2);
    assert!(to_meera.iter().all(|mail| !mail.body.contains("park") && !mail.body.contains("sorry")));
    let again = dele.press(&list, &format!("/complaints/{id}/answer"), &[("answer", "More.")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let file = dele.get("/complaints.csv").await.text();
    assert!(file.contains(words) && file.contains("Answered"), "{file}");
    let mut other = site.browser("participant").await;
    assert_eq!(other.get(&receipt.replace("/g/", "/own/")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_complaint_that_waits_too_long_stands_out() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/complain").await;
    to(&meera.press(&page, "/g/complain", &[("words", "Nobody rang me.")]).await);
    for (day, says) in [(23, "7 days left."), (30, "0 days left."), (31, "one day ago.")] {
        let since = site.clock.now();
        let made: Timestamp = "2026-11-21T15:16:00Z".parse().unwrap();
        let wanted = made.as_millisecond() + day * 24 * 3_600_000;
        site.clock.advance_ms(wanted - since.as_millisecond());
        let list = site.browser("manager").await.get("/complaints").await.text();
        assert!(list.contains(says), "day {day}: {list}");
    }
}
