//! Splits the options of a line as Python's `shlex.split` does: POSIX quoting, no comments.

/// A word and the byte where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) position: usize,
    pub(super) text: String,
}

/// The words of `text`; None where a quote or a backslash at the end is left open.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        if matches!(character, ' ' | '\t' | '\r' | '\n') {
            words.extend(current.take());
            continue;
        }
        let word = &mut current.get_or_insert_with(|| Word { position, text: String::new() }).text;
        match character {
            '\'' => loop {
                match characters.next()?.1 {
                    '\'' => break,
                    character => word.push(character),
                }
            },
            '"' => loop {
                match characters.next()?.1 {
                    '"' => break,
                    '\\' => match characters.next()?.1 {
                        escaped @ ('"' | '\\') => word.push(escaped),
                        other => word.extend(['\\', other]),
                    },
                    character => word.push(character),
                }
            },
            '\\' => word.push(characters.next()?.1),
            _ => word.push(character),
        }
    }
    words.extend(current);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_does() {
        for (text, words) in [
            ("-e a", vec!["-e", "a"]),
            ("  -r   'a b' ", vec!["-r", "a b"]),
            (r#"--x="a 'b' \" \n" c\ d"#, vec![r#"--x=a 'b' " \n"#, "c d"]),
            ("a'' \"\" #b", vec!["a", "", "#b"]),
            ("", vec![]),
        ] {
            let split: Vec<String> = split(text).into_iter().flatten().map(|word| word.text).collect();
            assert_eq!(split, words, "{text}");
        }
        for text in ["'a", "\"a", "a\\", "\"a\\"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
