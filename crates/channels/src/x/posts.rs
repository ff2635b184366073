//! Posts as X answers with them. X shortens every web address, adds one for the pictures and writes `&`, `<` and `>` as
//! HTML does: all of it is undone before the words are compared.

use std::collections::BTreeMap;

use cleansheet_terms::Timestamp;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::links::links;

/// Fields that are asked for with a post, and with its pictures.
pub(super) const FIELDS: &str = "attachments,created_at,entities,id,note_post,text";
pub(super) const MEDIA_FIELDS: &str = "alt_text,media_key,type,url";
pub(super) const EXPANSIONS: &str = "attachments.media_keys";

/// One post, or several, with what belongs to them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered<T> {
    pub(super) data: T,
    pub(super) includes: Includes,
    pub(super) meta: Meta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Includes {
    pub(super) media: Vec<Media>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub(super) newest_id: Option<String>,
}

/// A picture of a post.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Media {
    pub(super) media_key: String,
    pub(super) alt_text: String,
    pub(super) url: Option<String>,
}

/// A post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Post {
    pub(super) id: String,
    text: String,
    pub(super) created_at: Option<Timestamp>,
    attachments: Attachments,
    entities: Entities,
    /// The whole of a text that is longer than 280.
    note_post: Option<Note>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attachments {
    media_keys: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entities {
    urls: Option<Vec<Url>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Note {
    text: String,
    entities: Entities,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Url {
    url: String,
    expanded_url: String,
    media_key: Option<String>,
}

impl Post {
    /// X's names of its pictures, in order.
    pub(super) fn media_keys(&self) -> &[String] {
        self.attachments.media_keys.as_deref().unwrap_or_default()
    }

    /// Its pictures, in order, out of what came with it.
    pub(super) fn media(&self, includes: &Includes) -> Vec<Media> {
        let by_key: BTreeMap<&str, &Media> =
            includes.media.iter().map(|media| (media.media_key.as_str(), media)).collect();
        let one = |key: &String| {
            let bare = || Media { media_key: key.clone(), ..Media::default() };
            by_key.get(key.as_str()).map_or_else(bare, |media| (*media).clone())
        };
        self.media_keys().iter().map(one).collect()
    }

    /// Its words. Where they say the same as what was approved, in the approved letters: X drops spaces at the ends and
    /// composes accents.
    ///
    /// - `approved`: what was sent.
    pub(super) fn words(&self, approved: &str) -> String {
        let (text, urls) = match &self.note_post {
            Some(note) => (note.text.as_str(), note.entities.urls.as_deref()),
            None => (self.text.as_str(), self.entities.urls.as_deref()),
        };
        let urls = urls.unwrap_or_default();
        let ours: Vec<&str> =
            links(approved).into_iter().filter_map(|link| approved.get(link.bytes)).collect();
        let (mut words, mut from, mut nth) = (String::new(), 0, 0);
        for url in urls {
            let Some(at) =
                text.get(from..).and_then(|rest| rest.find(&url.url)).filter(|_| !url.url.is_empty())
            else {
                continue;
            };
            words += text.get(from..from + at).unwrap_or_default();
            from += at + url.url.len();
            if url.media_key.is_some() || is_of_pictures(&url.expanded_url) {
                continue;
            }
            let written = ours.get(nth).filter(|written| is_same(written, &url.expanded_url));
            words += written.copied().unwrap_or(&url.expanded_url);
            nth += 1;
        }
        words += text.get(from..).unwrap_or_default();
        let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        if plain(&words) == plain(approved) { approved.to_owned() } else { words }
    }
}

fn plain(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The address that X adds for a post's own pictures.
fn is_of_pictures(expanded: &str) -> bool {
    let own = ["https://x.com/", "https://twitter.com/"].iter().any(|start| expanded.starts_with(start));
    own && (expanded.contains("/photo/") || expanded.contains("/video/"))
}

/// Whether X's long form of an address is the one that was written: it adds a scheme and a slash.
fn is_same(written: &str, expanded: &str) -> bool {
    let bare = |address: &str| {
        let address = address.split_once("://").map_or(address, |(_, rest)| rest);
        address.trim_end_matches('/').to_lowercase()
    };
    bare(written) == bare(expanded)
}

/// An uploaded picture in the trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// X's name for it until it is in a post.
    pub(super) id: String,
    /// X's name for it in the post.
    pub(super) key: String,
    /// Second since 1970 at which X drops it when no post shows it.
    pub(super) until: i64,
    /// Where the public gets it, once it is in a post.
    pub(super) url: Option<String>,
}

impl Part {
    pub(super) fn read(kept: &str) -> Self {
        let mut words = kept.split(' ');
        let mut next = || words.next().unwrap_or_default().to_owned();
        let (id, key, until) = (next(), next(), next().parse().unwrap_or(0));
        Self { id, key, until, url: words.next().map(str::to_owned) }
    }

    pub(super) fn written(&self) -> String {
        let url = self.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        format!("{} {} {}{url}", self.id, self.key, self.until)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Part, Post};

    fn words(text: &str, urls: serde_json::Value, approved: &str) -> String {
        let post = json!({ "id": "1", "text": text, "entities": { "urls": urls } });
        serde_json::from_value::<Post>(post).map(|post| post.words(approved)).unwrap_or_default()
    }

    #[test]
    fn what_x_makes_of_the_words_is_undone() {
        let approved = "A & B <3 fenland.org, https://fenland.org/news?a=1&b=2 now";
        let urls = json!([
            { "url": "https://t.co/aaaaaaaaaa", "expanded_url": "http://fenland.org" },
            { "url": "https://t.co/bbbbbbbbbb", "expanded_url": "https://fenland.org/news?a=1&b=2" },
            { "url": "https://t.co/cccccccccc", "expanded_url": "https://x.com/fenland/status/1/photo/1", "media_key": "3_1" },
        ]);
        let text =
            "A &amp; B &lt;3 https://t.co/aaaaaaaaaa, https://t.co/bbbbbbbbbb now https://t.co/cccccccccc";
        assert_eq!(words(text, urls, approved), approved);
    }

    #[test]
    fn another_address_is_seen() {
        let urls = json!([{ "url": "https://t.co/aaaaaaaaaa", "expanded_url": "https://elsewhere.org/" }]);
        assert_eq!(
            words("See https://t.co/aaaaaaaaaa", urls, "See fenland.org"),
            "See https://elsewhere.org/"
        );
    }

    #[test]
    fn a_part_is_read_as_it_was_written() {
        for url in [None, Some("https://pbs.example/a.jpg".to_owned())] {
            let part = Part { id: "1".into(), key: "3_1".into(), until: 7, url };
            assert_eq!(Part::read(&part.written()), part);
        }
    }
}
