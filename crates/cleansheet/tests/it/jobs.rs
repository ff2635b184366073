//! Work that outlives a request, with a clock that stands still: what is sent, what is not, and what waits.

use std::{sync::Arc, time::Duration};

use cleansheet::{jobs, lock::Lock};
use cleansheet_records::{
    accounts::Accounts,
    jobs::{Jobs, Work},
    mails::Mails,
    orders::OrderState,
    people::People,
    settings::Settings,
};

use crate::{
    post::{self, approve, order, to, work},
    site::TestSite,
};

async fn pause(site: &TestSite, on: bool) {
    let (clock, mut chance, dele) = (&*site.clock, &site.app.entropy, &site.people["manager"]);
    let mut tx = site.app.records.begin().await.unwrap();
    if on {
        Settings(&mut tx).start_pause(dele, clock, &mut chance).await.unwrap();
    } else {
        Settings(&mut tx).end_pause(dele, clock, &mut chance).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_between_approval_and_sending_stops_the_post() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let receipt = to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Stopped);
    assert!(site.app.site.articles().unwrap().is_empty());
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("It was stopped.") && page.contains("Nothing had to be removed."), "{page}");
}

#[tokio::test]
async fn a_withdrawal_after_the_call_is_followed_by_a_take_down() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    meera.press(&page, "/g/children/1/stop", &[]).await;
    assert_eq!(order(&site, &post).await.state, OrderState::TakingDown, "asked for in the same transaction");
    work(&site).await;
    let order = order(&site, &post).await;
    assert_eq!(order.state, OrderState::Gone);
    assert!(order.gone.unwrap().duration_since(order.take_down.unwrap()).as_secs() < 60);
}

#[tokio::test]
async fn while_publishing_is_paused_posts_wait_and_take_downs_go_on() {
    let site = TestSite::new().await;
    let public = post::submitted_with_asha(&site).await;
    post::public(&site, &public).await;
    let waits = post::submitted(&site).await;
    assert_eq!(approve(&site, "approver", &waits).await.status, 303);
    pause(&site, true).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    meera.press(&page, "/g/children/1/stop", &[]).await;
    work(&site).await;
    assert_eq!(order(&site, &public).await.state, OrderState::Gone);
    assert_eq!(order(&site, &waits).await.state, OrderState::Queued);
    pause(&site, false).await;
    site.clock.advance_ms(15 * 60_000);
    work(&site).await;
    assert_eq!(order(&site, &waits).await.state, OrderState::Published);
}

#[tokio::test]
async fn an_approver_who_is_suspended_before_it_leaves_stops_the_post() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    People(&mut tx)
        .suspend(&site.people["approver"], "", &site.people["manager"], clock, &mut chance)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Stopped);
    let page = site.browser("author").await.get(&format!("/posts/{post}")).await.text();
    assert!(page.contains("Stopped before it left: clause 1."), "{page}");
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.subject == "A post was stopped").count(), 1);
}

#[tokio::test]
async fn an_account_that_is_no_longer_permitted_gets_nothing() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    Accounts(&mut tx)
        .end_permission(&site.channel, &site.people["manager"], clock, &mut chance)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Stopped);
}

#[tokio::test]
async fn running_everything_twice_publishes_once() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    post::public(&site, &post).await;
    for _ in 0..3 {
        site.clock.advance_ms(3_600_000);
        work(&site).await;
    }
    assert_eq!(site.app.site.articles().unwrap().len(), 1);
}

#[tokio::test]
async fn without_the_models_photos_wait_and_are_tried_again_later_each_time() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = post::start(&site, &mut jo).await;
    let token = jo.get(&draft).await.token();
    jo.upload(&draft, &token, &[("do", "keep")], &[("1.jpg", post::PICTURE)]).await;
    let due = async || {
        let mut tx = site.app.records.read().await.unwrap();
        Jobs(&mut tx).next_due(&[Work::ScreenPhoto]).await.unwrap().expect("the job is not lost")
    };
    let first = due().await;
    work(&site).await;
    let second = due().await;
    assert_eq!(second.duration_since(first).as_secs(), 2);
    site.clock.advance_ms(2_000);
    work(&site).await;
    assert_eq!(due().await.duration_since(second).as_secs(), 4);
}

#[tokio::test]
async fn the_workers_of_a_running_program_publish_and_end_when_told_to() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let lock = Lock::take(&site.data()).unwrap();
    let running = jobs::start(&Arc::clone(&site.app), &lock).await.unwrap();
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    let public = async {
        while order(&site, &post).await.state != OrderState::Published {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), public).await.expect("it is public at once");
    running.stop().await;
    let folder = cleansheet::ledger_files::Folder::new(&site.data().join("ledger"));
    let key = std::fs::read_to_string(folder.key_path()).unwrap();
    let key = cleansheet_ledger::VerifierKey::parse(key.trim()).unwrap();
    assert!(cleansheet_ledger::verify(&folder, &key, None).unwrap().size > 20);
}

#[tokio::test]
async fn an_approval_without_a_time_ages_and_its_author_is_told() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    assert_eq!(approve(&site, "approver", &post).await.status, 303);
    pause(&site, true).await;
    work(&site).await;
    site.clock.advance_ms(15 * 24 * 3_600_000);
    pause(&site, false).await;
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Stopped);
    assert!(site.app.site.articles().unwrap().is_empty());
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.subject == "A post waited for too long").count(), 1);
    let today = site.browser("author").await.get("/").await.text();
    assert!(today.contains("Stopped before they left"), "{today}");
}
