//! The door: a link that shows nothing, a code, and the way out.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_records::{
    Tx,
    consents::Consents,
    invitations::{self, InvitationError, Visitor},
    sign_ins::{Browser, Holder},
};
use cleansheet_terms::{GuardianId, day_in_london};
use serde::Deserialize;

use super::{Family, Me};
use crate::{
    app::App,
    web::{
        Problem, Visit, Web, client::Client, cookies::Cookie, fields::Fields, parts, problem::show,
        sign_in::signed_in,
    },
};

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    /// `sent` once the button was pressed.
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "families/enter.html")]
struct Enter {
    family: Family,
    token: String,
    code_sent: bool,
    wrong: bool,
}

/// `GET /g/{token}` — a button. It says nothing by itself, and the same for every link: mail scanners follow links.
pub(in crate::web) async fn invitation(
    family: Family,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let token = word(token)?;
    show(&Enter { family, token, code_sent: asked.code == "sent", wrong: false })
}

/// `POST /g/{token}/code` — sends a code to the registered address, if the link is one of ours.
pub(in crate::web) async fn code(
    State(web): State<Web>,
    Path(token): Path<String>,
    client: Client,
    visit: Visit,
) -> Result<Redirect, Problem> {
    let (app, token) = (web.app(), word(token)?);
    web.0.limits.try_once(client.address.as_deref(), &token, app.clock.now())?;
    // The token of this browser's forms is a secret of this browser: the code works with no other.
    let (browser, trust) = (&visit.page.csrf, &app.settings.profile.trust.name);
    let wished = visit.chose_language.then_some(visit.language);
    invitations::send_code(&app.records, &token, browser, wished, trust, &*app.clock, &mut &app.entropy)
        .await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/g/{token}?code=sent")))
}

/// `POST /g/{token}` — signs in with the code.
pub(in crate::web) async fn enter(
    State(web): State<Web>,
    Path(token): Path<String>,
    client: Client,
    family: Family,
    fields: Fields,
) -> Result<Response, Problem> {
    let (app, token) = (web.app(), word(token)?);
    web.0.limits.try_once(client.address.as_deref(), &token, app.clock.now())?;
    let device = Browser { device: &client.device, shared: false, mark: None };
    let (code, browser) = (fields.one("code"), &family.page.csrf);
    let tried =
        invitations::redeem(&app.records, &token, code, browser, device, &*app.clock, &mut &app.entropy)
            .await;
    match tried {
        Ok(started) => {
            web.0.limits.was_right(client.address.as_deref(), &token);
            let to = first_page(app, &started.sign_in.holder).await?;
            Ok((signed_in(app, started.token.reveal()), Redirect::to(&to)).into_response())
        }
        Err(InvitationError::BadCode) => {
            let again = show(&Enter { family, token, code_sent: true, wrong: true })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(InvitationError::Nobody(_)) => Err(Problem::NotFound),
        Err(InvitationError::Store(error)) => Err(error.into()),
    }
}

/// `POST /g/leave`, `POST /own/leave` — the next person with this phone sees nothing.
pub(in crate::web) async fn leave(
    State(app): State<Arc<App>>,
    me: Me,
    visit: Visit,
) -> Result<impl IntoResponse, Problem> {
    let mut tx = app.records.begin().await?;
    me.keep_language(&mut tx, &visit).await?;
    let mut headers = me.close(&mut tx, &app).await?;
    tx.commit().await?;
    // Whoever comes next on this phone reads what is on record for them.
    if let Some(cookie) = Cookie::Language.forget(&app.settings.public_url) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok((headers, Redirect::to("/news")))
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "families/say.html")]
struct Say {
    family: Family,
    title: &'static str,
    lines: &'static [&'static str],
}

/// `GET /own/thanks` — the child gives the phone back. It says nothing of what was answered.
pub(in crate::web) async fn thanks(family: Family) -> Result<Html<String>, Problem> {
    show(&Say { family, title: "handed-thanks-title", lines: &["handed-thanks", "handed-before"] })
}

/// `GET /g/over` — a visit has ended meanwhile.
pub(in crate::web) async fn over(family: Family) -> Result<Html<String>, Problem> {
    show(&Say { family, title: "over-title", lines: &["over"] })
}

/// Straight to the questions when nothing has been answered: it saves a press.
async fn first_page(app: &App, holder: &Holder) -> Result<String, Problem> {
    let mut tx = app.records.read().await?;
    Ok(match holder {
        Holder::Visitor(Visitor::Guardian(id)) => match unanswered(app, &mut tx, id).await? {
            Some(number) => format!("/g/children/{number}/answer"),
            None => "/g/answers".to_owned(),
        },
        Holder::Visitor(Visitor::Participant(id)) => {
            let about = Consents(&mut tx).answers_about(id).await?;
            let own = about.iter().any(|one| one.giver == cleansheet_records::consents::Giver::Own);
            if own { "/own" } else { "/own/answer" }.to_owned()
        }
        Holder::Person(_) => "/".to_owned(),
    })
}

/// The only child of a guardian who has answered nothing about any.
async fn unanswered(app: &App, tx: &mut Tx, me: &GuardianId) -> Result<Option<usize>, Problem> {
    let today = day_in_london(app.clock.now());
    let children = cleansheet_records::activities::Activities(tx).children_of(me).await?;
    let children: Vec<_> = children.into_iter().filter(|child| child.is_child_on(today)).collect();
    let [child] = children.as_slice() else { return Ok(None) };
    let about = Consents(tx).answers_about(&child.id).await?;
    let giver = cleansheet_records::consents::Giver::Guardian(me.clone());
    Ok((!about.iter().any(|one| one.giver == giver)).then_some(1))
}

/// Our links are plain words; anything else cannot be one, and never gets into an address.
fn word(token: String) -> Result<String, Problem> {
    let plain = token.len() <= 128 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { Ok(token) } else { Err(Problem::NotFound) }
}
