//! What is done by itself about the accounts on networks: each is asked once a day how it is, and the Manager is told in
//! time what ends or is missing. What was begun and never finished is forgotten.

use cleansheet_records::{
    StoreError,
    accounts::{
        Accounts,
        health::{warn, warning_is_due},
    },
};

use crate::{
    app::App,
    connections::{NotConnected, NotUsable},
};

/// One look. A network that does not answer is asked again with the next round.
pub(super) async fn by_itself(app: &App) -> Result<(), StoreError> {
    app.forget_abandoned().await?;
    let due = Accounts(&mut app.records.read().await?).due_for_a_check(app.clock.now()).await?;
    for id in due {
        match app.tried(&id).await {
            Ok(_) => {}
            Err(NotUsable::NotConnected(NotConnected::Store(error))) => return Err(error),
            Err(error) => tracing::info!(account = %id, error = %error, "an account did not answer well"),
        }
    }
    let versions = app.versions_that_end();
    if !warning_is_due(&mut app.records.read().await?, &versions, app.clock.now()).await? {
        return Ok(());
    }
    let page = format!("{}/accounts", app.settings.public_url);
    let mut tx = app.records.begin().await?;
    let told = warn(&mut tx, &versions, &page, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    tracing::info!(occasions = told, "the Manager is told what ends or is missing on the accounts");
    app.wake.all();
    Ok(())
}
