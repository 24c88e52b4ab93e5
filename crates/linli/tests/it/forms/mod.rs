//! Every form that a page shows, filled in wrongly and sent: what is wrong is told at its field,
//! with a link that leads there, and what was typed is kept.
//!
//! Pages are found by following links, as people come to them.

mod asked;
mod spoilt;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::StatusCode;

use crate::demo::{Demo, Got, demos};

/// Pages that are looked at for one person, and of one kind.
const MOST_PAGES: usize = 220;
const MOST_ALIKE: usize = 4;

/// The value of a list that says: another, typed beside it.
const ANOTHER: &str = "/";

/// A start tag with what stands in it.
struct Tag<'t> {
    name: &'t str,
    text: &'t str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let at = self.text.find(&format!(" {name}=\""))?;
        let value = self.text[at..].split('"').nth(1)?;
        Some(plain(value))
    }

    fn has(&self, word: &str) -> bool {
        self.text.split_whitespace().any(|part| part == word)
    }
}

/// What a page writes otherwise, as it is.
fn plain(text: &str) -> String {
    let marks = [("&#38;", "&"), ("&amp;", "&"), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<")];
    marks.iter().fold(text.to_owned(), |text, (mark, is)| text.replace(mark, is))
}

fn tags(page: &str) -> impl Iterator<Item = Tag<'_>> {
    page.split('<').skip(1).filter_map(|part| {
        let (text, _) = part.split_once('>')?;
        let name = text.split([' ', '/', '\n']).next()?;
        Some(Tag { name, text })
    })
}

/// A form as a page shows it, and as it is filled in here.
#[derive(Clone, Default)]
struct Form {
    path: String,
    parts: bool,
    fields: Vec<(String, String)>,
    /// Fields that somebody typed into, and that are shown again.
    typed: Vec<String>,
    /// What they typed: too long for a field of one line, or of many.
    letters: String,
    /// Fields whose values are offered, or come with the page: nothing else is right in them.
    closed: BTreeSet<String>,
    /// What stands in fields of free words already.
    stands: BTreeMap<String, String>,
    /// What the first of its buttons says, where it says something.
    pressed: Option<(String, String)>,
}

/// The most that is sent, well below what one form holds.
const MOST_LETTERS: usize = 20_000;

/// Fields that need no reason where they are: it is asked for with a tick that is not set here.
const NEEDLESS: [&str; 1] = ["/admin/export"];

/// The forms of a page.
fn forms(page: &str) -> Vec<Form> {
    let all = page.split("<form").skip(1).filter_map(|rest| {
        let (head, rest) = rest.split_once('>')?;
        let head = Tag { name: "form", text: head };
        if head.get("method").as_deref() != Some("post") {
            return None;
        }
        let parts = head.get("enctype").is_some();
        let path = head.get("action")?;
        let mut form = Form { path, parts, ..Form::default() };
        let mut choosing: Option<(String, bool)> = None;
        for tag in tags(rest.split("</form>").next()?) {
            form.read(&tag, &mut choosing);
        }
        let each = MOST_LETTERS / form.typed.len().max(1);
        form.letters = "错".repeat(each.min(5_000));
        Some(form)
    });
    all.collect()
}

impl Form {
    fn read(&mut self, tag: &Tag<'_>, choosing: &mut Option<(String, bool)>) {
        let kind = tag.get("type").unwrap_or_else(|| "text".to_owned());
        let value = tag.get("value");
        let closed = match tag.name {
            // Who is not asked which says no more than that they tick it.
            "input" if kind == "checkbox" => value.as_ref().is_some_and(|is| is.len() > 3),
            "input" => ["hidden", "radio"].contains(&kind.as_str()),
            "select" => true,
            _ => false,
        };
        self.closed.extend(tag.get("name").filter(|_| closed));
        match (tag.name, kind.as_str(), tag.get("name")) {
            ("input", "hidden", Some(name)) => self.fields.push((name, value.unwrap_or_default())),
            ("input", "radio" | "checkbox", Some(name)) if tag.has("checked") => {
                self.fields.push((name, value.unwrap_or_else(|| "on".to_owned())));
            }
            ("input", "text" | "search" | "email" | "tel" | "number", Some(name))
            | ("textarea", _, Some(name)) => {
                let value = value.filter(|value| !value.is_empty());
                self.stands.extend(value.map(|value| (name.clone(), value)));
                // A code is good once: it is typed anew.
                if tag.get("autocomplete").as_deref() == Some("one-time-code") {
                    self.fields.push((name, "错".to_owned()));
                } else {
                    self.typed.push(name);
                }
            }
            ("button", _, Some(name)) if self.pressed.is_none() => {
                self.pressed = Some((name, value.unwrap_or_default()));
            }
            ("select", _, Some(name)) => *choosing = Some((name, false)),
            ("option", _, _) => {
                let Some((name, done)) = choosing else { return };
                let value = value.unwrap_or_default();
                if value == ANOTHER {
                    // What is not in the list may be typed beside it: any word is right.
                    self.closed.remove(&*name);
                }
                if !*done && !value.is_empty() && value != ANOTHER {
                    *done = true;
                    self.fields.push((name.clone(), value));
                }
            }
            _ => {}
        }
    }

    /// Something can be typed into it.
    fn asks(&self) -> bool {
        !self.typed.is_empty() && !NEEDLESS.contains(&&*self.path)
    }

    /// It says which version of a thing it was made from.
    fn made_from(&self) -> Option<&str> {
        let of_it = |(name, _): &&(String, String)| ["seen", "version"].contains(&name.as_str());
        self.fields.iter().find(of_it).map(|(name, _)| name.as_str())
    }

    /// The same with another version, or none, and with words that are right in most fields.
    fn made_from_another(&self, version: Option<&str>) -> Form {
        let name = self.made_from().unwrap_or_default().to_owned();
        let mut fields = self.fields.clone();
        fields.retain(|(field, _)| *field != name && field != "act_id");
        fields.extend(version.map(|version| (name, version.to_owned())));
        Form { fields, letters: "到现场核实过".to_owned(), ..self.clone() }
    }

    fn send(&self, demo: &Demo, by: &str) -> Got {
        let fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let typed = self.typed.iter().map(|name| (name.as_str(), self.letters.as_str()));
        let fields: Vec<(&str, &str)> = fields.into_iter().chain(typed).collect();
        match self.parts {
            true => demo.parts(by, &self.path, &fields, &[]),
            false => demo.post(by, &self.path, &fields),
        }
    }

    /// What is amiss with the page that came back.
    fn amiss(&self, got: &Got) -> Vec<String> {
        let mut out = Vec::new();
        let main = got.text.split("<main").nth(1).unwrap_or_default();
        let summary = main.split("data-error-summary").nth(1).and_then(|s| s.split("</ul>").next());
        let Some(summary) = summary else { return vec!["no summary".to_owned()] };
        let ids: BTreeSet<String> = tags(main).filter_map(|tag| tag.get("id")).collect();
        let named: Vec<String> = tags(summary).filter_map(|tag| tag.get("href")).collect();
        if named.is_empty() {
            out.push("the summary names no field".to_owned());
        }
        for field in named.iter().map(|href| href.trim_start_matches('#')) {
            if !ids.contains(field) {
                out.push(format!("#{field} leads nowhere"));
            } else if !ids.contains(&format!("{field}-error")) {
                out.push(format!("nothing stands by {field}"));
            }
        }
        let kept = main.matches(&self.letters).count();
        if kept < self.typed.len() {
            out.push(format!("of {:?} only {kept} are kept", self.typed));
        }
        out
    }
}

/// A page by its kind: codes, numbers and ids are all the same.
fn kind_of(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let part = |part: &str| match part.bytes().any(|b| b.is_ascii_digit()) {
        true => "#".to_owned(),
        false => part.to_owned(),
    };
    let path: Vec<String> = path.split('/').map(part).collect();
    let task = query.split('&').find(|pair| pair.starts_with("do=")).unwrap_or_default();
    format!("{} {task}", path.join("/"))
}

/// Forms by where they go, as one person comes to them.
fn found(
    demo: &Demo,
    by: &str,
    first: &[&str],
    wanted: fn(&Form) -> bool,
) -> BTreeMap<String, Form> {
    let mut waiting: VecDeque<String> = first.iter().map(|path| (*path).to_owned()).collect();
    let (mut known, mut alike) = (BTreeSet::new(), BTreeMap::new());
    let (mut out, mut pages) = (BTreeMap::new(), 0);
    while let Some(path) = waiting.pop_front() {
        let seen = alike.entry(kind_of(&path)).or_insert(0);
        if pages == MOST_PAGES || *seen == MOST_ALIKE || !known.insert(path.clone()) {
            continue;
        }
        (*seen, pages) = (*seen + 1, pages + 1);
        let got = demo.get(by, &path);
        if got.status != StatusCode::OK {
            continue;
        }
        for form in forms(&got.text).into_iter().filter(wanted) {
            out.entry(kind_of(&form.path)).or_insert(form);
        }
        let links = tags(&got.text).filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href"));
        waiting.extend(links.filter(|to| to.starts_with('/') && !to.contains("lang=")));
    }
    out
}

const FIRST: [&str; 8] =
    ["/me", "/desk", "/admin", "/field", "/cases/new", "/mine", "/grids", "/counter"];

/// Those whose forms are looked at, with their cookies.
fn people(demo: &Demo) -> Vec<(&'static str, String)> {
    let staff = [
        "zhuangxitong",
        "minshouan",
        "lanqiuyu",
        "hewenjun",
        "nieguanhai",
        "quhuaijin",
        "qinxiaotang",
    ];
    let mut people: Vec<_> = staff.into_iter().map(|name| (name, demo.staff(name))).collect();
    people.extend([("r01", demo.resident("r01")), ("nobody", String::new())]);
    people
}

#[test]
fn a_form_that_was_made_from_what_stands_no_more_changes_nothing() {
    for demo in demos() {
        let (mut taken, mut tried) = (Vec::new(), BTreeSet::new());
        for (name, by) in &people(&demo) {
            let forms = found(&demo, by, &FIRST, |form| form.made_from().is_some());
            for (kind, form) in forms {
                for version in [None, Some("0"), Some("x1"), Some("999999")] {
                    let got = form.made_from_another(version).send(&demo, by);
                    if !got.status.is_client_error() {
                        taken.push(format!("{name} {kind} {version:?}: {}", got.status));
                    }
                }
                tried.insert(kind);
            }
        }
        assert!(taken.is_empty(), "{}: {taken:#?}", demo.engine);
        assert!(tried.len() > 20, "{tried:?}");
    }
}

#[test]
fn what_is_wrong_with_a_form_is_told_at_its_field_and_nothing_typed_is_lost() {
    for demo in demos() {
        let people = people(&demo);
        let (mut wrong, mut refused) = (Vec::new(), BTreeSet::new());
        for (name, by) in &people {
            for (kind, form) in found(&demo, by, &FIRST, Form::asks) {
                let got = form.send(&demo, by);
                if got.status == StatusCode::UNPROCESSABLE_ENTITY {
                    refused.insert(kind.clone());
                    let amiss = form.amiss(&got);
                    wrong.extend(amiss.into_iter().map(|what| format!("{name} {kind}: {what}")));
                } else {
                    wrong.push(format!("{name} {kind}: {} {}", got.status, got.location));
                }
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", demo.engine);
        assert!(refused.len() > 30, "{refused:?}");
    }
}
