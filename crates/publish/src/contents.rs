//! What should hardly be in a distribution: secrets, and what lies about on the machine that built it.

use memchr::memmem;

/// Files larger than this hold data, not secrets.
pub(crate) const LARGEST_SCANNED: u64 = 1 << 20;

/// Names of files that hold secrets, in lower case.
const SECRET_NAMES: [&str; 16] = [
    ".pypirc",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    ".envrc",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials.json",
    "client_secret.json",
    "secrets.json",
    "secrets.toml",
];

/// Endings of such names.
const SECRET_ENDINGS: [&str; 7] = [".kdbx", ".keystore", ".jks", ".p12", ".pfx", ".ppk", ".token"];

/// Directories and files that a version control system, an editor, an interpreter or a desktop leaves.
const LITTER: [&str; 14] = [
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".idea",
    ".vscode",
    ".venv",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "node_modules",
    ".ds_store",
];

/// Packages that a wheel hardly means to put beside everybody's.
const GENERIC_PACKAGES: [&str; 7] = ["test", "tests", "doc", "docs", "example", "examples", "src"];

/// What secrets begin with, and how many characters of a token must follow. The last part tells it apart from the mere
/// mention of a prefix.
const TOKENS: [(&[u8], usize, &str); 7] = [
    (b"pypi-AgEIcHlwaS5vcm", 40, "a token of PyPI"),
    (b"pypi-AgENdGVzdC5weXBpLm9yZ", 40, "a token of TestPyPI"),
    (b"ghp_", 36, "a token of GitHub"),
    (b"github_pat_", 40, "a token of GitHub"),
    (b"glpat-", 20, "a token of GitLab"),
    (b"AKIA", 16, "a key of AWS"),
    (b"xoxb-", 20, "a token of Slack"),
];

/// What private keys begin with.
const PRIVATE_KEYS: [&[u8]; 5] = [
    b"-----BEGIN PRIVATE KEY-----",
    b"-----BEGIN RSA PRIVATE KEY-----",
    b"-----BEGIN EC PRIVATE KEY-----",
    b"-----BEGIN OPENSSH PRIVATE KEY-----",
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
];

/// Why the path of a member cannot be one of an archive that is to be unpacked elsewhere.
pub(crate) fn path_problem(path: &str) -> Option<&'static str> {
    let mut bytes = path.bytes();
    match () {
        () if path.starts_with('/') => Some("its path is absolute"),
        () if bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic()) && bytes.next() == Some(b':') => {
            Some("its path is absolute")
        }
        () if path.contains('\\') => Some("its path contains a backslash"),
        () if path.split('/').any(|part| part == "..") => Some("its path has a '..' component"),
        () => None,
    }
}

/// Whether the target of a link leads out of the archive.
pub(crate) fn leaves(path: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return true;
    }
    let mut depth = path.split('/').count().saturating_sub(1);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth <= 1 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// What is suspicious about the name of a member.
pub(crate) fn suspicious_name(path: &str) -> Option<String> {
    let lower = path.to_lowercase();
    let parts: Vec<&str> = lower.trim_end_matches('/').split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    let is_environment = name == ".env" || (name.starts_with(".env.") && !is_example(name));
    let is_secret = is_environment
        || SECRET_NAMES.contains(&name)
        || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || lower.ends_with(".aws/credentials")
        || lower.ends_with(".ssh/config");
    if is_secret {
        return Some(format!("{path} looks like a file with secrets"));
    }
    let litter = parts.iter().find(|part| LITTER.contains(part))?;
    // Each such directory is told of once, by the path that leads to it.
    let at = parts.iter().position(|part| part == litter)?;
    let shown: Vec<&str> = path.split('/').take(at + 1).collect();
    Some(format!("{} does not belong into a distribution", shown.join("/")))
}

/// `.env.example` and its like hold no secrets.
fn is_example(name: &str) -> bool {
    ["example", "sample", "template", "dist", "defaults"].iter().any(|word| name.contains(word))
}

/// What is suspicious about the content of a member.
pub(crate) fn suspicious_content(path: &str, content: &[u8]) -> Option<String> {
    for (prefix, length, what) in TOKENS {
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let follows = |at: usize| {
            let rest = content.get(at + prefix.len()..).unwrap_or_default();
            let run = rest.iter().take_while(|byte| is_token(byte)).count();
            // An example is one letter again and again, or says so.
            let token = rest.get(..run).unwrap_or_default();
            run >= length && token.iter().any(|byte| Some(byte) != token.first())
        };
        let starts_word = |at: usize| {
            at == 0 || content.get(at - 1).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        };
        if memmem::find_iter(content, prefix).any(|at| starts_word(at) && follows(at)) {
            return Some(format!("{path} seems to hold {what}"));
        }
    }
    // Keys for tests are common, and no secret.
    let is_for_tests = path.to_lowercase().split('/').any(|part| part.contains("test"));
    let has_key = || {
        PRIVATE_KEYS.iter().any(|start| {
            memmem::find_iter(content, start).any(|at| {
                let rest = content.get(at + start.len()..).unwrap_or_default();
                let body = rest.iter().filter(|byte| !byte.is_ascii_whitespace());
                body.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
                    .count()
                    > 64
            })
        })
    };
    (!is_for_tests && has_key()).then(|| format!("{path} seems to hold a private key"))
}

/// Whether a top-level name of a wheel is one that every second project might install.
pub(crate) fn is_generic_package(name: &str) -> bool {
    GENERIC_PACKAGES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_and_litter() {
        for (path, expected) in [
            ("a-1/.env", Some("a-1/.env looks like a file with secrets")),
            ("a-1/.env.production", Some("a-1/.env.production looks like a file with secrets")),
            ("a-1/.env.example", None),
            ("a-1/.ssh/id_RSA", Some("a-1/.ssh/id_RSA looks like a file with secrets")),
            ("a-1/.pypirc", Some("a-1/.pypirc looks like a file with secrets")),
            ("a-1/pkg/environment.py", None),
            ("a/__pycache__/b.cpython-312.pyc", Some("a/__pycache__ does not belong into a distribution")),
            ("a-1/.git/config", Some("a-1/.git does not belong into a distribution")),
            ("a-1/.gitignore", None),
            ("a-1/x/.DS_Store", Some("a-1/x/.DS_Store does not belong into a distribution")),
        ] {
            assert_eq!(suspicious_name(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn contents_of_secrets() {
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "MIIB".repeat(30));
        let token = format!("password = pypi-AgEIcHlwaS5vcm{}\n", "c2VjcmV0LXNlY3JldA".repeat(4));
        let hub = format!("TOKEN='ghp_{}'", "aB3".repeat(12));
        for (path, content, expected) in [
            ("a/key.py", key.as_str(), Some("a/key.py seems to hold a private key")),
            ("a/tests/key.pem", key.as_str(), None),
            ("a/doc.md", "begin with -----BEGIN PRIVATE KEY----- and so on", None),
            ("a/x", token.as_str(), Some("a/x seems to hold a token of PyPI")),
            ("a/x", hub.as_str(), Some("a/x seems to hold a token of GitHub")),
            ("a/x", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None),
            ("a/x", "MAKIA0123456789ABCDEFX", None),
        ] {
            assert_eq!(suspicious_content(path, content.as_bytes()).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn paths_and_links_stay_inside() {
        assert_eq!(path_problem("/etc/passwd"), Some("its path is absolute"));
        assert_eq!(path_problem("C:/x"), Some("its path is absolute"));
        assert_eq!(path_problem("a/../../b"), Some("its path has a '..' component"));
        assert_eq!(path_problem("a/..b/c"), None);
        for (path, target, expected) in [
            ("a-1/x/y", "../z", false),
            ("a-1/x/y", "../../z", true),
            ("a-1/x", "/etc/passwd", true),
            ("a-1/x", "y/../z", false),
        ] {
            assert_eq!(leaves(path, target), expected, "{path} {target}");
        }
    }
}
