//! What somebody sees of their own DBS record: whether it counts and until when, and that they can end status checks.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::people::{People, dbs::DbsRecords};

use super::{line, roles};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show},
};

#[derive(Template)]
#[template(path = "people/dbs/own.html")]
struct Own {
    page: Page,
    line: String,
    needs: String,
    /// Since when they agree to status checks.
    agreed: Option<String>,
    organisation: String,
}

/// `GET /me/dbs` — one's own state. Nothing of what was disclosed or decided.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let standing = People(&mut tx).standing(&me.person.id, app.clock.now()).await?;
    let requirements = People(&mut tx).requirements().await?;
    let last_day = People(&mut tx).dbs_last_day(&me.person, &requirements, app.clock.now()).await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    let consent = records.consent(&me.person.id, &me.person.id).await?;
    show(&Own {
        line: line(standing.dbs, last_day),
        needs: roles::needs(&me.person.roles_at(app.clock.now()), &requirements),
        agreed: consent.map(|consent| clock_words::day(consent.given)),
        organisation: app.settings.profile.trust.name.clone(),
        page,
    })
}

/// `POST /me/dbs/stop` — no more status checks.
pub(in crate::web) async fn stop(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.end_agreement(&me.person.id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me/dbs"))
}
