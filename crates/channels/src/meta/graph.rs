//! Calls of Meta's Graph API in the name of a Page.

use std::sync::Arc;

use cleansheet_terms::{Network, Timestamp};
use hmac::{Hmac, Mac as _};
use jiff::SignedDuration;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::Sha256;

use super::{Credential, Failure, Refusal};
use crate::{
    Account, Addresses, AppKeys, ChannelError, Health, Kind, Missing, Outside, Quota, Vault,
    outside::{Call, Reply},
    vault,
};

/// An order was approved before its post was made; our clock and Meta's may differ by this much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// What is waited where a count is used up and nobody says until when: app calls are counted for an hour.
/// <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>
const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How many pages of a list are gone through.
const PAGES: usize = 20;

/// An account, and what calls in its name need.
pub(crate) struct Graph {
    pub(crate) outside: Outside,
    pub(crate) addresses: Addresses,
    pub(crate) account: Account,
    pub(crate) keys: AppKeys,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) network: Network,
}

/// The name of something.
#[derive(Deserialize)]
pub(crate) struct Id {
    pub(crate) id: String,
}

/// Part of a list.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(crate) struct List<T> {
    #[serde(default = "Vec::new")]
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) paging: Paging,
}

/// Where a list goes on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Paging {
    cursors: Cursors,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cursors {
    after: Option<String>,
}

impl<T> List<T> {
    /// What the next part begins behind; `None` when this was the last one.
    pub(crate) fn after(&self) -> Option<String> {
        self.paging.next.as_ref()?;
        self.paging.cursors.after.clone()
    }
}

/// Something that a list shows, as far as finding it again needs.
pub(crate) trait Node: DeserializeOwned {
    /// When it was made.
    fn made(&self) -> Option<Timestamp>;
}

/// What a token is good for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    is_valid: bool,
    /// Seconds since 1970; 0 for never.
    expires_at: i64,
    /// When the person has to be asked again; 0 for never.
    data_access_expires_at: i64,
    scopes: Vec<String>,
    error: Said,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    code: i64,
    subcode: i64,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

/// The instant from which on a post of an order can have been made.
pub(crate) fn since(order: &cleansheet_policy::ReleaseOrder) -> Timestamp {
    order.made_at().saturating_sub(CLOCKS_DIFFER).unwrap_or(order.made_at())
}

impl Graph {
    /// The full address of something.
    pub(crate) fn at(&self, path: &str) -> String {
        at(&self.addresses, path)
    }

    /// The account's own address, or that of one of its lists.
    pub(crate) fn own(&self, edge: &str) -> String {
        let path = if edge.is_empty() {
            self.account.remote.clone()
        } else {
            format!("{}/{edge}", self.account.remote)
        };
        self.at(&path)
    }

    /// The answer to a call in the name of the account.
    pub(crate) async fn call(&self, kind: Kind, call: Call) -> Result<Reply, Failure> {
        let Credential { page_token } = vault::load(&*self.vault).await?;
        let call = signed(call, &page_token, &self.keys);
        match asked(&self.outside, self.network, kind, &call).await {
            // Meta words a proof that is wrong as it words a wrong parameter: with an app's secret that is not taken any more
            // every call comes back like this, and no post is to blame.
            Err(Failure::Refused(refusal)) if refusal.is_parameter() && !self.secret_is_taken().await => {
                Err(Failure::Known(ChannelError::Reconnect(
                    "Meta does not take the app’s secret any more: copy it again from the app’s page at developers.facebook.com and enter it again"
                        .to_owned(),
                )))
            }
            answer => answer,
        }
    }

    /// Whether the app itself can still sign in. Where that cannot be asked, it is taken to be so.
    async fn secret_is_taken(&self) -> bool {
        let token = self.app_token();
        let call = Call::get(self.at("debug_token")).query("input_token", token.clone()).bearer(&token);
        let answer = asked(&self.outside, self.network, Kind::Read, &call).await;
        !matches!(answer, Err(Failure::Refused(refusal)) if refusal.is_token() || refusal.is_app())
    }

    /// What signs in as the app itself.
    fn app_token(&self) -> String {
        format!("{}|{}", self.keys.id, self.keys.secret)
    }

    /// Reads something; `None` when nothing by this name is seen.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        id: &str,
        fields: &str,
    ) -> Result<Option<T>, ChannelError> {
        let call = Call::get(self.at(id)).query("fields", fields);
        match self.call(Kind::Read, call).await.and_then(|reply| reply.read()) {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused(refusal)) if refusal.is_missing() => Ok(None),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    /// The first of a list of the account, the newest first, that was made since then and is what is looked for.
    pub(crate) async fn find<T: Node>(
        &self,
        (edge, fields): (&str, &str),
        since: Timestamp,
        mut is_it: impl FnMut(&T) -> bool,
    ) -> Result<Vec<T>, ChannelError> {
        let (mut found, mut after) = (Vec::new(), None);
        for _ in 0..PAGES {
            let part: List<T> = self.part((edge, fields), after.take()).await?;
            let next = part.after();
            let older = part.data.last().and_then(Node::made).is_some_and(|made| made < since);
            found.extend(
                part.data.into_iter().filter(|one| one.made().is_none_or(|made| made >= since) && is_it(one)),
            );
            match next {
                Some(next) if !older => after = Some(next),
                _ => break,
            }
        }
        Ok(found)
    }

    /// Up to 100 of a list of the account, the newest first.
    pub(crate) async fn part<T: DeserializeOwned>(
        &self,
        (edge, fields): (&str, &str),
        after: Option<String>,
    ) -> Result<List<T>, ChannelError> {
        let mut call = Call::get(self.own(edge)).query("fields", fields).query("limit", "100");
        if let Some(after) = after {
            call = call.query("after", after);
        }
        match self.call(Kind::Read, call).await.and_then(|reply| reply.read()) {
            Ok(part) => Ok(part),
            // The account's own list is not "gone": this connection does not see it any more, and so proves nothing.
            Err(Failure::Refused(refusal)) if refusal.is_missing() => Err(self.unseen()),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    fn unseen(&self) -> ChannelError {
        let network = self.network;
        ChannelError::Reconnect(format!(
            "{network} does not show the account to this connection any more; whoever connected it may no longer run it, or it is gone"
        ))
    }

    /// Removes something; `false` when nothing by this name was seen. A refusal for want of a permission is
    /// [`ChannelError::Refused`]: a person has to do it, and waiting for a connection would take longer.
    pub(crate) async fn remove(&self, id: &str) -> Result<bool, ChannelError> {
        match self.call(Kind::TakeDown, Call::delete(self.at(id))).await {
            Ok(_) => Ok(true),
            Err(Failure::Refused(refusal)) if refusal.is_missing() => Ok(false),
            Err(Failure::Refused(refusal)) if refusal.is_not_allowed() => Err(self.by_hand()),
            Err(failure) => Err(failure.of_reading()),
        }
    }

    /// What has to be taken down by a person.
    pub(crate) fn by_hand(&self) -> ChannelError {
        let network = self.network;
        ChannelError::Refused(format!(
            "{network} does not let this program take it down; somebody who runs the account has to delete it at {network}"
        ))
    }

    /// Whether the token is good, and what for; nothing is changed.
    ///
    /// - `needs`: each permission with what it is for.
    pub(crate) async fn health(
        &self,
        handle: String,
        needs: &[(&str, &'static str)],
    ) -> Result<Health, ChannelError> {
        let Credential { page_token } = vault::load(&*self.vault).await?;
        let call = Call::get(self.at("debug_token")).query("input_token", page_token);
        let call = call.bearer(&self.app_token());
        let reply =
            asked(&self.outside, self.network, Kind::Read, &call).await.map_err(Failure::of_asking)?;
        let Data::<Token> { data } = reply.read().map_err(Failure::of_asking)?;
        if !data.is_valid {
            let Said { code, subcode } = data.error;
            let code = if code == 0 { 190 } else { code };
            let refusal = Refusal { code, subcode, ..Refusal::of(self.network, &reply, None) };
            return Err(Failure::Refused(refusal).of_asking());
        }
        let ends = [data.expires_at, data.data_access_expires_at];
        let ends = ends.into_iter().filter(|second| *second > 0).min();
        let missing = needs.iter().filter(|(name, _)| !data.scopes.iter().any(|given| given == name));
        Ok(Health {
            handle,
            missing: missing
                .map(|(name, needed_for)| Missing {
                    permission: (*name).to_owned(),
                    needed_for,
                    optional: false,
                })
                .collect(),
            ends: ends.and_then(|second| Timestamp::from_second(second).ok()),
            ..Health::default()
        })
    }
}

/// The full address of something.
pub(super) fn at(addresses: &Addresses, path: &str) -> String {
    format!("{}/{}/{path}", addresses.meta_api, addresses.meta_version)
}

/// In the name of whoever holds the token, with the proof that it is our app that uses it.
/// <https://developers.facebook.com/docs/graph-api/guides/secure-requests>
pub(super) fn signed(call: Call, token: &str, keys: &AppKeys) -> Call {
    let call = call.bearer(token);
    match proof(token, &keys.secret) {
        Some(proof) => call.query("appsecret_proof", proof),
        None => call,
    }
}

/// `None` for an app without a secret.
fn proof(token: &str, secret: &str) -> Option<String> {
    if secret.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(token.as_bytes());
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The answer to a call, whoever it comes from.
pub(super) async fn asked(
    outside: &Outside,
    network: Network,
    kind: Kind,
    call: &Call,
) -> Result<Reply, Failure> {
    let reply = outside.call(network, call).await?;
    let used = Used::of(&reply);
    if let Some(used) = &used {
        let resets = outside.now().checked_add(used.after.unwrap_or(COUNTED_FOR)).unwrap_or(outside.now());
        (outside.heard)(Quota { kind, limit: 100, left: 100_u32.saturating_sub(used.percent), resets });
    }
    if reply.is_success() {
        return Ok(reply);
    }
    let asks = reply.asks_to_wait(outside.now());
    Err(Failure::Refused(Refusal::of(network, &reply, asks.or(used.and_then(|used| used.wait())))))
}

/// How much of what Meta allows is used up.
#[derive(Debug, PartialEq, Eq)]
struct Used {
    percent: u32,
    after: Option<SignedDuration>,
}

impl Used {
    /// `X-App-Usage`: percentages. `X-Business-Use-Case-Usage`: by account, percentages and minutes until it may be
    /// called again.
    fn of(reply: &Reply) -> Option<Self> {
        let heads = ["x-business-use-case-usage", "x-app-usage"];
        heads.into_iter().find_map(|name| Self::read(reply.header(name)?))
    }

    fn read(text: &str) -> Option<Self> {
        let said: serde_json::Value = serde_json::from_str(text).ok()?;
        let counts = match said.as_object()?.values().find_map(serde_json::Value::as_array) {
            Some(counts) => counts.clone(),
            None => vec![said],
        };
        let number = |one: &serde_json::Value, name: &str| one.get(name).and_then(serde_json::Value::as_u64);
        let names = ["call_count", "total_time", "total_cputime"];
        let percent =
            counts.iter().flat_map(|one| names.iter().filter_map(move |name| number(one, name))).max()?;
        let minutes =
            counts.iter().filter_map(|one| number(one, "estimated_time_to_regain_access")).max().unwrap_or(0);
        let after = i64::try_from(minutes).ok().filter(|minutes| *minutes > 0);
        Some(Self {
            percent: u32::try_from(percent).unwrap_or(u32::MAX),
            after: after.map(|minutes| SignedDuration::from_mins(minutes.min(24 * 60))),
        })
    }

    /// How long to leave it alone: as said, or for an hour when everything is used up.
    fn wait(&self) -> Option<SignedDuration> {
        self.after.or((self.percent >= 100).then_some(COUNTED_FOR))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{Used, proof};

    #[test]
    fn the_proof_is_the_hmac_of_the_token_under_the_secret() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(proof("what do ya want for nothing?", "Jefe").as_deref(), Some(expected));
        assert_eq!(proof("token", ""), None);
    }

    #[test]
    fn what_is_used_up_says_how_long_to_wait() {
        let page = r#"{"1000":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}"#;
        let wait = Some(SignedDuration::from_mins(19));
        assert_eq!(Used::read(page), Some(Used { percent: 100, after: wait }));
        assert_eq!(Used::read(page).unwrap().wait(), wait);
        let app = Used::read(r#"{"call_count":28,"total_time":25,"total_cputime":25}"#).unwrap();
        assert_eq!((app.percent, app.wait()), (28, None));
        let full = Used::read(r#"{"call_count":100,"total_time":2,"total_cputime":2}"#).unwrap();
        assert_eq!(full.wait(), Some(SignedDuration::from_hours(1)));
        assert_eq!(Used::read("{}"), None);
    }
}
