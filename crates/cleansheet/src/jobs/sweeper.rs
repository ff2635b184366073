//! Looks once a day, and at every start, whether everybody who is public may still be shown: answers run out, children turn
//! 12 and 18, people leave, and no button is pressed. And erases whom nothing public shows any more, when that was asked for.

use std::{io, sync::Arc, time::Duration};

use cleansheet_records::{
    erasure::{self, ErasureError, Files},
    media::Media,
    withdrawals::{self, WithdrawalError},
};
use cleansheet_terms::{Date, ParticipantId, day_in_london};
use tokio::{sync::watch, time::sleep};

use crate::app::App;

/// A day begins this much later at most.
const LOOK: Duration = Duration::from_secs(20);
/// Others write between two of these.
const BREATH: Duration = Duration::from_millis(5);

/// Works until told to stop.
pub(super) async fn sweep_daily(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut done = None;
    while !*stop.borrow() {
        done = round(&app, &stop, done).await;
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One round: what a day asks for, when today has not been done, and what may be due at any time. Says which day is done.
pub(super) async fn round(app: &App, stop: &watch::Receiver<bool>, done: Option<Date>) -> Option<Date> {
    let today = day_in_london(app.clock.now());
    let mut done = done.filter(|day| *day == today);
    if done.is_none() {
        match sweep(app, stop).await {
            Ok(true) => done = Some(today),
            Ok(false) => return None,
            Err(error) => tracing::error!(error = %error, "who may be shown could not be looked at"),
        }
    }
    if let Err(error) = erase(app).await {
        tracing::error!(error = %error, "what was asked for could not be erased yet");
    }
    done
}

/// Takes down what has become public since an erasure was asked for, and erases what is due. Files go after their rows; a
/// crash between the two leaves them to the sweep of the next start.
async fn erase(app: &App) -> Result<(), ErasureError> {
    let (mut tx, clock, mut chance) = (app.records.read().await?, &*app.clock, &app.entropy);
    let (showing, due) = (erasure::showing(&mut tx).await?, erasure::due(&mut tx).await?);
    drop(tx);
    for one in &showing {
        let mut tx = app.records.begin().await?;
        erasure::take_down(&mut tx, &one.participant, clock, &mut chance).await?;
        tx.commit().await?;
        app.wake.all();
    }
    for one in &due {
        let mut tx = app.records.begin().await?;
        let files = erasure::complete(&mut tx, one, clock, &mut chance).await?;
        tx.commit().await?;
        let media = app.media.clone();
        let deleted = tokio::task::spawn_blocking(move || delete(&media, &files)).await;
        if !matches!(deleted, Ok(Ok(()))) {
            tracing::error!("pictures of an erasure could not be deleted yet; the next start does it");
        }
    }
    if !due.is_empty() {
        erasure::scrub(&app.records).await?;
        tracing::info!(erased = due.len(), "data was erased");
    }
    Ok(())
}

fn delete(media: &Media, files: &Files) -> io::Result<()> {
    files.originals.iter().try_for_each(|key| media.remove_original(key))?;
    files.renditions.iter().try_for_each(|digest| media.remove_rendition(digest))
}

/// Everybody once. Says whether it came to its end.
async fn sweep(app: &App, stop: &watch::Receiver<bool>) -> Result<bool, WithdrawalError> {
    let public = withdrawals::in_public(&mut app.records.read().await?).await?;
    let mut ended = 0;
    for one in public {
        if *stop.borrow() {
            return Ok(false);
        }
        ended += sweep_one(app, &one).await?;
        sleep(BREATH).await;
    }
    if ended > 0 {
        tracing::info!(ended, "posts end, because somebody in them can no longer be shown");
        app.wake.all();
    }
    Ok(true)
}

/// Reads first: most days nothing has changed, and then nobody waits for a writer.
async fn sweep_one(app: &App, one: &ParticipantId) -> Result<usize, WithdrawalError> {
    let may = withdrawals::may_all_stay(&mut app.records.read().await?, one, app.clock.now()).await?;
    if may {
        return Ok(0);
    }
    let mut tx = app.records.begin().await?;
    let ended = withdrawals::sweep(&mut tx, one, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(ended.len())
}
