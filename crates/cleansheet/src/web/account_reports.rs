//! Accounts that use the trust's name or look like it: a form for everybody, and the Manager's list of what was told.
//!
//! What a stranger writes is shown as text and never as a link, and nothing here opens it.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    accounts::reports::{ADDRESS, CONTACT, NewReport, Report, ReportError, Reports, State as Far, WORDS},
    people::People,
};
use cleansheet_terms::{AccountReportId, PersonId, Timestamp, day_in_london};
use serde::Deserialize;

use super::{
    Problem, Signed, Web,
    client::Client,
    clock_words,
    csv::Csv,
    fields::Fields,
    layout::Page,
    parts,
    problem::{sentence, show},
};
use crate::app::App;

/// The longest address, the longest words, the longest mail address.
const LONGEST: (usize, usize, usize) = (ADDRESS, WORDS, CONTACT);
/// Stands in an address where a report's id stands, for those that are ticked.
const SEVERAL: &str = "several";

#[derive(Template)]
#[template(path = "account_reports/report.html")]
struct Form {
    page: Page,
    address: String,
    words: String,
    contact: String,
    longest: (usize, usize, usize),
    sorry: Option<String>,
}

#[derive(Template)]
#[template(path = "account_reports/thanks.html")]
struct Thanks {
    page: Page,
}

/// One report as the Manager reads it.
struct Line {
    id: String,
    address: String,
    words: String,
    made: String,
    state: &'static str,
    word: &'static str,
    told: String,
    closed: String,
    found: String,
    contact: bool,
    answered: bool,
    open: bool,
}

#[derive(Deserialize, Default)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

#[derive(Template)]
#[template(path = "account_reports/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
    /// How many are not closed.
    open: usize,
    most: usize,
}

/// `GET /report-account` — the form.
pub(super) async fn form(page: Page) -> Result<Html<String>, Problem> {
    let none = String::new;
    show(&Form { page, address: none(), words: none(), contact: none(), longest: LONGEST, sorry: None })
}

/// `POST /report-account` — keeps it, and tells the Manager that there is one.
pub(super) async fn make(
    State(web): State<Web>,
    client: Client,
    page: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    let app = web.app();
    let new = NewReport {
        address: fields.one("address"),
        words: fields.one("words"),
        contact: fields.one("contact"),
    };
    if let Err(error) = new.check() {
        return again(page, &new, StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
    }
    // Only what could be kept counts: a slip in the form uses up nothing.
    if web.0.limits.may_report(client.address.as_deref(), app.clock.now()).is_err() {
        let say = "many reports came in the last minutes; try again in ten minutes";
        return again(page, &new, StatusCode::TOO_MANY_REQUESTS, say);
    }
    let list = format!("{}/account-reports", app.settings.public_url);
    let mut tx = app.records.begin().await?;
    match Reports(&mut tx, &app.sealer).make(&new, &list, &*app.clock, &mut &app.entropy).await {
        Ok(_) => {}
        Err(error @ ReportError::TooMany) => {
            return again(page, &new, StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/report-account/thanks").into_response())
}

/// The form with what was written in it, and why it could not be kept.
fn again(page: Page, new: &NewReport<'_>, status: StatusCode, wrong: &str) -> Result<Response, Problem> {
    let [address, words, contact] = [new.address, new.words, new.contact].map(str::to_owned);
    let form = show(&Form { page, address, words, contact, longest: LONGEST, sorry: Some(sentence(wrong)) })?;
    let mut response = (status, form).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("600"));
    }
    Ok(response)
}

/// `GET /report-account/thanks` — what happens now.
pub(super) async fn thanks(page: Page) -> Result<Html<String>, Problem> {
    show(&Thanks { page })
}

/// `GET /account-reports` — what was told, what waits on top.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let lines = lines(&app, &search).await?;
    let open = lines.iter().filter(|line| line.open).count();
    show(&List { page, words: search.words, lines, open, most: WORDS })
}

/// `GET /account-reports.csv` — the same as a file; how to reach somebody is not in it.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let row = |line: Line| {
        vec![line.made, line.address, line.words, line.word.to_owned(), line.told, line.closed, line.found]
    };
    Ok(Csv {
        name: "account-reports",
        headings: &["Made", "Account", "What is wrong", "State", "Network told", "Closed", "Found"],
        rows: lines(&app, &search).await?.into_iter().map(row).collect(),
    })
}

async fn lines(app: &App, search: &Search) -> Result<Vec<Line>, Problem> {
    let mut tx = app.records.read().await?;
    let people = People(&mut tx).list().await?;
    let name = |id: &PersonId| {
        let found = people.iter().find(|person| person.id == *id);
        found.map_or_else(|| "somebody".to_owned(), |person| person.name.clone())
    };
    let on = |(by, at): &(PersonId, Timestamp)| {
        format!("{} on {}", name(by), clock_words::day(day_in_london(*at)))
    };
    let wanted = search.words.trim().to_lowercase();
    let finds = |one: &Report| {
        let texts = [&one.address, &one.words, &one.found];
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let all = Reports(&mut tx, &app.sealer).all().await?;
    Ok(all.into_iter().filter(finds).map(|one| line(one, &on)).collect())
}

fn line(one: Report, on: &dyn Fn(&(PersonId, Timestamp)) -> String) -> Line {
    let (state, word) = match one.state() {
        Far::Open => ("hold", "Open"),
        Far::Told => ("note", "Network told"),
        Far::Closed => ("ok", "Closed"),
    };
    Line {
        id: one.id.to_string(),
        made: clock_words::exact(one.made),
        state,
        word,
        open: one.closed.is_none(),
        told: one.told.as_ref().map(on).unwrap_or_default(),
        closed: one.closed.as_ref().map(on).unwrap_or_default(),
        contact: one.contact.is_some(),
        answered: one.answered.is_some(),
        address: one.address,
        words: one.words,
        found: one.found,
    }
}

/// `POST /account-reports/{report}/told` — the Manager has told the network.
pub(super) async fn told(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(report): Path<String>,
) -> Result<Redirect, Problem> {
    let id = AccountReportId::parse(&report).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    Reports(&mut tx, &app.sealer).network_told(&id, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account-reports"))
}

/// `POST /account-reports/{report}/close` — with what was found; who told us is answered if the Manager wants it. In the place
/// of a report, [`SEVERAL`] closes all that are ticked with the same words, or none of them.
pub(super) async fn close(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(report): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let parse = |id: &str| AccountReportId::parse(id).map_err(|_| Problem::NotFound);
    let ids: BTreeSet<AccountReportId> = if report == SEVERAL {
        fields.all("report").map(parse).collect::<Result<_, _>>()?
    } else {
        BTreeSet::from([parse(&report)?])
    };
    if ids.is_empty() {
        return Err(Problem::Wrong("tick the reports that you close".into()));
    }
    let answer = fields.has("answer").then_some(app.settings.profile.trust.name.as_str());
    let (found, by) = (fields.one("found"), &me.person.id);
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    for id in &ids {
        Reports(&mut tx, &app.sealer).close(id, found, by, answer, clock, &mut chance).await?;
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/account-reports"))
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Missing => Self::NotFound,
            ReportError::Closed => Self::Conflict(error.to_string()),
            ReportError::NoAddress
            | ReportError::NoWords
            | ReportError::TooLong
            | ReportError::NoMail
            | ReportError::TooMany => Self::Wrong(error.to_string()),
            ReportError::Person(error) => error.into(),
            ReportError::Seal(_) => Self::internal(&error),
            ReportError::Store(error) => error.into(),
        }
    }
}
