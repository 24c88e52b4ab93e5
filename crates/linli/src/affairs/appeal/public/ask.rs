//! What is asked for, in the address: place, kind, how far it is, words.

use super::super::mine::Cursor;
use crate::act::{Actor, DutyList};
use crate::matter::CASES;
use crate::page::Form;
use crate::store::{Value, containing};
use crate::territory::Ground;

/// Phases one may ask for.
pub const PHASES: [&str; 4] = ["reported", "open", "answered", "closed"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The code of a place: it and all below.
    pub place: String,
    /// The first three characters of a class code: its group.
    pub group: String,
    pub phase: String,
    pub words: String,
    pub after: Option<Cursor>,
}

impl Ask {
    pub fn of(query: &str) -> Ask {
        let form = Form::parse(query.as_bytes()).unwrap_or_default();
        let short = |name: &str, most: usize| form.get(name).chars().take(most).collect::<String>();
        let phase = short("phase", 20);
        Ask {
            place: short("place", 30),
            group: short("group", 3),
            phase: if PHASES.contains(&phase.as_str()) { phase } else { String::new() },
            words: short("q", 40),
            after: Cursor::parse(form.get("after")),
        }
    }

    /// The address of the same question on another page of the list or in another form.
    pub fn link(&self, path: &str, after: Option<&Cursor>) -> String {
        let after = after.map_or_else(String::new, Cursor::text);
        let pairs = [
            ("place", &self.place),
            ("group", &self.group),
            ("phase", &self.phase),
            ("q", &self.words),
            ("after", &after),
        ];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(given).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The condition over matters `t` with their files `f` and classes `c`, without the cursor. A
    /// place that is not there has no cases.
    pub fn sql(&self, duties: &DutyList, ground: &Ground, values: &mut Vec<Value>) -> String {
        let mut all = vec!["t.kind = 'case'".to_owned()];
        all.push(duties.filter(&Actor::public(), CASES.see, &CASES, values));
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        if !self.place.is_empty() {
            let place = ground.by_code(&self.place).map(|place| place.path.clone());
            let path = place.unwrap_or_else(|| "-".to_owned());
            let upper = crate::act::upper_bound(&path);
            let (from, to) = (bind(path.into()), bind(upper.into()));
            all.push(format!("t.place_path >= {from} and t.place_path < {to}"));
        }
        if !self.group.is_empty() {
            all.push(format!("substr(c.code, 1, 3) = {}", bind(self.group.as_str().into())));
        }
        if !self.phase.is_empty() {
            all.push(format!("t.phase = {}", bind(self.phase.as_str().into())));
        }
        if !self.words.is_empty() {
            all.push(match number(&self.words) {
                Some(number) => format!("t.number = {}", bind(number.into())),
                // What may be searched is what is shown: the title behind its mask.
                None => {
                    let pattern = bind(containing(&self.words).into());
                    format!("lower(t.title_masked) like lower({pattern}) escape '\\'")
                }
            });
        }
        all.join(" and ")
    }
}

/// The number of a case, where the words are one.
fn number(words: &str) -> Option<&str> {
    let digits = words.bytes().filter(u8::is_ascii_digit).count();
    let is_one = words.len() == 11 && words.as_bytes().get(4) == Some(&b'-') && digits == 10;
    is_one.then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_from_words() {
        assert_eq!(number("2026-001042"), Some("2026-001042"));
        for words in ["3号楼", "13800001234", "2026-00104", "2026001042-"] {
            assert_eq!(number(words), None, "{words}");
        }
    }

    #[test]
    fn a_question_goes_through_its_address_and_back() {
        let ask = Ask::of("place=990101001&group=E01&phase=open&q=%E7%81%AF&after=junk");
        assert_eq!((ask.place.as_str(), ask.words.as_str()), ("990101001", "灯"));
        let link = ask.link("/public", None);
        assert_eq!(Ask::of(link.split_once('?').unwrap().1), ask);
        assert_eq!(Ask::of("phase=x").link("/public", None), "/public");
    }
}
