//! The answers in the database.

use std::collections::BTreeMap;

use cleansheet_terms::{
    Clock, ConsentId, Date, Digest, Entropy, GuardianId, Naming, Network, ParticipantId, Timestamp,
    day_in_london,
};
use sqlx::any::AnyRow;

use super::{
    Consent, ConsentError, Editions, Giver, Joined, Kind, Purpose, QUESTIONS, Way,
    answers::answered,
    join::{To, join},
};
use crate::{
    activities::{Activities, ActivityError, Participant},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
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
    /// On which kind of channel.
    pub kind: Kind,
    /// Yes or no.
    pub yes: bool,
    /// How far the name may stand beside the picture; without meaning in a no.
    pub naming: Naming,
    /// In which language they read the words.
    pub language: &'a str,
    /// How it came.
    pub way: Way,
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
            "SELECT id, participant_id, guardian_id, purpose, kind, answer, named, wording_hash, language, way, evidence,
                 given_ms, until_day
             FROM consent ",
            $tail
        )
    };
}

impl Consents<'_> {
    /// Writes an answer down. It counts from now on, instead of what the same giver answered before.
    pub async fn record(
        &mut self,
        new: &NewAnswer<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ConsentId, ConsentError> {
        let participant = Activities(self.0).known_participant(new.participant).await?;
        self.may_answer(&participant, &new.giver).await?;
        let wording = self.words_for(&participant, new, clock.now()).await?;
        let before = self.newest(new.participant, new.purpose, new.kind).await?;
        let given = after(before.get(&new.giver), clock.now());
        let consent = Consent {
            id: ConsentId::new(clock, entropy),
            participant: new.participant.clone(),
            giver: new.giver.clone(),
            purpose: new.purpose,
            kind: new.kind,
            yes: new.yes,
            naming: if new.yes { new.naming } else { Naming::None },
            wording,
            language: new.language.to_owned(),
            way: new.way,
            evidence: new.evidence.to_owned(),
            given,
            until: new.until,
        };
        self.insert(&consent).await?;
        let payload = (consent.yes, consent.naming, consent.purpose, consent.kind, consent.wording);
        Ledger(self.0).append("consent.answered", consent.id.as_str(), &payload, given, entropy).await?;
        Ok(consent.id)
    }

    /// The giver says no to every use on every kind of channel, at once and without an end: a withdrawal.
    pub async fn refuse_all(
        &mut self,
        participant: &ParticipantId,
        giver: &Giver,
        evidence: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ConsentError> {
        for (purpose, kind) in QUESTIONS {
            let no = NewAnswer {
                participant,
                giver: giver.clone(),
                purpose,
                kind,
                yes: false,
                naming: Naming::None,
                language: "en",
                way: Way::Link,
                evidence,
                until: Date::MAX,
            };
            self.record(&no, clock, entropy).await?;
        }
        Ok(answered(self.0, participant, giver, clock).await?)
    }

    /// What may be newly shown of a participant for a purpose on a network, on a day in London.
    pub async fn joined(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        network: Network,
        day: Date,
    ) -> Result<Joined, ActivityError> {
        let words = Editions(self.0).approved().await?;
        self.join(id, purpose, Kind::of(network), To::InForce(words.as_ref(), network), day).await
    }

    /// What may stay public of a participant: see [`To::Public`].
    pub async fn joined_while_public(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        network: Network,
        day: Date,
    ) -> Result<Joined, ActivityError> {
        self.join(id, purpose, Kind::of(network), To::Public, day).await
    }

    /// What a family's page says of a kind of channel.
    pub async fn joined_on(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        kind: Kind,
        day: Date,
    ) -> Result<Joined, ActivityError> {
        self.join(id, purpose, kind, To::Any, day).await
    }

    async fn join(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        kind: Kind,
        to: To<'_>,
        day: Date,
    ) -> Result<Joined, ActivityError> {
        let participant = Activities(self.0).known_participant(id).await?;
        let guardians = Activities(self.0).guardians_of(id).await?;
        let guardians: Vec<GuardianId> = guardians.into_iter().map(|guardian| guardian.id).collect();
        let newest = self.newest(id, purpose, kind).await?;
        let newest = newest.iter().map(|(giver, one)| (giver.clone(), one)).collect();
        Ok(join(&participant, &guardians, &newest, to, day))
    }

    /// Every answer about a participant, the newest first.
    pub async fn answers_about(&mut self, id: &ParticipantId) -> Result<Vec<Consent>, StoreError> {
        let found = sql(select!("WHERE participant_id = $1 ORDER BY given_ms DESC, id DESC"));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(consent).collect()
    }

    /// The newest answer of each giver.
    pub async fn newest(
        &mut self,
        id: &ParticipantId,
        purpose: Purpose,
        kind: Kind,
    ) -> Result<BTreeMap<Giver, Consent>, StoreError> {
        let found =
            sql(select!("WHERE participant_id = $1 AND purpose = $2 AND kind = $3 ORDER BY given_ms, id"))
                .bind(id.as_str().to_owned())
                .bind(purpose.as_str())
                .bind(kind.as_str());
        let mut newest = BTreeMap::new();
        for row in self.0.rows(found).await? {
            let consent = consent(&row)?;
            newest.insert(consent.giver.clone(), consent);
        }
        Ok(newest)
    }

    async fn may_answer(&mut self, participant: &Participant, giver: &Giver) -> Result<(), ConsentError> {
        let Giver::Guardian(guardian) = giver else { return Ok(()) };
        let theirs = Activities(self.0).guardians_of(&participant.id).await?;
        if theirs.iter().any(|one| one.id == *guardian) { Ok(()) } else { Err(ConsentError::NotTheirs) }
    }

    /// The words that were answered. A no needs no words that anybody approved: it counts in any language.
    async fn words_for(
        &mut self,
        participant: &Participant,
        new: &NewAnswer<'_>,
        now: Timestamp,
    ) -> Result<Digest, ConsentError> {
        let reader = new.giver.reader(participant, day_in_london(now));
        let edition = Editions(self.0).in_force().await?.ok_or(ConsentError::NoWording)?;
        let language = if new.yes { new.language } else { "en" };
        let found = edition.wording(reader, new.language).or_else(|| edition.wording(reader, language));
        found.map(|one| one.hash).ok_or_else(|| ConsentError::NotApproved(new.language.to_owned()))
    }

    async fn insert(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let guardian = match &consent.giver {
            Giver::Guardian(id) => Some(id.as_str().to_owned()),
            Giver::Own => None,
        };
        let insert =
            sql("INSERT INTO consent (id, participant_id, guardian_id, purpose, kind, answer, named,
                 wording_hash, language, way, evidence, given_ms, until_day)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
            .bind(consent.id.as_str().to_owned())
            .bind(consent.participant.as_str().to_owned())
            .bind(guardian)
            .bind(consent.purpose.as_str())
            .bind(consent.kind.as_str())
            .bind(if consent.yes { "yes" } else { "no" })
            .bind(consent.naming.as_str())
            .bind(consent.wording.to_string())
            .bind(consent.language.clone())
            .bind(consent.way.as_str())
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
        kind: row.read("kind", Kind::parse)?,
        yes: row.text("answer")? == "yes",
        naming: row.read("named", Naming::parse)?,
        wording: row.read("wording_hash", Digest::parse)?,
        language: row.text("language")?,
        way: row.read("way", Way::parse)?,
        evidence: row.text("evidence")?,
        given: row.instant("given_ms")?,
        until: row.day("until_day")?,
    })
}
