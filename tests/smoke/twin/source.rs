//! Projects in source: a build backend of one file that lies in the tree, and source distributions (PEP 625) with it.

use std::io::Write;

use flate2::{Compression, GzBuilder};

/// The backend; needs no other package, so that nothing is fetched to build.
pub const BACKEND: &str = include_str!("backend.py");
/// The table of pyproject.toml that names it.
pub const BUILD_SYSTEM: &str =
    "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";

/// The files of a project, by path: `project` is what stands in its `[project]` table.
pub fn tree(name: &str, version: &str, project: &str) -> Vec<(String, String)> {
    let pyproject =
        format!("{BUILD_SYSTEM}\n[project]\nname = \"{name}\"\nversion = \"{version}\"\n{project}");
    let module = format!("{}.py", name.replace('-', "_").to_lowercase());
    vec![
        ("pyproject.toml".to_owned(), pyproject),
        ("backend.py".to_owned(), BACKEND.to_owned()),
        (module, format!("VERSION = '{version}'\n")),
    ]
}

/// `{name}-{version}.tar.gz` of [`tree`].
pub fn sdist(name: &str, version: &str, project: &str) -> Vec<u8> {
    let stem = format!("{}-{version}", name.replace('-', "_").to_lowercase());
    let mut files = tree(name, version, project);
    files.push(("PKG-INFO".to_owned(), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")));
    let mut tar = Vec::new();
    for (path, text) in files {
        tar.extend(header(&format!("{stem}/{path}"), text.len()));
        tar.extend(text.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::default());
    packed.write_all(&tar).unwrap();
    packed.finish().unwrap()
}

/// The ustar header of a file.
fn header(path: &str, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "14524770000\0");
    put(148, "        0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
