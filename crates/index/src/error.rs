//! What can go wrong with an index.

/// An error of an index or of a file it lists. URLs are without credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexError {
    /// The way to the server failed.
    #[error(transparent)]
    Network(#[from] network::NetworkError),
}
