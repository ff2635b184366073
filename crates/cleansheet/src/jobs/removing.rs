//! Taking down, making sure that it is gone, and sweeping up after what never became public.
//!
//! A network that takes only so many removals is not asked before it takes more. What the program cannot remove becomes a
//! task of a person, and is looked for all the same.

use cleansheet_channels::{ChannelError, Gone, Kind, Rate};
use cleansheet_policy::ReleaseOrder;
use cleansheet_records::{
    accounts::Accounts,
    jobs::{Claimed, Jobs, NO_MORE_YET, backoff},
    old_posts::OldPost,
    orders::{Order, Orders},
    spending::Paid,
    tasks::{Tasks, Thing},
};
use cleansheet_terms::{ChannelId, Timestamp, failpoint};
use jiff::SignedDuration;

use super::{
    outgoing::{UNTIL_CONNECTED, come_again, found, learned, mark},
    worker::RunError,
};
use crate::{app::App, connections::NotConnected};

/// So many tries may find a post whose making nobody saw the end of; then a person looks for it.
const TRIES_TO_FIND: i64 = 3;
/// What is said where a network has no removal by program.
const NO_PROGRAM: &str = "this network lets no program take posts down";

/// So long a take-down may fail without a reason; then a person sees to it, and the program goes on trying.
const ALONE_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What a job takes down, and on which account.
#[derive(Clone, Copy)]
pub(super) struct Going<'a> {
    pub(super) job: &'a Claimed,
    pub(super) thing: Thing<'a>,
    pub(super) channel: &'a ChannelId,
    /// When it was asked for.
    pub(super) asked: Option<Timestamp>,
}

impl<'a> Going<'a> {
    /// The post of an order.
    fn order(job: &'a Claimed, order: &'a Order) -> Self {
        Self { job, thing: Thing::Order(&order.id), channel: &order.channel, asked: order.take_down }
    }

    /// A post from before this program.
    pub(super) fn old(job: &'a Claimed, post: &'a OldPost) -> Self {
        Self { job, thing: Thing::OldPost(&post.id), channel: &post.channel, asked: post.take_down }
    }
}

/// Takes an order's post off its network. Not being there is success.
pub(super) async fn take_down(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let order = Orders(&mut tx).claim_to_take_down(job, &*app.clock).await?;
    tx.commit().await?;
    failpoint("take_down.claimed");
    let Some(order) = order else { return Ok(()) };
    let release = order.release().map_err(RunError::later)?;
    let going = Going::order(job, &order);
    let channel = match app.channel(release.channel()).await {
        Ok(channel) => channel,
        Err(error) => return out_of_reach(app, &going, error).await,
    };
    let can = channel.capabilities();
    if !can.takes_down {
        return by_hand(app, &going, NO_PROGRAM).await;
    }
    let known = match found(app, job, &*channel, &release).await? {
        Ok(_) => learned(app, job, &*channel, &release).await?,
        error => error,
    };
    let trail = match known {
        Ok(trail) => trail,
        Err(error) => return not_taken_down(app, &going, &error, can.take_downs).await,
    };
    let calls = u32::try_from(trail.posts.len().max(1)).unwrap_or(u32::MAX);
    if let Err(until) = may_take_down(app, &going, calls, can.take_downs) {
        return wait_until(app, &going, until).await;
    }
    if let Err(error) = channel.take_down(&release, &trail).await {
        return not_taken_down(app, &going, &error, can.take_downs).await;
    }
    failpoint("take_down.called");
    let mut tx = app.records.begin().await?;
    super::spending::paid(app, &mut tx, &*channel, &order.id, &release, Paid::TakeDown).await?;
    Orders(&mut tx).taken_down(job, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    failpoint("take_down.recorded");
    Ok(())
}

/// Whether the account's network takes so many more removals now; if not, when it does.
pub(super) fn may_take_down(
    app: &App,
    going: &Going<'_>,
    calls: u32,
    rate: Option<Rate>,
) -> Result<(), Timestamp> {
    app.budgets.take(going.channel, Kind::TakeDown, calls, rate, app.clock.now())
}

/// Nobody asks the network before it takes more: neither this job nor any other of the account.
pub(super) async fn wait_until(app: &App, going: &Going<'_>, until: Timestamp) -> Result<(), RunError> {
    let (job, now, because) = (going.job, app.clock.now(), NO_MORE_YET);
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).wait_in_lane(job.work, going.channel, because, until).await?;
    Jobs(&mut tx).retry_later(job, because, until.duration_since(now).max(backoff(1)), now).await?;
    Ok(tx.commit().await?)
}

/// The network did not take it down: it is asked again, when it says, or a person does it.
pub(super) async fn not_taken_down(
    app: &App,
    going: &Going<'_>,
    error: &ChannelError,
    rate: Option<Rate>,
) -> Result<(), RunError> {
    match error {
        ChannelError::RetryLater { after: Some(after), .. } => {
            let now = app.clock.now();
            let until = now.checked_add((*after).max(backoff(1))).unwrap_or(now);
            // Within its published limit it is only a matter of time; else nobody knows what it is.
            if rate.is_none_or(|rate| *after > SignedDuration::from_secs(rate.seconds.into())) {
                not_alone_for_ever(app, going, &error.to_string()).await?;
            }
            app.budgets.is_empty_until(going.channel, Kind::TakeDown, rate, until, now);
            wait_until(app, going, until).await
        }
        ChannelError::Refused(_) | ChannelError::Reconnect(_) | ChannelError::GoneForGood(_) => {
            let mut tx = app.records.begin().await?;
            mark(app, &mut tx, going.job, going.channel.as_str(), error).await?;
            tx.commit().await?;
            by_hand(app, going, &error.to_string()).await
        }
        ChannelError::UnknownOutcome(_) if going.job.attempt >= TRIES_TO_FIND => {
            by_hand(app, going, &error.to_string()).await
        }
        _ => {
            not_alone_for_ever(app, going, &error.to_string()).await?;
            come_again(app, going.job, going.channel, error).await
        }
    }
}

/// What was asked for half an hour ago and is still there gets a person as well, whatever the program goes on trying.
pub(super) async fn not_alone_for_ever(app: &App, going: &Going<'_>, why: &str) -> Result<(), RunError> {
    let now = app.clock.now();
    if going.asked.is_none_or(|asked| now.duration_since(asked) < ALONE_FOR) {
        return Ok(());
    }
    let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    Tasks(&mut tx).by_hand(going.thing, going.channel, why, origin, clock, &mut chance).await?;
    Ok(tx.commit().await?)
}

/// Of an account that nobody has connected, those are told who can take it down by hand or connect it.
pub(super) async fn out_of_reach(app: &App, going: &Going<'_>, error: NotConnected) -> Result<(), RunError> {
    match error {
        NotConnected::Store(error) => return Err(error.into()),
        NotConnected::Never | NotConnected::NoApp(_) => {
            let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
            let mut tx = app.records.begin().await?;
            Accounts(&mut tx).is_out_of_reach(going.channel, origin, clock, &mut chance).await?;
            tx.commit().await?;
        }
        NotConnected::Unknown(_) | NotConnected::Network(_) => {}
    }
    by_hand(app, going, &error.to_string()).await
}

/// A person takes it down. The program goes on trying now and then: an account may be connected again.
async fn by_hand(app: &App, going: &Going<'_>, why: &str) -> Result<(), RunError> {
    let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let new = Tasks(&mut tx).by_hand(going.thing, going.channel, why, origin, clock, &mut chance).await?;
    Jobs(&mut tx).retry_later(going.job, why, UNTIL_CONNECTED, clock.now()).await?;
    tx.commit().await?;
    if new {
        tracing::warn!(job.id = going.job.id.as_str(), "a person has to take a post down");
    }
    Ok(())
}

/// Looks whether a post and its pictures are gone, and says so in the receipts that wait for it. With the last one of an
/// account that was ended, how to sign in there goes as well.
pub(super) async fn confirm_gone(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let order = Orders(&mut tx).claim_to_see_gone(job, &*app.clock).await?;
    tx.commit().await?;
    let Some(order) = order else { return Ok(()) };
    let (release, trail) = (order.release().map_err(RunError::later)?, app.trail(&order.id).await?);
    let channel = match app.channel(release.channel()).await {
        Ok(channel) => channel,
        Err(NotConnected::Store(error)) => return Err(error.into()),
        Err(error) => {
            let error = ChannelError::Refused(error.to_string());
            return unread(app, job, &order, &error).await;
        }
    };
    if let Err(until) = app.budgets.take(&order.channel, Kind::Read, 1, None, app.clock.now()) {
        return wait_until(app, &Going::order(job, &order), until).await;
    }
    let looked = match channel.confirm_gone(&release, &trail).await {
        Ok(looked) => looked,
        Err(error) => return unread(app, job, &order, &error).await,
    };
    failpoint("gone.read");
    match looked {
        Gone::Gone => gone(app, job, &order).await,
        Gone::StillLive { why } => {
            not_alone_for_ever(app, &Going::order(job, &order), &why).await?;
            let mut tx = app.records.begin().await?;
            Orders(&mut tx).still_live(job, &why, &*app.clock, &mut &app.entropy).await?;
            tx.commit().await?;
            failpoint("gone.recorded");
            Ok(())
        }
    }
}

async fn gone(app: &App, job: &Claimed, order: &Order) -> Result<(), RunError> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let trust = &app.settings.profile.trust.name;
    let mut tx = app.records.begin().await?;
    let _looked_again_if_not = Orders(&mut tx).gone(job, trust, clock, &mut chance).await?;
    let forgotten = Accounts(&mut tx).forget_ended(&order.channel, clock, &mut chance).await?;
    tx.commit().await?;
    failpoint("gone.recorded");
    app.give_back(&order.channel, forgotten).await;
    Ok(())
}

/// It cannot be looked for now. Where that stays so, the word counts of whoever took it down by hand.
async fn unread(app: &App, job: &Claimed, order: &Order, error: &ChannelError) -> Result<(), RunError> {
    if stays_unread(error) {
        let mut tx = app.records.begin().await?;
        let counts = Tasks(&mut tx).counts_on_word(Thing::Order(&order.id)).await?;
        tx.commit().await?;
        if counts {
            return gone(app, job, order).await;
        }
    }
    not_alone_for_ever(app, &Going::order(job, order), &error.to_string()).await?;
    come_again(app, job, &order.channel, error).await
}

/// Asking again would change nothing.
pub(super) fn stays_unread(error: &ChannelError) -> bool {
    !matches!(error, ChannelError::RetryLater { .. })
}

/// Takes away what an order that never became public left on its network. The order stays what it was.
pub(super) async fn sweep_up(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let order = Orders(&mut tx).claim_to_sweep(job, &*app.clock).await?;
    tx.commit().await?;
    let Some(order) = order else { return Ok(()) };
    let (release, trail) = (order.release().map_err(RunError::later)?, app.trail(&order.id).await?);
    let left = !(trail.parts.is_empty() && trail.posts.is_empty());
    let done = if left { swept(app, job, &order, &release).await? } else { Ok(()) };
    if let Err(error) = done {
        return come_again(app, job, &order.channel, &error).await;
    }
    let mut tx = app.records.begin().await?;
    Orders(&mut tx).swept(job, &*app.clock, &mut &app.entropy).await?;
    Ok(tx.commit().await?)
}

async fn swept(
    app: &App,
    job: &Claimed,
    order: &Order,
    release: &ReleaseOrder,
) -> Result<Result<(), ChannelError>, RunError> {
    let channel = match app.channel(release.channel()).await {
        Ok(channel) => channel,
        Err(NotConnected::Store(error)) => return Err(error.into()),
        Err(error) => return Ok(Err(ChannelError::Reconnect(error.to_string()))),
    };
    let going = Going::order(job, order);
    if let Err(until) = may_take_down(app, &going, 1, channel.capabilities().take_downs) {
        let after = until.duration_since(app.clock.now()).max(SignedDuration::ZERO);
        let say = NO_MORE_YET.to_owned();
        return Ok(Err(ChannelError::RetryLater { say, after: Some(after) }));
    }
    Ok(channel.take_down(release, &app.trail(&order.id).await?).await)
}
