//! Sockets, TLS, proxies, retries, credentials: the one room that opens connections.

mod client;
mod credentials;
mod error;
mod netrc;

pub use client::{Client, ClientOptions, Response};
pub use credentials::{Credentials, redacted};
pub use error::NetworkError;
