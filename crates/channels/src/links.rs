//! Web addresses in a text, as X and Mastodon find them: both count each as 23 letters, and X charges more for a post with
//! one. An address needs no `https://` in front where its ending is one that exists.
//!
//! The rules are those that X publishes with its conformance cases (<https://github.com/twitter/twitter-text>); Mastodon
//! takes only those that name a scheme. The endings are the root zone's, as that publication lists them.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

/// Most letters of one name between two dots, as the network writes it (RFC 1035, 2.3.4).
const NAME_LETTERS: usize = 63;
/// Longest address that is taken for one.
const ADDRESS_BYTES: usize = 4_096;
/// Most letters behind X's own short addresses.
const SHORT_LETTERS: usize = 40;
/// Endings of names, one a line.
static ENDINGS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("links/endings.txt").lines().collect());
/// Letters of the longest ending.
static LONGEST_ENDING: LazyLock<usize> =
    LazyLock::new(|| ENDINGS.iter().map(|ending| ending.chars().count()).max().unwrap_or_default());

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Bytes of the text's UTF-8.
    pub(crate) bytes: Range<usize>,
    /// `http://` or `https://` is in front of it.
    pub(crate) with_scheme: bool,
}

/// Every address in a text, in order; they do not overlap.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let (mut found, mut free_from, mut before) = (Vec::new(), 0, None);
    for (at, letter) in text.char_indices() {
        let preceding = before.replace(letter);
        if at < free_from {
            continue;
        }
        let Some(rest) = text.get(at..) else { continue };
        if let Some((length, with_scheme)) = link(rest, preceding) {
            free_from = at + length;
            found.push(Link { bytes: at..free_from, with_scheme });
        }
    }
    found
}

/// Length in bytes of the address at the beginning of `rest`, and whether it names a scheme.
fn link(rest: &str, before: Option<char>) -> Option<(usize, bool)> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || "@＠$#＃\u{fffe}\u{feff}\u{ffff}".contains(c)) {
        return None;
    }
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let start = scheme.map_or(0, str::len);
    if scheme.is_none() && before.is_some_and(|c| "-_./".contains(c) || is_accented(c)) {
        return None;
    }
    let after = rest.get(start..)?;
    let name = name(after, scheme.is_some())?;
    let behind = after.get(name..)?;
    let mut length = start + name + port(behind);
    length += path(rest.get(length..)?);
    length += query(rest.get(length..)?);
    let host = after.get(..name)?;
    if scheme.is_some() && host.eq_ignore_ascii_case("t.co") {
        length = shortened(rest, start + name)?;
    }
    (can_be_resolved(host) && length <= ADDRESS_BYTES).then_some((length, scheme.is_some()))
}

/// Length in bytes of the host name at the beginning of `text`: names and dots before an ending that exists.
///
/// - `any_letters`: of whatever script; otherwise Latin ones, so that a name begins behind a text without spaces.
fn name(text: &str, any_letters: bool) -> Option<usize> {
    let belongs =
        |c: char| c == '.' || c == '-' || c == '_' || if any_letters { is_of_name(c) } else { is_latin(c) };
    let run = text.get(..text.find(|c| !belongs(c)).unwrap_or(text.len()))?;
    run.char_indices().rev().filter(|(_, c)| *c == '.').find_map(|(dot, _)| {
        if !are_names(run.get(..dot)?) {
            return None;
        }
        // An ending may be of another script than the name in front of it.
        ending(text.get(dot + 1..)?).map(|length| dot + 1 + length)
    })
}

/// Names between dots: each begins and ends with a letter, and only the last has no `_` inside.
fn are_names(text: &str) -> bool {
    let sound = |name: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c != '-' && c != '_');
        edge(name.chars().next()) && edge(name.chars().next_back())
    };
    text.split('.').all(sound) && text.rsplit('.').next().is_some_and(|last| !last.contains('_'))
}

/// Length in bytes of the longest ending at the beginning of `text` that nothing goes on behind.
fn ending(text: &str) -> Option<usize> {
    let stops = |length: usize| {
        let next = text.get(length..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !(c.is_ascii_alphanumeric() || "@+-".contains(c)))
    };
    let lower = |length: usize| text.get(..length).map(str::to_lowercase);
    let coded = text.get(..4).filter(|start| start.eq_ignore_ascii_case("xn--")).map(|_| {
        4 + text.get(4..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count())
    });
    if let Some(length) = coded.filter(|length| *length > 4) {
        return Some(length);
    }
    let lengths: Vec<usize> =
        text.char_indices().take(*LONGEST_ENDING).map(|(at, letter)| at + letter.len_utf8()).collect();
    lengths.into_iter().rev().find(|length| {
        stops(*length) && lower(*length).is_some_and(|ending| ENDINGS.contains(ending.as_str()))
    })
}

fn port(text: &str) -> usize {
    let digits = text.strip_prefix(':').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if digits == 0 { 0 } else { 1 + digits }
}

/// Length in bytes of `/…` up to the last letter that can end it: no full stop, no comma.
fn path(text: &str) -> usize {
    let (mut at, mut end) = (0, 0);
    if !text.starts_with('/') {
        return 0;
    }
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if letter == '(' {
            let Some(length) = bracketed(text.get(at..).unwrap_or_default(), 2) else { break };
            at += length;
            end = at;
        } else if is_of_path(letter) {
            at += letter.len_utf8();
            if ends_path(letter) {
                end = at;
            }
        } else {
            break;
        }
    }
    end
}

/// Length in bytes of `(…)`, with brackets in it.
///
/// - `deep`: how many brackets may be open at a time.
fn bracketed(text: &str, deep: usize) -> Option<usize> {
    let mut at = 1;
    loop {
        let letter = text.get(at..)?.chars().next()?;
        match letter {
            ')' if at > 1 => return Some(at + 1),
            '(' if deep > 1 => at += bracketed(text.get(at..)?, deep - 1)?,
            letter if is_of_path(letter) => at += letter.len_utf8(),
            _ => return None,
        }
    }
}

fn query(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('?') else { return 0 };
    let belongs = |c: char| c.is_ascii_alphanumeric() || "!?*'();:&=+$/%#[]-_.,~|@".contains(c);
    let ends = |c: char| c.is_ascii_alphanumeric() || "_&=#/-".contains(c);
    let run = rest.get(..rest.find(|c| !belongs(c)).unwrap_or(rest.len())).unwrap_or_default();
    run.rfind(ends).map_or(0, |last| 1 + last + 1)
}

/// X's own short addresses go on with letters and digits alone; longer ones are none.
///
/// - `start`: where their path begins.
fn shortened(rest: &str, start: usize) -> Option<usize> {
    let Some(behind) = rest.get(start..).and_then(|behind| behind.strip_prefix('/')) else {
        return Some(start);
    };
    let letters = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
    match letters {
        0 => Some(start + 1),
        1..=SHORT_LETTERS => Some(start + 1 + letters),
        _ => None,
    }
}

/// Whether a host name can be asked for: as ASCII, none of its names is longer than the rules of names allow.
fn can_be_resolved(host: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(&format!("https://{host}/")) else { return false };
    url.host_str().is_some_and(|host| host.split('.').all(|name| name.len() <= NAME_LETTERS))
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_accented(c)
}

/// Latin letters with accents, and the accents.
fn is_accented(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{253}' | '\u{254}' | '\u{256}'
        | '\u{257}' | '\u{259}' | '\u{25b}' | '\u{263}' | '\u{268}' | '\u{26f}' | '\u{272}' | '\u{289}'
        | '\u{28b}' | '\u{2bb}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

/// Anything but ASCII punctuation, spaces, control characters and marks of direction.
fn is_of_name(c: char) -> bool {
    let directs =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let space = c.is_whitespace() || c == '\u{180e}';
    !(c.is_ascii_punctuation()
        || space
        || c.is_control()
        || directs
        || "\u{fffe}\u{feff}\u{ffff}".contains(c))
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}')
}

fn is_of_path(c: char) -> bool {
    is_latin(c) || is_cyrillic(c) || is_dash(c) || "!*';:=+,.$/%#[]_~&|@".contains(c)
}

fn ends_path(c: char) -> bool {
    is_latin(c) || is_cyrillic(c) || "=_#/+-".contains(c)
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58a}' | '\u{5be}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::links;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().filter_map(|link| text.get(link.bytes)).collect()
    }

    #[test]
    fn an_address_ends_where_a_reader_would_end_it() {
        assert_eq!(found("See https://fenland.org/news/(2026)."), ["https://fenland.org/news/(2026)"]);
        assert_eq!(found("(fenland.org/a,b) and fenland.org, too"), ["fenland.org/a,b", "fenland.org"]);
        assert_eq!(found("http://fenland.org:8080/?a=1&b=2!"), ["http://fenland.org:8080/?a=1&b=2"]);
        assert!(found("team@fenland.org 3.2 e.g. full.time @fenland.org").is_empty());
    }

    /// One case of our own for each rule that the published cases try
    /// (<https://github.com/twitter/twitter-text>, `conformance/extract.yml`).
    #[test]
    fn each_rule_of_the_publication_has_a_case() {
        for (text, expected) in [
            ("text http://fenland.org", vec!["http://fenland.org"]),
            ("http://fenland.org text", vec!["http://fenland.org"]),
            (
                "https://fenland.org/ and http://news.fenland.org/a",
                vec!["https://fenland.org/", "http://news.fenland.org/a"],
            ),
            ("(https://fenland.org/news)", vec!["https://fenland.org/news"]),
            ("\"https://fenland.org/news\"", vec!["https://fenland.org/news"]),
            ("HTTP://FENLAND.ORG/", vec!["HTTP://FENLAND.ORG/"]),
            ("https://fenland.org/news?a=b&c=d#top", vec!["https://fenland.org/news?a=b&c=d#top"]),
            ("https://fenland.org/a_(b)_(c).", vec!["https://fenland.org/a_(b)_(c)"]),
            ("https://fenland.org/café/naïve", vec!["https://fenland.org/café/naïve"]),
            ("https://fenland.org/@under12/99", vec!["https://fenland.org/@under12/99"]),
            ("試合はfenland.orgで", vec!["fenland.org"]),
            ("fenland.org.uk and fenland.co.uk", vec!["fenland.org.uk", "fenland.co.uk"]),
            ("no.address.here-at all.tomorrow", vec![]),
            ("#fenland.org @fenland.org $fenland.org", vec![]),
            ("https://-fenland.org", vec![]),
            ("mail desk@fenland.org today", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    /// The cases of the official file, where `CLEANSHEET_SPECS` names a folder with it.
    #[test]
    fn every_published_address_is_found() {
        let folder = std::env::var_os("CLEANSHEET_SPECS").unwrap_or_default();
        let Ok(file) = std::fs::read_to_string(std::path::Path::new(&folder).join("x/extract.yml")) else {
            // Not by `eprintln!`, which is only seen when a test fails.
            let say = "NOT RUN: X's published addresses (x/extract.yml of twitter-text in the folder of CLEANSHEET_SPECS)";
            writeln!(std::io::stderr(), "{say}; our own table was").unwrap();
            return;
        };
        let (mut text, mut cases, mut wrong) = (String::new(), 0, Vec::new());
        let after = file.split_once("\n  urls:\n").map_or("", |(_, after)| after);
        for line in after.split("\n  urls_with_indices:").next().unwrap_or_default().lines().map(str::trim) {
            if let Some(quoted) = line.strip_prefix("text: ") {
                text = serde_json::from_str(quoted).unwrap_or_default();
            } else if let Some(list) = line.strip_prefix("expected: ") {
                let expected: Vec<String> = serde_json::from_str(list).unwrap_or_default();
                cases += 1;
                if found(&text) != expected {
                    wrong.push((text.clone(), expected));
                }
            }
        }
        println!("{cases} published cases, {} read otherwise", wrong.len());
        assert!(cases > 50 && wrong.is_empty(), "{wrong:#?}");
    }
}
