//! One call of another server: what is sent, what comes back, and whether a call that failed can have done anything.
//!
//! Whether a call that was not answered took effect matters for one thing only, the making of a post: so a failure says
//! whether anything left, and the caller says whether it could have mattered. What a refusal means is each network's own
//! ([`Refusal`]).

use std::sync::Arc;

use cleansheet_terms::{Clock, Network, Timestamp};
use jiff::SignedDuration;
use reqwest::{
    Method, Response,
    multipart::{Form, Part as FilePart},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{ChannelError, Kind, Quota};

/// Most bytes of an answer that are read; a picture has at most a few million.
const ANSWER_BYTES: usize = 8_000_000;
/// What is said of a longer one.
const TOO_LONG: &str = "it is larger than is read here";
/// Longest wait that a network may ask for before we ask again all the same.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Fills a buffer with random bytes.
pub type Chance = Arc<dyn Fn(&mut [u8]) + Send + Sync>;
/// Hears what a network says of how many more calls it takes.
pub type Heard = Arc<dyn Fn(Quota) + Send + Sync>;

/// What calls of other servers need.
#[derive(Clone)]
pub struct Outside {
    /// The one way out.
    pub http: reqwest::Client,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// Fills with random bytes.
    pub chance: Chance,
    /// Told what each answer says of the calls that are left.
    pub heard: Heard,
    /// Whether servers on this machine may be asked without TLS: for tests and the demo.
    pub local: bool,
}

/// What goes to the server with a call.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    None,
    /// A JSON object.
    Json(Value),
    /// Fields of a form, as OAuth wants them.
    Form(Vec<(&'static str, String)>),
    /// A file alone.
    File {
        /// Its media type.
        mime: &'static str,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Fields and files, `multipart/form-data`.
    Parts(Vec<Part>),
}

/// One field of a form that may hold files.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Words.
    Text(&'static str, String),
    /// A JPEG, under a file name that says nothing.
    Jpeg(&'static str, Vec<u8>),
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The full address without a query.
    pub(crate) url: String,
    /// Behind the `?`.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

impl Call {
    /// A question.
    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url, Body::None)
    }

    /// An act.
    pub(crate) fn post(url: impl Into<String>, body: Body) -> Self {
        Self::new(Method::POST, url, body)
    }

    /// A removal.
    pub(crate) fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url, Body::None)
    }

    fn new(method: Method, url: impl Into<String>, body: Body) -> Self {
        Self { method, url: url.into(), query: Vec::new(), headers: Vec::new(), body }
    }

    /// With one more word behind the `?`.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// In the name of whoever holds the token.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }
}

/// A whole answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// 200 to 299.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer as what was asked for; half of one is no answer.
    pub(crate) fn read<T: for<'de> Deserialize<'de>, R>(&self) -> Result<T, Failure<R>> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Failure::Unanswered("the answer cannot be read".to_owned()))
    }

    /// How long the server asks to be left alone: `Retry-After` in seconds, or until its count begins anew.
    pub(crate) fn asks_to_wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let asked = self.header("retry-after").and_then(|text| text.trim().parse::<i64>().ok());
        let wait = match asked {
            Some(seconds) => SignedDuration::from_secs(seconds),
            None if self.counted("remaining").is_none_or(|left| left == 0) => {
                self.resets()?.duration_since(now)
            }
            None => return None,
        };
        wait.is_positive().then(|| wait.min(LONGEST_WAIT))
    }

    /// What the answer says of how many more calls of this kind are taken: `RateLimit-…`, `X-RateLimit-…` (Mastodon) or
    /// `X-Rate-Limit-…` (X).
    pub(crate) fn quota(&self, kind: Kind) -> Option<Quota> {
        let (limit, left) = (self.counted("limit")?, self.counted("remaining")?);
        Some(Quota { kind, limit, left, resets: self.resets()? })
    }

    fn counted(&self, what: &str) -> Option<u32> {
        self.counter(what)?.split(',').next()?.trim().parse().ok()
    }

    /// The second since 1970, or an instant in ISO 8601.
    fn resets(&self) -> Option<Timestamp> {
        let text = self.counter("reset")?.trim();
        match text.parse::<i64>() {
            Ok(second) => Timestamp::from_second(second).ok(),
            Err(_) => text.parse().ok(),
        }
    }

    fn counter(&self, what: &str) -> Option<&str> {
        ["ratelimit", "x-ratelimit", "x-rate-limit"]
            .into_iter()
            .find_map(|family| self.header(&format!("{family}-{what}")))
    }
}

/// What a server said instead of doing it.
pub(crate) trait Refusal {
    /// Its class, which has one way forward.
    ///
    /// - `may_be_done`: the call could have published something.
    fn class(self, may_be_done: bool) -> ChannelError;
}

/// Why there is no answer that helps.
#[derive(Debug)]
pub(crate) enum Failure<R> {
    /// Nothing reached the server.
    NotSent(String),
    /// It was sent; no whole answer came back.
    Unanswered(String),
    /// The answer is longer than is read.
    TooLong,
    /// The server said no.
    Refused(R),
    /// Already put into its class.
    Known(ChannelError),
}

impl<R> From<ChannelError> for Failure<R> {
    fn from(error: ChannelError) -> Self {
        Self::Known(error)
    }
}

impl<R: Refusal> Failure<R> {
    /// For a call that publishes: silence may mean that it is public.
    pub(crate) fn of_publishing(self) -> ChannelError {
        match self {
            Self::NotSent(why) => ChannelError::later(why),
            Self::Unanswered(why) => ChannelError::UnknownOutcome(why),
            Self::TooLong => ChannelError::UnknownOutcome(TOO_LONG.to_owned()),
            Self::Refused(refusal) => refusal.class(true),
            Self::Known(error) => error,
        }
    }

    /// For a call that may be repeated at will and concerns the post: an upload.
    pub(crate) fn of_preparing(self) -> ChannelError {
        match self {
            Self::NotSent(why) | Self::Unanswered(why) => ChannelError::later(why),
            Self::TooLong => ChannelError::later(TOO_LONG),
            Self::Refused(refusal) => refusal.class(false),
            Self::Known(error) => error,
        }
    }

    /// For a call that may be repeated at will and that no change of a post would mend.
    pub(crate) fn of_asking(self) -> ChannelError {
        match self.of_preparing() {
            ChannelError::ChangePost(why) => ChannelError::later(why),
            other => other,
        }
    }

    /// For what can be gone on without, a file or the rest of a list: a no is final there.
    pub(crate) fn of_reading(self) -> ChannelError {
        match self {
            Self::TooLong => ChannelError::Refused(TOO_LONG.to_owned()),
            other => match other.of_preparing() {
                ChannelError::ChangePost(why) => ChannelError::Refused(why),
                other => other,
            },
        }
    }
}

impl Outside {
    /// 32 hex digits that nobody can guess.
    pub(crate) fn random(&self) -> String {
        let mut bytes = [0_u8; 16];
        (self.chance)(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a server that somebody named may be asked: by TLS and under a name with a dot, not by its number, of which
    /// there are many ways to write it; on this machine only for tests and the demo.
    pub(crate) fn may_ask(&self, address: &str) -> bool {
        let here = ["http://localhost:", "http://127.0.0.1:"].iter().any(|start| address.starts_with(start));
        let named = address.strip_prefix("https://").is_some_and(|rest| {
            let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            // Top level domains have letters only, or are written in Punycode.
            let is_name = host.rsplit_once('.').is_some_and(|(_, last)| {
                let foreign = last.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
                !last.is_empty() && (foreign || last.chars().all(|c| c.is_ascii_alphabetic()))
            });
            is_name && host.chars().all(plain)
        });
        (self.local && here) || named
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes a call, and reads the whole answer whatever its status.
    pub(crate) async fn call<R>(&self, network: Network, call: &Call) -> Result<Reply, Failure<R>> {
        let response = self.sent(call).await.map_err(|error| unsent(network, &error))?;
        read(network, response).await
    }

    /// Makes a call, and reads the answer only when it is a refusal: what was asked for may be long.
    pub(crate) async fn has_answer<R>(
        &self,
        network: Network,
        call: &Call,
    ) -> Result<Option<Reply>, Failure<R>> {
        let response = self.sent(call).await.map_err(|error| unsent(network, &error))?;
        if response.status().is_success() { Ok(None) } else { read(network, response).await.map(Some) }
    }

    async fn sent(&self, call: &Call) -> Result<Response, reqwest::Error> {
        let mut request = self.http.request(call.method.clone(), &call.url).query(&call.query);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request = match &call.body {
            Body::None => request,
            Body::Json(value) => request.header("content-type", "application/json").body(value.to_string()),
            Body::Form(fields) => request.form(fields),
            Body::File { mime, bytes } => request.header("content-type", *mime).body(bytes.clone()),
            Body::Parts(parts) => request.multipart(form(parts)?),
        };
        request.send().await
    }
}

fn form(parts: &[Part]) -> Result<Form, reqwest::Error> {
    parts.iter().try_fold(Form::new(), |form, part| {
        Ok(match part {
            Part::Text(name, value) => form.text(*name, value.clone()),
            Part::Jpeg(name, bytes) => {
                let file = FilePart::bytes(bytes.clone()).file_name("picture.jpg");
                form.part(*name, file.mime_str("image/jpeg")?)
            }
        })
    })
}

async fn read<R>(network: Network, mut response: Response) -> Result<Reply, Failure<R>> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    let broken = |error: reqwest::Error| Failure::Unanswered(plainly(network, &error));
    while let Some(part) = response.chunk().await.map_err(broken)? {
        body.extend_from_slice(&part);
        if body.len() > ANSWER_BYTES {
            return Err(Failure::TooLong);
        }
    }
    Ok(Reply { status, headers, body })
}

fn unsent<R>(network: Network, error: &reqwest::Error) -> Failure<R> {
    if error.is_connect() || error.is_builder() {
        Failure::NotSent(plainly(network, error))
    } else {
        Failure::Unanswered(plainly(network, error))
    }
}

/// Without the address, which may hold a name.
fn plainly(network: Network, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        format!("{network} did not answer in time")
    } else if error.is_connect() {
        format!("the server of {network} cannot be reached")
    } else {
        format!("the connection to {network} broke off")
    }
}
