//! Somebody leaves: what they still hold, one button, and the same list afterwards for whoever takes it over.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    people::{Held, People},
    posts::Stage,
};
use cleansheet_terms::{PostId, Role};

use super::known;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show},
};

/// Letters of a post's words that name it.
const LETTERS: usize = 60;

struct Line {
    what: String,
    say: &'static str,
    state: &'static str,
    word: &'static str,
    to: Option<String>,
}

#[derive(Template)]
#[template(path = "people/leave.html")]
struct Leave {
    page: Page,
    id: String,
    name: String,
    left: Option<String>,
    held: Vec<Line>,
    /// The trust cannot do without them yet.
    only_manager: bool,
}

/// `GET /people/{person}/leave` — what they still hold, and the button.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let person = known(&app, &id).await?;
    let mut tx = app.records.read().await?;
    let held = People(&mut tx).holds(&person.id, app.clock.now()).await?;
    let only_manager = held.contains(&Held::OnlyOne(Role::Manager));
    show(&Leave {
        page,
        id: person.id.to_string(),
        name: person.name,
        left: person.left.map(clock_words::moment),
        held: held.into_iter().map(line).collect(),
        only_manager,
    })
}

/// `POST /people/{person}/leave` — ends everything they could do, in this second.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let mut tx = app.records.begin().await?;
    People(&mut tx).leave(&person.id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/people/{}/leave", person.id)))
}

fn line(held: Held) -> Line {
    match held {
        Held::OnlyOne(Role::Manager) => Line {
            what: "They are the only Manager".to_owned(),
            say: "Give somebody else the role first: nobody could give a permission any more.",
            state: "stop",
            word: "First",
            to: None,
        },
        Held::OnlyOne(role) => Line {
            what: format!("They are the only {role}"),
            say: "Give somebody else the role, so that families and staff have someone to turn to.",
            state: "hold",
            word: "To do",
            to: None,
        },
        Held::TooFew { channel, write, approve } => to_do(
            format!("{channel}: {} may write there, and {} approve", others(write), others(approve)),
            "A post needs two people: one writes, another approves. Give somebody a permission.",
            "/accounts",
        ),
        Held::Native { channel, what } => Line {
            what: format!("{channel}: {what}"),
            say: "A right on the network itself, beside us: leaving here does not end it. Remove it there, and say so.",
            state: "stop",
            word: "Remove",
            to: Some("/accounts".to_owned()),
        },
        Held::Recovery { channel } => Line {
            what: format!("{channel}: a lost password comes back to them"),
            say: "Whoever reads that address can take the account over. Change it there, and write the new owner down.",
            state: "stop",
            word: "Change",
            to: Some("/accounts".to_owned()),
        },
        Held::StandsIn { from, until } => to_do(
            format!(
                "They stand in for the Manager from {} to {}",
                clock_words::day(from),
                clock_words::day(until)
            ),
            "End it, and name somebody else: nobody stands in on these days.",
            "/cover",
        ),
        Held::OnCall { from, until } => to_do(
            format!("They are on call from {} to {}", clock_words::moment(from), clock_words::moment(until)),
            "Give the turn to somebody else: nobody is told first of a post that waits.",
            "/cover",
        ),
        Held::Reviews => to_do(
            "They are named for the review of the policy that is under way".to_owned(),
            "Name somebody else: a review needs a second person.",
            "/policy/review",
        ),
        Held::Post { id, caption, stage, wrote } => post_line(&id, &caption, stage, wrote),
        Held::Certificate(_) => Line {
            what: "A certificate of theirs waits".to_owned(),
            say: "Nobody has to look at it any more.",
            state: "note",
            word: "Waiting",
            to: None,
        },
    }
}

fn to_do(what: String, say: &'static str, to: &str) -> Line {
    Line { what, say, state: "hold", word: "To do", to: Some(to.to_owned()) }
}

fn others(number: usize) -> String {
    match number {
        0 => "nobody else".to_owned(),
        others => clock_words::count(others, "other person", "other people"),
    }
}

fn post_line(id: &PostId, caption: &str, stage: Stage, wrote: bool) -> Line {
    let (say, word) = match (stage, wrote) {
        (Stage::Draft, _) => ("A draft of theirs. It stays, and nobody else can send it.", "Draft"),
        (Stage::Submitted, _) => ("They wrote it. It waits for approval, and cannot go out.", "Waiting"),
        (_, true) => ("They wrote it. It is approved and not sent, and will not go out.", "Not sent"),
        (_, false) => ("They approved it. Somebody else has to look at it again.", "Not sent"),
    };
    let start: String = caption.chars().take(LETTERS).collect();
    let what =
        if start.trim().is_empty() { "A post without words".to_owned() } else { format!("“{start}”") };
    Line { what, say, state: "note", word, to: Some(format!("/posts/{id}")) }
}
