//! Browsers that are told by push (RFC 8030) that a post waits.

use cleansheet_terms::{Clock, Entropy, PersonId, Timestamp, id};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    sealing::{SealError, Sealer},
    secret,
};

id!(
    /// One browser that is told by push.
    PushId,
    "push"
);

/// What is sealed, see [`Sealer::seal`].
const PURPOSE: &str = "push address";
/// A person has a phone, a tablet and a computer or two.
const MOST: usize = 5;

/// One browser that is told by push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The subscription.
    pub id: PushId,
    /// Whose.
    pub person: PersonId,
    /// What the browser calls itself.
    pub device: String,
    /// Since when.
    pub made: Timestamp,
    endpoint: Vec<u8>,
}

impl Push {
    /// Where to push; `None` when it was sealed under another key.
    pub fn endpoint(&self, sealer: &Sealer) -> Option<Zeroizing<String>> {
        let bytes = sealer.open(PURPOSE, self.id.as_str(), &self.endpoint)?;
        String::from_utf8(bytes.to_vec()).ok().map(Zeroizing::new)
    }
}

/// Why a browser is not kept.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// So many are enough.
    #[error("{MOST} browsers of yours are told already; end one of them first")]
    TooMany,
    /// The address could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The browsers in the database. Borrow it from a [`Tx`].
pub struct Pushes<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, person_id, device, made_ms, endpoint FROM push_subscription ", $tail)
    };
}

impl Pushes<'_> {
    /// Keeps a browser. One that told somebody else before belongs to this person now.
    ///
    /// - `endpoint`: where its push service is called, as the browser says.
    /// - `device`: what the browser calls itself; cut to 200 characters.
    pub async fn keep(
        &mut self,
        person: &PersonId,
        (endpoint, device): (&str, &str),
        sealer: &Sealer,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PushId, PushError> {
        let before = sql("DELETE FROM push_subscription WHERE endpoint_hash = $1");
        self.0.run(before.bind(secret::hash(endpoint))).await?;
        if self.of(person).await?.len() >= MOST {
            return Err(PushError::TooMany);
        }
        let (id, now) = (PushId::new(clock, entropy), clock.now());
        let sealed = sealer.seal(PURPOSE, id.as_str(), endpoint.as_bytes(), entropy)?;
        let insert =
            sql("INSERT INTO push_subscription (id, person_id, endpoint_hash, endpoint, device, made_ms)
             VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(id.as_str().to_owned())
            .bind(person.as_str().to_owned())
            .bind(secret::hash(endpoint))
            .bind(sealed)
            .bind(device.chars().take(200).collect::<String>())
            .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("push.kept", id.as_str(), person, now, entropy).await?;
        Ok(id)
    }

    /// A person's browsers, the newest first.
    pub async fn of(&mut self, person: &PersonId) -> Result<Vec<Push>, StoreError> {
        let found = sql(select!("WHERE person_id = $1 ORDER BY made_ms DESC, id DESC"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(push).collect()
    }

    /// One browser.
    pub async fn find(&mut self, id: &PushId) -> Result<Option<Push>, StoreError> {
        let found = sql(select!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(push).transpose()
    }

    /// Ends one of a person's own. Says whether it was there.
    pub async fn end_own(&mut self, person: &PersonId, id: &PushId) -> Result<bool, StoreError> {
        let end = sql("DELETE FROM push_subscription WHERE id = $1 AND person_id = $2")
            .bind(id.as_str().to_owned())
            .bind(person.as_str().to_owned());
        Ok(self.0.run(end).await? == 1)
    }

    /// The push service does not know it any more.
    pub async fn forget(&mut self, id: &PushId) -> Result<(), StoreError> {
        self.0.run(sql("DELETE FROM push_subscription WHERE id = $1").bind(id.as_str().to_owned())).await?;
        Ok(())
    }

    pub(super) async fn forget_all(&mut self, person: &PersonId) -> Result<u64, StoreError> {
        let all = sql("DELETE FROM push_subscription WHERE person_id = $1");
        self.0.run(all.bind(person.as_str().to_owned())).await
    }
}

fn push(row: &AnyRow) -> Result<Push, StoreError> {
    Ok(Push {
        id: row.read("id", PushId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        device: row.text("device")?,
        made: row.instant("made_ms")?,
        endpoint: row.raw("endpoint")?,
    })
}
