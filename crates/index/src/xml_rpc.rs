//! XML-RPC, as far as searching an index needs it: the text of a call, and the value in an answer. The reader takes the subset of
//! XML that such answers are written in (elements, text, references to characters, CDATA); comments and declarations are passed
//! over, and no entity is defined or fetched.

use std::borrow::Cow;

/// No honest answer is nested deeper.
const DEEPEST: usize = 32;

/// A value of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text, or a number as it is written.
    Text(String),
    /// A list.
    Array(Vec<Value>),
    /// Names with values, in order.
    Struct(Vec<(String, Value)>),
    /// Nothing.
    Nil,
}

/// What a server has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The first value.
    Value(Value),
    /// It could not do what was asked: a number and a reason.
    Fault(String, String),
}

impl Value {
    /// The text of a member.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        let Self::Struct(members) = self else { return None };
        match members.iter().find(|(key, _)| key == name) {
            Some((_, Self::Text(text))) => Some(text),
            _ => None,
        }
    }
}

/// A call of `search` for projects whose name or summary holds one of `words`.
pub(crate) fn search_call(words: &[String]) -> String {
    let values = words.iter().map(|word| format!("<value><string>{}</string></value>", escaped(word)));
    let list = format!("<value><array><data>{}</data></array></value>", values.collect::<String>());
    let members = ["name", "summary"].map(|name| format!("<member><name>{name}</name>{list}</member>"));
    format!(
        "<?xml version='1.0'?>\n<methodCall><methodName>search</methodName><params><param><value><struct>{}</struct></value>\
         </param><param><value><string>or</string></value></param></params></methodCall>\n",
        members.concat()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Reads an answer; the error is a reason for people.
pub(crate) fn read_answer(text: &str) -> Result<Answer, String> {
    let mut reader = Reader { rest: text, pending: None };
    // pypiserver answers in the form of a call.
    let mut inside = match reader.next_element()? {
        Token::Open("methodResponse" | "methodCall") => reader.next_element()?,
        other => return Err(format!("{other:?} stands in place of <methodResponse>")),
    };
    if inside == Token::Open("methodName") {
        reader.text("methodName")?;
        inside = reader.next_element()?;
    }
    match inside {
        Token::Open("fault") => {
            reader.open("value")?;
            let fault = reader.value(0)?;
            let member = |name| fault.text_of(name).unwrap_or_default().to_owned();
            Ok(Answer::Fault(member("faultCode"), member("faultString")))
        }
        Token::Open("params") => {
            reader.open("param")?;
            reader.open("value")?;
            Ok(Answer::Value(reader.value(0)?))
        }
        other => Err(format!("{other:?} is not what an answer holds")),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'a> {
    Open(&'a str),
    Close(&'a str),
    Text(Cow<'a, str>),
}

struct Reader<'a> {
    rest: &'a str,
    /// The end of an element that was empty (`<x/>`).
    pending: Option<&'a str>,
}

impl<'a> Reader<'a> {
    fn token(&mut self) -> Result<Token<'a>, String> {
        if let Some(name) = self.pending.take() {
            return Ok(Token::Close(name));
        }
        loop {
            let rest = self.rest;
            if let Some(inside) = rest.strip_prefix("<![CDATA[") {
                return Ok(Token::Text(self.until(inside, "]]>")?.into()));
            }
            if let Some(inside) = rest.strip_prefix("<!--") {
                self.until(inside, "-->")?;
            } else if let Some(inside) = rest.strip_prefix("<?") {
                self.until(inside, "?>")?;
            } else if let Some(inside) = rest.strip_prefix("<!") {
                self.until(inside, ">")?;
            } else if let Some(inside) = rest.strip_prefix("</") {
                return Ok(Token::Close(self.until(inside, ">")?.trim()));
            } else if let Some(inside) = rest.strip_prefix('<') {
                let tag = self.until(inside, ">")?;
                let plain = tag.trim_end_matches('/');
                let name = plain.split_ascii_whitespace().next().unwrap_or_default();
                self.pending = (plain.len() < tag.len()).then_some(name);
                return Ok(Token::Open(name));
            } else if rest.is_empty() {
                return Err("it ends too early".to_owned());
            } else {
                let (text, rest) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                self.rest = rest;
                return Ok(Token::Text(unescaped(text)));
            }
        }
    }

    /// What stands before `end`, which is passed over too.
    fn until(&mut self, inside: &'a str, end: &str) -> Result<&'a str, String> {
        let (before, rest) = inside.split_once(end).ok_or_else(|| format!("there is no '{end}'"))?;
        self.rest = rest;
        Ok(before)
    }

    /// The next token that is not white space.
    fn next_element(&mut self) -> Result<Token<'a>, String> {
        loop {
            match self.token()? {
                Token::Text(text) if text.trim().is_empty() => {}
                token => return Ok(token),
            }
        }
    }

    fn open(&mut self, name: &str) -> Result<(), String> {
        match self.next_element()? {
            Token::Open(found) if found == name => Ok(()),
            other => Err(format!("{other:?} stands in place of <{name}>")),
        }
    }

    fn close(&mut self, name: &str) -> Result<(), String> {
        match self.next_element()? {
            Token::Close(found) if found == name => Ok(()),
            other => Err(format!("{other:?} stands in place of </{name}>")),
        }
    }

    /// The text up to the end of the element `name`.
    fn text(&mut self, name: &str) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.token()? {
                Token::Text(part) => text.push_str(&part),
                Token::Close(found) if found == name => return Ok(text),
                other => return Err(format!("{other:?} stands in a text")),
            }
        }
    }

    /// What stands behind `<value>`, its end included.
    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let mut text = String::new();
        let value = loop {
            match self.token()? {
                Token::Text(part) => text.push_str(&part),
                Token::Close("value") => return Ok(Value::Text(text)), // without a type it is a text
                Token::Close(other) => return Err(format!("</{other}> stands in a value")),
                Token::Open("array") => break self.array(depth)?,
                Token::Open("struct") => break self.members(depth)?,
                Token::Open(name) if name.trim_start_matches("ex:") == "nil" => {
                    self.close(name)?;
                    break Value::Nil;
                }
                Token::Open(kind) => break Value::Text(self.text(kind)?),
            }
        };
        self.close("value")?;
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.open("data")?;
        let mut values = Vec::new();
        loop {
            match self.next_element()? {
                Token::Open("value") => values.push(self.value(depth + 1)?),
                Token::Close("data") => break,
                other => return Err(format!("{other:?} stands in a list")),
            }
        }
        self.close("array")?;
        Ok(Value::Array(values))
    }

    fn members(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Vec::new();
        loop {
            match self.next_element()? {
                Token::Open("member") => {
                    self.open("name")?;
                    let name = self.text("name")?;
                    self.open("value")?;
                    members.push((name, self.value(depth + 1)?));
                    self.close("member")?;
                }
                Token::Close("struct") => return Ok(Value::Struct(members)),
                other => return Err(format!("{other:?} stands in a structure")),
            }
        }
    }
}

/// Text with the references that XML itself defines, and those by number.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after.split_once(';').and_then(|(name, behind)| Some((character(name)?, behind)));
        match known {
            Some((character, behind)) => {
                plain.push(character);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn answers_are_read() {
        let hits = "<?xml version='1.0'?>\n<!-- hits -->\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n\
            <value><struct>\n<member>\n<name>name</name>\n<value><string>a &amp; b&#33;</string></value>\n</member>\n\
            <member><name>_pypi_ordering</name><value><boolean>0</boolean></value></member>\
            <member><name>summary</name><value>plain <![CDATA[<x>]]></value></member>\
            <member><name>version</name><value><nil/></value></member></struct></value>\n\
            <value><string/></value></data></array></value>\n</param>\n</params>\n</methodResponse>\n";
        let Ok(Answer::Value(Value::Array(values))) = read_answer(hits) else { unreachable!() };
        assert_eq!(values.len(), 2);
        assert_eq!(values[0].text_of("name"), Some("a & b!"));
        assert_eq!(values[0].text_of("summary"), Some("plain <x>"));
        assert_eq!(values[0].text_of("version"), None);
        assert_eq!(values[1], text(""));
        let as_call = hits
            .replace("<methodResponse>", "<methodCall><methodName>search</methodName>")
            .replace("</methodResponse>", "</methodCall>");
        assert_eq!(read_answer(&as_call), read_answer(hits));
    }

    #[test]
    fn faults_are_told() {
        let fault = "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>-32500</int></value>\
            </member><member><name>faultString</name><value><string>no more searches</string></value></member></struct></value>\
            </fault></methodResponse>";
        assert_eq!(read_answer(fault), Ok(Answer::Fault("-32500".to_owned(), "no more searches".to_owned())));
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = "<value><array><data>".repeat(100_000);
        for nonsense in [
            "",
            "plain text",
            "<html></html>",
            "<methodResponse>",
            "<methodResponse><params></params></methodResponse>",
            "<methodResponse><params><param><value><string>x</value></param></params></methodResponse>",
            "<methodResponse><params><param><value><array><data></array>",
            &format!("<methodResponse><params><param>{deep}"),
        ] {
            assert!(read_answer(nonsense).is_err(), "{}", nonsense.get(..60).unwrap_or(nonsense));
        }
    }

    #[test]
    fn calls_are_written() {
        let call = search_call(&["a<b".to_owned(), "c".to_owned()]);
        assert_eq!(call.matches("<string>a&lt;b</string>").count(), 2);
        assert!(call.contains("<methodName>search</methodName>") && call.contains("<string>or</string>"));
    }
}
