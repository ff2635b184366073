//! Golden cases: what each clause means, as a table beside it. Each case is a few facts changed from a post where
//! everything is in order. `cleansheet policy test` runs them, and so does `cargo test`.

use std::collections::BTreeSet;

use cleansheet_terms::{Clause, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Judgement, Policy, Step,
    clauses::{ClauseFile, FILES},
    facts::{Counted, Found, PostFacts},
};

mod in_order;

pub(crate) use in_order::in_order;

/// Why a table of cases cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A file that is no table of cases: file, what is wrong.
    #[error("the cases in `{0}` cannot be read: {1}")]
    Unreadable(String, String),
    /// A case that changes a fact that does not exist: file, case, fact.
    #[error("in `{0}` the case \"{1}\" changes `{2}`, and there is no such fact")]
    NoSuchFact(String, String, String),
    /// A case that gives a fact a value it cannot have: file, case, what is wrong.
    #[error("in `{0}` the case \"{1}\" makes no post: {2}")]
    NoPost(String, String, String),
}

/// One case, run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// `NN_name` of the clause's file.
    pub file: String,
    /// The case, in a sentence.
    pub says: String,
    /// The act.
    pub act: Step,
    /// What the table expects.
    pub expected: Verdict,
    /// What the policy said.
    pub found: Verdict,
    /// The rules that spoke.
    pub rules: BTreeSet<String>,
}

/// How a post fares: the end and every clause that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `allow`, `hold` or `deny`.
    pub outcome: String,
    /// Every clause cited; `None` when the program could not be sure.
    pub clauses: BTreeSet<Option<Clause>>,
}

impl Ran {
    /// The policy said what the table expects.
    pub fn passed(&self) -> bool {
        self.expected == self.found
    }
}

impl From<&Judgement> for Verdict {
    fn from(judgement: &Judgement) -> Self {
        Self {
            outcome: judgement.outcome.as_str().to_owned(),
            clauses: judgement.reasons.iter().map(|reason| reason.clause).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    act: Step,
    expect: Expect,
    /// Every clause that has to speak, and no other.
    #[serde(default)]
    cites: Vec<Clause>,
    /// Facts by path, for example `"photos.0.picture" = "look"`.
    #[serde(default)]
    set: toml::Table,
    /// Facts that are not there at all.
    #[serde(default)]
    without: Vec<String>,
    /// Findings of the checks.
    #[serde(default)]
    found: Vec<CaseFound>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFound {
    clause: Clause,
    severity: Severity,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Allow,
    Hold,
    Deny,
}

/// Runs every case of every clause.
pub fn run(policy: &Policy) -> Result<Vec<Ran>, CasesError> {
    let mut ran = Vec::new();
    for file in FILES {
        ran.extend(run_file(policy, file)?);
    }
    Ok(ran)
}

fn run_file(policy: &Policy, file: &ClauseFile) -> Result<Vec<Ran>, CasesError> {
    let Some(text) = file.cases else { return Ok(Vec::new()) };
    let table: Table =
        toml::from_str(text).map_err(|e| CasesError::Unreadable(file.name.to_owned(), e.to_string()))?;
    table
        .case
        .iter()
        .map(|case| {
            let judgement = policy.judge(case.act, &case.facts(file.name)?);
            Ok(Ran {
                file: file.name.to_owned(),
                says: case.says.clone(),
                act: case.act,
                expected: case.expected(),
                found: Verdict::from(&judgement),
                rules: judgement.reasons.into_iter().map(|reason| reason.rule).collect(),
            })
        })
        .collect()
}

impl Case {
    fn expected(&self) -> Verdict {
        let outcome = match self.expect {
            Expect::Allow => "allow",
            Expect::Hold => "hold",
            Expect::Deny => "deny",
        };
        Verdict { outcome: outcome.to_owned(), clauses: self.cites.iter().copied().map(Some).collect() }
    }

    /// The post in order with this case's changes.
    fn facts(&self, file: &str) -> Result<PostFacts, CasesError> {
        let no_post = |what: String| CasesError::NoPost(file.to_owned(), self.says.clone(), what);
        let mut facts = in_order(self.act);
        let found = |found: &CaseFound| Found {
            clause: found.clause,
            severity: found.severity,
            kind: "case".to_owned(),
            place: "caption, letters 0 to 4".to_owned(),
        };
        facts.found = self.found.iter().map(found).collect();
        facts.counted = Some(count(&facts));
        let mut json = serde_json::to_value(&facts).map_err(|e| no_post(e.to_string()))?;
        let mut change = |path: &str, to: Value| match at(&mut json, path) {
            Some(fact) => {
                *fact = to;
                Ok(())
            }
            None => Err(CasesError::NoSuchFact(file.to_owned(), self.says.clone(), path.to_owned())),
        };
        for (path, to) in &self.set {
            change(path, serde_json::to_value(to).map_err(|e| no_post(e.to_string()))?)?;
        }
        for path in &self.without {
            change(path, Value::Null)?;
        }
        serde_json::from_value(json).map_err(|e| no_post(e.to_string()))
    }
}

/// How long the lists are.
pub(crate) fn count(facts: &PostFacts) -> Counted {
    let long = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Counted {
        found: long(facts.found.len()),
        photos: long(facts.photos.len()),
        depicted: long(facts.depicted.len()),
    }
}

/// The fact at a path of names and indices between full stops.
fn at<'v>(json: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('.').try_fold(json, |value, step| match value {
        Value::Object(fields) => fields.get_mut(step),
        Value::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get_mut(n)),
        _ => None,
    })
}
