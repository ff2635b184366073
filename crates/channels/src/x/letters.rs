//! How X counts: most letters are one, those of other scripts and emoji are two, and every web address is 23.
//!
//! <https://docs.x.com/fundamentals/counting-characters>; checked against X's published cases in `tests/it/letters.rs`.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::links::links;

/// What a web address counts, however long it is.
const LINK: usize = 23;
/// What an emoji counts, of however many code points it is made.
const EMOJI: usize = 2;
/// What begins an emoji: drawn in colours by itself, or by the mark behind it.
static IS_EMOJI: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:\p{Emoji_Presentation}|\p{Emoji}\u{FE0F}|[0-9#*]\u{20E3}|\p{Emoji}\p{EMod}|\p{Extended_Pictographic}\u{200D})").ok()
});

/// Letters of a text, as X counts them.
pub fn letters(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let (mut counted, mut from) = (0, 0);
    for link in links(&text) {
        counted += plain(text.get(from..link.bytes.start).unwrap_or_default()) + LINK;
        from = link.bytes.end;
    }
    counted + plain(text.get(from..).unwrap_or_default())
}

/// Letters where there is no address.
fn plain(text: &str) -> usize {
    let is_emoji = |cluster: &str| IS_EMOJI.as_ref().is_some_and(|emoji| emoji.is_match(cluster));
    text.graphemes(true)
        .map(|cluster| if is_emoji(cluster) { EMOJI } else { cluster.chars().map(weight).sum() })
        .sum()
}

fn weight(letter: char) -> usize {
    match u32::from(letter) {
        0..=4_351 | 8_192..=8_205 | 8_208..=8_223 | 8_242..=8_247 => 1,
        _ => 2,
    }
}
