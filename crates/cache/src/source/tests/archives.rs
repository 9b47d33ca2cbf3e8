//! Archives built byte by byte, so that they can be wrong in every way.

use std::io::Write;

/// A tar archive that is being written.
#[derive(Default)]
pub(super) struct Tar {
    pub(super) bytes: Vec<u8>,
}

/// The fields of a header that tests change.
pub(super) struct Header<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: u8,
    pub(super) mode: &'a str,
    pub(super) size: u64,
    pub(super) modified: &'a str,
    pub(super) link: &'a [u8],
    pub(super) magic: &'a [u8; 8],
    pub(super) prefix: &'a [u8],
}

impl Default for Header<'_> {
    fn default() -> Self {
        Self {
            name: b"p-1/file",
            kind: b'0',
            mode: "0000644",
            size: 0,
            modified: "14000000000",
            link: b"",
            magic: b"ustar\x0000",
            prefix: b"",
        }
    }
}

impl Header<'_> {
    pub(super) fn block(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |start: usize, bytes: &[u8]| block[start..start + bytes.len()].copy_from_slice(bytes);
        put(0, self.name);
        put(100, self.mode.as_bytes());
        put(124, format!("{:011o}", self.size).as_bytes());
        put(136, self.modified.as_bytes());
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, self.link);
        put(257, self.magic);
        put(345, self.prefix);
        with_checksum(block)
    }
}

/// Writes the checksum into a header.
pub(super) fn with_checksum(mut block: [u8; 512]) -> [u8; 512] {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

impl Tar {
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn entry(mut self, header: &Header<'_>, content: &[u8]) -> Self {
        let header = Header { size: content.len() as u64, ..*header };
        self.bytes.extend(header.block());
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn file(self, name: &str, content: &str) -> Self {
        self.entry(&Header { name: name.as_bytes(), ..Header::default() }, content.as_bytes())
    }

    pub(super) fn directory(self, name: &str) -> Self {
        self.entry(&Header { name: name.as_bytes(), kind: b'5', mode: "0000755", ..Header::default() }, b"")
    }

    pub(super) fn symlink(self, name: &str, target: &str) -> Self {
        let (name, link) = (name.as_bytes(), target.as_bytes());
        self.entry(&Header { name, kind: b'2', link, ..Header::default() }, b"")
    }

    pub(super) fn hard_link(self, name: &str, target: &str) -> Self {
        let (name, link) = (name.as_bytes(), target.as_bytes());
        self.entry(&Header { name, kind: b'1', link, ..Header::default() }, b"")
    }

    /// A pax header (`x` or `g`), or a GNU long name (`L` or `K`).
    pub(super) fn extension(self, kind: u8, content: &[u8]) -> Self {
        self.entry(&Header { name: b"extension", kind, ..Header::default() }, content)
    }

    pub(super) fn pax(self, records: &[(&str, &str)]) -> Self {
        let content: String = records.iter().map(|(key, value)| record(key, value)).collect();
        self.extension(b'x', content.as_bytes())
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.resize((self.bytes.len() + 1024).next_multiple_of(10240), 0);
        self.bytes
    }
}

/// A pax record with its length.
pub(super) fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while format!("{length}{rest}").len() != length {
        length = format!("{length}{rest}").len();
    }
    format!("{length}{rest}")
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A zip archive of stored entries: `(name, Unix mode, content)`; names that end with `/` are directories.
pub(super) fn zip(entries: &[(&str, u16, &str)]) -> Vec<u8> {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    for (name, mode, content) in entries {
        let offset = u32::try_from(bytes.len()).unwrap();
        let mut fields = Vec::new();
        fields.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        fields.extend(crc32fast::hash(content.as_bytes()).to_le_bytes());
        fields.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        fields.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&fields);
        bytes.extend(name.bytes());
        bytes.extend(content.bytes());
        central.extend(b"PK\x01\x02\x14\x03");
        central.extend(&fields);
        central.extend([0; 6]);
        central.extend((u32::from(*mode) << 16).to_le_bytes());
        central.extend(offset.to_le_bytes());
        central.extend(name.bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let length = u32::try_from(central.len()).unwrap().to_le_bytes();
    bytes.extend(central);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend([length, start].concat());
    bytes.extend([0, 0]);
    bytes
}
