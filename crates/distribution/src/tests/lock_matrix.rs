//! Markers for parts of a matrix hold there, and nowhere else in it.

#![allow(clippy::unwrap_used)]

use super::*;

fn matrix(minors: &[u32], platforms: &[&str]) -> LockMatrix {
    let minors: Vec<(u32, u32)> = minors.iter().map(|minor| (3, *minor)).collect();
    LockMatrix::new(&minors, platforms.iter().map(|name| name.parse().unwrap()).collect()).unwrap()
}

const PLATFORMS: [&str; 4] = ["linux", "manylinux_2_28_aarch64", "macos", "windows"];

/// The marker for the cells that `holds`.
fn marker(matrix: &LockMatrix, holds: impl Fn(usize, usize) -> bool) -> Option<String> {
    let cells = matrix.cells().into_iter().filter(|(python, platform)| holds(*python, *platform));
    matrix.marker(&cells.collect()).map(|marker| marker.to_string())
}

#[test]
fn markers_are_short() {
    let matrix = matrix(&[10, 11, 12, 13], &PLATFORMS);
    let say = |holds: fn(usize, usize) -> bool| marker(&matrix, holds).unwrap_or_default();
    assert_eq!(say(|_, _| true), "");
    assert_eq!(say(|_, platform| platform == 3), "sys_platform == \"win32\"");
    assert_eq!(say(|_, platform| platform != 3), "sys_platform != \"win32\"");
    assert_eq!(say(|_, platform| platform < 2), "sys_platform == \"linux\"");
    assert_eq!(
        say(|_, platform| platform == 1),
        "sys_platform == \"linux\" and platform_machine == \"aarch64\""
    );
    assert_eq!(say(|python, _| python == 0), "python_version == \"3.10\"");
    assert_eq!(say(|python, _| python < 2), "python_version < \"3.12\"");
    assert_eq!(say(|python, _| python > 1), "python_version >= \"3.12\"");
    assert_eq!(
        say(|python, _| python == 1 || python == 2),
        "python_version >= \"3.11\" and python_version < \"3.13\""
    );
    assert_eq!(
        say(|python, platform| python < 2 && platform == 3),
        "python_version < \"3.12\" and sys_platform == \"win32\""
    );
    assert_eq!(
        say(|python, platform| python < 2 || platform == 3),
        "python_version < \"3.12\" and sys_platform != \"win32\" or sys_platform == \"win32\""
    );
    assert_eq!(say(|python, _| python != 1), "python_version == \"3.10\" or python_version >= \"3.12\"");
}

/// Every subset of a small matrix, by the values that its own environments give.
#[test]
fn markers_hold_in_their_cells_alone() {
    let mut matrix = matrix(&[9, 11, 12], &["linux", "manylinux2014_aarch64", "windows"]);
    let cells = matrix.cells();
    let check = |matrix: &LockMatrix, wanted: &BTreeSet<LockCell>| {
        let marker = matrix.marker(wanted);
        for cell in matrix.cells() {
            let (values, _, _) = matrix.environment(cell).unwrap();
            let holds = marker.as_ref().is_none_or(|marker| marker.evaluate(&values, &[]));
            assert_eq!(holds, wanted.contains(&cell), "{cell:?} {marker:?}");
        }
    };
    for subset in 1_usize..1 << cells.len() {
        let chosen = cells.iter().enumerate().filter(|(place, _)| subset >> place & 1 == 1);
        check(&matrix, &chosen.map(|(_, cell)| *cell).collect());
    }
    // Cut within a minor version.
    assert!(matrix.cut_at(&["3.11.3".parse().unwrap(), "3.8.1".parse().unwrap()]));
    assert_eq!(matrix.pythons().len(), 5);
    let all = matrix.cells();
    for start in 0..all.len() {
        for step in 1..5 {
            check(&matrix, &all.iter().skip(start).step_by(step).copied().collect());
        }
    }
}

#[test]
fn spans_are_cut_where_markers_compare() {
    let mut matrix = matrix(&[11, 12], &["linux"]);
    // Of what is compared at the edge of a minor version, only the release itself is cut off.
    assert!(!matrix.cut_at(&["3.10.4".parse().unwrap(), "3".parse().unwrap()]));
    assert!(matrix.cut_at(&["3.11.3".parse().unwrap()]));
    let spans = matrix.pythons().to_vec();
    let texts: Vec<(String, String)> =
        spans.iter().map(|span| (span.name(), span.newest().to_string())).collect();
    assert!(texts.contains(&("3.11 (<3.11.3)".to_owned(), "3.11.2".to_owned())), "{texts:?}");
    assert!(texts.contains(&("3.11 (>=3.11.3, <3.11.4)".to_owned(), "3.11.3".to_owned())), "{texts:?}");
    assert!(texts.contains(&("3.11 (>=3.11.4)".to_owned(), "3.11.99".to_owned())), "{texts:?}");
    assert!(!matrix.cut_at(&["3.11.3".parse().unwrap()]));
}

#[test]
fn the_whole_is_described() {
    let matrix = matrix(&[11, 12], &["linux", "windows"]);
    assert_eq!(matrix.requires_python().unwrap().to_string(), ">=3.11");
    let markers: Vec<String> = matrix.markers().iter().map(ToString::to_string).collect();
    let rest = "platform_python_implementation == \"CPython\"";
    let pythons = "python_version >= \"3.11\" and python_version < \"3.13\"";
    assert_eq!(
        markers,
        [
            format!("{pythons} and sys_platform == \"linux\" and platform_machine == \"x86_64\" and {rest}"),
            format!("{pythons} and sys_platform == \"win32\" and platform_machine == \"AMD64\" and {rest}"),
        ]
    );
    let (values, _, version) = matrix.environment((0, 0)).unwrap();
    assert!(matrix.markers()[0].evaluate(&values, &[]) && !matrix.markers()[1].evaluate(&values, &[]));
    assert_eq!((version.to_string(), values.python_version.as_str()), ("3.11.99".to_owned(), "3.11"));
}

#[test]
fn what_markers_cannot_tell_apart_is_refused() {
    let platforms = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let alike = LockMatrix::new(&[(3, 12)], platforms(&["linux", "musllinux_1_2_x86_64"]));
    assert!(matches!(alike, Err(InvalidLockMatrix::Alike(..))));
    assert_eq!(LockMatrix::new(&[(3, 12)], platforms(&["linux", "linux"])).unwrap().platforms().len(), 1);
    assert_eq!(LockMatrix::new(&[], platforms(&["linux"])), Err(InvalidLockMatrix::Empty));
}
