//! The asynchronous runtime: one thread that drives all requests, started at the first of them.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Starts nothing until something is spawned; ends its thread when dropped.
#[derive(Debug, Default)]
pub(crate) struct Runtime {
    started: OnceLock<Started>,
}

#[derive(Debug)]
struct Started {
    handle: Handle,
    /// Dropped to end the thread.
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    /// Runs `future` in the background.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.started.get_or_init(start).handle.spawn(future);
    }

    /// Runs `future` to its end and returns what it gives; not to be called from a task.
    pub(crate) fn wait<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.spawn(async move {
            let _ = sender.send(future.await);
        });
        receiver.recv().ok()
    }
}

/// One thread suffices: requests wait, they do not compute. Unpacking goes to the blocking pool.
fn start() -> Started {
    let (stop, stopped) = oneshot::channel::<()>();
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("the system gives an event queue");
        let _ = sender.send(runtime.handle().clone());
        runtime.block_on(async {
            let _ = stopped.await;
        });
        runtime.shutdown_background();
    });
    let handle = receiver.recv().expect("the runtime's thread answers before it does anything else");
    Started { handle, _stop: stop }
}
