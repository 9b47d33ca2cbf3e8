//! Why nothing could be installed, in pip's first lines and better ones after them.

use operations::{Asker, Conflict, Offered, Origin, Reason};
use requirement::{Requirement, RequirementSource, SpecifierSet, Version};

/// What kind of line an explanation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An error.
    Error,
    /// On standard output, where pip has it.
    Note,
    /// rpip's own word on what to do.
    Hint,
}

/// The lines when no version satisfies `requirement`.
pub(crate) fn no_match(
    requirement: &Requirement,
    asker: &Asker,
    offered: &Offered,
    unusable: &[(Version, String)],
    places: &[(String, String)],
) -> Vec<(Kind, String)> {
    let requirement = &Requirement { marker: None, ..requirement.clone() };
    let Offered { versions, yanked, other_python, only_final, locked } = offered;
    let shown = match asker {
        Asker::Project(project, _) => format!("{requirement} (from {project})"),
        Asker::User(_) => requirement.to_string(),
    };
    let mut lines = Vec::new();
    if !yanked.is_empty() {
        lines.push((
            Kind::Error,
            format!("Ignored the following yanked versions: {}", shown_versions(yanked)),
        ));
    }
    if !other_python.is_empty() {
        let versions = other_python.join("; ");
        lines.push((
            Kind::Error,
            format!("Ignored the following versions that require a different python version: {versions}"),
        ));
    }
    lines.push((
        Kind::Error,
        match (versions.as_slice(), locked) {
            ([version], true) if *only_final && version.is_prerelease() => format!(
                "A pre-release version {version} is specified in a provided lock file for {} but only final versions are \
                 allowed",
                requirement.name
            ),
            ([version], true) => format!(
                "The requirement {shown} is not compatible with version {version} specified in a provided lock file"
            ),
            _ => format!(
                "Could not find a {} that satisfies the requirement {shown} (from versions: {})",
                if *only_final { "final version" } else { "version" },
                shown_versions(versions)
            ),
        },
    ));
    if requirement.name_text.as_ref() == "requirements.txt" {
        lines.push((
            Kind::Note,
            "HINT: You are attempting to install a package literally named \"requirements.txt\" (which cannot exist). Consider \
             using the '-r' flag to install the packages listed in requirements.txt"
                .to_owned(),
        ));
    }
    lines.push((Kind::Error, format!("No matching distribution found for {shown}")));
    let mut hints = Vec::new();
    match asker {
        Asker::User(Origin::CommandLine) => {}
        Asker::User(origin) => hints.push(format!("{requirement} is required by {origin}.")),
        Asker::Project(project, version) => {
            hints.push(format!("{project} {version} requires {requirement}."))
        }
    }
    let shown_unusable = unusable.iter().take(3);
    hints.extend(
        shown_unusable
            .map(|(version, reason)| format!("{} {version} matches, but {reason}.", requirement.name)),
    );
    if unusable.len() > 3 {
        hints.push(format!("So it is with {} more versions that match.", unusable.len() - 3));
    }
    match versions.last() {
        None if places.is_empty() && unusable.is_empty() => {
            hints.push("No index was asked: --no-index is set and --find-links gave nothing.".to_owned());
        }
        None => {
            hints.extend(places.iter().map(|(place, answer)| format!("{place} said: {answer}.")));
            if unusable.is_empty() {
                hints.push(format!("Is '{}' spelled right?", requirement.name));
            }
        }
        Some(newest) if unusable.is_empty() => {
            let note = if newest.is_prerelease() { " (a pre-release)" } else { "" };
            hints.push(format!("The newest version of {} is {newest}{note}.", requirement.name));
            hints.extend(narrow_pin(requirement, versions));
        }
        Some(_) => {}
    }
    lines.extend(hints.into_iter().map(|hint| (Kind::Hint, hint)));
    lines
}

/// `==0.1` where there is 0.1.post1, which only `==0.1.*` takes.
fn narrow_pin(requirement: &Requirement, versions: &[Version]) -> Option<String> {
    let RequirementSource::Index(specifiers) = &requirement.source else { return None };
    let pinned = specifiers.pinned()?;
    let wide: SpecifierSet = format!("=={pinned}.*").parse().ok()?;
    let near = versions.iter().rev().find(|version| wide.contains(version))?;
    Some(format!("=={pinned} takes {pinned} alone; {}{wide} takes {near}.", requirement.name))
}

/// All of them, as pip lists them: scripts read this.
fn shown_versions(versions: &[Version]) -> String {
    if versions.is_empty() {
        return "none".to_owned();
    }
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The text of a conflict: first what cannot be installed together, then why.
pub(crate) fn conflict(conflict: &Conflict) -> (String, String) {
    let names = match conflict.requested.as_slice() {
        [] => "what was asked for".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let head =
        format!("Cannot install {names} because these package versions have conflicting dependencies.");
    let mut body = String::from("\nThe conflict is caused by:\n");
    for reason in &conflict.reasons {
        body.push_str("    ");
        body.push_str(&operations::redacted(&reason_text(reason)));
        body.push('\n');
    }
    body.push_str(
        "\nTo fix this you could try to:\n\
         1. loosen the range of package versions you've specified\n\
         2. remove package versions to allow pip to attempt to solve the dependency conflict\n",
    );
    (head, body)
}

fn reason_text(reason: &Reason) -> String {
    match reason {
        Reason::Requested { requirement, origin: Origin::CommandLine } => {
            format!("The user requested {requirement}")
        }
        Reason::Requested { requirement, origin: origin @ Origin::File { constraint: false, .. } } => {
            format!("The user requested {requirement} ({origin})")
        }
        Reason::Requested { requirement, origin: Origin::Installed } => {
            let bound = if requirement.contains('>') { ", and nothing in it is to get older" } else { "" };
            format!("The environment has {requirement}{bound}")
        }
        Reason::Requested { requirement, origin } => {
            format!("The user requested (constraint) {requirement} ({origin})")
        }
        Reason::Depends { project, versions: (oldest, newest, count), requirement, uniform } => match count {
            0 | 1 => format!("{project} {newest} depends on {requirement}"),
            2 => format!("{project} {oldest} and {newest} depend on {requirement}{}", like(*uniform)),
            count => format!(
                "{project} {oldest} to {newest} ({count} versions) depend on {requirement}{}",
                like(*uniform)
            ),
        },
        Reason::Unusable { project, version, reason } => {
            format!("{project} {version} cannot be used: {reason}")
        }
    }
}

fn like(uniform: bool) -> &'static str {
    if uniform { "" } else { " or the like" }
}
