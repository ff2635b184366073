//! The word lists: loaded once from the files in `lexicon/`, matched on whole words and phrases only.
//!
//! A phrase is a line of steps: a word; `a|b` either; `word+` with its usual endings; `{class}` a class of words;
//! `<macro>` one of several phrases; `step?` may be missing; `~3` up to three other words in the same sentence,
//! `~~3` across sentences. `#` starts a comment. Matching takes time in proportion to the text.

mod load;
mod matching;

use std::{collections::HashMap, sync::OnceLock};

use aho_corasick::AhoCorasick;
use cleansheet_terms::{Clause, Severity};

use crate::material::Context;

pub(crate) use matching::{Hits, hits};

/// Index into the known words; 0 is a word no list has.
pub(crate) type WordId = u32;

/// A word that no list has.
pub(crate) const UNKNOWN: WordId = 0;
/// A word made of digits only.
pub(crate) const NUMBER: WordId = 1;

/// Something said about a phrase, in the words of a person.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) check: String,
    pub(crate) kind: String,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) severity: Severity,
    /// Empty: every context.
    pub(crate) contexts: Vec<Context>,
    pub(crate) unless: Vec<Guard>,
    pub(crate) confidence: f32,
    pub(crate) say: String,
    pub(crate) remedy: String,
    /// One tap may take the words out.
    pub(crate) removable: bool,
}

/// What makes a phrase harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Guard {
    /// "not", "never" and the like shortly before or inside.
    Negated,
    /// The text speaks against such words: "stop calling", "racist comments".
    Reported,
    /// Written like a surname: capital letter beside another name or a title.
    Name,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    set: u16,
    /// How many other words may stand before it.
    gap: u8,
    /// The gap may reach into the next sentence.
    across: bool,
    optional: bool,
}

#[derive(Debug)]
struct Phrase {
    steps: Vec<Step>,
    rule: Speaks,
}

/// What a phrase is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// A finding by the rule with this index.
    Rule(u16),
    /// Innocent in this phrase: whatever it covers is let through.
    Innocent,
    /// The text speaks against such words.
    Reporting,
    /// About the trust's own activity.
    Purpose,
}

/// All lists, ready to be matched.
#[derive(Debug)]
pub(crate) struct Lexicon {
    words: HashMap<Box<str>, WordId>,
    /// For each word, the sets it is in.
    sets: Vec<Vec<u16>>,
    /// For each set, the phrases that begin with it.
    first: Vec<Vec<u32>>,
    phrases: Vec<Phrase>,
    rules: Vec<Rule>,
    negation: u16,
    title: u16,
    /// Words that are also people's names.
    name_like: u16,
    /// Words that people hide behind stars, by first letter.
    masked: HashMap<char, Vec<(Box<str>, WordId)>>,
    /// Strong words no innocent word has inside it.
    inside: Option<AhoCorasick>,
    inside_words: Vec<WordId>,
    trouble: Option<String>,
}

impl Lexicon {
    /// The lists of this build.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Lexicon> = OnceLock::new();
        SHARED.get_or_init(load::lexicon)
    }

    /// Why the lists could not be read; checks then fail and hold the post.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    pub(crate) fn rule(&self, index: u16) -> Option<&Rule> {
        self.rules.get(usize::from(index))
    }

    #[cfg(test)]
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The id of a word as it stands; `word` in small letters without apostrophes.
    pub(crate) fn word(&self, word: &str) -> WordId {
        self.words.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// A strong word inside a longer made-up one ("massivefuckup").
    pub(crate) fn inside(&self, word: &str) -> WordId {
        let found = self.inside.as_ref().and_then(|all| all.find(word));
        found.and_then(|hit| self.inside_words.get(hit.pattern().as_usize()).copied()).unwrap_or(UNKNOWN)
    }

    /// The word somebody meant by `f*ck`, `f**k`, `f--king` or `f***`; a run of signs stands for one to four letters.
    ///
    /// - `word`: small letters and masking signs, beginning with a letter.
    pub(crate) fn unmasked(&self, word: &[char]) -> WordId {
        let Some((first, rest)) = word.split_first() else { return UNKNOWN };
        if !first.is_alphabetic() {
            return UNKNOWN;
        }
        let shown = word.iter().filter(|c| c.is_alphanumeric()).count();
        let candidates = self.masked.get(first).map_or(&[][..], Vec::as_slice);
        let exact = |full: &str| full.chars().count() == word.len();
        let fits = |full: &str| {
            let full: Vec<char> = full.chars().skip(1).collect();
            glob(rest, &full)
        };
        let same_length = candidates.iter().find(|(full, _)| exact(full) && same(word, full));
        if let Some((_, id)) = same_length {
            return if shown >= 2 || word.len() >= 4 { *id } else { UNKNOWN };
        }
        if shown < 3 {
            return UNKNOWN;
        }
        candidates.iter().find(|(full, _)| fits(full)).map_or(UNKNOWN, |(_, id)| *id)
    }

    fn has(&self, word: WordId, set: u16) -> bool {
        self.sets.get(word as usize).is_some_and(|sets| sets.binary_search(&set).is_ok())
    }
}

fn same(masked: &[char], full: &str) -> bool {
    masked.iter().zip(full.chars()).all(|(sign, letter)| !sign.is_alphanumeric() || *sign == letter)
}

/// Whether the shown letters fit, a run of signs standing for one to four letters. Both are short.
fn glob(masked: &[char], full: &[char]) -> bool {
    match masked.split_first() {
        None => full.is_empty(),
        Some((sign, rest)) if sign.is_alphanumeric() => {
            full.split_first().is_some_and(|(letter, others)| letter == sign && glob(rest, others))
        }
        Some(_) => {
            let signs = masked.iter().take_while(|c| !c.is_alphanumeric()).count();
            let rest = masked.get(signs..).unwrap_or_default();
            (1..=4).any(|taken| full.get(taken..).is_some_and(|others| glob(rest, others)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_belongs_to_a_check_that_may_cite_its_clauses() {
        for rule in Lexicon::shared().rules() {
            let check = crate::checks::all().iter().find(|check| check.name() == rule.check);
            let clauses = check.map(|check| check.clauses()).unwrap_or_default();
            assert!(rule.clauses.iter().all(|clause| clauses.contains(&clause.number())), "{}", rule.id);
        }
    }

    #[test]
    fn stars_stand_for_letters() {
        let lexicon = Lexicon::shared();
        for masked in ["f*ck", "f**k", "f***", "f--king", "c*nts", "w***er"] {
            let letters: Vec<char> = masked.chars().collect();
            assert_ne!(lexicon.unmasked(&letters), UNKNOWN, "{masked}");
        }
        assert_eq!(lexicon.unmasked(&['a', '*', 'b']), UNKNOWN);
    }
}
