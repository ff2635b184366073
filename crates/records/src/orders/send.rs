//! Sending: the claim that decides again, the intent, and what came of the call.

use cleansheet_policy::{self as policy, Outcome, Permit};
use cleansheet_terms::{Clock, Entropy, PostId};
use jiff::SignedDuration;

use super::{
    Claim, Order, OrderError, Orders,
    machine::{At, Place, Queued, Sending, Sent, Stopped, TakingDown, Uncertain},
};
use crate::{
    database::sql,
    facts::{Facts, Rules, Seat},
    jobs::{Claimed, Jobs, Work, backoff},
    mails::Mails,
    people::People,
    posts::{Posts, Turn},
    settings::Settings,
    told::Told,
};

/// How long an order waits while publishing is paused; ending the pause calls it at once.
const PAUSE_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// What is said of a post that did not go out: beside it, and to its author.
struct NotSent {
    because: &'static str,
    subject: &'static str,
    mail: &'static str,
}

const TIME_OVER: NotSent = NotSent {
    because: "its time was over by more than an hour",
    subject: "A post did not go out at its time",
    mail: "A post of yours was planned, and it could not be sent at its time: publishing was paused, or an account or this \
           program could not be reached. More than an hour later it may no longer be right, so it was not sent there.\n\n\
           Open it under Posts: its page says where it is public, if anywhere, and has the button that lets it go out \
           after all.",
};
const APPROVAL_OLD: NotSent = NotSent {
    because: "its approval is two weeks old: look whether it is still right, and send it for approval again",
    subject: "A post waited for too long",
    mail: "A post of yours was approved two weeks ago and could not be sent since: publishing was paused, or an account or \
           this program could not be reached. It may no longer be right, so it was not sent.\n\nOpen it under Posts, look \
           whether it still is, and send it for approval again.",
};
const STOPPED_SUBJECT: &str = "A post was stopped";
const STOPPED_MAIL: &str = "A post of yours was approved and is not sent on at least one account: something has changed since \
                            it was approved, or the network refuses it.\n\nOpen it under Posts: beside each account it says \
                            why, and what to do.";

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
        match order.place() {
            Place::Queued(at) => self.decide(job, &order, at, rules, clock, entropy).await,
            Place::Sending(_) | Place::Uncertain(_) => Ok(Claim::ReadBackFirst(order.release()?)),
            Place::Sent(_) => {
                self.hand_on(job, Work::ConfirmPublished, clock, entropy).await?;
                Ok(Claim::Nothing)
            }
            Place::TakingDown(_) | Place::Gone(_) => {
                self.take_down_late(job, &order, clock, entropy).await?;
                Ok(Claim::Nothing)
            }
            Place::Published(_) | Place::Stopped(_) => {
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
        if matches!(order.place(), Place::Sending(_) | Place::Uncertain(_))
            && self.waits_for_what_may_come(job, &order, clock, entropy).await?
        {
            return Ok(Claim::Wait);
        }
        match order.place() {
            Place::Sending(at) => {
                let back = self.forget_posts(&order).await?.back(at, Queued);
                self.take(back, None, clock, entropy).await?;
            }
            Place::Uncertain(at) => {
                let back = self.forget_posts(&order).await?.back(at, Queued);
                self.take(back, None, clock, entropy).await?;
            }
            _ => {}
        }
        self.claim_to_send(job, rules, clock, entropy).await
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
        self.has_arrived(&order).await?;
        let step = match order.place() {
            Place::Sending(at) => at.to(Sent),
            Place::Uncertain(at) => at.to(Sent),
            Place::TakingDown(_) | Place::Gone(_) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            Place::Sent(_) | Place::Published(_) => {
                return Ok(Jobs(self.0).finish(job, clock.now()).await?);
            }
            Place::Queued(_) | Place::Stopped(_) => return Err(OrderError::WrongState(order.state)),
        };
        self.take(step, None, clock, entropy).await?;
        self.hand_on(job, Work::ConfirmPublished, clock, entropy).await
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
        match order.place() {
            Place::Sending(at) => self.take(at.to(Uncertain), Some(because), clock, entropy).await?,
            Place::Uncertain(_) => {}
            Place::TakingDown(_) | Place::Gone(_) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            _ => return Err(OrderError::WrongState(order.state)),
        }
        Ok(Jobs(self.0).retry_later(job, because, backoff(job.attempt), clock.now()).await?)
    }

    /// The network could not do it now, and certainly nothing was published by this call. Of a thread that is public in part
    /// the rest is gone on with, when it has been read back.
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
        self.has_arrived(&order).await?;
        match (order.place(), self.nothing_out(&order).await?) {
            (Place::Sending(at), Some(nothing)) => {
                self.take(nothing.back(at, Queued), Some(because), clock, entropy).await?;
            }
            // The first posts of a thread are public: what certainly failed is the rest.
            (Place::Sending(at), None) => self.take(at.to(Uncertain), Some(because), clock, entropy).await?,
            // Reading back could not be done now.
            (Place::Uncertain(_), _) => {}
            (Place::TakingDown(_) | Place::Gone(_), _) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            _ => return Err(OrderError::WrongState(order.state)),
        }
        let wait = after.map_or_else(|| backoff(job.attempt), |after| after.max(backoff(1)));
        Ok(Jobs(self.0).retry_later(job, because, wait, clock.now()).await?)
    }

    /// The network will not take it, and certainly nothing was published by this call. What of it is public already, the
    /// first posts of a thread, is taken down.
    pub async fn stopped(
        &mut self,
        job: &Claimed,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        self.has_arrived(&order).await?;
        let step = match (order.place(), self.nothing_out(&order).await?) {
            (Place::Queued(at), _) => at.to(Stopped),
            (Place::Sending(at), Some(nothing)) => nothing.back(at, Stopped),
            (Place::Sending(_), None) | (Place::Uncertain(_), _) => {
                self.to_take_down(&order.id, because, clock, entropy).await?;
                return Ok(Jobs(self.0).finish(job, clock.now()).await?);
            }
            (Place::TakingDown(_) | Place::Gone(_), _) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            _ => return Err(OrderError::WrongState(order.state)),
        };
        self.take(step, Some(because), clock, entropy).await?;
        self.settle(&order.post, clock, entropy).await?;
        self.tell_of_stop(&order, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, clock.now()).await?)
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
            if let Place::Queued(at) = order.place() {
                self.take(at.to(Stopped), Some(because), clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// Decides on the facts of this instant about an order of which nothing has left.
    async fn decide(
        &mut self,
        job: &Claimed,
        order: &Order,
        at: At<'_, Queued>,
        rules: &Rules<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let (post, now) = (Posts(self.0).known(&order.post).await?, clock.now());
        let good = Posts(self.0).approval_lasts_to(&post).await?;
        match post.turn_with(good, now) {
            // What hastens jobs, a pause that ends or an account that is back, does not know the time.
            Turn::Early(wait) => {
                Jobs(self.0).retry_later(job, "it is not time yet", wait, now).await?;
                return Ok(Claim::Wait);
            }
            Turn::Over => return self.too_late(job, order, at, &TIME_OVER, clock, entropy).await,
            Turn::Old => return self.too_late(job, order, at, &APPROVAL_OLD, clock, entropy).await,
            Turn::Now => {}
        }
        if Settings(self.0).pause().await?.is_some() {
            Jobs(self.0).retry_later(job, "publishing is paused", PAUSE_WAIT, now).await?;
            return Ok(Claim::Wait);
        }
        let facts = Facts(self.0).of(&order.post, &order.channel, &Seat::Worker, rules.allow, now).await?;
        let decision = rules.policy.decide::<policy::Send>(&facts);
        Posts(self.0).keep_decision(&facts, &decision, clock, entropy).await?;
        match decision.outcome {
            Outcome::Allow(permit) => self.intend(job, order, at, permit, clock, entropy).await,
            Outcome::Hold(_) | Outcome::Deny => {
                let because =
                    decision.reasons.first().map_or("the policy forbids it", |reason| reason.say.as_str());
                self.take(at.to(Stopped), Some(because), clock, entropy).await?;
                self.settle(&order.post, clock, entropy).await?;
                self.tell_of_stop(order, clock, entropy).await?;
                Jobs(self.0).finish(job, now).await?;
                Ok(Claim::Stopped(decision.reasons))
            }
        }
    }

    /// A post has waited for too long, whatever held it up: it does not go out, and its author is told.
    async fn too_late(
        &mut self,
        job: &Claimed,
        order: &Order,
        at: At<'_, Queued>,
        why: &NotSent,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let (post, now) = (Posts(self.0).known(&order.post).await?, clock.now());
        self.take(at.to(Stopped), Some(why.because), clock, entropy).await?;
        self.settle(&order.post, clock, entropy).await?;
        let occasion = match post.publish_at {
            Some(at) => format!("too late for {}", at.as_millisecond()),
            None => format!("too late in revision {}", post.revision),
        };
        self.tell_author(order, &occasion, (why.subject, why.mail), clock, entropy).await?;
        Jobs(self.0).finish(job, now).await?;
        Ok(Claim::Stopped(Vec::new()))
    }

    /// An order was stopped without its author's doing: they are told, once for all accounts of what was approved.
    async fn tell_of_stop(
        &mut self,
        order: &Order,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let occasion = format!("stopped in revision {}", order.revision);
        self.tell_author(order, &occasion, (STOPPED_SUBJECT, STOPPED_MAIL), clock, entropy).await
    }

    async fn tell_author(
        &mut self,
        order: &Order,
        occasion: &str,
        (subject, mail): (&str, &str),
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let (post, now) = (Posts(self.0).known(&order.post).await?, clock.now());
        let author = People(self.0).find(&post.author).await?;
        if let (Some(author), true) = (author, Told(self.0).first(post.id.as_str(), occasion, now).await?) {
            Mails(self.0).queue(&author.mail, subject, mail, clock, entropy).await?;
        }
        Ok(())
    }

    /// Decides on the facts of this instant about the rest of a thread whose first posts are public. The state stays: a
    /// crash is read back as before.
    pub(super) async fn decide_on_the_rest(
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
        let decision = rules.policy.decide::<policy::Send>(&facts);
        Posts(self.0).keep_decision(&facts, &decision, clock, entropy).await?;
        match decision.outcome {
            Outcome::Allow(permit) => {
                let cleared = order.release()?.clear(permit)?;
                let fence =
                    sql("UPDATE release_order SET token = $1, making = 0, arrives_ms = NULL WHERE id = $2");
                self.0.run(fence.bind(job.token).bind(order.id.as_str().to_owned())).await?;
                Ok(Claim::Cleared(cleared))
            }
            Outcome::Hold(_) | Outcome::Deny => {
                let because =
                    decision.reasons.first().map_or("the policy forbids it", |reason| reason.say.as_str());
                self.to_take_down(&order.id, because, clock, entropy).await?;
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
        at: At<'_, Queued>,
        permit: Permit<policy::Send>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Claim, OrderError> {
        let cleared = order.release()?.clear(permit)?;
        let fence = sql("UPDATE release_order SET token = $1 WHERE id = $2");
        self.0.run(fence.bind(job.token).bind(order.id.as_str().to_owned())).await?;
        self.take(at.to(Sending), None, clock, entropy).await?;
        Ok(Claim::Cleared(cleared))
    }

    /// The order was to be taken down while its call was under way. Whatever came of the call, it is taken down (again).
    pub(super) async fn take_down_late(
        &mut self,
        job: &Claimed,
        order: &Order,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        if let Place::Gone(at) = order.place() {
            self.take(at.to(TakingDown), order.because.as_deref(), clock, entropy).await?;
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
