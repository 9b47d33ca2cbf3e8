//! Keeping what a transaction takes out of an environment, and putting it back: `history` and `undo`.

use std::fs;
use std::io;
use std::path::Path;

use cache::{ChangeRecord, ChangedDistribution, History, KeptPlace};

use crate::journal::{Action, Journal, is_confined};
use crate::roots::{Place, Root};
use crate::staging::Staging;
use crate::{InstallError, Report};

/// Deeper trees are not restored.
const DEEPEST: usize = 256;

/// How a change is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeLabel {
    /// When, in seconds since 1970.
    pub time: i64,
    /// The command, without passwords.
    pub command: String,
    /// The change that this one undoes.
    pub undoes: Option<u64>,
}

/// What is to be put back.
#[derive(Debug, Clone)]
pub struct Restoration<'a> {
    /// The history that holds it.
    pub history: &'a History,
    /// The number of the change.
    pub number: u64,
    /// The change.
    pub change: &'a ChangeRecord,
}

/// Moves what the journal stashed into the history, with a record of the change.
pub(crate) fn keep(
    history: &History,
    label: &ChangeLabel,
    journal: &Journal,
    staging: &Staging,
    report: &Report,
) -> Result<(), InstallError> {
    let mut kept = Vec::new();
    let mut keeper = None;
    for (number, step) in journal.steps.iter().enumerate() {
        if step.action != Action::Stash {
            continue;
        }
        let taker = match &keeper {
            Some(taker) => taker,
            None => &*keeper.insert(history.keeper()?),
        };
        taker.take(kept.len(), &journal.areas.stashed(&staging.roots, &step.place, number))?;
        let root = u8::try_from(step.place.root.index()).unwrap_or_default();
        kept.push(KeptPlace { root, path: step.place.path.clone() });
    }
    // What was left out was not announced.
    let wheels = staging.wheels();
    let installed = wheels.iter().map(|wheel| ChangedDistribution {
        name: wheel.wheel.manifest.name.clone(),
        version: wheel.wheel.manifest.version.clone(),
    });
    let removed = report.removed.iter().map(|removed| ChangedDistribution {
        name: removed.name_text.clone(),
        version: removed.version.to_string(),
    });
    let change = ChangeRecord {
        time: label.time,
        command: label.command.clone(),
        undoes: label.undoes,
        installed: installed.chain(staging.restored()).collect(),
        removed: removed.collect(),
        kept,
        ..ChangeRecord::default()
    };
    history.add(change, keeper)?;
    Ok(())
}

/// Stages what a change had taken out.
pub(crate) fn stage(restoration: &Restoration<'_>, staging: &Staging) -> Result<(), InstallError> {
    for (index, kept) in restoration.change.kept.iter().enumerate() {
        let source = restoration.history.kept(restoration.number, index);
        let root = Root::of_index(usize::from(kept.root)).filter(|_| is_confined(&kept.path));
        let Some(root) = root else {
            let reason = "the history names it, and it is no path of an environment";
            return Err(InstallError::InTheWay { path: source, reason });
        };
        let place = Place::new(staging.roots.standing_for(root), kept.path.clone());
        let target = staging.directory(place.root)?.path().join(&place.path);
        let failed = || InstallError::io("cannot restore", &target);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(failed())?;
        }
        link(&source, &target, 0).map_err(failed())?;
    }
    staging.note_restored(&restoration.change.removed);
    Ok(())
}

/// Gives everything in a tree a second name, or copies it where that cannot be.
fn link(source: &Path, target: &Path, depth: usize) -> io::Result<()> {
    let metadata = fs::symlink_metadata(source)?;
    if depth > DEEPEST {
        return Err(io::ErrorKind::QuotaExceeded.into());
    }
    if metadata.is_symlink() {
        return symbolic_link(&fs::read_link(source)?, target);
    }
    if !metadata.is_dir() {
        if fs::hard_link(source, target).is_ok() {
            return Ok(());
        }
        fs::copy(source, target)?;
        return fs::File::open(target)?.set_modified(metadata.modified()?);
    }
    // Two kept places may lie one in the other.
    if !target.is_dir() {
        fs::create_dir(target)?;
    }
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        link(&entry.path(), &target.join(entry.file_name()), depth + 1)?;
    }
    fs::set_permissions(target, metadata.permissions())
}

#[cfg(unix)]
fn symbolic_link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symbolic_link(_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
