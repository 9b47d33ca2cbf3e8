//! The journal: what a transaction is about to do, written before the first visible change.
//!
//! Every step is one rename: *stash* moves what stands at a place into the area, *place* moves what was staged to its
//! place. Whether a step was done can be seen from what lies in the area, so that undoing a killed run needs the
//! list alone, and may itself be killed and begun again. The journal names roots and paths below them, never absolute
//! paths: whatever lies in an environment, recovery moves nothing outside it.
//!
//! On disk: a line with the format, the hosts of the areas, one entry a step ended by NUL, and the SHA-256 of all that.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use distribution::Sha256;

use crate::InstallError;
use crate::area::Areas;
use crate::roots::{Place, Root};

/// The name of the journal while its steps are done.
pub(crate) const JOURNAL: &str = "journal";
/// Its name once all are done: from then on the change stands.
pub(crate) const COMMITTED: &str = "committed";

const HEADER: &str = "rpip-journal-1\n";
/// Hexadecimal digits of the SHA-256 at the end.
const DIGEST_LENGTH: usize = 64;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Moves what stands at the place into the area.
    Stash,
    /// Moves what is staged for the place there.
    Place,
    /// After the commit: removes the directory, if it is empty.
    RemoveEmpty,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) place: Place,
}

/// A list of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Journal {
    pub(crate) areas: Areas,
    pub(crate) steps: Vec<Step>,
}

impl Action {
    fn letter(self) -> char {
        match self {
            Self::Stash => 's',
            Self::Place => 'p',
            Self::RemoveEmpty => 'e',
        }
    }

    fn of_letter(letter: char) -> Option<Self> {
        [Self::Stash, Self::Place, Self::RemoveEmpty].into_iter().find(|action| action.letter() == letter)
    }
}

impl Journal {
    /// Whether anything that was there before is moved.
    pub(crate) fn moves_old_files(&self) -> bool {
        self.steps.iter().any(|step| step.action == Action::Stash)
    }

    /// Writes the journal into `area`, under its name only when it is whole. If it is to be durable it is on the
    /// disk, and not only on its way there, before this returns.
    pub(crate) fn write(&self, area: &Path, durable: bool) -> Result<(), InstallError> {
        let path = area.join(JOURNAL);
        let failed = || InstallError::io("cannot write", &path);
        let unfinished = area.join("journal.new");
        let mut file = File::create(&unfinished).map_err(failed())?;
        file.write_all(&self.to_bytes()).map_err(failed())?;
        if durable {
            file.sync_all().map_err(failed())?;
        }
        fs::rename(&unfinished, &path).map_err(failed())?;
        if durable {
            sync_directory(area);
        }
        Ok(())
    }

    /// Reads a journal: none where the file is missing, an error of text where it is not a journal.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, InstallError> {
        match fs::read(path) {
            Ok(bytes) => Self::from_bytes(&bytes)
                .map(Some)
                .ok_or_else(|| InstallError::Journal { path: path.parent().unwrap_or(path).to_path_buf() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(InstallError::io("cannot read", path)(source)),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::from(HEADER);
        for root in Root::ALL {
            text.push_str(&self.areas.host(root).index().to_string());
        }
        text.push('\n');
        for step in &self.steps {
            text.push(step.action.letter());
            text.push_str(&step.place.root.index().to_string());
            text.push_str(&step.place.path);
            text.push('\0');
        }
        let digest = Sha256::of(text.as_bytes()).to_string();
        (text + &digest).into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_LENGTH)?)?;
        if Sha256::of(content).to_string().as_bytes() != digest {
            return None;
        }
        let (hosts, steps) = std::str::from_utf8(content).ok()?.strip_prefix(HEADER)?.split_once('\n')?;
        let hosts: Vec<Root> = hosts.chars().map(root_of).collect::<Option<_>>()?;
        let areas = Areas::from_hosts(hosts.try_into().ok()?);
        let steps = steps.split_terminator('\0').map(parse_step).collect::<Option<_>>()?;
        Some(Self { areas, steps })
    }
}

fn root_of(digit: char) -> Option<Root> {
    Root::of_index(usize::try_from(digit.to_digit(10)?).ok()?)
}

fn parse_step(text: &str) -> Option<Step> {
    let mut characters = text.chars();
    let action = Action::of_letter(characters.next()?)?;
    let root = root_of(characters.next()?)?;
    let path = characters.as_str();
    is_confined(path).then(|| Step { action, place: Place::new(root, path) })
}

/// Whether a path that was read leads nowhere but below its root.
pub(crate) fn is_confined(path: &str) -> bool {
    let is_plain = |component: &str| !matches!(component, "" | "." | "..");
    path.split('/').all(is_plain) && !(cfg!(windows) && path.contains(['\\', ':']))
}

/// Has a directory's entries written to the disk, where the system can.
pub(crate) fn sync_directory(path: &Path) {
    // Some file systems refuse it; what they promise without it has to do.
    let _ = File::open(path).and_then(|directory| directory.sync_all());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn journal(paths: &[&str]) -> Journal {
        let step = |path: &&str| Step { action: Action::Stash, place: Place::new(Root::Scripts, *path) };
        Journal { areas: Areas::from_hosts([Root::Purelib; 5]), steps: paths.iter().map(step).collect() }
    }

    #[test]
    fn what_is_written_is_read() {
        let journal = journal(&["a/b.py", "a\nb", "ü \\ : x"]);
        assert_eq!(Journal::from_bytes(&journal.to_bytes()).unwrap(), journal);
    }

    #[test]
    fn a_journal_that_was_touched_is_none() {
        let bytes = journal(&["a"]).to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(Journal::from_bytes(bytes.get(..length).unwrap()), None);
        }
        for index in 0..bytes.len() {
            let mut touched = bytes.clone();
            *touched.get_mut(index).unwrap() ^= 1;
            assert_eq!(Journal::from_bytes(&touched), None);
        }
    }

    #[test]
    fn a_journal_cannot_lead_outside() {
        for path in ["../a", "/etc/passwd", "a/../../b", "a//b", "", "."] {
            assert_eq!(Journal::from_bytes(&journal(&[path]).to_bytes()), None, "{path}");
        }
    }
}
