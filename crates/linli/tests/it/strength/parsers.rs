//! No input crashes it: specimens of what each parser reads, cut, joined and spoiled at random. The
//! targets are those of `fuzz/`, which can be run for as long as one likes.

#[path = "../../../../../fuzz/src/targets.rs"]
mod targets;

use linli_record::leaf::{Leaf, RowMark};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::golden::root;

fn shipped(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn a_leaf() -> Vec<u8> {
    let row = |id: &str| RowMark { table: "matter".into(), id: id.into(), commitment: [7; 32] };
    let leaf = Leaf {
        act_id: "a".into(),
        act: "case.report".into(),
        at: 1_790_000_000_000_000,
        subject_kind: "case".into(),
        subject_id: "c".into(),
        actor: [9; 32],
        rows: vec![row("1"), row("2")],
    };
    leaf.encode().unwrap()
}

fn a_workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["标题", "内容", "时间"]).unwrap();
    sheet.write_row(1, 0, ["路灯不亮", "三号楼前路灯不亮", "2024-03-01"]).unwrap();
    book.save_to_buffer().unwrap()
}

fn a_photo() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let photo = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x as u8, y as u8, 9]));
    photo.write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// What the parser is made for, to be spoiled.
fn specimens(target: &str) -> Vec<Vec<u8>> {
    let texts: &[&str] = match target {
        "addresses" => &["id\tc\tb\ta\tg\tlat\tlng\n1\tx\ty\t路1号\t990101\t30.1\t114.2\n"],
        "area" => &[r#"{"type":"Polygon",
                "coordinates":[[[114.1,30.1],[114.2,30.1],[114.2,30.2],[114.1,30.1]]]}"#],
        "codes" => &["62080200100", "2026-11-21T10:00:00+08:00", "请打 13800001234", "2026-02-29"],
        "form" => &["api_key=k&service_code=a&lat=35.541234&long=106.6&description=%E8%B7%AF+x"],
        "note" => &[
            "localhost/990101\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\
             \u{2014} a AAAAAAAA\n",
            "localhost/990101+0a0b0c0d+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
        ],
        "promise" => &["1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBB", "AQID-_"],
        "receipt" => &[r#"{"format":"linli-receipt-1","leaf":"AAAA","index":3,"proof":["AAAA"]}"#],
        "sheets" => {
            &["标题,内容\n路灯,\"不亮\"\n", "{\"title\":\"a\",\"body\":null}\n{\"title\":2}\n"]
        }
        _ => &[],
    };
    let mut out: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    match target {
        "calendar" => out.push(shipped("crates/linli-rules/data/calendar-cn.json")),
        "leaf" => out.push(a_leaf()),
        "photo" => out.push(a_photo()),
        "places" => out.push(shipped("crates/linli/data/demo/places.geojson")),
        "procedure" => out.push(shipped("crates/linli/src/affairs/appeal/process.toml")),
        "sheets" => out.push(a_workbook()),
        _ => {}
    }
    out
}

/// One way of spoiling; places are shares of the length, so that they fit every specimen.
#[derive(Clone, Debug)]
enum Spoil {
    Put(u16, u8),
    Cut(u16, u16),
    Double(u16, u16),
    Insert(u16, Vec<u8>),
    End(u16),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let odd = prop_oneof![
        Just(b"\xff\xfe".to_vec()),
        Just(b"-99999999999999999999".to_vec()),
        Just(b"1e999".to_vec()),
        Just("\u{202e}\u{0}".as_bytes().to_vec()),
        Just(b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[".to_vec()),
        proptest::collection::vec(any::<u8>(), 1..20),
    ];
    prop_oneof![
        3 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Spoil::Put(at, byte)),
        1 => (any::<u16>(), 0..2000_u16).prop_map(|(at, n)| Spoil::Cut(at, n)),
        1 => (any::<u16>(), 0..2000_u16).prop_map(|(at, n)| Spoil::Double(at, n)),
        2 => (any::<u16>(), odd).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
        1 => any::<u16>().prop_map(Spoil::End),
    ]
}

fn spoiled(mut bytes: Vec<u8>, how: &[Spoil]) -> Vec<u8> {
    for one in how {
        let place = |share: u16| usize::from(share) * bytes.len() / 65_536;
        let upto = |at: usize, n: u16| (at + usize::from(n)).min(bytes.len());
        match one {
            Spoil::Put(at, byte) => {
                let at = place(*at);
                bytes.get_mut(at).into_iter().for_each(|old| *old = *byte);
            }
            Spoil::Cut(at, n) => drop(bytes.drain(place(*at)..upto(place(*at), *n))),
            Spoil::Double(at, n) => {
                let (from, to) = (place(*at), upto(place(*at), *n));
                let again = bytes[from..to].to_vec();
                bytes.splice(to..to, again);
            }
            Spoil::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            Spoil::End(at) => bytes.truncate(place(*at)),
        }
    }
    bytes
}

#[test]
fn spoiled_specimens_and_plain_noise_crash_no_parser() {
    for (name, target) in targets::ALL {
        let specimens = specimens(name);
        assert!(!specimens.is_empty(), "{name} has no specimen");
        let whole = specimens.iter().map(Vec::len).max().unwrap_or_default();
        // Long specimens are slow to read; what they hold is met by fewer of them.
        let cases = if whole > 100_000 { 60 } else { 300 };
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            max_shrink_iters: 200,
            ..Config::default()
        });
        specimens.iter().for_each(|specimen| target(specimen));
        let of = (0..specimens.len(), proptest::collection::vec(spoil(), 1..6));
        let run = runner.run(&of, |(which, how)| {
            target(&spoiled(specimens[which].clone(), &how));
            Ok(())
        });
        run.unwrap_or_else(|e| panic!("{name}: {e}"));
        let noise = proptest::collection::vec(any::<u8>(), 0..400);
        let run = runner.run(&noise, |bytes| {
            target(&bytes);
            Ok(())
        });
        run.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let _ = std::fs::remove_dir_all(targets::folder());
}

#[test]
fn every_target_can_be_fuzzed() {
    let manifest = String::from_utf8(shipped("fuzz/Cargo.toml")).unwrap();
    for (name, _) in targets::ALL {
        let program = String::from_utf8(shipped(&format!("fuzz/fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("targets::{name}(bytes)")), "{program}");
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in fuzz/Cargo.toml"
        );
    }
}
