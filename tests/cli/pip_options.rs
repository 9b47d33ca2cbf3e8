//! Every option of `pip install`, as pip 26.3 knows it: help, hidden and deprecated ones alike. The smoke tests hold this
//! table against pip's own parser, so that it stays whole.

/// What an option is followed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A value; this is one that makes sense.
    Value(&'static str),
}

/// An option under all its names.
#[derive(Debug, Clone, Copy)]
pub struct PipOption {
    /// With two dashes.
    pub long: &'static [&'static str],
    /// With one dash.
    pub short: Option<&'static str>,
    pub takes: Takes,
    /// The words that alone make sense as values.
    pub choices: &'static [&'static str],
}

const fn flag(long: &'static [&'static str]) -> PipOption {
    PipOption { long, short: None, takes: Takes::Nothing, choices: &[] }
}

const fn value(long: &'static [&'static str], sample: &'static str) -> PipOption {
    PipOption { long, short: None, takes: Takes::Value(sample), choices: &[] }
}

const fn choice(long: &'static [&'static str], choices: &'static [&'static str]) -> PipOption {
    PipOption { long, short: None, takes: Takes::Value(choices[0]), choices }
}

impl PipOption {
    const fn short(mut self, short: &'static str) -> Self {
        self.short = Some(short);
        self
    }

    /// All names, with their dashes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.long.iter().copied().chain(self.short)
    }
}

/// `pip install --help`, and what it keeps to itself.
pub const INSTALL_OPTIONS: &[PipOption] = &[
    // Install options.
    value(&["--requirement"], "requirements.txt").short("-r"),
    value(&["--constraint"], "constraints.txt").short("-c"),
    value(&["--build-constraint"], "constraints.txt"),
    value(&["--requirements-from-script"], "script.py"),
    flag(&["--no-deps", "--no-dependencies"]),
    flag(&["--only-deps", "--only-dependencies"]),
    value(&["--editable"], "./project").short("-e"),
    flag(&["--dry-run"]),
    value(&["--target"], "target").short("-t"),
    value(&["--platform"], "any"),
    value(&["--python-version"], "3.12"),
    value(&["--implementation"], "cp"),
    value(&["--abi"], "none"),
    flag(&["--user"]),
    flag(&["--no-user"]),
    value(&["--root"], "root"),
    value(&["--prefix"], "prefix"),
    value(&["--src", "--source", "--source-dir", "--source-directory"], "checkouts"),
    flag(&["--upgrade"]).short("-U"),
    choice(&["--upgrade-strategy"], &["only-if-needed", "eager"]),
    flag(&["--force-reinstall"]),
    flag(&["--ignore-installed"]).short("-I"),
    flag(&["--ignore-requires-python"]),
    flag(&["--no-build-isolation"]),
    flag(&["--use-pep517"]),
    flag(&["--check-build-dependencies"]),
    flag(&["--break-system-packages"]),
    value(&["--config-settings"], "key=value").short("-C"),
    flag(&["--compile"]),
    flag(&["--no-compile"]),
    flag(&["--no-warn-script-location"]),
    flag(&["--no-warn-conflicts"]),
    flag(&["--require-hashes"]),
    flag(&["--no-require-hashes"]),
    choice(&["--progress-bar"], &["auto", "on", "off", "raw"]),
    choice(&["--root-user-action"], &["warn", "ignore"]),
    value(&["--report"], "report.json"),
    value(&["--group"], "tests"),
    flag(&["--no-clean"]),
    // Package selection options.
    flag(&["--pre"]),
    value(&["--all-releases"], "demo"),
    value(&["--only-final"], "demo"),
    value(&["--no-binary"], "demo"),
    value(&["--only-binary"], ":all:"),
    flag(&["--prefer-binary"]),
    // Package index options.
    value(&["--index-url", "--pypi-url"], "http://localhost/simple").short("-i"),
    value(&["--extra-index-url"], "http://localhost/simple"),
    flag(&["--no-index"]),
    value(&["--refresh-package"], ":all:"),
    value(&["--find-links"], "wheels").short("-f"),
    value(&["--uploaded-prior-to"], "P7D"),
    // General options.
    flag(&["--help"]).short("-h"),
    flag(&["--debug"]),
    flag(&["--isolated"]),
    flag(&["--require-virtualenv", "--require-venv"]),
    value(&["--python"], "python3"),
    flag(&["--verbose"]).short("-v"),
    flag(&["--quiet"]).short("-q"),
    value(&["--log", "--log-file", "--local-log"], "log.txt"),
    flag(&["--no-input"]),
    choice(&["--keyring-provider"], &["auto", "disabled", "import", "subprocess"]),
    value(&["--proxy"], "http://localhost:3128"),
    flag(&["--no-proxy-env"]),
    value(&["--retries"], "3"),
    value(&["--timeout", "--default-timeout"], "7.5"),
    choice(&["--exists-action"], &["s", "i", "w", "b", "a"]),
    value(&["--trusted-host"], "localhost"),
    value(&["--cert"], "cert.pem"),
    value(&["--client-cert"], "client.pem"),
    value(&["--cache-dir"], "cache"),
    flag(&["--no-cache-dir"]),
    flag(&["--disable-pip-version-check"]),
    flag(&["--no-color"]),
    flag(&["--no-python-version-warning"]),
    choice(
        &["--use-feature"],
        &[
            "fast-deps",
            "inprocess-build-deps",
            "venv-isolation",
            "truststore",
            "no-binary-enable-wheel-cache",
            "build-constraint",
        ],
    ),
    choice(&["--use-deprecated"], &["legacy-resolver", "legacy-certs"]),
    value(&["--resume-retries"], "3"),
];
