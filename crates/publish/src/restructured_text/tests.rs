//! What docutils says of the same texts, with the settings that PyPI has.

use proptest::prelude::*;

use super::problem;

fn said(text: &str) -> String {
    problem(text).map(|problem| problem.to_string()).unwrap_or_default()
}

const CASES: &[(&str, &str)] = &[
    ("Title\n====\n", "line 2: Warning: Title underline too short."),
    ("Title\n=====\n\ntext\n", ""),
    ("====\nTitle\n====\n\nx", "line 1: Warning: Title overline too short."),
    ("=====\nTitle\n=====\n\nx", ""),
    ("=====\nTitle\n\ntext", "line 1: Error: Missing matching underline for section title overline."),
    ("=====\nTitle\n------\n", "line 1: Error: Title overline & underline mismatch."),
    (
        "A\n=\n\nB\n-\n\nC\n~\n\nD\n=\n\nE\n~\n",
        "line 13: Error: Inconsistent title style: skip from level 1 to 3.",
    ),
    ("text\n\n----\n\nmore", ""),
    ("text\n\n----\n", "line 3: Warning: Transition at the end of the document."),
    ("----\n\ntext", "line 1: Warning: Transition at the start of the document."),
    ("A\n=\n\n----\n\nx", "line 4: Warning: Transition at the start of the section."),
    ("a\n  b\nc", "line 3: Warning: Definition list ends without a blank line; unexpected unindent."),
    ("a\nb\n  c", "line 3: Error: Unexpected indentation."),
    ("text\n\n  quote\nend", "line 4: Warning: Block quote ends without a blank line; unexpected unindent."),
    ("- a\n- b\nc", "line 3: Warning: Bullet list ends without a blank line; unexpected unindent."),
    ("- a\n\n- b", ""),
    ("1. a\n2. b\nc", "line 2: Warning: Enumerated list ends without a blank line; unexpected unindent."),
    ("1. a\n3. b\n", ""),
    (
        "term\n  definition\nend",
        "line 3: Warning: Definition list ends without a blank line; unexpected unindent.",
    ),
    (":field: a\nend", "line 2: Warning: Field list ends without a blank line; unexpected unindent."),
    ("-a  option\nend", "line 2: Warning: Option list ends without a blank line; unexpected unindent."),
    ("| line\n| block\nend", "line 2: Warning: Line block ends without a blank line."),
    (
        "text::\n\n  literal\nend",
        "line 4: Warning: Literal block ends without a blank line; unexpected unindent.",
    ),
    ("text::\n\nno literal", "line 3: Warning: Literal block expected; none found."),
    ("text::\n\n> quoted\n> more", ""),
    ("text::\n\n> quoted\n- more", "line 4: Error: Inconsistent literal block quoting."),
    ("``literal", "line 1: Warning: Inline literal start-string without end-string."),
    ("*emphasis", "line 1: Warning: Inline emphasis start-string without end-string."),
    ("**strong", "line 1: Warning: Inline strong start-string without end-string."),
    (
        "`text",
        "line 1: Warning: Inline interpreted text or phrase reference start-string without end-string.",
    ),
    ("`text`_", "line 1: Error: Unknown target name: \"text\"."),
    ("name_", "line 1: Error: Unknown target name: \"name\"."),
    ("|sub|", "line 1: Error: Undefined substitution referenced: \"sub\"."),
    ("_`target", "line 1: Warning: Inline target start-string without end-string."),
    ("[1]_", "line 1: Error: Unknown target name: \"1\"."),
    (
        "[#]_",
        "line 1: Error: Too many autonumbered footnote references: only 0 corresponding footnote available.",
    ),
    ("[CIT]_", "line 1: Error: Unknown target name: \"cit\"."),
    ("a*b and 2 * 3 and **kwargs in '*'", "line 1: Warning: Inline strong start-string without end-string."),
    ("snake_case and __init__ and trailing_ ", "line 1: Error: Unknown target name: \"trailing\"."),
    ("`a <https://example.org>`_ and `a <https://example.org/other>`_", ""),
    (
        ".. _a: https://example.org\n.. _a: https://example.org/2\n",
        "line 2: Warning: Duplicate explicit target name: \"a\".",
    ),
    ("`x`__", "line 1: Error: Anonymous hyperlink mismatch: 1 references but 0 targets."),
    ("__ https://example.org\n\nx__", ""),
    (
        ".. _a: b_\n\na_",
        "line 1: Error: Indirect hyperlink target \"a\" refers to target \"b\", which does not exist.",
    ),
    (".. [1] foot\n\n[1]_", ""),
    (".. [1]\n", "line 1: Warning: Footnote content expected."),
    (".. unknown:: x\n", "line 1: Error: Unknown directive type \"unknown\"."),
    (".. code-block:: python\n\n   x = 1\n", ""),
    (
        ".. code-block:: python\n   x = 1\n",
        "line 1: Error: Error in \"code-block\" directive:\nmaximum 1 argument(s) allowed, 4 supplied.",
    ),
    (
        ".. code-block:: python\n",
        "line 1: Error: Content block expected for the \"code-block\" directive; none found.",
    ),
    (".. image:: a.png\n   :width: 10\n   :alt: x\n", ""),
    (
        ".. image:: a.png\n   :wdth: 10\n",
        "line 1: Error: Error in \"image\" directive:\nunknown option: \"wdth\".",
    ),
    (
        ".. image:: a.png\n   :align: middle\n",
        "line 1: Error: Error in \"image\" directive: \"middle\" is not a valid value for the \"align\" option.  Valid values for \"align\" are: \"left\", \"center\", \"right\".",
    ),
    (".. image::\n", "line 1: Error: Error in \"image\" directive:\n1 argument(s) required, 0 supplied."),
    (".. image:: a.png\n\n   text\n", "line 1: Error: Error in \"image\" directive:\nno content permitted."),
    (
        ".. image:: a.png\n:target: x\n",
        "line 2: Warning: Explicit markup ends without a blank line; unexpected unindent.",
    ),
    (".. note::\n", "line 1: Error: Content block expected for the \"note\" directive; none found."),
    (".. note:: text\n", ""),
    (".. include:: README\n", "line 1: Warning: \"include\" directive disabled."),
    (".. raw:: html\n\n   <b>\n", "line 1: Warning: \"raw\" directive disabled."),
    (".. contents::\n\nA\n=\n\nx", ""),
    (".. |a| image:: x.png\n\n|a|", ""),
    (
        ".. |a| replace:: x\n.. |a| replace:: y\n\n|a|",
        "line 2: Error: Duplicate substitution definition name: \"a\".",
    ),
    (".. |a|\n", "line 1: Warning: Substitution definition \"a\" missing contents."),
    (".. |a| text\n", "line 1: Warning: Substitution definition \"a\" empty or invalid."),
    (":role:`x`", "line 1: Error: Unknown interpreted text role \"role\"."),
    (":code:`x` :sup:`2` :pep:`8`", ""),
    (":pep:`x`", "line 1: Error: PEP number must be a number from 0 to 9999; \"x\" is invalid."),
    (".. role:: mine\n\n:mine:`x`", ""),
    ("=====  =====\na      b\n=====  =====\n1      2\n=====  =====\n", ""),
    (
        "=====  =====\na      b\n=====  =====\n1      2\n",
        "line 1: Error: Malformed table.\nNo bottom table border found or no blank line after table bottom.",
    ),
    (
        "=====  =====\nabcdefg b\n=====  =====\n",
        "line 2: Error: Malformed table.\nText in column margin in table line 2.",
    ),
    ("+---+---+\n| a | b |\n+---+---+\n", ""),
    (
        "+---+---+\n| a | b |\n+---+\n",
        "line 3: Error: Malformed table.\nRight border not aligned or missing.",
    ),
    (
        "+---+---+\n| a | b\n+---+---+\n",
        "line 2: Error: Malformed table.\nRight border not aligned or missing.",
    ),
    (
        "+---+---+\n| a | `b |\n+---+---+\n",
        "line 2: Error: Malformed table.\nRight border not aligned or missing.",
    ),
    ("+---+---+\n| a | b |\n+---+---+\ntext", "line 4: Warning: Blank line required after table."),
    (
        ".. list-table::\n\n   * - a\n     - b\n   * - c\n",
        "line 1: Error: Error parsing content block for the \"list-table\" directive: uniform two-level bullet list expected, but row 2 does not contain the same number of items as row 1 (1 vs 2).",
    ),
    (".. list-table::\n\n   * - a\n     - b\n   * - c\n     - d\n", ""),
    (
        ".. table:: T\n\n   text\n",
        "line 1: Error: Error parsing content block for the \"table\" directive: exactly one table expected.",
    ),
    (
        ":Author: me\n:Version:\n\ntext",
        "line 2: Warning: Cannot extract empty bibliographic field \"Version\".",
    ),
    (".. comment only\n", "No content rendered from RST source."),
    ("", "No content rendered from RST source."),
    ("# Markdown\n\n[link](https://example.org)\n\n```python\nx = 1\n```\n", ""),
    ("* a\n  - b\n* c", ""),
    ("Ünïcödé\n=======\n\nx", ""),
    ("日本\n===\n\nx", ""),
    (
        "text `link<https://example.org>`_",
        "line 1: Error: Unknown target name: \"link<https://example.org>\".",
    ),
    (">>> 1\n1\n\ntext", ""),
    ("(a) x\n(b) y\n\ni. one\nii. two\n", ""),
    ("`a`:sup: `b`:nope:", "line 1: Error: Unknown interpreted text role \"nope\"."),
    (".. sidebar:: T\n\n   x\n", ""),
    (
        "- .. contents::\n",
        "line 1: Error: The \"contents\" directive may not be used within topics or body elements.",
    ),
    (".. class:: x\n\ntext", ""),
    (
        ".. csv-table:: T\n   :file: x.csv\n",
        "line 1: Warning: File and URL access deactivated; ignoring \"csv-table\" directive.",
    ),
    (".. math::\n\n   a\n", ""),
    ("a\\*b \\`c", ""),
    ("x **a**b", "line 1: Warning: Inline strong start-string without end-string."),
    ("[#a]_\n\n.. [#a] x\n", ""),
    ("[*]_", "line 1: Error: Too many symbol footnote references: only 0 corresponding footnotes available."),
];

#[test]
fn texts_are_judged_as_docutils_judges_them() {
    for (text, expected) in CASES {
        assert_eq!(said(text), *expected, "{text:?}");
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    for text in [
        "* ".repeat(50_000),
        "> ".repeat(4_000),
        "a-".repeat(4_000),
        "[".repeat(9_000),
        "`a ".repeat(3_000),
        "+-".repeat(2_000) + "+\n" + &"|\n".repeat(5_000),
        (0..300).map(|depth| " ".repeat(depth) + "x\n\n").collect::<String>(),
        "a\n".repeat(100_000),
        "- a\n\n".repeat(20_000),
    ] {
        said(&text);
    }
}

proptest! {
    #[test]
    fn any_text_is_judged(text in "([-*`_|:.+=~\\\\<>\\[\\]# a1\n]|\\.\\. |::|é|日|  ){0,120}", other in any::<String>()) {
        said(&text);
        said(&other);
    }
}
