//! One worker: claim a job, hold it while it runs, give it back when it fails.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cleansheet_records::{
    StoreError, Trouble,
    jobs::{Claimed, JobError, Jobs, Work, backoff},
};
use jiff::SignedDuration;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{cover, mail, old_posts, outgoing, photos, removing, text, watching};
use crate::app::App;

pub(super) const LEASE: SignedDuration = SignedDuration::from_mins(2);
const HEARTBEAT: Duration = Duration::from_secs(30);
/// The queue is looked at this often even when nobody calls: another process may have put something in.
const LONGEST_REST: Duration = Duration::from_secs(15);
const AFTER_TROUBLE: Duration = Duration::from_secs(2);

/// Why a job did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The same again later may work. The words are for the operator: no personal data.
    #[error("{0}")]
    Later(String),
    /// Another worker has the job now; nothing of this run was recorded.
    #[error("the job is no longer ours")]
    Lost,
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RunError {
    pub(super) fn later(error: impl std::fmt::Display) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<JobError> for RunError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Lost => Self::Lost,
            JobError::Store(error) => Self::Store(error),
        }
    }
}

/// Works until told to stop; a job that has begun is ended first.
pub(super) async fn work(app: Arc<App>, works: &'static [Work], mut stop: watch::Receiver<bool>) {
    let mut woken = app.wake.listen();
    while !*stop.borrow() {
        woken.mark_unchanged();
        let rest = match once(&app, works).await {
            Ok(true) => continue,
            Ok(false) => rest(&app, works).await,
            Err(error) => {
                tracing::error!(error = %error, "the queue could not be read");
                AFTER_TROUBLE
            }
        };
        tokio::select! {
            () = sleep(rest) => {}
            _ = woken.changed() => {}
            _ = stop.changed() => {}
        }
    }
}

/// Runs one job that is due. Says whether there was one.
pub(super) async fn once(app: &App, works: &[Work]) -> Result<bool, RunError> {
    // Looking costs a reader nothing; claiming takes the one writer's turn.
    let (works, now) = (&allowed(app, works), app.clock.now());
    let due = Jobs(&mut app.records.read().await?).next_due(works).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(false);
    }
    let mut tx = app.records.begin().await?;
    let claimed = Jobs(&mut tx).claim(works, LEASE, now).await?;
    let kept = tx.commit().await;
    let Some(job) = claimed else { return Ok(false) };
    if let Err(error) = kept {
        // The answer was lost; the claim may have been kept all the same.
        give_back(app, &job, &error.to_string(), SignedDuration::ZERO).await?;
        return Err(error.into());
    }
    let begun = Instant::now();
    let ended = held(app, &job).await;
    app.metrics.job(job.work.as_str(), ended.is_ok(), begun.elapsed());
    settle(app, &job, ended).await?;
    Ok(true)
}

/// Runs a job and renews its lease meanwhile.
async fn held(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut beats = interval(HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats.reset();
    let running = run(app, job);
    tokio::pin!(running);
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            _ = beats.tick() => {
                let mut tx = app.records.begin().await?;
                Jobs(&mut tx).heartbeat(job, LEASE, app.clock.now()).await?;
                tx.commit().await?;
            }
        }
    }
}

async fn run(app: &App, job: &Claimed) -> Result<(), RunError> {
    match job.work {
        Work::TakeDown => removing::take_down(app, job).await,
        Work::ConfirmGone => removing::confirm_gone(app, job).await,
        Work::SweepUp => removing::sweep_up(app, job).await,
        Work::Watch => watching::watch(app, job).await,
        Work::EndPublications => outgoing::end_publications(app, job).await,
        Work::Publish => outgoing::publish(app, job).await,
        Work::ConfirmPublished => outgoing::confirm_published(app, job).await,
        Work::ScreenPhoto => photos::screen(app, job).await,
        Work::Render => photos::render(app, job).await,
        Work::SendMail => mail::send(app, job).await,
        Work::SendText => text::send(app, job).await,
        Work::SendPush => cover::push(app, job).await,
        Work::TellOthers => cover::tell_others(app, job).await,
        Work::RemoveOriginal => photos::remove_original(app, job).await,
        Work::TakeDownOld => old_posts::take_down(app, job).await,
        Work::ConfirmOldGone => old_posts::confirm_gone(app, job).await,
        Work::ImportOldPosts => old_posts::import(app, job).await,
        Work::FetchOldPictures => old_posts::fetch(app, job).await,
    }
}

/// What failed waits longer each time. What succeeded may have made work for the other workers.
async fn settle(app: &App, job: &Claimed, ended: Result<(), RunError>) -> Result<(), RunError> {
    let (name, id) = (job.work.as_str(), job.id.as_str());
    match ended {
        Ok(()) => tracing::info!(job.id = id, work = name, attempt = job.attempt, "done"),
        Err(RunError::Lost) => tracing::warn!(job.id = id, work = name, "another worker has this job now"),
        Err(error @ (RunError::Later(_) | RunError::Store(_))) => {
            if matches!(&error, RunError::Store(error) if error.trouble() == Trouble::Damaged) {
                app.troubles.records_are_damaged();
            }
            let wait = backoff(job.attempt);
            tracing::warn!(job.id = id, work = name, attempt = job.attempt, error = %error, "tried again later");
            give_back(app, job, &error.to_string(), wait).await?;
        }
    }
    app.wake.all();
    Ok(())
}

/// What may run while something is wrong.
fn allowed(app: &App, works: &[Work]) -> Vec<Work> {
    works.iter().copied().filter(|work| app.may_run(*work)).collect()
}

/// Gives a job back, and waits for a database that does not answer: a job that nobody gave back is held until its lease
/// ends.
async fn give_back(app: &App, job: &Claimed, error: &str, wait: SignedDuration) -> Result<(), RunError> {
    loop {
        match given_back(app, job, error, wait).await {
            Ok(()) | Err(JobError::Lost) => return Ok(()),
            Err(JobError::Store(error)) if error.is_passing() && job.lease_ends > app.clock.now() => {
                sleep(AFTER_TROUBLE).await;
            }
            Err(JobError::Store(error)) => return Err(error.into()),
        }
    }
}

async fn given_back(app: &App, job: &Claimed, error: &str, wait: SignedDuration) -> Result<(), JobError> {
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).retry_later(job, error, wait, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Until the next job is due, and not longer than until the next look.
async fn rest(app: &App, works: &[Work]) -> Duration {
    let due = match app.records.read().await {
        Ok(mut tx) => Jobs(&mut tx).next_due(&allowed(app, works)).await,
        Err(error) => Err(error),
    };
    match due {
        Ok(Some(due)) => {
            let wait = due.duration_since(app.clock.now());
            // A little later than due, or a rounded clock would find nothing and ask at once again.
            Duration::try_from(wait)
                .unwrap_or_default()
                .saturating_add(Duration::from_millis(5))
                .min(LONGEST_REST)
        }
        Ok(None) => LONGEST_REST,
        Err(_) => AFTER_TROUBLE,
    }
}
