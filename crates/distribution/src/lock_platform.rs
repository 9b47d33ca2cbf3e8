//! Platforms by the tags of their wheels (`manylinux_2_28_x86_64`, `macosx_14_0_arm64`, `win_amd64`), as lock files for several of
//! them name them; and what markers (PEP 508) are told there.

use std::fmt;
use std::str::FromStr;

use requirement::{MarkerEnvironment, Version};

use crate::{InterpreterTags, Libc, Platform};

/// A platform that CPython runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockPlatform {
    name: String,
    platform: Platform,
    /// `platform_machine`.
    machine: String,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Linux,
    MacOs,
    Windows,
}

/// A name that is not that of a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no platform: write linux, macos, windows, or a tag as manylinux_2_28_x86_64, musllinux_1_2_x86_64, macosx_14_0_arm64, win_amd64"
)]
pub struct InvalidLockPlatform(pub String);

/// What the short names stand for: what most wheels are made for.
const SHORT_NAMES: [(&str, &str); 3] =
    [("linux", "manylinux_2_28_x86_64"), ("macos", "macosx_14_0_arm64"), ("windows", "win_amd64")];

impl FromStr for LockPlatform {
    type Err = InvalidLockPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidLockPlatform> {
        let invalid = || InvalidLockPlatform(text.to_owned());
        let given = text.trim().to_ascii_lowercase().replace(['-', '.'], "_");
        let short = SHORT_NAMES.iter().find(|(short, _)| *short == given);
        let name = short.map_or(given, |(_, tag)| (*tag).to_owned());
        let (platform, machine, family) = parse(&name).ok_or_else(invalid)?;
        Ok(Self { name, platform, machine, family })
    }
}

fn parse(name: &str) -> Option<(Platform, String, Family)> {
    let machine_of_windows = match name {
        "win_amd64" => Some("AMD64"),
        "win_arm64" => Some("ARM64"),
        "win32" => Some("x86"),
        _ => None,
    };
    if let Some(machine) = machine_of_windows {
        return Some((Platform::Other(name.to_owned()), machine.to_owned(), Family::Windows));
    }
    if let Some(rest) = name.strip_prefix("macosx_") {
        let ((major, minor), machine) = versioned(rest)?;
        let known = matches!(machine, "arm64" | "x86_64");
        let platform = Platform::MacOs { major, minor, machine: machine.to_owned() };
        return known.then(|| (platform, machine.to_owned(), Family::MacOs));
    }
    let (libc, machine) = if let Some(machine) = name.strip_prefix("manylinux2014_") {
        (Libc::Glibc(2, 17), machine)
    } else if let Some(rest) = name.strip_prefix("manylinux_") {
        let ((major, minor), machine) = versioned(rest)?;
        (Libc::Glibc(major, minor), machine)
    } else {
        let ((major, minor), machine) = versioned(name.strip_prefix("musllinux_")?)?;
        (Libc::Musl(major, minor), machine)
    };
    let known = ["x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64"];
    let platform = Platform::Linux { machine: machine.to_owned(), libc, hard_float: true };
    known.contains(&machine).then(|| (platform, machine.to_owned(), Family::Linux))
}

/// `2_28_x86_64` as `((2, 28), "x86_64")`.
fn versioned(text: &str) -> Option<((u32, u32), &str)> {
    let mut parts = text.splitn(3, '_');
    let version = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((version, parts.next()?))
}

impl LockPlatform {
    /// What is locked for unless the user says otherwise.
    pub fn usual() -> Vec<Self> {
        let names = ["manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_14_0_arm64", "win_amd64"];
        names.iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// Its tag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `sys_platform`.
    pub(crate) fn system(&self) -> &'static str {
        match self.family {
            Family::Linux => "linux",
            Family::MacOs => "darwin",
            Family::Windows => "win32",
        }
    }

    /// The condition, in the language of markers, that holds here.
    pub(crate) fn condition(&self) -> String {
        format!("sys_platform == '{}' and platform_machine == '{}'", self.system(), self.machine)
    }

    /// Whether markers cannot tell it from `other`.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.family == other.family && self.machine == other.machine
    }

    /// The values of markers here, of CPython. What differs from machine to machine is empty.
    pub(crate) fn markers(&self, minor: &str, version: &Version) -> MarkerEnvironment {
        let (os_name, platform_system) = match self.family {
            Family::Linux => ("posix", "Linux"),
            Family::MacOs => ("posix", "Darwin"),
            Family::Windows => ("nt", "Windows"),
        };
        MarkerEnvironment {
            implementation_name: "cpython".to_owned(),
            implementation_version: version.to_string(),
            os_name: os_name.to_owned(),
            platform_machine: self.machine.clone(),
            platform_python_implementation: "CPython".to_owned(),
            platform_release: String::new(),
            platform_system: platform_system.to_owned(),
            platform_version: String::new(),
            python_full_version: version.to_string(),
            python_version: minor.to_owned(),
            sys_platform: self.system().to_owned(),
        }
    }
}

/// What the tags of CPython `major.minor` depend on there.
pub(crate) fn interpreter_tags(platform: &LockPlatform, (major, minor): (u64, u64)) -> InterpreterTags {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let malloc = if (major, minor) < (3, 8) { "m" } else { "" };
    InterpreterTags {
        implementation: "cpython".to_owned(),
        python: (number(major), number(minor)),
        abis: vec![format!("cp{major}{minor}{malloc}")],
        free_threaded: false,
        platform: platform.platform.clone(),
    }
}

impl fmt::Display for LockPlatform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{SupportedTags, TagSet};

    #[test]
    fn names_are_those_of_tags() {
        for (text, name, machine) in [
            ("linux", "manylinux_2_28_x86_64", "x86_64"),
            ("Windows", "win_amd64", "AMD64"),
            ("macosx-14.0-arm64", "macosx_14_0_arm64", "arm64"),
            ("manylinux2014_aarch64", "manylinux2014_aarch64", "aarch64"),
            ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64", "x86_64"),
            ("win32", "win32", "x86"),
        ] {
            let platform: LockPlatform = text.parse().unwrap();
            assert_eq!((platform.name(), platform.machine.as_str()), (name, machine));
        }
        for text in ["", "plan9", "manylinux_2_28", "manylinux_2_28_vax", "macosx_14_arm64", "linux_x86_64"] {
            assert!(text.parse::<LockPlatform>().is_err(), "{text}");
        }
        assert_eq!(LockPlatform::usual().len(), 4);
    }

    #[test]
    fn tags_are_those_of_the_platform() {
        for (platform, tag, fits) in [
            ("linux", "cp312-cp312-manylinux_2_17_x86_64", true),
            ("linux", "cp312-cp312-manylinux_2_31_x86_64", false),
            ("linux", "cp311-cp311-manylinux_2_17_x86_64", false),
            ("linux", "cp39-abi3-manylinux2014_x86_64", true),
            ("macos", "cp312-cp312-macosx_11_0_arm64", true),
            ("macos", "cp312-cp312-macosx_11_0_universal2", true),
            ("macosx_12_0_arm64", "cp312-cp312-macosx_14_0_arm64", false),
            ("windows", "cp312-cp312-win_amd64", true),
            ("windows", "cp312-cp312-win32", false),
            ("musllinux_1_2_x86_64", "cp312-cp312-musllinux_1_1_x86_64", true),
            ("musllinux_1_2_x86_64", "cp312-cp312-manylinux_2_17_x86_64", false),
            ("windows", "py3-none-any", true),
        ] {
            let platform: LockPlatform = platform.parse().unwrap();
            let tags = SupportedTags::new(&interpreter_tags(&platform, (3, 12)));
            let tag: TagSet = tag.parse().unwrap();
            assert_eq!(tags.rank(&tag).is_some(), fits, "{platform} {tag}");
        }
    }
}
