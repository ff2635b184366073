//! Changing what is known of participants and guardians, and who answers for whom.

use std::collections::BTreeMap;

use cleansheet_terms::{Clock, Date, Entropy, GuardianId, ParticipantId, PersonId, Timestamp};

use sqlx::any::AnyRow;

use super::{
    Activities, Activity, ActivityError, AddressError, Guardian, Relation, address, folded, guardian, named,
    same_parts,
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// What is known of a participant, as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantDetails<'a> {
    /// Whole name.
    pub name: &'a str,
    /// Birthday, when it is known.
    pub born: Option<Date>,
    /// Said to be 18 or over; without meaning beside a birthday.
    pub adult: bool,
    /// The trust's own number; empty when there is none.
    pub reference: &'a str,
    /// Their own address; empty when there is none.
    pub mail: &'a str,
}

/// What is known of a guardian, as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardianDetails<'a> {
    /// Whole name.
    pub name: &'a str,
    /// Where codes go; empty for somebody who gets letters.
    pub mail: &'a str,
    /// Telephone number; empty when there is none.
    pub phone: &'a str,
    /// The language they read best, as a code.
    pub language: &'a str,
}

/// Somebody who answers, or answered, for a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardianship {
    /// Who.
    pub guardian: Guardian,
    /// In what place.
    pub relation: Relation,
    /// Since when they no longer do.
    pub ended: Option<Timestamp>,
}

impl Activities<'_> {
    /// Adds a participant of whom more is known than a name and a birthday.
    pub async fn add_participant_with(
        &mut self,
        new: &ParticipantDetails<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ParticipantId, ActivityError> {
        let (name, mail) = (named(new.name)?, address(new.mail)?);
        let id = ParticipantId::new(clock, entropy);
        let insert = sql("INSERT INTO participant (id, name, born_day, adult, reference, mail, no_image)
             VALUES ($1, $2, $3, $4, $5, $6, 0)")
        .bind(id.as_str().to_owned())
        .bind(name)
        .bind(new.born.map(|day| day.to_string()))
        .bind(i64::from(new.adult))
        .bind(new.reference.trim().to_owned())
        .bind(mail);
        self.0.run(insert).await?;
        Ledger(self.0).append_first("participant.added", id.as_str(), &(), clock.now(), entropy).await?;
        Ok(id)
    }

    /// Writes down what is known of a participant. Says whether anything is different from before.
    pub async fn change_participant(
        &mut self,
        id: &ParticipantId,
        new: &ParticipantDetails<'_>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, ActivityError> {
        let before = self.known_participant(id).await?;
        let (name, mail) = (named(new.name)?, changed_address(&before.mail, new.mail)?);
        let after = super::Participant {
            name: name.clone(),
            born: new.born,
            adult: new.adult,
            reference: new.reference.trim().to_owned(),
            mail: mail.clone(),
            ..before.clone()
        };
        if before == after {
            return Ok(false);
        }
        let set =
            sql("UPDATE participant SET name = $1, born_day = $2, adult = $3, reference = $4, mail = $5
             WHERE id = $6")
            .bind(name)
            .bind(new.born.map(|day| day.to_string()))
            .bind(i64::from(new.adult))
            .bind(after.reference.clone())
            .bind(mail)
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        let payload = (&after.name, new.born.map(|day| day.to_string()), by);
        Ledger(self.0).append("participant.changed", id.as_str(), &payload, clock.now(), entropy).await?;
        Ok(true)
    }

    /// The participant is in activities again: no last day.
    pub async fn participant_returns(
        &mut self,
        id: &ParticipantId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        let set = sql("UPDATE participant SET left_day = NULL WHERE id = $1 AND left_day IS NOT NULL")
            .bind(id.as_str().to_owned());
        if self.0.run(set).await? == 1 {
            let (kind, at) = ("participant.changed", clock.now());
            Ledger(self.0).append(kind, id.as_str(), &"returned", at, entropy).await?;
        }
        Ok(())
    }

    /// Adds a guardian who may have no mail address: letters are printed for them.
    pub async fn add_guardian_with(
        &mut self,
        new: &GuardianDetails<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<GuardianId, ActivityError> {
        let (id, name, mail) = (GuardianId::new(clock, entropy), named(new.name)?, address(new.mail)?);
        let insert =
            sql("INSERT INTO guardian (id, name, mail, phone, language) VALUES ($1, $2, $3, $4, $5)")
                .bind(id.as_str().to_owned())
                .bind(name)
                .bind(mail)
                .bind(new.phone.trim().to_owned())
                .bind(new.language.to_owned());
        self.0.run(insert).await?;
        Ledger(self.0).append_first("guardian.added", id.as_str(), &(), clock.now(), entropy).await?;
        Ok(id)
    }

    /// Writes down what is known of a guardian. Says whether anything is different from before.
    pub async fn change_guardian(
        &mut self,
        id: &GuardianId,
        new: &GuardianDetails<'_>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, ActivityError> {
        let before = self.guardian(id).await?.ok_or_else(|| ActivityError::NoGuardian(id.clone()))?;
        let after = Guardian {
            id: id.clone(),
            name: named(new.name)?,
            mail: changed_address(&before.mail, new.mail)?,
            phone: new.phone.trim().to_owned(),
            language: new.language.to_owned(),
        };
        if before == after {
            return Ok(false);
        }
        let set = sql("UPDATE guardian SET name = $1, mail = $2, phone = $3, language = $4 WHERE id = $5")
            .bind(after.name.clone())
            .bind(after.mail.clone())
            .bind(after.phone.clone())
            .bind(after.language.clone())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        let payload = (&after.name, &after.mail, by);
        Ledger(self.0).append("guardian.changed", id.as_str(), &payload, clock.now(), entropy).await?;
        Ok(true)
    }

    /// Writes down in what place somebody answers for a participant.
    pub async fn set_relation(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
        relation: Relation,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        let set = sql("UPDATE guardianship SET relation = $1
             WHERE participant_id = $2 AND guardian_id = $3 AND relation <> $1")
        .bind(relation.as_str())
        .bind(participant.as_str().to_owned())
        .bind(guardian.as_str().to_owned());
        if self.0.run(set).await? == 1 {
            let payload = (guardian, relation.as_str());
            let (kind, at) = ("guardian.linked", clock.now());
            Ledger(self.0).append(kind, participant.as_str(), &payload, at, entropy).await?;
        }
        Ok(())
    }

    /// From now on somebody no longer answers for a participant. What they answered stays on record and stops counting.
    pub async fn end_guardianship(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, ActivityError> {
        let end = sql("UPDATE guardianship SET ended_ms = $1
             WHERE participant_id = $2 AND guardian_id = $3 AND ended_ms IS NULL")
        .bind(clock.now().as_millisecond())
        .bind(participant.as_str().to_owned())
        .bind(guardian.as_str().to_owned());
        let ended = self.0.run(end).await? == 1;
        if ended {
            let (kind, at) = ("guardian.unlinked", clock.now());
            Ledger(self.0).append(kind, participant.as_str(), &(guardian, by), at, entropy).await?;
        }
        Ok(ended)
    }

    /// Everybody who answers or answered for a participant; those who do come first.
    pub async fn guardianships_of(&mut self, id: &ParticipantId) -> Result<Vec<Guardianship>, StoreError> {
        let found = sql("SELECT g.id, g.name, g.mail, g.phone, g.language, s.relation, s.ended_ms
             FROM guardianship s JOIN guardian g ON g.id = s.guardian_id
             WHERE s.participant_id = $1 ORDER BY g.id")
        .bind(id.as_str().to_owned());
        let rows = self.0.rows(found).await?;
        let mut all: Vec<Guardianship> = rows.iter().map(guardianship).collect::<Result<_, _>>()?;
        all.sort_by_key(|one| one.ended.is_some());
        Ok(all)
    }

    /// Who answers for each participant. For lists; one participant has [`Activities::guardianships_of`].
    pub async fn families(&mut self) -> Result<BTreeMap<ParticipantId, Vec<Guardianship>>, StoreError> {
        let found =
            sql("SELECT s.participant_id, g.id, g.name, g.mail, g.phone, g.language, s.relation, s.ended_ms
             FROM guardianship s JOIN guardian g ON g.id = s.guardian_id ORDER BY s.participant_id, g.id");
        let mut all: BTreeMap<ParticipantId, Vec<Guardianship>> = BTreeMap::new();
        for row in self.0.rows(found).await? {
            let of = row.read("participant_id", ParticipantId::parse)?;
            all.entry(of).or_default().push(guardianship(&row)?);
        }
        Ok(all)
    }

    /// The guardian of a name at a mail address, if there is one.
    pub async fn guardian_at(&mut self, name: &str, mail: &str) -> Result<Option<Guardian>, ActivityError> {
        let mail = address(mail)?;
        if mail.is_empty() {
            return Ok(None);
        }
        let found = sql("SELECT id, name, mail, phone, language FROM guardian
             WHERE mail = $1 ORDER BY id")
        .bind(mail);
        let all: Vec<Guardian> = self.0.rows(found).await?.iter().map(guardian).collect::<Result<_, _>>()?;
        Ok(all.into_iter().find(|one| same_parts(&folded(&one.name), &folded(name))))
    }

    /// The activities on whose roster a participant is, the newest day first.
    pub async fn activities_of(&mut self, id: &ParticipantId) -> Result<Vec<Activity>, StoreError> {
        let found =
            sql("SELECT a.id, a.name, a.place, a.day FROM activity a JOIN roster r ON r.activity_id = a.id
             WHERE r.participant_id = $1 ORDER BY a.day DESC, a.name, a.id")
            .bind(id.as_str().to_owned());
        self.0.rows(found).await?.iter().map(super::activity).collect()
    }

    /// Every activity with how many are on its roster, the newest day first.
    pub async fn activities_with_numbers(&mut self) -> Result<Vec<(Activity, u64)>, StoreError> {
        let found = sql("SELECT a.id, a.name, a.place, a.day, COUNT(r.participant_id) AS number
             FROM activity a LEFT JOIN roster r ON r.activity_id = a.id
             GROUP BY a.id, a.name, a.place, a.day ORDER BY a.day DESC, a.name, a.id");
        let mut all = Vec::new();
        for row in self.0.rows(found).await? {
            all.push((super::activity(&row)?, u64::try_from(row.number("number")?).unwrap_or(0)));
        }
        Ok(all)
    }
}

fn guardianship(row: &AnyRow) -> Result<Guardianship, StoreError> {
    Ok(Guardianship {
        guardian: guardian(row)?,
        relation: row.read("relation", Relation::parse)?,
        ended: row.maybe_instant("ended_ms")?,
    })
}

/// An address that is on record stays as it is, by whatever rule it came there.
fn changed_address(before: &str, new: &str) -> Result<String, AddressError> {
    if before == new { Ok(before.to_owned()) } else { address(new) }
}
