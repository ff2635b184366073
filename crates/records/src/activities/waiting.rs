//! Adults who answered at an event under the name of somebody on record who is a child, of unknown age or not to be shown.
//! It may be them. They come onto the roster once a person has said of each of these that they are two.

use cleansheet_terms::{ActivityId, Date, ParticipantId};
use jiff::ToSpan as _;

use super::{Activities, ActivityError, Participant, folded, same_parts};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
};

impl Activities<'_> {
    /// Puts somebody who answered at an activity on its roster, or lets them wait.
    pub(crate) async fn put_on_roster_or_wait(
        &mut self,
        activity: &ActivityId,
        id: &ParticipantId,
        today: Date,
    ) -> Result<(), ActivityError> {
        let one = self.known_participant(id).await?;
        let like = self.who_they_may_be(&one, today).await?;
        if like.is_empty() {
            return self.put_on_roster(activity, id).await;
        }
        for like in like {
            let wait =
                sql("INSERT INTO spot_waiting (activity_id, participant_id, like_id) VALUES ($1, $2, $3)")
                    .bind(activity.as_str().to_owned())
                    .bind(id.as_str().to_owned())
                    .bind(like.as_str().to_owned());
            self.0.run(wait).await?;
        }
        Ok(())
    }

    /// Whether somebody waits for a roster.
    pub async fn waits(&mut self, id: &ParticipantId) -> Result<bool, StoreError> {
        let found = sql("SELECT activity_id FROM spot_waiting WHERE participant_id = $1 LIMIT 1");
        Ok(self.0.row(found.bind(id.as_str().to_owned())).await?.is_some())
    }

    /// Those who wait, and whom each of them may be.
    pub(super) async fn waiting(&mut self) -> Result<Vec<(ParticipantId, ParticipantId)>, StoreError> {
        let rows = self.0.rows(sql("SELECT DISTINCT participant_id, like_id FROM spot_waiting")).await?;
        let pair = |row: &sqlx::any::AnyRow| {
            Ok((
                row.read("participant_id", ParticipantId::parse)?,
                row.read("like_id", ParticipantId::parse)?,
            ))
        };
        rows.iter().map(pair).collect()
    }

    /// It is known of two whether they are one. Whoever waited for nothing else is on that roster from now on.
    pub(super) async fn no_longer_waits(
        &mut self,
        one: &ParticipantId,
        other: &ParticipantId,
    ) -> Result<(), ActivityError> {
        let told = sql("DELETE FROM spot_waiting
             WHERE (participant_id = $1 AND like_id = $2) OR (participant_id = $2 AND like_id = $1)
             RETURNING activity_id, participant_id")
        .bind(one.as_str().to_owned())
        .bind(other.as_str().to_owned());
        for row in self.0.rows(told).await? {
            let activity = row.read("activity_id", ActivityId::parse)?;
            let id = row.read("participant_id", ParticipantId::parse)?;
            let left = sql(
                "SELECT like_id FROM spot_waiting WHERE activity_id = $1 AND participant_id = $2 LIMIT 1",
            )
            .bind(activity.as_str().to_owned())
            .bind(id.as_str().to_owned());
            if self.0.row(left).await?.is_none() {
                self.add_to_roster(&activity, &id).await?;
            }
        }
        Ok(())
    }

    async fn who_they_may_be(
        &mut self,
        one: &Participant,
        today: Date,
    ) -> Result<Vec<ParticipantId>, StoreError> {
        let found = sql("SELECT id, name FROM participant
             WHERE merged_into IS NULL AND id <> $1
                 AND (no_image = 1 OR (born_day IS NULL AND adult = 0) OR born_day > $2)
             ORDER BY id")
        .bind(one.id.as_str().to_owned())
        .bind(today.saturating_sub(18.years()).to_string());
        let name = folded(&one.name);
        let mut all = Vec::new();
        for row in self.0.rows(found).await? {
            if same_parts(&folded(&row.text("name")?), &name) {
                all.push(row.read("id", ParticipantId::parse)?);
            }
        }
        Ok(all)
    }
}
