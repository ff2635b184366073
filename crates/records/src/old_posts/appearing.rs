//! Whether somebody may be shown in old posts: their answers, joined once however many posts show them.

use std::collections::BTreeMap;

use cleansheet_policy::facts::Answer;
use cleansheet_terms::{Date, Network, ParticipantId, Timestamp, day_in_london};

use super::OldPostError;
use crate::{
    activities::Activities,
    consents::{Consents, Kind, Purpose},
    database::Tx,
};

/// How somebody stands on a kind of channel. Neither field says why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stands {
    /// They may be shown there: nothing that is public stays longer by being old.
    pub(super) may_appear: bool,
    /// Somebody has said no, or the hard flag is set.
    pub(super) refused: bool,
}

/// How people stand on one day.
pub(super) struct Appearing {
    day: Date,
    known: BTreeMap<(ParticipantId, Kind), Stands>,
}

impl Appearing {
    /// On the day of an instant, in London.
    pub(super) fn on(at: Timestamp) -> Self {
        Self { day: day_in_london(at), known: BTreeMap::new() }
    }

    /// How somebody stands on a network, by answers in whatever words.
    pub(super) async fn of(
        &mut self,
        tx: &mut Tx,
        participant: &ParticipantId,
        network: Network,
    ) -> Result<Stands, OldPostError> {
        let key = (participant.clone(), Kind::of(network));
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let no_image = Activities(tx).known_participant(participant).await?.no_image;
        let joined = Consents(tx).joined_on(participant, Purpose::News, key.1, self.day).await?;
        let stands = Stands {
            may_appear: !no_image && joined.is_yes(),
            refused: no_image || joined.guardians == Answer::No || joined.own == Answer::No,
        };
        self.known.insert(key, stands);
        Ok(stands)
    }
}
