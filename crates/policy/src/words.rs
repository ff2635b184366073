//! Two texts, word by word.

use serde::Serialize;

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// In both.
    Same(String),
    /// In the older one alone.
    Gone(String),
    /// In the newer one alone.
    New(String),
}

impl Piece {
    /// Its words.
    pub fn text(&self) -> &str {
        match self {
            Self::Same(text) | Self::Gone(text) | Self::New(text) => text,
        }
    }

    /// Whether it is in one of the two alone.
    pub fn is_changed(&self) -> bool {
        !matches!(self, Self::Same(_))
    }
}

/// What was compared as one line of plain text, for paper and terminals.
pub fn plain(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece {
        Piece::Same(text) => text.clone(),
        Piece::Gone(text) => format!("[removed: {text}]"),
        Piece::New(text) => format!("[added: {text}]"),
    };
    pieces.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Cuts two texts into what both have and what one has, in order; what is gone stands before what came instead.
///
/// Work grows with the product of the numbers of words: for sentences, not for books.
pub(crate) fn compare(then: &str, now: &str) -> Vec<Piece> {
    let then: Vec<&str> = then.split_whitespace().collect();
    let now: Vec<&str> = now.split_whitespace().collect();
    let longest = longest_common(&then, &now);
    let common = |a: usize, b: usize| longest.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0);
    let (mut pieces, mut gone, mut new, mut same) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut a, mut b) = (0, 0);
    loop {
        match (then.get(a), now.get(b)) {
            (Some(old), Some(word)) if old == word => {
                flush(&mut pieces, &mut gone, Piece::Gone);
                flush(&mut pieces, &mut new, Piece::New);
                same.push(*word);
                (a, b) = (a + 1, b + 1);
                continue;
            }
            (Some(old), word) if word.is_none() || common(a + 1, b) >= common(a, b + 1) => {
                gone.push(*old);
                a += 1;
            }
            (_, Some(word)) => {
                new.push(*word);
                b += 1;
            }
            _ => break,
        }
        flush(&mut pieces, &mut same, Piece::Same);
    }
    flush(&mut pieces, &mut same, Piece::Same);
    flush(&mut pieces, &mut gone, Piece::Gone);
    flush(&mut pieces, &mut new, Piece::New);
    pieces
}

fn flush(pieces: &mut Vec<Piece>, words: &mut Vec<&str>, kind: fn(String) -> Piece) {
    if !words.is_empty() {
        pieces.push(kind(words.join(" ")));
        words.clear();
    }
}

/// How many words the rests of both texts have in common, in order, for each pair of places.
fn longest_common(then: &[&str], now: &[&str]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; now.len() + 1]];
    for old in then.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0; now.len() + 1];
        for (b, word) in now.iter().enumerate().rev() {
            let at = |row: &[usize], b: usize| row.get(b).copied().unwrap_or(0);
            let best = if old == word { at(&below, b + 1) + 1 } else { at(&below, b).max(at(&row, b + 1)) };
            if let Some(cell) = row.get_mut(b) {
                *cell = best;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Piece, compare, plain};

    fn told(then: &str, now: &str) -> String {
        plain(&compare(then, now)).replace("removed: ", "-").replace("added: ", "+")
    }

    #[test]
    fn words_that_came_and_went_are_marked_and_the_others_stay() {
        assert_eq!(told("a b c", "a b c"), "a b c");
        assert_eq!(told("", "a b"), "[+a b]");
        assert_eq!(told("a b", ""), "[-a b]");
        assert_eq!(
            told("nothing foul appears", "nothing foul or cruel appears"),
            "nothing foul [+or cruel] appears"
        );
        assert_eq!(told("ask the DSL first", "ask the Manager first"), "ask the [-DSL] [+Manager] first");
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_out_of_what_was_compared(then in "[abc ]{0,30}", now in "[abc ]{0,30}") {
            let pieces = compare(&then, &now);
            let of = |other: fn(&Piece) -> bool| {
                let kept = pieces.iter().filter(|piece| !other(piece)).map(Piece::text);
                kept.collect::<Vec<_>>().join(" ")
            };
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(of(|piece| matches!(piece, Piece::New(_))), words(&then));
            prop_assert_eq!(of(|piece| matches!(piece, Piece::Gone(_))), words(&now));
        }
    }
}
