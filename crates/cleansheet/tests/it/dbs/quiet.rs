//! Nobody but the two who see to records learns that a certificate disclosed something: not by a page, a file, a mail, the ledger,
//! the work that is done, or the log.

use std::time::{Duration, Instant};

use cleansheet::jobs;
use cleansheet_ledger::Entry;
use cleansheet_records::{ledger_entries::Ledger, mails::Mails};

use super::{
    Certificate, agree, decide,
    fake::{Fake, THREAD},
    path, site_asking, write_down,
};
use crate::{
    kept::Kept,
    post,
    site::{Browser, TestSite},
};

impl Kept {
    /// All lines of the program so far; what the fake service logs is its own.
    fn take(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let fakes = format!("\"threadName\":\"{THREAD}\"");
        text.lines().filter(|line| !line.contains(&fakes)).map(str::to_owned).collect()
    }
}

/// How far Jo's certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unseen,
    Seen,
    Decided,
    AskedAbout,
    StoppedByDisclosure,
}

/// A trust in which Jo's only certificate disclosed something, or nothing.
async fn trust(fake: &Fake, stage: Stage, disclosed: bool) -> TestSite {
    let site = site_asking(fake).await;
    site.tamper(
        "DELETE FROM dbs_record WHERE person_id = (SELECT id FROM person WHERE name = 'Jo Brightwell')",
    )
    .await;
    let mut dele = site.browser("manager").await;
    let told = if disclosed { "something" } else { "nothing" };
    let number = match (stage, disclosed) {
        (Stage::StoppedByDisclosure, false) => "400000000001",
        (_, true) => "300000000001",
        (_, false) => "200000000001",
    };
    // Where a status check stops somebody, nobody had known of a disclosure before.
    let told = if stage == Stage::StoppedByDisclosure { "nothing" } else { told };
    let told = if stage == Stage::Unseen { "" } else { told };
    post::to(
        &write_down(
            &site,
            &mut dele,
            "author",
            &Certificate { number, disclosed: told, ..Certificate::default() },
        )
        .await,
    );
    if matches!(stage, Stage::Unseen | Stage::Seen) {
        return site;
    }
    post::to(&decide(&site, &mut dele, "author", "yes").await);
    if stage == Stage::Decided {
        return site;
    }
    post::to(&agree(&site, &mut dele, "author").await);
    let page = dele.get(&path(&site, "author")).await;
    post::to(&dele.press(&page, &format!("{}/ask", path(&site, "author")), &[]).await);
    site
}

/// What somebody can open, with their sizes in it.
const PAGES: [&str; 11] = [
    "/",
    "/people",
    "/people.csv",
    "/roles",
    "/roles.csv",
    "/ledger",
    "/ledger.csv",
    "/me",
    "/me/dbs",
    "/policy",
    "/outbox",
];

/// Every page of everybody else, the author's refusal among them.
async fn everything(site: &TestSite) -> Vec<String> {
    let mut seen = Vec::new();
    for who in ["approver", "trustee", "it", "author"] {
        let mut browser = site.browser(who).await;
        for page in PAGES {
            let answer = browser.get(page).await;
            seen.push(format!("{who} {page}: {:?} {}", answer.headers, answer.text()));
        }
        if who == "author" {
            let draft = post::start(site, &mut browser).await;
            seen.push(browser.get(&draft).await.text());
        }
        let closed = browser.get(&path(site, "author")).await;
        assert_eq!(closed.status, 403, "{who} opens no record");
        seen.push(closed.text());
    }
    let mut tx = site.app.records.read().await.unwrap();
    let entries = Ledger(&mut tx).entries_from(0, 10_000).await.unwrap();
    seen.extend(entries.iter().map(|bytes| Entry::parse(bytes).unwrap().kind.to_string()));
    let mails = Mails(&mut tx).newest(99).await.unwrap();
    seen.extend(mails.iter().map(|mail| format!("{} {} {}", mail.to, mail.subject, mail.body)));
    seen
}

#[tokio::test]
async fn no_2_everything_that_others_see_is_the_same_to_the_byte_whatever_was_disclosed() {
    let fake = Fake::start();
    let mut by_stage = Vec::new();
    for stage in [Stage::Unseen, Stage::Seen, Stage::Decided, Stage::AskedAbout, Stage::StoppedByDisclosure] {
        let nothing = everything(&trust(&fake, stage, false).await).await;
        let something = everything(&trust(&fake, stage, true).await).await;
        assert_eq!(nothing.len(), something.len(), "{stage:?}");
        for (one, other) in nothing.iter().zip(&something) {
            assert_eq!(one, other, "{stage:?}");
        }
        by_stage.push(nothing);
    }
    // What waits for a decision reads like what nobody has seen yet.
    let words =
        |seen: &[String]| seen.iter().filter(|text| text.contains("looks at your DBS check next")).count();
    assert_eq!(words(&by_stage[0]), words(&by_stage[1]));
    assert!(words(&by_stage[0]) > 0 && words(&by_stage[2]) == 0);
}

/// Statements, and how many rows each read and changed. The database works on a thread of its own: in no order.
fn statements(log: &[String]) -> Vec<String> {
    let lines = log.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    // A connection more or less says what it is by PRAGMAs.
    let begins =
        |line: &serde_json::Value| line["summary"].as_str().is_some_and(|text| text.starts_with("PRAGMA"));
    let queries = lines.filter(|line| line["target"] == "sqlx::query" && !begins(line));
    let mut all: Vec<String> = queries
        .map(|line| {
            let text = [&line["summary"], &line["db.statement"]].map(ToString::to_string).join(" ");
            format!("{text} {} {}", line["rows_returned"], line["rows_affected"])
        })
        .collect();
    all.sort();
    all
}

async fn visits(site: &TestSite, kept: &Kept) -> Vec<String> {
    let mut all = Vec::new();
    for who in ["approver", "trustee", "author"] {
        let mut browser = site.browser(who).await;
        kept.take();
        for page in ["/", "/people", "/me/dbs"] {
            browser.get(page).await;
        }
        if who == "author" {
            let draft = post::start(site, &mut browser).await;
            browser.get(&draft).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        all.extend(statements(&kept.take()));
    }
    all
}

/// Whether a line is wanted is remembered for the whole process, where other tests want none: a process of its own.
fn alone(name: &str) -> bool {
    const ALONE: &str = "CLEANSHEET_TEST_LOG_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut test = std::process::Command::new(std::env::current_exe().unwrap());
    let ended = test.args(["--exact", name, "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    false
}

/// On every thread: the process is this test's own.
fn listen(kept: &Kept) {
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_thread_names(true);
    let lines = lines.json().flatten_event(true).with_writer(kept.clone()).finish();
    tracing::subscriber::set_global_default(lines).unwrap();
}

#[tokio::test]
async fn a_refusal_does_the_same_work_whatever_was_disclosed() {
    if !alone("dbs::quiet::a_refusal_does_the_same_work_whatever_was_disclosed") {
        return;
    }
    let (kept, fake) = (Kept::default(), Fake::start());
    listen(&kept);
    for stage in [Stage::Seen, Stage::Decided, Stage::AskedAbout, Stage::StoppedByDisclosure] {
        let nothing = visits(&trust(&fake, stage, false).await, &kept).await;
        let something = visits(&trust(&fake, stage, true).await, &kept).await;
        assert!(nothing.len() > 40, "statements are seen: {}", nothing.len());
        assert!(nothing.iter().any(|one| one.contains("dbs_record")), "the gate's own among them");
        assert_eq!(nothing, something, "{stage:?}");
    }
}

#[tokio::test]
async fn no_log_line_holds_anything_of_a_certificate_or_a_status_check() {
    if !alone("dbs::quiet::no_log_line_holds_anything_of_a_certificate_or_a_status_check") {
        return;
    }
    let (kept, fake) = (Kept::default(), Fake::start());
    listen(&kept);
    for (stage, disclosed) in [(Stage::AskedAbout, true), (Stage::StoppedByDisclosure, false)] {
        let site = trust(&fake, stage, disclosed).await;
        let mut ruth: Browser = site.browser("dsl").await;
        let page = ruth.get(&path(&site, "author")).await;
        let record = super::newest(&page);
        ruth.press(&page, &format!("{}/details", path(&site, "author")), &[("record", &record)]).await;
        site.clock.advance_ms(24 * 3_600_000);
        jobs::go_round(&site.app).await;
        fake.says(Some(super::fake::Odd::Page));
        site.clock.advance_ms(24 * 3_600_000);
        jobs::go_round(&site.app).await;
        fake.says(None);
        jobs::run_due(&site.app).await.unwrap();
    }
    let log = kept.take();
    for canary in [
        "300000000001",
        "400000000001",
        "Canarysurname",
        "CANARYSURNAME",
        "Jolanta",
        "JOLANTA",
        "1990-02-01",
        "01/02/1990",
        "01%2F02%2F1990",
        "dateOfBirth",
        "crsc/api/status",
        "NO_NEW_INFO",
        "Canarynote",
        "Okafor",
    ] {
        let line = log.iter().find(|line| line.contains(canary));
        assert!(line.is_none(), "{canary} is in the log: {line:?}");
    }
    let has = |words: &str| log.iter().any(|line| line.contains(words));
    assert!(has("status checks were made"), "what was done is logged, in numbers");
    assert!(has("a status check had no answer"), "and what failed");
}

/// The fastest quarter of many samples, taken in turns, within a generous bound: that the same work is done is shown above.
#[tokio::test]
async fn a_refusal_takes_as_long_whatever_was_disclosed() {
    let fake = Fake::start();
    let sites = [trust(&fake, Stage::Seen, false).await, trust(&fake, Stage::Seen, true).await];
    let mut browsers = [sites[0].browser("author").await, sites[1].browser("author").await];
    let mut times: [Vec<Duration>; 2] = Default::default();
    for round in 0..300 {
        // Which one comes first changes, so that nothing that follows the rounds falls on one alone.
        for which in [round % 2, (round + 1) % 2] {
            let began = Instant::now();
            assert_eq!(browsers[which].get("/").await.status, 200);
            times[which].push(began.elapsed());
        }
    }
    let [nothing, something] = times.map(|mut times| {
        times.sort();
        times[times.len() / 4]
    });
    let apart = nothing.abs_diff(something);
    assert!(apart < nothing / 2 + Duration::from_millis(2), "{nothing:?} and {something:?}");
}
