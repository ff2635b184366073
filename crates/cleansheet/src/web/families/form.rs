//! The form of the questions, as it was sent. A yes is written down from a form that is whole, has every field once and
//! no other, and from nothing else.

use cleansheet_records::consents::{Kind, Purpose, QUESTIONS};
use cleansheet_terms::Naming;

use crate::web::fields::Fields;

/// What a page of ours sends beside the answers.
pub(in crate::web) struct Around {
    /// Fields that come with the form, once each.
    comes: &'static [&'static str],
    /// Fields that may come, and once at most.
    may_come: &'static [&'static str],
}

/// The page of a family.
pub(in crate::web) const FAMILY: Around =
    Around { comes: &["csrf", "child", "words", "language"], may_come: &[] };
/// The page behind the code on the wall.
pub(in crate::web) const SPOT: Around =
    Around { comes: &["csrf", "words", "once", "name", "mail", "do"], may_come: &["adult"] };

/// The field that says how far the name may stand beside a picture.
pub(in crate::web) const NAMING: &str = "naming";

/// What was answered: how far the name may be given, or `None` for a no.
pub(in crate::web) type Given = Vec<(Purpose, Kind, Option<Naming>)>;

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Form {
    /// Every question has its answer.
    Whole(Given),
    /// The numbers of the questions that have none, from 1. Nothing is written down.
    Partly(Vec<usize>),
    /// No page of ours sends this.
    Foreign,
}

/// The field of a question.
pub(in crate::web) fn name(purpose: Purpose, kind: Kind) -> String {
    format!("{}-{}", purpose.as_str(), kind.as_str())
}

/// What somebody chose for a field, when that can be one of its choices.
pub(in crate::web) fn chosen(fields: &Fields, name: &str) -> String {
    let mut all = fields.all(name);
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_owned(),
        _ => String::new(),
    }
}

/// Reads a form.
pub(in crate::web) fn read(fields: &Fields, around: &Around) -> Form {
    let names = QUESTIONS.map(|(purpose, kind)| name(purpose, kind));
    let beside = |field: &str| around.comes.contains(&field) || around.may_come.contains(&field);
    let known = |field: &str| beside(field) || field == NAMING || names.iter().any(|name| name == field);
    let once = |field: &str| fields.all(field).nth(1).is_none();
    if !fields.pairs().all(|(field, _)| known(field) && once(field))
        || !around.comes.iter().all(|field| fields.has(field))
    {
        return Form::Foreign;
    }
    let (mut answers, mut missing) = (Vec::new(), Vec::new());
    for (number, ((purpose, kind), field)) in (1..).zip(QUESTIONS.into_iter().zip(&names)) {
        match fields.one(field) {
            "yes" => answers.push((purpose, kind, true)),
            "no" => answers.push((purpose, kind, false)),
            "" => missing.push(number),
            _ => return Form::Foreign,
        }
    }
    let naming = match (fields.one(NAMING), Naming::parse(fields.one(NAMING))) {
        (_, Ok(naming)) => naming,
        ("", Err(_)) => {
            // Whoever says no to everything need not say how to be named.
            if answers.iter().any(|(_, _, yes)| *yes) {
                missing.push(QUESTIONS.len() + 1);
            }
            Naming::None
        }
        (_, Err(_)) => return Form::Foreign,
    };
    if missing.is_empty() {
        Form::Whole(answers.into_iter().map(|(p, k, yes)| (p, k, yes.then_some(naming))).collect())
    } else {
        Form::Partly(missing)
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_records::consents::QUESTIONS;
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::{Around, FAMILY, Form, NAMING, SPOT, name, read};
    use crate::web::fields::Fields;

    type Pairs = Vec<(String, String)>;

    /// What comes with a form, the answers, and then what may come.
    fn whole(around: &Around, yes: [bool; 5], naming: &str) -> Pairs {
        let beside = |fields: &[&'static str]| {
            fields.iter().map(|field| (field.to_string(), "x".to_owned())).collect()
        };
        let questions = QUESTIONS
            .into_iter()
            .zip(yes)
            .map(|((purpose, kind), yes)| (name(purpose, kind), if yes { "yes" } else { "no" }.to_owned()));
        let (comes, may_come): (Pairs, Pairs) = (beside(around.comes), beside(around.may_come));
        let naming = (NAMING.to_owned(), naming.to_owned());
        comes.into_iter().chain(questions).chain([naming]).chain(may_come).collect()
    }

    fn yeses(form: &Form) -> usize {
        match form {
            Form::Whole(answers) => answers.iter().filter(|(_, _, given)| given.is_some()).count(),
            Form::Partly(_) | Form::Foreign => 0,
        }
    }

    /// One thing wrong with a form; places are counted among those that it has to have.
    #[derive(Debug, Clone)]
    enum Slip {
        Missing(usize),
        Twice(usize, String),
        Foreign(String, String),
        Value(usize, String),
    }

    fn slip() -> impl Strategy<Value = Slip> {
        let value = prop_oneof![Just("yes".to_owned()), Just("no".to_owned()), ".{0,6}"];
        prop_oneof![
            (0..100_usize).prop_map(Slip::Missing),
            (0..100_usize, value).prop_map(|(place, value)| Slip::Twice(place, value)),
            ("[a-z-]{1,14}", ".{0,6}").prop_map(|(name, value)| Slip::Foreign(name, value)),
            (0..100_usize, "[a-zA-Z ]{1,6}").prop_map(|(place, value)| Slip::Value(place, value)),
        ]
    }

    fn with(around: &Around, mut pairs: Pairs, slip: &Slip) -> Pairs {
        let (beside, answers) = (around.comes.len(), QUESTIONS.len() + 1);
        match slip {
            Slip::Missing(place) => {
                pairs.remove(place % (beside + answers));
            }
            Slip::Twice(place, value) => {
                let name = pairs[place % pairs.len()].0.clone();
                pairs.push((name, value.clone()));
            }
            Slip::Foreign(name, value) => {
                let name = if pairs.iter().any(|(known, _)| known == name) {
                    "other".to_owned()
                } else {
                    name.clone()
                };
                pairs.insert(0, (name, value.clone()));
            }
            Slip::Value(place, value) => {
                let right = ["yes", "no", "none", "first", "full"].contains(&value.as_str());
                pairs[beside + place % answers].1 = if right { "maybe".to_owned() } else { value.clone() };
            }
        }
        pairs
    }

    #[test]
    fn a_whole_form_is_read_and_a_no_to_everything_needs_no_name() {
        for around in [FAMILY, SPOT] {
            let all = read(&Fields::new(whole(&around, [true; 5], "first")), &around);
            assert_eq!(yeses(&all), 5);
            let mut none = whole(&around, [false; 5], "");
            none.retain(|(name, _)| name != NAMING && !around.may_come.contains(&name.as_str()));
            let none = read(&Fields::new(none), &around);
            assert!(matches!(none, Form::Whole(answers) if answers.len() == 5));
            let unnamed = Fields::new(whole(&around, [true, false, false, false, false], ""));
            assert_eq!(read(&unnamed, &around), Form::Partly(vec![6]));
        }
    }

    proptest! {
        #[test]
        fn a_form_with_anything_missing_doubled_or_foreign_never_becomes_a_yes(
            yes in any::<[bool; 5]>(), slip in slip(),
        ) {
            for around in [FAMILY, SPOT] {
                let form = read(&Fields::new(with(&around, whole(&around, yes, "full"), &slip)), &around);
                assert_eq!(yeses(&form), 0, "{slip:?}");
            }
        }
    }
}
