//! What a channel has left on its network for an order, as the channel wrote it down.

use cleansheet_terms::{Clock, Entropy, OrderId, Timestamp};

use super::{
    Claim, Order, OrderError, OrderState, Orders,
    machine::{NothingOut, Place, Uncertain},
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    facts::Rules,
    jobs::{Claimed, Jobs, backoff},
    ledger_entries::Ledger,
};

/// What is said of a post that the network does not show and may still make.
pub(super) const MAY_COME: &str = "the call that publishes it may still reach the network";

/// What was kept of an order's way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptTrail {
    /// JSON of the channel's own; `None` when nothing was kept.
    pub text: Option<String>,
    /// The network was asked to make a post, and nobody has read the answer.
    pub making: bool,
    /// Until when that call may still reach the network, whoever waits for it: before then "not there" proves nothing.
    pub arrives: Option<Timestamp>,
    /// The network has named a post of it.
    pub named: bool,
}

impl Orders<'_> {
    /// What is kept of an order's way.
    pub async fn trail(&mut self, id: &OrderId) -> Result<KeptTrail, StoreError> {
        let found = sql("SELECT trail, making, arrives_ms,
                 (SELECT COUNT(*) FROM order_post p WHERE p.order_id = release_order.id) AS named
             FROM release_order WHERE id = $1")
        .bind(id.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(KeptTrail::default()) };
        Ok(KeptTrail {
            text: row.maybe_text("trail")?,
            making: row.number("making")? != 0,
            arrives: row.maybe_instant("arrives_ms")?,
            named: row.flag("named")?,
        })
    }

    /// That nothing of an order is public or may become so; `None` while a post of it has a name, or one is being made.
    pub(super) async fn nothing_out<'o>(
        &mut self,
        order: &'o Order,
    ) -> Result<Option<NothingOut<'o>>, StoreError> {
        let kept = self.trail(&order.id).await?;
        Ok((!kept.making && !kept.named).then(|| NothingOut::of(order)))
    }

    /// The network was looked at, by us or by a person, and shows nothing of the order: the names of its posts are
    /// forgotten. What lies on the network beside them is not.
    pub(super) async fn forget_posts<'o>(&mut self, order: &'o Order) -> Result<NothingOut<'o>, StoreError> {
        let kept = self.trail(&order.id).await?;
        let text = if kept.named { kept.text.as_deref().map(without_posts) } else { kept.text };
        let forget = sql(
            "UPDATE release_order SET trail = $1, making = 0, arrives_ms = NULL, remote = NULL, url = NULL
             WHERE id = $2",
        )
        .bind(text)
        .bind(order.id.as_str().to_owned());
        self.0.run(forget).await?;
        // Should one of them come back after all, it is a stranger's, and told.
        let names = sql("DELETE FROM order_post WHERE order_id = $1").bind(order.id.as_str().to_owned());
        self.0.run(names).await?;
        Ok(NothingOut::of(order))
    }

    /// The answer of the call that made a post was read: nothing is on its way any more.
    pub(super) async fn has_arrived(&mut self, order: &Order) -> Result<(), StoreError> {
        let arrived = sql("UPDATE release_order SET arrives_ms = NULL WHERE id = $1");
        self.0.run(arrived.bind(order.id.as_str().to_owned())).await.map(drop)
    }

    /// Keeps what a channel has left so far, before and after each call that makes something. Refused when the job is no
    /// longer ours, and before a post is made of an order that was taken back meanwhile: then nothing may be sent. What
    /// was made is kept wherever the order is: it has to be found again.
    ///
    /// - `posts`: the names that the network gave to its posts so far.
    /// - `making`: the next call makes a post, and this is until when it may reach the network.
    pub async fn keep_trail(
        &mut self,
        job: &Claimed,
        text: &str,
        posts: &[String],
        making: Option<Timestamp>,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        if making.is_some() {
            may_begin(&order)?;
        }
        let keep = sql("UPDATE release_order SET trail = $1, making = $2, arrives_ms = $3 WHERE id = $4")
            .bind(text.to_owned())
            .bind(i64::from(making.is_some()))
            .bind(making.map(Timestamp::as_millisecond))
            .bind(order.id.as_str().to_owned());
        self.0.run(keep).await?;
        for remote in posts {
            self.note_name(&order, remote).await?;
        }
        Ok(())
    }

    /// The next call makes a post of which nothing has to be kept before. Refused as [`Self::keep_trail`] is.
    ///
    /// - `arrives`: until when it may reach the network.
    pub async fn begins(&mut self, job: &Claimed, arrives: Timestamp) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        may_begin(&order)?;
        let begins = sql("UPDATE release_order SET arrives_ms = $1 WHERE id = $2")
            .bind(arrives.as_millisecond())
            .bind(order.id.as_str().to_owned());
        self.0.run(begins).await?;
        Ok(())
    }

    /// Whether each of so many posts of an order has a name, and no other is being made.
    pub(super) async fn has_names(&mut self, id: &OrderId, many: usize) -> Result<bool, StoreError> {
        let found = sql("SELECT making, (SELECT COUNT(*) FROM order_post p WHERE p.order_id = o.id) AS names
             FROM release_order o WHERE id = $1")
        .bind(id.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(false) };
        let names = usize::try_from(row.number("names")?).unwrap_or_default();
        Ok(row.number("making")? == 0 && names > 0 && names >= many)
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
        self.keep_found_of(&order, before, text, posts, making).await
    }

    /// The same for whoever only watches: an order that is public on somebody's word is found later.
    pub async fn keep_found_of(
        &mut self,
        order: &Order,
        before: &str,
        text: &str,
        posts: &[String],
        making: bool,
    ) -> Result<bool, OrderError> {
        let keep = sql("UPDATE release_order SET trail = $1, making = $2,
              arrives_ms = CASE WHEN $2 = 0 THEN NULL ELSE arrives_ms END
              WHERE id = $3 AND trail = $4")
        .bind(text.to_owned())
        .bind(i64::from(making))
        .bind(order.id.as_str().to_owned())
        .bind(before.to_owned());
        if self.0.run(keep).await? == 0 {
            return Ok(false);
        }
        for remote in posts {
            self.note_name(order, remote).await?;
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
        if !matches!(order.place(), Place::Sending(_) | Place::Uncertain(_)) {
            return self.claim_to_send(job, rules, clock, entropy).await;
        }
        if self.waits_for_what_may_come(job, &order, clock, entropy).await? {
            return Ok(Claim::Wait);
        }
        // From here on it is public in part, whether or not the names of those posts are written down.
        if let Place::Sending(at) = order.place() {
            self.take(at.to(Uncertain), Some("part of it is public"), clock, entropy).await?;
        }
        self.decide_on_the_rest(job, &order, rules, clock, entropy).await
    }

    /// The network does not show what it was asked to make, and that call may still reach it: it is looked for again then.
    /// `false` when nothing is on its way, so that "not there" counts. Where repeats are harmless nothing is being made.
    pub(super) async fn waits_for_what_may_come(
        &mut self,
        job: &Claimed,
        order: &Order,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, OrderError> {
        let (kept, now) = (self.trail(&order.id).await?, clock.now());
        let Some(until) = kept.arrives.filter(|until| kept.making && *until > now) else { return Ok(false) };
        if let Place::Sending(at) = order.place() {
            self.take(at.to(Uncertain), Some(MAY_COME), clock, entropy).await?;
        }
        let wait = backoff(job.attempt).min(until.duration_since(now));
        Jobs(self.0).retry_later(job, MAY_COME, wait, now).await?;
        Ok(true)
    }
}

/// A trail in which nothing is public. What else a channel wrote is its own.
fn without_posts(trail: &str) -> String {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(trail) else {
        return trail.to_owned();
    };
    fields.insert("posts".to_owned(), serde_json::Value::Array(Vec::new()));
    serde_json::Value::Object(fields).to_string()
}

/// Between the claim and the call lie uploads and waits: an order that was taken back meanwhile is not made public.
fn may_begin(order: &Order) -> Result<(), OrderError> {
    match order.state {
        OrderState::Sending | OrderState::Uncertain => Ok(()),
        taken_back => Err(OrderError::WrongState(taken_back)),
    }
}
