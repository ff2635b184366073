//! People over real requests: certificates brought and looked at, found while typing, added, suspended, leaving.

use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use cleansheet::jobs;
use cleansheet_records::{
    mails::Mails,
    people::{NewPerson, People},
};
use cleansheet_terms::Role;

use crate::site::{Answer, Browser, TestSite};

const LAPSED: &str = "UPDATE course_certificate SET completed_day = '2024-11-14'";
const FA: &str = "course_fasafeguardingchildren";

/// Jo's certificate ended on 14 November 2026.
async fn lapsed(site: &TestSite, who: &str) {
    site.tamper(&format!("{LAPSED} WHERE person_id = '{}'", site.people[who])).await;
}

async fn bring(browser: &mut Browser, completed: &str) -> Answer {
    let page = browser.get("/me/papers").await;
    let fields = [("course", FA), ("completed", completed), ("reference", "FA-77")];
    browser.press(&page, "/me/papers", &fields).await
}

/// The address in the first form of a page that ends so.
fn form(page: &str, end: &str) -> String {
    let actions = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    actions.filter(|action| action.ends_with(end)).map(str::to_owned).next().expect("the page has the form")
}

#[tokio::test]
async fn a_lapsed_coach_brings_a_certificate_and_posts_again_once_the_lead_has_looked() {
    let site = TestSite::new().await;
    lapsed(&site, "author").await;
    let (mut jo, mut ruth) = (site.browser("author").await, site.browser("dsl").await);
    let line = "Take the safeguarding course now: your certificate ended on 14 November.";
    let today = jo.get("/").await.text();
    assert!(today.contains(line) && today.contains("href=\"/me/papers\""), "{today}");
    assert!(jo.get("/me/papers").await.text().contains(line));
    for wrong in ["", "2026-11-22", "2022-06-30"] {
        assert_eq!(bring(&mut jo, wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(bring(&mut jo, "2026-11-20").await.headers[header::LOCATION], "/me/papers");
    assert!(jo.get("/").await.text().contains("Your certificate is here."));
    assert!(ruth.get("/").await.text().contains("A certificate waits for you to look"));
    let queue = ruth.get("/people/papers").await;
    let verify = form(&queue.text(), "/verify");
    assert_eq!(jo.press(&queue, &verify, &[]).await.status, StatusCode::FORBIDDEN, "another one's token");
    let own = jo.get("/me/papers").await;
    assert_eq!(jo.press(&own, &verify, &[]).await.status, StatusCode::FORBIDDEN, "not for staff");
    ruth.press(&queue, &verify, &[]).await;
    assert!(!jo.get("/").await.text().contains("certificate ended"));
    assert!(jo.get("/me/papers").await.text().contains("Counts"));
    assert!(ruth.get("/people/papers").await.text().contains("None waits"));
    assert_eq!(ruth.press(&queue, &verify, &[]).await.status, StatusCode::CONFLICT, "once");
}

#[tokio::test]
async fn nobody_looks_at_their_own_certificate_and_a_refusal_says_why() {
    let site = TestSite::new().await;
    let (mut ruth, mut dele) = (site.browser("dsl").await, site.browser("manager").await);
    bring(&mut ruth, "2026-11-20").await;
    let own = ruth.get("/people/papers").await;
    assert!(own.text().contains("It is yours") && !own.text().contains("/verify"));
    let queue = dele.get("/people/papers").await;
    let (verify, refuse) = (form(&queue.text(), "/verify"), form(&queue.text(), "/refuse"));
    let page = ruth.get("/pause").await;
    assert_eq!(ruth.press(&page, &verify, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(dele.press(&queue, &refuse, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    dele.press(&queue, &refuse, &[("because", "another name on it")]).await;
    let papers = ruth.get("/me/papers").await.text();
    assert!(papers.contains("Why: another name on it") && papers.contains("Does not count"));
    assert!(ruth.get("/").await.text().contains("You can post today"), "the other one counts still");
}

async fn five_thousand(site: &TestSite, number: usize) {
    let mut tx = site.app.records.begin().await.unwrap();
    let mut chance = &site.app.entropy;
    for n in 0..number {
        let (name, mail) = (format!("Zoë Wróna {n:04}"), format!("p{n:04}@example.org"));
        let new = NewPerson { name: &name, mail: &mail, roles: &[Role::Staff] };
        People(&mut tx).add(&new, None, &*site.clock, &mut chance).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_list_shows_fifty_and_says_how_many_more() {
    let site = TestSite::new().await;
    five_thousand(&site, 120).await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/people?words=zoe+wrona").await.text();
    assert!(page.contains("120 people") && page.contains("70 more. Type on"));
    assert_eq!(page.matches("<tr>").count(), 51);
    let next = page.split("href=\"/people?words=").nth(1).unwrap().split('"').next().unwrap();
    let next = format!("/people?words={}", next.replace("&amp;", "&"));
    let second = dele.get(&next).await.text();
    assert!(second.contains("Zoë Wróna 0050") && !second.contains("Zoë Wróna 0049"), "{second}");
    let part = dele.get("/people/found?words=0119").await.text();
    assert!(part.contains("data-found=\"one person\"") && !part.contains("<html"), "{part}");
    let file = dele.get("/people.csv?words=zoe").await.text();
    assert_eq!(file.lines().count(), 121);
}

#[tokio::test]
async fn a_search_among_five_thousand_is_answered_while_people_type() {
    let site = TestSite::new().await;
    five_thousand(&site, 5_000).await;
    let mut dele = site.browser("manager").await;
    let mut times = Vec::new();
    for words in ["z", "zo", "zoe", "zoe+w", "4999", "example", "brightwell", ""].repeat(25) {
        let began = Instant::now();
        let answer = dele.get(&format!("/people/found?words={words}")).await;
        times.push(began.elapsed());
        assert_eq!(answer.status, StatusCode::OK);
    }
    times.sort();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    eprintln!("/people/found among 5,000 people: median {median:?}, p99 {p99:?}");
    assert!(median < Duration::from_millis(500), "{median:?}");
}

#[tokio::test]
async fn somebody_new_is_added_with_roles_and_gets_a_way_in() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/people").await;
    let without = dele.press(&page, "/people", &[("name", "Sam Kale"), ("mail", "sam@example.org")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("name", "Sam Kale"), ("mail", "sam@example.org"), ("role", "staff"), ("role", "dsl")];
    let added = dele.press(&page, "/people", &fields).await;
    let way = added.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert!(dele.get(&way).await.text().contains("A way in for Sam Kale"));
    let sam = dele.get(way.trim_end_matches("/way-in")).await.text();
    assert!(sam.contains("safeguarding lead, staff") && sam.contains("Something is missing"), "{sam}");
    let again = dele.press(&page, "/people", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "one person an address");
}

#[tokio::test]
async fn whoever_leaves_is_out_in_the_same_second_and_what_they_hold_is_listed_before_and_after() {
    let site = TestSite::new().await;
    let post = crate::post::submitted_with_asha(&site).await;
    let (mut jo, mut dele) = (site.browser("author").await, site.browser("manager").await);
    bring(&mut jo, "2026-11-20").await;
    let of_jo = format!("/people/{}", site.people["author"]);
    let before = dele.get(&format!("{of_jo}/leave")).await;
    for held in [format!("/posts/{post}"), "A certificate of theirs waits".to_owned()] {
        assert!(before.text().contains(&held), "{held}");
    }
    let gone = dele.press(&before, &format!("{of_jo}/leave"), &[]).await;
    assert_eq!(gone.headers[header::LOCATION], format!("{of_jo}/leave").as_str());
    assert_eq!(jo.get("/").await.headers[header::LOCATION], "/sign-in");
    let after = dele.get(&format!("{of_jo}/leave")).await.text();
    assert!(after.contains("Jo Brightwell has left") && after.contains(&format!("/posts/{post}")), "{after}");
    assert!(!dele.get("/people").await.text().contains("Jo Brightwell"));
    assert!(dele.get("/people?left=yes").await.text().contains("Jo Brightwell"));
    let of_dele = format!("/people/{}/leave", site.people["manager"]);
    let own = dele.get(&of_dele).await;
    assert!(own.text().contains("They are the only Manager") && !own.text().contains("leaves now"));
    assert_eq!(dele.press(&own, &of_dele, &[]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_suspension_has_a_reason_that_only_the_manager_reads() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let of_jo = format!("/people/{}", site.people["author"]);
    let page = dele.get(&of_jo).await;
    let suspend = format!("{of_jo}/suspend");
    assert_eq!(dele.press(&page, &suspend, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut jo = site.browser("author").await;
    dele.press(&page, &suspend, &[("because", "a look at Saturday")]).await;
    assert_eq!(jo.get("/").await.headers[header::LOCATION], "/sign-in");
    let shown = dele.get(&of_jo).await.text();
    assert!(shown.contains("Suspended by Dele Okafor") && shown.contains("a look at Saturday"), "{shown}");
    for who in ["dsl", "trustee"] {
        let shown = site.browser(who).await.get(&of_jo).await.text();
        assert!(shown.contains("Suspended by Dele Okafor") && !shown.contains("a look at Saturday"), "{who}");
        assert!(!shown.contains("signed in") && !shown.contains("action=\"/people/person"), "{who}");
    }
    let page = dele.get(&of_jo).await;
    dele.press(&page, &format!("{of_jo}/restore"), &[("because", "cleared")]).await;
    let restored = dele.get(&of_jo).await.text();
    assert!(restored.contains("In order") && restored.contains("cleared"));
}

#[tokio::test]
async fn roles_names_and_addresses_are_put_right() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let of_jo = format!("/people/{}", site.people["author"]);
    let page = dele.get(&of_jo).await;
    dele.press(&page, &format!("{of_jo}/roles"), &[("give", "dsl")]).await;
    assert!(dele.get(&of_jo).await.text().contains("Given the role “safeguarding lead” by Dele Okafor"));
    dele.press(&page, &format!("{of_jo}/roles"), &[("take", "dsl")]).await;
    assert_eq!(
        dele.press(&page, &format!("{of_jo}/roles"), &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    dele.press(&page, &of_jo, &[("name", "Jo Bright"), ("mail", "jo.bright@example.org")]).await;
    let shown = dele.get(&of_jo).await.text();
    assert!(shown.contains("<h1>Jo Bright</h1>") && shown.contains("jo.bright@example.org"));
    assert!(dele.get("/people/found?words=jo.bright@").await.text().contains("Jo Bright"));
    let own = format!("/people/{}/roles", site.people["manager"]);
    let last = dele.press(&page, &own, &[("take", "manager")]).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_manager_accepts_a_course_and_the_calendar_shows_what_ends() {
    let site = TestSite::new().await;
    let (mut dele, mut jo) = (site.browser("manager").await, site.browser("author").await);
    let page = dele.get("/courses").await;
    let empty = dele.press(&page, "/courses", &[("name", "Council course"), ("months", "12")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is needed");
    let fields = [("name", "Council course"), ("months", "12"), ("reason", "level 2")];
    dele.press(&page, "/courses", &fields).await;
    assert!(dele.get("/courses").await.text().contains("Whenever completed: good for 12 months"));
    assert!(jo.get("/me/papers").await.text().contains("Council course"));
    assert_eq!(jo.get("/courses").await.status, StatusCode::FORBIDDEN);
    lapsed(&site, "approver").await;
    site.tamper(&format!(
        "UPDATE course_certificate SET completed_day = '2024-12-03' WHERE person_id = '{}'",
        site.people["author"]
    ))
    .await;
    let calendar = dele.get("/people/calendar").await.text();
    assert!(calendar.contains("Week of 30 November 2026") && calendar.contains("Thursday 3 December 2026"));
    assert!(calendar.contains("<h2 id=\"week-1\">Has ended</h2>"), "{calendar}");
    let found = dele.get("/people/calendar?words=priya").await.text();
    assert!(found.contains("Priya Nair") && !found.contains("Jo Brightwell"));
    let file = dele.get("/people/calendar.csv").await.text();
    assert!(
        file.contains("\"2026-12-03\",\"Jo Brightwell\",\"safeguarding certificate\",\"12 days left\""),
        "{file}"
    );
    assert!(
        jo.get("/")
            .await
            .text()
            .contains("Take the safeguarding course by 3 December: your certificate ends then.")
    );
}

#[tokio::test]
async fn the_rounds_remind_each_person_once() {
    let site = TestSite::new().await;
    site.tamper("UPDATE course_certificate SET completed_day = '2024-12-03'").await;
    for _ in 0..3 {
        jobs::go_round(&site.app).await;
    }
    let mut mails = Mails(&mut site.app.records.read().await.unwrap()).newest(99).await.unwrap();
    mails.retain(|mail| mail.subject == "Something of yours runs out");
    let mut to: Vec<String> = mails.into_iter().map(|mail| mail.to).collect();
    to.sort();
    // Callum is suspended: nothing is said to him.
    assert_eq!(to, ["approver", "author", "dsl", "manager"].map(|who| format!("{who}@example.org")));
}
