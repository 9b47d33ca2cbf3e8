//! What is said to the superuser, who can break the system's environment.

use clap::{Args, ValueEnum};
use operations::Environment;

use crate::output::Terminal;

/// Whether a word is said to the superuser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RootUserAction {
    /// A warning.
    Warn,
    /// None.
    Ignore,
}

/// `--root-user-action`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SuperuserArgs {
    /// Whether to warn when the superuser changes the system's environment
    #[arg(long, value_enum, default_value = "warn", value_name = "root_user_action")]
    root_user_action: RootUserAction,
}

impl SuperuserArgs {
    /// Warns the superuser who has changed the system's environment.
    pub(crate) fn warn(&self, environment: &Environment, terminal: &Terminal) {
        if self.root_user_action == RootUserAction::Warn && !environment.is_virtual && is_superuser() {
            terminal.warning(
                "Running rpip as the 'root' user can result in broken permissions and conflicting behaviour with the system \
                 package manager, possibly rendering your system unusable. It is recommended to use a virtual environment \
                 instead. Use the --root-user-action option if you know what you are doing and want to suppress this warning.",
            );
        }
    }
}

#[cfg(unix)]
fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}

/// As for pip.
#[cfg(not(unix))]
fn is_superuser() -> bool {
    false
}
