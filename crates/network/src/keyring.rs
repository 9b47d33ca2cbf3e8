//! The keyring program (`keyring` of the Python project of that name): credentials that the user keeps in the system's
//! store. It is a child process, with a limit on its time and output; passwords go through pipes, never through arguments.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::Credentials;

/// No answer of a keyring is longer, in bytes.
const LONGEST_ANSWER: u64 = 64 << 10;

/// How to run the keyring program.
#[derive(Debug, Clone)]
pub struct Keyring {
    /// The program: `keyring`, or an interpreter. An absolute path: its own directory becomes the working directory, so that no
    /// module of the directory the user is in is imported.
    pub program: PathBuf,
    /// What stands before the keyring's own arguments: `-m keyring` for an interpreter.
    pub arguments: Vec<OsString>,
    /// How long an answer may take. A keyring may ask the user to open it.
    pub time_limit: Duration,
}

/// What a run gave.
struct Output {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

#[derive(Deserialize)]
struct Answer {
    username: String,
    password: String,
}

impl Keyring {
    /// A program that has a minute for each answer.
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments, time_limit: Duration::from_secs(60) }
    }

    /// What it has for a service (a URL, or a host with its port), and for a user where one is known. An error says why it
    /// is better not asked again; none in it: it is not there, which is nothing to tell.
    pub(crate) async fn find(
        &self,
        service: &str,
        user: Option<&str>,
    ) -> Result<Option<Credentials>, Option<String>> {
        if user.is_some_and(is_option) {
            return Ok(None);
        }
        let mut arguments = vec!["--mode=creds", "--output=json", "get", service];
        arguments.extend(user);
        let output = self.run(&arguments, None).await?;
        match output.code {
            Some(0) => {
                let answer: Answer = serde_json::from_slice(&output.stdout)
                    .map_err(|_| Some("it did not answer with a user name and a password".to_owned()))?;
                Ok(Some(Credentials::new(answer.username, answer.password)))
            }
            // Before 25.2.1 there was no such mode, and no way to a password without the user's name.
            Some(2)
                if output.stderr.contains("unrecognized arguments")
                    && output.stderr.contains("--mode=creds") =>
            {
                match user {
                    Some(user) => self.password(service, user).await,
                    None => Err(Some(
                        "Keyring util is outdated; must be at least version 25.2.1, please upgrade it"
                            .to_owned(),
                    )),
                }
            }
            // An interpreter that has no such module has no keyring.
            _ if output.stderr.contains("No module named keyring") => Err(None),
            _ => Ok(None),
        }
    }

    async fn password(&self, service: &str, user: &str) -> Result<Option<Credentials>, Option<String>> {
        let output = self.run(&["get", service, user], None).await?;
        let Ok(text) = String::from_utf8(output.stdout) else { return Ok(None) };
        let password = text.trim_end_matches(['\r', '\n']);
        let found = output.code == Some(0) && !password.is_empty();
        Ok(found.then(|| Credentials::new(user.to_owned(), password.to_owned())))
    }

    /// Keeps credentials.
    pub(crate) async fn save(&self, service: &str, credentials: &Credentials) -> Result<(), String> {
        let user = &credentials.user;
        if is_option(user) {
            return Err(format!("the user name '{user}' would be taken for an option"));
        }
        let input = format!("{}\n", credentials.password.as_deref().unwrap_or_default());
        let output = self.run(&["set", service, user], Some(input.as_bytes())).await;
        match output.map_err(|reason| reason.unwrap_or_else(|| "there is no such program".to_owned()))? {
            Output { code: Some(0), .. } => Ok(()),
            Output { stderr, .. } => Err(last_line(&stderr).unwrap_or("it says nothing more").to_owned()),
        }
    }

    async fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Result<Output, Option<String>> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(arguments);
        command.env("PYTHONIOENCODING", "utf-8").kill_on_drop(true);
        if let Some(directory) = self.program.parent().filter(|_| self.program.is_absolute()) {
            command.current_dir(directory);
        }
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => None,
            _ => Some(format!("{} cannot be run: {error}", self.program.display())),
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let talk = async {
            let (stdin, stdout, stderr) = pipes;
            let write = async {
                if let (Some(mut stdin), Some(input)) = (stdin, input) {
                    stdin.write_all(input).await.ok(); // one that does not read says why at its end
                }
            };
            let (_, stdout, stderr) = tokio::join!(write, read(stdout), read(stderr));
            let status = child.wait().await.map_err(|error| error.to_string())?;
            let stderr = String::from_utf8_lossy(&stderr?).into_owned();
            Ok(Output { code: status.code(), stdout: stdout?, stderr })
        };
        match tokio::time::timeout(self.time_limit, talk).await {
            Ok(output) => output.map_err(Some),
            Err(_) => Err(Some(format!("no answer within {} seconds", self.time_limit.as_secs().max(1)))),
        }
    }
}

/// Whether a program would take this for an option.
fn is_option(user: &str) -> bool {
    user.starts_with('-')
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LONGEST_ANSWER + 1).read_to_end(&mut content).await.map_err(|error| error.to_string())?;
    }
    if content.len() as u64 > LONGEST_ANSWER { Err("its answer is too long".to_owned()) } else { Ok(content) }
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty())
}
