//! What docutils says of the same texts.

use super::problem;

fn said(text: &str) -> String {
    problem(text).map(|problem| problem.to_string()).unwrap_or_default()
}

#[test]
fn good_texts_pass() {
    for text in ["plain", "A title\n=======\n\ntext\n"] {
        assert_eq!(said(text), "", "{text}");
    }
}
