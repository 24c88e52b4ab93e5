//! The pages of places, as a browser without script asks for them.

mod address_tests;
mod drawing_tests;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use super::view::Posted;
use super::*;
use crate::act::Actor;
use crate::district::{SignedIn, Wiring};
use crate::store::{ReadTx, StoreError};
use crate::testing::{World, both_engines_wired, staff, wiring};

const PLACES_FILE: &str = include_str!("../../data/demo/places.geojson");
const ADDRESSES_FILE: &str = include_str!("../../data/demo/addresses.tsv");

fn who_is(_: &ReadTx<'_>, _: &str, _: Instant) -> Result<Option<SignedIn>, StoreError> {
    let person = Id::derived("administrator");
    Ok(Some(SignedIn {
        session: Id::derived("session"),
        actor: staff("system_admin", "/990101/", person.clone()),
        person,
        name: "温如许".to_owned(),
        language: "zh".to_owned(),
        office_en: String::new(),
        unread: 0,
    }))
}

/// One worker on three grids, a free post on a fourth.
fn posts(_: &ReadTx<'_>, path: &str, _: Instant) -> Result<Vec<Posted>, StoreError> {
    let community = "/990101/990101001/990101001001";
    let worker = (Id::derived("worker"), "覃晓棠".to_owned());
    let at = |grid: &str, holders: &[(Id, String)]| Posted {
        id: Id::derived(grid),
        version: 1,
        kind: "grid_worker".to_owned(),
        title: "网格员".to_owned(),
        body: String::new(),
        contact: Some("1380000xxxx".to_owned()),
        place_path: format!("{community}/990101001001{grid}/"),
        holders: holders.to_vec(),
    };
    let one = std::slice::from_ref(&worker);
    let all = [at("01", one), at("02", one), at("03", one), at("04", &[])];
    Ok(all.into_iter().filter(|post| post.place_path.starts_with(path)).collect())
}

/// Two open cases in the first grid, a holder in the second.
fn hanging(_: &ReadTx<'_>, path: &str, _: Instant) -> Result<Hanging, StoreError> {
    let below = |grid: &str| i64::from(grid.starts_with(path));
    let community = "/990101/990101001/990101001001";
    Ok(Hanging {
        open_cases: 2 * below(&format!("{community}/99010100100101/")),
        holders: below(&format!("{community}/99010100100102/")),
        ..Hanging::default()
    })
}

struct Got {
    status: StatusCode,
    location: String,
    text: String,
}

fn open(_: &ReadTx<'_>, _: &str) -> Result<Vec<Option<Point>>, StoreError> {
    Ok(vec![Point::new(312_500_000, 1_214_834_000).into(), None])
}

fn router(world: &World) -> Router {
    let districts = world.districts();
    let (put, remits): (view::PutPost, _) = (|_, _, _, _| Ok(false), super::tests::LAMPS);
    routes(Below { posts, put, hanging, open, remits })
        .layer(middleware::from_fn_with_state(districts.clone(), crate::page::render_failures))
        .with_state(districts)
}

fn ask(world: &World, request: Request<Body>) -> Got {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = router(world).oneshot(request).await.unwrap();
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Got { status, location, text: String::from_utf8_lossy(&bytes).into_owned() }
    })
}

const ADMIN: &str = "linli=administrator";
/// Who has seen what would come of it says so, and what they saw.
const SURE: [(&str, &str); 2] = [("sure", "yes"), ("remits_seen", "lamps")];

fn get(world: &World, path: &str, cookie: &str) -> Got {
    ask(world, Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap())
}

fn post(world: &World, path: &str, form: &[(&str, &str)]) -> Got {
    let body = serde_urlencoded::to_string(form).unwrap();
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(path).header(header::COOKIE, ADMIN);
    ask(world, request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap())
}

fn upload(world: &World, path: &str, form: &[(&str, &str)]) -> Got {
    let form: Vec<(&str, &[u8])> = form.iter().map(|(name, v)| (*name, v.as_bytes())).collect();
    upload_bytes(world, path, &form)
}

fn upload_bytes(world: &World, path: &str, form: &[(&str, &[u8])]) -> Got {
    let mut body = Vec::new();
    for (name, value) in form {
        let head = format!("--bound\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value, b"\r\n"].concat());
    }
    body.extend(b"--bound--\r\n");
    let request = Request::post(path).header(header::COOKIE, ADMIN);
    let kind = "multipart/form-data; boundary=bound";
    ask(world, request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap())
}

fn demo(test: impl Fn(&World)) {
    both_engines_wired(&Wiring { who_is, ..wiring() }, |world| {
        found::seed_demo(world.door(), PLACES_FILE, ADDRESSES_FILE).unwrap();
        test(world);
    });
}

fn code_now(world: &World, code: &str) -> Option<Place> {
    let code = code.to_owned();
    world.read(move |tx| place_by_code(tx, &code))
}

#[test]
fn everybody_sees_the_map_the_list_and_who_is_on_duty() {
    demo(|world| {
        let page = get(world, "/grids", "");
        assert_eq!(page.status, StatusCode::OK);
        for words in
            ["邻江区", "望潮街道", "北桥第一网格", "data-map=\"show\"", "覃晓棠", "1380000xxxx"]
        {
            assert!(page.text.contains(words), "{words}");
        }
        for chip in ["一人多格，人手紧", "没有人在岗", "未设岗位"] {
            assert!(page.text.contains(chip), "{chip}");
        }
        assert!(!page.text.contains("/admin/places"), "the public is offered no forms");
        let json = page.text.split("application/json\">").nth(1).unwrap();
        let json = json.split("</script>").next().unwrap();
        let map: serde_json::Value = serde_json::from_str(json).unwrap();
        assert!(map["areas"]["features"].as_array().unwrap().len() > 10);
        let grid = get(world, "/grids/99010100100101", "");
        assert!(grid.text.contains("划定边界") && grid.text.contains("北桥社区"));
        assert_eq!(get(world, "/grids/nowhere", "").status, StatusCode::NOT_FOUND);
        assert_eq!(get(world, "/grids/%27%20or", "").status, StatusCode::NOT_FOUND);
        let english = get(world, "/grids", "lang=en");
        assert!(english.text.contains("Nobody on duty"));
    });
}

#[test]
fn a_district_without_boundaries_has_its_list() {
    both_engines_wired(&Wiring { who_is, ..wiring() }, |world| {
        assert!(get(world, "/grids", "").text.contains("还没有建立区域"));
        found::found(world.door(), "620802").unwrap();
        let page = get(world, "/grids", "").text;
        assert!(page.contains("还没有画边界") && !page.contains("data-map="));
        assert_eq!(page.matches("<details").count(), 21);
        assert!(page.contains("东关街道"));
        let chooser = get(world, "/places?parent=620802&name=street", "").text;
        assert_eq!(chooser.matches("<option").count(), 22);
    });
}

#[test]
fn addresses_are_offered_with_their_grid() {
    demo(|world| {
        let found = get(world, "/addresses?q=wcl20", "").text;
        assert!(found.contains("望潮路20号梧桐里1号楼") && found.contains("北桥第一网格"));
        assert!(get(world, "/addresses?q=nowhere", "").text.contains("没有找到"));
        assert!(!get(world, "/addresses", "").text.contains("没有找到"));
        let odd = "/addresses?q=%3Cscript%3E%25_";
        assert!(!get(world, odd, "").text.contains("<script>"));
    });
}

#[test]
fn an_official_draws_splits_merges_and_renames_by_plain_forms() {
    demo(|world| {
        let at = "/admin/places/99010100100101";
        for task in ["change", "draw", "split", "merge", "new", "import"] {
            let page = get(world, &format!("{at}?do={task}"), ADMIN);
            assert_eq!(page.status, StatusCode::OK, "{task}");
            let on_map = matches!(task, "draw" | "split");
            assert_eq!(page.text.contains("底图是演示用的"), on_map, "{task}");
        }
        let bad = post(world, at, &[("do", "draw"), ("shape", "{}")]);
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.text.contains("shape-error") && bad.text.contains(">{}</textarea>"));
        let name = [("do", "change"), ("seen", "1"), ("name", "北桥一格"), ("level", "grid")];
        let done = post(world, at, &[&name[..], &[("code", "99010100100101")]].concat());
        assert_eq!(done.location, "/grids/99010100100101");
        assert!(get(world, &done.location, "").text.contains("由“北桥第一网格”变更为“北桥一格”"));
        let again = [("do", "change"), ("seen", "2"), ("name", "北桥一格"), ("level", "grid")];
        let coded = post(world, at, &[&again[..], &[("code", "99010100100191")]].concat());
        assert_eq!(coded.location, "/grids/99010100100191");
        let old = get(world, at.replace("/admin/places", "/grids").as_str(), "");
        let moved = (StatusCode::SEE_OTHER, "/grids/99010100100191");
        assert_eq!((old.status, &*old.location), moved, "links of before lead on");
        let back = [("do", "change"), ("seen", "3"), ("name", "北桥一格"), ("level", "grid")];
        let at_new = "/admin/places/99010100100191";
        post(world, at_new, &[&back[..], &[("code", "99010100100101")]].concat());
        let line = r#"{"type":"LineString","coordinates":[[121.4835,31.24],[121.4836,31.26]]}"#;
        let parts = [("code0", "99010100100111"), ("code1", "99010100100112")];
        let names = [("name0", "东格"), ("name1", "西格")];
        let form = [&[("do", "split"), ("seen", "4"), ("shape", line)], &parts[..], &names[..]];
        let looked = post(world, at, &form.concat());
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
        assert!(looked.text.contains("东格") && looked.text.contains("覃晓棠"), "who waits");
        assert!(code_now(world, "99010100100111").is_none(), "nothing is written yet");
        let unnamed = [&[("do", "split"), ("seen", "4"), ("shape", line)], &parts[..]].concat();
        assert_eq!(post(world, at, &unnamed).status, StatusCode::UNPROCESSABLE_ENTITY);
        let back = [&form.concat()[..], &[("sure", "back")]].concat();
        assert!(post(world, at, &back).text.contains("value=\"东格\""), "what was typed stays");
        let done = post(world, at, &[&form.concat()[..], &SURE].concat());
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let (east, west) = (code_now(world, "99010100100111"), code_now(world, "99010100100112"));
        let old = get(world, "/grids/99010100100101", "").text;
        assert!(old.contains("东格") && old.contains("西格") && old.contains("已经撤销"));
        let seen = |place: Option<Place>| format!("{}:1", place.unwrap().id);
        let (a, b) = (seen(east), seen(west));
        let form = [("do", "merge"), ("grids", &*a), ("grids", &*b)];
        let form = [&form[..], &[("code0", "99010100100113"), ("name0", "北桥新格")]].concat();
        let looked = post(world, "/admin/places/990101001001", &form);
        for told in ["依据：权责清单。现在管：东格、西格。", "照明公司", r#"="lamps""#]
        {
            assert!(looked.text.contains(told), "{told}: {}", looked.text);
        }
        let done = post(world, "/admin/places/990101001001", &[&form[..], &SURE].concat());
        assert_eq!(done.location, "/grids/99010100100113?done=grid.merge", "{}", done.text);
        let new = [("do", "new"), ("code", "L1"), ("level", "工行委"), ("name", "北桥工行委")];
        let done = post(world, "/admin/places/990101001", &new);
        assert_eq!(done.location, "/grids/990101001");
        assert_eq!(code_now(world, "L1").unwrap().level, "工行委");
    });
}

#[test]
fn a_file_is_looked_at_before_it_is_taken() {
    demo(|world| {
        let at = "/admin/places/990101/import";
        assert_eq!(get(world, at, ADMIN).status, StatusCode::OK);
        let unchanged = upload(world, at, &[("system", "wgs84"), ("text", PLACES_FILE)]);
        assert_eq!(unchanged.status, StatusCode::OK);
        assert!(unchanged.text.contains("没有问题") && unchanged.text.contains("全部导入"));
        let gcj = upload(world, at, &[("system", "gcj02"), ("text", PLACES_FILE)]);
        assert_eq!(gcj.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(gcj.text.contains("偏几百米"));
        assert!(upload(world, at, &[("text", PLACES_FILE)]).text.contains("请说明坐标"));
        let new = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":
            {"code":"990101001009","name":"新岸社区","level":"community","parent":"990101001"},
            "geometry":null}]}"#;
        let form = [("system", "wgs84"), ("text", new)];
        let looked = upload(world, at, &form).text;
        assert!(looked.contains("新设 1 项"));
        assert!(code_now(world, "990101001009").is_none(), "looking changes nothing");
        let seen = looked.split("name=\"seen\" value=\"").nth(1).unwrap();
        let seen = seen.split('"').next().unwrap();
        assert!(looked.contains("name=\"creates\" value=\"yes\""));
        let yes = [("step", "do"), ("seen", seen), ("creates", "yes")];
        let done = upload(world, at, &[&form[..], &yes].concat());
        assert_eq!(done.location, "/grids/990101", "{}", done.text);
        assert!(code_now(world, "990101001009").is_some());
        let lost = new.replace("990101001009", "990199").replace("990101001\"", "77\"");
        let seen = world.read(store::version).to_string();
        let form = [("system", "wgs84"), ("text", &*lost), ("step", "do"), ("seen", &*seen)];
        let wrong = upload(world, at, &form);
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("找不到它的上级"));
    });
}

#[test]
fn an_import_is_looked_at_and_undone_from_its_page() {
    demo(|world| {
        let path = "/admin/places/990101001001/import";
        let file = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,
            "properties":{"code":"99010100100177","name":"试设格","parent":"990101001001"}}]}"#;
        let seen = world.read(store::version).to_string();
        let fields = [("system", "wgs84"), ("step", "do"), ("seen", &*seen), ("creates", "yes")];
        let took = upload(world, path, &[&fields[..], &[("text", file)]].concat());
        assert_eq!(took.status, StatusCode::SEE_OTHER, "{}", took.text);
        assert!(code_now(world, "99010100100177").is_some());
        let page = get(world, path, ADMIN);
        let link = page.text.split("/admin/places/990101001001/imports/").nth(1).unwrap();
        let link = format!("{path}s/{}", link.split('"').next().unwrap());
        let looked = get(world, &link, ADMIN);
        assert_eq!(looked.status, StatusCode::OK);
        assert!(looked.text.contains("试设格") && looked.text.contains("撤销这次导入"));
        assert!(code_now(world, "99010100100177").is_some(), "looking changes nothing");
        assert_eq!(get(world, &link, "").status, StatusCode::SEE_OTHER);
        let undone = post(world, &link, &[]);
        assert_eq!(
            (undone.status, &*undone.location),
            (StatusCode::SEE_OTHER, "/grids/990101001001")
        );
        assert!(code_now(world, "99010100100177").is_none());
        assert!(get(world, &link, ADMIN).text.contains("这次导入已经撤销"));
        assert!(get(world, path, ADMIN).text.contains("已撤销"));
        assert_eq!(post(world, &link, &[]).status, StatusCode::FORBIDDEN);
        let elsewhere = link.replace("/990101001001/", "/990101001002/");
        assert_eq!(get(world, &elsewhere, ADMIN).status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn forms_are_for_those_whose_duty_it_is() {
    demo(|world| {
        let away = get(world, "/admin/places/990101", "");
        assert_eq!(away.status, StatusCode::SEE_OTHER);
        assert!(away.location.starts_with("/sign-in"));
        let act = acts::ChangePlace {
            place: code_now(world, "990101").unwrap().id,
            seen: 1,
            code: "x".to_owned(),
            level: DISTRICT.to_owned(),
            name: "x".to_owned(),
        };
        assert!(world.perform(&Actor::public(), act).is_err());
    });
}

#[test]
fn a_place_is_closed_once_nothing_hangs_on_it() {
    demo(|world| {
        let seen = |code: &str| code_now(world, code).unwrap().version.to_string();
        let close = |code: &str| {
            let version = seen(code);
            let form = [("do", "close"), ("seen", version.as_str())];
            post(world, &format!("/admin/places/{code}"), &form)
        };
        for (code, why) in [
            ("990101001001", "下面还有区域"),
            ("99010100100101", "还有 2 件没有办结的案卷"),
            ("99010100100102", "还有 1 个在岗的人"),
        ] {
            let page = close(code);
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
            assert!(page.text.contains(why), "{why}");
            assert!(code_now(world, code).is_some());
        }
        let done = close("99010100100103");
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(code_now(world, "99010100100103").is_none());
        assert!(get(world, "/grids/99010100100103", "").text.contains("已经撤销"));
        assert_eq!(close_again(world), StatusCode::NOT_FOUND);
    });
}

fn close_again(world: &World) -> StatusCode {
    post(world, "/admin/places/99010100100103", &[("do", "close"), ("seen", "1")]).status
}

#[test]
fn a_community_goes_to_another_street_with_its_grids_and_its_ground() {
    demo(|world| {
        let communities = world.read(|tx| {
            let streets = store::children(tx, Some(&place_by_code(tx, "990101")?.unwrap().id))?;
            let mut out = Vec::new();
            for street in &streets {
                out.push((street.clone(), store::children(tx, Some(&street.id))?));
            }
            Ok(out)
        });
        let (from, below) = &communities[0];
        let (to, _) = &communities[1];
        let going = below.iter().find(|place| place.code != "990101001001").unwrap();
        let grids = world.read({
            let path = going.path.clone();
            move |tx| store::under(tx, &path)
        });
        let move_to = |code: &str, to: &str| {
            let seen = code_now(world, code).unwrap().version.to_string();
            let form = [("do", "move"), ("seen", seen.as_str()), ("to", to)];
            post(world, &format!("/admin/places/{code}"), &form)
        };
        let refused = move_to("990101001001", &to.code);
        assert!(refused.text.contains("没有办结的案卷"), "{}", refused.text);
        for wrong in [from.code.as_str(), "990101", "nowhere", ""] {
            let page = move_to(&going.code, wrong);
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let ground_of = |id: &Id| {
            let id = id.clone();
            let text = world.read(move |tx| store::outline(tx, &id)).unwrap().1;
            Area::parse(&text).unwrap().square_metres()
        };
        let (from_had, to_had) = (ground_of(&from.id), ground_of(&to.id));
        let page = get(world, &format!("/admin/places/{}?do=move", going.code), ADMIN);
        assert!(page.text.contains(&to.name), "it offers the other streets");
        let done = move_to(&going.code, &to.code);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let now = code_now(world, &going.code).unwrap();
        assert!(now.within(&to.path) && now.name == going.name && now.id != going.id);
        for grid in &grids {
            let now = code_now(world, &grid.code).unwrap();
            assert!(now.within(&to.path), "{}", now.path);
            let old = grid.id.clone();
            let heirs = world.read(move |tx| succession::standing_heirs(tx, &old));
            assert_eq!(heirs, [now]);
        }
        assert!(ground_of(&from.id) < from_had && ground_of(&to.id) > to_had);
        assert!(get(world, &format!("/grids/{}", going.code), "").text.contains(&going.name));
    });
}

/// Both forms that take a file: what is too much, nothing, broken, or in letters of another kind is
/// told at the file, and nothing is changed.
#[test]
fn a_file_that_cannot_be_read_is_told_and_changes_nothing() {
    demo(|world| {
        let counts = || {
            world.read(|tx| {
                let count = |sql: &str| tx.count(sql, &[]);
                Ok((count("select count(*) from place")?, count("select count(*) from address")?))
            })
        };
        let before = counts();
        let huge = vec![b' '; import::MOST_BYTES + 1];
        let bad: [(&[u8], &str); 5] = [
            (&huge, "文件太大"),
            (b"", "文件"),
            (b"{\"type\":\"FeatureCollection\",\"features\":[{\"caf\xe9\":1}]}", "UTF-8"),
            (b"{\"type\":", "GeoJSON"),
            (b"\x89PNG\r\n\x1a\n\xff\xfe\xff", "UTF-8"),
        ];
        for (file, told) in bad {
            let form: [(&str, &[u8]); 3] = [("system", b"wgs84"), ("step", b"do"), ("file", file)];
            let page = upload_bytes(world, "/admin/places/990101/import", &form);
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
            assert!(page.text.contains(told), "{told}: {:.3000}", page.text);
            assert!(page.text.contains("file-error"), "{told}: {:.3000}", page.text);
        }
        let bad: [(&[u8], &str); 5] = [
            (&huge, "文件太大"),
            (b"", "没有"),
            (b"address,place\ncaf\xe9 1,99010100100101\n", "UTF-8"),
            (b"PK\x03\x04broken", "文件打不开"),
            (b"who,what\n1,2\n", "地址"),
        ];
        for (file, told) in bad {
            let form: [(&str, &[u8]); 3] = [("system", b"wgs84"), ("step", b"do"), ("file", file)];
            let page = upload_bytes(world, "/admin/places/990101001001/addresses", &form);
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
            assert!(page.text.contains(told), "{told}: {:.6000}", page.text);
            assert!(page.text.contains("file-error"), "{told}: {:.6000}", page.text);
        }
        assert_eq!(counts(), before);
        let (gb, ..) = encoding_rs::GB18030.encode("地址,网格代码\n望潮路888号,99010100100101\n");
        let form: [(&str, &[u8]); 1] = [("file", &gb)];
        let page = upload_bytes(world, "/admin/places/990101001001/addresses", &form);
        assert!(page.status == StatusCode::OK && page.text.contains("新增 1 个"), "{}", page.text);
        // A form that breaks off in the middle.
        let request = Request::post("/admin/places/990101/import").header(header::COOKIE, ADMIN);
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=bound");
        let page = ask(world, request.body(Body::from("--bound\r\nContent-Disp")).unwrap());
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(counts(), before);
    });
}
