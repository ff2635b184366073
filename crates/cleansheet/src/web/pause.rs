//! "Pause all publishing": one button, and the way back.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::{people::People, settings::Settings};

use super::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

#[derive(Template)]
#[template(path = "pause.html")]
struct PausePage {
    page: Page,
    /// Who paused, and since when.
    paused: Option<(String, String)>,
}

/// `GET /pause` — what it does, and the button.
pub(super) async fn get(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let paused = match Settings(&mut tx).pause().await? {
        Some(pause) => {
            let by =
                People(&mut tx).find(&pause.by).await?.map_or_else(|| "somebody".to_owned(), |who| who.name);
            Some((by, clock_words::moment(pause.since)))
        }
        None => None,
    };
    show(&PausePage { page, paused })
}

/// `POST /pause` — pauses, or lets publishing go on.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let mut settings = Settings(&mut tx);
    match fields.one("what") {
        "pause" => {
            settings.start_pause(&me.person.id, &*app.clock, &mut &app.entropy).await?;
        }
        "go-on" => {
            settings.end_pause(&me.person.id, &*app.clock, &mut &app.entropy).await?;
        }
        _ => return Err(Problem::Wrong("say whether to pause or to go on".into())),
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/pause"))
}
