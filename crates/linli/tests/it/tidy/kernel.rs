//! The kernel serves every concept alike: it names no table that only one of them has, and nothing
//! of cases.

use std::collections::BTreeSet;

use syn::visit::Visit;

use super::ratchet;
use super::tables::{Texts, owners, tables_in};
use crate::source::{Source, application};

/// Modules that votes or a ledger would stand on as well as cases do.
const KERNEL: [&str; 7] = ["base", "store", "act", "district", "table", "procedure", "record"];

/// Where a table may be named beside a statement, by a text that is its name and nothing else.
/// Elsewhere such a word is the field of a form or a key of a file.
const LISTING: [&str; 3] = ["store", "act", "record"];

/// The texts of each file of the kernel.
fn texts() -> impl Iterator<Item = (&'static Source, &'static str, Texts)> {
    let all = application().filter_map(|source| Some((source, source.module()?)));
    let kernel = all.filter(|(_, module)| KERNEL.contains(module));
    kernel.map(|(source, module)| {
        let mut texts = Texts::default();
        texts.visit_file(&source.tree);
        (source, module, texts)
    })
}

/// Acts and sentences of cases are named where cases are.
#[test]
fn the_kernel_names_no_act_and_no_sentence_of_cases() {
    let mut wrong = BTreeSet::new();
    for (source, _, texts) in texts() {
        let named = texts.all.into_iter().filter(|text| text.starts_with("case."));
        wrong.extend(named.map(|text| format!("{}: {text}", source.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_kernel_names_no_table_of_a_concept() {
    let owners = owners();
    let of_concept = |table: &str| {
        owners.get(table).is_some_and(|of| KERNEL.iter().all(|module| !of.contains(module)))
    };
    assert!(of_concept("case_file") && !of_concept("duty"));
    let (mut looked, mut wrong) = (0, BTreeSet::new());
    for (source, module, texts) in texts() {
        looked += 1;
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
