//! How the trust reads the words of the policy that could be read in two ways: signed by the Manager.

use std::collections::BTreeMap;

use cleansheet_policy::interpretation;
use cleansheet_terms::{Clock, Entropy, PersonId, Timestamp};

use super::{ReviewError, must_be_manager, written};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// One signed reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The trust's words.
    pub words: String,
    /// Who signed, by name.
    pub signed_by: String,
    /// When.
    pub signed: Timestamp,
}

/// The signed readings in the database. Borrow it from a [`Tx`].
pub struct Readings<'t>(pub &'t mut Tx);

impl Readings<'_> {
    /// The readings of every word that was ever signed, by its key, the one in force first.
    pub async fn all(&mut self) -> Result<BTreeMap<String, Vec<Reading>>, StoreError> {
        let found =
            sql("SELECT r.name AS name, r.words AS words, p.name AS signed_by, r.signed_ms AS signed_ms
             FROM reading r JOIN person p ON p.id = r.signed_by ORDER BY r.name, r.number DESC");
        let mut all: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        for row in self.0.rows(found).await? {
            let reading = Reading {
                words: row.text("words")?,
                signed_by: row.text("signed_by")?,
                signed: row.instant("signed_ms")?,
            };
            all.entry(row.text("name")?).or_default().push(reading);
        }
        Ok(all)
    }

    /// The reading in force of every word that has one.
    pub async fn in_force(&mut self) -> Result<BTreeMap<String, Reading>, StoreError> {
        let all = self.all().await?.into_iter();
        Ok(all.filter_map(|(key, readings)| Some((key, readings.into_iter().next()?))).collect())
    }

    /// Signs a reading. The ones before stay as history; the same words twice are one signature.
    pub async fn sign(
        &mut self,
        key: &str,
        words: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReviewError> {
        must_be_manager(self.0, by).await?;
        let (one, words) = (interpretation(key).ok_or(ReviewError::Missing)?, written(words)?);
        if words.is_empty() {
            return Err(ReviewError::NoWords);
        }
        let before = self.all().await?.remove(one.key).unwrap_or_default();
        if before.first().is_some_and(|reading| reading.words == words) {
            return Ok(());
        }
        let number = i64::try_from(before.len()).unwrap_or(i64::MAX);
        let sign = sql(
            "INSERT INTO reading (name, number, words, signed_by, signed_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(one.key)
        .bind(number)
        .bind(words.clone())
        .bind(by.as_str().to_owned())
        .bind(clock.now().as_millisecond());
        self.0.run(sign).await?;
        let subject = format!("reading {}", one.key);
        Ledger(self.0).append("policy.reading_signed", &subject, &(words, by), clock.now(), entropy).await?;
        Ok(())
    }
}
