//! Staging (binary distribution format): a wheel is linked, with its scripts, bytecode and RECORD, to where one
//! rename makes it visible. All wheels of a transaction share one tree, so two that want one name meet here.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::io::Write;
use std::path::PathBuf;

use cache::{CachedWheel, ManifestFile, WheelRoot};
use distribution::{SafePath, Sha256, script_name_problem};
use requirement::ProjectName;

use crate::area::AREA;
use crate::directory::Directory;
use crate::linking::Source;
use crate::paths::{joined, relative};
use crate::record::RecordWriter;
use crate::roots::{Place, Root, Roots};
use crate::scripts::{ScriptInterpreter, is_entry_point_wrapper};
use crate::staging::Staging;
use crate::{InstallError, Installation};

/// A file that is written here and not linked.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) place: Place,
    pub(crate) content: Vec<u8>,
    pub(crate) sha256: Sha256,
    executable: bool,
}

/// What a wheel will be in the environment.
#[derive(Debug)]
pub(crate) struct StagedWheel {
    pub(crate) wheel: CachedWheel,
    /// The directory for its headers.
    headers_name: String,
    pub(crate) position: usize,
    /// The directory that `.dist-info` goes to.
    pub(crate) library: Root,
    pub(crate) generated: Vec<Generated>,
    /// Console scripts that it brings, for the warning about PATH.
    pub(crate) scripts: Vec<PathBuf>,
}

impl StagedWheel {
    /// Works out what is generated for an installation; nothing is written yet.
    pub(crate) fn new(
        installation: &Installation,
        interpreter: &ScriptInterpreter,
        context: &Staging,
    ) -> Result<Self, InstallError> {
        let roots = &context.roots;
        let wheel = installation.wheel.clone();
        let manifest = &wheel.manifest;
        let library = if manifest.root_is_purelib { Root::Purelib } else { Root::Platlib };
        let mut staged = Self {
            library: roots.standing_for(library),
            generated: Vec::new(),
            scripts: Vec::new(),
            position: installation.position,
            headers_name: installation.headers_name.clone().unwrap_or_else(|| manifest.name.clone()),
            wheel: wheel.clone(),
        };
        for script in interpreter.scripts(&manifest.entry_points) {
            if script.is_console {
                staged.scripts.push(roots.literal(Root::Scripts).join(&script.name));
            }
            staged.generate(roots.place(Root::Scripts, &script.name), script.content, true);
        }
        for file in manifest.files.iter().filter(|file| is_rewritten(file, &wheel)) {
            context.check_file(&wheel, file)?;
            let path = wheel.file_path(file);
            let content = std::fs::read(&path).map_err(InstallError::io("cannot read", &path))?;
            let place = staged.place(roots, file);
            staged.generate(place, interpreter.rewritten(&content), file.executable);
        }
        let info = manifest.dist_info.as_str();
        let installer = format!("{}\n", context.installer).into_bytes();
        let direct_url = installation.direct_url.as_ref().map(|url| url.to_json().into_bytes());
        let requested = installation.requested.then(Vec::new);
        for (name, content) in
            [("INSTALLER", Some(installer)), ("direct_url.json", direct_url), ("REQUESTED", requested)]
        {
            if let Some(content) = content {
                staged.generate(Place::new(staged.library, joined(info, name)), content, false);
            }
        }
        for place in staged.places(roots) {
            staged.require_allowed(roots, &place)?;
        }
        Ok(staged)
    }

    fn generate(&mut self, place: Place, content: Vec<u8>, executable: bool) {
        let sha256 = Sha256::of(&content);
        self.generated.push(Generated { place, content, sha256, executable });
    }

    /// Project and version, for messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.wheel.manifest.name, self.wheel.manifest.version)
    }

    /// The project.
    pub(crate) fn project(&self) -> Option<ProjectName> {
        self.wheel.manifest.name.parse().ok()
    }

    /// Where a file of the wheel goes.
    pub(crate) fn place(&self, roots: &Roots, file: &ManifestFile) -> Place {
        self.place_of(roots, file.root, file.path.as_str())
    }

    fn place_of(&self, roots: &Roots, root: WheelRoot, path: &str) -> Place {
        match root {
            WheelRoot::Library => roots.place(self.library, path),
            WheelRoot::Purelib => roots.place(Root::Purelib, path),
            WheelRoot::Platlib => roots.place(Root::Platlib, path),
            WheelRoot::Scripts => roots.place(Root::Scripts, path),
            WheelRoot::Data => roots.place(Root::Data, path),
            WheelRoot::Headers => roots.place(Root::Headers, &format!("{}/{path}", self.headers_name)),
        }
    }

    /// The files that are linked.
    pub(crate) fn linked(&self) -> impl Iterator<Item = &ManifestFile> {
        self.wheel
            .manifest
            .files
            .iter()
            .filter(|file| !is_rewritten(file, &self.wheel) && !is_replaced(file, &self.wheel))
    }

    /// All places that the wheel writes outside its library directory, and the first of each directory inside.
    fn places(&self, roots: &Roots) -> Vec<Place> {
        let generated = self.generated.iter().map(|generated| generated.place.clone());
        let linked = self.linked().map(|file| self.place(roots, file));
        let mut places: Vec<Place> = generated.chain(linked).collect();
        places.dedup_by(|one, other| {
            one.root == self.library && one.root == other.root && one.top() == other.top()
        });
        places
    }

    /// The content that this wheel has for `place`: none, one, or (a fault of the wheel) several.
    pub(crate) fn contents(&self, roots: &Roots, place: &Place) -> BTreeSet<Sha256> {
        let generated = self.generated.iter().filter(|generated| generated.place == *place);
        let linked = self.linked().filter(|file| self.place(roots, file) == *place);
        generated.map(|generated| generated.sha256).chain(linked.map(|file| file.sha256)).collect()
    }

    /// Refuses what would overwrite the environment itself or the transaction's own directory.
    fn require_allowed(&self, roots: &Roots, place: &Place) -> Result<(), InstallError> {
        let problem = match place.root {
            _ if place.top().to_ascii_lowercase().starts_with(AREA) => Some("it is rpip's own directory"),
            Root::Scripts if !place.path.contains('/') => script_name_problem(&place.path),
            root if root == roots.standing_for(Root::Data)
                && place.path.eq_ignore_ascii_case("pyvenv.cfg") =>
            {
                Some("is that of a file of the environment itself")
            }
            _ => None,
        };
        match problem {
            None => Ok(()),
            Some(problem) => Err(InstallError::Forbidden {
                wheel: self.wheel.manifest.filename.clone(),
                path: place.path.clone(),
                reason: format!("the name {problem}"),
            }),
        }
    }

    /// Writes everything into the staging directories.
    pub(crate) fn write(&self, installation: &Installation, context: &Staging) -> Result<(), InstallError> {
        let roots = &context.roots;
        let manifest = &self.wheel.manifest;
        let library = context.directory(self.library)?;
        for (root, directory) in &manifest.directories {
            let place = self.place_of(roots, *root, directory.as_str());
            // Directories that hold a root are made when a file needs them: their files lie elsewhere.
            if !roots.holds_root(&place) {
                make_directory(context.directory(place.root)?, &place.path)?;
            }
        }
        let mut record = RecordWriter::with_capacity(manifest.files.len() + self.generated.len() + 1);
        let prefixes = Prefixes::new(roots, self.library);
        let source =
            Directory::open(&self.wheel.root).map_err(InstallError::io("cannot read", &self.wheel.root))?;
        for file in self.linked() {
            let place = self.place(roots, file);
            let name: Cow<'_, str> = match file.root {
                WheelRoot::Library => file.path.as_str().into(),
                root => manifest.location(root, &file.path).into(),
            };
            let is_reassigned = context.check_attributes(&self.wheel, file, &source, &name)?;
            let source = Source {
                directory: &source,
                name: &name,
                executable: file.executable,
                modified: manifest.modified,
                must_copy: is_reassigned || context.must_copy(manifest),
            };
            let linker = context.linker(place.root);
            self.settle(&place, context, |target, name| linker.place(&source, target, name))?;
            record.file(prefixes.row(place), file.sha256, file.size);
        }
        for generated in &self.generated {
            self.settle(&generated.place, context, |target, name| {
                target.create_file(name, generated.executable)?.write_all(&generated.content)
            })?;
            let size = generated.content.len() as u64;
            record.file(prefixes.row(generated.place.clone()), generated.sha256, size);
        }
        self.link_bytecode(installation, context, &mut record, &prefixes)?;
        let record_path = format!("{}/RECORD", manifest.dist_info);
        record.unhashed(record_path.clone());
        library
            .create_file(&record_path, false)
            .and_then(|mut file| file.write_all(record.finish().as_bytes()))
            .map_err(InstallError::io("cannot write", &library.path().join(&record_path)))
    }

    /// Links what is compiled. Bytecode is a help and no part of the wheel: what is gone or was touched is left out,
    /// and where another wheel's lies already it stays.
    fn link_bytecode(
        &self,
        installation: &Installation,
        context: &Staging,
        record: &mut RecordWriter,
        prefixes: &Prefixes,
    ) -> Result<(), InstallError> {
        let Some(bytecode) = installation.bytecode.as_ref().filter(|bytecode| !bytecode.files.is_empty())
        else {
            return Ok(());
        };
        let Ok(source) = Directory::open(&bytecode.root) else { return Ok(()) };
        let mut made: Option<Place> = None;
        let modified = self.wheel.manifest.modified;
        for (path, &size) in bytecode.files.iter().zip(&bytecode.sizes) {
            let Some(place) = self.bytecode_place(&context.roots, path) else { continue };
            let is_whole = source
                .attributes(path.as_str())
                .is_ok_and(|found| found.is_file && found.size == size && found.modified == (modified, 0));
            if !is_whole {
                continue;
            }
            let target = context.directory(place.root)?;
            let parent = place.path.rsplit_once('/').map(|(parent, _)| Place::new(place.root, parent));
            if parent != made
                && let Some(parent) = &parent
            {
                make_directory(target, &parent.path)?;
            }
            made = parent;
            let source = Source {
                directory: &source,
                name: path.as_str(),
                executable: false,
                modified,
                must_copy: context.must_copy(&self.wheel.manifest),
            };
            match context.linker(place.root).place(&source, target, &place.path) {
                Ok(()) => record.unhashed(prefixes.row(place)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    record.unhashed(prefixes.row(place));
                }
                Err(error) => {
                    return Err(InstallError::io("cannot create", &target.path().join(&place.path))(error));
                }
            }
        }
        Ok(())
    }

    /// Where bytecode goes: its tree has the `.data` directories of the wheel.
    fn bytecode_place(&self, roots: &Roots, path: &SafePath) -> Option<Place> {
        let data = self.wheel.manifest.data_directory.as_ref();
        let in_data = data
            .and_then(|data| path.as_str().strip_prefix(data.as_str()))
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(in_data) = in_data else {
            return Some(self.place_of(roots, WheelRoot::Library, path.as_str()));
        };
        let (scheme, rest) = in_data.split_once('/')?;
        Some(self.place_of(roots, WheelRoot::of_scheme(scheme)?, rest))
    }

    /// Puts a file to its place with `put`; makes the directory where it is missing, and settles who has the
    /// place where another file is there.
    fn settle(
        &self,
        place: &Place,
        context: &Staging,
        put: impl Fn(&Directory, &str) -> io::Result<()>,
    ) -> Result<(), InstallError> {
        let target = context.directory(place.root)?;
        let failed = |error| InstallError::io("cannot create", &target.path().join(&place.path))(error);
        match put(target, &place.path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some((parent, _)) = place.path.rsplit_once('/') {
                    make_directories(target, parent)?;
                }
                put(target, &place.path).map_err(failed)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                context.contest(self, place, || {
                    if !target.attributes(&place.path).is_ok_and(|attributes| attributes.is_file) {
                        return Err(self.not_both(place));
                    }
                    target.remove_file(&place.path).and_then(|()| put(target, &place.path)).map_err(failed)
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(self.not_both(place)),
            Err(error) => Err(failed(error)),
        }
    }

    fn not_both(&self, place: &Place) -> InstallError {
        InstallError::Forbidden {
            wheel: self.wheel.manifest.filename.clone(),
            path: place.path.clone(),
            reason: "another wheel has a file where this one has a directory, or the other way round"
                .to_owned(),
        }
    }
}

/// What leads from the library directory to each root, for RECORD.
struct Prefixes {
    library: Root,
    prefixes: [String; 5],
}

impl Prefixes {
    fn new(roots: &Roots, library: Root) -> Self {
        Self { library, prefixes: Root::ALL.map(|root| relative(roots.path(root), roots.path(library))) }
    }

    fn row(&self, place: Place) -> String {
        if place.root == self.library {
            return place.path;
        }
        joined(self.prefixes.get(place.root.index()).map_or("", String::as_str), &place.path)
    }
}

/// Whether a script gets another first line.
fn is_rewritten(file: &ManifestFile, wheel: &CachedWheel) -> bool {
    file.rewrite_shebang && !is_replaced(file, wheel)
}

/// Whether a script is left out because an entry point's takes its place.
fn is_replaced(file: &ManifestFile, wheel: &CachedWheel) -> bool {
    file.root == WheelRoot::Scripts
        && is_entry_point_wrapper(file.path.file_name(), &wheel.manifest.entry_points)
}

fn make_directory(directory: &Directory, name: &str) -> Result<(), InstallError> {
    match directory.make_directory(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_directories(directory, name),
        result => result.map_err(InstallError::io("cannot create", &directory.path().join(name))),
    }
}

/// Makes a directory and those it lies in.
fn make_directories(directory: &Directory, name: &str) -> Result<(), InstallError> {
    let ends = name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
    for part in ends.filter_map(|end| name.get(..end)) {
        directory
            .make_directory(part)
            .map_err(InstallError::io("cannot create", &directory.path().join(part)))?;
    }
    Ok(())
}
