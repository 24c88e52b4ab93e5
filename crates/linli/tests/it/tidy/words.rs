//! Every sentence that pages, refusals and notices ask for is there, in both languages.

use std::collections::{BTreeMap, BTreeSet};

use linli::words::Lang;
use syn::visit::Visit;

use super::ratchet;
use crate::golden::root;
use crate::source::{application, files, is_test};

/// Keys in a template: `say("…")`, `with("…"`, `fill("…"`.
fn keys_of_template(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for call in ["say(\"", "with(\"", "fill(\""] {
        for after in text.split(call).skip(1) {
            out.extend(after.split('"').next().map(str::to_owned));
        }
    }
    out
}

/// Words with dots between them: `matter.form.title`.
fn is_key(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.contains('.') && text.split('.').all(word)
}

#[derive(Default)]
struct Asked {
    keys: BTreeSet<String>,
    codes: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Asked {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if ["say", "with", "fill"].iter().any(|asked| call.method == asked) {
            let first = call.args.first().and_then(text_of);
            self.keys.extend(first.filter(|text| is_key(text)));
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let syn::Expr::Path(path) = &*call.func else {
            return syn::visit::visit_expr_call(self, call);
        };
        let names: Vec<String> =
            path.path.segments.iter().map(|part| part.ident.to_string()).collect();
        let made = names.iter().rev().nth(1).map(String::as_str);
        let (kind, code) = match made {
            Some("Refusal") => ("refusal", call.args.first().and_then(text_of)),
            Some("FieldProblem") => ("problem", call.args.iter().nth(1).and_then(text_of)),
            _ => ("", None),
        };
        self.codes.extend(code.map(|code| format!("{kind}.{code}")));
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        if made.path.segments.last().is_some_and(|last| last.ident == "Tell") {
            for field in &made.fields {
                if matches!(&field.member, syn::Member::Named(name) if name == "kind") {
                    let inner = match &field.expr {
                        syn::Expr::MethodCall(call) => text_of(&call.receiver),
                        other => text_of(other),
                    };
                    self.codes.extend(inner.map(|kind| format!("notice.{kind}")));
                }
            }
        }
        syn::visit::visit_expr_struct(self, made);
    }
}

fn text_of(expr: &syn::Expr) -> Option<String> {
    match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        syn::Expr::Reference(inner) => text_of(&inner.expr),
        _ => None,
    }
}

fn missing(keys: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let lacks = |key: &String| [Lang::Zh, Lang::En].iter().any(|lang| lang.find(key).is_none());
    keys.into_iter().filter(lacks).collect()
}

fn asked() -> Asked {
    let mut asked = Asked::default();
    application().for_each(|source| asked.visit_file(&source.tree));
    asked
}

#[test]
fn every_sentence_asked_for_is_there() {
    let mut keys = asked().keys;
    for path in files(&root().join("crates/linli/src"), "html") {
        keys.extend(keys_of_template(&std::fs::read_to_string(path).unwrap()));
    }
    assert!(keys.len() > 10, "{keys:?}");
    // A key has a dot in its middle: what is put together at run time ends in one, a link has none.
    let whole = |key: &String| key.contains('.') && !key.ends_with('.');
    ratchet::settle("words", &missing(keys.into_iter().filter(whole)));
}

#[test]
fn every_refusal_problem_and_notice_has_a_sentence() {
    let codes = asked().codes;
    assert!(codes.len() > 5, "{codes:?}");
    // A refusal that stands by a field keeps its words.
    let said = |lacking: &String| match lacking.strip_prefix("problem.") {
        Some(code) => missing([format!("refusal.{code}")]).is_empty(),
        None => false,
    };
    ratchet::settle("codes", &missing(codes).into_iter().filter(|code| !said(code)).collect());
}

/// What a reader is told in whole sentences stands in one place, whoever tells it.
#[test]
fn what_is_refused_is_said_in_one_place() {
    for lang in [Lang::Zh, Lang::En] {
        let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let told = ["refusal.", "problem.", "api.refused.", "api.open311.", "import.remark."];
        for (key, sentence) in linli::words::sentences(lang) {
            if told.iter().any(|part| key.starts_with(part)) {
                said.entry(sentence).or_default().push(key);
            }
        }
        said.retain(|_, keys| keys.len() > 1);
        assert!(said.is_empty(), "{}: {said:#?}", lang.code());
    }
}

#[test]
fn no_shared_sentence_is_said_twice() {
    for lang in ["zh", "en"] {
        let mut where_said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in files(&root().join("crates/linli/messages").join(lang), "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{path:?}: {e}"));
            for shared in ["refusal", "problem", "notice", "act", "left_empty"] {
                let said = table.get(shared).and_then(|inner| inner.as_table());
                for code in said.into_iter().flat_map(|inner| inner.keys()) {
                    let file = path.file_name().unwrap().to_string_lossy().into_owned();
                    where_said.entry(format!("{shared}.{code}")).or_default().push(file);
                }
            }
        }
        where_said.retain(|_, files| files.len() > 1);
        assert!(where_said.is_empty(), "{lang}: {where_said:#?}");
    }
}
