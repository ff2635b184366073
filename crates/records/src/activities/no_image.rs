//! The hard "no image" flag, which beats every answer (clause 9), and why it is there.

use cleansheet_terms::{Clock, Entropy, ParticipantId, PersonId};
use sqlx::any::AnyRow;

use super::{Activities, ActivityError};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    erasure,
    ledger_entries::Ledger,
};

impl Activities<'_> {
    /// Sets or lifts the hard "no image" flag; nobody lifts it while the participant is being erased. The ledger says only
    /// that something changed, not what. What follows for posts is [`crate::withdrawals::sweep`]'s.
    ///
    /// - `reason`: sealed by [`crate::sealing::Sealer`] for the safeguarding lead; `None` keeps none.
    /// - `by`: the id of a person or a guardian.
    pub async fn set_no_image(
        &mut self,
        id: &ParticipantId,
        no_image: bool,
        reason: Option<&[u8]>,
        by: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        self.known_participant(id).await?;
        if !no_image && erasure::is_open(self.0, id).await? {
            return Err(ActivityError::BeingErased);
        }
        let set = sql("UPDATE participant SET no_image = $1, no_image_reason = $2 WHERE id = $3")
            .bind(i64::from(no_image))
            .bind(reason.map(<[u8]>::to_vec))
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        if !no_image {
            let forget = sql("UPDATE participant SET no_image_reason = NULL WHERE merged_into = $1");
            self.0.run(forget.bind(id.as_str().to_owned())).await?;
            // Whoever asked for it can ask again.
            let wishes = sql("UPDATE guardianship SET never_ms = NULL WHERE participant_id = $1");
            self.0.run(wishes.bind(id.as_str().to_owned())).await?;
        }
        Ledger(self.0)
            .append("participant.changed", id.as_str(), &(no_image, by), clock.now(), entropy)
            .await?;
        Ok(())
    }

    /// Why the flag is there, sealed with the id of the record that it was written for: those that were made one with this
    /// one had reasons too. That somebody read them is written down.
    pub async fn read_no_image_reasons(
        &mut self,
        id: &ParticipantId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<(ParticipantId, Vec<u8>)>, StoreError> {
        let found = sql("SELECT id, no_image_reason FROM participant
             WHERE (id = $1 OR merged_into = $1) AND no_image_reason IS NOT NULL ORDER BY id");
        let rows = self.0.rows(found.bind(id.as_str().to_owned())).await?;
        let read = |row: &AnyRow| Ok((row.read("id", ParticipantId::parse)?, row.raw("no_image_reason")?));
        let reasons: Vec<_> = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        if !reasons.is_empty() {
            Ledger(self.0).append("participant.reason_read", id.as_str(), by, clock.now(), entropy).await?;
        }
        Ok(reasons)
    }
}
