//! `rpip history`.

use clap::Args;
use operations::{history, remembered_at};

use crate::args::General;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, shown_change};

/// Show what was changed in the environment, the oldest change first.
///
/// The last changes of each environment are remembered in the cache; what pip changed is not known.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip history [options]",
    after_help = "Examples:\n  rpip history\n  rpip --python .venv history\n  rpip history --user"
)]
pub(crate) struct HistoryArgs {
    /// What was changed in the user's site-packages, by install --user
    #[arg(long)]
    user: bool,
    #[command(flatten)]
    general: General,
}

impl Run for HistoryArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let environment = remembered_at(&environment, self.user)?;
        let past = history(&environment, &cache);
        if past.is_empty() {
            terminal.line("No changes of this environment are remembered.");
        }
        let width = past.last().map_or(1, |last| last.number.to_string().len());
        for change in past {
            let undone = if change.is_undone { " (undone)" } else { "" };
            let (number, time) = (change.number, local_time(change.time));
            terminal.output(&format!("{number:>width$}  {time}  {}{undone}", change.command));
            for change in &change.changes.changes {
                terminal.output(&format!("{:width$}  {}", "", shown_change(change)));
            }
        }
        Ok(SUCCESS)
    }
}

fn local_time(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
