//! What is wanted: requirements files, constraints, groups, scripts.

use std::io::Read;
use std::path::Path;

use clap::{ArgAction, Args};
use operations::{Collected, Collector, Context, Interpreter, LockRequest};

use crate::args::SelectionArgs;
use crate::failure::Failure;

/// The options that name requirements.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RequirementArgs {
    /// Take what a requirements file or pylock.toml lists, a path or URL; may be given several times
    #[arg(short, long = "requirement", value_name = "file", action = ArgAction::Append)]
    pub(crate) requirements: Vec<String>,
    /// Limit versions by a constraints file; may be given several times
    #[arg(short, long = "constraint", value_name = "file", action = ArgAction::Append)]
    pub(crate) constraints: Vec<String>,
    /// Limit the versions of what builds need by a constraints file; may be given several times
    #[arg(long = "build-constraint", value_name = "file", action = ArgAction::Append)]
    pub(crate) build_constraints: Vec<String>,
    /// Take what a script's inline metadata asks for (PEP 723)
    #[arg(long = "requirements-from-script", value_name = "file", action = ArgAction::Append)]
    pub(crate) scripts: Vec<String>,
    /// Take a dependency group (PEP 735) of a pyproject.toml or pylock.toml (default path: ./pyproject.toml)
    #[arg(long = "group", value_name = "[path:]group", action = ArgAction::Append, value_parser = group)]
    pub(crate) groups: Vec<String>,
    /// Leave out what the named requirements depend on
    #[arg(long, alias = "no-dependencies")]
    pub(crate) no_deps: bool,
    /// Take what the named requirements depend on, without themselves
    #[arg(long, alias = "only-dependencies")]
    pub(crate) only_deps: bool,
    /// Take only what has a hash in a requirements file
    #[arg(long)]
    pub(crate) require_hashes: bool,
    /// Do not demand hashes of everything because one requirement gives some
    #[arg(long)]
    pub(crate) no_require_hashes: bool,
    /// Ignore what projects say about the Python they need
    #[arg(long)]
    pub(crate) ignore_requires_python: bool,
}

impl RequirementArgs {
    /// Whether nothing here names a requirement.
    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty() && self.scripts.is_empty() && self.groups.is_empty()
    }

    /// Reads everything that is wanted for `interpreter`: `named` are the arguments without an option, `editable` those
    /// of `-e`.
    pub(crate) fn collect(
        &self,
        collector: &Collector<'_>,
        (named, editable): (&[String], &[String]),
        selection: &SelectionArgs,
        interpreter: &Interpreter,
    ) -> Result<Collected, Failure> {
        let mut collected = Collected::default();
        for file in &self.constraints {
            collector.file(file, true, &mut collected)?;
        }
        for text in named {
            collector.argument(text, &mut collected)?;
        }
        let locks = self.locks();
        for group in self.groups.iter().filter(|group| lock_of_group(group).is_none()) {
            collector.group(group, &mut collected)?;
        }
        for text in editable {
            collector.editable(text, &mut collected)?;
        }
        for file in self.requirements.iter().filter(|file| LockRequest::parse(file).is_none()) {
            collector.file(file, false, &mut collected)?;
        }
        for lock in &locks {
            let formats = selection.formats(&collected.settings)?;
            collector.lock(lock, interpreter, &formats, &mut collected)?;
        }
        if self.scripts.len() > 1 {
            return Err(Failure::plain("--requirements-from-script can only be given once".to_owned()));
        }
        for script in &self.scripts {
            let python = (!self.ignore_requires_python).then_some(&interpreter.facts.version);
            collector.script(script, python, &mut collected)?;
        }
        let settings = &mut collected.settings;
        settings.require_hashes |= self.require_hashes;
        settings.no_require_hashes |= self.no_require_hashes;
        if settings.require_hashes && settings.no_require_hashes {
            return Err(Failure::plain(
                "--require-hashes and --no-require-hashes are mutually exclusive".to_owned(),
            ));
        }
        Ok(collected)
    }

    /// What builds are limited by.
    pub(crate) fn build_constraints(
        &self,
        collector: &Collector<'_>,
    ) -> Result<Vec<operations::Constraint>, Failure> {
        let mut limits = Collected::default();
        for file in &self.build_constraints {
            collector.file(file, true, &mut limits)?;
        }
        Ok(limits.constraints)
    }

    /// The lock files among the files and groups, what is asked of each put together.
    pub(crate) fn locks(&self) -> Vec<LockRequest> {
        let mut locks: Vec<LockRequest> = Vec::new();
        let of_files = self.requirements.iter().filter_map(|file| LockRequest::parse(file));
        let of_files = of_files.map(|lock| LockRequest { default_groups: true, ..lock });
        for lock in of_files.chain(self.groups.iter().filter_map(|group| lock_of_group(group))) {
            match locks.iter_mut().find(|other| other.file == lock.file) {
                Some(other) => {
                    other.extras.extend(lock.extras);
                    other.groups.extend(lock.groups);
                    other.default_groups |= lock.default_groups;
                }
                None => locks.push(lock),
            }
        }
        locks
    }

    /// pip's refusals of options that exclude each other.
    pub(crate) fn check(&self, is_legacy: bool) -> Result<(), Failure> {
        let others = [
            (self.no_deps, "'--no-deps'"),
            (is_legacy, "'--use-deprecated legacy-resolver'"),
            (!self.requirements.is_empty(), "'--requirement'"),
            (!self.scripts.is_empty(), "'--requirements-from-script'"),
            (!self.groups.is_empty(), "'--group'"),
        ];
        let mut conflicts: Vec<&str> =
            others.iter().filter(|(given, _)| *given).map(|(_, name)| *name).collect();
        if !self.only_deps || conflicts.is_empty() {
            return Ok(());
        }
        let last = if conflicts.len() > 1 {
            format!("or {}", conflicts.pop().unwrap_or_default())
        } else {
            String::new()
        };
        let mut names = conflicts.join(", ");
        if !last.is_empty() {
            names = format!("{names}, {last}");
        }
        Err(Failure::plain(format!(
            "Cannot use '--only-dependencies' in combination with {names}. If this is unexpected, please refer to the user \
             guide:\n\n    https://pip.pypa.io/en/stable/user_guide/#installing-only-dependencies"
        )))
    }
}

/// A value of `--group`: its file is a pyproject.toml or a lock file.
fn group(text: &str) -> Result<String, String> {
    let is_known = |file: &str| {
        Path::new(file).file_name().is_some_and(|name| name == "pyproject.toml")
            || (!file.contains("://") && LockRequest::parse(file).is_some())
    };
    match text.rsplit_once(':') {
        Some((file, _)) if !is_known(file) => {
            Err("--group error: group paths use local 'pyproject.toml' or 'pylock.toml' files".to_owned())
        }
        _ => Ok(text.to_owned()),
    }
}

/// What `--group` asks of a lock file; none where it names no lock file.
fn lock_of_group(text: &str) -> Option<LockRequest> {
    let (file, group) = text.rsplit_once(':')?;
    Some(LockRequest { groups: vec![group.to_owned()], ..LockRequest::parse(file)? })
}

/// Reads files as the user means them.
pub(crate) fn collector<'a>(context: &'a Context, directory: &'a Path) -> Collector<'a> {
    Collector {
        context,
        directory,
        variable: &|name| std::env::var(name).ok(),
        encoding: locale_encoding(),
        standard_input: &standard_input,
    }
}

/// The encoding that the locale names; the others of POSIX mean ASCII, which Python takes for UTF-8.
fn locale_encoding() -> &'static str {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    let encoding =
        locale.unwrap_or_default().split_once('.').map(|(_, encoding)| encoding.to_ascii_uppercase());
    match encoding.unwrap_or_default().split('@').next().unwrap_or_default() {
        "ISO-8859-1" | "ISO88591" => "ISO-8859-1",
        "ISO-8859-15" | "ISO885915" => "ISO-8859-15",
        "CP1252" => "cp1252",
        _ => "UTF-8",
    }
}

fn standard_input() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
}
