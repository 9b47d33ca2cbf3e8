//! What every verb needs to act.

use std::sync::Arc;

use cache::Cache;
use network::Client;

use crate::Reporter;

/// The means of an operation. What it should do comes in its own options.
pub struct Context {
    /// The cache.
    pub cache: Cache,
    /// The HTTP client; sets nothing up before its first request.
    pub client: Client,
    /// Who hears what happens.
    pub reporter: Arc<dyn Reporter>,
    /// How many things to do at once on this machine.
    pub threads: usize,
}
