//! What Today says about mail that does not leave: a mail about it would not arrive either.

use cleansheet_records::{
    StoreError,
    mails::{Mail, Mails},
};
use cleansheet_terms::Timestamp;
use jiff::SignedDuration;

use crate::{
    app::App,
    web::{clock_words, parts::Notice},
};

/// A mail may wait this long before anybody is told.
const USUAL: SignedDuration = SignedDuration::from_mins(10);
/// What was given up is told for this long.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// At most this many are named.
const NAMED: u32 = 5;

/// One notice for what waits, one for what was given up.
pub(super) async fn notices(app: &App, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let mut tx = app.records.read().await?;
    let queue = Mails(&mut tx).queue_state().await?;
    let since = now.checked_sub(TOLD_FOR).unwrap_or(Timestamp::UNIX_EPOCH);
    let given_up = Mails(&mut tx).given_up_since(since, NAMED).await?;
    drop(tx);
    let oldest = queue.oldest.filter(|oldest| now.duration_since(*oldest) >= USUAL);
    let waiting = oldest.map(|oldest| waits(queue.waiting, oldest, app.settings.mail.is_some()));
    Ok(waiting.into_iter().chain((!given_up.is_empty()).then(|| gone(&given_up))).collect())
}

fn waits(mails: i64, oldest: Timestamp, connected: bool) -> Notice {
    let wait = if mails == 1 { "One mail waits".to_owned() } else { format!("{mails} mails wait") };
    let why = if connected { "The mail server does not take them" } else { "No mail server is connected" };
    Notice {
        state: "hold",
        clause: None,
        say: format!("{wait} to leave since {}", clock_words::moment(oldest)),
        remedy: format!(
            "{why}. Codes and receipts do not reach anybody meanwhile; they are kept and tried again for three days. \
             Tell the IT provider."
        ),
        way: Vec::new(),
    }
}

fn gone(mails: &[Mail]) -> Notice {
    let named: Vec<String> = mails
        .iter()
        .map(|mail| {
            let because = mail.given_up.as_ref().map_or("", |(_, because)| because.as_str());
            format!("“{}” to {}: {because}", mail.subject, mail.to)
        })
        .collect();
    Notice {
        state: "stop",
        clause: None,
        say: "Some mail never arrived".into(),
        remedy: format!(
            "{}. Look whether the address is right, and tell them in another way.",
            named.join(". ")
        ),
        way: Vec::new(),
    }
}
