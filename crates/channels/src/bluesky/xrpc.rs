//! The calls of an XRPC server, and what its refusals mean.

use cleansheet_terms::Network;
use jiff::SignedDuration;
use serde::Deserialize;

use super::Means;
use crate::{
    ChannelError, Kind,
    outside::{self, Body, Call, Reply},
};

/// What is not settled by signing in again or by a change of the post, in a call that writes.
const ELSEWHERE: &str = "another post has this key already";

/// Why there is no answer of 200.
pub(super) type Failure = outside::Failure<Refusal>;

/// A question to an XRPC server.
pub(super) fn ask(server: &str, name: &str, query: Vec<(&'static str, String)>) -> Call {
    Call { query, ..Call::get(format!("{server}/xrpc/{name}")) }
}

/// An act on an XRPC server.
pub(super) fn act(server: &str, name: &str, body: Body) -> Call {
    Call::post(format!("{server}/xrpc/{name}"), body)
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
}

impl outside::Refusal for Refusal {
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

/// The answer to a call. `headers` carry whom it comes from.
pub(super) async fn call(
    means: &Means,
    call: &Call,
    headers: &[(&'static str, String)],
) -> Result<Reply, Failure> {
    let call = Call { headers: [&call.headers, headers].concat(), ..call.clone() };
    let reply = means.outside.call(Network::Bluesky, &call).await?;
    if let Some(quota) = reply.quota(Kind::Read) {
        (means.outside.heard)(quota);
    }
    if reply.is_success() { Ok(reply) } else { Err(Failure::Refused(refusal(means, &reply))) }
}

/// Whether a question has an answer, without reading it: a video may be long.
pub(super) async fn has_answer(means: &Means, call: &Call) -> Result<(), Failure> {
    match means.outside.has_answer(Network::Bluesky, call).await? {
        None => Ok(()),
        Some(reply) => Err(Failure::Refused(refusal(means, &reply))),
    }
}

/// What the server said instead, as far as it can be read.
fn refusal(means: &Means, reply: &Reply) -> Refusal {
    let said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = said.message.or(said.error_description).unwrap_or_default();
    Refusal {
        status: reply.status,
        error: said.error.unwrap_or_default().chars().take(60).collect(),
        message: message.chars().filter(|c| !c.is_control()).take(200).collect(),
        after: reply.asks_to_wait(means.outside.now()),
        nonce: nonce(reply),
    }
}

/// The number for the next proof, with OAuth.
pub(super) fn nonce(reply: &Reply) -> Option<String> {
    reply.header("dpop-nonce").map(str::to_owned)
}

#[derive(Default, Deserialize)]
struct Said {
    error: Option<String>,
    message: Option<String>,
    error_description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::{ChannelError, outside::Refusal as _};

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
