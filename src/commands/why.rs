//! `rpip why`.

use clap::Args;
use operations::{Why, WhyLink, WhyOrigin, why};

use crate::args::General;
use crate::commands::{Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::Terminal;

/// Show why a package is installed: every shortest chain of requirements from what you asked for (REQUESTED) to it.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip why [options] <package> ...",
    after_help = "Examples:\n  rpip why markupsafe\n  rpip --python .venv why markupsafe"
)]
pub(crate) struct WhyArgs {
    /// Names of installed packages
    #[arg(value_name = "package", required = true)]
    packages: Vec<String>,
    #[command(flatten)]
    general: General,
}

impl Run for WhyArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        for name in project_names(&self.packages)? {
            tell(&why(&environment, &cache, &name)?, terminal);
        }
        Ok(SUCCESS)
    }
}

fn tell(why: &Why, terminal: &Terminal) {
    let title = format!("{} {}", why.name, why.version);
    let head = match (why.requested, why.chains.is_empty(), why.origin) {
        (true, true, _) => format!("{title} was asked for."),
        (true, false, WhyOrigin::Requested) => format!("{title} was asked for, and is required as well:"),
        (true, false, _) => {
            format!("{title} was asked for, and is required by what is not marked as asked for:")
        }
        (false, true, _) => format!("{title} is required by nobody, and is not marked as asked for."),
        (false, false, WhyOrigin::Requested) => format!("{title} is required:"),
        (false, false, WhyOrigin::Unrequired) => {
            format!("{title} is required by what nothing requires, though it is not marked as asked for:")
        }
        (false, false, WhyOrigin::Ring) => {
            format!("{title} is required in a ring of which nothing is marked as asked for:")
        }
    };
    terminal.output(&head);
    for chain in &why.chains {
        let links: Vec<String> = chain.iter().map(link).collect();
        terminal.output(&format!("  {}", links.join(" -> ")));
    }
    if why.has_more {
        terminal.output("  ... and more");
    }
}

/// `name[extra] 1.0 (>=1)`.
fn link(link: &WhyLink) -> String {
    let mut text = link.name.clone();
    if !link.extras.is_empty() {
        text.push_str(&format!("[{}]", link.extras.join(",")));
    }
    text.push_str(&format!(" {}", link.version));
    if !link.specifiers.is_empty() {
        text.push_str(&format!(" ({})", link.specifiers));
    }
    if !link.through.is_empty() {
        text.push_str(&format!(" [extra: {}]", link.through.join(", ")));
    }
    if !link.fits {
        text.push_str(" [conflict]");
    }
    text
}
