//! Release orders on their way out and back.
//!
//! ```text
//! queued ──► sending ──► sent ──► published ──► taking_down ──► gone
//!   │          │ ▲                                   ▲
//!   ▼          ▼ │ read back: not there              │ withdrawal, drop, correction, a copy that differs:
//! stopped   uncertain                                └ from sending, uncertain, sent and published alike
//! ```
//!
//! Of `sent` it may turn out that the network does not show it: then it is `uncertain` as well. The way back to `queued` or
//! `stopped` needs a word that nothing of it is out ([`machine::NothingOut`]), and that word is not given while a call that
//! makes a post may still reach the network.
//!
//! `sending` is written and durable before the first byte leaves. Whoever finds an order `sending` or `uncertain` cannot
//! know whether it is public, so it is read back before anything else ([`Claim::ReadBackFirst`]); when that does not settle
//! it, people look and say what is there ([`Orders::answer`]). An order that is taken
//! down while its call is under way is not `gone` before that call's job has ended ([`Orders::gone`]): the reply may be
//! late, and the take-down is then asked for again.
//!
//! Which steps there are is written once, in [`machine`]; a step that is not there does not compile.
//!
//! Every function that takes a [`Claimed`] job makes sure in its transaction that the job is still ours, and finishes or
//! re-queues it. A late worker changes nothing.

mod confirm;
mod down;
mod lent;
mod life;
pub mod machine;
mod remove;
mod send;
mod trail;
mod unsettled;

use cleansheet_policy::{self as policy, Cleared, OrderContent, OrderPicture, Reason, ReleaseOrder};
use cleansheet_terms::{ChannelId, Clock, Date, Digest, Entropy, OrderId, PostId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Claimed, JobError, Jobs, Work},
    ledger_entries::Ledger,
    orders::machine::Step,
    posts::{Post, PostError, Posts, Stage},
};

pub(crate) use down::is_there;
pub use down::{Down, Going};
pub use lent::LENT_FOR;
pub use life::{Ending, EndingPlace, SHOWN_DAYS};
pub use trail::KeptTrail;
pub use unsettled::{Answer, Answered, UnknownAnswer, Unsettled};

/// The release orders in the database. Borrow it from a [`Tx`].
pub struct Orders<'t>(pub &'t mut Tx);

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderState {
    /// Approved; nothing has left.
    Queued,
    /// The call was about to begin, or is under way.
    Sending,
    /// The call ended and nobody knows how.
    Uncertain,
    /// The network took it.
    Sent,
    /// Read back as the public sees it.
    Published,
    /// It never left, and never will.
    Stopped,
    /// It is being taken away.
    TakingDown,
    /// Read back: neither the post nor a picture of it answers.
    Gone,
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of an order")]
pub struct UnknownOrderState(pub String);

impl OrderState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Uncertain,
        Self::Sent,
        Self::Published,
        Self::Stopped,
        Self::TakingDown,
        Self::Gone,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
            Self::Published => "published",
            Self::Stopped => "stopped",
            Self::TakingDown => "taking_down",
            Self::Gone => "gone",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownOrderState> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownOrderState(text.to_owned()))
    }

    /// It is public, or may be.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Sending | Self::Uncertain | Self::Sent | Self::Published)
    }

    /// Something is still to be done with it.
    pub fn is_living(self) -> bool {
        !matches!(self, Self::Stopped | Self::Gone)
    }

    /// Its first byte may have left, and it is not gone yet.
    pub(crate) fn has_left(self) -> bool {
        self.is_live() || self == Self::TakingDown
    }
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// Of which post.
    pub post: PostId,
    /// For which channel.
    pub channel: ChannelId,
    /// Which revision of the post was approved.
    pub revision: i64,
    /// Names the post on the channel; random.
    pub record_key: String,
    /// The hash of what was approved.
    pub hash: Digest,
    /// Where it is.
    pub state: OrderState,
    /// Why it was stopped or is taken down, or what is not certain.
    pub because: Option<String>,
    /// The network's own name for it.
    pub remote: Option<String>,
    /// Where the public sees it.
    pub url: Option<String>,
    /// When it was approved.
    pub queued: Timestamp,
    /// When the last call began.
    pub call_started: Option<Timestamp>,
    /// When people were asked to look whether it is public.
    pub asked: Option<Timestamp>,
    /// When the network took it.
    pub sent: Option<Timestamp>,
    /// When it was first read back.
    pub published: Option<Timestamp>,
    /// When its take-down was asked for.
    pub take_down: Option<Timestamp>,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
    /// The last day on which it is public, in London; known once it is.
    pub ends: Option<Date>,
    payload: String,
}

impl Order {
    /// What was approved; an error when the stored text is not that.
    pub fn release(&self) -> Result<ReleaseOrder, policy::OrderError> {
        ReleaseOrder::from_stored(&self.payload, &self.hash)
    }
}

/// What a worker may do with an order it wants to send.
#[derive(Debug)]
pub enum Claim {
    /// Send it. The intent is written; commit before the first byte.
    Cleared(Cleared),
    /// It may be public already: read it back, then [`Orders::sent`], [`Orders::not_there`] or [`Orders::uncertain`].
    ReadBackFirst(ReleaseOrder),
    /// Publishing is paused; the job comes again.
    Wait,
    /// The facts of this instant forbid it. It never left.
    Stopped(Vec<Reason>),
    /// Nothing is to be sent any more.
    Nothing,
}

/// Why something cannot be done with an order.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// No such order.
    #[error("no order `{0}`")]
    Missing(OrderId),
    /// The step does not fit where the order is.
    #[error("this order is already {}", .0.as_str())]
    WrongState(OrderState),
    /// The author, or somebody who may not approve for this account.
    #[error(
        "somebody who may approve for this account, and did not write the post, has to say what is there"
    )]
    MayNotAnswer,
    /// A worker is reading the network at this moment.
    #[error("we are looking at the network at this moment; load the page again in a minute")]
    BeingLooked,
    /// Another worker has the job.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The stored order is not what was approved.
    #[error(transparent)]
    Changed(#[from] policy::OrderError),
    /// Its post.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, post_id, channel_id, revision, record_key, payload, hash, state, because, remote, url, queued_ms,
                 call_started_ms, asked_ms, sent_ms, published_ms, take_down_ms, gone_ms, ends_day
             FROM release_order ",
            $tail
        )
    };
}
use select;

impl Orders<'_> {
    /// One order.
    pub async fn order(&mut self, id: &OrderId) -> Result<Option<Order>, StoreError> {
        let found = sql(select!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(order).transpose()
    }

    /// The orders of a post, the newest first.
    pub async fn orders_of(&mut self, post: &PostId) -> Result<Vec<Order>, StoreError> {
        let found = sql(select!("WHERE post_id = $1 ORDER BY revision DESC, queued_ms DESC, id DESC"));
        self.0.rows(found.bind(post.as_str().to_owned())).await?.iter().map(order).collect()
    }

    /// The orders that are public or may be, by id, at most `most` of those behind the id `after`.
    pub(crate) async fn live_orders_after(
        &mut self,
        after: &str,
        most: i64,
    ) -> Result<Vec<Order>, StoreError> {
        let found = sql(select!(
            "WHERE id > $1 AND state IN ('sending', 'uncertain', 'sent', 'published') ORDER BY id LIMIT $2"
        ))
        .bind(after.to_owned())
        .bind(most);
        self.0.rows(found).await?.iter().map(order).collect()
    }

    /// The orders of a channel whose first byte may have left and whose names there nobody has written down. One that is
    /// public on somebody's word has none, and one that was taken down before it was ever read back; of a thread each post
    /// has a name.
    pub(crate) async fn without_remote(&mut self, channel: &ChannelId) -> Result<Vec<Order>, StoreError> {
        let found = sql(select!(
            "WHERE channel_id = $1 AND (remote IS NULL OR making = 1 OR payload LIKE '%\"thread\":[%')
                 AND state NOT IN ('queued', 'stopped') ORDER BY id"
        ));
        let rows = self.0.rows(found.bind(channel.as_str().to_owned())).await?;
        let mut without = Vec::new();
        for row in rows {
            let order = order(&row)?;
            let texts = order.release().map_or(usize::MAX, |release| release.texts().len());
            if !self.has_names(&order.id, texts).await? {
                without.push(order);
            }
        }
        Ok(without)
    }

    /// The orders of which a channel knows a post by this name, whichever post of a thread it is.
    pub(crate) async fn named(
        &mut self,
        channel: &ChannelId,
        remote: &str,
    ) -> Result<Vec<Order>, StoreError> {
        let found = sql(select!(
            "WHERE id IN (SELECT o.id FROM release_order o WHERE o.channel_id = $1 AND o.remote = $2
                 UNION SELECT p.order_id FROM order_post p WHERE p.channel_id = $1 AND p.remote = $2) ORDER BY id"
        ))
            .bind(channel.as_str().to_owned())
            .bind(remote.to_owned());
        self.0.rows(found).await?.iter().map(order).collect()
    }

    /// What a post would publish on a channel as it is now; `None` while a copy of a photo is still missing, or a thread is
    /// of other words.
    pub(crate) async fn content(
        &mut self,
        post: &Post,
        channel: &ChannelId,
        record_key: String,
    ) -> Result<Option<OrderContent>, StoreError> {
        let mut pictures = Vec::new();
        for photo in Posts(self.0).photos(&post.id).await? {
            let copies = Posts(self.0).renditions(&photo.id).await?;
            let Some(copy) = copies.into_iter().find(|copy| copy.channel == *channel) else {
                return Ok(None);
            };
            pictures.push(OrderPicture {
                digest: copy.hash,
                alt_text: photo.alt_text,
                width: copy.width,
                height: copy.height,
            });
        }
        let text = Posts(self.0).text_for(post, channel).await?;
        Ok(text.map(|text| OrderContent { text: text.whole, thread: text.thread, pictures, record_key }))
    }

    /// Writes a frozen order down.
    pub(crate) async fn keep(
        &mut self,
        post: &Post,
        release: &ReleaseOrder,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<OrderId, StoreError> {
        let (id, now) = (OrderId::new(clock, entropy), clock.now());
        let insert = sql(
            "INSERT INTO release_order (id, post_id, channel_id, revision, record_key, payload, hash, state,
                 token, queued_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $8)",
        )
        .bind(id.as_str().to_owned())
        .bind(post.id.as_str().to_owned())
        .bind(release.channel().to_owned())
        .bind(post.revision)
        .bind(release.record_key().to_owned())
        .bind(release.to_json())
        .bind(release.hash().to_string())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        let people = sql("INSERT INTO order_person (order_id, participant_id)
             SELECT DISTINCT $1, d.participant_id FROM depiction d JOIN photo p ON p.id = d.photo_id
             WHERE p.post_id = $2 AND p.removed_ms IS NULL AND d.participant_id IS NOT NULL")
        .bind(id.as_str().to_owned())
        .bind(post.id.as_str().to_owned());
        self.0.run(people).await?;
        let payload = (&post.id, post.revision, release.hash());
        Ledger(self.0).append("order.queued", id.as_str(), &payload, now, entropy).await?;
        Ok(id)
    }

    /// The order a job is about, once it is certain that the job is still ours.
    async fn ours(&mut self, job: &Claimed) -> Result<Order, OrderError> {
        Jobs(self.0).still_ours(job).await?;
        let id = OrderId::parse(&job.subject).map_err(|_| StoreError::damaged("subject"))?;
        self.order(&id).await?.ok_or(OrderError::Missing(id))
    }

    /// Takes a step and writes it into the ledger. Nobody else writes meanwhile, so the order is where the step begins.
    async fn take(
        &mut self,
        step: Step<'_>,
        because: Option<&str>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let (order, to, now) = (step.order(), step.target(), clock.now());
        let set = match to {
            OrderState::Queued => {
                "UPDATE release_order
                 SET state = $1, because = $2, call_started_ms = NULL, asked_ms = NULL
                 WHERE id = $4 AND state = $5 AND $3 > 0"
            }
            OrderState::Sending => {
                "UPDATE release_order SET state = $1, because = $2, call_started_ms = $3 WHERE id = $4 AND state = $5"
            }
            OrderState::Uncertain | OrderState::Stopped => {
                "UPDATE release_order SET state = $1, because = $2 WHERE id = $4 AND state = $5 AND $3 > 0"
            }
            OrderState::Sent => {
                "UPDATE release_order SET state = $1, because = $2, sent_ms = $3 WHERE id = $4 AND state = $5"
            }
            OrderState::Published => {
                "UPDATE release_order SET state = $1, because = $2, published_ms = $3 WHERE id = $4 AND state = $5"
            }
            OrderState::TakingDown => {
                "UPDATE release_order
                 SET state = $1, because = $2, take_down_ms = COALESCE(take_down_ms, $3), gone_ms = NULL
                 WHERE id = $4 AND state = $5"
            }
            OrderState::Gone => {
                "UPDATE release_order SET state = $1, because = $2, gone_ms = $3 WHERE id = $4 AND state = $5"
            }
        };
        let set = sql(set)
            .bind(to.as_str())
            .bind(because.map(str::to_owned))
            .bind(now.as_millisecond())
            .bind(order.id.as_str().to_owned())
            .bind(order.state.as_str());
        if self.0.run(set).await? != 1 {
            return Err(StoreError::damaged("release_order.state"));
        }
        if to == OrderState::Published {
            self.give_life(order, now).await?;
        }
        if to == OrderState::Stopped && self.trail(&order.id).await?.text.is_some() {
            Jobs(self.0).enqueue(Work::SweepUp, order.id.as_str(), now, clock, entropy).await?;
        }
        let kind = format!("order.{}", to.as_str());
        let payload = (order.state.as_str(), because, order.hash);
        Ledger(self.0).append(&kind, order.id.as_str(), &payload, now, entropy).await?;
        Ok(())
    }

    /// A post of which nothing is public or on its way any more is stopped: its author may change it and send it again.
    async fn settle(
        &mut self,
        post: &PostId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let post = Posts(self.0).known(post).await?;
        if post.stage != Stage::Approved {
            return Ok(());
        }
        if self.orders_of(&post.id).await?.iter().any(|order| order.state.is_living()) {
            return Ok(());
        }
        Posts(self.0).void_approvals(&post.id, clock.now()).await?;
        Ok(Posts(self.0).advance(&post, Stage::Stopped, clock, entropy).await?)
    }
}

fn order(row: &AnyRow) -> Result<Order, StoreError> {
    Ok(Order {
        id: row.read("id", OrderId::parse)?,
        post: row.read("post_id", PostId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        revision: row.number("revision")?,
        record_key: row.text("record_key")?,
        hash: row.read("hash", Digest::parse)?,
        state: row.read("state", OrderState::parse)?,
        because: row.maybe_text("because")?,
        remote: row.maybe_text("remote")?,
        url: row.maybe_text("url")?,
        queued: row.instant("queued_ms")?,
        call_started: row.maybe_instant("call_started_ms")?,
        asked: row.maybe_instant("asked_ms")?,
        sent: row.maybe_instant("sent_ms")?,
        published: row.maybe_instant("published_ms")?,
        take_down: row.maybe_instant("take_down_ms")?,
        gone: row.maybe_instant("gone_ms")?,
        ends: row.maybe_day("ends_day")?,
        payload: row.text("payload")?,
    })
}
