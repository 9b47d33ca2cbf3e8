//! From what is wanted to versions: the question is put together, the search answers it, and who answered it stays at
//! hand for what follows.

use std::sync::{Arc, Mutex};

use ::install::{InstalledDistribution, InstalledDistributions};
use build::BuildStack;
use distribution::{Artifact, CoreMetadata, Digest, HashAlgorithm};
use index::{IndexClient, IndexOptions};
use python::Environment;
use requirement::{ProjectName, Requirement, RequirementSource};
use resolver::{
    Asker, Conflict, Origin, Preference, Provider, Reason, Request, Resolution, ResolveError, ResolvedPin,
    Root, resolve,
};
use rustc_hash::FxHashMap;

use crate::collect::{Wanted, WantedKind};
use crate::direct::{self, DirectWheels};
use crate::downloads::Downloads;
use crate::error::SharedError;
use crate::hashes::{Hashes, other_algorithms};
use crate::pip_shim::is_pip_shim;
use crate::prepare::{Preparer, PreparerParts};
use crate::references::References;
use crate::runtime::Runtime;
use crate::source::Sources;
use crate::{Cancellation, Context, Event, OperationError, ResolveOptions, Upgrade};

/// A warning names no more projects than this.
const MOST_NAMES: usize = 6;
/// No chain of requirements is shown longer; requirements may form a ring.
const LONGEST_CHAIN: usize = 16;

/// What asks the world; questions within one command share it.
#[derive(Clone)]
pub(crate) struct Means {
    /// The indexes.
    pub(crate) index: IndexClient,
    /// What drives the requests.
    pub(crate) runtime: Arc<Runtime>,
    /// What was found at places that the user named: asked for several interpreters, they are looked at once.
    pub(crate) direct: direct::Memory,
    /// What source distributions need, by URL; as above.
    pub(crate) sdists: Arc<Mutex<FxHashMap<Box<str>, Arc<CoreMetadata>>>>,
}

impl Means {
    /// Nothing is asked yet.
    pub(crate) fn new(context: &Context, options: &ResolveOptions) -> Self {
        let (cache, client) = (context.cache.clone(), context.client.clone());
        let also_hash = other_algorithms(&options.collected.wanted);
        let places = IndexOptions { also_hash, ..options.index.clone() };
        Self {
            index: IndexClient::new(places, cache, client),
            runtime: Arc::default(),
            direct: direct::Memory::default(),
            sdists: Arc::default(),
        }
    }

    /// The hash of a wheel in an algorithm.
    pub(crate) fn digest(
        &self,
        artifact: &Artifact,
        algorithm: HashAlgorithm,
        cancellation: &Cancellation,
    ) -> Result<Digest, OperationError> {
        let (index, artifact) = (self.index.clone(), artifact.clone());
        let digest = self.runtime.wait(async move { index.digest(&artifact, algorithm).await }, cancellation);
        Ok(digest.ok_or(OperationError::Interrupted)??)
    }
}

/// What is asked.
pub(crate) struct Question<'a> {
    /// What the answer is for.
    pub(crate) environment: &'a Environment,
    /// What is wanted and may be chosen.
    pub(crate) options: Arc<ResolveOptions>,
    /// What is there already.
    pub(crate) installed: &'a InstalledDistributions,
    /// The builds that wait for the answer.
    pub(crate) stack: &'a BuildStack,
    /// Whether the wheels are wanted too, not only the versions.
    pub(crate) fetches_wheels: bool,
}

/// The versions, and those who found them.
pub(crate) struct Answer {
    pub(crate) preparer: Preparer,
    pub(crate) resolution: Resolution,
    pub(crate) hashes: Hashes,
    pub(crate) downloads: Arc<Downloads>,
    /// What the references turned out to be that the user gave without a name.
    pub(crate) direct_names: FxHashMap<String, ProjectName>,
}

impl Answer {
    /// Asks for a command that installs nothing: for versions alone, whatever is there.
    pub(crate) fn find_versions(
        context: &Context,
        environment: &Environment,
        options: &Arc<ResolveOptions>,
        means: &Means,
    ) -> Result<Self, OperationError> {
        let question = Question {
            environment,
            options: Arc::clone(options),
            installed: &InstalledDistributions::default(),
            stack: &BuildStack::default(),
            fetches_wheels: false,
        };
        Self::find(context, question, means)
    }

    /// Asks the world.
    pub(crate) fn find(
        context: &Context,
        question: Question<'_>,
        means: &Means,
    ) -> Result<Self, OperationError> {
        let Question { environment, options, installed, stack, fetches_wheels } = question;
        let sources = Sources::new(context, environment, Arc::clone(&options), means.clone(), stack.clone());
        let downloads = Arc::new(Downloads::quiet(Arc::clone(&context.reporter)));
        let mut references = References::default();
        let (preparer, hashes, direct_names, resolution) = loop {
            let direct = direct::fetch(&options.collected, &references, &sources)?;
            let direct_names = direct.names();
            let (hashes, problems) = Hashes::of(&options, &direct, installed);
            let preparer = Preparer::new(PreparerParts {
                sources: sources.clone(),
                rules: rules(&options, environment, &hashes),
                request: request(&options, installed, environment, &direct),
                installed: by_name(installed),
                direct: direct.wheels,
                references: references.clone(),
                fetches_wheels,
                downloads: Arc::clone(&downloads),
            });
            Hashes::refuse(problems, &preparer)?;
            if references.is_empty() {
                report_ignored(&preparer, context);
            }
            let resolution = resolved(&preparer, &hashes, context);
            match (preparer.unmet(), resolution) {
                (Some(reference), _) => references.follow(reference),
                (None, Ok(resolution)) if references.refuse_idle(&resolution) => {}
                // Nothing else is a reason to do without: an index that fails may have the answer.
                (None, Err(OperationError::NoMatch { .. } | OperationError::Conflict(_)))
                    if references.refuse_last() => {}
                (None, resolution) => break (preparer, hashes, direct_names, resolution),
            }
        };
        // A build within this command asks the same places: what is left out is told of once, by the first question.
        if stack.frames().is_empty() {
            means.index.ignored_places().iter().for_each(|text| context.reporter.event(Event::Warning(text)));
        }
        let resolution = resolution?;
        warn_of_missing_extras(&resolution, context);
        warn_of_several_indexes(&resolution, &preparer, context);
        hashes.check_all_listed(&resolution, &preparer)?;
        Ok(Self { preparer, resolution, hashes, downloads, direct_names })
    }
}

fn request(
    options: &ResolveOptions,
    installed: &InstalledDistributions,
    environment: &Environment,
    direct: &DirectWheels,
) -> Request {
    let roots: Vec<Root> =
        options.collected.wanted.iter().filter_map(|wanted| root(wanted, direct)).collect();
    let kept = |name: &ProjectName| match options.upgrade {
        _ if options.upgraded.is_some() => {
            options.upgraded.as_ref().is_some_and(|upgraded| !upgraded.contains(name))
        }
        None => true,
        Some(Upgrade::Eager) => false,
        Some(Upgrade::OnlyIfNeeded) => !roots.iter().any(|root| &root.requirement.name == name),
    };
    let preferences = if options.force_reinstall { &[] } else { installed.distributions.as_slice() };
    let installed = preferences
        .iter()
        .filter(|distribution| !direct.wheels.contains_key(&distribution.name))
        .map(|distribution| {
            let InstalledDistribution { name, version, .. } = distribution;
            let keep = kept(name) || is_pip_shim(name, version);
            (name.clone(), Preference { version: version.clone(), keep })
        })
        .chain(
            options
                .preferred
                .iter()
                .map(|(name, version)| (name.clone(), Preference { version: version.clone(), keep: true })),
        )
        .collect();
    Request {
        constraints: options.collected.constraints.clone(),
        installed,
        markers: Some(options.markers(environment).clone()),
        releases: options.releases.clone(),
        prefer_built: options.prefer_built || options.collected.settings.prefer_built,
        no_dependencies: options.no_dependencies,
        roots,
    }
}

fn root(wanted: &Wanted, direct: &DirectWheels) -> Option<Root> {
    let requirement = match &wanted.kind {
        WantedKind::Named(requirement) => requirement.clone(),
        WantedKind::Reference { text, .. } => direct.requirement(text)?.clone(),
    };
    Some(Root { requirement, origin: wanted.origin.clone() })
}

fn by_name(installed: &InstalledDistributions) -> FxHashMap<ProjectName, InstalledDistribution> {
    // Where a name stands twice, the first counts: it is put in last.
    let entries = installed.distributions.iter().rev();
    entries.map(|distribution| (distribution.name.clone(), distribution.clone())).collect()
}

/// What decides whether a file may be used.
pub(crate) fn rules(
    options: &ResolveOptions,
    environment: &Environment,
    hashes: &Hashes,
) -> index::SelectionRules {
    let python = options.python(environment);
    index::SelectionRules {
        tags: options.tags(environment),
        python: (!options.ignore_requires_python).then_some(python),
        formats: options.formats.projects.clone(),
        default_format: options.formats.rest.unwrap_or_default(),
        hashes: hashes.by_project(),
        uploaded_before: options.uploaded_before,
    }
}

/// Resolves; a wrong hash is told as such, not as a missing version.
fn resolved(preparer: &Preparer, hashes: &Hashes, context: &Context) -> Result<Resolution, OperationError> {
    context.reporter.event(Event::Resolving);
    let resolution = resolve(preparer.request(), preparer);
    context.reporter.event(Event::Resolved);
    resolution.map_err(|error| match error {
        ResolveError::Provider(source) => match source.downcast::<SharedError>() {
            Ok(error) => (*error).into(),
            Err(source) => OperationError::Resolve(ResolveError::Provider(source)),
        },
        ResolveError::NoMatch { requirement, asker, unusable, .. } => {
            let mismatch =
                unusable.first().and_then(|(version, _)| hashes.mismatch(preparer, &requirement, version));
            let direct = preparer.direct(&requirement.name);
            match (mismatch, direct) {
                (Some(problem), _) => OperationError::Hashes(vec![problem]),
                (None, Some(direct)) => {
                    OperationError::Conflict(against(&direct.title(), &requirement, asker))
                }
                (None, None) => OperationError::NoMatch {
                    places: preparer.places(&requirement.name),
                    offered: Box::new(preparer.offered(&requirement.name)),
                    requirement,
                    asker,
                    unusable,
                },
            }
        }
        ResolveError::Conflict(conflict) => OperationError::Conflict(conflict),
    })
}

/// What the user names by place is the only version of its project, and another requirement does not allow it.
fn against(named: &str, requirement: &Requirement, asker: Asker) -> Conflict {
    let by_place = Reason::Requested { requirement: named.to_owned(), origin: Origin::CommandLine };
    let text = requirement.to_string();
    let (other, stated) = match asker {
        Asker::User(origin) => (text.clone(), Reason::Requested { requirement: text, origin }),
        Asker::Project(project, version) => {
            let versions = (version.clone(), version.clone(), 1);
            let reason =
                Reason::Depends { project: project.clone(), versions, requirement: text, uniform: true };
            (format!("{project}=={version}"), reason)
        }
    };
    Conflict { requested: vec![named.to_owned(), other], reasons: vec![by_place, stated] }
}

/// Says which of the user's requirements do not apply here.
fn report_ignored(preparer: &Preparer, context: &Context) {
    let request = preparer.request();
    for root in request.roots.iter().filter(|root| !request.applies(&root.requirement, &[])) {
        if let Some(marker) = &root.requirement.marker {
            let (project, marker) = (&*root.requirement.name_text, &*marker.to_string());
            context.reporter.event(Event::Ignoring { project, marker });
        }
    }
}

fn warn_of_missing_extras(resolution: &Resolution, context: &Context) {
    for (name, version, extra) in &resolution.missing_extras {
        let warning = format!("{name} {version} does not provide the extra '{extra}'");
        context.reporter.event(Event::Warning(&warning));
    }
}

/// Says which projects come from several indexes though nobody decided between them.
fn warn_of_several_indexes(resolution: &Resolution, preparer: &Preparer, context: &Context) {
    let mut names = Vec::new();
    let mut indexes = None;
    for pin in resolution.pins.iter().filter(|pin| !pin.installed) {
        if let Some((one, other)) = preparer.several_indexes(&pin.name) {
            names.push(pin.name.to_string());
            indexes.get_or_insert((one, other));
        }
    }
    let Some((one, other)) = indexes else { return };
    let verb = if names.len() == 1 { "is" } else { "are" };
    if names.len() > MOST_NAMES {
        let others = names.split_off(MOST_NAMES - 1).len();
        names.push(format!("{others} others"));
    }
    context.reporter.event(Event::Warning(&format!(
        "{} {verb} on more than one index ({one} and {other}), and the best version of all is taken: whoever may upload to one of \
         them decides what is installed. --index-strategy first-index takes a project from the first index that has it; \
         [rpip.index] in pip.conf names the index of a project.",
        names.join(", "),
    )));
}

/// How pip shows the requirement that leads to a pin, and who states it: `(from jinja2>=3.1->flask)`.
pub(crate) fn reason_for(preparer: &Preparer, pins: &[&ResolvedPin], pin: &ResolvedPin) -> (String, String) {
    let mut chain = Vec::new();
    let mut current = Some(pin);
    while let Some(pin) = current.filter(|_| chain.len() < LONGEST_CHAIN) {
        let root = preparer.request().roots.iter().find(|root| root.requirement.name == pin.name);
        if let Some(root) = root {
            chain.push(shown(&root.requirement, preparer));
            let origin = root.origin.to_string();
            chain.extend((!origin.is_empty()).then_some(origin));
            break;
        }
        let parent =
            pin.required_by.iter().find_map(|name| pins.iter().find(|other| &other.name == name).copied());
        chain.push(
            parent.and_then(|parent| stated(preparer, parent, pin)).unwrap_or_else(|| pin.name.to_string()),
        );
        current = parent;
    }
    let requirement = if chain.is_empty() { pin.name.to_string() } else { chain.remove(0) };
    let from = if chain.is_empty() { String::new() } else { format!("(from {})", chain.join("->")) };
    (requirement, from)
}

/// A requirement of the user; of a place without a name, what was found there.
fn shown(requirement: &Requirement, preparer: &Preparer) -> String {
    let direct = preparer.direct(&requirement.name).filter(|direct| !direct.is_named);
    match direct.and_then(|direct| format!("=={}", direct.metadata.version).parse().ok()) {
        Some(version) => {
            let source = RequirementSource::Index(version);
            Requirement { source, marker: None, ..requirement.clone() }.to_string()
        }
        None => network::redacted(&requirement.to_string()),
    }
}

/// The requirement of `parent` on `pin`, as it states it.
fn stated(preparer: &Preparer, parent: &ResolvedPin, pin: &ResolvedPin) -> Option<String> {
    match preparer.dependencies(&parent.name, &parent.version, parent.installed).ok()? {
        resolver::Dependencies::Known(metadata) => {
            let found = metadata.requires_dist.iter().find(|requirement| requirement.name == pin.name)?;
            Some(plain(found).to_string())
        }
        resolver::Dependencies::Unavailable(_) => None,
    }
}

/// As it may be shown: its marker holds, and nobody need see a password.
pub(crate) fn plain(requirement: &Requirement) -> Requirement {
    let source = match &requirement.source {
        RequirementSource::Url(url) => RequirementSource::Url(network::redacted(url).into()),
        source => source.clone(),
    };
    Requirement { marker: None, source, ..requirement.clone() }
}
