//! Doing the steps of a journal, undoing them, and finishing what a killed run left.
//!
//! 1. The journal is written (`journal`). 2. Every step is one rename. 3. The journal is renamed to `committed`:
//!    the change stands. 4. The area is removed, with what was stashed.
//!
//! A run that was killed before 3 is undone: last step first, each where the area shows that it was done. One that was
//! killed after 3 is finished. Before 1 there is only an area to remove.
//!
//! Durability: where old files are moved (and it is not switched off), the journal is on the disk before the first step, and all data (also what was
//! unpacked a moment ago) before the mark of 3, so that a power failure finds the old state or the new. Where only
//! new distributions are added nothing can be lost but them, and nothing is waited for. The order of renames
//! and removals among themselves is the file system's: those with a journal keep it.

use std::fs;
use std::io;
use std::path::Path;

use crate::InstallError;
use crate::area::{self, Areas, ignore_missing, main_area};
use crate::fault::Faults;
use crate::journal::{Action, COMMITTED, JOURNAL, Journal, Step};
use crate::roots::Roots;

/// What was found of a run that was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// It had changed nothing yet: what it had prepared was removed.
    Cleaned,
    /// It was in the middle: all is as it was before it.
    RolledBack,
    /// It had succeeded: what it had put aside was removed.
    Finished,
}

/// Why the steps were not all done. They are undone.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: InstallError,
    /// A directory could not be moved as a whole: it lies in the lower layer of an overlay file system.
    pub(crate) is_cross_device: bool,
    /// Undoing failed: the area stays, for the next run to try again.
    pub(crate) is_undone: bool,
}

/// Does all steps, or none.
pub(crate) fn apply(roots: &Roots, journal: &Journal, durable: bool, faults: &Faults) -> Result<(), Failure> {
    let area = main_area(roots);
    let attempt = || {
        journal.write(&area, durable)?;
        faults.reach("journal written")?;
        for (number, step) in journal.steps.iter().enumerate() {
            do_step(roots, journal, number, step)?;
            faults.reach("step done")?;
        }
        if durable {
            for host in journal.areas.hosts() {
                sync_file_system(&journal.areas.path(roots, host));
            }
        }
        faults.reach("before the mark")?;
        let (journal, mark) = (area.join(JOURNAL), area.join(COMMITTED));
        fs::rename(&journal, &mark).map_err(InstallError::io("cannot write", &mark))
    };
    let Err(error) = attempt() else { return Ok(()) };
    let is_cross_device = matches!(
        &error,
        InstallError::Io { source, .. } if source.kind() == io::ErrorKind::CrossesDevices
    );
    if faults.is_killed() {
        return Err(Failure { error, is_cross_device, is_undone: false });
    }
    match undo(roots, journal, faults) {
        Ok(()) => Err(Failure { error, is_cross_device, is_undone: true }),
        Err(undo) => {
            let error = InstallError::NotUndone { error: Box::new(error), undo: Box::new(undo) };
            Err(Failure { error, is_cross_device: false, is_undone: false })
        }
    }
}

fn do_step(roots: &Roots, journal: &Journal, number: usize, step: &Step) -> Result<(), InstallError> {
    let place = roots.absolute(&step.place);
    match step.action {
        Action::Stash => {
            let stashed = journal.areas.stashed(roots, &step.place, number);
            rename_new(&place, &stashed).map_err(InstallError::io("cannot move", &place))
        }
        Action::Place => {
            let staged = journal.areas.staged(roots, &step.place);
            rename_new(&staged, &place).map_err(InstallError::io("cannot create", &place))
        }
        Action::RemoveEmpty => Ok(()),
    }
}

/// Undoes the steps that were done, the last first; then the journal goes, and with it the intent. May be
/// stopped anywhere and begun again.
fn undo(roots: &Roots, journal: &Journal, faults: &Faults) -> Result<(), InstallError> {
    for (number, step) in journal.steps.iter().enumerate().rev() {
        let place = roots.absolute(&step.place);
        let failed = || InstallError::io("cannot restore", &place);
        match step.action {
            Action::Stash => {
                let stashed = journal.areas.stashed(roots, &step.place, number);
                if exists(&stashed) {
                    restore(roots, journal, step, number, &stashed).map_err(failed())?;
                }
            }
            Action::Place => {
                let staged = journal.areas.staged(roots, &step.place);
                if !exists(&staged) {
                    ignore_missing(rename_new(&place, &staged)).map_err(failed())?;
                }
            }
            Action::RemoveEmpty => {}
        }
        faults.reach("step undone")?;
    }
    let path = main_area(roots).join(JOURNAL);
    ignore_missing(fs::remove_file(&path)).map_err(InstallError::io("cannot remove", &path))
}

/// Moves what was stashed back. If something stands there by now (a program that ran meanwhile wrote it), that is put
/// aside: what was there before the transaction counts.
fn restore(roots: &Roots, journal: &Journal, step: &Step, number: usize, stashed: &Path) -> io::Result<()> {
    let place = roots.absolute(&step.place);
    match rename_new(stashed, &place) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let aside = journal.areas.path(roots, step.place.root).join(format!("aside-{number}"));
            fs::rename(&place, aside)?;
            rename_new(stashed, &place)
        }
        result => result,
    }
}

/// After the commit: removes directories that became empty.
pub(crate) fn remove_emptied(roots: &Roots, journal: &Journal) {
    for step in journal.steps.iter().filter(|step| step.action == Action::RemoveEmpty) {
        // Inner ones come first. What is not empty stays.
        let _ = fs::remove_dir(roots.absolute(&step.place));
    }
}

/// Finishes or undoes what a killed run left in the environment, if anything.
pub(crate) fn recover(roots: &Roots, faults: &Faults) -> Result<Option<Recovery>, InstallError> {
    let area = main_area(roots);
    // It is made first and removed last: without it there are no others.
    if !area::is_there(&area)? {
        return Ok(None);
    }
    let mut areas = Areas::of(roots);
    let recovery = if let Some(journal) = read_journal(&area, COMMITTED)? {
        remove_emptied(roots, &journal);
        areas = journal.areas;
        Recovery::Finished
    } else if exists(&area.join(COMMITTED)) {
        Recovery::Finished
    } else if let Some(journal) = read_journal(&area, JOURNAL)? {
        undo(roots, &journal, faults)?;
        areas = journal.areas;
        Recovery::RolledBack
    } else {
        Recovery::Cleaned
    };
    faults.reach("recovered")?;
    for host in areas.hosts() {
        area::remove(&areas.path(roots, host))?;
    }
    Ok(Some(recovery))
}

/// Reads a journal. One that cannot be read is as none as long as nothing was moved away: only where old files
/// are moved is it known to be whole on the disk.
fn read_journal(area: &Path, name: &str) -> Result<Option<Journal>, InstallError> {
    match Journal::read(&area.join(name)) {
        Err(InstallError::Journal { .. }) if name == COMMITTED => Ok(None),
        Err(InstallError::Journal { path }) => {
            let stash = fs::read_dir(area.join("stash"));
            if stash.is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(InstallError::Journal { path });
            }
            Ok(None)
        }
        result => result,
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Renames without replacing anything.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems that do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_if_free(from, to),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_if_free(from, to)
}

fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    if exists(to) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Has everything that was written to a file system reach the disk.
#[cfg(target_os = "linux")]
fn sync_file_system(path: &Path) {
    // Where it is refused, what the file system promises without it has to do.
    let _ = fs::File::open(path).map(|directory| rustix::fs::syncfs(&directory));
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(path: &Path) {
    crate::journal::sync_directory(path);
}
