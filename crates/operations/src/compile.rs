//! `compile`: requirements become a requirements file in which every project is pinned, with hashes and with comments that say
//! who asks for it. The form is that of pip-compile, so that its users' tools read it.

use std::collections::BTreeSet;
use std::sync::Arc;

use distribution::{Digest, DirectUrlKind};
use python::Environment;
use requirement::{ExtraName, LineContent, ProjectName, Requirement, RequirementsFile};
use resolver::{Origin, ResolvedPin};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Means};
use crate::collect::WantedKind;
use crate::compiled_file::{CompiledFile, CompiledPin, Line};
use crate::{Context, Event, OperationError, ResolveOptions, Wanted};

/// What to compile, and how to write it.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// What is wanted, and what may be chosen; its purpose is [`crate::Purpose::Lock`].
    pub resolve: Arc<ResolveOptions>,
    /// Projects whose dependencies are wanted and not they themselves, each as it was collected, with how comments call it.
    pub projects: Vec<(String, String)>,
    /// `--generate-hashes`.
    pub hashes: bool,
    /// `--strip-extras`.
    pub strip_extras: bool,
    /// How the comments say who asks; none: they do not.
    pub annotations: Option<AnnotationStyle>,
    /// The lines above the pins, without an end of line.
    pub head: Vec<String>,
}

/// `--annotation-style`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnnotationStyle {
    /// One line for each who asks.
    #[default]
    Split,
    /// All on one line.
    Line,
}

/// The versions that a compiled file pins: where they fit they are taken again.
///
/// # Errors
/// The file is no requirements file.
pub fn pinned_versions(
    text: &str,
    file: &str,
) -> Result<FxHashMap<ProjectName, requirement::Version>, OperationError> {
    let parsed = RequirementsFile::parse(text, file, &|_| None)?;
    let pinned = parsed.lines.into_iter().filter_map(|line| match line.content {
        LineContent::Requirement { requirement, .. } => {
            let version = requirement.specifiers()?.pinned()?.clone();
            Some((requirement.name, version))
        }
        _ => None,
    });
    Ok(pinned.collect())
}

/// The text of the compiled file.
pub fn compile(
    context: &Context,
    environment: &Environment,
    options: &CompileOptions,
) -> Result<String, OperationError> {
    let answer = answer(context, environment, &options.resolve)?;
    let compiler = Compiler { answer: &answer, options, labels: labels(&answer, options) };
    let pins = answer.resolution.pins.iter().filter(|pin| !compiler.is_project(&pin.name));
    let pins = pins.map(|pin| compiler.pin(pin)).collect::<Result<Vec<CompiledPin>, _>>()?;
    let file = CompiledFile { head: &options.head, pins, annotations: options.annotations };
    let unhashed = file.unhashed();
    if !unhashed.is_empty() {
        context.reporter.event(Event::Warning(&format!(
            "{} cannot be hashed: pip refuses the file, since other requirements in it have hashes",
            unhashed.join(", ")
        )));
    }
    Ok(file.to_string())
}

/// Wants all extras of the project that was collected as `text`; how it is called from now on.
pub fn with_all_extras(
    context: &Context,
    environment: &Environment,
    options: &mut ResolveOptions,
    text: &str,
) -> Result<String, OperationError> {
    let extras = provided_extras(context, environment, options, text)?;
    if extras.is_empty() {
        return Ok(text.to_owned());
    }
    let extras: Vec<&str> = extras.iter().map(ExtraName::as_str).collect();
    let longer = format!("{text}[{}]", extras.join(","));
    for wanted in options.collected.wanted.iter_mut().filter(|wanted| is_called(wanted, text)) {
        wanted.kind = WantedKind::Reference { text: longer.clone(), editable: false };
    }
    Ok(longer)
}

/// The extras that the project which was collected as `text` provides.
fn provided_extras(
    context: &Context,
    environment: &Environment,
    options: &ResolveOptions,
    text: &str,
) -> Result<Vec<ExtraName>, OperationError> {
    let mut alone = ResolveOptions { no_dependencies: true, ..options.clone() };
    alone.collected.wanted.retain(|wanted| is_called(wanted, text));
    let answer = answer(context, environment, &Arc::new(alone))?;
    let pins = answer.resolution.pins.iter().filter_map(|pin| answer.preparer.direct(&pin.name));
    let mut extras: Vec<ExtraName> =
        pins.flat_map(|direct| direct.metadata.provides_extra.iter().cloned()).collect();
    extras.sort();
    Ok(extras)
}

fn is_called(wanted: &Wanted, text: &str) -> bool {
    matches!(&wanted.kind, WantedKind::Reference { text: other, .. } if other == text)
}

fn answer(
    context: &Context,
    environment: &Environment,
    options: &Arc<ResolveOptions>,
) -> Result<Answer, OperationError> {
    let means = Means::new(context, options);
    Answer::find_versions(context, environment, options, &means)
}

/// How comments call the projects that are left out.
fn labels(answer: &Answer, options: &CompileOptions) -> FxHashMap<ProjectName, String> {
    let labels = options.projects.iter().filter_map(|(text, label)| {
        let name = answer.direct_names.get(text)?;
        Some((name.clone(), format!("{name} ({label})")))
    });
    labels.collect()
}

struct Compiler<'a> {
    answer: &'a Answer,
    options: &'a CompileOptions,
    labels: FxHashMap<ProjectName, String>,
}

impl Compiler<'_> {
    fn is_project(&self, name: &ProjectName) -> bool {
        self.labels.contains_key(name)
    }

    fn pin(&self, pin: &ResolvedPin) -> Result<CompiledPin, OperationError> {
        let line = match self.place(pin) {
            Some(line) => line,
            None => self.version(pin),
        };
        Ok(CompiledPin {
            name: pin.name.clone(),
            line,
            hashes: if self.options.hashes { self.hashes(pin)? } else { Vec::new() },
            needs_hashes: self.options.hashes,
            askers: self.askers(pin),
        })
    }

    /// `name[extras]==version ; marker`.
    fn version(&self, pin: &ResolvedPin) -> Line {
        let mut text = pin.name.to_string();
        if !pin.extras.is_empty() && !self.options.strip_extras {
            let extras: Vec<&str> = pin.extras.iter().map(ExtraName::as_str).collect();
            text.push_str(&format!("[{}]", extras.join(",")));
        }
        text.push_str(&format!("=={}", pin.version));
        if let Some(marker) = self.marker(pin) {
            text.push_str(&format!(" ; {marker}"));
        }
        Line { text, editable: false }
    }

    /// What the user wrote, where that is a place.
    fn place(&self, pin: &ResolvedPin) -> Option<Line> {
        self.answer.preparer.direct(&pin.name)?;
        let wanted = self.options.resolve.collected.wanted.iter();
        let written = wanted.filter_map(|wanted| match &wanted.kind {
            WantedKind::Named(requirement) if requirement.name == pin.name => {
                let url = network::without_user_information(requirement.url()?);
                let source = requirement::RequirementSource::Url(url.into());
                let requirement = Requirement {
                    name_text: pin.name.as_str().into(),
                    source,
                    extras: if self.options.strip_extras { Vec::new() } else { requirement.extras.clone() },
                    ..requirement.clone()
                };
                Some(Line { text: requirement.to_string(), editable: false })
            }
            WantedKind::Reference { text, editable } => {
                let name = self.answer.direct_names.get(text)?;
                let text = network::without_user_information(text);
                (*name == pin.name).then_some(Line { text, editable: *editable })
            }
            WantedKind::Named(_) => None,
        });
        // A dependency by URL of what is named by place is none of the user's lines.
        let by_metadata = || {
            let reference = self.answer.preparer.direct(&pin.name)?.direct_url.reference();
            Some(Line { text: format!("{} @ {reference}", pin.name), editable: false })
        };
        written.into_iter().next().or_else(by_metadata)
    }

    /// The marker under which alone the user wants the project, where nothing else asks for it.
    fn marker(&self, pin: &ResolvedPin) -> Option<String> {
        let request = self.answer.preparer.request();
        let of_others = pin.required_by.iter().any(|name| *name != pin.name);
        let roots = request.roots.iter().map(|root| &root.requirement);
        let roots = roots.filter(|root| root.name == pin.name && request.applies(root, &[]));
        let markers: Option<BTreeSet<String>> =
            roots.map(|root| root.marker.as_ref().map(ToString::to_string)).collect();
        let markers = markers.filter(|markers| !markers.is_empty() && !of_others)?;
        let several = markers.len() > 1;
        let each = |marker: String| if several { format!("({marker})") } else { marker };
        Some(markers.into_iter().map(each).collect::<Vec<_>>().join(" or "))
    }

    /// All files of the version, as the indexes promise them; where one promises nothing, the file that would be installed.
    fn hashes(&self, pin: &ResolvedPin) -> Result<Vec<Digest>, OperationError> {
        let preparer = &self.answer.preparer;
        if let Some(direct) = preparer.direct(&pin.name) {
            let DirectUrlKind::Archive { hashes } = &direct.direct_url.kind else { return Ok(Vec::new()) };
            let hashes =
                hashes.iter().filter_map(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok());
            return Ok(hashes.filter(|hash: &Digest| hash.algorithm.is_strong()).collect());
        }
        let mut hashes = preparer.promised_hashes(&pin.name, &pin.version)?;
        if hashes.is_empty()
            && let Some(candidate) = preparer.candidate(&pin.name, &pin.version)?
        {
            hashes.push(preparer.sha256(&candidate)?.into());
        }
        hashes.sort_by(|one, other| {
            (one.algorithm.name(), &one.hex).cmp(&(other.algorithm.name(), &other.hex))
        });
        hashes.dedup();
        Ok(hashes)
    }

    /// Who asks for a pin, or limits it.
    fn askers(&self, pin: &ResolvedPin) -> BTreeSet<String> {
        let request = self.answer.preparer.request();
        let others = pin.required_by.iter().filter(|name| **name != pin.name);
        let mut askers: BTreeSet<String> =
            others.map(|name| self.labels.get(name).cloned().unwrap_or_else(|| name.to_string())).collect();
        let roots = request.roots.iter().filter(|root| root.requirement.name == pin.name);
        let roots = roots.filter(|root| request.applies(&root.requirement, &[]));
        askers.extend(roots.filter_map(|root| asker(&root.origin)));
        let constraints = request.constraints.iter();
        let constraints = constraints.filter(|constraint| {
            constraint.requirement.name == pin.name && request.applies(&constraint.requirement, &[])
        });
        askers.extend(constraints.filter_map(|constraint| asker(&constraint.origin)));
        askers
    }
}

/// The place of a requirement without its line, which changes too often.
fn asker(origin: &Origin) -> Option<String> {
    match origin {
        Origin::CommandLine | Origin::Metadata => None,
        Origin::File { file, constraint, .. } => {
            Some(format!("{} {file}", if *constraint { "-c" } else { "-r" }))
        }
        Origin::Lock(name) | Origin::Other(name) => Some(name.clone()),
    }
}
