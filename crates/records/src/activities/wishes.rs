//! What a guardian says once and for all: the language they read, and that their child is never to be shown.

use cleansheet_terms::{Clock, Entropy, GuardianId, ParticipantId, Timestamp};

use super::{Activities, ActivityError};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

impl Activities<'_> {
    /// The language a guardian reads best, as in `locales/`.
    pub async fn set_language(&mut self, id: &GuardianId, language: &str) -> Result<(), StoreError> {
        let set = sql("UPDATE guardian SET language = $1 WHERE id = $2 AND language <> $1")
            .bind(language.to_owned())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        Ok(())
    }

    /// A guardian asks that the child never be shown: the hard flag is set, without a reason, and their page remembers
    /// that they asked. One that is set already stays as it is, with the reason the safeguarding lead gave.
    pub async fn never_show(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        let known = self.known_participant(participant).await?;
        if !known.no_image {
            self.set_no_image(participant, true, None, guardian.as_str(), clock, entropy).await?;
        }
        let note = sql("UPDATE guardianship SET never_ms = $1
             WHERE participant_id = $2 AND guardian_id = $3 AND never_ms IS NULL")
        .bind(clock.now().as_millisecond())
        .bind(participant.as_str().to_owned())
        .bind(guardian.as_str().to_owned());
        if self.0.run(note).await? == 1 {
            let now = clock.now();
            Ledger(self.0).append("guardian.never", participant.as_str(), guardian, now, entropy).await?;
        }
        Ok(())
    }

    /// The guardians who asked that a participant never be shown, by name, and when: for whoever is about to lift the flag.
    pub async fn who_asked_never(
        &mut self,
        participant: &ParticipantId,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let found =
            sql("SELECT g.name, s.never_ms FROM guardianship s JOIN guardian g ON g.id = s.guardian_id
             WHERE s.participant_id = $1 AND s.never_ms IS NOT NULL ORDER BY g.name, g.id")
            .bind(participant.as_str().to_owned());
        let rows = self.0.rows(found).await?;
        rows.iter().map(|row| Ok((row.text("name")?, row.instant("never_ms")?))).collect()
    }

    /// When this guardian asked that the child never be shown.
    pub async fn asked_never(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let found = sql("SELECT never_ms FROM guardianship WHERE participant_id = $1 AND guardian_id = $2")
            .bind(participant.as_str().to_owned())
            .bind(guardian.as_str().to_owned());
        let row = self.0.row(found).await?;
        Ok(row.map(|row| row.maybe_instant("never_ms")).transpose()?.flatten())
    }
}
