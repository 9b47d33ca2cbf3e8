//! `SupportedTags` against the lists that `packaging.tags` and pip give (`data/tags.py` writes them).
#![allow(clippy::unwrap_used)]

use rpip_distribution::{InterpreterTags, SupportedTags, TargetTags};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    interpreter: InterpreterTags,
    target: Option<Target>,
    platforms: Vec<String>,
    blocks: Vec<String>,
    any: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Target {
    python: Option<(u32, Option<u32>)>,
    platforms: Vec<String>,
    implementation: Option<String>,
    abis: Vec<String>,
}

impl Case {
    fn expected(&self) -> Vec<String> {
        let blocks = self
            .blocks
            .iter()
            .flat_map(|block| self.platforms.iter().map(move |platform| format!("{block}-{platform}")));
        blocks.chain(self.any.iter().map(|python| format!("{python}-none-any"))).collect()
    }

    fn supported(&self) -> SupportedTags {
        match &self.target {
            None => SupportedTags::new(&self.interpreter),
            Some(target) => {
                let target = TargetTags {
                    python: target.python,
                    platforms: target.platforms.clone(),
                    implementation: target.implementation.clone(),
                    abis: target.abis.clone(),
                };
                SupportedTags::for_target(&target, &self.interpreter)
            }
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/tags.json")).unwrap()
}

#[test]
fn lists_are_those_of_packaging_and_pip() {
    let mut checked = 0;
    for case in cases() {
        let supported = case.supported();
        // pip asks for `pp310-none-any`, packaging for `pp3-none-any`; both are supported.
        let got = supported.iter().map(|tag| tag.to_string()).filter(|tag| tag != "pp3-none-any");
        let (got, expected) = (got.collect::<Vec<_>>(), case.expected());
        let difference = got.iter().zip(&expected).find(|(got, expected)| got != expected);
        assert_eq!((difference, got.len()), (None, expected.len()), "{:?}", case.target.unwrap_or_default());
        checked += supported.len();
    }
    assert!(checked > 20_000);
}

#[test]
fn the_rank_of_each_tag_is_its_place() {
    for case in cases().iter().filter(|case| !case.platforms.iter().any(|platform| platform == "any")) {
        let supported = case.supported();
        for (place, tag) in supported.iter().enumerate() {
            assert_eq!(supported.rank(&tag.to_string().parse().unwrap()), Some(place), "{tag}");
        }
    }
}

#[test]
fn the_best_tag_of_a_set_counts() {
    let case = &cases()[4];
    let supported = case.supported();
    let rank = |tags: &str| supported.rank(&tags.parse().unwrap());
    assert_eq!(rank("cp312-cp312-manylinux_2_36_x86_64"), Some(1));
    assert_eq!(rank("cp311.cp312-cp311.cp312-win_amd64.manylinux2014_x86_64.manylinux_2_36_x86_64"), Some(1));
    assert_eq!(rank("CP312-CP312-Manylinux_2_36_X86_64"), Some(1));
    assert!(rank("py2.py3-none-any") > rank("cp37-abi3-manylinux1_x86_64"));
    assert!(rank("py312-none-any") < rank("py3-none-any"));
    assert_eq!(rank("py2.py3-none-any"), rank("py3-none-any"));
    for tags in [
        "cp313-cp313-manylinux_2_36_x86_64",
        "cp312-cp312-manylinux_2_37_x86_64",
        "cp312-cp312-manylinux_2_36_aarch64",
        "cp312-cp312t-linux_x86_64",
        "cp312-abi3t-linux_x86_64",
        "cp312-cp312-any",
        "py3-cp312-any",
        "py2-none-any",
        "py4-none-any",
        "pp310-pypy310_pp73-linux_x86_64",
    ] {
        assert_eq!(rank(tags), None, "{tags}");
    }
}
