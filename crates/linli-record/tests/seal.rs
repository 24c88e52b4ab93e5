//! Seals: every change is named, and nothing else is.

use linli_record::seal::{CHECK_LEN, Field, Seal, differing};
use proptest::prelude::*;

const SALT: [u8; 16] = [7; 16];

fn row<'a>() -> Vec<(&'a str, Field<'a>)> {
    vec![
        ("title", Field::Text("三号楼前路灯不亮")),
        ("reported_at", Field::Int(1_790_000_000_000_000)),
        ("photo", Field::Blob(&[1, 2, 3])),
        ("closed_at", Field::Null),
    ]
}

#[test]
fn a_seal_is_the_same_today_and_tomorrow() {
    let seal = Seal::of("case_", "c1", &SALT, &row());
    assert_eq!(seal.checks.len(), 4 * CHECK_LEN);
    let hex: String = seal.commitment.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, "9efd5f9617196d99cb107ecba8721e3e7ef6f86e4aa8287c1b7e6b5d37de30f9");
    assert!(differing(&seal.checks, "case_", "c1", &SALT, &row()).is_empty());
}

#[test]
fn values_of_different_kinds_are_different() {
    let values = [
        Field::Null,
        Field::Int(0),
        Field::Text(""),
        Field::Blob(&[]),
        Field::Text("\0\0\0\0\0\0\0\0"),
        Field::Blob(&[0; 8]),
    ];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            let sealed = Seal::of("t", "r", &SALT, &[("f", *a)]);
            let names = differing(&sealed.checks, "t", "r", &SALT, &[("f", *b)]);
            assert_eq!(names.is_empty(), i == j, "{a:?} against {b:?}");
        }
    }
}

#[test]
fn lengths_keep_neighbours_apart() {
    let ab = Seal::of("a", "bc", &SALT, &[("d", Field::Text("ef"))]);
    let abc = Seal::of("ab", "c", &SALT, &[("d", Field::Text("ef"))]);
    let moved = Seal::of("a", "bc", &SALT, &[("de", Field::Text("f"))]);
    assert_ne!(ab.checks, abc.checks);
    assert_ne!(ab.checks, moved.checks);
    assert_ne!(ab.commitment, abc.commitment);
}

#[test]
fn columns_come_and_go() {
    let seal = Seal::of("case_", "c1", &SALT, &row());
    let mut later = row();
    later.push(("rated_at", Field::Null));
    assert!(differing(&seal.checks, "case_", "c1", &SALT, &later).is_empty());
    later[4].1 = Field::Int(1);
    assert_eq!(differing(&seal.checks, "case_", "c1", &SALT, &later), ["rated_at"]);
    assert_eq!(differing(&seal.checks, "case_", "c1", &SALT, &row()[..3]), ["#3"]);
    let then = Seal::of_then("case_", "c1", &SALT, &seal.checks, &later);
    assert_eq!(then.commitment, seal.commitment);
}

fn field(kind: u8, int: i64, text: &str) -> Field<'_> {
    match kind % 4 {
        0 => Field::Null,
        1 => Field::Int(int),
        2 => Field::Text(text),
        _ => Field::Blob(text.as_bytes()),
    }
}

proptest! {
    #[test]
    fn exactly_the_changed_fields_are_named(
        values in prop::collection::vec((any::<u8>(), any::<i64>(), ".{0,12}"), 1..9),
        others in prop::collection::vec((any::<u8>(), any::<i64>(), ".{0,12}"), 9),
        changed in any::<u16>(),
        salt in any::<[u8; 16]>(),
    ) {
        let names: Vec<String> = (0..values.len()).map(|n| format!("f{n}")).collect();
        let mut fields: Vec<(&str, Field)> = Vec::new();
        for (name, (kind, int, text)) in names.iter().zip(&values) {
            fields.push((name, field(*kind, *int, text)));
        }
        let seal = Seal::of("t", "r", &salt, &fields);
        let mut expected = Vec::new();
        for (n, (kind, int, text)) in others.iter().take(values.len()).enumerate() {
            let other = field(*kind, *int, text);
            if changed & (1 << n) != 0 && other != fields[n].1 {
                fields[n].1 = other;
                expected.push(names[n].clone());
            }
        }
        prop_assert_eq!(differing(&seal.checks, "t", "r", &salt, &fields), expected);
        let all = differing(&seal.checks, "t", "s", &salt, &fields);
        prop_assert_eq!(all.len(), fields.len());
    }
}
