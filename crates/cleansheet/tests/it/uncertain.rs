//! A post of which nobody knows whether it is public: two people are asked, and look.

use std::{fs, path::PathBuf};

use cleansheet_records::{consents::Kind, mails::Mails, orders::OrderState};
use cleansheet_terms::{Network, PostId};

use crate::{
    played,
    post::{self, agreed_to, approve, order, submitted_with_asha_on, work},
    site::TestSite,
};

/// Where the article of a post's order is on the website.
async fn article(site: &TestSite, post: &PostId) -> PathBuf {
    let key = order(site, post).await.record_key;
    site.data().join("site/posts").join(key).join("article.json")
}

/// An approved post whose place on the website is taken by something else.
async fn in_the_way(site: &TestSite, text: &str) -> PostId {
    let post = post::submitted_with_asha(site).await;
    assert_eq!(approve(site, "approver", &post).await.status, 303);
    let file = article(site, &post).await;
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    for _ in 0..20 {
        work(site).await;
        site.clock.advance_ms(60_000);
    }
    assert_eq!(order(site, &post).await.state, OrderState::Uncertain);
    post
}

#[tokio::test]
async fn both_are_shown_side_by_side_and_an_answer_is_kept_with_its_name() {
    let site = TestSite::new().await;
    let post = in_the_way(&site, "Something else entirely.").await;
    let order_id = order(&site, &post).await.id;
    let path = format!("/posts/{post}/uncertain/{order_id}");
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    let asking = mails.iter().filter(|mail| mail.body.contains(&path)).count();
    assert!(asking >= 1, "the Manager is told");
    let mut dele = site.browser("manager").await;
    let today = dele.get("/").await.text();
    assert!(
        today.contains("Nobody knows whether “A first goal for the new team.” is public")
            && today.contains(&path),
        "{today}"
    );
    assert!(dele.get(&format!("/posts/{post}")).await.text().contains(&path));
    let page = dele.get(&path).await;
    let text = page.text();
    for part in [post::WORDS, post::ALT_TEXT, "Something else entirely.", "/approved/1", "the words"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let picture = dele.get(&format!("{path}/approved/1")).await;
    assert_eq!((picture.status.as_u16(), &picture.bytes[..]), (200, post::PICTURE));
    assert_eq!(dele.get(&format!("{path}/public/1")).await.status, 404, "there is none");
    // Nobody sends again what is there, whatever it is.
    assert_eq!(dele.press(&page, &path, &[("answer", "not_there")]).await.status, 409);
    assert_eq!(dele.press(&page, &path, &[("answer", "maybe")]).await.status, 422);
    assert_eq!(dele.press(&page, &path, &[("answer", "take_down")]).await.status, 303);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Gone);
    let story = dele.get(&format!("/posts/{post}")).await.text();
    assert!(story.contains("looked, and had it taken down from"), "{story}");
    assert_eq!(dele.get(&path).await.status, 303, "there is nothing to decide any more");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_what_is_not_there_is_decided_again() {
    let site = TestSite::new().await;
    let post = in_the_way(&site, "Something else.").await;
    let file = article(&site, &post).await;
    fs::remove_file(&file).unwrap();
    // What is no file cannot be read.
    fs::create_dir(&file).unwrap();
    site.clock.advance_ms(700_000);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Uncertain);
    let path = format!("/posts/{post}/uncertain/{}", order(&site, &post).await.id);
    let mut approver = site.browser("approver").await;
    let page = approver.get(&path).await;
    assert!(page.text().contains("We cannot see it"), "{}", page.text());
    assert!(page.text().contains("href=\"/news/"), "where to look oneself");
    fs::remove_dir_all(article(&site, &post).await.parent().unwrap()).unwrap();
    let page = approver.get(&path).await;
    assert!(page.text().contains("no post of this name is there"), "{}", page.text());
    assert_eq!(approver.press(&page, &path, &[("answer", "not_there")]).await.status, 303);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Published);
}

#[tokio::test]
async fn the_author_does_not_answer() {
    let site = TestSite::new().await;
    let post = in_the_way(&site, "Something else.").await;
    let path = format!("/posts/{post}/uncertain/{}", order(&site, &post).await.id);
    let mut jo = site.browser("author").await;
    assert_eq!(jo.get(&path).await.status, 403);
    assert!(!jo.get("/").await.text().contains(&path));
    assert!(!jo.get(&format!("/posts/{post}")).await.text().contains(&path));
    assert_eq!(jo.get(&format!("{path}/approved/1")).await.status, 403);
}

#[tokio::test]
async fn what_a_network_took_and_does_not_show_is_asked_about_within_twenty_minutes() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, None).await;
    let asha = agreed_to(&site, Kind::Social).await;
    let mut jo = site.browser("author").await;
    let post = submitted_with_asha_on(&site, &mut jo, std::slice::from_ref(played.id()), &asha).await;
    played.state().hidden = true;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    for _ in 0..20 {
        work(&site).await;
        site.clock.advance_ms(60_000);
    }
    let there = order(&site, &post).await;
    assert_eq!(there.state, OrderState::Uncertain);
    let path = format!("/posts/{post}/uncertain/{}", there.id);
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.body.contains(&path)).count(), 2, "each is asked once");
    assert_eq!(played.state().posts.len(), 1, "and nothing is sent again meanwhile");
    let mut dele = site.browser("manager").await;
    let page = dele.get(&path).await;
    played.state().posts.clear();
    played.state().hidden = false;
    assert_eq!(dele.press(&page, &path, &[("answer", "not_there")]).await.status, 303);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Published);
}
