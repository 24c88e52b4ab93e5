//! The import in the browser: uploaded, looked at, taken over, undone; refused to others.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use linli::catalogue;
use linli::channel::sheet::Kind;
use linli::matter::batch;
use tower::ServiceExt as _;

use crate::district::{self, Ground};
use crate::people::{self, Desk};
use crate::{as_excel, checked, data, lines, size, whole};

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
    filled(ground, desk, path, &[])
}

fn filled(ground: &Ground, desk: &Desk, path: &str, fields: &[(&str, &str)]) -> Answer {
    let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(ground, desk, form, Body::from(serde_urlencoded::to_string(fields).unwrap()))
}

fn upload(ground: &Ground, desk: &Desk, file: &str) -> Answer {
    brought(ground, desk, "cases", "留言.csv", file.as_bytes())
}

fn brought(ground: &Ground, desk: &Desk, kind: &str, name: &str, file: &[u8]) -> Answer {
    let part = |field: &str, more: &str, value: &str| {
        let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{field}\"{more}");
        format!("{head}\r\n\r\n{value}\r\n")
    };
    let mut body = [
        part("kind", "", kind),
        part("place", "", district::CODE),
        part("file", &format!("; filename=\"{name}\""), ""),
    ]
    .concat()
    .into_bytes();
    body.truncate(body.len() - "\r\n".len());
    body.extend(file);
    body.extend(b"\r\n--cut--\r\n");
    let form =
        Request::post("/admin/import").header("content-type", "multipart/form-data; boundary=cut");
    send(ground, desk, form, Body::from(body))
}

/// Adopts what was looked at, and waits until that is over.
fn adopted(ground: &Ground, desk: &Desk, run: &str) {
    let page = get(ground, desk, run).text();
    assert!(page.contains("/adopt"), "{page}");
    let seen = page.split("name=\"seen\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let seen = [("seen", seen.unwrap())];
    let begun = filled(ground, desk, &format!("{run}/adopt"), &seen);
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let shown = get(ground, desk, run).text();
    assert!(!shown.contains("/adopt\""), "what was begun is not offered again: {shown}");
    let over = || !get(ground, desk, &format!("{run}/state")).text().contains("hx-get");
    let waited = (0..2400).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        over()
    });
    assert!(waited, "it goes on and on");
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
        adopted(&ground, &desk, &up.to);
        assert_eq!(cases(&ground), 2);
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
        let twice = get(&ground, &desk, &post(&ground, &desk, &undo).to).text();
        assert!(twice.contains("先前已经撤销过") && !twice.contains("移除 0 项"), "{twice}");
        for kind in ["cases", "classes"] {
            let book = get(&ground, &desk, &format!("/admin/import/templates/{kind}.xlsx"));
            assert!(book.bytes.starts_with(b"PK"), "{kind}");
        }
        assert!(get(&ground, &desk, "/classes").text().contains("E0101"));
    }
}

fn take(ground: &Ground, desk: &Desk, fields: &[(&str, &str)]) -> Answer {
    filled(ground, desk, "/admin/export", fields)
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

/// What the terminal takes comes in by the browser just so: the real class table, and the real
/// messages with their answers as a workbook. As lines they are then known, each of them.
#[test]
fn the_real_table_and_the_real_messages_come_in_by_the_browser_too() {
    let Some(table) = data("case-standards/component-event-standards.xlsx") else { return };
    let Some(replies) = data("citizen-messages/replies_2816.jsonl.gz") else { return };
    let replies = lines(&replies, size().messages);
    for ground in district::both() {
        let (desk, keeper) = (people::supervisor(&ground), people::keeper(&ground));
        let before = ground.read(catalogue::store::all).len();
        let up = brought(&ground, &keeper, "classes", "标准.xlsx", &table);
        assert_eq!(up.status, StatusCode::SEE_OTHER, "{}", up.text());
        adopted(&ground, &keeper, &up.to);
        assert_eq!(ground.read(catalogue::store::all).len(), before + 190);
        let batch = ground.read(|tx| batch::newest(tx, 1)).remove(0).id;
        let (standards, classes) = ground.read(move |tx| catalogue::store::of_batch(tx, &batch));
        assert_eq!((standards.len(), classes.len()), (522, 190));
        let up = brought(&ground, &desk, "cases", "留言.xlsx", &as_excel(&replies));
        assert_eq!(up.status, StatusCode::SEE_OTHER, "{}", up.text());
        adopted(&ground, &desk, &up.to);
        let count = |sql: &'static str| ground.read(move |tx| tx.count(sql, &[]));
        let closed = "select count(*) from matter where stage = 'closed' and closed_at is not null";
        assert_eq!((cases(&ground), count(closed)), (whole(replies.len()), whole(replies.len())));
        let known = checked(&ground, Kind::Cases, replies.join("\n").as_bytes()).report;
        assert_eq!((known.there, known.made, known.wrong), (replies.len(), 0, 0));
        let batch = ground.read(|tx| batch::newest(tx, 1)).remove(0);
        let undone = post(&ground, &desk, &format!("/admin/import/batches/{}/undo", batch.id));
        assert_eq!((undone.status, cases(&ground)), (StatusCode::SEE_OTHER, 0));
        assert!(undone.to.contains(&format!("removed={}&", replies.len())), "{}", undone.to);
    }
}
