//! Every form that a page shows, spoilt in each way a form can be: what is not offered, letters
//! that are not ours, nothing at all, too much, and one thing said twice. Each is refused with a
//! page that tells it, and nothing of the district is changed.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{FIRST, Form, found, people};
use crate::demo::{Demo, Got, demos};
use crate::refused_files::kept;
use crate::routes::is_asked;

/// What no list offers, no id is and no number.
const NONSENSE: [&str; 2] = ["没有这一项\u{1}\u{7}", "-99999999999999999999"];

/// More than is typed into any form.
const TOO_MUCH: usize = 300_000;

/// Fields that say which form this is and what it was made from: of two there is none to believe.
const ONCE: [&str; 5] = ["act_id", "do", "seen", "step", "version"];

/// What is right in most fields of free words, and in those that want more.
const WORDS: &str = "到现场核实过";
const RIGHT: [(&str, &str); 6] = [
    ("slots", "09:00-12:00 14:00-18:00"),
    ("term_from", "2026-01-01"),
    ("from", "2099-01-01"),
    ("to", "2099-01-02"),
    ("phone", "13800001111"),
    ("username", "xinren"),
];

/// Where one goes from here and which page it was: what is not known leads home, to the first
/// page. And the reason for a look, which comes with the button that makes a call, as does the form
/// (`do`) that this is shown in.
const LOOSE: [&str; 6] = ["back", "d", "next", "query", "short", "unmask-reason"];

/// How a page is shown in this browser, and which account of the demonstration it plays.
const BESIDE: [&str; 2] = ["/view", "/demo/sign-in"];

type Pairs = Vec<(String, Vec<u8>)>;

/// A form as it should not come.
struct Spoilt {
    how: String,
    kind: &'static str,
    body: Vec<u8>,
}

impl Form {
    /// As a person would send it who filled it in well.
    fn well(&self) -> Pairs {
        let typed = self.typed.iter().map(|name| {
            let right = RIGHT.iter().find(|(field, _)| field == name).map_or(WORDS, |(_, is)| is);
            (name.clone(), self.stands.get(name).map_or(right, String::as_str).to_owned())
        });
        let all = self.fields.iter().cloned().chain(typed).chain(self.pressed.clone());
        all.map(|(name, value)| (name, value.into_bytes())).collect()
    }

    /// Its fields that take no free words.
    fn choices(&self) -> impl Iterator<Item = &String> {
        let calls = self.path.contains("/unmask#");
        let loose = move |name: &String| {
            name == "act_id" || LOOSE.contains(&name.as_str()) || (calls && name == "do")
        };
        self.closed.iter().filter(move |name| !loose(name))
    }

    /// The same with another value in one field.
    fn with(&self, field: &str, value: &[u8]) -> Pairs {
        let mut pairs = self.well();
        pairs.retain(|(name, _)| name != field);
        pairs.push((field.to_owned(), value.to_vec()));
        pairs
    }

    fn encoded(&self, how: String, pairs: &Pairs) -> Spoilt {
        if !self.parts {
            let pair = |(name, value): &(String, Vec<u8>)| {
                let value = percent_encode(value, NON_ALPHANUMERIC);
                format!("{}={value}", percent_encode(name.as_bytes(), NON_ALPHANUMERIC))
            };
            let body = pairs.iter().map(pair).collect::<Vec<_>>().join("&").into_bytes();
            return Spoilt { how, kind: "application/x-www-form-urlencoded", body };
        }
        let mut body = Vec::new();
        for (name, value) in pairs {
            let head = "--edge\r\nContent-Disposition: form-data; name=";
            body.extend(format!("{head}\"{name}\"\r\n\r\n").into_bytes());
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        Spoilt { how, kind: "multipart/form-data; boundary=edge", body }
    }

    fn spoilt(&self) -> Vec<Spoilt> {
        let mut out = Vec::new();
        if self.well().is_empty() || BESIDE.contains(&self.path.as_str()) {
            return out;
        }
        for field in self.choices() {
            for value in NONSENSE {
                let pairs = self.with(field, value.as_bytes());
                out.push(self.encoded(format!("{field}={value:?}"), &pairs));
            }
        }
        let any = self.typed.first().or_else(|| self.choices().next());
        let any = any.map_or("more", String::as_str);
        let mut latin = self.encoded(format!("{any} in Latin-1"), &self.with(any, b"caf\xe9"));
        if self.parts {
            let whole = self.encoded("broken off".to_owned(), &self.well());
            let body = whole.body[..whole.body.len() - 12].to_vec();
            out.push(Spoilt { body, ..whole });
        } else {
            let escaped = latin.body.clone();
            out.push(Spoilt { how: format!("{any} in %E9"), body: escaped, kind: latin.kind });
            latin.body.truncate(latin.body.len() - "%E9".len());
            latin.body.push(0xe9);
        }
        out.push(latin);
        out.push(self.encoded(format!("too much {any}"), &self.with(any, &[b'a'; TOO_MUCH])));
        if self.choices().next().is_some() {
            let odd = "\u{2}乱💥".repeat(700).into_bytes();
            let all = self.well().into_iter().map(|(name, value)| match name == "act_id" {
                true => (name, value),
                false => (name, odd.clone()),
            });
            out.push(self.encoded("all of it odd".to_owned(), &all.collect()));
            if is_asked(&self.path) {
                out.push(self.encoded("empty".to_owned(), &Vec::new()));
            }
        }
        for name in ONCE {
            let twice: Pairs = self.well().into_iter().filter(|(field, _)| field == name).collect();
            if let [(_, value)] = twice.as_slice() {
                let mut pairs = self.well();
                let other = if name == "act_id" { &Vec::new() } else { value };
                pairs.push((name.to_owned(), [other.as_slice(), b"1"].concat()));
                out.push(self.encoded(format!("{name} twice"), &pairs));
            }
        }
        out
    }
}

/// Why this is no refusal, if it is none.
fn taken(got: &Got) -> Option<String> {
    let readable = got.text.contains("<main") && got.main().chars().count() > 10;
    match got.status {
        status if !status.is_client_error() => Some(format!("{status} {}", got.location)),
        status if !readable => Some(format!("{status} without a page: {:.200}", got.text)),
        _ => None,
    }
}

/// Their cookie, anew: some forms end the session they come in.
fn as_they_are(demo: &Demo, name: &str) -> String {
    match name {
        "nobody" => String::new(),
        name if name.starts_with('r') => demo.resident(name),
        name => demo.staff(name),
    }
}

/// Sends each form of each person in each wrong way; what was taken, and how many were sent.
fn tried(demo: &Demo) -> (Vec<String>, usize) {
    let people = people(demo);
    let all: Vec<(&str, BTreeMap<String, Form>)> =
        people.iter().map(|(name, by)| (*name, found(demo, by, &FIRST, |_| true))).collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    let (before, acts) = (kept(demo), || demo.count("select count(*) from act"));
    for (name, forms) in &all {
        for (kind, form) in forms {
            let (by, done) = (&as_they_are(demo, name), acts());
            for one in form.spoilt() {
                count += 1;
                let got = demo.ask("POST", &form.path, by, one.kind, one.body);
                let why = taken(&got).map(|why| format!("{name} {kind} {}: {why}", one.how));
                wrong.extend(why);
            }
            if acts() != done {
                wrong.push(format!("{name} {kind}: something was done"));
            }
        }
    }
    let now = kept(demo);
    let differs = now.iter().filter(|(table, is)| before.get(*table) != Some(*is));
    wrong.extend(differs.map(|(table, _)| format!("{table} is another")));
    (wrong, count)
}

#[test]
fn a_form_that_is_spoilt_is_refused_in_words_and_changes_nothing() {
    for demo in demos() {
        let (wrong, count) = tried(&demo);
        assert!(wrong.is_empty(), "{}: {} of {count}: {wrong:#?}", demo.engine, wrong.len());
        assert!(count > 1000, "{count}");
    }
}
