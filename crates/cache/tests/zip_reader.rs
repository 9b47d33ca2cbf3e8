//! The strict zip reader against archives that other readers take: every one that could be read in two ways is
//! refused, and says why.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use proptest::prelude::*;
use rpip_cache::{ZipDirectory, ZipLimits, ZipReader};
use support::{
    Archive, Entry, archive, compress, deflated, descriptor, descriptor64, directory, extra, stored,
};

/// Reads everything, as unpacking does.
fn read_all(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let reader = ZipReader::new(bytes).map_err(|error| error.to_string())?;
    let read =
        |entry| reader.read(entry).map(std::borrow::Cow::into_owned).map_err(|error| error.to_string());
    reader.entries().iter().map(|entry| Ok((entry.path.as_str().to_owned(), read(entry)?))).collect()
}

/// What the `zip` crate reads.
fn read_by_another(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).ok()?;
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut content).ok()?;
        files.push((file.name().ok()?.into_owned(), content));
    }
    Some(files)
}

fn accepted(archive: &Archive) -> Vec<(String, Vec<u8>)> {
    read_all(&archive.bytes()).unwrap()
}

fn refused(archive: &Archive, because: &str) {
    let error = read_all(&archive.bytes()).unwrap_err();
    assert!(error.contains(because), "{error:?} does not say {because:?}");
}

#[test]
fn content_is_read_as_it_was_written() {
    let large = vec![b'x'; 9 << 20];
    let entries = vec![
        directory("a/"),
        stored("a/empty", b""),
        deflated("a/empty2", b""),
        stored("a/b", b"stored"),
        deflated("a/c", b"deflated deflated deflated"),
        deflated("large", &large),
        deflated("caf\u{e9}", b"x"),
    ];
    let files: Vec<_> = accepted(&archive(entries.clone()));
    let expected: Vec<_> = entries
        .iter()
        .skip(1)
        .map(|entry| (String::from_utf8(entry.name.clone()).unwrap(), entry.data.clone()))
        .collect();
    assert!(files == expected);
    assert!(accepted(&archive(Vec::new())).is_empty());
}

#[test]
fn what_real_tools_write_is_taken() {
    let data = b"content content content";
    let (crc, compressed) = (crc32fast::hash(data), u32::try_from(compress(data).len()).unwrap());
    let streamed = |descriptor| Entry {
        flags: 1 << 3,
        local_crc: Some(0),
        local_size: Some(0),
        local_compressed_size: Some(0),
        descriptor,
        ..deflated("a", data)
    };
    let mut local64 = Vec::new();
    local64.extend_from_slice(&(data.len() as u64).to_le_bytes());
    local64.extend_from_slice(&u64::from(compressed).to_le_bytes());
    let size = u32::try_from(data.len()).unwrap();
    for entry in [
        streamed(descriptor(crc, compressed, size)),
        streamed(descriptor(crc, compressed, size)[4..].to_vec()),
        streamed(descriptor64(crc, compressed.into(), size.into())),
        Entry {
            local_size: Some(u32::MAX),
            local_compressed_size: Some(u32::MAX),
            local_extra: Some(extra(1, &local64)),
            ..deflated("a", data)
        },
        Entry { extra: extra(0x5455, b"\x01\0\0\0\0"), ..deflated("a", data) },
        Entry { flags: 1 << 11, ..deflated("a", data) },
        Entry { mode: 0, ..deflated("a", data) },
    ] {
        let archive = archive(vec![entry, stored("b", b"")]);
        assert_eq!(accepted(&archive), [("a".to_owned(), data.to_vec()), ("b".to_owned(), Vec::new())]);
    }
    let plain = archive(vec![deflated("a", data)]);
    accepted(&Archive { zip64: true, ..plain.clone() });
    accepted(&Archive {
        zip64: true,
        count: Some(u16::MAX),
        directory_offset: Some(u32::MAX),
        ..plain.clone()
    });
    accepted(&Archive { comment: b"a comment".to_vec(), ..plain });
    let empty_directory = Entry { deflate: true, ..directory("d/") };
    accepted(&archive(vec![empty_directory]));
}

#[test]
fn bytes_that_belong_to_no_entry() {
    let plain = || archive(vec![stored("a", b"1"), stored("b", b"2")]);
    refused(&Archive { prefix: b"#!/bin/sh\n".to_vec(), ..plain() }, "begin with an entry");
    refused(&Archive { trailing: b"x".to_vec(), ..plain() }, "no end record");
    refused(&Archive { before_end: b"x".to_vec(), ..plain() }, "belong to no entry");
    let mut gap = plain();
    gap.entries[0].gap = b"gap".to_vec();
    refused(&gap, "belong to no entry");
    let mut gap = plain();
    gap.entries[1].gap = b"gap".to_vec();
    refused(&gap, "belong to no entry");
    let mut whole = plain().bytes();
    whole.extend_from_slice(&plain().bytes());
    assert!(read_all(&whole).unwrap_err().contains("belong to no entry"));
    // An archive in the comment of another, and a second end record there.
    refused(&Archive { comment: plain().bytes(), ..plain() }, "belong to no entry");
    refused(&Archive { comment: b"PK\x05\x06 and more".to_vec(), ..plain() }, "several end records");
    let mut hidden = deflated("a", b"content");
    hidden.descriptor = b"xx".to_vec();
    hidden.compressed_size = Some(u32::try_from(compress(b"content").len()).unwrap() + 2);
    refused(&archive(vec![hidden]), "followed by bytes");
}

#[test]
fn headers_that_disagree() {
    let entry = || deflated("a", b"content");
    for (entry, because) in [
        (Entry { local_name: Some(b"b".to_vec()), ..entry() }, "another name"),
        (Entry { local_crc: Some(1), ..entry() }, "another CRC or size"),
        (Entry { local_size: Some(1), ..entry() }, "another CRC or size"),
        (Entry { local_compressed_size: Some(1), ..entry() }, "another CRC or size"),
        (Entry { local_method: Some(0), ..entry() }, "another method"),
        (Entry { local_flags: Some(8), ..entry() }, "other flags"),
        (Entry { crc: Some(1), ..entry() }, "another CRC"),
        (Entry { size: Some(1), ..entry() }, "larger than it says"),
        (Entry { size: Some(99), ..entry() }, "smaller than it says"),
        (Entry { compressed_size: Some(3), ..entry() }, "belong to no entry"),
        (Entry { compressed_size: Some(9999), ..entry() }, "overlaps"),
        (Entry { flags: 8, ..entry() }, "descriptor"),
        (Entry { flags: 8, descriptor: descriptor(1, 2, 3), ..entry() }, "descriptor"),
        (Entry { header_offset: Some(3), ..entry() }, "begin with an entry"),
        (Entry { disk: 1, ..entry() }, "another part"),
        (Entry { size: Some(3), ..stored("a", b"content") }, "two sizes differ"),
        (Entry { extra: extra(1, &[0; 8]), ..entry() }, "zip64"),
        (Entry { size: Some(u32::MAX), extra: extra(1, &[0; 4]), ..entry() }, "zip64"),
        (Entry { extra: b"\x01\0\xff".to_vec(), ..entry() }, "malformed"),
        (Entry { extra: extra(0x7075, b"\x01\0\0\0\0evil"), ..entry() }, "second name"),
    ] {
        refused(&archive(vec![entry]), because);
    }
    let two = || archive(vec![entry(), Entry { header_offset: Some(0), ..stored("b", b"content") }]);
    refused(&two(), "overlaps");
    let plain = || archive(vec![entry()]);
    refused(&Archive { count: Some(0), ..plain() }, "longer than its entries");
    refused(&Archive { count: Some(2), ..plain() }, "counts wrong");
    refused(&Archive { directory_size: Some(1), ..plain() }, "belong to no entry");
    refused(&Archive { directory_offset: Some(9999), ..plain() }, "lies outside");
    refused(&Archive { zip64: true, zip64_count: Some(2), ..plain() }, "disagree");
    refused(&Archive { zip64: true, zip64_count: Some(2), count: Some(u16::MAX), ..plain() }, "counts wrong");
}

#[test]
fn what_no_wheel_needs() {
    for (entry, because) in [
        (Entry { flags: 1, ..stored("a", b"x") }, "encrypted"),
        (Entry { flags: 1 << 6, ..stored("a", b"x") }, "encrypted"),
        (Entry { flags: 1 << 5, ..stored("a", b"x") }, "features"),
        (Entry { method: Some(12), ..stored("a", b"x") }, "compression method 12"),
        (Entry { mode: 0o120_777, ..stored("a", b"/etc/passwd") }, "symbolic link"),
        (Entry { mode: 0o020_666, ..stored("a", b"") }, "neither a file"),
        (Entry { mode: 0o010_644, ..stored("a", b"") }, "neither a file"),
        (Entry { mode: 0o104_755, ..stored("a", b"x") }, "setuid"),
        (Entry { mode: 0o102_755, ..stored("a", b"x") }, "setuid"),
        (Entry { mode: 0o040_755, ..stored("a", b"x") }, "disagree"),
        (Entry { data: b"x".to_vec(), ..directory("d/") }, "directory with content"),
        (Entry { name: b"\xff".to_vec(), ..stored("", b"x") }, "not UTF-8"),
    ] {
        refused(&archive(vec![entry]), because);
    }
}

#[test]
fn names_that_lead_outside_or_meet() {
    for name in
        ["../a", "a/../b", "/a", "a//b", "./a", "C:/a", "C:a", "a\\b", "a\0b", "a\nb", "..", "", "a/./b"]
    {
        refused(&archive(vec![stored(name, b"x")]), "unsafe");
    }
    for (one, other) in [("a", "a"), ("a/b.py", "A/B.PY"), ("caf\u{e9}", "cafe\u{301}")] {
        refused(&archive(vec![stored(one, b"x"), stored(other, b"x")]), "same name");
    }
    refused(&archive(vec![directory("d/"), directory("d/")]), "same name");
    refused(&archive(vec![stored("a", b"x"), stored("A/b", b"x")]), "both a file and a directory");
    refused(&archive(vec![stored("a", b"x"), directory("a/")]), "both a file and a directory");
}

#[test]
fn limits_hold() {
    let entries: Vec<Entry> = (0..10).map(|number| deflated(&format!("{number}"), &[b'x'; 1000])).collect();
    let bytes = archive(entries).bytes();
    let limits = ZipLimits::default();
    for (limits, because) in [
        (ZipLimits { entries: 9, ..limits }, "10 entries"),
        (ZipLimits { total_size: 9999, ..limits }, "more than 9999 bytes"),
    ] {
        let error = ZipReader::with_limits(&bytes, &limits).unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }
    let bomb = Entry { size: Some(4 << 20), ..deflated("bomb", &vec![0; 80 << 20]) };
    refused(&archive(vec![bomb]), "larger than it says");
    refused(&archive(vec![deflated("bomb", &vec![0; 80 << 20])]), "times its size");
}

#[test]
fn a_remote_archive_is_read_by_ranges() {
    let data = b"Metadata-Version: 2.1\n".repeat(20);
    let bytes =
        archive(vec![deflated("x", b"1"), deflated("a.dist-info/METADATA", &data), stored("y", b"2")])
            .bytes();
    let length = bytes.len() as u64;
    let tail = &bytes[bytes.len() - usize::try_from(ZipDirectory::TAIL.min(length)).unwrap()..];
    let location = ZipDirectory::locate(tail, length).unwrap();
    let slice = |range: std::ops::Range<u64>| {
        &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
    };
    let directory = ZipDirectory::parse(slice(location.range()), &location, &ZipLimits::default()).unwrap();
    let entry = directory.find("a.dist-info/METADATA").unwrap();
    assert_eq!(entry.read_from(slice(entry.range())).unwrap(), data);
    assert!(entry.read_from(&slice(entry.range())[1..]).is_err());
}

proptest! {
    #[test]
    fn damaged_archives_give_an_error_or_the_same_content(position in 0usize..10_000, value: u8, cut in 0usize..400) {
        let entries = vec![
            deflated("a/b.py", b"content content content content"),
            stored("c.py", b"stored"),
            Entry {
                flags: 8,
                descriptor: descriptor(crc32fast::hash(b"xyz"), 3, 3),
                ..stored("d", b"xyz")
            },
        ];
        let archive = Archive { zip64: value.is_multiple_of(2), ..archive(entries) };
        let whole = archive.bytes();
        let expected = read_all(&whole).unwrap();
        let mut bytes = whole.clone();
        let index = position % bytes.len();
        bytes[index] = value;
        if let Ok(files) = read_all(&bytes) {
            for ((_, content), (_, original)) in files.iter().zip(&expected) {
                prop_assert_eq!(content, original);
            }
            // What is taken at all, another reader reads the same.
            if let Some(others) = read_by_another(&bytes) {
                prop_assert_eq!(files, others);
            }
        }
        let _ = read_all(&whole[..cut.min(whole.len() - 1)]).unwrap_err();
    }

    #[test]
    fn any_bytes_give_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_all(&bytes);
        let mut archive = bytes;
        archive.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0");
        let _ = read_all(&archive);
    }
}
