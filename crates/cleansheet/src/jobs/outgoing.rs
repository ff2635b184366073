//! Publishing: what the network is asked, and what of it is recorded, in which order.
//!
//! Claiming an order decides again and writes the intent in one transaction, before the first byte leaves. Whatever
//! the network answers is recorded in another, which the job's token fences. A crash between the two leaves an order
//! that is read back before anything is sent again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cleansheet_channels::{Answer, Channel, ChannelError, Kind, Seen, Sent, Trail, TrailKeeper, With};
use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_records::{
    Tx,
    accounts::Accounts,
    jobs::{Claimed, Jobs, backoff},
    orders::{Claim, OrderError, OrderState, Orders, Unsettled},
    spending::Paid,
};
use cleansheet_terms::{ChannelId, OrderId, Timestamp, failpoint};
use jiff::SignedDuration;

use super::worker::RunError;
use crate::{app::App, connections::NotConnected, lending::Renditions, outside::arrives_within};

/// How long an order waits for its account to be connected again; connecting it calls the job at once.
pub(super) const UNTIL_CONNECTED: SignedDuration = SignedDuration::from_hours(1);

/// How soon to look again whether the take-downs of an account have been asked for.
const BEHIND_TAKE_DOWNS: SignedDuration = SignedDuration::from_secs(2);

/// So many posts are listed at most where one is looked for by what it shows.
const LISTED_TO_FIND: usize = 20;

/// How old the last look at the token may be when the call begins.
const FRESH: Duration = Duration::from_secs(1);

impl From<OrderError> for RunError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Job(error) => error.into(),
            OrderError::Store(error) => Self::Store(error),
            error => Self::later(error),
        }
    }
}

impl From<NotConnected> for RunError {
    fn from(error: NotConnected) -> Self {
        match error {
            NotConnected::Store(error) => Self::Store(error),
            error => Self::later(error),
        }
    }
}

/// Keeps what a channel leaves on its network, as long as the job is ours.
struct Keeper<'a> {
    app: &'a App,
    job: &'a Claimed,
}

impl Keeper<'_> {
    /// Until when a call that begins now may reach its network.
    fn arrives(&self) -> Timestamp {
        let now = self.app.clock.now();
        now.checked_add(arrives_within()).unwrap_or(now)
    }
}

impl TrailKeeper for Keeper<'_> {
    fn keep<'a>(&'a self, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async {
            let text = serde_json::to_string(trail).map_err(ChannelError::later)?;
            let mut tx = self.app.records.begin().await.map_err(ChannelError::later)?;
            let making = trail.making.then(|| self.arrives());
            let kept = Orders(&mut tx).keep_trail(self.job, &text, &trail.posts, making).await;
            kept.map_err(ChannelError::later)?;
            tx.commit().await.map_err(ChannelError::later)?;
            failpoint("publish.trail");
            Ok(())
        })
    }

    fn begins(&self) -> Answer<'_, ()> {
        Box::pin(async {
            let mut tx = self.app.records.begin().await.map_err(ChannelError::later)?;
            Orders(&mut tx).begins(self.job, self.arrives()).await.map_err(ChannelError::later)?;
            tx.commit().await.map_err(ChannelError::later)
        })
    }
}

/// What is known of an order on its network, with the name of a post of which nobody has read the answer. It is kept
/// before anything is done about it.
pub(super) async fn found(
    app: &App,
    job: &Claimed,
    channel: &dyn Channel,
    release: &ReleaseOrder,
) -> Result<Result<Trail, ChannelError>, RunError> {
    let before = app.trail(&order_of(job)?).await?;
    if !before.making {
        return Ok(Ok(before));
    }
    if let Ok(id) = ChannelId::parse(release.channel()) {
        // What it lists to find one is paid for, whatever comes of it.
        super::spending::looked(app, channel, &id, LISTED_TO_FIND).await?;
    }
    let found = match channel.found(release, &before).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Ok(before)),
        Err(error) => return Ok(Err(error)),
    };
    let text = |trail: &Trail| serde_json::to_string(trail).map_err(RunError::later);
    let (was, is) = (text(&before)?, text(&found)?);
    let mut tx = app.records.begin().await?;
    let kept = Orders(&mut tx).keep_found(job, &was, &is, &found.posts, false).await?;
    tx.commit().await?;
    Ok(if kept {
        Ok(found)
    } else {
        Err(ChannelError::later("the call that publishes it has answered just now"))
    })
}

/// So many tries may fail to learn what only a post that is there tells; then it is removed without.
const TRIES_TO_LEARN: i64 = 2;

/// What is known of an order on its network, with what the network tells only while its post is there. It is kept before
/// the post is removed: without it nobody could look whether the pictures are gone.
pub(super) async fn learned(
    app: &App,
    job: &Claimed,
    channel: &dyn Channel,
    release: &ReleaseOrder,
) -> Result<Result<Trail, ChannelError>, RunError> {
    let id = order_of(job)?;
    let before = app.trail(&id).await?;
    let learned = match channel.learned(release, &before).await {
        Ok(Some(learned)) => learned,
        Err(error @ ChannelError::RetryLater { after: None, .. }) if job.attempt <= TRIES_TO_LEARN => {
            return Ok(Err(error));
        }
        _ => return Ok(Ok(before)),
    };
    let mut tx = app.records.begin().await?;
    let now = Orders(&mut tx).trail(&id).await?;
    let was = now.text.unwrap_or_default();
    let same =
        serde_json::from_str(&was).is_ok_and(|was: Trail| Trail { making: now.making, ..was } == before);
    let is = serde_json::to_string(&learned).map_err(RunError::later)?;
    let kept = same && Orders(&mut tx).keep_found(job, &was, &is, &learned.posts, learned.making).await?;
    tx.commit().await?;
    Ok(if kept {
        Ok(learned)
    } else {
        Err(ChannelError::later("the call that publishes it has answered just now"))
    })
}

/// Sends an order, once: what may be public already is read back first.
pub(super) async fn publish(app: &App, job: &Claimed) -> Result<(), RunError> {
    let began = Instant::now();
    if let Some((because, until)) = waits(app, job).await? {
        let (mut tx, now) = (app.records.begin().await?, app.clock.now());
        Jobs(&mut tx).retry_later(job, &because, until.duration_since(now), now).await?;
        return Ok(tx.commit().await?);
    }
    let mut tx = app.records.begin().await?;
    let claim = Orders(&mut tx).claim_to_send(job, &app.rules(), &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    failpoint("publish.claimed");
    match claim {
        Claim::Cleared(cleared) => send(app, job, &cleared, began).await,
        Claim::ReadBackFirst(order) => read_back(app, job, &order).await,
        Claim::Wait | Claim::Stopped(_) | Claim::Nothing => Ok(()),
    }
}

/// Why an order of which nothing has left is not sent now, and until when: take-downs of its account come first, and a
/// network that takes no more posts is not asked.
async fn waits(app: &App, job: &Claimed) -> Result<Option<(String, Timestamp)>, RunError> {
    let (id, now) = (order_of(job)?, app.clock.now());
    let mut tx = app.records.read().await?;
    let Some(order) = Orders(&mut tx).order(&id).await? else { return Ok(None) };
    if order.state != OrderState::Queued {
        return Ok(None);
    }
    let (waiting, due) = Jobs(&mut tx).take_downs_in(&order.channel, now).await?;
    let network = Accounts(&mut tx).channel(&order.channel).await?.map(|one| one.network);
    drop(tx);
    let soon = now.checked_add(BEHIND_TAKE_DOWNS).unwrap_or(now);
    if due > 0 || !app.budgets.leaves_room(&order.channel, waiting, now) {
        return Ok(Some(("what has to be taken down there goes first".to_owned(), soon)));
    }
    let rate = network.and_then(cleansheet_channels::capabilities).and_then(|can| can.posts);
    let Some(count) = app.budgets.count(&order.channel, Kind::Publish, rate, now) else { return Ok(None) };
    let texts = order.release().map_or(1, |release| posts(release.texts().len()));
    let full = count.left < texts.min(count.limit);
    let say = || format!("the network takes {} posts in a while, and has had them", count.limit);
    Ok(full.then(|| (say(), count.resets)))
}

/// How many calls so many posts take.
fn posts(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX).max(1)
}

/// - `began`: when the claim began that cleared it.
async fn send(app: &App, job: &Claimed, cleared: &Cleared, began: Instant) -> Result<(), RunError> {
    let channel = match app.channel(cleared.order().channel()).await {
        Ok(channel) => channel,
        Err(NotConnected::Store(error)) => return Err(error.into()),
        Err(error @ (NotConnected::Never | NotConnected::NoApp(_))) => {
            let mut tx = app.records.begin().await?;
            let (words, wait) = (error.to_string(), Some(UNTIL_CONNECTED));
            Orders(&mut tx).retry_later(job, &words, wait, &*app.clock, &mut &app.entropy).await?;
            return Ok(tx.commit().await?);
        }
        Err(error @ (NotConnected::Unknown(_) | NotConnected::Network(_))) => {
            return stop(app, job, &error.to_string()).await;
        }
    };
    if began.elapsed() > FRESH {
        // A process that stood still since its claim may have lost the job to another, which has read back by now.
        Jobs(&mut app.records.read().await?).still_ours(job).await?;
    }
    let id = order_of(job)?;
    if !super::spending::may_publish(app, job, &*channel, cleared.order()).await? {
        return Ok(());
    }
    let (trail, keeper) = (app.trail(&id).await?, Keeper { app, job });
    let with = With { pictures: &Renditions { app, order: &id }, trail: &trail, keeper: &keeper };
    spend(app, cleared.order(), &*channel);
    let answer = channel.publish(cleared, with).await;
    failpoint("publish.sent");
    let because = match answer {
        Ok(sent) => return record_sent(app, job, &sent).await,
        Err(error) => error,
    };
    let begun = !app.trail(&id).await?.posts.is_empty();
    let mut tx = app.records.begin().await?;
    mark(app, &mut tx, job, cleared.order().channel(), &because).await?;
    if !begun && !matches!(because, ChannelError::UnknownOutcome(_)) {
        super::spending::did_not_publish(app, &mut tx, cleared.order().channel(), &id).await?;
    }
    let mut orders = Orders(&mut tx);
    let (clock, mut chance, words) = (&*app.clock, &app.entropy, because.to_string());
    match because {
        ChannelError::UnknownOutcome(_) => orders.uncertain(job, &words, clock, &mut chance).await?,
        ChannelError::RetryLater { after, .. } => {
            orders.retry_later(job, &words, after, clock, &mut chance).await?;
        }
        ChannelError::Reconnect(_) => {
            orders.retry_later(job, &words, Some(UNTIL_CONNECTED), clock, &mut chance).await?;
        }
        ChannelError::ChangePost(_) | ChannelError::Refused(_) | ChannelError::GoneForGood(_) => {
            orders.stopped(job, &words, clock, &mut chance).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Counts the posts of an order as sent; what the network says takes the place of it.
fn spend(app: &App, order: &ReleaseOrder, channel: &dyn Channel) {
    let Ok(id) = ChannelId::parse(order.channel()) else { return };
    let calls = posts(order.texts().len());
    let _looked_before =
        app.budgets.take(&id, Kind::Publish, calls, channel.capabilities().posts, app.clock.now());
}

/// An earlier try may have got through, so the network is looked at before anything is sent.
async fn read_back(app: &App, job: &Claimed, order: &ReleaseOrder) -> Result<(), RunError> {
    let channel = match connected(app, order.channel()).await {
        Ok(channel) => channel,
        Err(RunError::Later(why)) => return unsettled(app, job, Unsettled::Silent(&why)).await,
        Err(error) => return Err(error),
    };
    let seen = match found(app, job, &*channel, order).await? {
        Ok(trail) => channel.confirm(order, &trail).await,
        Err(error) => Err(error),
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            let mut tx = app.records.begin().await?;
            mark(app, &mut tx, job, order.channel(), &error).await?;
            tx.commit().await?;
            return unsettled(app, job, Unsettled::Silent(&error.to_string())).await;
        }
    };
    match seen {
        Seen::AsApproved(sent) => record_sent(app, job, &sent).await,
        Seen::Different { what } => unsettled(app, job, Unsettled::Differs(&what)).await,
        // It was there once: whether it is sent again is for people to say.
        Seen::Absent if was_named(app, job).await? => unsettled(app, job, Unsettled::NotShown).await,
        seen @ (Seen::Absent | Seen::Partly { .. }) => {
            let began = Instant::now();
            let mut tx = app.records.begin().await?;
            let (clock, mut chance) = (&*app.clock, &app.entropy);
            let claim = match seen {
                Seen::Partly { .. } => Orders(&mut tx).goes_on(job, &app.rules(), clock, &mut chance).await?,
                _ => Orders(&mut tx).not_there(job, &app.rules(), clock, &mut chance).await?,
            };
            tx.commit().await?;
            match claim {
                Claim::Cleared(cleared) => send(app, job, &cleared, began).await,
                Claim::ReadBackFirst(_) | Claim::Wait | Claim::Stopped(_) | Claim::Nothing => Ok(()),
            }
        }
    }
}

/// Whether the network has named a post of the order: then it took it.
async fn was_named(app: &App, job: &Claimed) -> Result<bool, RunError> {
    let (id, mut tx) = (order_of(job)?, app.records.read().await?);
    let order = Orders(&mut tx).order(&id).await?;
    Ok(order.is_some_and(|order| order.remote.is_some()) || Orders(&mut tx).trail(&id).await?.named)
}

/// The order a job is about.
pub(super) fn order_of(job: &Claimed) -> Result<OrderId, RunError> {
    OrderId::parse(&job.subject).map_err(RunError::later)
}

/// Reading back did not settle it: it is read back again, and after a while people look.
async fn unsettled(app: &App, job: &Claimed, why: Unsettled<'_>) -> Result<(), RunError> {
    let origin = &app.settings.public_url;
    let mut tx = app.records.begin().await?;
    Orders(&mut tx).unsettled(job, why, origin, &*app.clock, &mut &app.entropy).await?;
    Ok(tx.commit().await?)
}

async fn record_sent(app: &App, job: &Claimed, sent: &Sent) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    Orders(&mut tx).sent(job, &sent.remote, &sent.url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    failpoint("publish.recorded");
    Ok(())
}

async fn stop(app: &App, job: &Claimed, because: &str) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    Orders(&mut tx).stopped(job, because, &*app.clock, &mut &app.entropy).await?;
    Ok(tx.commit().await?)
}

/// Reads a post back from where the public sees it.
pub(super) async fn confirm_published(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let order = Orders(&mut tx).claim_to_confirm(job, &*app.clock).await?;
    tx.commit().await?;
    let Some(order) = order else { return Ok(()) };
    let release = order.release().map_err(RunError::later)?;
    let trail = app.trail(&order.id).await?;
    let channel = connected(app, release.channel()).await?;
    let seen = match channel.confirm(&release, &trail).await {
        Ok(seen) => seen,
        Err(error) => return come_again(app, job, &order.channel, &error).await,
    };
    if let Seen::AsApproved(_) = &seen {
        let _asked_again_when_it_is_taken_down = learned(app, job, &*channel, &release).await?;
    }
    failpoint("confirm.read");
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    super::spending::paid(app, &mut tx, &*channel, &order.id, &release, Paid::Read).await?;
    match seen {
        Seen::AsApproved(sent) => {
            Orders(&mut tx).confirmed(job, &sent.remote, &sent.url, clock, &mut chance).await?;
        }
        Seen::Different { what } => Orders(&mut tx).differs(job, &what, clock, &mut chance).await?,
        Seen::Partly { posts } => {
            let what = format!("only {posts} posts of the thread are there");
            Orders(&mut tx).differs(job, &what, clock, &mut chance).await?;
        }
        Seen::Absent => {
            Orders(&mut tx).not_shown(job, &app.settings.public_url, clock, &mut chance).await?;
        }
    }
    tx.commit().await?;
    failpoint("confirm.recorded");
    Ok(())
}

/// Gives the job back: for as long as the network asks, or until its account is connected again.
pub(super) async fn come_again(
    app: &App,
    job: &Claimed,
    channel: &ChannelId,
    error: &ChannelError,
) -> Result<(), RunError> {
    let wait = wait(job, error);
    tracing::warn!(job.id = job.id.as_str(), work = job.work.as_str(), error = %error, "the network could not be asked");
    let mut tx = app.records.begin().await?;
    mark(app, &mut tx, job, channel.as_str(), error).await?;
    Jobs(&mut tx).retry_later(job, &error.to_string(), wait, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Takes down what has been public for as long as it may.
pub(super) async fn end_publications(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let ended = Orders(&mut tx).end_what_is_over(job, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    if ended > 0 {
        tracing::info!(ended, "publications whose time is over are taken down");
    }
    Ok(())
}

/// As long as the network asks, until its account is connected again, or longer each time.
pub(super) fn wait(job: &Claimed, error: &ChannelError) -> SignedDuration {
    match error {
        ChannelError::RetryLater { after: Some(after), .. } => (*after).max(backoff(1)),
        ChannelError::Reconnect(_) | ChannelError::GoneForGood(_) => UNTIL_CONNECTED,
        _ => backoff(job.attempt),
    }
}

/// Marks an account that the network no longer takes, and tells the Manager, once.
pub(super) async fn mark(
    app: &App,
    tx: &mut Tx,
    job: &Claimed,
    channel: &str,
    error: &ChannelError,
) -> Result<(), RunError> {
    let Ok(id) = ChannelId::parse(channel) else { return Ok(()) };
    let asked = job.lease_ends.checked_sub(super::worker::LEASE).unwrap_or(job.lease_ends);
    Ok(app.mark_in(tx, &id, asked, error).await?)
}

pub(super) async fn connected(app: &App, channel: &str) -> Result<Arc<dyn Channel>, RunError> {
    app.channel(channel).await.map_err(RunError::from)
}
