//! "Confirm that it is you": the page between a weighty form and its handler.
//!
//! The page carries every field that was sent, so that nothing is lost and nothing is kept here. The proof comes back
//! in fields of the same form, whose names begin with [`PREFIX`]; the guard looks at them, takes them away, and hands
//! the handler what was sent at first.

use askama::Template;
use axum::{
    http::{HeaderName, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_records::sign_ins::{Method as Began, SignIn, SignIns, Ways, codes};
use cleansheet_terms::Timestamp;
use jiff::SignedDuration;

use super::{
    Problem, Signed, Web,
    client::Client,
    fields::{Fields, percent},
    layout::Page,
    pages::Proof,
    parts,
    problem::show,
    sign_in::passkeys,
    visit::{Visit, Who},
};

/// Fields of the proof; no form of ours has another that begins like this.
pub(super) const PREFIX: &str = "confirm_";

const CREDENTIAL: &str = "confirm_credential";
/// A code of an authenticator app.
const CODE: &str = "confirm_code";

/// For so long after a sign-in by a one-time link or a printed code a new way in may be made beside older ones.
const NEW_WAY: SignedDuration = SignedDuration::from_hours(1);

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm {
    page: Page,
    /// Where the form goes.
    action: String,
    /// What was sent.
    kept: Vec<(String, String)>,
    ways: Ways,
    /// Has none, and may make one here and now.
    may_make: bool,
    sorry: Option<&'static str>,
    /// The page to come back to from the provider of accounts, as part of an address.
    back: String,
}

/// Answers `None` when the person has proved who they are, by what they did before or by fields of this form; else the
/// page that asks for it.
pub(super) async fn ask(
    web: &Web,
    visit: &Visit,
    proof: Proof,
    parts: &Parts,
    fields: &Fields,
) -> Result<Option<Response>, Problem> {
    let (app, Who::Person(me)) = (web.app(), &visit.who) else { return Err(Problem::SignIn) };
    let now = app.clock.now();
    if me.sign_in.is_proved(now) {
        return Ok(None);
    }
    let mut ways = SignIns(&mut app.records.read().await?).ways_of(&me.person.id).await?;
    ways.identity &= web.0.oidc.is_some();
    if excused(&me.sign_in, ways) || (proof == Proof::NewWay && may_make(&me.sign_in, ways, now)) {
        return Ok(None);
    }
    let may_make = !ways.any() && may_make(&me.sign_in, ways, now);
    let tried = [CREDENTIAL, CODE].iter().any(|field| !fields.one(field).is_empty());
    if tried && prove(web, me, parts, fields, may_make).await? {
        return Ok(None);
    }
    let sorry = tried.then_some("That did not work. Nothing is lost: try again.");
    let (action, kept) = kept(&visit.page, parts, fields);
    let page =
        Confirm { page: visit.page.clone(), action, kept, ways, may_make, sorry, back: came_from(parts) };
    let status = if tried { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Some((status, show(&page)?).into_response()))
}

/// Whoever came by a link of the demo and has made no passkey is not asked. Such links, which work again and again, are
/// made by `cleansheet demo` for its invented people and by nothing else.
fn excused(sign_in: &SignIn, ways: Ways) -> bool {
    sign_in.method == Began::Demo && !ways.any()
}

/// Whether a new way in may be made without a proof: only by somebody who has just been let in by a person or by the
/// server's console, or who has no other way yet; and never on a device that others use too.
pub(super) fn may_make(sign_in: &SignIn, ways: Ways, now: Timestamp) -> bool {
    let let_in = matches!(sign_in.method, Began::Link | Began::Recovery);
    let first = !ways.any() && (let_in || sign_in.method == Began::Identity);
    !sign_in.shared_device && (first || (let_in && now.duration_since(sign_in.made) < NEW_WAY))
}

/// Looks at the fields of the proof.
async fn prove(
    web: &Web,
    me: &Signed,
    parts: &Parts,
    fields: &Fields,
    may_make: bool,
) -> Result<bool, Problem> {
    let (app, client) = (web.app(), Client::of(parts));
    let account = me.person.id.as_str();
    web.0.limits.try_once(client.address.as_deref(), account, app.clock.now())?;
    let right = by_fields(web, me, &client, fields, may_make).await?;
    if right {
        web.0.limits.was_right(client.address.as_deref(), account);
        let mut tx = app.records.begin().await?;
        SignIns(&mut tx).prove(&me.sign_in.id, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(right)
}

/// Each way to prove it has its field.
async fn by_fields(
    web: &Web,
    me: &Signed,
    client: &Client,
    fields: &Fields,
    may_make: bool,
) -> Result<bool, Problem> {
    if fields.one("confirm_kind") == "new" {
        return Ok(may_make && passkeys::make(web, me, client, fields, PREFIX).await?);
    }
    if !fields.one(CREDENTIAL).is_empty() {
        return passkeys::confirms(web, me, fields, PREFIX).await;
    }
    let (app, code) = (web.app(), fields.one(CODE));
    let (records, sealer, now) = (&app.records, &app.sealer, app.clock.now());
    Ok(!code.is_empty() && codes::is_right(records, sealer, &me.person, code, now).await?)
}

/// Where the form goes, and what it carries there.
fn kept(page: &Page, parts: &Parts, fields: &Fields) -> (String, Vec<(String, String)>) {
    if parts.method == Method::POST {
        let sent = fields.pairs().filter(|(name, _)| !name.starts_with(PREFIX));
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
        return (parts.uri.path().to_owned(), sent.collect());
    }
    // A page to read is asked for again by an address of ours.
    let to = parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
    ("/confirm".to_owned(), vec![("csrf".to_owned(), page.csrf.clone()), ("to".to_owned(), to)])
}

/// The page of ours to come back to from the provider of accounts, as part of an address.
fn came_from(parts: &Parts) -> String {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let asked = || parts.uri.path_and_query().map_or("/", |address| address.as_str());
    let page = match parts.method {
        Method::POST => {
            text(header::REFERER).zip(text(header::ORIGIN)).and_then(|(page, ours)| page.strip_prefix(ours))
        }
        _ => Some(asked()),
    };
    percent(page.unwrap_or("/"))
}

/// `POST /confirm` — confirmed: on to the page that was asked for.
pub(super) async fn go_on(fields: Fields) -> Redirect {
    let to = fields.one("to");
    let ours = to.starts_with('/') && !to.starts_with("//") && to.bytes().all(|byte| byte.is_ascii_graphic());
    Redirect::to(if ours && !to.contains('\\') { to } else { "/" })
}
