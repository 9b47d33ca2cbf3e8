//! `debug`: what rpip knows of an interpreter.

use distribution::SupportedTags;
use python::Environment;

use crate::PythonTarget;

/// The tags of the wheels that fit `environment`, or what `target` asks for in its place; best first.
pub fn compatible_tags(environment: &Environment, target: Option<&PythonTarget>) -> Vec<String> {
    let own = &environment.interpreter.facts.tags;
    let tags = match target {
        Some(target) => SupportedTags::for_target(&target.tags, own),
        None => SupportedTags::new(own),
    };
    tags.iter().map(|tag| tag.to_string()).collect()
}
