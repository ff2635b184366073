//! Mail. In the demo it stays on the outbox page.
//!
//! A mail is tried again after a wait that grows to hours. Three days later, or when its server refuses the recipient for
//! good, it is given up, which the Manager sees on Today: a mail about mail would not arrive either.

use cleansheet_records::{
    jobs::{Claimed, Jobs},
    mails::{Mail, Mails, NO_SERVER, TRIED_FOR},
};
use cleansheet_terms::MailId;
use jiff::SignedDuration;

use super::worker::RunError;
use crate::{app::App, mail_server::MailError};

/// The longest wait between two tries.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);

/// What became of one try.
enum Tried {
    Left,
    /// Never: the words are for the Manager.
    Never(String),
    /// Perhaps later: the words are for the operator.
    Later(String),
}

/// Sends one queued mail. A crash after the server took it sends it once more, under the same message id.
pub(super) async fn send(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = MailId::parse(&job.subject).map_err(RunError::later)?;
    let mail = Mails(&mut app.records.read().await?).mail(&id).await?;
    let waiting = mail.filter(|mail| mail.sent.is_none() && mail.given_up.is_none() && !app.settings.demo);
    let tried = match &waiting {
        Some(mail) => Some(hand_over(app, mail).await),
        None => None,
    };
    let now = app.clock.now();
    let old = waiting.is_some_and(|mail| now.duration_since(mail.made) >= TRIED_FOR);
    let mut tx = app.records.begin().await?;
    match tried {
        None => {}
        Some(Tried::Left) => {
            Mails(&mut tx).mark_sent(&id, now).await?;
        }
        Some(Tried::Never(because)) => {
            tracing::error!(mail.id = %id, because, "a mail can never be delivered");
            Mails(&mut tx).give_up(&id, &because, now).await?;
        }
        Some(Tried::Later(because)) if old => {
            tracing::error!(mail.id = %id, because, "a mail was tried for three days and is given up");
            Mails(&mut tx).give_up(&id, &format!("tried for three days; {because}"), now).await?;
        }
        Some(Tried::Later(because)) => {
            let wait = wait_after(job.attempt);
            tracing::warn!(mail.id = %id, because, attempt = job.attempt, wait_s = wait.as_secs(), "a mail waits");
            Jobs(&mut tx).retry_later(job, &because, wait, now).await?;
            return Ok(tx.commit().await?);
        }
    }
    Jobs(&mut tx).finish(job, now).await?;
    Ok(tx.commit().await?)
}

async fn hand_over(app: &App, mail: &Mail) -> Tried {
    let Some(server) = &app.settings.mail else {
        return Tried::Later(NO_SERVER.to_owned());
    };
    match server.send(mail).await {
        Ok(()) => Tried::Left,
        Err(error @ (MailError::Refused(_) | MailError::Unwritable(_))) => Tried::Never(error.to_string()),
        Err(MailError::Silent) => Tried::Later(NO_SERVER.to_owned()),
        Err(error @ (MailError::Later(_) | MailError::Address(_))) => Tried::Later(error.to_string()),
    }
}

/// 10 s, doubling, at most four hours.
fn wait_after(attempt: i64) -> SignedDuration {
    let doublings = u32::try_from(attempt.clamp(1, 12) - 1).unwrap_or(0);
    SignedDuration::from_secs(10_i64 << doublings).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::wait_after;

    #[test]
    fn a_mail_waits_longer_each_time_up_to_four_hours() {
        let waits: Vec<i64> = (1..=13).map(|attempt| wait_after(attempt).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 14400, 14400]);
    }
}
