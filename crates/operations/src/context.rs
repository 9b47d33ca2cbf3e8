//! What every verb needs to act.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache::Cache;
use network::Client;

use crate::{Event, OperationError, Reporter};

/// The means of an operation. What it should do comes in its own options. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The cache.
    pub cache: Cache,
    /// The HTTP client; sets nothing up before its first request.
    pub client: Client,
    /// Who hears what happens.
    pub reporter: Arc<dyn Reporter>,
    /// How many things to do at once on this machine.
    pub threads: usize,
    /// Whether the user has had enough.
    pub cancellation: Cancellation,
    /// The command as the history shows it, without passwords; none: what is changed is not remembered.
    pub command: Option<Arc<str>>,
}

impl Context {
    /// Does something, and once more where a wheel of the cache turns out to be damaged: it has left the cache then, and is
    /// fetched the second time.
    pub(crate) fn healing<T>(
        &self,
        attempt: impl Fn() -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        match attempt() {
            Err(error) if error.is_of_damaged_wheel() => {
                self.reporter.event(Event::Warning(&format!("{error}: once more, then")));
                attempt()
            }
            outcome => outcome,
        }
    }
}

/// How long a wait goes on before it looks whether the user has lost patience.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// Whether the user wants the operation to end (Ctrl-C). Cheap to clone; set from a signal handler.
///
/// Waits and new work end soon after it is set, and the environment is as it was; a commit that has
/// begun is finished.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Listens to `flag`.
    pub fn listening_to(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Whether the flag is set.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
