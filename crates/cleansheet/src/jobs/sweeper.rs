//! Looks once a day, and at every start, whether everybody who is public may still be shown: answers run out, children turn
//! 12 and 18, people leave, and no button is pressed. What was kept for some time only goes with the same look. And sees
//! every few seconds to what was asked for and could not be done at once.

use std::{sync::Arc, time::Duration};

use cleansheet_records::{
    StoreError,
    drift::Drifts,
    imports::Imports,
    tasks::Tasks,
    withdrawals::{self, WithdrawalError},
};
use cleansheet_terms::{Date, ParticipantId, Timestamp, day_in_london};
use jiff::SignedDuration;
use tokio::{sync::watch, time::sleep};

use super::{eraser, said};
use crate::{app::App, backup::USUAL_DAYS};

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
    if done.is_none() && day(app, stop).await {
        done = Some(today);
    }
    if !*stop.borrow() {
        said(eraser::erase(app).await, "who asked to be forgotten could not be looked up");
        said(eraser::scrub(app).await, "the database has not let go of what was erased yet");
        said(tell_late(app).await, "nobody could be told of a take-down that is late");
        said(tell_late_tasks(app).await, "nobody could be told that a task is late");
        said(watch_accounts(app).await, "an account is not watched");
    }
    done
}

/// What is done once a day. Says whether all of it was.
async fn day(app: &App, stop: &watch::Receiver<bool>) -> bool {
    let sheets = said(forget_sheets(app).await, "sheets that waited for a day are still there");
    let copies = said(forget_copies(app).await, "an old copy of the records is still there");
    let looked = sweep(app, stop)
        .await
        .unwrap_or_else(|error| said(Err(error), "who may be shown could not be looked at"));
    looked && sheets && copies
}

/// Sheets go by themselves when nobody sends another one.
async fn forget_sheets(app: &App) -> Result<(), StoreError> {
    let mut tx = app.records.begin().await?;
    Imports(&mut tx).forget_old(app.clock.now()).await?;
    tx.commit().await
}

/// What was erased lives on in copies as long as in backups, and no longer.
async fn forget_copies(app: &App) -> Result<(), StoreError> {
    let kept = SignedDuration::from_hours(24 * i64::from(USUAL_DAYS));
    let limit = app.clock.now().checked_sub(kept).unwrap_or(Timestamp::MIN);
    match app.records.forget_copies(limit).await? {
        0 => {}
        copies => tracing::info!(copies, "copies made before an upgrade were removed"),
    }
    Ok(())
}

/// A family was promised that by now it is gone, or a person sees to it.
async fn tell_late(app: &App) -> Result<(), StoreError> {
    if !withdrawals::is_late_untold(&mut app.records.read().await?, app.clock.now()).await? {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    withdrawals::tell_late(&mut tx, &app.settings.public_url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    tracing::warn!("a take-down is late; the Manager and the safeguarding lead are told");
    app.wake.all();
    Ok(())
}

/// What a person has to take down is not done in time: others see to it.
async fn tell_late_tasks(app: &App) -> Result<(), StoreError> {
    if !Tasks(&mut app.records.read().await?).is_late_untold(app.clock.now()).await? {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    Tasks(&mut tx).tell_late(&app.settings.public_url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

/// An account that was permitted a moment ago is watched as well.
async fn watch_accounts(app: &App) -> Result<(), StoreError> {
    if !Drifts(&mut app.records.read().await?).is_one_unwatched().await? {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    Drifts(&mut tx).watch_all(&*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

/// Everybody once. Somebody whose rows do not read holds nobody else up. Says whether all of them were looked at.
async fn sweep(app: &App, stop: &watch::Receiver<bool>) -> Result<bool, StoreError> {
    let public = withdrawals::in_public(&mut app.records.read().await?).await?;
    let mut all = true;
    for one in public {
        if *stop.borrow() {
            return Ok(false);
        }
        match sweep_one(app, &one).await {
            Ok(()) => {}
            // Nobody behind them could be looked at either.
            Err(WithdrawalError::Store(error)) if error.is_passing() => return Err(error),
            Err(error) => {
                all = said(Err(error), "whether somebody may still be shown could not be looked at");
            }
        }
        sleep(BREATH).await;
    }
    Ok(all)
}

/// Reads first: most days nothing has changed, and then nobody waits for a writer.
async fn sweep_one(app: &App, one: &ParticipantId) -> Result<(), WithdrawalError> {
    let may = withdrawals::may_all_stay(&mut app.records.read().await?, one, app.clock.now()).await?;
    if may {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    let ended = withdrawals::sweep(&mut tx, one, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    tracing::info!(ended = ended.len(), "posts end, because somebody in them can no longer be shown");
    app.wake.all();
    Ok(())
}
