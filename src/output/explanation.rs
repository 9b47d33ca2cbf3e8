//! Why nothing could be installed, in pip's first lines and better ones after them.

use operations::{Conflict, Origin, Reason};
use requirement::{Requirement, Version};

/// Lines for standard error when no version satisfies `requirement`; those under `true` are errors, the others hints.
pub(crate) fn no_match(
    requirement: &Requirement,
    from: &str,
    versions: &[Version],
    unusable: &[(Version, String)],
    places: &[(String, String)],
) -> Vec<(bool, String)> {
    let from_text = if from.is_empty() { String::new() } else { format!(" ({from})") };
    let mut lines = vec![(
        true,
        format!(
            "Could not find a version that satisfies the requirement {requirement}{from_text} (from versions: {})",
            shown_versions(versions)
        ),
    )];
    lines.push((true, format!("No matching distribution found for {requirement}")));
    for (version, reason) in unusable.iter().take(3) {
        lines.push((false, format!("{} {version} matches, but {reason}.", requirement.name)));
    }
    if unusable.len() > 3 {
        lines.push((false, format!("So it is with {} more versions that match.", unusable.len() - 3)));
    }
    if versions.is_empty() {
        for (place, answer) in places {
            lines.push((false, format!("{place} said: {answer}.")));
        }
        if places.is_empty() {
            lines.push((
                false,
                "No index was asked: --no-index is set and --find-links gave nothing.".to_owned(),
            ));
        } else if unusable.is_empty() {
            lines.push((false, format!("Is '{}' spelled right?", requirement.name)));
        }
    } else if unusable.is_empty() {
        let prereleases = versions.iter().all(Version::is_prerelease);
        if let Some(newest) = versions.last() {
            let note = if prereleases { " (a pre-release)" } else { "" };
            lines.push((false, format!("The newest version of {} is {newest}{note}.", requirement.name)));
        }
    }
    lines
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
        body.push_str(&reason_text(reason));
        body.push('\n');
    }
    body.push_str(
        "\nTo fix this you could try to:\n\
         1. loosen the range of package versions you've specified\n\
         2. remove package versions to allow rpip to attempt to solve the dependency conflict\n",
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
