//! What the desk shows, as the address says it.

use super::super::find;
use crate::base::{Day, Id};
use crate::page::Form;

/// Orders a list may have.
pub const SORTS: [&str; 4] = ["due", "new", "old", "updated"];
/// Phases in which something is still to be done.
pub const OPEN: [&str; 4] = ["reported", "open", "waiting", "answered"];
/// Columns beyond the number, the words, the stage and the limit, in the order they stand.
pub const COLUMNS: [&str; 6] = ["place", "body", "opened", "due", "class", "source"];
/// Those shown where nobody chose.
const USUAL: [&str; 3] = ["place", "body", "opened"];

/// A filter over cases. An empty field filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `todo`, `call`, `late`, `soon`, `open`, `closed`, `all`, or the id of a stage. A search that
    /// names none goes through all.
    pub tab: String,
    /// The code of a class.
    pub class: String,
    /// The code of a place, and all below it.
    pub place: String,
    pub body: Option<Id>,
    pub source: String,
    /// The first and the last day on which it was received, by the clock of the district.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Which of these two is no day: it filters nothing, and the page says so.
    pub misread: Vec<&'static str>,
    /// A number, words of the report, or pinyin or initials of a place, class or body.
    pub q: String,
    pub sort: String,
    /// The columns shown, of [`COLUMNS`].
    pub columns: Vec<&'static str>,
    /// Behind which row the page begins.
    pub after: Option<Cursor>,
    /// The case shown beside the list.
    pub open: String,
}

/// The last row of the page before: its sort key and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub key: i64,
    pub id: Id,
}

impl Cursor {
    fn parse(text: &str) -> Option<Cursor> {
        let (key, id) = text.split_once('.')?;
        Some(Cursor { key: key.parse().ok()?, id: Id::parse(id)? })
    }
}

impl Filter {
    /// From the query of an address; what is not understood filters nothing,
    /// and a day that is none is marked.
    pub fn parse(query: &str) -> Filter {
        let form = Form::parse(query.as_bytes()).unwrap_or_default();
        let text = |name: &str| form.get(name).to_owned();
        let day = |name: &str| form.get(name).parse::<Day>().ok();
        let misread = |name: &&'static str| !form.get(name).is_empty() && day(name).is_none();
        let q: String = form.get("q").chars().take(find::MOST).collect();
        let sort = text("sort");
        let tab = text("tab");
        Filter {
            tab: if tab.is_empty() { usual_tab(form.get("q")).to_owned() } else { tab },
            class: text("class"),
            place: super::super::offer::code_of(form.get("place")).to_owned(),
            body: Id::parse(form.get("body")),
            source: text("source"),
            from: day("from"),
            to: day("to"),
            misread: ["from", "to"].into_iter().filter(misread).collect(),
            q: q.trim_end().to_owned(),
            columns: columns_of(&form),
            sort: if SORTS.contains(&sort.as_str()) { sort } else { SORTS[0].to_owned() },
            after: Cursor::parse(form.get("after")),
            open: text("open"),
        }
    }

    /// The address of this list with some fields set otherwise; the page and the open case are
    /// dropped unless they are set.
    pub fn href(&self, set: &[(&str, &str)]) -> String {
        let query = self.query(set);
        if query.is_empty() { "/desk".to_owned() } else { format!("/desk?{query}") }
    }

    /// The query of this filter, without page and open case unless set.
    pub fn query(&self, set: &[(&str, &str)]) -> String {
        serde_urlencoded::to_string(self.pairs(set)).unwrap_or_default()
    }

    /// What the search box takes along: all but the words and the tab, for it looks everywhere.
    pub fn beside_search(&self) -> Vec<(&'static str, String)> {
        self.pairs(&[("q", ""), ("tab", "")])
    }

    /// The query of this filter as names and values; what is usual is left out.
    fn pairs(&self, set: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let body = self.body.as_ref().map_or("", Id::as_str);
        let columns = match self.columns.join(".") {
            none if none.is_empty() => "-".to_owned(),
            _ if self.columns == USUAL => String::new(),
            chosen => chosen,
        };
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let (from, to) = (day(self.from), day(self.to));
        let own = [
            ("tab", self.tab.as_str()),
            ("class", &self.class),
            ("place", &self.place),
            ("body", body),
            ("source", &self.source),
            ("from", &from),
            ("to", &to),
            ("q", &self.q),
            ("sort", &self.sort),
            ("cols", &columns),
            ("after", ""),
            ("open", ""),
        ];
        let value = |name: &str, own: &str| {
            set.iter().find(|(n, _)| *n == name).map_or(own, |(_, v)| v).to_owned()
        };
        let tab = usual_tab(&value("q", &self.q));
        let default = |name: &str, value: &str| {
            value.is_empty() || (name, value) == ("sort", "due") || (name, value) == ("tab", tab)
        };
        own.iter()
            .map(|(name, own)| (*name, value(name, own)))
            .filter(|(name, value)| !default(name, value))
            .collect()
    }

    /// The page as it is, with its cursor.
    pub fn here(&self, set: &[(&str, &str)]) -> String {
        let after = self.after.as_ref().map(|c| format!("{}.{}", c.key, c.id)).unwrap_or_default();
        let mut all = vec![("after", after.as_str())];
        all.extend_from_slice(set);
        self.href(&all)
    }

    /// The same tab with nothing narrowing it.
    pub fn clean(&self) -> String {
        let Filter { tab, sort, columns, .. } = self.clone();
        Filter { tab, sort, columns, ..Filter::default() }.href(&[])
    }

    pub fn misreads(&self, name: &str) -> bool {
        self.misread.contains(&name)
    }

    pub fn shows(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }

    /// Whether anything narrows the list beyond its tab.
    pub fn narrowed(&self) -> bool {
        let texts = [&self.class, &self.place, &self.source, &self.q];
        let days = self.from.or(self.to);
        self.body.is_some() || days.is_some() || texts.iter().any(|text| !text.is_empty())
    }

    /// Whether anything but the search box narrows it.
    pub fn refined(&self) -> bool {
        Filter { q: String::new(), ..self.clone() }.narrowed()
    }

    /// The query of the list, from its first page.
    pub fn bare(&self) -> String {
        self.query(&[])
    }

    /// The list from its first page.
    pub fn first(&self) -> String {
        self.href(&[])
    }

    /// This very page, without a case beside it.
    pub fn closed(&self) -> String {
        self.here(&[])
    }

    /// The list with one field set otherwise.
    pub fn having(&self, name: &str, value: &str) -> String {
        self.href(&[(name, value)])
    }

    pub fn opening(&self, number: &str) -> String {
        self.here(&[("open", number)])
    }
}

/// Where a list begins that names no tab: words are looked for in everything one may see.
fn usual_tab(q: &str) -> &'static str {
    if q.is_empty() { "todo" } else { "all" }
}

/// Columns as the address has them: `cols=place.due`, or one `cols` for each tick of the form;
/// `-` is none beyond the fixed ones.
fn columns_of(form: &Form) -> Vec<&'static str> {
    let asked: Vec<&str> = form.all("cols").iter().flat_map(|one| one.split('.')).collect();
    if asked.iter().all(|one| one.is_empty()) {
        return USUAL.to_vec();
    }
    COLUMNS.into_iter().filter(|column| asked.contains(column)).collect()
}
