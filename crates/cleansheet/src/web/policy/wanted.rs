//! What reviews want otherwise: open until a version answers it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::review::{Item, Reviews, WantedChanges};
use cleansheet_terms::{ChangeId, day_in_london};
use serde::Deserialize;

use super::item;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::Csv, layout::Page, parts, problem::show},
};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
}

/// One wish.
struct Line {
    id: String,
    about: String,
    words: String,
    wanted: String,
    answered: Option<String>,
    /// A version that could answer it is in force.
    can_be: bool,
}

#[derive(Template)]
#[template(path = "policy/wanted.html")]
struct List {
    page: Page,
    search: Search,
    lines: Vec<Line>,
}

/// `GET /policy/wanted` — the open ones first.
pub(in crate::web) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let lines = lines(&app, &search).await?;
    show(&List { page, search, lines })
}

/// `GET /policy/wanted.csv` — the same as a file, for whoever writes the next version.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let row = |line: Line| {
        vec![line.about, line.words, line.wanted, line.answered.unwrap_or_else(|| "open".to_owned())]
    };
    let rows = lines(&app, &search).await?.into_iter().map(row).collect();
    Ok(Csv {
        name: "changes-wanted",
        headings: &["About", "Wanted", "Since the review of", "Answered"],
        rows,
    })
}

/// `POST /policy/wanted/{change}` — the Manager says that the version in force answers it.
pub(in crate::web) async fn answer(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(change): Path<String>,
) -> Result<Redirect, Problem> {
    let id = ChangeId::parse(&change).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    WantedChanges(&mut tx).answer(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/policy/wanted"))
}

async fn lines(app: &App, search: &Search) -> Result<Vec<Line>, Problem> {
    let mut tx = app.records.read().await?;
    let reviews = Reviews(&mut tx).all().await?;
    let wanted = WantedChanges(&mut tx).all().await?;
    let sought = search.words.trim().to_lowercase();
    let lines = wanted.into_iter().map(|one| {
        let reviewed = reviews.iter().find(|review| review.id == one.review).map(|review| review.version);
        let answered = one.answered.map(|(version, at)| {
            let short: String = version.to_string().chars().take(8).collect();
            format!("by version {short} on {}", clock_words::day(day_in_london(at)))
        });
        Line {
            id: one.id.to_string(),
            about: item::title(app, one.item),
            words: one.words,
            wanted: clock_words::day(day_in_london(one.wanted)),
            can_be: !matches!(one.item, Item::Clause(_)) || reviewed != Some(app.policy.hash()),
            answered,
        }
    });
    let fits = |line: &Line| format!("{} {}", line.about, line.words).to_lowercase().contains(&sought);
    Ok(lines.filter(fits).collect())
}
