//! Whose a file is: what other installed distributions list in their RECORDs. Asked only where something is removed
//! or stands in the way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use distribution::Record;
use requirement::ProjectName;

use crate::removal_tree::RemovalTree;
use crate::roots::{Place, Root, Roots};
use crate::{InstallError, InstalledDistribution, InstalledDistributions};

/// The distributions that stay as they are, with their RECORDs.
#[derive(Debug)]
pub(crate) struct Others {
    distributions: Vec<(InstalledDistribution, Root, Record)>,
}

impl Others {
    /// Reads the RECORDs of all distributions of the environment but those of the projects in `changing`. One without a
    /// readable RECORD owns nothing that could be known.
    pub(crate) fn read(roots: &Roots, changing: &BTreeSet<ProjectName>) -> Result<Self, InstallError> {
        let directories: Vec<PathBuf> =
            [Root::Purelib, Root::Platlib].map(|root| roots.path(root).to_path_buf()).into();
        let installed = InstalledDistributions::read(&directories)?.distributions;
        let distributions = installed
            .into_iter()
            .filter(|distribution| !changing.contains(&distribution.name))
            .filter_map(|distribution| {
                let library = roots.library_at(&distribution.location)?;
                let record = distribution.record().ok()?;
                Some((distribution, library, record))
            })
            .collect();
        Ok(Self { distributions })
    }

    /// Keeps, of what is to be removed, the files that belong to another distribution too; gives them with its name.
    pub(crate) fn keep_shared(&self, roots: &Roots, removed: &mut RemovalTree) -> Vec<(PathBuf, String)> {
        let mut kept = Vec::new();
        for (distribution, library, record) in &self.distributions {
            for entry in &record.entries {
                let Some(place) = roots.row(*library, &entry.path) else { continue };
                if removed.has_top(&place) && removed.has_file(&place) {
                    removed.keep(&place);
                    let reason = format!("it belongs to {} {} too", distribution.name, distribution.version);
                    kept.push((roots.absolute(&place), reason));
                }
            }
        }
        kept
    }

    /// Whether any of them has `place`, or something below it.
    pub(crate) fn own(&self, roots: &Roots, place: &Place) -> bool {
        let is_in = |row: &Place| {
            row.root == place.root
                && row
                    .path
                    .strip_prefix(place.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.distributions.iter().any(|(_, library, record)| {
            record.entries.iter().any(|entry| roots.row(*library, &entry.path).as_ref().is_some_and(is_in))
        })
    }

    /// Of `places`, those that belong to a distribution that stays: with its title and the hash that it lists.
    pub(crate) fn owners(
        &self,
        roots: &Roots,
        places: &BTreeSet<Place>,
    ) -> Vec<(Place, String, Option<String>)> {
        let mut found = Vec::new();
        for (distribution, library, record) in &self.distributions {
            for entry in &record.entries {
                let place = roots.row(*library, &entry.path);
                if let Some(place) = place.filter(|place| places.contains(place)) {
                    let title = format!("{} {}", distribution.name, distribution.version);
                    found.push((place, title, entry.hash.clone()));
                }
            }
        }
        found
    }
}
