//! Changes to the log itself: leaves, tiles, checkpoints.

use super::*;

/// One change to the log. The findings must name the place, and reproach no row.
pub(super) fn log(ground: &mut Ground) {
    let leaves = ground.leaves;
    let k = ground.below(leaves - 1);
    match ground.below(9) {
        0 => leaf_byte(ground, k),
        1 => leaf_column(ground, k),
        2 => {
            ground.hand.run(&format!("delete from leaf where idx = {k}")).unwrap();
            named(ground, |f| *f == Finding::LeavesMissing { from: k, before: k + 1 }, beside);
        }
        3 => {
            let away = leaves + 2 + ground.below(50);
            ground.hand.run(&format!("update leaf set idx = {away} where idx = {k}")).unwrap();
            let gone = Finding::LeavesMissing { from: k, before: k + 1 };
            let more = |f: &Finding| {
                // Where the log would have to be longer, the last tile of any level is too short.
                let beyond = |level: u8| leaves >> (8 * (u32::from(level) + 1));
                beside(f)
                    || matches!(f, Finding::LeavesMissing { from, .. } if *from == leaves)
                    || matches!(f, Finding::TileMissing { level, index }
                        if *index >= beyond(*level))
            };
            named(ground, |f| *f == gone, more);
        }
        4 => tile(ground),
        5 => checkpoint(ground),
        6 => {
            ground.hand.run(&format!("delete from leaf where idx > {k}")).unwrap();
            let have = k + 1;
            let cut = |f: &Finding| matches!(f, Finding::Truncated { have: n, .. } if *n == have);
            named(ground, cut, |f| beside(f) || matches!(f, Finding::RolledBack { .. }));
        }
        7 => set_back(ground),
        _ => fork(ground, k),
    }
    for table in ["leaf", "tile", "checkpoint"] {
        ground.hand.put_back(table, "1 = 1");
    }
}

pub(super) fn named(
    ground: &Ground,
    place: impl Fn(&Finding) -> bool,
    also: impl Fn(&Finding) -> bool,
) {
    let found = ground.findings();
    assert!(found.iter().any(&place), "the place is not named: {found:#?}");
    let odd: Vec<_> = found.iter().filter(|f| !place(f) && !also(f)).collect();
    assert!(odd.is_empty(), "beside the place: {odd:#?}");
}

fn leaf_byte(ground: &mut Ground, k: u64) {
    let at = format!("idx = {k}");
    let mut body = ground.hand.bytes("leaf", "body", &at);
    let place = usize::try_from(ground.below(body.len() as u64)).unwrap();
    body[place] ^= 1 << ground.below(8);
    ground.write_bytes("leaf", "body", &at, &body).unwrap();
    let unreadable =
        |f: &Finding| matches!(f, Finding::LeafUnreadable { index, .. } if *index == k);
    // A byte of the name of the act's own row.
    let no_act = |f: &Finding| *f == Finding::LeafForged { index: k };
    let also = |f: &Finding| beside(f) || unreadable(f) || no_act(f);
    named(ground, |f| *f == Finding::LeafAltered { index: k }, also);
}

fn leaf_column(ground: &mut Ground, k: u64) {
    let at = format!("idx = {k}");
    ground.hand.run(&format!("update leaf set act_id = 'another' where {at}")).unwrap();
    assert_eq!(ground.findings(), [Finding::LeafAltered { index: k }]);
}

fn tile(ground: &mut Ground) {
    let sql = "select cast(level as text), cast(idx as text) from tile order by level, idx";
    let all = ground.hand.texts(sql, 2);
    let one = &all[usize::try_from(ground.below(all.len() as u64)).unwrap()];
    let (level, index): (u8, u64) = (one[0].parse().unwrap(), one[1].parse().unwrap());
    let at = format!("level = {level} and idx = {index}");
    let mut bytes = ground.hand.bytes("tile", "hashes", &at);
    let missing = Finding::TileMissing { level, index };
    let wanted = match ground.below(3) {
        0 => {
            ground.hand.run(&format!("delete from tile where {at}")).unwrap();
            missing
        }
        1 => {
            bytes.truncate(bytes.len() - 32);
            ground.write_bytes("tile", "hashes", &at, &bytes).unwrap();
            missing
        }
        _ => {
            let place = usize::try_from(ground.below(bytes.len() as u64)).unwrap();
            bytes[place] ^= 1 << ground.below(8);
            ground.write_bytes("tile", "hashes", &at, &bytes).unwrap();
            Finding::TileAltered { level, index, place: place as u64 / 32 }
        }
    };
    assert_eq!(ground.findings(), [wanted]);
}

fn checkpoint(ground: &mut Ground) {
    let sizes = ground.hand.texts("select cast(size as text) from checkpoint order by size", 1);
    let size = &sizes[usize::try_from(ground.below(sizes.len() as u64)).unwrap()][0];
    let at = format!("size = {size}");
    match ground.below(3) {
        0 => ground.write_bytes("checkpoint", "root", &at, &[7; 32]).unwrap(),
        1 => {
            ground.did(&format!("update checkpoint set size = size + 1000000 where {at}")).unwrap()
        }
        _ => {
            let note = ground.hand.texts(&format!("select note from checkpoint where {at}"), 1)[0]
                [0]
            .clone();
            let spoilt = note.replacen(&format!("\n{size}\n"), &format!("\n{size}1\n"), 1);
            assert_ne!(note, spoilt);
            ground.did(&format!("update checkpoint set note = '{spoilt}' where {at}")).unwrap();
        }
    }
    named(ground, |f| matches!(f, Finding::CheckpointForged { .. }), |_| false);
}

/// The whole log as it was at an earlier checkpoint; only the one kept outside knows better.
fn set_back(ground: &mut Ground) {
    let have = 1 + ground.below(ground.leaves - 2);
    ground.hand.run(&format!("delete from leaf where idx >= {have}")).unwrap();
    ground.hand.run(&format!("delete from checkpoint where size > {have}")).unwrap();
    ground.hand.run(&format!("delete from tile where level = 0 and idx > {}", have / 256)).unwrap();
    let seen = ground.leaves;
    named(ground, |f| *f == Finding::RolledBack { have, seen }, beside);
}

/// A leaf and its tile rewritten together: only the signed roots know better.
fn fork(ground: &mut Ground, k: u64) {
    let at = format!("idx = {k}");
    let mut leaf = Leaf::decode(&ground.hand.bytes("leaf", "body", &at)).unwrap();
    leaf.at += 1;
    let (body, hash) = (leaf.encode().unwrap(), leaf.hash().unwrap());
    ground.write_bytes("leaf", "body", &at, &body).unwrap();
    let tile = format!("level = 0 and idx = {}", k / 256);
    let mut bytes = ground.hand.bytes("tile", "hashes", &tile);
    let place = usize::try_from(k % 256 * 32).unwrap();
    bytes[place..place + 32].copy_from_slice(&hash);
    ground.write_bytes("tile", "hashes", &tile, &bytes).unwrap();
    let holds = |f: &Finding| match f {
        Finding::LogRewritten { from, before } => (*from..*before).contains(&k),
        _ => false,
    };
    named(ground, holds, |f| beside(f) || matches!(f, Finding::TileAltered { level: 1.., .. }));
}
