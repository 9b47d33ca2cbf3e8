//! Zip archives (APPNOTE 6.3) written byte by byte, so that tests can write wrong ones.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use distribution::Sha256;

/// One entry; the `local_*` fields say what the local header says where it differs.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    pub data: Vec<u8>,
    pub deflate: bool,
    pub flags: u16,
    pub method: Option<u16>,
    pub mode: u32,
    pub crc: Option<u32>,
    pub size: Option<u32>,
    pub compressed_size: Option<u32>,
    pub extra: Vec<u8>,
    pub local_extra: Option<Vec<u8>>,
    pub local_name: Option<Vec<u8>>,
    pub local_flags: Option<u16>,
    pub local_method: Option<u16>,
    pub local_crc: Option<u32>,
    pub local_size: Option<u32>,
    pub local_compressed_size: Option<u32>,
    /// What follows the data.
    pub descriptor: Vec<u8>,
    /// Bytes between this entry and the next.
    pub gap: Vec<u8>,
    pub header_offset: Option<u32>,
    pub disk: u16,
}

/// What the end record says where it differs.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    pub entries: Vec<Entry>,
    pub prefix: Vec<u8>,
    pub before_end: Vec<u8>,
    pub comment: Vec<u8>,
    pub trailing: Vec<u8>,
    pub count: Option<u16>,
    pub directory_size: Option<u32>,
    pub directory_offset: Option<u32>,
    pub zip64: bool,
    pub zip64_count: Option<u64>,
}

pub fn stored(name: &str, data: &[u8]) -> Entry {
    Entry { name: name.into(), data: data.into(), mode: 0o100_644, ..Entry::default() }
}

pub fn deflated(name: &str, data: &[u8]) -> Entry {
    Entry { deflate: true, ..stored(name, data) }
}

pub fn directory(name: &str) -> Entry {
    Entry { name: name.into(), mode: 0o040_755, ..Entry::default() }
}

pub fn archive(entries: Vec<Entry>) -> Archive {
    Archive { entries, ..Archive::default() }
}

pub fn compress(data: &[u8]) -> Vec<u8> {
    let mut output = vec![0; data.len() + 1000];
    let mut state = zlib_rs::Deflate::new(6, false, 15);
    let status = state.compress(data, &mut output, zlib_rs::DeflateFlush::Finish).unwrap();
    assert_eq!(status, zlib_rs::Status::StreamEnd);
    output.truncate(usize::try_from(state.total_out()).unwrap());
    output
}

fn put16(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn length16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap()
}

impl Archive {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.prefix.clone();
        let mut central = Vec::new();
        for entry in &self.entries {
            let offset = length(&bytes);
            entry.write(&mut bytes, &mut central, offset);
        }
        let offset = length(&bytes);
        bytes.extend_from_slice(&central);
        bytes.extend_from_slice(&self.before_end);
        let count = u16::try_from(self.entries.len()).unwrap();
        if self.zip64 {
            let end = bytes.len() as u64;
            bytes.extend_from_slice(b"PK\x06\x06");
            put64(&mut bytes, 44);
            put16(&mut bytes, 45);
            put16(&mut bytes, 45);
            put64(&mut bytes, 0);
            put64(&mut bytes, self.zip64_count.unwrap_or(count.into()));
            put64(&mut bytes, self.zip64_count.unwrap_or(count.into()));
            put64(&mut bytes, central.len() as u64);
            put64(&mut bytes, offset.into());
            bytes.extend_from_slice(b"PK\x06\x07");
            put32(&mut bytes, 0);
            put64(&mut bytes, end);
            put32(&mut bytes, 1);
        }
        bytes.extend_from_slice(b"PK\x05\x06");
        put32(&mut bytes, 0);
        put16(&mut bytes, self.count.unwrap_or(count));
        put16(&mut bytes, self.count.unwrap_or(count));
        put32(&mut bytes, self.directory_size.unwrap_or(length(&central)));
        put32(&mut bytes, self.directory_offset.unwrap_or(offset));
        put16(&mut bytes, length16(&self.comment));
        bytes.extend_from_slice(&self.comment);
        bytes.extend_from_slice(&self.trailing);
        bytes
    }
}

impl Entry {
    fn write(&self, bytes: &mut Vec<u8>, central: &mut Vec<u8>, offset: u32) {
        let data = if self.deflate { compress(&self.data) } else { self.data.clone() };
        let method = self.method.unwrap_or(if self.deflate { 8 } else { 0 });
        let crc = self.crc.unwrap_or_else(|| crc32fast::hash(&self.data));
        let size = self.size.unwrap_or_else(|| length(&self.data));
        let compressed = self.compressed_size.unwrap_or_else(|| length(&data));
        let local_name = self.local_name.as_ref().unwrap_or(&self.name);
        let local_extra = self.local_extra.as_ref().unwrap_or(&self.extra);
        bytes.extend_from_slice(b"PK\x03\x04");
        put16(bytes, 20);
        put16(bytes, self.local_flags.unwrap_or(self.flags));
        put16(bytes, self.local_method.unwrap_or(method));
        put32(bytes, 0x0021_0000);
        put32(bytes, self.local_crc.unwrap_or(crc));
        put32(bytes, self.local_compressed_size.unwrap_or(compressed));
        put32(bytes, self.local_size.unwrap_or(size));
        put16(bytes, length16(local_name));
        put16(bytes, length16(local_extra));
        bytes.extend_from_slice(local_name);
        bytes.extend_from_slice(local_extra);
        bytes.extend_from_slice(&data);
        bytes.extend_from_slice(&self.descriptor);
        bytes.extend_from_slice(&self.gap);

        central.extend_from_slice(b"PK\x01\x02");
        put16(central, 3 << 8 | 20);
        put16(central, 20);
        put16(central, self.flags);
        put16(central, method);
        put32(central, 0x0021_0000);
        put32(central, crc);
        put32(central, compressed);
        put32(central, size);
        put16(central, length16(&self.name));
        put16(central, length16(&self.extra));
        put16(central, 0);
        put16(central, self.disk);
        put16(central, 0);
        put32(central, self.mode << 16);
        put32(central, self.header_offset.unwrap_or(offset));
        central.extend_from_slice(&self.name);
        central.extend_from_slice(&self.extra);
    }
}

/// A descriptor of an entry with these contents, with a signature, sizes of 4 bytes.
pub fn descriptor(crc: u32, compressed: u32, size: u32) -> Vec<u8> {
    let mut bytes = b"PK\x07\x08".to_vec();
    put32(&mut bytes, crc);
    put32(&mut bytes, compressed);
    put32(&mut bytes, size);
    bytes
}

/// The same with sizes of 8 bytes and without signature.
pub fn descriptor64(crc: u32, compressed: u64, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    put32(&mut bytes, crc);
    put64(&mut bytes, compressed);
    put64(&mut bytes, size);
    bytes
}

/// An extra field.
pub fn extra(id: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put16(&mut bytes, id);
    put16(&mut bytes, length16(content));
    bytes.extend_from_slice(content);
    bytes
}

/// The files of a wheel `name-1.0`, with a RECORD over all that is in `files`.
pub fn wheel(name: &str, files: Vec<Entry>) -> Vec<Entry> {
    let info = format!("{name}-1.0.dist-info");
    let mut entries = files;
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n");
    entries.push(deflated(&format!("{info}/METADATA"), metadata.as_bytes()));
    let wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    entries.push(stored(&format!("{info}/WHEEL"), wheel.as_bytes()));
    let mut record = String::new();
    for entry in entries.iter().filter(|entry| !entry.name.ends_with(b"/")) {
        let (path, data) = (String::from_utf8_lossy(&entry.name), &entry.data);
        record.push_str(&format!("{path},sha256={},{}\n", Sha256::of(data).record_text(), data.len()));
    }
    record.push_str(&format!("{info}/RECORD,,\n"));
    entries.push(stored(&format!("{info}/RECORD"), record.as_bytes()));
    entries
}
