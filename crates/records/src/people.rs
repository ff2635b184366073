//! People who may sign in, and their standing: DBS check, safeguarding certificate, suspension, acknowledgement.

mod certificates;
mod correcting;
mod courses;
pub mod dbs;
mod deputies;
mod history;
mod leaving;
mod papers;
mod register;
mod reminders;
mod runs_out;
mod search;
mod standing;
mod standings;
mod to_do;

use std::collections::BTreeSet;

use cleansheet_terms::{Digest, PersonId, Role, Timestamp};

pub use certificates::{CertificateError, CertificateState, CourseCertificate, NewCertificate};
pub use courses::{Course, CourseError, Courses, FA_SAFEGUARDING_CHILDREN, Validity};
pub use dbs::{DbsCheck, DbsLevel, RoleRequirement, Workforce};
pub use deputies::{Deputies, Deputy, DeputyError, DeputyId, NewDeputy, Period};
pub use history::{Happened, PersonEvent};
pub use leaving::Held;
pub use papers::UnknownWord;
pub use register::{NewPerson, People};
pub use reminders::{Reminded, remind, reminders_are_due};
pub use runs_out::{RunsOut, RunsOutWhat};
pub use search::{Found, PeopleWanted};
pub use standing::papers_on;
pub use to_do::{ToDo, to_do};

use crate::database::StoreError;

/// Anyone known to the trust who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// As colleagues know them.
    pub name: String,
    /// Where their sign-in links go; one person an address.
    pub mail: String,
    /// What they are to the trust, of their own. What they may do is [`Person::roles_at`].
    pub roles: BTreeSet<Role>,
    /// When they stand in for the Manager: running, to come and over.
    pub stands_in: Vec<Period>,
    /// When they were added.
    pub joined: Timestamp,
    /// Suspended since; ended by the Manager.
    pub suspended: Option<Timestamp>,
    /// Left on; never comes back under the same id.
    pub left: Option<Timestamp>,
    /// The policy they acknowledged last, and when.
    pub acknowledged: Option<(Digest, Timestamp)>,
}

impl Person {
    /// Whether they may act at all. A suspension counts whatever its instant says: a clock that was set back must not
    /// lift it.
    pub fn is_suspended(&self) -> bool {
        self.suspended.is_some() || self.left.is_some()
    }

    /// What they act as at an instant: their own roles, and the Manager's while they stand in.
    pub fn roles_at(&self, at: Timestamp) -> BTreeSet<Role> {
        let mut roles = self.roles.clone();
        if self.deputises(at) {
            roles.insert(Role::Manager);
        }
        roles
    }

    /// Whether they act in this role at an instant.
    pub fn is(&self, role: Role, at: Timestamp) -> bool {
        self.roles.contains(&role) || (role == Role::Manager && self.deputises(at))
    }

    /// Whether they stand in for the Manager at an instant, without being one.
    pub fn deputises(&self, at: Timestamp) -> bool {
        !self.roles.contains(&Role::Manager) && self.stands_in.iter().any(|period| period.holds(at))
    }
}

/// What can be wrong with a change to a person.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Nobody has this id.
    #[error("no person `{0}`")]
    Missing(PersonId),
    /// Another person has this address.
    #[error("`{0}` belongs to somebody else already; give each person an address of their own")]
    MailTaken(String),
    /// A name or address that cannot be used.
    #[error("a person needs a name and a mail address with an `@`")]
    Incomplete,
    /// Somebody who has left does not come back under the same record.
    #[error("this person has left; add them again as a new person")]
    Left,
    /// Nobody vouches for their own papers.
    #[error("somebody else has to see the original and verify it")]
    OwnPapers,
    /// Whoever stands in has the Manager's rights over others only.
    #[error(
        "whoever stands in for the Manager changes neither their own rights nor those of a Manager or a safeguarding \
         lead; wait for the Manager, or ask another one"
    )]
    StandsIn,
    /// Some decisions are not lent.
    #[error(
        "this stays with the Manager, and whoever stands in cannot do it; wait for the Manager, or ask another one"
    )]
    NotLent,
    /// Only a Manager may.
    #[error("only a Manager can do this")]
    NotManager,
    /// The last Manager cannot be suspended, leave or lose the role.
    #[error("this is the only Manager; make somebody else a Manager first")]
    LastManager,
    /// What a role needs has to be said whole.
    #[error("a check is made again after 1 to 120 months, and the reason is a sentence of up to 300 letters")]
    Requirement,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
