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
    Tx,
    activities::{Activities, Activity},
    asking::{NewSpot, SpotError, Spots},
    consents::{Editions, QUESTIONS, Reader, good_until},
};
use cleansheet_terms::{ActivityId, day_in_london, random_hex};

use super::{
    Problem, Signed, Web,
    asking::letters::in_fours,
    client::Client,
    clock_words,
    families::form::{self, Form},
    fields::Fields,
    layout::{Page, first_name},
    parts,
    problem::{sentence, show},
    qr::Picture,
    questions::{self, Around, Question},
};
use crate::app::App;

/// Words were put in force while somebody read others.
const CHANGED: &str = "The questions have changed. Read them again, and then save. Nothing was saved.";

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

/// - `again`: why they have to look at it once more.
async fn asked(
    app: &App,
    page: Page,
    token: String,
    fields: &Fields,
    again: Option<(StatusCode, String)>,
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
    let (status, sorry) = again.map_or((StatusCode::OK, None), |(status, sorry)| (status, Some(sorry)));
    let shown = show(&Questions {
        page,
        token,
        once,
        activity: activity.name,
        around,
        name: fields.one("name").to_owned(),
        mail: fields.one("mail").to_owned(),
        questions,
        naming: form::chosen(fields, form::NAMING),
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
    let mut tx = app.records.begin().await?;
    if !has_read_what_is_in_force(&mut tx, &fields).await? {
        drop(tx);
        let again = (StatusCode::CONFLICT, CHANGED.to_owned());
        return asked(app, page, token, &about_themselves(&fields), Some(again)).await;
    }
    let given = match form::read(&fields, &form::SPOT) {
        Form::Whole(given) => given,
        Form::Partly(missing) => {
            drop(tx);
            let again = (StatusCode::UNPROCESSABLE_ENTITY, unanswered(&missing).to_owned());
            return asked(app, page, token, &fields, Some(again)).await;
        }
        Form::Foreign => return Err(Problem::Wrong("the form arrived damaged; open the page again".into())),
    };
    keep(app, tx, page, token, &fields, &given).await
}

/// Keeps what they answered, and shows them their own link this once.
async fn keep(
    app: &App,
    mut tx: Tx,
    page: Page,
    token: String,
    fields: &Fields,
    given: &form::Given,
) -> Result<Response, Problem> {
    let words = app.words();
    let new = NewSpot {
        token: &token,
        once: fields.one("once"),
        name: fields.one("name"),
        mail: fields.one("mail"),
        adult: fields.has("adult"),
        answers: given,
        trust: &app.settings.profile.trust.name,
        words: &words,
    };
    let kept = Spots(&mut tx).answer(&new, &*app.clock, &mut &app.entropy).await;
    let spotted = match kept {
        Ok(spotted) => spotted,
        Err(SpotError::Ended) => return ended(page),
        Err(
            error @ (SpotError::NotAdult | SpotError::Nameless | SpotError::Mail(_) | SpotError::NoAnswer),
        ) => {
            drop(tx);
            let again = (StatusCode::UNPROCESSABLE_ENTITY, sentence(&error.to_string()));
            return asked(app, page, token, fields, Some(again)).await;
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

/// Whether the words on the page are those in force. Asked while nobody else can change them.
async fn has_read_what_is_in_force(tx: &mut Tx, fields: &Fields) -> Result<bool, Problem> {
    let edition = Editions(tx).in_force().await?;
    let wording = edition.as_ref().and_then(|edition| edition.wording(Reader::Adult, "en"));
    Ok(wording.is_some_and(|wording| wording.hash.to_string() == fields.one("words")))
}

/// What they wrote of themselves; answers to other words are no answers.
fn about_themselves(fields: &Fields) -> Fields {
    let kept = ["once", "name", "mail"].map(|name| (name.to_owned(), fields.one(name).to_owned()));
    Fields::new(kept.into())
}

/// What is still to be answered.
fn unanswered(missing: &[usize]) -> &'static str {
    if missing.iter().any(|number| *number <= QUESTIONS.len()) {
        "Answer each question. No is as good as yes."
    } else {
        "Say whether we may write your name beside a picture."
    }
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
