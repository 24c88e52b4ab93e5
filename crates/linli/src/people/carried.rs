//! What bodies answer for at a place goes along with the place: where places become one, what they
//! had stands at the new one, for all of its ground; where one is moved, it keeps what it had.

use std::collections::BTreeSet;

use super::remit::{self, BodyRef, Granted};
use super::rules::{self, Holding, Passing};
use crate::act::{Acting, Done};
use crate::store::{ReadTx, StoreError};

/// An entry that would stand at the place that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub body: BodyRef,
    pub kind: String,
    /// Those of all the places that have the entry, each once.
    pub ground: String,
    /// Which of the places have it, counted from nought.
    pub from: Vec<usize>,
}

/// Two places whose bodies for one kind of matter are not the same: nobody but a person can say
/// which of them is to answer where the two become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub kind: String,
    /// A body, and the place it answers at.
    pub one: (String, usize),
    /// A body of another place, where the first does not answer.
    pub other: (String, usize),
}

/// What of the entries at places that become one stands at the new one, each body and kind once.
/// Where only some of the places have a body for a kind, it answers for all of the ground.
pub fn carried(at_each: &[Vec<Granted>]) -> Result<Vec<Carried>, Clash> {
    let mut all: Vec<Carried> = Vec::new();
    for (place, entries) in at_each.iter().enumerate() {
        for entry in entries {
            if let Some(clash) = clash(at_each, place, entry) {
                return Err(clash);
            }
            let same =
                |known: &&mut Carried| known.body.id == entry.body.id && known.kind == entry.kind;
            match all.iter_mut().find(same) {
                Some(known) => {
                    known.from.push(place);
                    add_ground(&mut known.ground, &entry.ground);
                }
                None => all.push(Carried {
                    body: entry.body.clone(),
                    kind: entry.kind.clone(),
                    ground: entry.ground.clone(),
                    from: vec![place],
                }),
            }
        }
    }
    Ok(all)
}

/// What stands between the grounds of an entry that has more than one.
const BETWEEN: char = '；';

fn add_ground(grounds: &mut String, more: &str) {
    for ground in more.split(BETWEEN) {
        if grounds.split(BETWEEN).all(|known| known != ground) {
            grounds.push(BETWEEN);
            grounds.push_str(ground);
        }
    }
}

/// The first other place that has bodies for the kind of an entry, and not this one.
fn clash(at_each: &[Vec<Granted>], place: usize, entry: &Granted) -> Option<Clash> {
    at_each.iter().enumerate().find_map(|(there, entries)| {
        let mut of_kind = entries.iter().filter(|other| other.kind == entry.kind);
        let other = of_kind.next()?;
        let has_it = other.body.id == entry.body.id || of_kind.any(|o| o.body.id == entry.body.id);
        (!has_it).then(|| Clash {
            kind: entry.kind.clone(),
            one: (entry.body.name.clone(), place),
            other: (other.body.name.clone(), there),
        })
    })
}

/// The entries at each of these places itself.
pub fn at_each(tx: &ReadTx<'_>, paths: &[&str]) -> Result<Vec<Vec<Granted>>, StoreError> {
    paths.iter().map(|path| remit::entries_of(tx, path)).collect()
}

/// Kind by kind, what passes from one body to another where places (path and name) become one: it
/// is at those that have no entry of their own for what others of them have one.
pub fn passing(
    tx: &ReadTx<'_>,
    carried: &[Carried],
    places: &[(String, String)],
) -> Result<Vec<(String, Passing)>, StoreError> {
    let wider = carried.iter().filter(|one| one.from.len() < places.len());
    let kinds: BTreeSet<&str> = wider.map(|one| one.kind.as_str()).collect();
    let mut out = Vec::new();
    for kind in kinds {
        let before = remit::of_kind(tx, kind)?;
        let passing = rules::passing(&before, &spread(&before, places), places);
        out.extend(passing.into_iter().map(|one| (kind.to_owned(), one)));
    }
    Ok(out)
}

/// As if every entry at one of these places stood at each of them.
fn spread(before: &[Holding], places: &[(String, String)]) -> Vec<Holding> {
    let is_there = |held: &&Holding| places.iter().any(|(path, _)| *path == held.place_path);
    let everywhere = before.iter().filter(is_there).flat_map(|held| {
        places.iter().map(|(path, _)| Holding { place_path: path.clone(), ..held.clone() })
    });
    before.iter().cloned().chain(everywhere).collect()
}

/// Ends every entry at these places, and puts what stands of them at `to` unless it is there.
pub fn carry(
    cx: &mut Acting<'_, '_>,
    at_each: &[Vec<Granted>],
    carried: &[Carried],
    to: &str,
) -> Done<()> {
    for entry in at_each.iter().flatten() {
        remit::end(cx, &entry.body.id, &entry.id)?;
    }
    for entry in carried {
        if !remit::is_there(cx.read(), &entry.body.id, &entry.kind, to)? {
            remit::keep(cx, &entry.body.id, &entry.kind, to, &entry.ground)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Id;

    fn entry(body: &str, kind: &str) -> Granted {
        Granted {
            id: Id::derived(&format!("{body} {kind}")),
            body: BodyRef { id: Id::derived(body), name: body.to_owned() },
            kind: kind.to_owned(),
            ground: format!("{body} 1"),
        }
    }

    fn told(all: &[Carried]) -> Vec<(&str, &str, &[usize])> {
        all.iter().map(|one| (&*one.body.name, &*one.kind, &*one.from)).collect()
    }

    #[test]
    fn what_one_place_has_stands_and_what_both_have_stands_once() {
        let both = [
            vec![entry("works", "lamps"), entry("power", "power")],
            vec![],
            vec![entry("works", "lamps"), entry("water", "water")],
        ];
        let all = carried(&both).unwrap();
        let wanted: [(&str, &str, &[usize]); 3] =
            [("works", "lamps", &[0, 2]), ("power", "power", &[0]), ("water", "water", &[2])];
        assert_eq!(told(&all), wanted);
    }

    #[test]
    fn the_grounds_of_places_that_differ_are_all_kept_each_once() {
        let on = |ground: &str| vec![Granted { ground: ground.to_owned(), ..entry("power", "p") }];
        let ground = |at_each: &[Vec<Granted>]| carried(at_each).unwrap().remove(0).ground;
        assert_eq!(ground(&[on("list 1"), on("list 1")]), "list 1");
        assert_eq!(ground(&[on("list 1"), on("list 7")]), "list 1；list 7");
        assert_eq!(ground(&[on("list 1；list 7"), on("list 7；list 8")]), "list 1；list 7；list 8");
    }

    #[test]
    fn two_places_with_other_bodies_for_a_kind_contradict_and_are_named() {
        let two = [vec![entry("works", "lamps")], vec![entry("firm", "lamps")]];
        let clash = carried(&two).unwrap_err();
        assert_eq!(clash.kind, "lamps");
        assert_eq!((clash.one, clash.other), (("works".into(), 0), ("firm".into(), 1)));
        let more =
            [vec![entry("works", "lamps")], vec![entry("works", "lamps"), entry("firm", "lamps")]];
        let clash = carried(&more).unwrap_err();
        assert_eq!((clash.one, clash.other), (("firm".into(), 1), ("works".into(), 0)));
        let alike = [more[1].clone(), more[1].clone()];
        assert_eq!(carried(&alike).unwrap().len(), 2, "two answer for it at both");
    }
}
