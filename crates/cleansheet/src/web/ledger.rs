//! The ledger, as a person reads it: how long it is, what its newest checkpoint says, how to verify it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use cleansheet_ledger::Entry;
use cleansheet_records::ledger_entries::Ledger;
use serde::Deserialize;

use super::{Problem, clock_words, csv::Csv, layout::Page, parts, problem::show};
use crate::app::App;

/// Entries on the page.
const MOST: usize = 100;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

struct Line {
    index: u64,
    kind: String,
    at: String,
    record: String,
    commitment: String,
}

#[derive(Template)]
#[template(path = "ledger/show.html")]
struct LedgerPage {
    page: Page,
    words: String,
    size: u64,
    checkpoint: Option<String>,
    lines: Vec<Line>,
    found: usize,
}

/// `GET /ledger` — size, checkpoint, newest entries.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let size = Ledger(&mut app.records.read().await?).count().await?;
    let mut lines = lines(&app, &search.words).await?;
    let found = lines.len();
    lines.reverse();
    lines.truncate(MOST);
    let checkpoint = app.ledger.checkpoint_text();
    show(&LedgerPage { page, words: search.words, size, checkpoint, lines, found })
}

/// `GET /ledger.csv` — every entry that fits the search.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let lines = lines(&app, &search.words).await?;
    let row = |line: Line| vec![line.index.to_string(), line.at, line.kind, line.record, line.commitment];
    Ok(Csv {
        name: "ledger",
        headings: &["Index", "When", "What", "Record", "Commitment"],
        rows: lines.into_iter().map(row).collect(),
    })
}

async fn lines(app: &App, words: &str) -> Result<Vec<Line>, Problem> {
    let entries = Ledger(&mut app.records.read().await?).entries_since(0).await?;
    let words = words.trim().to_lowercase();
    let mut lines = Vec::new();
    for (index, bytes) in (0_u64..).zip(entries) {
        let entry = Entry::parse(&bytes).map_err(|error| Problem::internal(&error))?;
        let line = Line {
            index,
            kind: entry.kind.as_str().to_owned(),
            at: clock_words::exact(entry.at),
            record: entry.record.as_str().to_owned(),
            commitment: entry.commitment.to_string(),
        };
        if [&line.kind, &line.record, &line.at].iter().any(|cell| cell.to_lowercase().contains(&words)) {
            lines.push(line);
        }
    }
    Ok(lines)
}
