//! `--find-links`: a directory, an HTML file, an archive, or the URL of a page or an archive (pip's rules). What is
//! there is listed once and then looked through for each project.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use distribution::SdistFormat;
use network::NetworkError;
use requirement::ProjectName;
use serde::{Deserialize, Serialize};

use crate::record::{FileRecord, RecordBytes, RecordWriter, empty_record, seal};
use crate::{IndexError, html, json, location};

/// Where the links are.
#[derive(Debug, Clone)]
pub(crate) enum LinkSource {
    /// A path on this machine: directory, page or archive.
    Local(PathBuf),
    /// A page.
    Page(String),
    /// An archive.
    Archive(String),
}

/// Everything that a place lists, of whatever project: a postcard header, then the file records.
pub(crate) struct FlatList {
    bytes: RecordBytes,
    base: Box<str>,
    start: usize,
}

#[derive(Serialize, Deserialize)]
struct FlatHeader<'a> {
    base: &'a str,
}

/// Whether a file name ends as a wheel or source distribution does.
fn is_archive(name: &str) -> bool {
    name.ends_with(".whl") || SdistFormat::split(name).is_some()
}

fn is_page(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".html") || lower.ends_with(".htm")
}

impl LinkSource {
    /// What the user's text means.
    pub(crate) fn of(text: &str, directory: &Path) -> Result<Self, IndexError> {
        if location::is_remote(text) {
            let source = if is_archive(&location::filename(text)) { Self::Archive } else { Self::Page };
            return Ok(source(text.to_owned()));
        }
        match location::local_path(text, directory) {
            Some(path) => Ok(Self::Local(path)),
            None if location::is_file_url(text) => Err(IndexError::Place {
                place: text.to_owned(),
                option: "--find-links",
                reason: "it is no file: URL of this machine".to_owned(),
            }),
            // What lacks a known scheme is a path, and one that does not exist.
            None => Ok(Self::Local(directory.join(text))),
        }
    }
}

impl FlatList {
    /// The list in a record; none where it is not one.
    pub(crate) fn open(bytes: RecordBytes) -> Option<Self> {
        let (header, rest) = postcard::take_from_bytes::<FlatHeader<'_>>(&bytes).ok()?;
        let base = header.base.into();
        let start = bytes.len() - rest.len();
        Some(Self { bytes, base, start })
    }

    /// The page record of one project.
    pub(crate) fn of_project(&self, project: &ProjectName) -> Vec<u8> {
        let mut writer = RecordWriter::new(project);
        let mut rest = self.bytes.get(self.start..).unwrap_or_default();
        while let Ok((record, remaining)) = postcard::take_from_bytes::<FileRecord<'_>>(rest) {
            writer.add(&record);
            rest = remaining;
        }
        writer.finish(&self.base, None)
    }
}

fn flat_record(base: &str) -> Vec<u8> {
    // Writing to memory fails for no input.
    postcard::to_extend(&FlatHeader { base }, empty_record()).unwrap_or_default()
}

/// Adds a record; what is no distribution is left out.
fn add(record: &mut Vec<u8>, file: &FileRecord<'_>) {
    if !is_archive(file.filename) {
        return;
    }
    if let Ok(longer) = postcard::to_extend(file, std::mem::take(record)) {
        *record = longer;
    }
}

/// The list of a page of links; `url` is where it came from.
pub(crate) fn read_links(body: &[u8], url: &str) -> Result<Vec<u8>, IndexError> {
    let wrong = |reason: String| IndexError::Page { url: network::redacted(url), reason };
    let json_like = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    // The base is known only at the end of the page, but it stands in front.
    let mut files = Vec::new();
    let facts = if json_like {
        json::scan(body, |file| add(&mut files, file)).map_err(|error| wrong(error.to_string()))?
    } else {
        html::scan(&html::text(body), |file| add(&mut files, file))
    };
    let base = facts.base.and_then(|base| location::absolute(url, &base));
    let mut record = flat_record(base.as_deref().unwrap_or(url));
    record.append(&mut files);
    seal(&mut record);
    Ok(record)
}

/// The list of one archive.
pub(crate) fn single_link(url: &str) -> Vec<u8> {
    let (reference, fragment) = location::split_fragment(url);
    let mut record = flat_record(reference);
    let hashes = fragment.split('&').filter_map(|part| part.split_once('=')).collect();
    let filename = location::filename(reference);
    add(&mut record, &FileRecord { filename: &filename, reference, hashes, ..FileRecord::default() });
    record
}

/// What a place lists.
#[derive(Clone)]
pub(crate) enum Links {
    Listed(Arc<FlatList>),
    /// The place is left out, with a warning; why, in few words.
    Ignored(&'static str),
}

/// pip's warning for a place on this machine that is not there.
pub(crate) fn missing_warning(text: &str) -> String {
    let reason = if location::is_file_url(text) {
        "it is neither a file nor a directory"
    } else {
        "it is either a non-existing path or lacks a specific scheme"
    };
    format!("Location '{}' is ignored: {reason}.", network::redacted(text))
}

/// pip's warning for a page that no server gives. Pages of links only add files, so one may be left out, as pip does;
/// of an index that is never done.
pub(crate) fn unreachable_warning(error: &NetworkError) -> Option<String> {
    match error {
        NetworkError::Status { .. }
        | NetworkError::Unreachable { .. }
        | NetworkError::TimedOut { .. }
        | NetworkError::Untrusted { .. }
        | NetworkError::Interrupted { .. } => {
            Some(format!("Could not fetch the page of links: {error} - skipping"))
        }
        _ => None,
    }
}

/// The list of a directory (the pages in it too), page or archive on this machine; none where there is no such thing.
pub(crate) fn read_local(path: &Path) -> Result<Option<Vec<u8>>, IndexError> {
    let place = |reason: String| IndexError::Place {
        place: path.display().to_string(),
        option: "--find-links",
        reason,
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(place(plain_reason(&error))),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !metadata.is_dir() {
        if is_page(&name) {
            let body = std::fs::read(path).map_err(|error| place(plain_reason(&error)))?;
            return read_links(&body, &location::file_url(path)).map(Some);
        }
        if is_archive(&name) {
            return Ok(Some(single_link(&location::file_url(path))));
        }
        return Err(place("it is neither a directory nor a page (.html) nor an archive".to_owned()));
    }
    let base = location::with_slash(&location::file_url(path));
    let mut record = flat_record(&base);
    let mut names: Vec<_> = std::fs::read_dir(path)
        .map_err(|error| place(plain_reason(&error)))?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable(); // the order of a directory is no order
    for name in &names {
        if is_archive(name) {
            let reference = location::file_url(&path.join(name));
            add(&mut record, &FileRecord { filename: name, reference: &reference, ..FileRecord::default() });
        } else if is_page(name)
            && let Ok(body) = std::fs::read(path.join(name))
        {
            // Its links are relative to this directory too, so the records fit.
            html::scan(&html::text(&body), |file| add(&mut record, file));
        }
    }
    Ok(Some(record))
}

/// Why a file cannot be read, in plain words.
pub(crate) fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "reading it is not permitted".to_owned(),
        _ => error.to_string(),
    }
}
