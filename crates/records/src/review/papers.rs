//! Signed papers of versions: what was given out, so that anybody who holds one can ask whether it is ours.

use cleansheet_terms::{Clock, Digest, Entropy, PersonId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The hash of its bytes.
    pub digest: Digest,
    /// The version it is of.
    pub version: Digest,
    /// Who had it made.
    pub made_by: PersonId,
    /// When.
    pub made: Timestamp,
}

/// The papers in the database. Borrow it from a [`Tx`].
pub struct Papers<'t>(pub &'t mut Tx);

impl Papers<'_> {
    /// Keeps a paper, and its hash in the ledger.
    pub async fn keep(
        &mut self,
        version: &Digest,
        bytes: &[u8],
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let keep = sql("INSERT INTO policy_paper (digest, version, made_by, made_ms, bytes)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING")
        .bind(digest.to_string())
        .bind(version.to_string())
        .bind(by.as_str().to_owned())
        .bind(clock.now().as_millisecond())
        .bind(bytes.to_vec());
        if self.0.run(keep).await? == 1 {
            let subject = format!("paper {digest}");
            Ledger(self.0).append("policy.paper", &subject, &(digest, version), clock.now(), entropy).await?;
        }
        Ok(digest)
    }

    /// All papers, the newest first.
    pub async fn all(&mut self) -> Result<Vec<Paper>, StoreError> {
        let found =
            sql("SELECT digest, version, made_by, made_ms FROM policy_paper ORDER BY made_ms DESC, digest");
        let one = |row: &AnyRow| {
            Ok(Paper {
                digest: row.read("digest", Digest::parse)?,
                version: row.read("version", Digest::parse)?,
                made_by: row.read("made_by", PersonId::parse)?,
                made: row.instant("made_ms")?,
            })
        };
        self.0.rows(found).await?.iter().map(one).collect()
    }

    /// The bytes of a paper.
    pub async fn bytes(&mut self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let found = sql("SELECT bytes FROM policy_paper WHERE digest = $1").bind(digest.to_string());
        self.0.row(found).await?.map(|row| row.raw("bytes")).transpose()
    }
}
