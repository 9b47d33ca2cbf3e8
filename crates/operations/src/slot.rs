//! A value that several threads want and one of them makes: whoever is first claims it, the others wait or leave a continuation.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::Cancellation;
use crate::context::PATIENCE;

/// A continuation.
type Then<T> = Box<dyn FnOnce(&T) + Send>;

enum State<T> {
    /// Nobody makes it yet.
    Open(Vec<Then<T>>),
    /// Somebody makes it.
    Claimed(Vec<Then<T>>),
    /// It is there.
    Filled(T),
}

/// See the module.
pub(crate) struct Slot<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

impl<T: Clone> Slot<T> {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State::Open(Vec::new())), filled: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True for the one caller who is to fill the slot.
    pub(crate) fn claim(&self) -> bool {
        let mut state = self.state();
        if let State::Open(continuations) = &mut *state {
            *state = State::Claimed(std::mem::take(continuations));
            return true;
        }
        false
    }

    /// Puts the value in and runs what waits for it.
    pub(crate) fn fill(&self, value: T) {
        let old = std::mem::replace(&mut *self.state(), State::Filled(value.clone()));
        self.filled.notify_all();
        if let State::Open(continuations) | State::Claimed(continuations) = old {
            for then in continuations {
                then(&value);
            }
        }
    }

    /// The value, if it is there.
    pub(crate) fn get(&self) -> Option<T> {
        match &*self.state() {
            State::Filled(value) => Some(value.clone()),
            State::Open(_) | State::Claimed(_) => None,
        }
    }

    /// Waits for the value; somebody must have claimed the slot. None: the user wants it no more.
    pub(crate) fn wait(&self, cancellation: &Cancellation) -> Option<T> {
        let mut state = self.state();
        loop {
            // First of all: what was made after the user gave up (a password not typed in) is not to be told.
            if cancellation.is_cancelled() {
                return None;
            }
            if let State::Filled(value) = &*state {
                return Some(value.clone());
            }
            (state, _) = self.filled.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs `then` with the value, now if it is there, else when it comes (on the thread that brings it).
    pub(crate) fn then(&self, then: impl FnOnce(&T) + Send + 'static) {
        let mut state = self.state();
        match &mut *state {
            State::Open(continuations) | State::Claimed(continuations) => continuations.push(Box::new(then)),
            State::Filled(value) => {
                let value = value.clone();
                drop(state);
                then(&value);
            }
        }
    }
}
