//! The policy's own numbers, and how much a finding weighs.

use std::fmt;

/// A clause of the policy, 1 to 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Clause(u8);

/// A number that names no clause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy has clauses 1 to 16, not {0}")]
pub struct ClauseError(pub u8);

impl Clause {
    /// All sixteen, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=16).map(Self)
    }

    /// The clause with this number.
    pub fn new(number: u8) -> Result<Self, ClauseError> {
        if (1..=16).contains(&number) { Ok(Self(number)) } else { Err(ClauseError(number)) }
    }

    /// For numbers written in the source, checked when compiled.
    pub const fn known<const N: u8>() -> Self {
        const { assert!(N >= 1 && N <= 16, "the policy has clauses 1 to 16") };
        Self(N)
    }

    /// 1 to 16.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Clause {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = <u8 as serde::Deserialize>::deserialize(from)?;
        Self::new(number).map_err(serde::de::Error::custom)
    }
}

/// What a finding does to a post by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look; stops nothing.
    Note,
    /// A named role has to look before it can go out.
    Hold,
    /// Cannot go out as it is.
    Block,
}
