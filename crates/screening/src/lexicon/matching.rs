//! Matches the phrases of the [`Lexicon`] against the words of a text.

use super::{Guard, Lexicon, Phrase, Rule, Speaks, Step};
use crate::reading::Token;

/// How many words before a phrase a "not" still counts.
const NEGATION_REACH: usize = 4;

/// A rule that spoke about a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The first word.
    pub(crate) from: usize,
    /// One past the last word.
    pub(crate) to: usize,
    /// Index of the rule.
    pub(crate) rule: u16,
}

/// All that the lists say of a text.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// Rules that spoke, in order of their place; innocent phrases and guards are taken into account.
    pub(crate) hits: Vec<Hit>,
    /// Something in the text is about the trust's own activity.
    pub(crate) purpose: bool,
}

/// Finds every phrase. Each word starts few phrases, and each phrase reaches a bounded number of words.
pub(crate) fn hits(lexicon: &Lexicon, tokens: &[Token]) -> Hits {
    let mut found: Vec<Hit> = Vec::new();
    let mut innocent: Vec<(usize, usize)> = Vec::new();
    let (mut reported, mut purpose) = (false, false);
    for (from, token) in tokens.iter().enumerate() {
        for phrase in beginning(lexicon, token) {
            let Some(to) = follow(lexicon, tokens, &phrase.steps, from) else { continue };
            match phrase.rule {
                Speaks::Rule(rule) => found.push(Hit { from, to, rule }),
                Speaks::Innocent => innocent.push((from, to)),
                Speaks::Reporting => reported = true,
                Speaks::Purpose => purpose = true,
            }
        }
    }
    drop_innocent(&mut found, &mut innocent);
    found.retain(|hit| {
        lexicon.rule(hit.rule).is_some_and(|rule| !guarded(lexicon, tokens, *hit, rule, reported))
    });
    Hits { hits: found, purpose }
}

fn beginning<'l>(lexicon: &'l Lexicon, token: &Token) -> impl Iterator<Item = &'l Phrase> {
    let sets = lexicon.sets.get(token.word as usize).map_or(&[][..], Vec::as_slice);
    sets.iter()
        .filter_map(|set| lexicon.first.get(usize::from(*set)))
        .flatten()
        .filter_map(|phrase| lexicon.phrases.get(*phrase as usize))
}

/// One past the last word of the phrase, when it stands at `from`.
fn follow(lexicon: &Lexicon, tokens: &[Token], steps: &[Step], from: usize) -> Option<usize> {
    let Some((step, rest)) = steps.split_first() else { return Some(from) };
    for at in from..=from + usize::from(step.gap) {
        let Some(token) = tokens.get(at) else { break };
        // The first word has nothing before it that could end a sentence inside the phrase.
        let broken =
            at > from && !step.across && tokens.get(at - 1).is_some_and(|before| before.ends_sentence);
        if broken {
            break;
        }
        if lexicon.has(token.word, step.set) {
            let cut = !rest.is_empty() && token.ends_sentence && !rest.iter().any(|next| next.across);
            let end = if cut {
                rest.iter().all(|next| next.optional).then_some(at + 1)
            } else {
                follow(lexicon, tokens, rest, at + 1)
            };
            if end.is_some() {
                return end;
            }
        }
    }
    if step.optional { follow(lexicon, tokens, rest, from) } else { None }
}

/// Drops what an innocent phrase covers. `found` is in order of its beginnings.
fn drop_innocent(found: &mut Vec<Hit>, innocent: &mut [(usize, usize)]) {
    if innocent.is_empty() {
        return;
    }
    innocent.sort_unstable();
    // The furthest end of all innocent phrases that begin at or before a word.
    let mut reach = 0;
    let mut next = innocent.iter().peekable();
    found.retain(|hit| {
        while let Some((_, to)) = next.next_if(|(from, _)| *from <= hit.from) {
            reach = reach.max(*to);
        }
        hit.to > reach
    });
}

fn guarded(lexicon: &Lexicon, tokens: &[Token], hit: Hit, rule: &Rule, reported: bool) -> bool {
    rule.unless.iter().any(|guard| match guard {
        Guard::Reported => reported,
        Guard::Negated => negated(lexicon, tokens, hit),
        Guard::Name => hit.to == hit.from + 1 && like_a_name(lexicon, tokens, hit.from),
    })
}

fn negated(lexicon: &Lexicon, tokens: &[Token], hit: Hit) -> bool {
    let inside = tokens.get(hit.from..hit.to).unwrap_or_default();
    if inside.iter().any(|token| lexicon.has(token.word, lexicon.negation)) {
        return true;
    }
    let before = tokens.get(hit.from.saturating_sub(NEGATION_REACH)..hit.from).unwrap_or_default();
    before
        .iter()
        .rev()
        .take_while(|token| !token.ends_sentence)
        .any(|token| lexicon.has(token.word, lexicon.negation))
}

/// "Mr Cocks", "Priya Dick", "Dick Turpin", but not a whole sentence in capitals.
fn like_a_name(lexicon: &Lexicon, tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else { return false };
    if !token.capital || token.shouted || !lexicon.has(token.word, lexicon.name_like) {
        return false;
    }
    let before =
        at.checked_sub(1).and_then(|before| tokens.get(before)).filter(|before| !before.ends_sentence);
    let after = tokens.get(at + 1).filter(|_| !token.ends_sentence);
    let named = |other: &Token| other.capital && !other.shouted && other.letters > 1;
    before.is_some_and(|before| {
        lexicon.has(before.word, lexicon.title) || named(before) || before.word != 0 && !before.capital
    }) || after.is_some_and(named)
}
