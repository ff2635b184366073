//! Every activity, the newest first.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::activities::{Activities, folded};
use cleansheet_terms::day_in_london;

use crate::{
    app::App,
    web::{
        Problem, clock_words,
        fields::Fields,
        layout::Page,
        participants::{self, list::Search},
        parts,
        problem::show,
    },
};

/// Activities on a page.
const PAGE: usize = 50;

struct Line {
    id: String,
    name: String,
    say: String,
    roster: String,
}

#[derive(Template)]
#[template(path = "activities/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
    today: String,
    before: Option<usize>,
    next: Option<usize>,
}

/// `GET /activities` — every activity and how many are on its roster.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let all = Activities(&mut app.records.read().await?).activities_with_numbers().await?;
    let wanted = folded(&search.words);
    let found: Vec<_> = all
        .into_iter()
        .filter(|(one, _)| folded(&one.name).contains(&wanted) || folded(&one.place).contains(&wanted))
        .collect();
    let number = search.page.max(1);
    let from = (number - 1).saturating_mul(PAGE);
    let next = (found.len() > from.saturating_add(PAGE)).then(|| number + 1);
    let lines = found.into_iter().skip(from).take(PAGE).map(|(one, people)| {
        let day = clock_words::day(one.day);
        let say = if one.place.is_empty() { day } else { format!("{day}, {}", one.place) };
        let roster = clock_words::count(usize::try_from(people).unwrap_or(usize::MAX), "person", "people");
        Line { id: one.id.to_string(), name: one.name, say, roster }
    });
    show(&List {
        words: search.words,
        lines: lines.collect(),
        today: day_in_london(app.clock.now()).strftime("%d/%m/%Y").to_string(),
        before: (number > 1).then(|| number - 1),
        next,
        page,
    })
}

/// `POST /activities` — adds one with an empty roster.
pub(in crate::web) async fn add(State(app): State<Arc<App>>, fields: Fields) -> Result<Redirect, Problem> {
    let day = participants::day(fields.one("day"), "the day")?;
    let day = day.ok_or_else(|| Problem::Wrong("an activity needs its day".into()))?;
    let mut tx = app.records.begin().await?;
    let (name, place) = (fields.one("name"), fields.one("place"));
    let mut activities = Activities(&mut tx);
    let id = activities.add_activity(name, place, day, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/activities/{id}")))
}
