//! Codes of an authenticator app: signing in with one, adding and removing the app.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_records::sign_ins::{
    codes::{self, CodeError, Codes, NewSecret, Sent},
    identities::Identities,
};

use super::Mark;
use crate::{
    app::App,
    web::{
        Problem, Signed, Web,
        client::Client,
        clock_words,
        fields::Fields,
        layout::Page,
        parts,
        problem::{sentence, show},
        qr::Picture,
    },
};

/// No mail address is longer; what is longer is looked for as it is cut, and not found.
const MAIL: usize = 254;

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct SignInPage {
    page: Page,
    mail: String,
    sorry: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/my_code.html")]
struct Mine {
    page: Page,
    since: Option<String>,
    accounts: Vec<AccountLine>,
}

struct AccountLine {
    provider: String,
    last: String,
}

#[derive(Template)]
#[template(path = "sign_in/new_code.html")]
struct NewCode {
    page: Page,
    secret: String,
    address: String,
    picture: Picture,
    sorry: Option<String>,
}

/// `GET /sign-in/code` — a mail address and a code.
pub(in crate::web) async fn ask(page: Page) -> Result<Html<String>, Problem> {
    show(&SignInPage { page, mail: String::new(), sorry: None })
}

/// `POST /sign-in/code` — signs in. Whatever does not fit is answered alike.
pub(in crate::web) async fn enter(
    State(web): State<Web>,
    client: Client,
    page: Page,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let app = web.app();
    let mail: String = fields.one("mail").trim().chars().take(MAIL).collect();
    let account = format!("code {}", mail.to_lowercase());
    web.0.limits.try_once(client.address.as_deref(), &account, app.clock.now())?;
    let mark = Mark::of(app, &headers, fields.has("shared"));
    let sent = Sent { mail: &mail, code: fields.one("code") };
    let browser = mark.browser(&client);
    match codes::sign_in(&app.records, &app.sealer, sent, browser, &*app.clock, &mut &app.entropy).await {
        Ok(started) => {
            web.0.limits.was_right(client.address.as_deref(), &account);
            app.wake.all();
            let mut cookies = mark.signed_in(app, started.token.reveal());
            let to = super::back::take(app, &headers, &mut cookies);
            Ok((cookies, Redirect::to(&to)).into_response())
        }
        Err(CodeError::Wrong) => {
            let sorry = Some(sentence(&CodeError::Wrong.to_string()));
            let again = show(&SignInPage { page, mail, sorry })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

/// `GET /me/code` — the app and the accounts that let this person in.
pub(in crate::web) async fn mine(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let since = Codes(&mut tx).of(&me.person.id).await?.and_then(|code| code.confirmed);
    let accounts = Identities(&mut tx).of(&me.person.id).await?.into_iter();
    let accounts = accounts
        .map(|account| AccountLine { provider: account.issuer, last: clock_words::moment(account.last) });
    show(&Mine { page, since: since.map(clock_words::moment), accounts: accounts.collect() })
}

/// `POST /me/code/begin` — shows a new secret. It is the answer of a form, so no address leads to it.
pub(in crate::web) async fn begin(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.begin().await?;
    let (sealer, clock, mut chance) = (&app.sealer, &*app.clock, &app.entropy);
    Codes(&mut tx).begin(&me.person.id, sealer, clock, &mut chance).await.map_err(problem)?;
    let secret = Codes(&mut tx).begun(&me.person.id, sealer).await?.ok_or(Problem::Internal)?;
    tx.commit().await?;
    show(&new_code(&app, &me, page, &secret, None))
}

/// `POST /me/code/finish` — the first code of the new app.
pub(in crate::web) async fn finish(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    fields: Fields,
) -> Result<Response, Problem> {
    let (code, mut chance) = (fields.one("code"), &app.entropy);
    let person = &me.person.id;
    match codes::finish(&app.records, &app.sealer, person, code, &*app.clock, &mut chance).await {
        Ok(()) => Ok(Redirect::to("/me/code").into_response()),
        Err(CodeError::Wrong) => {
            let begun = Codes(&mut app.records.read().await?).begun(person, &app.sealer).await?;
            let secret = begun.ok_or_else(|| problem(CodeError::NothingBegun))?;
            let sorry =
                Some("This is not the code of now. Look at the app and type in the one it shows.".into());
            let again = show(&new_code(&app, &me, page, &secret, sorry))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

/// `POST /me/code/remove` — the app signs nobody in any more.
pub(in crate::web) async fn remove(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    Codes(&mut tx).remove(&me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me/code"))
}

/// `POST /me/code/unbind` — the provider's account signs nobody in any more, until it is used the first time again.
pub(in crate::web) async fn unbind(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    Identities(&mut tx).remove_all(&me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me/code"))
}

fn new_code(app: &App, me: &Signed, page: Page, secret: &NewSecret, sorry: Option<String>) -> NewCode {
    let address = secret.address(&app.settings.profile.trust.short_name, &me.person.mail);
    NewCode { page, secret: secret.in_groups(), picture: Picture::of(&address), address, sorry }
}

fn problem(error: CodeError) -> Problem {
    match error {
        CodeError::Wrong => Problem::Wrong(error.to_string()),
        CodeError::HasOne | CodeError::NothingBegun => Problem::Conflict(error.to_string()),
        CodeError::Seal(error) => Problem::internal(&error),
        CodeError::Store(error) => error.into(),
    }
}
