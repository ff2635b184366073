//! The trust's accounts: connecting, trying and ending them, and who may act on each. For the Manager.

pub(super) mod one;
pub(super) mod requests;
pub(super) mod reviews;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, Uri, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_channels::{CameBack, ChannelError, capabilities};
use cleansheet_records::{
    StoreError, Tx,
    accounts::{
        AccountError, Accounts, Channel, Grant, MOST_MONTHS, NewGrant, Rights, connections::Connection,
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
use crate::{
    app::App,
    connections::{CALLBACK, ConnectError, NotConnected},
};

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
    /// What trying an account found: good or not, and in words.
    tried: Option<(bool, String)>,
}

#[derive(Template)]
#[template(path = "accounts/go.html")]
struct Go {
    page: Page,
    address: String,
    host: String,
}

#[derive(Template)]
#[template(path = "accounts/back.html")]
struct Back {
    page: Page,
    back: CameBack,
}

/// `GET /accounts` — every official account and how it stands.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    shown(&app, page, &search, None).await
}

async fn shown(
    app: &App,
    page: Page,
    search: &Search,
    tried: Option<(bool, String)>,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let present = |person: &Person| person.left.is_none() && !person.is_suspended();
    let people: Vec<Person> = People(&mut tx).list().await?.into_iter().filter(present).collect();
    let cards = cards(&mut tx, search, today).await?;
    let until = Settings(&mut tx).season_end().await?.after(today).to_string();
    let latest = today.checked_add(MOST_MONTHS.months()).unwrap_or(today).to_string();
    let people = people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let (words, today) = (search.words.clone(), today.to_string());
    show(&List { page, words, cards, people, until, today, latest, tried })
}

async fn cards(tx: &mut Tx, search: &Search, today: Date) -> Result<Vec<Card>, Problem> {
    let names = Names::load(tx).await?;
    let mut cards = Vec::new();
    for channel in Accounts(tx).channels().await? {
        if search.finds(&[&channel.name, &channel.network.to_string()]) {
            cards.push(card(tx, channel, &names, today).await?);
        }
    }
    Ok(cards)
}

async fn card(tx: &mut Tx, channel: Channel, names: &Names, today: Date) -> Result<Card, Problem> {
    let connection = Accounts(tx).connection(&channel.id).await?;
    let grants = Accounts(tx).grants_on(&channel.id).await?.into_iter();
    let beside = Accounts(tx).native_roles_on(&channel.id).await?.into_iter();
    let connects = channel.network != Network::Website && capabilities(channel.network).is_some();
    let (state, word, say) = standing(&channel, connection.as_ref(), connects);
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

fn standing(
    channel: &Channel,
    connection: Option<&Connection>,
    connects: bool,
) -> (&'static str, &'static str, String) {
    match connection {
        _ if channel.permitted.is_none() => (
            "off",
            "Written down",
            "It exists, and the trust does not use it: the Manager has not permitted it.".to_owned(),
        ),
        _ if !channel.is_permitted() && connection.is_some() => (
            "off",
            "Ended",
            "Nothing is published here any more. The trust can still take down what is out.".to_owned(),
        ),
        _ if !channel.is_permitted() => ("off", "Ended", "Nothing is published here any more.".to_owned()),
        None if connects => ("hold", "Not connected", "Posts for this account wait.".to_owned()),
        None if channel.network == Network::Website => {
            ("ok", "Ready", "The trust’s own page; there is nothing to connect.".to_owned())
        }
        None => (
            "note",
            "Permitted",
            format!("This program cannot publish on {} yet, so nothing is connected.", channel.network),
        ),
        Some(Connection { broken: Some((since, why)), handle, .. }) => (
            "stop",
            "Needs reconnecting",
            format!("{handle}, since {}: {} Posts wait.", clock_words::moment(*since), sentence(why)),
        ),
        Some(Connection { handle, way, connected, .. }) => {
            ("ok", "Connected", format!("{handle}, by {way}, since {}.", clock_words::moment(*connected)))
        }
    }
}

/// `POST /accounts/{id}/connect` — by app password at once, otherwise by a page of the account's own server.
pub(super) async fn connect(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id = known(&app, &id).await?;
    let server = Some(fields.one("server").trim().trim_end_matches('/')).filter(|server| !server.is_empty());
    let (name, password) = (fields.one("handle"), fields.one("password"));
    if !password.is_empty() {
        app.connect_by_password(&id, (name, password), server, &me.person.id).await?;
        return Ok(Redirect::to("/accounts").into_response());
    }
    let address = app.begin_connection(&id, name, server, (&me.person.id, &me.sign_in.id)).await?;
    let host = address.split('/').nth(2).unwrap_or_default().to_owned();
    Ok(show(&Go { page, address, host })?.into_response())
}

/// `GET /accounts/callback` — where the network's page sends the browser. It changes nothing: the button does.
pub(super) async fn back(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    page: Page,
    Query(back): Query<CameBack>,
) -> Result<Response, Problem> {
    // Networks come back to 127.0.0.1 where people sign in at localhost: go on to where they are signed in.
    let here = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let public = app.settings.public_url.split("//").nth(1).unwrap_or_default();
    if here != public && here.starts_with("127.0.0.1") {
        let rest = uri.query().unwrap_or_default();
        return Ok(Redirect::to(&format!("{}{CALLBACK}?{rest}", app.settings.public_url)).into_response());
    }
    if page.me.is_none() {
        return Err(Problem::SignIn);
    }
    Ok(show(&Back { page, back })?.into_response())
}

/// `POST /accounts/callback` — finishes the connection this browser began.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let one = |name: &str| fields.one(name).to_owned();
    let back = CameBack { state: one("state"), iss: one("iss"), code: one("code"), error: one("error") };
    app.finish_connection(&back, (&me.person.id, &me.sign_in.id)).await?;
    Ok(Redirect::to("/accounts"))
}

/// `POST /accounts/{id}/check` — signs in to the account and says how that went.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = known(&app, &id).await?;
    let tried = match app.tried(&id).await {
        Ok(_) => (true, "The account answers, and the trust may post there.".to_owned()),
        Err(error) => (false, sentence(&error.to_string())),
    };
    shown(&app, page, &Search::default(), Some(tried)).await
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

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Account(error) => error.into(),
            ConnectError::Channel(ChannelError::Reconnect(why)) => Self::Wrong(why),
            ConnectError::Stale => Self::Conflict(error.to_string()),
            ConnectError::Channel(_) | ConnectError::Sealing => Self::Wrong(error.to_string()),
        }
    }
}

impl From<NotConnected> for Problem {
    fn from(error: NotConnected) -> Self {
        match error {
            NotConnected::Store(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}
