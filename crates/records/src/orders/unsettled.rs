//! Orders of which nobody knows whether they are public, and that reading back does not settle: people look, and say.

use cleansheet_terms::{Clock, Entropy, OrderId, PersonId, Role, Timestamp, day_in_london};
use jiff::SignedDuration;

use super::{
    Order, OrderError, Orders,
    machine::{Place, Published, Queued, Uncertain},
    order,
};
use crate::{
    accounts::{Accounts, Right},
    columns::Columns as _,
    database::{StoreError, sql},
    jobs::{Claimed, Jobs, Work, backoff},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, Person},
    posts::Posts,
};

/// A network that does not say for this long whether the post is there is looked at by people.
const ASK_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What is said of a post that the network took and does not show.
const NOT_SHOWN: &str =
    "the network took it, and does not show it: it may have removed it, or may show it later";

/// Why reading back did not settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsettled<'a> {
    /// The network could not be read.
    Silent(&'a str),
    /// Something is there, and it is not what was approved: which part.
    Differs(&'a str),
    /// The network named the post when it took it, and does not show it.
    NotShown,
}

/// What somebody says who looked at the network themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It is there, as it was approved.
    There,
    /// It is not there: the facts of the next instant decide whether it is sent again.
    NotThere,
    /// Whatever is there is to go.
    TakeDown,
}

/// A text that names no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no answer")]
pub struct UnknownAnswer(pub String);

impl Answer {
    /// All three.
    pub const ALL: [Self; 3] = [Self::There, Self::NotThere, Self::TakeDown];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::NotThere => "not_there",
            Self::TakeDown => "take_down",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownAnswer> {
        Self::ALL
            .into_iter()
            .find(|answer| answer.as_str() == text)
            .ok_or_else(|| UnknownAnswer(text.to_owned()))
    }
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Who looked.
    pub by: PersonId,
    /// What they said.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
}

impl Orders<'_> {
    /// Reading back did not settle whether the order is public. It stays uncertain and is read back again; when the
    /// network has been silent for a quarter of an hour, or shows something else, the Manager and the safeguarding lead
    /// are asked by mail, once.
    ///
    /// - `origin`: the site's own address, for the link in the mail.
    pub async fn unsettled(
        &mut self,
        job: &Claimed,
        why: Unsettled<'_>,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let (order, now) = (self.ours(job).await?, clock.now());
        let because = match why {
            Unsettled::Silent(why) => format!("the network cannot be read: {why}"),
            Unsettled::Differs(what) => format!("what is there is not what was approved: {what}"),
            Unsettled::NotShown => NOT_SHOWN.to_owned(),
        };
        match order.place() {
            Place::Sending(at) => self.take(at.to(Uncertain), Some(&because), clock, entropy).await?,
            Place::Uncertain(_) => {
                let say = sql("UPDATE release_order SET because = $1 WHERE id = $2");
                self.0.run(say.bind(because.clone()).bind(order.id.as_str().to_owned())).await?;
            }
            Place::TakingDown(_) | Place::Gone(_) => {
                return self.take_down_late(job, &order, clock, entropy).await;
            }
            _ => return Err(OrderError::WrongState(order.state)),
        }
        let silent_for = now.duration_since(order.call_started.unwrap_or(now));
        let left = ASK_AFTER.checked_sub(silent_for).unwrap_or(SignedDuration::ZERO);
        let ask = matches!(why, Unsettled::Differs(_)) || left <= SignedDuration::ZERO;
        if ask && order.asked.is_none() {
            self.ask(&order, origin, clock, entropy).await?;
        }
        let wait = backoff(job.attempt);
        // The look that asks is not later than promised.
        let wait = if ask || left < backoff(1) { wait } else { wait.min(left) };
        Ok(Jobs(self.0).retry_later(job, &because, wait, now).await?)
    }

    /// The network took the order, and does not show it. It is looked for again; when it has not come for a quarter of an
    /// hour, people are asked as for any other order of which nobody knows whether it is public.
    ///
    /// - `origin`: the site's own address, for the link in the mail.
    pub async fn not_shown(
        &mut self,
        job: &Claimed,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let (order, now) = (self.ours(job).await?, clock.now());
        let Place::Sent(at) = order.place() else {
            return Ok(Jobs(self.0).finish(job, now).await?);
        };
        let left = ASK_AFTER.checked_sub(now.duration_since(order.sent.unwrap_or(now))).unwrap_or_default();
        if left > SignedDuration::ZERO {
            let wait = if left < backoff(1) { left } else { backoff(job.attempt).min(left) };
            return Ok(Jobs(self.0).retry_later(job, "the post cannot be seen yet", wait, now).await?);
        }
        self.take(at.to(Uncertain), Some(NOT_SHOWN), clock, entropy).await?;
        if order.asked.is_none() {
            self.ask(&order, origin, clock, entropy).await?;
        }
        self.hand_on(job, Work::Publish, clock, entropy).await
    }

    async fn ask(
        &mut self,
        order: &Order,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let now = clock.now();
        let asked = sql("UPDATE release_order SET asked_ms = $1 WHERE id = $2");
        self.0.run(asked.bind(now.as_millisecond()).bind(order.id.as_str().to_owned())).await?;
        Ledger(self.0).append("order.asked", order.id.as_str(), &order.hash, now, entropy).await?;
        let channel = Accounts(self.0).channel(&order.channel).await?;
        let body = format!(
            "A post was sent to {}, and we do not know whether it is public: reading it back does not settle it.\n\n\
             Nothing is sent again before somebody has looked. See what was approved and what the network shows, and \
             say which it is:\n{origin}/posts/{}/uncertain/{}\n",
            channel.map_or_else(|| "a network".to_owned(), |channel| channel.name),
            order.post,
            order.id,
        );
        Ok(Mails(self.0).queue_for_a_look(&body, clock, entropy).await?)
    }

    /// The orders about which people were asked and have not answered, the oldest first.
    pub async fn waiting_for_a_look(&mut self) -> Result<Vec<Order>, StoreError> {
        let found =
            sql(super::select!("WHERE state = 'uncertain' AND asked_ms IS NOT NULL ORDER BY asked_ms, id"));
        self.0.rows(found).await?.iter().map(order).collect()
    }

    /// Whether this person may say what the network shows: the Manager, the safeguarding lead, or whoever may approve for
    /// this account. Never the author.
    pub async fn may_answer(
        &mut self,
        order: &Order,
        person: &Person,
        at: Timestamp,
    ) -> Result<bool, OrderError> {
        let author = Posts(self.0).known(&order.post).await?.author;
        if person.is_suspended() || person.id == author {
            return Ok(false);
        }
        if person.is(Role::Manager, at) || person.is(Role::Dsl, at) {
            return Ok(true);
        }
        let open = Accounts(self.0).channels_open_to(&person.id, Right::Approve, day_in_london(at)).await?;
        Ok(open.iter().any(|channel| channel.id == order.channel))
    }

    /// Somebody looked, and says what the network shows. Refused while a worker is looking itself, and for whoever may
    /// not answer.
    pub async fn answer(
        &mut self,
        id: &OrderId,
        by: &PersonId,
        answer: Answer,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let now = clock.now();
        let order = self.order(id).await?.ok_or_else(|| OrderError::Missing(id.clone()))?;
        let person = People(self.0).find(by).await?.ok_or(OrderError::MayNotAnswer)?;
        if !self.may_answer(&order, &person, now).await? {
            return Err(OrderError::MayNotAnswer);
        }
        let Place::Uncertain(at) = order.place() else { return Err(OrderError::WrongState(order.state)) };
        if Jobs(self.0).is_held(Work::Publish, id.as_str(), now).await? {
            return Err(OrderError::BeingLooked);
        }
        let keep =
            sql("INSERT INTO order_answer (order_id, person_id, answer, at_ms) VALUES ($1, $2, $3, $4)")
                .bind(id.as_str().to_owned())
                .bind(by.as_str().to_owned())
                .bind(answer.as_str())
                .bind(now.as_millisecond());
        self.0.run(keep).await?;
        let payload = (by, answer.as_str(), order.hash);
        Ledger(self.0).append("order.answered", id.as_str(), &payload, now, entropy).await?;
        let arrives = self.trail(id).await?.arrives;
        match answer {
            Answer::There => {
                self.take(at.to(Published), None, clock, entropy).await?;
                self.replace_older(&order, clock, entropy).await?;
            }
            Answer::NotThere => {
                let back = self.forget_posts(&order).await?.back(at, Queued);
                self.take(back, None, clock, entropy).await?;
            }
            Answer::TakeDown => {
                self.to_take_down(id, "somebody looked and had it taken down", clock, entropy).await?;
            }
        }
        // The job that was to read it back ends now, or sends what is cleared again: not while the first call may still come.
        let due = arrives.unwrap_or(now).max(now);
        if Jobs(self.0).is_open(Work::Publish, id.as_str()).await? {
            Ok(Jobs(self.0).put_off(Work::Publish, id.as_str(), due).await?)
        } else {
            Jobs(self.0).enqueue(Work::Publish, id.as_str(), due, clock, entropy).await?;
            Ok(())
        }
    }

    /// What people answered about an order, in order.
    pub async fn answers(&mut self, id: &OrderId) -> Result<Vec<Answered>, StoreError> {
        let found =
            sql("SELECT person_id, answer, at_ms FROM order_answer WHERE order_id = $1 ORDER BY at_ms");
        let rows = self.0.rows(found.bind(id.as_str().to_owned())).await?;
        let one = |row: &sqlx::any::AnyRow| {
            Ok(Answered {
                by: row.read("person_id", PersonId::parse)?,
                answer: row.read("answer", Answer::parse)?,
                at: row.instant("at_ms")?,
            })
        };
        rows.iter().map(one).collect()
    }
}
