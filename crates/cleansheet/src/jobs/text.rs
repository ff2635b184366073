//! Text messages, by the owner's gateway. One that does not leave while it is of use is given up, and a letter is printed.

use cleansheet_records::{
    jobs::{Claimed, Jobs, backoff},
    texts::{Text, Texts},
};
use cleansheet_terms::TextId;

use super::worker::RunError;
use crate::{app::App, sms::SmsError};

/// Sends one queued text message. A crash after the gateway took it sends it once more, under the same key.
pub(super) async fn send(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = TextId::parse(&job.subject).map_err(RunError::later)?;
    let waiting = Texts(&mut app.records.read().await?).waiting(&id).await?;
    let tried = match &waiting {
        Some(text) => Some((hand_over(app, text).await, text.ends)),
        None => None,
    };
    let now = app.clock.now();
    let mut tx = app.records.begin().await?;
    match tried {
        None => {}
        Some((Ok(()), _)) => Texts(&mut tx).mark_sent(&id, now).await?,
        Some((Err(error @ (SmsError::Later(_) | SmsError::Silent)), ends)) if ends > now => {
            let wait = backoff(job.attempt);
            tracing::warn!(text.id = %id, because = %error, attempt = job.attempt, wait_s = wait.as_secs(), "a text waits");
            Jobs(&mut tx).retry_later(job, &error.to_string(), wait, now).await?;
            return Ok(tx.commit().await?);
        }
        Some((Err(error), _)) => {
            tracing::error!(text.id = %id, because = %error, "a text message is given up");
            Texts(&mut tx).give_up(&id, &error.to_string(), now).await?;
        }
    }
    Jobs(&mut tx).finish(job, now).await?;
    Ok(tx.commit().await?)
}

async fn hand_over(app: &App, text: &Text) -> Result<(), SmsError> {
    if text.ends <= app.clock.now() {
        return Err(SmsError::Silent);
    }
    match &app.settings.sms {
        Some(gateway) => gateway.send(&app.outside, text).await,
        None => Err(SmsError::None),
    }
}
