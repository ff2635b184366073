//! Sending: the claim that decides again, the intent, and what came of the call.

use cleansheet_policy::{Outcome, Permit, Send};
use cleansheet_terms::{Clock, Entropy, PostId};
use jiff::SignedDuration;

use super::{Claim, Order, OrderError, OrderState, Orders};
use crate::{
    database::sql,
    facts::{Facts, Rules, Seat},
    jobs::{Claimed, Jobs, Work, backoff},
    posts::Posts,
    settings::Settings,
};

/// How long an order waits while publishing is paused; ending the pause calls it at once.
const PAUSE_WAIT: SignedDuration = SignedDuration::from_secs(30);

impl Orders<'_> {
    /// Claims an order for its network. The facts of this instant decide, not those of the approval. After
    /// [`Claim::Cleared`] the intent is written: commit, then call.
    pub async fn claim_to_send(
        &mut self,
        job: &Claimed,
        rules: &Rules<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let order = self.ours(job).await?;
        match order.state {
            OrderState::Queued => self.decide(job, &order, rules, clock, entropy).await,
            OrderState::Sending | OrderState::Uncertain => Ok(Claim::ReadBackFirst(order.release()?)),
            OrderState::Sent => {
                self.hand_on(job, Work::ConfirmPublished, clock, entropy).await?;
                Ok(Claim::Nothing)
            }
            OrderState::TakingDown | OrderState::Gone => {
                self.take_down_late(job, &order, clock, entropy).await?;
                Ok(Claim::Nothing)
            }
            OrderState::Published | OrderState::Stopped => {
                Jobs(self.0).finish(job, clock.now()).await?;
                Ok(Claim::Nothing)
            }
        }
    }

    /// Reading back found nothing: nothing was published, and the facts of this instant decide whether it is tried again.
    pub async fn not_there(
        &mut self,
        job: &Claimed,
        rules: &Rules<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let order = self.ours(job).await?;
        match order.state {
            OrderState::Sending | OrderState::Uncertain => {
                self.moved(&order, OrderState::Queued, None, clock, entropy).await?;
                let order = Order { state: OrderState::Queued, ..order };
                self.decide(job, &order, rules, clock, entropy).await
            }
            _ => self.claim_to_send(job, rules, clock, entropy).await,
        }
    }

    /// The network took the post, or reading back found it as approved.
    pub async fn sent(
        &mut self,
        job: &Claimed,
        remote: &str,
        url: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        self.found_at(&order, remote, url).await?;
        match order.state {
            OrderState::Sending | OrderState::Uncertain => {
                self.moved(&order, OrderState::Sent, None, clock, entropy).await?;
                self.hand_on(job, Work::ConfirmPublished, clock, entropy).await
            }
            OrderState::TakingDown | OrderState::Gone => {
                self.take_down_late(job, &order, clock, entropy).await
            }
            OrderState::Sent | OrderState::Published => Ok(Jobs(self.0).finish(job, clock.now()).await?),
            OrderState::Queued | OrderState::Stopped => Err(OrderError::WrongState(order.state)),
        }
    }

    /// Nobody knows whether the post is public. The next claim reads back first.
    pub async fn uncertain(
        &mut self,
        job: &Claimed,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        match order.state {
            OrderState::Sending => {
                self.moved(&order, OrderState::Uncertain, Some(because), clock, entropy).await?;
            }
            OrderState::Uncertain => {}
            OrderState::TakingDown | OrderState::Gone => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            other => return Err(OrderError::WrongState(other)),
        }
        Ok(Jobs(self.0).retry_later(job, because, backoff(job.attempt), clock.now()).await?)
    }

    /// The network could not do it now, and certainly nothing was published.
    ///
    /// - `after`: how long the network asks to be left alone; `None` when it did not say.
    pub async fn retry_later(
        &mut self,
        job: &Claimed,
        because: &str,
        after: Option<SignedDuration>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        match order.state {
            OrderState::Sending => {
                self.moved(&order, OrderState::Queued, Some(because), clock, entropy).await?;
            }
            // Reading back could not be done now.
            OrderState::Uncertain => {}
            OrderState::TakingDown | OrderState::Gone => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            other => return Err(OrderError::WrongState(other)),
        }
        let wait = after.map_or_else(|| backoff(job.attempt), |after| after.max(backoff(1)));
        Ok(Jobs(self.0).retry_later(job, because, wait, clock.now()).await?)
    }

    /// The network will not take it, and certainly nothing was published.
    pub async fn stopped(
        &mut self,
        job: &Claimed,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        match order.state {
            OrderState::Queued | OrderState::Sending => {
                self.stop(&order, because, clock, entropy).await?;
                Ok(Jobs(self.0).finish(job, clock.now()).await?)
            }
            OrderState::TakingDown | OrderState::Gone => {
                self.take_down_late(job, &order, clock, entropy).await
            }
            other => Err(OrderError::WrongState(other)),
        }
    }

    /// Stops the orders of a post that have not left.
    pub(crate) async fn stop_waiting(
        &mut self,
        post: &PostId,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), crate::StoreError> {
        for order in self.orders_of(post).await? {
            if order.state == OrderState::Queued {
                self.moved(&order, OrderState::Stopped, Some(because), clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// Decides on the facts of this instant about an order of which nothing has left.
    async fn decide(
        &mut self,
        job: &Claimed,
        order: &Order,
        rules: &Rules<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let now = clock.now();
        if Settings(self.0).pause().await?.is_some() {
            Jobs(self.0).retry_later(job, "publishing is paused", PAUSE_WAIT, now).await?;
            return Ok(Claim::Wait);
        }
        let facts = Facts(self.0).of(&order.post, &order.channel, &Seat::Worker, rules.allow, now).await?;
        let decision = rules.policy.decide::<Send>(&facts);
        Posts(self.0).keep_decision(&facts, &decision, clock, entropy).await?;
        match decision.outcome {
            Outcome::Allow(permit) => self.intend(job, order, permit, clock, entropy).await,
            Outcome::Hold(_) | Outcome::Deny => {
                let because =
                    decision.reasons.first().map_or("the policy forbids it", |reason| reason.say.as_str());
                self.stop(order, because, clock, entropy).await?;
                Jobs(self.0).finish(job, now).await?;
                Ok(Claim::Stopped(decision.reasons))
            }
        }
    }

    /// Writes the intent: from here on the post may be public.
    async fn intend(
        &mut self,
        job: &Claimed,
        order: &Order,
        permit: Permit<Send>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let cleared = order.release()?.clear(permit)?;
        let fence = sql("UPDATE release_order SET token = $1 WHERE id = $2");
        self.0.run(fence.bind(job.token).bind(order.id.as_str().to_owned())).await?;
        self.moved(order, OrderState::Sending, None, clock, entropy).await?;
        Ok(Claim::Cleared(cleared))
    }

    async fn stop(
        &mut self,
        order: &Order,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        self.moved(order, OrderState::Stopped, Some(because), clock, entropy).await?;
        self.settle(&order.post, clock, entropy).await
    }

    /// The order was to be taken down while its call was under way. Whatever came of the call, it is taken down (again).
    async fn take_down_late(
        &mut self,
        job: &Claimed,
        order: &Order,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        if order.state == OrderState::Gone {
            let because = order.because.as_deref();
            self.moved(order, OrderState::TakingDown, because, clock, entropy).await?;
        }
        self.hand_on(job, Work::TakeDown, clock, entropy).await
    }

    /// Where the public sees it, as the network said.
    pub(super) async fn found_at(
        &mut self,
        order: &Order,
        remote: &str,
        url: &str,
    ) -> Result<(), OrderError> {
        let set = sql("UPDATE release_order SET remote = $1, url = $2 WHERE id = $3")
            .bind(remote.to_owned())
            .bind(url.to_owned())
            .bind(order.id.as_str().to_owned());
        self.0.run(set).await?;
        Ok(())
    }

    /// Finishes a job and queues the next work for the same order.
    pub(super) async fn hand_on(
        &mut self,
        job: &Claimed,
        next: Work,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let now = clock.now();
        Jobs(self.0).enqueue(next, &job.subject, now, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, now).await?)
    }
}
