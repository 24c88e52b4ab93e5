//! Classes and standards as officials keep them in the browser.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use super::{Filed, routes, seed, store};
use crate::base::{Id, Instant};
use crate::district::{SignedIn, Wiring};
use crate::store::{ReadTx, StoreError};
use crate::testing::{World, both_engines_wired, staff, wiring};

/// The cookie's words name the kind of post.
fn who_is(tx: &ReadTx<'_>, hash: &str, _: Instant) -> Result<Option<SignedIn>, StoreError> {
    let _ = tx;
    let kinds = ["system_admin", "community_clerk"];
    let found = kinds.iter().find(|k| crate::base::secret::sha256_hex(k.as_bytes()) == hash);
    Ok(found.map(|kind| {
        let person = Id::derived(kind);
        SignedIn {
            session: Id::derived("session"),
            actor: staff(kind, "/990101/", person.clone()),
            person,
            name: "温如许".to_owned(),
            language: "zh".to_owned(),
            office_en: String::new(),
            unread: 0,
        }
    }))
}

fn router(world: &World) -> Router {
    let districts = world.districts();
    let failures = crate::page::render_failures;
    routes(|_, _| Ok(Filed { open: 3, public: 2 }))
        .layer(axum::middleware::from_fn_with_state(districts.clone(), failures))
        .with_state(districts)
}

struct Got {
    status: StatusCode,
    text: String,
}

fn ask(world: &World, request: Request<Body>) -> Got {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = router(world).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Got { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    })
}

fn get(world: &World, path: &str, who: &str) -> Got {
    let request = Request::get(path).header(header::COOKIE, format!("linli={who}"));
    ask(world, request.body(Body::empty()).unwrap())
}

type Fields = Vec<(String, String)>;

fn post(world: &World, path: &str, who: &str, form: &Fields) -> Got {
    let body = serde_urlencoded::to_string(form).unwrap();
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(path).header(header::COOKIE, format!("linli={who}"));
    ask(world, request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap())
}

fn set(form: &mut Fields, name: &str, value: &str) {
    form.retain(|(had, _)| had != name);
    form.push((name.to_owned(), value.to_owned()));
}

/// The form of a class as the page shows it.
fn form_of(world: &World, code: &str) -> Fields {
    let code = code.to_owned();
    let (class, standards) = world.read(move |tx| {
        let class = store::by_code(tx, &code)?.unwrap();
        let standards = store::standards(tx, &class.id)?;
        Ok((class, standards))
    });
    let form = super::edit_form::filled(&class, &standards);
    form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

const LAMP: &str = "C1101";
const ADMIN: &str = "system_admin";

fn demo(test: impl Fn(&World)) {
    both_engines_wired(&Wiring { who_is, ..wiring() }, |world| {
        seed::seed(world.door()).unwrap();
        test(world);
    });
}

#[test]
fn a_changed_limit_is_a_new_standard_and_the_old_one_is_kept() {
    demo(|world| {
        let path = format!("/admin/classes/{LAMP}");
        let before = form_of(world, LAMP);
        assert_eq!(post(world, &path, ADMIN, &before).status, StatusCode::SEE_OTHER);
        let class = world.read(|tx| store::by_code(tx, LAMP)).unwrap();
        let terms = || {
            let id = class.id.clone();
            world.read(move |tx| store::terms(tx, &id))
        };
        assert_eq!(terms().len(), 1, "nothing of the standard has changed");
        assert_eq!(post(world, &path, ADMIN, &before).status, StatusCode::CONFLICT, "stale");
        let mut form = form_of(world, LAMP);
        set(&mut form, "limit_n.0", "9");
        set(&mut form, "limit_kind.0", "work_hour");
        set(&mut form, "condition.1", "整条街的路灯都不亮");
        set(&mut form, "closing.1", "路灯全亮\n无裸露电线");
        set(&mut form, "limit_n.1", "2");
        set(&mut form, "limit_kind.1", "urgent_hour");
        set(&mut form, "grade.1", "urgent");
        set(&mut form, "q_zh.7", "灯杆上的编号是多少？");
        set(&mut form, "q_kind.7", "text");
        let done = post(world, &path, ADMIN, &form);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let all = terms();
        let ended: Vec<_> = all.iter().filter(|term| term.until.is_some()).collect();
        assert_eq!((all.len(), ended.len()), (3, 1));
        let old = ended[0].standard.id.clone();
        let kept = world.read(move |tx| store::standard(tx, &old)).unwrap();
        assert_ne!(kept.limit.n, 9, "cases that were filed by it keep it");
        let page = get(world, &path, ADMIN).text;
        assert!(page.contains("9 个工作时") && page.contains("整条街的路灯都不亮"));
        assert!(page.contains("灯杆上的编号是多少？"));
        let public = get(world, "/classes", "").text;
        assert!(public.contains("整条街的路灯都不亮") && public.contains("9 个工作时"));
        let mut form = form_of(world, LAMP);
        set(&mut form, "ends.1", "yes");
        assert_eq!(post(world, &path, ADMIN, &form).status, StatusCode::SEE_OTHER);
        assert_eq!(terms().iter().filter(|term| term.until.is_none()).count(), 1);
    });
}

#[test]
fn a_class_is_made_private_once_it_is_known_that_its_cases_stay_public() {
    demo(|world| {
        let path = format!("/admin/classes/{LAMP}");
        let mut form = form_of(world, LAMP);
        set(&mut form, "publicity", "private");
        let asked = post(world, &path, ADMIN, &form);
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", asked.text);
        assert!(asked.text.contains("stays-error") && asked.text.contains("name=\"stays\""));
        assert_eq!(world.read(|tx| store::by_code(tx, LAMP)).unwrap().publicity, "public");
        set(&mut form, "stays", "yes");
        assert_eq!(post(world, &path, ADMIN, &form).status, StatusCode::SEE_OTHER);
        assert_eq!(world.read(|tx| store::by_code(tx, LAMP)).unwrap().publicity, "private");
        assert!(!get(world, &path, ADMIN).text.contains("name=\"stays\""));
        let again = form_of(world, LAMP);
        assert_eq!(post(world, &path, ADMIN, &again).status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn what_is_wrong_is_told_by_its_field_and_nothing_is_changed() {
    demo(|world| {
        let path = format!("/admin/classes/{LAMP}");
        for (name, value, told) in [
            ("title_zh", "", "title_zh-error"),
            ("limit_n.0", "soon", "limit_n.0-error"),
            ("limit_n.0", "0", "limit_n.0-error"),
            ("closing.0", "", "closing.0-error"),
            ("ends.0", "yes", "condition.0-error"),
            ("body_kind", "emperor", "body_kind-error"),
            ("publicity", "", "publicity-error"),
        ] {
            let mut form = form_of(world, LAMP);
            set(&mut form, name, value);
            let page = post(world, &path, ADMIN, &form);
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(page.text.contains(told), "{name}: {}", page.text);
        }
        assert_eq!(world.read(|tx| store::by_code(tx, LAMP)).unwrap().version, 1);
        for path in ["/admin/classes", "/admin/classes/new", &path] {
            assert_eq!(get(world, path, "community_clerk").status, StatusCode::FORBIDDEN, "{path}");
            assert_ne!(get(world, path, "").status, StatusCode::OK, "{path}");
        }
        let form = form_of(world, LAMP);
        let refused = post(world, &path, "community_clerk", &form);
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let nowhere = get(world, "/admin/classes/X9", ADMIN).status;
        assert_eq!(nowhere, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_place_adds_a_class_of_its_own_and_closes_it() {
    demo(|world| {
        let page = get(world, "/admin/classes/new", ADMIN);
        assert_eq!(page.status, StatusCode::OK);
        let mut form = form_of(world, LAMP);
        form.retain(|(name, _)| !name.starts_with("replaces") && name != "seen");
        set(&mut form, "title_zh", "共享单车乱停");
        set(&mut form, "kind", "event");
        set(&mut form, "code", LAMP);
        let used = post(world, "/admin/classes", ADMIN, &form);
        assert!(used.text.contains("code-error"), "{}", used.text);
        set(&mut form, "code", "L0001");
        let done = post(world, "/admin/classes", ADMIN, &form);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(get(world, "/classes", "").text.contains("共享单车乱停"));
        let form = vec![("do".to_owned(), "close".to_owned()), ("seen".to_owned(), "1".to_owned())];
        let done = post(world, "/admin/classes/L0001", ADMIN, &form);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(!get(world, "/classes", "").text.contains("共享单车乱停"));
        assert_eq!(world.read(|tx| store::by_code(tx, "L0001")), None);
        let kept = get(world, "/admin/classes/L0001", ADMIN);
        assert!(kept.text.contains("已经停用"), "{}", kept.text);
        assert_eq!(post(world, "/admin/classes/L0001", ADMIN, &form).status, StatusCode::CONFLICT);
    });
}
