//! Any text at all: no panic, and nothing that a text could smuggle in.

use std::process::Command;

use proptest::prelude::*;

use crate::request::{NameHint, may_be_minor, version_request};
use crate::{EnvironmentConfiguration, PythonRequest, activation, externally_managed};

proptest! {
    #[test]
    fn every_text_is_a_request(text in ".{0,40}") {
        let request = PythonRequest::parse(&text);
        prop_assert_eq!(request == PythonRequest::Any, text.trim().is_empty());
        let _ = (request.to_string(), NameHint::parse(&text));
    }

    #[test]
    fn versions_are_found_again(major in 2_u32..4, minor in 0_u32..40, micro in 0_u32..40) {
        let version: requirement::Version = format!("{major}.{minor}.{micro}").parse().unwrap();
        for text in [format!("{major}"), format!("{major}.{minor}"), version.to_string()] {
            let (specifiers, free_threaded) = version_request(&text).unwrap();
            prop_assert!(specifiers.contains(&version) && !free_threaded);
            // What is told by a name never excludes what fits.
            prop_assert!(may_be_minor(&specifiers.ranges(), major, minor));
            let hint = NameHint::parse(&format!("python{major}.{minor}")).unwrap();
            prop_assert!(hint.may_be(&specifiers.ranges()));
        }
        let (other, _) = version_request(&format!("{major}.{}", minor + 1)).unwrap();
        prop_assert!(!other.contains(&version));
        prop_assert!(!may_be_minor(&other.ranges(), major, minor));
    }

    #[test]
    fn every_configuration_is_read(text in "(?s).{0,200}", home in "[a-z/]{1,20}") {
        let _ = (EnvironmentConfiguration::parse(&text), externally_managed::error_text(&text));
        let read = EnvironmentConfiguration::parse(&format!("home = {home}\n{text}")).unwrap();
        prop_assert_eq!(read.home, std::path::PathBuf::from(home));
    }
}

proptest! {
    // Each case starts a shell.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_path_leaves_its_quotes(name in "[ -~é‘’“”]{1,12}") {
        let root = format!("/root of {name}");
        let script = activation::SCRIPTS.iter().find(|script| script.name == "activate").unwrap();
        let text = script.render(&root, "bin", &name);
        let text = format!("{text}\nprintf '%s\\n%s' \"$VIRTUAL_ENV\" \"$VIRTUAL_ENV_PROMPT\"");
        let output = Command::new("sh").arg("-c").arg(&text).output().unwrap();
        prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{root}\n{name}"));
    }
}
