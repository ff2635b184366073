//! One call of a server, and what its answer means.
//!
//! Whether a call that was not answered took effect matters for one thing only, the writing of a post: so a failure says
//! whether anything left, and the caller says whether it could have mattered.

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;
use reqwest::Response;
use serde::Deserialize;
use serde_json::Value;

use super::Means;
use crate::ChannelError;

/// Most bytes of an answer that are read; a picture has at most a million.
const ANSWER_BYTES: usize = 8_000_000;
/// What is said of a longer one.
const TOO_LONG: &str = "it is larger than is read here";
/// Longest wait that a network may ask for before we ask again all the same.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// What is not settled by signing in again or by a change of the post, in a call that writes.
const ELSEWHERE: &str = "another post has this key already";

/// What goes to the server with a call.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// Nothing: a question.
    None,
    /// Nothing, but it acts.
    Empty,
    /// A JSON object.
    Json(Value),
    /// Fields of a form, as OAuth wants them.
    Form(Vec<(&'static str, String)>),
    /// A file.
    Picture(Vec<u8>),
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The full address without a query.
    pub(super) url: String,
    /// Behind the `?`.
    pub(super) query: Vec<(&'static str, String)>,
    /// `Body::None` asks (GET), everything else acts (POST).
    pub(super) body: Body,
}

impl Call {
    /// A question to an XRPC server.
    pub(super) fn ask(server: &str, name: &str, query: Vec<(&'static str, String)>) -> Self {
        Self { url: format!("{server}/xrpc/{name}"), query, body: Body::None }
    }

    /// An act on an XRPC server.
    pub(super) fn act(server: &str, name: &str, body: Body) -> Self {
        Self { url: format!("{server}/xrpc/{name}"), query: Vec::new(), body }
    }

    /// `GET` or `POST`.
    pub(super) fn method(&self) -> &'static str {
        if matches!(self.body, Body::None) { "GET" } else { "POST" }
    }
}

/// A whole answer of 200.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) body: Vec<u8>,
    /// For the next call of this server, with OAuth.
    pub(super) nonce: Option<String>,
}

impl Reply {
    /// The answer as what was asked for; half of one is no answer.
    pub(super) fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Failure::Unanswered("the answer cannot be read".to_owned()))
    }
}

/// Why there is no answer of 200.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing reached the server.
    NotSent(String),
    /// It was sent; no whole answer came back.
    Unanswered(String),
    /// The answer is longer than is read.
    TooLong,
    /// The server said no.
    Refused(Refusal),
    /// Already put into its class.
    Known(ChannelError),
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Self::Known(error)
    }
}

/// What a server said instead of doing it.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The short name of the error, which may be empty.
    pub(super) error: String,
    /// Its sentence, cut short.
    pub(super) message: String,
    /// How long it asks to be left alone.
    pub(super) after: Option<SignedDuration>,
    pub(super) nonce: Option<String>,
}

impl Refusal {
    /// A fresh token may help.
    pub(super) fn is_stale_token(&self) -> bool {
        let names = ["ExpiredToken", "InvalidToken", "invalid_token"];
        names.contains(&self.error.as_str())
            || (self.status == 401 && !self.error.starts_with("Account") && !self.wants_nonce())
    }

    /// The same again with the server's number helps.
    pub(super) fn wants_nonce(&self) -> bool {
        self.error == "use_dpop_nonce" && self.nonce.is_some()
    }

    fn words(&self) -> String {
        if self.message.is_empty() {
            format!("answer {} {}", self.status, self.error)
        } else {
            self.message.clone()
        }
    }

    /// - `may_be_done`: the call could have published something.
    fn class(self, may_be_done: bool) -> ChannelError {
        let words = self.words();
        match (self.status, self.error.as_str()) {
            (
                _,
                "AccountTakedown" | "RepoTakendown" | "RepoSuspended" | "AccountNotFound" | "RepoNotFound",
            ) => ChannelError::GoneForGood(format!("Bluesky has closed the account: {words}")),
            (_, "AccountDeactivated" | "RepoDeactivated") => ChannelError::Reconnect(
                "the account is switched off at Bluesky; switch it on there, then connect it again"
                    .to_owned(),
            ),
            (429, _) | (_, "RateLimitExceeded") => ChannelError::RetryLater { say: words, after: self.after },
            (_, "InvalidSwap") => ChannelError::UnknownOutcome(ELSEWHERE.to_owned()),
            // Uploaded files go when no post names them in time; they are uploaded again.
            (_, "BlobNotFound") => ChannelError::later(words),
            (401 | 403, _)
            | (
                _,
                "ExpiredToken"
                | "InvalidToken"
                | "invalid_token"
                | "AuthMissing"
                | "invalid_grant"
                | "AuthFactorTokenRequired"
                | "AuthenticationRequired",
            ) => ChannelError::Reconnect(words),
            (400 | 413 | 415 | 422, _) => ChannelError::ChangePost(words),
            (500.., _) if may_be_done => ChannelError::UnknownOutcome(words),
            _ => ChannelError::RetryLater { say: words, after: self.after },
        }
    }
}

impl Failure {
    /// For a call that publishes: silence may mean that it is public.
    pub(super) fn of_publishing(self) -> ChannelError {
        match self {
            Self::NotSent(why) => ChannelError::later(why),
            Self::Unanswered(why) => ChannelError::UnknownOutcome(why),
            Self::TooLong => ChannelError::UnknownOutcome(TOO_LONG.to_owned()),
            Self::Refused(refusal) => refusal.class(true),
            Self::Known(error) => error,
        }
    }

    /// For a call that may be repeated at will and concerns the post: an upload.
    pub(super) fn of_preparing(self) -> ChannelError {
        match self {
            Self::NotSent(why) | Self::Unanswered(why) => ChannelError::later(why),
            Self::TooLong => ChannelError::later(TOO_LONG),
            Self::Refused(refusal) => refusal.class(false),
            Self::Known(error) => error,
        }
    }

    /// For a call that may be repeated at will and that no change of a post would mend.
    pub(super) fn of_asking(self) -> ChannelError {
        match self.of_preparing() {
            ChannelError::ChangePost(why) => ChannelError::later(why),
            other => other,
        }
    }

    /// For what can be gone on without, a file or the rest of a list: a no is final there.
    pub(super) fn of_reading(self) -> ChannelError {
        match self {
            Self::TooLong => ChannelError::Refused(TOO_LONG.to_owned()),
            other => match other.of_preparing() {
                ChannelError::ChangePost(why) => ChannelError::Refused(why),
                other => other,
            },
        }
    }
}

/// The answer to a call. `headers` carry whom it comes from.
pub(super) async fn call(
    means: &Means,
    call: &Call,
    headers: &[(&'static str, String)],
) -> Result<Reply, Failure> {
    let response = answered(means, call, headers).await?;
    let nonce = header(&response, "dpop-nonce");
    Ok(Reply { body: read(response).await?, nonce })
}

/// Whether a question has an answer, without reading it: a video may be long.
pub(super) async fn has_answer(means: &Means, call: &Call) -> Result<(), Failure> {
    answered(means, call, &[]).await.map(drop)
}

/// An answer of 200, of which only the head is read.
async fn answered(
    means: &Means,
    call: &Call,
    headers: &[(&'static str, String)],
) -> Result<Response, Failure> {
    let mut request = match &call.body {
        Body::None => means.http.get(&call.url).query(&call.query),
        Body::Empty => means.http.post(&call.url),
        Body::Json(value) => {
            means.http.post(&call.url).header("content-type", "application/json").body(value.to_string())
        }
        Body::Form(fields) => means.http.post(&call.url).form(fields),
        Body::Picture(bytes) => {
            means.http.post(&call.url).header("content-type", "image/jpeg").body(bytes.clone())
        }
    };
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = request.send().await.map_err(unsent)?;
    if response.status().is_success() { Ok(response) } else { Err(refusal(means, response).await?) }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|e| Failure::Unanswered(plainly(&e)))? {
        body.extend_from_slice(&part);
        if body.len() > ANSWER_BYTES {
            return Err(Failure::TooLong);
        }
    }
    Ok(body)
}

/// What the server said instead; an error when that cannot be read either.
async fn refusal(means: &Means, response: Response) -> Result<Failure, Failure> {
    let status = response.status().as_u16();
    let (nonce, after) = (header(&response, "dpop-nonce"), asked_to_wait(&response, means.clock.now()));
    let said: Said = serde_json::from_slice(&read(response).await?).unwrap_or_default();
    let message = said.message.or(said.error_description).unwrap_or_default();
    let message = message.chars().filter(|c| !c.is_control()).take(200).collect();
    let error = said.error.unwrap_or_default().chars().take(60).collect();
    Ok(Failure::Refused(Refusal { status, error, message, after, nonce }))
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[derive(Default, Deserialize)]
struct Said {
    error: Option<String>,
    message: Option<String>,
    error_description: Option<String>,
}

/// What a server says of when to come again: seconds from now, or the second since 1970 at which its count begins anew.
fn asked_to_wait(response: &Response, now: Timestamp) -> Option<SignedDuration> {
    let number = |name: &str| header(response, name)?.trim().parse::<i64>().ok();
    let seconds = match number("retry-after") {
        Some(seconds) => seconds,
        None if number("ratelimit-remaining").is_none_or(|left| left == 0) => {
            number("ratelimit-reset")?.saturating_sub(now.as_second())
        }
        None => return None,
    };
    (seconds > 0).then(|| SignedDuration::from_secs(seconds).min(LONGEST_WAIT))
}

fn unsent(error: reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() {
        Failure::NotSent(plainly(&error))
    } else {
        Failure::Unanswered(plainly(&error))
    }
}

/// Without the address, which may hold a name.
fn plainly(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "Bluesky did not answer in time".to_owned()
    } else if error.is_connect() {
        "Bluesky's server cannot be reached".to_owned()
    } else {
        "the connection to Bluesky broke off".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::ChannelError;

    fn class(status: u16, error: &str, may_be_done: bool) -> ChannelError {
        Refusal { status, error: error.to_owned(), ..Refusal::default() }.class(may_be_done)
    }

    #[test]
    fn every_refusal_has_one_way_forward() {
        use ChannelError as E;
        for name in ["ExpiredToken", "InvalidToken", "invalid_grant", "AccountDeactivated", "AuthMissing"] {
            assert!(matches!(class(400, name, true), E::Reconnect(_)), "{name}");
        }
        assert!(matches!(class(401, "", true), E::Reconnect(_)));
        assert!(matches!(class(403, "ScopeMissing", true), E::Reconnect(_)));
        for name in ["AccountTakedown", "RepoTakendown", "AccountNotFound"] {
            assert!(matches!(class(401, name, true), E::GoneForGood(_)), "{name}");
        }
        assert!(matches!(class(400, "InvalidRequest", true), E::ChangePost(_)));
        assert!(matches!(class(413, "PayloadTooLarge", false), E::ChangePost(_)));
        assert!(matches!(class(400, "BlobNotFound", true), E::RetryLater { .. }));
        assert!(matches!(class(400, "InvalidSwap", true), E::UnknownOutcome(_)));
        assert!(matches!(class(429, "RateLimitExceeded", true), E::RetryLater { .. }));
        for status in [500, 502, 503, 504] {
            assert!(matches!(class(status, "", true), E::UnknownOutcome(_)), "{status}");
            assert!(matches!(class(status, "", false), E::RetryLater { .. }), "{status}");
        }
        for status in [302, 404, 408] {
            assert!(matches!(class(status, "", true), E::RetryLater { .. }), "{status}");
        }
    }
}
