//! Erases whom nothing public shows any more, when that was asked for.

use std::io;

use cleansheet_records::{
    StoreError,
    erasure::{self, Erasure, ErasureError, Files, Standing},
    media::Media,
};

use super::said;
use crate::app::App;

/// Goes on with every erasure that was asked for. One that fails holds no other up: it comes again with the next round.
pub(super) async fn erase(app: &App) -> Result<(), StoreError> {
    let open = erasure::open(&mut app.records.read().await?).await?;
    for one in &open {
        said(erase_one(app, one).await, "somebody who asked to be forgotten could not be yet");
    }
    Ok(())
}

async fn erase_one(app: &App, one: &Erasure) -> Result<(), ErasureError> {
    let standing = erasure::standing(&mut app.records.read().await?, one, app.clock.now()).await?;
    match standing {
        Standing::Showing => take_down(app, one).await,
        Standing::Going => Ok(()),
        Standing::Gone => complete(app, one).await,
    }
}

async fn take_down(app: &App, one: &Erasure) -> Result<(), ErasureError> {
    let mut tx = app.records.begin().await?;
    erasure::take_down(&mut tx, &one.participant, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

/// Files go after their rows; a crash between the two leaves them to the sweep of the next start.
async fn complete(app: &App, one: &Erasure) -> Result<(), ErasureError> {
    let mut tx = app.records.begin().await?;
    let files = erasure::complete(&mut tx, one, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    let media = app.media.clone();
    let deleted = tokio::task::spawn_blocking(move || delete(&media, &files)).await;
    if !matches!(deleted, Ok(Ok(()))) {
        tracing::error!("pictures of an erasure could not be deleted yet; the next start does it");
    }
    tracing::info!("data was erased");
    Ok(())
}

/// Also what an earlier round, or the program before a crash, could not.
pub(super) async fn scrub(app: &App) -> Result<(), StoreError> {
    if !erasure::scrub_is_due(&mut app.records.read().await?).await? {
        return Ok(());
    }
    match erasure::scrub(&app.records, &*app.clock).await? {
        true => tracing::info!("the database has let go of what was erased"),
        false => tracing::warn!("the database is read, and lets go of what was erased later"),
    }
    Ok(())
}

fn delete(media: &Media, files: &Files) -> io::Result<()> {
    files.originals.iter().try_for_each(|key| media.remove_original(key))?;
    files.renditions.iter().try_for_each(|digest| media.remove_rendition(digest))
}
