//! What the tests of this crate need: a cache in a temporary directory and clients over it.
#![allow(dead_code, unreachable_pub)] // each test program uses a part

use std::path::Path;
use std::time::Duration;

use cache::Cache;
use network::{Client, ClientOptions};
use rpip_index::{IndexClient, IndexOptions};
use tempfile::TempDir;

pub struct Setting {
    directory: TempDir,
}

impl Setting {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn cache_root(&self) -> &Path {
        self.directory.path()
    }

    pub fn cache(&self) -> Cache {
        Cache::at(self.directory.path().to_owned())
    }

    /// A client as a new process would have it, over these indexes.
    pub fn client(&self, indexes: &[String]) -> IndexClient {
        self.client_with(IndexOptions { indexes: indexes.to_vec(), ..IndexOptions::default() })
    }

    pub fn client_with(&self, options: IndexOptions) -> IndexClient {
        let network = Client::new(ClientOptions {
            timeout: Duration::from_secs(5),
            retries: 2,
            retry_delay: Duration::from_millis(1),
            system_proxy: false,
            ..ClientOptions::default()
        });
        IndexClient::new(options, self.cache(), network)
    }
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
