//! What the program says of itself: log lines without anybody's name, numbers without ids, health without details.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use cleansheet::{app::Settings, jobs, mail_server::MailServer, profile::Profile};
use cleansheet_records::mails::Mails;

use crate::{
    kept::Kept,
    post::{self, ALT_TEXT, WORDS, to, work},
    site::{ORIGIN, TestSite},
};

/// A trust whose mail server does not answer, so that mail is tried and fails.
async fn site_without_mail() -> TestSite {
    let profile = Profile::demo().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mail = Some(MailServer::at(&format!("smtp://{free}"), &profile).unwrap());
    TestSite::with(Settings { mail, ..Settings::new(ORIGIN, profile) }).await
}

/// Draft, refusal, approval, publication, withdrawal, take-down, receipt; a forged link, a wrong path, mail that fails.
async fn main_job(site: &TestSite) -> Vec<String> {
    let mut jo = site.browser("author").await;
    let draft = post::start(site, &mut jo).await;
    post::write(site, &mut jo, &draft, "Canarywords: ring 07700 900123, you bloody fool.", "submit").await;
    let post = post::submitted_with_asha(site).await;
    let url = post::public(site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    work(site).await;
    let mut stranger = site.stranger();
    for path in ["/sign-in/canarytoken", "/g/canarytoken", "/canarypath?canaryquery=1", url.as_str()] {
        stranger.get(path).await;
    }
    let link = site.invitation().await;
    stranger.get(&format!("/g/{link}")).await;
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(20).await.unwrap();
    let codes: Vec<String> = mails
        .iter()
        .filter_map(|mail| Some(mail.body.split("Here is your code:\n\n").nth(1)?[..9].to_owned()))
        .collect();
    assert!(!codes.is_empty(), "a code was mailed");
    [codes, vec![link, url.trim_start_matches("/news/").to_owned()]].concat()
}

#[tokio::test]
async fn the_log_of_the_main_job_holds_nobodys_name_word_address_or_token() {
    const ALONE: &str = "CLEANSHEET_TEST_LOG_ALONE";
    // Whether a line is wanted is remembered for the whole process, where other tests want none: a process of its own.
    if std::env::var_os(ALONE).is_none() {
        let name = "log::the_log_of_the_main_job_holds_nobodys_name_word_address_or_token";
        let mut test = std::process::Command::new(std::env::current_exe().unwrap());
        let ended = test.args(["--exact", name, "--test-threads=1"]).env(ALONE, "1").output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
        return;
    }
    let kept = Kept::default();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let lines = lines.json().flatten_event(true).with_writer(kept.clone()).finish();
    let on_this_thread = tracing::subscriber::set_default(lines);
    let site = site_without_mail().await;
    let mut canaries = main_job(&site).await;
    drop(on_this_thread);
    canaries.extend(
        [
            "Dele",
            "Okafor",
            "Jo Brightwell",
            "Brightwell",
            "Priya",
            "Nair",
            "Asha",
            "Verma",
            "Meera",
            "example.org",
            "07700",
            "canarytoken",
            "canarypath",
            "canaryquery",
            "Canarywords",
            "bloody",
            "Lark Lane",
            "IMG_1",
            ALT_TEXT,
            WORDS,
        ]
        .map(str::to_owned),
    );
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    // The database's own lines at the finest level show statements; theirs are without values.
    for canary in canaries {
        let line = log.lines().find(|line| line.contains(&canary));
        assert!(line.is_none(), "{canary} is in the log: {line:?}");
    }
    let answered: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["message"] == "answered")
        .collect();
    assert!(answered.len() > 20, "requests are logged");
    let mut numbers = BTreeSet::new();
    for line in answered {
        assert!(line["route"].is_string() && line["status"].is_u64() && line["ms"].is_u64(), "{line}");
        assert!(numbers.insert(line["number"].as_u64().unwrap()), "every request has a number of its own");
    }
    assert!(log.contains("a mail waits"), "the mail that failed is logged, without its address");
}

/// A sample of Prometheus' text format, by the rules of its documentation.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (head, value) = line.rsplit_once(' ').unwrap();
    let value = if value == "+Inf" { f64::INFINITY } else { value.parse().unwrap() };
    let (name, labels) = match head.split_once('{') {
        None => (head, BTreeMap::new()),
        Some((name, rest)) => {
            let rest = rest.strip_suffix('}').unwrap();
            let pairs = rest.split("\",").map(|pair| {
                let (label, value) = pair.split_once("=\"").unwrap();
                let plain = |c: char| c.is_ascii_lowercase() || c == '_';
                assert!(label.chars().all(plain), "{label}");
                (label.to_owned(), value.trim_end_matches('"').to_owned())
            });
            (name, pairs.collect())
        }
    };
    assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{line}");
    assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{line}");
    (name.to_owned(), labels, value)
}

/// What `promtool check metrics` looks for: help and type before the samples, families together, buckets that grow.
fn check(page: &str) -> BTreeSet<String> {
    let (mut kinds, mut families, mut seen) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    let mut current = String::new();
    let mut bucket: Option<(BTreeMap<String, String>, f64)> = None;
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, say) = rest.split_once(' ').unwrap();
            assert!(families.insert(name.to_owned()) && !say.is_empty(), "{name} is a family once");
            name.clone_into(&mut current);
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(name == current && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
            kinds.insert(name.to_owned(), kind.to_owned());
            continue;
        }
        let (name, mut labels, value) = sample(line);
        assert!(seen.insert(line.rsplit_once(' ').unwrap().0.to_owned()), "twice: {line}");
        let kind = kinds[&current].as_str();
        let family = match kind {
            "histogram" => {
                ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap()
            }
            _ => &name,
        };
        assert_eq!(family, current, "{line}");
        assert!(kind != "counter" || name.ends_with("_total"), "{line}");
        if name.ends_with("_bucket") {
            let end = labels.remove("le").unwrap();
            if let Some((of, before)) = &bucket {
                assert!(*of != labels || value >= *before, "buckets grow: {line}");
            }
            bucket = (end != "+Inf").then_some((labels, value));
        }
    }
    families
}

#[tokio::test]
async fn the_metrics_can_be_read_and_say_nothing_about_anybody() {
    let site = site_without_mail().await;
    let canaries = main_job(&site).await;
    let page = site.app.metrics.page(&site.app).await;
    let families = check(&page);
    for name in [
        "cleansheet_build_info",
        "cleansheet_http_requests_total",
        "cleansheet_http_request_seconds",
        "cleansheet_job_seconds",
        "cleansheet_jobs",
        "cleansheet_job_oldest_seconds",
        "cleansheet_release_orders",
        "cleansheet_mails_waiting",
        "cleansheet_mail_oldest_seconds",
        "cleansheet_mails_given_up",
        "cleansheet_ledger_entries",
        "cleansheet_database_bytes",
        "cleansheet_ready",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(families.contains(name), "{name} is missing:\n{page}");
    }
    assert!(page.contains("cleansheet_release_orders{state=\"gone\"} 1"), "{page}");
    assert!(page.contains("route=\"/g/{token}\""), "the pattern, not the path: {page}");
    for canary in canaries.iter().map(String::as_str).chain([
        "canary",
        "example.org",
        "order_",
        "person_",
        "Brightwell",
    ]) {
        assert!(!page.contains(canary), "{canary} is in the metrics");
    }
}

#[tokio::test]
async fn health_is_told_to_strangers_in_one_word_each() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let alive = stranger.get("/healthz").await;
    assert_eq!((alive.status, alive.text().as_str()), (StatusCode::OK, "alive\n"));
    let ready = stranger.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE, "the tests have no models");
    for line in ["database: ok", "keys: ok", "policy: ok", "models: missing", "ledger: ok", "disk: "] {
        assert!(ready.text().contains(line), "{}", ready.text());
    }
    assert!(ready.headers.get("set-cookie").is_none() && !ready.text().contains('/'), "{}", ready.text());
    assert_eq!(stranger.get("/metrics").await.status, StatusCode::NOT_FOUND, "never on the public address");
    jobs::run_due(&site.app).await.unwrap();
}
