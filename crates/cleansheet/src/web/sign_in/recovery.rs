//! The way back in: a Manager prints a code for somebody who stands before them, and whoever has it signs in once.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    people::{People, Person},
    sign_ins::{Holder, RecoveryError, SignIns, print_code, redeem_code},
};
use cleansheet_terms::PersonId;

use super::Mark;
use crate::{
    app::App,
    web::{
        Problem, Signed, Web, client::Client, clock_words, fields::Fields, layout::Page, parts, problem::show,
    },
};

#[derive(Template)]
#[template(path = "sign_in/recover.html")]
struct Recover {
    page: Page,
    sorry: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/way_in.html")]
struct WayIn {
    page: Page,
    id: PersonId,
    name: String,
    passkeys: usize,
    codes: bool,
    running: usize,
    oneself: bool,
    ended: bool,
}

#[derive(Template)]
#[template(path = "sign_in/printed.html")]
struct Printed {
    page: Page,
    name: String,
    address: String,
    code: String,
    until: String,
}

/// `GET /recover` — where a printed code is typed in.
pub(in crate::web) async fn get(page: Page) -> Result<Html<String>, Problem> {
    show(&Recover { page, sorry: None })
}

/// `POST /recover` — signs in once, ends everything else, and leads to a new passkey.
pub(in crate::web) async fn post(
    State(web): State<Web>,
    client: Client,
    page: Page,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let (app, code) = (web.app(), fields.one("code"));
    web.0.limits.try_once(client.address.as_deref(), code, app.clock.now())?;
    let mark = Mark::of(app, &headers, fields.has("shared"));
    let browser = mark.browser(&client);
    match redeem_code(&app.records, code, browser, &*app.clock, &mut &app.entropy).await {
        Ok(started) => {
            web.0.limits.was_right(client.address.as_deref(), code);
            app.wake.all();
            let cookies = mark.signed_in(app, started.token.reveal());
            Ok((cookies, Redirect::to("/me/passkeys/new")).into_response())
        }
        Err(error @ RecoveryError::BadCode) => {
            let sorry = Some(crate::web::problem::sentence(&error.to_string()));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&Recover { page, sorry })?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn person(app: &App, id: &str) -> Result<Person, Problem> {
    let id = PersonId::parse(id).map_err(|_| Problem::NotFound)?;
    People(&mut app.records.read().await?).find(&id).await?.ok_or(Problem::NotFound)
}

/// `GET /people/{person}/way-in` — what the Manager can do for somebody who cannot get in, or whose phone is lost.
pub(in crate::web) async fn way_in(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    show(&view(&app, &me, page, person(&app, &id).await?, false).await?)
}

async fn view(app: &App, me: &Signed, page: Page, one: Person, ended: bool) -> Result<WayIn, Problem> {
    let mut tx = app.records.read().await?;
    let ways = SignIns(&mut tx).ways_of(&one.id).await?;
    let running = SignIns(&mut tx).list_of(&one.id, app.clock.now()).await?.len();
    Ok(WayIn {
        page,
        oneself: one.id == me.person.id,
        id: one.id,
        name: one.name,
        passkeys: ways.passkeys,
        codes: ways.codes,
        running,
        ended,
    })
}

/// `POST /people/{person}/way-in` — the paper with the code. It is shown this once.
pub(in crate::web) async fn print(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let one = person(&app, &id).await?;
    let code = print_code(&app.records, &one.id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    app.wake.all();
    let until = app.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap_or(app.clock.now());
    show(&Printed {
        page,
        name: one.name,
        address: format!("{}/recover", app.settings.public_url),
        code,
        until: clock_words::moment(until),
    })
}

/// `POST /people/{person}/end-sign-ins` — ends all of somebody's sign-ins.
pub(in crate::web) async fn end_all(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let one = person(&app, &id).await?;
    let mut tx = app.records.begin().await?;
    let holder = Holder::Person(one.id.clone());
    SignIns(&mut tx).end_all_by(&holder, &me.person.id, app.clock.now(), &mut &app.entropy).await?;
    tx.commit().await?;
    show(&view(&app, &me, page, one, true).await?)
}

impl From<RecoveryError> for Problem {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::BadCode => Self::Wrong(error.to_string()),
            RecoveryError::Oneself => Self::Conflict(error.to_string()),
            RecoveryError::Person(error) => error.into(),
            RecoveryError::Store(error) => error.into(),
        }
    }
}
