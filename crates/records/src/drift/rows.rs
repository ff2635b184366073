//! Reports and looks as rows.

use cleansheet_terms::{ChannelId, Clock, DriftId, Entropy, Network, OrderId, PersonId, PostId, Timestamp};
use sqlx::any::AnyRow;

use super::{Drifts, Look, Watch};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// What is not as we left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A post that nobody sent from here.
    Post,
    /// The account presents itself differently.
    Profile,
    /// A post of ours is gone.
    Gone,
    /// A post of ours differs from what was approved.
    Changed,
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of report")]
pub(super) struct UnknownKind(String);

impl Kind {
    const ALL: [Self; 4] = [Self::Post, Self::Profile, Self::Gone, Self::Changed];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Profile => "profile",
            Self::Gone => "gone",
            Self::Changed => "changed",
        }
    }

    fn parse(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The report.
    pub id: DriftId,
    /// On which account.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Its network.
    pub network: Network,
    /// What it is.
    pub kind: Kind,
    /// The network's own name for the post; empty for a profile.
    pub remote: String,
    /// Where the public sees it.
    pub url: Option<String>,
    /// The order of ours.
    pub order: Option<OrderId>,
    /// Its post.
    pub post: Option<PostId>,
    /// In one sentence.
    pub what: String,
    /// When it was seen.
    pub seen: Timestamp,
    /// Who answered it, when, and with what.
    pub closed: Option<(PersonId, Timestamp, String)>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT d.id, d.channel_id, c.name, c.network, d.kind, d.remote, d.url, d.order_id, o.post_id, d.what,
                 d.seen_ms, d.closed_by, d.closed_ms, d.answer
             FROM drift d JOIN channel c ON c.id = d.channel_id LEFT JOIN release_order o ON o.id = d.order_id ",
            $tail
        )
    };
}

impl Drifts<'_> {
    /// One report.
    pub async fn drift(&mut self, id: &DriftId) -> Result<Option<Drift>, StoreError> {
        let found = sql(select!("WHERE d.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(drift).transpose()
    }

    /// Every report, those that nobody has answered first, and of either the newest first.
    pub async fn all(&mut self) -> Result<Vec<Drift>, StoreError> {
        let found = sql(select!(
            "ORDER BY CASE WHEN d.closed_ms IS NULL THEN 0 ELSE 1 END, d.seen_ms DESC, d.id DESC LIMIT 2000"
        ));
        self.0.rows(found).await?.iter().map(drift).collect()
    }

    /// Those that nobody has answered, the oldest first.
    pub async fn open(&mut self) -> Result<Vec<Drift>, StoreError> {
        let found = sql(select!("WHERE d.closed_ms IS NULL ORDER BY d.seen_ms, d.id LIMIT 50"));
        self.0.rows(found).await?.iter().map(drift).collect()
    }

    /// How far an account is watched; `None` before the first look.
    pub async fn watch(&mut self, channel: &ChannelId) -> Result<Option<Watch>, StoreError> {
        let found =
            sql("SELECT begun_ms, looked_ms, newest, profile FROM channel_watch WHERE channel_id = $1");
        let Some(row) = self.0.row(found.bind(channel.as_str().to_owned())).await? else { return Ok(None) };
        Ok(Some(Watch {
            begun: row.instant("begun_ms")?,
            looked: row.instant("looked_ms")?,
            newest: row.maybe_text("newest")?,
            profile: row.maybe_text("profile")?,
        }))
    }

    /// The first look: what stands there now was there before us.
    pub(super) async fn begin(&mut self, look: &Look<'_>, now: Timestamp) -> Result<(), StoreError> {
        let begin = sql("INSERT INTO channel_watch (channel_id, begun_ms, looked_ms, newest, profile)
             VALUES ($1, $2, $2, $3, $4)")
        .bind(look.channel.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(look.newest.map(str::to_owned))
        .bind(look.profile.map(str::to_owned));
        self.0.run(begin).await?;
        for post in look.posts {
            let known = sql("INSERT INTO channel_known (channel_id, remote) VALUES ($1, $2)
                 ON CONFLICT (channel_id, remote) DO NOTHING")
            .bind(look.channel.as_str().to_owned())
            .bind(post.remote.clone());
            self.0.run(known).await?;
        }
        Ok(())
    }

    pub(super) async fn keep(
        &mut self,
        channel: &ChannelId,
        newest: Option<&str>,
        profile: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let keep =
            sql("UPDATE channel_watch SET looked_ms = $1, newest = $2, profile = COALESCE($3, profile)
             WHERE channel_id = $4")
            .bind(now.as_millisecond())
            .bind(newest.map(str::to_owned))
            .bind(profile.map(str::to_owned))
            .bind(channel.as_str().to_owned());
        self.0.run(keep).await?;
        Ok(())
    }

    /// - `what`: what it is, and in one sentence.
    /// - `name`: the network's own name for it, and where the public sees it.
    pub(super) async fn report(
        &mut self,
        channel: &ChannelId,
        (kind, what): (Kind, &str),
        (remote, url): (&str, Option<&str>),
        order: Option<&OrderId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DriftId, StoreError> {
        let (id, now) = (DriftId::new(clock, entropy), clock.now());
        let insert = sql("INSERT INTO drift (id, channel_id, kind, remote, url, order_id, what, seen_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(id.as_str().to_owned())
        .bind(channel.as_str().to_owned())
        .bind(kind.as_str())
        .bind(remote.to_owned())
        .bind(url.map(str::to_owned))
        .bind(order.map(|order| order.as_str().to_owned()))
        .bind(what.to_owned())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("drift.seen", id.as_str(), &(channel, kind.as_str()), now, entropy).await?;
        Ok(id)
    }
}

fn drift(row: &AnyRow) -> Result<Drift, StoreError> {
    let closed = row.maybe_read("closed_by", PersonId::parse)?.zip(row.maybe_instant("closed_ms")?);
    let answer = row.maybe_text("answer")?.unwrap_or_default();
    Ok(Drift {
        id: row.read("id", DriftId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("name")?,
        network: row.read("network", Network::parse)?,
        kind: row.read("kind", Kind::parse)?,
        remote: row.text("remote")?,
        url: row.maybe_text("url")?,
        order: row.maybe_read("order_id", OrderId::parse)?,
        post: row.maybe_read("post_id", PostId::parse)?,
        what: row.text("what")?,
        seen: row.instant("seen_ms")?,
        closed: closed.map(|(by, at)| (by, at, answer)),
    })
}
