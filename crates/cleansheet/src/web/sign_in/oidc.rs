//! Signing in, and confirming, with an account at the trust's own provider (OpenID Connect, code flow with PKCE).
//!
//! Coming back is a GET that signs in, so it is bound twice: to this browser by a short-lived cookie, and to the one
//! request that this browser made by `state`, `nonce` and the PKCE verifier, which never leave the program and are used
//! up by the first return. An address made by somebody else, or opened a second time, does nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use cleansheet_records::sign_ins::identities::{self, Account, IdentityError};
use cleansheet_terms::{SignInId, Timestamp, random_hex};
use jiff::SignedDuration;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use self::provider::{Asked, Provider, ProviderError, Told};
use super::Mark;
use crate::{
    app::App,
    web::{
        Problem, Signed, Visit, Web, client::Client, cookies::Cookie, layout::Page, parts, problem::show,
        visit::Who,
    },
};

mod provider;

/// Where the provider sends people back to; it has to be registered there.
const PATH_BACK: &str = "/sign-in/identity/back";
/// How long somebody may take at the provider.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// People on their way at most; the oldest are forgotten first.
const MOST: usize = 2_000;
/// A provider's clock may be this far behind ours.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// The provider and everybody who is on the way to it.
pub(in crate::web) struct Oidc {
    provider: Provider,
    on_the_way: Mutex<HashMap<String, OnTheWay>>,
}

struct OnTheWay {
    asked: Asked,
    what_for: WhatFor,
    since: Timestamp,
}

enum WhatFor {
    SignIn {
        shared: bool,
    },
    /// Confirm, in this sign-in, and go on to this page.
    Confirm {
        sign_in: SignInId,
        back: String,
    },
}

impl Oidc {
    /// `None` when the owner named no provider.
    pub(in crate::web) fn new(app: &App) -> Option<Self> {
        let settings = app.settings.oidc.clone()?;
        let provider = Provider::new(settings, &app.settings.public_url, app.outside.clone());
        Some(Self { provider, on_the_way: Mutex::default() })
    }

    /// As the provider names itself.
    pub(in crate::web) fn issuer(&self) -> &str {
        self.provider.issuer()
    }

    fn keep(&self, browser: String, one: OnTheWay) {
        // A panic elsewhere cannot leave the map half-changed.
        let mut all = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, other| one.since.duration_since(other.since) < LONGEST);
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, other)| other.since).map(|(browser, _)| browser.clone());
            oldest.map(|browser| all.remove(&browser));
        }
        all.insert(browser, one);
    }

    /// Whoever comes back is forgotten at once, whether what they bring is right or not.
    fn take(&self, browser: &str, now: Timestamp) -> Option<OnTheWay> {
        let mut all = self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(browser).filter(|one| now.duration_since(one.since) < LONGEST)
    }
}

#[derive(Template)]
#[template(path = "sign_in/identity.html")]
struct Refused {
    page: Page,
    sorry: String,
    confirming: bool,
}

#[derive(Deserialize)]
pub(in crate::web) struct Chosen {
    /// Other people use this device too.
    #[serde(default)]
    shared: String,
    /// Where to go on after confirming.
    #[serde(default)]
    back: String,
}

/// What the provider puts into the address.
#[derive(Deserialize)]
pub(in crate::web) struct Returned {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    iss: Option<String>,
}

/// `GET /sign-in/identity` — to the provider. It changes nothing here but this browser's cookie.
pub(in crate::web) async fn go(
    State(web): State<Web>,
    client: Client,
    page: Page,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let oidc = web.0.oidc.as_ref().ok_or(Problem::NotFound)?;
    web.0.limits.may_ask(client.address.as_deref(), web.app().clock.now())?;
    let what_for = WhatFor::SignIn { shared: !chosen.shared.is_empty() };
    send(web.app(), oidc, page, what_for).await
}

/// `GET /confirm/identity` — to the provider, to show who they are once more.
pub(in crate::web) async fn confirm(
    State(web): State<Web>,
    me: Signed,
    page: Page,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let oidc = web.0.oidc.as_ref().ok_or(Problem::NotFound)?;
    let back = own_path(&chosen.back).unwrap_or("/").to_owned();
    send(web.app(), oidc, page, WhatFor::Confirm { sign_in: me.sign_in.id, back }).await
}

async fn send(app: &App, oidc: &Oidc, page: Page, what_for: WhatFor) -> Result<Response, Problem> {
    let now = app.clock.now();
    let confirming = matches!(what_for, WhatFor::Confirm { .. });
    let (address, asked) = match oidc.provider.address(confirming, now, &mut &app.entropy).await {
        Ok(to) => to,
        Err(error) => return no(page, &error, confirming),
    };
    let browser = random_hex(&mut &app.entropy, 32);
    let mut headers = HeaderMap::new();
    if let Some(cookie) = Cookie::Identity.set_for_a_while(&browser, &app.settings.public_url) {
        headers.append(header::SET_COOKIE, cookie);
    }
    oidc.keep(browser, OnTheWay { asked, what_for, since: now });
    Ok((headers, Redirect::to(&address)).into_response())
}

/// `GET /sign-in/identity/back` — back from the provider.
pub(in crate::web) async fn back(
    State(web): State<Web>,
    client: Client,
    visit: Visit,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Problem> {
    let (app, oidc) = (web.app(), web.0.oidc.as_ref().ok_or(Problem::NotFound)?);
    let origin = &app.settings.public_url;
    let browser = Cookie::Identity.read(&headers, origin).unwrap_or("");
    let mut answer = match oidc.take(browser, app.clock.now()) {
        Some(one) => {
            let came = Came { returned: &returned, client: &client, headers: &headers };
            came_back(app, oidc, one, came, visit).await?
        }
        None => no(visit.page, &ProviderError::Code("nobody here is on the way".into()), false)?,
    };
    if let Some(cookie) = Cookie::Identity.forget(origin) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Who came back, and with what.
struct Came<'a> {
    returned: &'a Returned,
    client: &'a Client,
    headers: &'a HeaderMap,
}

async fn came_back(
    app: &App,
    oidc: &Oidc,
    one: OnTheWay,
    came: Came<'_>,
    visit: Visit,
) -> Result<Response, Problem> {
    let confirming = matches!(one.what_for, WhatFor::Confirm { .. });
    let told = match told(app, oidc, one.asked, came.returned).await {
        Ok(told) => told,
        Err(error) => return no(visit.page, &error, confirming),
    };
    let account = Account {
        issuer: oidc.issuer(),
        subject: &told.subject,
        verified_mail: told.verified_mail.as_deref(),
    };
    let done = match one.what_for {
        WhatFor::SignIn { shared } => {
            let mark = Mark::of(app, came.headers, shared);
            let browser = mark.browser(came.client);
            let started =
                identities::sign_in(&app.records, account, browser, &*app.clock, &mut &app.entropy).await;
            // A new browser is told by mail.
            app.wake.all();
            started.map(|started| {
                let mut cookies = mark.signed_in(app, started.token.reveal());
                let to = super::back::take(app, came.headers, &mut cookies);
                (cookies, Redirect::to(&to)).into_response()
            })
        }
        WhatFor::Confirm { sign_in, back } => match visit.who {
            Who::Person(me) if me.sign_in.id == sign_in && is_new(&told, one.since) => {
                let proved = identities::prove(&app.records, account, &me.sign_in, &*app.clock).await;
                proved.map(|()| Redirect::to(&back).into_response())
            }
            _ => Err(IdentityError::NotOurs),
        },
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(IdentityError::NotOurs) => refuse(visit.page, &IdentityError::NotOurs.to_string(), confirming),
        Err(IdentityError::Store(error)) => Err(error.into()),
    }
}

async fn told(app: &App, oidc: &Oidc, asked: Asked, returned: &Returned) -> Result<Told, ProviderError> {
    let same: bool = asked.state.as_bytes().ct_eq(returned.state.as_bytes()).into();
    if !same {
        return Err(ProviderError::Code("it belongs to another sign-in".into()));
    }
    // RFC 9207: a code of another provider is not shown to this one.
    if returned.iss.as_deref().is_some_and(|iss| iss != oidc.issuer()) {
        return Err(ProviderError::Code("it is from another provider".into()));
    }
    if returned.code.is_empty() {
        return Err(ProviderError::Code("there is none; the person turned back, or may not".into()));
    }
    oidc.provider.ask(&returned.code, asked, app.clock.now()).await
}

/// Whether they showed who they are after we asked: what the provider remembers of this morning confirms nothing.
fn is_new(told: &Told, since: Timestamp) -> bool {
    told.shown.is_some_and(|shown| shown.duration_since(since) >= -CLOCKS)
}

/// Whatever was wrong, the page says one thing; the log says which.
fn no(page: Page, error: &ProviderError, confirming: bool) -> Result<Response, Problem> {
    tracing::warn!(error = %error, "nobody was signed in by the provider");
    match error {
        ProviderError::Unreachable(_) => refuse(
            page,
            "the provider of your account does not answer; try again in a minute, or sign in another way",
            confirming,
        ),
        ProviderError::Code(_) | ProviderError::Token(_) => {
            refuse(page, &IdentityError::NotOurs.to_string(), confirming)
        }
    }
}

fn refuse(page: Page, sorry: &str, confirming: bool) -> Result<Response, Problem> {
    let sorry = crate::web::problem::sentence(sorry);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&Refused { page, sorry, confirming })?).into_response())
}

/// A path of this site; an address that leads elsewhere is none.
fn own_path(back: &str) -> Option<&str> {
    let plain = back.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    let own = back.starts_with('/') && !back.starts_with("//");
    (plain && own).then_some(back)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for good in ["/", "/posts/post_1/approve", "/people?q=a"] {
            assert_eq!(own_path(good), Some(good));
        }
        for bad in
            ["", "posts", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x"]
        {
            assert_eq!(own_path(bad), None, "{bad}");
        }
    }
}
