//! Reads the word lists into a [`Lexicon`].

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
use cleansheet_terms::{Clause, Severity};
use serde::Deserialize;

use super::{Guard, Lexicon, NUMBER, Phrase, Rule, Speaks, Step, WordId};
use crate::material::Context;

const FILES: [&str; 9] = [
    include_str!("classes.toml"),
    include_str!("innocent.toml"),
    include_str!("foul.toml"),
    include_str!("derogatory.toml"),
    include_str!("harm.toml"),
    include_str!("safeguarding.toml"),
    include_str!("contact.toml"),
    include_str!("tone.toml"),
    include_str!("private.toml"),
];

/// The most phrases one line may stand for.
const MOST_VARIANTS: usize = 64;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct File {
    classes: BTreeMap<String, String>,
    macros: BTreeMap<String, Vec<String>>,
    innocent: String,
    reporting: String,
    purpose: String,
    inside: String,
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    check: String,
    kind: String,
    clauses: Vec<u8>,
    severity: Severity,
    #[serde(default)]
    contexts: Vec<Context>,
    #[serde(default)]
    unless: Vec<Guard>,
    confidence: f32,
    say: String,
    remedy: String,
    #[serde(default)]
    removable: bool,
    #[serde(default)]
    maskable: bool,
    phrases: String,
}

/// A list that cannot be read is trouble, kept for the checks to report: they then hold every post.
pub(super) fn lexicon() -> Lexicon {
    let mut builder = Builder::new();
    match builder.read() {
        Ok(()) => builder.done(),
        Err(trouble) => {
            let mut empty = Builder::new().done();
            empty.trouble = Some(trouble);
            empty
        }
    }
}

struct Builder {
    classes: HashMap<String, Vec<String>>,
    macros: HashMap<String, Vec<String>>,
    words: HashMap<Box<str>, WordId>,
    sets: Vec<Vec<u16>>,
    set_ids: HashMap<Vec<String>, u16>,
    first: Vec<Vec<u32>>,
    phrases: Vec<Phrase>,
    rules: Vec<Rule>,
    masked: HashMap<char, Vec<(Box<str>, WordId)>>,
    inside: Vec<String>,
}

impl Builder {
    fn new() -> Self {
        let words = HashMap::from([("#number".into(), NUMBER)]);
        Self {
            classes: HashMap::new(),
            macros: HashMap::new(),
            words,
            sets: vec![Vec::new(), Vec::new()],
            set_ids: HashMap::new(),
            first: Vec::new(),
            phrases: Vec::new(),
            rules: Vec::new(),
            masked: HashMap::new(),
            inside: Vec::new(),
        }
    }

    fn read(&mut self) -> Result<(), String> {
        for text in FILES {
            let file: File =
                toml::from_str(text).map_err(|error| format!("a word list is not TOML: {error}"))?;
            for (name, words) in file.classes {
                let words = words.split_whitespace().flat_map(endings).collect();
                self.classes.insert(name, words);
            }
            self.macros.extend(file.macros);
            for (lines, speaks) in [
                (&file.innocent, Speaks::Innocent),
                (&file.reporting, Speaks::Reporting),
                (&file.purpose, Speaks::Purpose),
            ] {
                self.lines(lines, speaks, false)?;
            }
            self.inside.extend(file.inside.split_whitespace().map(str::to_owned));
            for rule in file.rule {
                self.rule(rule)?;
            }
        }
        Ok(())
    }

    fn rule(&mut self, rule: RuleText) -> Result<(), String> {
        let clauses: Result<Vec<Clause>, _> =
            rule.clauses.iter().map(|number| Clause::new(*number)).collect();
        let index = u16::try_from(self.rules.len()).map_err(|_| "too many rules".to_owned())?;
        self.rules.push(Rule {
            clauses: clauses.map_err(|error| format!("rule `{}`: {error}", rule.id))?,
            id: rule.id,
            check: rule.check,
            kind: rule.kind,
            severity: rule.severity,
            contexts: rule.contexts,
            unless: rule.unless,
            confidence: rule.confidence,
            say: rule.say,
            remedy: rule.remedy,
            removable: rule.removable,
        });
        self.lines(&rule.phrases, Speaks::Rule(index), rule.maskable)
    }

    fn lines(&mut self, lines: &str, speaks: Speaks, maskable: bool) -> Result<(), String> {
        for line in lines.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            for variant in self.expanded(line)? {
                self.phrase(&variant, speaks, maskable).map_err(|why| format!("`{line}`: {why}"))?;
            }
        }
        Ok(())
    }

    /// Writes out the `<macros>` of a line.
    fn expanded(&self, line: &str) -> Result<Vec<String>, String> {
        let mut open = vec![line.to_owned()];
        let mut done = Vec::new();
        while let Some(text) = open.pop() {
            let named = text.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?)));
            let Some((before, (name, after))) = named else {
                done.push(text);
                continue;
            };
            let variants = self.macros.get(name).ok_or_else(|| format!("`{line}`: no macro `{name}`"))?;
            open.extend(variants.iter().map(|variant| format!("{before}{variant}{after}")));
            if open.len() + done.len() > MOST_VARIANTS {
                return Err(format!("`{line}` stands for too many phrases"));
            }
        }
        Ok(done)
    }

    fn phrase(&mut self, line: &str, speaks: Speaks, maskable: bool) -> Result<(), String> {
        let mut steps = Vec::new();
        let (mut gap, mut across) = (0, false);
        for part in line.split_whitespace() {
            if let Some(size) = part.strip_prefix('~') {
                across = size.starts_with('~');
                gap = size.trim_start_matches('~').parse().map_err(|_| format!("`{part}` is no gap"))?;
                continue;
            }
            let (part, optional) = part.strip_suffix('?').map_or((part, false), |part| (part, true));
            let mut words: Vec<String> = Vec::new();
            for choice in part.split('|') {
                match choice.strip_prefix('{').and_then(|class| class.strip_suffix('}')) {
                    Some(class) => {
                        words.extend(
                            self.classes.get(class).ok_or_else(|| format!("no class `{class}`"))?.clone(),
                        );
                    }
                    None => words.extend(endings(choice)),
                }
            }
            steps.push(Step { set: self.set(words)?, gap, across, optional });
            (gap, across) = (0, false);
        }
        let first = steps.first().ok_or("no words")?;
        if first.optional || first.gap > 0 {
            return Err("a phrase begins with a word that must be there".to_owned());
        }
        if maskable && steps.len() == 1 {
            self.maskable(line);
        }
        let index = u32::try_from(self.phrases.len()).map_err(|_| "too many phrases".to_owned())?;
        if let Some(beginning) = self.first.get_mut(usize::from(first.set)) {
            beginning.push(index);
        }
        self.phrases.push(Phrase { steps, rule: speaks });
        Ok(())
    }

    fn maskable(&mut self, line: &str) {
        for word in line.split('|').flat_map(endings) {
            let id = self.id(&word);
            if let Some(first) = word.chars().next() {
                self.masked.entry(first).or_default().push((word.into_boxed_str(), id));
            }
        }
    }

    /// The set of these words; the same words give the same set.
    fn set(&mut self, mut words: Vec<String>) -> Result<u16, String> {
        words.sort_unstable();
        words.dedup();
        if let Some(known) = self.set_ids.get(&words) {
            return Ok(*known);
        }
        let set = u16::try_from(self.first.len()).map_err(|_| "too many sets".to_owned())?;
        self.first.push(Vec::new());
        for word in &words {
            let id = self.id(word) as usize;
            if let Some(sets) = self.sets.get_mut(id) {
                sets.push(set);
            }
        }
        self.set_ids.insert(words, set);
        Ok(set)
    }

    fn id(&mut self, word: &str) -> WordId {
        if let Some(id) = self.words.get(word) {
            return *id;
        }
        let id = WordId::try_from(self.sets.len()).unwrap_or(super::UNKNOWN);
        self.sets.push(Vec::new());
        self.words.insert(word.into(), id);
        id
    }

    fn done(mut self) -> Lexicon {
        let mut class = |name: &str| {
            let words = self.classes.get(name).cloned().unwrap_or_default();
            self.set(words).unwrap_or_default()
        };
        let (negation, title, name_like) = (class("negation"), class("title"), class("namelike"));
        let inside_words =
            self.inside.iter().map(|word| self.words.get(word.as_str()).copied().unwrap_or(super::UNKNOWN));
        let inside_words = inside_words.collect();
        Lexicon {
            inside: AhoCorasick::new(&self.inside).ok().filter(|_| !self.inside.is_empty()),
            inside_words,
            words: self.words,
            sets: self.sets,
            first: self.first,
            phrases: self.phrases,
            rules: self.rules,
            negation,
            title,
            name_like,
            masked: self.masked,
            trouble: None,
        }
    }
}

/// `kick+` is kick, kicks, kicked, kicking, kickin, kicker, kickers; `rape+` drops its e; `hit++` doubles its letter.
fn endings(word: &str) -> Vec<String> {
    if let Some(stem) = word.strip_suffix("++") {
        let doubled = stem.chars().last().map_or_else(String::new, |last| format!("{stem}{last}"));
        let mut forms = vec![stem.to_owned(), format!("{stem}s")];
        forms.extend(["ed", "ing", "in", "er", "ers"].map(|ending| format!("{doubled}{ending}")));
        return forms;
    }
    let Some(stem) = word.strip_suffix('+') else { return vec![word.to_owned()] };
    if let Some(short) = stem.strip_suffix('e') {
        return ["e", "es", "ed", "ing", "in", "er", "ers"].map(|ending| format!("{short}{ending}")).to_vec();
    }
    let plural = if stem.ends_with("ch") || stem.ends_with("sh") || stem.ends_with('s') { "es" } else { "s" };
    ["", plural, "ed", "ing", "in", "er", "ers"].map(|ending| format!("{stem}{ending}")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_lists_can_be_read() {
        assert_eq!(lexicon().trouble(), None);
    }

    #[test]
    fn endings_follow_the_spelling() {
        assert_eq!(endings("rape+").join(" "), "rape rapes raped raping rapin raper rapers");
        assert_eq!(endings("hit++").join(" "), "hit hits hitted hitting hittin hitter hitters");
        assert_eq!(endings("punch+").join(" "), "punch punches punched punching punchin puncher punchers");
    }
}
