//! What networks charge for calls: each is written down with its month, and a post that would go over the month's cap
//! waits. A take-down never does.

use cleansheet_terms::{ChannelId, Clock, Entropy, PersonId, Role, Timestamp, day_in_london};
use serde::Serialize;

use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::People,
    told::Told,
};

/// What an account may spend in a month until the Manager says otherwise: 5 US dollars, as migration 31 has it.
pub const FIRST_CAP: u64 = 5_000_000;

/// What was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// Making posts, with their alt texts.
    Publish,
    /// Taking them down.
    TakeDown,
    /// Reading them back.
    Read,
}

impl Paid {
    fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::TakeDown => "take_down",
            Self::Read => "read",
        }
    }
}

/// An account's month, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Spent so far.
    pub spent: u64,
    /// What may be spent.
    pub cap: u64,
}

#[derive(Serialize)]
struct CapSet<'a> {
    by: &'a PersonId,
    micro_usd: u64,
}

/// What was spent, in the database. Borrow it from a [`Tx`].
pub struct Spending<'t>(pub &'t mut Tx);

impl Spending<'_> {
    /// How an account stands in this month (London).
    pub async fn month(&mut self, channel: &ChannelId, now: Timestamp) -> Result<Month, StoreError> {
        let spent = sql("SELECT micro_usd FROM spending WHERE channel_id = $1 AND month = $2")
            .bind(channel.as_str().to_owned())
            .bind(month(now));
        let mut sum = 0;
        for row in self.0.rows(spent).await? {
            sum += u64::try_from(row.number("micro_usd")?).unwrap_or(0);
        }
        let cap = sql("SELECT cap_micro_usd FROM channel WHERE id = $1").bind(channel.as_str().to_owned());
        let cap = match self.0.row(cap).await? {
            Some(row) => u64::try_from(row.number("cap_micro_usd")?).unwrap_or(0),
            None => FIRST_CAP,
        };
        Ok(Month { spent: sum, cap })
    }

    /// Writes down what publishing an order costs, before it is sent; `false`, and nothing is written, when the month's cap
    /// does not allow it. The same order again costs nothing more.
    ///
    /// - `about`: the order.
    pub async fn may_publish(
        &mut self,
        channel: &ChannelId,
        about: &str,
        micro_usd: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.did_not_publish(channel, about, now).await?;
        let stands = self.month(channel, now).await?;
        if stands.spent + micro_usd > stands.cap {
            return Ok(false);
        }
        self.add(channel, about, Paid::Publish, micro_usd, now).await?;
        Ok(true)
    }

    /// The network certainly did not make it: it costs nothing.
    pub async fn did_not_publish(
        &mut self,
        channel: &ChannelId,
        about: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let forget = sql(
            "DELETE FROM spending WHERE channel_id = $1 AND month = $2 AND about = $3 AND what = 'publish'",
        )
        .bind(channel.as_str().to_owned())
        .bind(month(now))
        .bind(about.to_owned());
        self.0.run(forget).await?;
        Ok(())
    }

    /// Writes down what was paid, whatever the cap says.
    pub async fn add(
        &mut self,
        channel: &ChannelId,
        about: &str,
        paid: Paid,
        micro_usd: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let add = sql(
            "INSERT INTO spending (channel_id, month, about, what, micro_usd) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (channel_id, month, about, what)
             DO UPDATE SET micro_usd = spending.micro_usd + excluded.micro_usd",
        )
        .bind(channel.as_str().to_owned())
        .bind(month(now))
        .bind(about.to_owned())
        .bind(paid.as_str().to_owned())
        .bind(i64::try_from(micro_usd).unwrap_or(i64::MAX));
        self.0.run(add).await?;
        Ok(())
    }

    /// The Manager says what an account may spend in a month, in millionths of a US dollar.
    pub async fn set_cap(
        &mut self,
        channel: &ChannelId,
        micro_usd: u64,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let set = sql("UPDATE channel SET cap_micro_usd = $1 WHERE id = $2")
            .bind(i64::try_from(micro_usd).unwrap_or(i64::MAX))
            .bind(channel.as_str().to_owned());
        self.0.run(set).await?;
        let entry = CapSet { by, micro_usd };
        Ledger(self.0).append("channel.cap_set", channel.as_str(), &entry, clock.now(), entropy).await?;
        Ok(())
    }

    /// Posts wait for the month's cap: every Manager is told by mail, once a month.
    ///
    /// - `page`: the account's own page, where the cap is set.
    pub async fn cap_is_reached(
        &mut self,
        channel: &ChannelId,
        page: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        if !Told(self.0).first(channel.as_str(), &format!("spending cap {}", month(now)), now).await? {
            return Ok(());
        }
        let name = Accounts(self.0).channel(channel).await?.map(|channel| channel.name).unwrap_or_default();
        let body = format!(
            "A post for {name} waits because the network charges for it and this month’s money for the account is spent.\n\n\
             It goes out by itself when you allow more, or when the next month begins:\n{page}\n\n\
             Taking posts down is never stopped by this.\n"
        );
        for person in People(self.0).list().await? {
            if person.is(Role::Manager, now) && person.left.is_none() {
                let subject = "A post waits for this month’s money";
                Mails(self.0).queue(&person.mail, subject, &body, clock, entropy).await?;
            }
        }
        Ok(())
    }
}

/// `2026-11`, in London.
fn month(now: Timestamp) -> String {
    day_in_london(now).strftime("%Y-%m").to_string()
}
