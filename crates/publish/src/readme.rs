//! Whether the description (the README) can be shown on a project's page: what `twine check` looks at.

use crate::restructured_text;
use crate::validation::content_type;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Readme {
    /// Why it would not be rendered; none: it would.
    pub(crate) error: Option<String>,
    /// In twine's words.
    pub(crate) warnings: Vec<String>,
}

/// Looks at a description and its content type.
pub(crate) fn check(description: Option<&str>, kind: Option<&str>) -> Readme {
    let mut found = Readme::default();
    if kind.is_none() {
        found
            .warnings
            .push("`long_description_content_type` missing. defaulting to `text/x-rst`.".to_owned());
    }
    let Some(text) = description.filter(|text| !text.is_empty() && text.trim_end() != "UNKNOWN") else {
        found.warnings.push("`long_description` missing.".to_owned());
        return found;
    };
    let (kind, _) = content_type(kind.unwrap_or("text/x-rst"));
    // Plain text and Markdown are valid whatever they hold.
    if kind == "text/plain" || kind == "text/markdown" {
        return found;
    }
    found.error = restructured_text::problem(text).map(|problem| {
        format!(
            "`long_description` has syntax errors in markup and would not be rendered on PyPI.\n{problem}"
        )
    });
    found
}
