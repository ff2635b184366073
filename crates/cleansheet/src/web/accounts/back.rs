//! Coming back from a network's own page: what it said, whose account it is, and connecting it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_channels::CameBack;
use cleansheet_records::accounts::{Accounts, Channel};
use cleansheet_terms::Network;
use serde::Deserialize;

use super::connect::{not_connected, page_of, tested};
use crate::{
    app::App,
    connections::{CALLBACK, Choice, Finished, NotFinished},
    web::{
        Problem, Signed,
        fields::Fields,
        layout::Page,
        parts,
        problem::show,
        visit::{Visit, Who},
    },
};

/// What a network sends the browser back with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Said {
    state: String,
    iss: String,
    code: String,
    error: String,
    /// Meta names what is wrong with an app by a number, and nothing else.
    error_code: String,
}

#[derive(Template)]
#[template(path = "accounts/back.html")]
struct Back {
    page: Page,
    said: Said,
    /// Why nothing can be connected: a heading, and what to do.
    no: Option<(&'static str, String)>,
    /// Where it is begun again.
    again: String,
}

#[derive(Template)]
#[template(path = "accounts/choose.html")]
struct Choose {
    page: Page,
    name: String,
    network: Network,
    choice: Choice,
}

impl Said {
    /// Why nothing can be connected; `None` when it was allowed.
    /// <https://datatracker.ietf.org/doc/html/rfc6749#section-4.1.2.1>
    fn no(&self) -> Option<(&'static str, String)> {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let word: String = match self.error.as_str() {
            "" => self.error_code.chars().filter(plain).take(40).collect(),
            error => error.chars().filter(plain).take(40).collect(),
        };
        let (heading, say) = match word.as_str() {
            "" if !self.code.is_empty() => return None,
            "" => (
                "Nothing came with you",
                "This is where a network sends you back to, and it sent nothing along. Begin on the account’s page.".to_owned(),
            ),
            "access_denied" => (
                "It was not allowed",
                "Nothing was connected. Begin again when you like, and leave every permission on.".to_owned(),
            ),
            "invalid_scope" => (
                "The network does not give what was asked for",
                "One of the permissions that the trust needs is not open to its app there, or the server is too old to know \
                 it. Compare the app with the steps on the account’s page, then begin again."
                    .to_owned(),
            ),
            "server_error" | "temporarily_unavailable" => (
                "The network could not do it now",
                "It says that the fault is on its side. Nothing was connected; begin again in some minutes.".to_owned(),
            ),
            word => (
                "The network refuses the trust’s app",
                format!(
                    "It says “{word}”. Compare the app there with the steps on the account’s page, the address above all, \
                     then begin again."
                ),
            ),
        };
        Some((heading, say))
    }
}

/// `GET /accounts/callback` — where the network's page sends the browser. It changes nothing: the button does.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    visit: Visit,
    Query(said): Query<Said>,
) -> Result<Response, Problem> {
    // Networks come back to 127.0.0.1 where people sign in at localhost: go on to where they are signed in.
    let here = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let public = app.settings.public_url.split("//").nth(1).unwrap_or_default();
    if here != public && here.starts_with("127.0.0.1") {
        let rest = uri.query().unwrap_or_default();
        return Ok(Redirect::to(&format!("{}{CALLBACK}?{rest}", app.settings.public_url)).into_response());
    }
    if visit.page.me.is_none() {
        return Err(Problem::SignIn);
    }
    let begun = match &visit.who {
        Who::Person(me) => {
            let mut tx = app.records.read().await?;
            Accounts(&mut tx).begun_for(&said.state, &me.sign_in.id, app.clock.now()).await?
        }
        _ => None,
    };
    let again = begun.map_or_else(|| "/accounts".to_owned(), |id| page_of(&id));
    Ok(show(&Back { page: visit.page, no: said.no(), said, again })?.into_response())
}

/// `POST /accounts/callback` — finishes the connection this browser began, or asks whether the account is the trust's.
pub(in crate::web) async fn finish(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    let one = |name: &str| fields.one(name).to_owned();
    let back = CameBack { state: one("state"), iss: one("iss"), code: one("code"), error: one("error") };
    match app.finish_connection(&back, (&me.person.id, &me.sign_in.id)).await? {
        Finished::Connected(id) => Ok(tested(&app, &id).await.into_response()),
        Finished::Choose(choice) => {
            let channel = Accounts(&mut app.records.read().await?).channel(&choice.channel).await?;
            let Channel { name, network, .. } = channel.ok_or(Problem::NotFound)?;
            Ok(show(&Choose { page, name, network, choice })?.into_response())
        }
    }
}

/// `POST /accounts/choose` — connects the one that was chosen, or none.
pub(in crate::web) async fn choose(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (state, who) = (fields.one("state"), (&me.person.id, &me.sign_in.id));
    if fields.has("none") {
        let id = app.choose_none(state, who).await?;
        return Ok(Redirect::to(&page_of(&id)));
    }
    let id = app.choose_connection(state, fields.one("account"), who).await?;
    Ok(tested(&app, &id).await)
}

impl From<NotFinished> for Problem {
    fn from(NotFinished { channel, why }: NotFinished) -> Self {
        let page = channel.map_or_else(|| "/accounts".to_owned(), |id| page_of(&id));
        not_connected(&page, why)
    }
}
