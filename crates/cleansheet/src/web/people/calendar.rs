//! What runs out in the next 90 days, week by week.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use cleansheet_records::{
    StoreError,
    people::{People, RunsOut},
};
use cleansheet_terms::Date;
use jiff::ToSpan as _;
use serde::Deserialize;

use super::{nearness, own::SOON_DAYS, running_out};
use crate::{
    app::App,
    web::{Problem, clock_words, csv::CsvFile, layout::Page, parts, problem::show},
};

/// Lines on the page; a file has all of them.
const MOST: usize = 300;

/// What somebody looks for.
#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
}

struct Line {
    to: String,
    what: String,
    day: String,
    clause: u8,
    state: &'static str,
    word: String,
}

/// One week, or what has ended already.
struct Week {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "people/calendar.html")]
struct Calendar {
    page: Page,
    words: String,
    weeks: Vec<Week>,
    /// Lines that are only in the file.
    more: usize,
}

/// `GET /people/calendar` — the next 90 days.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let all = found(&app, &search.words).await?;
    let more = all.len().saturating_sub(MOST);
    let mut weeks: Vec<Week> = Vec::new();
    for one in all.iter().take(MOST) {
        let title = week(one);
        if weeks.last().is_none_or(|last| last.title != title) {
            weeks.push(Week { title, lines: Vec::new() });
        }
        if let Some(last) = weeks.last_mut() {
            last.lines.push(line(one));
        }
    }
    show(&Calendar { page, words: search.words, weeks, more })
}

/// `GET /people/calendar.csv` — the same as a file.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let mut file = CsvFile::new("what-runs-out", &["Last day", "Name", "What", "How near"])?;
    for one in found(&app, &search.words).await? {
        let ((_, what), (_, word)) = (running_out(&one), nearness(&one));
        file.row(&[one.last_day.to_string(), one.name, what, word])?;
    }
    Ok(file)
}

async fn found(app: &App, words: &str) -> Result<Vec<RunsOut>, StoreError> {
    let wanted = words.trim().to_lowercase();
    let mut all = People(&mut app.records.read().await?).runs_out(SOON_DAYS, app.clock.now()).await?;
    all.retain(|one| one.name.to_lowercase().contains(&wanted) || running_out(one).1.contains(&wanted));
    Ok(all)
}

/// The title of its week.
fn week(one: &RunsOut) -> String {
    if one.days_left < 0 {
        return "Has ended".to_owned();
    }
    format!("Week of {}", clock_words::day(monday(one.last_day)))
}

fn monday(day: Date) -> Date {
    let since = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(since.days()).unwrap_or(day)
}

fn line(one: &RunsOut) -> Line {
    let ((clause, what), (state, word)) = (running_out(one), nearness(one));
    Line {
        to: format!("/people/{}", one.person),
        what: format!("{}: {what}", one.name),
        day: one.last_day.strftime("%A %-d %B %Y").to_string(),
        clause,
        state,
        word,
    }
}

#[cfg(test)]
mod tests {
    use super::monday;

    #[test]
    fn a_week_begins_on_monday() {
        for (day, begins) in
            [("2026-11-23", "2026-11-23"), ("2026-11-29", "2026-11-23"), ("2027-01-01", "2026-12-28")]
        {
            assert_eq!(monday(day.parse().unwrap()).to_string(), begins);
        }
    }
}
