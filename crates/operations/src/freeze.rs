//! `freeze`: what is installed, as requirements; on request in the order of requirements files, and with their comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ::cache::Cache;
use distribution::{DirectUrl, DirectUrlKind};
use python::Environment;
use requirement::{ProjectName, canonicalize_name, python_repr};
use vcs::{VcsError, VcsKind};

use crate::{
    ListOptions, ListedDistribution, OperationError, list_distributions, named_editable, named_project,
};

/// Lines of requirements files that begin so are kept as they are.
const KEPT: [&str; 11] = [
    "-r",
    "--requirement",
    "-f",
    "--find-links",
    "-i",
    "--index-url",
    "--pre",
    "--trusted-host",
    "--process-dependency-links",
    "--extra-index-url",
    "--use-feature",
];

/// What to freeze, and how.
#[derive(Debug, Clone, Default)]
pub struct FreezeOptions {
    /// What is looked at.
    pub list: ListOptions,
    /// `--requirement`: files whose order and comments are kept.
    pub files: Vec<PathBuf>,
    /// What is left out, unless a file names it.
    pub skipped: Vec<ProjectName>,
    /// What relative paths in files are relative to.
    pub directory: PathBuf,
}

/// A part of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frozen {
    /// A line of the result, or several.
    Line(String),
    /// What is told beside it.
    Note(String),
    /// A warning.
    Warning(String),
}

/// Freezes the environment. `output` gets everything in order, also what comes before an error.
pub fn freeze(
    environment: &Environment,
    cache: &Cache,
    options: &FreezeOptions,
    output: &mut dyn FnMut(Frozen),
) -> Result<(), OperationError> {
    let listing = list_distributions(environment, cache, &options.list)?;
    listing.warnings.into_iter().for_each(|warning| output(Frozen::Warning(warning)));
    let mut left: BTreeMap<ProjectName, (String, String)> = BTreeMap::new();
    for listed in &listing.distributions {
        let line = (listed.name_text.to_lowercase(), requirement(listed, output));
        left.insert(listed.distribution.name.clone(), line);
    }
    if !options.files.is_empty() {
        let mut files = Files { directory: &options.directory, kept: BTreeSet::new(), places: Vec::new() };
        for file in &options.files {
            files.follow(file, &mut left, output)?;
        }
        files.warn_of_repeats(output);
        output(Frozen::Line("## The following requirements were added by pip freeze:".to_owned()));
    }
    let mut rest: Vec<(String, String)> =
        left.into_iter().filter(|(name, _)| !options.skipped.contains(name)).map(|(_, line)| line).collect();
    rest.sort();
    rest.into_iter().for_each(|(_, text)| output(Frozen::Line(text)));
    Ok(())
}

/// The files on the way.
struct Files<'a> {
    directory: &'a Path,
    /// Options and comments, each written once.
    kept: BTreeSet<String>,
    /// By name as written: the files that name it.
    places: Vec<(String, Vec<String>)>,
}

impl Files<'_> {
    /// Writes what is installed in the order of a file, and takes it from `left`.
    fn follow(
        &mut self,
        file: &Path,
        left: &mut BTreeMap<ProjectName, (String, String)>,
        output: &mut dyn FnMut(Frozen),
    ) -> Result<(), OperationError> {
        let path = self.directory.join(file);
        let bytes = fs::read(&path)
            .map_err(|source| OperationError::NotReadable { path: file.to_owned(), source })?;
        let shown = file.display().to_string();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let trimmed = line.trim();
            if trimmed.is_empty()
                || trimmed.starts_with('#')
                || KEPT.iter().any(|kept| line.starts_with(kept))
            {
                let line = line.trim_end().to_owned();
                if self.kept.insert(line.clone()) {
                    output(Frozen::Line(line));
                }
                continue;
            }
            let (name, text) = self.named(line)?;
            let Some(name) = name else {
                output(Frozen::Note(format!(
                    "Skipping line in requirement file [{shown}] because it's not clear what it would install: {text}"
                )));
                let advice = "  (add #egg=PackageName to the URL to avoid this warning)";
                output(Frozen::Note(advice.to_owned()));
                continue;
            };
            let installed =
                canonicalize_name(&name).parse().ok().and_then(|name: ProjectName| left.remove(&name));
            let known = self.places.iter().position(|(other, _)| *other == name);
            match (installed, known) {
                (None, None) => output(Frozen::Warning(format!(
                    "Requirement file [{shown}] contains {text}, but package {} is not installed",
                    python_repr(&name)
                ))),
                (None, Some(at)) => self.places[at].1.push(shown.clone()),
                (Some((_, text)), known) => {
                    output(Frozen::Line(text));
                    match known {
                        Some(at) => self.places[at].1.push(shown.clone()),
                        None => self.places.push((name, vec![shown.clone()])),
                    }
                }
            }
        }
        Ok(())
    }

    /// The project of a line, as written, and the line without its comment.
    fn named(&self, line: &str) -> Result<(Option<String>, String), OperationError> {
        let editable =
            ["--editable", "-e"].iter().find_map(|option| Some((*option, line.strip_prefix(option)?)));
        if let Some((option, text)) = editable {
            let text = text.trim();
            let text = if option == "--editable" { text.trim_start_matches('=') } else { text };
            return Ok((named_editable(text, self.directory)?, without_comment(text).to_owned()));
        }
        let text = without_comment(line);
        Ok((named_project(text, self.directory)?, text.to_owned()))
    }

    fn warn_of_repeats(&self, output: &mut dyn FnMut(Frozen)) {
        for (name, files) in self.places.iter().filter(|(_, files)| files.len() > 1) {
            let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
            files.sort_unstable();
            files.dedup();
            let files = files.join(", ");
            output(Frozen::Warning(format!("Requirement {name} included multiple times [{files}]")));
        }
    }
}

/// The line up to a `#` at its beginning or behind white space.
fn without_comment(line: &str) -> &str {
    let starts_comment =
        |at: &usize| *at == 0 || line[..*at].ends_with(|before: char| before.is_whitespace());
    let end = line.match_indices('#').map(|(at, _)| at).find(starts_comment).unwrap_or(line.len());
    line[..end].trim()
}

/// The lines of one distribution: an editable checkout by repository and commit, another editable by its directory.
fn requirement(listed: &ListedDistribution, output: &mut dyn FnMut(Frozen)) -> String {
    let Some(directory) = &listed.editable_location else {
        return match listed.distribution.direct_url() {
            Some(direct_url) => format!("{} @ {}", listed.name_text, direct_url.reference()),
            None => listed.pinned(),
        };
    };
    let pinned = listed.pinned();
    let place = directory.display();
    let comment = match vcs::describe(directory, &vcs::Options::default()) {
        Ok(Some(found)) => return format!("-e {}", found.requirement(&listed.name_text)),
        Ok(None) => format!("# Editable install with no version control ({pinned})\n"),
        Err(VcsError::NoRemote { kind, .. }) => {
            format!("# Editable {} install with no remote ({pinned})\n", class(kind))
        }
        Err(VcsError::InvalidRemote { kind, url, .. }) => format!(
            "# Editable {} install ({pinned}) with either a deleted local remote or invalid URI:\n# '{url}'\n",
            class(kind)
        ),
        Err(VcsError::NotInstalled { program, .. }) => {
            output(Frozen::Warning(format!(
                "cannot determine version of editable source in {place} ({program} command not found in path)"
            )));
            String::new()
        }
        Err(error) => {
            let error = format!("Error when trying to get requirement for VCS system {error}");
            output(Frozen::Warning(error));
            output(Frozen::Warning(format!("Could not determine repository location of {place}")));
            "## !! Could not determine repository location\n".to_owned()
        }
    };
    format!("{comment}-e {place}")
}

/// pip's names for systems.
fn class(kind: VcsKind) -> &'static str {
    match kind {
        VcsKind::Git => "Git",
        VcsKind::Mercurial => "Mercurial",
        VcsKind::Subversion => "Subversion",
        VcsKind::Bazaar => "Bazaar",
    }
}

/// The directory of an editable project.
pub fn editable_location(direct: &DirectUrl) -> Option<PathBuf> {
    match direct.kind {
        DirectUrlKind::Directory { editable: true } => index::path_of_file_url(&direct.url),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::without_comment;

    #[test]
    fn comments_end_a_line() {
        for (line, expected) in [
            ("a==1 # b", "a==1"),
            ("git+https://x#egg=y", "git+https://x#egg=y"),
            ("# a", ""),
            ("a\t#b#c\n", "a"),
            ("a#b #c", "a#b"),
        ] {
            assert_eq!(without_comment(line), expected);
        }
    }
}
