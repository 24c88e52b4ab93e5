//! Small files, small functions, narrow lines; no way around `base`; no habits of a draft.

use std::collections::BTreeSet;

use syn::spanned::Spanned as _;
use syn::visit::Visit;

use super::ratchet;
use crate::source::{Source, is_test, lines_of, sources, tests};

const LINE_COLUMNS: usize = 100;
const FUNCTION_LINES: usize = 70;
/// A test tells a whole story.
const TEST_LINES: usize = 100;
const FILE_LINES: usize = 500;

/// What only `base` may ask the machine for.
const IMPURE: [&str; 9] = [
    "SystemTime",
    "Instant::now",
    "getrandom::",
    "std::env",
    "env::var",
    "env::args",
    "Timestamp::now",
    "Zoned::now",
    "rand::",
];

struct Functions(Vec<(String, usize)>);

impl Functions {
    fn keep(&mut self, name: &syn::Ident, span: proc_macro2::Span) {
        let (from, to) = lines_of(span);
        self.0.push((name.to_string(), to - from + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.keep(&item.sig.ident, item.sig.span().join(item.block.span()).unwrap());
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.keep(&item.sig.ident, item.sig.span().join(item.block.span()).unwrap());
        syn::visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn lines_functions_and_files_are_small() {
    let mut wrong = BTreeSet::new();
    for source in sources().iter() {
        sizes(source, source.lines().count(), FUNCTION_LINES, &mut wrong);
    }
    for test in tests().iter() {
        sizes(test, test.text.lines().count(), TEST_LINES, &mut wrong);
    }
    ratchet::settle("sizes", &wrong);
}

fn sizes(source: &Source, lines: usize, most: usize, wrong: &mut BTreeSet<String>) {
    for (number, line) in (1..).zip(source.text.lines()) {
        if line.chars().count() > LINE_COLUMNS {
            eprintln!("{}:{number} is too wide", source.path);
            wrong.insert(format!("{} has wide lines", source.path));
        }
    }
    if lines > FILE_LINES {
        wrong.insert(format!("{} is too long", source.path));
    }
    let mut functions = Functions(Vec::new());
    functions.visit_file(&source.tree);
    for (name, lines) in functions.0.into_iter().filter(|(_, lines)| *lines > most) {
        eprintln!("{} fn {name} has {lines} lines", source.path);
        wrong.insert(format!("{} fn {name} is too long", source.path));
    }
}

#[test]
fn only_base_asks_the_machine() {
    let mut wrong = BTreeSet::new();
    for source in sources().iter().filter(|source| source.module() != Some("base")) {
        for (_, line) in source.lines() {
            let code = line.split("//").next().unwrap_or_default();
            for asked in IMPURE.iter().filter(|asked| code.contains(**asked)) {
                wrong.insert(format!("{} asks {asked}", source.path));
            }
        }
    }
    ratchet::settle("purity", &wrong);
}

#[test]
fn nothing_of_a_draft_is_left() {
    let drafts = ["todo!", "unimplemented!", "dbg!", ".unwrap()", ".expect(", "FIXME", "XXX"];
    let mut wrong = BTreeSet::new();
    for source in sources().iter() {
        for (_, line) in source.lines() {
            let bare = line.trim_start();
            if bare.starts_with("///") || bare.starts_with("//!") {
                continue;
            }
            for draft in drafts.iter().filter(|draft| line.contains(**draft)) {
                wrong.insert(format!("{} has {draft}", source.path));
            }
            let like_code = bare.contains('(') || bare.contains(" = ") || bare.contains("::");
            if bare.starts_with("//") && bare.ends_with([';', '{', '}']) && like_code {
                wrong.insert(format!("{} has code in a comment: {bare}", source.path));
            }
        }
    }
    ratchet::settle("habits", &wrong);
}
