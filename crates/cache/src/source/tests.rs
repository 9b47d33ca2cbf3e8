//! Source archives as they are, and as nobody should unpack them (PEP 706 and its tests as the reference).
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod archives;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use archives::{Header, Tar, bzip2, gzip, record, with_checksum, xz, zip};
use distribution::{Digest, HashAlgorithm, Sha256};
use tempfile::TempDir;

use super::{SourceArchive, SourceFormat, SourceLimits, SourceProblem, UnpackedSource};
use crate::{Cache, CacheError};

/// Unpacks into `into` of a new directory, beside which nothing must appear.
fn unpack_with(
    filename: &str,
    bytes: &[u8],
    promised: &[Digest],
    limits: &SourceLimits,
) -> (TempDir, Result<UnpackedSource, CacheError>) {
    let directory = tempfile::tempdir().unwrap();
    let into = directory.path().join("into");
    fs::create_dir(&into).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let result = Cache::unpack_source(&SourceArchive { filename, file: &file, promised }, &into, limits);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "something is beside the directory");
    (directory, result)
}

fn unpack(filename: &str, bytes: &[u8]) -> (TempDir, Result<UnpackedSource, CacheError>) {
    unpack_with(filename, bytes, &[], &SourceLimits::default())
}

#[track_caller]
fn refused(filename: &str, bytes: &[u8], reason: &str) {
    let (_directory, result) = unpack(filename, bytes);
    match result {
        Err(error @ CacheError::InvalidSource { .. }) => {
            assert!(error.to_string().contains(reason), "expected {reason:?}: {error}");
        }
        other => panic!("expected {reason:?}: {other:?}"),
    }
}

/// Every path below `root`, with `content`, `/` or `-> target`.
fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            found.push(if kind.is_symlink() {
                format!("{name} -> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_dir() {
                pending.push(path);
                format!("{name}/")
            } else {
                let mode = if fs::metadata(&path).unwrap().mode() & 0o111 != 0 { "*" } else { "" };
                format!("{name}{mode}={}", fs::read_to_string(&path).unwrap())
            });
        }
    }
    found.sort();
    found
}

fn usual() -> Vec<u8> {
    let script = Header { name: b"p-1/run", mode: "0004755", ..Header::default() };
    Tar::default()
        .directory("p-1/")
        .file("p-1/setup.py", "setup")
        .entry(&script, b"run")
        .file("p-1/src/p/caf\u{e9}.py", "x")
        .symlink("p-1/src/link", "../setup.py")
        .hard_link("p-1/again", "p-1/run")
        .end()
}

const USUAL: &[&str] = &[
    "again*=run",
    "run*=run",
    "setup.py=setup",
    "src/",
    "src/link -> ../setup.py",
    "src/p/",
    "src/p/caf\u{e9}.py=x",
];

#[test]
fn every_format_is_unpacked() {
    let tar = usual();
    for (filename, bytes) in [
        ("p-1.tar.gz", gzip(&tar)),
        ("p-1.TGZ", gzip(&tar)),
        ("p-1.tar.bz2", bzip2(&tar)),
        ("p-1.tbz", bzip2(&tar)),
        ("p-1.tar.xz", xz(&tar)),
        ("p-1.txz", xz(&tar)),
        ("p-1.tar", tar.clone()),
        // Several members are one stream.
        ("p-1.tar.gz", [gzip(&tar[..1000]), gzip(&tar[1000..])].concat()),
        // Without blocks of zeros at the end.
        ("p-1.tar.gz", gzip(&tar[..tar.len().div_euclid(512).min(9) * 512])),
    ] {
        let (directory, result) = unpack(filename, &bytes);
        let unpacked = result.unwrap_or_else(|error| panic!("{filename}: {error}"));
        assert_eq!(unpacked.root, directory.path().join("into/p-1"), "{filename}");
        assert_eq!(unpacked.sha256, Sha256::of(&bytes));
        if bytes.len() > 600 || !filename.ends_with(".tar.gz") {
            assert!(listing(&unpacked.root).len() >= 5, "{filename}");
        }
    }
    let (directory, result) = unpack("p-1.tar.gz", &gzip(&tar));
    let root = result.unwrap().root;
    assert_eq!(listing(&root), USUAL);
    let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("run") & 0o7000, mode("run") & 0o100, mode("setup.py") & 0o111), (0, 0o100, 0));
    drop(directory);
}

#[test]
fn zip_archives_are_sources_too() {
    let bytes = zip(&[
        ("p-1/", 0o40755, ""),
        ("p-1/setup.py", 0o100_644, "setup"),
        ("p-1/bin/run", 0o100_755, "run"),
        ("p-1/bin/link", 0o120_755, "../setup.py"),
        ("p-1/empty/", 0o40755, ""),
    ]);
    let (directory, result) = unpack("p-1.zip", &bytes);
    let unpacked = result.unwrap();
    assert_eq!(unpacked.root, directory.path().join("into/p-1"));
    assert_eq!(
        listing(&unpacked.root),
        ["bin/", "bin/link -> ../setup.py", "bin/run*=run", "empty/", "setup.py=setup"]
    );
    for name in ["../x", "/x", "a\\b", "p-1/../../x", "C:/x"] {
        refused("p-1.zip", &zip(&[(name, 0o100_644, "x")]), "");
    }
    let long = "x".repeat(5000);
    for (target, reason) in
        [("/etc/passwd", "absolute"), ("../x", "outside"), ("", "no path"), (&long, "no path")]
    {
        let entries = [("p-1/file", 0o100_644, "x"), ("p-1/link", 0o120_777, target)];
        refused("p-1.zip", &zip(&entries), reason);
    }
    let through = [("p-1/link", 0o120_777, "."), ("p-1/link/x", 0o100_644, "x")];
    refused("p-1.zip", &zip(&through), "both a file and a directory");
    refused("p-1.zip", &zip(&[("a", 0o100_644, "x"), ("a", 0o100_644, "y")]), "same name");
    refused("p-1.zip", &[&bytes[..], b"trailing"].concat(), "");
    refused("p-1.zip", &gzip(&usual()), "");
    refused("p-1.zip", b"", "");
}

#[test]
fn one_directory_at_the_top_is_the_project() {
    for (tar, top) in [
        (Tar::default().file("p-1/a", "").file("p-1/b/c", ""), "into/p-1"),
        (Tar::default().directory("./").file("./p-1/a", ""), "into/p-1"),
        (Tar::default().file("p-1/a", "").file("other", ""), "into"),
        (Tar::default().file("p-1/a", "").directory("q"), "into"),
        (Tar::default().file("setup.py", ""), "into"),
    ] {
        let (directory, result) = unpack("x.tar", &tar.end());
        assert_eq!(result.unwrap().root, directory.path().join(top));
    }
    refused("x.tar", &Tar::default().directory("p-1").end(), "no files");
    refused("x.tar", &Tar::default().end(), "no files");
}

#[test]
fn the_name_decides_and_the_content_obeys() {
    for name in ["p-1.whl", "p-1.tar.zst", "p-1.gz", "tar", "p-1"] {
        assert_eq!(SourceFormat::of(name), None);
        refused(name, &gzip(&usual()), "ends in none of");
    }
    let tar = usual();
    for (filename, bytes, reason) in [
        ("p.tar.gz", tar.clone(), "not what its name says"),
        ("p.tar.gz", bzip2(&tar), "not what its name says"),
        ("p.tar.bz2", gzip(&tar), "not what its name says"),
        ("p.tar.xz", tar.clone(), "not what its name says"),
        ("p.tar", gzip(&tar), "cut off"),
        ("p.tar", zip(&[("a", 0o100_644, "x")]), "cut off"),
        ("p.tar.gz", gzip(&zip(&[("a", 0o100_644, "x")])), "cut off"),
        ("p.tar.gz", b"".to_vec(), "not what its name says"),
        ("p.tar", vec![b'x'; 2048], "not a tar archive"),
    ] {
        refused(filename, &bytes, reason);
    }
}

#[test]
fn truncated_and_overlong_archives_are_refused() {
    let tar = usual();
    for (filename, bytes) in [("p.tar.gz", gzip(&tar)), ("p.tar.bz2", bzip2(&tar)), ("p.tar.xz", xz(&tar))] {
        for length in [8, bytes.len() / 2, bytes.len() - 5, bytes.len() - 1] {
            refused(filename, &bytes[..length], "cannot be read");
        }
        refused(filename, &[&bytes[..], b"x"].concat(), "");
        refused(filename, &[&bytes[..], b"trailing bytes, more than a header of any"].concat(), "");
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        refused(filename, &damaged, "");
    }
    for length in [100, 512 + 100, 1024 + 3] {
        refused("p.tar", &Tar::default().file("a", &"x".repeat(2000)).bytes[..length], "cut off");
    }
    let twice = [tar.clone(), usual()].concat();
    refused("p.tar", &twice, "something follows its end");
    refused("p.tar.gz", &[gzip(&tar), gzip(&tar)].concat(), "something follows its end");
}

#[test]
fn nothing_leaves_the_directory() {
    let long = format!("{}x", "d/".repeat(2100));
    for (name, reason) in [
        ("../x", "'..'"),
        ("p-1/../x", "'..'"),
        ("p-1/..", "'..'"),
        ("/x", "absolute"),
        ("//x", "absolute"),
        ("C:/x", "drive letter"),
        ("c:x", "drive letter"),
        ("a\\b", "backslash"),
        ("..\\x", "backslash"),
        ("a\nb", "not allowed"),
        ("a\u{7f}b", "not allowed"),
        (long.as_str(), "4096"),
        (&"x".repeat(256), "255"),
        (".", "root and no directory"),
    ] {
        refused("p.tar", &Tar::default().pax(&[("path", name)]).file("x", "x").end(), reason);
        let long_name = [name.as_bytes(), b"\0"].concat();
        refused("p.tar", &Tar::default().extension(b'L', &long_name).file("x", "x").end(), reason);
        if name.len() <= 100 {
            refused("p.tar", &Tar::default().file(name, "x").end(), reason);
        }
    }
    let latin = Header { name: b"caf\xe9", ..Header::default() };
    refused("p.tar", &Tar::default().entry(&latin, b"").end(), "not UTF-8");
    let prefix = Header { name: b"x", prefix: b"../y", ..Header::default() };
    refused("p.tar", &Tar::default().entry(&prefix, b"").end(), "'..'");
}

#[test]
fn links_stay_inside() {
    let outside = "outside";
    for (tar, reason) in [
        (Tar::default().symlink("p/l", "/etc"), "absolute"),
        (Tar::default().symlink("p/l", "C:/x"), "absolute"),
        (Tar::default().symlink("p/l", "../../x"), outside),
        (Tar::default().symlink("p/l", "a/../../../x"), outside),
        (Tar::default().symlink("l", ".."), outside),
        (Tar::default().symlink("p/l", ""), "no path"),
        (Tar::default().symlink("p/l", "a\\b"), "no path"),
        // Out of the one directory at the top, which pip takes away.
        (Tar::default().symlink("p-1/l", "../x"), outside),
        // Through the link before: PEP 706's test of a chain, and of a file through a link.
        (Tar::default().symlink("p-1/a", ".").symlink("p-1/a/b", ".."), "both a directory"),
        (Tar::default().symlink("p-1/a", "..").file("p-1/a/x", "x"), "both a directory"),
        (Tar::default().file("p-1/a/x", "x").symlink("p-1/a", "."), "same name"),
        (Tar::default().symlink("p-1/a", "b").file("p-1/a", "x"), "same name"),
        (Tar::default().symlink("p-1/a", "b").symlink("p-1/a", "c"), "same name"),
        (Tar::default().symlink("p-1/a", "b").directory("p-1/a"), "both a directory"),
        (Tar::default().hard_link("p-1/l", "/etc/passwd"), "absolute"),
        (Tar::default().hard_link("p-1/l", "../x"), "'..'"),
        (Tar::default().hard_link("p-1/l", "p-1/nowhere"), "no file that comes before"),
        (Tar::default().symlink("p-1/s", "f").hard_link("p-1/l", "p-1/s"), "no file that comes before"),
        (Tar::default().directory("p-1/d").hard_link("p-1/l", "p-1/d"), "no file that comes before"),
        (Tar::default().pax(&[("linkpath", "../../x")]).symlink("p-1/l", "a"), outside),
        (Tar::default().extension(b'K', b"/x\0").symlink("p-1/l", "a"), "absolute"),
    ] {
        refused("p.tar", &tar.file("p-1/file", "x").end(), reason);
    }
    let tar = Tar::default()
        .symlink("p-1/d/up", "../e/../f")
        .symlink("p-1/d/loop", "loop")
        .symlink("p-1/d/self", "../d")
        .symlink("p-1/root", ".")
        .symlink("p-1/d/dangling", "./nowhere//x/")
        .symlink("p-1/root", ".")
        .file("p-1/f", "x")
        .hard_link("p-1/f", "p-1/f");
    let (_directory, result) = unpack("p.tar", &tar.end());
    assert_eq!(
        listing(&result.unwrap().root),
        [
            "d/",
            "d/dangling -> nowhere/x",
            "d/loop -> loop",
            "d/self -> .",
            "d/up -> ../f",
            "f=x",
            "root -> ."
        ]
    );
}

#[test]
fn other_kinds_of_entries_are_refused() {
    for (kind, reason) in [
        (b'3', "device"),
        (b'4', "device"),
        (b'6', "pipe"),
        (b'S', "sparse"),
        (b'D', "neither"),
        (b'M', "neither"),
        (b'V', "neither"),
        (b'A', "neither"),
    ] {
        let header = Header { kind, ..Header::default() };
        refused("p.tar", &Tar::default().entry(&header, b"").end(), reason);
    }
    for kind in [b'1', b'2', b'5'] {
        let header = Header { kind, link: b"x", ..Header::default() };
        refused("p.tar", &Tar::default().entry(&header, b"content").end(), "has content");
    }
    refused("p.tar", &Tar::default().file("p-1/a/", "x").end(), "that of a directory");
    let sparse = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")];
    refused("p.tar", &Tar::default().pax(&sparse).file("a", "x").end(), "sparse");
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let file = |tar: Tar| tar.file("p-1/file", "12345").end();
    let pax = |records: &[(&str, &str)]| file(Tar::default().pax(records));
    for (bytes, reason) in [
        (pax(&[("size", "4")]), "different sizes"),
        (pax(&[("size", "0")]), "different sizes"),
        (pax(&[("size", "+5")]), "not valid"),
        (pax(&[("size", "5"), ("size", "5")]), "not valid"),
        (pax(&[("path", "a"), ("path", "b")]), "given twice"),
        (pax(&[("path", "")]), "empty"),
        (file(Tar::default().pax(&[("path", "a")]).extension(b'L', b"b\0")), "given twice"),
        (file(Tar::default().pax(&[("path", "a")]).pax(&[("mtime", "1")])), "two pax headers"),
        (file(Tar::default().pax(&[("path", "a")]).extension(b'g', b"")), "for all entries"),
        (pax(&[("linkpath", "a")]), "and is none"),
        (Tar::default().file("p", "").pax(&[("path", "a")]).end(), "ends after"),
        (Tar::default().file("p", "").extension(b'L', b"a").bytes, "ends after"),
        (file(Tar::default().extension(b'L', b"a\0b")), "goes on after"),
        (file(Tar::default().extension(b'g', record("path", "x").as_bytes())), "for all entries"),
        (file(Tar::default().extension(b'g', record("size", "1").as_bytes())), "for all entries"),
        (file(Tar::default().extension(b'x', b"11 path=a/b")), "malformed"),
        (file(Tar::default().extension(b'x', b"99 path=a\n")), "malformed"),
        (file(Tar::default().extension(b'x', b"010 path=a\n")), "malformed"),
        (file(Tar::default().extension(b'x', b"10 =path=a\n")), "malformed"),
        (file(Tar::default().extension(b'x', b"9 path:a\n")), "malformed"),
        (file(Tar::default().extension(b'x', b"\0\0\0")), "malformed"),
        (file(Tar::default().extension(b'x', b"8 path=\xff")), "malformed"),
        (file(Tar::default().extension(b'x', b"9 path=\xff\n")), "not UTF-8"),
    ] {
        refused("p.tar", &bytes, reason);
    }
    for magic in [b"ustar  \0", b"\0\0\0\0\0\0\0\0"] {
        let header = Header { magic, prefix: b"p", ..Header::default() };
        refused("p.tar", &Tar::default().entry(&header, b"").end(), "without prefixes");
    }
    let header = Header { magic: b"other\x0000", ..Header::default() };
    refused("p.tar", &Tar::default().entry(&header, b"").end(), "unknown format");
    for (range, value) in [(124..136, "12345x"), (124..136, "-1"), (100..108, "9")] {
        let mut block = Header::default().block();
        block[range.clone()].fill(0);
        block[range.start..range.start + value.len()].copy_from_slice(value.as_bytes());
        refused("p.tar", &Tar::default().raw(&with_checksum(block)).end(), "no valid");
    }
    let mut block = Header::default().block();
    block[0] ^= 1;
    refused("p.tar", &Tar::default().raw(&block).end(), "checksum");
    let mut block = Header::default().block();
    block[124..136].copy_from_slice(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    refused("p.tar", &Tar::default().raw(&with_checksum(block)).end(), "cut off");
}

#[test]
fn names_that_come_twice() {
    let same = Tar::default().file("p-1/a", "x").directory("p-1/d").directory("p-1/d/").file("p-1/a", "x");
    let (_directory, result) = unpack("p.tar", &same.end());
    assert_eq!(listing(&result.unwrap().root), ["a=x", "d/"]);
    for second in ["y", "", "xx"] {
        refused("p.tar", &Tar::default().file("p-1/a", "x").file("p-1/./a", second).end(), "twice");
    }
    refused("p.tar", &Tar::default().file("p-1/a", "x").file("p-1/a/b", "x").end(), "both");
    refused("p.tar", &Tar::default().file("p-1/a/b", "x").file("p-1/a", "x").end(), "same name");
}

#[test]
fn times_are_bounded() {
    let header = |name, modified| Header { name, modified, ..Header::default() };
    let tar = Tar::default()
        .entry(&header(b"p-1/usual", "14000000000"), b"")
        .entry(&header(b"p-1/old", "00000000000"), b"")
        .entry(&header(b"p-1/future", "77777777777"), b"")
        .entry(&header(b"p-1/nonsense", "nonsense"), b"")
        .pax(&[("mtime", "1700000000.25")])
        .file("p-1/pax", "");
    let (_directory, result) = unpack("p.tar", &tar.end());
    let root = result.unwrap().root;
    let time = |name: &str| fs::metadata(root.join(name)).unwrap().mtime();
    let now = fs::metadata(&root).unwrap().mtime() + 60;
    assert_eq!((time("usual"), time("old"), time("pax")), (0o14_000_000_000, 315_532_800, 1_700_000_000));
    assert!(time("future") <= now && time("nonsense") <= now);
}

#[test]
fn promised_hashes_are_kept() {
    let bytes = gzip(&usual());
    let of = |algorithm| Digest::of(algorithm, &bytes);
    let right = [HashAlgorithm::Sha256, HashAlgorithm::Md5, HashAlgorithm::Sha512].map(of);
    let (_directory, result) = unpack_with("p.tar.gz", &bytes, &right, &SourceLimits::default());
    assert!(result.is_ok());
    for (filename, bytes) in [("p.tar.gz", bytes.clone()), ("p.zip", zip(&[("a", 0o100_644, "x")]))] {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha1] {
            let wrong = [Digest::of(HashAlgorithm::Sha256, &bytes), Digest::of(algorithm, b"other")];
            let (_directory, result) = unpack_with(filename, &bytes, &wrong, &SourceLimits::default());
            assert!(matches!(result, Err(CacheError::HashMismatch { .. })), "{result:?}");
        }
    }
    // Also where the archive is broken: it is another file than was meant.
    let wrong = [Digest::of(HashAlgorithm::Sha256, b"other")];
    let (_directory, result) = unpack_with("p.tar.gz", &bytes[..99], &wrong, &SourceLimits::default());
    assert!(matches!(result, Err(CacheError::HashMismatch { .. })), "{result:?}");
}

#[test]
fn limits_hold() {
    let bytes = gzip(&usual());
    let check = |filename: &str, bytes: &[u8], limits: SourceLimits, reason: &str| {
        let (_directory, result) = unpack_with(filename, bytes, &[], &limits);
        let error = result.expect_err(reason);
        assert!(error.to_string().contains(reason), "{error}");
    };
    let usual_limits = SourceLimits::default();
    check("p.tar.gz", &bytes, SourceLimits { entries: 7, ..usual_limits }, "more than 7 entries");
    check("p.tar.gz", &bytes, SourceLimits { total_size: 2000, ..usual_limits }, "more than 2000 bytes");
    let deep = Tar::default().pax(&[("path", &"d/".repeat(500))]).directory("x").end();
    check("p.tar", &deep, SourceLimits { entries: 400, ..usual_limits }, "more than 400 entries");
    let copies = (0..9).fold(Tar::default().file("p-1/a", &"x".repeat(1000)), |tar, number| {
        tar.hard_link(&format!("p-1/{number}"), "p-1/a")
    });
    let copies = gzip(&copies.bytes);
    check("p.tar.gz", &copies, SourceLimits { total_size: 8000, ..usual_limits }, "unpacks to more");
    let bomb = Tar::default().file("p-1/a", "x").raw(&vec![0; 80 << 20]).bytes;
    check("p.tar.gz", &gzip(&bomb), usual_limits, "200 times its size");
    let long = vec![b'x'; 2 << 20];
    refused("p.tar", &Tar::default().extension(b'L', &long).end(), "1 MiB");
}

/// The names, kinds and contents that Python's `tarfile` writes in all of its formats come out the same.
#[test]
fn archives_of_python_are_read_as_python_does() {
    const WRITE: &str = "
import io, sys, tarfile
formats = {'ustar': tarfile.USTAR_FORMAT, 'gnu': tarfile.GNU_FORMAT, 'pax': tarfile.PAX_FORMAT}
tar = tarfile.open(sys.argv[1], 'w:' + sys.argv[3], format=formats[sys.argv[2]], encoding='utf-8')
def add(name, content=b'', type=tarfile.REGTYPE, link='', mode=0o644):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode, info.mtime = len(content), type, link, mode, 1.6e9
    tar.addfile(info, io.BytesIO(content))
long = '/'.join(['directory'] * 15)
add('p-1', type=tarfile.DIRTYPE, mode=0o755)
add('p-1/run', b'run', mode=0o755)
add('p-1/' + long + '/file', b'long')
add('p-1/' + 'n' * 98, b'name') if sys.argv[2] != 'ustar' else None
add('p-1/caf\\u00e9', b'\\xc3\\xa9')
add('p-1/hard', type=tarfile.LNKTYPE, link='p-1/' + 'run')
add('p-1/soft', type=tarfile.SYMTYPE, link='directory/directory/../../run')
add('p-1/far', type=tarfile.SYMTYPE, link=long[:89] + '/file')
tar.close()
";
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: python3 is not installed");
        return;
    }
    for format in ["ustar", "gnu", "pax"] {
        for (compression, ending) in [("gz", "tar.gz"), ("bz2", "tar.bz2"), ("xz", "tar.xz"), ("", "tar")] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(format!("p-1.{ending}"));
            let mut command = Command::new("python3");
            command.args(["-I", "-c", WRITE]).arg(&path).args([format, compression]);
            let output = command.output().unwrap();
            let messages = String::from_utf8_lossy(&output.stderr).into_owned();
            if messages.contains("CompressionError") {
                continue;
            }
            assert!(output.status.success(), "{messages}");
            let name = path.file_name().unwrap().to_str().unwrap();
            let (_directory, result) = unpack(name, &fs::read(&path).unwrap());
            let found = listing(&result.unwrap_or_else(|error| panic!("{format} {name}: {error}")).root);
            let long = vec!["directory"; 15].join("/");
            let mut expected: Vec<String> =
                (1..=15).map(|depth| vec!["directory"; depth].join("/") + "/").collect();
            expected.extend([
                format!("{long}/file=long"),
                "run*=run".to_owned(),
                "hard*=run".to_owned(),
                "soft -> run".to_owned(),
                format!("far -> {}/file", &long[..89]),
                "caf\u{e9}=\u{e9}".to_owned(),
            ]);
            if format != "ustar" {
                expected.push(format!("{}=name", "n".repeat(98)));
            }
            expected.sort();
            assert_eq!(found, expected, "{format} {name}");
        }
    }
}

#[test]
fn problems_name_the_archive() {
    let (_directory, result) = unpack("p-1.tar", &Tar::default().file("p-1/\u{1b}[31m", "").end());
    match result {
        Err(error @ CacheError::InvalidSource { reason: SourceProblem::Entry { .. }, .. }) => {
            let text = error.to_string();
            assert!(text.starts_with("p-1.tar cannot be unpacked: ") && !text.contains('\u{1b}'), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

proptest::proptest! {
    /// No bytes make it panic, hang, or write beside the directory.
    #[test]
    fn damage_is_an_error_or_harmless(position in 0_usize..7000, value: u8, cut in 0_usize..8000) {
        let mut bytes = usual();
        bytes[position] = value;
        bytes.truncate(cut.max(position));
        let _ = unpack("p-1.tar", &bytes);
        let _ = unpack("p-1.tar.gz", &gzip(&bytes));
    }
}
