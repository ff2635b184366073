//! What one post on a network may carry, as far as it is known before the network is asked.

use cleansheet_terms::Network;
use serde::{Deserialize, Serialize};

use crate::{bluesky, links::links, mastodon, website, x};

/// What one post on a network may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The network.
    pub network: Network,
    /// Most letters of text, as `counts` says.
    pub text_letters: usize,
    /// Most bytes of text.
    pub text_bytes: usize,
    /// What the network takes for a letter.
    pub counts: Count,
    /// A text that is too long may go out as several posts, each answering the one before.
    pub threads: bool,
    /// Most pictures.
    pub pictures: usize,
    /// There is no post without a picture.
    pub needs_picture: bool,
    /// Most bytes of one picture.
    pub picture_bytes: usize,
    /// Longest side of a picture in pixels.
    pub picture_side_px: u32,
    /// Which shapes a picture may have; `None` for any.
    pub shape: Option<Shape>,
    /// The public gets the very bytes that were approved; otherwise the network makes its own copies of them.
    pub keeps_bytes: bool,
    /// Most Unicode code points of an alt text.
    pub alt_text_letters: usize,
    /// Whether a take-down can be asked of the network by program; otherwise a named person has to do it.
    pub takes_down: bool,
    /// How many take-downs it takes, when it says nothing else; `None` when no such limit is known.
    pub take_downs: Option<Rate>,
    /// How many posts it takes, when it says nothing else; `None` when no such limit is known.
    pub posts: Option<Rate>,
    /// Whether what was public before can be listed by program: then the channel is an [`crate::OldPosts`].
    pub lists_old: bool,
    /// What the network charges for calls; `None` when nothing.
    pub price: Option<Price>,
}

/// What a network takes for a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// A Unicode code point.
    CodePoints,
    /// What a reader sees as one: a family emoji, a letter with its accent.
    AsRead,
    /// The same, but each web address that names its scheme counts as many, however long it is, and of a mention only the
    /// name.
    LinksAs(usize),
    /// X's weights: letters of other scripts and emoji are two, a web address is 23.
    Weighted,
}

/// Pictures between two shapes, each a width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The tallest that is taken, for example `(4, 5)`.
    pub tallest: (u32, u32),
    /// The widest that is taken, for example `(191, 100)`.
    pub widest: (u32, u32),
}

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls.
    pub calls: u32,
    /// Seconds.
    pub seconds: u32,
}

/// What calls cost, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// A post without a link.
    pub post: u64,
    /// A post with a link.
    pub post_with_link: u64,
    /// An alt text.
    pub alt_text: u64,
    /// A take-down.
    pub take_down: u64,
    /// One post of one's own that is read.
    pub read: u64,
}

impl Price {
    /// What an order costs to publish, in millionths of a US dollar.
    ///
    /// - `texts`: of each post; more than one for a thread.
    /// - `alt_texts`: pictures that are described.
    pub fn of(&self, texts: &[String], alt_texts: usize) -> u64 {
        let post = |text: &String| if links(text).is_empty() { self.post } else { self.post_with_link };
        texts.iter().map(post).sum::<u64>() + self.alt_text * u64::try_from(alt_texts).unwrap_or(u64::MAX)
    }

    /// Whether it is dearer for a web address in it.
    pub fn is_for_a_link(&self, texts: &[String]) -> bool {
        self.post_with_link > self.post && texts.iter().any(|text| !links(text).is_empty())
    }
}

/// Millionths of a US dollar for people, rounded up to whole cents: `$0.23`.
pub fn dollars(micro: u64) -> String {
    let cents = micro.div_ceil(10_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// What an account's own server says of itself, where it differs from the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Most letters of text.
    pub text_letters: Option<usize>,
    /// Most pictures.
    pub pictures: Option<usize>,
    /// Most bytes of one picture.
    pub picture_bytes: Option<usize>,
    /// Most Unicode code points of an alt text.
    pub alt_text_letters: Option<usize>,
    /// What a web address counts.
    pub link_letters: Option<usize>,
}

/// A text that a network would not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{has} {unit} of text; {network} takes {may}")]
pub struct TooLong {
    /// Where.
    pub network: Network,
    /// How many there are.
    pub has: usize,
    /// How many there may be.
    pub may: usize,
    /// Of what: `letters` or `bytes`.
    pub unit: &'static str,
}

impl Capabilities {
    /// As this account's own server has it.
    #[must_use]
    pub fn within(self, limits: &Limits) -> Self {
        Self {
            text_letters: limits.text_letters.unwrap_or(self.text_letters),
            pictures: limits.pictures.unwrap_or(self.pictures),
            picture_bytes: limits.picture_bytes.unwrap_or(self.picture_bytes).min(self.picture_bytes),
            alt_text_letters: limits.alt_text_letters.unwrap_or(self.alt_text_letters),
            counts: match (self.counts, limits.link_letters) {
                (Count::LinksAs(_), Some(letters)) => Count::LinksAs(letters),
                (counts, _) => counts,
            },
            ..self
        }
    }

    /// Letters of a text, as this network counts them.
    pub fn letters(&self, text: &str) -> usize {
        match self.counts {
            Count::CodePoints => text.chars().count(),
            Count::AsRead => bluesky::letters(text),
            Count::LinksAs(letters) => mastodon::letters(text, letters),
            Count::Weighted => x::letters(text),
        }
    }

    /// What is too much in a text; `None` when it fits.
    pub fn too_long(&self, text: &str) -> Option<TooLong> {
        let over = |has, may, unit| TooLong { network: self.network, has, may, unit };
        let (letters, bytes) = (self.letters(text), text.len());
        if letters > self.text_letters {
            Some(over(letters, self.text_letters, "letters"))
        } else if bytes > self.text_bytes {
            Some(over(bytes, self.text_bytes, "bytes"))
        } else {
            None
        }
    }
}

/// What a post on a network may carry; `None` while this program cannot publish there.
pub fn capabilities(network: Network) -> Option<Capabilities> {
    match network {
        Network::Website => Some(website::CAPABILITIES),
        Network::Bluesky => Some(bluesky::CAPABILITIES),
        Network::X => Some(x::CAPABILITIES),
        Network::Mastodon => Some(mastodon::CAPABILITIES),
        Network::Facebook | Network::Instagram => None,
    }
}
