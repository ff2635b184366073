//! What a person is to the trust.

use std::fmt;

/// A role; a person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The Community Trust Manager: owns the policy, grants and ends permission.
    Manager,
    /// The Designated Safeguarding Lead or deputy.
    Dsl,
    /// Staff and volunteers: draft, and some approve.
    Staff,
    /// The IT support provider: keeps the machine, sees no posts, people or pictures.
    It,
    /// A trustee or auditor: reads, changes nothing.
    Trustee,
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role")]
pub struct UnknownRole(pub String);

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Manager, Self::Dsl, Self::Staff, Self::It, Self::Trustee];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Dsl => "dsl",
            Self::Staff => "staff",
            Self::It => "it",
            Self::Trustee => "trustee",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manager => "Manager",
            Self::Dsl => "safeguarding lead",
            Self::Staff => "staff",
            Self::It => "IT provider",
            Self::Trustee => "trustee",
        })
    }
}
