//! Keeps the ledger's public files up to date with what was committed, and the witness with them.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::{app::App, witness::keeping};

/// Acts that nobody calls for, such as signing in, are in the files this much later at most.
const LOOK: Duration = Duration::from_secs(2);
/// Acts come in flocks; one checkpoint for all of them is enough.
const GATHER: Duration = Duration::from_millis(100);

/// Works until told to stop, and once more then.
pub(super) async fn keep(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut woken = app.wake.listen();
    loop {
        let stopping = *stop.borrow();
        keeping::look_after(&app).await;
        if stopping {
            return;
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = woken.changed() => sleep(GATHER).await,
            _ = stop.changed() => {}
        }
    }
}
