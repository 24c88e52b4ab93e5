//! Every statement of the program is understood by both engines.

use std::collections::{BTreeMap, BTreeSet};

use linli::base::Id;
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

/// A place in the code that asks with a statement made at run time.
type Site = (String, usize);

/// Where the program asks with something else than a statement that [`statements`] lists.
fn sites() -> BTreeMap<Site, String> {
    let listed: BTreeSet<String> = statements().into_iter().map(|s| s.name).collect();
    let mut found = BTreeMap::new();
    for source in sources().iter().filter(|source| source.module().is_some()) {
        let (file, within) = (&source.path, None);
        let mut asks = Asks { file, listed: &listed, within, found: &mut found };
        asks.visit_file(&source.tree);
    }
    found
}

struct Asks<'a> {
    file: &'a str,
    listed: &'a BTreeSet<String>,
    /// The function that is looked at; `None` in those that only pass a statement on and are not
    /// themselves where it comes from.
    within: Option<String>,
    found: &'a mut BTreeMap<Site, String>,
}

impl<'ast> Visit<'ast> for Asks<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within = named(&item.attrs, &item.sig);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within = named(&item.attrs, &item.sig);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        syn::visit::visit_expr_method_call(self, call);
        let at = match (call.method.to_string().as_str(), call.args.len()) {
            ("rows" | "row" | "visit", 3) | ("count", 2) => 0,
            ("write", 3) => 1,
            ("write", 4) => 2,
            _ => return,
        };
        // A list of cases is asked by a filter and the name of a duty; a tally counts acts.
        let by_duty = matches!(&call.args[1], syn::Expr::Lit(_));
        let tally = |member: &syn::Member| matches!(member, syn::Member::Named(n) if n == "tally");
        if matches!(&*call.receiver, syn::Expr::Field(field) if tally(&field.member)) {
            return;
        }
        if let Some(name) = &self.within
            && !by_duty
            && !self.is_listed(&call.args[at])
        {
            let site = (self.file.to_owned(), call.method.span().start().line);
            self.found.insert(site, name.clone());
        }
    }
}

fn named(attrs: &[syn::Attribute], sig: &syn::Signature) -> Option<String> {
    let passes_on = attrs.iter().any(|attr| attr.path().is_ident("track_caller"));
    (!passes_on).then(|| sig.ident.to_string())
}

impl Asks<'_> {
    fn is_listed(&self, sql: &syn::Expr) -> bool {
        match sql {
            syn::Expr::Reference(inner) => self.is_listed(&inner.expr),
            syn::Expr::Path(path) => {
                let name = path.path.segments.last().map(|last| last.ident.to_string());
                name.is_some_and(|name| self.listed.contains(&name))
            }
            _ => false,
        }
    }
}

/// Lines of the files that debug builds write while the tests run: engine, site, statement.
fn heard(folder: &str) -> BTreeMap<Site, BTreeSet<(String, String)>> {
    let mut out: BTreeMap<Site, BTreeSet<(String, String)>> = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        // The last line of a process that was killed may be torn.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        for (engine, file, line, sql) in lines {
            let (engine, file, sql): (String, String, String) = (engine, file, sql);
            out.entry((file, line)).or_default().insert((engine, sql));
        }
    }
    out
}

/// What an engine is asked about itself: its settings, and the list of its tables.
fn is_of_one_engine(sql: &str) -> bool {
    let begins = ["show ", "pragma "].iter().any(|word| sql.trim_start().starts_with(word));
    begins || ["pg_tables", "sqlite_master"].iter().any(|own| sql.contains(own))
}

/// `bin/test` runs this after all other tests, which have written down what was asked.
#[test]
#[ignore = "reads what the other tests wrote into the folder LINLI_HEARD"]
fn every_statement_made_at_run_time_was_asked_of_both_engines() {
    let heard = heard(&std::env::var("LINLI_HEARD").unwrap());
    let (sites, mut missing) = (sites(), BTreeSet::new());
    assert!(sites.len() > 20, "the places that ask are not where they are looked for");
    let mut made = BTreeSet::new();
    for (site, name) in &sites {
        let asked = heard.get(site).cloned().unwrap_or_default();
        for engine in ["sqlite", "postgresql"] {
            if !asked.iter().any(|(of, _)| of == engine) {
                missing.insert(format!("{} {name} is never asked of {engine}", site.0));
            }
        }
        made.extend(asked.into_iter().map(|(_, sql)| sql).filter(|sql| !is_of_one_engine(sql)));
    }
    crate::tidy::ratchet::settle("statements", &missing);
    both_engines(|world| {
        let store = &world.door().store;
        let wrong: BTreeSet<String> = made
            .iter()
            .filter_map(|sql| Some(format!("{}: {sql}", store.prepare(sql).err()?)))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", store.engine_name());
    });
    eprintln!("{} statements made at {} places, each prepared twice", made.len(), sites.len());
}

#[test]
fn every_order_ends_in_a_key() {
    let keys = |column: &str| {
        let bare = column.trim_end_matches(" desc").trim_end_matches(" asc").trim();
        let bare = bare.rsplit('.').next().unwrap_or(bare);
        ["id", "act_id", "party_id", "person_id", "news", "seq", "idx", "size", "version", "number"]
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

/// Statements behind pages that only the browser tests open, which run on one engine.
#[test]
fn what_only_pages_ask_is_asked_of_both_engines_too() {
    use linli::people::store::body;
    both_engines(|world| {
        world.read(|tx| {
            assert!(body(tx, &Id::derived("none"))?.is_none());
            assert_eq!(linli::matter::store::open_below(tx, "/990101/")?, 0);
            Ok(())
        });
    });
}
