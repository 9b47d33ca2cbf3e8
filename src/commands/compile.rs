//! `rpip compile`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum};
use operations::{
    AnnotationStyle, Collected, CollectedProject, Collector, CompileOptions, Constraint, Origin, Purpose,
    WantedExtras, compile, pinned_versions, with_all_extras, without_user_information,
};
use requirement::{ExtraName, ProjectName, Requirement};

use crate::args::{
    Asked, BuildArgs, ConfigSettings, General, IndexArgs, PlatformArgs, QuestionArgs, RequirementArgs,
    SelectionArgs,
};
use crate::commands::{Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::{Emitted, Terminal, compiled_header, compiled_options, shell_quoted};

/// Where what is compiled comes from, if nothing is named: the first of these that is there.
const DEFAULT_SOURCES: [&str; 4] = ["requirements.in", "setup.py", "pyproject.toml", "setup.cfg"];
/// Where it goes, if it comes from a project.
const DEFAULT_OUTPUT: &str = "requirements.txt";
/// What pip-tools leaves out, unless told otherwise.
const UNSAFE: [&str; 3] = ["distribute", "pip", "setuptools"];
/// The files of projects: their dependencies are compiled.
const PROJECT_FILES: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// How the comments say who asks for a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// On lines of their own.
    Split,
    /// Behind the requirement.
    Line,
}

/// Pin everything that requirements need, with comments that say why, and with hashes if wanted, as a requirements file.
///
/// Versions that the output file pins already stay while they fit; --upgrade and --upgrade-package let them go.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip compile [options] [requirements.in | pyproject.toml | setup.py | -] ...",
    after_help = "Examples:\n  rpip compile requirements.in\n  rpip compile --generate-hashes -o requirements.txt requirements.in\n  rpip compile --extra dev -o dev.txt pyproject.toml\n  rpip compile --upgrade-package \"requests<3\" requirements.in\n  echo flask | rpip compile -o - -"
)]
pub(crate) struct CompileArgs {
    /// Requirements files, or project files whose dependencies are meant (default: requirements.in, setup.py,
    /// pyproject.toml, setup.cfg, the first that is there)
    #[arg(value_name = "file")]
    sources: Vec<String>,
    /// The file to write, - for standard output (default: that of the source with .txt, requirements.txt for a project)
    #[arg(short, long, value_name = "file")]
    output_file: Option<String>,
    /// Write the hashes of all files of each version
    #[arg(long)]
    generate_hashes: bool,
    /// Limit versions by a constraints file; may be given several times
    #[arg(short, long = "constraint", value_name = "file", action = ArgAction::Append)]
    constraints: Vec<String>,
    /// Optional dependencies of the project too; may be given several times
    #[arg(long, value_name = "extra", action = ArgAction::Append)]
    extra: Vec<String>,
    /// All optional dependencies of the project
    #[arg(long)]
    all_extras: bool,
    /// A dependency group (PEP 735) of a pyproject.toml (default path: ./pyproject.toml)
    #[arg(long = "group", value_name = "[path:]group", action = ArgAction::Append)]
    groups: Vec<String>,
    /// Forget the versions that the output file pins
    #[arg(short = 'U', long)]
    upgrade: bool,
    /// Forget the version of one project, or choose it (name==2.0); may be given several times
    #[arg(short = 'P', long, value_name = "requirement", action = ArgAction::Append)]
    upgrade_package: Vec<String>,
    /// Write no extras behind names
    #[arg(long, overrides_with = "no_strip_extras")]
    strip_extras: bool,
    /// Write extras behind names (the default)
    #[arg(long, overrides_with = "strip_extras")]
    no_strip_extras: bool,
    /// Write who asks for each requirement (the default)
    #[arg(long, overrides_with = "no_annotate")]
    annotate: bool,
    /// Do not write who asks for each requirement
    #[arg(long, overrides_with = "annotate")]
    no_annotate: bool,
    /// How it is written who asks
    #[arg(long, value_enum, default_value = "split", value_name = "style")]
    annotation_style: Style,
    /// Write the command at the top (the default)
    #[arg(long, overrides_with = "no_header")]
    header: bool,
    /// Do not write the command at the top
    #[arg(long, overrides_with = "header")]
    no_header: bool,
    /// Write the indexes (the default)
    #[arg(long, overrides_with = "no_emit_index_url")]
    emit_index_url: bool,
    /// Do not write the indexes
    #[arg(long, overrides_with = "emit_index_url")]
    no_emit_index_url: bool,
    /// Do not write --find-links
    #[arg(long)]
    no_emit_find_links: bool,
    /// Do not write --trusted-host
    #[arg(long)]
    no_emit_trusted_host: bool,
    /// Write no options at all
    #[arg(long)]
    no_emit_options: bool,
    /// Show the result, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Pin pip, setuptools and distribute like all others (the default)
    #[arg(long, overrides_with = "no_allow_unsafe")]
    allow_unsafe: bool,
    /// Leave pip, setuptools and distribute out, and name them in a comment
    #[arg(long, overrides_with = "allow_unsafe")]
    no_allow_unsafe: bool,
    /// Leave this package out, and name it in a comment; may be given several times
    #[arg(long, value_name = "package", action = ArgAction::Append)]
    unsafe_package: Vec<String>,
    #[command(flatten)]
    _accepted: Accepted,
    #[command(flatten)]
    config_settings: ConfigSettings,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

/// Options of pip-compile that say what rpip does anyhow.
#[derive(Debug, Args)]
struct Accepted {
    #[arg(long, hide = true, value_name = "resolver")]
    resolver: Option<String>,
    #[arg(long, hide = true, value_name = "number")]
    max_rounds: Option<String>,
    #[arg(long, hide = true)]
    no_upgrade: bool,
    #[arg(long, hide = true)]
    reuse_hashes: bool,
    #[arg(long, hide = true)]
    no_reuse_hashes: bool,
    #[arg(long, hide = true)]
    emit_find_links: bool,
    #[arg(long, hide = true)]
    emit_trusted_host: bool,
    #[arg(long, hide = true)]
    emit_options: bool,
    #[arg(long, hide = true)]
    build_isolation: bool,
    #[arg(long, hide = true)]
    no_config: bool,
}

impl Run for CompileArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let sources = self.sources()?;
        let output = self.output(&sources)?;
        if output == "-" || self.dry_run {
            // The result is all that standard output gets.
            let quiet = General { quiet: self.general.quiet.saturating_add(1), ..self.general.clone() };
            let terminal = Terminal::new(&quiet);
            let text = self.compiled(&sources, &output, &terminal)?;
            terminal.output(text.trim_end_matches('\n'));
            return Ok(terminal.finish(SUCCESS));
        }
        terminal.show_downloads(self.building.progress_bar);
        let text = self.compiled(&sources, &output, terminal)?;
        let known = std::fs::read(&output).ok();
        // Ends of lines stay what they were.
        let is_windows = known.as_ref().is_some_and(|known| known.windows(2).any(|pair| pair == b"\r\n"));
        let text = if is_windows { text.replace('\n', "\r\n") } else { text };
        if known.as_deref() == Some(text.as_bytes()) {
            terminal.line(&format!("{output} is up to date"));
            return Ok(SUCCESS);
        }
        write_atomically(Path::new(&output), &text)
            .map_err(|error| Failure::plain(format!("Could not write {output}: {error}")))?;
        terminal.line(&format!("Wrote {output}"));
        Ok(SUCCESS)
    }
}

impl CompileArgs {
    fn sources(&self) -> Result<Vec<String>, Failure> {
        if !self.sources.is_empty() {
            return Ok(self.sources.clone());
        }
        let found = DEFAULT_SOURCES.into_iter().find(|name| Path::new(name).exists());
        match found {
            Some(_) | None if !self.groups.is_empty() => Ok(Vec::new()),
            Some(name) => Ok(vec![name.to_owned()]),
            None => Err(Failure::plain(
                "You must give at least one file to compile: there is none of requirements.in, setup.py, pyproject.toml, \
                 setup.cfg in the current directory"
                    .to_owned(),
            )),
        }
    }

    /// The file to write.
    fn output(&self, sources: &[String]) -> Result<String, Failure> {
        let output = match (&self.output_file, sources) {
            (Some(output), _) => output.clone(),
            (None, [source]) if source == "-" => "-".to_owned(),
            (None, [source]) if is_project_file(source) => DEFAULT_OUTPUT.to_owned(),
            (None, []) => DEFAULT_OUTPUT.to_owned(),
            (None, [source]) if !source.contains("://") => {
                Path::new(source).with_extension("txt").display().to_string()
            }
            (None, _) => {
                return Err(Failure::plain(
                    "--output-file is required if two or more input files, or a URL, are given".to_owned(),
                ));
            }
        };
        if sources.contains(&output) && output != "-" {
            return Err(Failure::plain(format!("{output} cannot be compiled to itself: use --output-file")));
        }
        if output != "-" && output.ends_with(".in") {
            return Err(Failure::plain(format!(
                "{output} cannot be written: files whose name ends in .in are the input"
            )));
        }
        Ok(output)
    }

    fn extras(&self) -> Result<WantedExtras, Failure> {
        if self.all_extras && !self.extra.is_empty() {
            return Err(Failure::plain("--extra has no effect when used with --all-extras".to_owned()));
        }
        if self.all_extras {
            return Ok(WantedExtras::All);
        }
        let names = self.extra.iter().flat_map(|text| text.split(',')).map(|text| {
            let name = text.trim().parse::<ExtraName>();
            name.map_err(|_| {
                Failure::plain(format!("--extra: '{}' is not the name of an extra", text.trim()))
            })
        });
        Ok(WantedExtras::Named(names.collect::<Result<_, _>>()?))
    }

    fn excluded(&self) -> Result<Vec<ProjectName>, Failure> {
        match self.unsafe_package.as_slice() {
            _ if self.allow_unsafe => Ok(Vec::new()),
            [] if self.no_allow_unsafe => project_names(&UNSAFE.map(str::to_owned)),
            named => project_names(named),
        }
    }

    fn compiled(&self, sources: &[String], output: &str, terminal: &Terminal) -> Result<String, Failure> {
        let extras = self.extras()?;
        let has_projects = sources.iter().any(|source| is_project_file(source));
        if !has_projects && extras != WantedExtras::Named(Vec::new()) {
            return Err(Failure::plain(
                "--extra and --all-extras have effect only with setup.py, setup.cfg and pyproject.toml"
                    .to_owned(),
            ));
        }
        let requirements = RequirementArgs {
            requirements: sources.iter().filter(|source| !is_project_file(source)).cloned().collect(),
            constraints: self.constraints.clone(),
            ..RequirementArgs::default()
        };
        let question = QuestionArgs {
            command: "compile",
            purpose: Purpose::Lock,
            named: &[],
            editable: &[],
            requirements: &requirements,
            config_settings: &self.config_settings,
            building: &self.building,
            platform: &PlatformArgs::default(),
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        };
        question.check(true)?;
        let whole = RefCell::new(Vec::new());
        let further = |collector: &Collector<'_>, collected: &mut Collected| {
            for file in sources.iter().filter(|source| is_project_file(source)) {
                if let CollectedProject::Whole(text) = collector.project_file(file, &extras, collected)? {
                    whole.borrow_mut().push((text, file.clone()));
                }
            }
            for group in &self.groups {
                let before = collected.wanted.len();
                collector.group(group, collected)?;
                let label = Origin::Other(format!("--group {group}"));
                collected.wanted.iter_mut().skip(before).for_each(|wanted| wanted.origin = label.clone());
            }
            Ok(())
        };
        let mut asked = question.ask_with(terminal, Some(&further))?;
        let mut projects = whole.into_inner();
        if extras == WantedExtras::All {
            for (text, _) in &mut projects {
                *text = with_all_extras(&asked.context, &asked.environment, &mut asked.options, text)?;
            }
        }
        self.prefer_known(output, &mut asked)?;
        let head = self.head(&asked, terminal);
        let options = CompileOptions {
            resolve: Arc::new(asked.options),
            projects,
            excluded: self.excluded()?,
            hashes: self.generate_hashes,
            strip_extras: self.strip_extras,
            annotations: (!self.no_annotate).then_some(match self.annotation_style {
                Style::Split => AnnotationStyle::Split,
                Style::Line => AnnotationStyle::Line,
            }),
            head,
        };
        Ok(compile(&asked.context, &asked.environment, &options)?)
    }

    /// What the output file pins is taken again, but for what is to be upgraded.
    fn prefer_known(&self, output: &str, asked: &mut Asked) -> Result<(), Failure> {
        let mut upgraded: Vec<ProjectName> = Vec::new();
        for text in &self.upgrade_package {
            let requirement: Requirement =
                text.parse().map_err(|error| Failure::plain(format!("--upgrade-package: {error}")))?;
            upgraded.push(requirement.name.clone());
            let requirement = Requirement { extras: Vec::new(), ..requirement };
            if requirement.specifiers().is_some_and(|specifiers| !specifiers.is_empty()) {
                let constraint = Constraint { requirement, origin: Origin::CommandLine };
                asked.options.collected.constraints.push(constraint);
            }
        }
        if self.upgrade || output == "-" {
            return Ok(());
        }
        let text = match std::fs::read(asked.directory.join(output)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::plain(format!("Could not read {output}: {error}"))),
        };
        let known = pinned_versions(&text, output)?;
        asked.options.preferred = known.into_iter().filter(|(name, _)| !upgraded.contains(name)).collect();
        Ok(())
    }

    /// The header and the options.
    fn head(&self, asked: &Asked, terminal: &Terminal) -> Vec<String> {
        let mut head = match self.no_header {
            true => Vec::new(),
            false => compiled_header(&self.command(), asked),
        };
        if !self.no_emit_options {
            let emitted = Emitted {
                indexes: !self.no_emit_index_url,
                find_links: !self.no_emit_find_links,
                trusted_hosts: !self.no_emit_trusted_host,
            };
            head.extend(compiled_options(asked, &self.general.trusted_host, emitted, terminal));
        }
        head
    }

    /// The command that makes the same file again: what is for one run (--upgrade, --dry-run, -v) is left out.
    fn command(&self) -> String {
        if let Some(custom) = std::env::var("CUSTOM_COMPILE_COMMAND").ok().filter(|text| !text.is_empty()) {
            return custom.replace(['\n', '\r'], " ");
        }
        let mut words: Vec<String> = Vec::new();
        let mut add = |option: &str, value: &str| words.push(format!("--{option}={}", shell_quoted(value)));
        if self.annotation_style == Style::Line {
            add("annotation-style", "line");
        }
        self.constraints.iter().for_each(|file| add("constraint", file));
        self.extra.iter().for_each(|extra| add("extra", extra));
        // What a variable or a configuration file says stands among the options of the file.
        let typed: Vec<String> =
            std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
        let is_typed = |value: &&String| typed.iter().any(|word| word.ends_with(value.as_str()));
        let urls = self.index.extra_index_url.iter().filter(is_typed);
        urls.for_each(|url| add("extra-index-url", &without_user_information(url)));
        let links = self.index.find_links.iter().filter(is_typed);
        links.for_each(|link| add("find-links", &without_user_information(link)));
        self.groups.iter().for_each(|group| add("group", group));
        if let Some(url) = self.index.index_url.as_ref().filter(is_typed) {
            add("index-url", &without_user_information(url));
        }
        if let Some(file) = &self.output_file {
            add("output-file", file);
        }
        self.unsafe_package.iter().for_each(|name| add("unsafe-package", name));
        let flags = [
            (self.all_extras, "all-extras"),
            (self.generate_hashes, "generate-hashes"),
            (self.allow_unsafe, "allow-unsafe"),
            (self.no_allow_unsafe, "no-allow-unsafe"),
            (self.no_annotate, "no-annotate"),
            (self.no_emit_find_links, "no-emit-find-links"),
            (self.no_emit_index_url, "no-emit-index-url"),
            (self.no_emit_options, "no-emit-options"),
            (self.no_emit_trusted_host, "no-emit-trusted-host"),
            (self.index.no_index, "no-index"),
            (self.selection.pre, "pre"),
            (self.selection.prefer_binary, "prefer-binary"),
            (self.strip_extras, "strip-extras"),
        ];
        words.extend(flags.iter().filter(|(given, _)| *given).map(|(_, name)| format!("--{name}")));
        words.sort();
        words.extend(self.sources.iter().map(|source| shell_quoted(source)));
        format!("rpip compile {}", words.join(" ")).trim_end().to_owned()
    }
}

fn is_project_file(source: &str) -> bool {
    let name = Path::new(source).file_name();
    !source.contains("://") && PROJECT_FILES.iter().any(|file| name.is_some_and(|name| name == *file))
}

/// Whoever reads the file meanwhile sees the old or the new one.
fn write_atomically(path: &Path, text: &str) -> std::io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let unfinished: PathBuf = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        std::fs::write(&unfinished, text)?;
        if let Ok(metadata) = std::fs::metadata(&path) {
            std::fs::set_permissions(&unfinished, metadata.permissions())?;
        }
        std::fs::rename(&unfinished, &path)
    };
    let written = write();
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}
