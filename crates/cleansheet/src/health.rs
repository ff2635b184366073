//! Whether the program can do its work: for load balancers, monitors and `/readyz`.
//!
//! Every check answers with one word. Why something is wrong is in the log, which strangers do not read.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Mutex, time::timeout};

use crate::app::App;

/// Free bytes below which photos and commits will soon fail.
const ENOUGH_DISK: u64 = 256 << 20;
/// Longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(3);
/// An answer is good for this long, so that nobody can keep the database busy by asking.
const FRESH: Duration = Duration::from_secs(2);

/// One thing that has to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// What is looked at.
    pub name: &'static str,
    /// `ok`, or one word that says what is wrong.
    pub word: &'static str,
}

impl Check {
    /// Whether it works.
    pub fn is_fine(&self) -> bool {
        self.word == "ok"
    }
}

/// The last answer and when it was given.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<(Instant, Arc<[Check]>)>>);

/// Looks at everything, at most once in two seconds.
pub async fn checks(app: &App) -> Arc<[Check]> {
    let mut last = app.health.0.lock().await;
    if let Some((at, checks)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        tracing::trace!(age_ms = at.elapsed().as_millis(), "asked again");
        return Arc::clone(checks);
    }
    let checks: Arc<[Check]> = Arc::from(look(app).await);
    *last = Some((Instant::now(), Arc::clone(&checks)));
    checks
}

async fn look(app: &App) -> Vec<Check> {
    let ok = |fine: bool, otherwise: &'static str| if fine { "ok" } else { otherwise };
    let keys = app.places.keys.is_file();
    vec![
        Check { name: "database", word: ok(can_write(app).await, "unwritable") },
        Check { name: "keys", word: ok(keys, "missing") },
        // A policy that does not pass its own validation is never loaded, so the program would not run.
        Check { name: "policy", word: "ok" },
        Check {
            name: "models",
            word: ok(app.screener.as_ref().is_some_and(|one| !one.is_blind()), "missing"),
        },
        Check { name: "ledger", word: ok(!app.metrics.ledger_seen().failing, "failing") },
        Check { name: "disk", word: ok(free_bytes(&app.places.data) >= ENOUGH_DISK, "full") },
    ]
}

/// Takes the writer's turn and gives it back.
async fn can_write(app: &App) -> bool {
    let turn = async { app.records.begin().await?.rollback().await };
    match timeout(PATIENCE, turn).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(error = %error, "the database cannot be written");
            false
        }
        Err(_) => {
            tracing::error!("the database gave nobody a turn to write in time");
            false
        }
    }
}

/// What is left on the disk for somebody who is not root; 0 when the system does not say.
pub fn free_bytes(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}
