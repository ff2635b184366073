//! Folds a text so that tricks of writing do not hide words, and keeps the way back to the letters as given.
//!
//! Compatibility forms become plain letters (full width, mathematical, circled), accents and invisible characters
//! go, dashes, quotes and spaces become one kind each. Capital letters stay: names need them.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A folded text with an offset map.
#[derive(Debug, Clone, Default)]
pub struct Normal {
    text: String,
    /// For each byte of `text`, the code point of the original it came from.
    origin: Vec<u32>,
}

impl Normal {
    /// Folds `text` in one pass.
    pub fn of(text: &str) -> Self {
        let mut normal =
            Self { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
        for (at, letter) in (0_u32..).zip(text.chars()) {
            if letter.is_ascii() {
                normal.push(if letter == '\t' || letter == '\r' { ' ' } else { letter }, at);
            } else {
                normal.fold(letter, at);
            }
        }
        normal
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Code points of the original, half-open, for a range of bytes of the folded text.
    pub fn place(&self, bytes: Range<usize>) -> (usize, usize) {
        let point = |byte: usize| self.origin.get(byte).map_or(0, |at| *at as usize);
        let last = bytes.end.saturating_sub(1).max(bytes.start);
        (point(bytes.start), point(last) + 1)
    }

    fn push(&mut self, letter: char, at: u32) {
        self.text.push(letter);
        self.origin.resize(self.text.len(), at);
    }

    fn fold(&mut self, letter: char, at: u32) {
        if is_invisible(letter) || is_combining_mark(letter) {
            return;
        }
        if let Some(plain) = plain(letter) {
            return self.push(plain, at);
        }
        decompose_compatible(letter, |part| {
            if !is_combining_mark(part) && !is_invisible(part) {
                self.push(plain(part).unwrap_or(part), at);
            }
        });
    }
}

/// Characters that take no room: joiners, soft hyphen, direction marks, variation selectors, skin tones, tags.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{20e3}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

fn plain(letter: char) -> Option<char> {
    Some(match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{2bc}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        'ł' => 'l',
        'Ł' => 'L',
        'ø' => 'o',
        'Ø' => 'O',
        'đ' => 'd',
        'ı' => 'i',
        'ß' => 's',
        '\u{1f130}'..='\u{1f149}' => capital(letter, '\u{1f130}')?,
        '\u{1f150}'..='\u{1f169}' => capital(letter, '\u{1f150}')?,
        '\u{1f170}'..='\u{1f189}' => capital(letter, '\u{1f170}')?,
        '\u{660}'..='\u{669}' => digit(letter, '\u{660}')?,
        '\u{6f0}'..='\u{6f9}' => digit(letter, '\u{6f0}')?,
        other if other.is_whitespace() => ' ',
        _ => return None,
    })
}

fn capital(letter: char, first: char) -> Option<char> {
    char::from_u32(u32::from('A') + u32::from(letter) - u32::from(first))
}

fn digit(letter: char, first: char) -> Option<char> {
    char::from_u32(u32::from('0') + u32::from(letter) - u32::from(first))
}

/// The Latin letter that a Cyrillic or Greek one is taken for.
pub(crate) fn look_alike(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' | 'ε' => 'e',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' | 'ї' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'ո' | 'ν' => 'n',
        'о' | 'ο' | 'օ' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' | 'ц' => 'u',
        'ѵ' => 'v',
        'ѡ' | 'ш' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'γ' => 'y',
        'ᴀ' => 'a',
        'ɡ' => 'g',
        other => other,
    }
}

/// The letter that a digit or symbol inside a word stands for. `one` is what `1`, `!` and `|` become: `i` or `l`.
pub(crate) fn leet(letter: char, one: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_letters_and_accents_go_and_the_way_back_stays() {
        let normal = Normal::of("ｆu\u{200b}cḱ 𝓽his");
        assert_eq!(normal.text(), "fuck this");
        assert_eq!(normal.place(0..4), (0, 5));
        assert_eq!(normal.place(5..9), (6, 10));
    }

    #[test]
    fn keycaps_and_squared_letters_are_read() {
        assert_eq!(Normal::of("b1\u{fe0f}\u{20e3}tch 🅱🅾🅱").text(), "b1tch BOB");
    }
}
