//! `index versions`: the versions of projects that could be installed, whatever is required of them. All projects are looked up
//! at once.

use std::sync::{Arc, mpsc};

use distribution::ArtifactKind;
use index::{Project, SelectionRules, require_upload_times, select};
use python::Environment;
use requirement::{ProjectName, Version};

use crate::answer::{Means, rules};
use crate::context::PATIENCE;
use crate::error::SharedError;
use crate::hashes::Hashes;
use crate::{Context, Event, OperationError, ResolveOptions};

/// A version of a project that could be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailableVersion {
    /// The version.
    pub version: Version,
    /// Whether it comes as a wheel, not only as a source distribution.
    pub is_wheel: bool,
}

/// The versions of each of `projects` that have a file for the environment (or the target of the options), newest first:
/// nothing withdrawn, and pre-releases only where the options ask for them. A project that no index knows has none.
pub fn available_versions(
    context: &Context,
    environment: &Environment,
    options: &ResolveOptions,
    projects: &[ProjectName],
) -> Result<Vec<Vec<AvailableVersion>>, OperationError> {
    let (known, rules) = look_up(context, environment, options, projects)?;
    Ok(known.iter().map(|project| usable(project, &rules, options).collect()).collect())
}

/// The usable versions of a project, newest first; looked at as they are asked for.
pub(crate) fn usable(
    project: &Project,
    rules: &SelectionRules,
    options: &ResolveOptions,
) -> impl Iterator<Item = AvailableVersion> {
    let prereleases = options.releases.allows(&project.name) == Some(true);
    let wanted = project.versions().iter().filter(move |version| prereleases || !version.is_prerelease());
    wanted.filter_map(|version| {
        let candidate = select(project, version, rules, false).ok()?;
        let is_wheel = matches!(candidate.artifact.kind, ArtifactKind::Wheel(_));
        Some(AvailableVersion { version: version.clone(), is_wheel })
    })
}

/// Looks up all projects at once; and what decides which of their files are usable.
pub(crate) fn look_up(
    context: &Context,
    environment: &Environment,
    options: &ResolveOptions,
    projects: &[ProjectName],
) -> Result<(Vec<Arc<Project>>, SelectionRules), OperationError> {
    let means = Means::new(context, options);
    let rules = rules(options, environment, &Hashes::default());
    let known = ask(context, &means, projects)?;
    means.index.ignored_places().iter().for_each(|text| context.reporter.event(Event::Warning(text)));
    known.iter().try_for_each(|project| require_upload_times(project, &rules))?;
    Ok((known, rules))
}

/// Asks for all projects at once; what is fresh in the cache is not asked for.
fn ask(
    context: &Context,
    means: &Means,
    projects: &[ProjectName],
) -> Result<Vec<Arc<Project>>, OperationError> {
    let mut known: Vec<Option<Arc<Project>>> = Vec::with_capacity(projects.len());
    let (sender, arrivals) = mpsc::channel();
    for (position, project) in projects.iter().enumerate() {
        let cached = means.index.cached_project(project)?;
        if cached.is_none() {
            let (index, project, sender) = (means.index.clone(), project.clone(), sender.clone());
            means.runtime.spawn(async move {
                let found = index.project(&project).await.map_err(SharedError::from);
                let _ = sender.send((position, found));
            });
        }
        known.push(cached);
    }
    drop(sender);
    loop {
        match arrivals.recv_timeout(PATIENCE) {
            Ok((position, found)) => {
                if let Some(place) = known.get_mut(position) {
                    *place = Some(found?);
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) if context.cancellation.is_cancelled() => {
                return Err(OperationError::Interrupted);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
    Ok(known.into_iter().flatten().collect())
}
