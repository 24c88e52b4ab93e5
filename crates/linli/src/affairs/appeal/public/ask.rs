//! What is asked for, in the address: place, kind, how far it is, words.

use super::super::find;
use super::super::mine::Cursor;
use crate::act::{Actor, DutyList};
use crate::matter::CASES;
use crate::page::Form;
use crate::store::Value;
use crate::territory::Ground;

/// Phases one may ask for.
pub const PHASES: [&str; 4] = ["reported", "open", "answered", "closed"];

/// Places that one search may mean.
const MEANT: usize = 20;

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

    /// Whether anything is left out.
    pub fn is_narrow(&self) -> bool {
        let all = [&self.place, &self.group, &self.phase, &self.words];
        self.after.is_some() || all.iter().any(|text| !text.is_empty())
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
            all.push(below(&path, &mut bind));
        }
        if !self.group.is_empty() {
            all.push(format!("substr(c.code, 1, 3) = {}", bind(self.group.as_str().into())));
        }
        if !self.phase.is_empty() {
            all.push(format!("t.phase = {}", bind(self.phase.as_str().into())));
        }
        if !self.words.is_empty() {
            let mut any = vec![find::by_all(&self.words, &mut bind)];
            any.push(find::in_columns(&self.words, &["c.title_zh", "c.title_en"], &mut bind));
            let meant = find::meant(&self.words);
            for place in ground.places().filter(|place| meant(&place.name)).take(MEANT) {
                any.push(below(&place.path, &mut bind));
            }
            all.push(format!("({})", any.join(" or ")));
        }
        all.join(" and ")
    }
}

/// Matters at a place or below it.
fn below(path: &str, bind: &mut impl FnMut(Value) -> String) -> String {
    let (from, to) = (bind(path.into()), bind(crate::act::upper_bound(path).into()));
    format!("(t.place_path >= {from} and t.place_path < {to})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_goes_through_its_address_and_back() {
        let ask = Ask::of("place=990101001&group=E01&phase=open&q=%E7%81%AF&after=junk");
        assert_eq!((ask.place.as_str(), ask.words.as_str()), ("990101001", "灯"));
        let link = ask.link("/public", None);
        assert_eq!(Ask::of(link.split_once('?').unwrap().1), ask);
        assert_eq!(Ask::of("phase=x").link("/public", None), "/public");
    }
}
