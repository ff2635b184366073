//! One question of a review: a change since the last one, a contact, a clause. Saved as one goes.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_policy::SINCE;
use cleansheet_records::review::{Item, Party, ReviewClock, ReviewError, Reviews, items};
use cleansheet_terms::day_in_london;

use super::{evidence, name_of};
use crate::{
    app::App,
    profile::Contact,
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts,
        problem::{sentence, show},
    },
};

#[derive(Template)]
#[template(path = "policy/item.html")]
struct Question {
    page: Page,
    name: String,
    title: String,
    /// For a clause, and clause 16 for a contact.
    clause: Option<u8>,
    /// What it is about, one paragraph each.
    about: Vec<String>,
    /// What the rules of the clause say.
    rules: Vec<String>,
    ask: &'static str,
    keep: &'static str,
    change: &'static str,
    number: usize,
    of: usize,
    answer: Option<Answer>,
    form: Form,
    /// This person may answer.
    mine: bool,
}

/// What was said before.
struct Answer {
    keep: bool,
    words: String,
    by: String,
}

/// What stands in the form.
struct Form {
    keep: Option<bool>,
    words: String,
    /// Why it could not be kept.
    sorry: Option<String>,
}

/// `GET /policy/review/{item}` — the question, with the answer so far.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(item): Path<String>,
) -> Result<Html<String>, Problem> {
    let item = Item::parse(&item).ok_or(Problem::NotFound)?;
    question(&app, &me, page, item, None).await
}

/// The page of a question; the form holds what was sent, or else what was said before.
async fn question(
    app: &App,
    me: &Signed,
    page: Page,
    item: Item,
    sent: Option<Form>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let clock = ReviewClock::read(&mut tx, &app.settings.profile.on_paper()).await?;
    let review = Reviews(&mut tx).under_way().await?.ok_or(Problem::NotFound)?;
    let all = items(clock.last.last_day());
    let place = all.iter().position(|one| *one == item).ok_or(Problem::NotFound)?;
    let mut answer = None;
    if let Some(said) = review.answers.get(&item) {
        let (name, day) = (name_of(&mut tx, &said.by).await?, clock_words::day(day_in_london(said.at)));
        answer = Some(Answer { keep: said.keep, words: said.words.clone(), by: format!("{name}, {day}") });
    }
    let said = review.answers.get(&item);
    let form = sent.unwrap_or_else(|| Form {
        keep: said.map(|said| said.keep),
        words: said.map(|said| said.words.clone()).unwrap_or_default(),
        sorry: None,
    });
    let (ask, keep, change) = asked(item);
    show(&Question {
        mine: page.nav.sign || review.reviewers.contains(&me.person.id),
        page,
        name: item.name(),
        title: title(app, item),
        clause: clause(item),
        about: about(app, item),
        rules: rules(app, item),
        ask,
        keep,
        change,
        number: place + 1,
        of: all.len(),
        answer,
        form,
    })
}

/// `POST /policy/review/{item}` — keeps the answer, and goes on to the next question without one.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(item): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let item = Item::parse(&item).ok_or(Problem::NotFound)?;
    let (keep, words) = match fields.one("answer") {
        "keep" => (Some(true), fields.one("words")),
        "change" => (Some(false), fields.one("words")),
        _ => (None, fields.one("words")),
    };
    let mut tx = app.records.begin().await?;
    let (paper, by) = (app.settings.profile.on_paper(), &me.person.id);
    let wrong = match keep {
        None => Some("choose one of the two answers".to_owned()),
        Some(keep) => match Reviews(&mut tx).say(&paper, item, keep, words, by, app.clock.now()).await {
            Ok(()) => None,
            Err(error @ (ReviewError::NoWords | ReviewError::TooLong)) => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        },
    };
    if let Some(wrong) = wrong {
        drop(tx);
        let sent = Form { keep, words: words.to_owned(), sorry: Some(sentence(&wrong)) };
        let again = question(&app, &me, page, item, Some(sent)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    let clock = ReviewClock::read(&mut tx, &paper).await?;
    let review = Reviews(&mut tx).under_way().await?.ok_or(Problem::NotFound)?;
    tx.commit().await?;
    let mut rest = items(clock.last.last_day()).into_iter().skip_while(|one| *one != item);
    let next = rest.find(|one| !review.answers.contains_key(one));
    let next =
        next.map_or_else(|| "/policy/review".to_owned(), |next| format!("/policy/review/{}", next.name()));
    Ok(Redirect::to(&next).into_response())
}

/// What an item is called in lists.
pub(super) fn title(app: &App, item: Item) -> String {
    match item {
        Item::Clause(clause) => {
            let info = app.policy.clauses().iter().find(|info| info.clause == clause);
            format!("Clause {clause}: {}", info.map_or("", |info| info.name))
        }
        Item::Contact(Party::Manager) => "Clause 16: the Manager’s address".to_owned(),
        Item::Contact(Party::It) => "Clause 16: the IT provider’s address".to_owned(),
        Item::Since(key) => SINCE.iter().find(|one| one.key == key).map_or(key, |one| one.name).to_owned(),
    }
}

/// What "it stays" is called.
pub(super) fn kept(item: Item) -> &'static str {
    match item {
        Item::Clause(_) => "Keep",
        Item::Contact(_) => "Still right",
        Item::Since(_) => "Looked at",
    }
}

fn clause(item: Item) -> Option<u8> {
    match item {
        Item::Clause(clause) => Some(clause.number()),
        Item::Contact(_) => Some(16),
        Item::Since(_) => None,
    }
}

fn about(app: &App, item: Item) -> Vec<String> {
    let contact = |one: &Contact| {
        vec![
            format!("{}, {}", one.name, one.mail),
            "Ask them, or send them a mail and wait for the answer. The address stands in the profile of this server; \
             whoever looks after the server changes it there."
                .to_owned(),
        ]
    };
    let contacts = &app.settings.profile.contacts;
    match item {
        Item::Clause(clause) => {
            let info = app.policy.clauses().iter().find(|info| info.clause == clause);
            let text = info.map_or_else(String::new, |info| info.text.to_owned());
            vec![text, evidence(clause.number()).to_owned()]
        }
        Item::Contact(Party::Manager) => contact(&contacts.manager),
        Item::Contact(Party::It) => contact(&contacts.it),
        Item::Since(key) => {
            let one = SINCE.iter().find(|one| one.key == key);
            one.map(|one| vec![one.what.to_owned(), one.here.to_owned()]).unwrap_or_default()
        }
    }
}

fn rules(app: &App, item: Item) -> Vec<String> {
    let Item::Clause(clause) = item else { return Vec::new() };
    app.policy.version().rules_of(clause.number()).into_iter().map(|rule| rule.say).collect()
}

/// The question and its two answers.
fn asked(item: Item) -> (&'static str, &'static str, &'static str) {
    match item {
        Item::Clause(_) => ("Does it stay as it is?", "Keep it", "It should be otherwise"),
        Item::Contact(_) => ("Is this still right?", "It is still right", "It is not right any more"),
        Item::Since(_) => (
            "Does the policy need another word because of it?",
            "No, nothing to change",
            "Yes, something should be otherwise",
        ),
    }
}
