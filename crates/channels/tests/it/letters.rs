//! How X counts, beside cases of its own publication: the numbers are those of `conformance/validate.yml` and of the
//! addresses in `conformance/extract.yml` (<https://github.com/twitter/twitter-text>, configuration 3). Where
//! `CLEANSHEET_SPECS` names a folder with `x/validate.yml`, all of that file's cases are counted as well.

use std::io::Write as _;

use cleansheet_channels::x::letters;

/// A text and what it counts.
fn ours() -> Vec<(String, usize)> {
    let one = |text: &str, count: usize| (text.to_owned(), count);
    vec![
        one("", 0),
        one("Hi http://test.co", 26),
        one("http://test.co", 23),
        one(&"x".repeat(285), 285),
        one(&"https://www.twitter.com/aloha ".repeat(10), 240),
        one(&"故".repeat(160), 320),
        one(&"😷".repeat(160), 320),
        one("A\u{301}B", 2),
        one("H🐱☺👨‍👩‍👧‍👦", 7),
        one("😷👾😡🔥💩", 10),
        one("🙋🏽👨‍🎤", 4),
        one("1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇬🇧", 8),
        one("‐ ‑ – — “ ” ‘ ’", 15),
        one("randomurlrandomurlrandomurlrandomurlrandomurlrandomurlrandomurls.com", 68),
        // Addresses that need no scheme, and what only looks like one.
        one("foo.com foo.net", 23 + 1 + 23),
        one("foo.baz foo.comm", 16),
        one("example.comこれ", 23 + 4),
        one("john.doe.gov@mail.com", 21),
        one("#test.com @test.com", 19),
        one("http://no-tld", 13),
        one("http://en.wikipedia.org/wiki/Primer_(film)", 23),
        one("http://twitter.com/.", 24),
        one("I like http://t.co/pbY2NfTZ's website", 7 + 23 + 10),
        one("http://a_b.c-d.com http://twitter_x.com", 23 + 1 + 20),
    ]
}

#[test]
fn letters_are_counted_as_x_counts_them() {
    for (text, count) in ours() {
        assert_eq!(letters(&text), count, "{text}");
    }
}

/// The cases of the official file with emoji counted as one sign, which is how X counts today.
#[test]
fn every_published_case_is_counted_right() {
    let folder = std::env::var_os("CLEANSHEET_SPECS").unwrap_or_default();
    let Ok(file) = std::fs::read_to_string(std::path::Path::new(&folder).join("x/validate.yml")) else {
        // Not by `eprintln!`, which is only seen when a test fails.
        let say = "NOT RUN: X's published counts (x/validate.yml of twitter-text in the folder of CLEANSHEET_SPECS)";
        writeln!(std::io::stderr(), "{say}; our own table was").unwrap();
        return;
    };
    let from = file.find("  WeightedTweetsWithDiscountedEmojiCounterTest:").unwrap();
    let (mut text, mut cases, mut wrong) = (String::new(), 0, Vec::new());
    for line in file[from..].lines() {
        let line = line.trim();
        if let Some(quoted) = line.strip_prefix("text: ") {
            text = unquoted(quoted);
        } else if let Some(count) = line.strip_prefix("weightedLength: ") {
            cases += 1;
            if letters(&text) != count.parse::<usize>().unwrap() {
                wrong.push((text.clone(), letters(&text), count.to_owned()));
            }
        }
    }
    println!("{cases} published cases, {} counted otherwise", wrong.len());
    assert!(cases > 20 && wrong.is_empty(), "{wrong:#?}");
}

/// A quoted text of that file: as in JSON, and `\U` with eight digits.
fn unquoted(quoted: &str) -> String {
    let short = quoted.replace("\\U0000", "\\u");
    serde_json::from_str(&short).unwrap_or(short)
}
