//! Watching the accounts: what each shows now, beside what the ledger knows.
//!
//! Every look reads the newest posts and the profile. Public orders are read back in turn, a few at each look, so that
//! nobody's limits are used up by it; those that should be among the newest and are not come first.

use std::collections::BTreeSet;

use cleansheet_channels::{
    Channel, ChannelError, Gone, Kind as Call, Profile, Seen as ReadBack, Trail, Watched,
};
use cleansheet_records::{
    accounts::Accounts,
    drift::{Drifts, Kind, Look, Seen},
    jobs::{Claimed, Jobs, Work},
    old_posts::OldPosts,
    orders::{Order, OrderState, Orders},
    spending::Paid,
};
use cleansheet_terms::{ChannelId, OrderId, Timestamp};
use jiff::SignedDuration;

use super::{outgoing::mark, worker::RunError};
use crate::app::App;

/// How often an account is looked at. A report is due within a quarter of an hour: one look may fail.
const EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A public order is read back this often at most.
const AGAIN: SignedDuration = SignedDuration::from_mins(9);
/// The same where each reading costs money.
const AGAIN_FOR_MONEY: SignedDuration = SignedDuration::from_hours(24);
/// How many orders are read back at one look.
const MOST: u32 = 10;
/// How long a call that makes a post may take.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(5);

/// Looks at one account, and again in a while.
pub(super) async fn watch(app: &App, job: &Claimed) -> Result<(), RunError> {
    let (id, now) = (ChannelId::parse(&job.subject).map_err(RunError::later)?, app.clock.now());
    let mut tx = app.records.read().await?;
    let account = Accounts(&mut tx).channel(&id).await?;
    // One that was ended is looked at until everything of ours is down.
    let watched = match &account {
        Some(account) => Accounts(&mut tx).still_signs_in(account).await?,
        None => false,
    };
    drop(tx);
    let mut looked = !watched;
    if watched {
        looked = match look(app, job, &id).await {
            Ok(looked) => looked,
            Err(RunError::Later(why)) => {
                tracing::warn!(job.id = job.id.as_str(), why, "an account could not be looked at");
                false
            }
            Err(error) => return Err(error),
        };
    }
    let mut tx = app.records.begin().await?;
    if !looked {
        let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
        Drifts(&mut tx).could_not_look(&id, origin, clock, &mut chance).await?;
    }
    Jobs(&mut tx).finish(job, app.clock.now()).await?;
    if watched {
        let next = now.checked_add(EVERY).unwrap_or(now);
        Jobs(&mut tx).enqueue(Work::Watch, &job.subject, next, &*app.clock, &mut &app.entropy).await?;
    }
    Ok(tx.commit().await?)
}

/// Says whether the account could be looked at.
async fn look(app: &App, job: &Claimed, id: &ChannelId) -> Result<bool, RunError> {
    // Nobody has connected it: there is nothing of ours to watch it with.
    let Ok(channel) = app.channel(id.as_str()).await else { return Ok(false) };
    if app.budgets.take(id, Call::Read, 1, None, app.clock.now()).is_err() {
        return Ok(false);
    }
    let before = Drifts(&mut app.records.read().await?).watch(id).await?;
    let since = before.as_ref().and_then(|watch| watch.newest.as_deref());
    let watched = match channel.watch(since).await {
        Ok(watched) => watched,
        Err(error) => {
            let mut tx = app.records.begin().await?;
            mark(app, &mut tx, job, id.as_str(), &error).await?;
            tx.commit().await?;
            return Err(RunError::later(error));
        }
    };
    super::spending::looked(app, &*channel, id, watched.posts.len()).await?;
    came_back(app, id, &*channel, &watched).await?;
    let was = before.and_then(|watch| watch.profile);
    compare(app, id, &*channel, &watched, was.as_deref()).await?;
    for order in to_read_back(app, id, &*channel, &watched).await? {
        read_back(app, &*channel, &order).await?;
    }
    Ok(true)
}

/// Takes down again what was seen to be gone and is shown again. Lists may lag behind, so each is looked for itself.
async fn came_back(
    app: &App,
    id: &ChannelId,
    channel: &dyn Channel,
    watched: &Watched,
) -> Result<(), RunError> {
    let shown: Vec<&str> = watched.posts.iter().map(|post| post.remote.as_str()).collect();
    let gone = Drifts(&mut app.records.read().await?).gone_among(id, &shown).await?;
    for order in gone {
        let (release, trail) = (order.release().map_err(RunError::later)?, app.trail(&order.id).await?);
        let Ok(Gone::StillLive { .. }) = channel.confirm_gone(&release, &trail).await else { continue };
        let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
        let mut tx = app.records.begin().await?;
        Drifts(&mut tx).came_back(&order.id, origin, clock, &mut chance).await?;
        tx.commit().await?;
        tracing::warn!(channel.id = id.as_str(), "an account shows again what was gone");
        app.wake.all();
    }
    Ok(())
}

/// - `was`: how it presented itself at the look before.
async fn compare(
    app: &App,
    id: &ChannelId,
    channel: &dyn Channel,
    watched: &Watched,
    was: Option<&str>,
) -> Result<(), RunError> {
    let (ours, not_after) = unnamed(app, id, channel).await?;
    let seen = watched.posts.iter();
    let posts: Vec<Seen> = seen
        .map(|one| Seen { remote: one.remote.clone(), url: one.url.clone(), published: one.published })
        .collect();
    let profile = watched.profile.as_ref().and_then(|profile| serde_json::to_string(profile).ok());
    let was = was.and_then(|was| serde_json::from_str::<Profile>(was).ok());
    let changed =
        was.zip(watched.profile.as_ref()).map(|(was, is)| differences(&was, is)).unwrap_or_default();
    let look = Look {
        channel: id,
        posts: &posts,
        newest: watched.newest.as_deref(),
        profile: profile.as_deref(),
        changed: &changed,
        ours: &ours,
        not_after,
    };
    let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let new = Drifts(&mut tx).looked(&look, origin, clock, &mut chance).await?;
    tx.commit().await?;
    if new > 0 {
        tracing::warn!(channel.id = id.as_str(), new, "an account shows what nobody sent from here");
        app.wake.all();
    }
    Ok(())
}

fn differences(was: &Profile, is: &Profile) -> Vec<&'static str> {
    let parts = [
        (was.name != is.name, "its name"),
        (was.about != is.about, "what it says of itself"),
        (was.picture != is.picture, "its picture"),
    ];
    parts.into_iter().filter_map(|(differs, what)| differs.then_some(what)).collect()
}

/// The names of what orders made whose names are not written down, and from when on a post may be one that is on its way.
async fn unnamed(
    app: &App,
    id: &ChannelId,
    channel: &dyn Channel,
) -> Result<(BTreeSet<String>, Option<Timestamp>), RunError> {
    let (mut names, mut not_after) = (BTreeSet::new(), None);
    let orders = OldPosts(&mut app.records.read().await?).orders_without_name(id).await?;
    for order in orders {
        let Ok(release) = order.release() else { continue };
        if let Some(name) = channel.old_posts().and_then(|lists| lists.name_of(&release)) {
            names.insert(name);
            continue;
        }
        let Some(began) = order.call_started.filter(|_| order.state != OrderState::Gone) else { continue };
        if app.clock.now().duration_since(began) < ON_ITS_WAY {
            let from = began.checked_sub(SignedDuration::from_mins(1)).unwrap_or(began);
            not_after = Some(not_after.map_or(from, |earlier: Timestamp| earlier.min(from)));
            continue;
        }
        // Somebody may be asked about it already, or has said that it is there; what it is called there is no stranger's.
        let trail = app.trail(&order.id).await?;
        if !trail.making {
            if let Ok(Some(copy)) = channel.look(&release, &trail).await {
                names.insert(copy.sent.remote);
            }
        } else if let Ok(Some(found)) = channel.found(&release, &trail).await {
            keep_name(app, &order, &trail, &found).await?;
            names.extend(found.posts);
        }
    }
    Ok((names, not_after))
}

/// Keeps the name of a post that nobody read the answer of: later it may stand behind a hundred others.
async fn keep_name(app: &App, order: &Order, before: &Trail, found: &Trail) -> Result<(), RunError> {
    let text = |trail: &Trail| serde_json::to_string(trail).map_err(RunError::later);
    let (was, is) = (text(before)?, text(found)?);
    let mut tx = app.records.begin().await?;
    // A call that has answered meanwhile knows better.
    let _kept = Orders(&mut tx).keep_found_of(order, &was, &is, &found.posts, false).await?;
    Ok(tx.commit().await?)
}

/// Public orders that should be among the newest and are not, then those that were read back the longest ago.
async fn to_read_back(
    app: &App,
    id: &ChannelId,
    channel: &dyn Channel,
    watched: &Watched,
) -> Result<Vec<Order>, RunError> {
    let (now, costs) = (app.clock.now(), channel.capabilities().price.is_some());
    let (most, again) = if costs { (1, AGAIN_FOR_MONEY) } else { (MOST, AGAIN) };
    let mut tx = app.records.read().await?;
    let mut ids: Vec<OrderId> = Vec::new();
    if let Some(oldest) = watched.posts.iter().filter_map(|post| post.published).min() {
        for order in Drifts(&mut tx).sent_since(id, oldest).await? {
            let remote = Orders(&mut tx).order(&order).await?.and_then(|order| order.remote);
            if remote.is_some_and(|remote| watched.posts.iter().all(|post| post.remote != remote)) {
                ids.push(order);
            }
        }
    }
    ids.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    // Half of what a network takes is left to publishing and taking down.
    let spare = app.budgets.count(id, Call::Read, None, now).is_none_or(|count| count.left > count.limit / 2);
    if spare {
        let before = now.checked_sub(again).unwrap_or(now);
        ids.extend(Drifts(&mut tx).to_look_at_again(id, before, most).await?);
    }
    let (mut orders, mut met) = (Vec::new(), BTreeSet::new());
    for id in ids {
        if met.insert(id.clone()) {
            orders.extend(Orders(&mut tx).order(&id).await?);
        }
    }
    Ok(orders)
}

async fn read_back(app: &App, channel: &dyn Channel, order: &Order) -> Result<(), RunError> {
    let (release, trail) = (order.release().map_err(RunError::later)?, app.trail(&order.id).await?);
    let mut right = false;
    let drifted = match channel.confirm(&release, &trail).await {
        Ok(ReadBack::AsApproved(_)) => {
            right = true;
            None
        }
        Ok(ReadBack::Absent) => Some((Kind::Gone, "A post of ours is gone without our doing".to_owned())),
        Ok(ReadBack::Partly { posts }) => {
            Some((Kind::Gone, format!("Only {posts} posts of a thread of ours are still there")))
        }
        Ok(ReadBack::Different { what }) => {
            Some((Kind::Changed, format!("A post of ours is not what was approved any more: {what}")))
        }
        // It cannot be read now, and proves nothing.
        Err(ChannelError::RetryLater { .. }) => return Ok(()),
        Err(error @ (ChannelError::Reconnect(_) | ChannelError::GoneForGood(_))) => {
            return Err(RunError::later(error));
        }
        // Nor does this; but it stays so, and the others would wait behind it for ever.
        Err(_) => None,
    };
    let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    super::spending::paid(app, &mut tx, channel, &order.id, &release, Paid::Read).await?;
    // It may be taken down by now.
    let still = Orders(&mut tx).order(&order.id).await?.filter(|order| order.state == OrderState::Published);
    if let (Some(order), Some((kind, what))) = (&still, drifted) {
        Drifts(&mut tx).order_drifted(order, kind, &what, origin, clock, &mut chance).await?;
    }
    if right {
        Drifts(&mut tx).is_right_again(&order.id, clock.now()).await?;
    }
    Drifts(&mut tx).read_back_at(&order.id, clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
