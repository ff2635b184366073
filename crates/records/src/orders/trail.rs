//! What a channel has left on its network for an order, as the channel wrote it down.

use cleansheet_terms::{Clock, Entropy, OrderId};

use super::{Claim, Order, OrderError, OrderState, Orders, machine::Place};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    facts::Rules,
    jobs::{Claimed, Jobs},
    ledger_entries::Ledger,
};

/// What was kept of an order's way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptTrail {
    /// JSON of the channel's own; `None` when nothing was kept.
    pub text: Option<String>,
    /// The network was asked to make a post, and nobody has read the answer.
    pub making: bool,
}

impl Orders<'_> {
    /// What is kept of an order's way.
    pub async fn trail(&mut self, id: &OrderId) -> Result<KeptTrail, StoreError> {
        let found = sql("SELECT trail, making FROM release_order WHERE id = $1").bind(id.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(KeptTrail::default()) };
        Ok(KeptTrail { text: row.maybe_text("trail")?, making: row.number("making")? != 0 })
    }

    /// Keeps what a channel has left so far, before and after each call that makes something. Refused when the job is no
    /// longer ours: then nothing may be sent.
    ///
    /// - `posts`: the names that the network gave to its posts so far.
    /// - `making`: the next call makes a post.
    pub async fn keep_trail(
        &mut self,
        job: &Claimed,
        text: &str,
        posts: &[String],
        making: bool,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        let keep = sql("UPDATE release_order SET trail = $1, making = $2 WHERE id = $3")
            .bind(text.to_owned())
            .bind(i64::from(making))
            .bind(order.id.as_str().to_owned());
        self.0.run(keep).await?;
        for remote in posts {
            self.note_name(&order, remote).await?;
        }
        Ok(())
    }

    /// Keeps a trail in which the post has a name of which nobody had read the answer, or in which more is known of one
    /// that has. `false`, and nothing is changed, when a call that was still under way has kept something else meanwhile.
    ///
    /// - `before`: the trail as it was when the post was looked for.
    /// - `making`: another post is being made, of which nobody has read the answer.
    pub async fn keep_found(
        &mut self,
        job: &Claimed,
        before: &str,
        text: &str,
        posts: &[String],
        making: bool,
    ) -> Result<bool, OrderError> {
        let order = self.ours(job).await?;
        let keep = sql("UPDATE release_order SET trail = $1, making = $2 WHERE id = $3 AND trail = $4")
            .bind(text.to_owned())
            .bind(i64::from(making))
            .bind(order.id.as_str().to_owned())
            .bind(before.to_owned());
        if self.0.run(keep).await? == 0 {
            return Ok(false);
        }
        for remote in posts {
            self.note_name(&order, remote).await?;
        }
        Ok(true)
    }

    /// Writes down what a network calls a post of an order: whatever looks at the account knows it as ours.
    pub(super) async fn note_name(&mut self, order: &Order, remote: &str) -> Result<(), StoreError> {
        let note = sql("INSERT INTO order_post (channel_id, remote, order_id) VALUES ($1, $2, $3)
             ON CONFLICT (channel_id, remote) DO NOTHING")
        .bind(order.channel.as_str().to_owned())
        .bind(remote.to_owned())
        .bind(order.id.as_str().to_owned());
        self.0.run(note).await?;
        Ok(())
    }

    /// The order to sweep up for: it never became public, and left something on its network. `None`, and the job is
    /// finished, when there is nothing to sweep.
    pub async fn claim_to_sweep(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<Order>, OrderError> {
        let order = self.ours(job).await?;
        if order.state == OrderState::Stopped && self.trail(&order.id).await?.text.is_some() {
            return Ok(Some(order));
        }
        Jobs(self.0).finish(job, clock.now()).await?;
        Ok(None)
    }

    /// Nothing of it is left on the network. The order stays what it was.
    pub async fn swept(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let (order, now) = (self.ours(job).await?, clock.now());
        let forget = sql("UPDATE release_order SET trail = NULL WHERE id = $1");
        self.0.run(forget.bind(order.id.as_str().to_owned())).await?;
        Ledger(self.0).append("order.swept", order.id.as_str(), &order.hash, now, entropy).await?;
        Ok(Jobs(self.0).finish(job, now).await?)
    }

    /// Reading back found the first posts of a thread and certainly not the rest: the facts of this instant decide whether
    /// the rest is sent, or the first posts are taken down.
    pub async fn goes_on(
        &mut self,
        job: &Claimed,
        rules: &Rules<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let order = self.ours(job).await?;
        match order.place() {
            Place::Sending(_) | Place::Uncertain(_) => {
                self.decide_on_the_rest(job, &order, rules, clock, entropy).await
            }
            _ => self.claim_to_send(job, rules, clock, entropy).await,
        }
    }

    /// Part of a thread is public and the network does not take the rest now: it is read back, and gone on from there.
    ///
    /// - `after`: how long the network asks to be left alone.
    pub async fn half_sent(
        &mut self,
        job: &Claimed,
        because: &str,
        after: jiff::SignedDuration,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        match order.place() {
            Place::Sending(at) => {
                self.take(at.to(super::machine::Uncertain), Some(because), clock, entropy).await?
            }
            Place::Uncertain(_) => {}
            Place::TakingDown(_) | Place::Gone(_) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            _ => return Err(OrderError::WrongState(order.state)),
        }
        Ok(Jobs(self.0).retry_later(job, because, after, clock.now()).await?)
    }

    /// The network refuses the rest of a thread: its first posts are taken down.
    pub async fn half_refused(
        &mut self,
        job: &Claimed,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        self.to_take_down(&order.id, because, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, clock.now()).await?)
    }
}
