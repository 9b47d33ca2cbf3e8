//! `config`: a configuration file, read, changed and written as Python's `RawConfigParser` does it, in the way pip uses it:
//! names of options in lower case, `-` for `_`, without a leading `--`. What is written holds no comments any more.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use requirement::python_repr;

/// The section whose values every other section has too.
const DEFAULTS: &str = "DEFAULT";

/// Why a configuration file cannot be used; displays in the words of Python's `configparser`.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// It is not text.
    #[error("Configuration file contains invalid UTF-8 characters in {}.", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be understood.
    #[error("Configuration file could not be loaded.\n{reason}\n")]
    NotUnderstood {
        /// What is wrong, with the file and the line.
        reason: String,
    },
    /// It cannot be written.
    #[error("An error occurred while writing to the configuration file {}: {source}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A section or option that would be read as something else.
    #[error("Cannot write {}: it would be read as something else", python_repr(name))]
    NotWritable {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    options: Vec<(String, String)>,
}

impl Section {
    fn position(&self, option: &str) -> Option<usize> {
        self.options.iter().position(|(name, _)| name == option)
    }
}

/// The sections of one configuration file, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigurationFile {
    sections: Vec<Section>,
    defaults: Vec<(String, String)>,
}

/// The name of an option as it is compared.
pub fn normalized_option(name: &str) -> String {
    let name = name.to_lowercase().replace('_', "-");
    name.strip_prefix("--").map(str::to_owned).unwrap_or(name)
}

impl ConfigurationFile {
    /// Reads the file at `path`. One that is not there, or that this user may not read, is empty, as it is for Python.
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let Ok(bytes) = fs::read(path) else { return Ok(Self::default()) };
        let text = String::from_utf8(bytes);
        Self::parse(&text.map_err(|_| ConfigurationError::NotText { path: path.to_owned() })?, path)
    }

    /// Understands `text`; `path` is where it comes from.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigurationError> {
        let mut parser = Parser::new(path);
        // Some editors mark UTF-8, which says nothing.
        for (index, line) in lines(text.trim_start_matches('\u{feff}')).enumerate() {
            parser.line(index + 1, line)?;
        }
        parser.finish()
    }

    /// Section, option and value of everything; the values that all sections share stand in each.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.sections.iter().flat_map(|section| {
            let shared = self.defaults.iter().filter(|(option, _)| section.position(option).is_none());
            let all = shared.chain(&section.options);
            all.map(|(option, value)| (section.name.as_str(), option.as_str(), value.as_str()))
        })
    }

    /// Whether a section has an option.
    pub fn has(&self, section: &str, option: &str) -> bool {
        self.settings().any(|(other, name, _)| other == section && name == option)
    }

    /// Gives an option a value.
    pub fn set(&mut self, section: &str, option: &str, value: &str) -> Result<(), ConfigurationError> {
        let option = normalized_option(option);
        let is_unfit = |name: &str| name.contains(['\n', '\r']) || name.trim() != name;
        if is_unfit(section) || section == DEFAULTS || section.is_empty() || section.contains(']') {
            return Err(ConfigurationError::NotWritable { name: section.to_owned() });
        }
        if is_unfit(&option)
            || option.is_empty()
            || option.starts_with(['[', '#', ';'])
            || option.contains(['=', ':'])
        {
            return Err(ConfigurationError::NotWritable { name: option });
        }
        let position = self.sections.iter().position(|known| known.name == section).unwrap_or_else(|| {
            self.sections.push(Section { name: section.to_owned(), options: Vec::new() });
            self.sections.len() - 1
        });
        let section = &mut self.sections[position];
        match section.position(&option) {
            Some(known) => section.options[known].1 = value.to_owned(),
            None => section.options.push((option, value.to_owned())),
        }
        Ok(())
    }

    /// Removes an option of a section, and the section if nothing is left in it. False where the section itself does not
    /// have it.
    pub fn unset(&mut self, section: &str, option: &str) -> bool {
        let Some(index) = self.sections.iter().position(|known| known.name == section) else { return false };
        let Some(position) = self.sections[index].position(option) else { return false };
        self.sections[index].options.remove(position);
        if self.sections[index].options.is_empty() && self.defaults.is_empty() {
            self.sections.remove(index);
        }
        true
    }

    /// The file's text as Python writes it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut write = |name: &str, options: &[(String, String)]| {
            text.push_str(&format!("[{name}]\n"));
            for (option, value) in options {
                text.push_str(&format!("{option} = {}\n", value.replace('\n', "\n\t")));
            }
            text.push('\n');
        };
        if !self.defaults.is_empty() {
            write(DEFAULTS, &self.defaults);
        }
        self.sections.iter().for_each(|section| write(&section.name, &section.options));
        text
    }

    /// Writes the file as a whole, or leaves the old one; its directory is made if need be. A link stays one, and the
    /// file keeps its permissions.
    pub fn save(&self, path: &Path) -> Result<(), ConfigurationError> {
        self.replace(path).map_err(|source| ConfigurationError::NotWritten { path: path.to_owned(), source })
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let permissions = match fs::metadata(&target) {
            Ok(metadata) if !metadata.is_file() => return fs::write(&target, self.text()),
            Ok(metadata) => Some(metadata.permissions()),
            Err(_) => None,
        };
        let directory = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
            // A file that may not be written is not replaced either.
            File::options().append(true).open(&target)?;
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let new = directory.join(format!(".{name}.{}.new", std::process::id()));
        let written = File::create_new(&new).and_then(|mut file| {
            file.write_all(self.text().as_bytes())?;
            permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
            file.sync_all()
        });
        let renamed = written.and_then(|()| fs::rename(&new, &target));
        if renamed.is_err() {
            let _ = fs::remove_file(&new);
        }
        renamed
    }
}

/// Lines with their ends, which are those of Python's text files.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = match rest.find(['\n', '\r']) {
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, left) = rest.split_at(end);
        rest = left;
        Some(line)
    })
}

/// `configparser.RawConfigParser._read`, line by line.
struct Parser<'a> {
    path: &'a Path,
    file: ConfigurationFile,
    /// Where settings belong: a position among the sections, or (none of them) the defaults.
    place: Option<Option<usize>>,
    /// Whether the value that was read last may go on.
    is_open: bool,
    indentation: usize,
    wrong: String,
}

impl<'a> Parser<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            file: ConfigurationFile::default(),
            place: None,
            is_open: false,
            indentation: 0,
            wrong: String::new(),
        }
    }

    fn not_understood(&self, reason: impl FnOnce(&str) -> String) -> ConfigurationError {
        let path = python_repr(&self.path.display().to_string());
        ConfigurationError::NotUnderstood { reason: reason(&path) }
    }

    fn options(&mut self, place: Option<usize>) -> &mut Vec<(String, String)> {
        match place {
            Some(index) => &mut self.file.sections[index].options,
            None => &mut self.file.defaults,
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), ConfigurationError> {
        let value = line.trim();
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        let indentation = line.chars().take_while(|character| character.is_whitespace()).count();
        if let Some(place) = self.place
            && self.is_open
            && (value.is_empty() || indentation > self.indentation)
        {
            if let Some((_, last)) = self.options(place).last_mut() {
                last.push('\n');
                last.push_str(value);
            }
            return Ok(());
        }
        if value.is_empty() {
            return Ok(());
        }
        self.indentation = indentation;
        let header = value.strip_prefix('[').and_then(|rest| Some(&rest[..rest.rfind(']')?]));
        match (header.filter(|name| !name.is_empty()), self.place) {
            (Some(name), _) => self.header(number, name),
            (None, Some(place)) => self.setting(number, (line, value), place),
            (None, None) => Err(self.not_understood(|path| {
                let line = python_repr(line);
                format!("File contains no section headers.\nfile: {path}, line: {number}\n{line}")
            })),
        }
    }

    fn header(&mut self, number: usize, name: &str) -> Result<(), ConfigurationError> {
        self.is_open = false;
        let is_known = match name {
            DEFAULTS => false,
            name => self.file.sections.iter().any(|section| section.name == name),
        };
        if is_known {
            return Err(self.not_understood(|path| {
                let name = python_repr(name);
                format!("While reading from {path} [line {number:2}]: section {name} already exists")
            }));
        }
        self.place = Some((name != DEFAULTS).then_some(self.file.sections.len()));
        if name != DEFAULTS {
            self.file.sections.push(Section { name: name.to_owned(), options: Vec::new() });
        }
        Ok(())
    }

    fn setting(
        &mut self,
        number: usize,
        (line, value): (&str, &str),
        place: Option<usize>,
    ) -> Result<(), ConfigurationError> {
        let at = value.find(['=', ':']).filter(|at| *at > 0);
        let Some(at) = at else {
            self.wrong.push_str(&format!("\n\t[line {number:2}]: {}", python_repr(line)));
            return Ok(());
        };
        let option = normalized_option(value[..at].trim_end());
        let text = value[at + 1..].trim().to_owned();
        let is_known = self.options(place).iter().any(|(known, _)| *known == option);
        if is_known {
            let section = place.map_or(DEFAULTS, |index| self.file.sections[index].name.as_str());
            let (option, section) = (python_repr(&option), python_repr(section));
            return Err(self.not_understood(|path| {
                format!(
                    "While reading from {path} [line {number:2}]: option {option} in section {section} already exists"
                )
            }));
        }
        self.options(place).push((option, text));
        self.is_open = true;
        Ok(())
    }

    fn finish(mut self) -> Result<ConfigurationFile, ConfigurationError> {
        if !self.wrong.is_empty() {
            return Err(
                self.not_understood(|path| format!("Source contains parsing errors: {path}{}", self.wrong))
            );
        }
        let sections = self.file.sections.iter_mut().flat_map(|section| &mut section.options);
        for (_, value) in sections.chain(&mut self.file.defaults) {
            value.truncate(value.trim_end().len());
        }
        Ok(self.file)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String, String)> {
        let file = ConfigurationFile::parse(text, Path::new("pip.conf")).unwrap();
        let settings = file.settings();
        settings.map(|(section, option, value)| (section.into(), option.into(), value.into())).collect()
    }

    /// What Python 3.11 reads.
    #[test]
    fn files_are_read_as_python_reads_them() {
        for (text, expected) in [
            ("[global]\nindex-url = https://x/?a=b\n", &[("global", "index-url", "https://x/?a=b")][..]),
            (
                "[global]\nextra_index_url =\n    https://a\n    # not this\n    https://b\n\n[install]\n--no-binary: a # b\n",
                &[("global", "extra-index-url", "\nhttps://a\nhttps://b"), ("install", "no-binary", "a # b")],
            ),
            ("[a]\nx = 1\n\n  2\n\n", &[("a", "x", "1\n\n2")]),
            ("  [a]\n  x = 1\n  y = 2\n", &[("a", "x", "1"), ("a", "y", "2")]),
            ("[a]\r\nx=\r\n", &[("a", "x", "")]),
            ("[a]\rX:1", &[("a", "x", "1")]),
            ("[a] rest\nx y = 1\n", &[("a", "x y", "1")]),
            ("[a]b]\nx = 1\n", &[("a]b", "x", "1")]),
            (
                "[DEFAULT]\nx = 1\ny = 1\n[a]\nx = 2\n[DEFAULT]\nz = 3\n",
                &[("a", "y", "1"), ("a", "z", "3"), ("a", "x", "2")],
            ),
            ("\u{feff}[a]\nx = 1\n", &[("a", "x", "1")]),
            ("", &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
                .collect();
            assert_eq!(parsed(text), expected, "{text:?}");
        }
    }

    #[test]
    fn errors_are_in_the_words_of_configparser() {
        for (text, reason) in [
            ("x=1\n", "File contains no section headers.\nfile: 'pip.conf', line: 1\n'x=1\\n'"),
            (
                "[a]\nx = 1\nnovalue\n= 3",
                "Source contains parsing errors: 'pip.conf'\n\t[line  3]: 'novalue\\n'\n\t[line  4]: '= 3'",
            ),
            (
                "[a]\nx=1\nX=2\n",
                "While reading from 'pip.conf' [line  3]: option 'x' in section 'a' already exists",
            ),
            ("[a]\n[a]\n", "While reading from 'pip.conf' [line  2]: section 'a' already exists"),
        ] {
            let error = ConfigurationFile::parse(text, Path::new("pip.conf")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("Configuration file could not be loaded.\n{reason}\n"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn changes_are_written_as_python_writes_them() {
        let text =
            "# gone\n[global]\nindex_url=https://x\nextra-index-url =\n  a\n  b\n[list]\nformat=json\n";
        let mut file = ConfigurationFile::parse(text, Path::new("pip.conf")).unwrap();
        file.set("global", "timeout", "60").unwrap();
        file.set("install", "user", "yes").unwrap();
        assert!(file.unset("list", "format"));
        assert!(!file.unset("list", "format") && !file.unset("global", "format"));
        let written = "[global]\nindex-url = https://x\nextra-index-url = \n\ta\n\tb\ntimeout = 60\n\n[install]\nuser = yes\n\n";
        assert_eq!(file.text(), written);
        assert_eq!(ConfigurationFile::parse(written, Path::new("pip.conf")).unwrap(), file);
        for (section, option) in [("a\nb", "x"), ("DEFAULT", "x"), ("a", "x=y"), ("a", "#x"), ("a", "")] {
            assert!(file.set(section, option, "1").is_err(), "{section:?} {option:?}");
        }
    }

    #[test]
    fn a_file_keeps_its_place_and_permissions() {
        let directory = std::env::temp_dir().join(format!("rpip-config-{}", std::process::id()));
        let (path, link) = (directory.join("new/pip.conf"), directory.join("link"));
        let mut file = ConfigurationFile::default();
        file.set("a", "x", "1").unwrap();
        file.save(&path).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt, symlink};
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            symlink(&path, &link).unwrap();
            file.set("a", "x", "2").unwrap();
            file.save(&link).unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        }
        assert_eq!(ConfigurationFile::read(&path).unwrap(), file);
        fs::remove_dir_all(&directory).unwrap();
    }
}
