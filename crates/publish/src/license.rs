//! License expressions (PEP 639): SPDX identifiers put together with `AND`, `OR`, `WITH` and parentheses; case does not
//! matter.

use requirement::python_repr;

/// Parentheses deeper than this are no expression that a person wrote.
const DEEPEST: usize = 128;

/// Checks an expression; an error in the words of `packaging.licenses`.
pub(crate) fn check_expression(text: &str) -> Result<(), String> {
    let invalid = || format!("Invalid license expression: {}", python_repr(text));
    let spaced = text.to_lowercase().replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    if !is_well_formed(&tokens) {
        return Err(invalid());
    }
    let mut after_with = false;
    for token in tokens {
        match token {
            "with" => {
                after_with = true;
                continue;
            }
            "or" | "and" | "(" | ")" => {}
            exception if after_with => check_exception(exception)?,
            license => check_license(license)?,
        }
        after_with = false;
    }
    Ok(())
}

/// Whether operators and operands take turns, and parentheses close.
fn is_well_formed(tokens: &[&str]) -> bool {
    let mut depth = 0_usize;
    let mut wants_operand = true;
    // Only a license may have an exception, and only a name may be one.
    let mut can_have_exception = false;
    let mut wants_name = false;
    for token in tokens {
        let fits = match *token {
            "(" => {
                depth += 1;
                wants_operand && !wants_name && depth <= DEEPEST
            }
            ")" => {
                let fits = !wants_operand && depth > 0;
                depth = depth.saturating_sub(1);
                can_have_exception = false;
                fits
            }
            "and" | "or" => {
                let fits = !wants_operand;
                wants_operand = true;
                can_have_exception = false;
                fits
            }
            "with" => {
                let fits = can_have_exception;
                (wants_operand, wants_name, can_have_exception) = (true, true, false);
                fits
            }
            _ => {
                let fits = wants_operand;
                (wants_operand, can_have_exception, wants_name) = (false, !wants_name, false);
                fits
            }
        };
        if !fits {
            return false;
        }
    }
    depth == 0 && !wants_operand
}

fn check_license(token: &str) -> Result<(), String> {
    let (name, is_or_later) = match token.strip_suffix('+') {
        Some(name) => (name, true),
        None => (token, false),
    };
    if let Some(reference) = name.strip_prefix("licenseref-") {
        let is_name = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        };
        return match is_name(reference) && !is_or_later {
            true => Ok(()),
            false => Err(format!("Invalid licenseref: {}", python_repr(token))),
        };
    }
    let known = spdx::identifiers::LICENSES.iter().any(|license| license.name.eq_ignore_ascii_case(name));
    match known {
        true => Ok(()),
        false => Err(format!("Unknown license: {}", python_repr(name))),
    }
}

fn check_exception(token: &str) -> Result<(), String> {
    let known =
        spdx::identifiers::EXCEPTIONS.iter().any(|exception| exception.name.eq_ignore_ascii_case(token));
    match known {
        true => Ok(()),
        false => Err(format!("Unknown license exception: {}", python_repr(token))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `packaging.licenses.canonicalize_license_expression` says.
    #[test]
    fn expressions_are_judged_as_packaging_judges_them() {
        for text in [
            "MIT",
            "mit AND (apache-2.0 or BSD-2-Clause)",
            "GPL-3.0-or-later WITH Classpath-exception-2.0",
            "Apache-2.0+",
            "LicenseRef-Proprietary",
            "LicenseRef-My.Own-1 OR MIT",
            "((MIT))",
            "(MIT)and(0BSD)",
        ] {
            assert_eq!(check_expression(text), Ok(()), "{text}");
        }
        for (text, message) in [
            ("", "Invalid license expression: ''"),
            ("MIT OR", "Invalid license expression: 'MIT OR'"),
            ("MIT Apache-2.0", "Invalid license expression: 'MIT Apache-2.0'"),
            ("(MIT", "Invalid license expression: '(MIT'"),
            ("MIT)", "Invalid license expression: 'MIT)'"),
            ("()", "Invalid license expression: '()'"),
            ("MIT WITH", "Invalid license expression: 'MIT WITH'"),
            ("(MIT) WITH Classpath-exception-2.0", "Invalid license expression"),
            ("MIT WITH (Classpath-exception-2.0)", "Invalid license expression"),
            ("MIT License", "Invalid license expression: 'MIT License'"),
            ("Use-it-after-midnight", "Unknown license: 'use-it-after-midnight'"),
            ("MIT WITH midnight", "Unknown license exception: 'midnight'"),
            ("LicenseRef-a_b", "Invalid licenseref: 'licenseref-a_b'"),
            ("LicenseRef-a+", "Invalid licenseref: 'licenseref-a+'"),
        ] {
            let found = check_expression(text).err().unwrap_or_default();
            assert!(found.starts_with(message), "{text}: {found}");
        }
        assert!(check_expression(&"(".repeat(100_000)).is_err());
    }
}
