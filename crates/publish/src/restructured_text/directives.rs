//! Directives: their arguments, options and contents (https://docutils.sourceforge.io/docs/ref/rst/directives.html).

use super::body::Parser;
use super::lines::{Block, Line, joined, trimmed_end};
use super::markers::{self, simple_name};
use super::references::normalized;
use super::{Checked, Element, error, inline, warning};

/// What the value of an option must be.
#[derive(Clone, Copy)]
enum Value {
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

/// A directive: how many arguments it needs and takes, whether the last one may hold spaces, whether it has a content.
struct Directive {
    name: &'static str,
    required: usize,
    optional: usize,
    spaces: bool,
    content: bool,
    options: &'static [(&'static str, Value)],
}

type Options = &'static [(&'static str, Value)];

const COMMON: Options = &[("class", Value::Class), ("name", Value::Anything)];
const ALIGNMENT: Value = Value::OneOf(&["left", "center", "right"]);
const IMAGE: Options = &[
    ("alt", Value::Anything),
    ("height", Value::Length),
    ("width", Value::LengthOrPercentage),
    ("scale", Value::Percentage),
    ("align", Value::OneOf(&["top", "middle", "bottom", "left", "center", "right"])),
    ("target", Value::Required),
    ("loading", Value::OneOf(&["embed", "link", "lazy"])),
    ("class", Value::Class),
    ("name", Value::Anything),
];
const FIGURE: Options = &[
    ("alt", Value::Anything),
    ("height", Value::Length),
    ("width", Value::LengthOrPercentage),
    ("scale", Value::Percentage),
    ("align", ALIGNMENT),
    ("target", Value::Required),
    ("loading", Value::OneOf(&["embed", "link", "lazy"])),
    ("class", Value::Class),
    ("name", Value::Anything),
    ("figwidth", Value::Anything),
    ("figclass", Value::Class),
    ("figname", Value::Anything),
];
const TABLE: Options = &[
    ("class", Value::Class),
    ("name", Value::Anything),
    ("align", ALIGNMENT),
    ("width", Value::LengthOrPercentage),
    ("widths", Value::Widths(&["auto", "grid"])),
];
const LIST_TABLE: Options = &[
    ("header-rows", Value::Count),
    ("stub-columns", Value::Count),
    ("width", Value::LengthOrPercentage),
    ("widths", Value::Widths(&["auto"])),
    ("class", Value::Class),
    ("name", Value::Anything),
    ("align", ALIGNMENT),
];
const CSV_TABLE: Options = &[
    ("header-rows", Value::Count),
    ("stub-columns", Value::Count),
    ("header", Value::Anything),
    ("width", Value::LengthOrPercentage),
    ("widths", Value::Widths(&["auto"])),
    ("file", Value::Required),
    ("url", Value::Required),
    ("encoding", Value::Anything),
    ("class", Value::Class),
    ("name", Value::Anything),
    ("align", ALIGNMENT),
    ("delim", Value::Required),
    ("keepspace", Value::Nothing),
    ("quote", Value::Required),
    ("escape", Value::Required),
];
const INCLUDE: Options = &[
    ("literal", Value::Nothing),
    ("code", Value::Anything),
    ("encoding", Value::Anything),
    ("parser", Value::Anything),
    ("tab-width", Value::Integer),
    ("start-line", Value::Integer),
    ("end-line", Value::Integer),
    ("start-after", Value::Required),
    ("end-before", Value::Required),
    ("number-lines", Value::IntegerOrNothing),
    ("class", Value::Class),
    ("name", Value::Anything),
];

const fn directive(
    name: &'static str,
    (required, optional): (usize, usize),
    spaces: bool,
    content: bool,
    options: Options,
) -> Directive {
    Directive { name, required, optional, spaces, content, options }
}

const DIRECTIVES: &[Directive] = &[
    directive("attention", (0, 0), true, true, COMMON),
    directive("caution", (0, 0), true, true, COMMON),
    directive("danger", (0, 0), true, true, COMMON),
    directive("error", (0, 0), true, true, COMMON),
    directive("hint", (0, 0), true, true, COMMON),
    directive("important", (0, 0), true, true, COMMON),
    directive("note", (0, 0), true, true, COMMON),
    directive("tip", (0, 0), true, true, COMMON),
    directive("warning", (0, 0), true, true, COMMON),
    directive("admonition", (1, 0), true, true, COMMON),
    directive(
        "sidebar",
        (0, 1),
        true,
        true,
        &[("class", Value::Class), ("name", Value::Anything), ("subtitle", Value::Required)],
    ),
    directive("topic", (1, 0), true, true, COMMON),
    directive("line-block", (0, 0), false, true, COMMON),
    directive("parsed-literal", (0, 0), false, true, COMMON),
    directive(
        "code",
        (0, 1),
        false,
        true,
        &[("class", Value::Class), ("name", Value::Anything), ("number-lines", Value::IntegerOrNothing)],
    ),
    directive("math", (0, 0), false, true, COMMON),
    directive("rubric", (1, 0), true, false, COMMON),
    directive("epigraph", (0, 0), false, true, &[]),
    directive("highlights", (0, 0), false, true, &[]),
    directive("pull-quote", (0, 0), false, true, &[]),
    directive("compound", (0, 0), false, true, COMMON),
    directive("container", (0, 1), true, true, &[("name", Value::Anything)]),
    directive("table", (0, 1), true, true, TABLE),
    directive("csv-table", (0, 1), true, true, CSV_TABLE),
    directive("list-table", (0, 1), true, true, LIST_TABLE),
    directive("meta", (0, 0), false, true, &[]),
    directive("image", (1, 0), true, false, IMAGE),
    directive("figure", (1, 0), true, true, FIGURE),
    directive("include", (1, 0), true, false, INCLUDE),
    directive(
        "raw",
        (1, 0),
        true,
        true,
        &[
            ("file", Value::Required),
            ("url", Value::Required),
            ("encoding", Value::Anything),
            ("class", Value::Class),
        ],
    ),
    directive("replace", (0, 0), false, true, &[]),
    directive(
        "unicode",
        (1, 0),
        true,
        false,
        &[("trim", Value::Nothing), ("ltrim", Value::Nothing), ("rtrim", Value::Nothing)],
    ),
    directive("date", (0, 0), false, true, &[]),
    directive("class", (1, 0), true, true, &[]),
    directive("role", (0, 0), false, true, &[]),
    directive("default-role", (0, 1), false, false, &[]),
    directive("title", (1, 0), true, false, &[]),
    directive(
        "contents",
        (0, 1),
        true,
        false,
        &[
            ("depth", Value::Count),
            ("local", Value::Nothing),
            ("backlinks", Value::OneOf(&["top", "entry", "none"])),
            ("class", Value::Class),
        ],
    ),
    directive(
        "sectnum",
        (0, 0),
        false,
        false,
        &[
            ("depth", Value::Integer),
            ("start", Value::Integer),
            ("prefix", Value::Required),
            ("suffix", Value::Required),
        ],
    ),
    directive("header", (0, 0), false, true, &[]),
    directive("footer", (0, 0), false, true, &[]),
    directive("target-notes", (0, 0), false, false, &[("class", Value::Class)]),
];

/// The directive of that name, or with that other name.
fn find(name: &str) -> Option<&'static Directive> {
    let name = name.to_lowercase();
    let name = match name.as_str() {
        "code-block" | "sourcecode" => "code",
        "rst-class" => "class",
        "section-numbering" => "sectnum",
        name => name,
    };
    DIRECTIVES.iter().find(|directive| directive.name == name)
}

/// A directive as it stands in the text.
struct Used<'a> {
    name: &'a str,
    line: usize,
    argument: Option<String>,
    options: Vec<(String, Option<String>)>,
    content: Vec<Line<'a>>,
    /// The definition that it stands in.
    substitution: Option<&'a str>,
}

impl<'a> Parser<'_, 'a> {
    /// The directive at the current line, whose content begins behind `start` bytes.
    pub(super) fn directive(
        &mut self,
        name: &'a str,
        start: usize,
        line: Line<'a>,
        substitution: Option<&'a str>,
    ) -> Checked<bool> {
        let Some(known) = find(name) else {
            return error(line.number, format!("Unknown directive type \"{name}\"."));
        };
        let Block { lines, blank_finish, .. } = self.construct_block(start, false, true);
        let used = match read(known, name, line.number, &lines) {
            Ok(used) => Used { substitution, ..used },
            Err(reason) => return error(line.number, format!("Error in \"{name}\" directive:\n{reason}.")),
        };
        self.run(known, &used)?;
        Ok(blank_finish || self.line(self.at).is_none_or(|next| next.is_blank()))
    }

    fn run(&mut self, known: &Directive, used: &Used<'a>) -> Checked<()> {
        let Used { name, line, .. } = used;
        let needs_content = known.content
            && !matches!(
                known.name,
                "figure" | "raw" | "class" | "role" | "table" | "csv-table" | "list-table" | "date"
            );
        let is_for_substitutions = matches!(known.name, "replace" | "unicode" | "date");
        if is_for_substitutions && used.substitution.is_none() {
            return error(
                *line,
                format!(
                    "Invalid context: the \"{name}\" directive can only be used within a substitution definition."
                ),
            );
        }
        if matches!(known.name, "topic" | "sidebar" | "contents") && self.depth > 0 {
            return error(
                *line,
                format!("The \"{name}\" directive may not be used within topics or body elements."),
            );
        }
        if matches!(known.name, "include" | "raw") {
            return warning(*line, format!("\"{name}\" directive disabled."));
        }
        if needs_content && used.content.is_empty() {
            return error(*line, format!("Content block expected for the \"{name}\" directive; none found."));
        }
        self.note_names(used)?;
        let is_title = matches!(
            known.name,
            "admonition" | "topic" | "sidebar" | "rubric" | "table" | "csv-table" | "list-table" | "contents"
        );
        if let Some(title) = used.argument.as_ref().filter(|_| is_title) {
            inline::check(title, *line, &mut self.document.references)?;
        }
        match known.name {
            "image" | "figure" => self.image(known, used)?,
            "role" => self.role(used)?,
            "class" | "container" => {
                let is_class = |name: &str| name.chars().any(|character| character.is_ascii_alphabetic());
                let classes = used.argument.as_deref().unwrap_or("c");
                if !classes.split_whitespace().all(is_class) {
                    return error(
                        *line,
                        format!("Invalid class attribute value for \"{name}\" directive: \"{classes}\"."),
                    );
                }
                self.nested(&used.content)?;
            }
            "epigraph" | "highlights" | "pull-quote" => self.quote(&used.content)?,
            "parsed-literal" | "line-block" => {
                let first = used.content.first().map_or(*line, |line| line.number);
                inline::check(&joined(&used.content), first, &mut self.document.references)?;
            }
            "table" | "list-table" | "csv-table" => self.table_directive(known, used)?,
            "replace" => {
                let elements = self.nested(&used.content)?;
                if elements.iter().any(|element| *element != Element::Paragraph) || elements.len() > 1 {
                    return error(
                        *line,
                        format!("Error in \"{name}\" directive: may contain a single paragraph only."),
                    );
                }
            }
            "code" | "math" | "meta" | "date" | "unicode" => {}
            _ => drop(self.nested(&used.content)?),
        }
        self.elements.push(match known.name {
            "title" | "default-role" | "role" | "meta" | "header" | "footer" => Element::Invisible,
            "class" if used.content.is_empty() => Element::Invisible,
            "table" | "list-table" | "csv-table" => Element::Table,
            _ => Element::Other,
        });
        Ok(())
    }

    /// `:name:` makes a target of it.
    fn note_names(&mut self, used: &Used<'a>) -> Checked<()> {
        let name = used.options.iter().find(|(option, _)| option == "name");
        match name.and_then(|(_, name)| name.as_deref()) {
            Some(name) => self.document.references.explicit(name, None, used.line),
            None => Ok(()),
        }
    }

    fn image(&mut self, known: &Directive, used: &Used<'a>) -> Checked<()> {
        let value = |name: &str| {
            let found = used.options.iter().find(|(option, _)| option == name);
            found.and_then(|(_, value)| value.as_deref())
        };
        if let Some(align) = value("align").map(|align| align.trim().to_lowercase()) {
            let (is_right, where_, valid) = match used.substitution {
                Some(_) => (
                    ["top", "middle", "bottom"].contains(&align.as_str()),
                    " within a substitution definition",
                    "\"top\", \"middle\", \"bottom\"",
                ),
                None => (
                    ["left", "center", "right"].contains(&align.as_str()),
                    "",
                    "\"left\", \"center\", \"right\"",
                ),
            };
            if !is_right {
                return error(
                    used.line,
                    format!(
                        "Error in \"{}\" directive: \"{align}\" is not a valid value for the \"align\" option{where_}.  \
                         Valid values for \"align\" are: {valid}.",
                        used.name
                    ),
                );
            }
        }
        if let Some(target) = value("target").and_then(|target| target.trim().strip_suffix('_')) {
            let name = target.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(target);
            if name.len() < target.len() || simple_name(name) == name.len() {
                self.document.references.refer(&normalized(name), used.line);
            }
        }
        if known.name == "figure" && !used.content.is_empty() {
            let elements = self.nested(&used.content)?;
            let is_caption = matches!(elements.first(), Some(Element::Paragraph | Element::Comment) | None);
            if !is_caption {
                return error(used.line, "Figure caption must be a paragraph or empty comment.");
            }
        }
        Ok(())
    }

    /// `.. role:: name(base)`.
    fn role(&mut self, used: &Used<'a>) -> Checked<()> {
        let first = used.content.first().filter(|line| line.number == used.line);
        let Some(first) = first else {
            return error(
                used.line,
                format!("\"{}\" directive requires arguments on the first line.", used.name),
            );
        };
        let length = simple_name(first.text);
        let (name, rest) = first.text.split_at_checked(length).unwrap_or_default();
        let base = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
        let is_right = length > 0
            && (rest.trim().is_empty() || base.is_some_and(|base| simple_name(base) == base.len()));
        if !is_right {
            return error(
                used.line,
                format!("\"{}\" directive arguments not valid role names: \"{}\".", used.name, first.text),
            );
        }
        self.document.references.add_role(name);
        Ok(())
    }

    fn table_directive(&mut self, known: &Directive, used: &Used<'a>) -> Checked<()> {
        let Used { name, line, .. } = used;
        let has = |option: &str| used.options.iter().any(|(found, _)| found == option);
        let wrong = |reason: &str| {
            error(*line, format!("Error parsing content block for the \"{name}\" directive: {reason}"))
        };
        match known.name {
            "csv-table" if has("file") || has("url") => {
                warning(*line, format!("File and URL access deactivated; ignoring \"{name}\" directive."))
            }
            "csv-table" if used.content.is_empty() => {
                warning(*line, format!("The \"{name}\" directive requires content; none supplied."))
            }
            "csv-table" => Ok(()),
            "table" if used.content.is_empty() => {
                warning(*line, format!("Content block expected for the \"{name}\" directive; none found."))
            }
            "table" => match self.nested(&used.content)?.as_slice() {
                [Element::Table] => Ok(()),
                _ => wrong("exactly one table expected."),
            },
            _ if used.content.is_empty() => {
                error(*line, format!("The \"{name}\" directive is empty; content required."))
            }
            _ => {
                let elements = self.nested(&used.content)?;
                let [Element::BulletList(rows)] = elements.as_slice() else {
                    return wrong("exactly one bullet list expected.");
                };
                let mut columns = None;
                for (index, row) in rows.iter().enumerate() {
                    let number = index + 1;
                    let [Element::BulletList(cells)] = row.as_slice() else {
                        return wrong(&format!(
                            "two-level bullet list expected, but row {number} does not contain a second-level bullet list."
                        ));
                    };
                    let expected = *columns.get_or_insert(cells.len());
                    if cells.len() != expected {
                        return wrong(&format!(
                            "uniform two-level bullet list expected, but row {number} does not contain the same number of \
                             items as row 1 ({} vs {expected}).",
                            cells.len()
                        ));
                    }
                }
                Ok(())
            }
        }
    }
}

/// Takes the block of a directive apart.
fn read<'a>(known: &Directive, name: &'a str, line: usize, block: &[Line<'a>]) -> Result<Used<'a>, String> {
    let block = trimmed_end(block);
    // The rest of the first line may be empty.
    let block = match block.split_first() {
        Some((first, rest)) if first.is_blank() => rest,
        _ => block,
    };
    let has_arguments = known.required + known.optional > 0;
    let mut content = block;
    let mut head: &[Line<'a>] = &[];
    if !block.is_empty() && (has_arguments || !known.options.is_empty()) {
        let end = block.iter().position(Line::is_blank).unwrap_or(block.len());
        head = block.get(..end).unwrap_or_default();
        content = block.get(end..).unwrap_or_default();
    }
    let mut options = Vec::new();
    if !known.options.is_empty()
        && let Some(at) = head.iter().position(|line| markers::field(line.text).is_some())
    {
        options = read_options(known, head.get(at..).unwrap_or_default())?;
        head = head.get(..at).unwrap_or_default();
    }
    let mut whole: Vec<Line<'a>> = content.to_vec();
    if !head.is_empty() && !has_arguments {
        whole = head.iter().chain(content).copied().collect();
        head = &[];
    }
    let argument = if has_arguments { arguments(known, head)? } else { None };
    let start = whole.iter().position(|line| !line.is_blank()).unwrap_or(whole.len());
    let content = whole.get(start..).unwrap_or_default().to_vec();
    if !content.is_empty() && !known.content {
        return Err("no content permitted".to_owned());
    }
    Ok(Used { name, line, argument, options, content, substitution: None })
}

fn arguments(known: &Directive, head: &[Line<'_>]) -> Result<Option<String>, String> {
    let text = joined(head);
    let count = text.split_whitespace().count();
    if count < known.required {
        return Err(format!("{} argument(s) required, {count} supplied", known.required));
    }
    let most = known.required + known.optional;
    if count > most && !known.spaces {
        return Err(format!("maximum {most} argument(s) allowed, {count} supplied"));
    }
    Ok((count > 0).then(|| text.trim().to_owned()))
}

type Given = Vec<(String, Option<String>)>;

fn read_options(known: &Directive, lines: &[Line<'_>]) -> Result<Given, String> {
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
        let Some((_, kind)) = known.options.iter().find(|(option, _)| option == name) else {
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
