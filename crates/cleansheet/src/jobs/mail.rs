//! Mail. In the demo it stays on the outbox page.

use cleansheet_records::{
    jobs::{Claimed, Jobs},
    mails::{Mail, Mails},
};
use cleansheet_terms::MailId;

use super::worker::RunError;
use crate::{app::App, mail_server::MailError};

/// Sends one queued mail. A crash after the server took it sends it once more, under the same message id.
pub(super) async fn send(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = MailId::parse(&job.subject).map_err(RunError::later)?;
    let mail = Mails(&mut app.records.read().await?).mail(&id).await?;
    let left = match mail.filter(|mail| mail.sent.is_none()) {
        Some(mail) if !app.settings.demo => hand_over(app, &mail).await?,
        _ => false,
    };
    let mut tx = app.records.begin().await?;
    if left {
        Mails(&mut tx).mark_sent(&id, app.clock.now()).await?;
    }
    Jobs(&mut tx).finish(job, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether the mail left; `false` when it never can.
async fn hand_over(app: &App, mail: &Mail) -> Result<bool, RunError> {
    let Some(server) = &app.settings.mail else {
        return Err(RunError::Later(
            "no mail server is connected; start `cleansheet serve` with --smtp".into(),
        ));
    };
    match server.send(mail).await {
        Ok(()) => Ok(true),
        Err(error @ (MailError::Refused(_) | MailError::Unwritable(_))) => {
            tracing::error!(mail.id = %mail.id, error = %error, "a mail can never be delivered");
            Ok(false)
        }
        Err(error @ (MailError::Later(_) | MailError::Address(_))) => Err(RunError::later(error)),
    }
}
