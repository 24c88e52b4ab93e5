//! Every route, visited by somebody who is not signed in: what is not published is not shown, and
//! nothing is performed.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use linli::base::Id;
use linli::testing::{World, worlds};
use syn::visit::Visit;
use tower::ServiceExt as _;

use crate::source::{application, is_test};

/// What anyone may read without signing in, by the beginning of the route.
const PUBLISHED: [&str; 25] = [
    "/",
    "/addresses",
    "/livez",
    "/readyz",
    "/metrics",
    "/static/",
    "/sign-in",
    "/demo",
    "/privacy",
    "/duties",
    "/log",
    "/verify",
    "/public",
    "/grids",
    "/places",
    "/map",
    "/classes",
    "/processes",
    "/procedures",
    "/open311",
    "/api",
    "/feed",
    "/help",
    "/cases/new",
    "/register",
];

/// What is never shown without signing in, whatever `PUBLISHED` says of the beginning.
const KEPT: [&str; 4] = ["/duties/edit", "/desk", "/admin", "/me"];

#[derive(Default)]
struct Routes(BTreeMap<String, BTreeSet<String>>);

impl<'ast> Visit<'ast> for Routes {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "route"
            && let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. })) =
                call.args.first()
        {
            let methods = self.0.entry(path.value()).or_default();
            methods_of(&call.args[1], methods);
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// `get(a).post(b)` handles two methods.
fn methods_of(expr: &syn::Expr, out: &mut BTreeSet<String>) {
    match expr {
        syn::Expr::Call(call) => {
            if let syn::Expr::Path(path) = &*call.func {
                out.extend(path.path.segments.last().map(|last| last.ident.to_string()));
            }
        }
        syn::Expr::MethodCall(call) => {
            methods_of(&call.receiver, out);
            out.insert(call.method.to_string());
        }
        _ => {}
    }
    out.retain(|method| ["get", "post", "put", "patch", "delete"].contains(&method.as_str()));
}

fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let mut routes = Routes::default();
    application().for_each(|source| routes.visit_file(&source.tree));
    assert!(routes.0.len() > 10, "{:?}", routes.0.keys());
    routes.0
}

/// The route with something in the place of its parameters.
fn address(route: &str) -> String {
    let id = Id::derived("nobody has this id");
    let part = |part: &str| {
        if part.starts_with('{') { id.to_string() } else { part.to_owned() }
    };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn published(route: &str) -> bool {
    let under = |start: &&str| {
        let start = start.trim_end_matches('/');
        route == start
            || route.starts_with(&format!("{start}/")) && !start.is_empty()
            || route.starts_with(&format!("{start}."))
    };
    let kept = KEPT.iter().any(&under);
    !kept && (route == "/" || PUBLISHED.iter().skip(1).any(under))
}

fn ask(world: &World, method: &str, path: &str) -> StatusCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let form = "application/x-www-form-urlencoded";
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, form)
        .body(Body::empty())
        .unwrap();
    let router = linli::app::router(world.districts());
    runtime.block_on(async { router.oneshot(request).await.unwrap().status() })
}

fn acts(world: &World) -> i64 {
    world.read(|tx| tx.count("select count(*) from act", &[]))
}

#[test]
fn nobody_is_shown_more_than_is_published() {
    let routes = routes();
    for world in worlds(&linli::app::wiring().unwrap()) {
        let before = acts(&world);
        for (route, methods) in &routes {
            for method in methods {
                let status = ask(&world, method, &address(route));
                let told = format!("{method} {route}: {status}");
                assert!(!status.is_server_error(), "{told}");
                assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{told}");
                if method == "get" && !published(route) {
                    assert!(!status.is_success(), "{told}, though it is not published");
                }
            }
        }
        assert_eq!(acts(&world), before, "an empty form of nobody performed something");
    }
}
