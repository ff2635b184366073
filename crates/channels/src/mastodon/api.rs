//! The calls of a Mastodon server, and what its refusals mean.

use std::sync::Arc;

use cleansheet_terms::Network;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{
    Account, ChannelError, Kind, Outside, Vault,
    outside::{self, Call, Reply},
    vault,
};

/// Why there is no answer that helps.
pub(super) type Failure = outside::Failure<Refusal>;

/// What signs in to the account. Tokens of Mastodon do not run out by themselves.
#[derive(Serialize, Deserialize)]
pub(super) struct Credential {
    pub(super) access: String,
    /// What was allowed, names with spaces between.
    pub(super) scope: String,
    /// The server that gave it, and takes it back.
    pub(super) server: String,
    /// The program as that server knows it.
    pub(super) client: Client,
}

/// The program as one server knows it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
}

/// The trust, signed in as an account.
pub(super) struct Session {
    pub(super) outside: Outside,
    pub(super) account: Account,
    pub(super) vault: Arc<dyn Vault>,
}

impl Session {
    /// A call in the account's name.
    pub(super) async fn call(&self, kind: Kind, call: Call) -> Result<Reply, Failure> {
        let credential: Credential = vault::load(&*self.vault).await?;
        asked(&self.outside, kind, call.bearer(&credential.access)).await
    }

    /// An address of the account's server.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.account.server)
    }
}

/// A call, and what its answer says of the calls that are left.
pub(super) async fn asked(outside: &Outside, kind: Kind, call: Call) -> Result<Reply, Failure> {
    let reply = outside.call(Network::Mastodon, &call).await?;
    if let Some(quota) = reply.quota(kind) {
        (outside.heard)(quota);
    }
    if reply.is_success() { Ok(reply) } else { Err(Failure::Refused(refusal(outside, &reply))) }
}

/// The answer to a question about one thing; `None` when the server has nothing of the kind, or no more.
pub(super) fn unless_gone(reply: Result<Reply, Failure>) -> Result<Option<Reply>, Failure> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What a server said instead of doing it.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The server said it itself, as JSON with an `error`.
    pub(super) in_words: bool,
    /// Its sentence, cut short.
    pub(super) message: String,
    pub(super) after: Option<SignedDuration>,
}

impl Refusal {
    /// Nothing is there under this name, in the server's own words: a proxy in front of it, or an address that it does not
    /// know, answers 404 as well, and proves nothing.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.status, 404 | 410) && self.in_words
    }
}

#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

fn refusal(outside: &Outside, reply: &Reply) -> Refusal {
    let said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
    let in_words = !said.error.is_empty();
    let words = if said.error_description.is_empty() { said.error } else { said.error_description };
    Refusal {
        status: reply.status,
        in_words,
        message: words.chars().filter(|c| !c.is_control()).take(200).collect(),
        after: reply.asks_to_wait(outside.now()),
    }
}

impl outside::Refusal for Refusal {
    fn class(self, may_be_done: bool) -> ChannelError {
        let words = if self.message.is_empty() {
            format!("the server answered {} without a reason", self.status)
        } else {
            self.message
        };
        match self.status {
            401 => ChannelError::Reconnect(format!(
                "the server no longer takes what signs in to the account ({words})"
            )),
            // The server's own words for an account that a moderator or its owner has switched off.
            403 if words.contains("login is currently disabled") || words.contains("suspended") => {
                ChannelError::GoneForGood(format!(
                    "the moderators of its server have switched it off ({words})"
                ))
            }
            403 => ChannelError::Reconnect(format!(
                "the account may not do this with what was allowed ({words})"
            )),
            429 => ChannelError::RetryLater {
                say: "the server takes no more calls for now".to_owned(),
                after: self.after,
            },
            422 if words.contains("finished processing") => ChannelError::later(words),
            400 | 413 | 415 | 422 => ChannelError::ChangePost(words),
            500.. if may_be_done => ChannelError::UnknownOutcome(words),
            _ => ChannelError::RetryLater { say: words, after: self.after },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::{ChannelError as E, outside::Refusal as _};

    fn class(status: u16, message: &str, may_be_done: bool) -> E {
        Refusal { status, in_words: true, message: message.to_owned(), after: None }.class(may_be_done)
    }

    #[test]
    fn every_refusal_has_one_way_forward() {
        assert!(matches!(class(401, "The access token is invalid", true), E::Reconnect(_)));
        assert!(matches!(class(403, "This action is outside the authorized scopes", true), E::Reconnect(_)));
        assert!(matches!(class(403, "Your login is currently disabled", true), E::GoneForGood(_)));
        assert!(matches!(
            class(422, "Validation failed: Text character limit exceeded", true),
            E::ChangePost(_)
        ));
        let busy = "Cannot attach files that have not finished processing. Try again in a moment!";
        assert!(matches!(class(422, busy, true), E::RetryLater { .. }));
        assert!(matches!(class(429, "Too many requests", true), E::RetryLater { .. }));
        for status in [500, 502, 503] {
            assert!(matches!(class(status, "", true), E::UnknownOutcome(_)), "{status}");
            assert!(matches!(class(status, "", false), E::RetryLater { .. }), "{status}");
        }
        assert!(matches!(class(404, "", true), E::RetryLater { .. }));
    }
}
