//! Clause 2 as a page: anybody of the staff asks for an account, and the Manager permits or refuses with a reason.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    accounts::{Accounts, NewRequest, Request, Wanted},
};
use cleansheet_terms::{AccountRequestId, ChannelId, Network, PersonId};

use super::{Names, Search};
use crate::{
    app::App,
    web::{Problem, Signed, csv::Csv, fields::Fields, layout::Page, parts, problem::show},
};

/// One wish.
struct Line {
    id: String,
    name: String,
    network: String,
    why: String,
    asked: String,
    state: &'static str,
    word: &'static str,
    answered: String,
    reason: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "accounts/requests.html")]
struct Requests {
    page: Page,
    words: String,
    lines: Vec<Line>,
}

/// `GET /accounts/requests` — the form, and what came of one's own wishes; of everybody's for the Manager.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let mine = (!page.nav.accounts).then_some(&me.person.id);
    let lines = lines(&mut tx, mine, &search).await?;
    show(&Requests { page, words: search.words, lines })
}

async fn lines(tx: &mut Tx, of: Option<&PersonId>, search: &Search) -> Result<Vec<Line>, Problem> {
    let names = Names::load(tx).await?;
    let all = match of {
        Some(person) => Accounts(tx).requests_of(person).await?,
        None => Accounts(tx).requests().await?,
    };
    let lines = all.into_iter().map(|one| line(one, &names));
    Ok(lines.filter(|one| search.finds(&[&one.name, &one.network, &one.why, &one.asked])).collect())
}

fn line(one: Request, names: &Names) -> Line {
    let (state, word) = match one.answer.as_ref().map(|answer| answer.permitted) {
        None => ("hold", "Waiting"),
        Some(true) => ("ok", "Permitted"),
        Some(false) => ("stop", "Refused"),
    };
    let answered = one.answer.as_ref().map(|answer| names.on(&(answer.by.clone(), answer.at)));
    Line {
        id: one.id.to_string(),
        name: one.name,
        network: one.network.to_string(),
        why: one.why,
        asked: names.on(&(one.by, one.asked)),
        state,
        word,
        open: answered.is_none(),
        answered: answered.unwrap_or_default(),
        reason: one.answer.map(|answer| answer.reason).unwrap_or_default(),
    }
}

/// The network that was chosen in a form.
pub(super) fn network(fields: &Fields) -> Result<Network, Problem> {
    Network::parse(fields.one("network")).map_err(|_| Problem::Wrong("choose a network".into()))
}

/// `POST /accounts/requests` — somebody asks, for a new account or for one that is written down.
pub(in crate::web) async fn ask(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let known = match fields.one("channel") {
        "" => None,
        id => Some(ChannelId::parse(id).map_err(|_| Problem::NotFound)?),
    };
    let wanted = match &known {
        Some(id) => Wanted::Known(id),
        None => Wanted::New { network: network(&fields)?, name: fields.one("name") },
    };
    let new = NewRequest { wanted, why: fields.one("why"), by: &me.person.id };
    let page = format!("{}/accounts/requests", app.settings.public_url);
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).ask_for(&new, &page, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/accounts/requests"))
}

/// `POST /accounts/requests/{request}` — the Manager permits or refuses; whoever asked is told.
pub(in crate::web) async fn answer(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(request): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = AccountRequestId::parse(&request).map_err(|_| Problem::NotFound)?;
    let (by, reason) = (&me.person.id, fields.one("reason"));
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    match fields.one("do") {
        "permit" => {
            Accounts(&mut tx).permit_request(&id, by, reason, clock, &mut chance).await?;
        }
        "refuse" => Accounts(&mut tx).refuse_request(&id, by, reason, clock, &mut chance).await?,
        _ => return Err(Problem::Wrong("permit it or refuse it".into())),
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/accounts/requests"))
}

/// `GET /accounts/requests.csv` — every wish, its reason and its answer.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let mut tx = app.records.read().await?;
    let row = |line: Line| {
        let word = line.word.to_owned();
        vec![line.name, line.network, line.asked, line.why, word, line.answered, line.reason]
    };
    Ok(Csv {
        name: "account-requests",
        headings: &["Account", "Network", "Asked for by", "Why", "State", "Answered by", "Reason"],
        rows: lines(&mut tx, None, &search).await?.into_iter().map(row).collect(),
    })
}
