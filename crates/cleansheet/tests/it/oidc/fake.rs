//! A provider of accounts that tells what a test wants it to tell.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const CLIENT: &str = "cleansheet";
pub(crate) const SECRET: &str = "a secret of the tests";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// With the key that is published under this id.
    By(&'static str, u8),
    /// Not at all.
    None,
    /// With the client's secret.
    Shared,
}

/// What the provider tells next.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Put over the usual claims; `null` takes one away.
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed: Signed,
    /// Ids and seeds of the keys that are published.
    pub(crate) keys: Vec<(&'static str, u8)>,
    /// What the address of the account asks for by itself; `None`: the token says the mail address.
    pub(crate) userinfo: Option<Value>,
    /// The provider takes no code.
    pub(crate) refuses: bool,
    /// How it calls itself in its metadata; `None`: as it is called.
    pub(crate) calls_itself: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            claims: Map::new(),
            signed: Signed::By("one", 1),
            keys: vec![("one", 1)],
            userinfo: None,
            refuses: false,
            calls_itself: None,
        }
    }
}

struct Told {
    plan: Plan,
    now: i64,
    /// Nonce and challenge that a code stands for. A code may be shown again: refusing that is ours.
    codes: BTreeMap<String, (String, String)>,
    asked_for_keys: usize,
}

/// The provider, on a free port of this machine.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) issuer: String,
    told: Arc<Mutex<Told>>,
}

impl Fake {
    /// - `now`: seconds since 1970.
    pub(crate) async fn start(now: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let told = Told { plan: Plan::default(), now, codes: BTreeMap::new(), asked_for_keys: 0 };
        let fake = Self { issuer, told: Arc::new(Mutex::new(told)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub(crate) fn plan(&self, change: impl FnOnce(&mut Plan)) {
        let mut told = self.told.lock().unwrap();
        told.plan = Plan::default();
        change(&mut told.plan);
    }

    pub(crate) fn go_to(&self, now: i64) {
        self.told.lock().unwrap().now = now;
    }

    /// Hands out a code for what an address of ours asked.
    pub(crate) fn code(&self, nonce: &str, challenge: &str) -> String {
        let mut told = self.told.lock().unwrap();
        let code = format!("code-{}", told.codes.len());
        told.codes.insert(code.clone(), (nonce.to_owned(), challenge.to_owned()));
        code
    }

    pub(crate) fn asked_for_keys(&self) -> usize {
        self.told.lock().unwrap().asked_for_keys
    }
}

fn answer(value: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn metadata(State(fake): State<Fake>) -> Response {
    let at = &fake.issuer;
    let plan = fake.told.lock().unwrap().plan.clone();
    answer(json!({
        "issuer": plan.calls_itself.as_ref().unwrap_or(at),
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "userinfo_endpoint": format!("{at}/userinfo"),
        "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // A provider that would take anything: what passes is ours to say.
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

async fn keys(State(fake): State<Fake>) -> Response {
    let mut told = fake.told.lock().unwrap();
    told.asked_for_keys += 1;
    let one = |(id, seed): &(&str, u8)| {
        let x = URL_SAFE_NO_PAD.encode(key(*seed).verifying_key().as_bytes());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x })
    };
    answer(json!({ "keys": told.plan.keys.iter().map(one).collect::<Vec<_>>() }))
}

async fn token(State(fake): State<Fake>, Form(sent): Form<BTreeMap<String, String>>) -> Response {
    let told = fake.told.lock().unwrap();
    let known = sent.get("code").and_then(|code| told.codes.get(code));
    let challenge =
        URL_SAFE_NO_PAD.encode(Sha256::digest(sent.get("code_verifier").cloned().unwrap_or_default()));
    match known {
        Some((nonce, expected)) if *expected == challenge && !told.plan.refuses => {
            let id_token = signed(&told.plan, &claims(&fake.issuer, nonce, &told));
            answer(
                json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": id_token }),
            )
        }
        _ => (StatusCode::BAD_REQUEST, answer(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

async fn userinfo(State(fake): State<Fake>) -> Response {
    answer(fake.told.lock().unwrap().plan.userinfo.clone().unwrap_or_default())
}

fn claims(issuer: &str, nonce: &str, told: &Told) -> Value {
    let mut claims = json!({
        "iss": issuer,
        "sub": "account-1",
        "aud": CLIENT,
        "iat": told.now,
        "exp": told.now + 300,
        "auth_time": told.now,
        "nonce": nonce,
        "email": "manager@example.org",
        "email_verified": true,
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in &told.plan.claims {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn signed(plan: &Plan, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap());
    let header = match plan.signed {
        Signed::By(id, _) => json!({ "alg": "EdDSA", "kid": id }),
        Signed::None => json!({ "alg": "none" }),
        Signed::Shared => json!({ "alg": "HS256" }),
    };
    let text = format!("{}.{}", part(&header), part(claims));
    let signature = match plan.signed {
        Signed::By(_, seed) => key(seed).sign(text.as_bytes()).to_bytes().to_vec(),
        Signed::None => Vec::new(),
        Signed::Shared => {
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
