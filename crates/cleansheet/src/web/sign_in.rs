//! Signing in: by a passkey, by a link, by a printed code; and locking the screen.

pub(super) mod back;
mod ceremonies;
pub(super) mod me;
pub(super) mod passkeys;
pub(super) mod push;
pub(super) mod recovery;

pub(super) mod codes;
pub(super) mod oidc;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Redirect},
};
use cleansheet_records::sign_ins::{self, Browser, Holder, Method, SignIn, SignIns};
use cleansheet_terms::random_hex;

use super::{
    Problem, Web, client::Client, cookies::Cookie, fields::Fields, layout::Page, parts, problem::show,
    visit::Signed,
};
use crate::app::App;

const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Template)]
#[template(path = "sign_in/how.html")]
struct How {
    page: Page,
    /// The owner named a provider of accounts.
    identity: bool,
}

#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct Link {
    page: Page,
    link: String,
}

#[derive(Template)]
#[template(path = "sign_in/locked.html")]
struct Locked {
    page: Page,
}

/// `GET /sign-in` — how to sign in.
pub(super) async fn how(State(web): State<Web>, page: Page) -> Result<Html<String>, Problem> {
    show(&How { page, identity: web.0.oidc.is_some() })
}

/// `GET /sign-in/{link}` — a button. Mail scanners follow links, so this changes nothing and says nothing: not even
/// whether the link is good.
pub(super) async fn link(page: Page, Path(link): Path<String>) -> Result<Html<String>, Problem> {
    show(&Link { page, link })
}

/// `POST /sign-in/{link}` — signs in.
pub(super) async fn press(
    State(web): State<Web>,
    Path(link): Path<String>,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let app = web.app();
    web.0.limits.try_once(client.address.as_deref(), &link, app.clock.now())?;
    let mark = Mark::of(app, &headers, fields.has("shared"));
    let browser = mark.browser(&client);
    let started = sign_ins::follow_link(&app.records, &link, browser, &*app.clock, &mut &app.entropy).await?;
    web.0.limits.was_right(client.address.as_deref(), &link);
    app.wake.all();
    let mut cookies = mark.signed_in(app, started.token.reveal());
    let back = back::take(app, &headers, &mut cookies);
    let to = next_page(app, &started.sign_in).await?.map_or(back, str::to_owned);
    Ok((cookies, Redirect::to(&to)))
}

/// Whoever came by a one-time link and has nothing else yet is led to a passkey.
async fn next_page(app: &App, sign_in: &SignIn) -> Result<Option<&'static str>, Problem> {
    let Holder::Person(person) = &sign_in.holder else { return Ok(None) };
    let ways = SignIns(&mut app.records.read().await?).ways_of(person).await?;
    let lead = sign_in.method == Method::Link && !sign_in.shared_device && !ways.any();
    Ok(lead.then_some("/me/passkeys/new"))
}

/// The browser somebody signs in with, and the mark it is known by.
pub(super) struct Mark {
    shared: bool,
    /// `None` on a shared device, which keeps nothing.
    known: Option<String>,
}

impl Mark {
    /// Reads the browser's mark, or makes one.
    ///
    /// - `shared`: other people use this device too.
    pub(super) fn of(app: &App, headers: &HeaderMap, shared: bool) -> Self {
        let kept = Cookie::Browser.read(headers, &app.settings.public_url).map(str::to_owned);
        let made = || random_hex(&mut &app.entropy, 16);
        Self { shared, known: (!shared).then(|| kept.unwrap_or_else(made)) }
    }

    /// For [`SignIns::start`].
    pub(super) fn browser<'b>(&'b self, client: &'b Client) -> Browser<'b> {
        Browser { device: &client.device, shared: self.shared, mark: self.known.as_deref() }
    }

    /// The cookies of a sign-in that has just begun in this browser.
    pub(super) fn signed_in(&self, app: &App, token: &str) -> HeaderMap {
        let mut headers = signed_in(app, token);
        let keep = self.known.as_ref().and_then(|mark| Cookie::Browser.keep(mark, &app.settings.public_url));
        if let Some(cookie) = keep {
            headers.append(header::SET_COOKIE, cookie);
        }
        headers
    }
}

/// The cookie of a sign-in that has just begun.
pub(super) fn signed_in(app: &App, token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = Cookie::SignIn.set(token, &app.settings.public_url) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
}

/// `POST /sign-out` — ends this browser's sign-in.
///
/// - `back`: where signing in leads back to; sent by the script that locks an idle screen.
pub(super) async fn lock(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).end(&me.sign_in.id, app.clock.now()).await?;
    tx.commit().await?;
    let mut headers = HeaderMap::new();
    if let Some(cookie) = Cookie::SignIn.forget(&app.settings.public_url) {
        headers.append(header::SET_COOKIE, cookie);
    }
    if !me.sign_in.shared_device
        && let Some(cookie) = back::remember(&app, fields.one("back"))
    {
        headers.append(header::SET_COOKIE, cookie);
    }
    if me.sign_in.shared_device {
        // The browser drops what pages of ours it kept, and every cookie.
        headers.insert(CLEAR, HeaderValue::from_static("\"cache\", \"cookies\", \"storage\""));
    }
    Ok((headers, Redirect::to("/locked")))
}

/// `GET /locked` — after locking.
pub(super) async fn locked(page: Page) -> Result<Html<String>, Problem> {
    show(&Locked { page })
}
