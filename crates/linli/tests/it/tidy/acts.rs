//! Every act that the program performs or asks for stands in the duty list and has a name in words.

use std::collections::BTreeSet;

use linli::affairs::appeal;
use linli::disclosure::shipped;
use linli::words::Lang;
use syn::visit::Visit;

use super::ratchet;
use crate::source::{application, is_test};

/// Acts of the shipped duty list.
pub fn listed() -> BTreeSet<String> {
    let list = shipped::parse(shipped::TEXT).unwrap();
    list.duty.into_iter().map(|duty| duty.act).collect()
}

/// `case.dispatch`: two words of small letters with a dot between.
fn is_act(text: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.').is_some_and(|(of, what)| word(of) && word(what))
}

/// Where code names an act: the name of an `Act`, `see` of a table, a question to the duty list.
struct Named(BTreeSet<String>);

impl Named {
    fn keep(&mut self, expr: &syn::Expr) {
        let mut texts = Literals(Vec::new());
        texts.visit_expr(expr);
        self.0.extend(texts.0.into_iter().filter(|text| is_act(text)));
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of_act = item
            .trait_
            .as_ref()
            .is_some_and(|(path, ..)| path.segments.last().is_some_and(|last| last.ident == "Act"));
        for inner in &item.items {
            if let syn::ImplItem::Fn(function) = inner
                && of_act
                && function.sig.ident == "name"
            {
                let mut texts = Literals(Vec::new());
                texts.visit_block(&function.block);
                self.0.extend(texts.0.into_iter().filter(|text| is_act(text)));
            }
        }
        syn::visit::visit_item_impl(self, item);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == "see") {
            self.keep(&field.expr);
        }
        syn::visit::visit_field_value(self, field);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if ["may", "has", "filter", "decide"].iter().any(|asked| call.method == asked) {
            call.args.iter().for_each(|arg| {
                if let syn::Expr::Lit(_) = arg {
                    self.keep(arg);
                }
            });
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

struct Literals(Vec<String>);

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.push(text.value());
    }
}

#[test]
fn every_act_of_the_code_is_in_the_duty_list() {
    let mut named = Named(BTreeSet::new());
    application().for_each(|source| named.visit_file(&source.tree));
    assert!(named.0.contains("duty.begin"), "{:?}", named.0);
    let listed = listed();
    let loose: BTreeSet<String> = named.0.difference(&listed).cloned().collect();
    ratchet::settle("acts", &loose);
}

/// Moves are named by their procedure, all other acts by the messages, and none by both.
#[test]
fn every_act_of_the_duty_list_has_a_name_in_both_languages() {
    let process = appeal::shipped().unwrap();
    let moves: BTreeSet<String> = process.moves.iter().map(|by| process.act_name(by)).collect();
    for act in listed() {
        for lang in [Lang::Zh, Lang::En] {
            let said = lang.find(&format!("act.{act}")).is_some();
            assert_eq!(said, !moves.contains(&act), "{act} has no name, or two: {lang:?}");
        }
    }
}
