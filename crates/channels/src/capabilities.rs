//! What one post on a network may carry, as far as it is known before the network is asked.

use cleansheet_terms::Network;
use serde::{Deserialize, Serialize};

use crate::{bluesky, facebook, instagram, links::links, mastodon, website, x};

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
    /// Most hashtags in a text; `None` for any number.
    pub hashtags: Option<usize>,
    /// Most mentions in a text; `None` for any number.
    pub mentions: Option<usize>,
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
#[error("the text has {has} {unit}; {network} takes {may}")]
pub struct TooLong {
    /// Where.
    pub network: Network,
    /// How many there are.
    pub has: usize,
    /// How many there may be.
    pub may: usize,
    /// Of what: `letters`, `bytes`, `hashtags` or `mentions`.
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

    /// How many hashtags and mentions a text has, how many it may have where that is limited, and the word for them.
    pub fn marked(&self, text: &str) -> [(usize, Option<usize>, &'static str); 2] {
        [(marks(text, '#'), self.hashtags, "hashtags"), (marks(text, '@'), self.mentions, "mentions")]
    }

    /// What is too much in a text; `None` when it fits.
    pub fn too_long(&self, text: &str) -> Option<TooLong> {
        let over = |has, may, unit| TooLong { network: self.network, has, may, unit };
        let (letters, bytes) = (self.letters(text), text.len());
        [(letters, Some(self.text_letters), "letters"), (bytes, Some(self.text_bytes), "bytes")]
            .into_iter()
            .chain(self.marked(text))
            .find_map(|(has, may, unit)| may.filter(|may| has > *may).map(|may| over(has, may, unit)))
    }
}

/// How many words of a text begin with a sign: hashtags, mentions. An address of mail is none.
fn marks(text: &str, sign: char) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut before, mut found) = (' ', 0);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = letter == sign && !is_word(before) && letters.peek().is_some_and(|next| is_word(*next));
        found += usize::from(begins);
        before = letter;
    }
    found
}

impl Shape {
    /// The size of the frame that a picture needs around it to have a shape that is taken: itself when it has one.
    /// Nothing is ever cut off.
    ///
    /// - `width`, `height`: pixels.
    pub fn frame(self, width: u32, height: u32) -> (u32, u32) {
        let part = |length: u32, (over, under): (u32, u32)| {
            let length = u64::from(length) * u64::from(over);
            u32::try_from(length.div_ceil(u64::from(under).max(1))).unwrap_or(u32::MAX)
        };
        let (tall, wide) = (self.tallest, self.widest);
        (width.max(part(height, tall)), height.max(part(width, (wide.1, wide.0))))
    }

    /// Whether a picture of this size is taken as it is. One pixel is nothing: sizes are whole numbers.
    pub fn takes(self, width: u32, height: u32) -> bool {
        let (framed_width, framed_height) = self.frame(width, height);
        framed_width <= width + 1 && framed_height <= height + 1
    }
}

/// What a post on a network may carry; `None` while this program cannot publish there.
pub fn capabilities(network: Network) -> Option<Capabilities> {
    match network {
        Network::Website => Some(website::CAPABILITIES),
        Network::Bluesky => Some(bluesky::CAPABILITIES),
        Network::Facebook => Some(facebook::CAPABILITIES),
        Network::Instagram => Some(instagram::CAPABILITIES),
        Network::X => Some(x::CAPABILITIES),
        Network::Mastodon => Some(mastodon::CAPABILITIES),
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Network;

    use super::{Shape, capabilities, marks};

    #[test]
    fn hashtags_and_mentions_are_counted_as_words() {
        assert_eq!(marks("#one #two_2, (#three) mail#four # #", '#'), 3);
        assert_eq!(marks("@fenland and jo@example.org, @ @b", '@'), 2);
        assert_eq!(marks("", '#'), 0);
    }

    #[test]
    fn too_many_hashtags_are_said_before_instagram_says_it() {
        let can = capabilities(Network::Instagram).unwrap();
        let tags = |n: usize| "#goal ".repeat(n);
        assert_eq!(can.too_long(&tags(30)), None);
        let over = can.too_long(&tags(31)).unwrap();
        assert_eq!(over.to_string(), "the text has 31 hashtags; Instagram takes 30");
        let over = can.too_long(&"@fenland ".repeat(21)).unwrap();
        assert_eq!((over.has, over.may, over.unit), (21, 20, "mentions"));
        assert_eq!(can.too_long(&"a".repeat(2201)).unwrap().unit, "letters");
    }

    #[test]
    fn a_frame_makes_a_picture_wider_or_taller_and_never_smaller() {
        let shape = Shape { tallest: (4, 5), widest: (191, 100) };
        assert_eq!(shape.frame(1000, 1000), (1000, 1000));
        assert_eq!(shape.frame(500, 2000), (1600, 2000));
        assert_eq!(shape.frame(1910, 500), (1910, 1000));
        assert_eq!(shape.frame(1080, 1350), (1080, 1350));
        assert!(shape.takes(1080, 1350) && shape.takes(1080, 566) && !shape.takes(1080, 500));
        for (width, height) in [(1, 5000), (5000, 1), (1440, 377), (333, 1440)] {
            let (wide, tall) = shape.frame(width, height);
            assert!(wide >= width && tall >= height && shape.takes(wide, tall), "{width} {height}");
        }
    }
}
