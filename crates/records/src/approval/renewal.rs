//! Keeping a publication for longer: somebody asks, and a second person decides on the facts of that day, as for a post
//! that goes out for the first time.
//!
//! Whoever asks vouches for it now, so the facts have them in the author's place: the author may have left in the year
//! between. The author does not decide either.

use cleansheet_policy::{Approve, Decision, Outcome, Permit, facts::PostFacts};
use cleansheet_terms::{Clock, Date, Entropy, OrderId, PersonId, RenewalId, Timestamp, day_in_london};

use super::{ChannelVerdict, Verdict, acting, screened};
use crate::{
    accounts::{Accounts, Right},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    facts::{Facts, Rules, Seat},
    ledger_entries::Ledger,
    orders::{Order, OrderError, OrderState, Orders, SHOWN_DAYS},
    people::People,
    posts::{PostError, Posts},
};

/// A wish that nobody has decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The wish.
    pub id: RenewalId,
    /// Who asked.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug)]
pub enum Kept {
    /// It stays, to the end of this day.
    Until(Date),
    /// The facts of today forbid it: it ends on its day.
    No(Verdict),
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// No such order.
    #[error("no order `{0}`")]
    Missing(OrderId),
    /// It is not public, so there is nothing to keep.
    #[error("this post is no longer public; start a new one if the story should stay")]
    NotPublic,
    /// Nobody decides today what is to be public in years.
    #[error("this post stays to the end of {0} anyway; ask again in its last {days} days", days = SHOWN_DAYS)]
    TooEarly(Date),
    /// Nobody has asked.
    #[error("nobody has asked to keep this post; ask first, and a second person decides")]
    NotAsked,
    /// Two people are needed.
    #[error(
        "the policy wants two people: ask somebody who did not write this post and did not ask to keep it"
    )]
    OwnWish,
    /// Its post.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The wish that waits for a second person.
pub async fn waiting(tx: &mut Tx, order: &OrderId) -> Result<Option<Renewal>, StoreError> {
    let found = sql("SELECT id, asked_by, asked_ms FROM renewal WHERE order_id = $1 AND decided_ms IS NULL");
    let Some(row) = tx.row(found.bind(order.as_str().to_owned())).await? else { return Ok(None) };
    Ok(Some(Renewal {
        id: row.read("id", RenewalId::parse)?,
        by: row.read("asked_by", PersonId::parse)?,
        at: row.instant("asked_ms")?,
    }))
}

/// Somebody asks that a publication stays, in its last [`SHOWN_DAYS`] days. Asked twice, the first time counts.
pub async fn ask(
    tx: &mut Tx,
    order: &OrderId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), RenewalError> {
    let now = clock.now();
    in_its_last_days(&public(tx, order).await?, now)?;
    if waiting(tx, order).await?.is_some() {
        return Ok(());
    }
    let id = RenewalId::new(clock, entropy);
    let insert = sql("INSERT INTO renewal (id, order_id, asked_by, asked_ms) VALUES ($1, $2, $3, $4)")
        .bind(id.as_str().to_owned())
        .bind(order.as_str().to_owned())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
    tx.run(insert).await?;
    Ledger(tx).append("renewal.asked", order.as_str(), &by, now, entropy).await?;
    Ok(())
}

/// What the policy would say to this person if they decided now. Changes nothing.
pub async fn would_keep(
    tx: &mut Tx,
    order: &OrderId,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<Verdict, RenewalError> {
    let order = public(tx, order).await?;
    let wish = waiting(tx, &order.id).await?.ok_or(RenewalError::NotAsked)?;
    let (_, decision) = decide(tx, &order, &wish, seat, rules, at).await?;
    Ok(verdict(&order, &decision))
}

/// A second person keeps a publication for another life, if the policy allows it today.
pub async fn keep(
    tx: &mut Tx,
    order: &OrderId,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Kept, RenewalError> {
    let (order, wish, by) = to_decide(tx, order, seat).await?;
    let now = clock.now();
    in_its_last_days(&order, now)?;
    screened(tx, &order.post, rules, clock).await?;
    let (facts, decision) = decide(tx, &order, &wish, seat, rules, now).await?;
    Posts(tx).keep_decision(&facts, &decision, clock, entropy).await?;
    let said = verdict(&order, &decision);
    let Outcome::Allow(permit) = decision.outcome else { return Ok(Kept::No(said)) };
    let last = lengthened(tx, &order, permit).await?;
    decided(tx, &wish, &by, true, now).await?;
    let payload = (&wish.by, &by, last.to_string());
    Ledger(tx).append("renewal.kept", order.id.as_str(), &payload, now, entropy).await?;
    Ok(Kept::Until(last))
}

/// A second person lets it end on its day.
pub async fn let_end(
    tx: &mut Tx,
    order: &OrderId,
    seat: &Seat<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), RenewalError> {
    let (order, wish, by) = to_decide(tx, order, seat).await?;
    let now = clock.now();
    decided(tx, &wish, &by, false, now).await?;
    Ledger(tx).append("renewal.declined", order.id.as_str(), &(&wish.by, &by), now, entropy).await?;
    Ok(())
}

/// The permit is for this post and channel, and is used up.
async fn lengthened(tx: &mut Tx, order: &Order, permit: Permit<Approve>) -> Result<Date, RenewalError> {
    if permit.post() != order.post.as_str() || permit.channel() != order.channel.as_str() {
        return Err(OrderError::Changed(cleansheet_policy::OrderError::WrongPermit).into());
    }
    Ok(Orders(tx).lengthen(order).await?)
}

async fn to_decide(
    tx: &mut Tx,
    order: &OrderId,
    seat: &Seat<'_>,
) -> Result<(Order, Renewal, PersonId), RenewalError> {
    let by = acting(seat)?.clone();
    let order = public(tx, order).await?;
    let wish = waiting(tx, &order.id).await?.ok_or(RenewalError::NotAsked)?;
    let author = Posts(tx).known(&order.post).await?.author;
    if by == wish.by || by == author {
        return Err(RenewalError::OwnWish);
    }
    Ok((order, wish, by))
}

async fn decided(
    tx: &mut Tx,
    wish: &Renewal,
    by: &PersonId,
    kept: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let set = sql("UPDATE renewal SET decided_by = $1, decided_ms = $2, kept = $3
         WHERE id = $4 AND decided_ms IS NULL")
    .bind(by.as_str().to_owned())
    .bind(now.as_millisecond())
    .bind(i64::from(kept))
    .bind(wish.id.as_str().to_owned());
    tx.run(set).await?;
    Ok(())
}

async fn public(tx: &mut Tx, order: &OrderId) -> Result<Order, RenewalError> {
    let order = Orders(tx).order(order).await?.ok_or_else(|| RenewalError::Missing(order.clone()))?;
    if order.state == OrderState::Published { Ok(order) } else { Err(RenewalError::NotPublic) }
}

fn in_its_last_days(order: &Order, at: Timestamp) -> Result<(), RenewalError> {
    match order.ends.filter(|_| order.stays_anyway(at)) {
        Some(last) => Err(RenewalError::TooEarly(last)),
        None => Ok(()),
    }
}

/// Decides as about a post that is to go out, with whoever asked in the author's place.
async fn decide(
    tx: &mut Tx,
    order: &Order,
    wish: &Renewal,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<(PostFacts, Decision<Approve>), RenewalError> {
    let mut facts = Facts(tx).of(&order.post, &order.channel, seat, rules.allow, at).await?;
    facts.author = People(tx).standing(&wish.by, at).await.map_err(PostError::from)?;
    facts.channel.author_grant =
        Accounts(tx).grant_state(&wish.by, &order.channel, Right::Draft, day_in_london(at)).await?;
    let decision = rules.policy.decide::<Approve>(&facts);
    Ok((facts, decision))
}

fn verdict(order: &Order, decision: &Decision<Approve>) -> Verdict {
    Verdict::of(std::iter::once(ChannelVerdict {
        channel: Some(order.channel.clone()),
        outcome: decision.outcome.as_str(),
        reasons: decision.reasons.clone(),
    }))
}
