//! A project as its pages list it: versions at hand, file records decoded when looked at.

use distribution::Artifact;
use requirement::{ProjectName, Version};

/// A project over all places that were asked.
#[derive(Debug)]
pub struct Project {
    /// Its name.
    pub name: ProjectName,
    /* pages; versions merged, newest first, each with where its records are */
}

impl Project {
    /// All versions that have a file, newest first (each once; unparsable file names are left out).
    pub fn versions(&self) -> &[Version] {
        todo!()
    }

    /// The files of a version, over all places in their order.
    pub fn artifacts(&self, _version: &Version) -> Vec<Artifact> {
        todo!()
    }

    /// What each place that was asked said, for messages: (place without credentials, `not found` / `forbidden (403)` / number of files).
    pub fn places(&self) -> &[(String, String)] {
        todo!()
    }
}
