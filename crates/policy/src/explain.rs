//! What every clause says about a post: those that spoke, those that had no objection, those that nobody asks yet.

use std::fmt;

use cleansheet_terms::Clause;
use serde::Serialize;

use crate::{About, Policy, Reason, facts::PostFacts};

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
    Spoke(Vec<Spoke>),
}

/// A rule that objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spoke {
    /// Its reason.
    #[serde(flatten)]
    pub reason: Reason,
    /// Where in the post, for people: `photo 2`, `nhs_number in caption, letters 5 to 17`.
    pub place: Option<String>,
}

/// Sorts the reasons of a decision under the sixteen clauses, in order; what cites no clause comes first.
///
/// - `facts`: what the decision rested on, to say where in the post each reason points.
pub fn explain(policy: &Policy, facts: &PostFacts, reasons: &[Reason]) -> Vec<Explained> {
    let of = |clause| {
        let reasons = reasons.iter().filter(|reason| reason.clause == clause);
        reasons
            .map(|reason| Spoke { reason: reason.clone(), place: place(reason, facts) })
            .collect::<Vec<_>>()
    };
    let unsure = of(None);
    let name = "The program is unsure".to_owned();
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

/// Where in the post a reason points. Says nothing of who anybody is.
fn place(reason: &Reason, facts: &PostFacts) -> Option<String> {
    let photo = |id: &str| {
        let number = facts.photos.iter().position(|photo| photo.id == id).map(|index| index + 1);
        number.map_or_else(|| id.to_owned(), |number| format!("photo {number}"))
    };
    Some(match reason.about.as_ref()? {
        About::Photo(id) => photo(id),
        About::Depiction(id) => {
            let person = facts.depicted.iter().find(|person| person.depiction == *id);
            person.map_or_else(
                || id.clone(),
                |person| format!("{} in {}", person.depiction, photo(&person.photo)),
            )
        }
        About::Finding(index) => {
            facts.found.get(*index).map(|found| format!("{} in {}", found.kind, found.place))?
        }
        About::Channel(id) => id.clone(),
    })
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.clause.map_or_else(|| "–".to_owned(), |clause| clause.to_string());
        write!(f, "{number:>3}  {:<24}", self.name)?;
        let spoke = match &self.said {
            Said::NoObjection => return f.write_str("no objection"),
            Said::NotYetEnforced => return f.write_str("not yet enforced"),
            Said::Spoke(spoke) => spoke,
        };
        for (n, Spoke { reason, place }) in spoke.iter().enumerate() {
            if n > 0 {
                write!(f, "\n     {:<24}", "")?;
            }
            write!(f, "{}: {}", reason.effect.as_str(), reason.say)?;
            if let Some(place) = place {
                write!(f, " ({place})")?;
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

#[cfg(test)]
mod tests {
    use cleansheet_terms::{Clause, Severity};

    use super::explain;
    use crate::{
        Policy, Step,
        facts::{Answer, Found},
        testing::post_in_order,
    };

    #[test]
    fn every_clause_says_something_and_points_to_its_place() {
        let policy = Policy::load().unwrap();
        let mut facts = post_in_order("submit");
        let (kind, place) = ("phone".to_owned(), "caption, letters 5 to 17".to_owned());
        facts.found.push(Found { clause: Clause::known::<10>(), severity: Severity::Hold, kind, place });
        facts.depicted[0].guardians = Answer::No;
        facts.counted = None;
        facts.channel.permitted = false;
        let judgement = policy.judge(Step::Submit, &facts);
        let lines: Vec<String> =
            explain(&policy, &facts, &judgement.reasons).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
         –  The program is unsure   deny: some facts about this post were not found [facts-incomplete]
                                      next: try again; if it stays so, tell the Manager and the IT provider
         1  Checked staff           no objection
         2  Official accounts       deny: the Manager has not permitted this account (channel_website) [2-no-permission]
                                      next: choose another channel, or ask the Manager to permit this one
         3  Permission              no objection
         4  Logged-in devices       no objection
         5  Messages to children    not yet enforced
         6  Language                no objection
         7  Content                 no objection
         8  People in pictures      no objection
         9  Children in pictures    deny: this child cannot appear (depiction_child in photo 1) [9-cannot-appear]
                                      next: cover the face; the post can go out on time
        10  Confidential details    hold: the words may hold something private (phone in caption, letters 5 to 17) [10-hold]
                                      waits for the Manager
                                      next: take the marked words out, or the Manager looks at it
        11  Safeguarding online     not yet enforced
        12  Professional conduct    no objection
        13  Anti-virus, ours        not yet enforced
        14  Anti-virus, your own    not yet enforced
        15  Links                   not yet enforced
        16  Attacks                 not yet enforced
        ");
    }
}
