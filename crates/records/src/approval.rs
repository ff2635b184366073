//! The steps between a draft and its orders: submit, approve, give back, drop, correct. Each is one transaction: decide
//! for every channel, keep the decisions, change the rows, queue the work, write the ledger.
//!
//! The caller commits whatever is answered: a refusal is a decision too, and is kept.

mod correct;
pub mod renewal;
mod verdict;

use cleansheet_policy::{Approve, Decision, Outcome, Permit, ReleaseOrder, Submit, facts::PostFacts};
use cleansheet_terms::{ChannelId, Clock, Entropy, OrderId, PersonId, PostId, Role, Timestamp, random_hex};

pub use correct::{complete, correct, missing};
pub use verdict::{ChannelVerdict, Verdict};

use crate::{
    cover,
    database::{StoreError, Tx, sql},
    facts::{Facts, Rules, Seat},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::{OrderError, Orders},
    people::People,
    posts::{Approval, Post, PostError, Posts, RETURNED, Stage},
};

/// What became of an approval.
#[derive(Debug)]
pub enum Approved {
    /// It goes out: one order for each channel.
    Yes(Vec<OrderId>),
    /// It stays where it is, and why.
    No(Verdict),
}

/// What the policy would say to the author who submits now. Changes nothing.
pub async fn would_submit(
    tx: &mut Tx,
    id: &PostId,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<Verdict, PostError> {
    let post = Posts(tx).known(id).await?;
    let decided = decide::<Submit>(tx, &post, seat, rules, at).await?;
    Ok(verdict_on(tx, &post, &decided).await?)
}

/// The author asks for approval. The post has moved exactly when [`Verdict::may`] says so; otherwise it is as before.
pub async fn submit(
    tx: &mut Tx,
    id: &PostId,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Verdict, PostError> {
    let mut post = Posts(tx).editable(id, acting(seat)?).await?;
    if !matches!(post.stage, Stage::Draft | Stage::Stopped) {
        return Err(PostError::WrongStage(post.stage));
    }
    screened(tx, id, rules, clock).await?;
    let decided = decide::<Submit>(tx, &post, seat, rules, clock.now()).await?;
    for (_, facts, decision) in &decided {
        Posts(tx).keep_decision(facts, decision, clock, entropy).await?;
    }
    let verdict = verdict_on(tx, &post, &decided).await?;
    if verdict.may() {
        if post.stage == Stage::Stopped {
            // What was stopped is approved anew: its old orders and approvals never fit again.
            Posts(tx).changed(&post, "submitted again", clock, entropy).await?;
            post = Posts(tx).known(id).await?;
        }
        let forget = sql("UPDATE post SET returned_note = NULL WHERE id = $1");
        tx.run(forget.bind(id.as_str().to_owned())).await?;
        Posts(tx).advance(&post, Stage::Submitted, clock, entropy).await?;
    }
    Ok(verdict)
}

/// What the policy would say to this person if they approved now. Changes nothing.
pub async fn would_approve(
    tx: &mut Tx,
    id: &PostId,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<Verdict, PostError> {
    let post = Posts(tx).known(id).await?;
    let decided = decide::<Approve>(tx, &post, seat, rules, at).await?;
    Ok(verdict_on(tx, &post, &decided).await?)
}

/// A second person lets exactly what they saw go out on every ticked channel, or on none.
///
/// - `content`: [`Posts::shown`] when they looked. Anything else now is [`PostError::Changed`].
pub async fn approve(
    tx: &mut Tx,
    id: &PostId,
    content: &str,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Approved, PostError> {
    let approver = acting(seat)?.clone();
    let post = Posts(tx).known(id).await?;
    if post.stage != Stage::Submitted {
        return Err(PostError::WrongStage(post.stage));
    }
    let present = Posts(tx).content_hash(id).await?;
    if content != Posts(tx).shown(id).await? {
        return Err(PostError::Changed);
    }
    if post.is_over(clock.now()) {
        return Err(PostError::TimeOver);
    }
    for channel in Posts(tx).channels_of(id).await? {
        Posts(tx).text_for(&post, &channel).await?.ok_or(PostError::Changed)?;
    }
    screened(tx, id, rules, clock).await?;
    let now = clock.now();
    let decided = decide::<Approve>(tx, &post, seat, rules, now).await?;
    for (_, facts, decision) in &decided {
        Posts(tx).keep_decision(facts, decision, clock, entropy).await?;
    }
    let verdict = verdict_on(tx, &post, &decided).await?;
    // The policy says so too; this is the wall behind it, and the database has a third.
    if !verdict.clear() || approver == post.author {
        return Ok(Approved::No(verdict));
    }
    let roles = People(tx).standing(&approver, now).await?.roles;
    let (revision, goes_out) = (post.revision, post.publish_at);
    let approval = Approval { revision, approver, content: present, roles, at: now, goes_out, void: None };
    Posts(tx).keep_approval(&post, &approval).await?;
    let payload = (approval.revision, &approval.approver, approval.content);
    Ledger(tx).append("post.approved", id.as_str(), &payload, now, entropy).await?;
    let mut orders = Vec::new();
    for (channel, _, decision) in decided {
        // INVARIANT: `verdict.clear()` means that every channel has its permit.
        let Outcome::Allow(permit) = decision.outcome else { return Err(PostError::Changed) };
        orders.push(release(tx, &post, &channel, permit, clock, entropy).await?);
    }
    Posts(tx).advance(&post, Stage::Approved, clock, entropy).await?;
    tx.name_commit("approve");
    Ok(Approved::Yes(orders))
}

/// Freezes what goes out on one channel and queues its way out.
async fn release(
    tx: &mut Tx,
    post: &Post,
    channel: &ChannelId,
    permit: Permit<Approve>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<OrderId, PostError> {
    let record_key = random_hex(entropy, 16);
    let content = Orders(tx).content(post, channel, record_key).await?.ok_or(PostError::Changed)?;
    let release = ReleaseOrder::freeze(permit, content);
    let order = Orders(tx).keep(post, &release, clock, entropy).await?;
    let due = post.publish_at.map_or(clock.now(), |at| at.max(clock.now()));
    Jobs(tx).enqueue(Work::Publish, order.as_str(), due, clock, entropy).await?;
    Ok(order)
}

/// A second person returns a post with a line about what would make it ready: one that waits for approval, or one that was
/// approved and has not left.
pub async fn give_back(
    tx: &mut Tx,
    id: &PostId,
    note: &str,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), PostError> {
    let note: String = note.trim().chars().take(500).collect();
    if note.is_empty() {
        return Err(PostError::NoNote);
    }
    let post = Posts(tx).known(id).await?;
    if post.author == *by {
        return Err(PostError::OwnWork);
    }
    if !matches!(post.stage, Stage::Submitted | Stage::Approved) {
        return Err(PostError::WrongStage(post.stage));
    }
    Posts(tx).not_on_its_way(&post).await?;
    let put = sql("UPDATE post SET returned_note = $1 WHERE id = $2");
    tx.run(put.bind(note.clone()).bind(id.as_str().to_owned())).await?;
    if post.stage == Stage::Approved {
        Posts(tx).changed(&post, RETURNED, clock, entropy).await?;
    } else {
        Posts(tx).advance(&post, Stage::Draft, clock, entropy).await?;
    }
    cover::forget_told(tx, &post).await?;
    Ledger(tx).append("post.returned", id.as_str(), &(by, note), clock.now(), entropy).await?;
    Ok(())
}

/// Puts a post away for good. What waits is stopped, what is public is taken down. For its author, a Manager or the DSL.
pub async fn drop(
    tx: &mut Tx,
    id: &PostId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), OrderError> {
    let post = Posts(tx).known(id).await?;
    let (person, now) = (People(tx).find(by).await?, clock.now());
    let may = person.is_some_and(|person| {
        let role = post.author == *by || person.is(Role::Manager, now) || person.is(Role::Dsl, now);
        role && !person.is_suspended()
    });
    if !may {
        return Err(PostError::NotAuthor.into());
    }
    if post.stage == Stage::Dropped {
        return Ok(());
    }
    // The post first: a post that is put away is not settled as stopped when its orders end.
    Posts(tx).void_approvals(id, clock.now()).await?;
    Posts(tx).advance(&post, Stage::Dropped, clock, entropy).await?;
    for order in Orders(tx).orders_of(id).await? {
        Orders(tx).to_take_down(&order.id, "the post was put away", clock, entropy).await?;
    }
    Ledger(tx).append("post.dropped", id.as_str(), &by, clock.now(), entropy).await?;
    Ok(())
}

type Decided<A> = Vec<(ChannelId, PostFacts, Decision<A>)>;

/// Decides about each ticked channel. Keeps nothing.
async fn decide<A: cleansheet_policy::Act>(
    tx: &mut Tx,
    post: &Post,
    seat: &Seat<'_>,
    rules: &Rules<'_>,
    at: Timestamp,
) -> Result<Decided<A>, PostError> {
    let mut all = Vec::new();
    for channel in Posts(tx).channels_of(&post.id).await? {
        let facts = Facts(tx).of(&post.id, &channel, seat, rules.allow, at).await?;
        let decision = rules.policy.decide::<A>(&facts);
        all.push((channel, facts, decision));
    }
    Ok(all)
}

async fn verdict_on<A>(tx: &mut Tx, post: &Post, decided: &Decided<A>) -> Result<Verdict, StoreError> {
    let photos = Posts(tx).photos(&post.id).await?.len();
    let mut verdict = Verdict::of(decided.iter().map(|(channel, _, decision)| ChannelVerdict {
        channel: Some(channel.clone()),
        outcome: decision.outcome.as_str(),
        reasons: decision.reasons.clone(),
    }));
    let mut wordless = decided.is_empty() && post.caption.trim().is_empty();
    for (channel, ..) in decided {
        let text = Posts(tx).text_for(post, channel).await?;
        wordless |= text.is_some_and(|text| text.whole.trim().is_empty());
    }
    verdict.needs_substance(decided.is_empty(), wordless && photos == 0);
    Ok(verdict)
}

/// Keeps what the checks see in the words as they are now. A check that cannot run becomes a reason, not an error.
async fn screened(tx: &mut Tx, id: &PostId, rules: &Rules<'_>, clock: &dyn Clock) -> Result<(), PostError> {
    match Posts(tx).screen_words(id, rules.allow, clock).await {
        Ok(_) | Err(PostError::Check(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn acting<'s>(seat: &Seat<'s>) -> Result<&'s PersonId, PostError> {
    match seat {
        Seat::Person { id, .. } => Ok(id),
        Seat::Worker => Err(PostError::NotAuthor),
    }
}
