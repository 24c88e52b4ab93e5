//! Modules stand in order in `lib.rs`; each uses only those above it.

use std::collections::BTreeSet;

use syn::visit::Visit;

use super::ratchet;
use crate::golden::root;
use crate::source::{Source, application, is_test};

/// The modules in the order of `lib.rs`.
fn order() -> Vec<String> {
    let lib = application().find(|source| source.path.ends_with("src/lib.rs"));
    let lib = lib.expect("lib.rs is the table of contents");
    let modules = lib.tree.items.iter().filter_map(|item| match item {
        syn::Item::Mod(item) => Some(item.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

/// Names that follow `crate::` anywhere in a file, uses with braces and macros included.
fn used(source: &Source) -> BTreeSet<String> {
    let mut uses = Uses(BTreeSet::new());
    uses.visit_file(&source.tree);
    for (_, line) in source.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for after in code.split("crate::").skip(1) {
            let name: String =
                after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            uses.0.insert(name);
        }
    }
    uses.0
}

struct Uses(BTreeSet<String>);

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let syn::UseTree::Path(path) = &item.tree else { return };
        if path.ident == "crate" {
            first_names(&path.tree, &mut self.0);
        }
    }
}

fn first_names(tree: &syn::UseTree, out: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => drop(out.insert(path.ident.to_string())),
        syn::UseTree::Name(name) => drop(out.insert(name.ident.to_string())),
        syn::UseTree::Rename(name) => drop(out.insert(name.ident.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| first_names(tree, out)),
        syn::UseTree::Glob(_) => {}
    }
}

#[test]
fn each_module_uses_only_those_above_it() {
    let order = order();
    assert!(order.len() > 5, "{order:?}");
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut wrong = BTreeSet::new();
    for source in application() {
        let Some(at) = source.module().and_then(place) else { continue };
        for name in used(source) {
            if place(&name).is_some_and(|used| used > at) {
                wrong.insert(format!("{} uses {name}", source.path));
            }
        }
    }
    ratchet::settle("modules", &wrong);
}

/// The map of `docs/architecture.md` below `src/`: the first folder of each line.
fn mapped() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let below = text.lines().skip_while(|line| line.trim() != "src/").skip(1);
    let lines = below.take_while(|line| line.starts_with("        "));
    let named = lines.filter(|line| !line.starts_with("         "));
    named.filter_map(|line| Some(line.trim().split_once('/')?.0.to_owned())).collect()
}

#[test]
fn the_map_of_the_documents_has_the_modules_in_their_order() {
    let mut modules = order();
    modules.retain(|module| module != "testing");
    assert_eq!(mapped(), modules);
}
