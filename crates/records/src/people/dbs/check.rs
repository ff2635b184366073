//! A DBS check as far as the gate needs it, and the words it is kept in.

use cleansheet_terms::{Date, PersonId, Timestamp};

use crate::people::UnknownWord;

/// How much a DBS check looks at; later ones include earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DbsLevel {
    /// Unspent convictions.
    Basic,
    /// Spent ones too.
    Standard,
    /// And what the police hold.
    Enhanced,
    /// And the barred lists.
    EnhancedBarred,
}

impl DbsLevel {
    /// All levels, the least first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Standard, Self::Enhanced, Self::EnhancedBarred];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Standard => "standard",
            Self::Enhanced => "enhanced",
            Self::EnhancedBarred => "enhanced_barred",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|l| l.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// With whom the checked work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workforce {
    /// Children.
    Child,
    /// Adults at risk.
    Adult,
    /// Anything else.
    Other,
}

impl Workforce {
    /// All workforces.
    pub const ALL: [Self; 3] = [Self::Child, Self::Adult, Self::Other];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Adult => "adult",
            Self::Other => "other",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|w| w.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A DBS check as far as the gate needs it: no number, no scan, no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbsCheck {
    /// How much it looked at.
    pub level: DbsLevel,
    /// For which work.
    pub workforce: Workforce,
    /// The day on the certificate.
    pub issued: Date,
    /// Who saw the original and when; never its holder.
    pub seen: Option<(PersonId, Timestamp)>,
    /// Someone decided that its holder is suitable. What it said is not kept here.
    pub suitable: bool,
}

#[cfg(test)]
mod tests {
    use super::DbsLevel;

    #[test]
    fn a_barred_list_check_counts_for_everything_below_it() {
        assert!(DbsLevel::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(DbsLevel::ALL.into_iter().all(|level| DbsLevel::parse(level.as_str()) == Ok(level)));
    }
}
