//! A table is named in SQL only by the concept that owns it.

use std::collections::{BTreeMap, BTreeSet};

use linli::store::schema;
use syn::visit::Visit;

use super::ratchet;
use crate::source::{application, is_test};
use crate::sql::is_statement;

/// Concept and its tables. The duty list is read in `act` and changed in `disclosure`; the doctor
/// of `keep` counts what waits or is vacant.
const OWNERS: [(&str, &str); 14] = [
    ("act", "act leaf tile checkpoint lease outbox party setting post_kind duty wall"),
    ("disclosure", "setting post_kind duty duty_proposal wall"),
    ("record", "leaf tile checkpoint act"),
    ("district", "number_block process"),
    ("territory", "place place_past boundary boundary_import place_descent address setting"),
    (
        "people",
        "session sms_code attempt access person contact follow body post appointment delegation \
         remit post_kind api_key",
    ),
    ("file", "file attachment"),
    ("notice", "news notice outbox"),
    ("matter", "matter entry clock attachment saved_view party batch import_run"),
    ("calendar", "calendar_year work_hours setting"),
    ("catalogue", "class standard batch setting"),
    ("affairs", "case_file matter saved_view draft"),
    ("keep", "act leaf outbox notice post appointment duty"),
    ("store", "schema_version"),
];

pub(super) fn owners() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (concept, tables) in OWNERS {
        for table in tables.split_whitespace() {
            out.entry(table).or_default().insert(concept);
        }
    }
    out
}

/// Names of tables a statement, or a part of one, reads or writes.
pub(super) fn tables_in(sql: &str) -> BTreeSet<String> {
    let spaced = sql.replace(['(', ')', ','], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let named =
        words.windows(2).filter(|pair| ["from", "join", "into", "update"].contains(&pair[0]));
    named.map(|pair| pair[1].to_owned()).collect()
}

/// The texts of a file, and the tables that are named as such: `table: "matter"`.
#[derive(Default)]
pub(super) struct Texts {
    pub all: Vec<String>,
    tables: Vec<String>,
}

impl<'ast> Visit<'ast> for Texts {
    /// What a comment says is no text of the program.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.all.push(text.value());
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let (syn::Member::Named(name), syn::Expr::Lit(syn::ExprLit { lit, .. })) =
            (&field.member, &field.expr)
            && let (true, syn::Lit::Str(text)) = (name == "table", lit)
        {
            self.tables.push(text.value());
        }
        syn::visit::visit_field_value(self, field);
    }

    /// Statements put together by `format!` are looked at as well.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        for token in called.tokens.clone() {
            if let proc_macro2::TokenTree::Literal(literal) = token
                && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
            {
                self.all.push(text.value());
            }
        }
    }
}

fn named_in(tree: &syn::File) -> BTreeSet<String> {
    let mut texts = Texts::default();
    texts.visit_file(tree);
    let statements = texts.all.iter().filter(|text| is_statement(text));
    statements.flat_map(|text| tables_in(text)).chain(texts.tables).collect()
}

#[test]
fn every_table_has_an_owner() {
    let owners = owners();
    for table in schema::tables() {
        assert!(owners.contains_key(table.as_str()), "{table} belongs to no concept");
    }
    let known = schema::tables();
    for table in owners.keys().filter(|table| **table != "schema_version") {
        assert!(known.iter().any(|name| name == table), "there is no table {table}");
    }
}

#[test]
fn a_table_is_named_by_its_owner_only() {
    let owners = owners();
    let mut wrong = BTreeSet::new();
    for source in application() {
        let Some(module) = source.module() else { continue };
        for table in named_in(&source.tree) {
            if owners.get(table.as_str()).is_some_and(|of| !of.contains(module)) {
                wrong.insert(format!("{} names {table}", source.path));
            }
        }
    }
    ratchet::settle("tables", &wrong);
}
