//! The search itself: PubGrub over [`Node`]s, with pip's preferences as choices and priorities.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use distribution::CoreMetadata;
use pubgrub::{
    DependencyConstraints, DependencyProvider, PackageResolutionStatistics, PubGrubError, VersionSet,
};
use requirement::{ExtraName, Operator, ProjectName, Requirement, RequirementSource, Version, VersionRanges};
use rustc_hash::FxHashMap;

use crate::cells::{Cells, Position};
use crate::node::Node;
use crate::policy::Policy;
use crate::{Dependencies, Provider, ProviderError, Request, Resolution, ResolveError, Usability, explain};

/// From so many conflicts on, a project is decided before others: what is in the way comes first.
const TROUBLESOME: u32 = 5;
/// How many versions are announced at once, at the most, when a project is tried again and again.
const ANNOUNCED: usize = 64;

/// Finds one version of every project that `request` needs, or says why there is none.
///
/// Preferred are installed versions that are to be kept, then the newest. The answer is sound (it violates no requirement)
/// and complete (an error means that there is none under pip's rule for pre-releases).
pub fn resolve(request: &Request, provider: &dyn Provider) -> Result<Resolution, ResolveError> {
    let search = Search::new(request, provider);
    // The loop ends: every round opens, closes or widens at least one project or pin, of finitely many.
    let mut first_failure = None;
    loop {
        search.begin();
        match pubgrub::resolve(&search, Node::Root, ROOT) {
            Ok(solution) => {
                let pins = search.versions_of(solution.into_iter())?;
                let resolution = search.resolution(&pins)?;
                match search.unwanted_prerelease(&resolution)? {
                    None => return Ok(resolution),
                    Some(project) => search.state.borrow_mut().policy.close(&project),
                }
            }
            Err(PubGrubError::NoSolution(tree)) => {
                if search.widen_all().map_err(ResolveError::Provider)? {
                    continue;
                }
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

/// The position of the root's one version.
const ROOT: Position = 0;

/// Why the search stops in the middle.
#[derive(Debug)]
pub(crate) enum Interruption {
    /// Something looked at before has changed (opened or widened): begin again.
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

/// What changes while searching.
#[derive(Debug, Default)]
struct State {
    policy: Policy,
    /// The versions of the projects met, newest first.
    lists: FxHashMap<ProjectName, List>,
    /// Order in which nodes were met, for breadth-first decisions.
    met: FxHashMap<Node, u32>,
    /// The names of projects as the first requirement on them spells them.
    spelled: FxHashMap<ProjectName, Arc<str>>,
    /// The position last chosen of a project, so that its extras follow.
    chosen: FxHashMap<ProjectName, Position>,
    /// How often a version was chosen of a project.
    tries: FxHashMap<ProjectName, usize>,
}

impl State {
    /// Takes note of the order in which nodes are met: the user's first, then breadth first.
    fn meet(&mut self, node: &Node) {
        let next = u32::try_from(self.met.len()).unwrap_or(u32::MAX);
        if !self.met.contains_key(node) {
            self.met.insert(node.clone(), next);
        }
    }
}

/// The versions of a project that the search knows of.
#[derive(Debug, Clone)]
struct List {
    versions: Arc<[Version]>,
    /// Only the installed version, which is to be kept: the index has not been asked. Where that
    /// version does not do, the list is widened to all versions and the search begins again.
    narrow: bool,
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

    /// The versions that the search knows of, newest first.
    pub(crate) fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
        if let Some(list) = self.state.borrow().lists.get(project) {
            return Ok(Arc::clone(&list.versions));
        }
        let list = match self.request.installed.get(project) {
            Some(installed) if installed.keep => {
                List { versions: Arc::from([installed.version.clone()]), narrow: true }
            }
            _ => List { versions: self.all_versions(project)?, narrow: false },
        };
        let versions = Arc::clone(&list.versions);
        self.state.borrow_mut().lists.insert(project.clone(), list);
        Ok(versions)
    }

    /// All versions, the installed one included.
    fn all_versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
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

    /// Takes in all versions of `project`, if only the installed one was known.
    fn widen(&self, project: &ProjectName) -> Result<bool, ProviderError> {
        let narrow = self.state.borrow().lists.get(project).is_some_and(|list| list.narrow);
        if narrow {
            let list = List { versions: self.all_versions(project)?, narrow: false };
            self.state.borrow_mut().lists.insert(project.clone(), list);
        }
        Ok(narrow)
    }

    /// Widens every narrow list; whether there was one.
    fn widen_all(&self) -> Result<bool, ProviderError> {
        let lists = self.state.borrow();
        let narrow = lists.lists.iter().filter(|(_, list)| list.narrow);
        let narrow: Vec<ProjectName> = narrow.map(|(project, _)| project.clone()).collect();
        drop(lists);
        for project in &narrow {
            self.provider.expect(project, &VersionRanges::full());
        }
        for project in &narrow {
            self.widen(project)?;
        }
        Ok(!narrow.is_empty())
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
        if version.is_prerelease() && self.request.releases.allows(project) == Some(false) {
            return Ok(Usability::Unusable("only final releases are wanted (--only-final)".to_owned()));
        }
        match self.provider.usability(project, version)? {
            Usability::Yanked => {
                let policy = &mut self.state.borrow_mut().policy;
                if policy.is_pinned(project, version) {
                    return Ok(Usability::Usable);
                }
                policy.pass_yanked(project, version);
                Ok(Usability::Yanked)
            }
            usability => Ok(usability),
        }
    }

    /// The versions that `requirement` allows, as positions. A `===` clause compares texts (PEP 440).
    pub(crate) fn cells(&self, requirement: &Requirement) -> Result<Cells, ProviderError> {
        let versions = self.versions(&requirement.name)?;
        let RequirementSource::Index(specifiers) = &requirement.source else { return Ok(Cells::full()) };
        let cells = Cells::of(&specifiers.ranges(), &versions);
        if specifiers.specifiers().iter().all(|specifier| specifier.operator() != Operator::Arbitrary) {
            return Ok(cells);
        }
        let spelled =
            versions.iter().enumerate().filter(|(_, version)| specifiers.matches_text(&version.to_string()));
        Ok(cells.intersection(&Cells::at(spelled.map(|(index, _)| index))))
    }

    /// The versions of `project` in `cells`, newest first.
    pub(crate) fn members(
        &self,
        project: &ProjectName,
        cells: &Cells,
    ) -> Result<Vec<Version>, ProviderError> {
        let versions = self.versions(project)?;
        let members = cells.positions(versions.len()).filter_map(|position| versions.get(position as usize));
        Ok(members.cloned().collect())
    }

    /// The nodes of an answer with their versions.
    fn versions_of(
        &self,
        solution: impl Iterator<Item = (Node, Position)>,
    ) -> Result<Vec<(Node, Version)>, ResolveError> {
        let mut pins = Vec::new();
        for (node, position) in solution {
            if let Some(project) = node.project() {
                let versions = self.versions(project).map_err(ResolveError::Provider)?;
                pins.extend(versions.get(position as usize).map(|version| (node.clone(), version.clone())));
            }
        }
        Ok(pins)
    }

    /// The installed version, where it is to be kept and in `cells`.
    fn kept(&self, project: &ProjectName, versions: &[Version], cells: &Cells) -> Option<Position> {
        let installed = self.request.installed.get(project).filter(|installed| installed.keep)?;
        let index = versions.binary_search_by(|version| installed.version.cmp(version)).ok()?;
        Position::try_from(index).ok().filter(|position| cells.contains(position))
    }

    /// The place of `project` in the order met.
    pub(crate) fn met(&self, project: &ProjectName) -> u32 {
        self.state.borrow().met.get(&Node::Project(project.clone())).copied().unwrap_or_default()
    }

    /// The name of `project` as the first requirement on it spells it.
    pub(crate) fn spelled(&self, project: &ProjectName) -> Arc<str> {
        let state = self.state.borrow();
        state.spelled.get(project).map_or_else(|| project.as_str().into(), Arc::clone)
    }

    /// Whether a requirement has opened the pre-releases of `project`.
    pub(crate) fn allows_prereleases(&self, project: &ProjectName) -> bool {
        self.state.borrow().policy.allows_prereleases(project)
    }

    /// The newest usable version in `cells`; pre-releases only where they are allowed, or where the project has nothing else.
    fn newest(
        &self,
        project: &ProjectName,
        versions: &[Version],
        cells: &Cells,
    ) -> Result<Option<Position>, ProviderError> {
        let prereleases = self.request.releases.allows(project) == Some(true)
            || self.allows_prereleases(project)
            || versions.iter().all(Version::is_prerelease);
        let mut skipped = false;
        let mut to_be_built = None;
        for position in cells.positions(versions.len()) {
            let version = &versions[position as usize];
            let wanted = prereleases || !version.is_prerelease() || self.is_installed(project, version);
            if !wanted {
                self.state.borrow_mut().policy.pass_prerelease(project);
                if skipped {
                    continue;
                }
            }
            let usability = self.usability(project, version)?;
            if usability.is_usable() {
                if wanted && self.request.prefer_built && usability == Usability::FromSource {
                    to_be_built = to_be_built.or(Some(position));
                } else if wanted {
                    self.announce(project, position, versions, prereleases);
                    return Ok(Some(position));
                } else {
                    skipped = true;
                }
            }
        }
        if skipped && to_be_built.is_none() {
            self.state.borrow_mut().policy.skip(project);
        }
        Ok(to_be_built)
    }

    /// Announces the versions after the one chosen, the more the more have been tried: at the second, fourth, eighth...
    fn announce(&self, project: &ProjectName, chosen: Position, versions: &[Version], prereleases: bool) {
        let mut state = self.state.borrow_mut();
        if state.chosen.get(project) == Some(&chosen) {
            return;
        }
        let tries = state.tries.entry(project.clone()).or_default();
        *tries += 1;
        let tries = *tries;
        if tries < 2 || !(tries.is_power_of_two() || tries.is_multiple_of(ANNOUNCED / 2)) {
            return;
        }
        drop(state);
        let older = versions.iter().skip(chosen as usize + 1);
        let next = older.filter(|version| prereleases || !version.is_prerelease());
        let next: Vec<Version> = next.take((2 * tries).min(ANNOUNCED)).cloned().collect();
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
    ) -> impl Iterator<Item = &'m Requirement> + Clone {
        metadata.requires_dist.iter().filter(move |requirement| {
            let plain = self.request.applies(requirement, &[]);
            match extra {
                None => plain,
                Some(extra) => !plain && self.request.applies(requirement, std::slice::from_ref(extra)),
            }
        })
    }

    /// Adds what `requirement` means to `dependencies`; `opens`: it counts for what is open beyond ranges.
    fn add(
        &self,
        requirement: &Requirement,
        opens: bool,
        dependencies: &mut Vec<(Node, Cells)>,
    ) -> Result<(), Interruption> {
        {
            let mut state = self.state.borrow_mut();
            if opens {
                state.policy.meet(requirement);
            }
            if !state.spelled.contains_key(&requirement.name) {
                state.spelled.insert(requirement.name.clone(), Arc::clone(&requirement.name_text));
            }
        }
        let mut cells = self.allowed(requirement)?;
        if cells == Cells::empty() && self.widen(&requirement.name)? {
            cells = self.allowed(requirement)?;
            self.state.borrow_mut().policy.restart();
        }
        let extras =
            requirement.extras.iter().map(|extra| Node::Extra(requirement.name.clone(), extra.clone()));
        for node in std::iter::once(Node::Project(requirement.name.clone())).chain(extras) {
            self.state.borrow_mut().meet(&node);
            match dependencies.iter_mut().find(|(known, _)| *known == node) {
                Some((_, old)) => *old = old.intersection(&cells),
                None => dependencies.push((node, cells.clone())),
            }
        }
        Ok(())
    }

    /// The versions that `requirement` and the constraints allow.
    fn allowed(&self, requirement: &Requirement) -> Result<Cells, ProviderError> {
        let cells = self.cells(requirement)?;
        Ok(match self.request.constrained(&requirement.name) {
            Some(constrained) => {
                cells.intersection(&Cells::of(&constrained, &self.versions(&requirement.name)?))
            }
            None => cells,
        })
    }

    /// Tells the provider of all of them, so that their pages come together, then adds them.
    fn add_all<'r>(
        &self,
        requirements: impl Iterator<Item = (&'r Requirement, bool)> + Clone,
        dependencies: &mut Vec<(Node, Cells)>,
    ) -> Result<(), Interruption> {
        for (requirement, _) in requirements.clone() {
            let known = self.state.borrow().lists.contains_key(&requirement.name);
            let kept = self.request.installed.get(&requirement.name).is_some_and(|installed| installed.keep);
            if !known && !kept {
                let range = requirement.specifiers().map_or_else(VersionRanges::full, |set| set.ranges());
                self.provider.expect(&requirement.name, &range);
            }
        }
        requirements
            .into_iter()
            .try_for_each(|(requirement, opens)| self.add(requirement, opens, dependencies))
    }

    fn dependencies_of(
        &self,
        node: &Node,
        position: Position,
    ) -> Result<Result<Vec<(Node, Cells)>, String>, Interruption> {
        let mut dependencies = Vec::new();
        let (project, extra) = match node {
            Node::Root => {
                let roots = self.request.roots.iter();
                let roots = roots.filter(|root| self.request.applies(&root.requirement, &[]));
                let roots = roots.map(|root| (&root.requirement, root.opens()));
                self.add_all(roots, &mut dependencies)?;
                return Ok(Ok(dependencies));
            }
            Node::Project(project) => (project, None),
            Node::Extra(project, extra) => {
                dependencies.push((Node::Project(project.clone()), Cells::singleton(position)));
                (project, Some(extra))
            }
        };
        if self.request.no_dependencies {
            return Ok(Ok(dependencies));
        }
        let versions = self.versions(project)?;
        let Some(version) = versions.get(position as usize) else { return Err(Interruption::Stale) };
        match self.metadata(project, version)? {
            Err(reason) => Ok(Err(reason)),
            Ok(metadata) => {
                let requirements = self.requirements(&metadata, extra);
                for reference in requirements.clone().filter(|requirement| requirement.url().is_some()) {
                    if let Some(reason) = self.provider.reference(project, version, reference)? {
                        return Ok(Err(reason));
                    }
                }
                self.add_all(requirements.map(|requirement| (requirement, true)), &mut dependencies)?;
                // PubGrub knows no project that requires itself: it holds, or the version can never be used.
                let own = dependencies.iter().position(|(known, _)| known == node);
                match own.map(|own| dependencies.remove(own)) {
                    Some((_, cells)) if !cells.contains(&position) => {
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
    type V = Position;
    type VS = Cells;
    /// Virtual nodes, then what is in the way, then what is pinned, then in the order met.
    type Priority = (bool, u32, bool, Reverse<u32>);
    type M = String;
    type Err = Interruption;

    fn prioritize(
        &self,
        node: &Node,
        _cells: &Cells,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let state = self.state.borrow();
        let met = state.met.get(node).copied().unwrap_or_default();
        let conflicts = statistics.conflict_count();
        let troublesome = if conflicts >= TROUBLESOME { conflicts } else { 0 };
        let is_virtual = !matches!(node, Node::Project(_));
        let is_pinned = node.project().is_some_and(|project| state.policy.has_pin(project));
        (is_virtual, troublesome, is_pinned, Reverse(met))
    }

    fn choose_version(&self, node: &Node, cells: &Cells) -> Result<Option<Position>, Interruption> {
        let Some(project) = node.project() else { return Ok(Some(ROOT)) };
        if matches!(node, Node::Extra(..))
            && let Some(chosen) =
                self.state.borrow().chosen.get(project).filter(|chosen| cells.contains(chosen))
        {
            return Ok(Some(*chosen));
        }
        let versions = self.versions(project)?;
        let position = match self.kept(project, &versions, cells) {
            Some(position) => Some(position),
            None => self.newest(project, &versions, cells)?,
        };
        match position {
            Some(position) => {
                self.state.borrow_mut().chosen.insert(project.clone(), position);
            }
            None if self.widen(project)? => return Err(Interruption::Stale),
            None => {}
        }
        Ok(position)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        position: &Position,
    ) -> Result<pubgrub::Dependencies<Node, Cells, String>, Interruption> {
        let dependencies = self.dependencies_of(node, *position)?;
        if self.state.borrow().policy.is_stale() {
            return Err(Interruption::Stale);
        }
        Ok(match dependencies {
            Err(reason) => pubgrub::Dependencies::Unavailable(reason),
            Ok(dependencies) => {
                pubgrub::Dependencies::Available(DependencyConstraints::from_iter(dependencies))
            }
        })
    }
}
