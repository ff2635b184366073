//! One's own ways in and sign-ins: see them, name them, end them.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_records::sign_ins::{
    Method, Passkey, PasskeyName, SignIn, SignIns, device_words,
    pushes::{PushId, Pushes},
};
use cleansheet_terms::{PasskeyId, SignInId};

use super::passkeys;
use crate::{
    app::App,
    web::{
        Problem, Signed, Web, client::Client, clock_words, fields::Fields, layout::Page, parts, problem::show,
    },
};

struct Key {
    id: PasskeyId,
    name: String,
    made: String,
    used: String,
}

struct Device {
    id: SignInId,
    words: String,
    began: String,
    last: String,
    this: bool,
    shared: bool,
}

struct Told {
    id: PushId,
    words: String,
    since: String,
}

#[derive(Template)]
#[template(path = "sign_in/me.html")]
struct Me {
    page: Page,
    name: String,
    mail: String,
    keys: Vec<Key>,
    devices: Vec<Device>,
    /// Browsers that are told when a post waits.
    told: Vec<Told>,
    /// The key that their push services know us by; `None` on a shared device, which is not told.
    push_key: Option<String>,
    /// Came back by a printed code: older passkeys may be lost.
    recovered: bool,
}

#[derive(Template)]
#[template(path = "sign_in/new_passkey.html")]
struct NewPasskey {
    page: Page,
    first: bool,
}

#[derive(Template)]
#[template(path = "sign_in/last_way.html")]
struct LastWay {
    page: Page,
    id: PasskeyId,
    name: String,
}

/// `GET /me` — how I get in, and where I am signed in.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let keys = SignIns(&mut tx).passkeys_of(&me.person.id).await?;
    let sign_ins = SignIns(&mut tx).list_of(&me.person.id, app.clock.now()).await?;
    let told = Pushes(&mut tx).of(&me.person.id).await?;
    drop(tx);
    show(&Me {
        told: told
            .into_iter()
            .map(|one| Told {
                words: device_words(&one.device),
                since: clock_words::moment(one.made),
                id: one.id,
            })
            .collect(),
        push_key: (page.nav.draft && !page.shared).then(|| app.push.public()),
        page,
        recovered: me.sign_in.method == Method::Recovery && keys.len() > 1,
        keys: keys.into_iter().map(key).collect(),
        devices: sign_ins.into_iter().map(|one| device(one, &me.sign_in.id)).collect(),
        name: me.person.name,
        mail: me.person.mail,
    })
}

fn key(passkey: Passkey) -> Key {
    Key {
        id: passkey.id,
        name: passkey.name,
        made: clock_words::moment(passkey.made),
        used: passkey.used.map(clock_words::moment).unwrap_or_default(),
    }
}

fn device(sign_in: SignIn, this: &SignInId) -> Device {
    let by = match sign_in.method {
        Method::Link => "by a link",
        Method::Demo => "by a link of the demo",
        Method::Passkey => "by a passkey",
        Method::Code => "by an app’s code",
        Method::Identity => "by the trust’s own sign-in",
        Method::Recovery => "by a printed code",
    };
    Device {
        words: device_words(&sign_in.device),
        began: format!("Began {} {by}", clock_words::moment(sign_in.made)),
        last: clock_words::moment(sign_in.last),
        this: sign_in.id == *this,
        shared: sign_in.shared_device,
        id: sign_in.id,
    }
}

/// `GET /me/passkeys/new` — the page that makes a passkey.
pub(in crate::web) async fn new_passkey(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let ways = SignIns(&mut app.records.read().await?).ways_of(&me.person.id).await?;
    show(&NewPasskey { page, first: !ways.any() })
}

/// `POST /me/passkeys` — keeps it.
pub(in crate::web) async fn add(
    State(web): State<Web>,
    me: Signed,
    client: Client,
    fields: Fields,
) -> Result<Redirect, Problem> {
    if passkeys::make(&web, &me, &client, &fields, "").await? {
        Ok(Redirect::to("/me"))
    } else {
        Err(Problem::Wrong("this passkey could not be kept; make it once more".into()))
    }
}

/// `POST /me/passkeys/{passkey}/name` — calls it something else.
pub(in crate::web) async fn rename(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = PasskeyId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let name = PasskeyName::new(fields.one("name"));
    if !SignIns(&mut tx).name_passkey(&me.person.id, &id, &name).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to("/me"))
}

/// `POST /me/passkeys/{passkey}/remove` — removes it; the last way in only when that was said twice.
pub(in crate::web) async fn remove(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id = PasskeyId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let mut sign_ins = SignIns(&mut tx);
    let ways = sign_ins.ways_of(&me.person.id).await?;
    let mine = sign_ins.passkeys_of(&me.person.id).await?.into_iter().find(|one| one.id == id);
    let mine = mine.ok_or(Problem::NotFound)?;
    if ways.passkeys == 1 && !ways.codes && !fields.has("sure") {
        return Ok(show(&LastWay { page, id, name: mine.name })?.into_response());
    }
    sign_ins.remove_passkey(&me.person.id, &id, app.clock.now(), &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me").into_response())
}

/// `POST /me/sign-ins/{sign_in}/end` — ends one of my own.
pub(in crate::web) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = SignInId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    if !SignIns(&mut tx).end_own(&me.person.id, &id, app.clock.now()).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to("/me"))
}

/// `POST /me/sign-ins/end` — ends all of mine but this one.
pub(in crate::web) async fn end_others(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).end_others(&me.person.id, &me.sign_in.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me"))
}
