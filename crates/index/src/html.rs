//! Simple pages in HTML (PEP 503, with PEP 592, 629, 658, 714 and 792): a scanner for the few tags that matter, which
//! takes any HTML, a plain directory listing too, in one pass and without a tree.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

use crate::location;
use crate::record::{FileRecord, ProjectStatus};

/// What a page says apart from its files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PageFacts {
    /// The `href` of `<base>`.
    pub(crate) base: Option<String>,
    /// `pypi:repository-version`, or the JSON's `api-version`.
    pub(crate) api_version: Option<String>,
    /// The project's status, where it is not plainly active.
    pub(crate) status: Option<ProjectStatus>,
}

/// The text of a page. What is not UTF-8 (in a title, a comment) is replaced, not refused.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    // Checking alone is much faster than looking for what to replace.
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Hands every link to `file`.
pub(crate) fn scan(page: &str, mut file: impl FnMut(&FileRecord<'_>)) -> PageFacts {
    let mut facts = PageFacts::default();
    let (mut status, mut reason) = (None, None);
    let mut rest = page;
    while let Some(tag) = next_tag(&mut rest) {
        match tag.name {
            name if name.eq_ignore_ascii_case("a") => link(&tag, &mut file),
            name if name.eq_ignore_ascii_case("base") && facts.base.is_none() => {
                facts.base = tag.attribute("href").map(|value| value.trim().to_owned());
            }
            name if name.eq_ignore_ascii_case("meta") => {
                let (Some(name), Some(content)) = (tag.attribute("name"), tag.attribute("content")) else {
                    continue;
                };
                match &*name {
                    "pypi:repository-version" => facts.api_version = Some(content.into_owned()),
                    "pypi:project-status" => status = Some(content.into_owned()),
                    "pypi:project-status-reason" => reason = Some(content.into_owned()),
                    _ => {}
                }
            }
            // What is in these is text, whatever it looks like.
            name if name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style") => {
                rest = after_raw_text(rest, name);
            }
            _ => {}
        }
    }
    facts.status = status.filter(|status| status != "active").map(|status| ProjectStatus { status, reason });
    facts
}

/// A start tag.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

/// The next start tag; end tags, comments and declarations are passed over.
fn next_tag<'a>(rest: &mut &'a str) -> Option<Tag<'a>> {
    loop {
        let start = memchr(b'<', rest.as_bytes())?;
        let after = rest.get(start + 1..)?;
        if let Some(comment) = after.strip_prefix("!--") {
            // `<!-->` and `<!--->` are whole comments.
            let short = [">", "->"].into_iter().find_map(|end| comment.strip_prefix(end));
            *rest = match (short, memmem::find(comment.as_bytes(), b"-->")) {
                (Some(after), _) => after,
                (None, Some(end)) => comment.get(end + 3..)?,
                (None, None) => "",
            };
            continue;
        }
        if !after.starts_with(|character: char| character.is_ascii_alphabetic()) {
            *rest = after;
            continue;
        }
        let name_end = after
            .find(|character: char| character.is_ascii_whitespace() || matches!(character, '>' | '/'))
            .unwrap_or(after.len());
        let (name, attributes) = after.split_at_checked(name_end)?;
        let end = tag_end(attributes);
        *rest = attributes.get(end..).unwrap_or_default();
        return Some(Tag { name, attributes: attributes.get(..end)? });
    }
}

/// Where the tag ends: at a `>` outside of quoted values.
fn tag_end(attributes: &str) -> usize {
    let bytes = attributes.as_bytes();
    let mut position = 0;
    while let Some(found) = bytes.get(position..).and_then(|rest| memchr3(b'>', b'"', b'\'', rest)) {
        position += found;
        let (before, rest) = bytes.split_at_checked(position).unwrap_or_default();
        let Some((byte, after)) = rest.split_first() else { break };
        if *byte == b'>' {
            return position;
        }
        // A quote opens a value only behind `=`.
        let opens = before.trim_ascii_end().last() == Some(&b'=');
        position += 1;
        if opens {
            match memchr(*byte, after) {
                Some(length) => position += length + 1,
                None => break,
            }
        }
    }
    bytes.len()
}

fn after_raw_text<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut position = 0;
    while let Some(found) = rest.get(position..).and_then(|text| memmem::find(text.as_bytes(), b"</")) {
        position += found + 2;
        if rest.get(position..position + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return rest.get(position..).unwrap_or_default();
        }
    }
    ""
}

impl<'a> Tag<'a> {
    /// Name (as written) and value of each attribute; the value not yet decoded, none where there is no `=`.
    fn attributes(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            rest = rest
                .trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
            if rest.is_empty() {
                return None;
            }
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'/');
            // A name may begin with `=`, by the HTML standard.
            let end = rest.as_bytes().iter().skip(1).position(ends);
            let (name, after) = rest.split_at_checked(end.map_or(rest.len(), |end| end + 1))?;
            let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
                rest = after;
                return Some((name, None));
            };
            let value = value.trim_ascii_start();
            let (value, after) = match value.as_bytes().first() {
                Some(quote @ (b'"' | b'\'')) => {
                    let value = value.get(1..)?;
                    match memchr(*quote, value.as_bytes()) {
                        Some(end) => (value.get(..end)?, value.get(end + 1..)?),
                        None => (value, ""),
                    }
                }
                _ => {
                    let end = value.find(|character: char| character.is_ascii_whitespace());
                    value.split_at_checked(end.unwrap_or(value.len()))?
                }
            };
            rest = after;
            Some((name, Some(value)))
        })
    }

    /// The decoded value of an attribute; empty where it has none.
    fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.attributes().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(decoded(value.unwrap_or_default()))
    }
}

/// One `<a>`: the file is what its `href` points to (pip's rule), the rest are attributes.
fn link(tag: &Tag<'_>, file: &mut impl FnMut(&FileRecord<'_>)) {
    let (mut href, mut requires_python, mut yanked) = (None, None, None);
    let (mut core_metadata, mut old_metadata) = (None, None);
    for (name, value) in tag.attributes() {
        let value = value.unwrap_or_default();
        let place = match name.len() {
            4 if name.eq_ignore_ascii_case("href") => &mut href,
            20 if name.eq_ignore_ascii_case("data-requires-python") => &mut requires_python,
            11 if name.eq_ignore_ascii_case("data-yanked") => &mut yanked,
            18 if name.eq_ignore_ascii_case("data-core-metadata") => &mut core_metadata,
            23 if name.eq_ignore_ascii_case("data-dist-info-metadata") => &mut old_metadata,
            _ => continue,
        };
        if place.is_none() {
            *place = Some(decoded(value));
        }
    }
    let Some(href) = href else { return };
    let (reference, fragment) = location::split_fragment(href.trim_ascii());
    let filename = location::filename(reference);
    let requires_python = requires_python.as_deref().map(str::trim).filter(|text| !text.is_empty());
    file(&FileRecord {
        filename: &filename,
        reference,
        hashes: fragment.split('&').filter_map(|part| part.split_once('=')).collect(),
        requires_python,
        yanked: yanked.as_deref(),
        size: None,
        upload_time: None,
        sidecar: sidecar(core_metadata.as_deref().or(old_metadata.as_deref())),
    });
}

/// `true` or `algorithm=hex` (PEP 714).
fn sidecar(value: Option<&str>) -> Option<Vec<(&str, &str)>> {
    match value?.trim() {
        value if value.eq_ignore_ascii_case("false") => None,
        value => Some(value.split_once('=').into_iter().collect()),
    }
}

/// Replaces character references. The named ones are those that pages use; others stay as they are.
fn decoded(text: &str) -> Cow<'_, str> {
    let Some(mut position) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (before, reference) = rest.split_at_checked(position).unwrap_or((rest, ""));
        output.push_str(before);
        match character_reference(reference) {
            Some((character, length)) => {
                output.push(character);
                rest = reference.get(length..).unwrap_or_default();
            }
            None => {
                output.push('&');
                rest = reference.get(1..).unwrap_or_default();
            }
        }
        match memchr(b'&', rest.as_bytes()) {
            Some(next) => position = next,
            None => {
                output.push_str(rest);
                return Cow::Owned(output);
            }
        }
    }
}

/// The character at the beginning of `text`, which begins with `&`, and the length of its reference.
fn character_reference(text: &str) -> Option<(char, usize)> {
    let end = memchr2(b';', b'&', text.as_bytes().get(1..)?.get(..12.min(text.len() - 1))?)? + 1;
    if text.as_bytes().get(end) != Some(&b';') {
        return None;
    }
    let name = text.get(1..end)?;
    let character = match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "plus" => '+',
        "equals" => '=',
        "num" => '#',
        "excl" => '!',
        "comma" => ',',
        "sol" => '/',
        "period" => '.',
        "lowbar" => '_',
        "percnt" => '%',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number).filter(|character| *character != '\0')?
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// Name, reference, hashes, `data-requires-python`, `data-yanked`, sidecar of every link.
    fn links(page: &str) -> Vec<String> {
        let mut links = Vec::new();
        scan(page, |file| {
            links.push(format!(
                "{} {} {:?} {:?} {:?} {:?}",
                file.filename, file.reference, file.hashes, file.requires_python, file.yanked, file.sidecar
            ));
        });
        links
    }

    #[test]
    fn links_are_found_with_their_attributes() {
        let plain = |name: &str| format!("{name} {name} [] None None None");
        for (page, found) in [
            ("<a href='x-1.whl'>x</a>", vec![plain("x-1.whl")]),
            ("<A HREF=x-1.whl>x</A><a href = \"y-1.whl\" >", vec![plain("x-1.whl"), plain("y-1.whl")]),
            ("<a\n\tclass=\"a > b\"\n href=\"x-1.whl\"/>", vec![plain("x-1.whl")]),
            ("<a href=x-1.whl href=y-1.whl>", vec![plain("x-1.whl")]),
            ("<!-- <a href=no.whl> --><a href=x-1.whl>", vec![plain("x-1.whl")]),
            ("<!--><a href=x-1.whl>", vec![plain("x-1.whl")]),
            ("<script>'<a href=no.whl>'</script><style><a href=no.whl></STYLE><a href=x-1.whl>", vec![plain("x-1.whl")]),
            ("<a name=top><abbr href=no.whl><p href=no.whl>", vec![]),
            ("<a href=\"x-1.whl", vec![plain("x-1.whl")]),
            ("<a href=x-1.whl", vec![plain("x-1.whl")]),
            ("1 < 2 <a href=x-1.whl> </", vec![plain("x-1.whl")]),
            ("<!-- never closed <a href=no.whl>", vec![]),
            (
                "<a href=\"../f/x-1%2Bl.whl?a&amp;b#md5=0a&sha1=1b\" data-requires-python=\"&gt;=3.8,&#60;4&#x2c;!=3.9\">",
                vec!["x-1+l.whl ../f/x-1%2Bl.whl?a&b [(\"md5\", \"0a\"), (\"sha1\", \"1b\")] Some(\">=3.8,<4,!=3.9\") None None".into()],
            ),
            (
                "<a href=x data-yanked data-core-metadata=\"sha256=ab\" data-dist-info-metadata=true data-gpg-sig=true>",
                vec!["x x [] None Some(\"\") Some([(\"sha256\", \"ab\")])".into()],
            ),
            (
                "<a href=x data-yanked=\"bad &quot;one&quot;\" data-dist-info-metadata=\"true\" data-requires-python=\"\">",
                vec!["x x [] None Some(\"bad \\\"one\\\"\") Some([])".into()],
            ),
            ("<a href=x data-core-metadata=false>", vec!["x x [] None None None".into()]),
        ] {
            assert_eq!(links(page), found, "{page}");
        }
    }

    #[test]
    fn facts_are_found() {
        let facts = scan(
            "<html><head><meta name=\"pypi:repository-version\" content=\"1.1\"><base href=\" /files/ \"><base href=no>\
             <META content=archived name=pypi:project-status><meta name='pypi:project-status-reason' content='it &amp; that'>",
            |_| {},
        );
        assert_eq!(facts.api_version.as_deref(), Some("1.1"));
        assert_eq!(facts.base.as_deref(), Some("/files/"));
        let status = ProjectStatus { status: "archived".into(), reason: Some("it & that".into()) };
        assert_eq!(facts.status, Some(status));
        assert_eq!(scan("<meta name=pypi:project-status content=active>", |_| {}), PageFacts::default());
    }

    #[test]
    fn character_references_are_decoded_once() {
        for (text, plain) in [
            ("a&amp;lt;b", "a&lt;b"),
            ("&lt;&gt;&quot;&apos;&#39;&#x27;&#X27;", "<>\"''''"),
            (
                "&unknown; &amp &; & &#; &#x; &#0; &#xD800; &#99999999999;",
                "&unknown; &amp &; & &#; &#x; &#0; &#xD800; &#99999999999;",
            ),
            ("x&plus;y", "x+y"),
            ("é&amp;é", "é&é"),
        ] {
            assert_eq!(decoded(text), plain);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(page in "(<|>|a|/|!|-|\"|'|=| |&|;|#|href|script|é|\\PC){0,60}") {
            links(&page);
        }

        #[test]
        fn any_value_comes_back(value in "[^\"]{0,30}") {
            let escaped = value.replace('&', "&amp;");
            let page = format!("<a class=x href=\"{escaped}\" data-yanked=\"{escaped}\">");
            let mut seen = None;
            scan(&page, |file| seen = file.yanked.map(str::to_owned));
            prop_assert_eq!(seen, Some(value));
        }
    }
}
