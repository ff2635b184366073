//! What an account shows, or no longer shows, and the ledger does not know: somebody else's post, a profile that changed,
//! a post of ours that went or changed without our doing.
//!
//! An account is looked at again and again. What stood there before the first look is known and is no report; from then on
//! everything new is either an order of ours, an old post that was imported, or told to people once.

mod blind;
mod rows;

use std::collections::BTreeSet;

use cleansheet_terms::{ChannelId, Clock, DriftId, Entropy, OrderId, PersonId, Timestamp};

pub use blind::{LOOKED_WITHIN, Looked};
pub use rows::{Drift, Kind};

use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    mails::Mails,
    orders::{Order, OrderError, OrderState, Orders},
};

/// A post that an account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it.
    pub url: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
}

/// One look at an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look<'a> {
    /// Which account.
    pub channel: &'a ChannelId,
    /// What it shows, the newest first.
    pub posts: &'a [Seen],
    /// Where the next look may begin.
    pub newest: Option<&'a str>,
    /// How it presents itself, JSON of the channel's own; `None` when its network has nothing of the kind.
    pub profile: Option<&'a str>,
    /// Which parts of that have changed, in words; empty when none.
    pub changed: &'a [&'static str],
    /// Names of posts that orders made whose names the records do not have.
    pub ours: &'a BTreeSet<String>,
    /// An order is on its way at this moment: what is newer than this may be its post, and is looked at next time.
    pub not_after: Option<Timestamp>,
}

/// How far an account is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Since when.
    pub begun: Timestamp,
    /// When it was looked at last.
    pub looked: Timestamp,
    /// Where the next look may begin.
    pub newest: Option<String>,
    /// How it presented itself.
    pub profile: Option<String>,
}

/// Why a report cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum DriftError {
    /// No such report.
    #[error("no report `{0}`")]
    Missing(DriftId),
    /// Somebody has answered it.
    #[error("somebody has answered this already")]
    Closed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reports in the database. Borrow it from a [`Tx`].
pub struct Drifts<'t>(pub &'t mut Tx);

impl Drifts<'_> {
    /// Sees to it that every permitted account is looked at from now on.
    pub async fn watch_all(
        &mut self,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        for channel in Accounts(self.0).channels().await?.iter().filter(|one| one.is_permitted()) {
            if !Jobs(self.0).is_open(Work::Watch, channel.id.as_str()).await? {
                Jobs(self.0).enqueue(Work::Watch, channel.id.as_str(), clock.now(), clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// Whether there is an account that nobody watches: found out by reading alone.
    pub async fn is_one_unwatched(&mut self) -> Result<bool, StoreError> {
        let found = sql("SELECT c.id FROM channel c WHERE c.permitted_by IS NOT NULL AND c.ended_ms IS NULL
             AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'watch' AND j.subject = c.id AND j.done_ms IS NULL)
             LIMIT 1");
        Ok(self.0.row(found).await?.is_some())
    }

    /// Writes a look down. What nobody knows is reported: on Today, and by mail to the Manager and the safeguarding lead.
    /// Says how many reports are new.
    ///
    /// - `origin`: the site's own address.
    pub async fn looked(
        &mut self,
        look: &Look<'_>,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<usize, StoreError> {
        let now = clock.now();
        let Some(before) = self.watch(look.channel).await? else {
            self.begin(look, now).await?;
            Ledger(self.0).append("channel.watched", look.channel.as_str(), &(), now, entropy).await?;
            return Ok(0);
        };
        let mut found = Vec::new();
        for post in self.new_ones(look, &before).await? {
            let what = (Kind::Post, "A post is public that nobody sent from here");
            let name = (post.remote.as_str(), Some(post.url.as_str()));
            found.push(self.report(look.channel, what, name, None, clock, entropy).await?);
        }
        if !look.changed.is_empty() {
            let say = format!("The account presents itself differently: {}", look.changed.join(", "));
            let what = (Kind::Profile, say.as_str());
            found.push(self.report(look.channel, what, ("", None), None, clock, entropy).await?);
        }
        // What may be the post of an order on its way is looked at again from the same place.
        let newest = if look.not_after.is_some() { before.newest.as_deref() } else { look.newest };
        self.keep(look.channel, newest.or(before.newest.as_deref()), look.profile, now).await?;
        self.tell(look.channel, found.len(), origin, clock, entropy).await?;
        Ok(found.len())
    }

    /// A public post of ours was read back, and is gone or changed. Reported once, until it is as it should be again or
    /// differs in another way. Says whether it is new.
    pub async fn order_drifted(
        &mut self,
        order: &Order,
        kind: Kind,
        what: &str,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let open = sql(
            "SELECT id FROM drift WHERE order_id = $1 AND kind = $2 AND what = $3 AND over_ms IS NULL LIMIT 1",
        )
        .bind(order.id.as_str().to_owned())
        .bind(kind.as_str())
        .bind(what.to_owned());
        if self.0.row(open).await?.is_some() {
            return Ok(false);
        }
        let name = (order.remote.as_deref().unwrap_or_default(), order.url.as_deref());
        self.report(&order.channel, (kind, what), name, Some(&order.id), clock, entropy).await?;
        self.tell(&order.channel, 1, origin, clock, entropy).await?;
        Ok(true)
    }

    /// The orders among what an account shows that were seen to be gone before.
    pub async fn gone_among(
        &mut self,
        channel: &ChannelId,
        remotes: &[&str],
    ) -> Result<Vec<Order>, StoreError> {
        let mut gone = Vec::new();
        for remote in remotes {
            let orders = Orders(self.0).named(channel, remote).await?;
            gone.extend(orders.into_iter().filter(|order| order.state == OrderState::Gone));
        }
        Ok(gone)
    }

    /// A post of ours that was seen to be gone is public again: it is taken down again, and people are told.
    ///
    /// - `origin`: the site's own address.
    pub async fn came_back(
        &mut self,
        id: &OrderId,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = Orders(self.0).order(id).await?.ok_or_else(|| OrderError::Missing(id.clone()))?;
        if order.state != OrderState::Gone {
            return Ok(());
        }
        // It was gone in between: whatever was told of it before is over.
        self.is_right_again(id, clock.now()).await?;
        Orders(self.0).seen_again(std::slice::from_ref(&order), clock, entropy).await?;
        let what = "A post of ours that was gone is public again; it is taken down again";
        self.order_drifted(&order, Kind::Post, what, origin, clock, entropy).await?;
        Ok(())
    }

    /// A post of ours is as it should be: what was told of it is over.
    pub async fn is_right_again(&mut self, id: &OrderId, now: Timestamp) -> Result<(), StoreError> {
        let over = sql("UPDATE drift SET over_ms = $1 WHERE order_id = $2 AND over_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(over).await.map(drop)
    }

    /// Somebody has looked at a report and says what it was.
    pub async fn close(
        &mut self,
        id: &DriftId,
        answer: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Drift, DriftError> {
        let (drift, now) =
            (self.drift(id).await?.ok_or_else(|| DriftError::Missing(id.clone()))?, clock.now());
        if drift.closed.is_some() {
            return Err(DriftError::Closed);
        }
        let close = sql("UPDATE drift SET closed_by = $1, closed_ms = $2, answer = $3 WHERE id = $4")
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(answer.to_owned())
            .bind(id.as_str().to_owned());
        self.0.run(close).await?;
        Ledger(self.0).append("drift.closed", id.as_str(), &(answer, by), now, entropy).await?;
        Ok(drift)
    }

    /// The public orders of an account that were read back the longest ago.
    pub async fn to_look_at_again(
        &mut self,
        channel: &ChannelId,
        before: Timestamp,
        most: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let found = sql("SELECT id FROM release_order WHERE channel_id = $1 AND state = 'published'
             AND COALESCE(looked_ms, published_ms) <= $2 ORDER BY COALESCE(looked_ms, published_ms), id LIMIT $3")
        .bind(channel.as_str().to_owned())
        .bind(before.as_millisecond())
        .bind(i64::from(most));
        self.0.rows(found).await?.iter().map(|row| row.read("id", OrderId::parse)).collect()
    }

    /// The public orders of an account that were sent since an instant: they should be among what it shows.
    pub async fn sent_since(
        &mut self,
        channel: &ChannelId,
        since: Timestamp,
    ) -> Result<Vec<OrderId>, StoreError> {
        let found = sql("SELECT id FROM release_order WHERE channel_id = $1 AND state = 'published'
             AND sent_ms > $2 ORDER BY sent_ms DESC, id LIMIT 50")
        .bind(channel.as_str().to_owned())
        .bind(since.as_millisecond());
        self.0.rows(found).await?.iter().map(|row| row.read("id", OrderId::parse)).collect()
    }

    /// A public order was read back now.
    pub async fn read_back_at(&mut self, order: &OrderId, now: Timestamp) -> Result<(), StoreError> {
        let looked = sql("UPDATE release_order SET looked_ms = $1 WHERE id = $2")
            .bind(now.as_millisecond())
            .bind(order.as_str().to_owned());
        self.0.run(looked).await?;
        Ok(())
    }

    /// What is new since the last look and neither ours, nor an old post, nor told before. A date can be made up: what
    /// stands above something that was known is new, whatever it says of itself.
    async fn new_ones(&mut self, look: &Look<'_>, before: &Watch) -> Result<Vec<Seen>, StoreError> {
        let mut unknown = Vec::new();
        let mut last_known = None;
        for (at, post) in look.posts.iter().enumerate() {
            if look.ours.contains(&post.remote) || self.knows(look.channel, &post.remote).await? {
                last_known = Some(at);
            } else if look.not_after.is_none_or(|until| post.published.is_some_and(|at| at < until)) {
                unknown.push((at, post));
            }
        }
        let is_new = |(at, post): &(usize, &Seen)| {
            last_known.is_some_and(|known| *at < known) || post.published.is_none_or(|at| at >= before.begun)
        };
        Ok(unknown.into_iter().filter(is_new).map(|(_, post)| post.clone()).collect())
    }

    async fn knows(&mut self, channel: &ChannelId, remote: &str) -> Result<bool, StoreError> {
        if !Orders(self.0).named(channel, remote).await?.is_empty() {
            return Ok(true);
        }
        let found = sql("SELECT channel_id FROM channel_known WHERE channel_id = $1 AND remote = $2
             UNION ALL SELECT channel_id FROM old_post WHERE channel_id = $1 AND remote = $2
             UNION ALL SELECT channel_id FROM drift WHERE channel_id = $1 AND remote = $2 LIMIT 1")
        .bind(channel.as_str().to_owned())
        .bind(remote.to_owned());
        Ok(self.0.row(found).await?.is_some())
    }

    async fn tell(
        &mut self,
        channel: &ChannelId,
        many: usize,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if many == 0 {
            return Ok(());
        }
        let name = Accounts(self.0).channel(channel).await?.map(|one| one.name).unwrap_or_default();
        let body = format!(
            "Something on {name} is not as we left it: somebody may have used the account beside this program.\n\n\
             See what it is, and what to do:\n{origin}/drift\n"
        );
        Mails(self.0).queue_for_a_look(&body, clock, entropy).await
    }
}
