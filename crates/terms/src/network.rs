//! The networks a channel can be on.

use std::fmt;

/// A network; consent is given per network kind, and each has one file in `channels` once it is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The trust's own public news page.
    Website,
    /// X, formerly Twitter.
    X,
    /// A Facebook Page.
    Facebook,
    /// A professional Instagram account.
    Instagram,
    /// An account on any Mastodon server.
    Mastodon,
    /// An account on Bluesky.
    Bluesky,
}

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network")]
pub struct UnknownNetwork(pub String);

impl Network {
    /// All networks.
    pub const ALL: [Self; 6] =
        [Self::Website, Self::X, Self::Facebook, Self::Instagram, Self::Mastodon, Self::Bluesky];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Website => "website",
            Self::X => "x",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::Mastodon => "mastodon",
            Self::Bluesky => "bluesky",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownNetwork> {
        Self::ALL.into_iter().find(|n| n.as_str() == text).ok_or_else(|| UnknownNetwork(text.to_owned()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Website => "Website",
            Self::X => "X",
            Self::Facebook => "Facebook",
            Self::Instagram => "Instagram",
            Self::Mastodon => "Mastodon",
            Self::Bluesky => "Bluesky",
        })
    }
}
