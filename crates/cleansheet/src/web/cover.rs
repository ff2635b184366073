//! Cover: who stands in for the Manager, who is on call, and who could approve.

mod show;

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    activities::Activities,
    cover::{self, NewTurn, OnCall, OnCallId, TurnError},
    people::{Deputies, DeputyError, DeputyId, NewDeputy},
};
use cleansheet_terms::{ActivityId, Date, LONDON, PersonId, Timestamp};

use super::{Problem, Signed, clock_words, csv::Csv, fields::Fields};
use crate::app::App;

pub(super) use show::get;

/// `POST /cover/deputy` — the Manager names who stands in.
pub(super) async fn name(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = person(&fields)?;
    let (from, until) = (day(&fields, "from", "the first day")?, day(&fields, "until", "the last day")?);
    let new = NewDeputy { person: &person, by: &me.person.id, from, until };
    let mut tx = app.records.begin().await?;
    Deputies(&mut tx).name(&new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/cover"))
}

/// `POST /cover/deputy/{deputy}/end` — it ends early, or is called off.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = DeputyId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    Deputies(&mut tx).end(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/cover"))
}

/// `POST /cover/on-call` — gives somebody a turn: hours of a day, or an activity's whole day.
pub(super) async fn give_turn(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = person(&fields)?;
    let mut tx = app.records.begin().await?;
    let activity = match fields.one("activity") {
        "" => None,
        id => {
            let id = ActivityId::parse(id).map_err(|_| Problem::NotFound)?;
            Some(Activities(&mut tx).activity(&id).await?.ok_or(Problem::NotFound)?)
        }
    };
    let (from, until) = match &activity {
        Some(activity) => whole_day(activity.day)?,
        None => hours(&fields)?,
    };
    let activity = activity.as_ref().map(|activity| &activity.id);
    let new = NewTurn { person: &person, by: &me.person.id, activity, from, until };
    OnCall(&mut tx).give(&new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/cover#on-call"))
}

/// `POST /cover/on-call/{turn}/end` — ends a turn.
pub(super) async fn end_turn(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = OnCallId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    OnCall(&mut tx).end(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/cover#on-call"))
}

/// `POST /cover/minutes` — for how long those on call are told alone.
pub(super) async fn minutes(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let minutes = fields.one("minutes").trim().parse().unwrap_or(0);
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    cover::set_minutes_alone(&mut tx, minutes, &me.person.id, clock, &mut chance)
        .await?
        .map_err(|error| Problem::Wrong(error.to_string()))?;
    tx.commit().await?;
    Ok(Redirect::to("/cover#on-call"))
}

/// `GET /cover.csv` — who stood in and who is on call, as a file.
pub(super) async fn export(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let mut tx = app.records.read().await?;
    let mut rows = Vec::new();
    for one in Deputies(&mut tx).list().await? {
        let ended = one.period.ended.map(clock_words::exact).unwrap_or_default();
        let (from, until) = (one.period.from.to_string(), one.period.until.to_string());
        rows.push(vec!["stands in for the Manager".into(), one.name, from, until, ended]);
    }
    for turn in OnCall(&mut tx).ahead(app.clock.now()).await? {
        let (from, until) = (clock_words::exact(turn.from), clock_words::exact(turn.until));
        rows.push(vec!["on call".into(), turn.name, from, until, String::new()]);
    }
    Ok(Csv { name: "cover", headings: &["What", "Who", "From", "Until", "Ended early"], rows }
        .into_response())
}

fn person(fields: &Fields) -> Result<PersonId, Problem> {
    PersonId::parse(fields.one("person")).map_err(|_| Problem::Wrong("choose a person from the list".into()))
}

fn day(fields: &Fields, name: &str, what: &str) -> Result<Date, Problem> {
    fields.one(name).trim().parse().map_err(|_| Problem::Wrong(format!("say {what} as a day")))
}

/// From the first hour to the second; over midnight when the second is not later.
fn hours(fields: &Fields) -> Result<(Timestamp, Timestamp), Problem> {
    let on = day(fields, "day", "when it is")?;
    let hour = |name: &str| {
        let time: Result<jiff::civil::Time, _> = fields.one(name).trim().parse();
        time.map_err(|_| Problem::Wrong("say from when to when, for example 18:00 to 22:00".into()))
    };
    let (from, until) = (hour("from")?, hour("until")?);
    let last = if until <= from { on.tomorrow().map_err(|_| no_day())? } else { on };
    let at =
        |day: Date, time| day.to_datetime(time).in_tz(LONDON).map(|at| at.timestamp()).map_err(|_| no_day());
    Ok((at(on, from)?, at(last, until)?))
}

fn whole_day(day: Date) -> Result<(Timestamp, Timestamp), Problem> {
    let midnight = |day: Date| day.in_tz(LONDON).map(|at| at.timestamp()).map_err(|_| no_day());
    Ok((midnight(day)?, midnight(day.tomorrow().map_err(|_| no_day())?)?))
}

fn no_day() -> Problem {
    Problem::Wrong("that day is beyond our calendar; choose a nearer one".into())
}

impl From<DeputyError> for Problem {
    fn from(error: DeputyError) -> Self {
        match error {
            DeputyError::Missing(_) | DeputyError::Taken => Self::Conflict(error.to_string()),
            DeputyError::NotTheManager => Self::NotYours(super::problem::sentence(&error.to_string())),
            DeputyError::Person(error) => error.into(),
            DeputyError::Store(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}

impl From<TurnError> for Problem {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Missing(_) => Self::Conflict(error.to_string()),
            TurnError::Person(error) => error.into(),
            TurnError::Store(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}
