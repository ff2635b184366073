//! Keeps the ledger's public files up to date with what was committed, and the witness with them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cleansheet_records::{StoreError, settings::Settings};
use tokio::{sync::watch, time::sleep};

use crate::{app::App, witness::keeping};

/// Acts that nobody calls for, such as signing in, are in the files this much later at most.
const LOOK: Duration = Duration::from_secs(2);
/// Acts come in flocks; one checkpoint for all of them is enough.
const GATHER: Duration = Duration::from_millis(100);

/// A clock that is set back while the program does not run is noticed to this grain.
const MARK: Duration = Duration::from_secs(60);

/// Writes down that this instant has been.
async fn mark(app: &App) {
    let marked: Result<(), StoreError> = async {
        let mut tx = app.records.begin().await?;
        Settings(&mut tx).mark_instant(app.clock.now()).await?;
        tx.commit().await
    }
    .await;
    if let Err(error) = marked {
        tracing::warn!(error = %error, "the time could not be marked");
    }
}

/// Tells the operator what has become wrong or right. What waited for it goes on.
fn told(app: &App, before: Vec<String>) -> Vec<String> {
    let now = app.alarms();
    if now.len() != before.len() {
        match now.is_empty() {
            true => tracing::warn!("nothing is wrong any more"),
            false => now.iter().for_each(|alarm| tracing::error!("{alarm}")),
        }
        app.wake.all();
    }
    now
}

/// Works until told to stop, and once more then.
pub(super) async fn keep(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let (mut woken, mut alarms, mut marked) = (app.wake.listen(), Vec::new(), None);
    loop {
        let stopping = *stop.borrow();
        app.troubles.look_at_the_disk();
        alarms = told(&app, alarms);
        if stopping || marked.is_none_or(|at: Instant| at.elapsed() >= MARK) {
            mark(&app).await;
            marked = Some(Instant::now());
        }
        keeping::look_after(&app).await;
        if stopping {
            app.troubles.end();
            return;
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = woken.changed() => sleep(GATHER).await,
            _ = stop.changed() => {}
        }
    }
}
