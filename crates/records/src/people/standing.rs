//! Clause 1 as a rule: what a person's papers are worth on one day in London.

use cleansheet_policy::facts::{Certificate, Dbs};
use cleansheet_terms::{Date, Role};

use super::{
    certificates::{CertificateState, CourseCertificate},
    papers::{DbsCheck, RoleRequirement},
};

/// A DBS check against what all the person's roles need. A role that nobody has said anything about leaves the
/// question open, and an open question never helps.
pub(super) fn dbs<'r>(
    roles: impl IntoIterator<Item = &'r Role>,
    requirements: &[RoleRequirement],
    check: Option<&DbsCheck>,
    day: Date,
) -> Dbs {
    let mut worst = None;
    for role in roles {
        let one = match requirements.iter().find(|requirement| requirement.role == *role) {
            None => Dbs::Undecided,
            Some(requirement) => dbs_for_one_role(requirement, check, day),
        };
        if worst.is_none_or(|worst| weight(one) > weight(worst)) {
            worst = Some(one);
        }
    }
    worst.unwrap_or(Dbs::Missing)
}

fn dbs_for_one_role(requirement: &RoleRequirement, check: Option<&DbsCheck>, day: Date) -> Dbs {
    let Some(level) = requirement.dbs_level else { return Dbs::Current };
    let Some(check) = check else { return Dbs::Missing };
    // A certificate from the future has been written down wrongly: nobody can have seen it.
    if check.seen.is_none() || !check.suitable || check.issued > day {
        Dbs::Undecided
    } else if check.level < level || check.workforce != requirement.workforce {
        Dbs::WrongLevel
    } else if day > requirement.last_day(check) {
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

/// What all of a person's certificates are worth on one day: the best one counts, so that one which still waits for a
/// second person, or was refused, takes nothing away from another that is good.
pub(super) fn certificate(all: &[CourseCertificate], day: Date) -> Certificate {
    let states: Vec<CertificateState> = all.iter().map(|one| one.state_on(day)).collect();
    if states.contains(&CertificateState::Good) {
        Certificate::Current
    } else if states.contains(&CertificateState::Waiting) || states.contains(&CertificateState::Early) {
        Certificate::Unverified
    } else if states.contains(&CertificateState::Ended) {
        Certificate::Expired
    } else {
        Certificate::Missing
    }
}
