//! A distribution that is to be uploaded: checked, hashed, signed, and put into form fields (the legacy upload protocol).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Archive, Digests, Input, PublishError, RawMetadata, problems_of};

/// How files are signed (`--sign`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The program: `gpg`.
    pub program: String,
    /// Whose key (`--identity`).
    pub identity: Option<String>,
}

/// How files are prepared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preparation {
    /// `--comment`.
    pub comment: Option<String>,
    /// `--sign`; a signature that was given is taken as it is.
    pub signing: Option<Signing>,
    /// `--attestations`: every file must have some.
    pub attestations: bool,
}

/// A distribution, ready to be sent.
#[derive(Debug)]
pub struct DistributionFile {
    /// Its path.
    pub path: PathBuf,
    /// Its name.
    pub filename: String,
    /// Bytes.
    pub size: u64,
    /// `Name`, as release pages have it.
    pub name: String,
    /// `Version`, as written.
    pub version: String,
    /// The form fields in front of the file.
    pub fields: Vec<(String, String)>,
    /// The signature: its name and content.
    pub signature: Option<(String, Vec<u8>)>,
    digests: Digests,
}

impl DistributionFile {
    /// Reads and checks a distribution. Nothing is sent.
    pub fn prepare(input: &Input, directory: &Path, preparation: &Preparation) -> Result<Self, PublishError> {
        let path = directory.join(&input.path);
        let archive = Archive::open(&path)?;
        let metadata = RawMetadata::parse(&archive.metadata()?);
        let problems = problems_of(&metadata);
        if !problems.is_empty() {
            return Err(PublishError::InvalidMetadata { path: input.path.clone(), problems });
        }
        let signature = match (&input.signature, &preparation.signing) {
            (Some(given), _) => Some(read_signature(&directory.join(given))?),
            (None, Some(signing)) => Some(signing.sign(&path)?),
            (None, None) => None,
        };
        let mut fields = metadata.form_fields();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
        add("pyversion", archive.python_version());
        add("filetype", archive.filetype.name().to_owned());
        if let Some(comment) = &preparation.comment {
            add("comment", comment.clone());
        }
        if preparation.attestations {
            add("attestations", attestations(input, directory)?);
        }
        Ok(Self {
            name: metadata.safe_name(),
            version: metadata.one("Version").unwrap_or_default().to_owned(),
            digests: archive.digests()?,
            size: archive.size,
            filename: archive.filename,
            path,
            fields,
            signature,
        })
    }

    /// All fields but the signature and the file: what says what is to be done, too.
    pub fn form_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        own.chain([
            ("sha256_digest", self.digests.sha256.as_str()),
            ("blake2_256_digest", self.digests.blake2.as_str()),
            (":action", "file_upload"),
            ("protocol_version", "1"),
        ])
    }
}

fn read_signature(path: &Path) -> Result<(String, Vec<u8>), PublishError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content = fs::read(path).map_err(|source| PublishError::Io { path: path.to_owned(), source })?;
    Ok((name, content))
}

/// The attestations of a file as one JSON list.
fn attestations(input: &Input, directory: &Path) -> Result<String, PublishError> {
    if input.attestations.is_empty() {
        return Err(PublishError::NoAttestation(input.path.clone()));
    }
    let read = |path: &PathBuf| {
        let bytes = fs::read(directory.join(path))
            .map_err(|source| PublishError::Io { path: path.clone(), source })?;
        serde_json::from_slice(&bytes).map_err(|_| PublishError::InvalidAttestation(path.clone()))
    };
    let all = input.attestations.iter().map(read).collect::<Result<Vec<Value>, _>>()?;
    Ok(Value::from(all).to_string())
}

impl Signing {
    /// Has the file at `path` signed; the signature lies beside it.
    fn sign(&self, path: &Path) -> Result<(String, Vec<u8>), PublishError> {
        let run = |program: &str| {
            let mut command = Command::new(program);
            command.arg("--detach-sign");
            if let Some(identity) = &self.identity {
                command.args(["--local-user", identity]);
            }
            // A path that begins with a dash is no option.
            command.arg("-a").arg("--").arg(path).status()
        };
        let missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        let status = match run(&self.program) {
            Err(error) if missing(&error) && self.program == "gpg" => run("gpg2"),
            result => result,
        };
        let refused = |reason: String| PublishError::Signing { program: self.program.clone(), reason };
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(refused(format!("it failed ({status})"))),
            Err(error) if missing(&error) => return Err(refused("executable not available".to_owned())),
            Err(error) => return Err(refused(error.to_string())),
        }
        let mut signature = path.as_os_str().to_owned();
        signature.push(".asc");
        read_signature(Path::new(&signature))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use test_support::WheelBuilder;

    use super::*;

    fn input(path: &str, signature: Option<&str>, attestations: &[&str]) -> Input {
        let attestations = attestations.iter().map(PathBuf::from).collect();
        Input { path: path.into(), signature: signature.map(PathBuf::from), attestations }
    }

    #[test]
    fn everything_that_goes_with_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let wheel = WheelBuilder::new("De.mo_x", "1.0").header("Classifier: A").description("# hi\n");
        let name = wheel.filename();
        let path = |name: &str| directory.path().join(name);
        fs::write(path(&name), wheel.build()).unwrap();
        fs::write(path("s.asc"), b"signature").unwrap();
        fs::write(path("one"), b" {\"b\": 1,\n \"a\": [2.50]} ").unwrap();
        fs::write(path("bad"), b"{").unwrap();
        let preparation = Preparation { comment: Some("c".to_owned()), signing: None, attestations: true };
        let prepare = |input: Input| DistributionFile::prepare(&input, directory.path(), &preparation);
        let file = prepare(input(&name, Some("s.asc"), &["one", "one"])).unwrap();
        assert_eq!((file.name.as_str(), file.version.as_str()), ("De.mo-x", "1.0"));
        assert_eq!(file.signature, Some(("s.asc".to_owned(), b"signature".to_vec())));
        let value = |name: &str| file.form_fields().find(|(field, _)| *field == name).map(|(_, value)| value);
        assert_eq!(value("comment"), Some("c"));
        assert_eq!(value("attestations"), Some("[{\"b\":1,\"a\":[2.5]},{\"b\":1,\"a\":[2.5]}]"));
        assert_eq!((value("filetype"), value("pyversion")), (Some("bdist_wheel"), Some("py3")));
        assert_eq!((value(":action"), value("protocol_version")), (Some("file_upload"), Some("1")));
        assert_eq!(value("sha256_digest").map(str::len), Some(64));
        let none = prepare(input(&name, None, &[])).unwrap_err().to_string();
        assert!(none.ends_with("has no associated attestations"), "{none}");
        let bad = prepare(input(&name, None, &["bad"])).unwrap_err().to_string();
        assert_eq!(bad, "invalid JSON in attestation: bad");
    }

    #[test]
    fn what_cannot_be_published_is_told_before_anything_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let wheel = WheelBuilder::new("demo", "1.0").header("Requires-Dist: a ==");
        fs::write(directory.path().join(wheel.filename()), wheel.build()).unwrap();
        let input = input(&wheel.filename(), None, &[]);
        let error = DistributionFile::prepare(&input, directory.path(), &Preparation::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "demo-1.0-py3-none-any.whl: Invalid distribution metadata: 'a ==' is invalid for 'requires-dist'"
        );
    }

    #[test]
    fn a_program_that_signs() {
        let directory = tempfile::tempdir().unwrap();
        let wheel = WheelBuilder::new("demo", "1.0");
        fs::write(directory.path().join(wheel.filename()), wheel.build()).unwrap();
        let sign = |program: &str| {
            let signing = Signing { program: program.to_owned(), identity: Some("me".to_owned()) };
            let preparation = Preparation { signing: Some(signing), ..Preparation::default() };
            DistributionFile::prepare(&input(&wheel.filename(), None, &[]), directory.path(), &preparation)
        };
        for (program, reason) in
            [("/no/such/gpg", "executable not available"), ("false", "it failed (exit status: 1)")]
        {
            let message = sign(program).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
        fs::write(directory.path().join(format!("{}.asc", wheel.filename())), b"signed").unwrap();
        let signature = sign("true").unwrap().signature.unwrap();
        assert_eq!(signature, ("demo-1.0-py3-none-any.whl.asc".to_owned(), b"signed".to_vec()));
    }
}
