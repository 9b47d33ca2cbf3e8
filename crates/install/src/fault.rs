//! Fault points: named moments at which a test lets a transaction fail or be killed. Without the feature
//! `test-faults` (and outside tests) nothing is compiled of it.

use crate::InstallError;

/// What happens at a fault point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg(any(test, feature = "test-faults"))]
pub enum Fault {
    /// An error of the file system.
    Fail,
    /// What overlay file systems say to the renaming of a directory of a lower layer.
    CrossDevice,
    /// The process ends: nothing is undone, nothing is removed.
    Kill,
}

/// What a fault point asks.
#[cfg(any(test, feature = "test-faults"))]
type Decision = dyn Fn(&str) -> Option<Fault> + Send + Sync;

/// Decides at each fault point, given its name.
#[derive(Clone)]
#[cfg(any(test, feature = "test-faults"))]
pub struct FaultHook(pub std::sync::Arc<Decision>);

#[cfg(any(test, feature = "test-faults"))]
impl std::fmt::Debug for FaultHook {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("FaultHook").finish()
    }
}

/// The fault points of one transaction.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    #[cfg(any(test, feature = "test-faults"))]
    pub(crate) hook: Option<FaultHook>,
    #[cfg(any(test, feature = "test-faults"))]
    killed: std::sync::atomic::AtomicBool,
}

#[cfg(any(test, feature = "test-faults"))]
impl Faults {
    pub(crate) fn new(hook: Option<FaultHook>) -> Self {
        Self { hook, killed: false.into() }
    }

    /// A moment at which a fault may happen.
    pub(crate) fn reach(&self, point: &str) -> Result<(), InstallError> {
        let Some(fault) = self.hook.as_ref().and_then(|hook| hook.0(point)) else { return Ok(()) };
        if fault == Fault::Kill {
            self.killed.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        let source = match fault {
            Fault::CrossDevice => std::io::ErrorKind::CrossesDevices.into(),
            _ => std::io::Error::other(format!("fault at '{point}'")),
        };
        Err(InstallError::Io { action: "test", path: point.into(), source })
    }

    /// Whether the process counts as dead.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[cfg(not(any(test, feature = "test-faults")))]
impl Faults {
    /// A moment at which a fault may happen.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "they are needed in tests")]
    pub(crate) fn reach(&self, _point: &str) -> Result<(), InstallError> {
        Ok(())
    }

    /// Whether the process counts as dead.
    #[expect(clippy::unused_self, reason = "it is needed in tests")]
    pub(crate) fn is_killed(&self) -> bool {
        false
    }
}
