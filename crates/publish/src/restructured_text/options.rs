//! Options of directives: `:name: value` in the lines behind the arguments.

use super::lines::Line;
use super::markers;

/// What the value of an option must be.
#[derive(Clone, Copy)]
pub(super) enum Value {
    Anything,
    Required,
    Nothing,
    Class,
    Integer,
    Count,
    Percentage,
    Length,
    LengthOrPercentage,
    OneOf(&'static [&'static str]),
    /// One of these words, or whole numbers above zero.
    Widths(&'static [&'static str]),
    IntegerOrNothing,
}

/// The options that a directive knows.
pub(super) type Options = &'static [(&'static str, Value)];

/// Names, and values where there are some.
pub(super) type Given = Vec<(String, Option<String>)>;

/// Reads the options of a directive that knows `known`; an error says what is wrong with them.
pub(super) fn read_options(known: Options, lines: &[Line<'_>]) -> Result<Given, String> {
    let mut found: Given = Vec::new();
    for line in lines {
        match markers::field(line.text) {
            Some((name, length)) if !line.is_indented() => {
                if name.split_whitespace().count() != 1 {
                    return Err(
                        "invalid option data: extension option field name may not contain multiple words"
                            .to_owned(),
                    );
                }
                let value = line.text.get(length..).filter(|value| !value.trim().is_empty());
                found.push((name.to_lowercase(), value.map(str::to_owned)));
            }
            _ if line.is_indented() => {
                if let Some((_, value)) = found.last_mut() {
                    let value = value.get_or_insert_default();
                    if !value.is_empty() {
                        value.push('\n');
                    }
                    value.push_str(line.text.trim());
                }
            }
            _ => return Err("invalid option block".to_owned()),
        }
    }
    for (index, (name, value)) in found.iter().enumerate() {
        let Some((_, kind)) = known.iter().find(|(option, _)| option == name) else {
            return Err(format!("unknown option: \"{name}\""));
        };
        if found.iter().take(index).any(|(other, _)| other == name) {
            return Err(format!("invalid option data: duplicate option \"{name}\""));
        }
        if let Err(reason) = kind.check(value.as_deref()) {
            let shown = value.as_deref().map_or_else(|| "None".to_owned(), requirement::python_repr);
            return Err(format!("invalid option value: (option: \"{name}\"; value: {shown})\n{reason}"));
        }
    }
    Ok(found)
}

impl Value {
    fn check(self, value: Option<&str>) -> Result<(), String> {
        let required = || value.ok_or_else(|| "argument required but none supplied".to_owned());
        let integer = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| {
                format!("invalid literal for int() with base 10: {}", requirement::python_repr(text))
            })
        };
        let count = |text: &str| match integer(text)? {
            0.. => Ok(()),
            _ => Err("negative value; must be positive or zero".to_owned()),
        };
        let needs = || value.ok_or_else(|| "int() argument must be a string, not 'NoneType'".to_owned());
        match self {
            Self::Anything => Ok(()),
            Self::Required => required().map(drop),
            Self::Nothing => match value.filter(|value| !value.trim().is_empty()) {
                Some(value) => Err(format!("no argument is allowed; \"{value}\" supplied")),
                None => Ok(()),
            },
            Self::Class => {
                let is_class = |name: &&str| name.chars().any(|character| character.is_ascii_alphabetic());
                match required()?.split_whitespace().find(|name| !is_class(name)) {
                    Some(wrong) => Err(format!("cannot make \"{wrong}\" into a class name")),
                    None => Ok(()),
                }
            }
            Self::Integer => needs().and_then(integer).map(drop),
            Self::Count => needs().and_then(count),
            Self::Percentage => needs().and_then(|text| count(text.trim_end_matches([' ', '%']))),
            Self::Length => length(value, false),
            Self::LengthOrPercentage => length(value, true),
            Self::OneOf(words) => choice(value, words),
            Self::Widths(words) => match value {
                Some(value) if words.contains(&value) => Ok(()),
                Some(value) => {
                    value.split([',', ' ', '\n']).filter(|part| !part.is_empty()).try_for_each(|part| {
                        match integer(part)? {
                            1.. => Ok(()),
                            _ => Err("negative or zero value; must be positive".to_owned()),
                        }
                    })
                }
                None => Err("argument required but none supplied".to_owned()),
            },
            Self::IntegerOrNothing => value.map_or(Ok(()), |text| integer(text).map(drop)),
        }
    }
}

fn choice(value: Option<&str>, words: &[&str]) -> Result<(), String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let all = match quoted.as_slice() {
        [first @ .., last] => format!("{}, or {last}", first.join(", ")),
        [] => String::new(),
    };
    match value {
        Some(value) if words.contains(&value.to_lowercase().trim()) => Ok(()),
        Some(value) => Err(format!("\"{value}\" unknown; choose from {all}")),
        None => Err(format!("must supply an argument; choose from {all}")),
    }
}

/// A number with one of the units of CSS, or without.
fn length(value: Option<&str>, has_percent: bool) -> Result<(), String> {
    const UNITS: [&str; 15] =
        ["em", "ex", "ch", "rem", "vw", "vh", "vmin", "vmax", "cm", "mm", "Q", "in", "pt", "pc", "px"];
    let text = value.unwrap_or_default().trim();
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or_default();
    let unit = unit.trim_start();
    let is_number = number.parse::<f64>().is_ok();
    let is_unit = unit.is_empty() || UNITS.contains(&unit) || (has_percent && unit == "%");
    match is_number && is_unit {
        true => Ok(()),
        false => Err(format!(
            "not a positive number or measure of one of the following units:\n{}{}",
            UNITS.join(", "),
            if has_percent { ", %" } else { "" }
        )),
    }
}
