//! Pages by HTTP, through the cache: fresh ones are not asked for, old ones are asked for with their validators.

use std::sync::Arc;

use network::CompleteResponse;

use crate::cached::load_page;
use crate::client::Inner;
use crate::freshness::{Validators, now};
use crate::record::{RecordBytes, identity};
use crate::{IndexError, location};

/// JSON before HTML; the order is pip's.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

/// No page of a real index comes near.
const LARGEST_PAGE: u64 = 256 << 20;

/// What a server says about a page.
pub(crate) enum Answer {
    Page(RecordBytes),
    NotFound,
    /// Some indexes answer so for projects that they do not have.
    Forbidden,
}

/// Makes the record of a page from its body and URL.
pub(crate) type Reader = Box<dyn FnOnce(&[u8], &str) -> Result<Vec<u8>, IndexError> + Send>;

impl Inner {
    /// The page, where it need not be asked for.
    pub(crate) fn fresh_page(&self, url: &str, refresh: bool) -> Option<RecordBytes> {
        if refresh {
            return None;
        }
        let (record, validators) = load_page(&self.cache, url)?;
        validators.is_fresh(now()).then_some(record)
    }

    /// The page: from the cache (unless it is to be asked for again), or from the server.
    pub(crate) async fn page(&self, url: &str, refresh: bool, reader: Reader) -> Result<Answer, IndexError> {
        if !self.network.is_secure(url) {
            let host = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default();
            return Err(IndexError::Insecure { url: network::redacted(url), host: host.to_owned() });
        }
        let cached = load_page(&self.cache, url);
        let mut headers = vec![("accept", ACCEPT)];
        if refresh {
            headers.push(("cache-control", "max-age=0"));
        }
        if let Some((_, validators)) = &cached {
            if validators.is_fresh(now()) && !refresh {
                return Ok(cached.map_or(Answer::NotFound, |(record, _)| Answer::Page(record)));
            }
            headers.extend(validators.headers());
        }
        let answer = match self.network.get_complete(url, &headers, LARGEST_PAGE).await {
            Ok(answer) => answer,
            Err(error) => {
                let said = match error.status() {
                    _ if error.is_not_found() => Answer::NotFound,
                    Some(403) if !self.network.has_credentials(url) => Answer::Forbidden,
                    _ => return Err(error.into()),
                };
                if cached.is_some() {
                    self.store.remove_page(url);
                }
                return Ok(said);
            }
        };
        match cached {
            Some((record, old)) if answer.status() == 304 => {
                let renewed = Validators::of(|name| answer.header(name), old.identity, now());
                // A 304 may leave out what has not changed.
                let renewed = renewed.map(|new| Validators {
                    etag: new.etag.or(old.etag.clone()),
                    last_modified: new.last_modified.or(old.last_modified.clone()),
                    ..new
                });
                if let Some(renewed) = renewed {
                    self.store.write_validators(url, &renewed);
                }
                Ok(Answer::Page(record))
            }
            cached => self.read_answer(url, answer, reader, cached.is_some()).await.map(Answer::Page),
        }
    }

    /// Reads the body away from the requests, and keeps the record.
    async fn read_answer(
        &self,
        url: &str,
        mut answer: CompleteResponse,
        reader: Reader,
        was_cached: bool,
    ) -> Result<RecordBytes, IndexError> {
        let body = std::mem::take(&mut answer.body);
        let came_from = answer.url().to_owned();
        let read = move || reader(&body, &came_from).map(|record| (identity(&record), Arc::new(record)));
        let (identity, record) = blocking(read).await?;
        match Validators::of(|name| answer.header(name), identity, now()) {
            Some(validators) => self.store.write_page(url, record.clone(), &validators),
            None if was_cached => self.store.remove_page(url),
            None => {}
        }
        Ok(RecordBytes::Owned(record))
    }

    /// The URL of a project's page at an index.
    pub(crate) fn page_url(base: &str, project: &requirement::ProjectName) -> String {
        format!("{}{project}/", location::with_slash(base))
    }
}

/// Runs `work` on the blocking pool.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // A panic in it is a panic here; cancelled is only what had not begun when the runtime ended.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(IndexError::Interrupted),
        },
    }
}
