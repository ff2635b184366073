//! Sending a sheet.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    activities::{Activities, Activity},
    imports::{Imports, Sheet},
};
use cleansheet_terms::{ActivityId, Date, day_in_london};

use crate::{
    app::App,
    sheets::{self, SheetError},
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show, upload::Upload},
};

/// Instead of an activity: the sheet itself says who was where, or nothing about it.
const ALL: &str = "all";

#[derive(Template)]
#[template(path = "imports/new.html")]
struct New {
    page: Page,
    id: String,
    /// Whose roster the sheet is.
    activity: Option<(String, String)>,
}

/// `GET /imports/new/{id}` — which file.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let activity = activity(&app, &id).await?.map(|one| (one.name, clock_words::day(one.day)));
    show(&New { page, id, activity })
}

/// `POST /imports/new/{id}` — reads the sheet and keeps it until somebody has looked at it.
pub(in crate::web) async fn post(
    app: Arc<App>,
    me: Signed,
    id: String,
    mut upload: Upload,
) -> Result<Redirect, Problem> {
    let activity = activity(&app, &id).await?;
    let file = upload.next_file().await?.ok_or_else(|| Problem::Wrong("choose the file to import".into()))?;
    let bytes = file.bytes.ok_or(SheetError::TooLarge)?;
    let (today, rosters) = (day_in_london(app.clock.now()), activity.is_none());
    let read = tokio::task::spawn_blocking(move || understood(&bytes, today, rosters)).await;
    let sheet = read.map_err(|error| Problem::internal(&error))??;
    let mut tx = app.records.begin().await?;
    let (roster, by) = (activity.as_ref().map(|one| &one.id), &me.person.id);
    let mut imports = Imports(&mut tx);
    let id = imports.keep(&sheet, roster, by, &app.sealer, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/imports/{id}")))
}

fn understood(bytes: &[u8], today: Date, rosters: bool) -> Result<Sheet, SheetError> {
    sheets::understand(&sheets::read(bytes)?, today, rosters)
}

async fn activity(app: &App, id: &str) -> Result<Option<Activity>, Problem> {
    if id == ALL {
        return Ok(None);
    }
    let id = ActivityId::parse(id).map_err(|_| Problem::NotFound)?;
    let found = Activities(&mut app.records.read().await?).activity(&id).await?;
    found.map(Some).ok_or(Problem::NotFound)
}
