//! From a handle to the account and the server that holds it. A name is believed only when both ends say so: the handle
//! leads to the account, and the account's document names the handle.

use serde::Deserialize;

use super::{
    Means,
    session::Account,
    xrpc::{self, Failure},
};
use crate::{ChannelError, outside::Call};

/// Where identities are looked up.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Documents of `did:plc` accounts.
    pub plc: String,
    /// Turns handles into accounts; any server of the network can.
    pub resolver: String,
}

impl Default for Directories {
    fn default() -> Self {
        Self { plc: "https://plc.directory".to_owned(), resolver: "https://public.api.bsky.app".to_owned() }
    }
}

/// An account that was looked up.
#[derive(Debug, Clone)]
pub struct Found {
    /// The account, at its server.
    pub account: Account,
}

#[derive(Deserialize)]
struct Resolved {
    did: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: String,
    service_endpoint: serde_json::Value,
}

/// Looks an account up.
///
/// - `name`: its handle, with or without `@`.
/// - `server`: asked instead of the public resolver, for accounts on a server of their own.
pub async fn find(means: &Means, name: &str, server: Option<&str>) -> Result<Found, ChannelError> {
    let handle = name.trim().trim_start_matches('@').to_ascii_lowercase();
    if !is_handle(&handle) {
        return Err(unknown("write the handle in full, for example fenland.bsky.social"));
    }
    let resolver = server.unwrap_or(&means.directories.resolver);
    may_be_asked(means, resolver)?;
    let did = resolve(means, resolver, &handle).await?.ok_or_else(|| unknown("nobody has this handle"))?;
    let document = document(means, &did).await?;
    if document.id != did || !document.also_known_as.iter().any(|known| known == &format!("at://{handle}")) {
        return Err(unknown("the account does not go by this handle"));
    }
    let holds =
        |service: &&Service| service.id == "#atproto_pds" || service.id == format!("{did}#atproto_pds");
    let server = document.service.iter().find(holds).and_then(|service| service.service_endpoint.as_str());
    let server =
        server.ok_or_else(|| unknown("no server holds this account"))?.trim_end_matches('/').to_owned();
    may_be_asked(means, &server)?;
    Ok(Found { account: Account { did, handle, server } })
}

/// The account a handle leads to; `None` when it leads nowhere.
pub(super) async fn resolve(
    means: &Means,
    server: &str,
    handle: &str,
) -> Result<Option<String>, ChannelError> {
    let call = xrpc::ask(server, "com.atproto.identity.resolveHandle", vec![("handle", handle.to_owned())]);
    match xrpc::call(means, &call, &[]).await {
        Ok(reply) => reply.read().map(|found: Resolved| Some(found.did)).map_err(Failure::of_asking),
        Err(Failure::Refused(refusal)) if matches!(refusal.status, 400 | 404) => Ok(None),
        Err(failure) => Err(failure.of_asking()),
    }
}

async fn document(means: &Means, did: &str) -> Result<Document, ChannelError> {
    let url = match (did.strip_prefix("did:plc:"), did.strip_prefix("did:web:")) {
        (Some(rest), _) if rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) => {
            format!("{}/{did}", means.directories.plc)
        }
        (_, Some(host)) if is_handle(host) => format!("https://{host}/.well-known/did.json"),
        _ => return Err(unknown("the account has a kind of name this program does not know")),
    };
    let call = Call::get(url);
    let reply = xrpc::call(means, &call, &[]).await.map_err(Failure::of_asking)?;
    reply.read().map_err(Failure::of_asking)
}

/// Only servers with TLS are talked to, and on this machine alone those of tests.
pub(super) fn may_be_asked(means: &Means, address: &str) -> Result<(), ChannelError> {
    if means.outside.may_ask(address) {
        Ok(())
    } else {
        Err(unknown("the account's server has no address that can be trusted"))
    }
}

/// A host name with at least one dot.
fn is_handle(text: &str) -> bool {
    let name = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(name)
}

fn unknown(why: &str) -> ChannelError {
    ChannelError::Reconnect(why.to_owned())
}
