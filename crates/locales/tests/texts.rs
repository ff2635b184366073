//! What holds for every text in every language.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops and says where"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cleansheet_locales::{Language, Reader, shipped, texts};
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey},
    parser,
};

/// What is written in Latin letters everywhere: names.
const NAMES: [&str; 6] =
    ["Facebook", "Instagram", "Mastodon", "Bluesky", "Information Commissioner’s Office", "X"];

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn file(language: Language, name: &str) -> String {
    fs::read_to_string(root().join("locales").join(language.code()).join(name)).unwrap()
}

const FILES: [&str; 4] = ["parents.ftl", "consent-guardian.ftl", "consent-child.ftl", "consent-adult.ftl"];

/// One text: its values, its plural forms, and its letters.
#[derive(Debug, Default)]
struct Text {
    values: BTreeSet<String>,
    plurals: Vec<BTreeSet<String>>,
    letters: String,
}

impl Text {
    fn read(&mut self, pattern: &Pattern<String>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.letters.push_str(value),
                PatternElement::Placeable { expression: Expression::Inline(inline) } => self.value(inline),
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    self.value(selector);
                    let name = |key: &VariantKey<String>| match key {
                        VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name } => {
                            name.clone()
                        }
                    };
                    self.plurals.push(variants.iter().map(|one| name(&one.key)).collect());
                    for variant in variants {
                        self.letters.push(' ');
                        self.read(&variant.value);
                    }
                }
            }
        }
    }

    fn value(&mut self, inline: &InlineExpression<String>) {
        let InlineExpression::VariableReference { id } = inline else { panic!("{inline:?} is no value") };
        self.values.insert(id.name.clone());
    }
}

fn texts_of(language: Language, name: &str) -> BTreeMap<String, Text> {
    let resource = parser::parse(file(language, name))
        .unwrap_or_else(|(_, errors)| panic!("{language}/{name} cannot be read: {errors:?}"));
    let mut all = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let mut text = Text::default();
            text.read(&message.value.expect("a text has words"));
            let twice = all.insert(message.id.name.clone(), text);
            assert!(twice.is_none(), "{language}/{name}: {} comes twice", message.id.name);
        }
    }
    all
}

#[test]
fn every_language_has_the_same_texts_with_the_same_values() {
    for name in FILES {
        let english = texts_of(Language::English, name);
        for language in Language::ALL {
            let theirs = texts_of(language, name);
            let keys = |all: &BTreeMap<String, Text>| all.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&theirs), keys(&english), "{language}/{name}");
            for (key, text) in &theirs {
                assert_eq!(text.values, english[key].values, "{language}/{name}: {key}");
            }
        }
    }
}

/// CLDR's categories; `other` goes for all that are not named.
fn plurals(language: Language) -> &'static str {
    match language {
        Language::English | Language::Urdu | Language::Bengali => "one other",
        Language::Romanian => "few one other",
        Language::Portuguese => "many one other",
        Language::Polish | Language::Ukrainian => "few many one other",
        Language::Arabic => "few many one other two zero",
    }
}

#[test]
fn every_plural_form_of_a_language_is_there() {
    let mut forms = 0;
    for language in Language::ALL {
        for (key, text) in FILES.into_iter().flat_map(|name| texts_of(language, name)) {
            for form in text.plurals {
                assert_eq!(Vec::from_iter(form).join(" "), plurals(language), "{language}: {key}");
                forms += 1;
            }
        }
    }
    assert!(forms >= Language::ALL.len());
    let stopped = |language, many| texts(language).count("count", &many).say("receipt-stopped");
    let forms =
        |language| [1, 2, 5, 22].map(|many| stopped(language, many)).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(forms(Language::Polish).len(), 4);
    assert!(stopped(Language::Polish, 22).contains("wpisy"), "22 is few in Polish");
    assert!(stopped(Language::Arabic, 2).contains("منشوران"));
    assert!(stopped(Language::Bengali, 12).contains("১২"), "Bengali writes its own digits");
}

#[test]
fn no_latin_word_is_left_in_other_scripts() {
    for language in [Language::Ukrainian, Language::Urdu, Language::Arabic, Language::Bengali] {
        for (key, text) in FILES.into_iter().flat_map(|name| texts_of(language, name)) {
            let left = NAMES.iter().fold(text.letters.clone(), |text, name| text.replace(name, ""));
            assert!(!left.chars().any(|letter| letter.is_ascii_alphabetic()), "{language}: {key}: {left}");
        }
    }
}

#[test]
fn every_value_is_isolated_so_that_no_name_turns_a_line_around() {
    for language in Language::ALL {
        for name in ["آشا", "Asha"] {
            let said = texts(language).with("child", name).say("stop-button");
            // Nothing can turn around where everything runs one way.
            let can_turn = language.direction() == "rtl" || name == "آشا";
            assert_eq!(said.contains(&format!("\u{2068}{name}\u{2069}")), can_turn, "{language}: {said}");
            assert!(said.contains(name), "{language}: {said}");
        }
    }
}

#[test]
fn english_is_written_for_a_nine_year_old() {
    let all = FILES.into_iter().flat_map(|name| texts_of(Language::English, name));
    let letters: Vec<String> = all.map(|(_, text)| text.letters).collect();
    let sentences = letters.iter().flat_map(|text| text.split(['.', '?', ':']));
    let counts: Vec<usize> =
        sentences.map(|one| one.split_whitespace().count()).filter(|words| *words > 0).collect();
    let most = counts.iter().max().unwrap();
    let mean = counts.iter().sum::<usize>() / counts.len();
    assert!(*most <= 21 && mean <= 8, "the longest has {most} words, the mean is {mean}");
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// Everything between quotes, which is where a key stands.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|word| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

#[test]
fn every_text_is_said_somewhere_and_every_text_that_is_said_is_there() {
    let mut all = Vec::new();
    for name in ["records", "cleansheet"] {
        sources(&root().join("crates").join(name).join("src"), &mut all);
    }
    let said: BTreeSet<&str> = all.iter().flat_map(|source| quoted(source)).collect();
    let there = texts_of(Language::English, "parents.ftl");
    let unused: Vec<_> = there.keys().filter(|key| !said.contains(key.as_str())).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
    let mut missing = BTreeSet::new();
    for part in all.iter().flat_map(|source| source.split(".say(\"").skip(1)) {
        let key = part.split('"').next().unwrap();
        if key.contains(' ') {
            // Another thing that can say something.
            continue;
        }
        let of_words = cleansheet_locales::KEYS.contains(&key);
        if !there.contains_key(key) && !of_words {
            missing.insert(key.to_owned());
        }
    }
    assert!(missing.is_empty(), "there is no text for {missing:?}");
}

#[test]
fn the_files_are_those_that_are_built_in() {
    for language in Language::ALL {
        for reader in Reader::ALL {
            let name = format!("consent-{}.ftl", reader.as_str());
            assert_eq!(file(language, &name), shipped(reader, language), "{language}/{name}");
        }
    }
}
