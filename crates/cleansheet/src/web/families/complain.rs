//! A complaint of a family, and what became of it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_records::complaints::{ComplaintError, Complaints};
use cleansheet_terms::{ComplaintId, day_in_london};

use super::{Family, Me};
use crate::{
    app::App,
    web::{Problem, Visit, fields::Fields, parts, problem::show},
};

/// The longest complaint, in letters; a page holds no more.
const MOST: usize = 10_000;

#[derive(Template)]
#[template(path = "families/complain.html")]
struct Complain {
    family: Family,
    base: &'static str,
    home: &'static str,
    empty: bool,
}

#[derive(Template)]
#[template(path = "families/complaint.html")]
struct Complained {
    family: Family,
    home: &'static str,
    state: String,
    words: String,
    answer: Option<String>,
}

/// `GET /g/complain`, `GET /own/complain` — one box.
pub(in crate::web) async fn get(me: Me, family: Family) -> Result<Html<String>, Problem> {
    show(&Complain { family, base: me.base(), home: me.home(), empty: false })
}

/// `POST /g/complain`, `POST /own/complain` — it is kept, sealed, and somebody has 30 days to say so.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Me,
    family: Family,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let words: String = fields.one("words").chars().take(MOST).collect();
    let mut tx = app.records.begin().await?;
    me.keep_language(&mut tx, &visit).await?;
    let (clock, mut chance, trust) = (&*app.clock, &app.entropy, &app.settings.profile.trust.name);
    let made = Complaints(&mut tx, &app.sealer).make(&me.visitor(), &words, trust, clock, &mut chance).await;
    let id = match made {
        Ok(id) => id,
        Err(ComplaintError::Empty) => {
            let again = show(&Complain { family, base: me.base(), home: me.home(), empty: true })?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("{}/complaints/{id}", me.base())).into_response())
}

/// `GET /g/complaints/{complaint}`, `GET /own/complaints/{complaint}` — by when, how far, and the answer.
pub(in crate::web) async fn receipt(
    State(app): State<Arc<App>>,
    me: Me,
    family: Family,
    Path(complaint): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = ComplaintId::parse(&complaint).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let found = Complaints(&mut tx, &app.sealer).get(&id).await?;
    let complaint = found.filter(|one| one.visitor == me.visitor()).ok_or(Problem::NotFound)?;
    let state = match complaint.acknowledged {
        Some(at) => family.t.with("day", &family.day(day_in_london(at))).say("complained-working"),
        None => family.t.with("day", &family.day(complaint.due)).say("complained-by"),
    };
    show(&Complained { home: me.home(), state, words: complaint.words, answer: complaint.answer, family })
}
