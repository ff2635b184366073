//! A parent or carer: a link that shows nothing, a code, what they have agreed to, and one button to stop.
//!
//! Guardians of one child never see each other: every page here shows the answers of the one who is signed in.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_records::{
    activities::Activities,
    consents::Giver,
    invitations::{self, InvitationError},
    sign_ins::{Browser, SignIns},
    withdrawals,
};
use cleansheet_terms::{Timestamp, WithdrawalId};
use serde::Deserialize;

use super::{
    Problem, SignedGuardian, Web, client::Client, clock_words, cookies::Cookie, fields::Fields, layout::Page,
    layout::first_name, problem::show, sign_in::signed_in,
};
use crate::app::App;

mod answers;

use answers::{Child, ReceiptLine};

#[derive(Deserialize)]
pub(super) struct Asked {
    /// `sent` once the button was pressed.
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "guardians/invitation.html")]
struct Invitation {
    page: Page,
    token: String,
    code_sent: bool,
    sorry: Option<String>,
}

#[derive(Template)]
#[template(path = "guardians/answers.html")]
struct Answers {
    page: Page,
    children: Vec<Child>,
    receipts: Vec<ReceiptLine>,
}

struct Removed {
    channel: String,
    /// Where an old post was; of ours the channel says enough.
    url: Option<String>,
    gone: bool,
    at: String,
}

#[derive(Template)]
#[template(path = "guardians/receipt.html")]
struct Receipt {
    page: Page,
    first_name: String,
    at: String,
    number: String,
    removed: Vec<Removed>,
    stopped: usize,
}

/// `GET /g/{token}` — a button. It says nothing by itself, and the same for every link: mail scanners follow links.
pub(super) async fn invitation(
    page: Page,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let token = word(token)?;
    show(&Invitation { page, token, code_sent: asked.code == "sent", sorry: None })
}

/// `POST /g/{token}/code` — sends a code to the registered address, if the link is one of ours.
pub(super) async fn code(
    State(web): State<Web>,
    Path(token): Path<String>,
    client: Client,
    page: Page,
) -> Result<Redirect, Problem> {
    let (app, token) = (web.app(), word(token)?);
    web.0.limits.try_once(client.address.as_deref(), &token, app.clock.now())?;
    // The token of this browser's forms is a secret of this browser: the code works with no other.
    let (browser, trust) = (&page.csrf, &app.settings.profile.trust.name);
    invitations::send_code(&app.records, &token, browser, trust, &*app.clock, &mut &app.entropy).await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/g/{token}?code=sent")))
}

/// `POST /g/{token}` — signs in with the code.
pub(super) async fn enter(
    State(web): State<Web>,
    Path(token): Path<String>,
    client: Client,
    page: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    let (app, token) = (web.app(), word(token)?);
    web.0.limits.try_once(client.address.as_deref(), &token, app.clock.now())?;
    let device = Browser { device: &client.device, shared: false, mark: None };
    let (code, browser) = (fields.one("code"), &page.csrf);
    let tried =
        invitations::redeem(&app.records, &token, code, browser, device, &*app.clock, &mut &app.entropy)
            .await;
    match tried {
        Ok(started) => {
            web.0.limits.was_right(client.address.as_deref(), &token);
            Ok((signed_in(app, started.token.reveal()), Redirect::to("/g/answers")).into_response())
        }
        Err(InvitationError::BadCode) => {
            let sorry = Some("This code does not work. Check it, or ask for a new one.".to_owned());
            let again = show(&Invitation { page, token, code_sent: true, sorry })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(InvitationError::Nobody(_)) => Err(Problem::NotFound),
        Err(InvitationError::Store(error)) => Err(error.into()),
    }
}

/// `GET /g/answers` — what this guardian has agreed to, child by child.
pub(super) async fn answers(
    State(app): State<Arc<App>>,
    me: SignedGuardian,
    page: Page,
) -> Result<Html<String>, Problem> {
    let (children, receipts) = answers::of(&app, &me.guardian.id).await?;
    show(&Answers { page, children, receipts })
}

/// `POST /g/children/{number}/stop` — the child is shown no more: one press is enough.
pub(super) async fn stop(
    State(app): State<Arc<App>>,
    me: SignedGuardian,
    Path(number): Path<usize>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let children = Activities(&mut tx).children_of(&me.guardian.id).await?;
    let child = number.checked_sub(1).and_then(|index| children.get(index)).ok_or(Problem::NotFound)?;
    // The number is a place in a list; should the list have changed, it may mean another child by now.
    if fields.has("child") && fields.one("child") != child.id.as_str() {
        return Err(Problem::Conflict("the list of your children has changed".to_owned()));
    }
    let giver = Giver::Guardian(me.guardian.id.clone());
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let (evidence, trust) = ("pressed the button on their own page", &app.settings.profile.trust.name);
    let receipt =
        withdrawals::withdraw(&mut tx, &child.id, &giver, evidence, trust, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/g/receipts/{receipt}")))
}

/// `GET /g/receipts/{receipt}` — what was removed and stopped, and when. It stays up to date.
pub(super) async fn receipt(
    State(app): State<Arc<App>>,
    me: SignedGuardian,
    page: Page,
    Path(receipt): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = WithdrawalId::parse(&receipt).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let receipt = withdrawals::receipt(&mut tx, &id).await?.ok_or(Problem::NotFound)?;
    if receipt.giver != Giver::Guardian(me.guardian.id.clone()) {
        return Err(Problem::NotFound);
    }
    let child = Activities(&mut tx).participant(&receipt.participant).await?.ok_or(Problem::NotFound)?;
    let ours = receipt.removed.into_iter().map(|one| removed(one.channel, None, one.gone));
    let old = receipt.removed_old.into_iter().map(|one| removed(one.channel, Some(one.url), one.gone));
    show(&Receipt {
        page,
        first_name: first_name(&child.name),
        at: clock_words::exact(receipt.at),
        number: number(&receipt.id),
        removed: ours.chain(old).collect(),
        stopped: receipt.stopped,
    })
}

fn removed(channel: String, url: Option<String>, gone: Option<Timestamp>) -> Removed {
    let at = gone.map(clock_words::exact).unwrap_or_default();
    Removed { channel, url, gone: gone.is_some(), at }
}

/// `POST /g/leave` — the next person with this phone sees nothing.
pub(super) async fn leave(
    State(app): State<Arc<App>>,
    me: SignedGuardian,
) -> Result<impl IntoResponse, Problem> {
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).end(&me.sign_in.id, app.clock.now()).await?;
    tx.commit().await?;
    let mut headers = HeaderMap::new();
    if let Some(cookie) = Cookie::SignIn.forget(&app.settings.public_url) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok((headers, Redirect::to("/news")))
}

/// The end of a receipt's id, in fours, to read out on the telephone.
fn number(id: &WithdrawalId) -> String {
    let letters: Vec<char> = id.as_str().chars().rev().take(12).collect();
    let letters: Vec<char> = letters.into_iter().rev().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Our links are plain words; anything else cannot be one, and never gets into an address.
fn word(token: String) -> Result<String, Problem> {
    let plain = token.len() <= 128 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { Ok(token) } else { Err(Problem::NotFound) }
}
