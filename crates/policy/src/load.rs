//! Loading the policy: nothing is served and nothing is sent before every rule fits the schema, strictly.

use std::{collections::BTreeMap, str::FromStr as _};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicyId,
    PolicySet, Request, Schema, ValidationMode, Validator,
};
use cleansheet_terms::{Clause, Digest};
use serde_json::Value;

use crate::{
    clauses::{self, ClauseInfo},
    rules::{self, Rule},
    version::Version,
};

/// Why the policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema of facts.
    #[error("the schema of facts cannot be read: {0}")]
    Schema(String),
    /// A file that is no Cedar.
    #[error("the rules in `{0}` cannot be read: {1}")]
    Unreadable(String, String),
    /// A rule without what it has to carry: file, rule, what is wrong.
    #[error("{1} in `{0}` {2}")]
    Annotation(String, String, &'static str),
    /// Two rules with one id.
    #[error("two rules have the id `{0}`")]
    Twice(String),
    /// A rule that does not fit the schema.
    #[error("the rules do not fit the schema of facts: {0}")]
    Invalid(String),
    /// A number in front of a file that names no clause.
    #[error("`{0}` does not begin with the number of a clause")]
    Misnamed(String),
}

/// The policy in force.
#[derive(Debug)]
pub struct Policy {
    schema: Schema,
    /// The rules that can speak to each action.
    sets: BTreeMap<String, PolicySet>,
    rules: BTreeMap<String, Rule>,
    clauses: Vec<ClauseInfo>,
    version: Version,
    hash: Digest,
    actor: EntityUid,
    subject: EntityUid,
}

/// What the engine said to one question.
#[derive(Debug)]
pub(crate) enum Answer<'p> {
    /// No rule objects.
    Permitted,
    /// These object, in the order of the policy. None at all: nothing permits it.
    Refused(Vec<&'p Rule>),
    /// The engine could not say: the stable id of the reason, and a sentence.
    Unsure(&'static str, &'static str),
}

impl Policy {
    /// Loads the clauses that are built into this program.
    pub fn load() -> Result<Self, PolicyError> {
        let texts: Vec<_> = clauses::FILES.iter().map(|file| (file.name, file.rules)).collect();
        Self::from_texts(clauses::SCHEMA, &texts)
    }

    /// Loads other clauses. Not public: whoever can choose the rules can make permits.
    ///
    /// - `texts`: name (`NN_name`) and Cedar of each file.
    pub(crate) fn from_texts(schema: &str, texts: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let version = Version::of(schema, texts);
        let (schema, warnings) =
            Schema::from_cedarschema_str(schema).map_err(|e| PolicyError::Schema(e.to_string()))?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(PolicyError::Schema(warning.to_string()));
        }
        let (mut all, mut rules, mut enforced) = (PolicySet::new(), BTreeMap::new(), Vec::new());
        for (file, text) in texts {
            enforced.extend(clause_of(file)?);
            for policy in in_order(file, text)? {
                let id = rules::id(file, &policy)?;
                if let Some(rule) = rules::read(file, rules.len(), &policy)? {
                    rules.insert(id.clone(), rule);
                }
                let named = policy.new_id(PolicyId::new(&id));
                all.add(named).map_err(|_| PolicyError::Twice(id))?;
            }
        }
        validate(&schema, &all)?;
        let sets = by_action(&schema, &all)?;
        let clauses = clauses::all(&enforced);
        Ok(Self {
            schema,
            sets,
            rules,
            clauses,
            hash: version.hash(),
            version,
            actor: uid("Actor", "one")?,
            subject: uid("Subject", "one")?,
        })
    }

    /// The words and rules themselves.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// SHA-256 over the clauses' words, the schema and every rule, names and order included.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The sixteen clauses, in order.
    pub fn clauses(&self) -> &[ClauseInfo] {
        &self.clauses
    }

    /// The keys of the interpretations that rules name, each as often as it is named.
    pub fn reads(&self) -> impl Iterator<Item = &'static str> {
        self.rules.values().flat_map(|rule| rule.reads.iter().copied())
    }

    /// The stable ids of all rules that can speak against a post.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// Asks the engine one question.
    pub(crate) fn ask(&self, action: &str, context: Value) -> Answer<'_> {
        let unfit =
            Answer::Unsure("facts-unfit", "a fact is missing, so nobody can say whether this may go out");
        let (Ok(asked), Ok(context)) = (uid("Action", action), Context::from_json_value(context, None))
        else {
            return unfit;
        };
        let request =
            Request::new(self.actor.clone(), asked, self.subject.clone(), context, Some(&self.schema));
        let (Ok(request), Some(set)) = (request, self.sets.get(action)) else { return unfit };
        let response = Authorizer::new().is_authorized(&request, set, &Entities::empty());
        // INVARIANT: Cedar skips a rule that errs. A `forbid` that was skipped has not said yes.
        if response.diagnostics().errors().next().is_some() {
            return Answer::Unsure("engine-error", "the policy could not be worked out for this post");
        }
        if response.decision() == Decision::Allow {
            return Answer::Permitted;
        }
        let spoke = response.diagnostics().reason();
        let mut spoke: Vec<&Rule> = spoke.filter_map(|id| self.rules.get(AsRef::<str>::as_ref(id))).collect();
        spoke.sort_by_key(|rule| rule.place);
        Answer::Refused(spoke)
    }
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, PolicyError> {
    let kind = EntityTypeName::from_str(kind).map_err(|e| PolicyError::Schema(e.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

/// The clause a file enforces; `None` for 00, 98 and 99, which are no clause.
fn clause_of(file: &str) -> Result<Option<Clause>, PolicyError> {
    let misnamed = || PolicyError::Misnamed(file.to_owned());
    match rules::number(file).ok_or_else(misnamed)? {
        0 | 98 | 99 => Ok(None),
        number => Clause::new(number).map(Some).map_err(|_| misnamed()),
    }
}

/// The rules of one file, as they stand in it.
fn in_order(file: &str, text: &str) -> Result<Vec<cedar_policy::Policy>, PolicyError> {
    let set =
        PolicySet::from_str(text).map_err(|e| PolicyError::Unreadable(file.to_owned(), e.to_string()))?;
    if set.num_of_templates() > 0 {
        return Err(PolicyError::Unreadable(file.to_owned(), "a rule cannot have a slot".to_owned()));
    }
    // The parser names them `policy0`, `policy1`, …
    let place = |policy: &cedar_policy::Policy| {
        let id: &str = policy.id().as_ref();
        id.strip_prefix("policy").and_then(|n| n.parse::<usize>().ok())
    };
    let mut policies: Vec<_> = set.policies().cloned().collect();
    policies.sort_by_key(place);
    Ok(policies)
}

fn validate(schema: &Schema, all: &PolicySet) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(all, ValidationMode::Strict);
    let error = result.validation_errors().next().map(ToString::to_string);
    // A warning is a rule that can never speak, or letters that look like others: nothing to live with.
    match error.or_else(|| result.validation_warnings().next().map(ToString::to_string)) {
        Some(what) => Err(PolicyError::Invalid(what)),
        None => Ok(()),
    }
}

/// Sorts the rules by the actions their heads name, so that a question meets only rules that may answer it.
fn by_action(schema: &Schema, all: &PolicySet) -> Result<BTreeMap<String, PolicySet>, PolicyError> {
    let mut sets = BTreeMap::new();
    for action in schema.actions() {
        let mut set = PolicySet::new();
        for policy in all.policies() {
            let speaks = match policy.action_constraint() {
                ActionConstraint::Any => true,
                ActionConstraint::In(actions) => actions.contains(action),
                ActionConstraint::Eq(one) => one == *action,
            };
            if speaks {
                set.add(policy.clone()).map_err(|e| PolicyError::Invalid(e.to_string()))?;
            }
        }
        sets.insert(AsRef::<str>::as_ref(action.id()).to_owned(), set);
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use crate::{Judged, Step, testing::post_in_order};

    #[test]
    fn our_own_clauses_load_and_a_post_in_order_goes_out() {
        let policy = Policy::load().unwrap();
        for step in Step::ALL {
            let judgement = policy.judge(step, &post_in_order(step.as_str()));
            assert_eq!((judgement.outcome, judgement.reasons), (Judged::Allow, Vec::new()));
        }
    }
}
