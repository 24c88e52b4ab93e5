//! The import in the browser: uploaded, looked at, taken over, undone; refused to others.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use linli::matter::batch;
use tower::ServiceExt as _;

use crate::district::{self, Ground};
use crate::people::{self, Desk};

const GOOD: &str =
    "编号,标题,内容,反映时间\n1,灯,路灯不亮,2019-02-28 11:25\n2,水,水管漏水,2019-03-01 08:00";
const BAD: &str = "编号,标题,内容,反映时间\n1,灯,路灯不亮,昨天";

struct Answer {
    status: StatusCode,
    to: String,
    bytes: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

fn send(ground: &Ground, desk: &Desk, request: axum::http::request::Builder, body: Body) -> Answer {
    let request = request
        .header(header::HOST, "localhost")
        .header(header::COOKIE, desk.cookie())
        .header("sec-fetch-site", "same-origin")
        .body(body)
        .unwrap();
    ground.runtime.block_on(async {
        let response = ground.router.clone().oneshot(request).await.unwrap();
        let to = response.headers().get(header::LOCATION);
        let to = to.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 26).await.unwrap().to_vec();
        Answer { status, to, bytes }
    })
}

fn get(ground: &Ground, desk: &Desk, path: &str) -> Answer {
    send(ground, desk, Request::get(path), Body::empty())
}

fn post(ground: &Ground, desk: &Desk, path: &str) -> Answer {
    let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(ground, desk, form, Body::empty())
}

fn upload(ground: &Ground, desk: &Desk, file: &str) -> Answer {
    let part = |name: &str, more: &str, value: &str| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    };
    let body = [
        part("kind", "", "cases"),
        part("place", "", district::CODE),
        part("file", "; filename=\"留言.csv\"", file),
        "--cut--\r\n".to_owned(),
    ];
    let form =
        Request::post("/admin/import").header("content-type", "multipart/form-data; boundary=cut");
    send(ground, desk, form, Body::from(body.concat()))
}

fn cases(ground: &Ground) -> i64 {
    ground.read(|tx| tx.count("select count(*) from matter", &[]))
}

#[test]
fn a_file_is_checked_adopted_and_undone_in_the_browser() {
    for ground in district::both() {
        let desk = people::supervisor(&ground);
        assert!(get(&ground, &desk, "/admin/import").text().contains("templates/cases.xlsx"));
        a_bad_file_leaves_nothing(&ground, &desk);
        let up = upload(&ground, &desk, GOOD);
        assert_eq!(up.status, StatusCode::SEE_OTHER, "{}", up.text());
        assert_eq!(cases(&ground), 0, "the dry run writes nothing");
        assert!(get(&ground, &desk, &up.to).text().contains("/adopt"));
        assert_eq!(post(&ground, &desk, &format!("{}/adopt", up.to)).status, StatusCode::SEE_OTHER);
        let over = || !get(&ground, &desk, &format!("{}/state", up.to)).text().contains("hx-get");
        let waited = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            over()
        });
        assert!(waited && cases(&ground) == 2);
        // The same file a second time is told so, and cannot be adopted.
        let again = upload(&ground, &desk, GOOD);
        assert!(!get(&ground, &desk, &again.to).text().contains("/adopt\""));
        let refused = post(&ground, &desk, &format!("{}/adopt", again.to));
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        what_came_in_goes_out(&ground, &desk);
        let batch = ground.read(|tx| batch::newest(tx, 1)).remove(0);
        let undo = format!("/admin/import/batches/{}/undo", batch.id);
        let stranger = people::stranger(&ground);
        assert_eq!(post(&ground, &stranger, &undo).status, StatusCode::NOT_FOUND);
        assert_eq!(get(&ground, &stranger, "/admin/import").status, StatusCode::NOT_FOUND);
        assert_eq!(get(&ground, &stranger, &up.to).status, StatusCode::NOT_FOUND);
        assert_eq!(get(&ground, &stranger, "/admin/export").status, StatusCode::NOT_FOUND);
        let undone = post(&ground, &desk, &undo);
        assert_eq!(undone.status, StatusCode::SEE_OTHER);
        assert_eq!(cases(&ground), 0);
        let told = get(&ground, &desk, &undone.to).text();
        assert!(told.contains("移除 2 项") && told.contains("0 件保留"), "{told}");
        for kind in ["cases", "classes"] {
            let book = get(&ground, &desk, &format!("/admin/import/templates/{kind}.xlsx"));
            assert!(book.bytes.starts_with(b"PK"), "{kind}");
        }
        assert!(get(&ground, &desk, "/classes").text().contains("E0101"));
    }
}

fn take(ground: &Ground, desk: &Desk, fields: &[(&str, &str)]) -> Answer {
    let form = Request::post("/admin/export");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    send(ground, desk, form, Body::from(serde_urlencoded::to_string(fields).unwrap()))
}

fn what_came_in_goes_out(ground: &Ground, desk: &Desk) {
    assert!(get(ground, desk, "/admin/export").text().contains("/admin/export"));
    let csv = take(ground, desk, &[("what", "cases"), ("form", "csv")]);
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.text());
    assert!(csv.text().starts_with("\u{feff}编号,标题,内容,反映时间"), "{}", csv.text());
    assert!(csv.text().contains("2019-02-28T11:25:00+08:00"), "{}", csv.text());
    assert_eq!(csv.text().lines().count(), 1 + 2);
    let jsonl = take(ground, desk, &[("what", "cases"), ("form", "jsonl")]).text();
    assert_eq!(jsonl.lines().count(), 2);
    assert!(jsonl.contains("\"text\":\"水管漏水\""), "{jsonl}");
    for what in ["cases", "steps", "classes", "duties", "places"] {
        let book = take(ground, desk, &[("what", what), ("form", "xlsx")]);
        assert!(book.bytes.starts_with(b"PK"), "{what}");
    }
    let unsaid = [("what", "cases"), ("form", "csv"), ("unmasked", "yes"), ("reason", " ")];
    assert_eq!(take(ground, desk, &unsaid).status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn a_bad_file_leaves_nothing(ground: &Ground, desk: &Desk) {
    let bad = upload(ground, desk, BAD);
    let page = get(ground, desk, &bad.to).text();
    assert!(page.contains("昨天") && !page.contains("/adopt"), "{page}");
    let adopted = post(ground, desk, &format!("{}/adopt", bad.to));
    assert_eq!(adopted.status, StatusCode::FORBIDDEN);
    assert!(get(ground, desk, &format!("{}/problems.xlsx", bad.to)).bytes.starts_with(b"PK"));
    assert_eq!(upload(ground, desk, "").status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(cases(ground), 0);
}
