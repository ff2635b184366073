//! One participant: where they take part, and, for those who look after families, who answers for them.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    activities::{self, Activities, Activity, Guardianship, LANGUAGES, ParticipantDetails, Relation},
    withdrawals,
};
use cleansheet_terms::{ActivityId, day_in_london};

use super::{appears, can_appear, day, known};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// Activities that are offered for the roster.
const MOST: usize = 50;

struct On {
    id: String,
    name: String,
    day: String,
}

struct Adult {
    id: String,
    name: String,
    mail: String,
    phone: String,
    relation: &'static str,
    relation_words: &'static str,
    language: String,
    language_words: &'static str,
    ended: Option<String>,
}

/// What only those who look after families see.
struct Family {
    born: String,
    born_field: String,
    adult: bool,
    reference: String,
    mail: String,
    left_field: String,
    adults: Vec<Adult>,
    ended: Vec<Adult>,
    relations: [(&'static str, &'static str); 4],
    languages: &'static [(&'static str, &'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "participants/show.html")]
struct Show {
    page: Page,
    id: String,
    name: String,
    state: &'static str,
    word: &'static str,
    left: Option<String>,
    activities: Vec<On>,
    others: Vec<On>,
    family: Option<Family>,
}

/// `GET /participants/{id}` — one participant.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (id, today) = (known(&id)?, day_in_london(app.clock.now()));
    let mut tx = app.records.read().await?;
    if let Some(into) = activities::merged(&mut tx, &id).await? {
        return Ok(Redirect::to(&format!("/participants/{into}")).into_response());
    }
    let one = Activities(&mut tx).participant(&id).await?.ok_or(Problem::NotFound)?;
    let (state, word) = appears(can_appear(&mut tx, &one, today).await?);
    let on = Activities(&mut tx).activities_of(&id).await?;
    let all = if page.nav.rosters { Activities(&mut tx).activities().await? } else { Vec::new() };
    let others = all.into_iter().filter(|one| !on.contains(one)).take(MOST).map(shown).collect();
    let family = if page.nav.families {
        Some(family(&one, Activities(&mut tx).guardianships_of(&id).await?))
    } else {
        None
    };
    let view = Show {
        page,
        id: id.to_string(),
        name: one.name,
        state,
        word,
        left: one.left.map(clock_words::day),
        activities: on.into_iter().map(shown).collect(),
        others,
        family,
    };
    Ok(show(&view)?.into_response())
}

fn shown(one: Activity) -> On {
    On { id: one.id.to_string(), name: one.name, day: clock_words::day(one.day) }
}

fn family(one: &activities::Participant, all: Vec<Guardianship>) -> Family {
    let (ended, adults) = all.into_iter().map(adult).partition(|adult| adult.ended.is_some());
    Family {
        born: match one.born {
            Some(born) => clock_words::day(born),
            None if one.adult => "not known; 18 or over".to_owned(),
            None => "not known, so they count as a young child".to_owned(),
        },
        born_field: one.born.map_or_else(String::new, in_form),
        adult: one.adult,
        reference: one.reference.clone(),
        mail: one.mail.clone(),
        left_field: one.left.map_or_else(String::new, in_form),
        adults,
        ended,
        relations: Relation::ALL.map(|relation| (relation.as_str(), in_words(relation))),
        languages: &LANGUAGES,
    }
}

fn adult(one: Guardianship) -> Adult {
    let language = LANGUAGES.iter().find(|(code, ..)| *code == one.guardian.language);
    Adult {
        id: one.guardian.id.to_string(),
        name: one.guardian.name,
        mail: one.guardian.mail,
        phone: one.guardian.phone,
        relation: one.relation.as_str(),
        relation_words: in_words(one.relation),
        language_words: language.map_or("English", |(_, name, _)| name),
        language: one.guardian.language,
        ended: one.ended.map(|at| clock_words::day(day_in_london(at))),
    }
}

/// As people write a day, which the same form reads.
fn in_form(day: cleansheet_terms::Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

/// A relation in words.
pub(in crate::web) fn in_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Parent => "Parent",
        Relation::Council => "Council",
        Relation::FosterCarer => "Foster carer",
        Relation::Other => "Other carer",
    }
}

/// `POST /participants/{id}` — what is known of them, and their last day.
pub(in crate::web) async fn change(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    let (born, left) = (day(fields.one("born"), "the birthday")?, day(fields.one("left"), "the last day")?);
    let today = day_in_london(app.clock.now());
    if born.is_some_and(|born| born > today) {
        return Err(Problem::Wrong("the birthday is still to come; look the year up again".into()));
    }
    let new = ParticipantDetails {
        name: fields.one("name"),
        born,
        adult: fields.has("adult"),
        reference: fields.one("reference"),
        mail: fields.one("mail"),
    };
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let mut activities = Activities(&mut tx);
    let before = activities.participant(&id).await?.ok_or(Problem::NotFound)?;
    activities.change_participant(&id, &new, &me.person.id, clock, &mut chance).await?;
    match left {
        Some(day) if before.left != left => {
            activities.participant_leaves(&id, day, clock, &mut chance).await?;
        }
        None if before.left.is_some() => activities.participant_returns(&id, clock, &mut chance).await?,
        _ => {}
    }
    withdrawals::sweep(&mut tx, &id, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/participants/{id}")))
}

/// `POST /participants/{id}/rosters` — onto a roster, or off one.
pub(in crate::web) async fn rosters(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    let activity = |name| ActivityId::parse(fields.one(name)).ok();
    let mut tx = app.records.begin().await?;
    match (activity("on"), activity("off")) {
        (Some(activity), _) => Activities(&mut tx).put_on_roster(&activity, &id).await?,
        (None, Some(activity)) => Activities(&mut tx).take_off_roster(&activity, &id).await?,
        (None, None) => return Err(Problem::Wrong("choose an activity".into())),
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/participants/{id}")))
}
