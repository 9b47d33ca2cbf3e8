//! The asynchronous runtime: one thread that drives all requests, started at the first of them.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::Cancellation;
use crate::slot::Slot;

/// Starts nothing until something is spawned; ends its thread when dropped.
#[derive(Debug, Default)]
pub(crate) struct Runtime {
    started: OnceLock<Started>,
}

#[derive(Debug)]
struct Started {
    handle: Handle,
    /// Dropped to end the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    /// Runs `future` in the background.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.started.get_or_init(start).handle.spawn(future);
    }

    /// Runs `future` to its end and returns what it gives; not to be called from a task. None: the user wants it no more.
    pub(crate) fn wait<T: Clone + Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
        cancellation: &Cancellation,
    ) -> Option<T> {
        let slot = Arc::new(Slot::new());
        let filled = Arc::clone(&slot);
        self.spawn(async move { filled.fill(future.await) });
        slot.wait(cancellation)
    }
}

impl Drop for Started {
    /// Ends the thread, and with it what is still under way: its scratch files go with it.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One thread suffices: requests wait, they do not compute. Unpacking goes to the blocking pool.
fn start() -> Started {
    let (stop, stopped) = oneshot::channel::<()>();
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    let thread = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("the system gives an event queue");
        let _ = sender.send(runtime.handle().clone());
        runtime.block_on(async {
            let _ = stopped.await;
        });
        runtime.shutdown_background();
    });
    let handle = receiver.recv().expect("the runtime's thread answers before it does anything else");
    Started { handle, stop: Some(stop), thread: Some(thread) }
}
