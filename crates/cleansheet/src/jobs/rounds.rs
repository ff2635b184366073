//! What goes by itself every quarter of an hour: reminders, and whatever else has to be told in time.
//!
//! Nothing rests on these rounds but that somebody is told: what ends, ends by its date.

use std::{sync::Arc, time::Duration};

use cleansheet_records::asking::AskError;
use tokio::{sync::watch, time::sleep};

use super::{access, connections, papers, said};
use crate::{app::App, policy_clock, update_service};

/// A reminder is late by this much at most.
const LOOK: Duration = Duration::from_secs(15 * 60);

/// Works until told to stop. A trust that has just been started may have been off for days.
pub(super) async fn go_round(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        round(&app).await;
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One round. What fails holds nothing else up, and comes again with the next.
pub(super) async fn round(app: &App) {
    said(families(app).await, "families could not be reminded");
    said(super::cover::warn(app).await, "nobody could be told that too few people can approve");
    said(papers::by_itself(app).await, "nobody could be reminded of what runs out");
    said(
        update_service::by_itself(app).await,
        "DBS status checks and what is kept of them could not be seen to",
    );
    said(access::by_itself(app).await, "who may act on the accounts could not be seen to");
    said(connections::by_itself(app).await, "how the accounts on networks are could not be looked at");
    said(policy_clock::by_itself(app).await, "nobody could be reminded of the policy or its review");
}

/// Reminds those who have not answered, and asks those anew whose yes runs out.
async fn families(app: &App) -> Result<(), AskError> {
    let sent = app.ask_by_itself().await?;
    if sent.mails + sent.texts + sent.letters > 0 {
        let (mails, texts, letters) = (sent.mails, sent.texts, sent.letters);
        tracing::info!(mails, texts, letters, "families are reminded or asked anew");
        app.wake.all();
    }
    Ok(())
}
