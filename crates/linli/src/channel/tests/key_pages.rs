use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{CODE, Told, Town, with_town};
use crate::base::Id;
use crate::people::session::{self, Opening};
use crate::people::{APPOINTMENT, POST};
use crate::store::Value;

/// Makes the clerk of the tests a system administrator as well, and signs them in as such.
fn signed_in(town: &Town<'_>, post: Option<&str>) -> String {
    let appointment = post.map(|kind| {
        let columns = vec![
            ("kind", kind.into()),
            ("title", "系统管理员".into()),
            ("place_id", Value::from(&Id::derived("place"))),
            ("place_path", format!("/{CODE}/").into()),
            ("version", Value::Int(1)),
        ];
        let id = Id::derived(kind);
        town.world.plant(POST, vec![(id.clone(), columns)]);
        let columns = vec![
            ("post_id", Value::from(&id)),
            ("person_id", Value::from(&Id::derived("clerk"))),
            ("holder_name", "张*".into()),
            ("term_from", "2020-01-01".into()),
            ("since", Value::Int(2)),
            ("version", Value::Int(1)),
        ];
        town.world.plant(APPOINTMENT, vec![(id.clone(), columns)]);
        id
    });
    let opening = Opening {
        person: Id::derived("clerk"),
        appointment,
        proved: "password+totp",
        device: "test".to_owned(),
    };
    let district = &town.world.district;
    town.wait(session::open(district.store(), opening, district.now())).unwrap()
}

fn ask(town: &Town<'_>, cookie: &str, path: &str, form: Option<&str>) -> Told {
    let request = Request::builder().method(if form.is_some() { "POST" } else { "GET" });
    let request = request
        .uri(path)
        .header("host", "localhost")
        .header("cookie", format!("linli={cookie}"))
        .body(Body::from(form.unwrap_or_default().to_owned()));
    town.send(request.unwrap())
}

#[test]
fn the_administrator_gives_a_key_that_works_and_ends_it() {
    with_town(|town| {
        let cookie = signed_in(town, Some("system_admin"));
        let page = ask(town, &cookie, "/admin/keys", None);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let made = ask(town, &cookie, "/admin/keys", Some("title=App&username=an_app")).text();
        let key = made.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(key.len(), 43);
        let me = |key: &str| {
            let request = Request::get("/api/v1/me")
                .header("host", "localhost")
                .header("authorization", format!("Bearer {key}"))
                .body(Body::empty());
            town.send(request.unwrap())
        };
        assert_eq!(me(&key).json()["kind"], "resident");
        assert!(!ask(town, &cookie, "/admin/keys", None).text().contains(&key));
        let id = made.split("/admin/keys/").nth(1).unwrap().split('/').next().unwrap();
        let ended = ask(town, &cookie, &format!("/admin/keys/{id}/end"), Some(""));
        assert_eq!(ended.status, StatusCode::SEE_OTHER);
        assert_eq!(me(&key).status, StatusCode::UNAUTHORIZED);
        let keys = town.count("api_key");
        for wrong in ["title=&username=an_app", "title=x&username=nobody"] {
            let told = ask(town, &cookie, "/admin/keys", Some(wrong)).text();
            assert!(told.contains("govuk-error-summary"), "{told}");
        }
        assert_eq!(town.count("api_key"), keys);
    });
}

#[test]
fn nobody_else_gives_keys() {
    with_town(|town| {
        let cookie = signed_in(town, None);
        let told = ask(town, &cookie, "/admin/keys", None);
        assert_eq!(told.status, StatusCode::FORBIDDEN);
        let keys = town.count("api_key");
        let told = ask(town, &cookie, "/admin/keys", Some("title=App&username=an_app"));
        assert_eq!(told.status, StatusCode::FORBIDDEN);
        assert_eq!(town.count("api_key"), keys);
    });
}
