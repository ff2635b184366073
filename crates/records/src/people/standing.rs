//! Clause 1 as a rule: what a person's papers are worth on one day in London.

use cleansheet_policy::facts::{Certificate, Dbs};
use cleansheet_terms::{Date, Role};

use super::{
    certificates::{CertificateState, CourseCertificate},
    dbs::{self, Line, RoleRequirement},
};

/// What somebody's papers are worth on one day in London: all of clause 1 but a suspension.
///
/// - `checks`: their DBS records, oldest first.
/// - `held`: all of their certificates.
pub fn papers_on<'r>(
    roles: impl IntoIterator<Item = &'r Role>,
    requirements: &[RoleRequirement],
    checks: &[Line],
    held: &[CourseCertificate],
    day: Date,
) -> (Dbs, Certificate) {
    (dbs::on_day(roles, requirements, checks, day), certificate(held, day))
}

/// What all of a person's certificates are worth on one day: the best one counts, so that one which still waits for a
/// second person, or was refused, takes nothing away from another that is good.
fn certificate(all: &[CourseCertificate], day: Date) -> Certificate {
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
