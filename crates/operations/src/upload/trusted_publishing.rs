//! Trusted publishing (OpenID Connect; PyPI's documentation, "Trusted Publishers"): a service that runs builds vouches for
//! the one at hand, and the repository gives a token for it that lives for minutes.

use std::collections::HashMap;
use std::sync::Arc;

use network::{Client, Content, Submission};
use publish::Secret;
use serde_json::Value;

use super::UploadError;

/// When trusted publishing is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustedPublishing {
    /// To PyPI and TestPyPI, from a service that can vouch, where no token is at hand.
    #[default]
    Automatic,
    /// To whatever repository; an error where it cannot be.
    Always,
    /// Not at all.
    Never,
}

/// A service that runs builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    GitHub,
    GitLab,
}

/// The service that runs this process, as the variables of its environment tell.
fn service(variables: &HashMap<String, String>) -> Option<Service> {
    let is_set = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    match () {
        () if is_set("GITHUB_ACTIONS") => Some(Service::GitHub),
        () if is_set("GITLAB_CI") => Some(Service::GitLab),
        () => None,
    }
}

/// Whether there is a service that can vouch.
pub(super) fn is_supported(variables: &HashMap<String, String>) -> bool {
    service(variables).is_some()
}

fn failed(reason: impl Into<String>) -> UploadError {
    UploadError::TrustedPublishing(reason.into())
}

/// A token of the repository at `origin` (scheme, host and port).
pub(super) async fn token(
    client: Client,
    origin: String,
    variables: HashMap<String, String>,
) -> Result<Secret, UploadError> {
    let Some(service) = service(&variables) else {
        return Err(failed("This environment is not supported for trusted publishing"));
    };
    let answer = document(&client, &format!("{origin}/_/oidc/audience"), &[], Content::Nothing).await?;
    let audience = text(&answer.1, "audience").filter(|_| answer.0 == 200);
    let audience =
        audience.ok_or_else(|| failed(format!("{origin} does not offer it (status {})", answer.0)))?;
    let identity = match service {
        Service::GitHub => of_github(&client, &variables, &audience).await?,
        Service::GitLab => of_gitlab(&variables, &audience)?,
    };
    check_identity(&identity, &audience)?;
    let request = serde_json::json!({ "token": identity }).to_string().into_bytes();
    let url = format!("{origin}/_/oidc/mint-token");
    let (status, minted) = document(&client, &url, &[], Content::Json(request)).await?;
    if !(200..300).contains(&status) {
        return Err(failed(format!(
            "The token request failed (status {status}); the index server gave the following reasons:{}",
            reasons(&minted)
        )));
    }
    let token = text(&minted, "token").filter(|token| !token.is_empty());
    token.map(Secret::new).ok_or_else(|| failed("The token-minting request returned no token"))
}

/// Asks for a JSON document. No redirect is followed: what is sent is a secret.
async fn document(
    client: &Client,
    url: &str,
    headers: &[(&str, &str)],
    content: Content,
) -> Result<(u16, Value), UploadError> {
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.push(("Accept".to_owned(), "application/json".to_owned()));
    let submission = Submission { url: url.to_owned(), headers, credentials: None, content };
    let answer = client.submit(&submission, Arc::new(|_| {})).await;
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
}

fn text(document: &Value, name: &str) -> Option<String> {
    document.get(name)?.as_str().map(str::to_owned)
}

fn reasons(document: &Value) -> String {
    let errors = document.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    let lines = errors.iter().map(|error| {
        let part = |name| text(error, name).unwrap_or_default();
        format!("\n* `{}`: {}", part("code"), part("description"))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { format!(" {}", text(document, "message").unwrap_or_default()) } else { lines }
}

async fn of_github(
    client: &Client,
    variables: &HashMap<String, String>,
    audience: &str,
) -> Result<String, UploadError> {
    let variable = |name: &str| {
        let value = variables.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            failed(format!(
                "GitHub: missing or insufficient OIDC token permissions, the {name} environment variable was unset; the \
                 workflow's job needs `permissions: id-token: write`"
            ))
        })
    };
    let authorization = format!("bearer {}", variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?);
    let address = variable("ACTIONS_ID_TOKEN_REQUEST_URL")?;
    let mut url =
        url::Url::parse(address).map_err(|_| failed("GitHub: ACTIONS_ID_TOKEN_REQUEST_URL is not a URL"))?;
    url.query_pairs_mut().append_pair("audience", audience);
    let headers = [("Authorization", authorization.as_str())];
    let (status, answer) = document(client, url.as_str(), &headers, Content::Nothing).await?;
    if status != 200 {
        return Err(failed(format!("GitHub: OIDC token request failed (status {status})")));
    }
    text(&answer, "value").ok_or_else(|| failed("GitHub: malformed or incomplete JSON"))
}

fn of_gitlab(variables: &HashMap<String, String>, audience: &str) -> Result<String, UploadError> {
    let name = format!("{}_ID_TOKEN", gitlab_prefix(audience));
    let token = variables.get(&name).filter(|token| !token.is_empty()).cloned();
    token.ok_or_else(|| {
        failed(format!("GitLab: Environment variable {name} not found; the job needs it under `id_tokens`"))
    })
}

/// The audience as the beginning of a variable's name.
fn gitlab_prefix(audience: &str) -> String {
    let name = audience.to_uppercase();
    let fits = |(index, character): (usize, char)| match character {
        'A'..='Z' | '_' => character,
        '0'..='9' if index > 0 => character,
        _ => '_',
    };
    name.chars().enumerate().map(fits).collect()
}

/// Whether an identity token (RFC 7519) is one, and for `audience`.
fn check_identity(token: &str, audience: &str) -> Result<(), UploadError> {
    let parts: Vec<&str> = token.split('.').collect();
    let payload = match parts.as_slice() {
        [_, payload, _] => decoded(payload),
        _ => None,
    };
    let payload: Value = payload
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| failed("the identity token is malformed"))?;
    match text(&payload, "aud") {
        Some(found) if found == audience => Ok(()),
        Some(found) => {
            Err(failed(format!("Token audience claim mismatch (expected {audience}, got {found})")))
        }
        None => Err(failed("Malformed token payload (audience claim is missing)")),
    }
}

/// URL-safe base64, with or without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_checked() {
        // {"aud": "pypi"}
        let token = "e30.eyJhdWQiOiAicHlwaSJ9.sig";
        assert!(check_identity(token, "pypi").is_ok());
        for (token, audience, problem) in [
            (token, "testpypi", "expected testpypi, got pypi"),
            ("e30.e30.sig", "pypi", "audience claim is missing"),
            ("not a token", "pypi", "malformed"),
            ("a.!.c", "pypi", "malformed"),
        ] {
            let error =
                check_identity(token, audience).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(problem), "{error}");
        }
        assert_eq!(decoded("_-8").as_deref(), Some([0xff, 0xef].as_slice()));
    }

    #[test]
    fn services_are_known_by_their_variables() {
        let with = |name: &str, value: &str| HashMap::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(service(&with("GITHUB_ACTIONS", "true")), Some(Service::GitHub));
        assert_eq!(service(&with("GITLAB_CI", "1")), Some(Service::GitLab));
        assert_eq!(service(&with("GITHUB_ACTIONS", "")), None);
        assert_eq!(gitlab_prefix("pypi"), "PYPI");
        assert_eq!(gitlab_prefix("http://test.audience"), "HTTP___TEST_AUDIENCE");
        assert_eq!(gitlab_prefix("7x"), "_X");
    }
}
