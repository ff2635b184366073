//! The texts of families' pages and mails in one language.

use std::sync::OnceLock;

use fluent_bundle::{
    FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, memoizer::MemoizerKind,
};
use unic_langid::LanguageIdentifier;

use crate::Language;

/// The file of a language.
pub(crate) fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../locales/en/parents.ftl"),
        Language::Polish => include_str!("../../../locales/pl/parents.ftl"),
        Language::Romanian => include_str!("../../../locales/ro/parents.ftl"),
        Language::Portuguese => include_str!("../../../locales/pt/parents.ftl"),
        Language::Ukrainian => include_str!("../../../locales/uk/parents.ftl"),
        Language::Urdu => include_str!("../../../locales/ur/parents.ftl"),
        Language::Arabic => include_str!("../../../locales/ar/parents.ftl"),
        Language::Bengali => include_str!("../../../locales/bn/parents.ftl"),
    }
}

/// The texts of one language. A text that is missing is said in English.
pub struct Texts {
    /// Which language.
    pub language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A text with the values that go into it.
pub struct Saying<'t> {
    texts: &'t Texts,
    args: FluentArgs<'static>,
}

/// The texts of a language; read once for the whole program.
pub fn texts(language: Language) -> &'static Texts {
    static ALL: [OnceLock<Texts>; 8] = [const { OnceLock::new() }; 8];
    static SPARE: OnceLock<Texts> = OnceLock::new();
    let place = Language::ALL.iter().position(|one| *one == language);
    let kept = place.and_then(|place| ALL.get(place)).unwrap_or(&SPARE);
    kept.get_or_init(|| Texts { language, bundle: bundle(language, source(language)) })
}

/// Texts with a language's plurals and digits. What cannot be read in the source is left out: a test reads all of it.
pub(crate) fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    if language == Language::Bengali {
        bundle.set_formatter(Some(bengali));
    }
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partly, _)| partly);
    // No text comes twice: a test looks.
    bundle.add_resource_overriding(resource);
    bundle
}

fn bengali<M: MemoizerKind>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(Language::Bengali.digits(&number.as_string())),
        _ => None,
    }
}

/// A text of a bundle with values, if it is there.
pub(crate) fn said(
    bundle: &FluentBundle<FluentResource>,
    key: &str,
    args: Option<&FluentArgs<'_>>,
) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    Some(without_idle_marks(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()))
}

/// Where everything runs from left to right the marks around values do nothing but get into what people copy and look for.
fn without_idle_marks(text: String) -> String {
    let turns = |letter: char| matches!(u32::from(letter), 0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
    match text.chars().any(turns) {
        true => text,
        false => text.replace(['\u{2068}', '\u{2069}'], ""),
    }
}

impl Texts {
    /// A text without values.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, None)
    }

    /// A text in which `$name` stands for a value.
    pub fn with(&'static self, name: &str, value: &str) -> Saying<'static> {
        Saying { texts: self, args: FluentArgs::new() }.with(name, value)
    }

    /// A text in which `$name` stands for a number.
    pub fn count(&'static self, name: &str, number: &usize) -> Saying<'static> {
        Saying { texts: self, args: FluentArgs::new() }.count(name, number)
    }

    fn say_with(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let english = || said(&texts(Language::English).bundle, key, args);
        said(&self.bundle, key, args).or_else(english).unwrap_or_default()
    }
}

impl Saying<'_> {
    /// `$name` stands for a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.args.set(name.to_owned(), value.to_owned());
        self
    }

    /// `$name` stands for a number, which decides about plurals.
    #[must_use]
    pub fn count(mut self, name: &str, number: &usize) -> Self {
        self.args.set(name.to_owned(), *number);
        self
    }

    /// The text.
    pub fn say(&self, key: &str) -> String {
        self.texts.say_with(key, Some(&self.args))
    }
}
