//! Hashes of files: what indexes (PEP 503, 691), `--hash` and RECORD promise, and how it is checked.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// URL-safe base64, written without padding and read with or without it.
const RECORD_BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The hash algorithms that indexes and requirements files use, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum HashAlgorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    /// The name as `hashlib` and indexes write it, as `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The algorithm with that name; ASCII case is ignored.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Md5, Self::Sha1, Self::Sha512, Self::Sha384, Self::Sha224]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The number of hexadecimal digits of its hashes.
    pub fn hex_length(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }

    /// Whether a promise by it counts: SHA-2 only, as `--require-hashes` and RECORD ask for.
    pub fn is_strong(self) -> bool {
        self >= Self::Sha224
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A text that is not `algorithm:hex` with the right length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a hash: expected algorithm:hexadecimal, with md5, sha1, sha224, sha256, sha384 or sha512"
)]
pub struct InvalidDigest(pub String);

/// A hash with its algorithm; displays as `sha256:<hex>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// Lower-case hexadecimal, of the algorithm's length.
    pub hex: Box<str>,
}

/// A SHA-256: the address of an archive in the cache. Displays as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sha256(pub [u8; 32]);

/// Computes one hash over a stream of bytes.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// A hasher for `algorithm`.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Md5 => State::Md5(md5::Md5::new()),
            HashAlgorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            HashAlgorithm::Sha224 => State::Sha224(sha2::Sha224::new()),
            HashAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            HashAlgorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            HashAlgorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
            State::Sha224(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The hash of all that was added.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Md5(state) => Digest::from_bytes(HashAlgorithm::Md5, &state.finalize()),
            State::Sha1(state) => Digest::from_bytes(HashAlgorithm::Sha1, &state.finalize()),
            State::Sha224(state) => Digest::from_bytes(HashAlgorithm::Sha224, &state.finalize()),
            State::Sha256(state) => Digest::from_bytes(HashAlgorithm::Sha256, &state.finalize()),
            State::Sha384(state) => Digest::from_bytes(HashAlgorithm::Sha384, &state.finalize()),
            State::Sha512(state) => Digest::from_bytes(HashAlgorithm::Sha512, &state.finalize()),
        }
    }
}

/// Computes a SHA-256 over a stream of bytes, without the detour over text.
#[derive(Clone, Default)]
pub struct Sha256Hasher(sha2::Sha256);

impl Sha256Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was added.
    pub fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

impl std::io::Write for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Digest {
    /// The hash of `bytes`.
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// A hash from its text; upper-case digits are taken too.
    pub fn new(algorithm: HashAlgorithm, hex: &str) -> Result<Self, InvalidDigest> {
        if hex.len() != algorithm.hex_length() || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidDigest(format!("{algorithm}:{hex}")));
        }
        let mut hex: Box<str> = hex.into();
        hex.make_ascii_lowercase();
        Ok(Self { algorithm, hex })
    }

    /// The bytes, where this is a SHA-256.
    pub fn sha256(&self) -> Option<Sha256> {
        match self.algorithm {
            HashAlgorithm::Sha256 => self.hex.parse().ok(),
            _ => None,
        }
    }

    /// Reads the hash of a RECORD row, `sha256=<URL-safe base64>`; padding is tolerated.
    pub fn from_record(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.to_owned());
        let (name, encoded) = text.split_once('=').ok_or_else(invalid)?;
        let algorithm = HashAlgorithm::from_name(name).ok_or_else(invalid)?;
        let bytes = RECORD_BASE64.decode(encoded).map_err(|_| invalid())?;
        if bytes.len().checked_mul(2) != Some(algorithm.hex_length()) {
            return Err(invalid());
        }
        Ok(Self::from_bytes(algorithm, &bytes))
    }

    fn from_bytes(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        Self { algorithm, hex: hex_text(bytes).into() }
    }
}

impl Sha256 {
    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// As RECORD writes it: URL-safe base64 without padding (to follow `sha256=`).
    pub fn record_text(&self) -> String {
        RECORD_BASE64.encode(self.0)
    }

    /// Appends [`Sha256::record_text`] to `output`, without an allocation of its own.
    pub fn push_record_text(&self, output: &mut String) {
        RECORD_BASE64.encode_string(self.0, output);
    }
}

impl From<Sha256> for Digest {
    fn from(hash: Sha256) -> Self {
        Self::from_bytes(HashAlgorithm::Sha256, &hash.0)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    /// Parses `algorithm:hex` or `algorithm=hex`.
    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.to_owned());
        let (name, hex) = text.split_once([':', '=']).ok_or_else(invalid)?;
        let algorithm = HashAlgorithm::from_name(name).ok_or_else(invalid)?;
        Self::new(algorithm, hex).map_err(|_| invalid())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm, self.hex)
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl FromStr for Sha256 {
    type Err = InvalidDigest;

    /// Parses 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.to_owned());
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if !rest.is_empty() || pairs.len() != bytes.len() {
            return Err(invalid());
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = match (hex_value(*high), hex_value(*low)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(invalid()),
            };
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&hex_text(&self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn hex_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        }
    }
    text
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// FIPS 180-4 and RFC 1321 answers for "abc".
    const ABC: [(&str, &str); 6] = [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn every_algorithm_gives_the_published_answer() {
        for (name, hex) in ABC {
            let algorithm = HashAlgorithm::from_name(name).unwrap();
            let digest = Digest::of(algorithm, b"abc");
            assert_eq!(digest.to_string(), format!("{name}:{hex}"));
            assert_eq!(format!("{name}={}", hex.to_uppercase()).parse::<Digest>().unwrap(), digest);
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hasher.finish(), digest);
        }
    }

    #[test]
    fn sha256_texts() {
        let hash = Sha256::of(b"abc");
        assert_eq!(hash.to_string(), ABC[3].1);
        assert_eq!(ABC[3].1.parse::<Sha256>().unwrap(), hash);
        assert_eq!(hash.record_text(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        let mut text = String::from("sha256=");
        hash.push_record_text(&mut text);
        assert_eq!(Digest::from_record(&text).unwrap(), hash.into());
        text.push('=');
        assert_eq!(Digest::from_record(&text).unwrap().sha256(), Some(hash));
        assert_eq!(Digest::of(HashAlgorithm::Md5, b"abc").sha256(), None);
        let mut hasher = Sha256Hasher::new();
        hasher.update(b"ab");
        hasher.update(b"c");
        assert_eq!(hasher.finish(), hash);
    }

    #[test]
    fn other_texts_are_not_hashes() {
        for text in [
            "",
            ":",
            "sha256",
            "sha256:",
            "sha256:00",
            "crc32:00000000",
            "md5:zz0150983cd24fb0d6963f7d28e17f72",
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text:?}");
        }
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32)] {
            assert!(text.parse::<Sha256>().is_err(), "{text:?}");
        }
        for text in ["", "sha256", "sha256=", "sha256=AAAA", "sha256=!!!!", "md9=AAAA"] {
            assert!(Digest::from_record(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_sha2_is_strong() {
        assert!(!HashAlgorithm::Md5.is_strong() && !HashAlgorithm::Sha1.is_strong());
        assert!(HashAlgorithm::Sha224.is_strong() && HashAlgorithm::Sha512.is_strong());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = text.parse::<Digest>();
            let _ = text.parse::<Sha256>();
            let _ = Digest::from_record(&text);
        }

        #[test]
        fn texts_round_trip(bytes in any::<[u8; 32]>()) {
            let hash = Sha256(bytes);
            prop_assert_eq!(hash.to_string().parse::<Sha256>().unwrap(), hash);
            let digest = Digest::from(hash);
            prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest.clone());
            prop_assert_eq!(Digest::from_record(&format!("sha256={}", hash.record_text())).unwrap(), digest);
        }
    }
}
