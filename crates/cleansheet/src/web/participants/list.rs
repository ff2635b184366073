//! Everybody in activities: find somebody, add somebody, keep the list as a file.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    activities::{Activities, Participant, ParticipantDetails},
    consents::who_disagree,
};
use cleansheet_terms::day_in_london;
use serde::Deserialize;

use super::{PAGE, appears, can_appear, day};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// What somebody looks for.
#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    pub(in crate::web) words: String,
    /// From 1.
    #[serde(default)]
    pub(in crate::web) page: usize,
}

/// One participant in a list.
pub(in crate::web) struct Line {
    pub(in crate::web) id: String,
    pub(in crate::web) name: String,
    pub(in crate::web) say: String,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) word: &'static str,
}

#[derive(Template)]
#[template(path = "participants/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
    total: String,
    /// Pairs that look alike.
    alike: usize,
    /// Those about whom their families do not agree, id and name; for the safeguarding lead alone.
    torn: Vec<(String, String)>,
    before: Option<usize>,
    next: Option<usize>,
}

/// `GET /participants` — everybody, fifty a page.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let found = Activities(&mut tx).find(&search.words).await?;
    let number = search.page.max(1);
    let from = (number - 1).saturating_mul(PAGE);
    let mut lines = Vec::new();
    for one in found.iter().skip(from).take(PAGE) {
        let can = can_appear(&mut tx, one, today).await?;
        lines.push(line(one, can, page.nav.families));
    }
    let alike = if page.nav.families { Activities(&mut tx).duplicates().await?.len() } else { 0 };
    let mut torn = Vec::new();
    if page.nav.protect {
        for id in who_disagree(&mut tx, today).await? {
            let name = found.iter().find(|one| one.id == id).map(|one| one.name.clone());
            torn.extend(name.map(|name| (id.to_string(), name)));
        }
    }
    show(&List {
        torn,
        words: search.words,
        total: clock_words::count(found.len(), "participant", "participants"),
        alike,
        before: (number > 1).then(|| number - 1),
        next: (found.len() > from.saturating_add(PAGE)).then(|| number + 1),
        lines,
        page,
    })
}

/// `POST /participants` — adds somebody by hand.
pub(in crate::web) async fn add(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (name, born) = (fields.one("name"), day(fields.one("born"), "the birthday")?);
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let id = Activities(&mut tx).add_participant(name, born, clock, &mut chance).await?;
    if fields.has("adult") && born.is_none() {
        let details = ParticipantDetails { name, born, adult: true, reference: "", mail: "" };
        Activities(&mut tx).change_participant(&id, &details, &me.person.id, clock, &mut chance).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/participants/{id}")))
}

/// - `families`: this visitor may know birthdays.
pub(in crate::web) fn line(one: &Participant, can: bool, families: bool) -> Line {
    let (state, word) = appears(can);
    let left = one.left.map(|last| format!("last day {}", clock_words::day(last)));
    let born = one.born.filter(|_| families).map(|born| format!("born {}", clock_words::day(born)));
    let say: Vec<String> = [born, left].into_iter().flatten().collect();
    Line { id: one.id.to_string(), name: one.name.clone(), say: say.join(" · "), state, word }
}
