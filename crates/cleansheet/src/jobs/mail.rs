//! Mail. In the demo it stays on the outbox page.

use cleansheet_records::jobs::{Claimed, Jobs};

use super::worker::RunError;
use crate::app::App;

/// Sends one queued mail.
pub(super) async fn send(app: &App, job: &Claimed) -> Result<(), RunError> {
    if !app.settings.demo {
        return Err(RunError::Later("no mail server is connected to this program yet".to_owned()));
    }
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).finish(job, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
