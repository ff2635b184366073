//! Passkeys: signing in without a name, and confirming that it is you. User verification (finger, face, PIN) is always
//! required, so a passkey is two factors in one.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect},
};
use cleansheet_records::sign_ins::{
    Browser, Holder, Method, NewPasskey, Passkey as Kept, SignIns, Started, device_words,
};
use serde::Serialize;
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid, Webauthn,
    WebauthnBuilder,
};

use super::{
    Mark, back,
    ceremonies::{Ceremonies, Ceremony},
};
use crate::{
    app::App,
    web::{Problem, Signed, Web, client::Client, fields::Fields, layout::Page},
};

/// Passkeys of one program.
pub(in crate::web) struct Passkeys {
    /// `None` when the public address is a bare IP address: browsers have no passkeys there.
    webauthn: Option<Webauthn>,
    open: Ceremonies,
}

/// What the browser is asked: the name to answer under, and options for `navigator.credentials`.
#[derive(Serialize)]
pub(in crate::web) struct Asked {
    ceremony: String,
    options: Value,
}

const NO_PASSKEYS: &str = "passkeys need a name as the public address; ask the IT provider";
/// The same whatever was wrong: a stranger learns nothing from it.
const NOT_HERE: &str = "this passkey does not work here; try again, or use another way in";

impl Passkeys {
    /// - `public_url`: the origin; its host is what passkeys are bound to, for ever.
    pub(in crate::web) fn new(public_url: &str, trust: &str) -> Self {
        let webauthn = Url::parse(public_url).ok().and_then(|origin| {
            let host = origin.domain()?.to_owned();
            WebauthnBuilder::new(&host, &origin).ok()?.rp_name(trust).build().ok()
        });
        Self { webauthn, open: Ceremonies::default() }
    }

    fn webauthn(&self) -> Result<&Webauthn, Problem> {
        self.webauthn.as_ref().ok_or_else(|| Problem::Wrong(NO_PASSKEYS.into()))
    }
}

/// `POST /sign-in/passkey/start` — a challenge for any passkey of this trust: nobody is named.
pub(in crate::web) async fn start(
    State(web): State<Web>,
    client: Client,
    page: Page,
) -> Result<Json<Asked>, Problem> {
    let (app, passkeys) = (web.app(), &web.0.passkeys);
    let (options, state) =
        passkeys.webauthn()?.start_discoverable_authentication().map_err(|e| Problem::internal(&e))?;
    asked(&web, &client, Ceremony::SignIn(page.csrf, state), &options, app)
}

/// `POST /sign-in/passkey` — signs in.
pub(in crate::web) async fn enter(
    State(web): State<Web>,
    client: Client,
    page: Page,
    headers: HeaderMap,
    fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let app = web.app();
    let now = app.clock.now();
    let sent = Sent::of(&fields, "");
    web.0.limits.try_once(client.address.as_deref(), sent.account(), now)?;
    let mark = Mark::of(app, &headers, fields.has("shared"));
    let started = sign_in(&web, &sent, &page.csrf, mark.browser(&client)).await?;
    let started = started.ok_or_else(|| Problem::Wrong(NOT_HERE.into()))?;
    web.0.limits.was_right(client.address.as_deref(), sent.account());
    app.wake.all();
    let mut cookies = mark.signed_in(app, started.token.reveal());
    let to = back::take(app, &headers, &mut cookies);
    Ok((cookies, Redirect::to(&to)))
}

async fn sign_in(
    web: &Web,
    sent: &Sent<'_>,
    form: &str,
    browser: Browser<'_>,
) -> Result<Option<Started>, Problem> {
    let (app, passkeys) = (web.app(), &web.0.passkeys);
    let webauthn = passkeys.webauthn()?;
    let Some(credential) = sent.credential::<PublicKeyCredential>() else { return Ok(None) };
    let now = app.clock.now();
    let Some(Ceremony::SignIn(begun_by, state)) = passkeys.open.take(sent.ceremony, now) else {
        return Ok(None);
    };
    let Ok((handle, credential_id)) = webauthn.identify_discoverable_authentication(&credential) else {
        return Ok(None);
    };
    let (handle, credential_id) = (handle.simple().to_string(), hex(credential_id));
    let mut tx = app.records.begin().await?;
    let Some(kept) = SignIns(&mut tx).passkey_used(&credential_id, &handle).await? else { return Ok(None) };
    let mut passkey = read(&kept)?;
    let seen = webauthn.finish_discoverable_authentication_v2(&credential, state, &passkey);
    let Some(seen) = seen.ok().filter(|seen| begun_by == form && is_them(&passkey, seen)) else {
        return Ok(None);
    };
    passkey.update_credential(&seen);
    SignIns(&mut tx).passkey_was_used(&kept.id, &written(&passkey)?, now).await?;
    let holder = Holder::Person(kept.person);
    let started =
        SignIns(&mut tx).start(holder, Method::Passkey, browser, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Some(started))
}

/// `POST /confirm/start` — a challenge for the passkeys of who is signed in.
pub(in crate::web) async fn start_confirming(
    State(web): State<Web>,
    me: Signed,
    client: Client,
) -> Result<Json<Asked>, Problem> {
    let (app, passkeys) = (web.app(), &web.0.passkeys);
    let kept = SignIns(&mut app.records.read().await?).passkeys_of(&me.person.id).await?;
    let mine: Vec<Passkey> = kept.iter().map(read).collect::<Result<_, _>>()?;
    if mine.is_empty() {
        return Err(Problem::NotFound);
    }
    let (options, state) =
        passkeys.webauthn()?.start_passkey_authentication(&mine).map_err(|e| Problem::internal(&e))?;
    asked(&web, &client, Ceremony::Confirm(me.sign_in.id, state), &options, app)
}

/// Whether fields that begin with `prefix` prove that the person of a sign-in is there.
pub(in crate::web) async fn confirms(
    web: &Web,
    me: &Signed,
    fields: &Fields,
    prefix: &str,
) -> Result<bool, Problem> {
    let (app, passkeys, sent) = (web.app(), &web.0.passkeys, Sent::of(fields, prefix));
    let now = app.clock.now();
    let Some(credential) = sent.credential::<PublicKeyCredential>() else { return Ok(false) };
    let Some(Ceremony::Confirm(of, state)) = passkeys.open.take(sent.ceremony, now) else { return Ok(false) };
    let seen = passkeys.webauthn()?.finish_passkey_authentication(&credential, &state);
    let Some(seen) = seen.ok().filter(|_| of == me.sign_in.id) else { return Ok(false) };
    let mut tx = app.records.begin().await?;
    for kept in SignIns(&mut tx).passkeys_of(&me.person.id).await? {
        let mut passkey = read(&kept)?;
        if is_them(&passkey, &seen) {
            passkey.update_credential(&seen);
            SignIns(&mut tx).passkey_was_used(&kept.id, &written(&passkey)?, now).await?;
            tx.commit().await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// `POST /me/passkeys/start` — a challenge for a new passkey.
pub(in crate::web) async fn start_making(
    State(web): State<Web>,
    me: Signed,
    client: Client,
) -> Result<Json<Asked>, Problem> {
    let (app, passkeys) = (web.app(), &web.0.passkeys);
    let webauthn = passkeys.webauthn()?;
    let mut tx = app.records.begin().await?;
    let handle = SignIns(&mut tx).user_handle(&me.person.id, &mut &app.entropy).await?;
    let kept = SignIns(&mut tx).passkeys_of(&me.person.id).await?;
    tx.commit().await?;
    let others: Vec<Passkey> = kept.iter().map(read).collect::<Result<_, _>>()?;
    let others = others.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let handle = Uuid::parse_str(&handle).map_err(|e| Problem::internal(&e))?;
    let (options, state) = webauthn
        .start_passkey_registration(handle, &me.person.mail, &me.person.name, Some(others))
        .map_err(|e| Problem::internal(&e))?;
    let mut options = serde_json::to_value(&options).map_err(|e| Problem::internal(&e))?;
    // Kept by the authenticator itself, so that signing in needs no name.
    let wanted = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut);
    if let Some(wanted) = wanted {
        wanted.insert("residentKey".into(), "required".into());
        wanted.insert("requireResidentKey".into(), true.into());
    }
    asked(&web, &client, Ceremony::Make(me.person.id, state), &options, app)
}

/// Keeps a new passkey out of fields that begin with `prefix`; its person was there to make it. Says whether it could
/// be kept.
pub(in crate::web) async fn make(
    web: &Web,
    me: &Signed,
    client: &Client,
    fields: &Fields,
    prefix: &str,
) -> Result<bool, Problem> {
    let (app, passkeys, sent) = (web.app(), &web.0.passkeys, Sent::of(fields, prefix));
    let Some(credential) = sent.credential::<RegisterPublicKeyCredential>() else { return Ok(false) };
    let now = app.clock.now();
    let Some(Ceremony::Make(of, state)) = passkeys.open.take(sent.ceremony, now) else { return Ok(false) };
    let made = passkeys.webauthn()?.finish_passkey_registration(&credential, &state);
    let Some(passkey) = made.ok().filter(|_| of == me.person.id) else { return Ok(false) };
    let (credential_id, name) = (hex(passkey.cred_id()), device_words(&client.device));
    let new = NewPasskey { credential_id: &credential_id, credential: &written(&passkey)?, name: &name };
    let mut tx = app.records.begin().await?;
    match SignIns(&mut tx).add_passkey(&me.person.id, &new, &*app.clock, &mut &app.entropy).await {
        Ok(_) => {}
        Err(error) if error.is_unique_violation() => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    SignIns(&mut tx).prove(&me.sign_in.id, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// What a browser sent back.
struct Sent<'f> {
    ceremony: &'f str,
    credential: &'f str,
}

impl<'f> Sent<'f> {
    fn of(fields: &'f Fields, prefix: &str) -> Self {
        let (ceremony, credential) = (format!("{prefix}ceremony"), format!("{prefix}credential"));
        Self { ceremony: fields.one(&ceremony), credential: fields.one(&credential) }
    }

    fn credential<C: serde::de::DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_str(self.credential).ok()
    }

    /// For the limit on guessing: the authenticator's id, which stands for the person.
    fn account(&self) -> &'f str {
        let after = self.credential.split("\"id\":\"").nth(1);
        after.and_then(|rest| rest.split('"').next()).unwrap_or("no passkey")
    }
}

fn asked(
    web: &Web,
    client: &Client,
    ceremony: Ceremony,
    options: &impl Serialize,
    app: &App,
) -> Result<Json<Asked>, Problem> {
    let options = serde_json::to_value(options).map_err(|e| Problem::internal(&e))?;
    let (address, now) = (client.address.as_deref(), app.clock.now());
    let ceremony = web.0.passkeys.open.begin(ceremony, address, now, &mut &app.entropy);
    Ok(Json(Asked { ceremony, options }))
}

/// The right key, used by somebody who was verified. The library refuses anything else already; should it ever not,
/// this does.
fn is_them(passkey: &Passkey, seen: &AuthenticationResult) -> bool {
    seen.user_verified() && seen.cred_id() == passkey.cred_id()
}

fn read(kept: &Kept) -> Result<Passkey, Problem> {
    serde_json::from_str(&kept.credential).map_err(|e| Problem::internal(&e))
}

fn written(passkey: &Passkey) -> Result<String, Problem> {
    serde_json::to_string(passkey).map_err(|e| Problem::internal(&e))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
