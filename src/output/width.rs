//! How wide a terminal is, and text that fits.

use std::io::{self, IsTerminal};

/// The columns of standard output, if it is a terminal.
pub(crate) fn terminal_width() -> Option<usize> {
    if io::stdout().is_terminal() { columns() } else { None }
}

/// The columns that there are: `COLUMNS`, else what the terminal says of itself.
pub(crate) fn columns() -> Option<usize> {
    let given = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    given.filter(|columns| *columns > 0).or_else(of_terminal)
}

#[cfg(unix)]
fn of_terminal() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn of_terminal() -> Option<usize> {
    None
}

/// `text` in lines of at most `width` characters, longer words aside.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn words_are_put_into_lines() {
        assert_eq!(wrapped("a bb  ccc dddddd", 4), ["a bb", "ccc", "dddddd"]);
        assert!(wrapped("", 4).is_empty());
    }
}
