//! Release orders: exactly what a channel may publish, frozen when it was approved and bound by hash.

use cleansheet_terms::{Digest, Network, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Approve, Permit, Send};

/// Why an order cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The stored text has another hash than the one that was approved.
    #[error("the stored release order is not the one that was approved")]
    Changed,
    /// The stored text is no release order.
    #[error("the stored release order cannot be read")]
    Unreadable,
    /// The permit is for another post or channel.
    #[error("this permit is for another post or channel")]
    WrongPermit,
}

/// What goes out, as it was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderContent {
    /// The whole text.
    pub text: String,
    /// The text of each post, in order, where the whole one is too long for one post; empty otherwise.
    pub thread: Vec<String>,
    /// In order.
    pub pictures: Vec<OrderPicture>,
    /// Names the post on the channel; random, says nothing about anybody.
    pub record_key: String,
}

/// One rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPicture {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// What it shows, in words.
    pub alt_text: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The frozen payload for one channel.
///
/// INVARIANT: a new one is made only out of a permit to approve; a stored one is read only with the hash it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOrder {
    payload: Payload,
    json: String,
    hash: Digest,
}

/// The fields in the order in which they are written and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    post: String,
    channel: String,
    network: Network,
    made_at: Timestamp,
    record_key: String,
    text: String,
    /// Left out when it is empty: orders from before there were threads keep their hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    thread: Vec<String>,
    pictures: Vec<OrderPicture>,
}

impl ReleaseOrder {
    /// Freezes what was approved. Post, channel, network and instant are the permit's.
    pub fn freeze(permit: Permit<Approve>, content: OrderContent) -> Self {
        let payload = Payload {
            post: permit.post().to_owned(),
            channel: permit.channel().to_owned(),
            network: permit.network(),
            made_at: permit.at(),
            record_key: content.record_key,
            text: content.text,
            thread: content.thread,
            pictures: content.pictures,
        };
        let json = written(&payload);
        let hash = Digest::of(json.as_bytes());
        Self { payload, json, hash }
    }

    /// Reads a stored order; refuses when its hash is not `hash`.
    pub fn from_stored(json: &str, hash: &Digest) -> Result<Self, OrderError> {
        if Digest::of(json.as_bytes()) != *hash {
            return Err(OrderError::Changed);
        }
        let payload: Payload = serde_json::from_str(json).map_err(|_| OrderError::Unreadable)?;
        // Two texts for one order would be two hashes for one thing that was approved.
        if written(&payload) != json {
            return Err(OrderError::Unreadable);
        }
        Ok(Self { payload, json: json.to_owned(), hash: *hash })
    }

    /// The post's id.
    pub fn post(&self) -> &str {
        &self.payload.post
    }

    /// The channel's id.
    pub fn channel(&self) -> &str {
        &self.payload.channel
    }

    /// The channel's network.
    pub fn network(&self) -> Network {
        self.payload.network
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.payload.text
    }

    /// The text of each post: the whole one, or those of a thread in order. The pictures go with the first.
    pub fn texts(&self) -> &[String] {
        if self.payload.thread.is_empty() {
            std::slice::from_ref(&self.payload.text)
        } else {
            &self.payload.thread
        }
    }

    /// The renditions, in order.
    pub fn pictures(&self) -> &[OrderPicture] {
        &self.payload.pictures
    }

    /// Names the post on the channel.
    pub fn record_key(&self) -> &str {
        &self.payload.record_key
    }

    /// When it was approved.
    pub fn made_at(&self) -> Timestamp {
        self.payload.made_at
    }

    /// SHA-256 of [`ReleaseOrder::to_json`].
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// As it is stored and hashed.
    pub fn to_json(&self) -> String {
        self.json.clone()
    }

    /// Clears the order for the network: only the decision at the instant of sending can.
    pub fn clear(self, permit: Permit<Send>) -> Result<Cleared, OrderError> {
        let same = permit.post() == self.post()
            && permit.channel() == self.channel()
            && permit.network() == self.network();
        if same { Ok(Cleared(self)) } else { Err(OrderError::WrongPermit) }
    }
}

/// An order that may leave now. Channels publish nothing else; it cannot be copied or stored.
#[derive(Debug)]
pub struct Cleared(ReleaseOrder);

impl Cleared {
    /// What may leave.
    pub fn order(&self) -> &ReleaseOrder {
        &self.0
    }
}

/// The one text of a payload, JSON with the fields in the order of [`Payload`].
fn written(payload: &Payload) -> String {
    // Strings, numbers and a list of them: this cannot fail; were it to, the hash of nothing matches no order.
    serde_json::to_string(payload).unwrap_or_default()
}
