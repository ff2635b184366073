//! Taking down, and making sure that it is gone.

use cleansheet_terms::{Clock, Entropy, OrderId};
use jiff::SignedDuration;

use super::{
    Order, OrderError, OrderState, Orders, is_there,
    machine::{Gone, Place, Stopped, TakingDown},
    trail::MAY_COME,
};
use crate::{
    jobs::{Claimed, Jobs, Work, backoff},
    tasks::{Tasks, Thing},
    withdrawals,
};

/// How soon to look again while the call that may still publish the order has not ended.
const CALL_ENDS_SOON: SignedDuration = SignedDuration::from_secs(5);

impl Orders<'_> {
    /// Sees to it that an order is not public: one that has not left is stopped, one that may have is taken down.
    pub async fn to_take_down(
        &mut self,
        id: &OrderId,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.order(id).await?.ok_or_else(|| OrderError::Missing(id.clone()))?;
        let step = match order.place() {
            Place::Queued(at) => {
                self.take(at.to(Stopped), Some(because), clock, entropy).await?;
                return self.settle(&order.post, clock, entropy).await;
            }
            Place::Sending(at) => at.to(TakingDown),
            Place::Uncertain(at) => at.to(TakingDown),
            Place::Sent(at) => at.to(TakingDown),
            Place::Published(at) => at.to(TakingDown),
            Place::TakingDown(_) => {
                Jobs(self.0).place_again(Work::TakeDown, id.as_str()).await?;
                return Ok(Tasks(self.0).asked_again(Thing::Order(id), clock, entropy).await?);
            }
            Place::Stopped(_) | Place::Gone(_) => return Ok(()),
        };
        self.take(step, Some(because), clock, entropy).await?;
        let now = clock.now();
        Jobs(self.0).enqueue(Work::TakeDown, id.as_str(), now, clock, entropy).await?;
        // The call that may be under way is resolved at once, not when its job would come again by itself.
        Ok(Jobs(self.0).hasten(Work::Publish, id.as_str(), now).await?)
    }

    /// The network shows the post of orders that were thought to be gone: it is taken down again.
    pub(crate) async fn seen_again(
        &mut self,
        orders: &[Order],
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        for order in orders {
            if let Place::Gone(at) = order.place() {
                self.take(at.to(TakingDown), Some("it was seen again"), clock, entropy).await?;
                Jobs(self.0).enqueue(Work::TakeDown, order.id.as_str(), clock.now(), clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// The order to take down; `None`, and the job is finished, when there is nothing to take down any more.
    pub async fn claim_to_take_down(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<Order>, OrderError> {
        self.while_taking_down(job, clock).await
    }

    /// The network says that it took it away. Whether that is so is looked at next.
    pub async fn taken_down(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        let at = clock.now();
        crate::ledger_entries::Ledger(self.0)
            .append("order.taken_down", order.id.as_str(), &order.hash, at, entropy)
            .await?;
        Jobs(self.0).keep_open(Work::ConfirmGone, &job.subject, at, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, at).await?)
    }

    /// The order to look for; `None`, and the job is finished, when nobody asks any more.
    pub async fn claim_to_see_gone(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<Order>, OrderError> {
        self.while_taking_down(job, clock).await
    }

    /// Neither the post nor a picture of it answers. `false`, and the job comes again, while the call that may still
    /// publish it has not ended or may still reach the network, or when that call came through after the look and it has to be taken down again.
    ///
    /// - `trust`: the trust's name, for the receipts that are complete now.
    pub async fn gone(
        &mut self,
        job: &Claimed,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, OrderError> {
        let (order, now) = (self.ours(job).await?, clock.now());
        let Place::TakingDown(at) = order.place() else {
            Jobs(self.0).finish(job, now).await?;
            return Ok(order.state == OrderState::Gone);
        };
        if Jobs(self.0).is_open(Work::Publish, order.id.as_str()).await? {
            let wait = "the call that publishes it has not ended";
            Jobs(self.0).retry_later(job, wait, CALL_ENDS_SOON, now).await?;
            return Ok(false);
        }
        if let Some(until) = self.trail(&order.id).await?.arrives.filter(|until| *until > now) {
            Jobs(self.0).retry_later(job, MAY_COME, until.duration_since(now), now).await?;
            return Ok(false);
        }
        if Tasks(self.0).open_for(Thing::Order(&order.id)).await?.is_some() {
            // The network refused it to the program, and a person has done it: there is nothing to ask for any more.
            Jobs(self.0).end_repeated(Work::TakeDown, order.id.as_str(), now).await?;
        }
        if Jobs(self.0).is_open(Work::TakeDown, order.id.as_str()).await? {
            let wait = "it is to be taken down again first";
            Jobs(self.0).retry_later(job, wait, backoff(job.attempt), now).await?;
            return Ok(false);
        }
        self.take(at.to(Gone), order.because.as_deref(), clock, entropy).await?;
        self.settle(&order.post, clock, entropy).await?;
        Tasks(self.0).thing_is_gone(Thing::Order(&order.id), clock, entropy).await?;
        withdrawals::complete(self.0, withdrawals::Ended::Order(&order.id), trust, clock, entropy).await?;
        Jobs(self.0).finish(job, now).await?;
        Ok(true)
    }

    /// Part of it can still be seen: it is taken down again, and looked for again.
    pub async fn still_live(
        &mut self,
        job: &Claimed,
        why: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let (order, now) = (self.ours(job).await?, clock.now());
        Tasks(self.0).thing_is_there(Thing::Order(&order.id), clock, entropy).await?;
        // One that waits already waits for as long as its network asked.
        let waits = Jobs(self.0).is_open(Work::TakeDown, order.id.as_str()).await?;
        if order.state == OrderState::TakingDown && !waits {
            let again = now.checked_add(backoff(job.attempt)).unwrap_or(now);
            Jobs(self.0).enqueue(Work::TakeDown, order.id.as_str(), again, clock, entropy).await?;
        } else if self.trail(&order.id).await?.making {
            // Nobody saw the end of its making, and only now it has come: the next try finds what the others could not.
            Jobs(self.0).hasten_if_taken(Work::TakeDown, order.id.as_str(), now).await?;
        }
        Ok(Jobs(self.0).retry_later(job, &is_there(why), backoff(job.attempt), now).await?)
    }

    async fn while_taking_down(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<Order>, OrderError> {
        let order = self.ours(job).await?;
        if order.state == OrderState::TakingDown {
            return Ok(Some(order));
        }
        Jobs(self.0).finish(job, clock.now()).await?;
        Ok(None)
    }
}
