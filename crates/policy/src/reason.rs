//! Why not: the clause, a sentence, and what to do next.

use cleansheet_terms::{Clause, Role};
use serde::{Deserialize, Serialize};

/// What a rule does to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It cannot go out as it is.
    Deny,
    /// A named role has to look first.
    Hold,
}

impl Effect {
    /// As stored, and as the clauses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Hold => "hold",
        }
    }
}

/// What a reason is about, so that a page can lead there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// One person shown in one photo: the depiction's id.
    Depiction(String),
    /// One photo: its id.
    Photo(String),
    /// One finding: its index in `PostFacts::found`.
    Finding(usize),
    /// The account: the channel's id.
    Channel(String),
}

/// One rule that spoke against a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The clause it cites. `None`: the program could not be sure, so it refused.
    pub clause: Option<Clause>,
    /// The rule's stable id, as in the ledger.
    pub rule: String,
    /// Stops, or holds for a role.
    pub effect: Effect,
    /// What is the matter: lower case, no full stop.
    pub say: String,
    /// What to do next: lower case, no full stop.
    pub remedy: String,
    /// For a hold: the role that may lift it.
    pub approver: Option<Role>,
    /// What it is about; `None`: the people or the post as a whole.
    pub about: Option<About>,
    /// Keys of the interpretations it rests on, to be quoted as the trust has signed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
}

impl Reason {
    /// The program could not be sure.
    pub(crate) fn unsure(rule: &str, say: &str, about: Option<About>) -> Self {
        Self {
            clause: None,
            rule: rule.to_owned(),
            effect: Effect::Deny,
            say: say.to_owned(),
            remedy: "try again; if it stays so, tell the Manager and the IT provider".to_owned(),
            approver: None,
            about,
            reads: Vec::new(),
        }
    }
}
