//! Searching an index by XML-RPC, as those that still answer have it.

use network::{Bytes, Client};
use url::Url;

use crate::IndexError;
use crate::xml_rpc::{Answer, Value, read_answer, search_call};

/// More is not read.
const LARGEST_ANSWER: u64 = 32 << 20;

/// A version of a project that was found. Texts are as the index has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The project.
    pub name: String,
    /// The version.
    pub version: String,
    /// What it says of itself.
    pub summary: String,
}

/// What the index at `url` has whose name or summary holds one of `words`, in its order.
pub async fn search(client: &Client, url: &str, words: &[String]) -> Result<Vec<SearchHit>, IndexError> {
    let url = endpoint(client.remember_credentials(url)?);
    let call = Bytes::from(search_call(words));
    let response = client.call(&url, &[("content-type", "text/xml")], call, LARGEST_ANSWER).await?;
    let text = String::from_utf8_lossy(&response.body);
    let invalid = |reason: String| IndexError::Search { url: url.clone(), reason };
    match read_answer(&text).map_err(invalid)? {
        Answer::Fault(code, reason) => Err(IndexError::SearchFault { code, reason }),
        Answer::Value(Value::Array(hits)) => Ok(hits.iter().filter_map(hit).collect()),
        Answer::Value(_) => Err(invalid("it is no list".to_owned())),
    }
}

/// Where a server takes XML-RPC calls: at `/RPC2` where its URL names no path, as Python's `xmlrpc` has it.
fn endpoint(url: String) -> String {
    match Url::parse(&url) {
        Ok(mut server) if server.path() == "/" => {
            server.set_path("/RPC2");
            server.into()
        }
        _ => url,
    }
}

fn hit(value: &Value) -> Option<SearchHit> {
    let text = |name| value.text_of(name).map(str::to_owned);
    Some(SearchHit {
        name: text("name")?,
        version: text("version")?,
        summary: text("summary").unwrap_or_default(),
    })
}
