//! What setuptools and easy_install left before there were wheels (setuptools documentation, "The Internal Structure of
//! Python Eggs"): `.egg-link` and `easy-install.pth` of `setup.py develop`, `.egg` directories, `requires.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use distribution::headers;
use requirement::ExtraName;

/// The list of what easy_install made importable: a `.pth` file.
pub(crate) const EASY_INSTALL: &str = "easy-install.pth";

/// No file of these kinds is larger.
const SIZE_LIMIT: u64 = 1 << 20;

/// The directory that an `.egg-link` leads to: its first line that is not empty, seen from the link's own directory.
pub(crate) fn linked_directory(egg_link: &Path) -> Option<PathBuf> {
    let text = read_small(egg_link)?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(egg_link.parent()?.join(line))
}

/// Of these `.egg` directories, those that are importable: that `easy-install.pth` beside them lists.
pub(crate) fn listed_eggs(directory: &Path, names: &[String]) -> Vec<PathBuf> {
    if names.is_empty() {
        return Vec::new();
    }
    let text = read_small(&directory.join(EASY_INSTALL)).unwrap_or_default();
    let listed: Vec<PathBuf> = text.lines().map(|line| directory.join(line.trim())).collect();
    let eggs = names.iter().map(|name| directory.join(name));
    eggs.filter(|egg| listed.iter().any(|path| path.components().eq(egg.components()))).collect()
}

/// The content of a `.pth` file without the line that names `entry`; none where it has no such line.
pub(crate) fn without_entry(content: &[u8], entry: &str) -> Option<Vec<u8>> {
    let mut lines: Vec<&[u8]> = content.split_inclusive(|&byte| byte == b'\n').collect();
    let text = |line: &[u8]| line.trim_ascii_end() == entry.as_bytes();
    lines.remove(lines.iter().position(|line| text(line))?);
    let ends_with_carriage_return = content.windows(2).any(|end| end == b"\r\n");
    let mut rest = lines.concat();
    if !rest.is_empty() && !rest.ends_with(b"\n") {
        rest.extend_from_slice(if ends_with_carriage_return { b"\r\n" } else { b"\n" });
    }
    Some(rest)
}

/// PKG-INFO with what only `requires.txt` says of dependencies and extras, as pip reads it.
pub(crate) fn with_requirements(package_information: Vec<u8>, requires: &str) -> Vec<u8> {
    let (fields, _) = headers(&package_information);
    let has = |name: &str| fields.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let (add_requirements, add_extras) = (!has("Requires-Dist"), !has("Provides-Extra"));
    let mut added = String::new();
    let mut extras: Vec<String> = Vec::new();
    let (mut extra, mut marker) = (String::new(), "");
    for line in requires.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') && line.ends_with(']') {
            let section = line.trim_matches(['[', ']']);
            let (name, condition) = section.split_once(':').unwrap_or((section, ""));
            extra = name.parse::<ExtraName>().map_or_else(|_| name.to_owned(), |name| name.to_string());
            marker = condition;
        } else if add_requirements {
            let condition = match (extra.as_str(), marker) {
                ("", "") => String::new(),
                ("", marker) => format!(" ; {marker}"),
                (extra, "") => format!(" ; extra == \"{extra}\""),
                (extra, marker) => format!(" ; ({marker}) and extra == \"{extra}\""),
            };
            added.push_str(&format!("Requires-Dist: {line}{condition}\n"));
        }
        if add_extras && !extra.is_empty() && !extras.contains(&extra) {
            added.push_str(&format!("Provides-Extra: {extra}\n"));
            extras.push(extra.clone());
        }
    }
    let mut bytes = added.into_bytes();
    bytes.extend_from_slice(&package_information);
    bytes
}

/// The names of the scripts that an `entry_points.txt` has; targets are of no interest here.
pub(crate) fn script_names(entry_points: &str) -> Vec<&str> {
    let mut is_scripts = false;
    let mut names = Vec::new();
    for line in entry_points.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_scripts = matches!(section.trim(), "console_scripts" | "gui_scripts");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_scripts && !line.starts_with('#'))
        {
            names.push(name.trim());
        }
    }
    names
}

fn read_small(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let is_small = metadata.is_file() && metadata.len() <= SIZE_LIMIT;
    is_small.then(|| fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_leaves_a_path_file() {
        for (content, entry, expected) in [
            ("/a\n/b\n/c\n", "/b", Some("/a\n/c\n")),
            ("/a\n/b", "/a", Some("/b\n")),
            ("/a\r\n/b\r\n/c", "/b", Some("/a\r\n/c\r\n")),
            ("./x.egg\n", "./x.egg", Some("")),
            ("/b\n/b\n", "/b", Some("/b\n")),
            ("/bb\n", "/b", None),
            ("", "/b", None),
        ] {
            let rest = without_entry(content.as_bytes(), entry);
            assert_eq!(rest.as_deref(), expected.map(str::as_bytes), "{content:?}");
        }
    }

    #[test]
    fn requirements_of_eggs_are_those_of_core_metadata() {
        let requires = "six>=1\n# no\n\n[:python_version < \"3\"]\nfutures\n[Fast.One]\nnumpy\n\
                        [fast-one:sys_platform == \"linux\"]\nnumexpr[x]\n[empty]\n";
        let merged = with_requirements(b"Name: x\nVersion: 1\n\nBody\n".to_vec(), requires);
        assert_eq!(
            String::from_utf8(merged).unwrap(),
            "Requires-Dist: six>=1\n\
             Requires-Dist: futures ; python_version < \"3\"\n\
             Provides-Extra: fast-one\n\
             Requires-Dist: numpy ; extra == \"fast-one\"\n\
             Requires-Dist: numexpr[x] ; (sys_platform == \"linux\") and extra == \"fast-one\"\n\
             Provides-Extra: empty\n\
             Name: x\nVersion: 1\n\nBody\n"
        );
        let own = b"Name: x\nRequires-Dist: y\nProvides-Extra: z\n".to_vec();
        assert_eq!(with_requirements(own.clone(), requires), own);
    }

    #[test]
    fn scripts_are_found_by_name() {
        let text = "[console_scripts]\none = a:b\n# no = c\n\n[other]\nno = c\n[gui_scripts]\ntwo=a:b [extra]\nbroken\n";
        assert_eq!(script_names(text), ["one", "two"]);
    }
}
