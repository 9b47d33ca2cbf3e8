//! Records in the cache: pages with their validators, and the thread that writes, so that no one waits for the disk.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use cache::{Bucket, Cache};

use crate::freshness::Validators;
use crate::record::{self, RecordBytes};

/// The record of the page of `url`, and what is known about it; none where either is missing or they do not
/// belong together (a process may have ended between the two writes).
pub(crate) fn load_page(cache: &Cache, url: &str) -> Option<(RecordBytes, Validators)> {
    let validators = load_validators(cache, url)?;
    let record = cache.map(Bucket::Pages, url).ok()??;
    (record::identity(&record) == validators.identity).then_some((RecordBytes::Mapped(record), validators))
}

/// What is known about the page of `url`.
pub(crate) fn load_validators(cache: &Cache, url: &str) -> Option<Validators> {
    let bytes = cache.read(Bucket::Pages, &validators_key(url)).ok()??;
    postcard::from_bytes(&bytes).ok().filter(|validators: &Validators| validators.format == record::FORMAT)
}

fn validators_key(url: &str) -> String {
    format!("validators {url}")
}

/// A record to be written (none: to be removed).
struct Write {
    bucket: Bucket,
    key: String,
    bytes: Option<Arc<Vec<u8>>>,
}

/// Writes records behind the back of those who have them; dropping it waits until all are written.
pub(crate) struct RecordStore {
    cache: Cache,
    thread: Mutex<Option<(Sender<Write>, JoinHandle<()>)>>,
}

impl RecordStore {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, thread: Mutex::default() }
    }

    /// Writes a record, soon. Writes happen in the order of the calls.
    pub(crate) fn write(&self, bucket: Bucket, key: String, bytes: Arc<Vec<u8>>) {
        self.send(Write { bucket, key, bytes: Some(bytes) });
    }

    /// Removes a record, soon.
    pub(crate) fn remove(&self, bucket: Bucket, key: String) {
        self.send(Write { bucket, key, bytes: None });
    }

    /// Keeps a page; without validators it only replaces what was there.
    pub(crate) fn write_page(&self, url: &str, record: Arc<Vec<u8>>, validators: &Validators) {
        self.write(Bucket::Pages, url.to_owned(), record);
        self.write_validators(url, validators);
    }

    /// Keeps what is known about a page that has not changed.
    pub(crate) fn write_validators(&self, url: &str, validators: &Validators) {
        if let Ok(bytes) = postcard::to_stdvec(validators) {
            self.write(Bucket::Pages, validators_key(url), Arc::new(bytes));
        }
    }

    /// Forgets a page.
    pub(crate) fn remove_page(&self, url: &str) {
        self.remove(Bucket::Pages, validators_key(url));
        self.remove(Bucket::Pages, url.to_owned());
    }

    fn send(&self, write: Write) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, _) = thread.get_or_insert_with(|| {
            let (sender, receiver) = channel::<Write>();
            let cache = self.cache.clone();
            let handle = std::thread::spawn(move || {
                for Write { bucket, key, bytes } in receiver {
                    // A cache that cannot be written is slower, not wrong.
                    match bytes {
                        Some(bytes) => drop(cache.write(bucket, &key, &bytes)),
                        None => cache.remove(bucket, &key),
                    }
                }
            });
            (sender, handle)
        });
        sender.send(write).ok();
    }
}

impl Drop for RecordStore {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((sender, handle)) = thread {
            drop(sender);
            handle.join().ok();
        }
    }
}
