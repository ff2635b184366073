//! Agreements to status checks and their answers, in the database.

use std::collections::BTreeMap;

use cleansheet_terms::{Clock, Date, Entropy, PersonId, Timestamp, day_in_london};
use sqlx::any::AnyRow;

use super::{
    Answer, Consent, Counts, DbsConsentId, DbsError, DbsLevel, DbsRecordId, DbsRecords, Identity, NewConsent,
    Way, Why, details, handles, is_due,
    rows::{NIGHTS, Record},
    status::{effect, wait_after},
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::register::{People, text},
    told::Told,
};

/// What the Update Service said last about a record, for those who see to it. Why it stops somebody is among the details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How it counts.
    pub counts: Counts,
    /// When it was asked.
    pub asked: Timestamp,
    /// Who asked; nobody, when the program did by itself.
    pub asked_by: Option<PersonId>,
    /// How.
    pub way: Way,
}

impl Status {
    /// The clear part of a row.
    pub(super) fn read(row: &AnyRow, counts: Counts) -> Result<Self, StoreError> {
        Ok(Self {
            counts,
            asked: row.instant("asked_ms")?,
            asked_by: row.maybe_read("asked_by", PersonId::parse)?,
            way: row.read("way", Way::parse)?,
        })
    }
}

/// A status check to be made: what the Update Service is asked, and what its answer is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// By this agreement.
    pub consent: DbsConsentId,
    /// Whose.
    pub person: PersonId,
    /// About this record.
    pub record: DbsRecordId,
    /// Number, names and birthday.
    pub identity: Identity,
    /// See [`Identity`]; always there.
    pub birthday: Date,
    /// The day on the certificate.
    pub issued: Date,
    /// Forename and surname of whoever declared that we may ask.
    pub checker: (String, String),
}

/// No personal data: subjects are shown on locked phones.
const SUBJECT: &str = "A record waits for you";

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, person_id, given_day, recorded_by, declared_by, declared_ms, checker_forename, checker_surname,
                done_day, next_ms, tries, failed_nights, failed_day FROM dbs_consent WHERE ended_ms IS NULL ",
            $tail
        )
    };
}

impl DbsRecords<'_> {
    /// The running agreement of a person, for those who see to their records, and for themselves.
    pub async fn consent(&mut self, person: &PersonId, by: &PersonId) -> Result<Option<Consent>, DbsError> {
        if by != person {
            self.must_handle(by, person).await?;
        }
        Ok(self.consent_row(person).await?)
    }

    /// Writes down that somebody agreed to status checks, and that `by` declares to DBS that they may be made. Ends the
    /// agreement before.
    pub async fn agree(
        &mut self,
        person: &PersonId,
        new: &NewConsent,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        self.must_handle(by, person).await?;
        let (now, id) = (clock.now(), DbsConsentId::new(clock, entropy));
        if new.given > day_in_london(now) {
            return Err(DbsError::Future);
        }
        if !new.agreed || !new.declares {
            return Err(DbsError::NotAgreed);
        }
        let (forename, surname) = (new.checker.0.trim(), new.checker.1.trim());
        if forename.is_empty() || surname.is_empty() {
            return Err(DbsError::Names);
        }
        self.asked_about(person).await?;
        // Compared once, behind both: a good answer goes on counting, from one agreement to the next.
        let before = People(self.tx).standing(person, now).await?;
        self.end_running(person, by, now, entropy).await?;
        let insert =
            sql("INSERT INTO dbs_consent (id, person_id, given_day, recorded_by, recorded_ms, declared_by,
                 declared_ms, checker_forename, checker_surname)
             VALUES ($1, $2, $3, $4, $5, $4, $5, $6, $7)")
            .bind(id.to_string())
            .bind(text(person))
            .bind(new.given.to_string())
            .bind(text(by))
            .bind(now.as_millisecond())
            .bind(forename.to_owned())
            .bind(surname.to_owned());
        self.tx.run(insert).await?;
        let ledger = &mut Ledger(self.tx);
        ledger.append("person.dbs_agreed", person.as_str(), &(&id, by), now, entropy).await?;
        Ok(People(self.tx).end_if_worse(&before, person, now).await?)
    }

    /// The agreement ends: by those who see to the record, or by its holder. A good answer no longer counts from now on.
    pub async fn end_agreement(
        &mut self,
        person: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        if by != person {
            self.must_handle(by, person).await?;
        }
        let now = clock.now();
        let before = People(self.tx).standing(person, now).await?;
        self.end_running(person, by, now, entropy).await?;
        Ok(People(self.tx).end_if_worse(&before, person, now).await?)
    }

    async fn end_running(
        &mut self,
        person: &PersonId,
        by: &PersonId,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let end = sql(
            "UPDATE dbs_consent SET ended_ms = $1, ended_by = $2 WHERE person_id = $3 AND ended_ms IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(text(by))
        .bind(text(person));
        if self.tx.run(end).await? == 1 {
            let ledger = &mut Ledger(self.tx);
            ledger.append("person.dbs_agreement_ended", person.as_str(), by, now, entropy).await?;
        }
        Ok(())
    }

    /// What can be asked about one person, now.
    pub async fn to_ask(&mut self, person: &PersonId) -> Result<Due, DbsError> {
        let consent = self.consent_row(person).await?.ok_or(DbsError::NotAgreed)?;
        if !self.handles(&consent.declared_by).await? {
            return Err(DbsError::NotAgreed);
        }
        let (record, identity, birthday) = self.asked_about(person).await?;
        Ok(Due {
            consent: consent.id,
            person: consent.person,
            record: record.id,
            issued: record.line.check.issued,
            identity,
            birthday,
            checker: consent.checker,
        })
    }

    /// Everything that is to be asked this night and has not been.
    pub async fn due(&mut self, now: Timestamp) -> Result<Vec<Due>, DbsError> {
        let mut due = Vec::new();
        for consent in self.running().await?.into_values().filter(|consent| is_due(consent, now)) {
            let person = consent.person;
            if People(self.tx).find(&person).await?.is_none_or(|one| one.is_suspended()) {
                continue;
            }
            match self.to_ask(&person).await {
                Ok(one) => due.push(one),
                // One whose details went, or do not open, holds nobody else up; the two who see to records are told on Today.
                Err(DbsError::NotAgreed | DbsError::NothingToAsk | DbsError::Unreadable) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(due)
    }

    /// Keeps an answer. When it stops its holder, their sign-ins end in the same transaction, and the Manager and the
    /// safeguarding lead are told that a record waits; not which, and not why.
    ///
    /// - `by`: who asked; nobody, when the program did by itself.
    /// - `url`: the trust's own address, for the mail.
    pub async fn answered(
        &mut self,
        asked: &Due,
        (answer, way): (Answer, Way),
        by: Option<&PersonId>,
        url: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        if let Some(by) = by {
            self.must_handle(by, &asked.person).await?;
        }
        let (now, person) = (clock.now(), &asked.person);
        // Between asking and answering somebody may have taken it back, or decided about another certificate.
        let consent = self.consent_row(person).await?.filter(|consent| consent.id == asked.consent);
        let record = self.counting(person).await?.filter(|record| record.id == asked.record);
        let (Some(_), Some(record)) = (consent, record) else { return Err(DbsError::NotAgreed) };
        let disclosed = self.opened(&record.id).await?.1.and_then(|content| content.disclosed);
        let why = self.why(&record.id).await?.unwrap_or(Why::Fine);
        let before = record.line.status.map(|counts| (counts, why));
        let (counts, why) = effect(answer, disclosed, before, day_in_london(now));
        let standing = People(self.tx).standing(person, now).await?;
        self.put_status(&record.id, (counts, why), way, by, now, entropy).await?;
        self.put_done(&asked.consent, now).await?;
        // Every night of every person would drown what matters; a press, and a change, is an act.
        if by.is_some() || before.map(|(counts, _)| kind(counts)) != Some(kind(counts)) {
            let ledger = &mut Ledger(self.tx);
            ledger.append("person.dbs_asked", person.as_str(), &(&record.id, by), now, entropy).await?;
        }
        let stopped_already = before.is_some_and(|(counts, _)| counts == Counts::Stops);
        if counts == Counts::Stops && !stopped_already {
            let body = format!("A DBS record waits for you. You find it on Today:\n\n{url}/\n");
            self.tell_others(Some(person), &body, clock, entropy).await?;
        }
        Ok(People(self.tx).end_if_worse(&standing, person, now).await?)
    }

    /// There was no answer that can be read. It is tried again after a wait; after three nights somebody is told.
    pub async fn not_answered(
        &mut self,
        asked: &Due,
        url: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        let now = clock.now();
        let today = day_in_london(now);
        let consent = self.consent_row(&asked.person).await?.filter(|consent| consent.id == asked.consent);
        let Some(consent) = consent else { return Ok(()) };
        let new_night = consent.failed_day != Some(today);
        let tries = if new_night { 1 } else { consent.tries + 1 };
        let nights = consent.failed_nights + i64::from(new_night);
        let next = now.saturating_add(wait_after(tries)).unwrap_or(now);
        let put = sql("UPDATE dbs_consent SET tries = $1, failed_nights = $2, failed_day = $3, next_ms = $4 WHERE id = $5")
            .bind(tries)
            .bind(nights)
            .bind(today.to_string())
            .bind(next.as_millisecond())
            .bind(asked.consent.to_string());
        self.tx.run(put).await?;
        let occasion = format!("not answered, night {today}");
        if new_night && nights == NIGHTS && Told(self.tx).first("dbs-update-service", &occasion, now).await? {
            let body = format!(
                "The DBS Update Service has not answered for three nights. Nobody's standing changes by that. Ask by hand, or \
                 tell whoever looks after the server:\n\n{url}/\n"
            );
            self.tell_others(None, &body, clock, entropy).await?;
        }
        Ok(())
    }

    /// Mails the Manager and the safeguarding lead; not the holder of what it is about.
    async fn tell_others(
        &mut self,
        holder: Option<&PersonId>,
        body: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        for person in People(self.tx).list().await? {
            if Some(&person.id) != holder && handles(&person) {
                Mails(self.tx).queue(&person.mail, SUBJECT, body, clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// Whether there is a certificate that the Update Service can be asked about.
    pub async fn may_be_asked_about(&mut self, person: &PersonId) -> Result<bool, DbsError> {
        match self.asked_about(person).await {
            Ok(_) => Ok(true),
            Err(DbsError::NothingToAsk) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The record that counts, when the Update Service tells about such ones and enough of it is kept.
    async fn asked_about(&mut self, person: &PersonId) -> Result<(Record, Identity, Date), DbsError> {
        let record = self.counting(person).await?.ok_or(DbsError::NothingToAsk)?;
        let identity = self.opened(&record.id).await?.0.ok_or(DbsError::NothingToAsk)?;
        let birthday = identity.birthday.ok_or(DbsError::NothingToAsk)?;
        if record.line.check.level == DbsLevel::Basic {
            return Err(DbsError::NothingToAsk);
        }
        Ok((record, identity, birthday))
    }

    async fn put_status(
        &mut self,
        record: &DbsRecordId,
        (counts, why): (Counts, Why),
        way: Way,
        by: Option<&PersonId>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        let sealed = details::seal(&why, record.as_str(), self.sealer, entropy)?;
        let passed = if let Counts::Passes(day) = counts { Some(day.to_string()) } else { None };
        let put = sql("INSERT INTO dbs_status (record_id, counts, passed_day, asked_ms, asked_by, way, why)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (record_id) DO UPDATE SET counts = excluded.counts, passed_day = excluded.passed_day,
                 asked_ms = excluded.asked_ms, asked_by = excluded.asked_by, way = excluded.way, why = excluded.why")
        .bind(record.to_string())
        .bind(kind(counts))
        .bind(passed)
        .bind(now.as_millisecond())
        .bind(by.map(text))
        .bind(way.as_str())
        .bind(sealed);
        self.tx.run(put).await?;
        Ok(())
    }

    async fn put_done(&mut self, consent: &DbsConsentId, now: Timestamp) -> Result<(), StoreError> {
        let done = sql("UPDATE dbs_consent SET done_day = $1, next_ms = NULL, tries = 0, failed_nights = 0,
                 failed_day = NULL WHERE id = $2")
        .bind(day_in_london(now).to_string())
        .bind(consent.to_string());
        self.tx.run(done).await?;
        Ok(())
    }

    pub(super) async fn why(&mut self, record: &DbsRecordId) -> Result<Option<Why>, DbsError> {
        let found = sql("SELECT why FROM dbs_status WHERE record_id = $1").bind(record.to_string());
        let Some(row) = self.tx.row(found).await? else { return Ok(None) };
        let sealed: Vec<u8> = row.raw("why")?;
        if sealed.is_empty() {
            return Ok(Some(Why::NotKept));
        }
        details::open(&sealed, record.as_str(), self.sealer).map(Some)
    }

    async fn consent_row(&mut self, person: &PersonId) -> Result<Option<Consent>, StoreError> {
        let found = sql(select!("AND person_id = $1")).bind(text(person));
        self.tx.row(found).await?.as_ref().map(consent).transpose()
    }

    /// Every running agreement, by person.
    pub(super) async fn running(&mut self) -> Result<BTreeMap<PersonId, Consent>, StoreError> {
        let rows = self.tx.rows(sql(select!("ORDER BY id"))).await?;
        let pair = |row: &AnyRow| consent(row).map(|consent| (consent.person.clone(), consent));
        rows.iter().map(pair).collect()
    }
}

/// As stored.
fn kind(counts: Counts) -> &'static str {
    match counts {
        Counts::Passes(_) => "passes",
        Counts::Stops => "stops",
        Counts::Nothing => "none",
    }
}

fn consent(row: &AnyRow) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: row.read("id", DbsConsentId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        given: row.day("given_day")?,
        recorded_by: row.read("recorded_by", PersonId::parse)?,
        declared_by: row.read("declared_by", PersonId::parse)?,
        declared: row.instant("declared_ms")?,
        checker: (row.text("checker_forename")?, row.text("checker_surname")?),
        done: row.maybe_day("done_day")?,
        next: row.maybe_instant("next_ms")?,
        tries: row.number("tries")?,
        failed_nights: row.number("failed_nights")?,
        failed_day: row.maybe_day("failed_day")?,
    })
}
