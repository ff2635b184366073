//! The questions that everybody is asked, as the fields of a form: nothing is ever ticked beforehand.

use cleansheet_records::consents::{Kind, Purpose, QUESTIONS};
use cleansheet_terms::Naming;

use super::fields::Fields;

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) field: String,
    pub(super) words: &'static str,
    /// `yes` or `no`, when they answered it before the page came back to them.
    pub(super) given: String,
}

/// The name of the field that says how far the name may stand beside a picture.
pub(super) const NAMING: &str = "naming";

/// What was ticked.
pub(super) type Given = Vec<(Purpose, Kind, Option<Naming>)>;

/// Every question, with what was sent of it.
pub(super) fn of(fields: &Fields) -> Vec<Question> {
    let one = |(purpose, kind)| {
        let field = field(purpose, kind);
        let given = fields.one(&field).to_owned();
        Question { field, words: words(purpose, kind), given }
    };
    QUESTIONS.into_iter().map(one).collect()
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

fn field(purpose: Purpose, kind: Kind) -> String {
    format!("q-{}-{}", purpose.as_str(), kind.as_str())
}

/// A question, in words.
pub(super) fn words(purpose: Purpose, kind: Kind) -> &'static str {
    match (purpose, kind) {
        (Purpose::Press, _) | (_, Kind::Press) => "In local newspapers and broadcasts",
        (Purpose::News, Kind::Website) => "On our own website, when we report what we do",
        (Purpose::News, Kind::Social) => "On our social media, when we report what we do",
        (Purpose::Promotion, Kind::Website) => "In adverts and posters, and on our website",
        (Purpose::Promotion, Kind::Social) => "In adverts on social media",
    }
}
