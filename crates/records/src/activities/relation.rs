//! What an adult is to a child they answer for, and the languages they can be written to in.

use serde::{Deserialize, Serialize};

/// What an adult is to a child they answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A parent.
    Parent,
    /// Somebody at the council that looks after the child.
    Council,
    /// A foster carer.
    FosterCarer,
    /// Somebody else with parental responsibility.
    Other,
}

/// A text that names no relation.
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
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownRelation(text.to_owned()))
    }
}

/// The languages of the pages for parents: code, name in English, own name.
pub const LANGUAGES: [(&str, &str, &str); 8] = [
    ("en", "English", "English"),
    ("pl", "Polish", "polski"),
    ("ro", "Romanian", "română"),
    ("pt", "Portuguese", "português"),
    ("uk", "Ukrainian", "українська"),
    ("ur", "Urdu", "اردو"),
    ("ar", "Arabic", "العربية"),
    ("bn", "Bengali", "বাংলা"),
];
