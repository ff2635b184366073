//! One person's DBS records (clause 1), for the Manager and the safeguarding lead: write a certificate down, see its original,
//! decide, look at the details. Nobody sees their own record here; what stands in it nobody else sees at all.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_policy::facts::{Dbs, Standing};
use cleansheet_records::people::{
    DbsLevel, People, Person, Workforce,
    dbs::{
        CertificateNumber, DbsError, DbsRecordId, DbsRecords, Disclosed, Identity, NOTE_LETTERS, NewRecord,
    },
};
use cleansheet_terms::{Date, PersonId, day_in_london};

use self::view::{Agreement, Shown, View};
use super::{
    super::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show, roles},
    dbs_in_words,
};
use crate::app::App;

pub(in crate::web) mod asking;
pub(in crate::web) mod own;
mod view;

#[derive(Template)]
#[template(path = "people/dbs/record.html")]
struct RecordPage {
    page: Page,
    id: String,
    name: String,
    state: (&'static str, String),
    needs: String,
    /// Who else sees to it, when it is one's own.
    own: Option<String>,
    records: Vec<View>,
    views: Vec<String>,
    agreement: Agreement,
    shown: Option<Shown>,
    levels: Vec<(&'static str, &'static str)>,
    workforces: Vec<(&'static str, &'static str)>,
    today: Date,
    letters: usize,
}

/// `GET /people/{person}/dbs` — how the records stand. Not what is in them.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let person = known(&app, &id).await?;
    show(&record_page(&app, &me, page, person, None).await?)
}

/// `POST /people/{person}/dbs` — writes a certificate down. No scan.
pub(in crate::web) async fn write_down(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let new = certificate(&fields)?;
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.write_down(&person.id, &new, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/see` — "I have the original before me".
pub(in crate::web) async fn see(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let disclosed = disclosed(&fields).ok_or_else(|| Problem::Wrong(SAY_WHAT.into()))?;
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.see(&record(&fields)?, disclosed, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/decide` — suitable or not.
pub(in crate::web) async fn decide(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let suitable = match fields.one("suitable") {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::Wrong("say whether they are suitable for their role".into())),
    };
    let (note, by) = (fields.one("note"), &me.person.id);
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.decide(&record(&fields)?, suitable, note, by, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/details` — shows number, names, disclosure, note and why a status check needs a look, and writes down who looked.
pub(in crate::web) async fn details(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Html<String>, Problem> {
    let (person, record) = (known(&app, &id).await?, record(&fields)?);
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    let details = records.details(&record, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    let shown = Shown::of(&record, details);
    show(&record_page(&app, &me, page, person, Some(shown)).await?)
}

/// One line for a person about themselves: `DBS: in date until 10 January 2028`. The same whatever a certificate disclosed.
pub(in crate::web) fn line(dbs: Dbs, last_day: Option<Date>) -> String {
    match (dbs, last_day) {
        (Dbs::Current, Some(day)) => format!("DBS: in date until {}", clock_words::day(day)),
        (Dbs::Current, None) => "DBS: your role needs none".to_owned(),
        (other, _) => format!("DBS: {}", dbs_in_words(other)),
    }
}

async fn record_page(
    app: &App,
    me: &Signed,
    page: Page,
    person: Person,
    shown: Option<Shown>,
) -> Result<RecordPage, Problem> {
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let standing = People(&mut tx).standing(&person.id, now).await?;
    let requirements = People(&mut tx).requirements().await?;
    let last_day = People(&mut tx).dbs_last_day(&person, &requirements, now).await?;
    let mut found = RecordPage {
        page,
        id: person.id.to_string(),
        state: state(&standing, last_day),
        needs: roles::needs(&person.roles_at(now), &requirements),
        name: person.name,
        own: None,
        records: Vec::new(),
        views: Vec::new(),
        agreement: Agreement::none(app, &me.person.name),
        shown,
        levels: DbsLevel::ALL.map(|level| (level.as_str(), roles::level_words(level))).to_vec(),
        workforces: Workforce::ALL.map(|one| (one.as_str(), roles::workforce_words(one))).to_vec(),
        today: day_in_london(now),
        letters: NOTE_LETTERS,
    };
    if person.id == me.person.id {
        found.own = Some(view::who_else(&mut tx, &me.person).await?);
        return Ok(found);
    }
    let names = view::Names::read(&mut tx).await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    let all = records.of(&person.id, &me.person.id).await?;
    let views = records.views(&person.id, &me.person.id).await?;
    let consent = records.consent(&person.id, &me.person.id).await?;
    let may_ask = records.may_be_asked_about(&person.id).await?;
    found.records = view::records(&all, &names);
    found.views = views.iter().map(|one| names.looked(one)).collect();
    found.agreement.fill(consent, may_ask, &names);
    Ok(found)
}

fn state(standing: &Standing, last_day: Option<Date>) -> (&'static str, String) {
    match (standing.dbs, last_day) {
        (Dbs::Current, Some(day)) => ("ok", format!("In date until {}", clock_words::day(day))),
        (Dbs::Current, None) => ("note", "Their role needs none".to_owned()),
        (other, _) => {
            ("hold", super::super::problem::sentence(dbs_in_words(other)).trim_end_matches('.').to_owned())
        }
    }
}

/// What a form says of a certificate.
fn certificate(fields: &Fields) -> Result<NewRecord, Problem> {
    let wrong = |_| Problem::Wrong("choose check and work from the lists".into());
    let original = fields.has("original");
    let seen = disclosed(fields);
    if original && seen.is_none() {
        return Err(Problem::Wrong(SAY_WHAT.into()));
    }
    let birthday = fields.one("birthday");
    Ok(NewRecord {
        level: DbsLevel::parse(fields.one("level")).map_err(wrong)?,
        workforce: Workforce::parse(fields.one("workforce")).map_err(wrong)?,
        issued: day(fields.one("issued"))?,
        identity: Identity {
            number: CertificateNumber::parse(fields.one("number"))?,
            forename: fields.one("forename").trim().to_owned(),
            surname: fields.one("surname").trim().to_owned(),
            birthday: if birthday.is_empty() { None } else { Some(day(birthday)?) },
        },
        seen: seen.filter(|_| original),
    })
}

const SAY_WHAT: &str = "say whether the certificate discloses anything; you have it before you";

fn disclosed(fields: &Fields) -> Option<Disclosed> {
    match fields.one("disclosed") {
        "nothing" => Some(Disclosed::Nothing),
        "something" => Some(Disclosed::Something),
        _ => None,
    }
}

/// A day as a date field sends it.
pub(super) fn day(text: &str) -> Result<Date, Problem> {
    text.trim()
        .parse()
        .map_err(|_| Problem::Wrong("write days as year-month-day, for example 2025-01-10".into()))
}

fn record(fields: &Fields) -> Result<DbsRecordId, Problem> {
    DbsRecordId::parse(fields.one("record")).map_err(|_| Problem::NotFound)
}

pub(super) async fn known(app: &App, id: &str) -> Result<Person, Problem> {
    let id = PersonId::parse(id).map_err(|_| Problem::NotFound)?;
    let person = People(&mut app.records.read().await?).find(&id).await?;
    person.ok_or(Problem::NotFound)
}

pub(super) fn back_to(person: &PersonId) -> Redirect {
    Redirect::to(&format!("/people/{person}/dbs"))
}

impl From<DbsError> for Problem {
    fn from(error: DbsError) -> Self {
        match error {
            DbsError::Own | DbsError::NotYours => Self::NotYours(error.to_string()),
            DbsError::Missing => Self::NotFound,
            DbsError::SeenAlready | DbsError::Gone => Self::Conflict(error.to_string()),
            DbsError::Number
            | DbsError::Names
            | DbsError::Future
            | DbsError::NotSeen
            | DbsError::NoteMissing
            | DbsError::NewerNeeded
            | DbsError::TooLong
            | DbsError::NotAgreed
            | DbsError::NothingToAsk => Self::Wrong(error.to_string()),
            DbsError::Person(error) => error.into(),
            DbsError::Seal(_) | DbsError::Unreadable => Self::internal(&error),
            DbsError::Store(error) => error.into(),
        }
    }
}
