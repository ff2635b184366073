//! Status checks against a server that plays the published protocol, and everything that is not in it.

use cleansheet::jobs;
use cleansheet_policy::facts::Dbs;
use cleansheet_records::{
    mails::Mails,
    people::{
        People,
        dbs::{Counts, DbsRecords, Record},
    },
};
use cleansheet_terms::Clock as _;

use super::{
    Certificate, agree, decide,
    fake::{Fake, Odd},
    path, site_asking, write_down,
};
use crate::{
    post,
    site::{Answer, Browser, TestSite},
};

/// Somebody with a decided certificate who agreed.
async fn agreed(site: &TestSite, by: &mut Browser, who: &str, number: &str, disclosed: &str) {
    post::to(&write_down(site, by, who, &Certificate { number, disclosed, ..Certificate::default() }).await);
    post::to(&decide(site, by, who, "yes").await);
    post::to(&agree(site, by, who).await);
}

async fn ask(site: &TestSite, by: &mut Browser, who: &str) -> Answer {
    let page = by.get(&path(site, who)).await;
    by.press(&page, &format!("{}/ask", path(site, who)), &[]).await
}

async fn dbs(site: &TestSite, who: &str) -> Dbs {
    let mut tx = site.app.records.read().await.unwrap();
    People(&mut tx).standing(&site.people[who], site.clock.now()).await.unwrap().dbs
}

async fn newest(site: &TestSite, who: &str) -> Record {
    let mut tx = site.app.records.read().await.unwrap();
    let mut records = DbsRecords { tx: &mut tx, sealer: &site.app.sealer };
    records.of(&site.people[who], &site.people["manager"]).await.unwrap().remove(0)
}

/// The page as it opens, and with the details of the newest record.
async fn looked_at(site: &TestSite, by: &mut Browser, who: &str) -> (String, String) {
    let page = by.get(&path(site, who)).await;
    let fields = [("record", super::newest(&page))];
    let fields = fields.each_ref().map(|(name, record)| (*name, record.as_str()));
    let shown = by.press(&page, &format!("{}/details", path(site, who)), &fields).await;
    (page.text(), shown.text())
}

#[tokio::test]
async fn why_a_status_check_stops_somebody_is_shown_to_nobody_who_is_not_written_down() {
    let fake = Fake::start();
    let site = site_asking(&fake).await;
    let mut dele = site.browser("manager").await;
    agreed(&site, &mut dele, "author", "300000000001", "nothing").await;
    post::to(&ask(&site, &mut dele, "author").await);
    let (page, shown) = looked_at(&site, &mut dele, "author").await;
    assert!(page.contains("Needs a look") && page.contains("Nobody. Each look"), "{page}");
    assert!(!page.contains("It disclosed something") && !page.contains("it disclosed something,"), "{page}");
    assert!(
        shown.contains("It disclosed something, and nobody decided") && !shown.contains("Nobody. Each look")
    );
}

#[tokio::test]
async fn no_2_and_3_each_of_the_four_answers_does_what_dbs_says_it_means() {
    let fake = Fake::start();
    for (number, disclosed, counts, standing) in [
        ("100000000001", "nothing", Counts::Nothing, Dbs::Current),
        ("200000000001", "nothing", Counts::Passes("2026-11-21".parse().unwrap()), Dbs::Current),
        ("300000000001", "something", Counts::Passes("2026-11-21".parse().unwrap()), Dbs::Current),
        ("300000000001", "nothing", Counts::Stops, Dbs::Undecided),
        ("400000000001", "nothing", Counts::Stops, Dbs::Undecided),
        ("400000000001", "something", Counts::Stops, Dbs::Undecided),
    ] {
        let site = site_asking(&fake).await;
        let mut dele = site.browser("manager").await;
        agreed(&site, &mut dele, "author", number, disclosed).await;
        post::to(&ask(&site, &mut dele, "author").await);
        assert_eq!(newest(&site, "author").await.line.status, Some(counts), "{number} {disclosed}");
        assert_eq!(dbs(&site, "author").await, standing, "{number} {disclosed}");
        let (asked, fields) = fake.asked().pop().unwrap();
        assert_eq!(asked, number);
        let expected = [
            ("dateOfBirth", "01/02/1990"),
            ("employeeForename", "Dele"),
            ("employeeSurname", "Okafor"),
            ("hasAgreedTermsAndConditions", "true"),
            ("organisationName", site.app.settings.profile.trust.name.as_str()),
            ("surname", "Canarysurname"),
        ];
        let said: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn what_is_no_answer_changes_nothing_and_says_so() {
    let fake = Fake::start();
    let site = site_asking(&fake).await;
    let mut dele = site.browser("manager").await;
    agreed(&site, &mut dele, "author", "200000000001", "nothing").await;
    agreed(&site, &mut dele, "approver", "900000000001", "nothing").await;
    agreed(&site, &mut dele, "dsl", "500000000001", "nothing").await;
    for (who, say) in [("approver", "status 500"), ("dsl", "status 400")] {
        let said = ask(&site, &mut dele, who).await;
        assert!(said.text().contains(say), "{say}: {}", said.text());
    }
    for (odd, say) in [
        (Odd::Page, "published form"),
        (Odd::Torn, "published form"),
        (Odd::Huge, "too long"),
        (Odd::Endless, "too long"),
        (Odd::Entity, "published form"),
        (Odd::Redirect, "status 302"),
        (Odd::Nested, "code is unknown"),
        (Odd::Failure, "says that the check failed"),
        (Odd::Denied, "status 401"),
    ] {
        fake.says(Some(odd));
        let said = ask(&site, &mut dele, "author").await;
        assert_eq!(said.status, 422, "{odd:?}");
        assert!(said.text().contains(say), "{odd:?}: {}", said.text());
        assert!(said.text().contains("Nobody’s standing has changed"), "{}", said.text());
        for hidden in ["200000000001", "Canarysurname", "1990", &fake.address, "dateOfBirth"] {
            assert!(!said.text().contains(hidden), "{hidden}");
        }
        assert_eq!(newest(&site, "author").await.line.status, None, "{odd:?}");
    }
    assert_eq!(fake.elsewhere(), 0, "no redirect is followed");
    assert_eq!(dbs(&site, "author").await, Dbs::Current);
}

#[tokio::test]
async fn a_service_that_hangs_is_left_after_some_seconds() {
    let fake = Fake::start();
    let site = site_asking(&fake).await;
    let mut dele = site.browser("manager").await;
    agreed(&site, &mut dele, "author", "200000000001", "nothing").await;
    fake.says(Some(Odd::Hangs));
    let began = std::time::Instant::now();
    let said = ask(&site, &mut dele, "author").await;
    assert!(said.text().contains("does not answer"), "{}", said.text());
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_about_another_name_or_day_stops_and_says_what_to_do() {
    let fake = Fake::start();
    for odd in [Odd::WrongName, Odd::WrongDay] {
        let site = site_asking(&fake).await;
        let mut dele = site.browser("manager").await;
        fake.says(Some(odd));
        agreed(&site, &mut dele, "author", "200000000001", "nothing").await;
        post::to(&ask(&site, &mut dele, "author").await);
        assert_eq!(dbs(&site, "author").await, Dbs::Undecided, "{odd:?}");
        let (page, shown) = looked_at(&site, &mut dele, "author").await;
        assert!(page.contains("it needs a look") && !page.contains("others than here"), "{page}");
        assert!(shown.contains("Name or day of issue are others than here"), "{shown}");
        let today = dele.get("/").await.text();
        assert!(today.contains("DBS record of Jo Brightwell: a status check needs a look"), "{today}");
        let mut jo = site.browser("author").await;
        let today = jo.get("/").await.text();
        assert!(
            today.contains("looks at your DBS check next") && !today.contains("others than here"),
            "{today}"
        );
    }
    fake.says(None);
}

#[tokio::test]
async fn each_night_asks_once_about_everybody_who_agreed_and_again_later_when_nobody_answers() {
    let fake = Fake::start();
    let site = site_asking(&fake).await;
    let mut dele = site.browser("manager").await;
    agreed(&site, &mut dele, "author", "200000000001", "nothing").await;
    agreed(&site, &mut dele, "approver", "900000000001", "nothing").await;
    let before = fake.asked().len();
    let quarter = 15 * 60_000;
    // Twelve hours from midnight on, in rounds of a quarter of an hour.
    let midnight: cleansheet_terms::Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    site.clock.advance_ms(midnight.as_millisecond() - site.clock.now().as_millisecond());
    for _ in 0..48 {
        jobs::go_round(&site.app).await;
        site.clock.advance_ms(quarter);
    }
    let asked: Vec<String> = fake.asked().split_off(before).into_iter().map(|(number, _)| number).collect();
    let of = |number: &str| asked.iter().filter(|one| *one == number).count();
    assert_eq!(of("200000000001"), 1, "answered once, asked once");
    assert!((3..=6).contains(&of("900000000001")), "tried again, with longer and longer waits: {asked:?}");
    for _ in 0..2 {
        for _ in 0..96 {
            jobs::go_round(&site.app).await;
            site.clock.advance_ms(quarter);
        }
    }
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    let told: Vec<_> = mails.iter().filter(|mail| mail.body.contains("for three nights")).collect();
    assert_eq!(told.len(), 2, "the Manager and the safeguarding lead, once");
    assert!(told.iter().all(|mail| !mail.body.contains("Priya") && !mail.body.contains("900000000001")));
    assert_eq!(dbs(&site, "approver").await, Dbs::Current);
    // Nobody can still be asked about who takes it back, or who has left.
    let (approver, manager) = (site.people["approver"].clone(), site.people["manager"].clone());
    let mut tx = site.app.records.begin().await.unwrap();
    People(&mut tx).leave(&approver, &manager, &*site.clock, &mut &site.app.entropy).await.unwrap();
    tx.commit().await.unwrap();
    let before = fake.asked().len();
    for _ in 0..96 {
        jobs::go_round(&site.app).await;
        site.clock.advance_ms(quarter);
    }
    let asked: Vec<String> = fake.asked().split_off(before).into_iter().map(|(number, _)| number).collect();
    assert_eq!(asked, ["200000000001"]);
}

#[tokio::test]
async fn without_a_service_the_page_says_how_to_ask_by_hand_and_keeps_who_looked() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    agreed(&site, &mut dele, "author", "300000000001", "something").await;
    let at = path(&site, "author");
    let page = dele.get(&at).await;
    assert!(
        page.text().contains("the government’s page") && !page.text().contains("Ask now"),
        "{}",
        page.text()
    );
    assert!(ask(&site, &mut dele, "author").await.text().contains("ask by hand"));
    let said = dele.press(&page, &format!("{at}/by-hand"), &[("answer", ""), ("same", "yes")]).await;
    assert!(said.text().contains("which of the four answers"), "{}", said.text());
    for (fields, standing, word) in [
        (&[("answer", "non-blank"), ("same", "yes")][..], Dbs::Current, "still current"),
        (&[("answer", "none")], Dbs::Current, "nothing matches"),
        (&[("answer", "blank")], Dbs::Undecided, "others than here"),
        (&[("answer", "new")], Dbs::Undecided, "so it is no longer current"),
    ] {
        let page = dele.get(&at).await;
        post::to(&dele.press(&page, &format!("{at}/by-hand"), fields).await);
        assert_eq!(dbs(&site, "author").await, standing, "{fields:?}");
        let (_, page) = looked_at(&site, &mut dele, "author").await;
        assert!(page.contains("Status check by Dele Okafor by hand") && page.contains(word), "{page}");
    }
}
