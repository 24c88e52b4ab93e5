//! The tree against the published vectors and against a plain reading of RFC 6962.

#![allow(clippy::unwrap_used)]

use linli_record::tree::*;
use linli_record::{Hash, hash_leaf, hash_node};
use proptest::prelude::*;

/// RFC 6962 §2.1 as it is written, slow.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => unreachable!("asked for leaves only"),
        1 => leaves[0],
        n => {
            let k = n.next_power_of_two() / 2;
            hash_node(&mth(&leaves[..k]), &mth(&leaves[k..]))
        }
    }
}

/// RFC 6962 §2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut proof, other) = match m < k {
        true => (path(m, &leaves[..k]), mth(&leaves[k..])),
        false => (path(m - k, &leaves[k..]), mth(&leaves[..k])),
    };
    proof.push(other);
    proof
}

/// RFC 6962 §2.1.2.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![mth(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut proof, other) = match m <= k {
        true => (subproof(m, &leaves[..k], whole), mth(&leaves[k..])),
        false => (subproof(m - k, &leaves[k..], false), mth(&leaves[..k])),
    };
    proof.push(other);
    proof
}

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| hash_leaf(&i.to_be_bytes())).collect()
}

fn grown(all: &[Hash], steps: &[usize]) -> MemoryTiles {
    let mut tiles = MemoryTiles::default();
    let mut at = 0;
    for step in steps.iter().copied().chain([all.len()]) {
        let end = (at + step).min(all.len());
        let root = append(&mut tiles, at as u64, &all[at..end]).unwrap();
        if end > 0 {
            assert_eq!(root, mth(&all[..end]));
        }
        at = end;
    }
    tiles
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

/// The eight leaves and roots that Certificate Transparency implementations share.
#[test]
fn the_known_eight_leaves() {
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let all: Vec<Hash> = inputs.iter().map(|i| hash_leaf(&hex(i))).collect();
    let mut tiles = MemoryTiles::default();
    let empty = root(&tiles, 0).unwrap();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty.to_vec(), hex(nothing));
    for (n, expected) in roots.iter().enumerate() {
        let got = append(&mut tiles, n as u64, &all[n..=n]).unwrap();
        assert_eq!(got.to_vec(), hex(expected), "{} leaves", n + 1);
    }
}

#[test]
fn addresses_as_c2sp_writes_them() {
    assert_eq!(tile_path(0, 0, 256), "tile/0/000");
    assert_eq!(tile_path(1, 1_234_067, 256), "tile/1/x001/x234/067");
    assert_eq!(tile_path(2, 5, 17), "tile/2/005.p/17");
    assert_eq!(entries_path(273_000, 112), "tile/entries/x273/000.p/112");
}

#[test]
fn bundles_come_apart_again() {
    let leaves: [&[u8]; 3] = [b"one", b"", b"three"];
    let bundle = entry_bundle(leaves).unwrap();
    assert_eq!(bundle, b"\x00\x03one\x00\x00\x00\x05three");
    assert_eq!(split_entry_bundle(&bundle).unwrap(), leaves);
    assert!(split_entry_bundle(&bundle[..bundle.len() - 1]).is_err());
    assert_eq!(entry_bundle([vec![0; 65_536].as_slice()]), None);
}

#[test]
fn crossing_65536_leaves() {
    let all = leaves(66_100);
    let tiles = grown(&all, &[1, 254, 1, 1, 65_278, 1, 1]);
    for size in [65_535, 65_536, 65_537, 66_048, 66_100] {
        let expected = mth(&all[..size as usize]);
        assert_eq!(root(&tiles, size).unwrap(), expected);
        for index in [0, 255, 256, 65_534, size - 1] {
            let proof = inclusion_proof(&tiles, index, size).unwrap();
            let leaf = &all[index as usize];
            assert_eq!(verify_inclusion(leaf, index, size, &proof, &expected), Ok(()));
        }
        let proof = consistency_proof(&tiles, 65_300, size).unwrap();
        let old = mth(&all[..65_300]);
        assert_eq!(verify_consistency(65_300, &old, size, &expected, &proof), Ok(()));
    }
    assert_eq!(tiles.iter().filter(|(level, _, _)| *level == 2).count(), 1);
}

#[test]
fn tiles_ahead_of_the_size_are_harmless_and_short_ones_are_told() {
    let all = leaves(700);
    let mut tiles = grown(&all, &[]);
    let mut other = leaves(900);
    other[600] = hash_leaf(b"another history");
    assert_eq!(append(&mut tiles, 600, &other[600..]).unwrap(), mth(&other));
    let damaged = root(&tiles, 1_000).unwrap_err();
    assert_eq!(damaged, TreeError::Damaged { level: 0, index: 3, wanted: 232 });
    assert_eq!(inclusion_proof(&tiles, 5, 5), Err(TreeError::Range { size: 5 }));
    assert_eq!(consistency_proof(&tiles, 6, 5), Err(TreeError::Range { size: 5 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn equals_the_plain_reading(
        n in 1usize..2_000,
        steps in prop::collection::vec(0usize..400, 0..8),
        picks in prop::collection::vec((any::<u64>(), any::<u64>()), 6),
    ) {
        let all = leaves(n as u64);
        let tiles = grown(&all, &steps);
        for (a, b) in picks {
            let size = 1 + a % n as u64;
            let small = b % size;
            let root_now = root(&tiles, size).unwrap();
            let part = &all[..size as usize];
            prop_assert_eq!(root_now, mth(part));
            let proof = inclusion_proof(&tiles, small, size).unwrap();
            prop_assert_eq!(&proof, &path(small as usize, part));
            let leaf = &all[small as usize];
            prop_assert_eq!(verify_inclusion(leaf, small, size, &proof, &root_now), Ok(()));
            let from = small + 1;
            let old = root(&tiles, from).unwrap();
            let proof = consistency_proof(&tiles, from, size).unwrap();
            prop_assert_eq!(&proof, &subproof(from as usize, part, true));
            prop_assert_eq!(verify_consistency(from, &old, size, &root_now, &proof), Ok(()));
        }
    }

    #[test]
    fn a_changed_proof_does_not_hold(
        n in 2u64..600, at in any::<u64>(), hit in any::<usize>(), bit in 0usize..256,
    ) {
        let all = leaves(n);
        let tiles = grown(&all, &[]);
        let at = at % n;
        let root_now = root(&tiles, n).unwrap();
        let leaf = &all[at as usize];
        let mut proof = inclusion_proof(&tiles, at, n).unwrap();
        let hit = hit % proof.len();
        proof[hit][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(leaf, at, n, &proof, &root_now).is_err());
        proof[hit][bit / 8] ^= 1 << (bit % 8);
        let wrong = at ^ 1;
        prop_assert!(verify_inclusion(leaf, wrong, n, &proof, &root_now).is_err());
        prop_assert!(verify_inclusion(leaf, n + at, n, &proof, &root_now).is_err());
        proof.push([0; 32]);
        prop_assert!(verify_inclusion(leaf, at, n, &proof, &root_now).is_err());
        let from = at + 1;
        let old = root(&tiles, from).unwrap();
        let mut proof = consistency_proof(&tiles, from, n).unwrap();
        let forged = hash_leaf(b"forged");
        prop_assert!(verify_consistency(from, &forged, n, &root_now, &proof).is_err());
        prop_assert!(verify_consistency(from, &old, n, &forged, &proof).is_err());
        if !proof.is_empty() {
            let hit = hit % proof.len();
            proof[hit][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_consistency(from, &old, n, &root_now, &proof).is_err());
        }
    }
}
