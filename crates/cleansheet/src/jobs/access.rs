//! What is done by itself about who may act on the accounts: the quarterly review begins and reminds, and how to reach
//! those who reported an account is forgotten. Permissions lapse by their dates, whether this runs or not.

use cleansheet_records::accounts::{Accounts, reports, review::ReviewError};

use crate::app::App;

/// One look. Reads first: most times there is nothing to do, and then nobody waits for a writer.
pub(super) async fn by_itself(app: &App) -> Result<(), ReviewError> {
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let reviews = Accounts(&mut tx).reviews_are_due(now).await?;
    let contacts = reports::contacts_are_due(&mut tx, now).await?;
    drop(tx);
    if !reviews && !contacts {
        return Ok(());
    }
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    Accounts(&mut tx).see_to_reviews(&app.settings.public_url, clock, &mut chance).await?;
    let forgotten = reports::forget_contacts(&mut tx, now).await?;
    tx.commit().await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "addresses of people who reported an account were forgotten");
    }
    app.wake.all();
    Ok(())
}
