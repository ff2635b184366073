//! The form of the questions, as it was sent. A yes is written down from a form that is whole, has every field once and
//! no other, and from nothing else.

use cleansheet_records::consents::{Kind, Purpose, QUESTIONS};
use cleansheet_terms::Naming;

use crate::web::fields::Fields;

/// Fields that come with every form of ours, once each.
const AROUND: [&str; 4] = ["csrf", "child", "words", "language"];

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Every question has its answer: how far the name may be given, or `None` for a no.
    Whole(Vec<(Purpose, Kind, Option<Naming>)>),
    /// The numbers of the questions that have none, from 1. Nothing is written down.
    Partly(Vec<usize>),
    /// No page of ours sends this.
    Foreign,
}

/// The field of a question.
pub(super) fn name(purpose: Purpose, kind: Kind) -> String {
    format!("{}-{}", purpose.as_str(), kind.as_str())
}

/// What somebody chose for a field, when that can be one of its choices.
pub(super) fn chosen(fields: &Fields, name: &str) -> String {
    let mut all = fields.all(name);
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_owned(),
        _ => String::new(),
    }
}

/// Reads a form.
pub(super) fn read(fields: &Fields) -> Form {
    let names = QUESTIONS.map(|(purpose, kind)| name(purpose, kind));
    let known =
        |field: &str| AROUND.contains(&field) || field == "naming" || names.iter().any(|n| n == field);
    let once = |field: &str| fields.all(field).nth(1).is_none();
    if !fields.pairs().all(|(field, _)| known(field) && once(field))
        || !AROUND.iter().all(|field| fields.has(field))
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
    let naming = match (fields.one("naming"), Naming::parse(fields.one("naming"))) {
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

    use super::{AROUND, Form, name, read};
    use crate::web::fields::Fields;

    type Pairs = Vec<(String, String)>;

    fn whole(yes: [bool; 5], naming: &str) -> Pairs {
        let around = AROUND.map(|field| (field.to_owned(), "x".to_owned()));
        let questions = QUESTIONS
            .into_iter()
            .zip(yes)
            .map(|((purpose, kind), yes)| (name(purpose, kind), if yes { "yes" } else { "no" }.to_owned()));
        around.into_iter().chain(questions).chain([("naming".to_owned(), naming.to_owned())]).collect()
    }

    fn yeses(form: &Form) -> usize {
        match form {
            Form::Whole(answers) => answers.iter().filter(|(_, _, given)| given.is_some()).count(),
            Form::Partly(_) | Form::Foreign => 0,
        }
    }

    /// One thing wrong with a form.
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
            (0..10_usize).prop_map(Slip::Missing),
            (0..10_usize, value).prop_map(|(place, value)| Slip::Twice(place, value)),
            ("[a-z-]{1,14}", ".{0,6}").prop_map(|(name, value)| Slip::Foreign(name, value)),
            (4..10_usize, "[a-zA-Z ]{1,6}").prop_map(|(place, value)| Slip::Value(place, value)),
        ]
    }

    fn with(mut pairs: Pairs, slip: &Slip) -> Pairs {
        match slip {
            Slip::Missing(place) => {
                pairs.remove(*place);
            }
            Slip::Twice(place, value) => {
                let name = pairs[*place].0.clone();
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
                pairs[*place].1 = if right { "maybe".to_owned() } else { value.clone() };
            }
        }
        pairs
    }

    #[test]
    fn a_whole_form_is_read_and_a_no_to_everything_needs_no_name() {
        let all = read(&Fields::new(whole([true; 5], "first")));
        assert_eq!(yeses(&all), 5);
        let mut none = whole([false; 5], "");
        none.pop();
        assert!(matches!(read(&Fields::new(none)), Form::Whole(answers) if answers.len() == 5));
        let unnamed = read(&Fields::new(whole([true, false, false, false, false], "")));
        assert_eq!(unnamed, Form::Partly(vec![6]));
    }

    proptest! {
        #[test]
        fn a_form_with_anything_missing_doubled_or_foreign_never_becomes_a_yes(
            yes in any::<[bool; 5]>(), slip in slip(),
        ) {
            let form = read(&Fields::new(with(whole(yes, "full"), &slip)));
            assert_eq!(yeses(&form), 0, "{slip:?}");
        }
    }
}
