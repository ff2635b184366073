//! From calls that wait to calls that do not: a thread with a small runtime of its own.
//!
//! A shelf may be asked from any thread, so it cannot lean on the runtime of whoever asks.

use std::{io, pin::Pin, sync::mpsc::sync_channel};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread's letter box. The thread ends when this is dropped.
pub(super) struct Bridge(UnboundedSender<Task>);

impl Bridge {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (send, mut letters) = unbounded_channel::<Task>();
        std::thread::Builder::new().name("picture-store".into()).spawn(move || {
            runtime.block_on(async move {
                while let Some(task) = letters.recv().await {
                    tokio::spawn(task);
                }
            });
        })?;
        Ok(Self(send))
    }

    /// Runs asynchronous work over there and waits for it here.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let (answer, wait) = sync_channel(1);
        let ended = || io::Error::other("the thread that speaks with the picture store has ended");
        let task = Box::pin(async move {
            let _nobody_waits_any_more = answer.send(work.await);
        });
        self.0.send(task).map_err(|_| ended())?;
        wait.recv().map_err(|_| ended())
    }
}
