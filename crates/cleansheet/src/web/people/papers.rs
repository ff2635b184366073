//! Certificates that wait for somebody else than their holder to look (clause 1).

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::people::People;
use cleansheet_terms::{CertificateId, day_in_london};

use super::{
    Names,
    show::{Paper, paper},
};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

struct Waiting {
    who: String,
    to: String,
    added: String,
    /// It is one's own.
    own: bool,
    paper: Paper,
}

#[derive(Template)]
#[template(path = "people/papers.html")]
struct Papers {
    page: Page,
    waiting: Vec<Waiting>,
}

/// `GET /people/papers` — what waits, the oldest first.
pub(in crate::web) async fn waiting(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let (mut names, mut waiting) = (Names::default(), Vec::new());
    for one in People(&mut tx).certificates_waiting().await? {
        waiting.push(Waiting {
            who: names.of(&mut tx, &one.person).await?,
            to: format!("/people/{}", one.person),
            added: clock_words::day(day_in_london(one.added)),
            own: one.person == me.person.id,
            paper: paper(&one, today),
        });
    }
    show(&Papers { page, waiting })
}

/// `POST /people/papers/{certificate}/verify` — it is what it says.
pub(in crate::web) async fn verify(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = CertificateId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    People(&mut tx).verify_certificate(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/people/papers"))
}

/// `POST /people/papers/{certificate}/refuse` — it does not count, and why.
pub(in crate::web) async fn refuse(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = CertificateId::parse(&id).map_err(|_| Problem::NotFound)?;
    let (because, by) = (fields.one("because"), &me.person.id);
    let mut tx = app.records.begin().await?;
    let one = People(&mut tx).certificate(&id).await?.ok_or(Problem::NotFound)?;
    People(&mut tx).refuse_certificate(&id, because, by, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/people/{}", one.person)))
}
