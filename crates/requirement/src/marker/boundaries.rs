//! Where on the way from one release of Python to the next a marker may change its mind.

use super::{Comparison, Expression, Marker, Operand, Variable};
use crate::Version;

impl Marker {
    /// The versions that `python_full_version` is compared with, in the order written.
    pub fn full_versions(&self) -> Vec<Version> {
        let mut found = Vec::new();
        collect(&self.expression, &mut found);
        found
    }
}

fn collect(expression: &Expression, found: &mut Vec<Version>) {
    match expression {
        Expression::Comparison(comparison) => found.extend(full_version(comparison)),
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().for_each(|part| collect(part, found));
        }
        Expression::Group(inner) => collect(inner, found),
    }
}

fn full_version(comparison: &Comparison) -> Option<Version> {
    let literal = match (&comparison.left, &comparison.right) {
        (Operand::Variable(Variable::PythonFullVersion), Operand::Literal(literal))
        | (Operand::Literal(literal), Operand::Variable(Variable::PythonFullVersion)) => literal,
        _ => return None,
    };
    literal.trim_end_matches(".*").parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Marker;

    #[test]
    fn only_full_versions_count() {
        for (marker, expected) in [
            ("python_full_version < '3.11.3'", &["3.11.3"][..]),
            ("python_version < '3.12' and (os_name == 'nt' or '3.9.2' <= python_full_version)", &["3.9.2"]),
            ("python_full_version == '3.8.*' or python_full_version != '3.9.1'", &["3.8", "3.9.1"]),
            ("python_full_version in '3.9.1 3.9.2' and platform_release > '5'", &[]),
        ] {
            let marker: Marker = marker.parse().unwrap();
            let found: Vec<String> = marker.full_versions().iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{marker}");
        }
    }
}
