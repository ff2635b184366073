//! "Pause all publishing": one button, and the way back.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    people::People,
    settings::{Because, Pause, Settings},
};

use super::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

#[derive(Template)]
#[template(path = "pause.html")]
struct PausePage {
    page: Page,
    /// Why, by whom and since when.
    paused: Option<Paused>,
}

struct Paused {
    say: String,
    /// What to look at first, when the program itself paused.
    first: Option<&'static str>,
    /// Whether a press of the button ends it.
    ends: bool,
}

/// `GET /pause` — what it does, and the button.
pub(super) async fn get(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let paused = match Settings(&mut tx).pause().await? {
        Some(pause) => Some(why(&mut tx, pause).await?),
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

async fn why(tx: &mut Tx, pause: Pause) -> Result<Paused, Problem> {
    let since = clock_words::moment(pause.since);
    Ok(match pause.because {
        Because::Asked => {
            let by = match &pause.by {
                Some(by) => People(tx).find(by).await?,
                None => None,
            };
            let by = by.map_or_else(|| "Somebody".to_owned(), |who| who.name);
            Paused { say: format!("{by} paused it on {since}."), first: None, ends: true }
        }
        Because::Restored { made } => Paused {
            say: format!(
                "The records were restored on {since}, as they were on {}.",
                clock_words::moment(made)
            ),
            first: Some(
                "What families withdrew in between is not in them. Enter it again, look at what is public, and then \
                 let publishing go on.",
            ),
            ends: true,
        },
        Because::RolledBack { witnessed } => Paused {
            say: format!(
                "The witness has seen {witnessed} ledger entries that these records do not hold. The program noticed on \
                 {since}."
            ),
            first: Some(
                "Somebody put an older copy in place. Restore the newest backup; if there is none, the owner of the \
                 server runs “cleansheet ledger continue”. Withdrawals and take-downs go on meanwhile.",
            ),
            ends: false,
        },
    })
}
