//! Sockets, TLS, proxies, retries, credentials: the one room that opens connections.

mod client;
mod credentials;
mod date;
mod error;
mod netrc;
mod response;
mod retry;
mod transport;
mod trust;

pub use bytes::Bytes;
pub use client::{Client, ClientOptions};
pub use credentials::{Credentials, redacted};
pub use date::http_date;
pub use error::NetworkError;
pub use response::{CompleteResponse, Response};
