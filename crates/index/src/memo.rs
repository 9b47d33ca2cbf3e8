//! Answers that are found once: who asks for what somebody else is already asking for waits for the same answer.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tokio::sync::OnceCell;

use crate::IndexError;

type Cell<V> = Arc<OnceCell<Result<V, IndexError>>>;

/// Answers by key. Errors are answers too: what has failed after its retries is not tried again.
pub(crate) struct Memo<K, V> {
    cells: Mutex<FxHashMap<K, Cell<V>>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { cells: Mutex::default() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Memo<K, V> {
    fn cell(&self, key: &K) -> Cell<V> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        match cells.get(key) {
            Some(cell) => cell.clone(),
            None => cells.entry(key.clone()).or_default().clone(),
        }
    }

    /// The answer, where it is known.
    pub(crate) fn get(&self, key: &K) -> Option<Result<V, IndexError>> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(key)?.get().cloned()
    }

    /// Keeps an answer, unless there is one.
    pub(crate) fn keep(&self, key: &K, value: V) {
        self.cell(key).set(Ok(value)).ok();
    }

    /// The answer; `find` is called where nobody else is about to give it.
    pub(crate) async fn find<F>(&self, key: &K, find: impl FnOnce() -> F) -> Result<V, IndexError>
    where
        F: Future<Output = Result<V, IndexError>>,
    {
        self.cell(key).get_or_init(find).await.clone()
    }
}
