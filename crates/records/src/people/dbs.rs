//! DBS checks (clause 1): what each role needs, records with their history, status checks with the Update Service, and
//! what goes after six months.
//!
//! No scan is kept anywhere. What the gate needs lies in clear and is the same whatever a certificate disclosed; the rest
//! is sealed, shown to the Manager and the safeguarding lead only, never to its holder, and each look is written down.

mod check;
mod details;
mod forget;
mod requirement;
mod rows;
mod rule;
mod status;
mod status_rows;
mod writing;

use cleansheet_terms::{PersonId, Role};

pub use check::{DbsCheck, DbsLevel, Workforce};
pub use details::{CertificateNumber, Content, Details, Disclosed, Identity, NOTE_LETTERS, Why};
pub use forget::{details_are_due, forget_details};
pub use requirement::{MONTHS, REASON_LETTERS, RoleRequirement};
pub(super) use rows::last_day;
pub use rows::{Record, Viewed, Waiting, Waits};
pub use rule::{Counts, Line, counting, on_day};
pub use status::{Answer, Consent, NewConsent, Way, is_due};
pub use status_rows::{Due, Status};
pub use writing::NewRecord;

use super::{People, Person, PersonError};
use crate::{
    database::{StoreError, Tx},
    sealing::{SealError, Sealer},
};

cleansheet_terms::id!(
    /// One DBS certificate of one person.
    DbsRecordId,
    "dbs"
);
cleansheet_terms::id!(
    /// Somebody's agreement to status checks.
    DbsConsentId,
    "dbsconsent"
);
cleansheet_terms::id!(
    /// One look at the details of a record.
    DbsViewId,
    "dbsview"
);

/// DBS records in the database, with what opens what is sealed. Borrow it from a [`Tx`].
pub struct DbsRecords<'t> {
    /// The transaction.
    pub tx: &'t mut Tx,
    /// Seals and opens details.
    pub sealer: &'t Sealer,
}

/// What can be wrong with a change to a DBS record, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DbsError {
    /// Nobody sees to their own record, or reads the note about themselves (clause 1).
    #[error("this is your own record; the other one of Manager and safeguarding lead sees to it (clause 1)")]
    Own,
    /// Details are for two roles.
    #[error("DBS records are for the Manager and the safeguarding lead (clause 1); ask one of them")]
    NotYours,
    /// Nothing with this id is about this person.
    #[error("this record is not here any more; load the page again")]
    Missing,
    /// The number cannot be one.
    #[error(
        "a certificate number has 12 digits, zeros in front included; copy it from the top of the certificate"
    )]
    Number,
    /// Forename and surname are both needed.
    #[error("write forename and surname as they stand on the certificate, up to 100 letters each")]
    Names,
    /// A day of issue or birth, or of agreement, that cannot be.
    #[error("that day cannot be right: it has not come yet; look at the certificate again")]
    Future,
    /// The original comes first.
    #[error("somebody has to see the original before anybody decides; ask for the certificate")]
    NotSeen,
    /// It was seen already.
    #[error("somebody has seen this original already; to correct it, write the certificate down anew")]
    SeenAlready,
    /// The details are gone.
    #[error(
        "the details of this record are gone, as they should after six months; write the certificate down anew"
    )]
    Gone,
    /// A disclosure is never passed over in silence.
    #[error("write down why you decided so: the certificate disclosed something")]
    NoteMissing,
    /// The same certificate again, or an older one, after a status check has stopped it.
    #[error(
        "a status check has stopped a certificate of this day or a later one; a new certificate is needed: ask them to \
         apply for one"
    )]
    NewerNeeded,
    /// More than is kept.
    #[error("keep the note under 1,000 letters")]
    TooLong,
    /// A status check needs the holder's agreement and a declaration.
    #[error(
        "tick both: they agreed in writing, and you declare to DBS that you may ask; nothing is asked before"
    )]
    NotAgreed,
    /// A status check needs a certificate that counts, of a level DBS tells about, with its details.
    #[error(
        "a status check needs a decided certificate above basic level, with number and birthday; write it down first"
    )]
    NothingToAsk,
    /// Somebody who was there is not.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The wrong key, or damage.
    #[error(
        "the sealed details cannot be opened; look whether the program runs with this trust's own key file"
    )]
    Unreadable,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DbsRecords<'_> {
    /// Fails unless `by` is Manager or safeguarding lead, may act, and is not the holder.
    pub(super) async fn must_handle(&mut self, by: &PersonId, holder: &PersonId) -> Result<(), DbsError> {
        if by == holder {
            return Err(DbsError::Own);
        }
        if self.handles(by).await? { Ok(()) } else { Err(DbsError::NotYours) }
    }

    /// Whether somebody sees to DBS records at present.
    pub(super) async fn handles(&mut self, id: &PersonId) -> Result<bool, StoreError> {
        Ok(People(self.tx).find(id).await?.is_some_and(|person| handles(&person)))
    }
}

/// Manager and safeguarding lead see to DBS records, while they may act. Whoever stands in for the Manager does not: what a
/// certificate disclosed is for as few people as can be.
fn handles(person: &Person) -> bool {
    !person.is_suspended() && (person.roles.contains(&Role::Manager) || person.roles.contains(&Role::Dsl))
}
