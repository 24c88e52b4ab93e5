//! What a file may be: its letters and its size, at every door that takes one. The limit that is
//! told is the limit that held: a file of just that size is taken, one byte more is not, and
//! nothing of the district is changed over it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use linli::people::seed;
use linli::table;
use linli::words::Lang;

use crate::demo::{Demo, Got, demos};
use crate::refused_files::{kept, part_of};
use crate::source;

type Fields = Vec<(&'static str, &'static str)>;

/// A form that brings a file.
struct Door {
    /// The file of the program that reads it.
    by: &'static str,
    cookie: String,
    path: String,
    fields: Fields,
    /// The field of the file.
    field: &'static str,
    most: usize,
    /// As the page tells it.
    told: &'static str,
    sentence: &'static str,
}

impl Door {
    fn send(&self, demo: &Demo, bytes: &[u8]) -> Got {
        demo.parts(&self.cookie, &self.path, &self.fields, &[(self.field, bytes)])
    }

    /// What is told of a file that is too large, as far as it has no other parameter.
    fn too_large(&self) -> String {
        let size = [("size", self.told), ("mb", self.told.split(' ').next().unwrap_or_default())];
        Lang::Zh.fill(self.sentence, &size)
    }
}

const FILE: &str = "problem.file_too_big";
const PHOTO: &str = "problem.photo_too_large";

fn doors(demo: &Demo) -> Vec<Door> {
    let keeper = demo.staff("zhuangxitong");
    let (importer, resident) = (demo.staff("nieguanhai"), demo.resident("r01"));
    let own = demo.one(&format!(
        "select number from matter where owner_id = '{}' and phase not in ('closed', 'withdrawn')
         order by id",
        seed::demo_resident_id("r01")
    ));
    let door = |by, cookie: &str, path: &str, fields, field, (most, told), sentence| Door {
        by,
        cookie: cookie.to_owned(),
        path: path.to_owned(),
        fields,
        field,
        most,
        told,
        sentence,
    };
    let mb = |n: usize, told| (n << 20, told);
    let (ground, addresses) =
        ("/admin/places/990101002003/import", "/admin/places/990101002003/addresses");
    let year = vec![("year", "2026"), ("source", "国办发明电"), ("step", "look")];
    let report = || vec![("words", "路灯不亮"), ("place", "99010100100101")];
    let system = || vec![("system", "wgs84")];
    let (four, twelve) = (|| mb(4, "4 MB"), || mb(12, "12 MB"));
    let procedure = (64 << 10, "64 KB");
    let sheets = (table::MOST_BYTES, "64 MB");
    let moving = format!("/cases/{own}/moves/add_info");
    let words = vec![("words", "还没有人来")];
    let (handled, round) = ("affairs/appeal/field/handled.rs", demo.staff("qinxiaotang"));
    vec![
        door("territory/upload.rs", &keeper, ground, system(), "file", four(), FILE),
        door("territory/address_web.rs", &keeper, addresses, system(), "file", four(), FILE),
        door("calendar/web.rs", &keeper, "/admin/calendar", year, "file", mb(1, "1 MB"), FILE),
        door(
            "procedure/web.rs",
            &keeper,
            "/admin/processes/appeal",
            vec![("text", "")],
            "file",
            procedure,
            FILE,
        ),
        door(
            "channel/sheet/web.rs",
            &importer,
            "/admin/import",
            vec![("kind", "cases")],
            "file",
            sheets,
            FILE,
        ),
        door(
            "channel/sheet/web.rs",
            &keeper,
            "/admin/import",
            vec![("kind", "classes")],
            "file",
            sheets,
            FILE,
        ),
        door(
            "affairs/appeal/report_web/submit.rs",
            &resident,
            "/cases",
            report(),
            "photos",
            twelve(),
            PHOTO,
        ),
        door(
            "affairs/appeal/report_web/words.rs",
            &resident,
            "/cases/new",
            report(),
            "photos",
            twelve(),
            PHOTO,
        ),
        door("affairs/appeal/case_web.rs", &resident, &moving, words, "photos", twelve(), PHOTO),
        door(handled, &round, "/field/handled", report(), "before", twelve(), PHOTO),
    ]
}

/// Fields that a page does not show as they were sent.
const UNSEEN: [&str; 3] = ["step", "place", "kind"];

/// Files of the program with a handler that takes a form with a file.
fn takers() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in source::application() {
        let handlers = file.text.split("async fn ").skip(1);
        let mut heads = handlers.filter_map(|rest| Some(rest.split_once("-> Page")?.0));
        if heads.any(|head| head.len() < 200 && head.contains("brought: ")) {
            out.insert(file.path.trim_start_matches("crates/linli/src/").to_owned());
        }
    }
    out
}

#[test]
fn the_limit_of_a_file_that_is_told_is_the_one_that_held() {
    for demo in demos() {
        let doors = doors(&demo);
        let known: BTreeSet<String> = doors.iter().map(|door| door.by.to_owned()).collect();
        assert_eq!(takers(), known, "a form whose limit nobody tries");
        let before = kept(&demo);
        for door in &doors {
            let (path, told) = (&door.path, door.too_large());
            let got = door.send(&demo, &vec![b' '; door.most + 1]);
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", got.main());
            assert!(got.main().contains(&told), "{path}: {told}: {}", got.main());
            let marks = [format!("{}-error\"", door.field), format!("href=\"#{}\"", door.field)];
            assert!(marks.iter().any(|mark| got.text.contains(mark)), "{path}: not at its field");
            let typed = door.fields.iter().filter(|(name, _)| !UNSEEN.contains(name));
            for (name, value) in typed {
                assert!(got.text.contains(value), "{path}: {name} is lost: {}", got.text);
            }
            let just = door.send(&demo, &vec![b' '; door.most]);
            assert!(!just.main().contains(&told), "{path}: {}", just.main());
            assert!(kept(&demo) == before, "{path} changed something");
        }
    }
}

#[test]
fn what_is_more_than_anybody_is_read_is_told_with_that_limit() {
    for demo in demos() {
        let before = kept(&demo);
        let by = demo.resident("r01");
        let photo = vec![b' '; 12 << 20];
        let photos: Vec<(&str, &[u8])> = (0..6).map(|_| ("photos", photo.as_slice())).collect();
        let got = demo.parts(&by, "/cases", &[("words", "路灯不亮")], &photos);
        let told = Lang::Zh.fill("problem.photos_too_large_together", &[("size", "65 MB")]);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.main().contains(&told), "{}", got.main());
        let importer = demo.staff("nieguanhai");
        let huge = vec![b' '; 80 << 20];
        let sent = [("kind", "cases"), ("place", "990101001")];
        let got = demo.parts(&importer, "/admin/import", &sent, &[("file", &huge)]);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.main().contains("文件太大，最多 64 MB。"), "{}", got.main());
        assert!(got.text.contains("value=\"990101001\""), "what was typed is kept");
        let long = "字".repeat(90_000);
        let got = demo.post(&by, "/cases", &[("words", &long)]);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.main().contains("最多 256 KB"), "{}", got.main());
        assert!(kept(&demo) == before);
    }
}

#[test]
fn a_form_with_a_file_is_not_read_from_anybody_who_may_not_bring_it() {
    for demo in demos() {
        let before = kept(&demo);
        let (resident, all) = (demo.resident("r01"), doors(&demo));
        let stranger = demo.resident("r02");
        for door in &all {
            let (path, field) = (&door.path, door.field);
            let whose = if path.contains("/moves/") { &stranger } else { &resident };
            // Reports are taken from anybody.
            let open = ["/cases", "/cases/new"].contains(&path.as_str());
            for by in ["", whose].into_iter().filter(|_| !open) {
                let (got, was_read) = demo.begun(by, path, field);
                let turned_away =
                    [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
                assert!(turned_away.contains(&got.status), "{path}: {}", got.status);
                assert!(!was_read, "{path} reads before it asks who that is");
            }
            let (got, was_read) = demo.begun(&door.cookie, path, field);
            assert!(was_read, "{path} is not read at all");
            // What breaks off is told at the file.
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", got.main());
            let told = Lang::Zh.say("problem.form_unreadable");
            assert!(got.main().contains(&told), "{path}: {}", got.main());
            // Of a report that says nothing yet there is no page to come back to.
            let marks = [format!("{field}-error\""), format!("href=\"#{field}\"")];
            let there = path == "/cases" || marks.iter().any(|mark| got.text.contains(mark));
            assert!(there, "{path}: not at {field}: {}", got.text);
        }
        assert!(kept(&demo) == before);
    }
}

#[test]
fn what_is_typed_beside_a_file_is_no_longer_than_in_other_forms() {
    for demo in demos() {
        let by = demo.staff("nieguanhai");
        let fields = ["字".repeat(80_000), "字".repeat(20_000)];
        for (place, kind) in [(&fields[0], "字"), (&fields[0], &fields[1])] {
            let sent = [("place", place.as_str()), ("kind", kind)];
            let got = demo.parts(&by, "/admin/import", &sent, &[]);
            let too_long = got.main().contains("最多 256 KB");
            assert_eq!(too_long, kind.len() > 3, "{}", got.status);
        }
        let long = "字".repeat(300_000);
        let got = demo.parts(&by, "/admin/import", &[("place", &long)], &[]);
        assert!(got.main().contains("最多 256 KB"));
    }
}

/// A text in letters that are not ours, with the ends of the keys that tell it.
fn foreign(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let latin = [text.as_bytes(), b"caf\xe9, na\xefve"].concat();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", &*little].concat();
    vec![("latin", latin), ("utf16", little), ("utf16", marked), ("binary", b"\x7fELF\0\0".into())]
}

#[test]
fn every_door_reads_the_same_letters() {
    let boundary = "{\"type\": \"FeatureCollection\", \"features\": [{\"type\": \"Feature\",
        \"geometry\": null, \"properties\": {\"code\": \"99010100200305\", \"name\": \"格\"}}]}\n";
    let addresses = "地址,网格代码\n望潮路888号,99010100200305\n";
    let year = "2026-10-01,off,国庆节\n";
    // It cannot run, and is shown again as it was read.
    let procedure = "# 办事\ntitle = \"路灯\"\n";
    let cases = "内容,时间\n灯坏了,2026-01-05 10:00\n";
    let classes = "代码,大类,小类\nX1,路灯,路灯不亮\n";
    let table =
        ["problem.letters_not_ours", "problem.table_utf16", "problem.table_binary"].map(part_of);
    let other =
        ["not_ours", "utf16", "binary"].map(|code| part_of(&format!("problem.letters_{code}")));
    for demo in demos() {
        let before = kept(&demo);
        let mut all = doors(&demo);
        all.retain(|door| door.sentence == FILE);
        let texts = [boundary, addresses, year, procedure, cases, classes];
        assert_eq!(all.len(), texts.len(), "each door has its text");
        for (door, text) in all.iter().zip(texts) {
            let path = &door.path;
            let (gb, ..) = encoding_rs::GB18030.encode(text);
            let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
            let shown = |bytes: &[u8]| {
                let got = door.send(&demo, bytes);
                if got.location.is_empty() { got } else { demo.get(&door.cookie, &got.location) }
            };
            // Ids of forms are fresh each time, and stand in tags.
            let plain = shown(text.as_bytes());
            for refusal in table.iter().chain(&other) {
                assert!(!plain.main().contains(refusal), "{path}: {}", plain.main());
            }
            for same in [&*gb, &marked] {
                assert_eq!(shown(same).main(), plain.main(), "{path}");
            }
            for (what, bytes) in foreign(text) {
                let told = shown(&bytes).main();
                let of_table = path == "/admin/import" || path.ends_with("/addresses");
                let [latin, utf16, binary] = if of_table { &table } else { &other };
                let wanted = match what {
                    "latin" => latin,
                    "utf16" => utf16,
                    _ => binary,
                };
                assert!(told.contains(wanted.as_str()), "{path} {what}: {told}");
            }
            assert!(kept(&demo) == before, "{path} changed something");
        }
    }
}
