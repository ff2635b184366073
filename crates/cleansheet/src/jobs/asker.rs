//! Looks now and then whom to remind, and whose yes runs out.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::app::App;

/// A reminder is late by this much at most.
const LOOK: Duration = Duration::from_secs(15 * 60);

/// Works until told to stop. A trust that has just been started may have been off for days.
pub(super) async fn ask_by_itself(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match app.ask_by_itself().await {
            Ok(sent) if sent.mails + sent.texts + sent.letters > 0 => {
                let (mails, texts, letters) = (sent.mails, sent.texts, sent.letters);
                tracing::info!(mails, texts, letters, "families are reminded or asked anew");
                app.wake.all();
            }
            Ok(_) => {}
            Err(error) => tracing::error!(error = %error, "families could not be reminded"),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}
