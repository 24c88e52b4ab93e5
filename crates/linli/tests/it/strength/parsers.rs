//! No input crashes it: specimens of what each parser reads, cut, joined and spoiled at random. The
//! targets are those of `fuzz/`, which can be run for as long as one likes.

#[path = "../../../../../fuzz/src/targets/mod.rs"]
mod targets;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use linli_record::leaf::{Leaf, RowMark};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

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

/// What the parser is made for, to be spoiled: the seeds of the target, which `bin/drill fuzz`
/// begins with too, files that are shipped, and what only a program can make.
fn specimens(target: &str) -> Vec<Vec<u8>> {
    let mut seeds: Vec<PathBuf> = std::fs::read_dir(root().join("fuzz/seeds").join(target))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    seeds.sort();
    let mut out: Vec<Vec<u8>> = seeds.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let more = match target {
        "calendar" => shipped("crates/linli-rules/data/calendar-cn.json"),
        "duties" => shipped("crates/linli/data/duties.toml"),
        "leaf" => a_leaf(),
        "photo" => a_photo(),
        "places" => shipped("crates/linli/data/demo/places.geojson"),
        "procedure" => shipped("crates/linli/src/affairs/appeal/process.toml"),
        "sheets" => a_workbook(),
        _ => return out,
    };
    out.push(more);
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

/// How long one target may be thrown at; what it has not met by then, the drill meets.
const A_WHILE: Duration = Duration::from_secs(2);
const MOST: u32 = 2000;

/// The same specimens spoiled the same way on every run.
fn thrown<S: Strategy>(strategy: &S, mut at: impl FnMut(S::Value)) -> u32 {
    let mut runner = TestRunner::deterministic();
    let begun = Instant::now();
    let more = |n: &u32| *n < MOST && begun.elapsed() < A_WHILE;
    let mut thrown = 0;
    while more(&thrown) {
        at(strategy.new_tree(&mut runner).unwrap().current());
        thrown += 1;
    }
    thrown
}

/// Says what was thrown when a target falls over it.
fn met(name: &str, target: fn(&[u8]), bytes: &[u8]) {
    let held = std::panic::catch_unwind(|| target(bytes));
    assert!(held.is_ok(), "{name}: {:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn spoiled_specimens_and_plain_noise_crash_no_parser() {
    let mut fallen = Vec::new();
    for (name, target) in targets::ALL {
        let specimens = specimens(name);
        assert!(!specimens.is_empty(), "{name} has no specimen");
        let run = std::panic::catch_unwind(|| {
            specimens.iter().for_each(|specimen| met(name, target, specimen));
            let of = (0..specimens.len(), proptest::collection::vec(spoil(), 1..6));
            let spoil = |(which, how): (usize, Vec<Spoil>)| {
                met(name, target, &spoiled(specimens[which].clone(), &how));
            };
            let noise = proptest::collection::vec(any::<u8>(), 0..400);
            let spoiled = thrown(&of, spoil);
            (spoiled, thrown(&noise, |bytes| met(name, target, &bytes)))
        });
        match run {
            Ok((spoiled, noise)) => println!("{name}: {spoiled} spoiled, {noise} of noise"),
            Err(_) => fallen.push(name),
        }
    }
    let _ = std::fs::remove_dir_all(targets::folder());
    assert!(fallen.is_empty(), "{fallen:?}");
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
