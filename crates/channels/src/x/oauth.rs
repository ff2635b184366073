//! Connecting an account in the browser: OAuth 2.0 with PKCE
//! (<https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code>).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::api::{Credential, Failure, asked};
use crate::{
    Addresses, AppKeys, CameBack, ChannelError, Connected, Kind, Outside,
    connecting::{address, challenge},
    outside::{Body, Call, Reply},
};

/// What is asked for, and what each is needed for: nothing else of the account.
pub(crate) const SCOPES: [(&str, &str); 5] = [
    ("tweet.read", "to read back what was published"),
    ("tweet.write", "to publish and to take down"),
    ("users.read", "to see which account it is"),
    ("media.write", "to send pictures"),
    ("offline.access", "to stay connected for longer than two hours"),
];

/// A connection that was begun and has to be kept, sealed, until the browser comes back.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    /// What the answer has to name; it also binds the browser.
    pub state: String,
    callback: String,
    verifier: String,
}

/// Says where the browser has to go.
///
/// - `callback`: the whole address that the browser comes back to, as it stands among the app's own at X.
pub fn begin(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    callback: &str,
) -> Result<(Begun, String), ChannelError> {
    let (state, verifier) = (outside.random(), format!("{}{}", outside.random(), outside.random()));
    let go = address(
        &format!("{}/i/oauth2/authorize", addresses.x_pages),
        &[
            ("response_type", "code"),
            ("client_id", &keys.id),
            ("redirect_uri", callback),
            ("scope", &SCOPES.map(|(scope, _)| scope).join(" ")),
            ("state", &state),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ],
    )?;
    Ok((Begun { state, callback: callback.to_owned(), verifier }, go))
}

/// Exchanges the code, and looks which account it is for.
pub async fn finish(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    begun: Begun,
    back: &CameBack,
) -> Result<Connected, ChannelError> {
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", back.allowed(&begun.state)?.to_owned()),
        ("redirect_uri", begun.callback),
        ("code_verifier", begun.verifier),
    ];
    let credential =
        granted(posted(outside, addresses, keys, "/2/oauth2/token", form).await.map_err(said_no)?, None)?;
    let call = Call::get(format!("{}/2/users/me", addresses.x_api)).bearer(&credential.access);
    let reply = asked(outside, Kind::Read, call).await.map_err(said_no)?;
    let me: Me = reply.read().map_err(Failure::of_asking)?;
    Ok(Connected {
        remote: me.data.id,
        handle: me.data.username,
        server: addresses.x_api.clone(),
        credential: serde_json::to_vec(&credential).map_err(ChannelError::later)?,
    })
}

/// New tokens for old; the old ones are spent.
pub(super) async fn refreshed(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    held: &Credential,
) -> Result<Credential, ChannelError> {
    let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", held.refresh.clone())];
    granted(posted(outside, addresses, keys, "/2/oauth2/token", form).await.map_err(said_no)?, Some(held))
}

/// Gives the tokens back. That X cannot be reached is said; the trust has forgotten them either way.
pub async fn revoke(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    credential: &[u8],
) -> Result<(), ChannelError> {
    let Ok(held) = serde_json::from_slice::<Credential>(credential) else { return Ok(()) };
    let form = vec![("token", held.refresh), ("token_type_hint", "refresh_token".to_owned())];
    posted(outside, addresses, keys, "/2/oauth2/revoke", form).await.map(|_| ()).map_err(said_no)
}

/// Permissions that were not given.
pub(super) fn missing(given: &str) -> Vec<(&'static str, &'static str)> {
    SCOPES.into_iter().filter(|(scope, _)| !given.split(' ').any(|one| one == *scope)).collect()
}

fn granted(reply: Reply, held: Option<&Credential>) -> Result<Credential, ChannelError> {
    let tokens: Tokens = reply.read().map_err(Failure::of_asking)?;
    let refresh = tokens.refresh_token.or_else(|| held.map(|held| held.refresh.clone()));
    let Some(refresh) = refresh else {
        return Err(ChannelError::Reconnect("X gave nothing that lasts longer than two hours".to_owned()));
    };
    let scope = tokens.scope.or_else(|| held.map(|held| held.scope.clone())).unwrap_or_default();
    Ok(Credential { access: tokens.access_token, refresh, scope })
}

/// One form to the authorization server. An app with a secret shows it; one without names itself.
async fn posted(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    path: &str,
    mut form: Vec<(&'static str, String)>,
) -> Result<Reply, Failure> {
    form.push(("client_id", keys.id.clone()));
    let mut call = Call::post(format!("{}{path}", addresses.x_api), Body::Form(form));
    if !keys.secret.is_empty() {
        let pair = STANDARD.encode(format!("{}:{}", keys.id, keys.secret));
        call = call.header("authorization", format!("Basic {pair}"));
    }
    asked(outside, Kind::Read, call).await
}

/// What the authorization server refuses: neither waiting nor another post would help.
fn said_no(failure: Failure) -> ChannelError {
    match failure {
        Failure::Refused(refusal) if (400..429).contains(&refusal.status) => {
            let why = if refusal.message.is_empty() { refusal.problem } else { refusal.message };
            ChannelError::Reconnect(format!("X did not allow it ({why})"))
        }
        other => other.of_asking(),
    }
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize)]
struct Me {
    data: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    username: String,
}
