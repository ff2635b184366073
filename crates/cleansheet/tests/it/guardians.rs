//! Parents and carers: the link that shows nothing, the code, and that they never see each other.

use axum::http::StatusCode;
use cleansheet_records::{activities::Activities, mails::Mails};
use cleansheet_terms::GuardianId;

use crate::{
    post::{self, to, work},
    site::{Browser, TestSite},
};

/// Asha's father, of whom her mother knows nothing here.
async fn father(site: &TestSite) -> GuardianId {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let mut activities = Activities(&mut tx);
    let asha = activities.participants().await.unwrap().remove(0);
    let father =
        activities.add_guardian("Rohan Verma", "rohan@example.org", clock, &mut chance).await.unwrap();
    activities.link(&asha.id, &father, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    father
}

async fn newest_code(site: &TestSite) -> String {
    let mail = Mails(&mut site.app.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("meera@example.org", "Your code"));
    mail.body.split("Your code is ").nth(1).unwrap().split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_link_shows_nothing_and_the_code_opens_it_once_in_the_browser_that_asked() {
    let site = TestSite::new().await;
    let link = format!("/g/{}", site.invitation().await);
    let mut meera = site.stranger();
    let page = meera.get(&link).await;
    let bad = site.stranger().get("/g/none").await.text();
    let scrub = |text: String| {
        let token = text.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        text.replace(&token, "TOKEN")
    };
    assert_eq!(
        scrub(page.text()).replace(link.trim_start_matches("/g/"), "none"),
        scrub(bad),
        "good and bad links look alike"
    );
    assert!(!page.text().contains("Asha") && !page.text().contains("Meera"));
    let asked = to(&meera.press(&page, &format!("{link}/code"), &[]).await);
    let page = meera.get(&asked).await;
    let code = newest_code(&site).await;
    let mut thief = site.stranger();
    let other = thief.get(&link).await;
    let stolen = thief.press(&other, &link, &[("code", &code)]).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY, "the code works in no other browser");
    let wrong = meera.press(&page, &link, &[("code", "0000 0000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("This code does not work"));
    assert_eq!(to(&meera.press(&page, &link, &[("code", &code)]).await), "/g/answers");
    let answers = meera.get("/g/answers").await.text();
    assert!(answers.contains("Asha") && !answers.contains("Verma"), "{answers}");
    let mut later = site.stranger();
    let page = later.get(&link).await;
    assert_eq!(later.press(&page, &link, &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_link_that_is_none_sends_no_code_and_answers_the_same() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let page = stranger.get("/g/none").await;
    assert_eq!(to(&stranger.press(&page, "/g/none/code", &[]).await), "/g/none?code=sent");
    assert!(Mails(&mut site.app.records.read().await.unwrap()).newest(5).await.unwrap().is_empty());
}

async fn stop(meera: &mut Browser) -> String {
    let page = meera.get("/g/answers").await;
    to(&meera.press(&page, "/g/children/1/stop", &[]).await)
}

#[tokio::test]
async fn one_press_takes_the_pictures_down_and_the_receipt_says_when_they_were_gone() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await.text();
    assert!(page.contains("Picture: yes") && page.contains(&format!("href=\"{url}\"")), "{page}");
    let receipt = stop(&mut meera).await;
    assert!(meera.get(&receipt).await.text().contains("Being removed"));
    work(&site).await;
    assert_eq!(site.stranger().get(&url).await.status, StatusCode::NOT_FOUND);
    let page = meera.get(&receipt).await.text();
    assert!(page.contains(">Gone</span>") && page.contains("We no longer show Asha"), "{page}");
    let page = meera.get("/g/answers").await.text();
    assert!(
        page.contains("Everywhere") && page.contains("Picture: no") && !page.contains("Stop showing"),
        "{page}"
    );
    assert!(page.contains(&format!("href=\"{receipt}\"")));
}

#[tokio::test]
async fn guardians_never_see_each_other() {
    let mut site = TestSite::new().await;
    let father = father(&site).await;
    let mut meera = site.browser("guardian").await;
    let receipt = stop(&mut meera).await;
    work(&site).await;
    let mut pages = vec![meera.get("/g/answers").await.text(), meera.get(&receipt).await.text()];
    site.guardian = father;
    let mut rohan = site.browser("guardian").await;
    assert_eq!(rohan.get(&receipt).await.status, StatusCode::NOT_FOUND, "a receipt is its giver's alone");
    for page in &pages {
        assert!(!page.contains("Rohan") && !page.contains("rohan@"), "{page}");
    }
    pages = vec![rohan.get("/g/answers").await.text()];
    for page in &pages {
        assert!(
            !page.contains("Meera") && !page.contains("meera@") && !page.contains("/g/receipts/"),
            "{page}"
        );
        assert!(!page.contains("Picture: no"), "what she answered is hers: {page}");
    }
}

#[tokio::test]
async fn a_guardian_can_only_stop_their_own_children_and_only_the_one_on_the_page() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    for number in ["0", "2", "99999999999999999999"] {
        let answer = meera.press(&page, &format!("/g/children/{number}/stop"), &[]).await;
        assert!(answer.status.is_client_error(), "{number}: {}", answer.status);
    }
    let other = meera.press(&page, "/g/children/1/stop", &[("child", "participant_00")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(meera.get("/g/answers").await.text().contains("You have not answered"));
}

#[tokio::test]
async fn after_leaving_the_next_person_with_this_phone_sees_nothing() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    assert_eq!(to(&meera.press(&page, "/g/leave", &[]).await), "/news");
    assert_eq!(to(&meera.get("/g/answers").await), "/sign-in");
    for path in ["/", "/posts", "/people", "/outbox", "/ledger"] {
        let mut meera = site.browser("guardian").await;
        assert_ne!(meera.get(path).await.status, StatusCode::OK, "{path} is for staff");
    }
}
