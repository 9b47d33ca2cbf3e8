//! Wheels that are right but unusual, wheels that are wrong, and metadata that misleads.

use test_support::{PublishedFile, WheelBuilder};

use super::catalogue::{Catalogue, module};

/// A WHEEL file of another format.
fn wheel_file(version: &str) -> String {
    format!("Wheel-Version: {version}\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
}

impl Catalogue {
    /// What wheels may hold, and what they may not.
    pub fn odd_wheels(&mut self) {
        self.wheel(
            &module("odd-names", "1.0")
                .file("odd_names_data/a, b.txt", b"comma\n")
                .file("odd_names_data/it's \"quoted\".txt", b"quotes\n")
                .file("odd_names_data/\u{e9}t\u{e9}/na\u{ef}ve.py", b"")
                .file("odd_names_data/.hidden", b"")
                .file("odd_names_data/percent%20.txt", b""),
        );
        self.wheel(
            &module("modes", "1.0")
                .file_with_mode("modes_data/private.txt", b"", 0o600)
                .file_with_mode("modes_data/readonly.txt", b"", 0o444)
                .file_with_mode("modes_data/everything.txt", b"", 0o777)
                .file_with_mode("modes_data/mine.sh", b"#!/bin/sh\n", 0o700)
                .file_with_mode("modes_data/others.sh", b"#!/bin/sh\n", 0o611)
                .file_with_mode("modes-1.0.data/data/share/modes/run.sh", b"#!/bin/sh\n", 0o755)
                .file_with_mode("modes-1.0.data/scripts/plain", b"#!/bin/sh\n", 0o644)
                .file_with_mode("modes-1.0.data/scripts/binary", b"\x7fELF\x00\xff", 0o755),
        );
        self.wheel(
            &WheelBuilder::new("pip", "1.0").entry_point("pip", "pip:main").entry_point("pip3", "pip:main"),
        );
        self.wheel(
            &WheelBuilder::new("points", "1.0")
                .entry_point("spaced", "points:main")
                .entry_point("with-extra", "points:main [more]")
                .entry_point("UPPER", "points.sub:main")
                .file("points-1.0.data/scripts/spaced", b"#!python\n"),
        );
        self.wheel(&module("signed", "1.0").file("signed-1.0.dist-info/RECORD.jws", b"{}\n"));
        self.wheel(&module("claims", "1.0").file("claims-1.0.dist-info/INSTALLER", b"another\n"));
        self.wheel(&module("asked", "1.0").file("asked-1.0.dist-info/REQUESTED", b""));
        self.wheel(&module("wants-asked", "1.0").requires("asked"));
        self.wheel(&module("compiled", "1.0").file("__pycache__/compiled.cpython-311.pyc", b"not bytecode"));
        self.wheel(&module("newer-format", "1.0").raw_wheel_file(&wheel_file("1.9")));
        self.wheel(&module("newest-format", "1.0").raw_wheel_file(&wheel_file("2.0")));
        self.wheel(&module("no-format", "1.0").raw_wheel_file("Generator: test\n"));
        self.wheel(&module("escapes", "1.0").file("../escaped.py", b""));
        self.wheel(&module("leaves-scheme", "1.0").file("leaves_scheme-1.0.data/data/../../up.txt", b""));
        self.wheel(&module("strange-scheme", "1.0").file("strange_scheme-1.0.data/lib/x.py", b""));
        self.wheel(
            &module("unlisted", "1.0")
                .file("extra_file.py", b"")
                .raw_record("unlisted.py,,\nunlisted-1.0.dist-info/RECORD,,\n"),
        );
        self.wheel(&WheelBuilder::new("nothing", "1.0").without_files());
        self.wheel(&module("no-callable", "1.0").entry_point("no-callable", "no_callable"));
    }

    /// Versions, names and requirements that mislead.
    pub fn odd_metadata(&mut self) {
        self.wheel(&module("late-python", "1.0"));
        self.wheel(&module("late-python", "2.0").requires_python(">=4"));
        self.wheel(&module("bad-needs", "1.0"));
        self.wheel(&module("bad-needs", "2.0").requires("helper>dev"));
        self.wheel(&module("bad-python", "1.0").requires_python("~=three"));
        self.wheel(
            &module("renamed", "1.0").raw_metadata("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"),
        );
        self.wheel(
            &module("misversioned", "1.0")
                .raw_metadata("Metadata-Version: 2.1\nName: misversioned\nVersion: 1.1\n"),
        );
        self.wheel(
            &module("ancient", "1.0")
                .raw_metadata("Metadata-Version: 1.0\nName: ancient\nVersion: 1.0\nRequires-Dist: card\n"),
        );
        self.wheel(
            &module("futuristic", "1.0")
                .raw_metadata("Metadata-Version: 9.9\nName: futuristic\nVersion: 1.0\n"),
        );
        self.wheel(&module("zeros", "1.0.0"));
        self.wheel(&module("long-zeros", "1"));
        self.index.publish("dated", PublishedFile::new("dated-2004d-py3-none-any.whl", "no version"));
        self.wheel(&module("dated", "1.0"));
        self.wheel(&module("dated", "2024.1.15"));
        for (version, needed) in [("1.0", "helper<2"), ("2.0", "helper>=2"), ("3.0", "helper>=9")] {
            self.wheel(&module("picky", version).requires(needed));
        }
        self.wheel(
            &module("bundle", "1.0")
                .extra("all")
                .extra("one")
                .extra("two")
                .requires("card; extra == 'one'")
                .requires("paper; extra == 'two'")
                .requires("bundle[one,two]; extra == 'all'"),
        );
        let url = self.index.url("/files/card-1.0-py3-none-any.whl");
        self.wheel(&module("linked", "1.0").requires(&format!("card @ {url}")));
        self.wheel(&module("wants-post", "1.0").requires("posted>1.0"));
        self.wheel(&module("wants-local", "1.0").requires("local==1.0"));
        self.wheel(&module("wants-wild", "1.0").requires("helper!=2.*"));
        self.wheel(&module("wants-case", "1.0").requires("DEMO.app >= 1.0 , < 2"));
        self.sdist("dotted-source", "1.0", "requires-python = \">=3.8\"\n");
        self.sdist("future-source", "2.0", "requires-python = \">=4\"\n");
        self.sdist("future-source", "1.0", "");
    }
}
