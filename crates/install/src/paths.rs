//! Paths, by their text alone.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// `base` joined with `path` (which may be absolute), with `.` and `..` worked out in the text.
pub(crate) fn normalized(base: &Path, path: &str) -> PathBuf {
    let mut result = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = result.pop(),
            other => result.push(other),
        }
    }
    result
}

/// `path` with symbolic links followed, as far as it exists; the rest as it is.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(existing) = fs::canonicalize(ancestor) {
            let rest = path.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { existing } else { existing.join(rest) };
        }
    }
    path.to_path_buf()
}

/// The relative path from `base` to `path` with `/` between components, as `os.path.relpath` gives it.
pub(crate) fn relative(path: &Path, base: &Path) -> String {
    let (path, base): (Vec<_>, Vec<_>) = (path.components().collect(), base.components().collect());
    let shared = path.iter().zip(&base).take_while(|(one, other)| one == other).count();
    let up = base.iter().skip(shared).map(|_| "..".to_owned());
    let down = path.iter().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// `directory` and `name` with `/` between them; an empty directory is the root.
pub(crate) fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{normalized, relative};

    #[test]
    fn dots_are_worked_out() {
        let base = Path::new("/v/lib/site-packages");
        for (path, expected) in [
            ("a/b.py", "/v/lib/site-packages/a/b.py"),
            ("../../bin/x", "/v/bin/x"),
            ("../../../../../etc/passwd", "/etc/passwd"),
            ("/usr/./bin/../x", "/usr/x"),
        ] {
            assert_eq!(normalized(base, path), Path::new(expected));
        }
    }

    #[test]
    fn relative_paths_are_those_of_record() {
        let base = Path::new("/v/lib/python3/site-packages");
        for (path, expected) in [
            ("/v/bin", "../../../bin"),
            ("/v/lib/python3/site-packages", ""),
            ("/v/lib/python3/site-packages/a", "a"),
            ("/v", "../../.."),
        ] {
            assert_eq!(relative(Path::new(path), base), expected);
        }
    }
}
