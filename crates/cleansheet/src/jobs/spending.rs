//! Networks that charge for calls: a post that would go over its account's cap waits, and what was paid is written down. A
//! take-down is written down and never waits.

use cleansheet_channels::{Channel, Price, dollars};
use cleansheet_policy::ReleaseOrder;
use cleansheet_records::{
    Tx,
    jobs::Claimed,
    orders::Orders,
    spending::{Paid, Spending},
};
use cleansheet_terms::{ChannelId, OrderId};

use super::{outgoing::UNTIL_CONNECTED, worker::RunError};
use crate::app::App;

/// What the watch's reads are written down for, which are about no order.
const WATCH: &str = "watch";

/// Writes down what sending an order costs. `false` when it would go over the month's cap: then the order waits, looks
/// again every hour, and the Manager is told once.
pub(super) async fn may_publish(
    app: &App,
    job: &Claimed,
    channel: &dyn Channel,
    order: &ReleaseOrder,
) -> Result<bool, RunError> {
    let Some(price) = channel.capabilities().price else { return Ok(true) };
    let id = ChannelId::parse(order.channel()).map_err(RunError::later)?;
    let (costs, now) = (cost(&price, order), app.clock.now());
    let mut tx = app.records.begin().await?;
    let may = Spending(&mut tx).may_publish(&id, &job.subject, costs, now).await?;
    if !may {
        let stands = Spending(&mut tx).month(&id, now).await?;
        let words = format!(
            "it costs {}, and of the {} for this month {} is spent; it waits until the Manager allows more or the next month begins",
            dollars(costs),
            dollars(stands.cap),
            dollars(stands.spent)
        );
        let page = format!("{}/accounts/{id}", app.settings.public_url);
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        Spending(&mut tx).cap_is_reached(&id, &page, clock, &mut chance).await?;
        Orders(&mut tx).retry_later(job, &words, Some(UNTIL_CONNECTED), clock, &mut chance).await?;
    }
    tx.commit().await?;
    Ok(may)
}

/// The network certainly did not make it: it costs nothing.
pub(super) async fn did_not_publish(
    app: &App,
    tx: &mut Tx,
    channel: &str,
    order: &OrderId,
) -> Result<(), RunError> {
    let Ok(id) = ChannelId::parse(channel) else { return Ok(()) };
    Ok(Spending(tx).did_not_publish(&id, order.as_str(), app.clock.now()).await?)
}

/// Writes down what taking down or reading back cost.
pub(super) async fn paid(
    app: &App,
    tx: &mut Tx,
    channel: &dyn Channel,
    order: &OrderId,
    release: &ReleaseOrder,
    what: Paid,
) -> Result<(), RunError> {
    let Some(price) = channel.capabilities().price else { return Ok(()) };
    let Ok(id) = ChannelId::parse(release.channel()) else { return Ok(()) };
    let posts = u64::try_from(release.texts().len()).unwrap_or(1);
    let each = match what {
        Paid::TakeDown => price.take_down,
        Paid::Read => price.read,
        Paid::Publish => return Ok(()),
    };
    Ok(Spending(tx).add(&id, order.as_str(), what, each * posts, app.clock.now()).await?)
}

/// Writes down what looking at an account cost: each post that it listed, and the account itself.
pub(super) async fn looked(
    app: &App,
    channel: &dyn Channel,
    id: &ChannelId,
    listed: usize,
) -> Result<(), RunError> {
    let Some(price) = channel.capabilities().price else { return Ok(()) };
    let many = u64::try_from(listed).unwrap_or(u64::MAX).saturating_add(1);
    let mut tx = app.records.begin().await?;
    Spending(&mut tx).add(id, WATCH, Paid::Read, price.read.saturating_mul(many), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

fn cost(price: &Price, order: &ReleaseOrder) -> u64 {
    let described = order.pictures().iter().filter(|picture| !picture.alt_text.is_empty()).count();
    price.of(order.texts(), described)
}
