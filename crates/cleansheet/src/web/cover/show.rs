//! The page about cover.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use cleansheet_policy::{Action, Policy, Visitor, VisitorKind};
use cleansheet_records::{
    StoreError, Tx,
    accounts::Accounts,
    activities::Activities,
    cover::{self, OnCall, Turn},
    people::{Deputies, Deputy, People, Person},
};
use cleansheet_terms::{Role, Timestamp, day_in_london};

use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show},
};

struct DeputyLine {
    id: String,
    name: String,
    say: String,
    now: bool,
    may_end: bool,
}

struct TurnLine {
    id: String,
    name: String,
    say: String,
    now: bool,
}

struct AccountLine {
    name: String,
    able: String,
    state: &'static str,
    word: String,
}

#[derive(Template)]
#[template(path = "cover/page.html")]
struct CoverPage {
    page: Page,
    /// Running and to come.
    deputies: Vec<DeputyLine>,
    over: Vec<String>,
    /// A Manager of their own right, who may name somebody.
    names: bool,
    /// Manager, or stands in: gives turns.
    gives: bool,
    turns: Vec<TurnLine>,
    accounts: Vec<AccountLine>,
    people: Vec<(String, String)>,
    activities: Vec<(String, String)>,
    minutes: i16,
    today: String,
}

/// `GET /cover` — who stands in, who is on call, who could approve.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let (mut tx, now) = (app.records.read().await?, app.clock.now());
    let names = me.person.roles.contains(&Role::Manager);
    let gives = page.nav.cover;
    let today = day_in_london(now);
    let (ahead, over): (Vec<Deputy>, Vec<Deputy>) =
        Deputies(&mut tx).list().await?.into_iter().partition(|one| one.period.is_ahead(now));
    let turns = OnCall(&mut tx).ahead(now).await?;
    let people = if gives { writers(&mut tx, &app.policy, now).await? } else { Vec::new() };
    let activities = if gives { coming(&mut tx, now).await? } else { Vec::new() };
    show(&CoverPage {
        deputies: ahead.iter().rev().map(|one| deputy(one, &me.person, names, now)).collect(),
        over: over.iter().map(was).collect(),
        names,
        gives,
        turns: turns.into_iter().map(|turn| line(turn, now)).collect(),
        accounts: accounts(&mut tx, &app.policy, now).await?,
        people,
        activities,
        minutes: cover::minutes_alone(&mut tx).await?,
        today: today.to_string(),
        page,
    })
}

/// Those who write and approve, by name.
async fn writers(tx: &mut Tx, policy: &Policy, now: Timestamp) -> Result<Vec<(String, String)>, StoreError> {
    let may = |person: &Person| {
        let kind = VisitorKind::Person { roles: person.roles_at(now), suspended: person.is_suspended() };
        policy.may(Action::ApprovePost, Visitor { kind }).allowed
    };
    let all = People(tx).list().await?;
    Ok(all.into_iter().filter(may).map(|person| (person.id.to_string(), person.name)).collect())
}

async fn coming(tx: &mut Tx, now: Timestamp) -> Result<Vec<(String, String)>, StoreError> {
    let today = day_in_london(now);
    let mut all = Activities(tx).activities().await?;
    all.retain(|one| one.day >= today);
    all.sort_by_key(|one| one.day);
    let words = |name: String, day| format!("{name}, {}", clock_words::day(day));
    Ok(all.into_iter().map(|one| (one.id.to_string(), words(one.name, one.day))).collect())
}

async fn accounts(tx: &mut Tx, policy: &Policy, now: Timestamp) -> Result<Vec<AccountLine>, StoreError> {
    let mut lines = Vec::new();
    for channel in Accounts(tx).channels().await?.into_iter().filter(|one| one.is_permitted()) {
        let able = cover::able_on(tx, &channel.id, policy, now).await?;
        let state = if able.len() < 2 { "hold" } else { "ok" };
        let word = clock_words::count(able.len(), "person", "people");
        let able: Vec<String> = able.into_iter().map(|one| one.name).collect();
        lines.push(AccountLine { name: channel.name, able: able.join(", "), state, word });
    }
    Ok(lines)
}

fn deputy(one: &Deputy, me: &Person, names: bool, now: Timestamp) -> DeputyLine {
    let (from, until) = (clock_words::day(one.period.from), clock_words::day(one.period.until));
    let running = one.period.holds(now);
    DeputyLine {
        id: one.id.to_string(),
        name: one.name.clone(),
        say: if running { format!("until {until}") } else { format!("from {from} to {until}") },
        now: running,
        may_end: names || one.person == me.id,
    }
}

fn was(one: &Deputy) -> String {
    let (from, until) = (clock_words::day(one.period.from), clock_words::day(one.period.until));
    match one.period.ended {
        Some(ended) => format!("{}, from {from}, ended on {}", one.name, clock_words::moment(ended)),
        None => format!("{}, from {from} to {until}", one.name),
    }
}

fn line(turn: Turn, now: Timestamp) -> TurnLine {
    let (from, until) = (clock_words::moment(turn.from), clock_words::moment(turn.until));
    let what = turn.activity.map(|activity| format!(" ({activity})")).unwrap_or_default();
    TurnLine {
        id: turn.id.to_string(),
        name: turn.name,
        say: format!("{from} to {until}{what}"),
        now: turn.from <= now,
    }
}
