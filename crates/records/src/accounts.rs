//! The trust's accounts and who may act on them: the Manager's express permission for an account (clause 2) and for a
//! person on it (clause 3).

pub mod connections;

use cleansheet_policy::facts;
use cleansheet_terms::{ChannelId, Clock, Date, Entropy, GrantId, Network, PersonId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::{People, PersonError},
};

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

/// The Manager's permission for one person on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The grant.
    pub id: GrantId,
    /// Who may act.
    pub person: PersonId,
    /// Where.
    pub channel: ChannelId,
    /// The account's name.
    pub channel_name: String,
    /// The Manager who gave it.
    pub given_by: PersonId,
    /// The first day, in London.
    pub from: Date,
    /// The last day, in London.
    pub until: Date,
    /// Ended early.
    pub ended: Option<Timestamp>,
}

impl Grant {
    /// What the grant is worth on a day.
    pub fn state_on(&self, day: Date) -> facts::Grant {
        if self.ended.is_some() || day > self.until {
            facts::Grant::Ended
        } else if day < self.from {
            facts::Grant::Missing
        } else {
            facts::Grant::Current
        }
    }
}

/// A grant to give.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// Who may act.
    pub person: &'a PersonId,
    /// Where.
    pub channel: &'a ChannelId,
    /// The Manager who gives it.
    pub by: &'a PersonId,
    /// The first day, in London.
    pub from: Date,
    /// The last day, in London; not before the first.
    pub until: Date,
}

/// What can be wrong with an account or a permission.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No such account.
    #[error("no account `{0}`")]
    Missing(ChannelId),
    /// No such grant, or it has ended already.
    #[error("no permission `{0}` that is still running")]
    NoGrant(GrantId),
    /// Without a name people could not tell accounts apart.
    #[error("an account needs a name")]
    Nameless,
    /// The account on the network is another one than before.
    #[error(
        "this is another account than `{0}`, which was connected here; end that one and add the new one beside it"
    )]
    AnotherAccount(String),
    /// A permission that ends before it begins.
    #[error("the last day of a permission comes before its first; choose a later last day")]
    Backwards,
    /// Not a Manager, or nobody we know.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The accounts and grants in the database. Borrow it from a [`Tx`].
pub struct Accounts<'t>(pub &'t mut Tx);

macro_rules! select_channel {
    ($tail:literal) => {
        concat!("SELECT id, network, name, permitted_by, permitted_ms, ended_ms FROM channel ", $tail)
    };
}

macro_rules! select_grant {
    ($tail:literal) => {
        concat!(
            "SELECT g.id, g.person_id, g.channel_id, c.name AS channel_name, g.given_by, g.from_day, g.until_day,
                 g.ended_ms
             FROM channel_grant g JOIN channel c ON c.id = g.channel_id ",
            $tail
        )
    };
}

impl Accounts<'_> {
    /// Writes an account down. Nothing can be published there before the Manager permits it.
    pub async fn add(
        &mut self,
        network: Network,
        name: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ChannelId, AccountError> {
        if name.trim().is_empty() {
            return Err(AccountError::Nameless);
        }
        let id = ChannelId::new(clock, entropy);
        let insert = sql("INSERT INTO channel (id, network, name) VALUES ($1, $2, $3)")
            .bind(text(&id))
            .bind(network.as_str())
            .bind(name.trim().to_owned());
        self.0.run(insert).await?;
        Ledger(self.0).append("channel.added", id.as_str(), &network, clock.now(), entropy).await?;
        Ok(id)
    }

    /// The Manager's express permission for the account, or a new one after it was taken back.
    pub async fn permit(
        &mut self,
        id: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
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

    /// Takes the permission for the account back: nothing more is published there.
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
            self.channel(id).await?.ok_or_else(|| AccountError::Missing(id.clone()))?;
            return Ok(());
        }
        Ledger(self.0).append("channel.ended", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// One account.
    pub async fn channel(&mut self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        let found = sql(select_channel!("WHERE id = $1")).bind(text(id));
        self.0.row(found).await?.as_ref().map(channel).transpose()
    }

    /// Every account, by name.
    pub async fn channels(&mut self) -> Result<Vec<Channel>, StoreError> {
        self.0.rows(sql(select_channel!("ORDER BY name, id"))).await?.iter().map(channel).collect()
    }

    /// The permitted accounts on which a person may act on a day, by name.
    pub async fn channels_open_to(
        &mut self,
        person: &PersonId,
        day: Date,
    ) -> Result<Vec<Channel>, StoreError> {
        let mut open = Vec::new();
        for channel in self.channels().await? {
            let grant = self.grant_state(person, &channel.id, day).await?;
            if channel.is_permitted() && grant == facts::Grant::Current {
                open.push(channel);
            }
        }
        Ok(open)
    }

    /// Lets a person act on an account for a time.
    pub async fn give(
        &mut self,
        new: &NewGrant<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<GrantId, AccountError> {
        People(self.0).must_be_manager(new.by, clock.now()).await?;
        People(self.0).may_change(new.person, new.by, clock.now()).await?;
        if new.until < new.from {
            return Err(AccountError::Backwards);
        }
        self.channel(new.channel).await?.ok_or_else(|| AccountError::Missing(new.channel.clone()))?;
        match People(self.0).find(new.person).await? {
            None => return Err(PersonError::Missing(new.person.clone()).into()),
            Some(person) if person.left.is_some() => return Err(PersonError::Left.into()),
            Some(_) => {}
        }
        let id = GrantId::new(clock, entropy);
        let insert =
            sql("INSERT INTO channel_grant (id, person_id, channel_id, given_by, from_day, until_day)
             VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(id.as_str().to_owned())
            .bind(new.person.as_str().to_owned())
            .bind(text(new.channel))
            .bind(new.by.as_str().to_owned())
            .bind(new.from.to_string())
            .bind(new.until.to_string());
        self.0.run(insert).await?;
        let payload = (new.person, new.channel, new.by, new.from.to_string(), new.until.to_string());
        Ledger(self.0).append("grant.given", id.as_str(), &payload, clock.now(), entropy).await?;
        Ok(id)
    }

    /// Ends a grant at once.
    pub async fn end(
        &mut self,
        id: &GrantId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let now = clock.now();
        let holder = sql("SELECT person_id FROM channel_grant WHERE id = $1").bind(id.as_str().to_owned());
        if let Some(row) = self.0.row(holder).await? {
            People(self.0).may_change(&row.read("person_id", PersonId::parse)?, by, now).await?;
        }
        let end = sql("UPDATE channel_grant SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        if self.0.run(end).await? == 0 {
            return Err(AccountError::NoGrant(id.clone()));
        }
        Ledger(self.0).append("grant.ended", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// Whether a person may act on an account on a day: one running grant is enough.
    pub async fn grant_state(
        &mut self,
        person: &PersonId,
        channel: &ChannelId,
        day: Date,
    ) -> Result<facts::Grant, StoreError> {
        let found = sql(select_grant!("WHERE g.person_id = $1 AND g.channel_id = $2 ORDER BY g.id"))
            .bind(person.as_str().to_owned())
            .bind(text(channel));
        let mut state = facts::Grant::Missing;
        for row in self.0.rows(found).await? {
            match grant(&row)?.state_on(day) {
                facts::Grant::Current => return Ok(facts::Grant::Current),
                facts::Grant::Ended => state = facts::Grant::Ended,
                facts::Grant::Missing => {}
            }
        }
        Ok(state)
    }

    /// A person's grants, the newest first.
    pub async fn grants_of(&mut self, person: &PersonId) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.person_id = $1 ORDER BY g.id DESC"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(grant).collect()
    }

    /// Every grant that nobody has ended, whether its time is over or not.
    pub async fn grants_running(&mut self) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.ended_ms IS NULL ORDER BY g.id DESC"));
        self.0.rows(found).await?.iter().map(grant).collect()
    }

    /// An account's grants, the newest first.
    pub async fn grants_on(&mut self, channel: &ChannelId) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.channel_id = $1 ORDER BY g.id DESC")).bind(text(channel));
        self.0.rows(found).await?.iter().map(grant).collect()
    }
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

fn grant(row: &AnyRow) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: row.read("id", GrantId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        given_by: row.read("given_by", PersonId::parse)?,
        from: row.day("from_day")?,
        until: row.day("until_day")?,
        ended: row.maybe_instant("ended_ms")?,
    })
}

fn text(id: &ChannelId) -> String {
    id.as_str().to_owned()
}
