//! Names that an object says twice. JSON (RFC 8259 §4) leaves open which value counts, so readers
//! differ; here none does.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::base::text::pointer_part;

/// Where the first such name lies, as a JSON pointer.
pub fn said(json: &str) -> Option<String> {
    let mut walk = Walk::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    // What is no JSON at all is told by whoever reads the values.
    let _ = Step(&mut walk).deserialize(&mut reader);
    walk.twice
}

#[derive(Default)]
struct Walk {
    /// Names and places in lists, from the outermost in.
    path: Vec<String>,
    twice: Option<String>,
}

impl Walk {
    fn note(&mut self) {
        if self.twice.is_none() {
            let parts = self.path.iter().map(|part| format!("/{}", pointer_part(part)));
            self.twice = Some(parts.collect());
        }
    }
}

/// A value to be walked through.
struct Step<'w>(&'w mut Walk);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for at in 0.. {
            self.0.path.push(format!("{at}"));
            let more = list.next_element_seed(Step(&mut *self.0))?.is_some();
            self.0.path.pop();
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = object.next_key::<String>()? {
            self.0.path.push(name.clone());
            if !names.insert(name) {
                self.0.note();
            }
            object.next_value_seed(Step(&mut *self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::said;

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
            ("{", None),
        ] {
            assert_eq!(said(json).as_deref(), at, "{json}");
        }
    }
}
