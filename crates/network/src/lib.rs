//! Sockets, TLS, proxies, retries, credentials: the one room that opens connections.

mod authentication;
mod client;
mod credentials;
mod date;
mod document;
mod error;
mod form;
mod keyring;
mod netrc;
mod response;
mod retry;
mod transport;
mod trust;

pub use authentication::{Prompt, Warn};
pub use bytes::Bytes;
pub use client::{Answer, Client, ClientOptions, Content, Submission};
pub use credentials::{Credentials, redacted, without_user_information};
pub use date::http_date;
pub use document::Document;
pub use error::NetworkError;
pub use form::{Form, Sent};
pub use keyring::Keyring;
pub use response::{CompleteResponse, Response};
