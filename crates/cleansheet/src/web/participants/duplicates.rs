//! Children who may be on record twice: the same, or two who look alike. For those who look after families.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    activities::{Activities, Participant, merge},
};

use super::known;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// Pairs on the page; the next ones come when these are done.
const MOST: usize = 20;

struct Side {
    id: String,
    name: String,
    born: String,
    reference: String,
    adults: String,
    activities: String,
    left: Option<String>,
}

struct PairView {
    sides: [Side; 2],
    waits: bool,
}

#[derive(Template)]
#[template(path = "participants/duplicates.html")]
struct Duplicates {
    page: Page,
    pairs: Vec<PairView>,
    more: usize,
}

/// `GET /participants/duplicates` — pairs that look alike.
pub(in crate::web) async fn get(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let found = Activities(&mut tx).duplicates().await?;
    let more = found.len().saturating_sub(MOST);
    let mut pairs = Vec::new();
    for pair in found.into_iter().take(MOST) {
        let sides = [side(&mut tx, pair.first).await?, side(&mut tx, pair.second).await?];
        pairs.push(PairView { sides, waits: pair.waits });
    }
    show(&Duplicates { page, pairs, more })
}

async fn side(tx: &mut Tx, one: Participant) -> Result<Side, Problem> {
    let adults = Activities(tx).guardians_of(&one.id).await?;
    let on = Activities(tx).activities_of(&one.id).await?;
    let names: Vec<String> = adults.into_iter().map(|one| one.name).collect();
    Ok(Side {
        id: one.id.to_string(),
        name: one.name,
        born: one.born.map_or_else(|| "not known".to_owned(), clock_words::day),
        reference: one.reference,
        adults: if names.is_empty() { "nobody".to_owned() } else { names.join(", ") },
        activities: clock_words::count(on.len(), "activity", "activities"),
        left: one.left.map(clock_words::day),
    })
}

/// `POST /participants/duplicates` — makes one of two, or says that they are two.
pub(in crate::web) async fn decide(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (one, other) = (known(fields.one("one"))?, known(fields.one("other"))?);
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let by = &me.person.id;
    match fields.one("do") {
        "keep-one" => merge(&mut tx, &one, &other, by, clock, &mut chance).await?,
        "keep-other" => merge(&mut tx, &other, &one, by, clock, &mut chance).await?,
        "two" => Activities(&mut tx).say_apart(&one, &other, by, clock, &mut chance).await?,
        _ => return Err(Problem::Wrong("say which record to keep, or that they are two".into())),
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/participants/duplicates"))
}
