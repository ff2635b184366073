//! "A phone is lost": one press of a colleague, and nobody goes on with it (clause 4).

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    people::{People, Person},
    sign_ins::{
        SignIns,
        lost::{LostError, may_let_in},
    },
};
use cleansheet_terms::PersonId;
use serde::Deserialize;

use super::{Problem, Signed, clock_words, layout::Page, layout::first_name, parts, problem::show};
use crate::app::App;

/// So many names are shown at once; the search finds the others.
const SHOWN: usize = 30;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    words: String,
    /// Whose phone was locked just now.
    #[serde(default)]
    done: String,
}

struct Line {
    id: String,
    name: String,
    first: String,
    /// Since when, and by whom, it is reported lost.
    lost: Option<String>,
    /// Whoever looks may say that the phone is found.
    can_let_in: bool,
}

#[derive(Template)]
#[template(path = "lost.html")]
struct Lost {
    page: Page,
    words: String,
    /// The name of whose phone was locked just now.
    done: Option<String>,
    lines: Vec<Line>,
    locked: Vec<Line>,
    more: bool,
}

/// `GET /lost` — whose phone is it?
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    me: Signed,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let (mut tx, now) = (app.records.read().await?, app.clock.now());
    let lost = SignIns(&mut tx).all_lost().await?;
    let everybody = People(&mut tx).list().await?;
    let name = |id: &PersonId| everybody.iter().find(|one| one.id == *id).map(|one| one.name.clone());
    let since = |id: &PersonId| {
        let (_, one) = lost.iter().find(|(person, _)| person == id)?;
        let by = name(&one.by).unwrap_or_default();
        Some(format!("Reported lost {} by {by}", clock_words::moment(one.at)))
    };
    let line = |one: &Person| Line {
        id: one.id.to_string(),
        first: first_name(&one.name),
        name: one.name.clone(),
        lost: since(&one.id),
        can_let_in: page.nav.let_back_in && may_let_in(one, &me.person, now),
    };
    let wanted = asked.words.trim().to_lowercase();
    let here = everybody.iter().filter(|one| one.left.is_none());
    let (locked, open): (Vec<Line>, Vec<Line>) = here.map(line).partition(|line| line.lost.is_some());
    let found: Vec<Line> =
        open.into_iter().filter(|line| line.name.to_lowercase().contains(&wanted)).collect();
    let done = PersonId::parse(&asked.done).ok().filter(|id| lost.iter().any(|(person, _)| person == id));
    show(&Lost {
        done: done.and_then(|id| name(&id)),
        more: found.len() > SHOWN,
        lines: found.into_iter().take(SHOWN).collect(),
        locked,
        words: asked.words,
        page,
    })
}

/// `POST /lost/{person}` — everything that lets somebody in as them ends, at once.
pub(super) async fn report(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PersonId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).phone_is_lost(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/lost?done={id}")))
}

/// `POST /lost/{person}/found` — it was a false alarm, or the phone is found.
pub(super) async fn found(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PersonId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).phone_is_found(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/lost"))
}

impl From<LostError> for Problem {
    fn from(error: LostError) -> Self {
        match error {
            LostError::TooMany | LostError::NotLost => Self::Conflict(error.to_string()),
            LostError::NotYours => Self::NotYours(super::problem::sentence(&error.to_string())),
            LostError::Person(error) => error.into(),
            LostError::Store(error) => error.into(),
        }
    }
}
