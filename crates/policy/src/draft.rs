//! A draft of the policy: it can be asked what it would say, and makes no permits.

use cleansheet_terms::Digest;

use crate::{Judgement, Policy, PolicyError, Step, clauses, facts::PostFacts};

/// The name under which a draft changes the schema of facts.
pub const SCHEMA: &str = "schema";

/// The clauses of this program with some of them changed. Whoever can choose rules could make permits, so a draft has
/// none: it only says what it would decide.
#[derive(Debug)]
pub struct Draft(Policy);

impl Draft {
    /// Puts a draft together.
    ///
    /// - `changed`: name (`NN_name`, or [`SCHEMA`]) and text of each file that is new or other than the program's own.
    pub fn with(changed: &[(String, String)]) -> Result<Self, PolicyError> {
        let ours = clauses::FILES.iter().map(|file| (file.name, file.rules));
        let mut files: Vec<(&str, &str)> = ours.filter(|(name, _)| !is_in(changed, name)).collect();
        let theirs = changed.iter().filter(|(name, _)| name != SCHEMA);
        files.extend(theirs.map(|(name, text)| (name.as_str(), text.as_str())));
        files.sort_by_key(|(name, _)| *name);
        let schema = changed.iter().find(|(name, _)| name == SCHEMA);
        let schema = schema.map_or(clauses::SCHEMA, |(_, text)| text.as_str());
        Policy::from_texts(schema, &files).map(Self)
    }

    /// What this draft would say about a post.
    pub fn judge(&self, step: Step, facts: &PostFacts) -> Judgement {
        self.0.judge(step, facts)
    }

    /// As [`Policy::hash`].
    pub fn hash(&self) -> Digest {
        self.0.hash()
    }
}

fn is_in(changed: &[(String, String)], name: &str) -> bool {
    changed.iter().any(|(other, _)| other == name)
}

#[cfg(test)]
mod tests {
    use super::Draft;
    use crate::{Judged, Policy, Step, testing::post_in_order};

    #[test]
    fn a_draft_without_changes_is_the_policy_in_force() {
        assert_eq!(Draft::with(&[]).unwrap().hash(), Policy::load().unwrap().hash());
    }

    #[test]
    fn a_changed_file_takes_the_place_of_ours_and_the_rest_stays() {
        let nobody = r#"@id("4-nobody") @clause("4") @effect("deny") @say("closed") @remedy("wait")
            forbid (principal, action == Action::"publish_post", resource);"#;
        let draft = Draft::with(&[("04_devices".to_owned(), nobody.to_owned())]).unwrap();
        let judged = draft.judge(Step::Submit, &post_in_order("submit"));
        let rules: Vec<_> = judged.reasons.into_iter().map(|reason| reason.rule).collect();
        assert_eq!((judged.outcome, rules), (Judged::Deny, vec!["4-nobody".to_owned()]));
    }

    #[test]
    fn a_draft_that_does_not_fit_says_why() {
        let wrong = |name: &str, text: &str| {
            Draft::with(&[(name.to_owned(), text.to_owned())]).map(|_| ()).unwrap_err().to_string()
        };
        assert!(wrong("04_devices", "forbid (principal").contains("`04_devices` cannot be read"));
        assert!(wrong("devices", "").contains("does not begin with the number of a clause"));
        assert!(wrong("schema", "entity").contains("schema of facts cannot be read"));
    }
}
