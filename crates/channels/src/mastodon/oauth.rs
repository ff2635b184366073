//! Connecting an account in the browser: the program makes itself known to the account's server, its owner allows it
//! there, and the code that comes back is exchanged for a token (<https://docs.joinmastodon.org/methods/oauth/>).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api::{Client, Credential, Failure, asked};
use crate::{
    CameBack, ChannelError, Connected, Kind, Outside,
    connecting::{address, challenge},
    outside::{Body, Call},
};

/// What is asked for, and what each is needed for: nothing else of the account.
pub(crate) const SCOPES: [(&str, &str); 4] = [
    ("read:accounts", "to see which account it is"),
    ("read:statuses", "to read back what was published"),
    ("write:statuses", "to publish and to take down"),
    ("write:media", "to send pictures"),
];

/// A connection that was begun and has to be kept, sealed, until the browser comes back.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    /// What the answer has to name; it also binds the browser.
    pub state: String,
    server: String,
    client: Client,
    callback: String,
    verifier: String,
}

/// Makes the program known to a server and says where the browser has to go.
///
/// - `server`: as somebody typed it: `social.example`, `https://social.example` or `name@social.example`.
/// - `program_name`: as the owner sees it on the page where it is allowed.
/// - `callback`: the whole address that the browser comes back to.
pub async fn begin(
    outside: &Outside,
    server: &str,
    program_name: &str,
    callback: &str,
) -> Result<(Begun, String), ChannelError> {
    let server = origin(outside, server)?;
    let scopes = SCOPES.map(|(scope, _)| scope).join(" ");
    let body = json!({ "client_name": program_name, "redirect_uris": [callback], "scopes": scopes });
    let call = Call::post(format!("{server}/api/v1/apps"), Body::Json(body));
    let reply = asked(outside, Kind::Read, call).await.map_err(|failure| not_there(&server, failure))?;
    let app: App = reply.read().map_err(|failure| not_there(&server, failure))?;
    let client = Client { id: app.client_id, secret: app.client_secret };
    let (state, verifier) = (outside.random(), format!("{}{}", outside.random(), outside.random()));
    let go = address(
        &format!("{server}/oauth/authorize"),
        &[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", callback),
            ("scope", &scopes),
            ("state", &state),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ],
    )?;
    Ok((Begun { state, server, client, callback: callback.to_owned(), verifier }, go))
}

/// Exchanges the code, and looks which account it is for.
pub async fn finish(outside: &Outside, begun: Begun, back: &CameBack) -> Result<Connected, ChannelError> {
    let code = back.allowed(&begun.state)?;
    let body = json!({
        "grant_type": "authorization_code", "code": code,
        "client_id": begun.client.id, "client_secret": begun.client.secret,
        "redirect_uri": begun.callback, "code_verifier": begun.verifier,
    });
    let call = Call::post(format!("{}/oauth/token", begun.server), Body::Json(body));
    let reply = asked(outside, Kind::Read, call).await.map_err(said_no)?;
    let token: Token = reply.read().map_err(Failure::of_asking)?;
    let call = Call::get(format!("{}/api/v1/accounts/verify_credentials", begun.server));
    let reply = asked(outside, Kind::Read, call.bearer(&token.access_token)).await.map_err(said_no)?;
    let is: Is = reply.read().map_err(Failure::of_asking)?;
    let credential = Credential {
        access: token.access_token,
        scope: token.scope,
        server: begun.server.clone(),
        client: begun.client,
    };
    Ok(Connected {
        remote: is.id,
        handle: handle(&is.acct, &begun.server),
        server: begun.server,
        credential: serde_json::to_vec(&credential).map_err(ChannelError::later)?,
    })
}

/// Gives the token back. That the server cannot be reached is said; the trust has forgotten it either way.
pub async fn revoke(outside: &Outside, credential: &[u8]) -> Result<(), ChannelError> {
    let Ok(held) = serde_json::from_slice::<Credential>(credential) else { return Ok(()) };
    let body =
        json!({ "client_id": held.client.id, "client_secret": held.client.secret, "token": held.access });
    let call = Call::post(format!("{}/oauth/revoke", held.server), Body::Json(body));
    asked(outside, Kind::Read, call).await.map(|_| ()).map_err(said_no)
}

/// Permissions that were not given. One without a colon covers those that begin with it.
pub(super) fn missing(given: &str) -> Vec<(&'static str, &'static str)> {
    let has = |scope: &str| {
        given.split(' ').any(|one| one == scope || scope.split(':').next().is_some_and(|all| all == one))
    };
    SCOPES.into_iter().filter(|(scope, _)| !has(scope)).collect()
}

/// The account's name as people write it, with its server.
pub(super) fn handle(acct: &str, server: &str) -> String {
    let host = server.split("://").nth(1).unwrap_or(server);
    format!("{}@{host}", acct.split('@').next().unwrap_or(acct))
}

/// The origin of a server that somebody typed.
fn origin(outside: &Outside, typed: &str) -> Result<String, ChannelError> {
    let typed = typed.trim().trim_end_matches('/');
    let name = if typed.contains("://") { typed } else { typed.rsplit('@').next().unwrap_or(typed) };
    let origin =
        if name.contains("://") { name.to_owned() } else { format!("https://{}", name.to_lowercase()) };
    let path = origin.split("://").nth(1).is_some_and(|rest| rest.contains('/'));
    if outside.may_ask(&origin) && !path {
        Ok(origin)
    } else {
        Err(ChannelError::Reconnect(format!(
            "“{typed}” is not the name of a server; it is what stands behind the last @ of the account’s name, for example social.example"
        )))
    }
}

fn not_there(server: &str, failure: Failure) -> ChannelError {
    match failure {
        Failure::Refused(refusal) if refusal.status != 429 => ChannelError::Reconnect(format!(
            "{server} does not answer as a Mastodon server; look at how its name is written"
        )),
        other => other.of_asking(),
    }
}

/// What a server refuses while connecting: neither waiting nor another post would help.
fn said_no(failure: Failure) -> ChannelError {
    match failure {
        Failure::Refused(refusal) if (400..429).contains(&refusal.status) => {
            ChannelError::Reconnect(format!("the server did not allow it ({}); begin again", refusal.message))
        }
        other => other.of_asking(),
    }
}

#[derive(Deserialize)]
struct App {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
struct Is {
    id: String,
    acct: String,
}
