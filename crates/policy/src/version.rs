//! One version of the policy, text and rules together, and what is different in another.

use cleansheet_terms::{Clause, Digest};
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    clauses::WORDS,
    interpretations::INTERPRETATIONS,
    rules,
    words::{Piece, compare},
};

/// Everything that is acknowledged when somebody acknowledges the policy, in full: it can be read and compared when the
/// program has long had another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The sixteen clauses, in order.
    pub clauses: Vec<ClauseText>,
    /// The words that the Manager signs a reading of. The readings themselves are no part of a version.
    pub interpretations: Vec<Question>,
    /// Every file of rules, in order.
    pub files: Vec<RuleFile>,
    /// The schema of facts.
    pub schema: String,
}

/// One clause in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseText {
    /// Its number.
    pub clause: Clause,
    /// A word or three.
    pub name: String,
    /// What it asks.
    pub text: String,
}

/// A word that needs a reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable name.
    pub key: String,
    /// The word as the policy writes it.
    pub word: String,
    /// What has to be decided.
    pub question: String,
}

/// One file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// `NN_name`.
    pub name: String,
    /// Cedar.
    pub rules: String,
}

/// One rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleText {
    /// Its stable id.
    pub id: String,
    /// `deny` or `hold`; empty for one that permits.
    pub effect: String,
    /// What is the matter when it speaks.
    pub say: String,
    /// What to do then.
    pub remedy: String,
    /// Its head and condition, in Cedar.
    pub condition: String,
}

/// What is different between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// All sixteen clauses, in order, changed or not.
    pub clauses: Vec<ClauseDifference>,
    /// Rules that belong to no clause of their own.
    pub other_rules: Vec<RuleDifference>,
    /// Words to be read in one way, new ones and ones that are asked otherwise or no longer.
    pub interpretations: Vec<Vec<Piece>>,
    /// Whether the list of facts is another.
    pub facts: bool,
}

/// One clause then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseDifference {
    /// Its number.
    pub clause: Clause,
    /// Its name as it is now.
    pub name: String,
    /// Name and text, word by word.
    pub text: Vec<Piece>,
    /// Its rules, as far as they are different.
    pub rules: Vec<RuleDifference>,
}

/// One rule then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleDifference {
    /// It was not there.
    New(RuleText),
    /// It is there no longer.
    Gone(RuleText),
    /// It says or asks something else.
    Changed {
        /// Its stable id.
        id: String,
        /// What it says and what to do then, word by word.
        says: Vec<Piece>,
        /// Whether it speaks in other cases, or does something else, than before.
        otherwise: bool,
    },
}

impl Version {
    /// The version that is built into this program, around these rules.
    pub(crate) fn of(schema: &str, texts: &[(&str, &str)]) -> Self {
        let clauses = Clause::all().zip(WORDS);
        let clauses = clauses.map(|(clause, (name, text))| ClauseText {
            clause,
            name: name.to_owned(),
            text: text.to_owned(),
        });
        let question = |one: &crate::Interpretation| Question {
            key: one.key.to_owned(),
            word: one.word.to_owned(),
            question: one.question.to_owned(),
        };
        let file =
            |(name, rules): &(&str, &str)| RuleFile { name: (*name).to_owned(), rules: (*rules).to_owned() };
        Self {
            clauses: clauses.collect(),
            interpretations: INTERPRETATIONS.iter().map(question).collect(),
            files: texts.iter().map(file).collect(),
            schema: schema.to_owned(),
        }
    }

    /// SHA-256 over everything in it, order included.
    pub fn hash(&self) -> Digest {
        // Strings and numbers always become JSON.
        canonical::digest(self).unwrap_or_else(|_| Digest::of(&[]))
    }

    /// The rules of the files whose number is `number`.
    pub fn rules_of(&self, number: u8) -> Vec<RuleText> {
        let files = self.files.iter().filter(|file| rules::number(&file.name) == Some(number));
        files.flat_map(|file| rules_in(&file.rules)).collect()
    }

    /// What is different since `older`.
    pub fn since(&self, older: &Self) -> Difference {
        let clauses = self.clauses.iter().map(|now| {
            let then = older.clauses.iter().find(|then| then.clause == now.clause);
            let then = then.map(|then| format!("{}. {}", then.name, then.text)).unwrap_or_default();
            let number = now.clause.number();
            ClauseDifference {
                clause: now.clause,
                name: now.name.clone(),
                text: compare(&then, &format!("{}. {}", now.name, now.text)),
                rules: changed(&older.rules_of(number), &self.rules_of(number)),
            }
        });
        let of_none = |version: &Self| [0, 98, 99].map(|number| version.rules_of(number)).concat();
        Difference {
            clauses: clauses.collect(),
            other_rules: changed(&of_none(older), &of_none(self)),
            interpretations: asked_otherwise(&older.interpretations, &self.interpretations),
            facts: self.schema != older.schema,
        }
    }
}

impl RuleText {
    /// What it says and what to do then; a rule that permits says nothing, so its id has to do.
    pub fn says(&self) -> String {
        if self.say.is_empty() { self.id.clone() } else { format!("{}: {}", self.say, self.remedy) }
    }
}

impl ClauseDifference {
    /// Whether anything in it is different.
    pub fn is_changed(&self) -> bool {
        !self.rules.is_empty() || self.text.iter().any(Piece::is_changed)
    }
}

impl Difference {
    /// How many clauses are different.
    pub fn changed_clauses(&self) -> usize {
        self.clauses.iter().filter(|clause| clause.is_changed()).count()
    }

    /// Whether anything beside the sixteen clauses is different.
    pub fn beside_clauses(&self) -> bool {
        self.facts || !self.other_rules.is_empty() || !self.interpretations.is_empty()
    }
}

fn asked_otherwise(then: &[Question], now: &[Question]) -> Vec<Vec<Piece>> {
    let words = |one: &Question| format!("“{}”: {}", one.word, one.question);
    let find = |all: &[Question], key: &str| all.iter().find(|one| one.key == key).map(words);
    let new_or_changed =
        now.iter().map(|one| compare(&find(then, &one.key).unwrap_or_default(), &words(one)));
    let gone = then.iter().filter(|one| find(now, &one.key).is_none()).map(|one| compare(&words(one), ""));
    new_or_changed.chain(gone).filter(|pieces| pieces.iter().any(Piece::is_changed)).collect()
}

fn changed(then: &[RuleText], now: &[RuleText]) -> Vec<RuleDifference> {
    let new_or_changed = now.iter().filter_map(|rule| {
        let Some(before) = then.iter().find(|before| before.id == rule.id) else {
            return Some(RuleDifference::New(rule.clone()));
        };
        (before != rule).then(|| RuleDifference::Changed {
            id: rule.id.clone(),
            says: compare(&before.says(), &rule.says()),
            otherwise: (&before.effect, &before.condition) != (&rule.effect, &rule.condition),
        })
    });
    let gone = then.iter().filter(|before| !now.iter().any(|rule| rule.id == before.id));
    new_or_changed.chain(gone.cloned().map(RuleDifference::Gone)).collect()
}

/// The rules of a file, read as text: an old version's must be readable when Cedar itself has moved on.
fn rules_in(text: &str) -> Vec<RuleText> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let rules = text.split("@id(\"").skip(1).filter_map(|rule| {
        let (id, rest) = rule.split_once("\")")?;
        let annotation = |name: &str| {
            let start = format!("@{name}(\"");
            let value = rest.lines().find_map(|line| line.trim().strip_prefix(start.as_str()));
            value.and_then(|value| value.strip_suffix("\")")).unwrap_or_default().to_owned()
        };
        let others = rest.lines().filter(|line| !line.trim_start().starts_with('@'));
        let condition = others.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        Some(RuleText {
            id: id.to_owned(),
            effect: annotation("effect"),
            say: annotation("say"),
            remedy: annotation("remedy"),
            condition,
        })
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use super::{RuleDifference, Version, rules_in};
    use crate::{Policy, words::Piece};

    fn ours() -> Version {
        Policy::load().unwrap().version().clone()
    }

    #[test]
    fn a_version_is_read_back_with_its_hash_and_differs_from_itself_in_nothing() {
        let version = ours();
        assert_eq!(version.hash(), Policy::load().unwrap().hash());
        let text = serde_json::to_string(&version).unwrap();
        let read: Version = serde_json::from_str(&text).unwrap();
        assert_eq!(read.hash(), version.hash());
        let difference = version.since(&read);
        assert_eq!((difference.changed_clauses(), difference.beside_clauses()), (0, false));
    }

    #[test]
    fn a_changed_word_is_found_in_its_clause_and_nowhere_else() {
        let (now, mut then) = (ours(), ours());
        then.clauses[5].text = then.clauses[5].text.replace("foul, hurtful", "foul");
        let difference = now.since(&then);
        assert_ne!(now.hash(), then.hash());
        assert_eq!(difference.changed_clauses(), 1);
        let clause = &difference.clauses[5];
        assert!(clause.is_changed() && clause.rules.is_empty());
        let of = |wanted: fn(&Piece) -> bool| {
            let pieces = clause.text.iter().filter(|piece| wanted(piece)).map(Piece::text);
            pieces.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(|piece| matches!(piece, Piece::New(_))), "foul, hurtful");
        assert_eq!(of(|piece| matches!(piece, Piece::Gone(_))), "foul");
    }

    #[test]
    fn new_gone_and_changed_rules_are_told_apart() {
        let (now, mut then) = (ours(), ours());
        let file = then.files.iter_mut().find(|file| file.name == "04_devices").unwrap();
        file.rules = file.rules.replace("4-idle", "4-lazy").replace("> 720", "> 480");
        let rules = &now.since(&then).clauses[3].rules;
        let kinds: Vec<String> = rules
            .iter()
            .map(|rule| match rule {
                RuleDifference::New(rule) => format!("new {}", rule.id),
                RuleDifference::Gone(rule) => format!("gone {}", rule.id),
                RuleDifference::Changed { id, says, otherwise } => {
                    format!("changed {id} {} {otherwise}", says.iter().any(Piece::is_changed))
                }
            })
            .collect();
        assert_eq!(kinds, ["new 4-idle", "changed 4-old false true", "gone 4-lazy"]);
    }

    #[test]
    fn every_rule_of_the_policy_is_found_in_its_text() {
        let (policy, version) = (Policy::load().unwrap(), ours());
        let found: Vec<String> = version
            .files
            .iter()
            .flat_map(|file| rules_in(&file.rules))
            .filter(|rule| !rule.effect.is_empty())
            .map(|rule| rule.id)
            .collect();
        let mut expected: Vec<&str> = policy.rules().collect();
        let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert!(version.rules_of(6).iter().all(|rule| !rule.say.is_empty() && !rule.remedy.is_empty()));
    }
}
