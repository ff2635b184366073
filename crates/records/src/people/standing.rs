//! Clause 1 as a rule: what a certificate is worth on one day in London. What a DBS check is worth is in `dbs::rule`.

use cleansheet_policy::facts::{Certificate, Dbs};
use cleansheet_terms::{Date, Role};

use super::{
    dbs::{self, Line, RoleRequirement},
    papers::SafeguardingCertificate,
};

/// What somebody's papers are worth on one day in London: all of clause 1 but a suspension.
///
/// - `checks`: their DBS records, oldest first.
pub fn papers_on<'r>(
    roles: impl IntoIterator<Item = &'r Role>,
    requirements: &[RoleRequirement],
    checks: &[Line],
    held: Option<&SafeguardingCertificate>,
    day: Date,
) -> (Dbs, Certificate) {
    (dbs::on_day(roles, requirements, checks, day), certificate(held, day))
}

/// A Safeguarding Children certificate on one day.
pub(super) fn certificate(certificate: Option<&SafeguardingCertificate>, day: Date) -> Certificate {
    let Some(certificate) = certificate else { return Certificate::Missing };
    if day > certificate.last_day() {
        Certificate::Expired
    } else if certificate.verified.is_none() || certificate.completed > day {
        Certificate::Unverified
    } else {
        Certificate::Current
    }
}
