//! Cover: whoever stands in has the Manager's doors for these days and no longer, and people are told that a post waits.

use axum::http::{StatusCode, header};
use cleansheet_records::{
    accounts::Accounts,
    mails::Mails,
    people::{DbsCheck, DbsLevel, Deputies, NewDeputy, People, Workforce},
};
use cleansheet_terms::Clock as _;

use crate::{
    access::{self, try_door},
    post::{self, approve},
    site::TestSite,
};

async fn mails_to(site: &TestSite, who: &str) -> Vec<String> {
    let address = format!("{who}@example.org");
    let all = Mails(&mut site.app.records.read().await.unwrap()).newest(99).await.unwrap();
    all.into_iter().filter(|mail| mail.to == address).map(|mail| mail.subject).collect()
}

async fn name(site: &TestSite, who: &str, from: &str, until: &str) {
    let (person, by) = (&site.people[who], &site.people["manager"]);
    let new = NewDeputy { person, by, from: from.parse().unwrap(), until: until.parse().unwrap() };
    let mut tx = site.app.records.begin().await.unwrap();
    Deputies(&mut tx).name(&new, &*site.clock, &mut &site.app.entropy).await.unwrap();
    tx.commit().await.unwrap();
}

/// What stays with the Manager.
const NOT_LENT: [&str; 4] =
    ["/courses", "/policy/readings/{key}", "/policy/review/begin", "/policy/wanted/{change}"];

/// The doors of a Manager as whoever stands in finds them.
fn lent(managers: &[String]) -> Vec<String> {
    let closed = |door: &String| match door.split(' ').collect::<Vec<_>>()[..] {
        ["POST", path, _] if NOT_LENT.contains(&path) => format!("POST {path} 403"),
        _ => door.clone(),
    };
    managers.iter().map(closed).collect()
}

/// How each door answers somebody: method, path, status.
async fn doors(site: &TestSite, who: &str) -> Vec<String> {
    let mut all = Vec::new();
    for route in &site.routes {
        let mut browser = site.browser(who).await;
        let status = try_door(site, &mut browser, &route.method, route.path).await;
        all.push(format!("{} {} {status}", route.method, route.path));
    }
    all
}

#[tokio::test]
async fn every_door_of_a_deputy_is_a_colleagues_before_the_managers_in_and_a_colleagues_after_their_time() {
    let site = TestSite::new().await;
    let colleagues = doors(&site, "author").await;
    // At another trust: what the Manager begins here could not be begun again.
    let managers = doors(&TestSite::new().await, "manager").await;
    assert_ne!(colleagues, managers);
    name(&site, "approver", "2026-11-23", "2026-11-29").await;
    assert_eq!(doors(&site, "approver").await, colleagues, "before");
    site.clock.advance_ms(48 * 3_600_000);
    assert_eq!(doors(&site, "approver").await, lent(&managers), "in");
    site.clock.advance_ms(7 * 24 * 3_600_000);
    assert_eq!(doors(&site, "approver").await, colleagues, "after");
}

#[tokio::test]
async fn the_manager_names_a_deputy_with_a_proof_and_everybody_reads_who_stands_in() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/cover").await;
    let priya = site.people["approver"].to_string();
    let fields = [("person", priya.as_str()), ("from", "2026-11-21"), ("until", "2026-11-27")];
    let mut without = site.asked_browser("manager").await;
    let asked = without.get("/cover").await;
    let asked = without.press(&asked, "/cover/deputy", &fields).await;
    assert!(asked.text().contains("Confirm that it is you"), "{}", asked.text());
    assert_eq!(dele.press(&page, "/cover/deputy", &fields).await.status, StatusCode::SEE_OTHER);
    for who in ["author", "trustee", "it", "dsl"] {
        let today = site.browser(who).await.get("/").await.text();
        assert!(
            today.contains("Priya Nair stands in for the Manager until 27 November 2026"),
            "{who}: {today}"
        );
    }
    let mut priya = site.browser("approver").await;
    assert!(priya.get("/").await.text().contains("You stand in for the Manager until 27 November 2026"));
    assert_eq!(mails_to(&site, "approver").await[..1], ["Standing in for the Manager"]);
    let page = priya.get("/cover").await;
    assert!(!page.text().contains("/cover/deputy\""), "nobody passes it on");
    let refused = priya.press(&page, "/cover/deputy", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("cannot pass it on"), "{}", refused.text());
    let end =
        page.text().split("action=\"/cover/deputy/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(priya.get("/accounts").await.status, StatusCode::OK);
    let ended = dele.get("/cover").await;
    let ended = dele.press(&ended, &format!("/cover/deputy/{end}"), &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    assert_eq!(priya.get("/accounts").await.status, StatusCode::FORBIDDEN, "one request later");
    assert!(dele.get("/cover").await.text().contains("Priya Nair, from 21 November 2026, ended on"));
}

#[tokio::test]
async fn a_deputys_pages_are_a_colleagues_again_when_their_papers_are_no_longer_in_order() {
    let site = TestSite::new().await;
    let colleagues = doors(&site, "author").await;
    name(&site, "approver", "2026-11-21", "2026-11-29").await;
    assert_eq!(site.browser("approver").await.get("/accounts").await.status, StatusCode::OK);
    site.clock.advance_ms(1_000);
    let mut tx = site.app.records.begin().await.unwrap();
    let check = DbsCheck {
        level: DbsLevel::Basic,
        workforce: Workforce::Child,
        issued: "2026-01-10".parse().unwrap(),
        seen: Some((site.people["dsl"].clone(), site.clock.now())),
        suitable: true,
    };
    let (approver, mut chance) = (&site.people["approver"], &site.app.entropy);
    People(&mut tx).record_dbs(approver, &check, &*site.clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(doors(&site, "approver").await, colleagues);
}

#[tokio::test]
async fn a_deputys_pages_offer_nothing_that_stays_with_the_manager_and_say_what_does() {
    let site = TestSite::new().await;
    name(&site, "approver", "2026-11-21", "2026-11-29").await;
    let record = format!("/people/{}/dbs\"", site.people["author"]);
    let person = format!("/people/{}", site.people["author"]);
    for (path, offers) in [
        ("/roles", "Change it"),
        ("/courses", "Accept another course"),
        ("/people", "value=\"dsl\""),
        ("/policy/readings", "Sign a"),
        (person.as_str(), record.as_str()),
    ] {
        for (who, sees) in [("manager", true), ("approver", false)] {
            let page = site.browser(who).await.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{who} {path}");
            assert_eq!(page.text().contains(offers), sees, "{who} {path}: {}", page.text());
        }
    }
    let says = "DBS records and the policy’s signing stay with the Manager";
    assert!(site.browser("approver").await.get("/cover").await.text().contains(says));
    let all = Mails(&mut site.app.records.read().await.unwrap()).newest(99).await.unwrap();
    let told = all.iter().find(|one| one.subject == "Standing in for the Manager").unwrap();
    assert!(told.body.contains("DBS records and the policy's signing stay with"), "{}", told.body);
}

#[tokio::test]
async fn trustees_read_beforehand_who_will_stand_in_and_staff_do_not() {
    let site = TestSite::new().await;
    name(&site, "approver", "2026-12-20", "2027-01-03").await;
    let says = "will stand in for the Manager from 20 December 2026 to 3 January 2027";
    for (who, reads) in [("trustee", true), ("manager", true), ("author", false), ("it", false)] {
        assert_eq!(site.browser(who).await.get("/").await.text().contains(says), reads, "{who}");
    }
}

#[tokio::test]
async fn the_author_reads_who_was_told_and_who_opened_it() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    for who in ["approver", "manager", "dsl"] {
        let told = mails_to(&site, who).await;
        assert!(told.contains(&"A post waits for a second person".to_owned()), "{who}: {told:?}");
    }
    assert!(!mails_to(&site, "author").await.iter().any(|one| one.starts_with("A post waits")));
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await.text();
    assert!(page.contains("Priya was told at 12:46.") && !page.contains("approver@example.org"), "{page}");
    site.clock.advance_ms(6 * 60_000);
    let mut priya = site.browser("approver").await;
    assert_eq!(priya.get(&format!("/posts/{post}/approve")).await.status, StatusCode::OK);
    let page = jo.get(&format!("/posts/{post}")).await.text();
    assert!(page.contains("Priya was told at 12:46 and opened it at 12:52."), "{page}");
    approve(&site, "approver", &post).await;
    assert!(!jo.get(&format!("/posts/{post}")).await.text().contains("was told at"));
}

#[tokio::test]
async fn whoever_is_on_call_is_told_first_and_the_others_by_themselves_half_an_hour_later() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let (page, priya) = (dele.get("/cover").await, site.people["approver"].to_string());
    let turn = [("person", priya.as_str()), ("day", "2026-11-21"), ("from", "12:00"), ("until", "01:00")];
    assert_eq!(dele.press(&page, "/cover/on-call", &turn).await.status, StatusCode::SEE_OTHER);
    let page = dele.get("/cover").await.text();
    assert!(page.contains("Saturday 21 November, 12:00 to Sunday 22 November, 01:00"), "{page}");
    assert!(site.browser("approver").await.get("/").await.text().contains("You are on call"));
    post::submitted(&site).await;
    let waits = |told: &[String]| told.iter().filter(|one| one.starts_with("A post waits")).count();
    assert_eq!(waits(&mails_to(&site, "approver").await), 1);
    assert_eq!(waits(&mails_to(&site, "dsl").await), 0);
    site.clock.advance_ms(29 * 60_000);
    post::work(&site).await;
    assert_eq!(waits(&mails_to(&site, "dsl").await), 0);
    site.clock.advance_ms(60_000);
    post::work(&site).await;
    assert_eq!(waits(&mails_to(&site, "dsl").await), 1);
    assert_eq!(waits(&mails_to(&site, "approver").await), 1, "nobody twice");
}

#[tokio::test]
async fn too_few_people_are_said_on_today_and_by_mail_once_a_day() {
    let site = TestSite::new().await;
    cleansheet::jobs::go_round(&site.app).await;
    assert!(!mails_to(&site, "manager").await.contains(&"Too few people can approve".to_owned()));
    let mut tx = site.app.records.begin().await.unwrap();
    for who in ["approver", "dsl", "author"] {
        for grant in Accounts(&mut tx).grants_of(&site.people[who]).await.unwrap() {
            let (clock, mut chance) = (&*site.clock, &site.app.entropy);
            Accounts(&mut tx).end(&grant.id, &site.people["manager"], clock, &mut chance).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    for _ in 0..3 {
        cleansheet::jobs::go_round(&site.app).await;
    }
    let told = mails_to(&site, "manager").await;
    assert_eq!(told.iter().filter(|one| *one == "Too few people can approve").count(), 1, "{told:?}");
    let today = site.browser("manager").await.get("/").await.text();
    assert!(
        today.contains("Only one person can approve on News page") && today.contains("· clause 12<"),
        "{today}"
    );
    assert!(!site.browser("author").await.get("/").await.text().contains("Only one person can"));
}

#[tokio::test]
async fn what_cannot_be_done_with_cover_is_said_with_the_next_step() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let (page, priya) = (dele.get("/cover").await, site.people["approver"].to_string());
    let person = ("person", priya.as_str());
    for (to, fields, status, says) in [
        ("/cover/deputy", vec![person, ("from", "2027-03-02"), ("until", "2027-03-05")], 422, "clause 1"),
        ("/cover/deputy", vec![person, ("from", "x"), ("until", "2027-03-05")], 422, "first day"),
        (
            "/cover/on-call",
            vec![person, ("day", "2026-11-20"), ("from", "12:00"), ("until", "13:00")],
            422,
            "later end",
        ),
        ("/cover/minutes", vec![("minutes", "2")], 422, "5 to 240"),
        ("/cover/on-call/oncall_01/end", vec![], 409, "over already"),
    ] {
        let refused = dele.press(&page, to, &fields).await;
        assert_eq!(refused.status.as_u16(), status, "{to}");
        assert!(refused.text().contains(says), "{to}: {}", refused.text());
    }
    let file = dele.get("/cover.csv").await;
    assert!(file.headers.contains_key(header::CONTENT_DISPOSITION));
    assert!(access::address("/cover/deputy/{deputy}/end", &site).contains("deputy_"));
    assert!(site.clock.now().as_millisecond() > 0);
}
