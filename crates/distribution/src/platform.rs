//! The platform part of tags: manylinux (PEP 513, 571, 599, 600), musllinux (PEP 656), macOS, iOS
//! (PEP 730), Android (PEP 738), and what `--platform` and its like ask for. As `packaging.tags` and pip order them.

use serde::{Deserialize, Serialize};

use crate::InterpreterTags;
use crate::tags::nodot;

/// A number of a platform's version above this is nonsense, and would only cost time.
const HIGHEST_NUMBER: u32 = 200;

/// The last minor version of a glibc 2 that was followed by a glibc 3 (a guess, as in `packaging`).
const LAST_GLIBC_MINOR: u32 = 50;

/// Which C library a Linux interpreter is linked with, with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Libc {
    /// glibc, major and minor.
    Glibc(u32, u32),
    /// musl, major and minor.
    Musl(u32, u32),
    /// Not known: only the plain `linux_*` tag.
    Unknown,
}

/// The operating system and architecture of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Linux: the machine as `sysconfig.get_platform()` gives it after `linux-`, underscored (`x86_64`;
    /// a 32-bit interpreter on a 64-bit kernel already mapped as `packaging` does: `i686`, `armv8l`).
    Linux {
        /// The architecture.
        machine: String,
        /// The C library.
        libc: Libc,
        /// Whether an armv7l interpreter is hard-float, as manylinux asks for.
        hard_float: bool,
    },
    /// macOS: version of the system and architecture.
    MacOs {
        /// The major version.
        major: u32,
        /// The minor version.
        minor: u32,
        /// `x86_64` or `arm64` and the older ones.
        machine: String,
    },
    /// Anything else: `sysconfig.get_platform()` with `-` and `.` as `_` (`win_amd64`, `freebsd_14_x86_64`).
    Other(String),
}

impl Platform {
    /// The platform parts of the tags, best first.
    pub fn tags(&self) -> Vec<String> {
        match self {
            Self::Linux { machine, libc, hard_float } => linux_platforms(machine, *libc, *hard_float),
            Self::MacOs { major, minor, machine } => mac_platforms((*major, *minor), machine),
            Self::Other(platform) => named_platforms(platform),
        }
    }
}

/// What the user says about another interpreter than the one at hand; what is not said is taken from that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TargetTags {
    /// `--python-version`: major version, and the minor version if it was given.
    pub python: Option<(u32, Option<u32>)>,
    /// `--platform`, as often as given; none: the platform at hand.
    pub platforms: Vec<String>,
    /// `--implementation`: `cp`, `pp`, `ip`, `jy`, `py`.
    pub implementation: Option<String>,
    /// `--abi`, as often as given; none: those of the interpreter, or of its kind for another version.
    pub abis: Vec<String>,
}

impl TargetTags {
    /// The platforms, best first: each that the user named, with those it stands for.
    pub(crate) fn platforms(&self, interpreter: &InterpreterTags) -> Vec<String> {
        if self.platforms.is_empty() {
            return interpreter.platform.tags();
        }
        let mut platforms: Vec<String> = Vec::new();
        for platform in &self.platforms {
            if !platforms.contains(platform) {
                for named in named_platforms(platform) {
                    if !platforms.contains(&named) {
                        platforms.push(named);
                    }
                }
            }
        }
        platforms
    }

    /// The ABIs, best first.
    pub(crate) fn abis(
        &self,
        interpreter: &InterpreterTags,
        short_name: &str,
        (major, minor): (u32, Option<u32>),
    ) -> Vec<String> {
        if !self.abis.is_empty() {
            return self.abis.iter().map(|abi| abi.to_ascii_lowercase()).collect();
        }
        if short_name != "cp" || (major, minor) == (interpreter.python.0, Some(interpreter.python.1)) {
            return interpreter.abis.clone();
        }
        // Another version of CPython: its ABI as far as that follows from the version.
        let Some(minor) = minor else { return Vec::new() };
        let version = nodot(major, Some(minor));
        let is_debug = interpreter.abis.first().is_some_and(|abi| {
            abi.trim_start_matches("cp")
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .contains('d')
        });
        let threading = if (major, minor) >= (3, 13) && interpreter.free_threaded { "t" } else { "" };
        let debug = if is_debug { "d" } else { "" };
        let older = match (major, minor) {
            version if version < (3, 3) => "mu",
            version if version < (3, 8) => "m",
            _ => "",
        };
        let mut abis = vec![format!("cp{version}{threading}{debug}{older}")];
        if is_debug && older.is_empty() {
            // A debug build can load normal extension modules too.
            abis.push(format!("cp{version}{threading}"));
        }
        abis
    }
}

fn linux_platforms(machine: &str, libc: Libc, hard_float: bool) -> Vec<String> {
    let machines: &[&str] = match machine {
        "armv8l" => &["armv8l", "armv7l"],
        other => &[other],
    };
    let mut platforms: Vec<String> = machines.iter().map(|machine| format!("linux_{machine}")).collect();
    match libc {
        Libc::Glibc(major, minor) => {
            let applies = match machine {
                "armv7l" | "armv8l" => hard_float,
                "i686" | "x86_64" | "aarch64" | "ppc64" | "ppc64le" | "s390x" | "loongarch64" | "riscv64" => {
                    true
                }
                _ => false,
            };
            for machine in machines.iter().filter(|_| applies) {
                manylinux(&mut platforms, machine, (major.min(HIGHEST_NUMBER), minor.min(HIGHEST_NUMBER)));
            }
        }
        Libc::Musl(major, minor) => {
            for machine in machines {
                for minor in (0..=minor.min(HIGHEST_NUMBER)).rev() {
                    platforms.push(format!("musllinux_{major}_{minor}_{machine}"));
                }
            }
        }
        Libc::Unknown => {}
    }
    platforms
}

/// From the glibc at hand down to the oldest one that manylinux knows (2.17; 2.5 on x86), each
/// with its name of old.
fn manylinux(platforms: &mut Vec<String>, machine: &str, glibc: (u32, u32)) {
    let oldest_minor = if matches!(machine, "x86_64" | "i686") { 5 } else { 17 };
    for major in (2..=glibc.0).rev() {
        let newest = if major == glibc.0 { glibc.1 } else { LAST_GLIBC_MINOR };
        let oldest = if major == 2 { oldest_minor } else { 0 };
        for minor in (oldest..=newest).rev() {
            platforms.push(format!("manylinux_{major}_{minor}_{machine}"));
            let legacy = match (major, minor) {
                (2, 17) => "manylinux2014",
                (2, 12) => "manylinux2010",
                (2, 5) => "manylinux1",
                _ => continue,
            };
            platforms.push(format!("{legacy}_{machine}"));
        }
    }
}

fn mac_platforms(version: (u32, u32), machine: &str) -> Vec<String> {
    let formats = |major: u32, minor: u32| {
        let formats = mac_binary_formats((major, minor), machine);
        formats.into_iter().map(move |format| format!("macosx_{major}_{minor}_{format}"))
    };
    let mut platforms = Vec::new();
    if version.0 == 10 {
        platforms.extend((0..=version.1.min(HIGHEST_NUMBER)).rev().flat_map(|minor| formats(10, minor)));
    } else if version.0 >= 11 {
        // Since macOS 11 the major version is the one that counts.
        platforms.extend((11..=version.0.min(HIGHEST_NUMBER)).rev().flat_map(|major| formats(major, 0)));
        for minor in (4..=16).rev() {
            if machine == "x86_64" {
                platforms.extend(formats(10, minor));
            } else {
                // The x86 half of such a binary may be older than the arm64 half.
                platforms.push(format!("macosx_10_{minor}_universal2"));
            }
        }
    }
    platforms
}

/// The kinds of (multi-architecture) binaries that run on a machine.
fn mac_binary_formats(version: (u32, u32), machine: &str) -> Vec<&str> {
    let mut formats = vec![machine];
    match machine {
        "x86_64" | "i386" if version < (10, 4) => return Vec::new(),
        "x86_64" => formats.extend(["intel", "fat64", "fat3"]),
        "i386" => formats.extend(["intel", "fat3", "fat"]),
        "ppc64" if !((10, 4)..=(10, 5)).contains(&version) => return Vec::new(),
        "ppc64" => formats.push("fat64"),
        "ppc" if version > (10, 6) => return Vec::new(),
        "ppc" => formats.extend(["fat3", "fat"]),
        _ => {}
    }
    if matches!(machine, "arm64" | "x86_64") {
        formats.push("universal2");
    }
    if matches!(machine, "x86_64" | "i386" | "ppc64" | "ppc" | "intel") {
        formats.push("universal");
    }
    formats
}

/// iOS: every minor version of the system's own major version, then ten of each older one down to 12.
fn ios_platforms((major, minor): (u32, u32), machine: &str) -> Vec<String> {
    let (major, minor) = (major.min(HIGHEST_NUMBER), minor.min(HIGHEST_NUMBER));
    if major < 12 {
        return Vec::new();
    }
    let own = (0..=minor).rev().map(|minor| (major, minor));
    let older = (12..major).rev().flat_map(|major| (0..=9).rev().map(move |minor| (major, minor)));
    own.chain(older).map(|(major, minor)| format!("ios_{major}_{minor}_{machine}")).collect()
}

/// What a platform's name stands for (pip's rules for `--platform`): the older versions that it can run too.
fn named_platforms(platform: &str) -> Vec<String> {
    if let Some((name, rest)) = platform.split_once('_')
        && (name.starts_with("macosx") || name.starts_with("ios"))
        && let Some((version, machine)) = leading_version(rest)
    {
        // pip takes `macosxcustom_...` too, and keeps the name.
        let (usual, platforms) = match name.starts_with("macosx") {
            true => ("macosx", mac_platforms(version, machine)),
            false => ("ios", ios_platforms(version, machine)),
        };
        let renamed = |platform: &str| format!("{name}{}", platform.strip_prefix(usual).unwrap_or(platform));
        return platforms.iter().map(|platform| renamed(platform)).collect();
    }
    if let Some((level, machine)) = platform.strip_prefix("android_").and_then(|rest| rest.split_once('_'))
        && let Ok(level) = level.parse::<u32>()
    {
        return (16..=level.min(HIGHEST_NUMBER))
            .rev()
            .map(|level| format!("android_{level}_{machine}"))
            .collect();
    }
    let mut platforms = vec![platform.to_owned()];
    match platform.split_once('_') {
        Some(("manylinux2014", machine @ ("i686" | "x86_64"))) => {
            platforms.extend([format!("manylinux2010_{machine}"), format!("manylinux1_{machine}")]);
        }
        Some(("manylinux2010", machine)) => platforms.push(format!("manylinux1_{machine}")),
        _ => {}
    }
    platforms
}

/// `10_9_x86_64` as `((10, 9), "x86_64")`.
fn leading_version(text: &str) -> Option<((u32, u32), &str)> {
    let mut parts = text.splitn(3, '_');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    parts.next().map(|machine| ((major, minor), machine))
}
