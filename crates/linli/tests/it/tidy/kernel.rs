//! The kernel serves every concept alike: it names no table that only one of them has.

use std::collections::BTreeSet;

use syn::visit::Visit;

use super::ratchet;
use super::tables::{Texts, owners, tables_in};
use crate::source::application;

/// Modules that votes or a ledger would stand on as well as cases do.
const KERNEL: [&str; 7] = ["base", "store", "act", "district", "table", "procedure", "record"];

/// Where a table may be named beside a statement, by a text that is its name and nothing else.
/// Elsewhere such a word is the field of a form or a key of a file.
const LISTING: [&str; 3] = ["store", "act", "record"];

#[test]
fn the_kernel_names_no_table_of_a_concept() {
    let owners = owners();
    let of_concept = |table: &str| {
        owners.get(table).is_some_and(|of| KERNEL.iter().all(|module| !of.contains(module)))
    };
    assert!(of_concept("case_file") && !of_concept("duty"));
    let (mut looked, mut wrong) = (0, BTreeSet::new());
    for source in application() {
        let Some(module) = source.module().filter(|module| KERNEL.contains(module)) else {
            continue;
        };
        looked += 1;
        let mut texts = Texts::default();
        texts.visit_file(&source.tree);
        let listing = LISTING.contains(&module);
        let bare = texts.all.iter().filter(|_| listing).cloned();
        let asked = texts.all.iter().flat_map(|text| tables_in(text));
        let named: BTreeSet<String> = bare.chain(asked).filter(|table| of_concept(table)).collect();
        if !named.is_empty() {
            let named: Vec<String> = named.into_iter().collect();
            wrong.insert(format!("{} names {}", source.path, named.join(" ")));
        }
    }
    assert!(looked > 40, "the kernel is not where it is looked for");
    ratchet::settle("kernel", &wrong);
}
