//! JSON of which no name is said twice in one object. JSON (RFC 8259 §4) leaves open which value
//! counts, so readers differ; here none does.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::base::text::pointer_part;

/// What the text says, and where the first name that is said twice lies, as a JSON pointer.
pub fn read(json: &str) -> serde_json::Result<(Value, Option<String>)> {
    let mut walk = Walk::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = Step(&mut walk).deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, walk.twice))
}

#[derive(Default)]
struct Walk {
    /// Names and places in lists, from the outermost in.
    path: Vec<String>,
    twice: Option<String>,
}

impl Walk {
    fn note(&mut self, name: &str) {
        if self.twice.is_none() {
            let parts = self.path.iter().map(String::as_str).chain([name]);
            self.twice = Some(parts.map(|part| format!("/{}", pointer_part(part))).collect());
        }
    }
}

/// A value to be read.
struct Step<'w>(&'w mut Walk);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        loop {
            self.0.path.push(all.len().to_string());
            let next = list.next_element_seed(Step(&mut *self.0))?;
            self.0.path.pop();
            match next {
                Some(value) => all.push(value),
                None => return Ok(Value::Array(all)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if all.contains_key(&name) {
                self.0.note(&name);
            }
            self.0.path.push(name);
            let value = object.next_value_seed(Step(&mut *self.0))?;
            if let Some(name) = self.0.path.pop() {
                all.insert(name, value);
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, read};

    #[test]
    fn the_first_name_said_twice_is_found_wherever_it_lies() {
        for (json, at) in [
            (r#"{"a": 1, "b": [{"a": 1.5}, {"a": -2}], "c": {"a": null, "b": true}}"#, None),
            (r#"{"a": 1, "a": 1}"#, Some("/a")),
            (r#"{"a": 1, "\u0061": 2}"#, Some("/a")),
            (
                r#"{"b": [1, {"x/y": "z", "x/y": 12345678901234567890123}], "b": 1}"#,
                Some("/b/1/x~1y"),
            ),
            (r#"{"": 1, "": 2}"#, Some("/")),
        ] {
            let (value, twice) = read(json).unwrap();
            assert_eq!(twice.as_deref(), at, "{json}");
            assert_eq!(value, serde_json::from_str::<Value>(json).unwrap(), "{json}");
        }
        for json in ["{", "{} {}", "[1,]", "", "nul", "{\"a\": 1e999}"] {
            assert!(read(json).is_err() && serde_json::from_str::<Value>(json).is_err(), "{json}");
        }
    }
}
