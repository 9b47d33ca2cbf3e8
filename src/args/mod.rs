//! Options that commands share, in groups; their doc comments are the help.

mod building;
mod general;
mod ignored;
mod index;
mod listing;
mod lock_targets;
mod outdated;
mod question;
mod requirements;
mod selection;
mod superuser;
mod target;

pub(crate) use building::{BuildArgs, ConfigSettings, ProgressBar};
pub(crate) use general::{General, home_path};
pub(crate) use ignored::IgnoredArgs;
pub(crate) use index::{IndexArgs, default_index, search_page};
pub(crate) use listing::{ExcludeArgs, PlaceArgs};
pub(crate) use lock_targets::LockTargetArgs;
pub(crate) use outdated::OutdatedArgs;
pub(crate) use question::{Asked, QuestionArgs};
pub(crate) use requirements::{RequirementArgs, collector};
pub(crate) use selection::SelectionArgs;
pub(crate) use superuser::SuperuserArgs;
pub(crate) use target::{BytecodeArgs, DestinationArgs, PlatformArgs, ProtectionArgs, search_context};
