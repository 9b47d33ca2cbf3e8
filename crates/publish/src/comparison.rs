//! What differs between two builds of the same source (<https://reproducible-builds.org>): member by member.

use std::collections::BTreeMap;
use std::path::Path;

use cache::{SourceMember, SourceMemberKind};
use distribution::{Sha256, Sha256Hasher};

use crate::{Archive, PublishError};

/// A member, and the hash of its content.
type Members = Vec<(SourceMember, Sha256)>;

fn members(path: &Path) -> Result<Members, PublishError> {
    let mut members = Vec::new();
    Archive::open(path)?.members(&mut |member, content| {
        let mut hasher = Sha256Hasher::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = content.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            hasher.update(buffer.get(..length).unwrap_or_default());
        }
        members.push((member, hasher.finish()));
        Ok(())
    })?;
    Ok(members)
}

/// How the archives at `first` and `second` differ, a line each; nothing where they are the same to the byte.
pub fn differences(first: &Path, second: &Path) -> Result<Vec<String>, PublishError> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| PublishError::Io { path: path.to_owned(), source })
    };
    if read(first)? == read(second)? {
        return Ok(Vec::new());
    }
    let (first, second) = (members(first)?, members(second)?);
    let others: BTreeMap<&str, &(SourceMember, Sha256)> =
        second.iter().map(|found| (found.0.path.as_str(), found)).collect();
    let mut lines = Vec::new();
    for (member, sha256) in &first {
        match others.get(member.path.as_str()) {
            None => lines.push(format!("{}: only in the first", member.path)),
            Some((other, other_sha256)) => {
                let reasons = reasons(member, other, sha256 == other_sha256);
                if !reasons.is_empty() {
                    lines.push(format!("{}: {}", member.path, reasons.join(", ")));
                }
            }
        }
    }
    for (member, _) in &second {
        if !first.iter().any(|(known, _)| known.path == member.path) {
            lines.push(format!("{}: only in the second", member.path));
        }
    }
    if lines.is_empty() {
        let order =
            |members: &Members| members.iter().map(|(member, _)| member.path.clone()).collect::<Vec<_>>();
        lines.push(if order(&first) == order(&second) {
            "the members are the same; how they are packed is not (compression, owners, the header of gzip)"
                .to_owned()
        } else {
            "the members are the same, in another order".to_owned()
        });
    }
    Ok(lines)
}

fn reasons(one: &SourceMember, other: &SourceMember, is_same_content: bool) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if one.kind != other.kind {
        reasons.push("is another kind of thing, or leads elsewhere");
    } else if one.kind == SourceMemberKind::File && !is_same_content {
        reasons.push("its content differs");
    }
    if one.executable != other.executable {
        reasons.push("its mode differs");
    }
    if one.modified != other.modified {
        reasons.push("its time differs");
    }
    reasons
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use test_support::WheelBuilder;

    use super::*;

    #[test]
    fn the_member_that_differs_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
            directory.path().join(name).join("demo-1.0-py3-none-any.whl")
        };
        let wheel = || WheelBuilder::new("demo", "1.0").raw_record("");
        let compared = |second: WheelBuilder| {
            std::fs::write(path("a"), wheel().build()).unwrap();
            std::fs::write(path("b"), second.build()).unwrap();
            differences(&path("a"), &path("b")).unwrap()
        };
        assert_eq!(compared(wheel()), [] as [&str; 0]);
        assert_eq!(
            compared(wheel().file("demo/__init__.py", b"x").file("demo/new.py", b"")),
            ["demo/__init__.py: its content differs", "demo/new.py: only in the second"]
        );
        let module = b"__version__ = '1.0'\n";
        assert_eq!(
            compared(wheel().file_with_mode("demo/__init__.py", module, 0o755)),
            ["demo/__init__.py: its mode differs"]
        );
        assert_eq!(compared(wheel().metadata_first()), ["the members are the same, in another order"]);
        assert!(
            compared(wheel().stored())[0].starts_with("the members are the same; how they are packed is not")
        );
    }
}
