//! Builds wheels (binary distribution format): right by default, wrong where a test asks for it.

use std::io::{Cursor, Write};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

/// The SHA-256 of `bytes` in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of the wheel.
struct Member {
    path: String,
    content: Vec<u8>,
    mode: u32,
}

/// A wheel to be. `WheelBuilder::new("demo", "1.0").requires("click>=8").build()` gives its bytes.
pub struct WheelBuilder {
    name: String,
    version: String,
    build_tag: Option<String>,
    tag: String,
    pure: bool,
    headers: Vec<String>,
    description: String,
    members: Vec<Member>,
    console_scripts: Vec<String>,
    gui_scripts: Vec<String>,
    metadata: Option<String>,
    wheel_file: Option<String>,
    record: Option<String>,
    stored: bool,
    metadata_first: bool,
}

impl WheelBuilder {
    /// A pure wheel with one module, named after the project, that holds `__version__`.
    pub fn new(name: &str, version: &str) -> Self {
        let module = name.replace(['-', '.'], "_").to_lowercase();
        let content = format!("__version__ = '{version}'\n").into_bytes();
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            build_tag: None,
            tag: "py3-none-any".to_owned(),
            pure: true,
            headers: Vec::new(),
            description: format!("# {name}\n"),
            members: vec![Member { path: format!("{module}/__init__.py"), content, mode: 0o644 }],
            console_scripts: Vec::new(),
            gui_scripts: Vec::new(),
            metadata: None,
            wheel_file: None,
            record: None,
            stored: false,
            metadata_first: false,
        }
    }

    /// Adds a `Requires-Dist`.
    pub fn requires(self, requirement: &str) -> Self {
        self.header(&format!("Requires-Dist: {requirement}"))
    }

    /// Sets `Requires-Python`.
    pub fn requires_python(self, specifier: &str) -> Self {
        self.header(&format!("Requires-Python: {specifier}"))
    }

    /// Adds a `Provides-Extra`.
    pub fn extra(self, name: &str) -> Self {
        self.header(&format!("Provides-Extra: {name}"))
    }

    /// Adds a line to METADATA.
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// The body of METADATA.
    pub fn description(mut self, text: &str) -> Self {
        self.description = text.to_owned();
        self
    }

    /// Adds a file; the path is relative to the root of the archive.
    pub fn file(self, path: &str, content: &[u8]) -> Self {
        self.file_with_mode(path, content, 0o644)
    }

    /// Adds a file with these Unix permissions, in place of one with the same path.
    pub fn file_with_mode(mut self, path: &str, content: &[u8], mode: u32) -> Self {
        self.members.retain(|member| member.path != path);
        self.members.push(Member { path: path.to_owned(), content: content.to_vec(), mode });
        self
    }

    /// Leaves out every file added so far, the generated module too.
    pub fn without_files(mut self) -> Self {
        self.members.clear();
        self
    }

    /// Adds a file under `.data/<scheme>/`.
    pub fn data_file(self, scheme: &str, path: &str, content: &[u8]) -> Self {
        let path = format!("{}.data/{scheme}/{path}", self.stem());
        self.file_with_mode(&path, content, if scheme == "scripts" { 0o755 } else { 0o644 })
    }

    /// Adds a console script; `target` is `module:object`.
    pub fn entry_point(mut self, name: &str, target: &str) -> Self {
        self.console_scripts.push(format!("{name} = {target}"));
        self
    }

    /// Adds a gui script; `target` is `module:object`.
    pub fn gui_entry_point(mut self, name: &str, target: &str) -> Self {
        self.gui_scripts.push(format!("{name} = {target}"));
        self
    }

    /// The compressed tag set, as `cp312-cp312-manylinux_2_17_x86_64` (`py3-none-any`).
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = tag.to_owned();
        self
    }

    /// The build tag.
    pub fn build_tag(mut self, tag: &str) -> Self {
        self.build_tag = Some(tag.to_owned());
        self
    }

    /// `Root-Is-Purelib: false`.
    pub fn platlib(mut self) -> Self {
        self.pure = false;
        self
    }

    /// METADATA, whole, in place of the generated one.
    pub fn raw_metadata(mut self, text: &str) -> Self {
        self.metadata = Some(text.to_owned());
        self
    }

    /// WHEEL, whole, in place of the generated one.
    pub fn raw_wheel_file(mut self, text: &str) -> Self {
        self.wheel_file = Some(text.to_owned());
        self
    }

    /// RECORD, whole, in place of the generated one.
    pub fn raw_record(mut self, text: &str) -> Self {
        self.record = Some(text.to_owned());
        self
    }

    /// Stores the files uncompressed.
    pub fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Puts METADATA before all other files; by custom it stands near the end.
    pub fn metadata_first(mut self) -> Self {
        self.metadata_first = true;
        self
    }

    /// `name-version`, escaped as in file names.
    fn stem(&self) -> String {
        format!("{}-{}", self.name.replace(['-', '.'], "_").to_lowercase(), self.version.replace('-', "_"))
    }

    /// The file name.
    pub fn filename(&self) -> String {
        let build = self.build_tag.as_ref().map(|tag| format!("-{tag}")).unwrap_or_default();
        format!("{}{build}-{}.whl", self.stem(), self.tag)
    }

    /// The text of METADATA.
    pub fn metadata(&self) -> String {
        if let Some(text) = &self.metadata {
            return text.clone();
        }
        let mut text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version);
        for header in &self.headers {
            text.push_str(header);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.description);
        text
    }

    fn wheel_text(&self) -> String {
        if let Some(text) = &self.wheel_file {
            return text.clone();
        }
        let mut text =
            format!("Wheel-Version: 1.0\nGenerator: rpip-test-support\nRoot-Is-Purelib: {}\n", self.pure);
        if let Some(tag) = &self.build_tag {
            text.push_str(&format!("Build: {tag}\n"));
        }
        let parts: Vec<&str> = self.tag.splitn(3, '-').collect();
        for python in parts[0].split('.') {
            for abi in parts[1].split('.') {
                for platform in parts[2].split('.') {
                    text.push_str(&format!("Tag: {python}-{abi}-{platform}\n"));
                }
            }
        }
        text
    }

    fn entry_points_text(&self) -> Option<String> {
        let mut text = String::new();
        for (section, lines) in
            [("console_scripts", &self.console_scripts), ("gui_scripts", &self.gui_scripts)]
        {
            if !lines.is_empty() {
                text.push_str(&format!("[{section}]\n{}\n\n", lines.join("\n")));
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// The bytes of the wheel. The same builder always gives the same bytes.
    pub fn build(&self) -> Vec<u8> {
        let dist_info = format!("{}.dist-info", self.stem());
        let mut members: Vec<(String, Vec<u8>, u32)> = Vec::new();
        for member in &self.members {
            members.push((member.path.clone(), member.content.clone(), member.mode));
        }
        let place = if self.metadata_first { 0 } else { members.len() };
        members.insert(place, (format!("{dist_info}/METADATA"), self.metadata().into_bytes(), 0o644));
        members.push((format!("{dist_info}/WHEEL"), self.wheel_text().into_bytes(), 0o644));
        if let Some(text) = self.entry_points_text() {
            members.push((format!("{dist_info}/entry_points.txt"), text.into_bytes(), 0o644));
        }
        let record = self.record.clone().unwrap_or_else(|| {
            let mut text = String::new();
            for (path, content, _) in &members {
                let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(content));
                let quoted = if path.contains([',', '"']) {
                    format!("\"{}\"", path.replace('"', "\"\""))
                } else {
                    path.clone()
                };
                text.push_str(&format!("{quoted},sha256={hash},{}\n", content.len()));
            }
            text + &format!("{dist_info}/RECORD,,\n")
        });
        members.push((format!("{dist_info}/RECORD"), record.into_bytes(), 0o644));

        let method =
            if self.stored { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content, mode) in members {
            let options = SimpleFileOptions::default().compression_method(method).unix_permissions(mode);
            archive.start_file(path, options).unwrap();
            archive.write_all(&content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
