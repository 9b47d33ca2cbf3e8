//! `history`: what was changed in an environment, when, and by which command.

use std::collections::{BTreeMap, BTreeSet};

use ::cache::{Cache, ChangeRecord};
use python::{Destination, Environment};
use requirement::ProjectName;

use crate::OperationError;
use crate::changes::{Change, Changes};

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastChange {
    /// Its number.
    pub number: u64,
    /// When, in seconds since 1970.
    pub time: i64,
    /// The command.
    pub command: String,
    /// What came and went.
    pub changes: Changes,
    /// The change that this one undid.
    pub undoes: Option<u64>,
    /// Whether it was undone since.
    pub is_undone: bool,
}

/// The environment whose changes are meant: `environment`, or with `user` the user's site-packages that it sees (`--user`), whose
/// changes are remembered apart.
pub fn remembered_at(environment: &Environment, user: bool) -> Result<Environment, OperationError> {
    Ok(if user { environment.at(&Destination::User, None)? } else { environment.clone() })
}

/// The changes of `environment` that are remembered, the oldest first.
pub fn history(environment: &Environment, cache: &Cache) -> Vec<PastChange> {
    let Some(history) = cache.history(&environment.scheme.purelib) else { return Vec::new() };
    past_changes(&history.changes())
}

/// The same from the records.
pub(crate) fn past_changes(records: &[(u64, ChangeRecord)]) -> Vec<PastChange> {
    let undone = undone(records);
    let past = records.iter().map(|(number, record)| PastChange {
        number: *number,
        time: record.time,
        command: record.command.clone(),
        changes: changes(record),
        undoes: record.undoes,
        is_undone: undone.contains(number),
    });
    past.collect()
}

/// The changes that do not count any more. Who undoes an undoing brings the change back.
fn undone(records: &[(u64, ChangeRecord)]) -> BTreeSet<u64> {
    let undoes: BTreeMap<u64, Option<u64>> =
        records.iter().map(|(number, record)| (*number, record.undoes)).collect();
    let mut undone = BTreeSet::new();
    for undoing in records.iter().filter_map(|(_, record)| record.undoes) {
        undone.insert(undoing);
        if let Some(Some(back)) = undoes.get(&undoing) {
            undone.remove(back);
        }
    }
    undone
}

/// What came and went, each project once.
pub(crate) fn changes(record: &ChangeRecord) -> Changes {
    let key =
        |name: &str| name.parse::<ProjectName>().map_or_else(|_| name.to_owned(), |name| name.to_string());
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for removed in &record.removed {
        let before = Some(removed.version.clone());
        let change = Change { name: removed.name.clone(), before, after: None };
        changes.insert(key(&removed.name), change);
    }
    for installed in &record.installed {
        let empty = Change { name: installed.name.clone(), before: None, after: None };
        let change = changes.entry(key(&installed.name)).or_insert(empty);
        change.after = Some(installed.version.clone());
    }
    Changes { changes: changes.into_values().collect(), ..Changes::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undoing_can_be_undone() {
        let record = |undoes| ChangeRecord { undoes, ..ChangeRecord::default() };
        for (records, expected) in [
            (&[(1, None), (2, None)][..], &[][..]),
            (&[(1, None), (2, None), (3, Some(2))], &[2]),
            (&[(1, None), (2, None), (3, Some(2)), (4, Some(1))], &[1, 2]),
            (&[(1, None), (2, None), (3, Some(2)), (4, Some(3))], &[3]),
            (&[(5, Some(4))], &[4]),
        ] {
            let records: Vec<(u64, ChangeRecord)> =
                records.iter().map(|(number, undoes)| (*number, record(*undoes))).collect();
            assert_eq!(undone(&records).into_iter().collect::<Vec<_>>(), expected);
        }
    }
}
