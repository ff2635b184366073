//! The calls of X's API, what its refusals mean, and tokens that are renewed in turn.
//!
//! A refresh token works a single time: whoever renews holds the account's turn, and the new tokens are durable before the
//! first call that uses them.

use std::sync::Arc;

use cleansheet_terms::Network;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::oauth;
use crate::{
    Account, Addresses, AppKeys, ChannelError, Kind, Outside, Turn, Vault,
    outside::{self, Call, Reply},
    vault,
};

/// Why there is no answer that helps.
pub(super) type Failure = outside::Failure<Refusal>;

/// What signs in to the account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Credential {
    /// Good for two hours.
    pub(super) access: String,
    /// Good once.
    pub(super) refresh: String,
    /// What was allowed, names with spaces between.
    pub(super) scope: String,
}

/// The trust, signed in as an account.
pub(super) struct Session {
    pub(super) outside: Outside,
    pub(super) addresses: Addresses,
    pub(super) account: Account,
    pub(super) keys: AppKeys,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) turn: Turn,
}

impl Session {
    /// A call in the account's name. A token that ran out is renewed, and the call made once more: a refusal for a token
    /// comes before anything is done.
    pub(super) async fn call(&self, kind: Kind, call: Call) -> Result<Reply, Failure> {
        let held: Credential = vault::load(&*self.vault).await?;
        match asked(&self.outside, kind, call.clone().bearer(&held.access)).await {
            Err(Failure::Refused(refusal)) if refusal.status == 401 => {
                let renewed = self.renewed(&held).await?;
                asked(&self.outside, kind, call.bearer(&renewed.access)).await
            }
            other => other,
        }
    }

    /// An address of X's API.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.addresses.x_api)
    }

    /// Tokens that take the place of `stale`; another call may have fetched them already.
    async fn renewed(&self, stale: &Credential) -> Result<Credential, ChannelError> {
        let _turn = self.turn.lock().await;
        let held: Credential = vault::load(&*self.vault).await?;
        if held.access != stale.access {
            return Ok(held);
        }
        let next = oauth::refreshed(&self.outside, &self.addresses, &self.keys, &held).await?;
        vault::keep(&*self.vault, &next).await?;
        Ok(next)
    }
}

/// A call, and what its answer says of the calls that are left. An answer of 200 that carries errors and nothing that was
/// asked for is a refusal.
pub(super) async fn asked(outside: &Outside, kind: Kind, call: Call) -> Result<Reply, Failure> {
    let reply = outside.call(Network::X, &call).await?;
    if let Some(quota) = reply.quota(kind) {
        (outside.heard)(quota);
    }
    if !reply.is_success() {
        return Err(Failure::Refused(refusal(outside, &reply)));
    }
    match serde_json::from_slice::<Said>(&reply.body) {
        Ok(said) if said.data.is_none() && !said.errors.is_empty() => {
            Err(Failure::Refused(refusal(outside, &reply)))
        }
        _ => Ok(reply),
    }
}

/// The answer to a question about one thing; `None` when X has nothing of the kind, or no more.
pub(super) fn unless_gone(reply: Result<Reply, Failure>) -> Result<Option<Reply>, Failure> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What X said instead of doing it: `application/problem+json`, or its list of errors
/// (<https://docs.x.com/x-api/fundamentals/response-codes-and-errors>).
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The last word of the problem's address: `usage-capped`.
    pub(super) problem: String,
    /// Its sentence, cut short.
    pub(super) message: String,
    pub(super) after: Option<SignedDuration>,
}

impl Refusal {
    /// Nothing is there under this name. X says it as a problem of this kind, with 200 or 404; a bare 404 is that of an
    /// address that nobody knows, or of a proxy, and proves nothing.
    pub(super) fn is_gone(&self) -> bool {
        self.problem == "resource-not-found"
    }

    /// The account has published these words before.
    pub(super) fn is_repeat(&self) -> bool {
        self.status == 403 && self.message.to_lowercase().contains("duplicate")
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    data: Option<serde_json::Value>,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    detail: String,
    message: String,
    /// Of the authorization server.
    error: String,
    error_description: String,
    status: Option<u16>,
    errors: Vec<Said>,
}

fn refusal(outside: &Outside, reply: &Reply) -> Refusal {
    let mut said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
    if said.kind.is_empty() && said.detail.is_empty() && !said.errors.is_empty() {
        said = said.errors.swap_remove(0);
    }
    let problem = if said.kind.is_empty() { said.error } else { said.kind };
    let words = [said.detail, said.message, said.error_description, said.title];
    let words = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    Refusal {
        status: if reply.is_success() { said.status.unwrap_or(reply.status) } else { reply.status },
        problem: problem.rsplit('/').next().unwrap_or_default().chars().take(60).collect(),
        message: words.chars().filter(|c| !c.is_control()).take(200).collect(),
        after: reply.asks_to_wait(outside.now()),
    }
}

impl outside::Refusal for Refusal {
    fn class(self, may_be_done: bool) -> ChannelError {
        let repeat = self.is_repeat();
        let words = if self.message.is_empty() {
            format!("X answered {} without a reason", self.status)
        } else {
            self.message
        };
        let lower = words.to_lowercase();
        match (self.status, self.problem.as_str()) {
            // It takes the same words once: so they are out, by us or by somebody.
            (403, _) if may_be_done && repeat => ChannelError::UnknownOutcome(
                "X says that the account has published these words already".to_owned(),
            ),
            // Waiting mends none of it: somebody has to pay, or to unlock.
            (402, _) | (_, "usage-capped") => ChannelError::Reconnect(
                "X takes no more calls because the credits or the budget of the app there are spent; raise them on X’s page for developers, then connect the account again"
                    .to_owned(),
            ),
            (403, _) if lower.contains("temporarily locked") => ChannelError::Reconnect(
                "X has locked the account for now; sign in at x.com and unlock it, then connect it again".to_owned(),
            ),
            (429, _) | (_, "rate-limit-exceeded") => ChannelError::RetryLater {
                say: "X takes no more calls for now".to_owned(),
                after: self.after,
            },
            (403, _) if lower.contains("suspended") => {
                ChannelError::GoneForGood(format!("X has suspended the account ({words})"))
            }
            (401, _) | (_, "invalid_grant" | "invalid_client" | "unauthorized_client") => {
                ChannelError::Reconnect(format!("X no longer takes what signs in to the account ({words})"))
            }
            (403, "client-forbidden" | "client-not-enrolled" | "unsupported-authentication") => {
                ChannelError::Reconnect(format!(
                    "the app on X’s page for developers may not do this; give it “Read and write” ({words})"
                ))
            }
            // A 403 that names no reason is about what was allowed; one that does is about the post.
            (403, "not-authorized-for-resource" | "insufficient_scope") if !may_be_done => {
                not_allowed(&words)
            }
            (403, "about:blank" | "") if !may_be_done && says_nothing(&lower) => not_allowed(&words),
            (400 | 403 | 413 | 415 | 422, _) => ChannelError::ChangePost(words),
            (500.., _) if may_be_done => ChannelError::UnknownOutcome(words),
            _ => ChannelError::RetryLater { say: words, after: self.after },
        }
    }
}

fn not_allowed(words: &str) -> ChannelError {
    ChannelError::Reconnect(format!("the account may not do this with what was allowed ({words})"))
}

fn says_nothing(words: &str) -> bool {
    matches!(words.trim_end_matches('.'), "forbidden" | "x answered 403 without a reason")
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::{ChannelError as E, outside::Refusal as _};

    fn class(status: u16, problem: &str, message: &str, may_be_done: bool) -> E {
        let (problem, message) = (problem.to_owned(), message.to_owned());
        Refusal { status, problem, message, after: None }.class(may_be_done)
    }

    #[test]
    fn every_refusal_has_one_way_forward() {
        let duplicate = "You are not allowed to create a Tweet with duplicate content.";
        assert!(matches!(class(403, "about:blank", duplicate, true), E::UnknownOutcome(_)));
        assert!(matches!(class(403, "about:blank", "Your account is suspended", true), E::GoneForGood(_)));
        assert!(matches!(class(403, "client-forbidden", "", true), E::Reconnect(_)));
        assert!(matches!(class(403, "about:blank", "Your Tweet text is too long.", true), E::ChangePost(_)));
        assert!(matches!(class(403, "about:blank", "Forbidden", false), E::Reconnect(_)));
        assert!(matches!(class(401, "", "Unauthorized", true), E::Reconnect(_)));
        assert!(matches!(class(400, "invalid_grant", "", false), E::Reconnect(_)));
        assert!(matches!(class(400, "invalid-request", "", true), E::ChangePost(_)));
        assert!(matches!(class(429, "", "", true), E::RetryLater { .. }));
        for (status, problem) in [(429, "usage-capped"), (402, "credits"), (402, "")] {
            let E::Reconnect(why) = class(status, problem, "", true) else { panic!("{status} {problem}") };
            assert!(why.contains("credits"), "{why}");
        }
        let locked = "To protect our users from spam, this account is temporarily locked.";
        let E::Reconnect(why) = class(403, "about:blank", locked, true) else { panic!() };
        assert!(why.contains("unlock"), "{why}");
        for status in [500, 502, 503] {
            assert!(matches!(class(status, "", "", true), E::UnknownOutcome(_)), "{status}");
            assert!(matches!(class(status, "", "", false), E::RetryLater { .. }), "{status}");
        }
    }
}
