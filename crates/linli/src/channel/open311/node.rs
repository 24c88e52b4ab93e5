//! One answer, two languages: XML, and JSON by the Spark convention of GeoReport v2.
//!
//! Spark: the root is dropped, a container of one repeating element becomes a bare array, an empty
//! element becomes `null`.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::base::Fault;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Empty,
    Text(String),
    /// A number, `true` or `false`: bare in JSON.
    Bare(String),
    Fields(Vec<(&'static str, Node)>),
    /// A container of one repeating element, called as given.
    List(&'static str, Vec<Node>),
}

impl Node {
    pub fn text(text: impl Into<String>) -> Node {
        let text = text.into();
        if text.is_empty() { Node::Empty } else { Node::Text(text) }
    }

    pub fn maybe(text: Option<impl Into<String>>) -> Node {
        text.map_or(Node::Empty, Node::text)
    }

    pub fn flag(value: bool) -> Node {
        Node::Bare(value.to_string())
    }

    pub fn number(value: impl std::fmt::Display) -> Node {
        Node::Bare(value.to_string())
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Empty => true,
            Node::Fields(all) => all.is_empty(),
            Node::List(_, all) => all.is_empty(),
            Node::Text(_) | Node::Bare(_) => false,
        }
    }

    pub fn xml(&self, root: &str) -> Result<Vec<u8>, Fault> {
        let mut out = Writer::new_with_indent(Vec::new(), b' ', 1);
        out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        self.write(&mut out, root)?;
        Ok(out.into_inner())
    }

    fn write(&self, out: &mut Writer<Vec<u8>>, name: &str) -> Result<(), Fault> {
        let start = BytesStart::new(name);
        match self {
            empty if empty.is_empty() => return Ok(out.write_event(Event::Empty(start))?),
            _ => out.write_event(Event::Start(start))?,
        }
        match self {
            Node::Text(text) | Node::Bare(text) => {
                out.write_event(Event::Text(BytesText::new(&xml_text(text))))?;
            }
            Node::Fields(all) => {
                all.iter().try_for_each(|(name, node)| node.write(out, name))?;
            }
            Node::List(each, all) => all.iter().try_for_each(|node| node.write(out, each))?,
            Node::Empty => {}
        }
        Ok(out.write_event(Event::End(BytesEnd::new(name)))?)
    }

    pub fn json(&self) -> Result<Vec<u8>, Fault> {
        let mut out = String::new();
        self.write_json(&mut out)?;
        Ok(out.into_bytes())
    }

    fn write_json(&self, out: &mut String) -> Result<(), Fault> {
        match self {
            Node::Empty => out.push_str("null"),
            Node::Text(text) => out.push_str(&serde_json::to_string(text)?),
            Node::Bare(bare) => out.push_str(bare),
            Node::Fields(all) => {
                for (at, (name, node)) in all.iter().enumerate() {
                    out.push(if at == 0 { '{' } else { ',' });
                    out.push_str(&serde_json::to_string(name)?);
                    out.push(':');
                    node.write_json(out)?;
                }
                out.push_str(if all.is_empty() { "{}" } else { "}" });
            }
            Node::List(_, all) => {
                out.push('[');
                for (at, node) in all.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    node.write_json(out)?;
                }
                out.push(']');
            }
        }
        Ok(())
    }
}

/// The characters XML 1.0 §2.2 knows; others are left out.
fn xml_text(text: &str) -> String {
    let known = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Node {
        let value = Node::Fields(vec![("key", Node::text("a&b<c>")), ("name", Node::Empty)]);
        Node::Fields(vec![
            ("code", Node::text("001")),
            ("required", Node::flag(true)),
            ("values", Node::List("value", vec![value])),
            ("none", Node::List("value", vec![])),
        ])
    }

    #[test]
    fn json_follows_the_spark_convention() {
        let json = String::from_utf8(sample().json().unwrap()).unwrap();
        let values = r#"[{"key":"a&b<c>","name":null}]"#;
        let wanted = format!(r#"{{"code":"001","required":true,"values":{values},"none":[]}}"#);
        assert_eq!(json, wanted);
    }

    #[test]
    fn xml_is_escaped_and_keeps_only_what_xml_knows() {
        let text = |xml: Vec<u8>| String::from_utf8(xml).unwrap();
        let xml = text(sample().xml("root").unwrap());
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{xml}");
        assert!(xml.contains("<key>a&amp;b&lt;c&gt;</key>"), "{xml}");
        assert!(xml.contains("<name/>") && xml.contains("<none/>"), "{xml}");
        let odd = text(Node::text("a\u{1}\u{ffff}b\u{fffe}").xml("x").unwrap());
        assert!(odd.ends_with("<x>ab</x>"), "{odd}");
    }
}
