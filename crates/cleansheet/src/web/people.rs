//! People and whether they may act today, in words.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use cleansheet_policy::{
    Action, Policy, Visitor, VisitorKind,
    facts::{Certificate, Dbs, Standing},
};
use cleansheet_records::people::{People, Person, PersonError};
use serde::Deserialize;

pub(super) mod dbs;

use super::{Problem, clock_words, csv::Csv, layout::Page, parts, problem::show};
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

/// One line of the list.
struct Line {
    id: String,
    here: bool,
    name: String,
    mail: String,
    roles: String,
    state: &'static str,
    word: &'static str,
    dbs: &'static str,
    certificate: &'static str,
    acknowledged: &'static str,
    joined: String,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
}

/// `GET /people` — everybody who may sign in.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let lines = lines(&app, &search.words).await?;
    show(&List { page, words: search.words, lines })
}

/// `GET /people.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let lines = lines(&app, &search.words).await?;
    let row = |line: Line| {
        let word = line.word.to_owned();
        let papers = [line.dbs, line.certificate, line.acknowledged].map(str::to_owned);
        [vec![line.name, line.mail, line.roles, word], papers.to_vec(), vec![line.joined]].concat()
    };
    Ok(Csv {
        name: "people",
        headings: &[
            "Name",
            "Mail",
            "Roles",
            "May act",
            "DBS check",
            "Safeguarding certificate",
            "Policy",
            "Added",
        ],
        rows: lines.into_iter().map(row).collect(),
    })
}

async fn lines(app: &App, words: &str) -> Result<Vec<Line>, Problem> {
    let mut tx = app.records.read().await?;
    let words = words.trim();
    let people =
        if words.is_empty() { People(&mut tx).list().await? } else { People(&mut tx).search(words).await? };
    let mut lines = Vec::new();
    for person in people {
        let standing = People(&mut tx).standing(&person.id, app.clock.now()).await?;
        lines.push(line(&app.policy, person, &standing));
    }
    Ok(lines)
}

fn line(policy: &Policy, person: Person, standing: &Standing) -> Line {
    let kind = VisitorKind::Person { roles: person.roles.clone(), suspended: false };
    let posts = policy.may(Action::DraftPost, Visitor { kind }).allowed;
    let (state, word) = may_act(&person, standing, posts);
    let roles: Vec<String> = person.roles.iter().map(ToString::to_string).collect();
    Line {
        id: person.id.to_string(),
        here: person.left.is_none(),
        name: person.name,
        mail: person.mail,
        roles: roles.join(", "),
        state,
        word,
        dbs: dbs_in_words(standing.dbs),
        certificate: certificate(standing.certificate),
        acknowledged: if standing.acknowledged { "read and agreed" } else { "to be read" },
        joined: clock_words::day(cleansheet_terms::day_in_london(person.joined)),
    }
}

/// - `posts`: the policy lets somebody in these roles write posts at all.
fn may_act(person: &Person, standing: &Standing, posts: bool) -> (&'static str, &'static str) {
    if person.left.is_some() {
        ("off", "Has left")
    } else if standing.suspended {
        ("stop", "Suspended")
    } else if !posts {
        ("note", "Reads, and does not post")
    } else if standing.dbs == Dbs::Current && standing.certificate == Certificate::Current {
        ("ok", "In order")
    } else {
        ("hold", "Something is missing")
    }
}

/// What a DBS check is worth, in words.
pub(super) fn dbs_in_words(dbs: Dbs) -> &'static str {
    match dbs {
        Dbs::Current => "in date",
        Dbs::Missing => "none on record",
        Dbs::Undecided => "to be looked at",
        Dbs::WrongLevel => "another level is needed",
        Dbs::RecheckOverdue => "has to be made again",
    }
}

/// What a certificate is worth, in words.
pub(super) fn certificate(certificate: Certificate) -> &'static str {
    match certificate {
        Certificate::Current => "in date",
        Certificate::Missing => "none on record",
        Certificate::Unverified => "somebody has to verify it",
        Certificate::Expired => "has run out",
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Missing(_) => Self::NotFound,
            PersonError::MailTaken(_)
            | PersonError::Incomplete
            | PersonError::OwnPapers
            | PersonError::Requirement => Self::Wrong(error.to_string()),
            PersonError::Left | PersonError::LastManager => Self::Conflict(error.to_string()),
            PersonError::NotManager => Self::NotYours(error.to_string()),
            PersonError::Store(error) => error.into(),
        }
    }
}
