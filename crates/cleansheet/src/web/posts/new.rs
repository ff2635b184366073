//! A new post: which activity, which channels.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::{
    accounts::{Accounts, Right},
    activities::Activities,
};
use cleansheet_terms::{ActivityId, ChannelId, day_in_london};

use super::desk;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// Activities to choose from.
const MOST: usize = 20;

struct ActivityView {
    id: String,
    name: String,
    place: String,
    day: String,
}

struct ChannelView {
    id: String,
    name: String,
    may: bool,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "posts/new.html")]
struct New {
    page: Page,
    activities: Vec<ActivityView>,
    channels: Vec<ChannelView>,
}

/// `GET /posts/new` — the activity that just ended comes first.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let activities = Activities(&mut tx).activities().await?;
    let open = Accounts(&mut tx)
        .channels_open_to(&me.person.id, Right::Draft, day_in_london(app.clock.now()))
        .await?;
    let channels = Accounts(&mut tx).channels_in_use().await?;
    let activities = activities.into_iter().take(MOST).map(|one| ActivityView {
        id: one.id.to_string(),
        name: one.name,
        place: one.place,
        day: clock_words::day(one.day),
    });
    let channels = channels.into_iter().map(|one| {
        let may = open.iter().any(|other| other.id == one.id);
        let name = desk::named(&one.name, one.network);
        ChannelView { id: one.id.to_string(), name, may, ticked: may }
    });
    show(&New { page, activities: activities.collect(), channels: channels.collect() })
}

/// `POST /posts/new` — starts the draft.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let activity = ActivityId::parse(fields.one("activity"))
        .map_err(|_| Problem::Wrong("choose the activity that the post is about".into()))?;
    let channels: Vec<ChannelId> =
        fields.all("channel").filter_map(|one| ChannelId::parse(one).ok()).collect();
    let id = desk::start(&app, &me, &activity, &channels).await?;
    Ok(Redirect::to(&format!("/posts/{id}/edit")))
}
