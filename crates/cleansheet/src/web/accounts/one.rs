//! One account: who asked for it and why, who said yes, what the register knows of it, and who can act beside us.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_channels::{capabilities, dollars};
use cleansheet_records::{
    Tx,
    accounts::{Accounts, Channel, Entry, NativeRole, NewEntry, NewNativeRole, Recovery, Request, TwoStep},
    people::People,
    spending::{Month, Spending},
};
use cleansheet_terms::{ChannelId, NativeRoleId, Network, PersonId};

use super::{Names, Search, known};
use crate::{
    app::App,
    web::{Problem, Signed, csv::Csv, fields::Fields, layout::Page, parts, problem::show},
};

/// What the register says.
struct Known {
    handle: String,
    owner: String,
    address: String,
    two_step: &'static str,
    noted: String,
}

/// Somebody who can act beside us, or could.
struct Beside {
    id: String,
    holder: String,
    what: String,
    noted: String,
    removed: Option<String>,
}

/// A wish for this account.
struct Wish {
    asked: String,
    why: String,
    answered: Option<String>,
    reason: String,
}

#[derive(Template)]
#[template(path = "accounts/one.html")]
struct One {
    page: Page,
    id: String,
    name: String,
    network: Network,
    permitted: bool,
    state: (&'static str, &'static str),
    known: Option<Known>,
    earlier: Vec<Known>,
    beside: Vec<Beside>,
    wishes: Vec<Wish>,
    people: Vec<(String, String)>,
    /// What the form about the register begins with: the owner's id or `words`, and the words.
    owner: (String, String),
    two_step: TwoStep,
    /// What this month has cost and may cost, and the cap for the form; `None` where the network charges nothing.
    money: Option<(String, String, String)>,
}

/// `GET /accounts/{id}` — the whole of it.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = ChannelId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let channel = Accounts(&mut tx).channel(&id).await?.ok_or(Problem::NotFound)?;
    let names = Names::load(&mut tx).await?;
    let entries = Accounts(&mut tx).entries(&id).await?;
    let (owner, two_step) = begins_with(entries.first());
    let mut told = entries.iter().map(|entry| told(entry, &names));
    let (known, earlier) = (told.next(), told.collect());
    let beside = Accounts(&mut tx).native_roles_on(&id).await?;
    let wishes = Accounts(&mut tx).requests_for(&id).await?;
    let charges = capabilities(channel.network).is_some_and(|can| can.price.is_some());
    let money =
        if charges { Some(money(Spending(&mut tx).month(&id, app.clock.now()).await?)) } else { None };
    let here = People(&mut tx).list().await?.into_iter().filter(|person| person.left.is_none());
    show(&One {
        page,
        id: id.to_string(),
        network: channel.network,
        permitted: channel.is_permitted(),
        state: state(&channel),
        name: channel.name,
        known,
        earlier,
        beside: beside.into_iter().map(|one| beside_us(one, &names)).collect(),
        wishes: wishes.into_iter().map(|one| wish(one, &names)).collect(),
        people: here.map(|person| (person.id.to_string(), person.name)).collect(),
        owner,
        two_step,
        money,
    })
}

fn money(month: Month) -> (String, String, String) {
    let cap = dollars(month.cap);
    (dollars(month.spent), cap.clone(), cap.trim_start_matches('$').to_owned())
}

/// `POST /accounts/{id}/cap` — the Manager says what it may cost in a month.
pub(in crate::web) async fn cap(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&app, &id).await?;
    let typed = fields.one("dollars").trim().trim_start_matches('$');
    let micro = micro_usd(typed)
        .ok_or_else(|| Problem::Wrong("write the amount in US dollars, for example 5 or 12.50".to_owned()))?;
    let mut tx = app.records.begin().await?;
    Spending(&mut tx).set_cap(&id, micro, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/{id}#money")))
}

/// `12.50` in millionths; up to a thousand dollars.
fn micro_usd(typed: &str) -> Option<u64> {
    let (whole, cents) = typed.split_once('.').unwrap_or((typed, "0"));
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 4) || !digits(cents, 2) {
        return None;
    }
    let cents: u64 = format!("{cents:0<2}").parse().ok()?;
    let micro = (whole.parse::<u64>().ok()? * 100 + cents) * 10_000;
    (micro <= 1_000_000_000).then_some(micro)
}

fn state(channel: &Channel) -> (&'static str, &'static str) {
    match (&channel.permitted, channel.ended) {
        (None, _) => ("off", "Written down"),
        (Some(_), Some(_)) => ("off", "Ended"),
        (Some(_), None) => ("ok", "Permitted"),
    }
}

fn begins_with(entry: Option<&Entry>) -> ((String, String), TwoStep) {
    let Some(entry) = entry else { return ((String::new(), String::new()), TwoStep::Unknown) };
    let owner = match &entry.recovery {
        Recovery::Person(person) => (person.to_string(), String::new()),
        Recovery::Words(words) => ("words".to_owned(), words.clone()),
        Recovery::NobodyKnows => (String::new(), String::new()),
    };
    (owner, entry.two_step)
}

fn told(entry: &Entry, names: &Names) -> Known {
    Known {
        handle: entry.handle.clone(),
        owner: owner(&entry.recovery, names),
        address: entry.recovery_address.clone(),
        two_step: two_step(entry.two_step),
        noted: names.on(&(entry.by.clone(), entry.noted)),
    }
}

fn owner(recovery: &Recovery, names: &Names) -> String {
    match recovery {
        Recovery::Person(person) => names.of(person),
        Recovery::Words(words) => words.clone(),
        Recovery::NobodyKnows => "nobody knows".to_owned(),
    }
}

fn two_step(two_step: TwoStep) -> &'static str {
    match two_step {
        TwoStep::On => "on",
        TwoStep::Off => "off: a password is enough",
        TwoStep::Unknown => "nobody has looked",
    }
}

fn beside_us(one: NativeRole, names: &Names) -> Beside {
    Beside {
        id: one.id.to_string(),
        noted: names.on(&(one.by, one.noted)),
        removed: one.removed.as_ref().map(|removed| names.on(removed)),
        holder: one.holder,
        what: one.what,
    }
}

fn wish(one: Request, names: &Names) -> Wish {
    let said = |permitted| if permitted { "Permitted by" } else { "Refused by" };
    let answered = one
        .answer
        .as_ref()
        .map(|answer| format!("{} {}", said(answer.permitted), names.on(&(answer.by.clone(), answer.at))));
    Wish {
        asked: names.on(&(one.by, one.asked)),
        why: one.why,
        answered,
        reason: one.answer.map(|answer| answer.reason).unwrap_or_default(),
    }
}

/// `POST /accounts/register` — writes an account down that exists already.
pub(in crate::web) async fn register(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let network = super::requests::network(&fields)?;
    let entry = NewEntry {
        handle: fields.one("handle"),
        recovery: Recovery::NobodyKnows,
        recovery_address: "",
        two_step: TwoStep::Unknown,
        by: &me.person.id,
    };
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let id = Accounts(&mut tx).register((network, fields.one("name")), &entry, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/{id}")))
}

/// `POST /accounts/{id}/entry` — writes down what is known of it.
pub(in crate::web) async fn note(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&app, &id).await?;
    let wrong = |what: &str| Problem::Wrong(what.to_owned());
    let recovery = match fields.one("owner") {
        "" => Recovery::NobodyKnows,
        "words" if fields.one("owner_words").trim().is_empty() => {
            return Err(wrong("say who owns the recovery address, or choose “Nobody knows”"));
        }
        "words" => Recovery::Words(fields.one("owner_words").to_owned()),
        person => Recovery::Person(PersonId::parse(person).map_err(|_| wrong("choose a person"))?),
    };
    let two_step = TwoStep::parse(fields.one("two_step"))
        .map_err(|_| wrong("say whether signing in takes two steps"))?;
    let entry = NewEntry {
        handle: fields.one("handle"),
        recovery,
        recovery_address: fields.one("recovery_address"),
        two_step,
        by: &me.person.id,
    };
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).note(&id, &entry, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/{id}")))
}

/// `POST /accounts/{id}/native-roles` — somebody can act on the network itself.
pub(in crate::web) async fn note_native(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&app, &id).await?;
    let person = match fields.one("person") {
        "" => None,
        person => Some(PersonId::parse(person).map_err(|_| Problem::Wrong("choose a person".into()))?),
    };
    let (holder, what) = (fields.one("holder"), fields.one("what"));
    if (person.is_none() && holder.trim().is_empty()) || what.trim().is_empty() {
        return Err(Problem::Wrong("say who it is, and what they can do there".into()));
    }
    let new = NewNativeRole { channel: &id, person: person.as_ref(), holder, what, by: &me.person.id };
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).note_native_role(&new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/{id}#beside")))
}

/// `POST /accounts/native-roles/{native_role}/gone` — somebody looked, and the right is gone there.
pub(in crate::web) async fn native_gone(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = NativeRoleId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let channel = Accounts(&mut tx).native_role_is_gone(&id, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/{channel}#beside")))
}

/// `GET /accounts.csv` — the register as a file, without the recovery addresses.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let mut tx = app.records.read().await?;
    let names = Names::load(&mut tx).await?;
    let mut rows = Vec::new();
    for channel in Accounts(&mut tx).channels().await? {
        if search.finds(&[&channel.name, &channel.network.to_string()]) {
            rows.push(row(&mut tx, &channel, &names).await?);
        }
    }
    let headings = &[
        "Account",
        "Network",
        "Handle",
        "State",
        "Asked for by",
        "Why",
        "Answer",
        "Its reason",
        "Recovery address belongs to",
        "Two steps",
        "Written down by",
        "Can act beside us",
    ];
    Ok(Csv { name: "accounts", headings, rows })
}

async fn row(tx: &mut Tx, channel: &Channel, names: &Names) -> Result<Vec<String>, Problem> {
    let entry = Accounts(tx).entries(&channel.id).await?.into_iter().next();
    let entry = entry.map(|entry| told(&entry, names));
    let wish = Accounts(tx).requests_for(&channel.id).await?.into_iter().next();
    let wish = wish.map(|one| wish_cells(one, names)).unwrap_or_default();
    let beside = Accounts(tx).native_roles_on(&channel.id).await?.into_iter();
    let beside: Vec<String> = beside
        .filter(|one| one.removed.is_none())
        .map(|one| format!("{}: {}", one.holder, one.what))
        .collect();
    let [handle, owner, two_step, noted] = entry
        .map_or_else(Default::default, |one| [one.handle, one.owner, one.two_step.to_owned(), one.noted]);
    let first = [channel.name.clone(), channel.network.to_string(), handle, state(channel).1.to_owned()];
    Ok([first.to_vec(), wish.to_vec(), vec![owner, two_step, noted, beside.join("; ")]].concat())
}

fn wish_cells(one: Request, names: &Names) -> [String; 4] {
    let one = wish(one, names);
    [one.asked, one.why, one.answered.unwrap_or_default(), one.reason]
}
