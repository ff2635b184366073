//! Courses that count for the certificate of clause 1, and for how long.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::people::{Courses, Validity};
use cleansheet_terms::{CourseId, Date};

use super::Names;
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words, fields::Fields, layout::Page, participants::day, parts, problem::show,
    },
};

/// The day from which everything counts: nobody has an older certificate.
const ALWAYS: Date = Date::constant(1900, 1, 1);

struct Line {
    id: String,
    name: String,
    reason: String,
    accepted: String,
    validities: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "people/courses.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
}

/// `GET /courses` — the list.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let (mut names, mut lines) = (Names::default(), Vec::new());
    for course in Courses(&mut tx).list().await? {
        let accepted = match &course.accepted {
            Some((by, at)) => {
                format!("Accepted by {} on {}", names.of(&mut tx, by).await?, clock_words::moment(*at))
            }
            None => "Every trust starts with it".to_owned(),
        };
        lines.push(Line {
            id: course.id.to_string(),
            name: course.name,
            reason: course.reason,
            accepted,
            validities: course.validities.iter().map(said).collect(),
        });
    }
    show(&List { page, lines })
}

/// `Completed since 1 July 2022: 24 months`, and why.
fn said(one: &Validity) -> (String, String) {
    let months = clock_words::count(usize::try_from(one.months).unwrap_or_default(), "month", "months");
    let from = if one.from == ALWAYS {
        "Whenever completed".to_owned()
    } else {
        format!("Completed since {}", clock_words::day(one.from))
    };
    (format!("{from}: good for {months}"), one.reason.clone())
}

/// `POST /courses` — the trust accepts another course.
pub(in crate::web) async fn accept(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let (name, reason) = (fields.one("name"), fields.one("reason"));
    let mut tx = app.records.begin().await?;
    Courses(&mut tx).accept(name, months(&fields), reason, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to("/courses"))
}

/// `POST /courses/{course}` — for how long certificates completed from a day on are good.
pub(in crate::web) async fn validity(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = CourseId::parse(&id).map_err(|_| Problem::NotFound)?;
    let from = day(fields.one("from"), "the first day")?
        .ok_or_else(|| Problem::Wrong("give the day from which it counts".into()))?;
    let new = Validity { from, months: months(&fields), reason: fields.one("reason").to_owned() };
    let mut tx = app.records.begin().await?;
    Courses(&mut tx).set_validity(&id, &new, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/courses"))
}

/// What is no number is none that the records take.
fn months(fields: &Fields) -> i64 {
    fields.one("months").trim().parse().unwrap_or_default()
}
