//! Posts as the server answers with them, and how letters are counted there.

use std::sync::LazyLock;

use cleansheet_terms::Timestamp;
use regex::Regex;
use serde::Deserialize;

use crate::{bluesky, links::links};

/// `@name@server`, of which only `@name` is counted (<https://docs.joinmastodon.org/user/posting/#characters>).
static MENTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(@[\w.-]*\w)@[\w.-]*\w").ok());
/// What ends a line, in the HTML that the server makes of words.
static BREAK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<br ?/?>|</p>\s*<p>").ok());
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<[^>]*>").ok());

/// A post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) id: String,
    pub(super) url: Option<String>,
    pub(super) uri: String,
    pub(super) created_at: Option<Timestamp>,
    pub(super) in_reply_to_id: Option<String>,
    pub(super) media_attachments: Vec<Attachment>,
    /// Somebody else's post that it shows again.
    pub(super) reblog: Option<serde_json::Value>,
}

/// A picture of a post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attachment {
    pub(super) id: String,
    /// `None` while the server works on it.
    pub(super) url: Option<String>,
    pub(super) description: Option<String>,
}

/// The words of a post as they were sent.
#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) text: String,
}

/// An uploaded picture in the trail: the server's name for it and, as soon as it is known, where the public gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) id: String,
    pub(super) url: Option<String>,
    /// A post with it was asked for, ever: it may be in one.
    pub(super) asked: bool,
}

/// Behind the address of a picture that a post was asked for with.
const ASKED: &str = " asked";

impl Part {
    pub(super) fn of(attachment: Attachment) -> Self {
        Self { id: attachment.id, url: attachment.url, asked: false }
    }

    pub(super) fn read(kept: &str) -> Self {
        let (kept, asked) = kept.strip_suffix(ASKED).map_or((kept, false), |kept| (kept, true));
        match kept.split_once(' ') {
            Some((id, url)) => Self { id: id.to_owned(), url: Some(url.to_owned()), asked },
            None => Self { id: kept.to_owned(), url: None, asked },
        }
    }

    pub(super) fn written(&self) -> String {
        let url = self.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        format!("{}{url}{}", self.id, if self.asked { ASKED } else { "" })
    }
}

/// Letters as a reader counts them, each address that names its scheme as `link`, and of a mention only the name.
///
/// - `link`: what the server counts for an address; 23 usually.
pub fn letters(text: &str, link: usize) -> usize {
    let (mut counted, mut from) = (0, 0);
    for found in links(text).into_iter().filter(|found| found.with_scheme) {
        counted += plain(text.get(from..found.bytes.start).unwrap_or_default()) + link;
        from = found.bytes.end;
    }
    counted + plain(text.get(from..).unwrap_or_default())
}

fn plain(text: &str) -> usize {
    match MENTION.as_ref() {
        Some(mention) => bluesky::letters(&mention.replace_all(text, "$1")),
        None => bluesky::letters(text),
    }
}

/// The words of what the server gives as HTML.
pub(super) fn words(html: &str) -> String {
    let (Some(breaks), Some(tags)) = (BREAK.as_ref(), TAG.as_ref()) else { return html.to_owned() };
    let lines = breaks.replace_all(html, "\n");
    let mut text = tags.replace_all(&lines, "").into_owned();
    // The ampersand last: it is what the others are written with.
    for (written, meant) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        text = text.replace(written, meant);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Part, letters, words};

    #[test]
    fn a_part_is_read_as_it_was_written() {
        for (url, asked) in
            [(None, false), (Some("https://a.example/1.jpg"), false), (Some("https://a.example/1.jpg"), true)]
        {
            let part = Part { id: "1".into(), url: url.map(str::to_owned), asked };
            assert_eq!(Part::read(&part.written()), part);
        }
    }

    #[test]
    fn an_address_counts_the_same_however_long_and_a_mention_without_its_server() {
        assert_eq!(letters("Full time: 3–2 👨‍👩‍👧", 23), 16);
        assert_eq!(letters("See https://fenland.org/news/2026/a-long-report", 23), 4 + 23);
        assert_eq!(letters("See https://fenland.org/news/2026/a-long-report", 10), 4 + 10);
        assert_eq!(letters("fenland.org", 23), 11, "without its scheme it is no address there");
        assert_eq!(letters("Thanks @fenland@social.example!", 23), "Thanks @fenland!".len());
    }

    #[test]
    fn words_come_without_their_marks() {
        assert_eq!(words("<p>A &amp; B<br />next</p><p>&lt;3</p>"), "A & B\nnext\n<3");
    }
}
