//! The versions of the policy, whole.

use cleansheet_policy::Version;
use cleansheet_terms::{Clock, Digest, Entropy, Timestamp};

use super::ReviewError;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    settings::Settings,
};

/// A version that came into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// 1 for the first one that was kept.
    pub number: i64,
    /// The hash of its texts and rules.
    pub hash: Digest,
    /// When it came into force.
    pub since: Timestamp,
}

/// The versions in the database. Borrow it from a [`Tx`].
pub struct Versions<'t>(pub &'t mut Tx);

impl Versions<'_> {
    /// Puts a version in force, at every start, and keeps it whole. Says whether it is another than before: then everybody
    /// has to read and acknowledge it.
    pub async fn put_in_force(
        &mut self,
        version: &Version,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let hash = version.hash();
        let newest = self.all().await?.into_iter().next();
        if newest.as_ref().is_some_and(|newest| newest.hash == hash) {
            return Settings(self.0).put_policy_in_force(&hash, clock, entropy).await;
        }
        let whole = serde_json::to_string(version).map_err(|e| StoreError::Ledger(e.to_string()))?;
        let keep =
            sql("INSERT INTO policy_version (hash, whole) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING");
        self.0.run(keep.bind(hash.to_string()).bind(whole)).await?;
        let comes = sql("INSERT INTO policy_in_force (number, hash, since_ms) VALUES ($1, $2, $3)")
            .bind(newest.map_or(1, |newest| newest.number + 1))
            .bind(hash.to_string())
            .bind(clock.now().as_millisecond());
        self.0.run(comes).await?;
        Settings(self.0).put_policy_in_force(&hash, clock, entropy).await
    }

    /// Every time that a version came into force, the newest first.
    pub async fn all(&mut self) -> Result<Vec<InForce>, StoreError> {
        let found = sql("SELECT number, hash, since_ms FROM policy_in_force ORDER BY number DESC");
        let rows = self.0.rows(found).await?;
        let one = |row: &sqlx::any::AnyRow| {
            Ok(InForce {
                number: row.number("number")?,
                hash: row.read("hash", Digest::parse)?,
                since: row.instant("since_ms")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// The version in force, and since when.
    pub async fn in_force(&mut self) -> Result<Option<InForce>, StoreError> {
        let hash = Settings(self.0).policy_in_force().await?;
        Ok(self.all().await?.into_iter().find(|one| Some(one.hash) == hash))
    }

    /// A version whole; `None` when it was in force before versions were kept. One that does not have its hash any more is
    /// damage.
    pub async fn whole(&mut self, hash: &Digest) -> Result<Option<Version>, StoreError> {
        let found = sql("SELECT whole FROM policy_version WHERE hash = $1").bind(hash.to_string());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let version: Version = row.read("whole", |text| serde_json::from_str(text))?;
        if version.hash() == *hash { Ok(Some(version)) } else { Err(StoreError::damaged("whole")) }
    }

    /// The version that was in force before this one, whole, as far as there was one.
    pub async fn before(&mut self, hash: &Digest) -> Result<Option<(InForce, Version)>, ReviewError> {
        let all = self.all().await?;
        let place = all.iter().position(|one| one.hash == *hash).ok_or(ReviewError::Missing)?;
        let Some(before) = all.into_iter().skip(place + 1).find(|one| one.hash != *hash) else {
            return Ok(None);
        };
        let version = self.whole(&before.hash).await?.ok_or(ReviewError::Missing)?;
        Ok(Some((before, version)))
    }
}
