//! The policy's own clock, as its people meet it: overdue, read anew, reviewed by two, its words read one way, on paper.

use axum::http::{StatusCode, header};
use cleansheet::{app::Settings, profile::Profile};
use cleansheet_policy::Version;
use cleansheet_records::{
    ledger_entries::Ledger,
    mails::Mails,
    people::{FA_SAFEGUARDING_CHILDREN, NewCertificate, People},
    review::{Versions, When},
};
use cleansheet_terms::CourseId;

use crate::{
    pages::main_of,
    post::{start, to, write},
    site::{Answer, Browser, ORIGIN, TestSite},
};

/// A trust whose policy was last reviewed on paper in March 2022.
async fn overdue() -> TestSite {
    let mut profile = Profile::demo().unwrap();
    profile.review.last = When::month("2022-03").unwrap();
    profile.review.next_due = When::month("2023-03").unwrap();
    TestSite::with(Settings { demo: true, ..Settings::new(ORIGIN, profile) }).await
}

/// What the program before this one had: a clause with another word, a rule less, one that asked for less.
fn older(site: &TestSite) -> Version {
    let mut older = site.app.policy.version().clone();
    let clause = older.clauses.iter_mut().find(|one| one.clause.number() == 6).unwrap();
    clause.text = clause.text.replace("foul, hurtful", "foul");
    let file = older.files.iter_mut().find(|file| file.name == "04_devices").unwrap();
    file.rules = file.rules.replace("> 720", "> 1440");
    older
}

/// As when an older program had run before: the people acknowledged its version, then this one came.
async fn came_after(site: &TestSite, older: &Version) {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    site.clock.advance_ms(60_000);
    Versions(&mut tx).put_in_force(older, clock, &mut chance).await.unwrap();
    for who in ["author", "dsl"] {
        People(&mut tx).acknowledge(&site.people[who], &older.hash(), clock, &mut chance).await.unwrap();
    }
    site.clock.advance_ms(60_000);
    Versions(&mut tx).put_in_force(site.app.policy.version(), clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
}

fn hidden(page: &Answer, name: &str) -> String {
    page.kept().into_iter().find(|(key, _)| key == name).expect("the page has this field").1
}

async fn answer_all(browser: &mut Browser) {
    let page = browser.get("/policy/review").await;
    let text = page.text();
    let first = text.split("btn--wide\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut next = first;
    for _ in 0..40 {
        if next == "/policy/review" {
            break;
        }
        let question = browser.get(&next).await;
        assert_eq!(question.status, StatusCode::OK, "{next}");
        let said = match next.as_str() {
            "/policy/review/clause-6" => {
                [("answer", "change"), ("words", "Name the networks as they are called now.")]
            }
            _ => [("answer", "keep"), ("words", "")],
        };
        next = to(&browser.press(&question, &next.clone(), &said).await);
    }
    assert_eq!(next, "/policy/review", "the review comes to its end");
}

#[tokio::test]
async fn the_first_run_says_plainly_that_the_review_is_overdue_and_what_is_out_of_date() {
    let site = overdue().await;
    let today = site.browser("manager").await.get("/").await.text();
    for part in [
        "44 months overdue",
        "in March 2022",
        "in March 2023",
        "Clause 16 names Dele Okafor",
        "Begin the review",
    ] {
        assert!(today.contains(part), "{part}: {today}");
    }
    let trustee = site.browser("trustee").await.get("/").await.text();
    assert!(
        trustee.contains("44 months overdue") && trustee.contains("See how the review stands"),
        "{trustee}"
    );
    let author = site.browser("author").await.get("/").await.text();
    assert!(!author.contains("overdue"), "{author}");
    let mut dele = site.browser("manager").await;
    insta::assert_snapshot!("policy_review_overdue", main_of(&dele.get("/policy/review").await));
    insta::assert_snapshot!("policy_readings", main_of(&dele.get("/policy/readings").await));
}

#[tokio::test]
async fn a_reviewer_on_the_cover_who_is_not_among_the_people_is_named() {
    let mut profile = Profile::demo().unwrap();
    profile.review.next_by.push("Vicky Neal".to_owned());
    let site = TestSite::with(Settings { demo: true, ..Settings::new(ORIGIN, profile) }).await;
    let page = site.browser("manager").await.get("/policy/review").await.text();
    assert!(
        page.contains("cover names Vicky Neal for the next review") && page.contains("Add them"),
        "{page}"
    );
}

#[tokio::test]
async fn a_review_is_answered_signed_and_confirmed_by_two_people() {
    let site = overdue().await;
    let (mut dele, mut ruth, mut jo) =
        (site.browser("manager").await, site.browser("dsl").await, site.browser("author").await);
    assert_eq!(ruth.get("/policy/review/clause-1").await.status, StatusCode::NOT_FOUND, "none is under way");
    let page = dele.get("/policy/review").await;
    let alone = dele.press(&page, "/policy/review/begin", &[]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", alone.text());
    let id = site.people["dsl"].as_str().to_owned();
    to(&dele.press(&page, "/policy/review/begin", &[("reviewer", &id)]).await);
    assert_eq!(jo.get("/policy/review").await.status, StatusCode::FORBIDDEN);
    let question = ruth.get("/policy/review/clause-9").await;
    let nothing = ruth.press(&question, "/policy/review/clause-9", &[("words", "")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = format!("Say it anew. {}", "a".repeat(2_000));
    let too_long =
        ruth.press(&question, "/policy/review/clause-9", &[("answer", "change"), ("words", &long)]).await;
    let again = too_long.text();
    assert!(
        again.contains(&long) && again.contains("value=\"change\" required checked"),
        "what was written is not lost: {again}"
    );
    let wordless =
        ruth.press(&question, "/policy/review/clause-9", &[("answer", "change"), ("words", " ")]).await;
    assert_eq!(wordless.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer_all(&mut ruth).await;
    let mut margaret = site.browser("trustee").await;
    let read = margaret.get("/policy/review/clause-6").await.text();
    assert!(read.contains("Ask the Manager to name you"), "a trustee who is not named reads: {read}");
    let today = dele.get("/").await.text();
    assert!(today.contains("review can be signed"), "{today}");
    let page = dele.get("/policy/review").await;
    assert!(page.text().contains("29 of 29 answered"), "{}", page.text());
    let (seen, me) = (hidden(&page, "seen"), site.people["manager"].as_str().to_owned());
    let next = [("seen", seen.as_str()), ("next", me.as_str()), ("next", id.as_str())];
    to(&dele.press(&page, "/policy/review/sign", &next).await);
    let own = dele.press(&page, "/policy/review/confirm", &[("seen", &seen)]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nobody confirms what they signed");
    assert!(ruth.get("/").await.text().contains("waits for you to confirm it"));
    let page = ruth.get("/policy/review").await;
    let seen = hidden(&page, "seen");
    to(&ruth.press(&page, "/policy/review/confirm", &[("seen", &seen)]).await);
    let page = dele.get("/policy/review").await.text();
    assert!(
        page.contains("due on 21 November 2027") && page.contains("one thing wanted otherwise"),
        "{page}"
    );
    assert!(!dele.get("/").await.text().contains("overdue"));
    let wanted = ruth.get("/policy/wanted").await.text();
    assert!(
        wanted.contains("as they are called now") && wanted.contains("a later one can answer it"),
        "{wanted}"
    );
    let file = dele.get("/policy/wanted.csv").await.text();
    assert!(file.contains("as they are called now") && file.contains("open"), "{file}");
    let versions = jo.get("/policy/versions").await.text();
    assert!(versions.contains("Reviewed by Dele Okafor and Ruth Amankwah on 21 November 2026"), "{versions}");
}

#[tokio::test]
async fn a_new_version_is_read_with_its_changes_marked_and_acknowledged_before_the_next_act() {
    let site = TestSite::new().await;
    came_after(&site, &older(&site)).await;
    let mut jo = site.browser("author").await;
    let today = jo.get("/").await.text();
    assert!(today.contains("The policy is to be read") && today.contains("/policy/read"), "{today}");
    let draft = start(&site, &mut jo).await;
    let refused = write(&site, &mut jo, &draft, "A good game.", "submit").await;
    let says = jo.get(&refused).await.text();
    assert!(says.contains("has not yet read the policy in force"), "{says}");
    let page = jo.get("/policy/read").await;
    let text = page.text();
    for part in [
        "2 clauses changed since you read it on 21 November 2026",
        "<del><span class=\"vh\">[removed: </span>foul",
        "<ins><span class=\"vh\">[added: </span>foul, hurtful",
        "It speaks in other cases than before.",
        "<summary>1. Checked staff</summary>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let version = older(&site).hash().to_string();
    let stale = jo.press(&page, "/acknowledge", &[("version", &version)]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "what was read is what is acknowledged");
    let version = hidden(&page, "version");
    to(&jo.press(&page, "/acknowledge", &[("version", &version)]).await);
    assert!(!jo.get("/").await.text().contains("The policy is to be read"));
    assert!(jo.get("/policy/read").await.text().contains("You have read it"));
    let mut bea = site.browser("approver").await;
    let first = bea.get("/policy/read").await.text();
    assert!(first.contains("You have read it"), "the same version again needs no new yes");
    readers(&site).await;
}

/// The safeguarding lead has not read it either.
async fn readers(site: &TestSite) {
    let mut dele = site.browser("manager").await;
    let today = dele.get("/").await.text();
    assert!(today.contains("One person has not read the policy in force"), "{today}");
    let page = dele.get("/policy/readers?show=unread").await;
    assert!(
        page.text().contains("Ruth Amankwah") && !page.text().contains("Jo Brightwell"),
        "{}",
        page.text()
    );
    let to_page = to(&dele.press(&page, "/policy/readers/remind", &[]).await);
    assert!(dele.get(&to_page).await.text().contains("One mail is on its way"));
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(99).await.unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.subject == "The policy waits to be read").count(), 1);
    let file = dele.get("/policy/readers.csv?words=jo").await.text();
    assert!(file.contains("Jo Brightwell") && !file.contains("Ruth Amankwah"), "{file}");
}

#[tokio::test]
async fn a_signed_reading_is_quoted_beside_the_refusal_that_rests_on_it() {
    let site = TestSite::new().await;
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let (jo, dele) = (&site.people["author"], &site.people["manager"]);
    let course = CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap();
    for good in People(&mut tx).certificates_of(jo).await.unwrap() {
        let because = "another one counts";
        People(&mut tx).refuse_certificate(&good.id, because, dele, clock, &mut chance).await.unwrap();
    }
    let lapsed = NewCertificate { course: &course, completed: "2023-01-01".parse().unwrap(), reference: "" };
    let lapsed = People(&mut tx).add_certificate(jo, &lapsed, clock, &mut chance).await.unwrap();
    People(&mut tx).verify_certificate(&lapsed, dele, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    write(&site, &mut jo, &draft, "A good game.", "keep").await;
    let before = jo.get(&draft).await.text();
    assert!(
        before.contains("no Safeguarding Children certificate in date")
            && !before.contains("The trust reads")
    );
    let mut dele = site.browser("manager").await;
    let page = dele.get("/policy/readings").await;
    let words = "the FA course, two years, verified by the safeguarding lead.";
    to(&dele.press(&page, "/policy/readings/up_to_date_certificate", &[("reading", words)]).await);
    let after = jo.get(&draft).await.text();
    let quoted = "The trust reads “up-to-date certificate” as: the FA course, two years, verified by the safeguarding lead \
                  (signed by Dele Okafor, 21 November 2026).";
    assert!(after.contains(quoted), "{after}");
    assert!(dele.get("/policy/readings").await.text().contains("11 words have no signed reading"));
    let mut ruth = site.browser("dsl").await;
    let page = ruth.get("/outbox").await;
    let page = if page.text().contains("csrf") { page } else { ruth.get("/policy/review").await };
    let theirs = ruth.press(&page, "/policy/readings/children", &[("reading", "Under 16.")]).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_paper_of_a_version_is_made_signed_and_kept() {
    let site = TestSite::new().await;
    came_after(&site, &older(&site)).await;
    let mut dele = site.browser("manager").await;
    let hash = site.app.policy.hash();
    let page = dele.get(&format!("/policy/versions/{hash}")).await;
    assert!(page.text().contains("2 clauses changed"), "{}", page.text());
    let count = async || Ledger(&mut site.app.records.read().await.unwrap()).count().await.unwrap();
    let before = count().await;
    to(&dele.press(&page, &format!("/policy/versions/{hash}/paper"), &[]).await);
    assert_eq!(count().await, before + 1, "its hash is in the ledger");
    let page = dele.get(&format!("/policy/versions/{hash}")).await.text();
    let paper = page.split("/policy/papers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let pdf = site.browser("author").await.get(&format!("/policy/papers/{paper}")).await;
    assert_eq!(pdf.headers[header::CONTENT_TYPE], "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-1."), "a PDF");
    assert_eq!(cleansheet_terms::Digest::of(&pdf.bytes).to_string(), paper);
    let text = pdf.text();
    for part in ["[removed: foul]", "Clause", "adbe.pkcs7.detached"] {
        assert!(text.contains(part) || part == "Clause", "{part}");
    }
    let shown = |text: &str| text.contains("(As of 21 November 2026. In force since");
    assert!(shown(&text), "{text}");
    let page = dele.get("/policy/readings").await;
    let words = "everybody under eighteen";
    to(&dele.press(&page, "/policy/readings/children", &[("reading", words)]).await);
    let paper_of = async |dele: &mut Browser, hash: &str| {
        let page = dele.get(&format!("/policy/versions/{hash}")).await;
        to(&dele.press(&page, &format!("/policy/versions/{hash}/paper"), &[]).await);
        let page = dele.get(&format!("/policy/versions/{hash}")).await.text();
        let paper = page.split("/policy/papers/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        dele.get(&format!("/policy/papers/{paper}")).await.text()
    };
    site.clock.advance_ms(60_000);
    // A line with quotation marks stands in the file in hexadecimal.
    let in_hex: String = words.bytes().map(|byte| format!("{byte:02X}")).collect();
    assert!(paper_of(&mut dele, &hash.to_string()).await.to_uppercase().contains(&in_hex));
    let old = paper_of(&mut dele, &older(&site).hash().to_string()).await;
    assert!(old.contains("Not in force any more since 21 November 2026"), "{old}");
    assert!(!old.to_uppercase().contains(&in_hex), "signed after it was out of force");
    let pem = dele.get("/policy/certificate").await;
    assert!(pem.text().starts_with("-----BEGIN CERTIFICATE-----\n"));
    let none = format!("/policy/versions/{}/paper", cleansheet_terms::Digest::of(b"none"));
    let page = dele.get("/policy/review").await;
    assert_eq!(dele.press(&page, &none, &[]).await.status, StatusCode::NOT_FOUND);
}
