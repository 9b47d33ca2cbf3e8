//! `list --outdated` and `--uptodate`: the newest version that there is of what is installed.

use python::Environment;
use requirement::{ProjectName, Version};

use crate::index_versions::{AvailableVersion, look_up, usable};
use crate::{Context, OperationError, ResolveOptions};

/// The newest version of each of `projects` that an upgrade could lead to, and whether it comes as a wheel; none where no index
/// has one. With `--prefer-binary` any wheel goes before any source distribution.
pub fn latest_versions(
    context: &Context,
    environment: &Environment,
    options: &ResolveOptions,
    projects: &[ProjectName],
) -> Result<Vec<Option<AvailableVersion>>, OperationError> {
    let (known, rules) = look_up(context, environment, options, projects)?;
    let latest = known.iter().map(|project| latest(usable(project, &rules, options), options.prefer_built));
    Ok(latest.collect())
}

/// Of versions from the newest on the one to compare with; no more of them are looked at than need be.
pub(crate) fn latest(
    versions: impl Iterator<Item = AvailableVersion>,
    prefers_wheels: bool,
) -> Option<AvailableVersion> {
    let mut newest = None;
    for version in versions {
        if version.is_wheel || !prefers_wheels {
            return Some(version);
        }
        newest.get_or_insert(version);
    }
    newest
}

impl AvailableVersion {
    /// Whether it is newer than what is installed.
    pub fn is_newer_than(&self, installed: &Version) -> bool {
        self.version > *installed
    }

    /// What pip calls the form that it comes in.
    pub fn filetype(&self) -> &'static str {
        if self.is_wheel { "wheel" } else { "sdist" }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn wheels_may_go_before_newer_sources() {
        let version = |text: &str, is_wheel| AvailableVersion { version: text.parse().unwrap(), is_wheel };
        let all = vec![version("3", false), version("2", true), version("1", true)];
        assert_eq!(latest(all.clone().into_iter(), false), Some(version("3", false)));
        assert_eq!(latest(all.clone().into_iter(), true), Some(version("2", true)));
        assert_eq!(latest(all.into_iter().take(1), true), Some(version("3", false)));
        assert_eq!(latest(std::iter::empty(), true), None);
    }
}
