//! The meaning of markers (PEP 508): comparisons of versions where both sides are such,
//! of names in normal form (PEP 685), else of texts, as `packaging` does it.

use std::borrow::Cow;

use super::{
    Comparator, Comparison, Expression, MarkerEnvironment, Operand, UndefinedMarker, Variable, parser,
};

/// Where a marker stands, which decides the variables that it may use.
pub(super) enum Scope<'a> {
    /// In core metadata or a requirements file: `extra` is one name, or empty.
    Metadata { environment: &'a MarkerEnvironment, extra: &'a str },
    /// At a package of a lock file (PEP 751): sets of normalised names.
    Locked { environment: &'a MarkerEnvironment, extras: &'a [String], dependency_groups: &'a [String] },
    /// Elsewhere: only what the environment says.
    Plain { environment: &'a MarkerEnvironment },
}

impl Scope<'_> {
    /// The value of a variable that holds a text; None where it is undefined.
    fn text(&self, variable: Variable) -> Option<Cow<'_, str>> {
        let (Self::Metadata { environment, .. }
        | Self::Locked { environment, .. }
        | Self::Plain { environment }) = self;
        let value = match (variable, self) {
            (Variable::ImplementationName, _) => &environment.implementation_name,
            (Variable::ImplementationVersion, _) => &environment.implementation_version,
            (Variable::OsName, _) => &environment.os_name,
            (Variable::PlatformMachine, _) => &environment.platform_machine,
            (Variable::PlatformPythonImplementation, _) => &environment.platform_python_implementation,
            (Variable::PlatformRelease, _) => &environment.platform_release,
            (Variable::PlatformSystem, _) => &environment.platform_system,
            (Variable::PlatformVersion, _) => &environment.platform_version,
            (Variable::PythonFullVersion, _) => {
                return Some(full_version(&environment.python_full_version));
            }
            (Variable::PythonVersion, _) => &environment.python_version,
            (Variable::SysPlatform, _) => &environment.sys_platform,
            (Variable::Extra, Self::Metadata { extra, .. }) => return Some(Cow::Borrowed(extra)),
            (Variable::Extra | Variable::Extras | Variable::DependencyGroups, _) => return None,
        };
        Some(Cow::Borrowed(value))
    }

    /// The value of a variable that holds names; None where it is undefined.
    fn names(&self, variable: Variable) -> Option<&[String]> {
        match (variable, self) {
            (Variable::Extras, Self::Locked { extras, .. }) => Some(extras),
            (Variable::DependencyGroups, Self::Locked { dependency_groups, .. }) => Some(dependency_groups),
            _ => None,
        }
    }
}

/// An interpreter built from a checkout calls itself `3.12.0+`, which is no version; like
/// `packaging`, take it for a local one.
fn full_version(text: &str) -> Cow<'_, str> {
    if text.ends_with('+') { Cow::Owned(format!("{text}local")) } else { Cow::Borrowed(text) }
}

impl Expression {
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        match self {
            Self::Comparison(comparison) => comparison.holds(scope).unwrap_or(false),
            Self::All(terms) => terms.iter().all(|term| term.holds(scope)),
            Self::Any(terms) => terms.iter().any(|term| term.holds(scope)),
            Self::Group(inner) => inner.holds(scope),
        }
    }

    /// As [`Expression::holds`], but a comparison that is undefined is an error, wherever it stands.
    pub(super) fn decide(&self, scope: &Scope<'_>) -> Result<bool, UndefinedMarker> {
        match self {
            Self::Comparison(comparison) => {
                comparison.holds(scope).ok_or_else(|| UndefinedMarker(self.to_string()))
            }
            Self::All(terms) => terms.iter().try_fold(true, |holds, term| Ok(term.decide(scope)? && holds)),
            Self::Any(terms) => terms.iter().try_fold(false, |holds, term| Ok(term.decide(scope)? || holds)),
            Self::Group(inner) => inner.decide(scope),
        }
    }
}

impl Operand {
    /// What stands for the operand on the right side of a variable, its own name for a variable.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Variable(variable) => variable.name(),
            Self::Literal(text) => text,
        }
    }
}

impl Comparison {
    /// Whether the comparison holds; None where it is undefined.
    fn holds(&self, scope: &Scope<'_>) -> Option<bool> {
        match (&self.left, &self.right) {
            (Operand::Variable(variable), right) => {
                let value = scope.text(*variable)?;
                match &self.specifier {
                    Some(specifier) => Some(specifier.matches(&value)),
                    None => self.operator.compare(&value, right.text()),
                }
            }
            (Operand::Literal(text), Operand::Variable(variable)) => {
                if let Some(names) = scope.names(*variable) {
                    return self.operator.find(text, names);
                }
                let value = scope.text(*variable)?;
                let specifier =
                    if variable.holds_version() { parser::specifier(self.operator, &value) } else { None };
                match specifier {
                    Some(specifier) => Some(specifier.matches(text)),
                    None => self.operator.compare(text, &value),
                }
            }
            (Operand::Literal(_), Operand::Literal(_)) => None,
        }
    }
}

impl Comparator {
    /// Compares texts, which have no order.
    fn compare(self, left: &str, right: &str) -> Option<bool> {
        match self {
            Self::Equal | Self::LessEqual | Self::GreaterEqual => Some(left == right),
            Self::NotEqual => Some(left != right),
            Self::Less | Self::Greater => Some(false),
            Self::In => Some(right.contains(left)),
            Self::NotIn => Some(!right.contains(left)),
            Self::Compatible | Self::Arbitrary => None,
        }
    }

    /// Compares a name with a set of names, to which it is never equal.
    fn find(self, name: &str, names: &[String]) -> Option<bool> {
        let found = || names.iter().any(|member| member == name);
        match self {
            Self::In => Some(found()),
            Self::NotIn => Some(!found()),
            Self::NotEqual => Some(true),
            Self::Equal | Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual => Some(false),
            Self::Compatible | Self::Arbitrary => None,
        }
    }
}
