//! Every route, visited by somebody who is not signed in: what is not published is not shown, and
//! nothing is performed.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use linli::base::Id;
use linli::people::session::{self, Opening};
use linli::people::{APPOINTMENT, PERSON, POST};
use linli::store::Value;
use linli::store::schema::Table;
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
const KEPT: [&str; 6] =
    ["/duties/edit", "/duties/proposals", "/duties/walls", "/desk", "/admin", "/me"];

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
            if call.method == "merge" {
                call.args.iter().for_each(|other| methods_of(other, out));
            }
            out.insert(call.method.to_string());
        }
        _ => {}
    }
    out.retain(|method| ["get", "post", "put", "patch", "delete"].contains(&method.as_str()));
}

/// The routes of the program, each with its methods.
pub fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let mut routes = Routes::default();
    application().for_each(|source| routes.visit_file(&source.tree));
    assert!(routes.0.len() > 10, "{:?}", routes.0.keys());
    routes.0
}

/// The route with something in the place of its parameters.
fn address(route: &str) -> String {
    let id = Id::derived("nobody has this id");
    let part = |part: &str| match part {
        "{code}" => "990101".to_owned(),
        part if part.starts_with('{') => id.to_string(),
        part => part.to_owned(),
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
    ask_as(world, method, path, "")
}

fn ask_as(world: &World, method: &str, path: &str, cookie: &str) -> StatusCode {
    send_as(world, method, path, cookie, Vec::new())
}

fn send_as(world: &World, method: &str, path: &str, cookie: &str, body: Vec<u8>) -> StatusCode {
    answered(world, method, path, cookie, body).status()
}

/// Where whoever is not signed in is led from an address; empty where it is a page.
fn led_to(world: &World, path: &str) -> String {
    let answer = answered(world, "get", path, "", Vec::new());
    let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    to.unwrap_or_default().to_owned()
}

fn answered(world: &World, method: &str, path: &str, cookie: &str, body: Vec<u8>) -> Response {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let form = "application/x-www-form-urlencoded";
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, form)
        .header(header::COOKIE, format!("linli={cookie}"))
        .body(Body::from(body))
        .unwrap();
    let router = linli::app::router(world.districts());
    runtime.block_on(async { router.oneshot(request).await.unwrap() })
}

fn acts(world: &World) -> i64 {
    world.read(|tx| tx.count("select count(*) from act", &[]))
}

/// Forms that lead on when they are taken and to a page of failure when they are not: no form ever
/// stands on a page of their address. Those of the API answer programs.
const NEVER_A_FORM: [&str; 20] = [
    "/api/v1/cases/{number}/moves",
    "/api/v1/cases/{number}/unmask",
    "/api/v1/photos",
    "/admin/import/batches/{batch}/undo",
    "/admin/keys/{id}/end",
    "/admin/kinds/{code}/end",
    "/admin/posts/{id}/end_delegation",
    "/cases/{number}/follow",
    "/cases/{number}/unfollow",
    "/demo/sign-in",
    "/desk.xlsx",
    "/desk/figures.xlsx",
    "/desk/views/{id}/drop",
    "/me/delegation/end",
    "/me/keys/end",
    "/me/notices/read",
    "/me/sessions/end",
    "/me/sessions/end-others",
    "/sign-out",
    "/view",
];

/// A form that came back stands on a page under its own address, and one goes back to that.
#[test]
fn where_a_form_may_come_back_asking_for_a_page_leads_to_where_it_began() {
    let routes = routes();
    let is = |route: &str, method: &str| routes[route].contains(method);
    let posted: Vec<&str> = routes.keys().map(|r| &**r).filter(|r| is(r, "post")).collect();
    let never: BTreeSet<&str> = posted.iter().copied().filter(|r| !is(r, "get")).collect();
    assert_eq!(never, BTreeSet::from(NEVER_A_FORM), "these are asked for as pages in vain");
    let pages: BTreeMap<String, &str> =
        routes.keys().filter(|r| is(r, "get")).map(|r| (address(r), &**r)).collect();
    for world in worlds(&linli::app::wiring().unwrap()) {
        let mut led = BTreeMap::new();
        for route in posted.iter().copied().filter(|r| is(r, "get")) {
            let to = led_to(&world, &address(route));
            if !to.is_empty() && !to.starts_with("/sign-in?next=") {
                let to = to.split('?').next().unwrap_or_default();
                assert!(pages.contains_key(to), "{route} leads to {to}, which is no page");
                led.insert(route, pages[to]);
            }
        }
        for (route, to) in [
            ("/admin/people/{id}/suspend", "/admin/people/{id}"),
            ("/cases/{number}/unmask", "/cases/{number}"),
            ("/desk/bulk", "/desk"),
            ("/desk/bulk/confirm", "/desk/bulk"),
            ("/duties/preview", "/duties/edit"),
            ("/duties/walls/preview", "/duties/walls"),
            ("/sign-in/code", "/sign-in"),
            ("/sign-in/first", "/sign-in/staff"),
        ] {
            assert_eq!(led.get(route), Some(&to), "{route}");
        }
    }
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

/// Forms that ask for nothing, so that an empty one is right: they end, mark or drop something of
/// one's own, turn a view, take the whole list along, or go back to acting as a resident.
const ASK_NOTHING: [&str; 8] = [
    "/desk.xlsx",
    "/desk/views/{id}/drop",
    "/me/notices/read",
    "/me/post",
    "/me/sessions/end",
    "/me/sessions/end-others",
    "/sign-out",
    "/view",
];

/// A step of a report whose draft is not there leads back to its beginning, and a choice of no
/// cases to the list.
const BACK: [&str; 2] = ["/cases", "/desk/bulk"];

pub fn is_asked(route: &str) -> bool {
    let back = BACK.contains(&route) || route.starts_with("/cases/new/");
    !back && !ASK_NOTHING.contains(&route)
}

/// Kinds of post that between them may open every form.
const KINDS: [&str; 7] = [
    "system_admin",
    "security_admin",
    "audit_admin",
    "district_dispatcher",
    "community_clerk",
    "department_head",
    "grid_worker",
];

/// The cookie of somebody who holds a post of this kind over the whole district.
fn holder(world: &World, kind: &str) -> String {
    let now = world.district.now();
    let id = |what: &str| Id::derived(&format!("{what} {kind}"));
    let root = Id::derived("root");
    let person = vec![
        ("kind", Value::from("staff")),
        ("name_masked", "周**".into()),
        ("username", kind.into()),
        ("place_path", "/990101/".into()),
        ("language", "zh".into()),
        ("consent", "duty".into()),
        ("created_at", now.into()),
        ("version", 1.into()),
    ];
    world.plant(PERSON, vec![(id("person"), person)]);
    let post = vec![
        ("kind", Value::from(kind)),
        ("title", kind.into()),
        ("place_id", Value::from(&root)),
        ("place_path", "/990101/".into()),
        ("version", 1.into()),
    ];
    world.plant(POST, vec![(id("post"), post)]);
    let appointment = vec![
        ("post_id", Value::from(&id("post"))),
        ("person_id", Value::from(&id("person"))),
        ("holder_name", "周小满".into()),
        ("term_from", "2020-01-01".into()),
        ("since", now.into()),
        ("version", 1.into()),
    ];
    world.plant(APPOINTMENT, vec![(id("appointment"), appointment)]);
    let opening = Opening {
        person: id("person"),
        appointment: Some(id("appointment")),
        proved: "password+totp",
        device: String::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(session::open(world.district.store(), opening, now)).unwrap()
}

/// The district as a place, and the cookies of a holder of each kind.
fn offices(world: &World) -> Vec<String> {
    let place = vec![
        ("code", Value::from("990101")),
        ("level", "district".into()),
        ("name", "测试区".into()),
        ("path", "/990101/".into()),
        ("sort_key", "c".into()),
        ("valid_from", world.district.now().into()),
        ("version", 1.into()),
    ];
    world.plant(Table::recorded("place"), vec![(Id::derived("root"), place)]);
    KINDS.iter().map(|kind| holder(world, kind)).collect()
}

/// Every form is refused as holders of these kinds send these bodies to it, and nothing is done.
fn refused_everywhere(kinds: &[&str], bodies: &[(&str, Vec<u8>)]) {
    let routes = routes();
    for world in worlds(&linli::app::wiring().unwrap()) {
        let cookies = offices(&world);
        let before = acts(&world);
        let forms = routes.iter().filter(|(_, methods)| methods.contains("post"));
        let mut taken = BTreeSet::new();
        for (route, _) in forms.filter(|(route, _)| is_asked(route)) {
            for (what, body) in bodies {
                for (kind, cookie) in kinds.iter().zip(&cookies) {
                    let status = send_as(&world, "post", &address(route), cookie, body.clone());
                    if !status.is_client_error() {
                        taken.insert(format!("{kind} posts {what} to {route}: {status}"));
                    }
                }
            }
        }
        assert!(taken.is_empty(), "{taken:#?}");
        assert_eq!(acts(&world), before, "a form that was refused performed something");
    }
}

#[test]
fn an_empty_form_is_said_to_be_wrong_whoever_sends_it() {
    refused_everywhere(&KINDS, &[("nothing", Vec::new())]);
}

/// Forms that no browser sends: bytes that are no UTF-8, nonsense, and more than a form holds.
fn broken() -> [(&'static str, Vec<u8>); 3] {
    let huge = [b"act_id=1&words=", vec![b'x'; 3 << 20].as_slice()].concat();
    let latin = b"act_id=%E9&words=caf\xe9&name=%FF%FE&text=%B7%B5".to_vec();
    [("Latin-1", latin), ("nonsense", b"=&&%&%zz&\0=\0".to_vec()), ("huge", huge)]
}

#[test]
fn a_form_that_cannot_be_read_is_refused_and_changes_nothing() {
    refused_everywhere(&KINDS[..5], &broken());
}
