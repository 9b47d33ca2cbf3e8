//! What builds tell, as events.

use std::time::Duration;

use build::{BuildReporter, Hook};

use crate::{Event, Reporter};

/// Turns what a build tells into events.
pub(crate) struct Building<'a> {
    pub(crate) reporter: &'a dyn Reporter,
}

/// What pip calls a hook.
fn title(package: &str, hook: Hook) -> String {
    match hook {
        Hook::GetRequiresForBuildWheel => "Getting requirements to build wheel".to_owned(),
        Hook::GetRequiresForBuildEditable => "Getting requirements to build editable".to_owned(),
        Hook::GetRequiresForBuildSdist => "Getting requirements to build sdist".to_owned(),
        Hook::PrepareMetadataForBuildWheel => "Preparing metadata (pyproject.toml)".to_owned(),
        Hook::PrepareMetadataForBuildEditable => "Preparing editable metadata (pyproject.toml)".to_owned(),
        Hook::BuildWheel => format!("Building wheel for {package} (pyproject.toml)"),
        Hook::BuildEditable => format!("Building editable for {package} (pyproject.toml)"),
        Hook::BuildSdist => format!("Building sdist for {package} (pyproject.toml)"),
    }
}

impl BuildReporter for Building<'_> {
    fn started(&self, package: &str, hook: Hook) {
        self.reporter.event(Event::BuildStarted { title: &title(package, hook) });
    }

    fn output(&self, _: Option<Hook>, line: &str) {
        self.reporter.event(Event::BuildOutput(line));
    }

    fn waiting(&self, _: Option<Hook>, elapsed: Duration) {
        self.reporter.event(Event::BuildWaiting(elapsed));
    }

    fn finished(&self, package: &str, hook: Hook, is_ok: bool) {
        self.reporter.event(Event::BuildFinished { title: &title(package, hook), is_ok });
    }
}
