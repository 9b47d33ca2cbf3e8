//! Other places to install into than the environment's own directories: `--user`, `--prefix`, `--target`, `--root`.
//!
//! The directories are those of pip's `locations/_sysconfig.py`, which lays them out by `sysconfig`'s schemes. Which
//! installed distributions count, and which are replaced, is pip's rule too (`get_dist_to_uninstall`), with one
//! correction: who installs with `--prefix`, `--root` or `--target` has nothing removed from the running environment.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{Environment, PythonError, Scheme};

/// Where to install. All may be combined with `--root`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Destination {
    /// Into the environment's own directories.
    #[default]
    Environment,
    /// `--user`: into the user's site-packages.
    User,
    /// `--prefix`: laid out below this directory like an installation of Python.
    Prefix(PathBuf),
    /// `--target`: the modules of pure and compiled distributions in this directory itself, scripts in `bin` below it.
    Target(PathBuf),
}

impl Destination {
    /// What options ask for: `user` is true for `--user`, false for `--no-user`. Refuses what cannot be combined, in
    /// pip's words.
    pub fn choose(
        user: Option<bool>,
        prefix: Option<PathBuf>,
        target: Option<PathBuf>,
    ) -> Result<Self, PythonError> {
        let user = user == Some(true);
        let refuse = |text| Err(PythonError::Combination(text));
        match (prefix, target) {
            (_, Some(_)) if user => refuse("Can not combine '--user' and '--target'"),
            (Some(_), _) if user => refuse(
                "Can not combine '--user' and '--prefix' as they imply different installation locations",
            ),
            (Some(_), Some(_)) => refuse("Can not combine '--prefix' and '--target'"),
            (Some(prefix), None) => Ok(Self::Prefix(prefix)),
            (None, Some(target)) => Ok(Self::Target(target)),
            (None, None) if user => Ok(Self::User),
            (None, None) => Ok(Self::Environment),
        }
    }
}

impl Environment {
    /// This environment with another place to write to: `scheme` is that of `destination`, below `root` where there is
    /// one (`--root`). Everything else, above all the interpreter that scripts name, stays.
    ///
    /// # Errors
    /// [`PythonError::UserSite`] and [`PythonError::NoUserBase`] where there is no user scheme or it is not visible;
    /// [`PythonError::TargetNotADirectory`].
    pub fn at(&self, destination: &Destination, root: Option<&Path>) -> Result<Self, PythonError> {
        let facts = &self.interpreter.facts;
        let absolute = |path: &Path| std::path::absolute(path).map_err(PythonError::io("cannot find", path));
        let (scheme, destination) = match destination {
            Destination::Environment => (facts.scheme.clone(), Destination::Environment),
            Destination::User => (self.user_scheme()?, Destination::User),
            Destination::Prefix(prefix) => {
                // Below a root, a relative prefix stays one: it begins there.
                let prefix = if root.is_some() { prefix.clone() } else { absolute(prefix)? };
                (facts.prefix_layout.under(&prefix), Destination::Prefix(prefix))
            }
            Destination::Target(target) => {
                let target = absolute(target)?;
                (flat(&facts.home_layout.under(&target), &target), Destination::Target(target))
            }
        };
        let root = root.map(absolute).transpose()?;
        let scheme = match &root {
            Some(root) => scheme.map(|path| below(root, path)),
            None => scheme,
        };
        if matches!(destination, Destination::Target(_))
            && fs::metadata(&scheme.purelib).is_ok_and(|metadata| !metadata.is_dir())
        {
            return Err(PythonError::TargetNotADirectory { path: scheme.purelib });
        }
        Ok(Self { scheme, destination, root, ..self.clone() })
    }

    fn user_scheme(&self) -> Result<Scheme, PythonError> {
        let facts = &self.interpreter.facts;
        if self.is_virtual && !self.system_site_packages {
            return Err(PythonError::UserSite { reason: "not visible in this virtualenv" });
        }
        if !facts.user_site_enabled {
            return Err(PythonError::UserSite { reason: "disabled for this Python" });
        }
        facts.user_scheme.clone().ok_or(PythonError::NoUserBase)
    }

    /// Whether pip installs into the user's site-packages although nobody asked: its own may not be written, and the
    /// user's are enabled. ("Defaulting to user installation because normal site-packages is not writeable".) To be
    /// asked of the environment at [`Destination::Environment`], with its `root`, and not after `--no-user`.
    pub fn defaults_to_user(&self) -> bool {
        self.interpreter.facts.user_site_enabled && !self.is_writable()
    }

    /// Whether this user may write to the library directories, or to the directories that they will be made in.
    pub fn is_writable(&self) -> bool {
        [&self.scheme.purelib, &self.scheme.platlib].into_iter().all(|directory| {
            let existing = directory.ancestors().find(|ancestor| ancestor.is_dir());
            existing.is_none_or(is_writable)
        })
    }

    /// Whether something else than the environment that runs is written: no mark of a distributor forbids that (PEP
    /// 668), and nothing of what is installed in the running environment is removed.
    pub fn is_elsewhere(&self) -> bool {
        self.root.is_some() || matches!(self.destination, Destination::Prefix(_) | Destination::Target(_))
    }

    /// The directories whose distributions count as installed, in this order.
    ///
    /// The environment itself and `--user`: all of `sys.path`. `--prefix` and `--root`: what lies there, then what the
    /// environment has, which is "already satisfied" as with pip. `--target`: none.
    pub fn installed_directories(&self) -> Vec<PathBuf> {
        if matches!(self.destination, Destination::Target(_)) {
            return Vec::new();
        }
        let mut directories = if self.is_elsewhere() { self.libraries() } else { Vec::new() };
        for directory in self.site_packages() {
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        directories
    }

    /// Those directories whose distributions are removed when another version of the project is installed.
    ///
    /// The environment itself: all of `sys.path`, of a virtual environment what lies in it. `--user`: the user's
    /// site-packages. `--prefix`, `--root`: what lies there. `--target`: what lies there, with `--upgrade` alone.
    pub fn replaceable_directories(&self) -> Vec<PathBuf> {
        if self.destination != Destination::Environment || self.is_elsewhere() {
            return self.libraries();
        }
        self.site_packages().into_iter().filter(|directory| self.is_local(directory)).collect()
    }

    /// Where the distributions in the directory `location` are to be removed from: this environment if it is one of
    /// its library directories; one for that directory alone if it is another replaceable one (the user's
    /// site-packages seen from the system's interpreter); none if they are not removed.
    pub fn holder_of(&self, location: &Path) -> Option<Self> {
        let location = canonical(location);
        let has = |scheme: &Scheme| {
            canonical(&scheme.purelib) == location || canonical(&scheme.platlib) == location
        };
        if has(&self.scheme) {
            return Some(self.clone());
        }
        if !self.replaceable_directories().iter().any(|directory| canonical(directory) == location) {
            return None;
        }
        if self.interpreter.facts.user_scheme.as_ref().is_some_and(has) {
            return self.at(&Destination::User, None).ok();
        }
        let scheme = Scheme { purelib: location.clone(), platlib: location, ..self.scheme.clone() };
        Some(Self { scheme, ..self.clone() })
    }

    /// Whether a distribution in the directory `location` would still be imported before one in the user's
    /// site-packages, so that `--user` is in vain: in a virtual environment, its own ones are.
    pub fn lacks_precedence_to(&self, location: &Path) -> bool {
        let own = &self.interpreter.facts.scheme.purelib;
        self.destination == Destination::User
            && self.is_virtual
            && canonical(location).starts_with(canonical(own))
    }

    /// The library directories of the scheme.
    fn libraries(&self) -> Vec<PathBuf> {
        let mut libraries = vec![self.scheme.purelib.clone(), self.scheme.platlib.clone()];
        libraries.dedup();
        libraries
    }

    /// Whether `directory` belongs to the environment (pip's `is_local`): outside of virtual ones, all do.
    pub fn is_local(&self, directory: &Path) -> bool {
        !self.is_virtual || canonical(directory).starts_with(canonical(&self.interpreter.facts.prefix))
    }
}

/// The home scheme with its libraries moved up into the directory itself, as pip moves them there.
fn flat(home: &Scheme, target: &Path) -> Scheme {
    Scheme { purelib: target.to_path_buf(), platlib: target.to_path_buf(), ..home.clone() }
}

/// `path` below `root`, as pip's `change_root`: without its own root, and drive.
fn below(root: &Path, path: &Path) -> PathBuf {
    let is_kept = |component: &Component<'_>| !matches!(component, Component::Prefix(_) | Component::RootDir);
    root.join(path.components().filter(is_kept).collect::<PathBuf>())
}

/// `path` with links followed, as far as that is possible.
fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(unix)]
fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|metadata| !metadata.permissions().readonly())
}
