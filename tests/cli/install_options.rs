//! Every option of `pip install` is known to `rpip install`, under every name and in every spelling that pip takes.

use crate::pip_options::{INSTALL_OPTIONS, PipOption, Takes};
use crate::world::World;

/// Holds the spellings against `rpip install <spelling> --help`, which ends well where all options are known.
struct Spellings {
    world: World,
    refused: Vec<String>,
}

impl Spellings {
    fn new() -> Self {
        Self { world: World::new(), refused: Vec::new() }
    }

    fn code(&self, arguments: &[String]) -> i32 {
        let mut all = vec!["install"];
        all.extend(arguments.iter().map(String::as_str));
        all.push("--help");
        self.world.rpip(&all).code
    }

    /// All spellings at once; each by itself only where something is wrong.
    fn hold(&mut self, spellings: &[Vec<String>]) {
        if self.code(&spellings.concat()) == 0 {
            return;
        }
        for spelling in spellings {
            if self.code(spelling) != 0 {
                self.refused.push(spelling.join(" "));
            }
        }
    }

    #[track_caller]
    fn finish(self) {
        assert!(self.refused.is_empty(), "refused by rpip install:\n  {}", self.refused.join("\n  "));
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// `--help` in front of others would hide them.
fn options() -> impl Iterator<Item = &'static PipOption> {
    INSTALL_OPTIONS.iter().filter(|option| option.long != ["--help"])
}

/// The shortest beginning of `name` that no other name of the table shares. pip's own rule counts aliases of the same
/// option against each other too.
fn abbreviation(name: &str) -> Option<&str> {
    let all = || INSTALL_OPTIONS.iter().flat_map(|option| option.long.iter().copied());
    (3..name.len())
        .map(|length| &name[..length])
        .find(|beginning| all().filter(|other| other.starts_with(beginning)).count() == 1)
}

#[test]
fn long_names() {
    let mut spellings = Spellings::new();
    for option in options() {
        let mut all = Vec::new();
        for name in option.long {
            match option.takes {
                Takes::Nothing => all.push(words(&[name])),
                Takes::Value(sample) => {
                    all.push(words(&[name, sample]));
                    all.push(words(&[&format!("{name}={sample}")]));
                }
            }
        }
        spellings.hold(&all);
    }
    spellings.finish();
}

#[test]
fn unique_abbreviations() {
    let mut spellings = Spellings::new();
    for option in options() {
        let mut all = Vec::new();
        for short in option.long.iter().filter_map(|name| abbreviation(name)) {
            match option.takes {
                Takes::Nothing => all.push(words(&[short])),
                Takes::Value(sample) => {
                    all.push(words(&[short, sample]));
                    all.push(words(&[&format!("{short}={sample}")]));
                }
            }
        }
        spellings.hold(&all);
    }
    spellings.finish();
}

#[test]
fn short_names_and_clusters() {
    let mut spellings = Spellings::new();
    let flags: String = options()
        .filter(|option| option.takes == Takes::Nothing)
        .filter_map(|option| option.short)
        .map(|short| &short[1..])
        .collect();
    spellings.hold(&[words(&[&format!("-{flags}")]), words(&["-vvv"]), words(&["-qqq"])]);
    for option in options() {
        let Some(short) = option.short else { continue };
        let all = match option.takes {
            Takes::Nothing => vec![words(&[short])],
            Takes::Value(sample) => vec![
                words(&[short, sample]),
                words(&[&format!("{short}{sample}")]),
                words(&[&format!("-{flags}{}", &short[1..]), sample]),
                words(&[&format!("-{flags}{}{sample}", &short[1..])]),
            ],
        };
        spellings.hold(&all);
    }
    spellings.finish();
}

#[test]
fn every_choice() {
    let mut spellings = Spellings::new();
    for option in options() {
        let name = option.long[0];
        spellings.hold(&option.choices.iter().map(|choice| words(&[name, choice])).collect::<Vec<_>>());
    }
    spellings.finish();
}

#[test]
fn repeated() {
    let mut spellings = Spellings::new();
    for option in options() {
        let name = option.long[0];
        spellings.hold(&[match option.takes {
            Takes::Nothing => words(&[name, name]),
            Takes::Value(sample) => words(&[name, sample, name, sample]),
        }]);
    }
    spellings.finish();
}

#[test]
fn what_is_misspelt_is_refused() {
    let spellings = Spellings::new();
    let mut accepted = Vec::new();
    let mut refused = |arguments: &[&str]| {
        let code = spellings.code(&words(arguments));
        if code != 2 {
            accepted.push(format!("{} (exit code {code})", arguments.join(" ")));
        }
    };
    // Not an option; beginnings that several options share; a flag with a value.
    for spelling in
        ["--no-such-option", "--x", "-x", "--no-", "--re", "--up", "-Ux", "--pre=yes", "--upgrade=1"]
    {
        refused(&[spelling]);
    }
    for option in options().filter(|option| !option.choices.is_empty()) {
        refused(&[option.long[0], "no-such-choice"]);
    }
    for (name, wrong) in [
        ("--timeout", "soon"),
        ("--retries", "many"),
        ("--resume-retries", "x"),
        ("--python-version", "three"),
    ] {
        refused(&[name, wrong]);
    }
    for (name, wrong) in
        [("--uploaded-prior-to", "yesterday"), ("-C", "no-sign"), ("--group", "setup.cfg:tests")]
    {
        refused(&[name, wrong]);
    }
    assert!(accepted.is_empty(), "not refused as usage errors:\n  {}", accepted.join("\n  "));
}

#[test]
fn a_missing_value_is_a_usage_error() {
    let world = World::new();
    let mut accepted = Vec::new();
    for option in options().filter(|option| option.takes != Takes::Nothing) {
        for name in option.names() {
            let outcome = world.rpip(&["install", name]);
            if outcome.code != 2 {
                accepted.push(format!("{name} (exit code {})", outcome.code));
            }
        }
    }
    assert!(accepted.is_empty(), "no value, and no usage error:\n  {}", accepted.join("\n  "));
}
