//! What an address asks of a page, spoilt: filters, tabs, days and numbers of pages that nobody
//! offered. No page falls over it, each answers in words, and nothing is done by asking.

use std::collections::{BTreeSet, VecDeque};

use axum::http::StatusCode;

use super::{FIRST, kind_of, people, tags};
use crate::demo::{Demo, demos};

/// Pages that are looked at for one person.
const MOST_PAGES: usize = 40;

/// Names that pages read from their address, beside those of the forms that ask with it.
const NAMES: [&str; 8] = ["after", "do", "done", "from", "open", "page", "q", "tab"];

/// A number that is none, a letter that is not ours, a word without end after a mark that steers.
fn nonsense() -> [String; 3] {
    let endless = format!("%01{}", "%E4%B9%B1".repeat(600));
    ["-99999999999999999999".to_owned(), "%E9".to_owned(), endless]
}

/// The names of the fields of forms that ask with the address.
fn asking(page: &str) -> BTreeSet<String> {
    let forms = page.split("<form").skip(1).filter_map(|rest| {
        let (head, rest) = rest.split_once('>')?;
        if head.contains("method=\"get\"") { rest.split("</form>").next() } else { None }
    });
    let fields = forms.flat_map(tags).filter(|tag| ["input", "select"].contains(&tag.name));
    fields.filter_map(|tag| tag.get("name")).collect()
}

/// Pages as one person comes to them, one of each kind, with what can be asked of each.
fn pages(demo: &Demo, by: &str) -> Vec<(String, BTreeSet<String>)> {
    let more = ["/", "/public", "/duties", "/log"];
    let mut waiting: VecDeque<String> =
        FIRST.iter().chain(&more).map(|path| (*path).to_owned()).collect();
    let (mut known, mut out) = (BTreeSet::new(), Vec::new());
    while let Some(path) = waiting.pop_front() {
        let (base, query) = path.split_once('?').unwrap_or((&path, ""));
        if out.len() == MOST_PAGES || !known.insert(kind_of(&path)) {
            continue;
        }
        let got = demo.get(by, &path);
        if got.status != StatusCode::OK {
            continue;
        }
        let said = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0.to_owned()));
        let names = asking(&got.text).into_iter().chain(said);
        let names = names.chain(NAMES.map(str::to_owned)).collect();
        let links = tags(&got.text).filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href"));
        waiting.extend(links.filter(|to| to.starts_with('/') && !to.contains("lang=")));
        out.push((base.to_owned(), names));
    }
    out
}

#[test]
fn no_question_in_an_address_is_a_fault_and_nothing_is_done_by_asking() {
    for demo in demos() {
        let acts = || demo.count("select count(*) from act");
        let (before, mut tried, mut wrong) = (acts(), BTreeSet::new(), Vec::new());
        for (name, by) in &people(&demo) {
            for (path, names) in pages(&demo, by) {
                // Whoever is signed in is read the same questions of one page.
                let whose = if *name == "nobody" { "nobody" } else { "somebody" };
                for field in names {
                    if !tried.insert((whose, kind_of(&path), field.clone())) {
                        continue;
                    }
                    for value in nonsense() {
                        let got = demo.get(by, &format!("{path}?{field}={value}"));
                        let silent = !got.status.is_redirection() && got.text.trim().is_empty();
                        if got.status.is_server_error() || silent {
                            let value: String = value.chars().take(12).collect();
                            wrong.push(format!("{name} {path}?{field}={value} {}", got.status));
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", demo.engine);
        assert!(tried.len() > 200, "{}", tried.len());
        assert_eq!(acts(), before, "{}: something was done", demo.engine);
    }
}
