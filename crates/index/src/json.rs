//! Simple pages in JSON (PEP 691, with PEP 592, 629, 700, 714 and 792): files are handed on as they are read.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::html::PageFacts;
use crate::location;
use crate::record::{FileRecord, ProjectStatus};

/// Hands every file to `file`.
pub(crate) fn scan(page: &[u8], file: impl FnMut(&FileRecord<'_>)) -> Result<PageFacts, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(page);
    let facts = PageSeed { file }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(facts)
}

/// A text that is borrowed where the JSON has no escapes in it. (Inside of an `Option`, `Cow` alone would not be.)
#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// `algorithm: hex` pairs in their order.
#[derive(Debug, Default)]
struct Hashes<'a>(Vec<(Text<'a>, Text<'a>)>);

/// `core-metadata`: a flag, or hashes.
#[derive(Debug)]
enum FlagOrHashes<'a> {
    Flag(bool),
    Hashes(Hashes<'a>),
}

/// `yanked`: a flag, or the reason.
#[derive(Debug)]
enum FlagOrText<'a> {
    Flag(bool),
    Text(Text<'a>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile<'a> {
    #[serde(borrow)]
    filename: Option<Text<'a>>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow)]
    hashes: Option<Hashes<'a>>,
    #[serde(borrow)]
    requires_python: Option<Text<'a>>,
    #[serde(borrow)]
    yanked: Option<FlagOrText<'a>>,
    size: Option<u64>,
    #[serde(borrow)]
    upload_time: Option<Text<'a>>,
    #[serde(borrow)]
    core_metadata: Option<FlagOrHashes<'a>>,
    #[serde(borrow)]
    dist_info_metadata: Option<FlagOrHashes<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    api_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Status {
    status: Option<String>,
    reason: Option<String>,
}

struct PageSeed<F> {
    file: F,
}

impl<'de, F: FnMut(&FileRecord<'_>)> DeserializeSeed<'de> for PageSeed<F> {
    type Value = PageFacts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PageFacts, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&FileRecord<'_>)> Visitor<'de> for PageSeed<F> {
    type Value = PageFacts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a project page")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<PageFacts, A::Error> {
        let mut facts = PageFacts::default();
        while let Some(Text(key)) = map.next_key()? {
            match &*key {
                "files" => map.next_value_seed(FilesSeed { file: &mut self.file })?,
                "meta" => {
                    facts.api_version = map.next_value::<Option<Meta>>()?.unwrap_or_default().api_version
                }
                "project-status" => facts.status = status(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(facts)
    }
}

fn status(status: Option<Status>) -> Option<ProjectStatus> {
    let Status { status, reason } = status?;
    let status = status.filter(|status| status != "active")?;
    Some(ProjectStatus { status, reason })
}

struct FilesSeed<'f, F> {
    file: &'f mut F,
}

impl<'de, F: FnMut(&FileRecord<'_>)> DeserializeSeed<'de> for FilesSeed<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&FileRecord<'_>)> Visitor<'de> for FilesSeed<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut files: A) -> Result<(), A::Error> {
        while let Some(file) = files.next_element::<JsonFile<'de>>()? {
            (self.file)(&file.record());
        }
        Ok(())
    }
}

impl JsonFile<'_> {
    fn record(&self) -> FileRecord<'_> {
        let reference = location::split_fragment(&self.url.0).0;
        // Without a name there is the last part of the URL, unless that is encoded: then the index is at fault.
        let filename = match &self.filename {
            Some(name) => &name.0,
            None => reference.rsplit('/').next().unwrap_or_default(),
        };
        FileRecord {
            filename,
            reference,
            hashes: self.hashes.as_ref().map(Hashes::pairs).unwrap_or_default(),
            requires_python: self
                .requires_python
                .as_ref()
                .map(|text| text.0.trim())
                .filter(|text| !text.is_empty()),
            yanked: match &self.yanked {
                None | Some(FlagOrText::Flag(false)) => None,
                Some(FlagOrText::Flag(true)) => Some(""),
                Some(FlagOrText::Text(reason)) => Some(&reason.0),
            },
            size: self.size,
            upload_time: self.upload_time.as_ref().map(|text| &*text.0),
            sidecar: match self.core_metadata.as_ref().or(self.dist_info_metadata.as_ref()) {
                None | Some(FlagOrHashes::Flag(false)) => None,
                Some(FlagOrHashes::Flag(true)) => Some(Vec::new()),
                Some(FlagOrHashes::Hashes(hashes)) => Some(hashes.pairs()),
            },
        }
    }
}

impl Hashes<'_> {
    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(algorithm, hex)| (&*algorithm.0, &*hex.0)).collect()
    }
}

struct HashesVisitor;

impl<'de> Visitor<'de> for HashesVisitor {
    type Value = FlagOrHashes<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("true, false or hashes")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<FlagOrHashes<'de>, E> {
        Ok(FlagOrHashes::Flag(flag))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FlagOrHashes<'de>, A::Error> {
        let mut pairs = Vec::with_capacity(1);
        while let Some((algorithm, hex)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
            pairs.extend(hex.map(|hex| (algorithm, hex)));
        }
        Ok(FlagOrHashes::Hashes(Hashes(pairs)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for FlagOrHashes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HashesVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Hashes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(HashesVisitor)? {
            FlagOrHashes::Hashes(hashes) => Ok(hashes),
            FlagOrHashes::Flag(_) => Ok(Self::default()),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for FlagOrText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl<'de> Visitor<'de> for FlagVisitor {
            type Value = FlagOrText<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true, false or a reason")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<FlagOrText<'de>, E> {
                Ok(FlagOrText::Flag(flag))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<FlagOrText<'de>, E> {
                Ok(FlagOrText::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<FlagOrText<'de>, E> {
                Ok(FlagOrText::Text(Text(Cow::Owned(text.to_owned()))))
            }
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn files(entries: &str) -> Vec<String> {
        let mut files = Vec::new();
        let page = format!("{{\"meta\": {{\"api-version\": \"1.1\"}}, \"files\": [{entries}]}}");
        scan(page.as_bytes(), |file| files.push(format!("{file:?}"))).unwrap();
        files
    }

    #[test]
    fn files_are_read_with_all_their_keys() {
        let base = FileRecord { filename: "x-1.whl", reference: "/f/x-1.whl", ..FileRecord::default() };
        for (keys, record) in [
            (
                "\"hashes\": {\"sha256\": \"ab\", \"md5\": \"cd\"}",
                FileRecord { hashes: vec![("sha256", "ab"), ("md5", "cd")], ..base.clone() },
            ),
            ("\"hashes\": {}, \"gpg-sig\": true, \"provenance\": {\"a\": [1]}", base.clone()),
            (
                "\"requires-python\": \"\\u003e=3.8\"",
                FileRecord { requires_python: Some(">=3.8"), ..base.clone() },
            ),
            ("\"requires-python\": null, \"yanked\": false, \"size\": null, \"hashes\": null", base.clone()),
            ("\"requires-python\": \"\"", base.clone()),
            ("\"yanked\": true", FileRecord { yanked: Some(""), ..base.clone() }),
            ("\"yanked\": \"a \\\"b\\\"\"", FileRecord { yanked: Some("a \"b\""), ..base.clone() }),
            (
                "\"size\": 12, \"upload-time\": \"2020\"",
                FileRecord { size: Some(12), upload_time: Some("2020"), ..base.clone() },
            ),
            ("\"core-metadata\": true", FileRecord { sidecar: Some(vec![]), ..base.clone() }),
            ("\"core-metadata\": false, \"dist-info-metadata\": true", base.clone()),
            (
                "\"dist-info-metadata\": {\"sha256\": \"ab\"}",
                FileRecord { sidecar: Some(vec![("sha256", "ab")]), ..base.clone() },
            ),
        ] {
            let found =
                files(&format!("{{\"filename\": \"x-1.whl\", \"url\": \"/f/x-1.whl#frag\", {keys}}}"));
            assert_eq!(found, [format!("{record:?}")], "{keys}");
        }
        assert_eq!(files("{\"url\": \"/f/x-1.whl\"}"), [format!("{base:?}")]);
    }

    #[test]
    fn facts_are_found_in_any_order() {
        let page = b"{\"files\": [], \"project-status\": {\"status\": \"archived\"}, \"name\": \"x\", \"meta\": {\"api-version\": \"2.0\"}}";
        let facts = scan(page, |_| {}).unwrap();
        assert_eq!(facts.api_version.as_deref(), Some("2.0"));
        assert_eq!(facts.status.unwrap().status, "archived");
    }

    #[test]
    fn other_json_is_refused() {
        let deep = format!("{{\"x\": {}", "[".repeat(100_000));
        for page in [
            "{",
            "{}x",
            "{\"files\": 1}",
            "{\"files\": [1]}",
            "{\"files\": [{\"url\": 1}]}",
            "{\"files\": [{}]}",
            &deep,
        ] {
            assert!(scan(page.as_bytes(), |_| {}).is_err(), "{}", &page[..page.len().min(40)]);
        }
    }
}
