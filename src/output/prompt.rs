//! Questions for credentials, on a terminal.

use std::io::{self, IsTerminal};

use operations::{Prompt, UploadPrompt};

use crate::output::Terminal;

/// Asks for user names and passwords.
pub(crate) struct CredentialPrompt(Terminal);

impl CredentialPrompt {
    /// Asks on `terminal`; none where nobody sits there to answer.
    pub(crate) fn new(terminal: &Terminal) -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(|| Self(terminal.clone()))
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.0.asking(|| {
            self.0.prompt(question);
            let mut answer = String::new();
            let length = io::stdin().read_line(&mut answer).ok()?;
            (length > 0).then(|| answer.trim_end_matches(['\r', '\n']).to_owned())
        })
    }
}

impl UploadPrompt for CredentialPrompt {
    fn ask(&self, question: &str) -> Option<String> {
        Self::ask(self, question)
    }

    fn ask_hidden(&self, question: &str) -> Option<String> {
        self.0.prompt(question);
        rpassword::read_password().ok()
    }
}

impl Prompt for CredentialPrompt {
    fn user(&self, host: &str) -> Option<String> {
        self.ask(&format!("User for {host}: "))
    }

    fn password(&self, _host: &str) -> Option<String> {
        self.0.asking(|| {
            self.0.prompt("Password: ");
            rpassword::read_password().ok()
        })
    }

    fn save(&self, _host: &str) -> bool {
        self.ask("Save credentials to keyring [y/N]: ").is_some_and(|answer| answer.eq_ignore_ascii_case("y"))
    }
}
