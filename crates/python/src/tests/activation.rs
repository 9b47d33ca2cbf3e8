//! The activation scripts, in the shells that this machine has.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fixture::{Place, interpreter};
use crate::{VenvOptions, create_venv};

/// A shell, how it sources a file, and how it shows variables.
struct Shell {
    program: &'static str,
    options: &'static [&'static str],
    script: &'static str,
    show: &'static str,
}

const POSIX: &str = "printf '[%s]\\n' \"${VIRTUAL_ENV-}\" \"${VIRTUAL_ENV_PROMPT-}\" \"$PATH\"; \
                     echo \"[${PYTHONHOME-}]\"; command -v python3";

const SHELLS: &[Shell] = &[
    Shell { program: "bash", options: &["-eu"], script: "activate", show: POSIX },
    Shell { program: "zsh", options: &["-eu"], script: "activate", show: POSIX },
    Shell { program: "dash", options: &["-eu"], script: "activate", show: POSIX },
    Shell {
        program: "fish",
        options: &["--no-config"],
        script: "activate.fish",
        show: "echo \"[$VIRTUAL_ENV]\"; echo \"[$VIRTUAL_ENV_PROMPT]\"; echo \"[$PATH]\"; \
               echo \"[$PYTHONHOME]\"; command -v python3",
    },
    Shell {
        program: "tcsh",
        options: &["-f"],
        script: "activate.csh",
        show: "printenv VIRTUAL_ENV | sed 's/.*/[&]/'; printenv VIRTUAL_ENV_PROMPT | sed 's/.*/[&]/'; \
               printenv PATH | sed 's/.*/[&]/'; printenv PYTHONHOME | sed 's/.*/[&]/'; which python3",
    },
];

/// Whether the shell is on this machine; not by starting it, for some then write into the home directory.
fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Runs lines in a shell with this PATH and PYTHONHOME=/old.
fn lines(shell: &Shell, text: &str, path: &str, home: &Path) -> Vec<String> {
    let output = Command::new(shell.program)
        .args(shell.options)
        .args(["-c", text])
        .env_clear()
        .envs([("PATH", path), ("PYTHONHOME", "/old"), ("TERM", "dumb")])
        .env("HOME", home)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {errors}\n{text}", shell.program);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn shells_enter_and_leave() {
    let path = "/usr/local/bin:/usr/bin:/bin";
    for name in ["env", "it's \"a\" $HOME `id` 100% \\n hey!"] {
        let place = Place::new();
        let root = place.path(name);
        create_venv(&root, &interpreter(), &VenvOptions::default()).unwrap();
        // The path goes through a variable where a shell cannot quote it in the test itself.
        std::os::unix::fs::symlink(root.join("bin"), place.path("link")).unwrap();
        for shell in SHELLS.iter().filter(|shell| exists(shell.program)) {
            let file = place.path("link").join(shell.script);
            let source = if shell.program == "dash" { "." } else { "source" };
            let show = shell.show;
            let text = format!("{source} '{}'\n{show}\necho left\ndeactivate\n{show}\n", file.display());
            let shown = lines(shell, &text, path, place.directory.path());
            let bin = root.join("bin").display().to_string();
            let (entered, left) = shown.split_at(shown.iter().position(|line| line == "left").unwrap());
            let context = || format!("{}: {shown:#?}", shell.program);
            for expected in [
                format!("[{}]", root.display()),
                format!("[{name}]"),
                format!("[{bin}:{path}]"),
                format!("{bin}/python3"),
            ] {
                assert!(entered.contains(&expected), "{expected} {}", context());
            }
            assert!(!entered.iter().any(|line| line.contains("/old")), "{}", context());
            assert!(!left.iter().any(|line| line.contains(name)), "{}", context());
            for expected in ["[/old]".to_owned(), format!("[{path}]")] {
                assert!(left.contains(&expected), "{expected} {}", context());
            }
        }
    }
}

#[test]
fn the_prompt_runs_nothing() {
    let place = Place::new();
    let root = place.path("$(touch marker) `touch marker` %n \\u !x");
    create_venv(&root, &interpreter(), &VenvOptions::default()).unwrap();
    std::os::unix::fs::symlink(root.join("bin"), place.path("link")).unwrap();
    let activate = place.path("link/activate");
    let text = format!(
        "PS1='> '; source '{}'; shopt -s promptvars; printf '%s\\n' \"${{PS1@P}}\"; deactivate; echo \"$PS1\"",
        activate.display()
    );
    let bash = SHELLS.first().unwrap();
    if exists(bash.program) {
        let shown = lines(bash, &text, "/usr/bin:/bin", place.directory.path());
        assert_eq!(shown, ["(_(touch marker) _touch marker_ _n _u _x) > ", "> "]);
        assert!(!place.path("marker").exists() && !PathBuf::from("marker").exists());
    }
}

#[test]
fn the_prompt_can_be_left_alone() {
    let place = Place::new();
    create_venv(&place.path("env"), &interpreter(), &VenvOptions::default()).unwrap();
    let activate = place.path("env/bin/activate");
    let text = format!(
        "PS1='> '; VIRTUAL_ENV_DISABLE_PROMPT=1; source '{0}'; echo \"$PS1\"; deactivate; echo \"$PS1\"; \
         unset VIRTUAL_ENV_DISABLE_PROMPT; source '{0}'; source '{0}'; echo \"$PS1\"; deactivate; echo \"$PS1\"",
        activate.display()
    );
    for shell in
        SHELLS.iter().filter(|shell| ["bash", "zsh"].contains(&shell.program) && exists(shell.program))
    {
        let shown = lines(shell, &text, "/usr/bin:/bin", place.directory.path());
        assert_eq!(shown, ["> ", "> ", "(env) > ", "> "], "{}", shell.program);
    }
}

#[test]
fn other_shells_get_literals_of_theirs() {
    let root = "/a 'b' \u{2019}c \"d\" \\e %f% $g @PROMPT@";
    let text = |name: &str| {
        let script = crate::activation::SCRIPTS.iter().find(|script| script.name == name).unwrap();
        script.render(root, "bin", "p'%")
    };
    let nu = text("activate.nu");
    assert!(nu.contains("let root = \"/a 'b' \u{2019}c \\\"d\\\" \\\\e %f% $g @PROMPT@\"\n"), "{nu}");
    assert!(text("Activate.ps1").contains("$Prompt = 'p''%' }"));
    let batch = text("activate.bat");
    assert!(batch.contains("set \"VIRTUAL_ENV_PROMPT=p'%%\"\r\n"), "{batch}");
    assert!(batch.contains("set \"PROMPT=(p'_) %PROMPT%\"\r\n"), "{batch}");
    for script in crate::activation::SCRIPTS {
        let rendered = script.render("R", "S", "P");
        assert!(
            !["@ROOT@", "@PROMPT@", "@PROMPT_PREFIX@", "@SCRIPTS@"]
                .iter()
                .any(|mark| rendered.contains(mark))
        );
    }
}
