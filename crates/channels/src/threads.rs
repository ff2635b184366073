//! A text that is too long for one post, as several that answer each other.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::Capabilities;

/// Nobody reads more posts than this on end: a longer text is one for the news page.
pub const MOST_POSTS: usize = 20;

/// Where a text may be cut, the better place first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    Paragraph,
    Sentence,
    Word,
    /// Inside a run that has no spaces, as in Chinese or Japanese.
    Letter,
}

/// A place where a text may be cut, in bytes.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where the part before it ends.
    end: usize,
    /// Where the part behind it begins.
    next: usize,
    ends: Ends,
}

impl Capabilities {
    /// The posts that a text goes out as on this network: one when it fits; a thread, numbered `1/3` at the end of each,
    /// when it does not. `None` when it cannot go out whole: the network has no threads, the thread would be longer than
    /// [`MOST_POSTS`], or a link, mention or hashtag is too long for a post.
    ///
    /// Cut is where a paragraph ends, else a sentence, else a word; never inside a link, a mention, a hashtag or what a
    /// reader sees as one letter.
    pub fn split(&self, text: &str) -> Option<Vec<String>> {
        if self.too_long(text).is_none() {
            return Some(vec![text.to_owned()]);
        }
        if !self.threads {
            return None;
        }
        let text = text.trim();
        let places = places(text);
        // How much fits depends on how many digits the numbers have.
        [("9", 9), ("99", MOST_POSTS)].into_iter().find_map(|(number, most)| {
            let parts = self.cut(text, &places, &format!(" {number}/{number}"), most)?;
            let of = parts.len();
            Some(parts.iter().zip(1..).map(|(part, n)| format!("{part} {n}/{of}")).collect())
        })
    }

    /// - `number`: as long as the longest number behind a part.
    /// - `most`: parts.
    fn cut<'t>(&self, text: &'t str, places: &[Place], number: &str, most: usize) -> Option<Vec<&'t str>> {
        let fits = |part: &str| self.too_long(&format!("{part}{number}")).is_none();
        let (mut parts, mut from) = (Vec::new(), 0);
        while parts.len() < most {
            let rest = text.get(from..)?;
            if fits(rest) {
                parts.push(rest);
                return Some(parts);
            }
            let ahead = places.get(places.partition_point(|place| place.end <= from)..)?;
            // A longer part never counts less: each place is behind a whole word.
            let within = ahead.partition_point(|place| text.get(from..place.end).is_some_and(fits));
            let within = ahead.get(..within)?;
            let last = within.last()?;
            let half = from + (last.end - from) / 2;
            let best = [Ends::Paragraph, Ends::Sentence, Ends::Word].into_iter().find_map(|ends| {
                within.iter().rev().take_while(|place| place.end > half).find(|place| place.ends <= ends)
            });
            let place = best.unwrap_or(last);
            parts.push(text.get(from..place.end)?);
            from = place.next;
        }
        None
    }
}

/// Every place where a text may be cut, in order.
fn places(text: &str) -> Vec<Place> {
    let (mut places, mut word, mut gap) = (Vec::new(), 0, None);
    for (at, letter) in text.grapheme_indices(true) {
        if letter.chars().all(char::is_whitespace) {
            let (_, lines) = gap.get_or_insert((at, 0));
            *lines += usize::from(letter.contains('\n'));
        } else if let Some((end, lines)) = gap.take() {
            inside(text, word, end, &mut places);
            let before = text.get(word..end).unwrap_or_default();
            let ends = match lines {
                2.. => Ends::Paragraph,
                1 => Ends::Sentence,
                _ if ends_sentence(before) => Ends::Sentence,
                _ => Ends::Word,
            };
            places.push(Place { end, next: at, ends });
            word = at;
        }
    }
    inside(text, word, gap.map_or(text.len(), |(end, _)| end), &mut places);
    places
}

/// The places inside a long run without spaces. What leads somewhere is never cut.
fn inside(text: &str, from: usize, to: usize, places: &mut Vec<Place>) {
    /// The longest word that people write is shorter.
    const LONG: usize = 60;
    let run = text.get(from..to).unwrap_or_default();
    let leads = run.contains("://") || run.contains(['@', '#', '＃']) || run.to_lowercase().contains("www.");
    if leads || run.graphemes(true).count() <= LONG {
        return;
    }
    let mut before = "";
    for (at, letter) in run.grapheme_indices(true) {
        // An address without a scheme has no letters but these: it stays whole.
        let plain = |letter: &str| letter.bytes().all(|b| b.is_ascii_graphic());
        if at > 0 && !(plain(before) && plain(letter)) {
            let ends = if ends_sentence(before) { Ends::Sentence } else { Ends::Letter };
            places.push(Place { end: from + at, next: from + at, ends });
        }
        before = letter;
    }
}

fn ends_sentence(before: &str) -> bool {
    let closed = before.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '」', '』']);
    closed.ends_with(['.', '!', '?', '…', '。', '！', '？'])
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::{Entropy as _, Network, SeededEntropy};
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::MOST_POSTS;
    use crate::{Capabilities, bluesky, capabilities};

    fn small(letters: usize) -> Capabilities {
        Capabilities { text_letters: letters, threads: true, ..bluesky::CAPABILITIES }
    }

    #[test]
    fn a_text_is_cut_at_a_paragraph_else_a_sentence_else_a_word() {
        let cut = |letters, text: &str| small(letters).split(text).unwrap();
        assert_eq!(cut(30, "It fits."), ["It fits."]);
        assert_eq!(
            cut(30, "We won the cup today.\n\nThe rain. It fell all the way home."),
            ["We won the cup today. 1/3", "The rain. It fell all the 2/3", "way home. 3/3"]
        );
        assert_eq!(
            cut(30, "It rained! We won, and all of us ran home."),
            ["It rained! We won, and all 1/2", "of us ran home. 2/2"]
        );
        assert_eq!(
            cut(30, "We won four nil. It was so good to see."),
            ["We won four nil. 1/2", "It was so good to see. 2/2"]
        );
    }

    #[test]
    fn what_leads_somewhere_stays_whole_or_the_text_does_not_go_out() {
        let link = "https://example.org/a/very/long/way";
        assert_eq!(
            small(50).split(&format!("Read all about the match here {link} now")).unwrap(),
            ["Read all about the match here 1/2", &format!("{link} now 2/2")]
        );
        assert_eq!(small(20).split(&format!("See {link}")), None);
        assert_eq!(small(70).split(&format!("{0}#{0}", "サッカー".repeat(20))), None);
        let run = "試合に勝ちました。".repeat(20);
        let parts = small(70).split(&run).unwrap();
        assert!(parts.len() > 2 && parts.iter().all(|part| part.contains("。 ")), "{parts:?}");
    }

    #[test]
    fn a_network_without_threads_takes_a_text_whole_or_not_at_all() {
        let site = capabilities(Network::Website).unwrap();
        assert_eq!(site.split("A line").unwrap(), ["A line"]);
        assert_eq!(site.split(&"a ".repeat(30_000)), None);
        assert_eq!(small(30).split(&"word ".repeat(2_000)), None, "more posts than anybody reads");
    }

    /// Random texts of everything that has to stay whole.
    #[test]
    fn whatever_the_text_each_part_fits_and_together_they_say_all_of_it() {
        const WORDS: [&str; 16] = [
            "goal",
            "Full time.",
            "👨‍👩‍👧‍👧",
            "e\u{301}te\u{301}",
            "https://example.org/reports/2026/11",
            "#RiversideYouth",
            "@fenland.test",
            "\n\n",
            "\n",
            " ",
            "勝ちました。",
            "“Well played!”",
            "3–2",
            "(again)",
            "a\r\nb",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        ];
        let mut chance = SeededEntropy::new(11);
        let mut random = |below: usize| {
            let mut bytes = [0_u8; 4];
            chance.fill(&mut bytes);
            usize::try_from(u32::from_le_bytes(bytes)).unwrap() % below
        };
        let mut threads = 0;
        for _ in 0..2_000 {
            let words: Vec<&str> = (0..1 + random(60)).map(|_| WORDS[random(WORDS.len())]).collect();
            let text = words.join(if random(4) == 0 { "" } else { " " });
            let can = small(45 + random(260));
            let Some(parts) = can.split(&text) else { continue };
            assert!(parts.len() <= MOST_POSTS);
            assert!(parts.iter().all(|part| can.too_long(part).is_none()), "{parts:?}");
            if parts.len() == 1 {
                assert_eq!(parts[0], text);
                continue;
            }
            threads += 1;
            let of = parts.len();
            let bare: Vec<&str> = parts
                .iter()
                .zip(1..)
                .map(|(part, n)| part.strip_suffix(&format!(" {n}/{of}")).unwrap())
                .collect();
            let all = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(all(&bare.concat()), all(&text), "nothing is lost and nothing added");
            let graphemes = |text: &str| text.graphemes(true).map(str::to_owned).collect::<Vec<_>>();
            let mut whole = graphemes(&text).into_iter().filter(|one| !one.trim().is_empty());
            for part in &bare {
                for one in graphemes(part).into_iter().filter(|one| !one.trim().is_empty()) {
                    assert_eq!(Some(one), whole.next(), "no letter is cut in two");
                }
                for word in part.split_whitespace().filter(|word| word.contains("://")) {
                    assert!(text.split_whitespace().any(|one| one == word), "{word} was cut");
                }
            }
        }
        assert!(threads > 300, "{threads}");
    }
}
