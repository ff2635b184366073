//! The trust's accounts: connecting, trying and ending them, and who may act on each. For the Manager.

pub(super) mod back;
pub(super) mod connect;
pub(super) mod guide;
pub(super) mod one;
pub(super) mod requests;
pub(super) mod reviews;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    StoreError, Tx,
    accounts::{
        AccountError, Accounts, Channel, Grant, MOST_MONTHS, NewGrant, Rights, connections::Connection,
        health::days_left,
    },
    people::{People, Person},
    settings::Settings,
};
use cleansheet_terms::{ChannelId, Date, GrantId, Network, PersonId, Timestamp, day_in_london};
use jiff::ToSpan as _;
use serde::Deserialize;

use super::{
    Problem, Signed, clock_words,
    fields::Fields,
    layout::Page,
    parts,
    problem::{sentence, show},
};
use crate::app::App;

#[derive(Deserialize, Default)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

impl Search {
    /// Whether one of these texts has the words in it, whatever the case.
    fn finds(&self, texts: &[&str]) -> bool {
        let wanted = self.words.trim().to_lowercase();
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    }
}

/// Names of people by their ids.
struct Names(BTreeMap<PersonId, String>);

impl Names {
    async fn load(tx: &mut Tx) -> Result<Self, StoreError> {
        let all = People(tx).list().await?;
        Ok(Self(all.into_iter().map(|person| (person.id, person.name)).collect()))
    }

    fn of(&self, id: &PersonId) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| "somebody".to_owned())
    }

    /// `Dele Okafor on 26 November 2026`.
    fn on(&self, (id, at): &(PersonId, Timestamp)) -> String {
        format!("{} on {}", self.of(id), clock_words::day(day_in_london(*at)))
    }
}

/// A sign-in that ends within this many days is said to end soon.
const SOON_DAYS: i64 = 14;

/// One account as the page shows it.
struct Card {
    id: String,
    name: String,
    network: String,
    /// It is connected by somebody before anything goes out.
    connects: bool,
    permitted: bool,
    state: &'static str,
    word: &'static str,
    say: String,
    handle: String,
    grants: Vec<Line>,
    /// How many people can act on the network itself.
    beside: usize,
}

/// One running permission.
struct Line {
    id: String,
    name: String,
    rights: String,
    until: String,
    /// An access review runs, and nobody has decided about it.
    reviewed: bool,
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct List {
    page: Page,
    words: String,
    cards: Vec<Card>,
    people: Vec<(String, String)>,
    until: String,
    today: String,
    /// The last day there may be.
    latest: String,
}

/// `GET /accounts` — every official account and how it stands.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let present = |person: &Person| person.left.is_none() && !person.is_suspended();
    let people: Vec<Person> = People(&mut tx).list().await?.into_iter().filter(present).collect();
    let cards = cards(&mut tx, &search, app.clock.now()).await?;
    let until = Settings(&mut tx).season_end().await?.after(today).to_string();
    let latest = today.checked_add(MOST_MONTHS.months()).unwrap_or(today).to_string();
    let people = people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let (words, today) = (search.words, today.to_string());
    show(&List { page, words, cards, people, until, today, latest })
}

async fn cards(tx: &mut Tx, search: &Search, now: Timestamp) -> Result<Vec<Card>, Problem> {
    let names = Names::load(tx).await?;
    let mut cards = Vec::new();
    for channel in Accounts(tx).channels().await? {
        if search.finds(&[&channel.name, &channel.network.to_string()]) {
            cards.push(card(tx, channel, &names, now).await?);
        }
    }
    Ok(cards)
}

async fn card(tx: &mut Tx, channel: Channel, names: &Names, now: Timestamp) -> Result<Card, Problem> {
    let today = day_in_london(now);
    let connection = Accounts(tx).connection(&channel.id).await?;
    let grants = Accounts(tx).grants_on(&channel.id).await?.into_iter();
    let beside = Accounts(tx).native_roles_on(&channel.id).await?.into_iter();
    let connects = channel.network != Network::Website;
    let (state, word, say) = standing(&channel, connection.as_ref(), now);
    let line = |grant: Grant| Line {
        id: grant.id.to_string(),
        name: names.of(&grant.person),
        rights: grant.rights.in_words(),
        until: clock_words::day(grant.last_day()),
        reviewed: grant.lapses.is_some(),
    };
    Ok(Card {
        id: channel.id.to_string(),
        name: channel.name.clone(),
        network: channel.network.to_string(),
        // An account that ended is connected again when something has still to come down there.
        connects: connects && channel.permitted.is_some(),
        permitted: channel.is_permitted(),
        state,
        word,
        say,
        handle: connection.map(|connection| connection.handle).unwrap_or_default(),
        grants: grants.filter(|grant| grant.runs_on(today)).map(line).collect(),
        beside: beside.filter(|one| one.removed.is_none()).count(),
    })
}

/// How an account stands: a state, its word, and a sentence.
fn standing(
    channel: &Channel,
    connection: Option<&Connection>,
    now: Timestamp,
) -> (&'static str, &'static str, String) {
    let connection = match connection {
        _ if channel.permitted.is_none() => {
            let say = "It exists, and the trust does not use it: the Manager has not permitted it.";
            return ("off", "Written down", say.to_owned());
        }
        None if !channel.is_permitted() => {
            return ("off", "Ended", "Nothing is published here any more.".to_owned());
        }
        None if channel.network == Network::Website => {
            return ("ok", "Ready", "The trust’s own page; there is nothing to connect.".to_owned());
        }
        None => return ("hold", "Not connected", "Posts for this account wait.".to_owned()),
        Some(connection) => connection,
    };
    let Connection { handle, way, connected, broken, checked, .. } = connection;
    if let Some((since, why)) = broken {
        let (since, why) = (clock_words::moment(*since), sentence(why));
        let waits = if channel.is_permitted() {
            "Posts wait."
        } else {
            "The account was ended, and what is still out cannot be taken down until it is connected again."
        };
        return ("stop", "Needs reconnecting", format!("{handle}, since {since}: {why} {waits}"));
    }
    if !channel.is_permitted() {
        let say = "Nothing is published here any more. The trust can still take down what is out.";
        return ("off", "Ended", say.to_owned());
    }
    if let Some(first) = checked.missing.iter().find(|one| !one.optional) {
        let (permission, needed_for) = (&first.permission, &first.needed_for);
        let say = format!("{handle} has not given {permission}, needed {needed_for}. Connect it again.");
        return ("stop", "Permission missing", say);
    }
    let since = clock_words::moment(*connected);
    match checked.ends {
        Some(ends) if days_left(ends, now) <= SOON_DAYS => {
            let last = clock_words::day(day_in_london(ends));
            let say = format!(
                "{handle}, by {way}, since {since}. The sign-in ends on {last}: connect it again before."
            );
            ("hold", "Ends soon", say)
        }
        _ => ("ok", "Connected", format!("{handle}, by {way}, since {since}.")),
    }
}

/// `POST /accounts/{id}/end` — nothing more is published there.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = known(&app, &id).await?;
    app.disconnect(&id, &me.person.id).await?;
    Ok(Redirect::to("/accounts"))
}

/// `POST /accounts/{id}/give` — lets somebody draft, approve or reply on the account until a day.
pub(super) async fn give(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let channel = known(&app, &id).await?;
    let wrong = |what: &str| Problem::Wrong(what.to_owned());
    let person = PersonId::parse(fields.one("person")).map_err(|_| wrong("choose a person"))?;
    let until: Date = fields.one("until").parse().map_err(|_| wrong("choose the last day"))?;
    let from = day_in_london(app.clock.now());
    let has = |right: &str| fields.has(right);
    let rights = Rights { draft: has("draft"), approve: has("approve"), reply: has("reply") };
    let new = NewGrant { person: &person, channel: &channel, rights, by: &me.person.id, from, until };
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).give(&new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/accounts"))
}

/// `POST /accounts/grants/{id}/end` — ends a permission at once.
pub(super) async fn take(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let grant = GrantId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).end(&grant, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/accounts"))
}

/// `GET /client-metadata.json` — this program, for Bluesky's servers.
pub(super) async fn description(State(app): State<Arc<App>>) -> Response {
    let settings = &app.settings;
    let name = format!("Cleansheet of {}", settings.profile.trust.name);
    json(&app.bluesky_client().description(&settings.public_url, &name))
}

/// `GET /jwks.json` — the public half of the key by which it proves itself.
pub(super) async fn keys(State(app): State<Arc<App>>) -> Response {
    json(&app.bluesky_client().keys())
}

fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn known(app: &App, id: &str) -> Result<ChannelId, Problem> {
    let id = ChannelId::parse(id).map_err(|_| Problem::NotFound)?;
    let found = Accounts(&mut app.records.read().await?).channel(&id).await?;
    found.map(|channel| channel.id).ok_or(Problem::NotFound)
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Missing(_) => Self::NotFound,
            AccountError::Person(error) => error.into(),
            AccountError::NoRequest(_) => Self::NotFound,
            AccountError::NoGrant(_)
            | AccountError::NoNativeRole(_)
            | AccountError::Decided
            | AccountError::AlreadyPermitted => Self::Conflict(error.to_string()),
            other => Self::Wrong(other.to_string()),
        }
    }
}
