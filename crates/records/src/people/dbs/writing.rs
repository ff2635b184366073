//! Writing a certificate down, seeing its original, deciding.

use cleansheet_terms::{Clock, Date, Entropy, PersonId, Timestamp, day_in_london};

use super::{
    Content, DbsCheck, DbsError, DbsLevel, DbsRecordId, DbsRecords, Disclosed, Identity, NOTE_LETTERS,
    Record, Why, Workforce, details,
};
use crate::{
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::{
        PersonError,
        register::{People, text},
    },
};

/// A certificate to be written down.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// How much it looked at.
    pub level: DbsLevel,
    /// For which work.
    pub workforce: Workforce,
    /// The day on it, in London.
    pub issued: Date,
    /// Number, names, birthday.
    pub identity: Identity,
    /// What it discloses, when the original lies before whoever writes it down.
    pub seen: Option<Disclosed>,
}

/// The clear part of a row.
struct Row<'r> {
    id: &'r DbsRecordId,
    person: &'r PersonId,
    check: &'r DbsCheck,
    recorded: (Option<&'r PersonId>, Timestamp),
    sealed: Option<(Vec<u8>, Vec<u8>)>,
}

/// A reader of the ledger learns neither who wrote what down nor what it was: each step has one kind, whatever it says.
const RECORDED: &str = "person.dbs_recorded";

impl People<'_> {
    /// Takes one line over from the trust's own register, without details: seen and decided by one person, or waiting while
    /// nobody has seen it. If the person's papers are no longer in order by it, their sign-ins end in the same transaction.
    pub async fn record_dbs(
        &mut self,
        id: &PersonId,
        check: &DbsCheck,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        if check.seen.as_ref().is_some_and(|(by, _)| by == id) {
            return Err(PersonError::OwnPapers);
        }
        let (before, now) = (self.standing(id, clock.now()).await?, clock.now());
        let record = DbsRecordId::new(clock, entropy);
        let row = Row { id: &record, person: id, check, recorded: (None, now), sealed: None };
        insert(self.0, &row).await?;
        if let Some((by, _)) = &check.seen {
            put_decision(self.0, &record, by, check.suitable, now).await?;
        }
        Ledger(self.0).append(RECORDED, id.as_str(), &record, now, entropy).await?;
        self.end_if_worse(&before, id, now).await
    }
}

impl DbsRecords<'_> {
    /// Writes a certificate down. It waits beside the one that counts until somebody decides.
    pub async fn write_down(
        &mut self,
        person: &PersonId,
        new: &NewRecord,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DbsRecordId, DbsError> {
        self.must_handle(by, person).await?;
        People(self.tx).present(person).await?;
        let (id, now) = (DbsRecordId::new(clock, entropy), clock.now());
        let today = day_in_london(now);
        if new.issued > today || new.identity.birthday.is_some_and(|birthday| birthday >= new.issued) {
            return Err(DbsError::Future);
        }
        let content = Content { disclosed: new.seen, note: String::new() };
        let sealed = (
            details::seal(new.identity.checked()?, id.as_str(), self.sealer, entropy)?,
            details::seal(&content, id.as_str(), self.sealer, entropy)?,
        );
        let check = DbsCheck {
            level: new.level,
            workforce: new.workforce,
            issued: new.issued,
            seen: new.seen.map(|_| (by.clone(), now)),
            suitable: false,
        };
        let row = Row { id: &id, person, check: &check, recorded: (Some(by), now), sealed: Some(sealed) };
        insert(self.tx, &row).await?;
        Ledger(self.tx).append(RECORDED, person.as_str(), &(&id, by), now, entropy).await?;
        Ok(id)
    }

    /// Somebody else than its holder has the original before them, and says whether it discloses anything.
    pub async fn see(
        &mut self,
        id: &DbsRecordId,
        disclosed: Disclosed,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        let record = self.record(id).await?;
        self.must_handle(by, &record.person).await?;
        if record.line.check.seen.is_some() {
            return Err(DbsError::SeenAlready);
        }
        let content = self.opened(id).await?.1.ok_or(DbsError::Gone)?;
        self.keep_content(id, &Content { disclosed: Some(disclosed), ..content }, entropy).await?;
        let seen = sql("UPDATE dbs_record SET seen_by = $1, seen_ms = $2 WHERE id = $3")
            .bind(text(by))
            .bind(clock.now().as_millisecond())
            .bind(id.to_string());
        self.tx.run(seen).await?;
        let payload = (id, by);
        let ledger = &mut Ledger(self.tx);
        ledger.append("person.dbs_seen", record.person.as_str(), &payload, clock.now(), entropy).await?;
        Ok(())
    }

    /// Manager or safeguarding lead decides whether the holder is suitable. From now on this record counts. Deciding again
    /// takes the place of the decision before. What a status check found to be no longer current does not become suitable by
    /// being written down again. If the holder's papers are no longer in order by it, their sign-ins end in the
    /// same transaction.
    ///
    /// - `note`: why; needed when the certificate disclosed something.
    pub async fn decide(
        &mut self,
        id: &DbsRecordId,
        suitable: bool,
        note: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        let (record, now) = (self.record(id).await?, clock.now());
        self.must_handle(by, &record.person).await?;
        let content = self.opened(id).await?.1.ok_or(DbsError::Gone)?;
        let disclosed = content.disclosed.ok_or(DbsError::NotSeen)?;
        let note = note.trim();
        if note.chars().count() > NOTE_LETTERS {
            return Err(DbsError::TooLong);
        }
        if disclosed == Disclosed::Something && note.is_empty() {
            return Err(DbsError::NoteMissing);
        }
        if suitable && self.is_outdated(&record).await? {
            return Err(DbsError::NewerNeeded);
        }
        let before = People(self.tx).standing(&record.person, now).await?;
        self.keep_content(id, &Content { note: note.to_owned(), ..content }, entropy).await?;
        put_decision(self.tx, id, by, suitable, now).await?;
        let payload = (id, by);
        Ledger(self.tx).append("person.dbs_decided", record.person.as_str(), &payload, now, entropy).await?;
        Ok(People(self.tx).end_if_worse(&before, &record.person, now).await?)
    }

    /// Whether a status check found new information since a certificate of the same person that is no older. A reason that is
    /// no longer kept may have been that one, unless an older certificate was found suitable after it.
    async fn is_outdated(&mut self, record: &Record) -> Result<bool, DbsError> {
        let all = People(self.tx).dbs_records(&record.person).await?;
        let as_new = |one: &&Record| one.stops() && one.line.check.issued >= record.line.check.issued;
        for stopped in all.iter().filter(as_new) {
            let settled = all.iter().any(|one| {
                let (line, stopped) = (&one.line, &stopped.line);
                line.check.suitable
                    && line.decided > stopped.decided
                    && line.check.issued <= stopped.check.issued
            });
            match self.why(&stopped.id).await? {
                Some(Why::NewInformation) => return Ok(true),
                Some(Why::NotKept) if !settled => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }

    async fn keep_content(
        &mut self,
        id: &DbsRecordId,
        content: &Content,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DbsError> {
        let sealed = details::seal(content, id.as_str(), self.sealer, entropy)?;
        let keep = sql("UPDATE dbs_record SET content = $1 WHERE id = $2");
        self.tx.run(keep.bind(sealed).bind(id.to_string())).await?;
        Ok(())
    }
}

async fn insert(tx: &mut Tx, row: &Row<'_>) -> Result<(), StoreError> {
    let (seen, (by, at)) = (row.check.seen.as_ref(), row.recorded);
    let (identity, content) = row.sealed.clone().unzip();
    let insert =
        sql("INSERT INTO dbs_record (id, person_id, level, workforce, issued_day, recorded_by, recorded_ms,
             seen_by, seen_ms, identity, content)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(row.id.to_string())
        .bind(text(row.person))
        .bind(row.check.level.as_str())
        .bind(row.check.workforce.as_str())
        .bind(row.check.issued.to_string())
        .bind(by.map(text))
        .bind(at.as_millisecond())
        .bind(seen.map(|(by, _)| text(by)))
        .bind(seen.map(|(_, at)| at.as_millisecond()))
        .bind(identity)
        .bind(content);
    tx.run(insert).await?;
    Ok(())
}

async fn put_decision(
    tx: &mut Tx,
    id: &DbsRecordId,
    by: &PersonId,
    suitable: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    let decide = sql("UPDATE dbs_record SET decided_by = $1, decided_ms = $2, suitable = $3 WHERE id = $4")
        .bind(text(by))
        .bind(at.as_millisecond())
        .bind(i64::from(suitable))
        .bind(id.to_string());
    tx.run(decide).await?;
    Ok(())
}
