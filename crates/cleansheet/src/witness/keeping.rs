//! Keeps the ledger and its witness together, from the jobs: the checkpoint is shown once a minute at most, and what the
//! witness says about an older copy stops publishing.

use cleansheet_records::{
    StoreError, Tx,
    mails::Mails,
    people::People,
    settings::{Because, Settings},
};
use cleansheet_terms::{Role, Timestamp};
use jiff::SignedDuration;

use crate::{
    app::App,
    ledger_files::{LedgerError, Witnessed},
};

/// So long the witness may be silent before the Manager is told.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);

/// Brings the ledger's files up to date, shows them to the witness, and says what is wrong to whom it concerns. Answers
/// whether the files are whole.
pub async fn look_after(app: &App) -> bool {
    let now = app.clock.now();
    let kept = app.ledger.bring_up_to_date(&app.records).await;
    app.metrics.ledger(kept.is_ok(), now);
    let shown = match kept {
        Ok(_) => app.ledger.show_to_witness(&app.records, now).await,
        Err(error) => Err(error),
    };
    let whole = shown.is_ok();
    let told = match shown {
        Ok(Witnessed::Silent { since }) if now.duration_since(since) > SILENCE => {
            tell_silence(app, now).await
        }
        Ok(_) => Ok(()),
        Err(LedgerError::RolledBack { witnessed }) => stop(app, witnessed, now).await,
        Err(error) => {
            tracing::error!(error = %error, "the ledger's files could not be written");
            Ok(())
        }
    };
    if let Err(error) = told {
        tracing::error!(error = %error, "the state of the ledger could not be noted");
    }
    whole
}

async fn stop(app: &App, witnessed: u64, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = app.records.begin().await?;
    if Settings(&mut tx).stop_publishing(Because::RolledBack { witnessed }, now).await? {
        tracing::error!(witnessed, "the witness has seen another history; publishing is paused");
        let body = format!(
            "The outside witness of the ledger has seen {witnessed} entries. The records on the server hold another or \
             a shorter history: an older copy of them was put in place.\n\nPublishing is paused. Withdrawals and \
             take-downs go on. Ask whoever looks after the server to restore the newest backup, and to read the \
             chapter on this in docs/operations.md.\n"
        );
        tell_managers(app, &mut tx, "Publishing is paused: the records were rolled back", &body).await?;
    }
    tx.commit().await
}

async fn tell_silence(app: &App, now: Timestamp) -> Result<(), StoreError> {
    if !app.ledger.silence_is_news(now).await {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    let body = "The outside witness of the ledger has not answered for a day. Publishing goes on. Ask whoever looks \
        after the server to run `cleansheet doctor`, and the witness's keeper whether it runs.\n";
    tell_managers(app, &mut tx, "The ledger’s witness has been silent for a day", body).await?;
    tx.commit().await
}

async fn tell_managers(app: &App, tx: &mut Tx, subject: &str, body: &str) -> Result<(), StoreError> {
    let (people, now) = (People(tx).list().await?, app.clock.now());
    for manager in people.iter().filter(|one| one.is(Role::Manager, now) && !one.is_suspended()) {
        Mails(tx).queue(&manager.mail, subject, body, &*app.clock, &mut &app.entropy).await?;
    }
    Ok(())
}
