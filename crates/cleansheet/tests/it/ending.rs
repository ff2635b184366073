//! Publications that come to their end: listed, kept by two people, or taken down at midnight.

use std::{sync::Arc, time::Duration};

use cleansheet::{jobs, lock::Lock};
use cleansheet_records::orders::{OrderState, Orders};
use cleansheet_terms::Clock as _;

use crate::{
    post::{self, order, to, work},
    site::TestSite,
};

async fn watch(site: &TestSite) {
    let mut tx = site.app.records.begin().await.unwrap();
    Orders(&mut tx).watch_ends(&*site.clock, &mut &site.app.entropy).await.unwrap();
    tx.commit().await.unwrap();
}

/// A post whose last day is in sixty days or less, and the address of its page.
async fn ending(site: &TestSite) -> (cleansheet_terms::PostId, String) {
    let mut dele = site.browser("manager").await;
    let page = dele.get("/posts/ending").await;
    assert!(page.text().contains("Nothing ends in the next 60 days"));
    let fields = [("purpose", "news"), ("months", "1")];
    assert_eq!(to(&dele.press(&page, "/posts/ending/life", &fields).await), "/posts/ending");
    let id = post::submitted(site).await;
    post::public(site, &id).await;
    let at = format!("/posts/ending/{}", order(site, &id).await.id);
    (id, at)
}

#[tokio::test]
async fn a_post_is_taken_down_behind_its_last_day_and_not_before() {
    let site = TestSite::new().await;
    let (id, _) = ending(&site).await;
    let public = order(&site, &id).await;
    assert_eq!(public.ends, Some("2026-12-21".parse().unwrap()));
    let to_midnight = "2026-12-22T00:00:00Z".parse::<cleansheet_terms::Timestamp>().unwrap().as_millisecond();
    site.clock.advance_ms(to_midnight - site.clock.now().as_millisecond() - 1);
    watch(&site).await;
    work(&site).await;
    assert_eq!(order(&site, &id).await.state, OrderState::Published);
    site.clock.advance_ms(1);
    work(&site).await;
    assert_eq!(order(&site, &id).await.state, OrderState::Gone);
    assert_eq!(site.stranger().get(public.url.as_deref().unwrap()).await.status, 404);
}

#[tokio::test]
async fn the_workers_of_a_running_program_end_what_is_over() {
    let site = TestSite::new().await;
    let (id, _) = ending(&site).await;
    let over = "2026-12-22T00:00:00Z".parse::<cleansheet_terms::Timestamp>().unwrap().as_millisecond();
    site.clock.advance_ms(over - site.clock.now().as_millisecond());
    let lock = Lock::take(&site.data()).unwrap();
    let running = jobs::start(&Arc::clone(&site.app), &lock).await.unwrap();
    let gone = async {
        while order(&site, &id).await.state != OrderState::Gone {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("nobody had to press anything");
    running.stop().await;
}

#[tokio::test]
async fn keeping_it_takes_two_people_who_did_not_write_it() {
    let site = TestSite::new().await;
    let (id, at) = ending(&site).await;
    let mut jo = site.browser("author").await;
    let list = jo.get("/posts/ending").await.text();
    let behind = jo.get("/posts/ending?after=2026-12-21-order_zzz").await.text();
    assert!(behind.contains("Nothing ends") && !behind.contains(&at), "a page begins behind the one before");
    assert!(
        list.contains("30 days left") && list.contains(&at) && !list.contains("name=\"months\""),
        "{list}"
    );
    let page = jo.get(&at).await;
    assert!(page.text().contains("Ask to keep it for another month, to 21 January 2027"), "{}", page.text());
    let mut priya = site.browser("approver").await;
    let early = priya.press(&page, &at, &[("answer", "keep")]).await;
    assert_ne!(early.status, 303, "nobody has asked");
    assert_eq!(to(&jo.press(&page, &format!("{at}/ask"), &[]).await), at);
    let own = jo.press(&page, &at, &[("answer", "keep")]).await;
    assert_eq!(own.status, 403, "{}", own.text());
    let asked = priya.get(&at).await;
    assert!(asked.text().contains("Jo Brightwell asks to keep it"), "{}", asked.text());
    assert_eq!(to(&priya.press(&asked, &at, &[("answer", "keep")]).await), "/posts/ending");
    assert_eq!(order(&site, &id).await.ends, Some("2027-01-21".parse().unwrap()));
    // It has more than sixty days now: nobody asks again before they have come.
    let early = jo.get(&at).await;
    assert!(early.text().contains("There is nothing to decide yet"), "{}", early.text());
    let again = jo.press(&page, &format!("{at}/ask"), &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("to the end of 21 January 2027 anyway"), "{}", again.text());
    // The second time somebody lets it end.
    site.clock.advance_ms(86_400_000);
    let mut jo = site.browser("author").await;
    let page = jo.get(&at).await;
    jo.press(&page, &format!("{at}/ask"), &[]).await;
    let mut ruth = site.browser("dsl").await;
    let asked = ruth.get(&at).await;
    ruth.press(&asked, &at, &[("answer", "end")]).await;
    assert_eq!(order(&site, &id).await.ends, Some("2027-01-21".parse().unwrap()));
}

#[tokio::test]
async fn only_the_manager_says_how_long_and_within_bounds() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/posts/ending").await;
    for (purpose, months) in [("news", "0"), ("news", "37"), ("news", "x"), ("never", "12")] {
        let refused =
            dele.press(&page, "/posts/ending/life", &[("purpose", purpose), ("months", months)]).await;
        assert_eq!(refused.status, 422, "{purpose} {months}");
    }
    let mut ruth = site.browser("dsl").await;
    let refused = ruth.press(&page, "/posts/ending/life", &[("purpose", "news"), ("months", "6")]).await;
    assert_eq!(refused.status, 403);
}
