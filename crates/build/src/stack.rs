//! What is being built while something else waits for it: so that a loop is reported by name and not run.

use requirement::{ProjectName, Version};

use crate::BuildError;

/// Builds that wait for builds do not go deeper than this.
const DEEPEST: usize = 32;

/// A project that is being built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFrame {
    /// Its name.
    pub name: ProjectName,
    /// Its version, where it is known before the build.
    pub version: Option<Version>,
}

/// The builds that wait for the one at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildStack {
    frames: Vec<BuildFrame>,
}

impl BuildStack {
    /// The stack for what is built on behalf of `frame`; an error if `frame` is being built already.
    /// Another version of it is something else: a project may need its own wheel of an older version.
    pub fn entered(&self, frame: BuildFrame) -> Result<Self, BuildError> {
        let is_same = |other: &BuildFrame| {
            let differs =
                matches!((&other.version, &frame.version), (Some(one), Some(other)) if one != other);
            other.name == frame.name && !differs
        };
        let begin = self.frames.iter().position(is_same);
        let mut frames = self.frames.clone();
        frames.push(frame);
        match begin {
            Some(begin) => Err(BuildError::Loop { chain: chain(frames.get(begin..).unwrap_or_default()) }),
            None if frames.len() > DEEPEST => Err(BuildError::TooDeep { chain: chain(&frames) }),
            None => Ok(Self { frames }),
        }
    }

    /// The builds, the outermost first.
    pub fn frames(&self) -> &[BuildFrame] {
        &self.frames
    }
}

fn chain(frames: &[BuildFrame]) -> String {
    let names: Vec<&str> = frames.iter().map(|frame| frame.name.as_str()).collect();
    names.join(" -> ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame(name: &str, version: Option<&str>) -> BuildFrame {
        BuildFrame { name: name.parse().unwrap(), version: version.map(|version| version.parse().unwrap()) }
    }

    #[test]
    fn a_loop_is_reported_by_name() {
        let stack = BuildStack::default().entered(frame("root", None)).unwrap();
        let stack = stack.entered(frame("a", Some("1.0"))).unwrap().entered(frame("b", None)).unwrap();
        let error = stack.entered(frame("a", Some("1"))).unwrap_err().to_string();
        assert!(error.contains("a -> b -> a") && !error.contains("root"), "{error}");
        assert!(stack.entered(frame("a", None)).is_err());
        let older = stack.entered(frame("a", Some("0.9"))).unwrap();
        assert_eq!(older.frames().len(), 4);
    }

    #[test]
    fn depth_is_bounded() {
        let mut stack = BuildStack::default();
        for version in 0..DEEPEST {
            stack = stack.entered(frame("a", Some(&version.to_string()))).unwrap();
        }
        assert!(matches!(stack.entered(frame("b", None)), Err(BuildError::TooDeep { .. })));
    }
}
