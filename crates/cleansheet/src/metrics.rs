//! What is counted while the program runs, and the page that Prometheus reads.
//!
//! Labels are route patterns, states and kinds: words of this program, never of a person. The page is served on an address
//! of its own (`--metrics`), never on the public one. Few own lines instead of `prometheus-client`: the text format is a
//! page of rules, and a test reads what comes out by them.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use cleansheet_records::gauges::Gauges;
use cleansheet_terms::Timestamp;
use tokio::net::TcpListener;

use crate::{app::App, health};

mod process;
mod text;

use text::Text;

/// Upper ends of the histograms, in seconds.
const ENDS: [f64; 12] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Counters of one process. Locks are held for an addition.
#[derive(Debug)]
pub struct Metrics {
    started: Instant,
    requests: Mutex<BTreeMap<(&'static str, String, u16), u64>>,
    waits: Mutex<BTreeMap<String, Histogram>>,
    jobs: Mutex<BTreeMap<(&'static str, bool), Histogram>>,
    ledger: Mutex<LedgerSeen>,
}

/// What the keeper of the ledger's files last saw.
#[derive(Debug, Clone, Copy, Default)]
pub struct LedgerSeen {
    /// When the files were last brought up to date.
    pub written: Option<Timestamp>,
    /// Whether the last try failed: a fork, or a folder that cannot be written.
    pub failing: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Histogram {
    within: [u64; ENDS.len()],
    count: u64,
    seconds: f64,
}

impl Histogram {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (within, end) in self.within.iter_mut().zip(ENDS) {
            *within += u64::from(seconds <= end);
        }
        self.count += 1;
        self.seconds += seconds;
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            requests: Mutex::default(),
            waits: Mutex::default(),
            jobs: Mutex::default(),
            ledger: Mutex::default(),
        }
    }
}

impl Metrics {
    /// A request was answered.
    ///
    /// - `route`: the pattern, never the path.
    pub fn answered(&self, method: &axum::http::Method, route: &str, status: StatusCode, took: Duration) {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            _ => "other",
        };
        *held(&self.requests).entry((method, route.to_owned(), status.as_u16())).or_default() += 1;
        held(&self.waits).entry(route.to_owned()).or_default().add(took);
    }

    /// A job came to its end, or failed for now.
    pub fn job(&self, kind: &'static str, well: bool, took: Duration) {
        held(&self.jobs).entry((kind, well)).or_default().add(took);
    }

    /// The ledger's files were brought up to date, or could not be.
    pub fn ledger(&self, well: bool, now: Timestamp) {
        let mut seen = held(&self.ledger);
        seen.failing = !well;
        if well {
            seen.written = Some(now);
        }
    }

    /// What the keeper of the ledger's files last saw.
    pub fn ledger_seen(&self) -> LedgerSeen {
        *held(&self.ledger)
    }

    /// The page for Prometheus: what was counted, and how things stand in the records.
    pub async fn page(&self, app: &App) -> String {
        let mut text = Text::default();
        let engine = format!("{:?}", app.records.engine()).to_lowercase();
        let build = [("version", env!("CARGO_PKG_VERSION")), ("database", engine.as_str())];
        text.gauge("cleansheet_build_info", "This program.", &[(&build, 1.0)]);
        let up = self.started.elapsed().as_secs_f64();
        text.gauge("cleansheet_uptime_seconds", "Since this program was started.", &[(&[], up)]);
        self.counted(&mut text);
        for check in health::checks(app).await.iter() {
            let state = if check.is_fine() { 1.0 } else { 0.0 };
            text.one_of("cleansheet_ready", "What /readyz says: 1 is fine.", &[("check", check.name)], state);
        }
        let now = app.clock.now();
        let read = match app.records.read().await {
            Ok(mut tx) => Gauges::read(&mut tx, app.records.engine(), now).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(gauges) => stands(&mut text, &gauges, now),
            Err(error) => tracing::warn!(error = %error, "the records could not be read for the metrics"),
        }
        if let Some(written) = self.ledger_seen().written {
            let age = since(written, now);
            let say = "Since the ledger's files were last looked after.";
            text.gauge("cleansheet_ledger_checkpoint_age_seconds", say, &[(&[], age)]);
        }
        process::write(&mut text);
        text.finish()
    }

    fn counted(&self, text: &mut Text) {
        for ((method, route, status), times) in held(&self.requests).iter() {
            let status = status.to_string();
            let labels = [("method", *method), ("route", route.as_str()), ("status", status.as_str())];
            text.count("cleansheet_http_requests_total", "Requests answered.", &labels, *times);
        }
        for (route, histogram) in held(&self.waits).iter() {
            let name = "cleansheet_http_request_seconds";
            text.histogram(name, "From request to answer.", &[("route", route)], &ENDS, histogram.parts());
        }
        for ((kind, well), histogram) in held(&self.jobs).iter() {
            let labels = [("kind", *kind), ("ended", if *well { "well" } else { "badly" })];
            let say = "Runs of jobs; screen_photo is the screening of a photo.";
            text.histogram("cleansheet_job_seconds", say, &labels, &ENDS, histogram.parts());
        }
    }
}

impl Histogram {
    fn parts(&self) -> (&[u64], u64, f64) {
        (&self.within, self.count, self.seconds)
    }
}

fn stands(text: &mut Text, gauges: &Gauges, now: Timestamp) {
    let name = "cleansheet_jobs";
    for jobs in &gauges.jobs {
        let states =
            [("waiting", jobs.waiting), ("running", jobs.running), ("failed_before", jobs.failed_before)];
        for (state, number) in states {
            let labels = [("kind", jobs.kind.as_str()), ("state", state)];
            text.one_of(name, "Jobs that are not done.", &labels, whole(number));
        }
    }
    for jobs in &gauges.jobs {
        let labels = [("kind", jobs.kind.as_str())];
        let late = since(jobs.oldest_due, now);
        text.one_of("cleansheet_job_oldest_seconds", "How late the oldest job is.", &labels, late);
    }
    for (state, number) in &gauges.orders {
        let labels = [("state", state.as_str())];
        text.one_of("cleansheet_release_orders", "Release orders by state.", &labels, whole(*number));
    }
    let mails = &gauges.mails;
    let oldest = mails.oldest.map_or(0.0, |oldest| since(oldest, now));
    let plain = [
        ("cleansheet_mails_waiting", "Mails that have not left.", whole(mails.waiting)),
        ("cleansheet_mail_oldest_seconds", "Since when the oldest of them waits.", oldest),
        ("cleansheet_mails_given_up", "Mails that were given up.", whole(mails.given_up)),
        ("cleansheet_ledger_entries", "Entries of the ledger.", whole(gauges.ledger_entries)),
        ("cleansheet_database_bytes", "Size of the database.", whole(gauges.database_bytes)),
    ];
    for (name, say, value) in plain {
        text.gauge(name, say, &[(&[], value)]);
    }
}

fn since(then: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(then).as_secs_f64().max(0.0)
}

/// Counts of rows are far below the 2⁵³ that a float holds exactly.
fn whole(number: i64) -> f64 {
    u32::try_from(number.max(0)).map_or_else(|_| number as f64, f64::from)
}

/// A panic elsewhere cannot leave a counter half-changed.
fn held<T>(counters: &Mutex<T>) -> MutexGuard<'_, T> {
    counters.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers `/metrics` on an address of its own until `stop` is done.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().route("/metrics", get(page)).with_state(app);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn page(State(app): State<Arc<App>>) -> Response {
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([kind], app.metrics.page(&app).await).into_response()
}
