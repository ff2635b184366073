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

use super::{Problem, clock_words, csv::CsvFile, layout::Page, parts, problem::show};
use crate::app::App;

/// Entries on the page.
const MOST: usize = 100;
/// Entries that are read at a time.
const BATCH: u32 = 1_000;
/// Entries that one page looks through at most; older ones are a press away.
const LOOKED_THROUGH: u64 = 20_000;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
    /// Only entries before this index.
    before: Option<u64>,
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
    /// Where the page of older entries begins.
    older: Option<u64>,
}

/// `GET /ledger` — size, checkpoint, newest entries.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let size = Ledger(&mut tx).count().await?;
    let (mut lines, mut end) = (Vec::new(), search.before.unwrap_or(size).min(size));
    let stop = end.saturating_sub(LOOKED_THROUGH);
    while lines.len() < MOST && end > stop {
        let entries = Ledger(&mut tx).entries_before(end, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for (index, bytes) in entries {
            end = index;
            lines.extend(Some(line(index, &bytes)?).filter(|line| line.fits(&search.words)));
            if lines.len() == MOST {
                break;
            }
        }
    }
    drop(tx);
    let checkpoint = app.ledger.checkpoint_text();
    let older = (end > 0).then_some(end);
    show(&LedgerPage { page, words: search.words, size, checkpoint, lines, older })
}

/// `GET /ledger.csv` — every entry that fits the search.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let mut file = CsvFile::new("ledger", &["Index", "When", "What", "Record", "Commitment"])?;
    let mut first = 0;
    loop {
        let entries = Ledger(&mut app.records.read().await?).entries_from(first, BATCH).await?;
        if entries.is_empty() {
            return Ok(file);
        }
        for bytes in entries {
            let line = line(first, &bytes)?;
            if line.fits(&search.words) {
                file.row(&[line.index.to_string(), line.at, line.kind, line.record, line.commitment])?;
            }
            first += 1;
        }
    }
}

fn line(index: u64, bytes: &[u8]) -> Result<Line, Problem> {
    let entry = Entry::parse(bytes).map_err(|error| Problem::internal(&error))?;
    Ok(Line {
        index,
        kind: entry.kind.as_str().to_owned(),
        at: clock_words::exact(entry.at),
        record: entry.record.as_str().to_owned(),
        commitment: entry.commitment.to_string(),
    })
}

impl Line {
    fn fits(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        [&self.kind, &self.record, &self.at].iter().any(|cell| cell.to_lowercase().contains(&words))
    }
}
