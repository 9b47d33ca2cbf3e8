//! Progress on a terminal: a spinner while resolving, a bar a download. In a pipe there is none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::args::ProgressBar as ProgressBarOption;
use crate::output::width::columns;

/// Downloads smaller than this are over before a bar could be read.
const WORTH_A_BAR: u64 = 512 << 10;
/// pip's bound for its lines.
const WORTH_A_RAW_LINE: u64 = 512_000;
/// Columns of the name beside a bar.
const NAME: usize = 24;
/// Where there are fewer columns, bars go without name and speed.
const WIDE: usize = 72;
/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// How often a raw line is printed at most.
const RAW_INTERVAL: Duration = Duration::from_millis(250);

/// The bars, made at the first one that is worth it.
pub(crate) struct Progress {
    /// Whether both streams are a terminal.
    can_show: bool,
    /// Whether the user wants to see what happens.
    is_loud: bool,
    bar: Mutex<ProgressBarOption>,
    raw: Mutex<HashMap<String, Raw>>,
    bars: OnceLock<MultiProgress>,
    shown: Mutex<HashMap<String, ProgressBar>>,
    spinner: Mutex<Option<ProgressBar>>,
}

/// A download that is told of in lines.
struct Raw {
    now: u64,
    total: u64,
    printed: Instant,
}

impl Raw {
    fn line(&self) -> String {
        format!("Progress {} of {}", self.now, self.total)
    }
}

/// What has become of a download; sizes in bytes.
pub(crate) enum Step {
    /// It begins; its size, where known.
    Started(Option<u64>),
    /// So many more bytes have come.
    Progressed(u64),
}

impl Progress {
    pub(crate) fn new(can_show: bool, is_loud: bool) -> Self {
        Self {
            can_show,
            is_loud,
            bar: Mutex::default(),
            raw: Mutex::default(),
            bars: OnceLock::new(),
            shown: Mutex::default(),
            spinner: Mutex::default(),
        }
    }

    /// `--progress-bar`.
    pub(crate) fn show(&self, bar: ProgressBarOption) {
        *locked(&self.bar) = bar;
    }

    /// Whether bars and spinners are shown.
    pub(crate) fn is_enabled(&self) -> bool {
        self.can_show
            && match *locked(&self.bar) {
                ProgressBarOption::Auto => self.is_loud,
                ProgressBarOption::On => true,
                ProgressBarOption::Off | ProgressBarOption::Raw => false,
            }
    }

    /// What `--progress-bar raw` prints now of a download, if anything.
    pub(crate) fn raw_line(&self, filename: &str, step: Step) -> Option<String> {
        if *locked(&self.bar) != ProgressBarOption::Raw {
            return None;
        }
        let mut raw = locked(&self.raw);
        match step {
            Step::Started(size) if size.is_some_and(|size| size <= WORTH_A_RAW_LINE) => None,
            Step::Started(size) => {
                let download = Raw { now: 0, total: size.unwrap_or_default(), printed: Instant::now() };
                let line = download.line();
                raw.insert(filename.to_owned(), download);
                Some(line)
            }
            Step::Progressed(bytes) => {
                let download = raw.get_mut(filename)?;
                download.now += bytes;
                let is_due = download.printed.elapsed() >= RAW_INTERVAL || download.now == download.total;
                is_due.then(|| {
                    download.printed = Instant::now();
                    download.line()
                })
            }
        }
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
        if self.is_enabled() {
            let spinner = ProgressBar::new_spinner().with_style(style("  {spinner} {msg} ({elapsed})"));
            let spinner = self.bars().add(spinner.with_message(message.to_owned()));
            spinner.enable_steady_tick(TICK);
            *locked(&self.spinner) = Some(spinner);
        }
    }

    pub(crate) fn resolved(&self) {
        if let Some(spinner) = locked(&self.spinner).take() {
            spinner.finish_and_clear();
        }
    }

    pub(crate) fn started(&self, filename: &str, size: Option<u64>) {
        if !self.is_enabled() || size.is_some_and(|size| size < WORTH_A_BAR) {
            return;
        }
        self.add(filename, size);
    }

    /// A bar that never needs more than one line; units are those of the lines that tell of sizes.
    fn add(&self, filename: &str, size: Option<u64>) {
        let is_wide = columns().is_none_or(|columns| columns >= WIDE);
        let bar = match (size, is_wide) {
            (Some(size), true) => ProgressBar::new(size).with_style(style(&format!(
                "    {{msg:{NAME}!}} {{wide_bar}} {{decimal_bytes}}/{{decimal_total_bytes}} {{decimal_bytes_per_sec}} {{eta}}"
            ))),
            (Some(size), false) => {
                ProgressBar::new(size).with_style(style(" {wide_bar} {decimal_bytes}/{decimal_total_bytes}"))
            }
            (None, _) => ProgressBar::new_spinner().with_style(style("    {spinner} {decimal_bytes} {wide_msg}")),
        };
        let bar = self.bars().add(bar.with_message(short(filename)));
        locked(&self.shown).insert(filename.to_owned(), bar);
    }

    /// A bar for a file that goes out, in place of that of an attempt before.
    pub(crate) fn sending(&self, filename: &str, size: u64) {
        self.finished(filename);
        if self.is_enabled() {
            self.add(filename, Some(size));
        }
    }

    pub(crate) fn progressed(&self, filename: &str, bytes: u64) {
        if let Some(bar) = locked(&self.shown).get(filename) {
            bar.inc(bytes);
        }
    }

    pub(crate) fn finished(&self, filename: &str) {
        if let Some(bar) = locked(&self.shown).remove(filename) {
            bar.finish_and_clear();
        }
    }

    /// Takes everything off the screen.
    pub(crate) fn clear(&self) {
        self.resolved();
        for (_, bar) in locked(&self.shown).drain() {
            bar.finish_and_clear();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file name without the tags that say where it runs.
fn short(filename: &str) -> String {
    let parts: Vec<&str> = filename.splitn(3, '-').collect();
    match parts.as_slice() {
        [name, version, _] if filename.ends_with(".whl") => format!("{name}-{version}"),
        _ => filename.to_owned(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
