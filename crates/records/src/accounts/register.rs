//! What the register knows of an account on its network: its address there, who gets a lost password back, whether
//! signing in takes two steps.

use cleansheet_terms::{ChannelId, Clock, Entropy, Network, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{AccountError, Accounts, text, words};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::People,
};

/// The longest handle, owner or address, in letters.
const MOST: usize = 200;

/// Whether signing in at the network takes a second step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoStep {
    /// It does.
    On,
    /// A password is enough.
    Off,
    /// Nobody has looked.
    Unknown,
}

/// A text that is none of `on`, `off` and `unknown`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not say whether signing in takes two steps")]
pub struct UnknownTwoStep(pub String);

impl TwoStep {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownTwoStep> {
        let all = [Self::On, Self::Off, Self::Unknown];
        all.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownTwoStep(text.to_owned()))
    }
}

/// Who owns the address to which a lost password comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// Somebody who signs in here.
    Person(PersonId),
    /// Somebody else, in words.
    Words(String),
    /// Nobody knows: whoever does can take the account over.
    NobodyKnows,
}

/// What somebody wrote down about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its handle or address, as people write it.
    pub handle: String,
    /// Who owns the recovery address.
    pub recovery: Recovery,
    /// That address; for the Manager alone.
    pub recovery_address: String,
    /// Whether signing in takes two steps.
    pub two_step: TwoStep,
    /// Who wrote it down.
    pub by: PersonId,
    /// When.
    pub noted: Timestamp,
}

/// What to write down about an account.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// Its handle or address.
    pub handle: &'a str,
    /// Who owns the recovery address.
    pub recovery: Recovery,
    /// That address; empty when it is not known.
    pub recovery_address: &'a str,
    /// Whether signing in takes two steps.
    pub two_step: TwoStep,
    /// The Manager who writes it down.
    pub by: &'a PersonId,
}

impl Accounts<'_> {
    /// Writes an account down that exists already, with what is known of it. It has no permission by that.
    pub async fn register(
        &mut self,
        (network, name): (Network, &str),
        entry: &NewEntry<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ChannelId, AccountError> {
        People(self.0).must_be_manager(entry.by, clock.now()).await?;
        let id = self.add(network, name, clock, entropy).await?;
        self.note(&id, entry, clock, entropy).await?;
        Ok(id)
    }

    /// Writes down what is known of an account. What was written before stays readable.
    pub async fn note(
        &mut self,
        id: &ChannelId,
        new: &NewEntry<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(new.by, clock.now()).await?;
        self.known(id).await?;
        let (person, owner) = match &new.recovery {
            Recovery::Person(person) => (Some(person.as_str().to_owned()), String::new()),
            Recovery::Words(owner) => (None, words(owner, MOST)?),
            Recovery::NobodyKnows => (None, String::new()),
        };
        let now = clock.now();
        let put = sql("INSERT INTO channel_entry (channel_id, noted_ms, noted_by, handle, recovery_person,
                 recovery_owner, recovery_address, two_step) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (channel_id, noted_ms) DO UPDATE SET noted_by = excluded.noted_by,
                 handle = excluded.handle, recovery_person = excluded.recovery_person,
                 recovery_owner = excluded.recovery_owner, recovery_address = excluded.recovery_address,
                 two_step = excluded.two_step")
        .bind(text(id))
        .bind(now.as_millisecond())
        .bind(new.by.as_str().to_owned())
        .bind(words(new.handle, MOST)?)
        .bind(person)
        .bind(owner)
        .bind(words(new.recovery_address, MOST)?)
        .bind(new.two_step.as_str());
        self.0.run(put).await?;
        Ledger(self.0).append("channel.noted", id.as_str(), new.by, now, entropy).await?;
        Ok(())
    }

    /// What was written down about an account, the newest first.
    pub async fn entries(&mut self, id: &ChannelId) -> Result<Vec<Entry>, StoreError> {
        let found =
            sql("SELECT handle, recovery_person, recovery_owner, recovery_address, two_step, noted_by,
                 noted_ms FROM channel_entry WHERE channel_id = $1 ORDER BY noted_ms DESC")
            .bind(text(id));
        self.0.rows(found).await?.iter().map(entry).collect()
    }
}

fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    let owner = row.text("recovery_owner")?;
    let recovery = match row.maybe_read("recovery_person", PersonId::parse)? {
        Some(person) => Recovery::Person(person),
        None if owner.is_empty() => Recovery::NobodyKnows,
        None => Recovery::Words(owner),
    };
    Ok(Entry {
        handle: row.text("handle")?,
        recovery,
        recovery_address: row.text("recovery_address")?,
        two_step: row.read("two_step", TwoStep::parse)?,
        by: row.read("noted_by", PersonId::parse)?,
        noted: row.instant("noted_ms")?,
    })
}
