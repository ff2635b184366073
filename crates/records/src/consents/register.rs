//! The answers in the database.

use std::collections::BTreeMap;

use cleansheet_terms::{
    Clock, ConsentId, Date, Digest, Entropy, GuardianId, Network, ParticipantId, Timestamp,
};
use sqlx::any::AnyRow;

use super::{Consent, ConsentError, Giver, Joined, Purpose, Wording, join};
use crate::{
    activities::{Activities, ActivityError},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    settings::Settings,
};

/// An answer to write down, to the wording in force.
#[derive(Debug, Clone)]
pub struct NewAnswer<'a> {
    /// About whom.
    pub participant: &'a ParticipantId,
    /// Who answers.
    pub giver: Giver,
    /// For which use.
    pub purpose: Purpose,
    /// On which network.
    pub network: Network,
    /// Yes or no.
    pub yes: bool,
    /// The first name may stand beside the picture; without meaning in a no.
    pub naming: bool,
    /// How it was given, for a later doubt.
    pub evidence: &'a str,
    /// The last day it is good for.
    pub until: Date,
}

/// The consents in the database. Borrow it from a [`Tx`].
pub struct Consents<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, participant_id, guardian_id, purpose, network, answer, naming, wording_hash, evidence,
                 given_ms, until_day
             FROM consent ",
            $tail
        )
    };
}

impl Consents<'_> {
    /// Puts a wording in force. Every yes to another wording has lapsed from now on.
    pub async fn put_wording(
        &mut self,
        text: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Digest, ConsentError> {
        if text.trim().is_empty() {
            return Err(ConsentError::EmptyWording);
        }
        let (hash, now) = (Digest::of(text.as_bytes()), clock.now());
        let insert = sql("INSERT INTO wording (hash, text, made_ms) VALUES ($1, $2, $3)
             ON CONFLICT (hash) DO NOTHING")
        .bind(hash.to_string())
        .bind(text.to_owned())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Settings(self.0).put_wording_in_force(&hash).await?;
        Ledger(self.0).append("consent.wording", "trust", &hash, now, entropy).await?;
        Ok(hash)
    }

    /// The words people are asked now.
    pub async fn wording_in_force(&mut self) -> Result<Option<Wording>, StoreError> {
        let Some(hash) = Settings(self.0).wording_in_force().await? else { return Ok(None) };
        let found = sql("SELECT text FROM wording WHERE hash = $1").bind(hash.to_string());
        let text = self.0.row(found).await?.map(|row| row.text("text")).transpose()?;
        Ok(text.map(|text| Wording { hash, text }))
    }

    /// Writes an answer down. It counts from now on, instead of what the same giver answered before.
    pub async fn record(
        &mut self,
        new: &NewAnswer<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ConsentId, ConsentError> {
        Activities(self.0).known_participant(new.participant).await?;
        if let Giver::Guardian(guardian) = &new.giver {
            let theirs = Activities(self.0).guardians_of(new.participant).await?;
            if !theirs.iter().any(|one| one.id == *guardian) {
                return Err(ConsentError::NotTheirs);
            }
        }
        let wording = Settings(self.0).wording_in_force().await?.ok_or(ConsentError::NoWording)?;
        let before = self.newest(new.participant, new.purpose, new.network).await?;
        let given = after(before.get(&new.giver), clock.now());
        let consent = Consent {
            id: ConsentId::new(clock, entropy),
            participant: new.participant.clone(),
            giver: new.giver.clone(),
            purpose: new.purpose,
            network: new.network,
            yes: new.yes,
            naming: new.yes && new.naming,
            wording,
            evidence: new.evidence.to_owned(),
            given,
            until: new.until,
        };
        self.insert(&consent).await?;
        let payload = (consent.yes, consent.naming, consent.purpose, consent.network, consent.wording);
        Ledger(self.0).append("consent.answered", consent.id.as_str(), &payload, given, entropy).await?;
        Ok(consent.id)
    }

    /// The giver says no to every use on every network, at once and without an end: a withdrawal.
    pub async fn refuse_all(
        &mut self,
        participant: &ParticipantId,
        giver: &Giver,
        evidence: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ConsentError> {
        for purpose in Purpose::ALL {
            for network in Network::ALL {
                let giver = giver.clone();
                let (yes, naming, until) = (false, false, Date::MAX);
                let no = NewAnswer { participant, giver, purpose, network, yes, naming, evidence, until };
                self.record(&no, clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// What may be shown of a participant for a purpose on a network, on a day in London.
    pub async fn joined(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        network: Network,
        day: Date,
    ) -> Result<Joined, ActivityError> {
        let participant = Activities(self.0).known_participant(id).await?;
        let guardians = Activities(self.0).guardians_of(id).await?;
        let guardians: Vec<GuardianId> = guardians.into_iter().map(|guardian| guardian.id).collect();
        let newest = self.newest(id, purpose, network).await?;
        let wording = Settings(self.0).wording_in_force().await?;
        Ok(join::join(&participant, &guardians, &newest, wording.as_ref(), day))
    }

    /// Every answer about a participant, the newest first.
    pub async fn answers_about(&mut self, id: &ParticipantId) -> Result<Vec<Consent>, StoreError> {
        let found = sql(select!("WHERE participant_id = $1 ORDER BY given_ms DESC, id DESC"));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(consent).collect()
    }

    /// The newest answer of each giver.
    async fn newest(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        network: Network,
    ) -> Result<BTreeMap<Giver, Consent>, StoreError> {
        let found =
            sql(select!("WHERE participant_id = $1 AND purpose = $2 AND network = $3 ORDER BY given_ms, id"))
                .bind(id.as_str().to_owned())
                .bind(purpose.as_str())
                .bind(network.as_str());
        let mut newest = BTreeMap::new();
        for row in self.0.rows(found).await? {
            let consent = consent(&row)?;
            newest.insert(consent.giver.clone(), consent);
        }
        Ok(newest)
    }

    async fn insert(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let guardian = match &consent.giver {
            Giver::Guardian(id) => Some(id.as_str().to_owned()),
            Giver::Own => None,
        };
        let insert =
            sql("INSERT INTO consent (id, participant_id, guardian_id, purpose, network, answer, naming,
                 wording_hash, evidence, given_ms, until_day)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
            .bind(consent.id.as_str().to_owned())
            .bind(consent.participant.as_str().to_owned())
            .bind(guardian)
            .bind(consent.purpose.as_str())
            .bind(consent.network.as_str())
            .bind(if consent.yes { "yes" } else { "no" })
            .bind(i64::from(consent.naming))
            .bind(consent.wording.to_string())
            .bind(consent.evidence.clone())
            .bind(consent.given.as_millisecond())
            .bind(consent.until.to_string());
        self.0.run(insert).await?;
        Ok(())
    }
}

/// An answer is later than the giver's last one even when the clock was set back, so a withdrawal is never outdated.
fn after(before: Option<&Consent>, now: Timestamp) -> Timestamp {
    let tick = jiff::SignedDuration::from_millis(1);
    before.map_or(now, |before| now.max(before.given.checked_add(tick).unwrap_or(Timestamp::MAX)))
}

fn consent(row: &AnyRow) -> Result<Consent, StoreError> {
    let guardian = row.maybe_read("guardian_id", GuardianId::parse)?;
    Ok(Consent {
        id: row.read("id", ConsentId::parse)?,
        participant: row.read("participant_id", ParticipantId::parse)?,
        giver: guardian.map_or(Giver::Own, Giver::Guardian),
        purpose: row.read("purpose", Purpose::parse)?,
        network: row.read("network", Network::parse)?,
        yes: row.text("answer")? == "yes",
        naming: row.flag("naming")?,
        wording: row.read("wording_hash", Digest::parse)?,
        evidence: row.text("evidence")?,
        given: row.instant("given_ms")?,
        until: row.day("until_day")?,
    })
}
