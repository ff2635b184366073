//! Letters of the standard fonts: their codes (WinAnsi) and how wide they are, and what stands for those they have not.

use std::collections::BTreeMap;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Widths of the letters from space to `~` in Helvetica, in thousandths of the size (Adobe's font metrics).
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// The same for Helvetica-Bold.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278,
    556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584,
    556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556,
    333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// Text in the codes of the fonts; for what they have not stands the nearest letter, or `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let codes = |letter| code(letter).map_or_else(|| near(letter).into_bytes(), |code| vec![code]);
    text.nfc().flat_map(codes).collect()
}

/// The letters of a text that the fonts have not, with what stands for them.
pub(super) fn replaced(text: &str) -> BTreeMap<char, String> {
    let missing = text.nfc().filter(|letter| code(*letter).is_none());
    missing.map(|letter| (letter, near(letter))).filter(|(_, near)| !near.is_empty()).collect()
}

/// What is read as the same: the letter without its mark, a sign as typewriters wrote it. Nothing for what cannot be seen.
fn near(letter: char) -> String {
    let near = match letter {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => "",
        '\u{2010}' | '\u{2011}' | '−' => "-",
        '≤' => "<=",
        '≥' => ">=",
        '→' => "->",
        '←' => "<-",
        '✓' | '✔' => "yes",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        _ => {
            let plain: String = letter.nfkd().filter(|part| !is_combining_mark(*part)).collect();
            return if plain.is_ascii() { plain } else { "?".to_owned() };
        }
    };
    near.to_owned()
}

fn code(letter: char) -> Option<u8> {
    Some(match letter {
        ' '..='~' | '\u{a1}'..='\u{ff}' => u8::try_from(u32::from(letter)).ok()?,
        '\u{a0}' | '\n' | '\t' => b' ',
        '€' => 0x80,
        '…' => 0x85,
        'Š' => 0x8a,
        'Œ' => 0x8c,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        'š' => 0x9a,
        'œ' => 0x9c,
        'ž' => 0x9e,
        'Ÿ' => 0x9f,
        _ => return None,
    })
}

/// How wide a text is at a size, in points. Letters beyond ASCII count as a wide one: a line may end early, never late.
pub(super) fn width(text: &[u8], bold: bool, size: f32) -> f32 {
    let widths = if bold { &BOLD } else { &REGULAR };
    let one = |code: &u8| match code {
        0x91 | 0x92 | 0xb7 => 278,
        0x93 | 0x94 => 500,
        0x85 | 0x97 => 1_000,
        32..=126 => widths.get(usize::from(code - 32)).copied().unwrap_or(1_000),
        _ => 722,
    };
    text.iter().map(|code| f32::from(one(code))).sum::<f32>() * size / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::{encode, replaced, width};

    #[test]
    fn letters_have_the_codes_and_widths_of_the_fonts() {
        assert_eq!(encode("a“é”–ł£"), [b'a', 0x93, 0xe9, 0x94, 0x96, b'l', 0xa3]);
        assert_eq!(
            encode("Tŷ Ceŵ w\u{302} ≤ 3 → Łódź, don\u{2011}t"),
            encode("Ty Cew w <= 3 -> Lódz, don-t")
        );
        assert_eq!(encode("نور"), b"???");
        let lost = replaced("Tŷ, é, \u{200b}ن");
        assert_eq!(lost.into_iter().collect::<Vec<_>>(), [('ŷ', "y".to_owned()), ('ن', "?".to_owned())]);
        assert!((width(b"Wi", false, 10.0) - 11.66).abs() < 0.01);
        assert!(width(b"Wild", true, 10.0) > width(b"Wild", false, 10.0));
    }
}
