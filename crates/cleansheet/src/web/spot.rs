//! Adults on the spot: the sign that a coach prints for an event, and the page its code leads to.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use cleansheet_locales::Said;
use cleansheet_records::{
    activities::{Activities, Activity},
    asking::{NewSpot, SpotError, Spots},
    consents::{Editions, Reader, good_until},
};
use cleansheet_terms::{ActivityId, day_in_london, random_hex};

use super::{
    Problem, Signed, Web,
    asking::letters::in_fours,
    client::Client,
    clock_words,
    fields::Fields,
    layout::{Page, first_name},
    parts,
    problem::{sentence, show},
    qr::Picture,
    questions::{self, Around, Question},
};
use crate::app::App;

#[derive(Template)]
#[template(path = "spot/about.html")]
struct About {
    page: Page,
    id: String,
    name: String,
    day: String,
}

#[derive(Template)]
#[template(path = "spot/sign.html")]
struct Sign {
    page: Page,
    name: String,
    day: String,
    until: String,
    address: String,
    picture: Picture,
}

#[derive(Template)]
#[template(path = "spot/page.html")]
struct Questions {
    page: Page,
    token: String,
    once: String,
    activity: String,
    around: Around,
    name: String,
    mail: String,
    questions: Vec<Question>,
    naming: String,
    on_paper: bool,
    sorry: Option<String>,
}

#[derive(Template)]
#[template(path = "spot/thanks.html")]
struct Thanks {
    page: Page,
    first_name: String,
    answers: Vec<(&'static str, &'static str)>,
    address: String,
    code: String,
    mailed: bool,
}

/// Pages that only say something.
#[derive(Template)]
#[template(path = "spot/say.html")]
struct Say {
    page: Page,
    title: &'static str,
    say: Vec<String>,
}

/// `GET /activities/{id}/spot` — what the sign is for, and the button that makes it.
pub(super) async fn about(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let activity = activity(&app, &id).await?;
    show(&About { page, id, day: clock_words::day(activity.day), name: activity.name })
}

/// `POST /activities/{id}/spot` — the sign. Its code is kept nowhere, so each press makes another; all of them work.
pub(super) async fn sign(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let activity = activity(&app, &id).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let (token, ends) = Spots(&mut tx).make(&activity.id, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    let address = format!("{}/spot/{}", app.settings.public_url, token.reveal());
    let picture = Picture::of(&address);
    let day = clock_words::day(activity.day);
    show(&Sign { page, name: activity.name, day, until: clock_words::moment(ends), address, picture })
}

async fn activity(app: &App, id: &str) -> Result<Activity, Problem> {
    let id = ActivityId::parse(id).map_err(|_| Problem::NotFound)?;
    Activities(&mut app.records.read().await?).activity(&id).await?.ok_or(Problem::NotFound)
}

/// `GET /spot/{token}` — the questions, for whoever stands before the sign.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    asked(&app, page, token, &Fields::default(), None).await
}

async fn asked(
    app: &App,
    page: Page,
    token: String,
    fields: &Fields,
    sorry: Option<String>,
) -> Result<Response, Problem> {
    let mut tx = app.records.read().await?;
    let found = Spots(&mut tx).activity(&token, app.clock.now()).await?;
    let edition = Editions(&mut tx).in_force().await?;
    let Some(activity) = found else { return ended(page) };
    let until = good_until(day_in_london(app.clock.now()));
    let said = Said { child: "", trust: &page.trust, until };
    let (around, questions) = questions::in_force(edition.as_ref(), Reader::Adult, &said, fields)?;
    let once = match fields.one("once") {
        "" => random_hex(&mut &app.entropy, 16),
        once => once.to_owned(),
    };
    let status = if sorry.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = show(&Questions {
        page,
        token,
        once,
        activity: activity.name,
        around,
        name: fields.one("name").to_owned(),
        mail: fields.one("mail").to_owned(),
        questions,
        naming: fields.one(questions::NAMING).to_owned(),
        on_paper: false,
        sorry,
    })?;
    Ok((status, shown).into_response())
}

fn ended(page: Page) -> Result<Response, Problem> {
    let say = [
        "Codes like this work until the day after an event.",
        "Ask somebody of the trust for the code of today. \
                Until you answer, we cover your face in pictures.",
    ];
    let title = "This code does not work any more";
    let shown = show(&Say { page, title, say: say.map(str::to_owned).to_vec() })?;
    Ok((StatusCode::NOT_FOUND, shown).into_response())
}

/// `POST /spot/{token}` — keeps an adult's answers. Somebody younger is told whom to ask, and nothing is kept.
pub(super) async fn answer(
    State(web): State<Web>,
    client: Client,
    page: Page,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (app, now) = (web.app(), web.app().clock.now());
    if fields.one("do") == "younger" {
        return younger(page);
    }
    web.0.limits.may_answer(client.address.as_deref(), &token, now)?;
    let given = questions::given(&fields);
    if let Some(sorry) = missing(&fields, &given) {
        return asked(app, page, token, &fields, Some(sorry.to_owned())).await;
    }
    let words = app.words();
    let new = NewSpot {
        token: &token,
        once: fields.one("once"),
        name: fields.one("name"),
        mail: fields.one("mail"),
        adult: fields.has("adult"),
        answers: &given,
        trust: &app.settings.profile.trust.name,
        words: &words,
    };
    let mut tx = app.records.begin().await?;
    let kept = Spots(&mut tx).answer(&new, &*app.clock, &mut &app.entropy).await;
    let spotted = match kept {
        Ok(spotted) => spotted,
        Err(SpotError::Ended) => return ended(page),
        Err(
            error @ (SpotError::NotAdult | SpotError::Nameless | SpotError::Mail(_) | SpotError::NoAnswer),
        ) => {
            drop(tx);
            return asked(app, page, token, &fields, Some(sentence(&error.to_string()))).await;
        }
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    app.wake.all();
    let answers = given.iter().map(|(purpose, kind, given)| {
        (questions::words(*purpose, *kind), if given.is_some() { "Yes" } else { "No" })
    });
    let thanks = Thanks {
        page,
        first_name: first_name(new.name),
        answers: answers.collect(),
        address: format!("{}/g/{}", app.settings.public_url, spotted.link.reveal()),
        code: in_fours(&spotted.code),
        mailed: !new.mail.trim().is_empty(),
    };
    Ok(show(&thanks)?.into_response())
}

/// What is still to be answered.
fn missing(fields: &Fields, given: &questions::Given) -> Option<&'static str> {
    if given.len() < questions::of(fields).len() {
        return Some("Answer each question. No is as good as yes.");
    }
    let unnamed = fields.one(questions::NAMING).is_empty() && given.iter().any(|(_, _, yes)| yes.is_some());
    unnamed.then_some("Say whether we may write your name beside a picture.")
}

fn younger(page: Page) -> Result<Response, Problem> {
    let say = [
        "Thank you for telling us. Until you are 18, a parent or carer answers first.",
        "Ask them, or tell the coach: we send them a message. From 12 on, we ask you as well.",
        "Nothing of this page was kept. Until there is an answer, we cover your face in pictures.",
    ];
    let title = "Ask your parent or carer";
    let shown = show(&Say { page, title, say: say.map(str::to_owned).to_vec() })?;
    Ok(shown.into_response())
}

impl From<SpotError> for Problem {
    fn from(error: SpotError) -> Self {
        match error {
            SpotError::NotAdult | SpotError::Nameless | SpotError::Mail(_) | SpotError::NoAnswer => {
                Self::Wrong(error.to_string())
            }
            SpotError::Ended | SpotError::Over | SpotError::Twice => Self::Conflict(error.to_string()),
            SpotError::Activity(error) => error.into(),
            SpotError::Invitation(error) => Self::internal(&error),
            SpotError::Answer(error) => error.into(),
            SpotError::Store(error) => error.into(),
        }
    }
}
