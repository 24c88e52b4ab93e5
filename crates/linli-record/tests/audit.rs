//! The audit against a small district whose every byte can be changed behind its back.

#![allow(clippy::unwrap_used)]

use linli_record::audit::{Audit, Finding, Report};
use linli_record::hash_leaf;
use linli_record::leaf::{GONE, Leaf, RowMark};
use linli_record::note::{Checkpoint, Signer};
use linli_record::seal::{CHECK_LEN, Field, Seal};
use linli_record::tree::{MemoryTiles, Tiles, append, root};
use proptest::prelude::*;
use std::collections::BTreeMap;

const ORIGIN: &str = "linli.example/620802";

#[derive(Clone, Debug, PartialEq)]
struct Row {
    salt: [u8; 16],
    checks: Vec<u8>,
    title: String,
    version: i64,
    photo: Vec<u8>,
    closed_at: Option<i64>,
}

impl Row {
    fn fields(&self) -> [(&str, Field<'_>); 4] {
        [
            ("title", Field::Text(&self.title)),
            ("version", Field::Int(self.version)),
            ("photo", Field::Blob(&self.photo)),
            ("closed_at", self.closed_at.map_or(Field::Null, Field::Int)),
        ]
    }
}

/// What a database holds.
#[derive(Clone)]
struct District {
    rows: BTreeMap<(String, String), Row>,
    leaves: Vec<(u64, Vec<u8>)>,
    pending: Vec<Vec<u8>>,
    tiles: MemoryTiles,
    notes: Vec<String>,
    outside: Vec<String>,
}

fn signer() -> Signer {
    Signer::new(ORIGIN, &[11; 32]).unwrap()
}

fn salt(n: u64) -> [u8; 16] {
    std::array::from_fn(|i| (n as u8).wrapping_mul(31).wrapping_add(i as u8))
}

/// Acts that write, write again and now and then remove rows; a checkpoint every `step` leaves.
fn district(acts: u64, step: u64) -> District {
    let mut d = District {
        rows: BTreeMap::new(),
        leaves: vec![],
        pending: vec![],
        tiles: MemoryTiles::default(),
        notes: vec![],
        outside: vec![],
    };
    for n in 0..acts {
        act(&mut d, n);
        if (n + 1) % step == 0 || n + 1 == acts {
            sequence(&mut d);
        }
    }
    d
}

fn act(d: &mut District, n: u64) {
    let mut marks = vec![];
    for key in [("case_", n / 2), ("event", n)] {
        let (table, id) = (key.0.to_owned(), format!("r{}", key.1));
        let mut row = Row {
            salt: salt(n),
            checks: vec![],
            title: format!("路灯不亮 {n}"),
            version: n as i64,
            photo: vec![n as u8; 3],
            closed_at: (n.is_multiple_of(3)).then_some(n as i64),
        };
        let seal = Seal::of(&table, &id, &row.salt, &row.fields());
        row.checks = seal.checks;
        marks.push(RowMark { table: table.clone(), id: id.clone(), commitment: seal.commitment });
        d.rows.insert((table, id), row);
    }
    if n % 7 == 6 {
        let gone = ("event".to_owned(), format!("r{}", n - 3));
        d.rows.remove(&gone);
        marks.push(RowMark { table: gone.0, id: gone.1, commitment: GONE });
    }
    let leaf = Leaf {
        act_id: format!("a{n}"),
        act: "case.report".into(),
        at: n as i64,
        subject_kind: "case".into(),
        subject_id: format!("r{}", n / 2),
        actor: [1; 32],
        rows: marks,
    };
    d.pending.push(leaf.encode().unwrap());
}

fn sequence(d: &mut District) {
    let size = d.leaves.len() as u64;
    let hashes: Vec<_> = d.pending.iter().map(|leaf| hash_leaf(leaf)).collect();
    let root = append(&mut d.tiles, size, &hashes).unwrap();
    d.leaves.extend((size..).zip(d.pending.drain(..)));
    let size = d.leaves.len() as u64;
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, time: None };
    d.notes.push(checkpoint.sign(&signer()).unwrap().to_string());
}

fn audit(d: &District) -> Report {
    let mut audit = Audit::new(signer().verifier());
    d.notes.iter().for_each(|note| audit.checkpoint(note));
    d.outside.iter().for_each(|note| audit.seen_outside(note));
    d.leaves.iter().for_each(|(index, leaf)| audit.leaf(*index, leaf));
    d.pending.iter().for_each(|leaf| audit.pending(leaf));
    d.tiles.iter().for_each(|(level, index, bytes)| audit.tile(level, index, bytes));
    for ((table, id), row) in &d.rows {
        audit.row(table, id, &row.salt, &row.checks, &row.fields());
    }
    audit.finish()
}

fn row_of(d: &mut District, pick: usize) -> (String, String, &mut Row) {
    let at = pick % d.rows.len();
    let ((table, id), row) = d.rows.iter_mut().nth(at).unwrap();
    (table.clone(), id.clone(), row)
}

/// One change behind the application's back, and what must be said of it.
fn mutate(d: &mut District, kind: u8, pick: usize, bit: usize) -> Finding {
    let (table, id, row) = row_of(d, pick);
    let key = (table.clone(), id.clone());
    let changed = |field: &str| Finding::RowChanged {
        table: table.clone(),
        id: id.clone(),
        field: field.into(),
    };
    match kind {
        0 => {
            row.title.push('x');
            changed("title")
        }
        1 => {
            row.version ^= 1 << (bit % 64);
            changed("version")
        }
        2 => {
            row.photo[bit % 3] ^= 1 << (bit % 8);
            changed("photo")
        }
        3 => {
            row.closed_at = if row.closed_at.is_some() { None } else { Some(0) };
            changed("closed_at")
        }
        4 => {
            let place = bit % row.checks.len();
            let field = place / CHECK_LEN;
            row.checks[place] ^= 1 << (bit % 8);
            let fields = vec![row.fields()[field].0.to_owned()];
            Finding::SealAltered { table, id, fields }
        }
        5 => {
            row.title = "改过".into();
            row.checks = Seal::of(&table, &id, &row.salt, &row.fields()).checks;
            Finding::RowRewritten { table, id }
        }
        6 => {
            d.rows.remove(&key);
            Finding::RowDeleted { table, id }
        }
        7 => {
            let row = row.clone();
            let id = format!("new{pick}");
            d.rows.insert((table.clone(), id.clone()), row);
            Finding::RowInserted { table, id }
        }
        8 => {
            let at = pick % d.leaves.len();
            let leaf = &mut d.leaves[at].1;
            let bit = bit % (leaf.len() * 8);
            leaf[bit / 8] ^= 1 << (bit % 8);
            Finding::LeafAltered { index: at as u64 }
        }
        9 => {
            let at = pick % (d.leaves.len() - 1);
            d.leaves.remove(at);
            Finding::LeavesMissing { from: at as u64, before: at as u64 + 1 }
        }
        10 => {
            let tiles: Vec<_> = d.tiles.iter().map(|(l, i, b)| (l, i, b.to_vec())).collect();
            let (level, index, mut bytes) = tiles[pick % tiles.len()].clone();
            let at = bit % bytes.len();
            bytes[at] ^= 1 << (bit % 8);
            d.tiles.write(level, index, &bytes).unwrap();
            Finding::TileAltered { level, index, place: at as u64 / 32 }
        }
        11 => {
            let last = d.leaves.len() as u64;
            d.leaves.pop();
            Finding::Truncated { have: last - 1, signed: last }
        }
        12 => {
            let at = pick % d.leaves.len();
            let again = d.leaves[at].clone();
            let index = again.0;
            d.leaves.push(again);
            Finding::LeafRepeated { index }
        }
        _ => {
            let at = pick % d.notes.len();
            let (origin, rest) = d.notes[at].split_once('\n').unwrap();
            d.notes[at] = format!("{origin}\n1{rest}");
            Finding::CheckpointForged { why: format!("the signature of {ORIGIN} is wrong") }
        }
    }
}

#[test]
fn a_thousand_clean_districts_are_clean() {
    let small = (0..1_000).map(|n| (1 + n % 40, 1 + n / 40));
    for (acts, step) in small.chain([(255, 50), (256, 50), (257, 50), (700, 33)]) {
        let d = district(acts, step);
        let report = audit(&d);
        assert_eq!(report.findings, []);
        assert_eq!((report.leaves, report.covered), (acts, acts));
        assert_eq!(report.rows, d.rows.len() as u64);
    }
}

#[test]
fn leaves_that_are_not_numbered_yet_count() {
    let mut d = district(9, 4);
    act(&mut d, 9);
    act(&mut d, 10);
    let report = audit(&d);
    assert_eq!((report.findings.len(), report.leaves, report.pending), (0, 9, 2));
    let (table, id) = ("event".to_owned(), "r10".to_owned());
    d.rows.remove(&(table.clone(), id.clone()));
    assert_eq!(audit(&d).findings, [Finding::RowDeleted { table, id }]);
}

#[test]
fn an_erased_row_may_not_come_back() {
    let mut d = district(20, 4);
    let row = d.rows.values().next().unwrap().clone();
    let (table, id) = ("event".to_owned(), "r3".to_owned());
    assert_eq!(d.rows.insert((table.clone(), id.clone()), row), None);
    assert_eq!(audit(&d).findings, [Finding::RowInserted { table, id }]);
}

#[test]
fn a_lost_seal_is_told() {
    let d = district(3, 1);
    let mut audit = Audit::new(signer().verifier());
    d.leaves.iter().for_each(|(index, leaf)| audit.leaf(*index, leaf));
    d.tiles.iter().for_each(|(level, index, bytes)| audit.tile(level, index, bytes));
    audit.row_without_seal("case_", "r0");
    audit.row_without_seal("case_", "r77");
    let (table, id) = ("case_".to_owned(), "r0".to_owned());
    let lost = Finding::SealMissing { table: table.clone(), id };
    let strange = Finding::RowInserted { table, id: "r77".into() };
    assert_eq!(audit.finish_log().findings, [strange, lost]);
}

#[test]
fn a_log_without_any_tile_is_not_in_order() {
    let mut d = district(5, 1);
    d.tiles = MemoryTiles::default();
    assert_eq!(audit(&d).findings, [Finding::TileMissing { level: 0, index: 0 }]);
}

#[test]
fn a_database_set_back_is_told_from_outside() {
    let later = district(300, 5);
    let mut d = district(280, 5);
    assert!(audit(&d).is_clean());
    d.outside.push(later.notes.last().unwrap().clone());
    assert_eq!(audit(&d).findings, [Finding::RolledBack { have: 280, seen: 300 }]);
}

#[test]
fn two_histories_are_a_fork() {
    let mut d = district(100, 10);
    let mut other = district(49, 10);
    act(&mut other, 1_000);
    sequence(&mut other);
    d.outside.push(other.notes.last().unwrap().clone());
    assert_eq!(audit(&d).findings, [Finding::Fork { size: 50 }]);
}

#[test]
fn a_log_rewritten_with_its_tiles_is_narrowed_down() {
    let mut d = district(1_000, 100);
    let forged = {
        let mut leaf = Leaf::decode(&d.leaves[612].1).unwrap();
        leaf.at += 1;
        leaf.encode().unwrap()
    };
    d.leaves[612].1 = forged;
    let hashes: Vec<_> = d.leaves.iter().map(|(_, leaf)| hash_leaf(leaf)).collect();
    let mut tiles = MemoryTiles::default();
    append(&mut tiles, 0, &hashes).unwrap();
    let tile = tiles.read(0, 2).unwrap().unwrap();
    d.tiles.write(0, 2, &tile).unwrap();
    let found = audit(&d).findings;
    assert_eq!(found, [Finding::LogRewritten { from: 600, before: 700 }]);
    d.tiles = tiles;
    assert_eq!(audit(&d).findings, [Finding::LogRewritten { from: 600, before: 700 }]);
    assert_ne!(root(&d.tiles, 1_000), root(&district(1_000, 100).tiles, 1_000));
}

#[test]
fn leaf_and_tile_changed_in_different_places_are_both_named() {
    let mut d = district(700, 50);
    d.leaves[100].1[5] ^= 1;
    for (index, place) in [(1u64, 3usize), (2, 9)] {
        let mut tile = d.tiles.read(0, index).unwrap().unwrap();
        tile[place * 32] ^= 1;
        d.tiles.write(0, index, &tile).unwrap();
    }
    let expected = [
        Finding::LeafAltered { index: 100 },
        Finding::TileAltered { level: 0, index: 1, place: 3 },
        Finding::TileAltered { level: 0, index: 2, place: 9 },
    ];
    assert_eq!(audit(&d).findings, expected);
}

#[test]
fn where_nothing_is_signed_the_served_tile_is_believed() {
    let mut d = district(20, 5);
    d.notes.clear();
    // A byte that says something else and names the same rows.
    let body = d.leaves[4].1.clone();
    let rows = |body: &[u8]| Leaf::decode(body).map(|leaf| leaf.rows).ok();
    let other = |at: &usize| {
        let mut other = body.clone();
        other[*at] ^= 1;
        rows(&other) == rows(&body)
    };
    let at = (1..body.len()).find(other).unwrap();
    d.leaves[4].1[at] ^= 1;
    let report = audit(&d);
    assert_eq!(report.covered, 0);
    assert_eq!(report.findings, [Finding::LeafAltered { index: 4 }]);
}

#[test]
fn a_short_tile_and_an_absurd_index_are_told() {
    let mut d = district(300, 50);
    let tile = d.tiles.read(0, 1).unwrap().unwrap();
    d.tiles.write(0, 1, &tile[..tile.len() - 32]).unwrap();
    assert_eq!(audit(&d).findings, [Finding::TileMissing { level: 0, index: 1 }]);
    let mut d = district(30, 30);
    d.leaves[29].0 = u64::MAX;
    let found = audit(&d).findings;
    assert!(found.contains(&Finding::LeafMisplaced { index: u64::MAX }), "{found:?}");
    assert!(found.contains(&Finding::Truncated { have: 29, signed: 30 }), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn every_change_is_located(
        acts in 2u64..30,
        step in 3u64..9,
        kind in 0u8..14,
        pick in any::<usize>(),
        bit in any::<usize>(),
    ) {
        let mut d = district(acts, step);
        let expected = mutate(&mut d, kind, pick, bit);
        let found = audit(&d).findings;
        prop_assert!(found.contains(&expected), "{expected:?} not in {found:?}");
        // Nobody else is reproached: what comes along is the same place or "cannot be checked".
        for finding in found.iter().filter(|f| **f != expected) {
            let honest = matches!(
                finding,
                Finding::RowUnprovable { .. } | Finding::LeafUnreadable { .. }
            );
            prop_assert!(honest, "{finding:?} beside {expected:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_change_is_located_across_tiles(
        acts in 257u64..800,
        step in 40u64..200,
        kind in 0u8..14,
        pick in any::<usize>(),
        bit in any::<usize>(),
    ) {
        let mut d = district(acts, step);
        let expected = mutate(&mut d, kind, pick, bit);
        let found = audit(&d).findings;
        prop_assert!(found.contains(&expected), "{expected:?} not in {found:?}");
    }
}
