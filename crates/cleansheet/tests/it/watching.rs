//! Accounts that are watched: what nobody did from here is told within a quarter of an hour, and told once.

use cleansheet_records::{
    consents::Kind,
    drift::{Drift, Drifts},
    mails::Mails,
    orders::OrderState,
};
use cleansheet_terms::{Clock as _, Network};

use crate::{
    played,
    post::{agreed_to, approve, order, submitted_with_asha_on, to, work},
    site::TestSite,
};

async fn open(site: &TestSite) -> Vec<Drift> {
    Drifts(&mut site.app.records.read().await.unwrap()).open().await.unwrap()
}

/// Lets some minutes go by, a minute at a time, and says after how many there were so many reports.
async fn minutes_until(site: &TestSite, reports: usize) -> usize {
    for minute in 1..=15 {
        site.clock.advance_ms(60_000);
        work(site).await;
        if open(site).await.len() == reports {
            return minute;
        }
    }
    usize::MAX
}

async fn told(site: &TestSite) -> usize {
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(100).await.unwrap();
    mails.iter().filter(|mail| mail.body.contains("is not as we left it")).count()
}

#[tokio::test]
async fn a_strange_post_a_new_profile_and_a_post_that_went_are_told_within_a_quarter_of_an_hour() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, None).await;
    let before = site.clock.now();
    played.state().beside.push(("old-1".into(), before - jiff::SignedDuration::from_hours(900)));
    let asha = agreed_to(&site, Kind::Social).await;
    let mut jo = site.browser("author").await;
    let mut posts = Vec::new();
    for _ in 0..2 {
        let post = submitted_with_asha_on(&site, &mut jo, std::slice::from_ref(played.id()), &asha).await;
        assert_eq!(approve(&site, "approver", &post).await.status, 303);
        posts.push(post);
    }
    cleansheet::jobs::sweep_once(&site.app).await;
    work(&site).await;
    site.clock.advance_ms(3_600_000);
    work(&site).await;
    assert!(open(&site).await.is_empty(), "ours, and what stood there before, is no report");

    // Its date is made up: it stands on top all the same.
    played.state().beside.push(("strange-1".into(), site.clock.now()));
    assert!(minutes_until(&site, 1).await <= 15);
    played.state().profile.name = "Riverside Official".into();
    assert!(minutes_until(&site, 2).await <= 15);
    let key = order(&site, &posts[0]).await.record_key;
    played.state().posts.remove(&key);
    assert!(minutes_until(&site, 3).await <= 15);
    site.clock.advance_ms(3_600_000);
    work(&site).await;
    assert_eq!((open(&site).await.len(), told(&site).await), (3, 6), "each is told to two people, once");

    let mut dele = site.browser("manager").await;
    let today = dele.get("/").await.text();
    assert!(today.contains("A post is public that nobody sent from here on Mastodon"), "{today}");
    let page = dele.get("/drift").await;
    let text = page.text();
    assert!(text.contains("its name") && text.contains("A post of ours is gone without our doing"), "{text}");
    let gone = open(&site).await.into_iter().find(|one| one.order.is_some()).unwrap();
    to(&dele.press(&page, &format!("/drift/{}", gone.id), &[("answer", "taken_down")]).await);
    work(&site).await;
    assert_eq!(order(&site, &posts[0]).await.state, OrderState::Gone);
    let twice = dele.press(&page, &format!("/drift/{}", gone.id), &[("answer", "ours")]).await;
    assert_eq!(twice.status, 409);
    let strange = open(&site).await.into_iter().find(|one| !one.remote.is_empty()).unwrap();
    to(&dele.press(&page, &format!("/drift/{}", strange.id), &[("answer", "seen_to")]).await);
    assert_eq!(open(&site).await.len(), 1);
    let csv = dele.get("/drift.csv?words=mastodon").await.text();
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[tokio::test]
async fn a_strange_article_with_a_made_up_date_is_told_and_taken_down_from_the_list() {
    let site = TestSite::new().await;
    crate::old_posts::copied(&site, "known", 1);
    cleansheet::jobs::sweep_once(&site.app).await;
    work(&site).await;
    let mut dele = site.browser("manager").await;
    assert!(dele.get("/drift").await.text().contains("Everything is as we left it"));
    crate::old_posts::copied(&site, "strange", 3);
    assert!(minutes_until(&site, 1).await <= 15, "it stands above one that was known");
    let strange = open(&site).await.remove(0);
    let mut dele = site.browser("manager").await;
    let page = dele.get("/drift").await;
    to(&dele.press(&page, &format!("/drift/{}", strange.id), &[("answer", "taken_down")]).await);
    assert_eq!(site.stranger().get("/news/strange").await.status, 200);
    work(&site).await;
    assert_eq!(site.stranger().get("/news/strange").await.status, 404);
    assert_eq!(site.stranger().get("/news/known").await.status, 200);
}

#[tokio::test]
async fn a_post_that_was_gone_and_is_public_again_is_told_and_taken_down_again() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, None).await;
    let asha = agreed_to(&site, Kind::Social).await;
    let mut jo = site.browser("author").await;
    let post = submitted_with_asha_on(&site, &mut jo, std::slice::from_ref(played.id()), &asha).await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    cleansheet::jobs::sweep_once(&site.app).await;
    work(&site).await;
    let path = format!("/posts/{post}");
    let page = jo.get(&path).await;
    to(&jo.press(&page, &format!("{path}/drop"), &[]).await);
    work(&site).await;
    let key = order(&site, &post).await.record_key;
    assert_eq!(order(&site, &post).await.state, OrderState::Gone);
    site.clock.advance_ms(600_000);
    work(&site).await;
    assert!(open(&site).await.is_empty());

    played.state().posts.insert(key.clone(), site.clock.now());
    assert!(minutes_until(&site, 1).await <= 15);
    assert!(open(&site).await[0].what.contains("is public again"), "{:?}", open(&site).await);
    assert!(!played.state().posts.contains_key(&key), "it was taken down again");
    assert_eq!(order(&site, &post).await.state, OrderState::Gone);
}

#[tokio::test]
async fn an_account_that_nobody_can_look_at_is_told_and_the_page_does_not_say_that_all_is_well() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, None).await;
    cleansheet::jobs::sweep_once(&site.app).await;
    work(&site).await;
    let mut dele = site.browser("manager").await;
    assert!(dele.get("/drift").await.text().contains("Everything is as we left it"));
    played.state().closed = true;
    for _ in 0..25 {
        site.clock.advance_ms(60_000);
        work(&site).await;
    }
    let mut dele = site.browser("manager").await;
    let page = dele.get("/drift").await.text();
    assert!(page.contains("not every account could be looked at") && page.contains("Not watched"), "{page}");
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(100).await.unwrap();
    let told = mails.iter().filter(|mail| mail.body.contains("not been able to look at Mastodon")).count();
    assert_eq!(told, 2, "the Manager and the safeguarding lead, once");
}
