//! Who was at an activity: whoever is not on its roster cannot be shown in its posts.

use cleansheet_terms::{ActivityId, ParticipantId};

use super::{Activities, ActivityError};
use crate::database::{StoreError, sql};

impl Activities<'_> {
    /// Puts a participant on an activity's roster.
    pub async fn put_on_roster(
        &mut self,
        activity: &ActivityId,
        participant: &ParticipantId,
    ) -> Result<(), ActivityError> {
        self.known_participant(participant).await?;
        self.known_activity(activity).await?;
        if self.waits(participant).await? {
            return Err(ActivityError::MayBeAnother);
        }
        Ok(self.add_to_roster(activity, participant).await?)
    }

    /// The same of somebody and an activity who are on record for certain, and wait for nothing.
    pub(crate) async fn add_to_roster(
        &mut self,
        activity: &ActivityId,
        participant: &ParticipantId,
    ) -> Result<(), StoreError> {
        let put = sql("INSERT INTO roster (activity_id, participant_id) VALUES ($1, $2)
             ON CONFLICT (activity_id, participant_id) DO NOTHING")
        .bind(activity.as_str().to_owned())
        .bind(participant.as_str().to_owned());
        self.0.run(put).await?;
        Ok(())
    }

    /// Takes a participant off an activity's roster: they cannot be shown in its posts any more.
    pub async fn take_off_roster(
        &mut self,
        activity: &ActivityId,
        participant: &ParticipantId,
    ) -> Result<(), StoreError> {
        let take = sql("DELETE FROM roster WHERE activity_id = $1 AND participant_id = $2")
            .bind(activity.as_str().to_owned())
            .bind(participant.as_str().to_owned());
        self.0.run(take).await?;
        Ok(())
    }

    /// Whether a participant was at an activity.
    pub async fn on_roster(
        &mut self,
        activity: &ActivityId,
        who: &ParticipantId,
    ) -> Result<bool, StoreError> {
        let found = sql("SELECT participant_id FROM roster WHERE activity_id = $1 AND participant_id = $2")
            .bind(activity.as_str().to_owned())
            .bind(who.as_str().to_owned());
        Ok(self.0.row(found).await?.is_some())
    }
}
