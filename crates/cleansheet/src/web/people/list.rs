//! Everybody who may sign in: found while somebody types, added, kept as a file.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_policy::{Policy, facts::Standing};
use cleansheet_records::people::{NewPerson, People, PeopleWanted, Person};
use cleansheet_terms::{PersonId, Role, day_in_london};
use serde::Deserialize;

use super::{acknowledged, certificate, dbs_in_words, may_act, may_post, role_words, roles};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::CsvFile, fields::Fields, layout::Page, parts, problem::show},
};

/// People on a page.
const PAGE: u32 = 50;
/// People that are read at a time for a file.
const AT_ONCE: u32 = 500;

/// What somebody looks for.
#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
    /// `yes`: those who have left.
    #[serde(default)]
    left: String,
    /// After whom the page begins.
    #[serde(default)]
    after: String,
}

/// One line of the list.
struct Line {
    id: String,
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

/// What was found.
struct Page50 {
    lines: Vec<Line>,
    total: usize,
    more: usize,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    page: Page,
    words: String,
    left: bool,
    found: Page50,
    /// Those that this person may give.
    roles: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "people/found.html")]
struct Part {
    page: Page,
    words: String,
    left: bool,
    found: Page50,
}

/// `GET /people` — everybody who may sign in, fifty a page.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let found = look(&app, &search).await?;
    let gives = |role: &Role| page.nav.own_manager || !matches!(role, Role::Manager | Role::Dsl);
    let roles = Role::ALL.into_iter().filter(gives).map(|role| (role.as_str(), role_words(role))).collect();
    show(&List { page, words: search.words, left: search.left == "yes", found, roles })
}

/// `GET /people/found` — the list alone, for the script that asks while somebody types.
pub(in crate::web) async fn found(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let found = look(&app, &search).await?;
    show(&Part { page, words: search.words, left: search.left == "yes", found })
}

async fn look(app: &App, search: &Search) -> Result<Page50, Problem> {
    let after = PersonId::parse(&search.after).ok();
    let wanted = PeopleWanted { words: &search.words, left: search.left == "yes", after: after.as_ref() };
    let mut tx = app.records.read().await?;
    let found = People(&mut tx).search(&wanted, PAGE).await?;
    let standings = People(&mut tx).standings(&found.people, app.clock.now()).await?;
    let both = found.people.into_iter().zip(&standings);
    Ok(Page50 {
        lines: both.map(|(person, standing)| line(&app.policy, person, standing)).collect(),
        total: found.total,
        more: found.more,
        next: found.next.map(|last| last.to_string()),
    })
}

impl Page50 {
    /// `12 people`, `one person`, `nobody`.
    fn count(&self) -> String {
        match self.total {
            0 => "nobody".to_owned(),
            total => clock_words::count(total, "person", "people"),
        }
    }
}

fn line(policy: &Policy, person: Person, standing: &Standing) -> Line {
    let (state, word) = may_act(&person, standing, may_post(policy, standing));
    Line {
        id: person.id.to_string(),
        roles: roles(&person),
        name: person.name,
        mail: person.mail,
        state,
        word,
        dbs: dbs_in_words(standing.dbs),
        certificate: certificate(standing.certificate),
        acknowledged: acknowledged(standing),
        joined: clock_words::day(day_in_london(person.joined)),
    }
}

/// `GET /people.csv` — the same as a file, those who are here first.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let mut file = CsvFile::new(
        "people",
        &["Name", "Mail", "Roles", "May act", "DBS check", "Safeguarding certificate", "Policy", "Added"],
    )?;
    let mut tx = app.records.read().await?;
    for left in [false, true] {
        let mut after = None;
        loop {
            let wanted = PeopleWanted { words: &search.words, left, after: after.as_ref() };
            let found = People(&mut tx).search(&wanted, AT_ONCE).await?;
            let standings = People(&mut tx).standings(&found.people, app.clock.now()).await?;
            for (person, standing) in found.people.into_iter().zip(&standings) {
                let line = line(&app.policy, person, standing);
                let papers = [line.word, line.dbs, line.certificate, line.acknowledged].map(str::to_owned);
                let row = [vec![line.name, line.mail, line.roles], papers.to_vec(), vec![line.joined]];
                file.row(&row.concat())?;
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(file)
}

/// `POST /people` — somebody new; next comes their way in.
pub(in crate::web) async fn add(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let chosen: Vec<Role> =
        Role::ALL.into_iter().filter(|role| fields.all("role").any(|sent| sent == role.as_str())).collect();
    if chosen.is_empty() {
        return Err(Problem::Wrong("choose at least one role: without one nobody can open a page".into()));
    }
    let new = NewPerson { name: fields.one("name"), mail: fields.one("mail"), roles: &chosen };
    let mut tx = app.records.begin().await?;
    let id = People(&mut tx).add(&new, Some(&me.person.id), &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/people/{id}/way-in")))
}
