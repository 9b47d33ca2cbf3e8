//! The grammar of markers (PEP 508), read as `packaging` reads it: white space may be left
//! out around operators and parentheses, `or` binds looser than `and`.

use crate::cursor::{Cursor, SyntaxError};
use crate::name::canonicalize_name;
use crate::{Operator, Specifier};

use super::{Comparator, Comparison, Expression, Operand, Variable, literal};

/// Parentheses may be this deep.
const DEEPEST: usize = 128;

/// `atom (and|or atom)*`
pub(super) fn expression(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, SyntaxError> {
    let mut alternatives = Vec::new();
    let mut conjunction = Vec::new();
    loop {
        let term = atom(cursor, depth)?;
        let position = cursor.position();
        match word(cursor) {
            "and" => conjunction.push(term),
            "or" => {
                conjunction.push(term);
                alternatives.push(all(std::mem::take(&mut conjunction)));
            }
            "" if conjunction.is_empty() && alternatives.is_empty() => return Ok(term),
            "" => {
                conjunction.push(term);
                break;
            }
            _ => return Err(SyntaxError::new(position, "Expected 'and', 'or' or the end of the marker")),
        }
    }
    if alternatives.is_empty() {
        return Ok(all(conjunction));
    }
    alternatives.push(all(conjunction));
    Ok(Expression::Any(alternatives.into()))
}

fn all(mut terms: Vec<Expression>) -> Expression {
    match (terms.len(), terms.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            terms.extend(last);
            Expression::All(terms.into())
        }
    }
}

/// `( expression )` or a comparison, with the white space around it.
fn atom(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expression, SyntaxError> {
    cursor.skip_blanks();
    let open = cursor.position();
    if !cursor.eat(b'(') {
        return comparison(cursor).map(Expression::Comparison);
    }
    if depth == DEEPEST {
        return Err(SyntaxError::new(open, format!("More than {DEEPEST} parentheses are open")));
    }
    let inner = expression(cursor, depth + 1)?;
    if !cursor.eat(b')') {
        return Err(SyntaxError::new(
            open,
            "Expected matching right parenthesis for left parenthesis, after marker expression",
        ));
    }
    cursor.skip_blanks();
    Ok(match inner {
        Expression::All(_) | Expression::Any(_) => Expression::Group(Box::new(inner)),
        _ => inner,
    })
}

fn comparison(cursor: &mut Cursor<'_>) -> Result<Comparison, SyntaxError> {
    let mut left = operand(cursor)?;
    let operator = comparator(cursor)?;
    let mut right = operand(cursor)?;
    match (&mut left, &mut right) {
        (Operand::Variable(Variable::Extra), Operand::Literal(text)) => normalize(text),
        (Operand::Literal(text), Operand::Variable(variable)) if variable.holds_names() => normalize(text),
        _ => {}
    }
    let specifier = match &left {
        Operand::Variable(variable) if variable.holds_version() => specifier(operator, right.text()),
        _ => None,
    };
    Ok(Comparison { left, operator, right, specifier })
}

fn normalize(text: &mut Box<str>) {
    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        *text = canonicalize_name(text).into();
    }
}

/// Operator and version as a specifier, if they make one.
pub(super) fn specifier(operator: Comparator, version: &str) -> Option<Specifier> {
    let operator = match operator {
        // `packaging` joins the two texts: `python_version < "=3.8"` means `<=`.
        _ if version.starts_with('=') => return [operator.as_str(), version].concat().parse().ok(),
        Comparator::Equal => Operator::Equal,
        Comparator::NotEqual => Operator::NotEqual,
        Comparator::Less => Operator::Less,
        Comparator::LessEqual => Operator::LessEqual,
        Comparator::Greater => Operator::Greater,
        Comparator::GreaterEqual => Operator::GreaterEqual,
        Comparator::Compatible => Operator::Compatible,
        Comparator::Arbitrary => Operator::Arbitrary,
        Comparator::In | Comparator::NotIn => return None,
    };
    Specifier::from_parts(operator, version).ok()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_while(is_word)
}

/// A variable or a quoted text, with the white space after it.
fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, SyntaxError> {
    let position = cursor.position();
    let operand = match cursor.peek() {
        Some(quote @ (b'\'' | b'"')) => {
            cursor.eat(quote);
            let text = cursor.take_while(|byte| byte != quote);
            if !cursor.eat(quote) {
                return Err(SyntaxError::new(position, "Expected a closing quote"));
            }
            match literal::decode(text) {
                Some(text) => Operand::Literal(text),
                None => return Err(SyntaxError::new(position, "Invalid quoted string")),
            }
        }
        _ => match Variable::from_name(cursor.take_while(|byte| is_word(byte) || byte == b'.')) {
            Some(variable) => Operand::Variable(variable),
            None => {
                return Err(SyntaxError::new(position, "Expected a marker variable or quoted string"));
            }
        },
    };
    cursor.skip_blanks();
    Ok(operand)
}

/// An operator, with the white space after it.
fn comparator(cursor: &mut Cursor<'_>) -> Result<Comparator, SyntaxError> {
    const EXPECTED: &str = "Expected marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in";
    const LONGEST_FIRST: [Comparator; 8] = [
        Comparator::Arbitrary,
        Comparator::Equal,
        Comparator::Compatible,
        Comparator::NotEqual,
        Comparator::LessEqual,
        Comparator::GreaterEqual,
        Comparator::Less,
        Comparator::Greater,
    ];
    let position = cursor.position();
    let symbol = LONGEST_FIRST.into_iter().find(|symbol| cursor.eat_token(symbol.as_str()));
    let comparator = match symbol {
        Some(symbol) => symbol,
        None => match word(cursor) {
            "in" => Comparator::In,
            "not" => {
                let end = cursor.position();
                cursor.skip_blanks();
                let blanks = cursor.position() > end;
                if !blanks || word(cursor) != "in" {
                    return Err(SyntaxError::new(end, "Expected 'in' after 'not'"));
                }
                Comparator::NotIn
            }
            _ => return Err(SyntaxError::new(position, EXPECTED)),
        },
    };
    cursor.skip_blanks();
    Ok(comparator)
}
