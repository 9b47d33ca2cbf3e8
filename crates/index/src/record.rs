//! A page as it lies in the cache: indexed, not parsed. A header and a table of versions (sorted, newest first by
//! PEP 440) stand in front; the records of files lie behind and are decoded only for versions that are looked at.
//!
//! The format is private to the cache's `pages` bucket, whose name carries its version. Reading survives any bytes.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;
use std::ops::Deref;
use std::sync::Arc;

use cache::MappedRecord;
use distribution::{
    Artifact, ArtifactKind, Digest, HashAlgorithm, SdistFilename, SdistFormat, Sidecar, WheelFilename,
    Yanked, after_name,
};
use requirement::{ProjectName, Version};
use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

use crate::location;

/// One file of a page, as the page says it (borrowed from the page, or from its record).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord<'a> {
    /// The file name, decoded.
    pub(crate) filename: &'a str,
    /// The reference to the file, relative to the page's base, without fragment.
    pub(crate) reference: &'a str,
    /// Algorithm and hexadecimal digits.
    #[serde(borrow)]
    pub(crate) hashes: Vec<(&'a str, &'a str)>,
    pub(crate) requires_python: Option<&'a str>,
    /// The reason, which may be empty.
    pub(crate) yanked: Option<&'a str>,
    pub(crate) size: Option<u64>,
    pub(crate) upload_time: Option<&'a str>,
    /// The hashes of the metadata beside the file, where it is there.
    #[serde(borrow)]
    pub(crate) sidecar: Option<Vec<(&'a str, &'a str)>>,
}

/// The status of a project (PEP 792), where it is not plainly active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectStatus {
    /// `archived`, `deprecated`, `quarantined`, or what the index says.
    pub status: String,
    /// The reason, where one is given.
    pub reason: Option<String>,
}

/// What stands in front of the files.
#[derive(Debug, Serialize, Deserialize)]
struct Header<'a> {
    base: Cow<'a, str>,
    status: Option<ProjectStatus>,
    files: u32,
    versions: u32,
}

/// Collects the files of a page and writes its record.
pub(crate) struct RecordWriter<'p> {
    project: &'p ProjectName,
    groups: FxHashMap<Box<str>, usize>,
    versions: Vec<(Version, Box<str>, Vec<Span>)>,
    area: Vec<u8>,
}

/// Begin and end in an area of bytes.
type Span = (usize, usize);

/// The version in the file name of a wheel or source distribution of `project`.
fn version_text<'a>(filename: &'a str, project: &ProjectName) -> Option<&'a str> {
    if let Some(stem) = filename.strip_suffix(".whl") {
        return after_name(stem, project)?.split('-').next();
    }
    after_name(SdistFormat::split(filename)?.0, project)
}

impl<'p> RecordWriter<'p> {
    pub(crate) fn new(project: &'p ProjectName) -> Self {
        Self { project, groups: FxHashMap::default(), versions: Vec::new(), area: Vec::new() }
    }

    /// Adds a file; one that is not a distribution of the project is left out.
    pub(crate) fn add(&mut self, file: &FileRecord<'_>) {
        let Some(text) = version_text(file.filename, self.project) else { return };
        let group = match self.groups.get(text) {
            Some(group) => *group,
            None => {
                let Ok(version) = text.parse() else { return };
                self.groups.insert(text.into(), self.versions.len());
                self.versions.push((version, text.into(), Vec::new()));
                self.versions.len() - 1
            }
        };
        let start = self.area.len();
        // Writing to memory fails for no input.
        if let Ok(area) = postcard::to_extend(file, std::mem::take(&mut self.area)) {
            self.area = area;
            if let Some((_, _, files)) = self.versions.get_mut(group) {
                files.push((start, self.area.len()));
            }
        }
    }

    /// The record. `base` is the URL that references are relative to.
    pub(crate) fn finish(mut self, base: &str, status: Option<ProjectStatus>) -> Vec<u8> {
        // Stable, so that spellings of one version stay in the order of the page.
        self.versions.sort_by(|(one, ..), (other, ..)| other.cmp(one));
        self.versions.dedup_by(|(later, _, files), (earlier, _, kept)| {
            let same = later == earlier;
            if same {
                kept.append(files);
            }
            same
        });
        let files = self.versions.iter().map(|(_, _, files)| files.len()).sum::<usize>();
        let header =
            Header { base: base.into(), status, files: files as u32, versions: self.versions.len() as u32 };
        let mut record = empty_record();
        record.reserve(self.area.len() + self.versions.len() * 12 + 256);
        record = postcard::to_extend(&header, record).unwrap_or_default();
        for (_, text, files) in &self.versions {
            let length: usize = files.iter().map(|(start, end)| end - start).sum();
            let entry = (text, files.len() as u32, length as u32);
            record = postcard::to_extend(&entry, record).unwrap_or_default();
        }
        for (start, end) in self.versions.iter().flat_map(|(_, _, files)| files) {
            record.extend_from_slice(self.area.get(*start..*end).unwrap_or_default());
        }
        seal(&mut record);
        record
    }
}

/// Changes with the form of records, so that those of another rpip are not read.
pub(crate) const FORMAT: u32 = 1;

/// Bytes at the beginning of every record: a checksum, which tells contents apart.
const SEAL: usize = 8;

/// A record that holds nothing yet.
pub(crate) fn empty_record() -> Vec<u8> {
    vec![0; SEAL]
}

/// Writes the checksum of a record that is complete.
pub(crate) fn seal(record: &mut [u8]) {
    if let Some((seal, content)) = record.split_first_chunk_mut::<SEAL>() {
        let mut hasher = FxHasher::default();
        hasher.write(content);
        *seal = hasher.finish().to_le_bytes();
    }
}

/// The checksum of a sealed record.
pub(crate) fn identity(record: &[u8]) -> u64 {
    record.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

/// The bytes of a record: from the network, or mapped from the cache. What is seen of it is what follows the seal.
pub(crate) enum RecordBytes {
    Owned(Arc<Vec<u8>>),
    Mapped(MappedRecord),
}

impl From<Vec<u8>> for RecordBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(Arc::new(bytes))
    }
}

impl Deref for RecordBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all: &[u8] = match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        };
        all.get(SEAL..).unwrap_or_default()
    }
}

/// A page of one place: its versions at hand, its files not yet decoded.
pub(crate) struct Page {
    bytes: RecordBytes,
    base: Box<str>,
    /// The page's URL, shown.
    source: Arc<str>,
    pub(crate) status: Option<ProjectStatus>,
    pub(crate) file_count: u32,
    pub(crate) versions: Vec<Version>,
    /// For each version: where its records begin in `bytes`, and how many they are.
    spans: Vec<(u32, u32)>,
}

impl fmt::Debug for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Page({}, {} versions, {} files)",
            self.source,
            self.versions.len(),
            self.file_count
        )
    }
}

impl Page {
    /// Reads header and version table; none where the bytes are not a record.
    pub(crate) fn open(bytes: RecordBytes, source: Arc<str>) -> Option<Self> {
        let all: &[u8] = &bytes;
        let (header, mut rest) = postcard::take_from_bytes::<Header<'_>>(all).ok()?;
        // A count is at most the bytes that follow: wrong ones take no memory.
        let count = (header.versions as usize).min(rest.len());
        let mut versions = Vec::with_capacity(count);
        let mut spans = Vec::with_capacity(count);
        let mut position = 0u32;
        for _ in 0..header.versions {
            let ((text, files, length), remaining) =
                postcard::take_from_bytes::<(&str, u32, u32)>(rest).ok()?;
            rest = remaining;
            versions.push(text.parse().ok()?);
            spans.push((position, files));
            position = position.checked_add(length)?;
        }
        if rest.len() != position as usize {
            return None;
        }
        let start = u32::try_from(all.len() - rest.len()).ok()?;
        for (offset, _) in &mut spans {
            *offset = offset.checked_add(start)?;
        }
        let (base, status, file_count) = (header.base.into(), header.status, header.files);
        Some(Self { bytes, base, source, status, file_count, versions, spans })
    }

    /// Whether both list the same files, at the same addresses.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        *self.bytes == *other.bytes
    }

    /// The records of the version at `index` of `versions`.
    pub(crate) fn records(&self, index: usize) -> impl Iterator<Item = FileRecord<'_>> {
        let (offset, count) = self.spans.get(index).copied().unwrap_or_default();
        let mut rest = self.bytes.get(offset as usize..).unwrap_or_default();
        (0..count).map_while(move |_| {
            let (record, remaining) = postcard::take_from_bytes(rest).ok()?;
            rest = remaining;
            Some(record)
        })
    }

    /// The artifact of a record whose kind is known; none where its URL cannot be used.
    pub(crate) fn artifact(&self, record: &FileRecord<'_>, kind: ArtifactKind) -> Option<Artifact> {
        Some(Artifact {
            filename: record.filename.into(),
            url: location::absolute(&self.base, record.reference)?.into(),
            kind,
            hashes: digests(&record.hashes),
            requires_python: record.requires_python.and_then(|text| text.parse().ok()),
            yanked: match record.yanked {
                None => Yanked::No,
                Some("") => Yanked::Yes(None),
                Some(reason) => Yanked::Yes(Some(reason.into())),
            },
            size: record.size,
            upload_time: record.upload_time.map(Into::into),
            sidecar: match &record.sidecar {
                None => Sidecar::Absent,
                Some(hashes) => Sidecar::Present(digests(hashes)),
            },
            source: self.source.clone(),
        })
    }
}

impl FileRecord<'_> {
    /// What the file name says; none where it is not that of a distribution of `project`.
    pub(crate) fn kind(&self, project: &ProjectName) -> Option<ArtifactKind> {
        Some(if self.filename.ends_with(".whl") {
            ArtifactKind::Wheel(self.filename.parse::<WheelFilename>().ok()?)
        } else {
            ArtifactKind::Sdist(SdistFilename::parse(self.filename, project).ok()?)
        })
    }
}

/// Strongest first; what is not a hash we know is no promise.
fn digests(pairs: &[(&str, &str)]) -> Vec<Digest> {
    let mut digests: Vec<Digest> = pairs
        .iter()
        .filter_map(|(algorithm, hex)| Digest::new(HashAlgorithm::from_name(algorithm)?, hex).ok())
        .collect();
    digests.sort_by_key(|digest| std::cmp::Reverse(digest.algorithm));
    digests
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file(filename: &str) -> FileRecord<'_> {
        FileRecord { filename, reference: filename, ..FileRecord::default() }
    }

    fn page(project: &str, filenames: &[&str]) -> Page {
        let project: ProjectName = project.parse().unwrap();
        let mut writer = RecordWriter::new(&project);
        for name in filenames {
            writer.add(&file(name));
        }
        let bytes = writer.finish("http://example.org/simple/x/", None);
        Page::open(RecordBytes::Owned(bytes.into()), "somewhere".into()).unwrap()
    }

    #[test]
    fn versions_are_newest_first_and_each_once() {
        let page = page(
            "foo-bar",
            &[
                "foo_bar-1.0-py3-none-any.whl",
                "foo-bar-2.0a1.tar.gz",
                "Foo.Bar-1.0.0.zip",
                "foo_bar-10.0-1-py3-none-any.whl",
                "foo-3.0.tar.gz",
                "foo_bar_baz-4.0.tar.gz",
                "foo_bar-nonsense.tar.gz",
                "foo_bar-5.0.exe",
                "foo_bar-6.0.whl.asc",
            ],
        );
        let shown: Vec<String> = page.versions.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0", "2.0a1", "1.0"]);
        let names: Vec<&str> = page.records(2).map(|record| record.filename).collect();
        assert_eq!(names, ["foo_bar-1.0-py3-none-any.whl", "Foo.Bar-1.0.0.zip"]);
        assert_eq!(page.file_count, 4);
        let project = "foo-bar".parse().unwrap();
        let record = page.records(0).next().unwrap();
        let artifact = page.artifact(&record, record.kind(&project).unwrap()).unwrap();
        assert_eq!(&*artifact.url, "http://example.org/simple/x/foo_bar-10.0-1-py3-none-any.whl");
        assert_eq!(&*artifact.source, "somewhere");
    }

    #[test]
    fn all_that_a_page_says_comes_back() {
        let project = "x".parse().unwrap();
        let hex = "a".repeat(64);
        let record = FileRecord {
            filename: "x-1.0-py3-none-any.whl",
            reference: "https://files.example/x-1.0-py3-none-any.whl",
            hashes: vec![("md5", "0123456789abcdef0123456789abcdef"), ("sha256", &hex), ("blake9", "00")],
            requires_python: Some(">=3.8"),
            yanked: Some("broken"),
            size: Some(7),
            upload_time: Some("2020-01-01T00:00:00Z"),
            sidecar: Some(vec![("sha256", &hex)]),
        };
        let mut writer = RecordWriter::new(&project);
        writer.add(&record);
        let status = ProjectStatus { status: "archived".into(), reason: Some("done".into()) };
        let bytes = writer.finish("http://example.org/", Some(status.clone()));
        let page = Page::open(RecordBytes::Owned(bytes.into()), "s".into()).unwrap();
        assert_eq!(page.status, Some(status));
        assert_eq!(page.records(0).collect::<Vec<_>>(), std::slice::from_ref(&record));
        let artifact = page.artifact(&record, record.kind(&project).unwrap()).unwrap();
        let algorithms: Vec<_> = artifact.hashes.iter().map(|digest| digest.algorithm).collect();
        assert_eq!(algorithms, [HashAlgorithm::Sha256, HashAlgorithm::Md5]);
        assert_eq!(artifact.yanked, Yanked::Yes(Some("broken".into())));
        assert_eq!(artifact.requires_python.unwrap().to_string(), ">=3.8");
        assert!(matches!(artifact.sidecar, Sidecar::Present(hashes) if hashes.len() == 1));
    }

    #[test]
    fn broken_records_are_none() {
        let project = "x".parse().unwrap();
        let mut writer = RecordWriter::new(&project);
        for name in ["x-1.0.tar.gz", "x-2.0.tar.gz", "x-2.0-py3-none-any.whl"] {
            writer.add(&file(name));
        }
        let bytes = writer.finish("http://example.org/", None);
        for length in 0..bytes.len() {
            assert!(Page::open(RecordBytes::Owned(bytes[..length].to_vec().into()), "s".into()).is_none());
        }
        for position in SEAL..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = bytes.clone();
                broken[position] = value;
                if let Some(page) = Page::open(RecordBytes::Owned(broken.into()), "s".into()) {
                    for index in 0..=page.versions.len() {
                        for record in page.records(index) {
                            record.kind(&project).and_then(|kind| page.artifact(&record, kind));
                        }
                    }
                }
            }
        }
    }
}
