//! How somebody is named beside their picture.

/// How far words name a person, or how far that was agreed to; more of a name is the greater value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// Not at all.
    #[default]
    None,
    /// By the first name.
    First,
    /// By first name and surname, or by anything else that names them alone.
    Full,
}

/// A text that is no way of naming.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way of naming")]
pub struct UnknownNaming(pub String);

impl Naming {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::None, Self::First, Self::Full];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::First => "first",
            Self::Full => "full",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownNaming> {
        Self::ALL.into_iter().find(|n| n.as_str() == text).ok_or_else(|| UnknownNaming(text.to_owned()))
    }
}
