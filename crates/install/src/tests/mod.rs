//! Tests of transactions on environments made of plain directories; no interpreter is started.
#![allow(clippy::unwrap_used)]

mod conflicts;
mod existing;
mod installing;
mod places;
mod reading;
mod recovery;
mod removing;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use cache::{Cache, CachedWheel, WheelSource};
use distribution::{Sha256, WheelFilename};
use python::Scheme;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::transaction::Target;
use crate::uninstall::Removal;
use crate::{
    InstallError, Installation, InstalledDistribution, InstalledDistributions, Report, Transaction,
    TransactionOptions,
};

/// An environment beside a cache.
pub(super) struct Context {
    pub(super) place: TempDir,
    pub(super) cache: Cache,
    pub(super) target: Target,
}

/// Without waiting for the disk: what tests kill is the process and not the machine.
pub(super) fn options() -> TransactionOptions {
    TransactionOptions { durable: false, ..TransactionOptions::default() }
}

/// A virtual environment's directories below `root`.
pub(super) fn scheme(root: &Path) -> Scheme {
    let library = root.join("lib/python3.12/site-packages");
    Scheme {
        purelib: library.clone(),
        platlib: library,
        scripts: root.join("bin"),
        data: root.to_path_buf(),
        headers: root.join("include/site/python3.12"),
    }
}

impl Context {
    pub(super) fn new() -> Self {
        // In memory where there is such a place: thousands of small files are made and removed.
        let place = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let root = fs::canonicalize(place.path()).unwrap();
        let venv = root.join("venv");
        let target = Target { scheme: scheme(&venv), executable: venv.join("bin/python"), version: (3, 12) };
        fs::create_dir_all(&target.scheme.purelib).unwrap();
        fs::create_dir_all(&target.scheme.scripts).unwrap();
        fs::write(venv.join("pyvenv.cfg"), "home = /nowhere\n").unwrap();
        Self { cache: Cache::at(root.join("cache")), place, target }
    }

    /// Another environment with the same cache.
    pub(super) fn sibling(&self) -> Self {
        Self { cache: self.cache.clone(), ..Self::new() }
    }

    pub(super) fn site_packages(&self) -> &Path {
        &self.target.scheme.purelib
    }

    pub(super) fn venv(&self) -> &Path {
        &self.target.scheme.data
    }

    pub(super) fn begin(&self) -> Transaction {
        self.begin_with(options()).unwrap()
    }

    pub(super) fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, InstallError> {
        Transaction::begin_in(&self.target, &self.cache, options, &|| {})
    }

    pub(super) fn wheel(&self, name: &str, version: &str, files: &[(&str, &str)]) -> Installation {
        self.build(&Wheel::new(name, version, files))
    }

    pub(super) fn build(&self, wheel: &Wheel) -> Installation {
        let filename_text = wheel.filename();
        let path = self.place.path().join(&filename_text);
        fs::write(&path, wheel.bytes()).unwrap();
        let filename: WheelFilename = filename_text.parse().unwrap();
        let file = File::open(&path).unwrap();
        let source = WheelSource {
            filename: &filename,
            filename_text: &filename_text,
            file: &file,
            sha256: None,
            promised: &[],
        };
        let wheel: CachedWheel = self.cache.unpack_wheel(&source).unwrap();
        Installation {
            wheel,
            bytecode: None,
            requested: false,
            direct_url: None,
            headers_name: None,
            position: 0,
        }
    }

    /// Installs, and replaces what is installed of the same projects.
    pub(super) fn install(&self, installations: &[Installation]) -> Result<Report, InstallError> {
        self.install_with(installations, options())
    }

    pub(super) fn install_with(
        &self,
        installations: &[Installation],
        options: TransactionOptions,
    ) -> Result<Report, InstallError> {
        let mut transaction = self.begin_with(options)?;
        let installed = self.installed();
        for installation in installations {
            let name = installation.wheel.manifest.name.parse().unwrap();
            if let Some(distribution) = installed.get(&name) {
                transaction.remove(distribution)?;
            }
        }
        transaction.stage_all(installations)?;
        transaction.commit()
    }

    pub(super) fn uninstall(&self, names: &[&str]) -> Result<Report, InstallError> {
        let mut transaction = self.begin();
        for name in names {
            transaction.remove(&self.distribution(name))?;
        }
        transaction.commit()
    }

    pub(super) fn removal(&self, name: &str) -> Result<Removal, InstallError> {
        let roots = crate::roots::Roots::new(&self.target.scheme);
        Removal::with_roots(&roots, &self.distribution(name))
    }

    pub(super) fn installed(&self) -> InstalledDistributions {
        let scheme = &self.target.scheme;
        InstalledDistributions::read(&[scheme.purelib.clone(), scheme.platlib.clone()]).unwrap()
    }

    pub(super) fn distribution(&self, name: &str) -> InstalledDistribution {
        self.installed().get(&name.parse().unwrap()).unwrap().clone()
    }

    /// `name version` of all that is installed.
    pub(super) fn names(&self) -> Vec<String> {
        let installed = self.installed();
        assert!(installed.broken.is_empty(), "{:?}", installed.broken);
        let names = installed.distributions.iter();
        names.map(|distribution| format!("{} {}", distribution.name, distribution.version)).collect()
    }

    /// Writes a file below the environment by hand.
    pub(super) fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.venv().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.venv().join(path)).unwrap()
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.venv().join(path).symlink_metadata().is_ok()
    }

    /// Everything below the environment: directories with a `/`, links with their target, files with their content.
    pub(super) fn tree(&self) -> BTreeMap<String, String> {
        tree(self.venv())
    }

    /// That every file of every RECORD is there as it is listed, and nothing else in site-packages.
    pub(super) fn require_whole(&self) {
        let mut listed = Vec::new();
        for distribution in self.installed().distributions {
            for entry in distribution.record().unwrap().entries {
                let path = crate::paths::normalized(&distribution.location, &entry.path);
                if let Some(hash) = &entry.hash {
                    let content = fs::read(&path).unwrap();
                    assert_eq!(*hash, format!("sha256={}", Sha256::of(&content).record_text()), "{path:?}");
                }
                listed.push(path);
            }
        }
        for path in tree(self.site_packages()).keys().filter(|path| !path.ends_with('/')) {
            assert!(listed.contains(&self.site_packages().join(path)), "{path} is nobody's");
        }
    }
}

pub(super) fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let kind = path.symlink_metadata().unwrap().file_type();
            if kind.is_symlink() {
                found.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
            } else if kind.is_dir() {
                found.insert(format!("{name}/"), String::new());
                open.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(name, String::from_utf8_lossy(&content).into_owned());
            }
        }
    }
    found
}

/// A wheel to be built; files whose content begins with `#!` are executable.
pub(super) struct Wheel {
    name: String,
    version: String,
    files: Vec<(String, String)>,
    pub(super) is_pure: bool,
}

impl Wheel {
    pub(super) fn new(name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned()));
        Self { name: name.to_owned(), version: version.to_owned(), files: files.collect(), is_pure: true }
    }

    fn filename(&self) -> String {
        format!("{}-{}-py3-none-any.whl", self.name, self.version)
    }

    fn bytes(&self) -> Vec<u8> {
        let info = format!("{}-{}.dist-info", self.name, self.version);
        let mut files = self.files.clone();
        files.push((
            format!("{info}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version),
        ));
        files.push((
            format!("{info}/WHEEL"),
            format!("Wheel-Version: 1.0\nRoot-Is-Purelib: {}\nTag: py3-none-any\n", self.is_pure),
        ));
        let mut record = String::new();
        for (path, content) in &files {
            let hash = Sha256::of(content.as_bytes()).record_text();
            record.push_str(&format!("{path},sha256={hash},{}\n", content.len()));
        }
        record.push_str(&format!("{info}/RECORD,,\n"));
        files.push((format!("{info}/RECORD"), record));
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in &files {
            let mode = if content.starts_with("#!") { 0o755 } else { 0o644 };
            archive.start_file(path.as_str(), SimpleFileOptions::default().unix_permissions(mode)).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
