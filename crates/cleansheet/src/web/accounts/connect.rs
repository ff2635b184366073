//! Connecting one account, step by step, and how its network finds it. For the Manager.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_channels::{ChannelError, Price, permissions};
use cleansheet_records::accounts::{
    AccountError, Accounts, Channel, apps::NetworkApp, connections::Connection, health::Checked,
};
use cleansheet_terms::{ChannelId, Network, Timestamp, day_in_london};

use super::{
    Names,
    guide::{Guide, guide},
    known, standing,
};
use crate::{
    app::App,
    connections::{ConnectError, NotConnected, capabilities, whose_app},
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts,
        problem::{sentence, show},
    },
};

/// One thing that the self-test looked at.
struct Line {
    state: &'static str,
    word: &'static str,
    what: String,
    say: String,
}

/// The trust's own app, as it is written down.
struct Keys {
    id: String,
    set: String,
}

#[derive(Template)]
#[template(path = "accounts/connect.html")]
struct Connect {
    page: Page,
    id: String,
    name: String,
    network: Network,
    guide: &'static Guide,
    state: (&'static str, &'static str),
    say: String,
    /// What trying it just now found: good or not, and in words.
    tried: Option<(bool, String)>,
    lines: Vec<Line>,
    callback: String,
    keys: Option<Keys>,
    /// Whether the network's app is there, or none is needed.
    has_app: bool,
    permissions: &'static [(&'static str, &'static str)],
    costs: Option<String>,
    connected: bool,
    ended: bool,
    handle: String,
    server: String,
}

#[derive(Template)]
#[template(path = "accounts/go.html")]
struct Go {
    page: Page,
    id: String,
    network: Network,
    guide: &'static Guide,
    address: String,
    host: String,
}

/// `GET /accounts/{id}/connect` — how it stands, what has to be done, and the button that goes on to the network.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = known(&app, &id).await?;
    shown(&app, page, &id, None).await
}

async fn shown(
    app: &App,
    page: Page,
    id: &ChannelId,
    tried: Option<(bool, String)>,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let channel = Accounts(&mut tx).channel(id).await?.ok_or(Problem::NotFound)?;
    let guide = guide(channel.network).ok_or(Problem::NotFound)?;
    let connection = Accounts(&mut tx).connection(id).await?;
    let names = Names::load(&mut tx).await?;
    let of = whose_app(channel.network);
    let written = match of {
        Some(network) => Accounts(&mut tx).app(network).await?,
        None => None,
    };
    let can = capabilities(&mut tx, id, channel.network).await?;
    let (state, word, say) = standing(&channel, connection.as_ref(), now);
    let keys = |app: NetworkApp| Keys { id: app.id, set: names.on(&(app.by, app.at)) };
    show(&Connect {
        page,
        id: id.to_string(),
        network: channel.network,
        guide,
        state: (state, word),
        say,
        tried,
        lines: connection.as_ref().map(|one| lines(&channel, one, now)).unwrap_or_default(),
        callback: app.callback(channel.network),
        has_app: of.is_none() || written.is_some(),
        keys: written.map(keys),
        permissions: permissions(channel.network),
        costs: can.and_then(|can| can.price).map(|price| costs(&price)),
        connected: connection.is_some(),
        ended: channel.ended.is_some(),
        handle: connection.as_ref().map(|one| one.handle.clone()).unwrap_or_default(),
        server: connection.map(|one| one.server).unwrap_or_default(),
        name: channel.name,
    })
}

/// What the last look found, one line each.
fn lines(channel: &Channel, connection: &Connection, now: Timestamp) -> Vec<Line> {
    let line = |state, word, what: &str, say: String| Line { state, word, what: what.to_owned(), say };
    let checked = &connection.checked;
    let mut lines = vec![match (&connection.broken, checked.at) {
        (Some((_, why)), _) => line("stop", "No", "The account answers", sentence(why)),
        (None, Some(at)) => line(
            "ok",
            "Yes",
            "The account answers",
            format!("As {}, {}.", connection.handle, clock_words::ago(at, now)),
        ),
        (None, None) => {
            let say = "Nobody has asked it since it was connected. Press “Try the connection”.";
            line("hold", "Not yet", "The account answers", say.to_owned())
        }
    }];
    if connection.broken.is_some() || checked.at.is_none() {
        return lines;
    }
    lines.extend(given(channel.network, checked));
    lines.push(line("ok", "Read", "Limits", limits(checked)));
    lines.push(match checked.ends {
        None => line("ok", "Stays", "The sign-in", "It has no last day, or renews itself.".to_owned()),
        Some(ends) => {
            let last = clock_words::day(day_in_london(ends));
            let soon = cleansheet_records::accounts::health::days_left(ends, now) <= super::SOON_DAYS;
            let (state, word) = if soon { ("hold", "Ends soon") } else { ("ok", "In date") };
            line(state, word, "The sign-in", format!("Ends on {last}. You are told 14, 7 and 1 days before."))
        }
    });
    lines
}

fn given(network: Network, checked: &Checked) -> Vec<Line> {
    let lacks = |name: &str| checked.missing.iter().any(|one| one.permission == name);
    let known = permissions(network).iter().filter(|(name, _)| !lacks(name));
    let missing = checked.missing.iter().map(|one| {
        let again = "Connect it again below, and leave every permission ticked.";
        let (state, word, again) =
            if one.optional { ("hold", "Not given", "") } else { ("stop", "Missing", again) };
        let say = format!("Needed {}. {again}", one.needed_for).trim_end().to_owned();
        Line { state, word, what: one.permission.clone(), say }
    });
    let given = known.map(|(name, needed_for)| Line {
        state: "ok",
        word: "Given",
        what: (*name).to_owned(),
        say: format!("Needed {needed_for}."),
    });
    missing.chain(given).collect()
}

fn limits(checked: &Checked) -> String {
    let kept = checked.limits.as_deref();
    let limits: cleansheet_channels::Limits =
        kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let said = [
        limits.text_letters.map(|letters| format!("{letters} letters a post")),
        limits.pictures.map(|pictures| format!("{pictures} pictures")),
        limits.alt_text_letters.map(|letters| format!("{letters} letters to describe one")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() {
        "The usual ones of this network.".to_owned()
    } else {
        format!("Its own: {}.", said.join(", "))
    }
}

/// What a network charges, in dollars.
fn costs(price: &Price) -> String {
    let dollars = |millionths: u64| {
        let thousandths = millionths.div_ceil(1_000);
        format!("${}.{:03}", thousandths / 1_000, thousandths % 1_000)
    };
    format!(
        "About {} for a post, {} with a link in it, {} for each picture that is described, {} for a take-down. Without a \
         link a post is much cheaper.",
        dollars(price.post),
        dollars(price.post_with_link),
        dollars(price.alt_text),
        dollars(price.take_down)
    )
}

/// `POST /accounts/{id}/app` — keeps the trust's own app on the account's network; its secret is not shown again.
pub(in crate::web) async fn app(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&app, &id).await?;
    let channel = Accounts(&mut app.records.read().await?).channel(&id).await?.ok_or(Problem::NotFound)?;
    let keys = (fields.one("app_id").trim(), fields.one("app_secret").trim());
    let set = app.set_app(channel.network, keys, &me.person.id).await;
    set.map_err(|error| not_connected(&page_of(&id), error))?;
    Ok(Redirect::to(&format!("/accounts/{id}/connect#go")))
}

/// `POST /accounts/{id}/connect` — by app password at once, otherwise by a page of the network.
pub(in crate::web) async fn begin(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id = known(&app, &id).await?;
    let channel = Accounts(&mut app.records.read().await?).channel(&id).await?.ok_or(Problem::NotFound)?;
    let guide = guide(channel.network).ok_or(Problem::NotFound)?;
    let server = Some(fields.one("server").trim().trim_end_matches('/')).filter(|server| !server.is_empty());
    let (name, password) = (fields.one("handle"), fields.one("password"));
    if channel.network == Network::Bluesky && !password.is_empty() {
        let done = app.connect_by_password(&id, (name, password), server, &me.person.id).await;
        done.map_err(|error| not_connected(&page_of(&id), error))?;
        return Ok(tested(&app, &id).await.into_response());
    }
    let begun = app.begin_connection(&id, name, server, (&me.person.id, &me.sign_in.id)).await;
    let address = begun.map_err(|error| not_connected(&page_of(&id), error))?;
    let host = address.split('/').nth(2).unwrap_or_default().to_owned();
    let (id, network) = (id.to_string(), channel.network);
    Ok(show(&Go { page, id, network, guide, address, host })?.into_response())
}

/// The self-test at the end of connecting; what it finds stands on the page that it leads to.
pub(super) async fn tested(app: &App, id: &ChannelId) -> Redirect {
    if let Err(error) = app.tried(id).await {
        tracing::info!(account = %id, error = %error, "an account that was just connected did not answer well");
    }
    Redirect::to(&page_of(id))
}

/// `POST /accounts/{id}/check` — signs in to the account and says how that went.
pub(in crate::web) async fn check(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = known(&app, &id).await?;
    let tried = match app.tried(&id).await {
        Ok(health) => {
            match health.missing.iter().filter(|one| !one.optional).collect::<Vec<_>>().as_slice() {
                [] => (true, "The account answers, and the trust may post there.".to_owned()),
                [one] => (false, format!("The account answers, and {} is missing.", one.permission)),
                many => (false, format!("The account answers, and {} permissions are missing.", many.len())),
            }
        }
        Err(error) => (false, sentence(&error.to_string())),
    };
    shown(&app, page, &id, Some(tried)).await
}

/// What a person is told of it who wanted to connect an account.
///
/// - `page`: where it is begun again.
pub(super) fn not_connected(page: &str, error: ConnectError) -> Problem {
    let (why, late) = match error {
        ConnectError::Account(
            error @ (AccountError::Store(_) | AccountError::Missing(_) | AccountError::Person(_)),
        ) => {
            return error.into();
        }
        ConnectError::NotConnected(NotConnected::Store(error)) => return error.into(),
        ConnectError::Channel(ChannelError::Reconnect(why)) => (why, false),
        ConnectError::Stale => (error.to_string(), true),
        other => (other.to_string(), false),
    };
    Problem::NotConnected { why, page: page.to_owned(), late }
}

/// The page of an account where it is connected.
pub(super) fn page_of(id: &ChannelId) -> String {
    format!("/accounts/{id}/connect")
}

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        not_connected("/accounts", error)
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
