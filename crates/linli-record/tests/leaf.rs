//! Leaves: one form, clear errors, no panic.

use linli_record::hash_leaf;
use linli_record::leaf::{Leaf, LeafError, RowMark};
use proptest::prelude::*;

fn leaf(rows: usize) -> Leaf {
    let row = |n| RowMark { table: "case_".into(), id: format!("c{n}"), commitment: [8; 32] };
    Leaf {
        act_id: "01JACT".into(),
        act: "case.report".into(),
        at: 1_790_000_000_000_000,
        subject_kind: "case".into(),
        subject_id: "c0".into(),
        actor: [5; 32],
        rows: (0..rows).map(row).collect(),
    }
}

#[test]
fn bytes_as_documented() {
    let mut expected = b"\x01\x0601JACT\x0bcase.report".to_vec();
    expected.extend(1_790_000_000_000_000i64.to_be_bytes());
    expected.extend(b"\x04case\x02c0");
    expected.extend([5; 32]);
    expected.extend(b"\x00\x01\x05case_\x85");
    expected.extend([8; 32]);
    assert_eq!(leaf(1).encode().unwrap(), expected);
    assert_eq!(leaf(1).hash().unwrap(), hash_leaf(&expected));
}

#[test]
fn ids_stand_in_seventeen_bytes_and_once() {
    let id = "zyxw0123456789abcdefghjkmn".to_owned();
    let plain = Leaf { act_id: id[..25].to_owned(), ..leaf(0) };
    let packed = Leaf { act_id: id.clone(), ..leaf(0) };
    assert_eq!(packed.encode().unwrap().len() + 9, plain.encode().unwrap().len());
    // 26 times five bits, the highest two of them in the first byte.
    let bits = id.bytes().fold(String::new(), |bits, letter| {
        let digit = b"0123456789abcdefghjkmnpqrstvwxyz".iter().position(|c| *c == letter);
        bits + &format!("{:05b}", digit.unwrap())
    });
    let encoded = packed.encode().unwrap();
    assert_eq!(encoded[1], 0x80 | u8::from_str_radix(&bits[..2], 2).unwrap());
    let low = u128::from_str_radix(&bits[2..], 2).unwrap();
    assert_eq!(encoded[2..18], low.to_be_bytes());
    let said = Leaf { subject_id: id, ..packed };
    assert_eq!(said.encode().unwrap().len() + 2, encoded.len());
    assert_eq!(Leaf::decode(&said.encode().unwrap()).unwrap(), said);
}

#[test]
fn a_leaf_that_says_in_more_bytes_what_goes_in_fewer_is_none() {
    let mut wordy = b"\x01\xff\x00\x0601JACT".to_vec();
    wordy.extend_from_slice(&leaf(1).encode().unwrap()[8..]);
    assert_eq!(Leaf::decode(&wordy), Err(LeafError::OtherForm));
}

#[test]
fn errors_say_where() {
    let good = leaf(2).encode().unwrap();
    let error = |bytes: &[u8]| Leaf::decode(bytes).unwrap_err().to_string();
    assert_eq!(error(&[]), "malformed leaf: ends at byte 0, but 1 more bytes were announced");
    assert_eq!(error(&[9]), "the leaf is of version 9, which is unknown here");
    assert_eq!(error(b"\x01\x02\xff\xff"), "malformed leaf: the text at byte 2 is not UTF-8");
    assert_eq!(error(b"\x01\x84"), "malformed leaf: the text at byte 1 is not UTF-8");
    let mut long = good.clone();
    long.push(0);
    let end = good.len();
    assert_eq!(error(&long), format!("malformed leaf: 1 bytes too many after byte {end}"));
    for cut in 0..good.len() {
        assert!(matches!(Leaf::decode(&good[..cut]), Err(LeafError::Bytes(_))), "{cut}");
    }
}

#[test]
fn a_leaf_that_no_bundle_could_hold_is_refused() {
    assert!(leaf(750).encode().is_ok());
    assert_eq!(leaf(2_000).encode(), Err(LeafError::TooLong));
    assert_eq!(leaf(70_000).encode(), Err(LeafError::TooLong));
    let wordy = Leaf { act_id: "x".repeat(65_536), ..leaf(0) };
    assert_eq!(wordy.encode(), Err(LeafError::TooLong));
    assert_eq!(Leaf::decode(&vec![1; 65_536]), Err(LeafError::TooLong));
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same(
        mut bytes in prop::collection::vec(any::<u8>(), 0..300), start in any::<bool>(),
    ) {
        if start {
            let mut real = leaf(1).encode().unwrap();
            let keep = real.len().saturating_sub(bytes.len() % 90);
            real.truncate(keep);
            real.extend(bytes.iter().take(bytes.len() % 90));
            bytes = real;
        }
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn what_encodes_decodes_to_the_same(
        texts in prop::collection::vec(".{0,20}|[0-9a-hjkmnp-tv-z]{26}|a{120,140}", 4),
        at in any::<i64>(),
        actor in any::<[u8; 32]>(),
        rows in prop::collection::vec(
            (".{0,8}", ".{0,8}|[0-9a-z]{26}", any::<[u8; 32]>()), 0..6,
        ),
    ) {
        let mark = |(table, id, commitment)| RowMark { table, id, commitment };
        let leaf = Leaf {
            act_id: texts[0].clone(),
            act: texts[1].clone(),
            at,
            subject_kind: texts[2].clone(),
            subject_id: texts[3].clone(),
            actor,
            rows: rows.into_iter().map(mark).collect(),
        };
        prop_assert_eq!(Leaf::decode(&leaf.encode().unwrap()).unwrap(), leaf);
    }
}
