//! People and whether they may act today, in words; what runs out, and their papers.

use std::collections::BTreeMap;

use cleansheet_policy::{
    Action, Policy, Visitor, VisitorKind,
    facts::{Certificate, Dbs, Standing},
};
use cleansheet_records::{
    Tx,
    people::{
        CertificateError, CertificateState, CourseError, People, Person, PersonError, RunsOut, RunsOutWhat,
    },
};
use cleansheet_terms::{PersonId, Role};

use super::Problem;
use crate::app::App;

pub(super) mod calendar;
pub(super) mod change;
pub(super) mod courses;
pub(super) mod dbs;
pub(super) mod leaving;
pub(super) mod list;
pub(super) mod own;
pub(super) mod papers;
pub(super) mod show;

/// Somebody by the id in a path.
async fn known(app: &App, id: &str) -> Result<Person, Problem> {
    let id = PersonId::parse(id).map_err(|_| Problem::NotFound)?;
    People(&mut app.records.read().await?).find(&id).await?.ok_or(Problem::NotFound)
}

/// The names of people by their ids, each looked up once.
#[derive(Default)]
struct Names(BTreeMap<PersonId, String>);

impl Names {
    async fn of(&mut self, tx: &mut Tx, id: &PersonId) -> Result<String, Problem> {
        if let Some(name) = self.0.get(id) {
            return Ok(name.clone());
        }
        let name = People(tx).find(id).await?.map_or_else(|| "somebody".to_owned(), |one| one.name);
        self.0.insert(id.clone(), name.clone());
        Ok(name)
    }
}

/// Whether the policy lets somebody in the roles that their papers are measured by write posts at all.
fn may_post(policy: &Policy, standing: &Standing) -> bool {
    let kind = VisitorKind::Person { roles: standing.roles.clone(), suspended: false };
    policy.may(Action::DraftPost, Visitor { kind }).allowed
}

fn roles(person: &Person) -> String {
    let roles: Vec<String> = person.roles.iter().map(ToString::to_string).collect();
    if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") }
}

/// `Manager`, `Safeguarding lead`.
fn role_words(role: Role) -> String {
    capital(&role.to_string())
}

/// The first letter large.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default() + letters.as_str()
}

/// What a certificate is worth: state and word of its pill.
fn worth(state: CertificateState) -> (&'static str, &'static str) {
    match state {
        CertificateState::Good => ("ok", "Counts"),
        CertificateState::Early => ("hold", "Still to come"),
        CertificateState::Waiting => ("hold", "Waiting"),
        CertificateState::Ended => ("off", "Has ended"),
        CertificateState::Refused => ("stop", "Does not count"),
    }
}

/// What of somebody runs out, in words, with its clause.
pub(super) fn running_out(one: &RunsOut) -> (u8, String) {
    match one.what {
        RunsOutWhat::Dbs => (1, "DBS check".to_owned()),
        RunsOutWhat::Certificate => (1, "safeguarding certificate".to_owned()),
        RunsOutWhat::Grant => {
            (3, format!("permission for {}", one.channel.as_deref().unwrap_or("an account")))
        }
    }
}

/// How near it is: state and word of its pill.
pub(super) fn nearness(one: &RunsOut) -> (&'static str, String) {
    match one.days_left {
        ..0 if one.waits => ("hold", "New one waits".to_owned()),
        ..0 => ("stop", "Has ended".to_owned()),
        _ if one.waits => ("note", "New one waits".to_owned()),
        0 => ("hold", "Last day".to_owned()),
        1 => ("hold", "One day left".to_owned()),
        days => ("hold", format!("{days} days left")),
    }
}

/// `read and agreed`, or not.
fn acknowledged(standing: &Standing) -> &'static str {
    if standing.acknowledged { "read and agreed" } else { "to be read" }
}

/// - `posts`: the policy lets somebody in these roles write posts at all.
fn may_act(person: &Person, standing: &Standing, posts: bool) -> (&'static str, &'static str) {
    if person.left.is_some() {
        ("off", "Has left")
    } else if standing.suspended {
        ("stop", "Suspended")
    } else if !posts {
        ("note", "Reads, and does not post")
    } else if standing.dbs == Dbs::Current && standing.certificate == Certificate::Current {
        ("ok", "In order")
    } else {
        ("hold", "Something is missing")
    }
}

/// What a DBS check is worth, in words.
pub(super) fn dbs_in_words(dbs: Dbs) -> &'static str {
    match dbs {
        Dbs::Current => "in date",
        Dbs::Missing => "none on record",
        Dbs::Undecided => "to be looked at",
        Dbs::WrongLevel => "another level is needed",
        Dbs::RecheckOverdue => "has to be made again",
    }
}

/// What a certificate is worth, in words.
pub(super) fn certificate(certificate: Certificate) -> &'static str {
    match certificate {
        Certificate::Current => "in date",
        Certificate::Missing => "none on record",
        Certificate::Unverified => "somebody has to verify it",
        Certificate::Expired => "has run out",
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Missing(_) => Self::NotFound,
            PersonError::MailTaken(_)
            | PersonError::Incomplete
            | PersonError::OwnPapers
            | PersonError::Requirement => Self::Wrong(error.to_string()),
            PersonError::Left | PersonError::LastManager | PersonError::StandsIn => {
                Self::Conflict(error.to_string())
            }
            PersonError::NotManager | PersonError::NotLent => Self::NotYours(error.to_string()),
            PersonError::Store(error) => error.into(),
        }
    }
}

impl From<CertificateError> for Problem {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::Missing(_) => Self::NotFound,
            CertificateError::LookedAt => Self::Conflict(error.to_string()),
            CertificateError::NotVerifier => Self::NotYours(error.to_string()),
            CertificateError::Person(error) => error.into(),
            CertificateError::Store(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}

impl From<CourseError> for Problem {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::Missing(_) => Self::NotFound,
            CourseError::Person(error) => error.into(),
            CourseError::Store(error) => error.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}
