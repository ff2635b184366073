//! The questions that everybody is asked, as the fields of a form: nothing is ever ticked beforehand. Whoever answers reads
//! the kept words of the edition in force; colleagues who write down what is on paper read short ones.

use cleansheet_locales::{Language, Said, Words};
use cleansheet_records::consents::{Edition, Kind, Purpose, QUESTIONS, Reader};
use cleansheet_terms::Naming;

use super::{
    Problem,
    families::form::{self, Given, NAMING},
    fields::Fields,
};

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) field: String,
    pub(super) words: String,
    /// `yes` or `no`, when they answered it before the page came back to them.
    pub(super) given: String,
}

/// The words around the questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) title: String,
    pub(super) intro: String,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) naming: String,
    pub(super) naming_hint: String,
    /// What may be chosen, and its words.
    pub(super) namings: [(&'static str, String); 3],
    /// Good to know.
    pub(super) known: Vec<String>,
    /// Which words these are, for the program.
    pub(super) hash: String,
    /// Which words these are, for people with a form in their hands.
    pub(super) mark: String,
}

/// Every question in short words, with what was sent of it.
pub(super) fn of(fields: &Fields) -> Vec<Question> {
    asked(fields, |purpose, kind| words(purpose, kind).to_owned())
}

/// Every question in the English words in force, and what stands around them.
pub(super) fn in_force(
    edition: Option<&Edition>,
    reader: Reader,
    said: &Said<'_>,
    fields: &Fields,
) -> Result<(Around, Vec<Question>), Problem> {
    let wording = edition.and_then(|edition| edition.wording(reader, Language::English.code()));
    let words =
        wording.and_then(|wording| Some((wording, Words::parse(Language::English, &wording.text).ok()?)));
    let none = "no words are in force that anybody can be asked in; the Manager puts some in force";
    let (wording, words) = words.ok_or_else(|| Problem::Conflict(none.to_owned()))?;
    let say = |key: &str| words.say(key, Language::English, said);
    let around = Around {
        title: say("title"),
        intro: say("intro"),
        yes: say("yes"),
        no: say("no"),
        naming: say("naming"),
        naming_hint: say("naming-hint"),
        namings: Naming::ALL.map(|one| (one.as_str(), say(&format!("naming-{}", one.as_str())))),
        known: ["know-ends", "know-together", "know-child", "know-copies", "know-change"].map(say).into(),
        hash: wording.hash.to_string(),
        mark: wording.mark(),
    };
    Ok((around, asked(fields, |purpose, kind| say(&format!("q-{}", form::name(purpose, kind))))))
}

/// The short words around what is read from paper.
pub(super) fn around_paper() -> Around {
    let words = |naming| match naming {
        Naming::None => "No name",
        Naming::First => "First name",
        Naming::Full => "Whole name",
    };
    Around {
        title: String::new(),
        intro: String::new(),
        yes: "Yes, show the face".to_owned(),
        no: "No, cover the face".to_owned(),
        naming: "A name beside a picture".to_owned(),
        naming_hint: String::new(),
        namings: Naming::ALL.map(|one| (one.as_str(), words(one).to_owned())),
        known: Vec::new(),
        hash: String::new(),
        mark: String::new(),
    }
}

/// What was read from paper; questions that are empty there are not among them. `None` when somebody did not say, exactly
/// once, what is there.
pub(super) fn given_on_paper(fields: &Fields) -> Option<Given> {
    let naming = match form::chosen(fields, NAMING).as_str() {
        "empty" => Naming::None,
        text => Naming::parse(text).ok()?,
    };
    let mut given = Given::new();
    for (purpose, kind) in QUESTIONS {
        match form::chosen(fields, &form::name(purpose, kind)).as_str() {
            "yes" => given.push((purpose, kind, Some(naming))),
            "no" => given.push((purpose, kind, None)),
            "empty" => {}
            _ => return None,
        }
    }
    Some(given)
}

fn asked(fields: &Fields, words: impl Fn(Purpose, Kind) -> String) -> Vec<Question> {
    let one = |(purpose, kind)| {
        let field = form::name(purpose, kind);
        let given = fields.one(&field).to_owned();
        Question { words: words(purpose, kind), field, given }
    };
    QUESTIONS.into_iter().map(one).collect()
}

/// A question, in short.
pub(super) fn words(purpose: Purpose, kind: Kind) -> &'static str {
    match (purpose, kind) {
        (Purpose::Press, _) | (_, Kind::Press) => "In local newspapers and broadcasts",
        (Purpose::News, Kind::Website) => "On our own website, when we report what we do",
        (Purpose::News, Kind::Social) => "On our social media, when we report what we do",
        (Purpose::Promotion, Kind::Website) => "In adverts and posters, and on our website",
        (Purpose::Promotion, Kind::Social) => "In adverts on social media",
    }
}
