//! The order in which pip's search comes to what it takes, where it need not turn back: `download`, `wheel` and their like name
//! their results in it. (resolvelib's preferences as pip 26.3 sets them: what is named by place, pinned, bounded above, then
//! what the user names in order, then what is not free, then the alphabet.)

use std::collections::BTreeMap;

use requirement::{ExtraName, Operator, ProjectName, Requirement, RequirementSource};
use resolver::{Dependencies, Provider, ResolvedPin};
use rustc_hash::FxHashMap;

use crate::prepare::Preparer;

/// A project, or a project with extras, as pip's search tells them apart.
type Identifier = (ProjectName, Vec<ExtraName>);

/// What is known of something that is not taken yet; the least is taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    not_direct: bool,
    not_pinned: bool,
    not_bounded: bool,
    /// The place among what the user names.
    place: usize,
    free: bool,
}

impl Preference {
    const NONE: Self =
        Self { not_direct: true, not_pinned: true, not_bounded: true, place: usize::MAX, free: true };

    /// With what another requirement says.
    fn and(self, requirement: &Requirement) -> Self {
        let RequirementSource::Index(specifiers) = &requirement.source else {
            return Self { not_direct: false, ..self };
        };
        specifiers.specifiers().iter().fold(self, |known, specifier| {
            let operator = specifier.operator();
            let pins = matches!(operator, Operator::Equal | Operator::Arbitrary);
            let bounds = matches!(
                operator,
                Operator::Less | Operator::LessEqual | Operator::Compatible | Operator::EqualStar
            );
            Self {
                not_pinned: known.not_pinned && !pins,
                not_bounded: known.not_bounded && !bounds,
                free: false,
                ..known
            }
        })
    }
}

/// `pins` in that order, and their names as the requirements spell them that come first in it; with `--only-deps` without what
/// the user names.
pub(crate) fn in_pinning_order<'p>(
    preparer: &Preparer,
    pins: &'p [ResolvedPin],
) -> (Vec<&'p ResolvedPin>, Vec<String>) {
    let by_name: FxHashMap<&ProjectName, &ResolvedPin> = pins.iter().map(|pin| (&pin.name, pin)).collect();
    let mut walk =
        Walk { preparer, known: BTreeMap::new(), spelled: FxHashMap::default(), taken: Vec::new() };
    let roots: Vec<&Requirement> = preparer.request().roots.iter().map(|root| &root.requirement).collect();
    for (place, root) in
        roots.into_iter().enumerate().filter(|(_, root)| preparer.request().applies(root, &[]))
    {
        let identifier = walk.require(root);
        let preference = walk.known.entry(identifier).or_insert(Preference::NONE);
        preference.place = preference.place.min(place);
    }
    let mut order: Vec<&ResolvedPin> = Vec::new();
    while let Some((project, extras)) = walk.next() {
        let Some(pin) = by_name.get(&project) else { continue };
        if order.iter().all(|other| other.name != project) && extras.is_empty() {
            order.push(pin);
        }
        walk.follow(pin, &extras);
    }
    // What nothing leads to any more (a circle that was entered elsewhere) comes last.
    let rest: Vec<&ResolvedPin> =
        pins.iter().filter(|pin| order.iter().all(|other| other.name != pin.name)).collect();
    order.extend(rest);
    if preparer.sources().options().only_dependencies {
        order.retain(|pin| !pin.requested);
    }
    let spelled = |pin: &&ResolvedPin| match walk.spelled.get(&pin.name) {
        Some(text) => text.to_string(),
        None => pin.name_text.to_string(),
    };
    let names = order.iter().map(spelled).collect();
    (order, names)
}

struct Walk<'a> {
    preparer: &'a Preparer,
    known: BTreeMap<Identifier, Preference>,
    spelled: FxHashMap<ProjectName, Box<str>>,
    taken: Vec<Identifier>,
}

impl Walk<'_> {
    /// Takes note of a requirement; what it is known as first: with a version and extras, the project comes before them.
    fn require(&mut self, requirement: &Requirement) -> Identifier {
        let name_text = || requirement.name_text.as_ref().into();
        self.spelled.entry(requirement.name.clone()).or_insert_with(name_text);
        let mut extras = requirement.extras.clone();
        extras.sort();
        extras.dedup();
        let whole = (requirement.name.clone(), extras);
        let mut first = whole.clone();
        let has_version =
            matches!(&requirement.source, RequirementSource::Index(specifiers) if !specifiers.is_empty());
        if !whole.1.is_empty() && (has_version || requirement.url().is_some()) {
            first = (whole.0.clone(), Vec::new());
            self.note(first.clone(), requirement);
        }
        self.note(whole, requirement);
        first
    }

    fn note(&mut self, identifier: Identifier, requirement: &Requirement) {
        let preference = self.known.entry(identifier).or_insert(Preference::NONE);
        *preference = preference.and(requirement);
    }

    /// What is taken next.
    fn next(&mut self) -> Option<Identifier> {
        let open = self.known.iter().filter(|(identifier, _)| !self.taken.contains(identifier));
        let next = open.min_by_key(|(identifier, preference)| (**preference, shown(identifier)));
        let next = next.map(|(identifier, _)| identifier.clone())?;
        self.taken.push(next.clone());
        Some(next)
    }

    /// Takes note of what something that was taken requires.
    fn follow(&mut self, pin: &ResolvedPin, extras: &[ExtraName]) {
        if !extras.is_empty() {
            // The project at this very version.
            let base = self.known.entry((pin.name.clone(), Vec::new())).or_insert(Preference::NONE);
            base.not_direct = false;
        }
        if self.preparer.request().no_dependencies {
            return;
        }
        let found = self.preparer.dependencies(&pin.name, &pin.version, pin.installed);
        let Ok(Dependencies::Known(metadata)) = found else { return };
        for requirement in &metadata.requires_dist {
            let request = self.preparer.request();
            let is_plain = request.applies(requirement, &[]);
            let applies = if extras.is_empty() { is_plain } else { request.applies(requirement, extras) };
            if applies {
                self.require(requirement);
            }
        }
    }
}

/// As pip writes it: `name[a,b]`.
fn shown((project, extras): &Identifier) -> String {
    match extras.as_slice() {
        [] => project.to_string(),
        extras => {
            let extras: Vec<&str> = extras.iter().map(ExtraName::as_str).collect();
            format!("{project}[{}]", extras.join(","))
        }
    }
}
