//! The ledger's truth: the entries in the order of their commits. Tiles and checkpoints are derived from it elsewhere.
//!
//! An entry holds a kind, a random reference of the record it is about and a keyed commitment to what happened: no
//! name, no lasting id. The reference and the key of each record lie beside it; dropping them ([`Ledger::forget`])
//! makes the record's entries meaningless to everybody, and the ledger still verifies.

use std::collections::BTreeMap;

use cleansheet_ledger::{Entry, Kind, RecordKey, RecordRef, commit, leaf_hash};
use cleansheet_terms::{Digest, Entropy, Timestamp};
use serde::Serialize;

use crate::{
    columns::Columns as _,
    database::{Statement, StoreError, Tx, sql},
};

/// Which log the entries are in. A trust has one, unless it lost entries that a witness had seen: what was signed is never
/// signed otherwise, so a new log begins behind the entries that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// 1 for the first log.
    pub number: u32,
    /// The row of its first entry.
    first: u64,
}

/// What a transaction adds to the ledger. It is written at the commit, many rows with one statement: others neither see it nor
/// add anything before.
#[derive(Default)]
pub(crate) struct Added {
    /// Where the ledger ends with it, once that was looked up.
    end: Option<LedgerEnd>,
    entries: Vec<(i64, Vec<u8>)>,
    records: BTreeMap<String, (RecordRef, [u8; 32])>,
}

/// Where the next entry goes.
#[derive(Clone, Copy)]
struct LedgerEnd {
    /// Its row, counted over every log.
    row: u64,
    /// The log it is in.
    origin: Origin,
}

const ORIGIN: &str = "ledger_origin";

/// The ledger in the database. Borrow it from a writing [`Tx`], whose turn makes the next index certain.
pub struct Ledger<'t>(pub &'t mut Tx);

impl Ledger<'_> {
    /// Adds an entry and returns its index.
    ///
    /// - `kind`: a short word of the product, for example `post.approved`.
    /// - `subject`: the id of the record it is about; it stays in the database.
    /// - `payload`: what happened; only a commitment to its JSON is kept in the entry.
    pub async fn append(
        &mut self,
        kind: &str,
        subject: &str,
        payload: &impl Serialize,
        at: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<u64, StoreError> {
        let record = self.record(subject, entropy).await?;
        self.write(kind, record, payload, at).await
    }

    /// Adds the first entry of a record that this transaction has made.
    pub(crate) async fn append_first(
        &mut self,
        kind: &str,
        subject: &str,
        payload: &impl Serialize,
        at: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<u64, StoreError> {
        let record = self.new_record(subject, entropy);
        self.write(kind, record, payload, at).await
    }

    async fn write(
        &mut self,
        kind: &str,
        (record, key): (RecordRef, RecordKey),
        payload: &impl Serialize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let payload = serde_json::to_vec(payload).map_err(|e| StoreError::Ledger(e.to_string()))?;
        let entry = Entry {
            kind: Kind::new(kind).map_err(|e| StoreError::Ledger(e.to_string()))?,
            record,
            commitment: commit(&key, &payload),
            at,
        };
        let LedgerEnd { row, origin } = match self.0.ledger.end {
            Some(end) => end,
            None => LedgerEnd { row: self.rows_of_all().await?, origin: self.origin().await? },
        };
        self.0.ledger.entries.push((signed(row)?, entry.to_bytes()));
        self.0.ledger.end = Some(LedgerEnd { row: row + 1, origin });
        Ok(row - origin.first)
    }

    /// Writes down what the transaction has added so far.
    pub(crate) async fn write_out(&mut self) -> Result<(), StoreError> {
        let records = std::mem::take(&mut self.0.ledger.records).into_iter().collect();
        let into = "ledger_record (subject, reference, commitment_key)";
        let bind = |insert: Statement, (subject, (reference, key)): (String, (RecordRef, [u8; 32]))| {
            insert.bind(subject).bind(reference.to_string()).bind(key.to_vec())
        };
        self.0.insert_all(into, 3, records, bind).await?;
        let entries = std::mem::take(&mut self.0.ledger.entries);
        let bind = |insert: Statement, (row, bytes): (i64, Vec<u8>)| insert.bind(row).bind(bytes);
        self.0.insert_all("ledger_entry (idx, bytes)", 2, entries, bind).await
    }

    /// How many entries there are.
    pub async fn count(&mut self) -> Result<u64, StoreError> {
        Ok(self.rows_of_all().await? - self.origin().await?.first)
    }

    /// Which log this is.
    pub async fn origin(&mut self) -> Result<Origin, StoreError> {
        let found = sql("SELECT value FROM setting WHERE name = $1").bind(ORIGIN);
        let Some(row) = self.0.row(found).await? else { return Ok(Origin { number: 1, first: 0 }) };
        let text = row.text("value")?;
        let numbers = text
            .split_once(' ')
            .and_then(|(number, first)| Some((number.parse().ok()?, first.parse().ok()?)));
        let (number, first) = numbers.ok_or_else(|| StoreError::damaged(ORIGIN))?;
        Ok(Origin { number, first })
    }

    /// Begins a new log behind the entries that are there; its first entry is a commitment to `payload`. Answers the key
    /// of that commitment, which is made public: everybody may check what the new log says it goes on from.
    pub async fn begin_anew(
        &mut self,
        payload: &impl Serialize,
        at: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(Origin, RecordKey), StoreError> {
        let origin = Origin { number: self.origin().await?.number + 1, first: self.rows_of_all().await? };
        let put = sql("INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        self.0.run(put.bind(ORIGIN).bind(format!("{} {}", origin.number, origin.first))).await?;
        self.0.ledger.end = None;
        let subject = format!("ledger {}", origin.number);
        self.append("ledger.continued", &subject, payload, at, entropy).await?;
        let (_, key) = self.record(&subject, entropy).await?;
        Ok((origin, key))
    }

    /// How many rows there are, of every log.
    async fn rows_of_all(&mut self) -> Result<u64, StoreError> {
        self.write_out().await?;
        let newest = self.0.row(sql("SELECT idx FROM ledger_entry ORDER BY idx DESC LIMIT 1")).await?;
        let Some(newest) = newest else { return Ok(0) };
        u64::try_from(newest.number("idx")?).map(|idx| idx + 1).map_err(|_| StoreError::damaged("idx"))
    }

    /// When the newest entry was written.
    pub(crate) async fn newest_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let Some(bytes) = self.newest().await? else { return Ok(None) };
        Entry::parse(&bytes).map(|entry| Some(entry.at)).map_err(|_| StoreError::damaged("bytes"))
    }

    /// The hash of every entry, in order; read some thousands at a time, so that a long ledger never lies in memory whole.
    pub async fn leaves(&mut self) -> Result<Vec<Digest>, StoreError> {
        let mut leaves = Vec::new();
        loop {
            let entries = self.entries_from(leaves.len() as u64, 8192).await?;
            if entries.is_empty() {
                return Ok(leaves);
            }
            leaves.extend(entries.iter().map(|entry| leaf_hash(entry)));
        }
    }

    /// The bytes of the newest entry.
    pub async fn newest(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        self.write_out().await?;
        let found = sql("SELECT bytes FROM ledger_entry ORDER BY idx DESC LIMIT 1");
        self.0.row(found).await?.map(|row| row.raw("bytes")).transpose()
    }

    /// At most `most` entries from index `first` on, in order.
    pub async fn entries_from(&mut self, first: u64, most: u32) -> Result<Vec<Vec<u8>>, StoreError> {
        self.write_out().await?;
        let first = signed(self.origin().await?.first.saturating_add(first))?;
        let found = sql("SELECT bytes FROM ledger_entry WHERE idx >= $1 ORDER BY idx LIMIT $2")
            .bind(first)
            .bind(i64::from(most));
        self.0.rows(found).await?.iter().map(|row| row.raw("bytes")).collect()
    }

    /// At most `most` entries before index `end`, with their indexes, the newest first.
    pub async fn entries_before(&mut self, end: u64, most: u32) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.write_out().await?;
        let origin = self.origin().await?.first;
        let found = sql(
            "SELECT idx, bytes FROM ledger_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx DESC LIMIT $3",
        )
        .bind(signed(origin)?)
        .bind(i64::try_from(origin.saturating_add(end)).unwrap_or(i64::MAX))
        .bind(i64::from(most));
        let index = |number: i64| {
            u64::try_from(number)
                .ok()
                .and_then(|idx| idx.checked_sub(origin))
                .ok_or_else(|| StoreError::damaged("idx"))
        };
        self.0
            .rows(found)
            .await?
            .iter()
            .map(|row| Ok((index(row.number("idx")?)?, row.raw("bytes")?)))
            .collect()
    }

    /// The reference under which a record's entries stand, to find them for an auditor who may ask.
    pub async fn reference_of(&mut self, subject: &str) -> Result<Option<String>, StoreError> {
        self.write_out().await?;
        let found = sql("SELECT reference FROM ledger_record WHERE subject = $1").bind(subject.to_owned());
        self.0.row(found).await?.map(|row| row.text("reference")).transpose()
    }

    /// Makes a record's entries unlinkable for good. Says whether it had any.
    pub async fn forget(&mut self, subject: &str) -> Result<bool, StoreError> {
        self.write_out().await?;
        let gone = sql("DELETE FROM ledger_record WHERE subject = $1").bind(subject.to_owned());
        Ok(self.0.run(gone).await? == 1)
    }

    /// The reference and the commitment key of a record, made of chance when it has none yet.
    async fn record(
        &mut self,
        subject: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<(RecordRef, RecordKey), StoreError> {
        if let Some((reference, key)) = self.0.ledger.records.get(subject) {
            return Ok((reference.clone(), RecordKey::from_bytes(*key)));
        }
        let found = sql("SELECT reference, commitment_key FROM ledger_record WHERE subject = $1");
        if let Some(row) = self.0.row(found.bind(subject.to_owned())).await? {
            let key: Vec<u8> = row.raw("commitment_key")?;
            let key = <[u8; 32]>::try_from(key).map_err(|_| StoreError::damaged("commitment_key"))?;
            return Ok((row.read("reference", RecordRef::parse)?, RecordKey::from_bytes(key)));
        }
        Ok(self.new_record(subject, entropy))
    }

    fn new_record(&mut self, subject: &str, entropy: &mut dyn Entropy) -> (RecordRef, RecordKey) {
        let (mut reference, mut key) = ([0_u8; 16], [0_u8; 32]);
        entropy.fill(&mut reference);
        entropy.fill(&mut key);
        let reference = RecordRef::from_bytes(reference);
        self.0.ledger.records.insert(subject.to_owned(), (reference.clone(), key));
        (reference, RecordKey::from_bytes(key))
    }
}

fn signed(index: u64) -> Result<i64, StoreError> {
    i64::try_from(index).map_err(|_| StoreError::damaged("idx"))
}
