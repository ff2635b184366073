//! A draft's page, what its second person is shown, and what a post that waits can still become.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use cleansheet_records::{consents::Kind, orders::OrderState, posts::Posts};
use cleansheet_terms::{Network, PostId};

use crate::{
    played,
    post::{self, ALT_TEXT, WORDS, approve, id, start, to, work},
    site::{Browser, TestSite},
};

/// What a field of a page holds.
fn value<'a>(page: &'a str, before: &str) -> &'a str {
    page.split(before).nth(1).expect("the page has it").split('"').next().unwrap()
}

/// The caption as the second person reads it.
fn words_of(page: &str) -> &str {
    page.split("Words: ").nth(1).expect("the page has it").split('.').next().unwrap()
}

/// Behind the program's back the words change all the time, each text with a revision of its own: whatever a page shows,
/// the form on it stands for these very words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_that_are_shown_are_the_words_that_are_approved() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let write = async |revision: i64, words: &str| {
        let set =
            format!("UPDATE post SET caption = 'Words: {words}.', revision = {revision} WHERE id = '{post}'");
        site.tamper(&set).await;
    };
    write(2, "none").await;
    let over = AtomicBool::new(false);
    let reading = async {
        let mut priya = site.browser("approver").await;
        let mut shown = BTreeMap::<String, String>::new();
        for _ in 0..60 {
            let page = priya.get(&format!("/posts/{post}/approve")).await.text();
            let (content, words) = (value(&page, "name=\"content\" value=\""), words_of(&page));
            let before = shown.insert(content.to_owned(), words.to_owned());
            assert!(before.is_none_or(|before| before == words), "one form for two texts: {words}");
        }
        over.store(true, Ordering::SeqCst);
        shown.len()
    };
    let writing = async {
        while !over.load(Ordering::SeqCst) {
            write(3, "one").await;
            write(4, "two").await;
        }
    };
    let (texts, ()) = tokio::join!(reading, writing);
    assert!(texts > 1, "nothing changed meanwhile");
}

/// Keeps the draft as the page has it, with a time, and presses a button; answers where that leads.
async fn timed(
    site: &TestSite,
    jo: &mut Browser,
    draft: &str,
    (day, time): (&str, &str),
    press: &str,
) -> String {
    let token = jo.get(draft).await.token();
    let fields = [
        ("caption", WORDS),
        ("channels", "sent"),
        ("channel", site.channel.as_str()),
        ("day", day),
        ("time", time),
        ("do", press),
    ];
    to(&jo.upload(draft, &token, &fields, &[]).await)
}

/// A post that was approved for a time two days from now.
async fn planned(site: &TestSite) -> PostId {
    let mut jo = site.browser("author").await;
    let draft = start(site, &mut jo).await;
    timed(site, &mut jo, &draft, ("2026-11-23", "10:00"), "submit").await;
    assert_eq!(approve(site, "approver", &id(&draft)).await.status, 303);
    id(&draft)
}

#[tokio::test]
async fn an_approved_post_that_waits_is_taken_back_with_everything_that_was_done_to_it() {
    let site = TestSite::new().await;
    let post = planned(&site).await;
    let (at, mut jo) = (format!("/posts/{post}"), site.browser("author").await);
    let page = jo.get(&at).await;
    assert!(page.text().contains("Take it back and change it"), "{}", page.text());
    let draft = to(&jo.press(&page, &format!("{at}/take-back"), &[]).await);
    assert!(jo.get(&draft).await.text().contains(WORDS), "the words are there");
    assert!(jo.get(&at).await.text().contains("Its author took it back"));
    site.clock.advance_ms(2 * 86_400_000);
    work(&site).await;
    assert_eq!(post::order(&site, &post).await.state, OrderState::Stopped, "it does not go out");
    let mut jo = site.browser("author").await;
    timed(&site, &mut jo, &draft, ("2026-11-26", "10:00"), "submit").await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    let page = jo.get(&at).await.text();
    assert!(
        page.contains("It goes out on Thursday 26 November") && !page.contains("did not go out"),
        "{page}"
    );
    assert!(jo.get("/posts").await.text().contains("Planned"), "what was taken back counts for nothing");
}

#[tokio::test]
async fn a_second_person_returns_an_approved_post_that_waits_and_says_why() {
    let site = TestSite::new().await;
    let post = planned(&site).await;
    let (at, mut priya) = (format!("/posts/{post}"), site.browser("approver").await);
    let page = priya.get(&at).await;
    assert!(!page.text().contains("Take it back"), "only its author does that");
    let back = format!("{at}/return");
    assert_eq!(priya.press(&page, &back, &[("note", "")]).await.status, 422, "a reason is needed");
    to(&priya.press(&page, &back, &[("note", "The match is off.")]).await);
    let mut jo = site.browser("author").await;
    assert!(jo.get(&format!("{at}/edit")).await.text().contains("The match is off."));
    assert_eq!(post::order(&site, &post).await.state, OrderState::Stopped);
    assert_eq!(priya.press(&page, &back, &[("note", "Again.")]).await.status, 409);
}

#[tokio::test]
async fn what_is_public_is_neither_taken_back_nor_returned() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    post::public(&site, &post).await;
    let at = format!("/posts/{post}");
    for (who, act) in [("author", "take-back"), ("approver", "return")] {
        let mut browser = site.browser(who).await;
        let page = browser.get(&at).await;
        assert!(!page.text().contains(&format!("{at}/{act}")));
        let answer = browser.press(&page, &format!("{at}/{act}"), &[("note", "No.")]).await;
        assert_eq!(answer.status, 409, "{}", answer.text());
    }
    assert_eq!(post::order(&site, &post).await.state, OrderState::Published);
}

#[tokio::test]
async fn a_post_that_is_public_on_one_account_goes_out_on_the_other_as_a_new_one() {
    let site = TestSite::new().await;
    let facebook = played::account(&site, Network::Facebook, None).await;
    let asha = post::agreed_to(&site, Kind::Website).await;
    post::agreed_to(&site, Kind::Social).await;
    let mut jo = site.browser("author").await;
    let channels = [site.channel.clone(), facebook.id().clone()];
    let post = post::submitted_with_asha_on(&site, &mut jo, &channels, &asha).await;
    facebook.state().refuses_posts = true;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    work(&site).await;
    assert!(jo.get("/posts").await.text().contains("Public, but not everywhere"));
    let at = format!("/posts/{post}");
    let page = jo.get(&at).await;
    assert!(page.text().contains("Public, but not on Facebook"), "{}", page.text());
    let path = format!("{at}/complete");
    let draft = to(&jo.press(&page, &path, &[]).await);
    assert_eq!(to(&jo.press(&page, &path, &[]).await), draft, "one draft, however often it is pressed");
    let mut dele = site.browser("manager").await;
    let page = dele.get(&at).await;
    assert!(page.text().contains(draft.trim_end_matches("/edit")), "others are led to it");
    assert_eq!(dele.press(&page, &path, &[]).await.status, 409);
    let mut tx = site.app.records.read().await.unwrap();
    assert_eq!(Posts(&mut tx).channels_of(&id(&draft)).await.unwrap(), [facebook.id().clone()]);
    drop(tx);
    assert!(jo.get(&draft).await.text().contains(ALT_TEXT), "words, photos and marks are there");
    facebook.state().refuses_posts = false;
    let token = jo.get(&draft).await.token();
    to(&jo.upload(&draft, &token, &[("do", "submit")], &[]).await);
    assert_eq!(approve(&site, "approver", &id(&draft)).await.status, 303);
    work(&site).await;
    assert_eq!(facebook.state().posts.len(), 1);
    assert_eq!(post::order(&site, &id(&draft)).await.state, OrderState::Published);
}

#[tokio::test]
async fn only_what_is_public_somewhere_and_stopped_elsewhere_is_completed() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    post::public(&site, &post).await;
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    assert!(!page.text().contains("/complete"));
    assert_eq!(jo.press(&page, &format!("/posts/{post}/complete"), &[]).await.status, 409);
}

#[tokio::test]
async fn a_draft_whose_time_has_passed_does_what_its_buttons_say() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let asha = post::agreed_to(&site, Kind::Website).await;
    post::picture(&site, &id(&draft), Some(&asha)).await;
    let time = ("2026-11-21", "13:00");
    timed(&site, &mut jo, &draft, time, "keep").await;
    site.clock.advance_ms(3 * 3_600_000);
    let mut jo = site.browser("author").await;
    let page = jo.get(&draft).await.text();
    assert!(page.contains("has passed"), "{page}");
    let face = page.split("value=\"cover ").nth(1).unwrap().split('"').next().unwrap();
    let leads = timed(&site, &mut jo, &draft, time, &format!("cover {face}")).await;
    assert!(leads.contains("open="), "on to the next face, not back to the time: {leads}");
    let leads = timed(&site, &mut jo, &draft, ("2026-11-21", "13:01"), "keep").await;
    assert!(leads.contains("no_time="), "a new time that has passed is none: {leads}");
    assert!(
        timed(&site, &mut jo, &draft, time, "submit").await.contains("missing"),
        "it is not sent like that"
    );
}

#[tokio::test]
async fn accounts_of_one_name_are_told_apart() {
    let site = TestSite::new().await;
    let [x, mastodon] = [
        played::account(&site, Network::X, None).await,
        played::account(&site, Network::Mastodon, None).await,
    ];
    site.tamper("UPDATE channel SET name = 'Riverside Youth' WHERE network IN ('x', 'mastodon')").await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let token = jo.get(&draft).await.token();
    let (x, mastodon) = (x.id().to_string(), mastodon.id().to_string());
    let own = format!("own {mastodon}");
    let fields = [
        ("caption", WORDS),
        ("channels", "sent"),
        ("channel", x.as_str()),
        ("channel", &mastodon),
        (&own, "Short."),
        ("do", "keep"),
    ];
    to(&jo.upload(&draft, &token, &fields, &[]).await);
    let page = jo.get(&draft).await.text();
    for count in [
        format!("count-{x}\"><b>Riverside Youth (X):</b> 30 of 280 letters"),
        format!("count-{mastodon}\"><b>Riverside Youth (Mastodon):</b> 6 of 500 letters"),
    ] {
        assert!(page.contains(&count), "{count}: {page}");
    }
    assert!(jo.get("/posts/new").await.text().contains("Riverside Youth (Mastodon)"));
}
