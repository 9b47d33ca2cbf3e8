//! Configuration files: where pip looks for them, and what they say (the dialect of Python's `RawConfigParser`).

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// One setting: an option's long name, its value, and the file that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) section: String,
    pub(crate) option: String,
    pub(crate) value: String,
    pub(crate) file: PathBuf,
}

/// The files that pip reads, the least important first: those of the system, of the user, of the active environment, and
/// the one that `PIP_CONFIG_FILE` names (in place of the user's, if it exists). `/dev/null` there means: none at all. With
/// `is_isolated` the user's are left out.
pub(crate) fn paths(is_isolated: bool) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let named = variable("PIP_CONFIG_FILE").map(PathBuf::from);
    if named.as_deref() == Some(Path::new("/dev/null")) {
        return Vec::new();
    }
    let system = variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
    let mut paths: Vec<PathBuf> =
        std::env::split_paths(&system).map(|directory| directory.join("pip/pip.conf")).collect();
    paths.push("/etc/pip.conf".into());
    let named = named.filter(|named| named.exists());
    if named.is_none() && !is_isolated {
        paths.extend(dirs::home_dir().map(|home| home.join(".pip/pip.conf")));
        paths.extend(dirs::config_dir().map(|directory| directory.join("pip/pip.conf")));
    }
    paths.extend(variable("VIRTUAL_ENV").map(|environment| Path::new(&environment).join("pip.conf")));
    paths.extend(named);
    paths
}

/// All settings of the files that there are, in the order of the files.
pub(crate) fn read(is_isolated: bool) -> Result<Vec<Setting>, Failure> {
    let mut settings = Vec::new();
    for file in paths(is_isolated) {
        match std::fs::read(&file) {
            Ok(bytes) => settings.extend(parse(&String::from_utf8_lossy(&bytes), &file)?),
            Err(error) if file.exists() => {
                return Err(Failure::plain(format!(
                    "Configuration file {} cannot be read: {error}",
                    file.display()
                )));
            }
            Err(_) => {}
        }
    }
    Ok(settings)
}

/// Sections, `key = value` or `key: value`, indented lines that continue a value, comments on lines of their own.
fn parse(text: &str, file: &Path) -> Result<Vec<Setting>, Failure> {
    let mut settings: Vec<Setting> = Vec::new();
    let mut section: Option<String> = None;
    let mut continues = false;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let wrong = |reason: &str| {
            let place = format!("{}, line {}", file.display(), index + 1);
            Failure::plain(format!("Configuration file could not be loaded: {reason} ({place}): {trimmed}"))
        };
        if line.starts_with([' ', '\t']) && continues {
            if let Some(last) = settings.last_mut() {
                last.value.push('\n');
                last.value.push_str(trimmed);
            }
            continue;
        }
        if let Some(name) =
            trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name)
        {
            section = Some(name.trim().to_owned());
            continues = false;
            continue;
        }
        let Some(section) = &section else {
            return Err(wrong("a setting stands before the first [section]"));
        };
        let Some(at) = trimmed.find(['=', ':']) else {
            return Err(wrong("neither a [section] nor a setting"));
        };
        let (option, value) = (&trimmed[..at], &trimmed[at + 1..]);
        let option = option.trim().to_lowercase().replace('_', "-");
        settings.push(Setting {
            section: section.clone(),
            option: option.trim_start_matches("--").to_owned(),
            value: value.trim().to_owned(),
            file: file.to_owned(),
        });
        continues = true;
    }
    Ok(settings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String, String)> {
        let settings = parse(text, Path::new("pip.conf")).unwrap();
        settings.into_iter().map(|found| (found.section, found.option, found.value)).collect()
    }

    #[test]
    fn values_may_span_lines_and_hold_signs() {
        let text = "[global]\nindex-url = https://x/?a=b\nextra_index_url =\n    https://a\n    # not this\n    https://b\n\n[install]\nno-binary: a # b\n";
        let expected = [
            ("global", "index-url", "https://x/?a=b"),
            ("global", "extra-index-url", "\nhttps://a\nhttps://b"),
            ("install", "no-binary", "a # b"),
        ];
        assert_eq!(parsed(text), expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }

    #[test]
    fn what_is_no_setting_is_an_error_with_its_line() {
        for (text, line) in [("x=1\n", "line 1"), ("[a]\nx = 1\nnovalue\n", "line 3")] {
            assert!(
                matches!(parse(text, Path::new("pip.conf")), Err(Failure::Plain(text)) if text.contains(line))
            );
        }
    }
}
