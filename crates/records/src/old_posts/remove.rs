//! Taking old posts down, and making sure that they are gone.

use cleansheet_terms::{Clock, Entropy, OldPostId, ParticipantId, PersonId, Role, Timestamp};

use super::{OldPost, OldPostError, OldPosts, OldState, appearing::Appearing};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Claimed, Jobs, Work, backoff},
    ledger_entries::Ledger,
    orders::is_there,
    people::People,
    tasks::{Tasks, Thing},
    withdrawals,
};

impl OldPosts<'_> {
    /// Somebody takes an old post down. Pressed twice it changes nothing. What clause 7 stopped is evidence: the safeguarding
    /// lead alone says when it goes.
    pub async fn take_down(
        &mut self,
        id: &OldPostId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let lead = People(self.0).find(by).await?.is_some_and(|person| person.is(Role::Dsl, clock.now()));
        if !lead && self.is_stopped(id).await? {
            return Err(OldPostError::ForTheLead);
        }
        self.bring_down(id, "somebody who looked at it took it down", clock, entropy).await?;
        Ledger(self.0).append("old_post.take_down", id.as_str(), &by, clock.now(), entropy).await?;
        Ok(())
    }

    /// Sees to it that an old post is not public.
    pub(crate) async fn bring_down(
        &mut self,
        id: &OldPostId,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let (post, now) = (self.known_post(id).await?, clock.now());
        if post.state == OldState::TakingDown {
            Jobs(self.0).place_again(Work::TakeDownOld, id.as_str()).await?;
            return Ok(Tasks(self.0).asked_again(Thing::OldPost(id), clock, entropy).await?);
        }
        let set =
            sql("UPDATE old_post SET state = 'taking_down', because = $1, take_down_ms = $2, gone_ms = NULL
             WHERE id = $3 AND state <> 'taking_down'")
            .bind(because.to_owned())
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        Jobs(self.0).enqueue(Work::TakeDownOld, id.as_str(), now, clock, entropy).await?;
        Ledger(self.0)
            .append("old_post.taking_down", id.as_str(), &(&post.remote, because), now, entropy)
            .await?;
        Ok(())
    }

    /// The post to take down; `None`, and the job is finished, when there is nothing to take down any more.
    pub async fn claim_to_take_down(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<OldPost>, OldPostError> {
        let post = self.ours(job).await?;
        if post.state == OldState::TakingDown {
            return Ok(Some(post));
        }
        Jobs(self.0).finish(job, clock.now()).await?;
        Ok(None)
    }

    /// The network says that it took it away. Whether that is so is looked at next.
    pub async fn taken_down(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let (post, now) = (self.ours(job).await?, clock.now());
        Ledger(self.0).append("old_post.taken_down", post.id.as_str(), &(), now, entropy).await?;
        Jobs(self.0).keep_open(Work::ConfirmOldGone, &job.subject, now, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, now).await?)
    }

    /// Neither the post nor a file of it answers. Returns the keys of the copies that nobody needs any more: their files
    /// go after the commit.
    ///
    /// - `trust`: the trust's name, for the receipts that are complete now.
    pub async fn gone(
        &mut self,
        job: &Claimed,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<String>, OldPostError> {
        let (post, now) = (self.ours(job).await?, clock.now());
        let mut copies = Vec::new();
        if post.state == OldState::TakingDown {
            let set = sql("UPDATE old_post SET state = 'gone', gone_ms = $1 WHERE id = $2")
                .bind(now.as_millisecond())
                .bind(post.id.as_str().to_owned());
            self.0.run(set).await?;
            copies = self.forget_copies(&post.id).await?;
            Ledger(self.0).append("old_post.gone", post.id.as_str(), &(), now, entropy).await?;
            Tasks(self.0).thing_is_gone(Thing::OldPost(&post.id), clock, entropy).await?;
            Jobs(self.0).end_repeated(Work::TakeDownOld, post.id.as_str(), now).await?;
            withdrawals::complete(self.0, withdrawals::Ended::OldPost(&post.id), trust, clock, entropy)
                .await?;
        }
        Jobs(self.0).finish(job, now).await?;
        Ok(copies)
    }

    /// Part of it can still be seen: it is taken down again, and looked for again.
    pub async fn still_live(
        &mut self,
        job: &Claimed,
        why: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let (post, now) = (self.ours(job).await?, clock.now());
        Tasks(self.0).thing_is_there(Thing::OldPost(&post.id), clock, entropy).await?;
        // One that waits already waits for as long as its network asked.
        let waits = Jobs(self.0).is_open(Work::TakeDownOld, post.id.as_str()).await?;
        if post.state == OldState::TakingDown && !waits {
            let again = now.checked_add(backoff(job.attempt)).unwrap_or(now);
            Jobs(self.0).enqueue(Work::TakeDownOld, post.id.as_str(), again, clock, entropy).await?;
        }
        Ok(Jobs(self.0).retry_later(job, &is_there(why), backoff(job.attempt), now).await?)
    }

    /// The old post a job is about, once it is certain that the job is still ours.
    pub(super) async fn ours(&mut self, job: &Claimed) -> Result<OldPost, OldPostError> {
        Jobs(self.0).still_ours(job).await?;
        let id = OldPostId::parse(&job.subject).map_err(|_| StoreError::damaged("subject"))?;
        self.known_post(&id).await
    }
}

/// Every old post that shows somebody and is not gone yet, the oldest first.
pub(crate) async fn all_showing(
    tx: &mut Tx,
    participant: &ParticipantId,
) -> Result<Vec<OldPostId>, StoreError> {
    let found = sql("SELECT p.id FROM old_post p JOIN old_depiction d ON d.old_post_id = p.id
         WHERE d.participant_id = $1 AND p.state <> 'gone' ORDER BY p.published_ms, p.id")
    .bind(participant.as_str().to_owned());
    tx.rows(found).await?.iter().map(|row| row.read("id", OldPostId::parse)).collect()
}

/// Those of them that somebody has said no to, or that the hard flag forbids. Who was never asked about old posts, or has
/// not answered yet, has not; that is for people to decide who look at the post.
pub(crate) async fn that_may_not_stay(
    tx: &mut Tx,
    participant: &ParticipantId,
    at: Timestamp,
) -> Result<Vec<OldPost>, OldPostError> {
    let (mut all, mut appearing) = (Vec::new(), Appearing::on(at));
    for post in OldPosts(tx).showing(participant).await? {
        if post.state != OldState::Gone && appearing.of(tx, participant, post.network).await?.refused {
            all.push(post);
        }
    }
    Ok(all)
}
