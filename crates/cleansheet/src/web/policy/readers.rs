//! Who has read the policy in force, and who has not yet: clause 12.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::review::{Readers, remind_now};
use cleansheet_terms::day_in_london;
use serde::Deserialize;

use crate::{
    app::App,
    web::{Problem, clock_words, csv::Csv, layout::Page, parts, problem::show},
};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
    /// `unread` shows those alone.
    #[serde(default)]
    show: String,
    /// How many were just reminded.
    reminded: Option<usize>,
}

/// One person.
struct Line {
    name: String,
    mail: String,
    roles: String,
    has_read: bool,
    /// When they acknowledged anything last.
    last: String,
}

#[derive(Template)]
#[template(path = "policy/readers.html")]
struct List {
    page: Page,
    search: Search,
    lines: Vec<Line>,
    unread: usize,
}

/// `GET /policy/readers` — those who have not, first.
pub(in crate::web) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let (lines, unread) = lines(&app, &search).await?;
    show(&List { page, search, lines, unread })
}

/// `GET /policy/readers.csv` — the same as a file.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let row = |line: Line| {
        let read = if line.has_read { "read and agreed" } else { "to be read" };
        vec![line.name, line.mail, line.roles, read.to_owned(), line.last]
    };
    let rows = lines(&app, &search).await?.0.into_iter().map(row).collect();
    let headings = &["Name", "Mail", "Roles", "The policy in force", "Last acknowledged"];
    Ok(Csv { name: "policy-readers", headings, rows })
}

/// `POST /policy/readers/remind` — a mail to everybody who has not; once a day.
pub(in crate::web) async fn remind(State(app): State<Arc<App>>) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let sent = remind_now(&mut tx, &app.settings.public_url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/policy/readers?show=unread&reminded={sent}")))
}

/// The lines asked for, and how many of all have not read it.
async fn lines(app: &App, search: &Search) -> Result<(Vec<Line>, usize), Problem> {
    let readers = Readers(&mut app.records.read().await?).all().await?;
    let unread = readers.iter().filter(|reader| !reader.has_read).count();
    let wanted = search.words.trim().to_lowercase();
    let readers = readers.into_iter().filter(|reader| {
        let (name, mail) = (reader.person.name.to_lowercase(), &reader.person.mail);
        (name.contains(&wanted) || mail.contains(&wanted)) && !(search.show == "unread" && reader.has_read)
    });
    let lines = readers.map(|reader| Line {
        roles: reader.person.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        last: reader
            .person
            .acknowledged
            .map_or_else(|| "never".to_owned(), |(_, at)| clock_words::day(day_in_london(at))),
        name: reader.person.name,
        mail: reader.person.mail,
        has_read: reader.has_read,
    });
    Ok((lines.collect(), unread))
}
