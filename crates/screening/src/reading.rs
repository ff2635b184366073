//! A text cut into words, each known to the word lists even where somebody wrote around them.

use std::{cell::OnceCell, collections::HashSet};

use crate::{
    finding::{Field, Place},
    lexicon::{self, Lexicon, NUMBER, UNKNOWN, WordId},
    material::Material,
    normal::{Normal, leet, look_alike},
};

/// The longest text that is looked at.
pub const MOST_LETTERS: usize = 25_000;
/// The longest run of spaced letters that can be one word.
const MOST_SPACED: usize = 14;
/// The fewest spaced letters that are taken for a word.
const FEWEST_SPACED: usize = 3;
/// The longest masked or disguised word that is looked at.
const MOST_DISGUISED: usize = 40;

/// One word, number or picture sign of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    /// Bytes of the folded text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) word: WordId,
    /// Begins with a capital letter.
    pub(crate) capital: bool,
    /// All capitals, two letters or more.
    pub(crate) shouted: bool,
    /// A full stop, question mark, exclamation mark or new line follows.
    pub(crate) ends_sentence: bool,
    pub(crate) letters: usize,
}

/// One text of a post, folded and cut into words.
#[derive(Debug)]
pub struct Text {
    /// Which one.
    pub field: Field,
    pub(crate) normal: Normal,
    pub(crate) tokens: Vec<Token>,
    pub(crate) hits: lexicon::Hits,
    /// How many code points it had; what is beyond [`MOST_LETTERS`] was not looked at.
    pub(crate) length: usize,
    pub(crate) digits: usize,
}

impl Text {
    fn of(field: Field, text: &str) -> Self {
        let length = text.chars().count();
        let cut =
            text.char_indices().nth(MOST_LETTERS).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
        let normal = Normal::of(cut);
        let lexicon = Lexicon::shared();
        let tokens = spaced_letters_joined(lexicon, normal.text(), cut_into_words(lexicon, normal.text()));
        let hits = lexicon::hits(lexicon, &tokens);
        let digits = normal.text().bytes().filter(u8::is_ascii_digit).count();
        Self { field, normal, tokens, hits, length, digits }
    }

    /// The folded text; capitals kept.
    pub fn folded(&self) -> &str {
        self.normal.text()
    }

    /// Where bytes of the folded text are in the text as given.
    pub fn place(&self, start: usize, end: usize) -> Place {
        let (start, end) = self.normal.place(start..end);
        Place::Text { field: self.field, start, end }
    }

    /// A word as it is written, folded.
    pub(crate) fn written(&self, token: &Token) -> &str {
        self.folded().get(token.start..token.end).unwrap_or_default()
    }
}

/// All texts of a post, read once for all checks.
#[derive(Debug)]
pub struct Reading<'a> {
    /// What was given.
    pub material: &'a Material<'a>,
    /// Caption, alt texts, file names.
    pub texts: Vec<Text>,
    children: OnceCell<HashSet<(usize, usize)>>,
}

impl<'a> Reading<'a> {
    /// Reads every text of the material.
    pub fn of(material: &'a Material<'a>) -> Self {
        let mut texts = vec![Text::of(Field::Caption, material.caption)];
        let alts = material.alt_texts.iter().enumerate();
        texts.extend(alts.map(|(photo, text)| Text::of(Field::AltText(photo), text)));
        let files = material.file_names.iter().enumerate();
        texts.extend(files.map(|(photo, text)| Text::of(Field::FileName(photo), text)));
        Self { material, texts, children: OnceCell::new() }
    }

    /// The words that name a child of the roster, as (text, token); worked out once by the check of names.
    pub(crate) fn children(
        &self,
        find: impl FnOnce() -> HashSet<(usize, usize)>,
    ) -> &HashSet<(usize, usize)> {
        self.children.get_or_init(find)
    }
}

fn is_leet(letter: char) -> bool {
    matches!(letter, '@' | '$' | '!' | '|' | '+' | '€')
}

fn is_mask(letter: char) -> bool {
    matches!(letter, '*' | '#' | '_' | '%' | '•' | '✱')
}

fn is_picture(letter: char) -> bool {
    matches!(u32::from(letter), 0x2190..=0x2bff | 0x1f000..=0x1faff | 0x3030 | 0x303d)
}

fn cut_into_words(lexicon: &Lexicon, text: &str) -> Vec<Token> {
    let mut cutter =
        Cutter { lexicon, text, tokens: Vec::with_capacity(text.len() / 5), small: String::new() };
    let mut run: Option<usize> = None;
    let mut letters = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map_or(' ', |(_, next)| *next);
        let double_dash = letter == '-' && (next == '-' || before == '-');
        if letter.is_alphanumeric() || letter == '\'' || is_leet(letter) || is_mask(letter) || double_dash {
            run.get_or_insert(at);
        } else {
            if let Some(start) = run.take() {
                cutter.run(start, at);
            }
            if is_picture(letter) {
                cutter.picture(at, at + letter.len_utf8());
            } else if matches!(letter, '\n' | ';') || matches!(letter, '.' | '?') && !next.is_alphanumeric() {
                cutter.stop();
            }
        }
        before = letter;
    }
    if let Some(start) = run {
        cutter.run(start, text.len());
    }
    cutter.tokens
}

struct Cutter<'a> {
    lexicon: &'a Lexicon,
    text: &'a str,
    tokens: Vec<Token>,
    small: String,
}

impl Cutter<'_> {
    fn stop(&mut self) {
        if let Some(last) = self.tokens.last_mut() {
            last.ends_sentence = true;
        }
    }

    fn picture(&mut self, start: usize, end: usize) {
        let word = self.text.get(start..end).map_or(UNKNOWN, |sign| self.lexicon.word(sign));
        self.tokens.push(Token {
            start,
            end,
            word,
            capital: false,
            shouted: false,
            ends_sentence: false,
            letters: 0,
        });
    }

    /// A stretch without spaces: one word, a word in disguise, or several words.
    fn run(&mut self, start: usize, end: usize) {
        let Some(run) = self.text.get(start..end) else { return };
        if run.bytes().all(|byte| byte.is_ascii_alphanumeric())
            || run.chars().all(|c| c.is_alphanumeric() || c == '\'')
        {
            return self.plain(start, end);
        }
        if run.len() <= MOST_DISGUISED * 4 {
            // A handle is a name, and an exclamation mark at the end is one; else signs may stand for letters.
            let open = if run.starts_with('@') {
                self.disguised(run.get(1..).unwrap_or_default()).map(|_| 0)
            } else {
                None
            };
            let inner =
                run.trim_start_matches(|c: char| is_mask(c) || matches!(c, '!' | '|' | '+' | '-' | '\''));
            let from = open.unwrap_or(start + run.len() - inner.len());
            let from = if open.is_some() { start } else { from };
            let kept = self.text.get(from..end).unwrap_or_default();
            let bare = kept.trim_end_matches(|c: char| !c.is_alphanumeric());
            for shape in [bare, kept.trim_end_matches(['!', '\'', '|', '+', '@'])] {
                if shape.chars().all(|c| c.is_alphanumeric() || c == '\'') {
                    continue;
                }
                if let Some(word) = self.disguised(shape) {
                    self.push(from, from + shape.len(), word);
                    if kept.ends_with('!') {
                        self.stop();
                    }
                    return;
                }
            }
        }
        self.pieces(start, end);
    }

    /// Splits at everything that is no letter or digit.
    fn pieces(&mut self, start: usize, end: usize) {
        let Some(run) = self.text.get(start..end) else { return };
        let mut from = None;
        for (at, letter) in run.char_indices() {
            if letter.is_alphanumeric() || letter == '\'' {
                from.get_or_insert(at);
            } else {
                if let Some(begun) = from.take() {
                    self.plain(start + begun, start + at);
                }
                if letter == '!' {
                    self.stop();
                }
            }
        }
        if let Some(begun) = from {
            self.plain(start + begun, end);
        }
    }

    /// Letters, digits and apostrophes.
    fn plain(&mut self, start: usize, end: usize) {
        let Some(run) = self.text.get(start..end) else { return };
        let inner = run.trim_matches('\'');
        if inner.is_empty() {
            return;
        }
        let start = start + (run.len() - run.trim_start_matches('\'').len());
        let end = start + inner.len();
        let word = self.look_up(inner);
        self.push(start, end, word);
    }

    fn push(&mut self, start: usize, end: usize, word: WordId) {
        let written = self.text.get(start..end).unwrap_or_default();
        let letters = written.chars().filter(|c| c.is_alphanumeric()).count();
        let capital = written.chars().next().is_some_and(char::is_uppercase);
        let shouted = capital && letters > 1 && written.chars().all(|c| !c.is_lowercase());
        self.tokens.push(Token { start, end, word, capital, shouted, ends_sentence: false, letters });
    }

    fn look_up(&mut self, written: &str) -> WordId {
        let mut small = std::mem::take(&mut self.small);
        small.clear();
        let (mut digits, mut letters, mut ascii, mut tripled) = (false, false, true, false);
        let mut last = ['\0'; 2];
        for letter in written.chars().filter(|c| *c != '\'') {
            let letter = if letter.is_ascii() {
                letter.to_ascii_lowercase()
            } else {
                ascii = false;
                letter.to_lowercase().next().unwrap_or(letter)
            };
            digits |= letter.is_ascii_digit();
            letters |= !letter.is_ascii_digit();
            tripled |= last == [letter; 2];
            last = [last[1], letter];
            small.push(letter);
        }
        let word = if !letters {
            let known = self.lexicon.word(&small);
            if known == UNKNOWN { NUMBER } else { known }
        } else {
            self.known(&small, digits, ascii, tripled)
        };
        self.small = small;
        word
    }

    fn known(&self, small: &str, digits: bool, ascii: bool, tripled: bool) -> WordId {
        let word = self.lexicon.word(small);
        if word != UNKNOWN || small.len() > MOST_DISGUISED * 4 {
            return word;
        }
        if small.len() > 4 {
            let inside = self.lexicon.inside(small);
            if inside != UNKNOWN {
                return inside;
            }
        }
        if tripled {
            let known = self.first_known([squeezed(small, 2), squeezed(small, 1)]);
            if known != UNKNOWN {
                return known;
            }
        }
        if !ascii {
            let latin: String = small.chars().map(look_alike).collect();
            let known = self.first_known([latin.clone(), squeezed(&latin, 1)]);
            if known != UNKNOWN {
                return known;
            }
        }
        if digits && small.len() > 2 { self.disguised(small).unwrap_or(UNKNOWN) } else { UNKNOWN }
    }

    fn first_known<const N: usize>(&self, shapes: [String; N]) -> WordId {
        shapes.iter().map(|shape| self.lexicon.word(shape)).find(|word| *word != UNKNOWN).unwrap_or(UNKNOWN)
    }

    /// A word written with digits, symbols or masking signs.
    fn disguised(&self, run: &str) -> Option<WordId> {
        let small: Vec<char> =
            run.chars().filter(|c| *c != '\'').flat_map(char::to_lowercase).map(look_alike).collect();
        if small.len() < 3 || small.len() > MOST_DISGUISED || !small.iter().any(|c| c.is_alphabetic()) {
            return None;
        }
        let masked = small.iter().any(|c| is_mask(*c) || *c == '-');
        for one in ['i', 'l'] {
            let shape: Vec<char> = small.iter().map(|c| leet(*c, one)).collect();
            let word = if masked {
                self.lexicon.unmasked(&shape)
            } else {
                let shape: String = shape.into_iter().collect();
                let word = self.first_known([squeezed(&shape, 2), squeezed(&shape, 1)]);
                if word == UNKNOWN && shape.len() > 4 { self.lexicon.inside(&shape) } else { word }
            };
            if word != UNKNOWN {
                return Some(word);
            }
        }
        None
    }
}

/// Runs of one letter cut to at most `most` where they are three or longer, or, for `most` 1, wherever they are.
fn squeezed(word: &str, most: usize) -> String {
    let mut out = String::with_capacity(word.len());
    let (mut last, mut count) = ('\0', 0);
    for letter in word.chars() {
        count = if letter == last { count + 1 } else { 1 };
        last = letter;
        if count <= most {
            out.push(letter);
        }
    }
    out
}

/// `f u c k` and `f.u.c.k` are one word where the lists know it.
fn spaced_letters_joined(lexicon: &Lexicon, text: &str, tokens: Vec<Token>) -> Vec<Token> {
    if !tokens.windows(FEWEST_SPACED).any(|few| few.iter().all(|token| token.letters == 1)) {
        return tokens;
    }
    let mut joined = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let run = tokens.iter().skip(at).take(MOST_SPACED).take_while(|next| next.letters == 1).count();
        let found = (FEWEST_SPACED..=run).rev().find_map(|size| {
            let letters = tokens.get(at..at + size)?;
            let (last, whole) = (letters.last()?, size == run && (at == 0 || joined_is_word(&joined)));
            let word: String = letters.iter().filter_map(|one| text.get(one.start..one.end)).collect();
            let word: String = word.to_lowercase().chars().map(|c| leet(look_alike(c), 'i')).collect();
            let known = lexicon.word(&word);
            let enough = size >= 4 || whole;
            (known != UNKNOWN && enough).then_some((
                size,
                Token {
                    end: last.end,
                    word: known,
                    letters: size,
                    ends_sentence: last.ends_sentence,
                    ..*token
                },
            ))
        });
        match found {
            Some((size, word)) => {
                joined.push(word);
                at += size;
            }
            None => {
                joined.push(*token);
                at += 1;
            }
        }
    }
    joined
}

fn joined_is_word(joined: &[Token]) -> bool {
    joined.last().is_some_and(|last| last.letters != 1)
}
