//! The search itself: PubGrub over [`Node`]s, with pip's preferences as choices and priorities.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use distribution::CoreMetadata;
use pubgrub::{DependencyConstraints, DependencyProvider, PackageResolutionStatistics, PubGrubError};
use requirement::{ExtraName, Operator, ProjectName, Requirement, RequirementSource, Version, VersionRanges};
use rustc_hash::FxHashMap;

use crate::node::Node;
use crate::policy::Policy;
use crate::{Dependencies, Provider, ProviderError, Request, Resolution, ResolveError, Usability, explain};

/// From so many conflicts on, a project is decided before others: what is in the way comes first.
const TROUBLESOME: u32 = 5;
/// How many versions are announced at once when a project is tried again and again.
const ANNOUNCED: usize = 50;

/// Finds one version of every project that `request` needs, or says why there is none.
///
/// Preferred are installed versions that are to be kept, then the newest. The answer is sound (it violates no requirement)
/// and complete (an error means that there is none under pip's rule for pre-releases).
pub fn resolve(request: &Request, provider: &dyn Provider) -> Result<Resolution, ResolveError> {
    let search = Search::new(request, provider);
    // Both loops end: every round opens or closes at least one project or pin, of finitely many.
    let mut first_failure = None;
    loop {
        search.begin();
        match pubgrub::resolve(&search, Node::Root, root_version()) {
            Ok(solution) => {
                let pins: Vec<(Node, Version)> = solution.into_iter().collect();
                let resolution = search.resolution(&pins)?;
                match search.unwanted_prerelease(&resolution)? {
                    None => return Ok(resolution),
                    Some(project) => search.state.borrow_mut().policy.close(&project),
                }
            }
            Err(PubGrubError::NoSolution(tree)) => {
                let opened = search.state.borrow_mut().policy.open_skipped();
                let tree = first_failure.get_or_insert(tree);
                if !opened {
                    return Err(explain::explain(tree, &search)?);
                }
            }
            Err(
                PubGrubError::ErrorChoosingVersion { source, .. }
                | PubGrubError::ErrorRetrievingDependencies { source, .. }
                | PubGrubError::ErrorInShouldCancel(source),
            ) => match source {
                Interruption::Stale => {}
                Interruption::Failed(error) => return Err(ResolveError::Provider(error)),
            },
        }
    }
}

/// The one version of the root node.
pub(crate) fn root_version() -> Version {
    "0".parse().expect("a version")
}

/// Why the search stops in the middle.
#[derive(Debug)]
pub(crate) enum Interruption {
    /// The policy has opened something already looked at: begin again.
    Stale,
    /// The world failed.
    Failed(ProviderError),
}

impl fmt::Display for Interruption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => formatter.write_str("the search begins again"),
            Self::Failed(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Interruption {}

impl From<ProviderError> for Interruption {
    fn from(error: ProviderError) -> Self {
        Self::Failed(error)
    }
}

impl From<Interruption> for ResolveError {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Stale => Self::Provider("the search could not settle".into()),
            Interruption::Failed(error) => Self::Provider(error),
        }
    }
}

/// What changes while searching.
#[derive(Debug, Default)]
struct State {
    policy: Policy,
    /// Order in which projects were met, for breadth-first decisions.
    met: FxHashMap<Node, u32>,
    /// The version last chosen of a project, so that its extras follow.
    chosen: FxHashMap<ProjectName, Version>,
    /// How often a version was chosen of a project.
    tries: FxHashMap<ProjectName, usize>,
}

/// One question being answered; what `pubgrub` calls the dependency provider.
pub(crate) struct Search<'a> {
    pub(crate) request: &'a Request,
    pub(crate) provider: &'a dyn Provider,
    state: RefCell<State>,
}

impl<'a> Search<'a> {
    fn new(request: &'a Request, provider: &'a dyn Provider) -> Self {
        Self { request, provider, state: RefCell::default() }
    }

    fn begin(&self) {
        let mut state = self.state.borrow_mut();
        state.policy.begin();
        state.met.clear();
        state.chosen.clear();
        state.tries.clear();
        for constraint in &self.request.constraints {
            state.policy.meet(&constraint.requirement);
        }
    }

    /// The installed version of `project`, where it is `version`.
    pub(crate) fn is_installed(&self, project: &ProjectName, version: &Version) -> bool {
        self.request.installed.get(project).is_some_and(|installed| &installed.version == version)
    }

    /// All versions, the installed one included, newest first.
    pub(crate) fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
        let versions = self.provider.versions(project)?;
        let Some(installed) = self.request.installed.get(project) else { return Ok(versions) };
        match versions.binary_search_by(|version| installed.version.cmp(version)) {
            Ok(_) => Ok(versions),
            Err(position) => {
                let mut merged = versions.to_vec();
                merged.insert(position, installed.version.clone());
                Ok(merged.into())
            }
        }
    }

    /// Whether `version` can be installed here, or why not. Pins open yanked versions.
    pub(crate) fn usability(
        &self,
        project: &ProjectName,
        version: &Version,
    ) -> Result<Usability, ProviderError> {
        if self.is_installed(project, version) {
            return Ok(Usability::Usable);
        }
        match self.provider.usability(project, version)? {
            Usability::Yanked if self.state.borrow().policy.is_pinned(project, version) => {
                Ok(Usability::Usable)
            }
            usability => Ok(usability),
        }
    }

    /// The versions that `requirement` allows. A `===` clause compares texts (PEP 440), so it needs the list of versions.
    pub(crate) fn range(&self, requirement: &Requirement) -> Result<VersionRanges, ProviderError> {
        let RequirementSource::Index(specifiers) = &requirement.source else {
            return Ok(VersionRanges::full());
        };
        let range = specifiers.ranges();
        if specifiers.specifiers().iter().all(|specifier| specifier.operator() != Operator::Arbitrary) {
            return Ok(range);
        }
        let versions = self.versions(&requirement.name)?;
        let matching = versions
            .iter()
            .filter(|version| range.contains(*version) && specifiers.matches_text(&version.to_string()));
        Ok(matching.fold(VersionRanges::empty(), |all, version| {
            all.union(&VersionRanges::singleton(version.clone()))
        }))
    }

    /// The installed version, where it is to be kept and in `range`.
    fn kept(&self, project: &ProjectName, range: &VersionRanges) -> Option<Version> {
        let installed = self.request.installed.get(project)?;
        (installed.keep && range.contains(&installed.version)).then(|| installed.version.clone())
    }

    /// Whether a requirement has opened the pre-releases of `project`.
    pub(crate) fn allows_prereleases(&self, project: &ProjectName) -> bool {
        self.state.borrow().policy.allows_prereleases(project)
    }

    /// The newest usable version in `range`; pre-releases only where they are allowed, or where the project has nothing else.
    fn newest(&self, project: &ProjectName, range: &VersionRanges) -> Result<Option<Version>, ProviderError> {
        let versions = self.versions(project)?;
        let prereleases = self.request.prereleases
            || self.allows_prereleases(project)
            || versions.iter().all(Version::is_prerelease);
        let mut skipped = false;
        for version in versions.iter().filter(|version| range.contains(*version)) {
            let wanted = prereleases || !version.is_prerelease() || self.is_installed(project, version);
            if !wanted && skipped {
                continue;
            }
            if self.usability(project, version)? == Usability::Usable {
                if wanted {
                    self.announce(project, version, &versions);
                    return Ok(Some(version.clone()));
                }
                skipped = true;
            }
        }
        if skipped {
            self.state.borrow_mut().policy.skip(project);
        }
        Ok(None)
    }

    /// Announces the versions after `version` when this project has been tried often.
    fn announce(&self, project: &ProjectName, version: &Version, versions: &[Version]) {
        let mut state = self.state.borrow_mut();
        let tries = state.tries.entry(project.clone()).or_default();
        *tries += 1;
        if *tries % (ANNOUNCED / 2) != TROUBLESOME as usize {
            return;
        }
        drop(state);
        let next = versions.iter().filter(|other| *other < version && !other.is_prerelease());
        let next: Vec<Version> = next.take(ANNOUNCED).cloned().collect();
        self.provider.expect_versions(project, &next);
    }

    /// What `version` of `project` requires here, beyond markers that do not hold, or why it cannot be used.
    pub(crate) fn metadata(
        &self,
        project: &ProjectName,
        version: &Version,
    ) -> Result<Result<Arc<CoreMetadata>, String>, ProviderError> {
        let installed = self.is_installed(project, version);
        Ok(match self.provider.dependencies(project, version, installed)? {
            Dependencies::Known(metadata) => Ok(metadata),
            Dependencies::Unavailable(reason) => Err(reason),
        })
    }

    /// The requirements of the root, or of a project's version, that apply; of an extra, those that only it adds.
    pub(crate) fn requirements<'m>(
        &'m self,
        metadata: &'m CoreMetadata,
        extra: Option<&'m ExtraName>,
    ) -> impl Iterator<Item = &'m Requirement> {
        metadata.requires_dist.iter().filter(move |requirement| {
            let plain = self.request.applies(requirement, &[]);
            match extra {
                None => plain,
                Some(extra) => !plain && self.request.applies(requirement, std::slice::from_ref(extra)),
            }
        })
    }

    /// Adds what `requirement` means to `dependencies`.
    fn add(
        &self,
        requirement: &Requirement,
        dependencies: &mut FxHashMap<Node, VersionRanges>,
    ) -> Result<(), Interruption> {
        self.state.borrow_mut().policy.meet(requirement);
        let mut range = self.range(requirement)?;
        if let Some(constrained) = self.request.constrained(&requirement.name) {
            range = range.intersection(&constrained);
        }
        let extras =
            requirement.extras.iter().map(|extra| Node::Extra(requirement.name.clone(), extra.clone()));
        for node in std::iter::once(Node::Project(requirement.name.clone())).chain(extras) {
            dependencies
                .entry(node)
                .and_modify(|old| *old = old.intersection(&range))
                .or_insert_with(|| range.clone());
        }
        Ok(())
    }

    fn dependencies_of(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<Result<FxHashMap<Node, VersionRanges>, String>, Interruption> {
        let mut dependencies = FxHashMap::default();
        let (project, extra) = match node {
            Node::Root => {
                for root in
                    self.request.roots.iter().filter(|root| self.request.applies(&root.requirement, &[]))
                {
                    self.add(&root.requirement, &mut dependencies)?;
                }
                return Ok(Ok(dependencies));
            }
            Node::Project(project) => (project, None),
            Node::Extra(project, extra) => {
                dependencies
                    .insert(Node::Project(project.clone()), VersionRanges::singleton(version.clone()));
                (project, Some(extra))
            }
        };
        if self.request.no_dependencies {
            return Ok(Ok(dependencies));
        }
        match self.metadata(project, version)? {
            Err(reason) => Ok(Err(reason)),
            Ok(metadata) => {
                for requirement in self.requirements(&metadata, extra) {
                    self.add(requirement, &mut dependencies)?;
                }
                // PubGrub knows no project that requires itself: it holds, or the version can never be used.
                match dependencies.remove(node) {
                    Some(range) if !range.contains(version) => {
                        Ok(Err(format!("it requires another version of {node}, itself")))
                    }
                    _ => Ok(Ok(dependencies)),
                }
            }
        }
    }
}

impl DependencyProvider for Search<'_> {
    type P = Node;
    type V = Version;
    type VS = VersionRanges;
    /// Virtual nodes, then what is in the way, then what is pinned, then in the order met.
    type Priority = (bool, u32, bool, Reverse<u32>);
    type M = String;
    type Err = Interruption;

    fn prioritize(
        &self,
        node: &Node,
        range: &VersionRanges,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let mut state = self.state.borrow_mut();
        let next = u32::try_from(state.met.len()).unwrap_or(u32::MAX);
        let met = match state.met.get(node) {
            Some(met) => *met,
            None => {
                state.met.insert(node.clone(), next);
                drop(state);
                if let Node::Project(project) = node
                    && self.kept(project, range).is_none()
                {
                    self.provider.expect(project, range);
                }
                next
            }
        };
        let conflicts = statistics.conflict_count();
        let troublesome = if conflicts >= TROUBLESOME { conflicts } else { 0 };
        let is_virtual = !matches!(node, Node::Project(_));
        (is_virtual, troublesome, range.as_singleton().is_some(), Reverse(met))
    }

    fn choose_version(&self, node: &Node, range: &VersionRanges) -> Result<Option<Version>, Interruption> {
        let Some(project) = node.project() else { return Ok(Some(root_version())) };
        if matches!(node, Node::Extra(..))
            && let Some(chosen) =
                self.state.borrow().chosen.get(project).filter(|chosen| range.contains(*chosen))
        {
            return Ok(Some(chosen.clone()));
        }
        self.state.borrow_mut().policy.look_at(project);
        let version = match self.kept(project, range) {
            Some(version) => Some(version),
            None => self.newest(project, range)?,
        };
        if let Some(version) = &version {
            self.state.borrow_mut().chosen.insert(project.clone(), version.clone());
        }
        Ok(version)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<pubgrub::Dependencies<Node, VersionRanges, String>, Interruption> {
        let dependencies = self.dependencies_of(node, version)?;
        if self.state.borrow().policy.is_stale() {
            return Err(Interruption::Stale);
        }
        Ok(match dependencies {
            Err(reason) => pubgrub::Dependencies::Unavailable(reason),
            Ok(dependencies) => {
                let mut dependencies: Vec<_> = dependencies.into_iter().collect();
                dependencies.sort_by(|left, right| left.0.cmp(&right.0));
                pubgrub::Dependencies::Available(DependencyConstraints::from_iter(dependencies))
            }
        })
    }
}
