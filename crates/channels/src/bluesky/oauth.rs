//! Connecting an account in the browser: its owner signs in at its own server and allows the trust to post. No password
//! passes through this program.
//!
//! The order of things is the network's profile of OAuth: the account's name leads to its server, the server to its
//! authorization server; the request is pushed there before the browser goes (PAR), bound by a challenge (PKCE) and to a
//! key (DPoP). What comes back must be from the server that was asked, and for the account that was meant.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Means,
    dpop::Key,
    identity::{self, Found},
    record::POSTS,
    session::{Account, Credential},
    xrpc::{self, Failure, Refusal},
};
use crate::{
    CameBack, ChannelError, Missing,
    connecting::challenge,
    outside::{Body, Call, Reply},
};

/// What the program asks to be allowed: to write and take down posts, and to upload their pictures. Nothing else of the
/// account.
const SCOPE: &str = "atproto repo:app.bsky.feed.post blob:image/jpeg";
/// The same for people, with what each is needed for.
pub(crate) const NEEDS: [(&str, &str); 2] =
    [("repo:app.bsky.feed.post", "to publish and to take down"), ("blob:image/jpeg", "to send pictures")];
/// Asked for instead where a server knows no such narrow permissions: what an app password may, without direct messages.
const BROAD_SCOPE: &str = "atproto transition:generic";
/// All that is ever asked for: servers refuse what the client's description does not name.
const DESCRIBED_SCOPE: &str = "atproto repo:app.bsky.feed.post blob:image/jpeg transition:generic";
const BY_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The name of the program's one key in its published list.
const KEY_NAME: &str = "cleansheet-1";

/// The program, as authorization servers know it.
#[derive(Clone)]
pub struct Client {
    id: String,
    redirect: String,
    /// Without one the program cannot prove who it is, and its sessions are shorter.
    key: Option<String>,
}

impl Client {
    /// The program at its public address. Served with TLS it is known by its published description and key; on this
    /// machine it is the network's loopback client, which has no key and comes back to `127.0.0.1`.
    ///
    /// - `public_url`: without a slash at the end.
    /// - `callback`: the path that the browser comes back to.
    /// - `key`: as [`key_from`] made it.
    pub fn new(public_url: &str, callback: &str, key: &str) -> Self {
        match public_url.strip_prefix("http://localhost") {
            Some(port) => {
                let redirect = format!("http://127.0.0.1{port}{callback}");
                let scope = escaped(DESCRIBED_SCOPE);
                let id = format!("http://localhost?redirect_uri={}&scope={scope}", escaped(&redirect));
                Self { id, redirect, key: None }
            }
            None => Self {
                id: format!("{public_url}/client-metadata.json"),
                redirect: format!("{public_url}{callback}"),
                key: Some(key.to_owned()),
            },
        }
    }

    /// What authorization servers read at the client's address.
    ///
    /// - `name`: as people see it on the page where they allow it.
    pub fn description(&self, public_url: &str, name: &str) -> Value {
        json!({
            "client_id": self.id, "client_name": name, "client_uri": public_url,
            "redirect_uris": [self.redirect], "scope": DESCRIBED_SCOPE,
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "application_type": "web", "dpop_bound_access_tokens": true,
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            "jwks_uri": format!("{public_url}/jwks.json"),
        })
    }

    /// The public half of the program's key.
    pub fn keys(&self) -> Value {
        let key = self.key.as_deref().and_then(Key::from_bytes).map(|key| {
            let mut public = key.public();
            if let Some(fields) = public.as_object_mut() {
                fields.insert("kid".to_owned(), KEY_NAME.into());
                fields.insert("use".to_owned(), "sig".into());
                fields.insert("alg".to_owned(), "ES256".into());
            }
            public
        });
        json!({ "keys": key.into_iter().collect::<Vec<_>>() })
    }
}

/// A key for [`Client::new`], always the same for the same secret.
pub fn key_from(secret: &[u8; 32]) -> String {
    Key::from_secret(secret).to_text()
}

/// What the owner allowed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    pub(super) access: String,
    pub(super) refresh: String,
    /// Who gave it, and takes it back.
    pub(super) issuer: Issuer,
    /// What its tokens are bound to.
    pub(super) key: String,
    /// What was allowed, names with spaces between; empty where it was not kept yet.
    #[serde(default)]
    pub(super) scope: String,
}

/// An authorization server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Issuer {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    pushed_authorization_request_endpoint: String,
    revocation_endpoint: Option<String>,
}

/// A connection that was begun and has to be kept, sealed, until the browser comes back.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    /// What the answer has to name; it also binds the browser.
    pub state: String,
    account: Account,
    issuer: Issuer,
    verifier: String,
    key: String,
    nonce: Option<String>,
}

/// Pushes the request for an account and says where the browser has to go.
pub async fn begin(means: &Means, client: &Client, found: &Found) -> Result<(Begun, String), ChannelError> {
    let issuer = issuer_of(means, &found.account.server).await?;
    let (account, key) = (found.account.clone(), Key::new(means));
    let (state, verifier) =
        (means.outside.random(), format!("{}{}", means.outside.random(), means.outside.random()));
    let mut begun = Begun { state, account, issuer, verifier, key: key.to_text(), nonce: None };
    let reply = match pushed(means, client, &mut begun, &key, SCOPE).await {
        Err(Failure::Refused(refusal)) if refusal.error == "invalid_scope" => {
            pushed(means, client, &mut begun, &key, BROAD_SCOPE).await
        }
        first => first,
    };
    let pushed: Pushed = reply.map_err(said_no)?.read().map_err(Failure::of_asking)?;
    let go = format!(
        "{}?client_id={}&request_uri={}",
        begun.issuer.authorization_endpoint,
        escaped(&client.id),
        escaped(&pushed.request_uri)
    );
    Ok((begun, go))
}

async fn pushed(
    means: &Means,
    client: &Client,
    begun: &mut Begun,
    key: &Key,
    scope: &str,
) -> Result<Reply, Failure> {
    let form = vec![
        ("response_type", "code".to_owned()),
        ("redirect_uri", client.redirect.clone()),
        ("scope", scope.to_owned()),
        ("state", begun.state.clone()),
        ("code_challenge", challenge(&begun.verifier)),
        ("code_challenge_method", "S256".to_owned()),
        ("login_hint", begun.account.handle.clone()),
    ];
    let url = &begun.issuer.pushed_authorization_request_endpoint;
    posted(means, client, &begun.issuer, key, &mut begun.nonce, url, form).await
}

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    token_type: String,
    scope: String,
    sub: String,
}

/// Exchanges the code. Refuses an answer of another server, and one for another account than was asked for.
pub async fn finish(
    means: &Means,
    client: &Client,
    begun: Begun,
    back: &CameBack,
) -> Result<(Account, Credential), ChannelError> {
    if back.state != begun.state || back.iss != begun.issuer.issuer {
        return Err(refused("the answer came from another server than was asked"));
    }
    if !back.error.is_empty() || back.code.is_empty() {
        return Err(refused("it was not allowed there"));
    }
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", back.code.clone()),
        ("redirect_uri", client.redirect.clone()),
        ("code_verifier", begun.verifier),
    ];
    let key =
        Key::from_bytes(&begun.key).ok_or_else(|| refused("the key of this connection cannot be used"))?;
    let mut nonce = begun.nonce;
    let url = begun.issuer.token_endpoint.clone();
    let reply = posted(means, client, &begun.issuer, &key, &mut nonce, &url, form).await.map_err(said_no)?;
    let tokens: Tokens = reply.read().map_err(Failure::of_asking)?;
    let grant = granted(tokens, begun.issuer, begun.key, &begun.account)?;
    Ok((begun.account, Credential::OAuth(grant)))
}

fn granted(tokens: Tokens, issuer: Issuer, key: String, account: &Account) -> Result<Grant, ChannelError> {
    if tokens.sub != account.did {
        return Err(refused("somebody signed in as another account"));
    }
    if !tokens.token_type.eq_ignore_ascii_case("DPoP") || !suffices(&tokens.scope) {
        return Err(refused("the server gave less than was asked for"));
    }
    let (access, refresh, scope) = (tokens.access_token, tokens.refresh_token, tokens.scope);
    Ok(Grant { access, refresh, issuer, key, scope })
}

/// Whether posts can be written with it: what was asked for can be given in part, and in other words. What each word
/// covers is the server's to know.
fn suffices(scope: &str) -> bool {
    let words: Vec<&str> = scope.split(' ').collect();
    let posts = |word: &&str| word.starts_with("repo") && (word.contains(POSTS) || word.contains('*'));
    let narrow = words.iter().any(posts) && words.iter().any(|word| word.starts_with("blob"));
    words.contains(&"atproto") && (narrow || words.contains(&"transition:generic"))
}

/// What of [`NEEDS`] was not allowed; nothing where nobody kept what was.
pub(super) fn missing(credential: &Credential) -> Vec<Missing> {
    let Credential::OAuth(grant) = credential else { return Vec::new() };
    let one = |(permission, needed_for): (&str, &'static str)| Missing {
        permission: permission.to_owned(),
        needed_for,
        optional: false,
    };
    lacking(&grant.scope).into_iter().map(one).collect()
}

/// The same as far as the words of a scope say it: `repo:` may name some acts only.
fn lacking(scope: &str) -> Vec<(&'static str, &'static str)> {
    let words: Vec<&str> = scope.split(' ').collect();
    if scope.is_empty() || words.contains(&"transition:generic") {
        return Vec::new();
    }
    let of_posts = |word: &&&str| word.starts_with("repo") && (word.contains(POSTS) || word.contains('*'));
    let acts: Vec<&str> = words.iter().filter(of_posts).copied().collect();
    let may = |act: &str| {
        acts.iter().any(|word| !word.contains("action=") || word.contains(&format!("action={act}")))
    };
    let given = [
        ["create", "update", "delete"].into_iter().all(may),
        words.iter().any(|word| word.starts_with("blob")),
    ];
    NEEDS.into_iter().zip(given).filter(|(_, given)| !given).map(|(need, _)| need).collect()
}

/// New tokens for old; the old ones are spent.
pub(super) async fn refreshed(
    means: &Means,
    client: &Client,
    account: &Account,
    grant: &Grant,
) -> Result<Grant, ChannelError> {
    let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", grant.refresh.clone())];
    let key = Key::from_bytes(&grant.key).ok_or_else(|| refused("the account's key cannot be used"))?;
    let url = grant.issuer.token_endpoint.clone();
    let reply = posted(means, client, &grant.issuer, &key, &mut None, &url, form).await.map_err(said_no)?;
    let tokens: Tokens = reply.read().map_err(Failure::of_asking)?;
    granted(tokens, grant.issuer.clone(), grant.key.clone(), account)
}

/// Gives the tokens back. That the server cannot be reached is said; the trust has forgotten them either way.
pub async fn revoke(means: &Means, client: &Client, credential: &Credential) -> Result<(), ChannelError> {
    let Credential::OAuth(grant) = credential else { return Ok(()) };
    let (Some(url), Some(key)) = (grant.issuer.revocation_endpoint.clone(), Key::from_bytes(&grant.key))
    else {
        return Ok(());
    };
    let form = vec![("token", grant.refresh.clone())];
    posted(means, client, &grant.issuer, &key, &mut None, &url, form).await.map(|_| ()).map_err(said_no)
}

/// One form to the authorization server, with proof and, where the program has a key, its assertion; once more with the
/// server's number when it asks for it.
async fn posted(
    means: &Means,
    client: &Client,
    issuer: &Issuer,
    key: &Key,
    nonce: &mut Option<String>,
    url: &str,
    form: Vec<(&'static str, String)>,
) -> Result<Reply, Failure> {
    for last in [false, true] {
        let mut form = form.clone();
        form.push(("client_id", client.id.clone()));
        if let Some(own) = client.key.as_deref().and_then(Key::from_bytes) {
            let assertion = own.assertion(means, KEY_NAME, &client.id, &issuer.issuer);
            form.push(("client_assertion_type", BY_ASSERTION.to_owned()));
            form.push((
                "client_assertion",
                assertion.ok_or_else(|| refused("the program's key cannot be used"))?,
            ));
        }
        let proof = key
            .proof(means, "POST", url, nonce.as_deref(), None)
            .ok_or_else(|| refused("the account's key cannot be used"))?;
        let call = Call::post(url, Body::Form(form));
        match xrpc::call(means, &call, &[("dpop", proof)]).await {
            Ok(reply) => return Ok(reply),
            Err(Failure::Refused(refusal)) if !last && refusal.wants_nonce() => *nonce = refusal.nonce,
            Err(failure) => return Err(failure),
        }
    }
    Err(refused("the server did not take its own number back").into())
}

/// What an authorization server refuses, in its words: neither waiting nor another post would help.
fn said_no(failure: Failure) -> ChannelError {
    match failure {
        Failure::Refused(Refusal { status: 400, error, message, .. }) if error != "invalid_grant" => {
            refused(&format!("the server refuses: {error} {message}"))
        }
        other => other.of_asking(),
    }
}

fn refused(why: &str) -> ChannelError {
    ChannelError::Reconnect(why.to_owned())
}

#[derive(Deserialize)]
struct Protected {
    authorization_servers: Vec<String>,
}

/// The authorization server of an account's server. It must say of itself that it is the one that was asked for.
async fn issuer_of(means: &Means, server: &str) -> Result<Issuer, ChannelError> {
    let read = async |url: String| {
        let call = Call::get(url);
        xrpc::call(means, &call, &[]).await.map_err(Failure::of_asking)
    };
    let protected: Protected = read(format!("{server}/.well-known/oauth-protected-resource"))
        .await?
        .read()
        .map_err(Failure::of_asking)?;
    let Some(named) = protected.authorization_servers.first() else {
        return Err(refused("the account's server names nobody who could allow it"));
    };
    let named = named.trim_end_matches('/');
    identity::may_be_asked(means, named)?;
    let issuer: Issuer = read(format!("{named}/.well-known/oauth-authorization-server"))
        .await?
        .read()
        .map_err(Failure::of_asking)?;
    if issuer.issuer.trim_end_matches('/') != named {
        return Err(refused("the authorization server goes by another name"));
    }
    for address in [
        &issuer.token_endpoint,
        &issuer.pushed_authorization_request_endpoint,
        &issuer.authorization_endpoint,
    ] {
        identity::may_be_asked(means, address)?;
    }
    Ok(issuer)
}

/// For a query: everything but letters, digits and `-._~` as `%` and two hex digits.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |out, byte| {
        if plain(byte) { out + &char::from(byte).to_string() } else { out + &format!("%{byte:02X}") }
    })
}

#[cfg(test)]
mod tests {
    use super::{DESCRIBED_SCOPE, NEEDS, SCOPE, lacking};

    #[test]
    fn a_scope_says_what_is_missing_of_what_is_needed() {
        for enough in [
            SCOPE,
            DESCRIBED_SCOPE,
            "atproto transition:generic",
            "atproto repo:* blob:*/*",
            "atproto repo:app.bsky.feed.post?action=create&action=update&action=delete blob:image/*",
            "",
        ] {
            assert!(lacking(enough).is_empty(), "{enough}");
        }
        let adds_only = "atproto repo:app.bsky.feed.post?action=create&action=update blob:image/jpeg";
        assert_eq!(lacking(adds_only), [NEEDS[0]], "nothing could be taken down");
        assert_eq!(lacking("atproto repo:app.bsky.feed.post"), [NEEDS[1]]);
        assert_eq!(lacking("atproto"), NEEDS);
    }
}
