//! The facts as the engine asks for them: one question for the post, one for each photo, each person and each finding.

use std::collections::BTreeSet;

use cleansheet_terms::{Clause, Role};
use serde_json::{Value, json};

use crate::{
    About, Step,
    facts::{Certificate, Dbs, Depicted, Found, Photo, PostFacts, Standing},
};

/// One question to the engine.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The action of the schema.
    pub(crate) action: &'static str,
    /// What is asked about, for the reasons.
    pub(crate) about: Option<About>,
    /// The clause of the finding that is asked about.
    pub(crate) found: Option<Clause>,
    /// The facts.
    pub(crate) context: Value,
}

/// Every question about a post, the post itself first.
pub(crate) fn all(step: Step, facts: &PostFacts) -> Vec<Question> {
    let lifted_by = lifted_by(step, facts);
    let photos = facts.photos.iter().map(|photo| of_photo(step, photo, &lifted_by));
    let people = facts.depicted.iter().map(|person| of_person(step, person));
    let found = facts.found.iter().enumerate().map(|(n, found)| of_finding(step, n, found, &lifted_by));
    std::iter::once(of_post(step, facts)).chain(photos).chain(people).chain(found).collect()
}

/// The roles that have looked: nobody when submitting, the one who approves when approving, the one who approved after.
fn lifted_by(step: Step, facts: &PostFacts) -> BTreeSet<Role> {
    match step {
        Step::Submit => BTreeSet::new(),
        Step::Approve => facts.actor.roles.clone(),
        Step::Send if facts.approval.given => facts.approval.roles.clone(),
        Step::Send => BTreeSet::new(),
    }
}

fn of_post(step: Step, facts: &PostFacts) -> Question {
    let approval = &facts.approval;
    let approver = approval.approver.as_ref();
    let second = approver.is_some_and(|approver| approver.person != facts.author.person);
    let sign_in = facts.sign_in.as_ref();
    Question {
        action: "publish_post",
        about: None,
        found: None,
        context: json!({
            "act": step,
            "author": standing(Some(&facts.author)),
            "actor": standing(Some(&facts.actor)),
            "actor_is_author": facts.actor.person == facts.author.person,
            "sign_in": {
                "present": sign_in.is_some(),
                "idle_minutes": sign_in.map_or(u32::MAX, |sign_in| sign_in.idle_minutes),
                "age_minutes": sign_in.map_or(u32::MAX, |sign_in| sign_in.age_minutes),
                "shared_device": sign_in.is_none_or(|sign_in| sign_in.shared_device),
            },
            "channel": {
                "permitted": facts.channel.permitted,
                "paused": facts.channel.paused,
                "actor_grant": facts.channel.actor_grant,
                "author_grant": facts.channel.author_grant,
            },
            "approval": {
                "given": approval.given && approver.is_some(),
                "by_second_person": approval.by_second_person && second,
                "hashes_match": approval.hashes_match,
                "approver": standing(approver),
                "approver_grant": approval.approver_grant,
            },
            "words_screened": facts.words_screened,
            "withdrawn": facts.withdrawn,
        }),
    }
}

/// Somebody's standing; of nobody, the least of everything.
fn standing(of: Option<&Standing>) -> Value {
    json!({
        "dbs": of.map_or(Dbs::Missing, |standing| standing.dbs),
        "certificate": of.map_or(Certificate::Missing, |standing| standing.certificate),
        "suspended": of.is_none_or(|standing| standing.suspended),
        "acknowledged": of.is_some_and(|standing| standing.acknowledged),
    })
}

fn of_photo(step: Step, photo: &Photo, lifted_by: &BTreeSet<Role>) -> Question {
    Question {
        action: "publish_photo",
        about: Some(About::Photo(photo.id.clone())),
        found: None,
        context: json!({
            "act": step,
            "picture": photo.picture,
            "unaccounted_faces": photo.unaccounted_faces,
            "has_alt_text": photo.has_alt_text,
            "rendition_ready": photo.rendition_ready,
            "lifted_by": lifted_by,
        }),
    }
}

fn of_person(step: Step, person: &Depicted) -> Question {
    Question {
        action: "show_person",
        about: Some(About::Depiction(person.depiction.clone())),
        found: None,
        context: json!({
            "act": step,
            "child": person.child,
            "no_image": person.no_image,
            "on_roster": person.on_roster,
            "guardians": person.guardians,
            "own": person.own,
            "named": person.named,
            "naming": person.naming,
            "close_up": person.close_up,
            "dial": person.dial,
        }),
    }
}

fn of_finding(step: Step, index: usize, found: &Found, lifted_by: &BTreeSet<Role>) -> Question {
    Question {
        action: "publish_words",
        about: Some(About::Finding(index)),
        found: Some(found.clause),
        context: json!({
            "act": step,
            "clause": found.clause,
            "severity": found.severity,
            "lifted_by": lifted_by,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cleansheet_terms::{Clause, Role, Severity};
    use serde_json::{Value, json};

    use super::all;
    use crate::{Action, Policy, Step, facts::Found, load::Answer, testing::post_in_order};

    /// Paths of all attributes, records and what is in them.
    fn attributes(context: &Value, at: &str, out: &mut Vec<String>) {
        for (name, value) in context.as_object().into_iter().flatten() {
            out.push(format!("{at}/{name}"));
            attributes(value, &format!("{at}/{name}"), out);
        }
    }

    fn without(context: &Value, path: &str) -> Value {
        let mut context = context.clone();
        let (record, name) = path.rsplit_once('/').unwrap();
        context.pointer_mut(record).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        context
    }

    /// Every question there is, of every act.
    fn questions() -> Vec<(&'static str, Value)> {
        let found = Found {
            clause: Clause::known::<6>(),
            severity: Severity::Note,
            kind: "kind".into(),
            place: "caption".into(),
        };
        let of_step = |step: Step| {
            let mut facts = post_in_order(step.as_str());
            facts.found.push(found.clone());
            all(step, &facts).into_iter().map(|question| (question.action, question.context))
        };
        let doors = Action::ALL.iter().map(|action| {
            (
                action.as_str(),
                json!({ "kind": "person", "roles": BTreeSet::from(Role::ALL), "suspended": false }),
            )
        });
        Step::ALL.into_iter().flat_map(of_step).chain(doors).collect()
    }

    #[test]
    fn a_question_that_lacks_any_attribute_is_refused() {
        let policy = Policy::load().unwrap();
        let mut removed = BTreeSet::new();
        for (action, context) in questions() {
            let mut paths = Vec::new();
            attributes(&context, "", &mut paths);
            for path in paths {
                let answer = policy.ask(action, without(&context, &path));
                assert!(
                    matches!(answer, Answer::Unsure("facts-unfit", _)),
                    "{action} without {path}: {answer:?}"
                );
                removed.insert(format!("{action}{path}"));
            }
        }
        assert!(removed.len() > 90, "{removed:?}");
    }

    #[test]
    fn a_question_with_an_attribute_of_another_kind_or_one_too_many_is_refused() {
        let policy = Policy::load().unwrap();
        for (action, context) in questions() {
            let mut paths = Vec::new();
            attributes(&context, "", &mut paths);
            for path in paths {
                let mut context = context.clone();
                *context.pointer_mut(&path).unwrap() = json!({ "unknown": true });
                assert!(matches!(policy.ask(action, context), Answer::Unsure(..)), "{action}{path}");
            }
            let mut more = context;
            more.as_object_mut().unwrap().insert("more".into(), json!(true));
            assert!(matches!(policy.ask(action, more), Answer::Unsure(..)), "{action}");
        }
    }

    #[test]
    fn an_action_that_the_schema_does_not_know_is_refused() {
        let policy = Policy::load().unwrap();
        assert!(matches!(policy.ask("publish_everything", json!({})), Answer::Unsure(..)));
    }
}
