//! The whole policy to read, what changed since this person last did, and "I have read it and follow it" (clause 12).

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::{
    people::People,
    review::{Readers, Readings, Versions},
};
use cleansheet_terms::{Digest, day_in_london};

use super::changes::Changes;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// One clause in full.
struct Clause {
    number: u8,
    name: String,
    text: String,
}

/// One signed reading.
struct ReadingLine {
    word: &'static str,
    words: String,
    signed: String,
    /// Signed after this person last acknowledged.
    new: bool,
}

#[derive(Template)]
#[template(path = "policy/read.html")]
struct Read {
    page: Page,
    hash: String,
    since: String,
    clauses: Vec<Clause>,
    readings: Vec<ReadingLine>,
    /// What changed since the version they acknowledged last.
    changes: Option<Changes>,
    /// When that was.
    last: Option<String>,
    /// The version in force is acknowledged.
    has_read: bool,
}

/// `GET /policy/read` — all of it.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let version = app.policy.version();
    let hash = app.policy.hash();
    let in_force = Versions(&mut tx).in_force().await?.ok_or(Problem::Internal)?;
    let last = Readers(&mut tx).history(&me.person.id).await?.into_iter().next();
    let has_read = last.as_ref().is_some_and(|(read, _)| *read == hash);
    let mut changes = None;
    if let Some((read, _)) = last.as_ref().filter(|_| !has_read) {
        changes = Versions(&mut tx).whole(read).await?.map(|older| Changes::of(&version.since(&older)));
    }
    let readings = Readings(&mut tx).in_force().await?;
    drop(tx);
    let readings = readings.into_iter().filter_map(|(key, reading)| {
        Some(ReadingLine {
            word: cleansheet_policy::interpretation(&key)?.word,
            new: last.as_ref().is_some_and(|(_, at)| reading.signed > *at),
            signed: format!("{}, {}", reading.signed_by, clock_words::day(day_in_london(reading.signed))),
            words: reading.words,
        })
    });
    let clauses = version.clauses.iter().map(|one| Clause {
        number: one.clause.number(),
        name: one.name.clone(),
        text: one.text.clone(),
    });
    show(&Read {
        page,
        hash: hash.to_string(),
        since: clock_words::day(day_in_london(in_force.since)),
        clauses: clauses.collect(),
        readings: readings.collect(),
        changes,
        last: last.map(|(_, at)| clock_words::day(day_in_london(at))),
        has_read,
    })
}

/// `POST /acknowledge` — "I have read it and follow it", of the version that the page showed.
pub(in crate::web) async fn acknowledge(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let again = || Problem::Conflict("the policy is another than the one you read; read it again".into());
    let version = Digest::parse(fields.one("version")).map_err(|_| again())?;
    if version != app.policy.hash() {
        return Err(again());
    }
    let mut tx = app.records.begin().await?;
    People(&mut tx).acknowledge(&me.person.id, &version, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/"))
}
