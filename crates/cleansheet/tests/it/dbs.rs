//! DBS records as people see them: what each may know, and that nobody learns more from anything else.

use axum::http::StatusCode;
use cleansheet::{app::Settings, jobs, profile::Profile, update_service::Service};
use cleansheet_records::people::{People, dbs::DbsRecords};

use crate::{
    post,
    site::{Answer, Browser, ORIGIN, TestSite},
};

mod asking;
pub(crate) mod fake;
mod quiet;

/// What one certificate says.
pub(crate) struct Certificate<'c> {
    number: &'c str,
    issued: &'c str,
    disclosed: &'c str,
}

impl Default for Certificate<'_> {
    fn default() -> Self {
        Self { number: "200000000001", issued: fake::ISSUED, disclosed: "nothing" }
    }
}

/// A trust that asks the Update Service somewhere.
pub(crate) async fn site_asking(fake: &fake::Fake) -> TestSite {
    let update_service = Service::of(Some(fake.address.clone())).unwrap();
    let settings = Settings::new(ORIGIN, Profile::demo().unwrap());
    TestSite::with(Settings { demo: true, update_service, ..settings }).await
}

pub(crate) fn path(site: &TestSite, who: &str) -> String {
    format!("/people/{}/dbs", site.people[who])
}

/// Writes a certificate down, with the original before whoever does, unless nothing is said of what it discloses.
pub(crate) async fn write_down(
    site: &TestSite,
    by: &mut Browser,
    who: &str,
    one: &Certificate<'_>,
) -> Answer {
    site.clock.advance_ms(1_000);
    let at = path(site, who);
    let page = by.get(&at).await;
    let mut fields = vec![
        ("level", "enhanced"),
        ("workforce", "child"),
        ("issued", one.issued),
        ("number", one.number),
        ("forename", fake::FORENAME),
        ("surname", "Canarysurname"),
        ("birthday", "1990-02-01"),
    ];
    if !one.disclosed.is_empty() {
        fields.extend([("original", "yes"), ("disclosed", one.disclosed)]);
    }
    by.press(&page, &at, &fields).await
}

/// The id of the newest record on the page.
pub(crate) fn newest(page: &Answer) -> String {
    page.text()
        .split("aria-labelledby=\"dbs_")
        .nth(1)
        .map(|rest| format!("dbs_{}", &rest[..rest.find('"').unwrap()]))
        .unwrap()
}

pub(crate) async fn decide(site: &TestSite, by: &mut Browser, who: &str, suitable: &str) -> Answer {
    site.clock.advance_ms(1_000);
    let at = path(site, who);
    let page = by.get(&at).await;
    let record = newest(&page);
    let fields = [("record", record.as_str()), ("suitable", suitable), ("note", "Canarynote, long ago.")];
    by.press(&page, &format!("{at}/decide"), &fields).await
}

pub(crate) async fn agree(site: &TestSite, by: &mut Browser, who: &str) -> Answer {
    let at = path(site, who);
    let page = by.get(&at).await;
    let fields = [
        ("given", "2026-11-01"),
        ("agreed", "yes"),
        ("declares", "yes"),
        ("forename", "Dele"),
        ("surname", "Okafor"),
    ];
    by.press(&page, &format!("{at}/agree"), &fields).await
}

#[tokio::test]
async fn the_two_who_see_to_records_write_down_see_decide_and_are_seen_looking() {
    let site = TestSite::new().await;
    let (mut dele, mut ruth) = (site.browser("manager").await, site.browser("dsl").await);
    let at = path(&site, "author");
    let unseen = Certificate { disclosed: "", ..Certificate::default() };
    post::to(&write_down(&site, &mut dele, "author", &unseen).await);
    let page = ruth.get(&at).await;
    assert!(page.text().contains("The original is to be seen"), "{}", page.text());
    assert!(ruth.get("/").await.text().contains("DBS record of Jo Brightwell: the original is to be seen"));
    let record = newest(&page);
    let said = ruth.press(&page, &format!("{at}/decide"), &[("record", &record), ("suitable", "yes")]).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said.text().contains("see the original before anybody decides"), "{}", said.text());
    let fields = [("record", record.as_str()), ("disclosed", "something")];
    post::to(&ruth.press(&page, &format!("{at}/see"), &fields).await);
    let said = ruth.press(&page, &format!("{at}/decide"), &[("record", &record), ("suitable", "yes")]).await;
    assert!(said.text().contains("Write down why you decided so"), "{}", said.text());
    post::to(&decide(&site, &mut ruth, "author", "yes").await);
    let page = ruth.get(&at).await;
    for text in [
        "In date until 1 February 2028",
        "Ruth Amankwah saw the original",
        "Ruth Amankwah decided",
        "Nobody. Each look",
    ] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    for hidden in ["200000000001", "Canarysurname", "Canarynote", "1 February 1990", "<dd class"] {
        assert!(!page.text().contains(hidden), "{hidden} is shown before anybody asks for it");
    }
    let shown = dele.press(&page, &format!("{at}/details"), &[("record", &record)]).await;
    let shown_by_token = shown.status;
    assert_eq!(shown_by_token, StatusCode::FORBIDDEN, "another's token opens nothing");
    let page = dele.get(&at).await;
    let shown = dele.press(&page, &format!("{at}/details"), &[("record", &record)]).await;
    for text in [
        "200000000001",
        "Canarysurname",
        "1 February 1990",
        "\"something\"",
        "Canarynote, long ago.",
        "Dele Okafor, 21 November 2026",
    ] {
        assert!(shown.text().contains(text), "{text}: {}", shown.text());
    }
    let own = path(&site, "manager");
    let page = dele.get(&own).await;
    assert!(
        page.text().contains("Somebody else sees to your own record")
            && page.text().contains("Ruth Amankwah")
    );
    assert!(!page.text().contains("<form class=\"stack\""), "and nothing can be pressed there");
    let said = write_down(&site, &mut dele, "manager", &Certificate::default()).await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    assert!(
        said.text().contains("this is your own record") && said.text().contains("clause 1"),
        "{}",
        said.text()
    );
}

#[tokio::test]
async fn wrong_certificates_are_refused_with_what_to_do() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let good = Certificate::default();
    for (one, say) in [
        (Certificate { number: "12345", ..Certificate::default() }, "12 digits"),
        (Certificate { issued: "2026-11-22", ..Certificate::default() }, "it has not come yet"),
        (Certificate { issued: "1/2/2025", ..Certificate::default() }, "2025-01-10"),
        (Certificate { issued: "1990-01-31", ..Certificate::default() }, "it has not come yet"),
    ] {
        let said = write_down(&site, &mut dele, "author", &one).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said.text().contains(say), "{say}: {}", said.text());
        assert!(!said.text().contains("Canarysurname"));
    }
    let at = path(&site, "author");
    let page = dele.get(&at).await;
    let fields = [
        ("level", "enhanced"),
        ("workforce", "child"),
        ("issued", good.issued),
        ("number", good.number),
        ("forename", "Jo"),
        ("surname", "B"),
        ("original", "yes"),
    ];
    let said = dele.press(&page, &at, &fields).await;
    assert!(said.text().contains("Say whether the certificate discloses anything"), "{}", said.text());
}

#[tokio::test]
async fn a_copied_database_tells_nothing_of_a_certificate() {
    let fake = fake::Fake::start();
    let site = site_asking(&fake).await;
    let mut dele = site.browser("manager").await;
    for (who, disclosed, number) in
        [("author", "something", "300000000001"), ("approver", "nothing", "200000000001")]
    {
        post::to(
            &write_down(&site, &mut dele, who, &Certificate { number, disclosed, ..Certificate::default() })
                .await,
        );
        post::to(&decide(&site, &mut dele, who, "yes").await);
        post::to(&agree(&site, &mut dele, who).await);
        let page = dele.get(&path(&site, who)).await;
        post::to(&dele.press(&page, &format!("{}/ask", path(&site, who)), &[]).await);
    }
    jobs::go_round(&site.app).await;
    let mut all = Vec::new();
    for file in std::fs::read_dir(site.data()).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("trust.db") {
            all.extend(std::fs::read(file.path()).unwrap());
        }
    }
    let text = String::from_utf8_lossy(&all);
    for canary in [
        "300000000001",
        "200000000001",
        "Canarysurname",
        "Canarynote",
        "1990-02-01",
        "01/02/1990",
        "BLANK",
        "\"something\"",
        "new_information",
    ] {
        assert!(!text.contains(canary), "{canary} is in the database as it lies on the disk");
    }
    assert!(text.contains("person_"), "the files were read");
}

#[tokio::test]
async fn the_manager_says_what_a_role_needs_and_every_refusal_quotes_it() {
    let site = TestSite::new().await;
    let (mut dele, mut margaret) = (site.browser("manager").await, site.browser("trustee").await);
    let mut jo = site.browser("author").await;
    let draft = post::start(&site, &mut jo).await;
    let page = margaret.get("/roles").await;
    assert!(page.text().contains("plans, approves or publishes posts that show children"));
    assert!(!page.text().contains("Change it"), "trustees read it");
    let page = dele.get("/roles").await;
    let mut fields = [
        ("role", "staff"),
        ("level", "enhanced_barred"),
        ("workforce", "child"),
        ("months", "24"),
        ("reason", "coaches children every week"),
    ];
    for (field, wrong) in [(3, "0"), (3, "121"), (3, "x"), (4, "  ")] {
        let kept = fields[field].1;
        fields[field].1 = wrong;
        let said = dele.press(&page, "/roles", &fields).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        fields[field].1 = kept;
    }
    post::to(&dele.press(&page, "/roles", &fields).await);
    assert_eq!(
        jo.get("/").await.status,
        StatusCode::SEE_OTHER,
        "whoever no longer has what it takes is signed out"
    );
    let mut jo = site.browser("author").await;
    let quoted = "Staff needs an enhanced check with the barred list for work with children, made again after 24 months. Why: \
                  coaches children every week.";
    let today = jo.get("/").await.text();
    assert!(
        today.contains(quoted) && today.contains("a new DBS check: your role needs another level"),
        "{today}"
    );
    let page = jo.get(&draft).await.text();
    assert!(page.contains("The author has no DBS check in order for this role"), "{page}");
    assert!(page.contains(quoted), "{page}");
    let file = dele.get("/roles.csv?words=coaches").await.text();
    assert!(file.contains("coaches children every week") && !file.contains("IT provider"), "{file}");
}

#[tokio::test]
async fn an_approver_who_may_no_longer_act_reads_what_their_role_needs() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let (mut dele, mut priya) = (site.browser("manager").await, site.browser("approver").await);
    post::to(&write_down(&site, &mut dele, "approver", &Certificate::default()).await);
    post::to(&decide(&site, &mut dele, "approver", "no").await);
    assert_eq!(priya.get("/").await.status, StatusCode::SEE_OTHER);
    let mut priya = site.browser("approver").await;
    let page = priya.get(&format!("/posts/{post}/approve")).await.text();
    assert!(page.contains("The approver has no DBS check in order for this role"), "{page}");
    assert!(page.contains("Why: plans, approves or publishes posts that show children."), "{page}");
}

#[tokio::test]
async fn a_person_sees_their_own_state_and_can_end_status_checks() {
    let site = TestSite::new().await;
    let (mut dele, mut jo) = (site.browser("manager").await, site.browser("author").await);
    assert!(jo.get("/me/dbs").await.text().contains("DBS: in date until 10 January 2028"));
    post::to(
        &write_down(
            &site,
            &mut dele,
            "author",
            &Certificate { disclosed: "something", ..Certificate::default() },
        )
        .await,
    );
    post::to(&decide(&site, &mut dele, "author", "yes").await);
    post::to(&agree(&site, &mut dele, "author").await);
    let page = jo.get("/me/dbs").await;
    assert!(page.text().contains("DBS: in date until 1 February 2028"), "{}", page.text());
    assert!(!page.text().contains("something") && !page.text().contains("suitable"), "{}", page.text());
    post::to(&jo.press(&page, "/me/dbs/stop", &[]).await);
    assert!(jo.get("/me/dbs").await.text().contains("Nobody asks DBS about you"));
    let mut tx = site.app.records.read().await.unwrap();
    let author = &site.people["author"];
    let consent = DbsRecords { tx: &mut tx, sealer: &site.app.sealer }.consent(author, author).await.unwrap();
    assert!(consent.is_none());
    assert!(People(&mut tx).dbs_check(author).await.unwrap().is_some());
}
