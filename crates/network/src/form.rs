//! Forms with files (multipart/form-data, RFC 7578), sent as a stream: a file is read while it goes out, its length is
//! known before.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;

/// What is read from a file at once.
const CHUNK: usize = 128 << 10;

/// Hears how many more bytes of a body have gone out.
pub type Sent = Arc<dyn Fn(u64) + Send + Sync>;

/// A form. Fields come in the order they were added.
#[derive(Debug, Clone)]
pub struct Form {
    boundary: String,
    segments: Vec<Segment>,
}

/// Bytes that follow each other in the body.
#[derive(Debug, Clone)]
enum Segment {
    Bytes(Vec<u8>),
    File { path: PathBuf, length: u64 },
}

impl Default for Form {
    fn default() -> Self {
        // Random enough not to stand in a file by chance.
        let random = || RandomState::new().hash_one(0);
        Self { boundary: format!("{:016x}{:016x}", random(), random()), segments: Vec::new() }
    }
}

impl Form {
    /// Adds a field.
    pub fn text(&mut self, name: &str, value: &str) {
        self.part(&format!("name=\"{}\"", quoted(name)), "", value.as_bytes());
    }

    /// Adds a small file that is in memory.
    pub fn bytes(&mut self, name: &str, filename: &str, content: &[u8]) {
        self.part(&format!("name=\"{}\"; filename=\"{}\"", quoted(name), quoted(filename)), "", content);
    }

    /// Adds the file at `path`, of `length` bytes: sending fails where it is no longer so long.
    pub fn file(&mut self, name: &str, filename: &str, path: PathBuf, length: u64) {
        let head = self.head(
            &format!("name=\"{}\"; filename=\"{}\"", quoted(name), quoted(filename)),
            "Content-Type: application/octet-stream\r\n",
        );
        self.push(&head);
        self.segments.push(Segment::File { path, length });
        self.push(b"\r\n");
    }

    /// Adds bytes to those in memory that stand before them.
    fn push(&mut self, bytes: &[u8]) {
        match self.segments.last_mut() {
            Some(Segment::Bytes(before)) => before.extend_from_slice(bytes),
            _ => self.segments.push(Segment::Bytes(bytes.to_vec())),
        }
    }

    fn part(&mut self, disposition: &str, content_type: &str, content: &[u8]) {
        let mut part = self.head(disposition, content_type);
        part.extend_from_slice(content);
        part.extend_from_slice(b"\r\n");
        self.push(&part);
    }

    fn head(&self, disposition: &str, content_type: &str) -> Vec<u8> {
        let boundary = &self.boundary;
        format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{content_type}\r\n")
            .into_bytes()
    }

    /// The value of the header `Content-Type`.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    fn end(&self) -> Vec<u8> {
        format!("--{}--\r\n", self.boundary).into_bytes()
    }

    /// How many bytes the body has.
    pub fn length(&self) -> u64 {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::File { length, .. } => *length,
        });
        segments.sum::<u64>() + self.end().len() as u64
    }

    /// The body; `sent` hears of each part that is asked for.
    pub(crate) fn stream(&self, sent: Sent) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let mut segments = self.segments.clone();
        segments.push(Segment::Bytes(self.end()));
        let body = Body { segments: segments.into_iter(), open: None };
        futures::stream::try_unfold((body, sent), |(body, sent)| async move {
            let (body, chunk) = body.next().await?;
            Ok(chunk.map(|chunk| {
                sent(chunk.len() as u64);
                (chunk, (body, sent))
            }))
        })
    }
}

/// A body that is being sent.
struct Body {
    segments: std::vec::IntoIter<Segment>,
    /// The file that is being read, and how many bytes of it are to come.
    open: Option<(File, u64)>,
}

impl Body {
    async fn next(mut self) -> io::Result<(Self, Option<Bytes>)> {
        loop {
            match self.open.take() {
                Some((_, 0)) => {}
                Some(open) => {
                    // The thread that drives the requests does not wait for a disk.
                    let read = tokio::task::spawn_blocking(move || chunk(open)).await;
                    let (open, bytes) =
                        read.unwrap_or_else(|_| Err(io::Error::other("the program is ending")))?;
                    self.open = Some(open);
                    return Ok((self, Some(bytes)));
                }
                None => {}
            }
            match self.segments.next() {
                None => return Ok((self, None)),
                Some(Segment::Bytes(bytes)) => return Ok((self, Some(bytes.into()))),
                Some(Segment::File { path, length }) => self.open = Some((File::open(path)?, length)),
            }
        }
    }
}

/// The next part of a file of which `left` bytes are to come.
fn chunk((mut file, left): (File, u64)) -> io::Result<((File, u64), Bytes)> {
    let length = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
    let mut buffer = vec![0; length];
    file.read_exact(&mut buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::other("the file has become shorter"),
        _ => error,
    })?;
    Ok(((file, left - length as u64), buffer.into()))
}

/// A name between quotes, as browsers and requests write it (HTML, 4.10.21.8).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::TryStreamExt;

    use super::*;

    fn body(form: &Form) -> (io::Result<Vec<u8>>, u64) {
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        let sent: Sent = Arc::new(move |bytes| {
            counted.fetch_add(bytes, Ordering::Relaxed);
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let chunks: io::Result<Vec<Bytes>> = runtime.block_on(form.stream(sent).try_collect());
        (chunks.map(|chunks| chunks.concat()), count.load(Ordering::Relaxed))
    }

    #[test]
    fn the_body_is_as_long_as_it_says() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.whl");
        let content = vec![7; CHUNK * 2 + 5];
        std::fs::write(&path, &content).unwrap();
        let mut form = Form::default();
        form.text("name", "a\r\nb");
        form.bytes("gpg_signature", "x\".asc", b"sig");
        form.file("content", "x.whl", path.clone(), content.len() as u64);
        let (sent, counted) = body(&form);
        let sent = sent.unwrap();
        assert_eq!((sent.len() as u64, counted), (form.length(), form.length()));
        let boundary = form.content_type().split_once("boundary=").unwrap().1.to_owned();
        let mut expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\r\nb\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"gpg_signature\"; filename=\"x%22.asc\"\r\n\r\nsig\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"x.whl\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        expected.extend(&content);
        expected.extend(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert!(sent == expected);
        std::fs::write(&path, b"short").unwrap();
        assert!(body(&form).0.unwrap_err().to_string().contains("shorter"));
    }
}
