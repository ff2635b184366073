//! What every clause says about a post: those that spoke, those that had no objection, those that nobody asks yet.

use std::fmt;

use cleansheet_terms::Clause;
use serde::Serialize;

use crate::{About, Policy, Reason};

/// What one clause says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Its number. `None`: the program itself could not be sure, and refused.
    pub clause: Option<Clause>,
    /// Its name.
    pub name: String,
    /// What it says.
    pub said: Said,
}

/// What a clause says about one post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "answer", content = "reasons")]
pub enum Said {
    /// Its rules were asked, and none objects.
    NoObjection,
    /// Nobody asks it yet: people keep it by themselves.
    NotYetEnforced,
    /// These rules object.
    Spoke(Vec<Reason>),
}

/// Sorts the reasons of a decision under the sixteen clauses, in order; what cites no clause comes first.
pub fn explain(policy: &Policy, reasons: &[Reason]) -> Vec<Explained> {
    let of = |clause| reasons.iter().filter(|reason| reason.clause == clause).cloned().collect::<Vec<_>>();
    let unsure = of(None);
    let name = "The program could not be sure".to_owned();
    let unsure = (!unsure.is_empty()).then_some(Explained { clause: None, name, said: Said::Spoke(unsure) });
    let clauses = policy.clauses().iter().map(|info| {
        let spoke = of(Some(info.clause));
        let said = match (spoke.is_empty(), info.enforced) {
            (false, _) => Said::Spoke(spoke),
            (true, true) => Said::NoObjection,
            (true, false) => Said::NotYetEnforced,
        };
        Explained { clause: Some(info.clause), name: info.name.to_owned(), said }
    });
    unsure.into_iter().chain(clauses).collect()
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.clause.map_or_else(|| "–".to_owned(), |clause| clause.to_string());
        write!(f, "{number:>3}  {:<24}", self.name)?;
        let reasons = match &self.said {
            Said::NoObjection => return f.write_str("no objection"),
            Said::NotYetEnforced => return f.write_str("not yet enforced"),
            Said::Spoke(reasons) => reasons,
        };
        for (n, reason) in reasons.iter().enumerate() {
            if n > 0 {
                write!(f, "\n     {:<24}", "")?;
            }
            write!(f, "{}: {}", reason.effect.as_str(), reason.say)?;
            match &reason.about {
                Some(About::Photo(id) | About::Depiction(id) | About::Channel(id)) => write!(f, " ({id})")?,
                Some(About::Finding(index)) => write!(f, " (finding {})", index + 1)?,
                None => {}
            }
            write!(f, " [{}]", reason.rule)?;
            if let Some(role) = reason.approver {
                write!(f, "\n     {:<24}  waits for the {role}", "")?;
            }
            write!(f, "\n     {:<24}  next: {}", "", reason.remedy)?;
        }
        Ok(())
    }
}
