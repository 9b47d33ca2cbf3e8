//! `hash`: the hash of a file, as requirements files want it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use distribution::{HashAlgorithm, Hasher};

/// How much is read at once.
const BLOCK: usize = 1 << 18;

/// The hash of the file at `path` in hexadecimal.
pub fn hash_file(path: &Path, algorithm: HashAlgorithm) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new(algorithm);
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hasher.finish().hex.into()),
            Ok(length) => hasher.update(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
