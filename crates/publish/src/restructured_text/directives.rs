//! Directives: their arguments, options and contents (<https://docutils.sourceforge.io/docs/ref/rst/directives.html>).

use super::body::Parser;
use super::lines::{Block, Line, joined, trimmed_end};
use super::markers::{self, simple_name};
use super::options::{Given, Options, Value, read_options};
use super::references::normalized;
use super::{Checked, Element, error, inline, warning};

/// A directive: how many arguments it needs and takes, whether the last one may hold spaces, whether it has a content.
struct Directive {
    name: &'static str,
    required: usize,
    optional: usize,
    spaces: bool,
    content: bool,
    options: Options,
}

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
    options: Given,
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
        options = read_options(known.options, head.get(at..).unwrap_or_default())?;
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
