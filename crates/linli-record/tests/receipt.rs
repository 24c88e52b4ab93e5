//! Receipts: what holds, what does not, how small they are; and the vectors for the other verifier.

#![allow(clippy::unwrap_used)]

use linli_record::leaf::{Leaf, RowMark};
use linli_record::note::{Checkpoint, Signer, Verifier};
use linli_record::receipt::{Disclosed, Promise, PromiseError, Receipt, ReceiptError, Value};
use linli_record::seal::{Field, Seal};
use linli_record::tree::{MemoryTiles, append, inclusion_proof};
use linli_record::{Hash, hash_leaf};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const ORIGIN: &str = "linli.example/620802";
const SALT: [u8; 16] = *b"salt of this row";

fn log() -> Signer {
    Signer::new(ORIGIN, &[42; 32]).unwrap()
}

fn words<'a>() -> Vec<(&'a str, Field<'a>)> {
    vec![
        ("title", Field::Text("三号楼前路灯不亮 🌃")),
        ("body", Field::Text("天黑后老人出门不便。\n请尽快处理。")),
        ("reported_at", Field::Int(1_790_000_000_000_000)),
        ("balance", Field::Int(-9_007_199_254_740_993)),
        ("photo", Field::Blob(&[0, 255, 128])),
        ("closed_at", Field::Null),
    ]
}

fn leaf() -> Leaf {
    let seal = Seal::of("case_", "z1m8caek2the27w13m1zx8w5bw", &SALT, &words());
    let other = RowMark { table: "event".into(), id: "01JEVENT".into(), commitment: [6; 32] };
    Leaf {
        act_id: "01JACT0000000000000000".into(),
        act: "case.report".into(),
        at: 1_790_000_000_000_000,
        subject_kind: "case".into(),
        subject_id: "z1m8caek2the27w13m1zx8w5bw".into(),
        actor: [5; 32],
        rows: vec![
            RowMark {
                table: "case_".into(),
                id: "z1m8caek2the27w13m1zx8w5bw".into(),
                commitment: seal.commitment,
            },
            other,
        ],
    }
}

fn promised() -> Receipt {
    Receipt::promised(&leaf(), 1_790_000_000_123_456, &log()).unwrap()
}

fn filler(n: u64) -> Hash {
    hash_leaf(&n.to_be_bytes())
}

/// The leaf at `index` of a tree of `size` leaves.
fn included(receipt: Receipt, index: u64, size: u64) -> Receipt {
    let mut hashes: Vec<Hash> = (0..size).map(filler).collect();
    hashes[index as usize] = leaf().hash().unwrap();
    let mut tiles = MemoryTiles::default();
    let root = append(&mut tiles, 0, &hashes).unwrap();
    let time = Some(1_790_000_000_200_000);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, time };
    let note = checkpoint.sign(&log()).unwrap().to_string();
    receipt.included(index, inclusion_proof(&tiles, index, size).unwrap(), &note)
}

fn whole(index: u64, size: u64) -> Receipt {
    included(promised(), index, size).disclose(
        "case_",
        "z1m8caek2the27w13m1zx8w5bw",
        &SALT,
        &words(),
    )
}

fn codes(receipt: &Receipt) -> Vec<&'static str> {
    receipt.verify(Some(&log().verifier())).iter().map(|f| f.code()).collect()
}

#[test]
fn good_receipts_hold() {
    let none: [&str; 0] = [];
    assert_eq!(codes(&promised()), none);
    for (index, size) in [(0, 1), (0, 2), (1, 2), (6, 7), (255, 300), (256, 257), (999, 1_000)] {
        let receipt = whole(index, size);
        assert_eq!(codes(&receipt), none, "{index} of {size}");
        let again = Receipt::parse(&receipt.to_json().unwrap()).unwrap();
        assert_eq!(again, receipt);
    }
    let later = Receipt { promise: None, ..whole(3, 8) };
    assert_eq!(codes(&later), none);
}

#[test]
fn each_lie_is_named() {
    let good = || whole(3, 8);
    let with = |change: fn(&mut Receipt)| {
        let mut receipt = good();
        change(&mut receipt);
        codes(&receipt)
    };
    assert_eq!(with(|r| r.promise.as_mut().unwrap().at += 1), ["promise_forged"]);
    assert_eq!(with(|r| r.act_id = "another".into()), ["promise_forged", "wrong_act"]);
    assert_eq!(with(|r| r.inclusion.as_mut().unwrap().index = 2), ["not_in_tree"]);
    assert_eq!(with(|r| r.inclusion.as_mut().unwrap().proof[1][0] ^= 1), ["not_in_tree"]);
    let forge = |r: &mut Receipt| {
        let note = &mut r.inclusion.as_mut().unwrap().checkpoint;
        *note = note.replace("\n8\n", "\n9\n");
    };
    assert_eq!(with(forge), ["checkpoint_forged"]);
    let text = |r: &mut Receipt| r.rows[0].fields[0].value = Value::Text("别的话".into());
    assert_eq!(with(text), ["row_differs"]);
    assert_eq!(with(|r| r.rows[0].salt[0] ^= 1), ["row_differs"]);
    assert_eq!(with(|r| drop(r.rows[0].fields.pop())), ["row_differs"]);
    assert_eq!(with(|r| r.rows[0].id = "other".into()), ["row_not_recorded"]);
    assert_eq!(with(|r| r.leaf.truncate(9)), ["promise_forged", "not_in_tree", "leaf_unreadable"]);
    assert_eq!(codes(&Receipt { promise: None, ..promised() }), ["no_proof"]);
}

#[test]
fn a_stranger_with_a_key_of_his_own_is_not_the_district() {
    let stranger = Signer::new(ORIGIN, &[66; 32]).unwrap();
    let receipt = Receipt::promised(&leaf(), 0, &stranger).unwrap();
    assert_eq!(receipt.verify(None), []);
    assert_eq!(codes(&receipt), ["key_unknown"]);
    let receipt = Receipt { key: [0xff; 32], ..whole(3, 8) };
    assert_eq!(codes(&receipt), ["key_unknown", "promise_forged", "checkpoint_forged"]);
}

#[test]
fn json_that_is_no_receipt_is_refused() {
    let good = serde_json::to_value(whole(3, 8)).unwrap();
    let refuse = |path: &str, value: Json| {
        let mut json = good.clone();
        *json.pointer_mut(path).unwrap() = value;
        Receipt::parse(&json.to_string()).unwrap_err()
    };
    assert!(matches!(refuse("/linli_receipt", json!(2)), ReceiptError::Version(2)));
    for (path, value) in [
        ("/key", json!("AAAA")),
        ("/leaf", json!("not base64!")),
        ("/promise/at", json!(5)),
        ("/promise/at", json!("99999999999999999999")),
        ("/inclusion/index", json!(-1)),
        ("/inclusion/proof/0", json!("")),
        ("/rows/0/fields/0", json!({ "name": "title", "number": "1" })),
    ] {
        assert!(matches!(refuse(path, value.clone()), ReceiptError::Json(_)), "{path} {value}");
    }
    assert!(matches!(Receipt::parse("[]"), Err(ReceiptError::Json(_))));
}

#[test]
fn a_proof_is_small() {
    let plain = included(promised(), 66_000, 70_000).to_json().unwrap();
    assert!(plain.len() < 5_000, "{}", plain.len());
    let mut deep = included(promised(), 3, 8);
    deep.inclusion.as_mut().unwrap().proof = vec![[200; 32]; 30];
    assert!(deep.to_json().unwrap().len() < 5_000, "a billion leaves");
    let fragment = promised().promise().unwrap().compact().unwrap();
    assert!(fragment.len() < 300, "{}", fragment.len());
}

#[test]
fn a_promise_fits_a_qr_code_and_comes_back() {
    let promise = promised().promise().unwrap();
    let fragment = promise.compact().unwrap();
    let read = Promise::from_compact(&fragment).unwrap();
    assert_eq!(read, promise);
    assert_eq!(read.verify(), Ok(()));
    let later = Promise { at: read.at + 1, ..read };
    assert!(matches!(later.verify(), Err(PromiseError::Note(_))));
    assert_eq!(Promise::from_compact("??"), Err(PromiseError::Base64));
    assert_eq!(Promise::from_compact("Ag"), Err(PromiseError::Version(2)));
    let cut = &fragment[..fragment.len() - 4];
    assert!(matches!(Promise::from_compact(cut), Err(PromiseError::Bytes(_))));
    assert_eq!(Promise::sign("two\nlines", [0; 32], 0, &log()), Err(PromiseError::ActId));
    assert_eq!(Promise::sign("", [0; 32], 0, &log()), Err(PromiseError::ActId));
}

proptest! {
    #[test]
    fn one_changed_bit_never_passes(at in any::<usize>(), bit in 0u8..8, part in 0u8..5) {
        let mut receipt = whole(5, 9);
        let row: &mut Disclosed = &mut receipt.rows[0];
        let inclusion = receipt.inclusion.as_mut().unwrap();
        let bytes: &mut [u8] = match part {
            0 => &mut receipt.leaf,
            1 => &mut receipt.promise.as_mut().unwrap().signature,
            2 => inclusion.proof.as_flattened_mut(),
            3 => &mut row.salt,
            _ => &mut receipt.key,
        };
        let len = bytes.len();
        bytes[at % len] ^= 1 << bit;
        prop_assert!(!codes(&receipt).is_empty());
    }

    #[test]
    fn nothing_panics(text in ".{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Receipt::parse(&text);
        let _ = Promise::from_compact(&text);
        let receipt = Receipt { leaf: bytes, ..whole(0, 1) };
        prop_assert!(!codes(&receipt).is_empty());
    }
}

/// The vectors that the page in `web/verify` is tested with. With `LINLI_WRITE_VECTORS` set they
/// are written anew; otherwise they must be what is committed.
#[test]
fn the_vectors_are_current() {
    let key: Verifier = log().verifier();
    let fragment = promised().promise().unwrap().compact().unwrap();
    let stranger = Signer::new(ORIGIN, &[66; 32]).unwrap();
    let foreign = Receipt::promised(&leaf(), 7, &stranger).unwrap();
    let mut cases = Vec::new();
    let mut case = |name: &str, receipt: &Receipt| {
        cases.push(json!({ "name": name, "receipt": receipt, "findings": codes(receipt) }));
    };
    case("promise", &promised());
    for (index, size) in [(0, 1), (1, 2), (2, 3), (3, 8), (255, 256), (256, 257), (700, 1_001)] {
        case(&format!("leaf {index} of {size}"), &whole(index, size));
    }
    case("foreign key", &foreign);
    case("no proof", &Receipt { promise: None, ..promised() });
    let mut lie = whole(3, 8);
    lie.rows[0].fields[1].value = Value::Text("天亮后".into());
    case("other words", &lie);
    let mut lie = whole(3, 8);
    lie.inclusion.as_mut().unwrap().proof.push([1; 32]);
    case("long proof", &lie);
    let mut lie = whole(3, 8);
    lie.promise.as_mut().unwrap().signature[40] ^= 4;
    case("forged promise", &lie);
    let vectors = json!({ "key": key.to_string(), "fragment": fragment, "cases": cases });
    // Tests run in the folder of their crate, wherever the program was built.
    let path = "tests/vectors/receipts.json";
    if std::env::var_os("LINLI_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
        std::fs::write(path, text).unwrap();
    }
    let committed: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(committed, vectors);
}
