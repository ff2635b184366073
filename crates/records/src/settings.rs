//! What is in force for the whole trust: the pause, the policy's texts, the consent wording.

use cleansheet_terms::{Clock, Digest, EditionId, Entropy, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    columns::Columns as _,
    consents::Purpose,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
};

mod access;

pub use access::{NoSuchDay, SeasonEnd};

/// "Pause all publishing": nothing leaves until it is ended. Take-downs go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who paused; nobody when the program did.
    pub by: Option<PersonId>,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    #[serde(default)]
    pub because: Because,
}

/// Why publishing is paused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Because {
    /// Somebody pressed the button.
    #[default]
    Asked,
    /// The records come out of a backup: what families withdrew since is not in them.
    Restored {
        /// When the backup was made.
        made: Timestamp,
    },
    /// The witness has seen a longer or another history than these records have. Ends by a new ledger only.
    RolledBack {
        /// How many entries the witness has seen.
        witnessed: u64,
    },
}

/// For how many months a publication stays when nobody has said otherwise.
pub const USUAL_MONTHS: i16 = 12;
/// For how many months it may stay.
pub const MONTHS: std::ops::RangeInclusive<i16> = 1..=36;

/// A publication that would be over before it began, or never be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a post stays public for 1 to 36 months; choose a number between them")]
pub struct NoSuchLife;

/// The settings in the database. Borrow it from a [`Tx`].
pub struct Settings<'t>(pub &'t mut Tx);

const PAUSE: &str = "pause";
/// A pause that the program itself began.
const STOP: &str = "stop";
const POLICY: &str = "policy_in_force";
const EDITION: &str = "edition_in_force";
const CLOCK: &str = "clock_ms";
/// The subject of ledger entries about the whole trust.
const TRUST: &str = "trust";

impl Settings<'_> {
    /// Who paused publishing, while it is paused. An unreadable pause is an error, so that nothing is sent.
    pub async fn pause(&mut self) -> Result<Option<Pause>, StoreError> {
        for name in [STOP, PAUSE] {
            if let Some(text) = self.value(name).await? {
                return serde_json::from_str(&text).map(Some).map_err(|_| StoreError::damaged(name));
            }
        }
        Ok(None)
    }

    /// The program itself pauses publishing. The worse reason stays. Nothing is added to the ledger, which may be what
    /// is wrong. Says whether this is new.
    pub async fn stop_publishing(&mut self, because: Because, at: Timestamp) -> Result<bool, StoreError> {
        let found = self.pause().await?.map(|pause| pause.because);
        if found == Some(because.clone()) || matches!(found, Some(Because::RolledBack { .. })) {
            return Ok(false);
        }
        let text = serde_json::to_string(&Pause { by: None, since: at, because })
            .map_err(|e| StoreError::Ledger(e.to_string()))?;
        self.put(STOP, &text).await?;
        Ok(true)
    }

    /// Pauses all publishing. Pausing twice keeps the first.
    pub async fn start_pause(
        &mut self,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Pause, StoreError> {
        if let Some(pause) = self.pause().await? {
            return Ok(pause);
        }
        let pause = Pause { by: Some(by.clone()), since: clock.now(), because: Because::Asked };
        let text = serde_json::to_string(&pause).map_err(|e| StoreError::Ledger(e.to_string()))?;
        self.put(PAUSE, &text).await?;
        Ledger(self.0).append("publishing.paused", TRUST, &pause, pause.since, entropy).await?;
        Ok(pause)
    }

    /// Lets publishing go on. Says whether it was paused.
    pub async fn end_pause(
        &mut self,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let paused = self.pause().await?;
        if matches!(&paused, Some(Pause { because: Because::RolledBack { .. }, .. })) {
            return Ok(false);
        }
        for name in [STOP, PAUSE] {
            self.forget(name).await?;
        }
        let ended = paused.is_some();
        if ended {
            // What waited for this goes out at once, not when its job would come again by itself.
            Jobs(self.0).hasten_all(Work::Publish, clock.now()).await?;
            Ledger(self.0).append("publishing.resumed", TRUST, by, clock.now(), entropy).await?;
        }
        Ok(ended)
    }

    /// A new ledger has begun: a rolled-back trust is still paused, and its Manager may end that.
    pub async fn settle_roll_back(
        &mut self,
        by_backup_of: Timestamp,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.forget(STOP).await?;
        self.stop_publishing(Because::Restored { made: by_backup_of }, at).await?;
        Ok(())
    }

    /// The hash of the clauses' texts that people acknowledge. `None` before the first start.
    pub async fn policy_in_force(&mut self) -> Result<Option<Digest>, StoreError> {
        self.digest(POLICY).await
    }

    /// Puts a policy in force, once [`crate::review::Versions`] has kept it whole. Says whether it is another than before: then everybody has to
    /// acknowledge it again.
    pub(crate) async fn put_policy_in_force(
        &mut self,
        policy: &Digest,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        if self.policy_in_force().await? == Some(*policy) {
            return Ok(false);
        }
        self.put(POLICY, &policy.to_string()).await?;
        Ledger(self.0).append("policy.in_force", TRUST, policy, clock.now(), entropy).await?;
        Ok(true)
    }

    /// The latest instant that is known to have been: of the last mark, or of the newest ledger entry.
    pub async fn latest_instant(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let mark =
            self.value(CLOCK).await?.and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok());
        Ok(mark.max(Ledger(self.0).newest_at().await?))
    }

    /// Marks an instant as having been, so that a clock that is set back is noticed after a restart as well.
    pub async fn mark_instant(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.put(CLOCK, &at.as_millisecond().to_string()).await
    }

    /// For how many months a publication for a purpose stays.
    pub async fn months_public(&mut self, purpose: Purpose) -> Result<i16, StoreError> {
        let Some(text) = self.value(&months_of(purpose)).await? else { return Ok(USUAL_MONTHS) };
        let months = text.parse().map_err(|_| StoreError::damaged("value"))?;
        if MONTHS.contains(&months) { Ok(months) } else { Err(StoreError::damaged("value")) }
    }

    /// Says for how many months publications for a purpose stay, from now on.
    pub async fn set_months_public(
        &mut self,
        purpose: Purpose,
        months: i16,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Result<(), NoSuchLife>, StoreError> {
        if !MONTHS.contains(&months) {
            return Ok(Err(NoSuchLife));
        }
        self.put(&months_of(purpose), &months.to_string()).await?;
        let payload = (purpose, months, by);
        Ledger(self.0).append("publishing.life", TRUST, &payload, clock.now(), entropy).await?;
        Ok(Ok(()))
    }

    pub(crate) async fn edition_in_force(&mut self) -> Result<Option<EditionId>, StoreError> {
        let value = self.value(EDITION).await?;
        value.map(|text| EditionId::parse(&text).map_err(|_| StoreError::damaged(EDITION))).transpose()
    }

    pub(crate) async fn put_edition_in_force(&mut self, edition: &EditionId) -> Result<(), StoreError> {
        self.put(EDITION, edition.as_str()).await
    }

    async fn forget(&mut self, name: &'static str) -> Result<(), StoreError> {
        self.0.run(sql("DELETE FROM setting WHERE name = $1").bind(name)).await?;
        Ok(())
    }

    async fn digest(&mut self, name: &'static str) -> Result<Option<Digest>, StoreError> {
        let value = self.value(name).await?;
        value.map(|text| Digest::parse(&text).map_err(|_| StoreError::damaged(name))).transpose()
    }

    pub(crate) async fn value(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let found = sql("SELECT value FROM setting WHERE name = $1").bind(name.to_owned());
        self.0.row(found).await?.map(|row| row.text("value")).transpose()
    }

    pub(crate) async fn put(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let put = sql("INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        self.0.run(put.bind(name.to_owned()).bind(value.to_owned())).await?;
        Ok(())
    }
}

fn months_of(purpose: Purpose) -> String {
    format!("months_public {}", purpose.as_str())
}
