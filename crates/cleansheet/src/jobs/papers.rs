//! Tells people that their papers run out, and the Manager what the week brings.

use cleansheet_records::{
    StoreError,
    people::{remind, reminders_are_due},
};

use crate::app::App;

/// Whoever is due to be told now.
pub(super) async fn by_itself(app: &App) -> Result<(), StoreError> {
    if !reminders_are_due(&mut app.records.read().await?, app.clock.now()).await? {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    let told = remind(&mut tx, &app.settings.public_url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    if told.holders + told.digests > 0 {
        let (holders, digests) = (told.holders, told.digests);
        tracing::info!(holders, digests, "people are told what of theirs runs out");
        app.wake.all();
    }
    Ok(())
}
