//! The policy: the team sheet with its sixteen clauses, its versions, how its words are read, and its reviews.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};

use cleansheet_policy::interpretation;
use cleansheet_records::{
    StoreError, Tx,
    people::People,
    review::{Reading, ReviewClock, ReviewError},
};
use cleansheet_terms::{PersonId, day_in_london};

use super::{Problem, clock_words, layout::Page, parts, problem::show};
use crate::app::App;

mod changes;
pub(super) mod item;
mod print;
pub(super) mod read;
pub(super) mod readers;
pub(super) mod readings;
pub(super) mod review;
pub(super) mod versions;
pub(super) mod wanted;

struct Line {
    clause: u8,
    name: String,
    text: String,
    enforced: bool,
    evidence: &'static str,
}

#[derive(Template)]
#[template(path = "policy/sheet.html")]
struct Sheet {
    page: Page,
    enforced: usize,
    lines: Vec<Line>,
    hash: String,
    /// `44 months overdue`.
    review: String,
}

/// `GET /policy` — the team sheet. What is not enforced yet comes first.
pub(super) async fn sheet(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut lines: Vec<Line> = app
        .policy
        .clauses()
        .iter()
        .map(|info| Line {
            clause: info.clause.number(),
            name: info.name.to_string(),
            text: info.text.to_string(),
            enforced: info.enforced,
            evidence: evidence(info.clause.number()),
        })
        .collect();
    lines.sort_by_key(|line| (line.enforced, line.clause));
    let enforced = lines.iter().filter(|line| line.enforced).count();
    let clock = ReviewClock::read(&mut app.records.read().await?, &app.settings.profile.on_paper()).await?;
    let review = clock.in_words(day_in_london(app.clock.now()));
    show(&Sheet { page, enforced, lines, hash: app.policy.hash().to_string(), review })
}

/// What the program does about a clause, in one sentence.
fn evidence(clause: u8) -> &'static str {
    match clause {
        1 => "Asked at submitting, approving and again at the instant of sending.",
        2 => "A post goes only to an account that the Manager permitted.",
        3 => "Author and approver each need the Manager’s permission for the account, with an end date.",
        4 => {
            "A shared screen cannot approve; nobody submits after thirty idle minutes or approves after fifteen; every sign-in \
             ends within twelve hours, and on all devices at once when a phone is lost."
        }
        6 => "Every word is screened before anybody can submit it.",
        7 => {
            "Every photo and every word is screened; what a machine is unsure of waits for the safeguarding lead."
        }
        8 => "Every face is covered until somebody says who it is and that they agreed.",
        9 => "A child is shown only with the agreement of every guardian, and from twelve on their own.",
        10 => "Private details are found in words and alt texts; photos lose their hidden data.",
        12 => {
            "Two people for every post; both have read the policy in force; what was approved is bound to the bytes that are \
             sent."
        }
        _ => "Not built yet: until then this clause is kept by people, not by the program.",
    }
}

/// How the trust reads a word, as somebody reads it who is refused by a rule that rests on it.
pub(super) fn quote(key: &str, reading: &Reading) -> String {
    let word = interpretation(key).map_or(key, |one| one.word);
    let words = reading.words.trim_end_matches('.');
    let day = clock_words::day(day_in_london(reading.signed));
    format!("The trust reads “{word}” as: {words} (signed by {}, {day}).", reading.signed_by)
}

/// `Dele Okafor and Ruth Amankwah`.
pub(super) fn people_in_words(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

async fn name_of(tx: &mut Tx, id: &PersonId) -> Result<String, StoreError> {
    Ok(People(tx).find(id).await?.map_or_else(|| "somebody".to_owned(), |person| person.name))
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Missing | ReviewError::NoSuchItem => Self::NotFound,
            ReviewError::NotManager | ReviewError::NotReviewer => {
                Self::NotYours(super::problem::sentence(&error.to_string()))
            }
            ReviewError::Alone | ReviewError::NoWords | ReviewError::TooLong => {
                Self::Wrong(error.to_string())
            }
            ReviewError::NotUnderWay
            | ReviewError::Unanswered(_)
            | ReviewError::OtherVersion
            | ReviewError::NotSigned
            | ReviewError::SamePerson
            | ReviewError::Changed
            | ReviewError::SameVersion => Self::Conflict(error.to_string()),
            ReviewError::Store(error) => error.into(),
        }
    }
}
