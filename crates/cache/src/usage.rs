//! How much the cache holds, and emptying it (`cache info`, `cache remove`, `cache purge`).

use std::fs;
use std::path::{Path, PathBuf};

use distribution::Sha256;

use crate::layout::{checked_length, is_absent};
use crate::{Bucket, Cache, CacheError};

/// Files and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many files.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
    /// How many directories they lie in.
    pub directories: u64,
}

/// What stays: locks, because a lock that is removed guards nothing, and the markers.
const KEPT: [&str; 3] = ["locks", "CACHEDIR.TAG", ".gitignore"];

impl Cache {
    /// What the cache holds.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (path, is_directory) in children(self.root()) {
            if !is_kept(&path) {
                measure(&path, is_directory, &mut usage);
            }
        }
        usage
    }

    /// What the records of one kind take.
    pub fn bucket_usage(&self, bucket: Bucket) -> Usage {
        let mut usage = Usage::default();
        measure(&self.root().join(bucket.directory()), true, &mut usage);
        usage
    }

    /// What unpacked wheels take, all of them.
    pub fn wheels_usage(&self) -> Usage {
        let mut usage = Usage::default();
        measure(&self.wheels_directory(), true, &mut usage);
        usage
    }

    /// The contents of all records of one kind, in no order; damaged ones are passed over.
    pub fn records(&self, bucket: Bucket) -> Vec<Vec<u8>> {
        let shards = children(&self.root().join(bucket.directory()));
        let files = shards.filter(|(_, is_directory)| *is_directory).flat_map(|(shard, _)| children(&shard));
        files
            .filter_map(|(path, _)| {
                let mut bytes = fs::read(path).ok()?;
                bytes.truncate(checked_length(&bytes)?);
                Some(bytes)
            })
            .collect()
    }

    /// Removes unpacked wheels, when no other process uses the cache any more; `waiting` is called once if one does.
    /// What was linked into environments stays there. `removed` hears of each directory that is gone.
    pub fn remove_wheels(
        &self,
        wheels: &[Sha256],
        waiting: &dyn Fn(),
        removed: &dyn Fn(&Path),
    ) -> Result<Usage, CacheError> {
        let mut usage = Usage::default();
        if wheels.is_empty() {
            return Ok(usage);
        }
        let _alone = self.use_alone(waiting)?;
        for sha256 in wheels {
            let path = self.archive_path(sha256);
            measure(&path, true, &mut usage);
            remove(&path, true)?;
            removed(&path);
        }
        Ok(usage)
    }

    /// Empties the cache, when no other process uses it any more; `waiting` is called once if one does. What was
    /// linked into environments stays there.
    pub fn clear(&self, waiting: &dyn Fn()) -> Result<Usage, CacheError> {
        let mut removed = Usage::default();
        if !self.root().is_dir() {
            return Ok(removed);
        }
        let _alone = self.use_alone(waiting)?;
        for (path, is_directory) in children(self.root()) {
            if is_kept(&path) {
                continue;
            }
            measure(&path, is_directory, &mut removed);
            remove(&path, is_directory)?;
        }
        Ok(removed)
    }
}

fn is_kept(path: &Path) -> bool {
    path.file_name().is_some_and(|name| KEPT.iter().any(|kept| name == *kept))
}

fn remove(path: &Path, is_directory: bool) -> Result<(), CacheError> {
    let done = if is_directory { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(source) if !is_absent(&source) => Err(CacheError::io("cannot remove", path, source)),
        _ => Ok(()),
    }
}

fn children(directory: &Path) -> impl Iterator<Item = (PathBuf, bool)> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        (entry.path(), is_directory)
    })
}

/// Adds what lies at `path`; symbolic links count as what they are.
fn measure(path: &Path, is_directory: bool, usage: &mut Usage) {
    let mut open = vec![(path.to_path_buf(), is_directory)];
    while let Some((path, is_directory)) = open.pop() {
        if is_directory {
            usage.directories += u64::from(path.is_dir());
            open.extend(children(&path));
        } else {
            usage.files += 1;
            usage.bytes += fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tempfile::TempDir;

    use super::Usage;
    use crate::{Bucket, Cache};

    #[test]
    fn what_is_counted_is_removed() {
        let directory = TempDir::new().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        assert_eq!(cache.clear(&|| {}).unwrap(), Usage::default());
        cache.write(Bucket::Pages, "a", b"12345");
        cache.write(Bucket::Metadata, "b", b"");
        let usage = cache.usage();
        assert_eq!((usage.files, usage.bytes), (2, 21));
        let pages = cache.bucket_usage(Bucket::Pages);
        assert_eq!((pages.files, pages.bytes, pages.directories), (1, 13, 2));
        assert_eq!(cache.records(Bucket::Pages), [b"12345"]);
        assert_eq!(cache.wheels_usage(), Usage::default());
        assert_eq!(cache.clear(&|| panic!("nobody else is here")).unwrap(), usage);
        assert_eq!(cache.usage(), Usage::default());
        assert!(cache.write(Bucket::Pages, "a", b"12345"));
        assert!(cache.root().join("CACHEDIR.TAG").exists());
    }
}
