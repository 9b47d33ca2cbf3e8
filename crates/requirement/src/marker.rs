//! Environment markers (PEP 508, with `extras` and `dependency_groups` of PEP 751).

mod boundaries;
mod evaluation;
mod literal;
mod parser;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cursor::{Cursor, SyntaxError};
use crate::{ExtraName, Specifier};

use evaluation::Scope;

/// A marker that does not follow PEP 508.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid marker: {reason} at column {column}: {text}")]
pub struct InvalidMarker {
    /// The text that holds the marker.
    pub text: String,
    /// What is wrong, for a person.
    pub reason: String,
    /// Where, counted in characters from 1.
    pub column: usize,
}

/// A comparison that means nothing where it stands, as text: `extra` in a lock file, `~=` between texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the comparison is undefined here: {0}")]
pub struct UndefinedMarker(pub String);

/// The values that an interpreter gives to the variables of PEP 508.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MarkerEnvironment {
    pub implementation_name: String,
    pub implementation_version: String,
    pub os_name: String,
    pub platform_machine: String,
    pub platform_python_implementation: String,
    pub platform_release: String,
    pub platform_system: String,
    pub platform_version: String,
    pub python_full_version: String,
    pub python_version: String,
    pub sys_platform: String,
}

/// A parsed marker. Displays as `packaging` shows it: double quotes, one space, the
/// parentheses that were written less the redundant ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker {
    expression: Expression,
    mentions_extra: bool,
}

/// A marker's tree, as deep as its parentheses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Expression {
    Comparison(Comparison),
    /// Joined by `and`.
    All(Box<[Expression]>),
    /// Joined by `or`.
    Any(Box<[Expression]>),
    /// An `All` or `Any` that was written in parentheses.
    Group(Box<Expression>),
}

/// `left operator right`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Comparison {
    left: Operand,
    operator: Comparator,
    right: Operand,
    /// Operator and right side, where the left one is a variable that holds a version.
    specifier: Option<Specifier>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Operand {
    Variable(Variable),
    Literal(Box<str>),
}

/// The variables of PEP 508 and PEP 751.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Variable {
    ImplementationName,
    ImplementationVersion,
    OsName,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonFullVersion,
    PythonVersion,
    SysPlatform,
    Extra,
    Extras,
    DependencyGroups,
}

/// The operators of PEP 508.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
    Arbitrary,
    In,
    NotIn,
}

impl Marker {
    /// Parses what stands at the cursor, up to what cannot belong to a marker.
    pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, SyntaxError> {
        let expression = match parser::expression(cursor, 0)? {
            Expression::Group(inner) => *inner,
            expression => expression,
        };
        let mentions_extra = expression.mentions(Variable::Extra);
        Ok(Self { expression, mentions_extra })
    }

    /// Whether the marker holds in `environment` when `extras` are asked for: whether it does
    /// for one of them, as pip asks. With none, `extra` is the empty text.
    /// A comparison that PEP 508 leaves undefined is false; `extras` and
    /// `dependency_groups` are undefined here, see [`Marker::evaluate_locked`].
    pub fn evaluate(&self, environment: &MarkerEnvironment, extras: &[ExtraName]) -> bool {
        if !self.mentions_extra || extras.is_empty() {
            return self.expression.holds(&Scope::Metadata { environment, extra: "" });
        }
        extras
            .iter()
            .any(|extra| self.expression.holds(&Scope::Metadata { environment, extra: extra.as_str() }))
    }

    /// Whether the marker of a package in a lock file holds (PEP 751): `extras` and `dependency_groups` are the given
    /// sets of normalised names, `extra` is undefined.
    pub fn evaluate_locked(
        &self,
        environment: &MarkerEnvironment,
        extras: &[String],
        dependency_groups: &[String],
    ) -> Result<bool, UndefinedMarker> {
        self.expression.decide(&Scope::Locked { environment, extras, dependency_groups })
    }

    /// Whether a marker that speaks of the environment alone holds: one of a lock file's `environments` (PEP 751).
    pub fn evaluate_environment(&self, environment: &MarkerEnvironment) -> Result<bool, UndefinedMarker> {
        self.expression.decide(&Scope::Plain { environment })
    }

    /// Whether the marker mentions `extra` at all.
    pub fn mentions_extra(&self) -> bool {
        self.mentions_extra
    }
}

impl Expression {
    fn mentions(&self, variable: Variable) -> bool {
        match self {
            Self::Comparison(comparison) => {
                [&comparison.left, &comparison.right].contains(&&Operand::Variable(variable))
            }
            Self::All(terms) | Self::Any(terms) => terms.iter().any(|term| term.mentions(variable)),
            Self::Group(inner) => inner.mentions(variable),
        }
    }
}

impl Variable {
    /// The name in PEP 508; `os.name` and its like are read as well, but not written.
    fn name(self) -> &'static str {
        match self {
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
            Self::OsName => "os_name",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::PlatformRelease => "platform_release",
            Self::PlatformSystem => "platform_system",
            Self::PlatformVersion => "platform_version",
            Self::PythonFullVersion => "python_full_version",
            Self::PythonVersion => "python_version",
            Self::SysPlatform => "sys_platform",
            Self::Extra => "extra",
            Self::Extras => "extras",
            Self::DependencyGroups => "dependency_groups",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "implementation_name" => Self::ImplementationName,
            "implementation_version" => Self::ImplementationVersion,
            "os_name" | "os.name" => Self::OsName,
            "platform_machine" | "platform.machine" => Self::PlatformMachine,
            "platform_python_implementation" | "platform.python_implementation" | "python_implementation" => {
                Self::PlatformPythonImplementation
            }
            "platform_release" => Self::PlatformRelease,
            "platform_system" => Self::PlatformSystem,
            "platform_version" | "platform.version" => Self::PlatformVersion,
            "python_full_version" => Self::PythonFullVersion,
            "python_version" => Self::PythonVersion,
            "sys_platform" | "sys.platform" => Self::SysPlatform,
            "extra" => Self::Extra,
            "extras" => Self::Extras,
            "dependency_groups" => Self::DependencyGroups,
            _ => return None,
        })
    }

    /// Whether its values are compared as versions, where both sides allow it.
    fn holds_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion
                | Self::PlatformRelease
                | Self::PythonFullVersion
                | Self::PythonVersion
        )
    }

    /// Whether its values are names, compared in normal form (PEP 685).
    fn holds_names(self) -> bool {
        matches!(self, Self::Extra | Self::Extras | Self::DependencyGroups)
    }
}

impl Comparator {
    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Compatible => "~=",
            Self::Arbitrary => "===",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

impl FromStr for Marker {
    type Err = InvalidMarker;

    fn from_str(text: &str) -> Result<Self, InvalidMarker> {
        let mut cursor = Cursor::new(text);
        let parsed = Self::parse(&mut cursor).and_then(|marker| {
            if cursor.is_at_end() { Ok(marker) } else { cursor.refuse("Expected end of marker expression") }
        });
        parsed.map_err(|error| InvalidMarker {
            column: error.column(text),
            reason: error.reason.into_owned(),
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.expression, formatter)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (separator, terms) = match self {
            Self::Comparison(Comparison { left, operator, right, .. }) => {
                return write!(formatter, "{left} {} {right}", operator.as_str());
            }
            Self::Group(inner) => return write!(formatter, "({inner})"),
            Self::All(terms) => (" and ", terms),
            Self::Any(terms) => (" or ", terms),
        };
        for (position, term) in terms.iter().enumerate() {
            formatter.write_str(if position == 0 { "" } else { separator })?;
            fmt::Display::fmt(term, formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => formatter.write_str(variable.name()),
            Self::Literal(text) => literal::write_quoted(formatter, text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn environment(python: &str) -> MarkerEnvironment {
        MarkerEnvironment {
            implementation_name: "cpython".to_owned(),
            implementation_version: python.to_owned(),
            os_name: "posix".to_owned(),
            platform_machine: "x86_64".to_owned(),
            platform_python_implementation: "CPython".to_owned(),
            platform_release: "6.1.0-generic".to_owned(),
            platform_system: "Linux".to_owned(),
            platform_version: "#1 SMP".to_owned(),
            python_full_version: python.to_owned(),
            python_version: python.split('.').take(2).collect::<Vec<_>>().join("."),
            sys_platform: "linux".to_owned(),
        }
    }

    fn holds(marker: &str, python: &str, extras: &[&str]) -> bool {
        let extras: Vec<ExtraName> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
        marker.parse::<Marker>().unwrap().evaluate(&environment(python), &extras)
    }

    #[test]
    fn versions_are_compared_as_versions() {
        for (marker, python, expected) in [
            ("python_version < '3.10'", "3.9.1", true),
            ("python_version < '3.10'", "3.11.1", false),
            ("'3.10' > python_version", "3.9.1", true),
            ("python_full_version ~= '3.11.0'", "3.11.4", true),
            ("python_full_version ~= '3.11.0'", "3.12.0", false),
            ("python_version in '2.6, 2.7'", "2.7.18", true),
            ("'3.1' in python_version", "3.11.0", true),
            ("python_version == '3.12'", "3.12.0+", true),
            ("python_full_version > '3.12'", "3.12.0+", false),
            ("python_full_version >= '3.12'", "3.12.0+", true),
            ("python_full_version == '3.12.0+local'", "3.12.0+", true),
            ("python_full_version == '3.12.0'", "3.12.0+", true),
            ("python_full_version < '3.13'", "3.13.0rc1", false),
            ("platform_release >= '6'", "3.12.0", false),
        ] {
            assert_eq!(holds(marker, python, &[]), expected, "{marker} {python}");
        }
    }

    #[test]
    fn one_extra_is_asked_at_a_time() {
        for (marker, extras, expected) in [
            ("extra == 'Test_x'", vec!["test-X"], true),
            ("extra == 'test'", vec![], false),
            ("extra == ''", vec![], true),
            ("extra != 'test'", vec![], true),
            ("extra != 'test'", vec!["test"], false),
            ("extra != 'test'", vec!["test", "doc"], true),
            ("extra == 'test' and extra == 'doc'", vec!["test", "doc"], false),
            ("os_name == 'posix'", vec!["test", "doc"], true),
        ] {
            assert_eq!(holds(marker, "3.12.0", &extras), expected, "{marker} {extras:?}");
        }
    }

    #[test]
    fn undefined_comparisons_are_false() {
        for marker in ["'a' == 'a'", "os_name ~= 'posix'", "'x' in extras", "'x' not in dependency_groups"] {
            assert!(!holds(marker, "3.12.0", &["x"]), "{marker}");
            assert!(holds(&format!("{marker} or os_name == 'posix'"), "3.12.0", &["x"]), "{marker}");
        }
    }

    #[test]
    fn lock_files_ask_for_sets() {
        let (extras, groups) = (["doc-s".to_owned()], ["dev".to_owned()]);
        for (marker, expected) in [
            ("'doc.S' in extras", Some(true)),
            ("'dev' in extras", Some(false)),
            ("'dev' in dependency_groups and 'x' not in dependency_groups", Some(true)),
            ("extras == 'docs'", None),
            ("'docs' == extras", Some(false)),
            ("'docs' != extras", Some(true)),
            ("'docs' ~= extras", None),
            ("extra == ''", None),
            ("python_version >= '3' or extra == 'x'", None),
            ("python_version < '3' and 'a' == 'a'", None),
            ("os_name ~= 'posix'", None),
            ("python_version >= '3'", Some(true)),
            ("(os_name == 'nt' or 'dev' in dependency_groups) and python_version >= '3'", Some(true)),
        ] {
            let marker: Marker = marker.parse().unwrap();
            let decided = marker.evaluate_locked(&environment("3.12.0"), &extras, &groups);
            assert_eq!(decided.ok(), expected, "{marker}");
        }
    }

    #[test]
    fn environments_know_neither_extras_nor_groups() {
        for (marker, expected) in [
            ("python_version >= '3'", Ok(true)),
            ("sys_platform == 'win32'", Ok(false)),
            ("'x' in extras", Err("the comparison is undefined here: \"x\" in extras")),
            ("extra == 'x'", Err("the comparison is undefined here: extra == \"x\"")),
        ] {
            let decided = marker.parse::<Marker>().unwrap().evaluate_environment(&environment("3.12.0"));
            assert_eq!(
                decided.map_err(|error| error.to_string()),
                expected.map_err(str::to_owned),
                "{marker}"
            );
        }
    }
}
