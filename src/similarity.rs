//! Which name was meant: as Python's `difflib.get_close_matches`, which pip asks.

/// How much two words must have in common.
const ENOUGH: f64 = 0.6;

/// The word that is most like `word`, if one is like enough.
pub(crate) fn closest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let scored = words.map(|other| (ratio(&other.chars().collect::<Vec<_>>(), &word), other));
    let enough = scored.filter(|(score, _)| *score >= ENOUGH);
    let best = enough.max_by(|left, right| left.0.total_cmp(&right.0).then_with(|| left.1.cmp(right.1)));
    best.map(|(_, other)| other)
}

/// Twice what is common over the length of both.
fn ratio(left: &[char], right: &[char]) -> f64 {
    let length = left.len() + right.len();
    if length == 0 {
        return 1.0;
    }
    #[allow(clippy::cast_precision_loss)] // words are short
    let (common, length) = (2.0 * common(left, right) as f64, length as f64);
    common / length
}

/// How many letters stand in the longest common part, and in what lies before and behind it.
fn common(left: &[char], right: &[char]) -> usize {
    let (mut best, mut at) = (0, (0, 0));
    for start in 0..left.len() {
        for other in 0..right.len() {
            let same = left[start..].iter().zip(&right[other..]).take_while(|(one, two)| one == two).count();
            if same > best {
                (best, at) = (same, (start, other));
            }
        }
    }
    match best {
        0 => 0,
        _ => {
            let before = common(&left[..at.0], &right[..at.1]);
            before + best + common(&left[at.0 + best..], &right[at.1 + best..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    /// What Python 3.12 says.
    #[test]
    fn words_are_found_as_difflib_finds_them() {
        let words = ["install", "uninstall", "list", "show", "index", "inspect"];
        for (word, expected) in [
            ("instal", Some("install")),
            ("lst", Some("list")),
            ("UNINSTAL", Some("uninstall")),
            ("inspct", Some("inspect")),
            ("remove", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(closest(word, words.into_iter()), expected, "{word}");
        }
    }
}
