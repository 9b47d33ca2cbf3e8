//! What can go wrong on the way to a server.

/// A failed request. URLs are without credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NetworkError {
    /// The server answered with an error status, after retries where they make sense.
    #[error("{url} answered {status}")]
    Status {
        /// The URL asked for.
        url: String,
        /// The HTTP status code.
        status: u16,
    },
}
