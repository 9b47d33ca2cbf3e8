//! Progress on a terminal: a spinner while resolving, a bar a download. In a pipe there is none.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Downloads smaller than this are over before a bar could be read.
const WORTH_A_BAR: u64 = 512 << 10;
/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// The bars, made at the first one that is worth it.
pub(crate) struct Progress {
    enabled: bool,
    bars: OnceLock<MultiProgress>,
    shown: Mutex<HashMap<String, ProgressBar>>,
    spinner: Mutex<Option<ProgressBar>>,
}

impl Progress {
    pub(crate) fn new(enabled: bool) -> Self {
        Self { enabled, bars: OnceLock::new(), shown: Mutex::default(), spinner: Mutex::default() }
    }

    /// Whether anything is shown.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn bars(&self) -> &MultiProgress {
        self.bars.get_or_init(MultiProgress::new)
    }

    /// Prints without tearing the bars.
    pub(crate) fn suspended<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.bars.get() {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    pub(crate) fn resolving(&self) {
        self.spin("Resolving dependencies");
    }

    pub(crate) fn building(&self, title: &str) {
        self.spin(title);
    }

    /// Turns a spinner, with the time that has passed, in place of one that turns already.
    fn spin(&self, message: &str) {
        self.resolved();
        if self.enabled {
            let spinner = ProgressBar::new_spinner().with_style(style("  {spinner} {msg} ({elapsed})"));
            let spinner = self.bars().add(spinner.with_message(message.to_owned()));
            spinner.enable_steady_tick(TICK);
            *self.spinner.lock().unwrap_or_else(PoisonError::into_inner) = Some(spinner);
        }
    }

    pub(crate) fn resolved(&self) {
        if let Some(spinner) = self.spinner.lock().unwrap_or_else(PoisonError::into_inner).take() {
            spinner.finish_and_clear();
        }
    }

    pub(crate) fn started(&self, filename: &str, size: Option<u64>) {
        if !self.enabled || size.is_some_and(|size| size < WORTH_A_BAR) {
            return;
        }
        let bar = match size {
            Some(size) => ProgressBar::new(size).with_style(style(
                "     {bar:40} {bytes}/{total_bytes} {bytes_per_sec} eta {eta} {wide_msg}",
            )),
            None => ProgressBar::new_spinner()
                .with_style(style("     {spinner} {bytes} {bytes_per_sec} {wide_msg}")),
        };
        let bar = self.bars().add(bar.with_message(filename.to_owned()));
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(filename.to_owned(), bar);
    }

    pub(crate) fn progressed(&self, filename: &str, bytes: u64) {
        if self.enabled
            && let Some(bar) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(filename)
        {
            bar.inc(bytes);
        }
    }

    pub(crate) fn finished(&self, filename: &str) {
        if let Some(bar) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(filename) {
            bar.finish_and_clear();
        }
    }

    /// Takes everything off the screen.
    pub(crate) fn clear(&self) {
        self.resolved();
        for (_, bar) in self.shown.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
