//! What is broken, and all commands: one clear message each, nothing lost. Damage to installed distributions (recording
//! installed projects specification), to environments (PEP 405), to the cache, and to the pipes that a command writes to.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::world::{Outcome, World, demo};

/// What is done to the `.dist-info` of `helper`.
type Damage = fn(&Path);

/// Puts another file in the place of what is there, which may be a link to the cache.
fn write(path: &Path, content: &[u8]) {
    remove(path);
    fs::write(path, content).unwrap();
}

fn remove(path: &Path) {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn directory(path: &Path) {
    remove(path);
    fs::create_dir(path).unwrap();
}

const METADATA_DAMAGES: [(&str, Damage); 6] = [
    ("METADATA is missing", |info| remove(&info.join("METADATA"))),
    ("METADATA is empty", |info| write(&info.join("METADATA"), b"")),
    ("METADATA is a directory", |info| directory(&info.join("METADATA"))),
    ("METADATA is not text", |info| write(&info.join("METADATA"), b"\xff\x00\xfe: \x80\n")),
    ("METADATA is a ring of links", |info| {
        remove(&info.join("METADATA"));
        symlink("METADATA", info.join("METADATA")).unwrap();
    }),
    ("METADATA requires nonsense", |info| {
        write(&info.join("METADATA"), b"Name: helper\nVersion: 1.0\nRequires-Dist: a >=> 1 ;;\n");
    }),
];

const RECORD_DAMAGES: [(&str, Damage); 5] = [
    ("RECORD is missing", |info| remove(&info.join("RECORD"))),
    ("RECORD is empty", |info| write(&info.join("RECORD"), b"")),
    ("RECORD is a directory", |info| directory(&info.join("RECORD"))),
    ("RECORD is not text", |info| write(&info.join("RECORD"), b"helper.py,,\n\xff\x00,,\n")),
    ("RECORD leads out", |info| {
        write(&info.join("RECORD"), b"../../../../../../precious,,\n/precious,,\n..,,\n")
    }),
];

const OTHER_DAMAGES: [(&str, Damage); 7] = [
    ("the rest is not text", |info| {
        for name in ["WHEEL", "INSTALLER", "direct_url.json", "entry_points.txt", "top_level.txt"] {
            write(&info.join(name), b"[console_scripts\n\xff\x00= ={");
        }
    }),
    ("the rest are directories", |info| {
        for name in ["WHEEL", "INSTALLER", "REQUESTED", "direct_url.json", "entry_points.txt"] {
            directory(&info.join(name));
        }
    }),
    ("there are two", |info| {
        let other = info.with_file_name("Helper-0.5.dist-info");
        directory(&other);
        write(&other.join("METADATA"), b"Name: Helper\nVersion: 0.5\n");
    }),
    ("it is a file", |info| write(info, b"")),
    ("it is empty", directory),
    ("it leads nowhere", |info| {
        remove(info);
        symlink("nowhere", info).unwrap();
    }),
    ("leftovers", |info| {
        directory(&info.with_file_name("~elper-1.0.dist-info"));
        directory(&info.with_file_name("nameless.dist-info"));
        write(&info.with_file_name("gone.egg-link"), b"/does/not/exist\n.\n");
        write(&info.with_file_name("odd.pth"), b"\xff\x00\n/does/not/exist\n");
    }),
];

/// All that read or change what is installed.
const COMMANDS: [&[&str]; 17] = [
    &["list"],
    &["freeze"],
    &["check"],
    &["show", "-f", "helper"],
    &["inspect"],
    &["tree"],
    &["why", "helper"],
    &["autoremove", "--dry-run"],
    &["history"],
    &["debug"],
    &["verify"],
    &["verify", "--repair", "--no-index"],
    &["upgrade", "--all", "--no-index", "--dry-run"],
    &["sync", "--no-index", "--dry-run", "requirements.txt"],
    &["install", "--no-index", "helper"],
    &["install", "--no-index", "--force-reinstall", "helper"],
    &["uninstall", "-y", "helper"],
];

/// One message at most that says why, none of the program's own inside.
#[track_caller]
fn assert_told(outcome: &Outcome, what: &str) {
    let Outcome { code, stdout, stderr } = outcome;
    let whole = format!("{what}: exit code {code}\n{stdout}\n{stderr}");
    assert!((0..=3).contains(code), "{whole}");
    assert!(*code == 0 || !stderr.is_empty() || !stdout.is_empty(), "{whole}");
    for inside in ["panicked", "Os {", "Utf8Error", "Err(", "Some("] {
        assert!(!stderr.contains(inside) && !stdout.contains(inside), "{whole}");
    }
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("ERROR: ")).collect();
    let is_no_match = errors.iter().any(|line| line.contains("No matching distribution found"));
    assert!(errors.len() <= 1 + usize::from(is_no_match), "{whole}");
}

fn installed() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app==1.0", "helper==1.0"]).success();
    world
}

#[test]
fn every_command_bears_damaged_metadata() {
    all_commands_bear(&METADATA_DAMAGES);
}

#[test]
fn every_command_bears_a_damaged_record() {
    all_commands_bear(&RECORD_DAMAGES);
}

#[test]
fn every_command_bears_other_damages() {
    all_commands_bear(&OTHER_DAMAGES);
}

#[track_caller]
fn all_commands_bear(damages: &[(&str, Damage)]) {
    let world = installed();
    world.write("requirements.txt", "demo-app==1.0\nhelper==1.0\n");
    let precious = world.path("precious");
    fs::write(&precious, "kept").unwrap();
    let info = world.site_packages().join("helper-1.0.dist-info");
    let copy = world.path("copy");
    let run = |program: &str, arguments: &[&Path]| {
        let mut command = world.command(program);
        assert!(command.args(arguments).status().unwrap().success());
    };
    run("cp", &["-a".as_ref(), &world.site_packages(), &copy]);
    for (what, damage) in damages {
        let restore = || {
            fs::remove_dir_all(world.site_packages()).unwrap();
            let site_packages = info.parent().unwrap();
            run("cp", &["-a".as_ref(), &copy, site_packages]);
            damage(&info);
        };
        let directory = info.parent().unwrap();
        fs::create_dir_all(directory).unwrap();
        restore();
        for command in COMMANDS {
            let outcome = world.rpip(command);
            assert_told(&outcome, &format!("{what}, {}", command.join(" ")));
            if matches!(command, ["install" | "uninstall" | "verify", _, ..]) {
                restore();
            }
        }
        assert_eq!(fs::read_to_string(&precious).unwrap(), "kept", "{what}");
    }
}

#[test]
fn unreadable_metadata_is_told_of() {
    let world = installed();
    let metadata = world.site_packages().join("helper-1.0.dist-info/METADATA");
    write(&metadata, b"");
    let place = metadata.display().to_string();
    assert_eq!(
        world.rpip(&["check"]).failure(1),
        format!("WARNING: Error parsing dependencies of helper: {place} holds no metadata\n")
    );
    let outcome = world.install(&["helper"]);
    assert!(
        outcome.stderr.starts_with(&format!("WARNING: helper 1.0 cannot be kept as it is: {place}: ")),
        "{}",
        outcome.stderr
    );
    outcome.success();
    world.rpip(&["verify"]).success();
}

#[test]
fn the_way_out_of_a_broken_record_works() {
    let world = installed();
    for damage in [b"".as_slice(), b"helper.py,,\n\xff,,\n", b"\"helper.py,,\n,,\n"] {
        let record = world.site_packages().join("helper-1.0.dist-info/RECORD");
        write(&record, damage);
        let stderr = world.rpip(&["uninstall", "-y", "helper"]).failure(1);
        assert!(stderr.contains(&record.display().to_string()), "{stderr}");
        let (_, way_out) = stderr.trim_end().split_once("rpip install ").expect("a way out");
        let arguments: Vec<&str> = way_out.split(' ').collect();
        world.install(&arguments).success();
        world.rpip(&["verify"]).success();
        assert_eq!(world.rpip(&["uninstall", "-y", "--no-input", "helper"]).code, 0);
        world.install(&["helper==1.0"]).success();
    }
}

/// An environment that lost its `pyvenv.cfg` is not taken for that of its base.
#[test]
fn what_is_named_is_what_is_changed() {
    let world = installed();
    let environment = world.path("env");
    remove(&environment.join("pyvenv.cfg"));
    let named = environment.display().to_string();
    for command in COMMANDS {
        let stderr = world.rpip(command).failure(1);
        let problem =
            format!("ERROR: {named} is not a virtual environment: it has no pyvenv.cfg, and its interpreter");
        assert_eq!(
            stderr.lines().filter(|line| line.starts_with(&problem)).count(),
            1,
            "{command:?}: {stderr}"
        );
        let stderr = world.rpip(&[command, &["--python", &named]].concat()).failure(1);
        assert!(stderr.contains(&problem), "{command:?}: {stderr}");
    }
}

#[test]
fn environments_that_are_none() {
    let world = World::with_environment();
    world.write("file", "text");
    directory(&world.path("empty"));
    symlink("ring", world.path("ring")).unwrap();
    for (name, reason) in [
        ("missing", "it does not exist"),
        ("file", "it is a file"),
        ("empty", "it has no interpreter"),
        ("ring", "Too many levels of symbolic links"),
    ] {
        let path = world.path(name);
        let mut command = world.rpip_command(&["list"]);
        command.env("VIRTUAL_ENV", &path);
        let stderr = World::finish(command).failure(1);
        let head = format!("ERROR: {} is not a virtual environment: {reason}", path.display());
        assert!(stderr.starts_with(&head) && stderr.lines().count() == 1, "{stderr}");
        // Nobody is told to clear what is no environment.
        assert!(!stderr.contains("--clear"), "{stderr}");
    }
}

#[test]
fn site_packages_that_are_no_directory() {
    let world = installed();
    let site_packages = world.site_packages();
    let shown = site_packages.display().to_string();
    remove(&site_packages);
    symlink("site-packages", &site_packages).unwrap();
    for command in ["list", "freeze", "check", "inspect", "tree"] {
        let stderr = world.rpip(&[command]).stderr;
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{command}: {stderr}");
        assert!(
            lines[0].starts_with(&format!("WARNING: Ignoring what is installed in {shown}: ")),
            "{stderr}"
        );
    }
    for make in [(|path| write(path, b"")) as fn(&Path), |path| symlink("nowhere", path).unwrap()] {
        remove(&site_packages);
        make(&site_packages);
        let stderr = world.install(&["helper"]).failure(1);
        let message =
            format!("ERROR: {shown} stands in the way: it is not a directory; move it away and try again\n");
        assert!(stderr.ends_with(&message), "{stderr}");
    }
}

/// Whatever becomes of METADATA or the manifest of a wheel in the cache: it is fetched again.
#[test]
fn a_damaged_cache_heals() {
    let world = installed();
    let find = |name: &str| {
        let stdout = world.rpip(&["cache", "list", "helper", "--format", "abspath"]).success();
        Path::new(stdout.trim()).join(name)
    };
    let expected = fs::read(world.site_packages().join("helper-1.0.dist-info/METADATA")).unwrap();
    for damage in [remove as fn(&Path), directory, |path| write(path, b""), |path| write(path, b"\xff\x00")] {
        for name in ["files/helper-1.0.dist-info/METADATA", "manifest"] {
            let path = find(name);
            if name == "manifest" {
                write(&path, b"rubbish");
            } else {
                damage(&path);
            }
            world.install(&["--force-reinstall", "helper==1.0"]).success();
            let metadata = world.site_packages().join("helper-1.0.dist-info/METADATA");
            assert_eq!(fs::read(metadata).unwrap(), expected, "{name}");
            world.rpip(&["verify"]).success();
        }
        let files = find("");
        fs::remove_file(files.join("manifest")).unwrap();
        fs::remove_dir_all(files.join("files")).unwrap();
        world.install(&["--force-reinstall", "helper==1.0"]).success();
        world.rpip(&["verify"]).success();
    }
}

/// A cache that cannot be is told of once, and done without.
#[test]
fn a_cache_that_cannot_be() {
    let world = installed();
    world.write("file", "text");
    let cache = world.path("file/cache").display().to_string();
    let warning =
        format!("WARNING: The directory '{cache}' or its parent directory is not owned or is not writable");
    let stderr = world.install(&["--cache-dir", &cache, "--force-reinstall", "helper"]);
    assert!(stderr.stderr.starts_with(&warning), "{}", stderr.stderr);
    assert_eq!(stderr.stderr.lines().count(), 1, "{}", stderr.stderr);
    stderr.success();
    for action in ["info", "list", "purge"] {
        let stderr = world.rpip(&["cache", action, "--cache-dir", &cache]).failure(1);
        assert!(stderr.starts_with(&warning), "{stderr}");
        assert!(
            stderr.ends_with("ERROR: rpip cache commands can not function since cache is disabled.\n"),
            "{stderr}"
        );
    }
}

#[test]
fn pipes_that_nobody_reads() {
    let world = installed();
    for command in COMMANDS {
        let unread = || std::io::pipe().unwrap().1;
        let mut silent = world.rpip_command(command);
        let output = silent.stdout(unread()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{command:?}: {stderr}");
        assert!(stderr.matches("ERROR: Pipe to stdout was broken\n").count() <= 1, "{command:?}: {stderr}");
        let mut silent = world.rpip_command(command);
        let code = silent.stderr(unread()).output().unwrap().status.code();
        assert!(code.is_some_and(|code| code <= 3), "{command:?}: {code:?}");
    }
}

/// Where the history is damaged nothing else is undone instead, and what is missing is named.
#[test]
fn a_damaged_history() {
    let world = installed();
    world.install(&["helper==2.0", "--no-deps"]).success();
    world.rpip(&["uninstall", "-y", "helper"]).success();
    let cache = world.rpip(&["cache", "dir"]).success();
    let history = Path::new(cache.trim()).join("history-v1");
    let history = fs::read_dir(&history).unwrap().next().unwrap().unwrap().path();
    let kept = fs::read_dir(history.join("00000003.files")).unwrap().map(|entry| entry.unwrap().path());
    let module =
        kept.filter(|path| path.is_file()).find(|path| fs::read(path).unwrap().starts_with(b"VERSION"));
    write(&module.unwrap(), b"VERSION = 'mine'\n");
    world.rpip(&["undo", "-y"]).success();
    world.python("import helper; assert helper.VERSION == 'mine'");

    world.rpip(&["uninstall", "-y", "helper"]).success();
    write(&history.join("00000005"), b"rubbish");
    assert_eq!(
        world.rpip(&["undo", "-y"]).failure(1),
        "ERROR: what the last change (5) was cannot be read any more; `rpip undo 2` undoes the one before it\n"
    );
    world.rpip(&["history"]).success();

    world.install(&["helper==2.0"]).success();
    write(&world.site_packages().join("helper.py"), b"");
    remove(&world.site_packages().join("helper.py"));
    world.rpip(&["uninstall", "-y", "helper"]).success();
    let stderr = world.rpip(&["undo", "-y"]).stderr;
    assert!(
        stderr.contains("helper.py is missing: `rpip verify --repair helper` installs helper again"),
        "{stderr}"
    );
}
