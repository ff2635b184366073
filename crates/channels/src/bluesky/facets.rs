//! What in a text becomes a link, a hashtag or a mention. Bluesky's servers find none of it themselves: a post carries
//! its own marks, each with the bytes (of UTF-8, not letters) that it covers.
//!
//! The rules are those of the network's own program, so that people see what they are used to. One differs: a bare
//! address (`example.org`) becomes a link only under an ending that is common here, not under each of the 1,400 there are.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation as _;

/// Endings under which a bare address is taken for one.
const ENDINGS: [&str; 26] = [
    "app",
    "biz",
    "charity",
    "club",
    "co",
    "com",
    "community",
    "cymru",
    "eu",
    "football",
    "foundation",
    "gg",
    "ie",
    "info",
    "io",
    "london",
    "me",
    "net",
    "news",
    "online",
    "org",
    "scot",
    "social",
    "tv",
    "uk",
    "wales",
];
/// Most letters of a hashtag, as a reader counts them.
const TAG_LETTERS: usize = 64;

/// Letters and digits a hashtag needs at least one of: anything but digits, spaces and punctuation.
static SIGNIFICANT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[^0-9\s\p{P}]").ok());
static PUNCTUATION_AT_END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{P}+$").ok());

/// One marked part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Bytes of the text's UTF-8.
    pub bytes: Range<usize>,
    /// What it leads to.
    pub to: Target,
}

/// What a marked part leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A web address.
    Link(String),
    /// A hashtag, without its sign.
    Tag(String),
    /// A handle, without its sign; it has to be resolved before it can be sent.
    Mention(String),
}

/// Letters as a reader counts them (grapheme clusters): a family emoji is one.
pub fn letters(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Everything in a text that leads somewhere, in order; the parts do not overlap.
pub(super) fn marks(text: &str) -> Vec<Mark> {
    let (mut found, mut free_from, mut before) = (Vec::new(), 0, None);
    for (at, letter) in text.char_indices() {
        let opens = before.is_none_or(|b: char| b.is_whitespace() || b == '(');
        let after_space = before.is_none_or(char::is_whitespace);
        before = Some(letter);
        if at < free_from || !opens {
            continue;
        }
        let Some(rest) = text.get(at..) else { continue };
        let mark = match letter {
            '@' => mention(rest),
            '#' | '＃' if after_space => tag(rest, letter.len_utf8()),
            _ => link(rest),
        };
        if let Some((length, to)) = mark {
            free_from = at + length;
            found.push(Mark { bytes: at..free_from, to });
        }
    }
    found
}

fn mention(rest: &str) -> Option<(usize, Target)> {
    let after = rest.get(1..)?;
    let run =
        after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(after.len());
    let handle = after.get(..run)?.trim_end_matches(['.', '-']);
    // `@some_body` is no handle that was cut short.
    let cut = handle.len() == run && after.get(run..).is_some_and(|next| next.starts_with('_'));
    if cut || !handle.contains('.') || handle.starts_with('.') || handle.contains("..") {
        return None;
    }
    Some((1 + handle.len(), Target::Mention(handle.to_owned())))
}

fn link(rest: &str) -> Option<(usize, Target)> {
    let run = rest.get(..rest.find(char::is_whitespace).unwrap_or(rest.len()))?;
    let lower = run.to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
    if scheme.is_none() && !is_bare_address(&lower) {
        return None;
    }
    let mut shown = run.strip_suffix(['.', ',', ';', ':', '!', '?']).unwrap_or(run);
    if !shown.contains('(') {
        shown = shown.strip_suffix(')').unwrap_or(shown);
    }
    match scheme {
        Some(scheme) if shown.len() <= scheme.len() => None,
        Some(_) => Some((shown.len(), Target::Link(shown.to_owned()))),
        None => Some((shown.len(), Target::Link(format!("https://{shown}")))),
    }
}

/// `name.ending`, perhaps with more names before and a path behind.
fn is_bare_address(run: &str) -> bool {
    let end = run.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(run.len());
    let domain = run.get(..end).unwrap_or_default().trim_end_matches('.');
    let mut names = domain.split('.');
    let first = names.next().unwrap_or_default();
    let rest: Vec<&str> = names.collect();
    first.starts_with(|c: char| c.is_ascii_alphabetic())
        && rest.iter().all(|name| !name.is_empty())
        && rest.last().is_some_and(|ending| ENDINGS.contains(ending))
}

fn tag(rest: &str, sign: usize) -> Option<(usize, Target)> {
    let after = rest.get(sign..)?;
    let body = after.get(..after.find(ends_tag).unwrap_or(after.len()))?;
    // A hash sign drawn as an emoji.
    if body.starts_with('\u{fe0f}') || !SIGNIFICANT.as_ref()?.is_match(body) {
        return None;
    }
    let kept = match PUNCTUATION_AT_END.as_ref()?.find(body) {
        Some(end) => body.get(..end.start())?,
        None => body,
    };
    if kept.is_empty() || letters(kept) > TAG_LETTERS {
        return None;
    }
    Some((sign + kept.len(), Target::Tag(kept.to_owned())))
}

/// Spaces, and marks without width that would make two tags look alike.
fn ends_tag(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{2060}' | '\u{200a}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{20e2}')
}

#[cfg(test)]
mod tests {
    use super::{Target, letters, marks};

    /// `[shown -> where]` for each mark.
    fn drawn(text: &str) -> Vec<String> {
        let one = |mark: super::Mark| {
            let shown = &text[mark.bytes];
            match mark.to {
                Target::Link(to) => format!("{shown} -> {to}"),
                Target::Tag(tag) => format!("{shown} -> #{tag}"),
                Target::Mention(handle) => format!("{shown} -> @{handle}"),
            }
        };
        marks(text).into_iter().map(one).collect()
    }

    #[test]
    fn addresses_become_links_without_the_punctuation_behind_them() {
        let cases: [(&str, &[&str]); 16] = [
            ("see https://middle.com end", &["https://middle.com -> https://middle.com"]),
            ("see https://a.org/b?c=d#e", &["https://a.org/b?c=d#e -> https://a.org/b?c=d#e"]),
            (
                "https://n1.com\nhttps://n2.com",
                &["https://n1.com -> https://n1.com", "https://n2.com -> https://n2.com"],
            ),
            ("👨‍👩‍👧‍👧 https://middle.com 👨‍👩‍👧‍👧", &["https://middle.com -> https://middle.com"]),
            ("at middle.com/foo/bar, then", &["middle.com/foo/bar -> https://middle.com/foo/bar"]),
            ("a trailing bsky.app: colon", &["bsky.app -> https://bsky.app"]),
            ("our site fenland.org.uk.", &["fenland.org.uk -> https://fenland.org.uk"]),
            ("(https://foo.com)", &["https://foo.com -> https://foo.com"]),
            (
                "but https://foo.com/thing_(cool)",
                &["https://foo.com/thing_(cool) -> https://foo.com/thing_(cool)"],
            ),
            (
                "https://foo.com, https://bar.com/x; https://baz.com.",
                &[
                    "https://foo.com -> https://foo.com",
                    "https://bar.com/x -> https://bar.com/x",
                    "https://baz.com -> https://baz.com",
                ],
            ),
            ("not.. a..url ..here e.g. e.g./foo", &[]),
            ("something-cool.jpg website.com.jpg", &[]),
            ("score 3.2 and 10.30pm", &[]),
            ("https:// alone", &[]),
            ("mail press@example.org", &[]),
            ("HTTPS://Shouting.com", &["HTTPS://Shouting.com -> HTTPS://Shouting.com"]),
        ];
        for (text, expected) in cases {
            assert_eq!(drawn(text), expected, "{text}");
        }
    }

    #[test]
    fn hashtags_end_where_a_reader_would_end_them() {
        let long = format!("#{}", "a".repeat(65));
        let cases: [(&str, &[&str]); 14] = [
            ("#a #b", &["#a -> #a", "#b -> #b"]),
            ("#1 #", &[]),
            ("body #1a", &["#1a -> #1a"]),
            ("its a #double#rainbow", &["#double#rainbow -> #double#rainbow"]),
            ("##hashash", &["##hashash -> ##hashash"]),
            ("some #n0n3s@n5e!", &["#n0n3s@n5e -> #n0n3s@n5e"]),
            (
                "#punctuation, #like. #this!",
                &["#punctuation -> #punctuation", "#like -> #like", "#this -> #this"],
            ),
            ("strips #multi_trailing___...", &["#multi_trailing -> #multi_trailing"]),
            ("works with #🦋 emoji, and #butter🦋fly", &["#🦋 -> #🦋", "#butter🦋fly -> #butter🦋fly"]),
            ("this #️⃣tag should not be a tag", &[]),
            ("this ##️⃣tag should", &["##️⃣tag -> ##️⃣tag"]),
            ("this #t\nag should", &["#t -> #t"]),
            ("not(#in brackets", &[]),
            (&long, &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(drawn(text), expected, "{text}");
        }
    }

    #[test]
    fn handles_become_mentions_to_be_resolved() {
        let cases: [(&str, &[&str]); 9] = [
            ("no mention, not@right", &[]),
            ("@handle.com middle end", &["@handle.com -> @handle.com"]),
            ("@full123-chars.test", &["@full123-chars.test -> @full123-chars.test"]),
            ("@handle.com!@#$chars", &["@handle.com -> @handle.com"]),
            ("@handle.com\n@handle.com", &["@handle.com -> @handle.com", "@handle.com -> @handle.com"]),
            ("parenthetical (@handle.com)", &["@handle.com -> @handle.com"]),
            ("👨‍👩‍👧‍👧 @handle.com.", &["@handle.com -> @handle.com"]),
            ("@nobody @half.a_b", &[]),
            ("@.. @.a.b", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(drawn(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_bytes_and_letters_are_what_a_reader_counts() {
        let text = "Größe: 👨‍👩‍👧‍👧 #Tor https://a.org";
        let places: Vec<_> = marks(text).into_iter().map(|mark| mark.bytes).collect();
        assert_eq!(places, [35..39, 40..53]);
        assert_eq!(letters("👨‍👩‍👧‍👧"), 1);
        assert_eq!(letters("e\u{301}t"), 2);
        assert_eq!(letters(""), 0);
    }
}
