//! The directories of an environment that installing writes: every path that is written, moved or removed is one
//! of these roots and a relative path below it, so nothing outside can be meant.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use python::Scheme;

use crate::InstallError;
use crate::paths::{canonical, joined, normalized, relative};

/// A scheme directory. Where two are one directory, the first stands for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Root {
    Purelib,
    Platlib,
    Scripts,
    Data,
    Headers,
}

impl Root {
    pub(crate) const ALL: [Self; 5] =
        [Self::Purelib, Self::Platlib, Self::Scripts, Self::Data, Self::Headers];

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn of_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }
}

/// A path below a root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) root: Root,
    /// Components joined by `/`, none of them empty, `.` or `..`.
    pub(crate) path: String,
}

impl Place {
    pub(crate) fn new(root: Root, path: impl Into<String>) -> Self {
        Self { root, path: path.into() }
    }

    /// The first component.
    pub(crate) fn top(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Whether this is (in) the metadata directory of a distribution.
    pub(crate) fn is_metadata(&self) -> bool {
        let top = self.top();
        matches!(self.root, Root::Purelib | Root::Platlib)
            && (top.ends_with(".dist-info") || top.ends_with(".egg-info"))
    }
}

/// The scheme directories of one environment, symbolic links on the way to them followed.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    paths: [PathBuf; 5],
    /// As the scheme spells them.
    literal: [PathBuf; 5],
    /// Which root stands for each.
    same: [Root; 5],
    /// For each root the roots that lie in it, with their path there; deepest first.
    nested: [Vec<(String, Root)>; 5],
}

impl Roots {
    pub(crate) fn new(scheme: &Scheme) -> Self {
        let literal = [
            scheme.purelib.clone(),
            scheme.platlib.clone(),
            scheme.scripts.clone(),
            scheme.data.clone(),
            scheme.headers.clone(),
        ];
        let paths = literal.each_ref().map(|path| canonical(path));
        let same = Root::ALL.map(|root| {
            let path = paths.get(root.index());
            Root::ALL.into_iter().find(|other| paths.get(other.index()) == path).unwrap_or(root)
        });
        let mut roots = Self { paths, literal, same, nested: Default::default() };
        for outer in Root::ALL {
            let mut inside: Vec<(String, Root)> = Root::ALL
                .into_iter()
                .filter(|&inner| roots.standing_for(inner) == inner && inner != roots.standing_for(outer))
                .filter_map(|inner| {
                    let below = roots.path(inner).strip_prefix(roots.path(outer)).ok()?;
                    Some((below.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"), inner))
                })
                .collect();
            inside.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
            if let Some(nested) = roots.nested.get_mut(outer.index()) {
                *nested = inside;
            }
        }
        roots
    }

    /// The root that stands for the directory of `root`.
    pub(crate) fn standing_for(&self, root: Root) -> Root {
        self.same.get(root.index()).copied().unwrap_or(root)
    }

    /// The directory of a root.
    pub(crate) fn path(&self, root: Root) -> &Path {
        self.paths.get(root.index()).map_or(Path::new(""), PathBuf::as_path)
    }

    /// The directory of a root, as the scheme spells it.
    pub(crate) fn literal(&self, root: Root) -> &Path {
        self.literal.get(root.index()).map_or(Path::new(""), PathBuf::as_path)
    }

    /// The absolute path of a place.
    pub(crate) fn absolute(&self, place: &Place) -> PathBuf {
        self.path(place.root).join(&place.path)
    }

    /// The place of `path` below `root`, named by the innermost root that holds it.
    pub(crate) fn place(&self, root: Root, path: &str) -> Place {
        for (prefix, inner) in self.nested.get(root.index()).into_iter().flatten() {
            let below = path.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
            if let Some(below) = below {
                return Place::new(*inner, below);
            }
        }
        Place::new(self.standing_for(root), path)
    }

    /// The place of an absolute, normalised path; none where it lies in no root (or is one).
    pub(crate) fn classify(&self, path: &Path) -> Option<Place> {
        let below = |root: Root| {
            let rest = [self.path(root), self.literal(root)]
                .into_iter()
                .filter(|directory| !directory.as_os_str().is_empty())
                .find_map(|directory| path.strip_prefix(directory).ok())?;
            let text = rest.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
            (!text.is_empty()).then_some(text)
        };
        let found = Root::ALL.into_iter().filter_map(|root| Some((root, below(root)?)));
        let (root, path) = found.min_by_key(|(_, path)| path.len())?;
        Some(Place::new(self.standing_for(root), path))
    }

    /// The place of a row of a RECORD in `library`; none where it leads out of all roots. Most rows are plain paths
    /// below the library directory, which need no working out.
    pub(crate) fn row(&self, library: Root, path: &str) -> Option<Place> {
        let is_plain = !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if is_plain && !(cfg!(windows) && path.contains(['\\', ':'])) {
            return Some(self.place(library, path));
        }
        self.classify(&normalized(self.path(library), path)).or_else(|| self.row_of_home(path))
    }

    /// The place of a row that pip wrote for `--target`: it installs into `lib/python` of a temporary directory, records
    /// `../../bin/x`, and then moves the library's content up.
    fn row_of_home(&self, path: &str) -> Option<Place> {
        if self.standing_for(Root::Data) != Root::Purelib {
            return None;
        }
        let below = path.strip_prefix("../../")?;
        let is_plain = below.split('/').all(|part| !matches!(part, "" | "." | ".."));
        (is_plain && !(cfg!(windows) && below.contains(['\\', ':'])))
            .then(|| self.place(Root::Purelib, below))
    }

    /// The path of a place from the pure library directory, of a scheme that lies in it (`--target`).
    pub(crate) fn below_purelib(&self, place: &Place) -> String {
        joined(&relative(self.literal(place.root), self.literal(Root::Purelib)), &place.path)
    }

    /// The root that is the library directory at `location` (a canonical path).
    pub(crate) fn library_at(&self, location: &Path) -> Option<Root> {
        [Root::Purelib, Root::Platlib].into_iter().find(|&root| self.path(root) == location)
    }

    /// Whether `place` is a root, or a root lies in it: such a directory is never moved as a whole.
    pub(crate) fn holds_root(&self, place: &Place) -> bool {
        let nested = self.nested.get(place.root.index()).into_iter().flatten();
        nested.map(|(path, _)| path).any(|path| {
            path.strip_prefix(place.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Makes the directory of a root; gives the directories that were not there, outermost first.
    pub(crate) fn create(&self, root: Root) -> Result<Vec<PathBuf>, InstallError> {
        let path = self.path(root);
        let missing: Vec<PathBuf> = path
            .ancestors()
            .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
            .map(Path::to_path_buf)
            .collect();
        fs::create_dir_all(path).map_err(InstallError::creating(path))?;
        Ok(missing.into_iter().rev().collect())
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Nothing,
    File,
    Directory,
    /// A symbolic link to a directory that lies in the environment.
    LinkedDirectory,
    /// Any other symbolic link.
    Link,
}

impl Roots {
    /// Looks at `place` without following it, and through it only where a link stays in the environment.
    pub(crate) fn standing(&self, place: &Place) -> Result<Standing, InstallError> {
        let path = self.absolute(place);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
            Err(source) => return Err(InstallError::io("cannot read", &path)(source)),
        };
        let kind = metadata.file_type();
        Ok(if kind.is_dir() {
            Standing::Directory
        } else if !kind.is_symlink() {
            Standing::File
        } else if fs::canonicalize(&path)
            .is_ok_and(|target| target.is_dir() && self.classify(&target).is_some())
        {
            Standing::LinkedDirectory
        } else {
            Standing::Link
        })
    }
}

/// The names in a directory, in order, with what they are; empty where it is not there.
pub(crate) fn children(path: &Path) -> Result<Vec<(String, fs::FileType)>, InstallError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(InstallError::io("cannot read", path)(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(InstallError::io("cannot read", path))?;
        let kind = entry.file_type().map_err(InstallError::io("cannot read", path))?;
        // A name that is not text is nobody's: RECORD is UTF-8. It is listed so that it is seen to be there.
        names.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(names)
}

/// The place of `name` in the directory `path` of `root`.
pub(crate) fn child(root: Root, directory: &str, name: &str) -> Place {
    Place::new(root, joined(directory, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots() -> Roots {
        Roots::new(&Scheme {
            purelib: "/nowhere/v/lib/python3/site-packages".into(),
            platlib: "/nowhere/v/lib/python3/site-packages".into(),
            scripts: "/nowhere/v/bin".into(),
            data: "/nowhere/v".into(),
            headers: "/nowhere/v/include/site/python3".into(),
        })
    }

    #[test]
    fn a_place_is_named_by_the_innermost_root() {
        let roots = roots();
        for (root, path, expected) in [
            (Root::Platlib, "a.py", (Root::Purelib, "a.py")),
            (Root::Data, "share/x", (Root::Data, "share/x")),
            (Root::Data, "bin/x", (Root::Scripts, "x")),
            (Root::Data, "bin", (Root::Data, "bin")),
            (Root::Data, "binary", (Root::Data, "binary")),
            (Root::Data, "lib/python3/site-packages/a/b.py", (Root::Purelib, "a/b.py")),
        ] {
            assert_eq!(roots.place(root, path), Place::new(expected.0, expected.1));
        }
    }

    #[test]
    fn paths_outside_have_no_place() {
        let roots = roots();
        let place = |path: &str| roots.classify(Path::new(path));
        assert_eq!(place("/nowhere/v/bin/x"), Some(Place::new(Root::Scripts, "x")));
        assert_eq!(place("/nowhere/v/lib/python3/site-packages/a"), Some(Place::new(Root::Purelib, "a")));
        assert_eq!(place("/nowhere/v/share/a"), Some(Place::new(Root::Data, "share/a")));
        for outside in ["/nowhere/v", "/nowhere/vv/x", "/etc/passwd", "/nowhere", "/nowhere/v/bin"] {
            let place = place(outside);
            assert!(place.is_none_or(|place| roots.holds_root(&place)), "{outside}");
        }
    }

    #[test]
    fn directories_above_roots_are_known() {
        let roots = roots();
        for (path, holds) in
            [("lib", true), ("lib/python3", true), ("bin", true), ("share", false), ("li", false)]
        {
            assert_eq!(roots.holds_root(&Place::new(Root::Data, path)), holds, "{path}");
        }
    }
}
