//! In what place adults answer for children.

use serde::{Deserialize, Serialize};

/// In what place somebody answers for a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A mother or father.
    Parent,
    /// The council, under a care order.
    Council,
    /// A foster carer.
    FosterCarer,
    /// Anybody else with parental responsibility.
    Other,
}

/// A text that is no relation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no relation")]
pub struct UnknownRelation(pub String);

impl Relation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Parent, Self::Council, Self::FosterCarer, Self::Other];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Council => "council",
            Self::FosterCarer => "foster_carer",
            Self::Other => "other",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownRelation> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| UnknownRelation(text.to_owned()))
    }
}
