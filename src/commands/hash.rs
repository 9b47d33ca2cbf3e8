//! `rpip hash`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use operations::{HashAlgorithm, hash_file};

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, usage_block};

const USAGE: &str = "rpip hash [options] <file> ...";

/// The algorithms that `--hash` of a requirements file takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

/// Compute a hash of a local package archive.
///
/// These can be used with --hash in a requirements file to do repeatable installs.
#[derive(Debug, Args)]
#[command(
    override_usage = USAGE,
    after_help = "Examples:\n  rpip hash dist/demo-1.0-py3-none-any.whl\n  rpip hash -a sha512 demo-1.0.tar.gz"
)]
pub(crate) struct HashArgs {
    /// Archives
    #[arg(value_name = "file")]
    files: Vec<PathBuf>,
    /// The hash algorithm to use
    #[arg(short, long, value_enum, default_value = "sha256", value_name = "algorithm")]
    algorithm: Algorithm,
    #[command(flatten)]
    general: General,
}

impl Run for HashArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        if self.files.is_empty() {
            terminal.complain(&usage_block(USAGE));
            return Ok(ERROR);
        }
        let algorithm = match self.algorithm {
            Algorithm::Sha256 => HashAlgorithm::Sha256,
            Algorithm::Sha384 => HashAlgorithm::Sha384,
            Algorithm::Sha512 => HashAlgorithm::Sha512,
        };
        for file in &self.files {
            let path = file.display();
            let hash = hash_file(file, algorithm)
                .map_err(|error| Failure::Usage(format!("ERROR: {path} cannot be read: {error}")))?;
            terminal.line(&format!("{path}:\n--hash={algorithm}:{hash}"));
        }
        Ok(SUCCESS)
    }
}
