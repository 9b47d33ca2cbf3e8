//! What the index of the tests holds: small projects, each for one thing that an installer must do right.

use std::collections::HashMap;
use std::sync::OnceLock;

use sha2::{Digest, Sha384, Sha512};
use test_support::{FakeIndex, PublishedFile, Reply, WheelBuilder, sha256_hex};

use super::source;

/// An index, and what it holds.
pub struct Catalogue {
    pub index: FakeIndex,
    files: HashMap<String, Vec<u8>>,
}

/// The one index of all cases.
pub fn index() -> &'static FakeIndex {
    &catalogue().index
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut catalogue = Catalogue { index: FakeIndex::start(), files: HashMap::new() };
        catalogue.applications();
        catalogue.versions();
        catalogue.layouts();
        catalogue.sources();
        catalogue.uploads();
        catalogue.second_index();
        catalogue.requirements_files();
        catalogue.odd_wheels();
        catalogue.odd_metadata();
        catalogue
    })
}

/// Names in braces that concern the index: `{index}`, `{files}` (their URL), `{other}` (a second index), `{authority}`, `{build-system}`,
/// `{backend}`, `{sha256:<file>}`, `{sha384:<file>}`, `{sha512:<file>}`.
pub fn filled(text: &str) -> String {
    let catalogue = catalogue();
    let mut text = text
        .replace("{index}", &catalogue.index.simple())
        .replace("{other}", &catalogue.index.url("/other/"))
        .replace("{files}", &catalogue.index.url("/files"))
        .replace("{authority}", &catalogue.index.authority())
        .replace("{build-system}", source::BUILD_SYSTEM)
        .replace("{backend}", source::BACKEND);
    for algorithm in ["sha256", "sha384", "sha512"] {
        while let Some(start) = text.find(&format!("{{{algorithm}:")) {
            let end = start + text[start..].find('}').unwrap();
            let filename = text[start + algorithm.len() + 2..end].to_owned();
            let content =
                catalogue.files.get(&filename).unwrap_or_else(|| panic!("no {filename} on the index"));
            let hash = match algorithm {
                "sha256" => sha256_hex(content),
                "sha384" => hexadecimal(&Sha384::digest(content)),
                _ => hexadecimal(&Sha512::digest(content)),
            };
            text.replace_range(start..=end, &hash);
        }
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A wheel with one module that says its version.
pub fn module(name: &str, version: &str) -> WheelBuilder {
    let file = format!("{}.py", name.replace(['-', '.'], "_").to_lowercase());
    let text = format!("VERSION = '{version}'\n");
    WheelBuilder::new(name, version).without_files().file(&file, text.as_bytes())
}

impl Catalogue {
    pub fn put(&mut self, project: &str, filename: &str, content: Vec<u8>, file: PublishedFile) {
        self.files.insert(filename.to_owned(), content);
        self.index.publish(project, file);
    }

    pub fn wheel(&mut self, wheel: &WheelBuilder) {
        self.wheel_with(wheel, |file| file);
    }

    pub fn wheel_with(&mut self, wheel: &WheelBuilder, change: impl Fn(PublishedFile) -> PublishedFile) {
        let filename = wheel.filename();
        let project = filename.split('-').next().unwrap().replace(['_', '.'], "-");
        if filename.contains(['+', '!']) {
            let path = format!("/files/{}", filename.replace('+', "%2B").replace('!', "%21"));
            self.index.serve(&format!("{path}.metadata"), Reply::ok(wheel.metadata()));
            self.index.serve(&path, Reply::file(wheel.build()));
        }
        self.put(&project, &filename, wheel.build(), change(PublishedFile::wheel(wheel)));
    }

    pub fn sdist(&mut self, name: &str, version: &str, project: &str) {
        let filename = format!("{}-{version}.tar.gz", name.replace('-', "_"));
        let content = source::sdist(name, version, project);
        self.put(name, &filename, content.clone(), PublishedFile::new(&filename, content));
    }

    /// Dependencies, extras, markers, scripts, conflicts.
    fn applications(&mut self) {
        for (version, needed) in [("1.0", "helper>=1"), ("2.0", "helper>=2")] {
            let code = format!("import helper\n\ndef main():\n    print('{version}', helper.VERSION)\n");
            self.wheel(
                &WheelBuilder::new("Demo-App", version)
                    .requires(needed)
                    .file("demo_app/__init__.py", code.as_bytes())
                    .file("demo_app/data/text.txt", b"text\n")
                    .entry_point("demo", "demo_app:main"),
            );
        }
        for version in ["1.0", "1.5", "2.0"] {
            self.wheel(&module("helper", version));
        }
        self.wheel(
            &module("parcel", "1.0")
                .requires("helper")
                .extra("ribbon")
                .extra("Gift_Wrap")
                .requires("paper>=1; extra == 'ribbon'")
                .requires("card; extra == 'gift-wrap'"),
        );
        let helper = self.index.url("/files/helper-1.5-py3-none-any.whl");
        self.wheel(&module("referrer", "1.0").requires("helper"));
        self.wheel(&module("referrer", "2.0").requires(&format!("helper @ {helper}")));
        self.wheel(
            &module("referrer", "0.5")
                .extra("more")
                .requires(&format!("helper @ {helper} ; extra == 'more'")),
        );
        for (name, version) in
            [("paper", "1.0"), ("paper", "2.0"), ("card", "1.0"), ("leaf", "1.0"), ("leaf", "2.0")]
        {
            self.wheel(&module(name, version));
        }
        self.wheel(
            &module("marked", "1.0")
                .requires("helper; python_version >= '3'")
                .requires("absent; sys_platform == 'win32'")
                .requires("card; implementation_name == 'cpython' and os_name == 'posix'"),
        );
        self.wheel(&module("trunk", "1.0").requires("branch"));
        self.wheel(&module("branch", "1.0").requires("leaf"));
        self.wheel(&module("branch", "2.0").requires("leaf>=2"));
        self.wheel(&module("ring-a", "1.0").requires("ring-b"));
        self.wheel(&module("ring-b", "1.0").requires("ring-a"));
        self.wheel(&module("old-fashioned", "1.0").requires("helper<2"));
        self.wheel(&module("modern", "1.0").requires("helper>=2"));
        self.wheel(&module("needs-absent", "1.0").requires("absent>=3"));
        self.wheel(&module("Odd.Name_X", "1.0"));
    }

    /// Which version is taken.
    fn versions(&mut self) {
        for version in ["1.0", "2.0.dev1", "2.0rc1"] {
            self.wheel(&module("early", version));
        }
        self.wheel(&module("only-early", "1.0a1"));
        self.wheel(&module("wants-early", "1.0").requires("early>=2.0.dev0"));
        self.wheel(&module("withdrawn", "1.0"));
        self.wheel_with(&module("withdrawn", "1.1"), |file| file.yanked("it bites"));
        self.wheel_with(&module("all-withdrawn", "1.0"), |file| file.yanked(""));
        self.wheel(&module("future", "1.0"));
        let future = module("future", "2.0").requires_python(">=4");
        self.wheel_with(&future, |file| file.requires_python(">=4"));
        let never = module("never", "1.0").requires_python("<3");
        self.wheel_with(&never, |file| file.requires_python("<3"));
        self.wheel(&module("local", "1.0"));
        self.wheel(&module("local", "1.0+special"));
        self.wheel(&module("posted", "1.0.post2"));
        self.wheel(&module("epochal", "1!0.5"));
        self.wheel(&module("epochal", "7.0"));
        for tag in ["cp36-cp36m-win32", "cp312-cp312-macosx_11_0_arm64", "cp310-cp310-manylinux_2_17_x86_64"]
        {
            self.wheel(&module("alien", "1.0").tag(tag).platlib());
        }
        self.wheel(&module("portable", "1.0"));
        for tag in
            ["cp39-abi3-manylinux2014_aarch64", "pp310-pypy310_pp73-win_amd64", "cp313-cp313-win_amd64"]
        {
            self.wheel(&module("portable", "1.1").tag(tag).platlib());
        }
        self.wheel(&module("rebuilt", "1.0").build_tag("1"));
        self.wheel(&module("rebuilt", "1.0").build_tag("2").file("second.py", b"SECOND = True\n"));
        let swapped = module("swapped", "1.0");
        let wrong = "0".repeat(64);
        self.wheel_with(&swapped, |file| file.promised_sha256(Some(&wrong)));
        self.wheel_with(&module("unhashed", "1.0"), |file| file.promised_sha256(None).without_sidecar());
        self.wheel_with(&module("plain-page", "1.0").requires("card"), PublishedFile::without_sidecar);
    }

    /// What wheels may hold.
    fn layouts(&mut self) {
        self.wheel(
            &WheelBuilder::new("scripted", "1.0")
                .entry_point("scripted", "scripted:main")
                .entry_point("with.dots-and_more", "scripted.inner:Class.method")
                .gui_entry_point("scripted-gui", "scripted:main")
                .file("scripted/__init__.py", b"def main():\n    return 0\n")
                .file("scripted/inner.py", b"class Class:\n    def method():\n        return 0\n")
                .file("scripted/broken.py", b"this is no Python\n")
                .file("scripted/\u{e9}t\u{e9}.txt", b"")
                .file_with_mode("scripted/tool.sh", b"#!/bin/sh\nexit 0\n", 0o755)
                .data_file("scripts", "plain-script", b"#!python\nprint('plain')\n")
                .data_file("scripts", "windowed", b"#!pythonw\nprint('windowed')\n")
                .data_file("scripts", "shell-script", b"#!/bin/sh\necho shell\n")
                .data_file("data", "share/scripted/data.txt", b"data\n")
                .data_file("data", "etc/scripted.conf", b"conf\n")
                .data_file("headers", "scripted.h", b"/* header */\n")
                .data_file("purelib", "scripted_pure.py", b"PURE = True\n")
                .data_file("platlib", "scripted_plat.py", b"PLAT = True\n"),
        );
        self.wheel(&WheelBuilder::new("native", "1.0").platlib().file("native/lib.so", b"\x7fELF\x00\xff"));
        self.wheel(&WheelBuilder::new("space-a", "1.0").without_files().file("space/a.py", b"A = 1\n"));
        self.wheel(&WheelBuilder::new("space-b", "1.0").without_files().file("space/b.py", b"B = 1\n"));
        self.wheel(&module("licensed", "1.0").file("licensed-1.0.dist-info/licenses/LICENSE", b"free\n"));
        let clash = |name| WheelBuilder::new(name, "1.0").without_files();
        self.wheel(&clash("clash-a").file("clash.py", b"WHOSE = 'a'\n"));
        self.wheel(&clash("clash-b").file("clash.py", b"WHOSE = 'b'\n"));
    }

    /// Source distributions.
    fn sources(&mut self) {
        self.sdist("source-only", "1.0", "dependencies = [\"card\"]\n");
        self.sdist("mixed", "2.0", "");
        self.wheel(&module("mixed", "1.0"));
        self.sdist("both", "1.0", "");
        self.wheel(&module("both", "1.0").file("from_wheel.py", b""));
        self.sdist("early-source", "1.0b1", "");
        self.sdist("misnamed", "1.0", "");
        self.files.insert("not-a-wheel-1.0-py3-none-any.whl".to_owned(), b"no zip".to_vec());
        self.index.publish("not-a-wheel", PublishedFile::new("not_a_wheel-1.0-py3-none-any.whl", "no zip"));
    }

    /// A project whose files have times of upload (PEP 700).
    fn uploads(&self) {
        let mut files = Vec::new();
        for (version, time) in [("1.0", "2020-01-01"), ("2.0", "2022-06-01"), ("3.0", "2024-06-01")] {
            let wheel = module("timed", version);
            let filename = wheel.filename();
            files.push(format!(
                "{{\"filename\": \"{filename}\", \"url\": \"/files/{filename}\", \"hashes\": {{\"sha256\": \"{}\"}}, \
                 \"upload-time\": \"{time}T00:00:00.000000Z\"}}",
                sha256_hex(&wheel.build())
            ));
            self.index.serve(&format!("/files/{filename}"), Reply::file(wheel.build()));
        }
        self.index.serve(
            "/simple/timed/",
            Reply::json(format!(
                "{{\"meta\": {{\"api-version\": \"1.1\"}}, \"name\": \"timed\", \"files\": [{}]}}",
                files.join(", ")
            )),
        );
    }

    /// A requirements file, and what it includes.
    fn requirements_files(&self) {
        self.index.serve("/r.txt", Reply::ok("helper<2\n-r more.txt\n"));
        self.index.serve("/more.txt", Reply::ok("card\n"));
    }

    /// Pages of a second index, in HTML: one project of its own, and a newer version of one that the first has as well.
    fn second_index(&self) {
        for (project, version) in [("elsewhere", "1.0"), ("helper", "3.0")] {
            let wheel = module(project, version);
            let filename = wheel.filename();
            self.index.serve(
                &format!("/other/{project}/"),
                Reply::html(format!(
                    "<!DOCTYPE html><html><body><a href=\"../files/{filename}#sha256={}\">{filename}</a></body></html>",
                    sha256_hex(&wheel.build())
                )),
            );
            self.index.serve(&format!("/other/files/{filename}"), Reply::file(wheel.build()));
        }
    }
}
