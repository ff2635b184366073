//! The one place where the real clock and the operating system's chance are made; everything else is given them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cleansheet_terms::{Clock, Entropy, Timestamp};
use rustix::time::{ClockId, clock_gettime};

use crate::steady::SteadyClock;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes the real clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's clock, not followed where it jumps.
pub fn steady_clock() -> impl Clock {
    SteadyClock::new(|| SystemClock.now(), uptime)
}

/// How long the machine has been running, sleep included.
fn uptime() -> Duration {
    let since = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(since.tv_sec).unwrap_or(0), u32::try_from(since.tv_nsec).unwrap_or(0))
}

/// The operating system's random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes real chance")]
    #[expect(clippy::panic, reason = "without randomness every token would be guessable: stop at once")]
    fn fill(&mut self, out: &mut [u8]) {
        if let Err(error) = getrandom::fill(out) {
            panic!("the operating system gives no random bytes: {error}");
        }
    }
}

/// One source of chance for all requests. Cheap to clone; every clone is the same source.
#[derive(Clone)]
pub struct SharedEntropy(Arc<Mutex<Box<dyn Entropy>>>);

impl SharedEntropy {
    /// Shares a source.
    pub fn new(entropy: impl Entropy + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(entropy))))
    }

    /// Borrow it for one act; never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, Box<dyn Entropy>> {
        // A panic elsewhere cannot leave a source of random bytes half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For code that takes an entropy of its own while others share the source.
impl Entropy for &SharedEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.lock().fill(out);
    }
}
