//! Participants and their guardians. Staff see who there is and who can appear; guardians and birthdays are for those who
//! look after families. A guardian's details are on these pages alone, never on another guardian's.

use cleansheet_records::{
    Tx,
    activities::{Activities, MergeError, Participant},
    consents::{Consents, Purpose},
};
use cleansheet_terms::{Date, Network, ParticipantId};

use super::Problem;

pub(super) mod duplicates;
pub(super) mod export;
pub(super) mod family;
pub(super) mod list;
pub(super) mod show;

/// Participants on a page.
const PAGE: usize = 50;

/// Whether somebody can appear in news on the trust's own page today. Whatever stands against it reads the same, and is
/// asked for in the same way.
pub(super) async fn can_appear(tx: &mut Tx, one: &Participant, today: Date) -> Result<bool, Problem> {
    let joined = Consents(tx).joined(&one.id, Purpose::News, Network::Website, today).await?;
    Ok(joined.is_yes() && !one.no_image && !Activities(tx).waits(&one.id).await?)
}

/// The pill that says it.
pub(super) fn appears(can: bool) -> (&'static str, &'static str) {
    if can { ("ok", "Can appear") } else { ("note", "Cannot appear") }
}

fn known(id: &str) -> Result<ParticipantId, Problem> {
    ParticipantId::parse(id).map_err(|_| Problem::NotFound)
}

/// A day out of a form's field; empty is none.
pub(super) fn day(text: &str, what: &str) -> Result<Option<Date>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    crate::sheets::day(text).map(Some).map_err(|why| Problem::Wrong(format!("{what}: {why}")))
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::SameRecord | MergeError::AgesDiffer | MergeError::BeingErased => {
                Self::Conflict(error.to_string())
            }
            MergeError::Activity(error) => error.into(),
            MergeError::Withdrawal(error) => error.into(),
            MergeError::Store(error) => error.into(),
        }
    }
}
