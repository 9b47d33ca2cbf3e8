//! `rpip debug`.

use clap::Args;
use operations::{PythonTarget, compatible_tags};
use requirement::python_repr;

use crate::args::{General, IgnoredArgs, PlatformArgs};
use crate::commands::{Run, SUCCESS};
use crate::config;
use crate::failure::Failure;
use crate::output::{Terminal, version_line};

/// How many tags are shown where not all are asked for.
const TAG_LIMIT: usize = 10;

/// Display debug information.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip debug <options>",
    after_help = "Examples:\n  rpip debug\n  rpip debug --python-version 3.9 --platform win_amd64"
)]
pub(crate) struct DebugArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for DebugArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.warning(
            "This command is only meant for debugging. Do not use this with automation for parsing and getting these details, \
             since the output and options of this command may change without notice.",
        );
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let facts = &environment.interpreter.facts;
        let variable = |name| std::env::var(name).unwrap_or_else(|_| "None".to_owned());
        for (name, value) in [
            ("rpip version", version_line(Some(&environment))),
            ("sys.version", facts.version.to_string()),
            ("sys.executable", environment.executable.display().to_string()),
            ("sys.platform", facts.markers.sys_platform.clone()),
            ("sys.implementation", format!("\n  name: {}", facts.implementation)),
            ("'cert' config value", certificate_sections()),
            ("REQUESTS_CA_BUNDLE", variable("REQUESTS_CA_BUNDLE")),
            ("CURL_CA_BUNDLE", variable("CURL_CA_BUNDLE")),
            ("rpip cache", cache.root().display().to_string()),
        ] {
            let space = if value.starts_with('\n') { "" } else { " " };
            terminal.line(&format!("{name}:{space}{value}"));
        }
        let target = self.platform.target();
        let tags = compatible_tags(&environment, target.as_ref());
        let suffix = target.map(|target| format!(" (target: {})", given(&target))).unwrap_or_default();
        terminal.line(&format!("Compatible tags: {}{suffix}", tags.len()));
        let is_limited = self.general.verbose == 0 && tags.len() > TAG_LIMIT;
        let shown = if is_limited { TAG_LIMIT } else { tags.len() };
        tags[..shown].iter().for_each(|tag| terminal.line(&format!("  {tag}")));
        if is_limited {
            terminal.line(&format!("  ...\n  [First {TAG_LIMIT} tags shown. Pass --verbose to show all.]"));
        }
        Ok(SUCCESS)
    }
}

/// The target as pip shows it.
fn given(target: &PythonTarget) -> String {
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| python_repr(text)).collect();
        (!texts.is_empty()).then(|| format!("[{}]", texts.join(", ")))
    };
    let version = target.tags.python.map(|(major, minor)| match (minor, &target.version) {
        (None, _) => major.to_string(),
        (Some(minor), Some(full)) if !full.to_string().ends_with(".0") => {
            format!("{major}.{}", rest(full, minor))
        }
        (Some(minor), _) => format!("{major}.{minor}"),
    });
    let parts = [
        ("platforms", list(&target.tags.platforms)),
        ("version_info", version.map(|version| python_repr(&version))),
        ("abis", list(&target.tags.abis)),
        ("implementation", target.tags.implementation.as_deref().map(python_repr)),
    ];
    let given = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    given.collect::<Vec<_>>().join(" ")
}

/// The minor version and what follows it.
fn rest(full: &requirement::Version, minor: u32) -> String {
    let text = full.to_string();
    text.split_once('.').map_or_else(|| minor.to_string(), |(_, rest)| rest.to_owned())
}

/// pip's answer: the sections that say anything, as far as they are about fetching.
fn certificate_sections() -> String {
    let sections = config::sections();
    let is_fetching = |section: &String| ["install", "wheel", "download"].contains(&section.as_str());
    if sections.is_empty() {
        return "Not specified".to_owned();
    }
    if !sections.iter().any(is_fetching) {
        return "global".to_owned();
    }
    let others: Vec<String> = sections.into_iter().filter(|section| section != "global").collect();
    others.join(", ")
}
