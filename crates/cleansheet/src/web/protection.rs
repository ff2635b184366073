//! What protects one participant: the hard "no image" flag, whose reason only the safeguarding lead reads, and erasure.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    activities::{self, Activities, Participant},
    erasure::{self, ErasureError},
    withdrawals,
};
use cleansheet_terms::{ParticipantId, day_in_london};

use super::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

/// What a sealed reason is sealed as.
const REASON: &str = "no image";
const REASON_LETTERS: usize = 2_000;

#[derive(Template)]
#[template(path = "protection/protect.html")]
struct Protect {
    page: Page,
    id: String,
    name: String,
    no_image: bool,
    /// The reason, once it was asked for.
    reason: Option<String>,
    /// Which of the family asked for it, and when.
    wishes: Vec<String>,
    /// Their data is being erased: the flag stays.
    erasing: bool,
}

#[derive(Template)]
#[template(path = "protection/erase.html")]
struct Erase {
    page: Page,
    id: String,
    name: String,
    /// It was asked for already.
    asked: bool,
}

/// `GET /participants/{id}/protect` — whether the flag is there. Not why.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let one = known(&mut tx, &id).await?;
    show(&protect(&mut tx, page, one).await?)
}

/// `POST /participants/{id}/protect/reason` — shows why, and writes down who read it.
pub(super) async fn reason(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.begin().await?;
    let one = known(&mut tx, &id).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let sealed =
        Activities(&mut tx).read_no_image_reasons(&one.id, &me.person.id, clock, &mut chance).await?;
    let page = protect(&mut tx, page, one).await?;
    tx.commit().await?;
    let opened =
        sealed.iter().filter_map(|(record, sealed)| app.sealer.open(REASON, record.as_str(), sealed));
    let reasons: Vec<String> = opened.filter_map(|bytes| String::from_utf8(bytes.to_vec()).ok()).collect();
    let reason =
        if reasons.is_empty() { "Nobody wrote a reason down.".to_owned() } else { reasons.join("\n\n") };
    show(&Protect { reason: Some(reason), ..page })
}

/// `POST /participants/{id}/protect` — sets or lifts the flag. What is public is taken down with the same press.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let one = known(&mut tx, &id).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let set = fields.one("do") == "set";
    let why: String = fields.one("reason").trim().chars().take(REASON_LETTERS).collect();
    if one.no_image == set && why.is_empty() {
        // An old page was sent again: the reason that somebody wrote down stays.
        return Ok(Redirect::to(&format!("/participants/{id}/protect")));
    }
    let sealed = (set && !why.is_empty())
        .then(|| app.sealer.seal(REASON, one.id.as_str(), why.as_bytes(), &mut chance))
        .transpose()
        .map_err(|e| Problem::internal(&e))?;
    let by = me.person.id.as_str();
    Activities(&mut tx).set_no_image(&one.id, set, sealed.as_deref(), by, clock, &mut chance).await?;
    withdrawals::sweep(&mut tx, &one.id, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/participants/{id}/protect")))
}

/// `GET /participants/{id}/erase` — what erasing means, before anybody presses.
pub(super) async fn ask_to_erase(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let one = known(&mut tx, &id).await?;
    let asked = erasure::is_open(&mut tx, &one.id).await?;
    show(&Erase { page, id, name: one.name, asked })
}

/// `POST /participants/{id}/erase` — asks for it; it is done once everything public is seen to be gone.
pub(super) async fn erase(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let one = known(&mut tx, &id).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    match erasure::ask(&mut tx, &one.id, &me.person.id, clock, &mut chance).await {
        Ok(_) => tx.commit().await?,
        Err(ErasureError::Asked) => tx.rollback().await?,
        Err(error) => return Err(Problem::internal(&error)),
    }
    app.wake.all();
    Ok(Redirect::to(&format!("/participants/{id}/erase")))
}

/// The page, with the reason closed.
async fn protect(tx: &mut Tx, page: Page, one: Participant) -> Result<Protect, Problem> {
    Ok(Protect {
        wishes: asked_for(tx, &one).await?,
        erasing: erasure::is_open(tx, &one.id).await?,
        id: one.id.to_string(),
        name: one.name,
        no_image: one.no_image,
        reason: None,
        page,
    })
}

/// A parent who asked is heard before anybody lifts the flag.
async fn asked_for(tx: &mut Tx, one: &Participant) -> Result<Vec<String>, Problem> {
    let asked = Activities(tx).who_asked_never(&one.id).await?;
    let say = |(name, at)| format!("{name} asked for it on {}.", clock_words::day(day_in_london(at)));
    Ok(asked.into_iter().map(say).collect())
}

/// Of two records that were made one, the one that goes on.
async fn known(tx: &mut Tx, id: &str) -> Result<Participant, Problem> {
    let id = ParticipantId::parse(id).map_err(|_| Problem::NotFound)?;
    let id = activities::merged(tx, &id).await?.unwrap_or(id);
    Activities(tx).participant(&id).await?.ok_or(Problem::NotFound)
}
