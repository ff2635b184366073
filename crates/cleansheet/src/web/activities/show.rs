//! One activity and its roster.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::activities::{Activities, Activity};
use cleansheet_terms::{ActivityId, ParticipantId, day_in_london};

use crate::{
    app::App,
    web::{
        Problem, clock_words,
        csv::Csv,
        fields::Fields,
        layout::Page,
        participants::{
            can_appear,
            list::{Line, Search, line},
        },
        parts,
        problem::show,
    },
};

/// People a search for the roster offers.
const OFFERED: usize = 10;

#[derive(Template)]
#[template(path = "activities/show.html")]
struct Show {
    page: Page,
    id: String,
    name: String,
    place: String,
    day: String,
    roster: Vec<Line>,
    can: usize,
    words: String,
    found: Vec<Line>,
}

/// `GET /activities/{id}` — the roster, and somebody to put on it.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let activity = known(&mut Activities(&mut tx), &id).await?;
    let on = Activities(&mut tx).roster(&activity.id).await?;
    let (mut roster, mut can) = (Vec::new(), 0);
    for one in &on {
        let appears = can_appear(&mut tx, one, today).await?;
        can += usize::from(appears);
        roster.push(line(one, appears, page.nav.families));
    }
    let mut found = Vec::new();
    if page.nav.rosters && !search.words.trim().is_empty() {
        let all = Activities(&mut tx).find(&search.words).await?;
        for one in all.iter().filter(|one| !on.contains(one)).take(OFFERED) {
            let appears = can_appear(&mut tx, one, today).await?;
            found.push(line(one, appears, page.nav.families));
        }
    }
    let Activity { id, name, place, day } = activity;
    let (id, day) = (id.to_string(), clock_words::day(day));
    show(&Show { page, id, name, place, day, roster, can, words: search.words, found })
}

/// `POST /activities/{id}/roster` — puts somebody on, or takes somebody off.
pub(in crate::web) async fn roster(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = |name| ParticipantId::parse(fields.one(name)).ok();
    let mut tx = app.records.begin().await?;
    let activity = known(&mut Activities(&mut tx), &id).await?.id;
    match (person("on"), person("off")) {
        (Some(one), _) => Activities(&mut tx).put_on_roster(&activity, &one).await?,
        (None, Some(one)) => Activities(&mut tx).take_off_roster(&activity, &one).await?,
        (None, None) => return Err(Problem::Wrong("choose somebody".into())),
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/activities/{activity}")))
}

/// `GET /activities/{id}/roster.csv` — the roster as a file that an import reads.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Csv, Problem> {
    let mut tx = app.records.read().await?;
    let activity = known(&mut Activities(&mut tx), &id).await?;
    let on = Activities(&mut tx).roster(&activity.id).await?;
    let day = activity.day.to_string();
    let rows = on.into_iter().map(|one| {
        let born = one.born.map_or_else(String::new, |born| born.to_string());
        vec![one.name, born, one.reference, activity.name.clone(), day.clone(), activity.place.clone()]
    });
    Ok(Csv {
        name: "roster",
        headings: &["Name", "Date of birth", "Reference", "Activity", "Activity date", "Place"],
        rows: rows.collect(),
    })
}

async fn known(activities: &mut Activities<'_>, id: &str) -> Result<Activity, Problem> {
    let id = ActivityId::parse(id).map_err(|_| Problem::NotFound)?;
    activities.activity(&id).await?.ok_or(Problem::NotFound)
}
