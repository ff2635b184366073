//! Accounts: written down, permitted by the Manager, and ended.

use cleansheet_policy::facts;
use cleansheet_terms::{ChannelId, Clock, Date, Entropy, Network, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{AccountError, Accounts, Right, text, words};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::People,
};

/// The longest name of an account, in letters.
const NAME: usize = 80;

/// One official account on one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The account.
    pub id: ChannelId,
    /// Its network.
    pub network: Network,
    /// As people call it.
    pub name: String,
    /// The Manager who permitted it, and when.
    pub permitted: Option<(PersonId, Timestamp)>,
    /// When the permission was taken back.
    pub ended: Option<Timestamp>,
}

impl Channel {
    /// The Manager's permission is on record and not taken back.
    pub fn is_permitted(&self) -> bool {
        self.permitted.is_some() && self.ended.is_none()
    }
}

macro_rules! select_channel {
    ($tail:literal) => {
        concat!("SELECT id, network, name, permitted_by, permitted_ms, ended_ms FROM channel ", $tail)
    };
}

impl Accounts<'_> {
    /// Writes an account down. Nothing can be published there, and nobody can connect it, before the Manager permits it.
    pub async fn add(
        &mut self,
        network: Network,
        name: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ChannelId, AccountError> {
        let name = account_name(name)?;
        let id = ChannelId::new(clock, entropy);
        let insert = sql("INSERT INTO channel (id, network, name) VALUES ($1, $2, $3)")
            .bind(text(&id))
            .bind(network.as_str())
            .bind(name);
        self.0.run(insert).await?;
        Ledger(self.0).append("channel.added", id.as_str(), &network, clock.now(), entropy).await?;
        Ok(id)
    }

    /// The second of the two acts behind an account: the Manager's express permission, or a new one after it was taken
    /// back.
    pub(super) async fn put_permission(
        &mut self,
        id: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        let now = clock.now();
        let permit =
            sql("UPDATE channel SET permitted_by = $1, permitted_ms = $2, ended_ms = NULL WHERE id = $3")
                .bind(by.as_str().to_owned())
                .bind(now.as_millisecond())
                .bind(text(id));
        if self.0.run(permit).await? == 0 {
            return Err(AccountError::Missing(id.clone()));
        }
        Ledger(self.0).append("channel.permitted", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// Takes the permission for the account back: nothing more is published there, and the permissions of people on it end
    /// with it. A new permission for the account does not bring them back.
    pub async fn end_permission(
        &mut self,
        id: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let now = clock.now();
        let end = sql("UPDATE channel SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(text(id));
        if self.0.run(end).await? == 0 {
            self.known(id).await?;
            return Ok(());
        }
        let grants = sql("UPDATE channel_grant SET ended_ms = $1 WHERE channel_id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(text(id));
        self.0.run(grants).await?;
        Ledger(self.0).append("channel.ended", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// One account.
    pub async fn channel(&mut self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        let found = sql(select_channel!("WHERE id = $1")).bind(text(id));
        self.0.row(found).await?.as_ref().map(channel).transpose()
    }

    pub(super) async fn known(&mut self, id: &ChannelId) -> Result<Channel, AccountError> {
        self.channel(id).await?.ok_or_else(|| AccountError::Missing(id.clone()))
    }

    /// Every account, by name: those in use, those that were ended, and those that are only written down.
    pub async fn channels(&mut self) -> Result<Vec<Channel>, StoreError> {
        self.0.rows(sql(select_channel!("ORDER BY name, id"))).await?.iter().map(channel).collect()
    }

    /// The accounts that the Manager has permitted at any time, by name: what is only written down is not among them.
    pub async fn channels_in_use(&mut self) -> Result<Vec<Channel>, StoreError> {
        let found = sql(select_channel!("WHERE permitted_by IS NOT NULL ORDER BY name, id"));
        self.0.rows(found).await?.iter().map(channel).collect()
    }

    /// The permitted accounts on which a person may do something on a day, by name.
    pub async fn channels_open_to(
        &mut self,
        person: &PersonId,
        right: Right,
        day: Date,
    ) -> Result<Vec<Channel>, StoreError> {
        let mut open = Vec::new();
        for channel in self.channels().await? {
            let grant = self.grant_state(person, &channel.id, right, day).await?;
            if channel.is_permitted() && grant == facts::Grant::Current {
                open.push(channel);
            }
        }
        Ok(open)
    }

    /// Fails unless an account may be connected: the Manager has permitted it (clause 2), or had, and something of the
    /// trust's has still to come down from it.
    pub async fn must_be_connectable(&mut self, id: &ChannelId) -> Result<(), AccountError> {
        let channel = self.known(id).await?;
        if self.still_signs_in(&channel).await? { Ok(()) } else { Err(AccountError::NotPermitted) }
    }

    /// Whether the trust has still to sign in to an account: it is permitted, or was, and something of the trust's has still
    /// to come down from it.
    pub async fn still_signs_in(&mut self, channel: &Channel) -> Result<bool, StoreError> {
        let had = channel.permitted.is_some();
        Ok(channel.is_permitted() || (had && self.something_is_out(&channel.id).await?))
    }

    /// Whether something of the trust's is public on an account, or may be.
    async fn something_is_out(&mut self, id: &ChannelId) -> Result<bool, StoreError> {
        let found = sql("SELECT id FROM channel WHERE id = $1 AND (
                 EXISTS (SELECT 1 FROM release_order o WHERE o.channel_id = $1
                     AND o.state NOT IN ('queued', 'stopped', 'gone'))
                 OR EXISTS (SELECT 1 FROM old_post p WHERE p.channel_id = $1
                     AND (p.state = 'taking_down' OR (p.state = 'public' AND p.said <> 'nobody'))))")
        .bind(text(id));
        Ok(self.0.row(found).await?.is_some())
    }
}

/// A name that people can tell an account by.
pub(super) fn account_name(given: &str) -> Result<String, AccountError> {
    let name = words(given, NAME)?;
    if name.is_empty() { Err(AccountError::Nameless) } else { Ok(name) }
}

fn channel(row: &AnyRow) -> Result<Channel, StoreError> {
    let by = row.maybe_read("permitted_by", PersonId::parse)?;
    Ok(Channel {
        id: row.read("id", ChannelId::parse)?,
        network: row.read("network", Network::parse)?,
        name: row.text("name")?,
        permitted: by.zip(row.maybe_instant("permitted_ms")?),
        ended: row.maybe_instant("ended_ms")?,
    })
}
