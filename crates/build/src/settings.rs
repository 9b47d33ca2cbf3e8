//! Config settings (PEP 517): what the user tells the backend, `-C KEY=VALUE` as pip reads it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::reproduction::literal;

/// A `-C/--config-settings` argument that has no `=`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Arguments to --config-settings must be of the form KEY=VALUE, not '{0}'")]
pub struct InvalidSetting(pub String);

/// Keys with their values in the order they were given; a key that is repeated has a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigSettings {
    entries: Vec<(String, Vec<String>)>,
    /// Given whole (`build --config-json`), in place of entries.
    document: Option<Map<String, Value>>,
}

impl ConfigSettings {
    /// Settings from arguments `KEY=VALUE`.
    pub fn parse<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidSetting> {
        let mut settings = Self::default();
        for argument in arguments {
            let (key, value) = argument.split_once('=').ok_or_else(|| InvalidSetting(argument.to_owned()))?;
            settings.add(key, value);
        }
        Ok(settings)
    }

    /// Settings of any shape (`build --config-json`); an error says why the text is no JSON object.
    pub fn from_json(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(document)) => Ok(Self { entries: Vec::new(), document: Some(document) }),
            Ok(_) => Err("it must be an object, not a list or primitive value".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Adds a value to those of `key`.
    pub fn add(&mut self, key: &str, value: &str) {
        match self.entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.entries.push((key.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Whether there are none; the backend is then given `None`.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.document.as_ref().is_none_or(Map::is_empty)
    }

    /// The keys with their values.
    pub fn entries(&self) -> &[(String, Vec<String>)] {
        &self.entries
    }

    /// The same text for the same settings, whatever order the keys were given in: for the key of a built wheel.
    pub fn canonical(&self) -> String {
        if let Some(document) = &self.document {
            return Value::from(document.clone()).to_string();
        }
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort();
        serde_json::to_string(&entries).unwrap_or_default()
    }

    /// The settings as Python writes them.
    pub(crate) fn python_literal(&self) -> String {
        serde_json::to_value(self).map_or_else(|_| "None".to_owned(), |value| python_literal(&value))
    }
}

fn python_literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => literal(text),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(python_literal).collect();
            format!("[{}]", list.join(", "))
        }
        Value::Object(map) => {
            let entries =
                map.iter().map(|(key, value)| format!("{}: {}", literal(key), python_literal(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

impl Serialize for ConfigSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(document) = &self.document {
            return document.serialize(serializer);
        }
        if self.entries.is_empty() {
            return serializer.serialize_none();
        }
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        for (key, values) in &self.entries {
            match values.as_slice() {
                [value] => map.serialize_entry(key, value)?,
                values => map.serialize_entry(key, values)?,
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn repeated_keys_become_lists() {
        let settings = ConfigSettings::parse(["--a=1", "b=x=y", "--a=", "--a=3"]).unwrap();
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(json, r#"{"--a":["1","","3"],"b":"x=y"}"#);
        assert_eq!(serde_json::to_string(&ConfigSettings::default()).unwrap(), "null");
        assert!(ConfigSettings::parse(["a"]).unwrap_err().to_string().contains("KEY=VALUE, not 'a'"));
    }

    #[test]
    fn documents_are_passed_on_whole() {
        let text = r#"{"a":{"b":[1,true,null,"x\n"]}}"#;
        let settings = ConfigSettings::from_json(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        assert_eq!(settings.python_literal(), r#"{"a": {"b": [1, True, None, "x\n"]}}"#);
        assert!(ConfigSettings::from_json("[]").is_err() && ConfigSettings::from_json("{").is_err());
        assert!(!settings.is_empty() && ConfigSettings::from_json("{}").unwrap().is_empty());
    }

    #[test]
    fn the_canonical_text_does_not_depend_on_the_order_of_keys() {
        let one = ConfigSettings::parse(["a=1", "b=2", "a=3"]).unwrap();
        let other = ConfigSettings::parse(["b=2", "a=1", "a=3"]).unwrap();
        let third = ConfigSettings::parse(["b=2", "a=3", "a=1"]).unwrap();
        assert_eq!(one.canonical(), other.canonical());
        assert_ne!(one.canonical(), third.canonical());
    }
}
