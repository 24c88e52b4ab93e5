//! Whoever stands in does so by a post of their own, so every statement that looks for delegations
//! asks whether they still hold it. One that forgets would show, count or obey a stand-in who may
//! act no longer.

use std::collections::BTreeSet;

use syn::spanned::Spanned as _;
use syn::visit::Visit;

use crate::source::{Source, application, is_test, lines_of};

/// What looks for delegations whether they stand or not, and why.
const STANDING_OR_NOT: [(&str, &str); 2] = [
    ("DELEGATIONS", "whoever is away sees what they have lent, those that are over as well"),
    ("HANGING_ON", "what hangs on a post that ends is ended with it, in force or not"),
];

/// Statements of a file, by the name of what holds them: a constant, a macro, a function.
struct Holders<'a> {
    source: &'a Source,
    found: Vec<(String, String)>,
}

impl Holders<'_> {
    fn keep(&mut self, name: &syn::Ident, spanned: proc_macro2::Span) {
        let (first, last) = lines_of(spanned);
        let lines = self.source.text.lines().skip(first - 1).take(last + 1 - first);
        let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        self.found.push((name.to_string(), words.join(" ")));
    }
}

impl<'ast> Visit<'ast> for Holders<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.keep(&item.ident, item.span());
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.keep(&item.ident, item.span());
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.keep(name, item.span());
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.keep(&item.sig.ident, item.span());
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.keep(&item.sig.ident, item.span());
    }
}

#[test]
fn every_look_for_delegations_asks_whether_they_still_stand() {
    let (mut looking, mut forgetful) = (0, BTreeSet::new());
    for source in application() {
        let mut holders = Holders { source, found: Vec::new() };
        holders.visit_file(&source.tree);
        for (name, text) in holders.found {
            let times = |word: &str| text.matches(word).count();
            let looks = times("from delegation ") + times("join delegation ");
            looking += looks;
            if looks > times("stands!(") {
                forgetful.insert(name);
            }
        }
    }
    assert!(looking > 5, "the delegations are not where they are looked for");
    let allowed = STANDING_OR_NOT.map(|(name, _)| name.to_owned());
    assert_eq!(forgetful, BTreeSet::from(allowed), "add stands!, or a reason why not");
}
