//! `rpip tree`.

use clap::{Args, ValueEnum};
use operations::{Tree, TreeLine, TreeLink, TreeMark, TreeOptions, TreeProject, tree};
use serde_json::{Value, json};

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::{Terminal, python_json};

/// How the tree is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// As a tree, for people.
    #[default]
    Text,
    /// As a list of projects with their links, for programs.
    Json,
}

/// Show installed packages as a tree of what requires what. What was shown once is not shown again: [see above]. Packages
/// that only an extra explains are marked with it; [not installed] and [conflict] mark what is broken.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip tree [options] [package] ...",
    after_help = "Examples:\n  rpip tree\n  rpip tree flask --depth 1\n  rpip tree --reverse markupsafe\n  rpip tree --format json"
)]
pub(crate) struct TreeArgs {
    /// Begin with these packages
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Show below each package what requires it
    #[arg(long, visible_alias = "invert")]
    reverse: bool,
    /// Show no more levels than this below the first
    #[arg(long, value_name = "levels")]
    depth: Option<usize>,
    /// The output format: text or json
    #[arg(long, value_enum, default_value = "text", value_name = "format")]
    format: Format,
    #[command(flatten)]
    general: General,
}

impl Run for TreeArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let names = project_names(&self.packages)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let asked = names.len();
        let options = TreeOptions { names, reverse: self.reverse, depth: self.depth };
        let tree = tree(&environment, &cache, &options)?;
        tree.warnings.iter().for_each(|warning| terminal.warning(warning));
        if !tree.unknown.is_empty() {
            let unknown: Vec<&str> = tree.unknown.iter().map(|name| name.as_str()).collect();
            terminal.warning(&format!("Package(s) not found: {}", unknown.join(", ")));
        }
        if asked > 0 && tree.unknown.len() == asked {
            return Ok(ERROR);
        }
        match self.format {
            Format::Text => tree.lines.iter().for_each(|line| terminal.output(&text(line, self.reverse))),
            Format::Json => terminal.output(&python_json(&document(&tree, self.reverse))),
        }
        Ok(SUCCESS)
    }
}

/// `│   ├── name[extra] 1.0 (>=1) [mark]`.
fn text(line: &TreeLine, reverse: bool) -> String {
    let mut text = String::new();
    if let Some((last, above)) = line.follows.split_last() {
        above.iter().for_each(|follows| text.push_str(if *follows { "│   " } else { "    " }));
        text.push_str(if *last { "├── " } else { "└── " });
    }
    text.push_str(&line.name);
    if !reverse && !line.extras.is_empty() {
        text.push_str(&format!("[{}]", line.extras.join(",")));
    }
    if let Some(version) = &line.version {
        text.push_str(&format!(" {version}"));
    }
    if reverse && !line.follows.is_empty() {
        let extras =
            if line.extras.is_empty() { String::new() } else { format!("[{}]", line.extras.join(",")) };
        let specifiers = if line.specifiers.is_empty() { "any version" } else { &line.specifiers };
        text.push_str(&format!(" (requires {specifiers}{extras})"));
    } else if !line.specifiers.is_empty() {
        text.push_str(&format!(" ({})", line.specifiers));
    }
    for mark in &line.marks {
        text.push_str(&match mark {
            TreeMark::Missing => " [not installed]".to_owned(),
            TreeMark::Conflict => " [conflict]".to_owned(),
            TreeMark::Cycle => " [cycle]".to_owned(),
            TreeMark::Seen => " [see above]".to_owned(),
            TreeMark::Deeper => " [...]".to_owned(),
            TreeMark::Extras(names) => format!(" [extra: {}]", names.join(", ")),
        });
    }
    text
}

fn document(tree: &Tree, reverse: bool) -> Value {
    let key = if reverse { "required_by" } else { "requires" };
    let link = |link: &TreeLink| {
        json!({
            "name": link.name, "version": link.version, "specifier": link.specifiers,
            "extras": link.extras, "satisfied": link.fits,
        })
    };
    let project = |project: &TreeProject| {
        json!({
            "name": project.name, "version": project.version, "requested": project.requested,
            key: project.links.iter().map(link).collect::<Vec<Value>>(),
        })
    };
    tree.projects.iter().map(project).collect()
}
