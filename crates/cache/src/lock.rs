//! Locks between processes: files in the cache, held by the operating system, so that none outlives its process.

use std::cell::Cell;
use std::fs::{File, TryLockError};
use std::path::Path;

use crate::CacheError;

/// Held while an environment changes; released when dropped.
#[derive(Debug)]
pub struct EnvironmentLock {
    held: Vec<File>,
}

/// What came of an attempt to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acquired {
    /// The lock is held.
    Held,
    /// Another process has it.
    Busy,
    /// The file system has no locks.
    Unsupported,
}

impl EnvironmentLock {
    /// Whether any lock is held: `false` on file systems that have none, where only the user can keep
    /// two processes apart.
    pub fn is_held(&self) -> bool {
        !self.held.is_empty()
    }
}

/// Tries to take an exclusive lock.
pub(crate) fn try_exclusive(file: &File) -> Acquired {
    match file.try_lock() {
        Ok(()) => Acquired::Held,
        Err(TryLockError::WouldBlock) => Acquired::Busy,
        Err(TryLockError::Error(_)) => Acquired::Unsupported,
    }
}

/// Locks the cache's file for an environment, then the environment's directory. Every process takes them in
/// this order, so none waits for another in a circle.
pub(crate) fn environment(
    file: Option<File>,
    directory: &Path,
    waiting: &dyn Fn(),
) -> Result<EnvironmentLock, CacheError> {
    let announced = Cell::new(false);
    let mut held = Vec::new();
    for file in file.into_iter().chain(File::open(directory).ok()) {
        let acquired = match try_exclusive(&file) {
            Acquired::Busy => {
                if !announced.replace(true) {
                    waiting();
                }
                file.lock().map_err(|source| CacheError::io("cannot lock", directory, source))?;
                Acquired::Held
            }
            acquired => acquired,
        };
        if acquired == Acquired::Held {
            held.push(file);
        }
    }
    Ok(EnvironmentLock { held })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use tempfile::TempDir;

    use crate::Cache;

    #[test]
    fn one_at_a_time_through_any_path_and_any_cache() {
        let directory = TempDir::new().unwrap();
        let environment = directory.path().join("site-packages");
        std::fs::create_dir(&environment).unwrap();
        let caches = ["one", "two"].map(|name| Cache::at(directory.path().join(name)));
        let waits = AtomicUsize::new(0);
        let inside = AtomicUsize::new(0);
        let (announce, announced) = mpsc::channel();
        let lock = caches[0].lock_environment(&environment, &|| panic!("nobody else is here")).unwrap();
        assert!(lock.is_held());
        std::thread::scope(|scope| {
            for cache in &caches {
                let (announce, environment, waits, inside) =
                    (announce.clone(), &environment, &waits, &inside);
                scope.spawn(move || {
                    let path = environment.join(".");
                    let waiting = || {
                        waits.fetch_add(1, Ordering::SeqCst);
                        announce.send(()).unwrap();
                    };
                    let _lock = cache.lock_environment(&path, &waiting).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
            for _ in &caches {
                announced.recv().unwrap();
            }
            drop(lock);
        });
        assert_eq!(waits.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn an_environment_that_is_not_there_yet_is_locked_through_the_cache() {
        let directory = TempDir::new().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        assert!(cache.lock_environment(&directory.path().join("new"), &|| {}).unwrap().is_held());
    }
}
