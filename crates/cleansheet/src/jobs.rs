//! Work that outlives a request: photos, publishing, take-downs, mail, and the ledger's public files.
//!
//! The queue is in the records: a job is leased, fenced by a token, and given back with a growing wait when it fails.
//! Every group of works has workers of its own, so that a take-down never waits behind a photo, a mail or a slow
//! publication, and nothing at all behind years of old posts. Groups that call networks have several: the jobs of one
//! account run one after the other, and those of different accounts side by side, so that a network that hangs holds no
//! other up.

use std::{fmt::Display, sync::Arc};

use cleansheet_records::{
    StoreError, Trouble,
    drift::Drifts,
    jobs::{Jobs, Work},
    mails::Mails,
    orders::Orders,
    posts::Posts,
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{app::App, lock::Lock};

mod access;
mod connections;
mod cover;
mod eraser;
mod keeper;
mod mail;
mod old_posts;
mod outgoing;
mod papers;
mod photos;
mod removing;
mod rounds;
mod spending;
mod sweeper;
mod text;
mod watching;
mod worker;

pub use worker::RunError;

const TAKING_DOWN: &[Work] = &[Work::TakeDown, Work::TakeDownOld];
const SEEING_GONE: &[Work] = &[Work::ConfirmGone, Work::ConfirmOldGone];
const ENDING: &[Work] = &[Work::EndPublications];
const PUBLISHING: &[Work] = &[Work::Publish, Work::ConfirmPublished];
const PHOTOS: &[Work] = &[Work::ScreenPhoto, Work::Render];
const THE_REST: &[Work] =
    &[Work::SendMail, Work::SendText, Work::SendPush, Work::TellOthers, Work::RemoveOriginal];
const WATCHING: &[Work] = &[Work::Watch, Work::SweepUp];
const OLD_POSTS: &[Work] = &[Work::FetchOldPictures, Work::ImportOldPosts];
/// Each group, and how many workers it has: six networks can be asked to take down at the same time.
const WORKERS: [(&[Work], usize); 8] = [
    (TAKING_DOWN, 6),
    (SEEING_GONE, 3),
    (ENDING, 1),
    (PUBLISHING, 4),
    (PHOTOS, 1),
    (THE_REST, 1),
    (WATCHING, 2),
    (OLD_POSTS, 1),
];

/// Tells the workers that there is work, so that none of it waits for the next look at the queue.
#[derive(Debug, Default)]
pub struct Wake(watch::Sender<u64>);

impl Wake {
    /// Every worker looks at the queue now.
    pub fn all(&self) {
        self.0.send_modify(|times| *times = times.wrapping_add(1));
    }

    fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// The workers of a running program.
pub struct Running {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts the workers. What an earlier process had claimed is taken up again at once: the lock says that it is gone.
pub async fn start(app: &Arc<App>, _only: &Lock) -> Result<Running, StoreError> {
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).release_all().await?;
    // Somebody may have mended the way to the mail server meanwhile.
    Mails(&mut tx).server_answers(app.clock.now()).await?;
    Orders(&mut tx).take_all_back().await?;
    Orders(&mut tx).watch_ends(&*app.clock, &mut &app.entropy).await?;
    Drifts(&mut tx).watch_all(&*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.troubles.watch();
    let (stop, looked) = (watch::Sender::new(false), watch::Sender::new(false));
    let mut tasks: Vec<JoinHandle<()>> = WORKERS
        .iter()
        .flat_map(|(works, many)| std::iter::repeat_n(works, *many))
        .map(|works| {
            let (app, stop, mut looked) = (Arc::clone(app), stop.subscribe(), looked.subscribe());
            tokio::spawn(async move {
                if looked.wait_for(|done| *done).await.is_err() {
                    return;
                }
                // Before a photo's worker may name a file again that lies there without a name.
                if *works == PHOTOS {
                    sweep(&app).await;
                }
                worker::work(app, works, stop).await;
            })
        })
        .collect();
    let (kept, stopped) = (Arc::clone(app), stop.subscribe());
    tasks.push(tokio::spawn(rounds::go_round(Arc::clone(app), stop.subscribe())));
    tasks.push(tokio::spawn(sweeper::sweep_daily(Arc::clone(app), stop.subscribe())));
    tasks.push(tokio::spawn(async move {
        look_first(&kept).await;
        looked.send_replace(true);
        keeper::keep(kept, stopped).await;
    }));
    Ok(Running { stop, tasks })
}

/// Pages come at once, jobs after this: damaged records, and those that the witness knows to be old, publish nothing. Of a
/// trust with a hundred thousand posts it takes some seconds.
async fn look_first(app: &App) {
    let site = app.site.clone();
    // What it finds is kept, so the first visitor does not wait for it.
    drop(tokio::task::spawn_blocking(move || site.newest(1)));
    match app.records.check_if_large().await {
        Ok(()) => {}
        Err(error) if error.trouble() == Trouble::Damaged => app.troubles.records_are_damaged(),
        Err(error) => tracing::error!(error = %error, "the records could not be checked"),
    }
    crate::witness::keeping::look_after(app).await;
}

/// Removes files that a crash left between file and row. That it cannot be done is no reason not to start.
async fn sweep(app: &Arc<App>) {
    let named = match app.records.read().await {
        Ok(mut tx) => Posts(&mut tx).named_files().await,
        Err(error) => Err(error),
    };
    let named = match named {
        Ok(named) => named,
        Err(error) => {
            tracing::warn!(error = %error, "the files in use could not be listed");
            return;
        }
    };
    let (media, now) = (app.media.clone(), app.clock.now());
    match tokio::task::spawn_blocking(move || media.sweep(&named, now)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(files)) => tracing::info!(files, "files that nothing names were removed"),
        Ok(Err(error)) => tracing::warn!(error = %error, "the media folder could not be swept"),
        Err(error) => tracing::warn!(error = %error, "the media folder could not be swept"),
    }
}

/// What nobody asked for by a job fails: it comes again, and the operator reads of it. Says whether it was done.
fn said<E: Display>(done: Result<(), E>, otherwise: &'static str) -> bool {
    if let Err(error) = &done {
        tracing::error!(error = %error, "{otherwise}");
    }
    done.is_ok()
}

impl Running {
    /// Lets every worker end the job it is doing, then writes the last of the ledger's files.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(error = %error, "a worker ended badly");
            }
        }
    }
}

/// Does everything that is due, one job after the other, on the caller's task, and says how many jobs ran: for tests,
/// which own the clock.
pub async fn run_due(app: &App) -> Result<usize, RunError> {
    let mut ran = 0;
    while worker::once(app, &Work::ALL).await? {
        ran += 1;
    }
    Ok(ran)
}

/// One round of what goes by itself every quarter of an hour: for tests, which own the clock.
pub async fn go_round(app: &App) {
    rounds::round(app).await;
}

/// One round of what goes by the day and by itself, as if nobody had looked today: for tests, which own the clock. Says whether
/// the day is done.
pub async fn sweep_once(app: &App) -> bool {
    sweeper::round(app, &watch::Sender::new(false).subscribe(), None).await.is_some()
}

#[cfg(test)]
mod tests {
    use super::{WORKERS, Work};

    #[test]
    fn every_kind_of_work_has_one_group_of_workers() {
        for work in Work::ALL {
            let workers = WORKERS.iter().flat_map(|(works, _)| works.iter()).filter(|one| **one == work);
            assert_eq!(workers.count(), 1, "{work:?}");
        }
    }
}
