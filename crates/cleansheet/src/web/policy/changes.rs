//! What is different between two versions, in words that a page can show: never by colour alone.

use askama::Template;
use cleansheet_policy::{ClauseDifference, Difference, Piece, RuleDifference, plain};

/// Two texts in one, what is gone and what is new marked and said.
#[derive(Template, Debug, Clone)]
#[template(path = "policy/words.html")]
pub(super) struct Words {
    pieces: Vec<Piece>,
}

impl askama::filters::HtmlSafe for Words {}

/// A rule that is different.
#[derive(Debug, Clone)]
pub(super) struct RuleLine {
    /// `A new rule`.
    pub(super) kind: &'static str,
    pub(super) words: Words,
    /// What the words do not show.
    pub(super) more: &'static str,
}

/// One clause, changed or not.
pub(super) struct ClauseLine {
    pub(super) number: u8,
    pub(super) name: String,
    pub(super) words: Words,
    pub(super) changed: bool,
    pub(super) rules: Vec<RuleLine>,
}

/// All of it.
pub(super) struct Changes {
    pub(super) clauses: Vec<ClauseLine>,
    /// What serves every clause.
    pub(super) other: Vec<RuleLine>,
    /// Words to be read in one way.
    pub(super) interpretations: Vec<Words>,
    pub(super) facts: bool,
}

impl Changes {
    pub(super) fn of(difference: &Difference) -> Self {
        Self {
            clauses: difference.clauses.iter().map(clause).collect(),
            other: difference.other_rules.iter().map(rule).collect(),
            interpretations: difference
                .interpretations
                .iter()
                .cloned()
                .map(|pieces| Words { pieces })
                .collect(),
            facts: difference.facts,
        }
    }

    /// How many clauses are changed.
    pub(super) fn count(&self) -> usize {
        self.clauses.iter().filter(|clause| clause.changed).count()
    }

    /// Whether anything beside the clauses is.
    pub(super) fn beside(&self) -> bool {
        self.facts || !self.other.is_empty() || !self.interpretations.is_empty()
    }
}

fn clause(clause: &ClauseDifference) -> ClauseLine {
    ClauseLine {
        number: clause.clause.number(),
        name: clause.name.clone(),
        words: Words { pieces: clause.text.clone() },
        changed: clause.is_changed(),
        rules: clause.rules.iter().map(rule).collect(),
    }
}

fn rule(rule: &RuleDifference) -> RuleLine {
    let line = |kind, pieces, more| RuleLine { kind, words: Words { pieces }, more };
    match rule {
        RuleDifference::New(rule) => line("A new rule", vec![Piece::New(rule.says())], ""),
        RuleDifference::Gone(rule) => line("A rule that is gone", vec![Piece::Gone(rule.says())], ""),
        RuleDifference::Changed { says, otherwise, .. } => {
            let more = if *otherwise { "It speaks in other cases than before." } else { "" };
            line("A changed rule", says.clone(), more)
        }
    }
}

impl Words {
    /// As one line of plain text.
    pub(super) fn plain(&self) -> String {
        plain(&self.pieces)
    }
}
