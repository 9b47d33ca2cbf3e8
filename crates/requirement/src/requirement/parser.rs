//! The grammar of dependency specifiers (PEP 508), read as `packaging` reads it.

use crate::cursor::{Cursor, SyntaxError, is_blank, is_space};
use crate::specifier::SpecifierSet;
use crate::{ExtraName, Marker, Operator, ProjectName, Requirement, RequirementSource, Specifier};

/// `name [extras] (specifiers | @ url) [; marker]`
pub(super) fn requirement(text: &str) -> Result<Requirement, SyntaxError> {
    let mut cursor = Cursor::new(text);
    cursor.skip_blanks();
    let position = cursor.position();
    let name = identifier(&mut cursor, "Expected package name at the start of dependency specifier")?;
    let (name, name_text) = ProjectName::with_text(name)
        .map_err(|_| SyntaxError::new(position, "Expected a name that ends with a letter or digit"))?;
    cursor.skip_blanks();
    let extras = extras(&mut cursor)?;
    cursor.skip_blanks();
    let (source, expected) = if cursor.eat(b'@') {
        (url(&mut cursor)?, "Expected semicolon (after URL and whitespace) or end")
    } else {
        let specifiers = specifiers(&mut cursor)?;
        let expected = if specifiers.is_empty() {
            "Expected semicolon (after name with no version specifier) or end"
        } else {
            "Expected comma (within version specifier), semicolon (after version specifier) or end"
        };
        (RequirementSource::Index(specifiers), expected)
    };
    cursor.skip_blanks();
    let marker = match cursor.eat(b';') {
        true => Some(Marker::parse(&mut cursor)?),
        false => None,
    };
    match (cursor.is_at_end(), &marker) {
        (true, _) => Ok(Requirement { name, name_text, extras, source, marker }),
        (false, None) => cursor.refuse(expected),
        (false, Some(_)) => cursor.refuse("Expected end of dependency specifier"),
    }
}

/// A name of a project or an extra.
fn identifier<'a>(cursor: &mut Cursor<'a>, expected: &'static str) -> Result<&'a str, SyntaxError> {
    if !cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return cursor.refuse(expected);
    }
    Ok(cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
}

/// `[name, name]`, sorted and without repeats.
fn extras(cursor: &mut Cursor<'_>) -> Result<Vec<ExtraName>, SyntaxError> {
    const UNCLOSED: &str = "Expected matching right bracket for left bracket, after extras";
    let mut extras: Vec<ExtraName> = Vec::new();
    let open = cursor.position();
    if !cursor.eat(b'[') {
        return Ok(extras);
    }
    cursor.skip_blanks();
    if cursor.eat(b']') {
        return Ok(extras);
    }
    loop {
        let position = cursor.position();
        let expected = if extras.is_empty() { UNCLOSED } else { "Expected extra name after comma" };
        let extra = identifier(cursor, expected)?.parse().map_err(|_| {
            SyntaxError::new(position, "Expected the name of an extra that ends with a letter or digit")
        })?;
        extras.push(extra);
        cursor.skip_blanks();
        if cursor.eat(b']') {
            break;
        }
        if !cursor.eat(b',') {
            return match cursor.peek() {
                Some(byte) if byte.is_ascii_alphanumeric() => {
                    cursor.refuse("Expected comma between extra names")
                }
                _ => Err(SyntaxError::new(open, UNCLOSED)),
            };
        }
        cursor.skip_blanks();
    }
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// The URL of a direct reference: all up to the next blank, not looked into.
fn url(cursor: &mut Cursor<'_>) -> Result<RequirementSource, SyntaxError> {
    cursor.skip_blanks();
    let position = cursor.position();
    let url = cursor.take_while(|byte| !is_blank(byte));
    if url.is_empty() {
        return cursor.refuse("Expected URL after @");
    }
    if let Some((offset, _)) = url.char_indices().find(|(_, character)| character.is_control()) {
        return Err(SyntaxError::new(position + offset, "Expected a URL without control characters"));
    }
    Ok(RequirementSource::Url(url.into()))
}

/// Specifiers with or without parentheses.
fn specifiers(cursor: &mut Cursor<'_>) -> Result<SpecifierSet, SyntaxError> {
    let open = cursor.position();
    if !cursor.eat(b'(') {
        return clauses(cursor);
    }
    cursor.skip_blanks();
    let specifiers = clauses(cursor)?;
    cursor.skip_blanks();
    if !cursor.eat(b')') {
        return Err(SyntaxError::new(
            open,
            "Expected matching right parenthesis for left parenthesis, after version specifier",
        ));
    }
    Ok(specifiers)
}

/// `clause (, clause)* ,?`
fn clauses(cursor: &mut Cursor<'_>) -> Result<SpecifierSet, SyntaxError> {
    let mut specifiers = SpecifierSet::default();
    while let Some((operator, rest)) = Operator::split(cursor.rest()) {
        let position = cursor.position();
        cursor.eat_token(operator.as_str());
        let spaces = rest.len() - rest.trim_start_matches(is_space).len();
        cursor.eat_token(rest.get(..spaces).unwrap_or_default());
        let version = cursor.take_while(|byte| !is_blank(byte) && !matches!(byte, b',' | b')' | b';'));
        if version.contains(is_space) {
            return Err(SyntaxError::new(position, "Expected a version without line breaks"));
        }
        let specifier =
            Specifier::from_parts(operator, version).map_err(|reason| SyntaxError::new(position, reason))?;
        specifiers.specifiers.push(specifier);
        cursor.skip_blanks();
        if !cursor.eat(b',') {
            break;
        }
        cursor.skip_blanks();
    }
    Ok(specifiers)
}
