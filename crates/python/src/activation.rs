//! The activation scripts of a virtual environment. What they set (`VIRTUAL_ENV`, `VIRTUAL_ENV_PROMPT`,
//! `PATH`, `_OLD_VIRTUAL_*`) is what venv's own scripts set, so that one kind can leave what the other entered.

/// A file of the scripts directory.
pub(crate) struct ActivationScript {
    pub(crate) name: &'static str,
    template: &'static str,
    shell: Shell,
}

#[derive(Clone, Copy)]
enum Shell {
    Posix,
    Fish,
    Csh,
    Power,
    Nu,
    Batch,
}

/// The scripts that an environment on this system gets.
pub(crate) const SCRIPTS: &[ActivationScript] = &[
    ActivationScript {
        name: "activate",
        template: include_str!("activation/activate.sh"),
        shell: Shell::Posix,
    },
    ActivationScript {
        name: "activate.fish",
        template: include_str!("activation/activate.fish"),
        shell: Shell::Fish,
    },
    ActivationScript {
        name: "activate.csh",
        template: include_str!("activation/activate.csh"),
        shell: Shell::Csh,
    },
    ActivationScript {
        name: "Activate.ps1",
        template: include_str!("activation/Activate.ps1"),
        shell: Shell::Power,
    },
    ActivationScript {
        name: "activate.nu",
        template: include_str!("activation/activate.nu"),
        shell: Shell::Nu,
    },
    ActivationScript {
        name: "activate.bat",
        template: include_str!("activation/activate.bat"),
        shell: Shell::Batch,
    },
    ActivationScript {
        name: "deactivate.bat",
        template: include_str!("activation/deactivate.bat"),
        shell: Shell::Batch,
    },
];

impl ActivationScript {
    /// Whether it is of use on this system.
    pub(crate) fn is_wanted(&self) -> bool {
        cfg!(windows) || !matches!(self.shell, Shell::Batch)
    }

    /// The text for the environment at `root` with the scripts directory `scripts` (its name) and the prompt's name.
    pub(crate) fn render(&self, root: &str, scripts: &str, prompt: &str) -> String {
        let prefix = format!("({}) ", inert(prompt));
        let text = self.fill(root, scripts, prompt, &prefix);
        if matches!(self.shell, Shell::Batch) { text.replace('\n', "\r\n") } else { text }
    }

    fn fill(&self, root: &str, scripts: &str, prompt: &str, prefix: &str) -> String {
        let mut text = String::with_capacity(self.template.len() + 256);
        let mut rest = self.template;
        // In one pass, so that a value that holds a placeholder's name stays as it is.
        while let Some((before, after)) = rest.split_once('@') {
            text.push_str(before);
            let known =
                [("ROOT@", root), ("PROMPT_PREFIX@", prefix), ("PROMPT@", prompt), ("SCRIPTS@", scripts)];
            let found = known.iter().find_map(|(name, value)| Some((after.strip_prefix(name)?, value)));
            match found {
                Some((remainder, value)) => {
                    text.push_str(&self.shell.quote(value));
                    rest = remainder;
                }
                None => {
                    text.push('@');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text
    }
}

/// Prompts are expanded each time they are shown (`$(...)`, `%n`, `\u`, `!`), so what would expand is left out.
fn inert(prompt: &str) -> String {
    prompt.replace(['$', '`', '\\', '!', '%'], "_")
}

impl Shell {
    /// The text as a literal of this shell. It holds no control characters.
    fn quote(self, text: &str) -> String {
        match self {
            Self::Posix => format!("'{}'", text.replace('\'', r"'\''")),
            Self::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
            // History is substituted within quotes too.
            Self::Csh => format!("'{}'", text.replace('\'', r"'\''").replace('!', r"\!")),
            // PowerShell takes typographic quotes for quotes.
            Self::Power => {
                let mut quoted = String::from("'");
                for char in text.chars() {
                    if matches!(char, '\'' | '\u{2018}'..='\u{201b}') {
                        quoted.push(char);
                    }
                    quoted.push(char);
                }
                quoted + "'"
            }
            Self::Nu => format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")),
            Self::Batch => text.replace('%', "%%"),
        }
    }
}
