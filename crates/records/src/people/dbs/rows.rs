//! Reading DBS records: what the gate sees, what the two who see to them see, and who looked.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_terms::{Clock, Date, Entropy, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{
    Content, Counts, DbsCheck, DbsConsentId, DbsError, DbsLevel, DbsRecordId, DbsRecords, DbsViewId, Details,
    Identity, Line, RoleRequirement, Status, Workforce, counting, details, handles,
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::{
        Person,
        register::{People, text},
    },
};

/// One record for those who see to it, without its details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The record.
    pub id: DbsRecordId,
    /// Whose.
    pub person: PersonId,
    /// As the gate sees it.
    pub line: Line,
    /// Who wrote it down, and when; nobody, when it was taken over from an older register.
    pub recorded: (Option<PersonId>, Timestamp),
    /// Who decided about it.
    pub decided_by: Option<PersonId>,
    /// Number and names are still kept.
    pub has_identity: bool,
    /// What it disclosed and the note are still kept.
    pub has_content: bool,
    /// What the Update Service said last.
    pub status: Option<Status>,
}

/// One look at somebody's details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewed {
    /// Who looked.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// What a record waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// Somebody has to see the original.
    ToBeSeen,
    /// Somebody has to decide.
    ToBeDecided,
    /// A status check needs a look.
    ToBeLookedAt,
    /// Whoever declared to DBS that they may ask does so no longer.
    ToBeDeclared,
    /// Status checks have failed for three nights.
    NotAnswered,
}

/// A person whose DBS record waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// For what.
    pub what: Waits,
}

/// So many nights without an answer are told.
pub(super) const NIGHTS: i64 = 3;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT r.id, r.person_id, r.level, r.workforce, r.issued_day, r.recorded_by, r.recorded_ms, r.seen_by, r.seen_ms,
                r.decided_by, r.decided_ms, r.suitable,
                CASE WHEN r.identity IS NULL THEN 0 ELSE 1 END AS has_identity,
                CASE WHEN r.content IS NULL THEN 0 ELSE 1 END AS has_content,
                s.counts, s.passed_day, s.asked_ms, s.asked_by, s.way, c.id AS consent_id
             FROM dbs_record r LEFT JOIN dbs_status s ON s.record_id = r.id
             LEFT JOIN dbs_consent c ON c.person_id = r.person_id AND c.ended_ms IS NULL ",
            $tail
        )
    };
}

impl People<'_> {
    /// A person's DBS records as the gate sees them, oldest first.
    pub async fn dbs_lines(&mut self, id: &PersonId) -> Result<Vec<Line>, StoreError> {
        Ok(self.dbs_records(id).await?.into_iter().map(|record| record.line).collect())
    }

    /// A person's DBS records, oldest first.
    pub(super) async fn dbs_records(&mut self, id: &PersonId) -> Result<Vec<Record>, StoreError> {
        let found = sql(select!("WHERE r.person_id = $1 ORDER BY r.recorded_ms, r.id")).bind(text(id));
        self.0.rows(found).await?.iter().map(record).collect()
    }

    /// The DBS records of everybody who is here and may act, as the gate sees them, each person's oldest first.
    pub(in crate::people) async fn all_dbs_lines(
        &mut self,
    ) -> Result<BTreeMap<PersonId, Vec<Line>>, StoreError> {
        let found = sql(select!(
            "JOIN person p ON p.id = r.person_id WHERE p.left_ms IS NULL AND p.suspended_ms IS NULL
             ORDER BY r.recorded_ms, r.id"
        ));
        let mut all: BTreeMap<PersonId, Vec<Line>> = BTreeMap::new();
        for row in self.0.rows(found).await? {
            let record = record(&row)?;
            all.entry(record.person).or_default().push(record.line);
        }
        Ok(all)
    }

    /// The DBS check that counts: the one decided last, or the newest while none is.
    pub async fn dbs_check(&mut self, id: &PersonId) -> Result<Option<DbsCheck>, StoreError> {
        Ok(counting(&self.dbs_lines(id).await?).map(|line| line.check.clone()))
    }

    /// The last day on which the check that counts need not be made again, for the role that asks for it soonest. `None`
    /// when there is no check, or no role of theirs needs one.
    pub async fn dbs_last_day(
        &mut self,
        person: &Person,
        requirements: &[RoleRequirement],
        at: Timestamp,
    ) -> Result<Option<Date>, StoreError> {
        Ok(last_day(person, requirements, &self.dbs_lines(&person.id).await?, at))
    }
}

/// See [`People::dbs_last_day`].
///
/// - `lines`: the person's, oldest first.
pub(in crate::people) fn last_day(
    person: &Person,
    requirements: &[RoleRequirement],
    lines: &[Line],
    at: Timestamp,
) -> Option<Date> {
    let line = counting(lines)?;
    let asked = requirements.iter().filter(|one| one.dbs_level.is_some() && person.is(one.role, at));
    asked.map(|requirement| line.last_day(requirement)).min()
}

impl DbsRecords<'_> {
    /// A person's records for `by`, newest first; nobody sees their own here.
    pub async fn of(&mut self, person: &PersonId, by: &PersonId) -> Result<Vec<Record>, DbsError> {
        self.must_handle(by, person).await?;
        let mut records = People(self.tx).dbs_records(person).await?;
        records.reverse();
        Ok(records)
    }

    /// Number, names, disclosure and note of one record, and why a status check needs a look. Each look is written down before anything is shown.
    pub async fn details(
        &mut self,
        id: &DbsRecordId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Details, DbsError> {
        let record = self.record(id).await?;
        self.must_handle(by, &record.person).await?;
        let view = sql("INSERT INTO dbs_view (id, record_id, viewed_by, viewed_ms) VALUES ($1, $2, $3, $4)")
            .bind(DbsViewId::new(clock, entropy).to_string())
            .bind(id.to_string())
            .bind(text(by))
            .bind(clock.now().as_millisecond());
        self.tx.run(view).await?;
        let ledger = &mut Ledger(self.tx);
        ledger.append("person.dbs_viewed", record.person.as_str(), &(id, by), clock.now(), entropy).await?;
        let (identity, content) = self.opened(id).await?;
        let why = if record.stops() { self.why(id).await? } else { None };
        Ok(Details { identity, content, why })
    }

    /// Who was shown details of a person's records, newest first.
    pub async fn views(&mut self, person: &PersonId, by: &PersonId) -> Result<Vec<Viewed>, DbsError> {
        self.must_handle(by, person).await?;
        let found =
            sql("SELECT v.viewed_by, v.viewed_ms FROM dbs_view v JOIN dbs_record r ON r.id = v.record_id
             WHERE r.person_id = $1 ORDER BY v.viewed_ms DESC, v.id DESC")
            .bind(text(person));
        let one = |row: &AnyRow| {
            Ok(Viewed { by: row.read("viewed_by", PersonId::parse)?, at: row.instant("viewed_ms")? })
        };
        self.tx.rows(found).await?.iter().map(one).collect()
    }

    /// What waits for `me`: never anything about themselves, and nothing for those who see to no records.
    pub async fn waiting_for(&mut self, me: &PersonId) -> Result<Vec<Waiting>, StoreError> {
        let people = People(self.tx).list().await?;
        let handlers: BTreeSet<&PersonId> =
            people.iter().filter(|one| handles(one)).map(|one| &one.id).collect();
        if !handlers.contains(me) {
            return Ok(Vec::new());
        }
        let (records, consents) = (self.unsettled().await?, self.running().await?);
        let mut waiting = Vec::new();
        for person in people.iter().filter(|one| one.id != *me && !one.is_suspended()) {
            let record = records.get(&person.id).and_then(|records| what_waits(records));
            let consent = consents.get(&person.id).and_then(|consent| {
                if !handlers.contains(&consent.declared_by) {
                    Some(Waits::ToBeDeclared)
                } else {
                    (consent.failed_nights >= NIGHTS).then_some(Waits::NotAnswered)
                }
            });
            let add = |what| Waiting { person: person.id.clone(), name: person.name.clone(), what };
            waiting.extend(record.into_iter().chain(consent).map(add));
        }
        Ok(waiting)
    }

    /// The records of everybody of whom one may wait for something, oldest first.
    async fn unsettled(&mut self) -> Result<BTreeMap<PersonId, Vec<Record>>, StoreError> {
        let found = sql(select!(
            "WHERE r.person_id IN (SELECT person_id FROM dbs_record WHERE decided_ms IS NULL)
                OR r.person_id IN (SELECT q.person_id FROM dbs_record q JOIN dbs_status t ON t.record_id = q.id
                    WHERE t.counts = 'stops')
             ORDER BY r.recorded_ms, r.id"
        ));
        let mut all: BTreeMap<PersonId, Vec<Record>> = BTreeMap::new();
        for row in self.tx.rows(found).await? {
            let record = record(&row)?;
            all.entry(record.person.clone()).or_default().push(record);
        }
        Ok(all)
    }

    /// One record.
    pub(super) async fn record(&mut self, id: &DbsRecordId) -> Result<Record, DbsError> {
        let found = sql(select!("WHERE r.id = $1")).bind(id.to_string());
        let row = self.tx.row(found).await?.ok_or(DbsError::Missing)?;
        Ok(record(&row)?)
    }

    /// The record of a person that counts, when somebody has decided about it.
    pub(super) async fn counting(&mut self, person: &PersonId) -> Result<Option<Record>, StoreError> {
        let records = People(self.tx).dbs_records(person).await?;
        let decided = records.into_iter().filter(|record| record.line.decided.is_some());
        Ok(decided.max_by_key(|record| record.line.decided))
    }

    pub(super) async fn opened(
        &mut self,
        id: &DbsRecordId,
    ) -> Result<(Option<Identity>, Option<Content>), DbsError> {
        let found = sql("SELECT identity, content FROM dbs_record WHERE id = $1").bind(id.to_string());
        let row = self.tx.row(found).await?.ok_or(DbsError::Missing)?;
        let (identity, content): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (row.raw("identity")?, row.raw("content")?);
        let sealer = self.sealer;
        let identity = identity.map(|sealed| details::open(&sealed, id.as_str(), sealer)).transpose()?;
        let content = content.map(|sealed| details::open(&sealed, id.as_str(), sealer)).transpose()?;
        Ok((identity, content))
    }
}

/// What somebody's records wait for: the newest one that waits, or a status check of the one that counts.
fn what_waits(records: &[Record]) -> Option<Waits> {
    let newest_decided = records.iter().filter_map(|record| record.line.decided).max();
    let waits = records.iter().rfind(|record| {
        let line = &record.line;
        line.decided.is_none() && newest_decided.is_none_or(|decided| record.recorded.1 >= decided)
    });
    let stops = records
        .iter()
        .any(|one| one.line.decided.is_some() && one.line.decided == newest_decided && one.stops());
    match waits {
        Some(record) if record.line.check.seen.is_none() => Some(Waits::ToBeSeen),
        Some(_) => Some(Waits::ToBeDecided),
        None => stops.then_some(Waits::ToBeLookedAt),
    }
}

impl Record {
    pub(super) fn stops(&self) -> bool {
        self.line.status == Some(Counts::Stops)
    }
}

fn record(row: &AnyRow) -> Result<Record, StoreError> {
    let suitable: Option<i64> = row.raw("suitable")?;
    let counts = match row.maybe_text("counts")?.as_deref() {
        None => None,
        Some("passes") => {
            Some(Counts::Passes(row.maybe_day("passed_day")?.ok_or(StoreError::damaged("passed_day"))?))
        }
        Some("stops") => Some(Counts::Stops),
        Some("none") => Some(Counts::Nothing),
        Some(_) => return Err(StoreError::damaged("counts")),
    };
    let check = DbsCheck {
        level: row.read("level", DbsLevel::parse)?,
        workforce: row.read("workforce", Workforce::parse)?,
        issued: row.day("issued_day")?,
        seen: row.maybe_read("seen_by", PersonId::parse)?.zip(row.maybe_instant("seen_ms")?),
        suitable: suitable == Some(1),
    };
    let agreed = row.maybe_read("consent_id", DbsConsentId::parse)?.is_some();
    let status = match counts {
        None => None,
        Some(counts) => Some(Status::read(row, counts)?),
    };
    Ok(Record {
        id: row.read("id", DbsRecordId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        line: Line { check, decided: row.maybe_instant("decided_ms")?, status: counts, agreed },
        recorded: (row.maybe_read("recorded_by", PersonId::parse)?, row.instant("recorded_ms")?),
        decided_by: row.maybe_read("decided_by", PersonId::parse)?,
        has_identity: row.flag("has_identity")?,
        has_content: row.flag("has_content")?,
        status,
    })
}
