//! `search`: projects of an index whose name or summary holds a word, by XML-RPC.

use requirement::Version;

use crate::runtime::Runtime;
use crate::{Context, OperationError};

/// A project that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProject {
    /// Its name, as the index has it.
    pub name: String,
    /// Its newest version, as the index has it.
    pub version: String,
    /// What that says of itself.
    pub summary: String,
}

/// The projects of the index at `url` whose name or summary holds one of `words`, in the order of the index.
pub fn search(context: &Context, url: &str, words: &[String]) -> Result<Vec<FoundProject>, OperationError> {
    let (client, url, words) = (context.client.clone(), url.to_owned(), words.to_vec());
    let asked = async move { index::search(&client, &url, &words).await };
    let hits = Runtime::default().wait(asked, &context.cancellation).ok_or(OperationError::Interrupted)??;
    let mut found: Vec<FoundProject> = Vec::new();
    for hit in hits {
        match found.iter_mut().find(|known| known.name == hit.name) {
            Some(known) if is_older(&known.version, &hit.version) => {
                (known.version, known.summary) = (hit.version, hit.summary);
            }
            Some(_) => {}
            None => {
                found.push(FoundProject { name: hit.name, version: hit.version, summary: hit.summary });
            }
        }
    }
    Ok(found)
}

/// What is no version is older than any that is.
fn is_older(one: &str, other: &str) -> bool {
    one.parse::<Version>().ok() < other.parse::<Version>().ok()
}

#[cfg(test)]
mod tests {
    use super::is_older;

    #[test]
    fn versions_are_compared_as_such() {
        assert!(is_older("1.9", "1.10") && is_older("dev", "0.1"));
        assert!(!is_older("2", "1.10") && !is_older("1.0", "1.0"));
    }
}
