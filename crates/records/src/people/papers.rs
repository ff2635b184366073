//! A person's papers, and what each role needs: the trust's own signed reading of "relevant DBS check" (clause 1).

use cleansheet_terms::{Date, PersonId, Role, Timestamp};
use jiff::Span;

/// A stored word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word of the register")]
pub struct UnknownWord(pub String);

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

/// What one role needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequirement {
    /// The role.
    pub role: Role,
    /// The least level; `None` when the role needs no check at all.
    pub dbs_level: Option<DbsLevel>,
    /// Exactly this workforce.
    pub workforce: Workforce,
    /// After how many months the check is made again.
    pub recheck_months: i64,
    /// Why, in the trust's own words; shown when somebody is refused.
    pub reason: String,
}

impl RoleRequirement {
    /// A starting point that errs on the safe side, for the Manager to sign or change. Football asks for a new check
    /// every three years.
    pub fn usual() -> [Self; 5] {
        let acts = "plans, approves or publishes posts that show children";
        Role::ALL.map(|role| match role {
            Role::Manager | Role::Dsl | Role::Staff => Self {
                role,
                dbs_level: Some(DbsLevel::Enhanced),
                workforce: Workforce::Child,
                recheck_months: 36,
                reason: acts.to_owned(),
            },
            Role::It | Role::Trustee => Self {
                role,
                dbs_level: None,
                workforce: Workforce::Other,
                recheck_months: 36,
                reason: "sees no posts before they are public and publishes nothing".to_owned(),
            },
        })
    }

    /// The last day on which `check` need not be made again.
    pub fn last_day(&self, check: &DbsCheck) -> Date {
        months_after(check.issued, self.recheck_months)
    }
}

/// The same day `months` later, or the month's last day when it is shorter. A number beyond the calendar gives the day
/// itself: never longer than meant.
pub(super) fn months_after(day: Date, months: i64) -> Date {
    Span::new().try_months(months).and_then(|span| day.checked_add(span)).unwrap_or(day)
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
