//! Whom a wording speaks to.

/// Whom a wording speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// A parent or carer.
    Guardian,
    /// A child of twelve or more, about themselves.
    Child,
    /// An adult, about themselves.
    Adult,
}

/// A text that is no reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no reader")]
pub struct UnknownReader(pub String);

impl Reader {
    /// All readers.
    pub const ALL: [Self; 3] = [Self::Guardian, Self::Child, Self::Adult];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guardian => "guardian",
            Self::Child => "child",
            Self::Adult => "adult",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownReader> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| UnknownReader(text.to_owned()))
    }
}
