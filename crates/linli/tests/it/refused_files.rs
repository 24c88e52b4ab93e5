//! Files that people bring: boundaries, tables, procedures, photos. What cannot be taken is told at
//! its place with what to do, and nothing of the district is changed.

use std::collections::BTreeMap;
use std::io::Write as _;

use axum::http::StatusCode;
use linli::channel::sheet::run;
use linli::testing::contents;
use linli::words::Lang;

use crate::demo::{Demo, Got, demos};

/// The district without what is kept of who looked and of what was typed: that a file was checked,
/// or a form came back, is no change.
pub fn kept(demo: &Demo) -> BTreeMap<String, String> {
    let all = demo.district.store().read_blocking(contents);
    let all: Result<_, linli::store::StoreError> = all;
    let mut all = all.unwrap();
    for beside in ["import_run", "session", "access", "draft"] {
        all.remove(beside);
    }
    all
}

/// A file, and the key of the sentence that tells what is wrong with it.
type Wrong = (&'static str, Vec<u8>, &'static str);

/// The longest part of a sentence that holds no parameter and no mark that a page writes otherwise.
pub fn part_of(key: &str) -> String {
    let sentence = Lang::Zh.say(key);
    assert_ne!(sentence, key, "no such sentence");
    let fixed = sentence.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let plain = fixed.flat_map(|part| part.split(['<', '"', '\'']));
    plain.max_by_key(|part| part.chars().count()).unwrap().trim().to_owned()
}

/// Each is refused with its sentence at the field; nothing is changed.
fn refused_at(demo: &Demo, send: impl Fn(&[u8]) -> Got, at: &str, all: &[Wrong]) {
    let before = kept(demo);
    for (what, bytes, key) in all {
        let got = send(bytes);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", got.main());
        assert!(got.main().contains(&part_of(key)), "{what}: {}", got.main());
        let there = [format!("id=\"{at}-error\""), format!("href=\"#{at}\"")];
        assert!(there.iter().any(|mark| got.text.contains(mark)), "{what} stands not at {at}");
        assert!(kept(demo) == before, "{what} changed something");
    }
}

fn collection(features: &[serde_json::Value]) -> Vec<u8> {
    serde_json::json!({"type": "FeatureCollection", "features": features}).to_string().into_bytes()
}

fn feature(code: &str, geometry: serde_json::Value) -> serde_json::Value {
    let about = serde_json::json!({"code": code, "name": "某格", "parent": "990101002003"});
    serde_json::json!({"type": "Feature", "properties": about, "geometry": geometry})
}

fn area(ring: &[[f64; 2]]) -> serde_json::Value {
    serde_json::json!({"type": "Polygon", "coordinates": [ring]})
}

const GRID: &str = "99010100200305";

/// What is wrong with the file as a whole.
fn no_boundaries() -> Vec<Wrong> {
    let crs = serde_json::json!({"type": "FeatureCollection", "features": [],
        "crs": {"type": "name", "properties": {"name": "EPSG:4490"}}});
    let many = vec![feature("1", serde_json::Value::Null); 351];
    let latin = b"{\"type\":\"FeatureCollection\",\"name\":\"caf\xe9\"}".to_vec();
    vec![
        ("nothing", Vec::new(), "problem.no_file"),
        ("half", b"{\"type\":".to_vec(), "problem.shape_not_geojson"),
        ("a page", b"<html></html>".to_vec(), "problem.shape_not_geojson"),
        ("deep", b"[".repeat(9_000), "problem.shape_not_geojson"),
        ("a list", b"[1]".to_vec(), "problem.import_not_features"),
        ("a bare area", area(&[]).to_string().into(), "problem.import_not_features"),
        ("no features", collection(&[]), "problem.import_empty"),
        ("too many", collection(&many), "problem.import_too_many"),
        ("another system", crs.to_string().into(), "problem.shape_other_system"),
        ("Latin-1", latin, "problem.letters_not_ours"),
        ("big", vec![b' '; 5 << 20], "problem.file_too_big"),
        ("huge", vec![b' '; 9 << 20], "problem.file_too_big"),
    ]
}

/// What is wrong with one feature.
fn no_features() -> Vec<Wrong> {
    let line = serde_json::json!({"type": "LineString", "coordinates": [[121, 31], [122, 32]]});
    let point = serde_json::json!({"type": "Point", "coordinates": [121.5, 31.2]});
    let text = serde_json::json!({"type": "Polygon", "coordinates": "everywhere"});
    let bow = area(&[[121.0, 31.0], [121.1, 31.1], [121.1, 31.0], [121.0, 31.1], [121.0, 31.0]]);
    let swapped = area(&[[31.0, 121.0], [31.0, 121.1], [31.1, 121.1], [31.0, 121.0]]);
    let metres = area(&[[4e5, 3e6], [4e5, 3.1e6], [5e5, 3.1e6], [4e5, 3e6]]);
    let beyond = area(&[[170.0, 80.0], [190.0, 80.0], [190.0, 95.0], [170.0, 80.0]]);
    let abroad = area(&[[10.0, 50.0], [10.1, 50.0], [10.1, 50.1], [10.0, 50.0]]);
    let far = area(&[[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.0]]);
    let ring: Vec<[f64; 2]> = (0..30_000).map(|n| [121.0 + f64::from(n) * 1e-6, 31.0]).collect();
    let shaped = |shape| collection(&[feature(GRID, shape)]);
    let nothing = serde_json::Value::Null;
    let orphan = serde_json::json!({"type": "Feature", "geometry": null,
        "properties": {"code": "77", "name": "某格", "parent": "no-such-place"}});
    vec![
        ("a line", shaped(line), "problem.shape_not_area"),
        ("a point", shaped(point), "problem.shape_not_area"),
        ("no numbers", shaped(text), "problem.shape_not_geojson"),
        ("no ground", shaped(area(&[[121.0, 31.0], [121.0, 31.0]])), { "problem.shape_too_small" }),
        ("crossing itself", shaped(bow), "problem.shape_crossed"),
        ("the wrong way round", shaped(swapped), "problem.shape_swapped"),
        ("metres", shaped(metres), "problem.shape_not_degrees"),
        ("off the globe", shaped(beyond), "problem.shape_not_degrees"),
        ("in another country", shaped(abroad), "problem.shape_abroad"),
        ("outside its parent", shaped(far), "problem.shape_outside"),
        ("too many corners", shaped(area(&ring)), "problem.shape_too_many_corners"),
        (
            "one code twice",
            collection(&[feature(GRID, nothing.clone()), feature(GRID, nothing)]),
            { "problem.import_twice" },
        ),
        ("no parent", collection(&[orphan]), "problem.import_no_parent"),
        ("another community", collection(&[feature("990101002002", serde_json::Value::Null)]), {
            "problem.import_beyond"
        }),
    ]
}

#[test]
fn a_file_of_boundaries_that_cannot_be_taken_is_told_and_changes_nothing() {
    for demo in demos() {
        let by = demo.staff("zhuangxitong");
        let path = "/admin/places/990101002003/import";
        let fields = [("system", "wgs84"), ("step", "do"), ("creates", "yes"), ("seen", "1")];
        let send = |bytes: &[u8]| demo.parts(&by, path, &fields[..1], &[("file", bytes)]);
        refused_at(&demo, send, "file", &no_boundaries());
        let before = kept(&demo);
        for (what, bytes, key) in no_features() {
            for step in [&fields[..1], &fields[..]] {
                let got = demo.parts(&by, path, step, &[("file", &bytes)]);
                let told = got.main();
                if step.len() > 1 && got.status == StatusCode::CONFLICT {
                    continue;
                }
                assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {told}");
                assert!(told.contains(&part_of(key)), "{what}: {told}");
            }
            assert!(kept(&demo) == before, "{what} changed something");
        }
        let good = collection(&[feature(GRID, serde_json::Value::Null)]);
        assert_eq!(send(&good).status, StatusCode::OK, "what was spoilt is right");
        let stale = demo.parts(&by, path, &fields, &[("file", &good)]);
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let clerk = demo.staff("lanqiuyu");
        assert_eq!(demo.parts(&clerk, path, &fields, &[("file", &good)]).status.as_u16(), 404);
        assert!(kept(&demo) == before);
    }
}

fn book(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn bomb() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&vec![b'0'; (64 << 20) + 10]).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Files that are no table, with what is told of each at its field.
fn no_files() -> Vec<Wrong> {
    let mut locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let old = locked.clone();
    locked.extend("EncryptedPackage".bytes().flat_map(|letter| [letter, 0]));
    let whole = book(|sheet| {
        sheet.write_string(0, 0, "内容").unwrap();
    });
    let rows = format!("内容,时间\n{}", "a,2026-01-05 10:00\n".repeat(50_002));
    vec![
        ("only blanks", b" \n \n".to_vec(), "problem.table_empty"),
        ("Latin-1", b"text,time\ncaf\xe9, 1\n".to_vec(), "problem.letters_not_ours"),
        ("UTF-16", b"\xff\xfea\0b\0".to_vec(), "problem.table_utf16"),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "problem.table_binary"),
        ("a program", b"\x7fELF\x02\x01\0\0".to_vec(), "problem.table_binary"),
        ("half a workbook", whole[..whole.len() / 2].to_vec(), "problem.table_damaged"),
        ("a broken archive", b"\x1f\x8b\x08 none".to_vec(), "problem.table_damaged"),
        ("an old workbook", old, "problem.table_old_excel"),
        ("a locked workbook", locked, "problem.table_locked"),
        ("a bomb", bomb(), "problem.table_too_large"),
        ("too many rows", rows.into_bytes(), "problem.table_too_many_rows"),
        ("no titles", b"1,2,3\n4,5,6\n".to_vec(), "import.remark.no_titles"),
    ]
}

/// Tables with a row that is wrong, with the remark each gets.
fn no_tables() -> Vec<Wrong> {
    let formula = book(|sheet| {
        sheet.write_string(0, 0, "内容").unwrap();
        sheet.write_string(0, 1, "时间").unwrap();
        let broken = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
        sheet.write_formula(1, 0, broken).unwrap();
        sheet.write_string(1, 1, "2026-01-05 10:00").unwrap();
    });
    vec![
        ("half a line of JSON", b"{\"text\": \"a\"}\n{\"te".to_vec(), "problem.table_not_json"),
        ("a formula that failed", formula, "problem.broken_formula"),
        ("no time", "内容,时间\n灯坏了,去年\n".into(), "import.remark.no_time"),
        ("no such place", "内容,时间,地点编码\n灯坏了,2026-01-05 10:00,1\n".into(), {
            "import.remark.no_such_place"
        }),
    ]
}

#[test]
fn a_table_that_cannot_be_taken_is_told_row_by_row_and_changes_nothing() {
    for demo in demos() {
        let by = demo.staff("nieguanhai");
        let send = |fields: &[(&str, &str)], bytes: &[u8]| {
            demo.parts(&by, "/admin/import", fields, &[("file", bytes)])
        };
        let before = kept(&demo);
        refused_at(&demo, |bytes| send(&[("kind", "cases")], bytes), "file", &no_files());
        for (what, bytes, key) in no_tables() {
            let sent = send(&[("kind", "cases")], &bytes);
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{what}: {}", sent.main());
            let told = demo.get(&by, &sent.location);
            assert!(told.main().contains(&part_of(key)), "{what}: {}", told.main());
            let adopted = demo.post(&by, &format!("{}/adopt", sent.location), &[]);
            assert_eq!(adopted.status, StatusCode::FORBIDDEN, "{what}: {}", adopted.main());
            assert!(kept(&demo) == before, "{what} changed something");
        }
        for (fields, at, bytes) in [
            (&[("kind", "cases")][..], "file", &b""[..]),
            (&[][..], "kind", &b"x"[..]),
            (&[("kind", "cases"), ("place", "77")][..], "place", &b"x"[..]),
        ] {
            let got = send(fields, bytes);
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}: {}", got.main());
            assert!(got.text.contains(&format!("href=\"#{at}\"")), "{at}: {}", got.text);
        }
        let (gb, ..) = encoding_rs::GB18030.encode("内容,时间\n灯坏了,2026-01-05 10:00\n");
        let good = send(&[("kind", "cases")], &gb);
        assert!(demo.get(&by, &good.location).text.contains("/adopt"), "GB 18030 is right");
        let clerk = demo.staff("lanqiuyu");
        let told = demo.parts(&clerk, "/admin/import", &[("kind", "cases")], &[("file", &gb)]);
        assert_eq!(told.status, StatusCode::NOT_FOUND);
        assert!(kept(&demo) == before);
    }
}

/// What the page of a file says once its import is under way no more.
fn over(demo: &Demo, by: &str, run: &str) -> Got {
    for _ in 0..200 {
        let page = demo.get(by, run);
        if !page.text.contains("/state\"") {
            return page;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it goes on and on");
}

#[test]
fn a_report_that_nobody_was_shown_is_not_adopted_however_often_the_form_is_sent() {
    for demo in demos() {
        let by = demo.staff("nieguanhai");
        let bring = |text: &str| {
            let file = [("file", text.as_bytes())];
            demo.parts(&by, "/admin/import", &[("kind", "cases")], &file).location
        };
        let adopt =
            |run: &str, seen: &str| demo.post(&by, &format!("{run}/adopt"), &[("seen", seen)]);
        let one = "编号,内容,时间\n1,路口的树枝垂得很低,2026-01-05 10:00\n";
        let (mine, theirs) = (bring(&format!("{one}2,井盖松动,2026-01-06 10:00\n")), bring(one));
        let shown = demo.get(&by, &mine).field("seen");
        let before = kept(&demo);
        let unsaid = demo.post(&by, &format!("{mine}/adopt"), &[]);
        assert_eq!(unsaid.status, StatusCode::CONFLICT, "{}", unsaid.main());
        assert!(unsaid.main().contains(&part_of("refusal.import_looked_before")));
        assert_eq!(unsaid.field("seen"), shown, "it is looked at anew");
        assert!(kept(&demo) == before);
        adopt(&theirs, &demo.get(&by, &theirs).field("seen"));
        over(&demo, &by, &theirs);
        let before = kept(&demo);
        // The first finds the district changed; it is sent once more from a page that lies open.
        assert_eq!(adopt(&mine, &shown).status, StatusCode::SEE_OTHER);
        over(&demo, &by, &mine);
        for _ in 0..2 {
            let told = adopt(&mine, &shown);
            assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.main());
            assert!(told.main().contains(&part_of("refusal.import_looked_before")));
            assert!(kept(&demo) == before, "{}: it was adopted", demo.engine);
        }
        let seen = over(&demo, &by, &mine).field("seen");
        let cases = || demo.count("select count(*) from matter");
        let there = cases();
        assert_eq!(adopt(&mine, &seen).status, StatusCode::SEE_OTHER);
        over(&demo, &by, &mine);
        assert_eq!(cases(), there + 1, "what was shown is adopted");
    }
}

#[test]
fn the_file_with_its_problems_is_given_back_until_it_is_purged() {
    for demo in demos() {
        let by = demo.staff("nieguanhai");
        let file = "内容,时间\n灯坏了,去年\n".as_bytes();
        let sent = demo.parts(&by, "/admin/import", &[("kind", "cases")], &[("file", file)]);
        let path = format!("{}/problems.xlsx", sent.location);
        let given = demo.get(&by, &path);
        assert_eq!(given.status, StatusCode::OK);
        assert!(given.text.starts_with("PK"), "a workbook");
        demo.district.door.clock.shift(31 * 24 * 3_600 * 1_000_000);
        assert_eq!(run::purge(&demo.district).unwrap(), 1);
        // A session does not live as long as the file.
        let by = demo.staff("nieguanhai");
        let gone = demo.get(&by, &path);
        assert_eq!(gone.status, StatusCode::GONE, "{}", gone.main());
        assert!(gone.main().contains("上传的文件只保存 30 天"), "{}", gone.main());
        let page = demo.get(&by, &sent.location);
        assert_eq!(page.status, StatusCode::OK, "what was found is still told");
        assert!(!page.text.contains("problems.xlsx"), "and no link leads nowhere");
    }
}

#[test]
fn a_procedure_that_cannot_run_is_told_with_its_line_and_changes_nothing() {
    for demo in demos() {
        let by = demo.staff("zhuangxitong");
        let path = "/admin/processes/appeal";
        let shipped = demo.get("", "/processes/appeal/file").text;
        assert!(shipped.contains("[[stage]]"), "{shipped}");
        let newer = shipped.replacen("version = 1", "version = 9", 1);
        let cut = newer.replace("[[stage]]", "[[stages]]");
        let big = [newer.as_bytes(), b"\n#".as_slice(), &vec![b'x'; 1 << 20]].concat();
        let line = "problem.process_line";
        let text =
            |bytes: &[u8]| demo.parts(&by, path, &[("text", &String::from_utf8_lossy(bytes))], &[]);
        let wrong: Vec<Wrong> = vec![
            ("nothing", b" ".to_vec(), line),
            ("no TOML", b"[[".to_vec(), line),
            ("no stages", cut.into_bytes(), line),
            ("the version of before", shipped.clone().into_bytes(), "problem.process_version"),
            ("too big", big, "problem.file_too_big"),
        ];
        refused_at(&demo, text, "text", &wrong);
        let file = |bytes: &[u8]| demo.parts(&by, path, &[("text", "")], &[("file", bytes)]);
        let letters: Vec<Wrong> = vec![
            ("Latin-1", b"title = \"caf\xe9\"".to_vec(), "problem.letters_not_ours"),
            ("UTF-16", b"\xff\xfet\0=\x001\0".to_vec(), "problem.letters_utf16"),
        ];
        refused_at(&demo, file, "file", &letters);
        let before = kept(&demo);
        let looked = demo.parts(&by, path, &[("text", &newer)], &[]);
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.main());
        let stale = [("text", newer.as_str()), ("seen", "77")];
        let stale = demo.post(&by, &format!("{path}/adopt"), &stale);
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.main());
        let clerk = demo.staff("lanqiuyu");
        let told = demo.parts(&clerk, path, &[("text", &newer)], &[]);
        assert_eq!(told.status, StatusCode::FORBIDDEN);
        assert!(kept(&demo) == before);
    }
}

fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

#[test]
fn a_photo_that_is_none_is_told_at_its_field_and_changes_nothing() {
    for demo in demos() {
        let by = demo.resident("r01");
        let whole = photo(300, 200);
        let mut claims = whole.clone();
        let at = claims.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        claims[at + 5..at + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
        let wrong: Vec<Wrong> = vec![
            ("a page", b"<html></html>".to_vec(), "problem.not_a_photo"),
            ("a drawing", b"<svg onload='x()'/>".to_vec(), "problem.not_a_photo"),
            ("a document", b"%PDF-1.7 ...".to_vec(), "problem.not_a_photo"),
            ("half a photo", whole[..whole.len() / 2].to_vec(), "problem.photo_broken"),
            ("a bomb", claims, "problem.photo_too_many_points"),
        ];
        let fields = [("words", "路灯不亮"), ("place", "99010100100101")];
        let send = |bytes: &[u8]| demo.parts(&by, "/cases", &fields, &[("photos", bytes)]);
        refused_at(&demo, send, "photos", &wrong);
    }
}
