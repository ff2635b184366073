//! A caption with what the checks saw marked in it.

use cleansheet_terms::Severity;

/// A stretch of text that is marked alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The letters.
    pub(super) text: String,
    /// `find-stop`, `find-hold`, `find-note`, or empty.
    pub(super) class: &'static str,
}

/// Cuts a text where its marks begin and end. Where marks overlap, the heavier one counts.
///
/// - `spans`: half-open ranges of Unicode code points and how much each weighs; what lies outside is left out.
pub(super) fn pieces(text: &str, spans: &[(usize, usize, Severity)]) -> Vec<Piece> {
    let mut weights: Vec<Option<Severity>> = vec![None; text.chars().count()];
    for (start, end, severity) in spans {
        for weight in weights.iter_mut().take(*end).skip(*start) {
            *weight = (*weight).max(Some(*severity));
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (letter, weight) in text.chars().zip(weights) {
        let class = weight.map_or("", class);
        match pieces.last_mut() {
            Some(last) if last.class == class => last.text.push(letter),
            _ => pieces.push(Piece { text: letter.to_string(), class }),
        }
    }
    pieces
}

/// The first line, short enough for a list.
pub(in crate::web) fn title(caption: &str) -> String {
    let line = caption.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("No words yet");
    if line.chars().count() <= 60 {
        return line.to_owned();
    }
    let cut: String = line.chars().take(60).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words))
}

/// The text with one stretch replaced, as a one-tap fix does. `None` when the stretch is no longer there.
///
/// - `start`, `end`: Unicode code points.
pub(super) fn replaced(text: &str, start: usize, end: usize, by: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let (before, after) = (letters.get(..start)?, letters.get(end..)?);
    let before: String = before.iter().collect();
    let after: String = after.iter().collect();
    // Taking a word out leaves two blanks beside each other.
    let gap = by.is_empty() && (before.ends_with(' ') || before.is_empty());
    let after = if gap { after.strip_prefix(' ').unwrap_or(&after) } else { &after };
    (start < end).then(|| format!("{before}{by}{after}"))
}

fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "find-stop",
        Severity::Hold => "find-hold",
        Severity::Note => "find-note",
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Severity::{Block, Hold};

    use super::{pieces, replaced, title};

    #[test]
    fn marks_cut_the_text_on_letters_and_the_heavier_wins() {
        let cut = pieces("Žofie bloody ran", &[(6, 12, Hold), (6, 9, Block), (40, 50, Hold)]);
        let shown: Vec<(&str, &str)> = cut.iter().map(|piece| (piece.text.as_str(), piece.class)).collect();
        assert_eq!(shown, [("Žofie ", ""), ("blo", "find-stop"), ("ody", "find-hold"), (" ran", "")]);
        assert_eq!(pieces("", &[(0, 3, Hold)]), []);
    }

    #[test]
    fn a_fix_replaces_the_letters_it_was_offered_for() {
        assert_eq!(replaced("it bloody poured", 3, 9, "").unwrap(), "it poured");
        assert_eq!(replaced("Žofie ran", 0, 5, "A player").unwrap(), "A player ran");
        assert_eq!(replaced("short", 3, 9, "x"), None);
    }

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(title("\n  A first goal \nmore"), "A first goal");
        assert_eq!(title(""), "No words yet");
        assert!(title(&"word ".repeat(30)).ends_with("word…"));
    }
}
