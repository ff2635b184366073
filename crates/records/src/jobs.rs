//! Work that outlives the request that asked for it: leased, retried, and fenced.
//!
//! A worker claims a job for the length of a lease and with a token that only grows. When it dies, the lease runs out
//! and another claims the job with a higher token; whatever the first still tries to record is refused by its old
//! token. A job may run twice: write it so that it does not matter.

use cleansheet_terms::{Clock, Entropy, JobId, Timestamp};
use jiff::SignedDuration;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
};

/// What stands beside a job that waits because its account's network takes no more calls of its kind.
pub const NO_MORE_YET: &str = "the network takes no more of them yet";

/// What a job does. Its subject says to which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Take an order's post off its network. Subject: order.
    TakeDown,
    /// Read the network back until the post is gone. Subject: order.
    ConfirmGone,
    /// Take a post from before this program came off its network. Subject: old post.
    TakeDownOld,
    /// Read the network back until an old post is gone. Subject: old post.
    ConfirmOldGone,
    /// Take away what an order that never became public left on its network. Subject: order.
    SweepUp,
    /// Look what an account shows. Subject: account.
    Watch,
    /// Take down publications whose time is over. Subject: the trust.
    EndPublications,
    /// Publish an order. Subject: order.
    Publish,
    /// Read the network back until the post is there. Subject: order.
    ConfirmPublished,
    /// Look for faces and hidden things. Subject: photo.
    ScreenPhoto,
    /// Make the publishable copies. Subject: photo.
    Render,
    /// Send a queued mail. Subject: mail.
    SendMail,
    /// Send a queued text message. Subject: text message.
    SendText,
    /// Tell a browser by push that a post waits. Subject: push subscription.
    SendPush,
    /// Tell the others, when nobody who was told first has opened a post. Subject: post.
    TellOthers,
    /// Remove originals that are no longer needed. Subject: photo.
    RemoveOriginal,
    /// Write down a page of what an account shows. Subject: import.
    ImportOldPosts,
    /// Look at the pictures of an old post, and keep small copies. Subject: old post.
    FetchOldPictures,
}

/// A text that names no work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of job")]
pub struct UnknownWork(pub String);

impl Work {
    /// Every kind, the most urgent first: a take-down never waits behind a publication, and a photo that was looked at
    /// is finished before the next is looked at.
    pub const ALL: [Self; 18] = [
        Self::TakeDown,
        Self::TakeDownOld,
        Self::ConfirmGone,
        Self::ConfirmOldGone,
        Self::EndPublications,
        Self::Publish,
        Self::ConfirmPublished,
        Self::Render,
        Self::ScreenPhoto,
        Self::SendMail,
        Self::SendText,
        Self::SendPush,
        Self::TellOthers,
        Self::Watch,
        Self::SweepUp,
        Self::RemoveOriginal,
        Self::FetchOldPictures,
        Self::ImportOldPosts,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TakeDown => "take_down",
            Self::ConfirmGone => "confirm_gone",
            Self::Publish => "publish",
            Self::ConfirmPublished => "confirm_published",
            Self::ScreenPhoto => "screen_photo",
            Self::Render => "render",
            Self::SendMail => "send_mail",
            Self::SendText => "send_text",
            Self::SendPush => "send_push",
            Self::TellOthers => "tell_others",
            Self::RemoveOriginal => "remove_original",
            Self::TakeDownOld => "take_down_old",
            Self::ConfirmOldGone => "confirm_old_gone",
            Self::EndPublications => "end_publications",
            Self::SweepUp => "sweep_up",
            Self::Watch => "watch",
            Self::ImportOldPosts => "import_old_posts",
            Self::FetchOldPictures => "fetch_old_pictures",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWork> {
        Self::ALL.into_iter().find(|work| work.as_str() == text).ok_or_else(|| UnknownWork(text.to_owned()))
    }

    /// Smaller runs first.
    fn urgency(self) -> i64 {
        match self {
            Self::TakeDown => 0,
            Self::TakeDownOld => 1,
            Self::ConfirmGone => 2,
            Self::ConfirmOldGone => 3,
            Self::EndPublications => 4,
            Self::Publish => 5,
            Self::ConfirmPublished => 6,
            Self::Render => 7,
            Self::ScreenPhoto => 8,
            Self::SendMail => 9,
            Self::SendText => 10,
            Self::SendPush => 11,
            Self::TellOthers => 12,
            Self::Watch => 13,
            Self::SweepUp => 14,
            Self::RemoveOriginal => 15,
            Self::FetchOldPictures => 16,
            Self::ImportOldPosts => 17,
        }
    }

    /// It calls an account's network: two of a kind never run for one account at the same time.
    fn calls_a_network(self) -> bool {
        matches!(
            self,
            Self::TakeDown
                | Self::TakeDownOld
                | Self::ConfirmGone
                | Self::ConfirmOldGone
                | Self::Publish
                | Self::ConfirmPublished
                | Self::SweepUp
                | Self::Watch
        )
    }
}

/// A job that this worker holds until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// What to do.
    pub work: Work,
    /// The id of the record it is about.
    pub subject: String,
    /// The account whose network it calls; empty when it calls none.
    pub lane: String,
    /// 1 for the first run.
    pub attempt: i64,
    /// Grows with every claim; everything this worker records is checked against it.
    pub token: i64,
    /// Until when nobody else takes it.
    pub lease_ends: Timestamp,
}

/// Why a worker may not go on.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The lease ran out and another worker has the job, or it is done.
    #[error("this job is no longer ours; leave it to the worker that has it now")]
    Lost,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A job that is due and held by nobody; of several the one that has been due the longest.
const CLAIM: &str = "UPDATE job SET token = token + 1, attempts = attempts + 1, lease_ends_ms = $1
     WHERE id = (SELECT id FROM job
         WHERE done_ms IS NULL AND kind = $3 AND due_ms <= $2 AND lease_ends_ms <= $2
         ORDER BY due_ms, id LIMIT 1)
     RETURNING id, kind, subject, lane, attempts, token, lease_ends_ms";
/// The same by place, of an account for which none of its kind runs.
const CLAIM_IN_LANES: &str = "UPDATE job SET token = token + 1, attempts = attempts + 1, lease_ends_ms = $1
     WHERE id = (SELECT id FROM job
         WHERE done_ms IS NULL AND kind = $3 AND due_ms <= $2 AND lease_ends_ms <= $2
             AND NOT EXISTS (SELECT 1 FROM job h WHERE h.done_ms IS NULL AND h.kind = $3 AND h.lease_ends_ms > $2
                 AND h.lane = job.lane AND h.lane <> '')
         ORDER BY place, due_ms, id LIMIT 1)
     RETURNING id, kind, subject, lane, attempts, token, lease_ends_ms";
/// When the next one of a kind may run.
const SOONEST: &str = "SELECT MIN(next_ms) AS next_ms FROM (
         SELECT lease_ends_ms AS next_ms FROM job WHERE done_ms IS NULL AND kind = $1 AND lease_ends_ms > 0
         UNION ALL
         SELECT due_ms FROM (SELECT due_ms FROM job
             WHERE done_ms IS NULL AND kind = $1 AND lease_ends_ms = 0
             ORDER BY due_ms, id LIMIT 1) free
     ) soonest";
/// The same where those of an account wait for the one that runs.
const SOONEST_IN_LANES: &str = "SELECT MIN(next_ms) AS next_ms FROM (
         SELECT lease_ends_ms AS next_ms FROM job WHERE done_ms IS NULL AND kind = $1 AND lease_ends_ms > 0
         UNION ALL
         SELECT due_ms FROM (SELECT due_ms FROM job
             WHERE done_ms IS NULL AND kind = $1 AND lease_ends_ms = 0
                 AND NOT EXISTS (SELECT 1 FROM job h WHERE h.done_ms IS NULL AND h.kind = $1 AND h.lease_ends_ms > 0
                     AND h.lane = job.lane AND h.lane <> '')
             ORDER BY due_ms, id LIMIT 1) free
     ) soonest";

mod lanes;

/// The jobs in the database. Borrow it from a [`Tx`].
pub struct Jobs<'t>(pub &'t mut Tx);

impl Jobs<'_> {
    /// Queues work for a record, not before `due`. The same work waiting for the same record is not queued twice; its
    /// due time moves forward if this one is earlier.
    pub async fn enqueue(
        &mut self,
        work: Work,
        subject: &str,
        due: Timestamp,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<JobId, StoreError> {
        if let Some(waiting) = self.hurry(work, subject, due).await? {
            return Ok(waiting);
        }
        let (lane, place) = self.lane_and_place(work, subject).await?;
        let id = JobId::new(clock, entropy);
        let insert = sql(
            "INSERT INTO job (id, kind, subject, urgency, due_ms, lease_ends_ms, token, attempts, made_ms, lane, place)
             VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7, $8)",
        )
        .bind(id.as_str().to_owned())
        .bind(work.as_str())
        .bind(subject.to_owned())
        .bind(work.urgency())
        .bind(due.as_millisecond())
        .bind(clock.now().as_millisecond())
        .bind(lane)
        .bind(place);
        self.0.run(insert).await?;
        Ok(id)
    }

    /// Sees to it that work for a record comes by `due`, for work that repeats until it is done: one that has run before, or
    /// runs now, comes again by itself and stands for it.
    pub(crate) async fn keep_open(
        &mut self,
        work: Work,
        subject: &str,
        due: Timestamp,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if self.is_open(work, subject).await? {
            return self.hasten(work, subject, due).await;
        }
        self.enqueue(work, subject, due, clock, entropy).await?;
        Ok(())
    }

    /// A job that was claimed may have read the old state already, so only an unclaimed one stands for new work.
    async fn hurry(
        &mut self,
        work: Work,
        subject: &str,
        due: Timestamp,
    ) -> Result<Option<JobId>, StoreError> {
        let hurry = sql("UPDATE job SET due_ms = CASE WHEN due_ms > $1 THEN $1 ELSE due_ms END
             WHERE kind = $2 AND subject = $3 AND done_ms IS NULL AND token = 0 RETURNING id")
        .bind(due.as_millisecond())
        .bind(work.as_str())
        .bind(subject.to_owned());
        self.0.row(hurry).await?.map(|row| row.read("id", JobId::parse)).transpose()
    }

    /// Makes waiting work for a record due now. A running job is left alone.
    pub(crate) async fn hasten(
        &mut self,
        work: Work,
        subject: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hasten = sql("UPDATE job SET due_ms = $1
             WHERE kind = $2 AND subject = $3 AND done_ms IS NULL AND due_ms > $1")
        .bind(now.as_millisecond())
        .bind(work.as_str())
        .bind(subject.to_owned());
        self.0.run(hasten).await?;
        Ok(())
    }

    /// Moves open work for a record to another time, earlier or later. One that runs looks at the time itself.
    pub(crate) async fn put_off(
        &mut self,
        work: Work,
        subject: &str,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let put = sql("UPDATE job SET due_ms = $1 WHERE kind = $2 AND subject = $3 AND done_ms IS NULL")
            .bind(due.as_millisecond())
            .bind(work.as_str())
            .bind(subject.to_owned());
        self.0.run(put).await?;
        Ok(())
    }

    /// Makes all waiting work of a kind due now.
    pub(crate) async fn hasten_all(&mut self, work: Work, now: Timestamp) -> Result<(), StoreError> {
        let hasten = sql("UPDATE job SET due_ms = $1 WHERE kind = $2 AND done_ms IS NULL AND due_ms > $1");
        self.0.run(hasten.bind(now.as_millisecond()).bind(work.as_str())).await?;
        Ok(())
    }

    /// Whether work of this kind for this record waits or runs.
    pub(crate) async fn is_open(&mut self, work: Work, subject: &str) -> Result<bool, StoreError> {
        let found = sql("SELECT id FROM job WHERE kind = $1 AND subject = $2 AND done_ms IS NULL LIMIT 1")
            .bind(work.as_str())
            .bind(subject.to_owned());
        Ok(self.0.row(found).await?.is_some())
    }

    /// Whether a worker holds work of this kind for this record.
    pub(crate) async fn is_held(
        &mut self,
        work: Work,
        subject: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let found = sql("SELECT id FROM job
             WHERE kind = $1 AND subject = $2 AND done_ms IS NULL AND lease_ends_ms > $3 LIMIT 1")
        .bind(work.as_str())
        .bind(subject.to_owned())
        .bind(now.as_millisecond());
        Ok(self.0.row(found).await?.is_some())
    }

    /// Takes the most urgent job that is due and held by nobody, for the length of `lease`; of equally urgent ones the one
    /// that has been due the longest.
    pub async fn claim(
        &mut self,
        works: &[Work],
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Claimed>, StoreError> {
        // Kind by kind: each look is a step into the index `job_open`, however many jobs of other kinds wait.
        for work in most_urgent_first(works) {
            let claim = if work.calls_a_network() { CLAIM_IN_LANES } else { CLAIM };
            let claim = sql(claim)
                .bind(later(now, lease).as_millisecond())
                .bind(now.as_millisecond())
                .bind(work.as_str());
            if let Some(row) = self.0.row(claim).await? {
                return Ok(Some(Claimed {
                    id: row.read("id", JobId::parse)?,
                    work: row.read("kind", Work::parse)?,
                    subject: row.text("subject")?,
                    lane: row.text("lane")?,
                    attempt: row.number("attempts")?,
                    token: row.number("token")?,
                    lease_ends: row.instant("lease_ends_ms")?,
                }));
            }
        }
        Ok(None)
    }

    /// Makes sure, in the transaction that records an outcome, that no other worker has taken the job since.
    pub async fn still_ours(&mut self, job: &Claimed) -> Result<(), JobError> {
        let found = sql("SELECT id FROM job WHERE id = $1 AND token = $2 AND done_ms IS NULL")
            .bind(job.id.as_str().to_owned())
            .bind(job.token);
        self.0.row(found).await?.map(|_| ()).ok_or(JobError::Lost)
    }

    /// Holds the job for another `lease` from now.
    pub async fn heartbeat(
        &mut self,
        job: &Claimed,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<(), JobError> {
        let held = sql("UPDATE job SET lease_ends_ms = $1 WHERE id = $2 AND token = $3 AND done_ms IS NULL")
            .bind(later(now, lease).as_millisecond())
            .bind(job.id.as_str().to_owned())
            .bind(job.token);
        self.touched_one(held).await
    }

    /// The work is done; the job never runs again.
    pub async fn finish(&mut self, job: &Claimed, now: Timestamp) -> Result<(), JobError> {
        let done = sql("UPDATE job SET done_ms = $1 WHERE id = $2 AND token = $3 AND done_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(job.id.as_str().to_owned())
            .bind(job.token);
        self.touched_one(done).await
    }

    /// Gives the job back for another try after `wait`. `error` is for the operator: no personal data.
    pub async fn retry_later(
        &mut self,
        job: &Claimed,
        error: &str,
        wait: SignedDuration,
        now: Timestamp,
    ) -> Result<(), JobError> {
        let back = sql("UPDATE job SET lease_ends_ms = 0, due_ms = $1, last_error = $2
             WHERE id = $3 AND token = $4 AND done_ms IS NULL")
        .bind(later(now, wait).as_millisecond())
        .bind(error.chars().take(500).collect::<String>())
        .bind(job.id.as_str().to_owned())
        .bind(job.token);
        self.touched_one(back).await
    }

    /// Frees every job that is held. Only for a program that has just started and is the only one on these records:
    /// whoever held them is gone. Says how many there were.
    pub async fn release_all(&mut self) -> Result<u64, StoreError> {
        self.0.run(sql("UPDATE job SET lease_ends_ms = 0 WHERE done_ms IS NULL AND lease_ends_ms > 0")).await
    }

    /// When the next job of these kinds may run: due, and its lease over. `None` when nothing waits.
    pub async fn next_due(&mut self, works: &[Work]) -> Result<Option<Timestamp>, StoreError> {
        let mut next = None;
        for work in works {
            // Held jobs are few, and a held one is due: its lease says when another may take it.
            let soonest = if work.calls_a_network() { SOONEST_IN_LANES } else { SOONEST };
            let soonest = sql(soonest).bind(work.as_str());
            let found = match self.0.row(soonest).await? {
                Some(row) => row.maybe_instant("next_ms")?,
                None => None,
            };
            next = [next, found].into_iter().flatten().min();
        }
        Ok(next)
    }

    async fn touched_one(&mut self, statement: crate::database::Statement) -> Result<(), JobError> {
        if self.0.run(statement).await? == 1 { Ok(()) } else { Err(JobError::Lost) }
    }
}

/// How long to wait before run number `attempt + 1`: 2 s, doubling, at most 10 minutes.
pub fn backoff(attempt: i64) -> SignedDuration {
    let doublings = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
    SignedDuration::from_secs((2_i64 << doublings).min(600))
}

fn most_urgent_first(works: &[Work]) -> Vec<Work> {
    let mut sorted = works.to_vec();
    sorted.sort_by_key(|work| work.urgency());
    sorted
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Work, backoff};

    #[test]
    fn a_take_down_is_the_most_urgent_work_and_no_two_are_alike() {
        assert!(Work::ALL.iter().map(|work| work.urgency()).eq(0..18));
        for work in Work::ALL {
            assert!(work == Work::TakeDown || Work::TakeDown.urgency() < work.urgency(), "{work:?}");
            assert_eq!(Work::parse(work.as_str()), Ok(work));
        }
    }

    #[test]
    fn a_failing_job_waits_longer_each_time_up_to_ten_minutes() {
        let waits: Vec<i64> = (1..=12).map(|attempt| backoff(attempt).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
    }
}
