//! Every statement of the program is understood by both engines.

use std::collections::BTreeSet;

use linli::testing::both_engines;
use syn::visit::Visit;

use crate::source::{is_test, sources};

/// A statement with the place it stands at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    pub file: String,
    pub name: String,
    pub sql: String,
}

/// Every `const NAME: &str` of the application that holds a statement.
pub fn statements() -> Vec<Statement> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.module().is_some()) {
        let mut consts = Consts { file: &source.path, found: &mut found };
        consts.visit_file(&source.tree);
    }
    assert!(found.len() > 20, "the statements are not where they are looked for");
    found
}

/// Whether a text is a statement that reads or writes rows.
pub fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    ["select ", "select\n", "insert into ", "update ", "delete from ", "with "]
        .iter()
        .any(|start| text.starts_with(start))
}

struct Consts<'a> {
    file: &'a str,
    found: &'a mut Vec<Statement>,
}

impl<'ast> Visit<'ast> for Consts<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.keep(&item.ident, &item.expr);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.keep(&item.ident, &item.expr);
    }
}

impl Consts<'_> {
    fn keep(&mut self, name: &syn::Ident, expr: &syn::Expr) {
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = expr else { return };
        if is_statement(&text.value()) {
            let (file, name) = (self.file.to_owned(), name.to_string());
            self.found.push(Statement { file, name, sql: text.value() });
        }
    }
}

#[test]
fn every_statement_is_prepared_by_both_engines() {
    let statements = statements();
    both_engines(|world| {
        let store = &world.door().store;
        let wrong: BTreeSet<String> = statements
            .iter()
            .filter_map(|s| {
                let error = store.prepare(&s.sql).err()?;
                Some(format!("{} {}: {error}", s.file, s.name))
            })
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", store.engine_name());
    });
}

#[test]
fn every_order_ends_in_a_key() {
    let keys = |column: &str| {
        let bare = column.trim_end_matches(" desc").trim_end_matches(" asc").trim();
        let bare = bare.rsplit('.').next().unwrap_or(bare);
        ["id", "act_id", "party_id", "person_id", "seq", "idx", "size", "version", "number"]
            .contains(&bare)
    };
    let loose: BTreeSet<String> = statements()
        .into_iter()
        .filter(|s| {
            s.sql.split("order by ").skip(1).any(|rest| {
                let mut open = 0_i32;
                let closes = |c: char| {
                    open += i32::from(c == '(') - i32::from(c == ')');
                    open < 0
                };
                let rest = rest.split(" limit").next().unwrap_or(rest);
                let end = rest.find(closes).unwrap_or(rest.len());
                !rest[..end].split(',').next_back().is_some_and(|last| keys(last.trim()))
            })
        })
        .map(|s| format!("{} {}", s.file, s.name))
        .collect();
    crate::tidy::ratchet::settle("order", &loose);
}
