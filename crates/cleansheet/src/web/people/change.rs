//! What the Manager changes about a person: name and address, roles, suspension.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use cleansheet_records::people::People;
use cleansheet_terms::Role;

use super::known;
use crate::{
    app::App,
    web::{Problem, Signed, fields::Fields},
};

/// `POST /people/{person}` — puts a name and an address right.
pub(in crate::web) async fn correct(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let mut tx = app.records.begin().await?;
    let new = (fields.one("name"), fields.one("mail"));
    People(&mut tx).correct(&person.id, new, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/people/{}", person.id)))
}

/// `POST /people/{person}/roles` — gives a role or takes one.
pub(in crate::web) async fn roles(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let role = |name| Role::parse(fields.one(name)).ok();
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    match (role("give"), role("take")) {
        (Some(role), _) => {
            People(&mut tx).give_role(&person.id, role, &me.person.id, clock, &mut chance).await?;
        }
        (None, Some(role)) => {
            People(&mut tx).take_role(&person.id, role, &me.person.id, clock, &mut chance).await?;
        }
        (None, None) => return Err(Problem::Wrong("choose a role to give or to take".into())),
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/people/{}", person.id)))
}

/// `POST /people/{person}/suspend` — they may not act until somebody says so.
pub(in crate::web) async fn suspend(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (person, because) = (known(&app, &id).await?, because(&fields)?);
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    People(&mut tx).suspend(&person.id, because, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/people/{}", person.id)))
}

/// `POST /people/{person}/restore` — they may act again.
pub(in crate::web) async fn restore(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (person, because) = (known(&app, &id).await?, because(&fields)?);
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    People(&mut tx).restore(&person.id, because, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/people/{}", person.id)))
}

fn because(fields: &Fields) -> Result<&str, Problem> {
    let because = fields.one("because").trim();
    if because.is_empty() {
        return Err(Problem::Wrong("say why: somebody will ask in a year".into()));
    }
    Ok(because)
}
