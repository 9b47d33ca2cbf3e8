//! `lock`: what an installation would take, written down as a lock file (PEP 751), for this Python and platform, as pip does it.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use distribution::{
    ArtifactKind, DirectUrl, DirectUrlKind, LockedArchive, LockedDirectory, LockedFile, LockedPackage,
    LockedVcs, Pylock,
};
use python::Environment;
use requirement::ProjectName;
use resolver::ResolvedPin;

use crate::answer::{Answer, Means};
use crate::pinning_order::in_pinning_order;
use crate::stage::announce;
use crate::{Context, OperationError, ResolveOptions};

/// Who writes lock files.
pub(crate) const CREATOR: &str = "rpip";

/// What to lock.
#[derive(Debug, Clone, Default)]
pub struct LockOptions {
    /// What is wanted, and what may be chosen; its purpose is [`crate::Purpose::Lock`].
    pub resolve: Arc<ResolveOptions>,
    /// The directory of the lock file: paths in it are relative to this.
    pub base: PathBuf,
}

/// The lock file.
pub fn lock(
    context: &Context,
    environment: &Environment,
    options: &LockOptions,
) -> Result<Pylock, OperationError> {
    let means = Means::new(context, &options.resolve);
    let answer = Answer::find_versions(context, environment, &options.resolve, &means)?;
    let (pins, _) = in_pinning_order(&answer.preparer, &answer.resolution.pins);
    let packages = pins.iter().map(|pin| package(pin, &pins, &answer, context, &options.base));
    Ok(Pylock::of_packages(CREATOR, packages.collect::<Result<Vec<LockedPackage>, _>>()?))
}

fn package(
    pin: &ResolvedPin,
    pins: &[&ResolvedPin],
    answer: &Answer,
    context: &Context,
    base: &Path,
) -> Result<LockedPackage, OperationError> {
    if let Some(direct) = answer.preparer.direct(&pin.name) {
        return Ok(direct_package(&pin.name, &direct.direct_url, base));
    }
    let candidate = answer.preparer.candidate(&pin.name, &pin.version)?;
    let candidate = candidate.ok_or(OperationError::Interrupted)?;
    announce(&answer.preparer, pins, pin, &candidate.artifact, context);
    let hash = answer.preparer.hash(&candidate)?;
    let file = LockedFile {
        name: Some(candidate.artifact.filename.to_string()),
        upload_time: None,
        url: Some(candidate.artifact.url.to_string()),
        path: None,
        size: None,
        hashes: vec![(hash.algorithm.to_string(), hash.hex.to_string())],
    };
    let mut package = LockedPackage::new(pin.name.clone());
    package.version = Some(pin.version.clone());
    match candidate.artifact.kind {
        ArtifactKind::Wheel(_) => package.wheels = Some(vec![file]),
        ArtifactKind::Sdist(_) => package.sdist = Some(file),
    }
    Ok(package)
}

/// What the user names by place.
pub(crate) fn direct_package(name: &ProjectName, direct: &DirectUrl, base: &Path) -> LockedPackage {
    let (url, subdirectory) = (direct.url.clone(), direct.subdirectory.clone());
    let mut package = LockedPackage::new(name.clone());
    match &direct.kind {
        DirectUrlKind::Vcs { vcs, requested_revision, commit_id } => {
            package.vcs = Some(LockedVcs {
                kind: vcs.clone(),
                url: Some(url),
                path: None,
                requested_revision: requested_revision.clone(),
                commit_id: commit_id.clone(),
                subdirectory,
            });
        }
        DirectUrlKind::Directory { editable } => {
            let path = index::path_of_file_url(&url).unwrap_or_default();
            package.directory = Some(LockedDirectory {
                path: relative(&path, base),
                editable: editable.then_some(true),
                subdirectory,
            });
        }
        DirectUrlKind::Archive { hashes } => {
            package.archive = Some(LockedArchive {
                url: Some(url),
                path: None,
                size: None,
                upload_time: None,
                hashes: hashes.clone(),
                subdirectory,
            });
        }
    }
    package
}

/// The way from `base` to `path`, both absolute, with `/` between its parts.
fn relative(path: &Path, base: &Path) -> String {
    let base = base.canonicalize().unwrap_or_else(|_| base.to_owned());
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let parts = |path: &Path| -> Vec<String> {
        let parts = path.components().map(Component::as_os_str);
        parts.map(|part| part.to_string_lossy().into_owned()).collect()
    };
    let (to, from) = (parts(&path), parts(&base));
    let same = to.iter().zip(&from).take_while(|(to, from)| to == from).count();
    let up = from.iter().skip(same).map(|_| "..".to_owned());
    let way: Vec<String> = up.chain(to.iter().skip(same).cloned()).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_lock_file() {
        for (path, base, way) in [
            ("/none/a/project", "/none/a", "project"),
            ("/none/a", "/none/a", "."),
            ("/none/project", "/none/a/b", "../../project"),
            ("/none/a/b/c", "/none/a/d", "../b/c"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(base)), way);
        }
    }
}
