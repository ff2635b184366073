//! The words people are asked in. They are kept with every answer, by hash: so pages show them from the kept text, and
//! not from the file that came with the program.

use std::collections::BTreeSet;

use cleansheet_terms::Date;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement},
    parser,
};

use crate::{Language, Reader, dates, texts};

/// Every text of a wording, in the order of the page.
pub const KEYS: [&str; 20] = [
    "title",
    "intro",
    "q-news-website",
    "q-news-social",
    "q-press-press",
    "q-promotion-website",
    "q-promotion-social",
    "yes",
    "no",
    "naming",
    "naming-hint",
    "naming-none",
    "naming-first",
    "naming-full",
    "know",
    "know-ends",
    "know-together",
    "know-child",
    "know-copies",
    "know-change",
];

/// What may stand for something else in them.
const VALUES: [&str; 3] = ["child", "trust", "until"];

/// Why words cannot be shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// A text is missing or empty.
    #[error("“{0}” has no words; write some")]
    Missing(String),
    /// Fluent cannot read it.
    #[error(
        "“{0}” cannot be read; leave out every {{ and }} but those of {{ $child }}, {{ $trust }} and {{ $until }}"
    )]
    Unreadable(String),
    /// A value that no page has.
    #[error("“{0}” names `{1}`; only $child, $trust and $until can stand in for something")]
    UnknownValue(String, String),
    /// Something that is none of the texts.
    #[error("“{0}” is none of the texts of a wording; leave it out")]
    Unknown(String),
}

/// A wording that can be shown.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
    sources: Vec<(&'static str, String)>,
}

/// What stands in for the values of a wording.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    /// The child's or person's first name.
    pub child: &'a str,
    /// The trust's name.
    pub trust: &'a str,
    /// The last day of the answers.
    pub until: Date,
}

impl Words {
    /// Reads a kept wording.
    pub fn parse(language: Language, text: &str) -> Result<Self, WordsError> {
        let resource = parser::parse(text).map_err(|(_, errors)| {
            let at = errors.first().map_or(0, |error| error.pos.start);
            WordsError::Unreadable(text.get(..at).unwrap_or_default().lines().last().unwrap_or("").to_owned())
        })?;
        let mut sources = Vec::new();
        let mut names = BTreeSet::new();
        for entry in &resource.body {
            let Entry::Message(message) = entry else {
                return Err(WordsError::Unknown("something that is no text".to_owned()));
            };
            let key = KEYS.into_iter().find(|key| *key == message.id.name);
            let key = key.filter(|key| names.insert(*key));
            let key = key.ok_or_else(|| WordsError::Unknown(message.id.name.to_owned()))?;
            sources.push((key, source_of(message)?));
        }
        if let Some(missing) = KEYS.into_iter().find(|key| !names.contains(key)) {
            return Err(WordsError::Missing(missing.to_owned()));
        }
        Ok(Self { bundle: texts::bundle(language, text), sources })
    }

    /// One text, for a reader.
    pub fn say(&self, key: &str, language: Language, said: &Said<'_>) -> String {
        let mut args = FluentArgs::new();
        args.set("child", said.child.to_owned());
        args.set("trust", said.trust.to_owned());
        args.set("until", dates::date(language, said.until));
        texts::said(&self.bundle, key, Some(&args)).unwrap_or_default()
    }

    /// The texts as they are written, for whoever changes or reviews them.
    pub fn sources(&self) -> &[(&'static str, String)] {
        &self.sources
    }
}

/// Puts the texts of [`KEYS`] together, in their order, as they are kept.
pub fn compose(language: Language, texts: &[(&'static str, String)]) -> Result<String, WordsError> {
    let mut text = String::new();
    for key in KEYS {
        let given = texts.iter().find(|(name, _)| *name == key).map_or("", |(_, given)| given.as_str());
        let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
        if given.is_empty() {
            return Err(WordsError::Missing(key.to_owned()));
        }
        text.push_str(&format!("{key} = {given}\n"));
    }
    Words::parse(language, &text)?;
    Ok(text)
}

/// The words that come with the program.
pub fn shipped(reader: Reader, language: Language) -> &'static str {
    macro_rules! of {
        ($folder:literal) => {
            match reader {
                Reader::Guardian => {
                    include_str!(concat!("../../../locales/", $folder, "/consent-guardian.ftl"))
                }
                Reader::Child => include_str!(concat!("../../../locales/", $folder, "/consent-child.ftl")),
                Reader::Adult => include_str!(concat!("../../../locales/", $folder, "/consent-adult.ftl")),
            }
        };
    }
    match language {
        Language::English => of!("en"),
        Language::Polish => of!("pl"),
        Language::Romanian => of!("ro"),
        Language::Portuguese => of!("pt"),
        Language::Ukrainian => of!("uk"),
        Language::Urdu => of!("ur"),
        Language::Arabic => of!("ar"),
        Language::Bengali => of!("bn"),
    }
}

/// The text of a message as it was written. Nothing but our values may stand in it.
fn source_of(message: &Message<&str>) -> Result<String, WordsError> {
    let name = message.id.name.to_owned();
    let Some(Pattern { elements }) = message.value.as_ref().filter(|_| message.attributes.is_empty()) else {
        return Err(WordsError::Unreadable(name));
    };
    let mut source = String::new();
    for element in elements {
        match element {
            PatternElement::TextElement { value } => source.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } if VALUES.contains(&id.name) => source.push_str(&format!("{{ ${} }}", id.name)),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => return Err(WordsError::UnknownValue(name, format!("${}", id.name))),
            PatternElement::Placeable { .. } => return Err(WordsError::Unreadable(name)),
        }
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Said, Words, WordsError, compose, shipped};
    use crate::{Language, Reader};

    fn english(reader: Reader) -> Vec<(&'static str, String)> {
        let words = Words::parse(Language::English, shipped(reader, Language::English)).unwrap();
        words.sources().to_vec()
    }

    #[test]
    fn the_words_that_come_with_the_program_can_be_shown_and_are_kept_as_they_would_be_written_again() {
        for language in Language::ALL {
            for reader in Reader::ALL {
                let text = shipped(reader, language);
                let words = Words::parse(language, text)
                    .unwrap_or_else(|error| panic!("{language} {}: {error}", reader.as_str()));
                assert_eq!(
                    compose(language, words.sources()).unwrap(),
                    text,
                    "{language} {}",
                    reader.as_str()
                );
            }
        }
    }

    #[test]
    fn words_are_said_with_the_values_isolated() {
        let words = Words::parse(Language::English, shipped(Reader::Guardian, Language::English)).unwrap();
        let said = Said { child: "آشا", trust: "The trust", until: "2027-08-31".parse().unwrap() };
        let say = |key| words.say(key, Language::English, &said);
        assert_eq!(say("title"), "May we show \u{2068}آشا\u{2069} in pictures?");
        assert_eq!(
            say("know-ends"),
            "A yes ends on 31 August 2027. Then we ask again. A no stays until you change it."
        );
    }

    #[test]
    fn words_that_cannot_be_shown_are_refused_by_name() {
        let with = |key: &str, text: &str| {
            let mut texts = english(Reader::Guardian);
            texts.iter_mut().find(|(name, _)| *name == key).unwrap().1 = text.to_owned();
            compose(Language::English, &texts)
        };
        assert_eq!(with("yes", " \n "), Err(WordsError::Missing("yes".into())));
        assert!(with("yes", "Yes,\n\nshow { $child }").unwrap().contains("yes = Yes, show { $child }\n"));
        assert!(matches!(with("yes", "{ $mother }"), Err(WordsError::UnknownValue(..))));
        for bad in ["{ yes }", "{ \"a\" }", "{ $child ->\n *[a] b }", "{", "a } b", "{ NUMBER($until) }"] {
            assert!(with("no", bad).is_err(), "{bad}");
        }
        assert!(Words::parse(Language::English, "May we show your child’s face?").is_err());
        let twice = shipped(Reader::Guardian, Language::English).to_owned() + "yes = Yes\n";
        assert!(Words::parse(Language::English, &twice).is_err());
        assert_eq!(KEYS.len(), english(Reader::Adult).len());
    }
}
