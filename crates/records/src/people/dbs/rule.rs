//! Clause 1, the DBS check, as a rule: what somebody's records are worth on one day in London.
//!
//! The gate looks at no content: whether a certificate disclosed anything, it cannot know. It asks whether somebody saw the
//! original and decided, the same of everybody.

use cleansheet_policy::facts::Dbs;
use cleansheet_terms::{Date, Role, Timestamp};

use super::{DbsCheck, RoleRequirement};
use crate::people::papers::months_after;

/// How an answer of the Update Service counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Still current on this day, as far as the answer goes: the time to the next check begins anew.
    Passes(Date),
    /// Somebody has to look. Nothing but a new certificate or another answer takes it away.
    Stops,
    /// No evidence: the day of issue counts.
    Nothing,
}

/// One record as the gate sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The minimal line.
    pub check: DbsCheck,
    /// When somebody decided about it; `None` while it waits.
    pub decided: Option<Timestamp>,
    /// What the Update Service said last; `None` when nobody asked.
    pub status: Option<Counts>,
    /// Its holder agrees to status checks at present: without that a good answer no longer counts.
    pub agreed: bool,
}

impl Line {
    /// The last day on which this check need not be made again for a role.
    pub fn last_day(&self, requirement: &RoleRequirement) -> Date {
        let from = match self.status {
            Some(Counts::Passes(day)) if self.agreed => day.max(self.check.issued),
            _ => self.check.issued,
        };
        months_after(from, requirement.recheck_months)
    }
}

/// Of somebody's records, oldest first, the one that counts: the one decided last. A renewal that waits changes nothing.
/// While nothing was ever decided, the newest.
pub fn counting(lines: &[Line]) -> Option<&Line> {
    let decided = lines.iter().filter(|line| line.decided.is_some()).max_by_key(|line| line.decided);
    decided.or_else(|| lines.last())
}

/// What somebody's records are worth against what all their roles need. A role that nobody has said anything about leaves
/// the question open, and an open question never helps.
///
/// - `lines`: oldest first.
/// - `day`: in London.
pub fn on_day<'r>(
    roles: impl IntoIterator<Item = &'r Role>,
    requirements: &[RoleRequirement],
    lines: &[Line],
    day: Date,
) -> Dbs {
    let line = counting(lines);
    let one = |role: &Role| match requirements.iter().find(|requirement| requirement.role == *role) {
        None => Dbs::Undecided,
        Some(requirement) => for_one_role(requirement, line, day),
    };
    roles.into_iter().map(one).max_by_key(|dbs| weight(*dbs)).unwrap_or(Dbs::Missing)
}

fn for_one_role(requirement: &RoleRequirement, line: Option<&Line>, day: Date) -> Dbs {
    let Some(level) = requirement.dbs_level else { return Dbs::Current };
    let Some(line) = line else { return Dbs::Missing };
    let check = &line.check;
    let open = line.decided.is_none() || check.seen.is_none() || !check.suitable;
    // A certificate from the future has been written down wrongly: nobody can have seen it.
    if open || line.status == Some(Counts::Stops) || check.issued > day {
        Dbs::Undecided
    } else if check.level < level || check.workforce != requirement.workforce {
        Dbs::WrongLevel
    } else if day > line.last_day(requirement) {
        Dbs::RecheckOverdue
    } else {
        Dbs::Current
    }
}

/// With several roles, the heaviest reason is the one to put right first.
fn weight(dbs: Dbs) -> u8 {
    match dbs {
        Dbs::Current => 0,
        Dbs::RecheckOverdue => 1,
        Dbs::WrongLevel => 2,
        Dbs::Undecided => 3,
        Dbs::Missing => 4,
    }
}
