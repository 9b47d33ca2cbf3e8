//! `list --outdated` and `--uptodate`: what is installed beside the newest there is.

use clap::Args;
use operations::{
    AvailableVersion, Collected, Context, Environment, ListedDistribution, ResolveOptions, is_pip_shim,
    latest_versions,
};
use requirement::ProjectName;

use crate::args::{IndexArgs, SelectionArgs};
use crate::failure::Failure;

/// The options that compare.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutdatedArgs {
    /// List outdated packages
    #[arg(short, long)]
    pub(crate) outdated: bool,
    /// List uptodate packages
    #[arg(short, long)]
    uptodate: bool,
}

impl OutdatedArgs {
    /// Whether indexes have to be asked.
    pub(crate) fn is_any(&self) -> bool {
        self.outdated || self.uptodate
    }

    /// pip's refusal.
    pub(crate) fn check(&self, is_freeze: bool) -> Result<(), Failure> {
        if self.outdated && self.uptodate {
            return Err(Failure::plain("Options --outdated and --uptodate cannot be combined.".to_owned()));
        }
        if self.outdated && is_freeze {
            return Err(Failure::plain(
                "List format 'freeze' cannot be used with the --outdated option.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Leaves those of `listed` that the options ask for; the newest version of each.
    pub(crate) fn compare(
        &self,
        listed: &mut Vec<ListedDistribution>,
        (selection, index): (&SelectionArgs, &IndexArgs),
        (context, environment): (&Context, &Environment),
        is_isolated: bool,
    ) -> Result<Vec<AvailableVersion>, Failure> {
        let mut collected = Collected::default();
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let options = ResolveOptions {
            index: index.options(&mut collected, &directory, is_isolated)?,
            releases: selection.releases(&collected.settings)?,
            formats: selection.formats(&collected.settings)?,
            prefer_built: selection.prefer_binary,
            uploaded_before: index.uploaded_prior_to,
            collected,
            ..ResolveOptions::default()
        };
        // What has no version cannot be compared, and the stand-in for pip follows no index.
        listed.retain(|listed| {
            let distribution = &listed.distribution;
            !listed.is_legacy && !is_pip_shim(&distribution.name, &distribution.version)
        });
        let names: Vec<ProjectName> = listed.iter().map(|listed| listed.distribution.name.clone()).collect();
        let mut found = latest_versions(context, environment, &options, &names)?.into_iter();
        let mut latest = Vec::new();
        listed.retain(|listed| {
            let Some(Some(newest)) = found.next() else { return false };
            let installed = &listed.distribution.version;
            let stays =
                if self.outdated { newest.is_newer_than(installed) } else { newest.version == *installed };
            latest.extend(stays.then_some(newest));
            stays
        });
        Ok(latest)
    }
}
