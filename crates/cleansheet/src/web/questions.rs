//! The questions that everybody is asked, as the fields of a form: nothing is ever ticked beforehand. Whoever answers reads
//! the kept words of the edition in force; colleagues who write down what is on paper read short ones.

use cleansheet_locales::{Language, Said, Words};
use cleansheet_records::consents::{Edition, Kind, Purpose, QUESTIONS, Reader};
use cleansheet_terms::Naming;

use super::{Problem, fields::Fields};

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
    /// What may be chosen, and its words.
    pub(super) namings: [(&'static str, String); 3],
    /// Good to know.
    pub(super) known: Vec<String>,
}

/// The name of the field that says how far the name may stand beside a picture.
pub(super) const NAMING: &str = "naming";

/// What was ticked.
pub(super) type Given = Vec<(Purpose, Kind, Option<Naming>)>;

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
    let text = edition.and_then(|edition| edition.wording(reader, Language::English.code()));
    let words = text.and_then(|wording| Words::parse(Language::English, &wording.text).ok());
    let none = "no words are in force that anybody can be asked in; the Manager puts some in force";
    let words = words.ok_or_else(|| Problem::Conflict(none.to_owned()))?;
    let say = |key: &str| words.say(key, Language::English, said);
    let around = Around {
        title: say("title"),
        intro: say("intro"),
        yes: say("yes"),
        no: say("no"),
        naming: say("naming"),
        namings: Naming::ALL.map(|one| (one.as_str(), say(&format!("naming-{}", one.as_str())))),
        known: ["know-ends", "know-together", "know-child", "know-copies", "know-change"].map(say).into(),
    };
    Ok((around, asked(fields, |purpose, kind| say(&field(purpose, kind)))))
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
        namings: Naming::ALL.map(|one| (one.as_str(), words(one).to_owned())),
        known: Vec::new(),
    }
}

/// What was ticked; questions without an answer are not among them.
pub(super) fn given(fields: &Fields) -> Given {
    let naming = Naming::parse(fields.one(NAMING)).unwrap_or_default();
    let one = |(purpose, kind)| match fields.one(&field(purpose, kind)) {
        "yes" => Some((purpose, kind, Some(naming))),
        "no" => Some((purpose, kind, None)),
        _ => None,
    };
    QUESTIONS.into_iter().filter_map(one).collect()
}

fn asked(fields: &Fields, words: impl Fn(Purpose, Kind) -> String) -> Vec<Question> {
    let one = |(purpose, kind)| {
        let field = field(purpose, kind);
        let given = fields.one(&field).to_owned();
        Question { words: words(purpose, kind), field, given }
    };
    QUESTIONS.into_iter().map(one).collect()
}

/// The field of a question, and the key of its words.
fn field(purpose: Purpose, kind: Kind) -> String {
    format!("q-{}-{}", purpose.as_str(), kind.as_str())
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
