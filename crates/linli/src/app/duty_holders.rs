//! Who is on duty at a place, told to the pages of places: they stand before people in the order
//! of the modules, so the application joins the two.

use crate::act::{Acting, Done, Refusal};
use crate::affairs::appeal;
use crate::base::{Id, Instant, secret};
use crate::catalogue::{self, Filed};
use crate::matter;
use crate::people;
use crate::people::carried::{self, Carried, Clash};
use crate::people::rules::Passing;
use crate::store::{ReadTx, StoreError};
use crate::territory::view::Posted;
use crate::territory::{Hanging, Looked, Passes, Place, Point, Remit, Remits};
use crate::words::Lang;

/// The posts at `path` and below it, with their holders as published.
pub fn posts_below(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Vec<Posted>, StoreError> {
    let posts = people::store::posts_below(tx, path, now)?;
    let posted = posts.into_iter().map(|post| Posted {
        id: post.id,
        version: post.version,
        kind: post.kind,
        title: post.title,
        body: post.body_name.unwrap_or_default(),
        contact: post.contact,
        place_path: post.place_path,
        holders: post.holders.into_iter().map(|holder| (holder.person, holder.name)).collect(),
    });
    Ok(posted.collect())
}

/// Kinds of matter that bodies answer for, as the catalogue names them.
pub fn body_kinds(lang: Lang) -> Vec<(String, String)> {
    let named = catalogue::seed::body_kinds().unwrap_or_default();
    named.into_iter().map(|kind| (kind.id, kind.title.pick(lang).to_owned())).collect()
}

/// The open cases a body has in hand.
pub fn open_of(tx: &ReadTx<'_>, body: &Id) -> Result<i64, StoreError> {
    matter::store::open_of(tx, body)
}

/// The cases that were reported under a class.
pub fn filed_under(tx: &ReadTx<'_>, class: &Id) -> Result<Filed, StoreError> {
    appeal::store::filed_under(tx, class)
}

/// Where the open cases at a path lie.
pub fn open_points(tx: &ReadTx<'_>, path: &str) -> Result<Vec<Option<Point>>, StoreError> {
    appeal::store::open_points(tx, path)
}

/// What would be left behind if the place at `path` ended.
pub fn hanging(tx: &ReadTx<'_>, path: &str, now: Instant) -> Result<Hanging, StoreError> {
    let posts = people::store::posts_below(tx, path, now)?;
    let holders = posts.iter().map(|post| post.holders.len() + post.suspended.len()).sum::<usize>();
    Ok(Hanging {
        open_cases: matter::store::open_below(tx, path)?,
        holders: i64::try_from(holders).unwrap_or(i64::MAX),
        bodies: people::store::bodies_below(tx, path)?,
        remits: people::store::remits_below(tx, path)?,
        past: matter::store::ever_below(tx, path)? + people::store::ever_below(tx, path)?,
    })
}

/// What bodies answer for, as it goes along with places that are merged or moved.
pub const REMITS: Remits = Remits { look: look_at_remits, carry: carry_remits };

fn look_at_remits(tx: &ReadTx<'_>, olds: &[Place]) -> Done<Looked> {
    let olds = in_order(olds);
    let at_each = carried::at_each(tx, &paths(&olds))?;
    let all = carried::carried(&at_each).map_err(|clash| refused(clash, &olds))?;
    let places: Vec<(String, String)> =
        olds.iter().map(|old| (old.path.clone(), old.name.clone())).collect();
    let passing = carried::passing(tx, &all, &places)?.into_iter();
    let passes: Vec<Passes> = passing
        .map(|(kind, Passing { from, to, places })| {
            let (kind, kind_en) = kind_in_words(&kind);
            Passes { kind, kind_en, from, to, places }
        })
        .collect();
    let seen = match all.is_empty() {
        true => String::new(),
        false => secret::sha256_hex(format!("{places:?} {at_each:?} {passes:?}").as_bytes()),
    };
    let remits = all.into_iter().map(|one| told(one, &olds)).collect();
    Ok(Looked { remits, passes, seen })
}

/// An entry that goes along, in words.
fn told(one: Carried, olds: &[Place]) -> Remit {
    let (kind, kind_en) = kind_in_words(&one.kind);
    let has_it = |place: &usize| one.from.contains(place);
    let (from, added): (Vec<usize>, Vec<usize>) = (0..olds.len()).partition(has_it);
    let names = |places: Vec<usize>| places.iter().map(|place| name_of(olds, *place)).collect();
    let (from, added) = (names(from), names(added));
    Remit { body: one.body.name, kind, kind_en, ground: one.ground, from, added }
}

fn carry_remits(cx: &mut Acting<'_, '_>, olds: &[Place], to: &str) -> Done<()> {
    let olds = in_order(olds);
    let at_each = carried::at_each(cx.read(), &paths(&olds))?;
    let all = carried::carried(&at_each).map_err(|clash| refused(clash, &olds))?;
    carried::carry(cx, &at_each, &all, to)
}

/// As they are looked at, in whatever order they were named.
fn in_order(places: &[Place]) -> Vec<Place> {
    let mut places = places.to_vec();
    places.sort_by(|one, other| one.path.cmp(&other.path));
    places
}

fn name_of(places: &[Place], at: usize) -> String {
    places.get(at).map_or_else(String::new, |place| place.name.clone())
}

fn paths(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| place.path.as_str()).collect()
}

/// A kind of matter in words of both languages; one that the catalogue does not know as it is.
fn kind_in_words(kind: &str) -> (String, String) {
    let known = catalogue::seed::body_kinds().unwrap_or_default();
    let title = known.into_iter().find(|known| known.id == kind).map(|known| known.title);
    let word = |lang| title.as_ref().map_or(kind, |title| title.pick(lang)).to_owned();
    (word(Lang::Zh), word(Lang::En))
}

/// The sentence that names both bodies, with the places at which they answer.
fn refused(clash: Clash, olds: &[Place]) -> Refusal {
    let (kind, kind_en) = kind_in_words(&clash.kind);
    let Clash { one: (one, place), other: (other, other_place), .. } = clash;
    Refusal::new("remits_differ")
        .with("kind", kind)
        .with("kind_en", kind_en)
        .with("one", one)
        .with("place", name_of(olds, place))
        .with("other", other)
        .with("other_place", name_of(olds, other_place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::{Actor, Failure};
    use crate::people::acts::{AddRemit, BodyFields, CreateBody, EndBody};
    use crate::people::remit;
    use crate::territory::acts::{ClosePlace, CreatePlaces, MOST_REMITS, MergeGrids};
    use crate::territory::acts::{MovePlace, NewPlace};
    use crate::territory::{self, place_by_code};
    use crate::testing::{World, both_engines, staff};

    fn found(world: &World) {
        let new = |code: &str, level: &str, name: &str, parent: Option<&str>| NewPlace {
            code: code.to_owned(),
            level: level.to_owned(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            seat: None,
        };
        let places = vec![
            new("9", territory::DISTRICT, "区", None),
            new("91", territory::STREET, "东街", Some("9")),
            new("92", territory::STREET, "西街", Some("9")),
            new("911", territory::COMMUNITY, "社区", Some("91")),
            new("91101", territory::GRID, "一格", Some("911")),
            new("91102", territory::GRID, "二格", Some("911")),
            new("91103", territory::GRID, "三格", Some("911")),
        ];
        world.perform(&Actor::operator(), CreatePlaces { under: None, places }).unwrap();
    }

    fn place(world: &World, code: &'static str) -> Place {
        world.read(move |tx| place_by_code(tx, code)).unwrap()
    }

    /// A body that sits in the district and answers for these kinds at these places.
    fn body<K: AsRef<str>>(world: &World, name: &str, remits: &[(K, &str)]) {
        let remits = remits.iter().map(|(kind, path)| (kind.as_ref().to_owned(), (*path).into()));
        let (kind, root) = ("power".to_owned(), place(world, "9"));
        let act = CreateBody {
            id: Id::derived(name),
            fields: BodyFields { kind, name: name.to_owned(), ..BodyFields::default() },
            place_id: root.id,
            place_path: root.path,
            remits: remits.collect(),
            ground: format!("{name}清单"),
        };
        world.perform(&Actor::operator(), act).unwrap();
    }

    /// What is shown before these grids become one; nothing where it is refused.
    fn look(world: &World, grids: &[&'static str]) -> Looked {
        let olds: Vec<Place> = grids.iter().map(|code| place(world, code)).collect();
        world.read(move |tx| Ok((REMITS.look)(tx, &olds).unwrap_or_default()))
    }

    fn merge(world: &World, grids: &[&'static str], code: &str) -> Done<Id> {
        let seen = look(world, grids).seen;
        merge_by(world, &Actor::operator(), grids, (code, seen))
    }

    /// As somebody confirms it who looked at `looked`.
    fn merge_by(
        world: &World,
        actor: &Actor,
        grids: &[&'static str],
        (code, looked): (&str, String),
    ) -> Done<Id> {
        let seen = |code: &&'static str| (place(world, code).id, place(world, code).version);
        let act = MergeGrids {
            parent: place(world, "911").id,
            grids: grids.iter().map(seen).collect(),
            code: code.to_owned(),
            name: "新格".to_owned(),
            remits_seen: looked,
            posts: posts_below,
            hanging,
            remits: REMITS,
        };
        Ok(world.perform(actor, act)?.outcome)
    }

    /// What stands at a path: body, kind and ground.
    fn at(world: &World, path: &'static str) -> Vec<String> {
        let all = world.read(move |tx| remit::entries_of(tx, path));
        all.into_iter()
            .map(|one| format!("{} {} {}", one.body.name, one.kind, one.ground))
            .collect()
    }

    /// One more entry of a body that is there.
    fn add(world: &World, body: &str, (kind, code): (&str, &'static str), ground: &str) {
        let asked = kind.to_owned();
        let act = AddRemit {
            body: Id::derived(body),
            kind: kind.to_owned(),
            place: place(world, code).id,
            ground: ground.to_owned(),
            seen: world.read(move |tx| remit::version(tx, &asked)),
        };
        world.perform(&Actor::operator(), act).unwrap();
    }

    fn in_words(refused: Failure) -> (&'static str, String) {
        let Failure::Refused(refusal) = refused else { panic!("{refused}") };
        (refusal.code, Lang::Zh.refusal(&refusal))
    }

    const ONE: &str = "/9/91/911/91101/";
    const TWO: &str = "/9/91/911/91102/";
    const THREE: &str = "/9/91/911/91103/";

    #[test]
    fn what_bodies_answer_for_goes_along_with_a_merge_and_its_past_is_kept() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", ONE), ("power", TWO)]);
            body(world, "市政所", &[("municipal_works", TWO)]);
            let looked = look(world, &["91102", "91101"]).remits;
            let shown = looked.iter().map(|one| format!("{} {}", one.body, one.from.join("、")));
            assert_eq!(shown.collect::<Vec<_>>(), ["供电所 一格、二格", "市政所 二格"]);
            assert_eq!((&*looked[0].ground, looked[0].kind != "power"), ("供电所清单", true));
            merge(world, &["91101", "91102"], "91109").unwrap();
            let now = ["供电所 power 供电所清单", "市政所 municipal_works 市政所清单"];
            assert_eq!(at(world, "/9/91/911/91109/"), now);
            assert_eq!((at(world, ONE), at(world, TWO)), (Vec::new(), Vec::new()));
            let of_power = world.read(|tx| remit::version(tx, "power"));
            assert_eq!(of_power, 6, "two of before that have ended, and the new one");
        });
    }

    #[test]
    fn a_merge_of_places_with_other_bodies_for_a_kind_is_refused_and_names_them() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", ONE)]);
            body(world, "电力公司", &[("power", TWO)]);
            let (code, sentence) =
                in_words(merge(world, &["91101", "91102"], "91109").unwrap_err());
            assert_eq!(code, "remits_differ");
            for named in ["供电所", "电力公司", "一格", "二格"] {
                assert!(sentence.contains(named), "{named}: {sentence}");
            }
            assert!(place(world, "91101").stands() && at(world, ONE).len() == 1);
            merge(world, &["91101", "91103"], "91109").unwrap();
            assert_eq!(at(world, "/9/91/911/91109/"), ["供电所 power 供电所清单"]);
        });
    }

    #[test]
    fn a_place_that_is_moved_keeps_what_bodies_answer_for_and_one_with_it_is_not_closed() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", "/9/91/911/"), ("power", THREE)]);
            let Place { id, version, .. } = place(world, "91103");
            let close = ClosePlace { place: id, seen: version, hanging };
            let refused = world.perform(&Actor::operator(), close).unwrap_err();
            assert_eq!(in_words(refused).0, "place_has_remits");
            let Place { id, version, .. } = place(world, "911");
            let to = "92".to_owned();
            let act = MovePlace { place: id, seen: version, to, hanging, remits: REMITS };
            world.perform(&Actor::operator(), act).unwrap();
            for path in ["/9/92/911/", "/9/92/911/91103/"] {
                assert_eq!(at(world, path), ["供电所 power 供电所清单"], "{path}");
            }
            assert_eq!((at(world, "/9/91/911/"), at(world, THREE)), (Vec::new(), Vec::new()));
        });
    }

    #[test]
    fn a_merge_that_gives_a_body_more_takes_whoever_may_and_shows_what_passes() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", ONE)]);
            body(world, "电力公司", &[("power", "/9/91/911/")]);
            let grids = ["91101", "91102"];
            let looked = look(world, &grids);
            let of = (looked.remits[0].from.join("、"), looked.remits[0].added.join("、"));
            assert_eq!(of, ("一格".to_owned(), "二格".to_owned()));
            let [passes] = &looked.passes[..] else { panic!("{:?}", looked.passes) };
            let of = (passes.from.as_deref(), passes.to.as_deref(), passes.places.join("、"));
            assert_eq!(of, (Some("电力公司"), Some("供电所"), "二格".to_owned()));
            let chief = staff("street_supervisor", "/9/91/", Id::derived("chief"));
            let confirm = |actor, code, seen| merge_by(world, actor, &grids, (code, seen));
            let refused = confirm(&chief, "91109", looked.seen.clone()).unwrap_err();
            let (code, sentence) = in_words(refused);
            assert_eq!(code, "remit_widens");
            for named in ["供电所", "一格", "二格", "系统管理员"] {
                assert!(sentence.contains(named), "{named}: {sentence}");
            }
            assert!(place(world, "91101").stands() && at(world, ONE).len() == 1);
            let keeper = staff("system_admin", "/9/", Id::derived("keeper"));
            confirm(&keeper, "91109", looked.seen).unwrap();
            assert_eq!(at(world, "/9/91/911/91109/"), ["供电所 power 供电所清单"]);
            // Where every one of them has the entry nobody is given more.
            add(world, "供电所", ("power", "91103"), "供电所清单");
            let grids = ["91109", "91103"];
            let looked = look(world, &grids);
            assert_eq!((looked.widens(), looked.passes), (None, Vec::new()));
            merge_by(world, &chief, &grids, ("91110", looked.seen)).unwrap();
        });
    }

    #[test]
    fn what_came_or_went_since_it_was_looked_at_does_not_go_along_unseen() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", ONE), ("power", TWO)]);
            body(world, "电力公司", &[("water", "/9/91/911/91103/")]);
            let (grids, keeper) = (["91101", "91102"], Actor::operator());
            let confirm = |seen| {
                let done = merge_by(world, &keeper, &grids, ("91109", seen));
                in_words(done.unwrap_err()).0
            };
            let seen = look(world, &grids).seen;
            assert_eq!(confirm(String::new()), "changed_meanwhile", "nobody looked");
            add(world, "供电所", ("water", "91101"), "清单");
            assert_eq!(confirm(seen), "changed_meanwhile", "one more goes along");
            // From whom something passes has changed above the places.
            let seen = look(world, &grids).seen;
            add(world, "电力公司", ("water", "911"), "清单");
            assert_eq!(confirm(seen), "changed_meanwhile", "another loses it");
            assert!(place(world, "91101").stands() && at(world, ONE).len() == 2);
            merge(world, &["91102", "91101"], "91109").unwrap();
            assert_eq!(at(world, "/9/91/911/91109/").len(), 2);
        });
    }

    #[test]
    fn the_grounds_of_all_places_are_shown_and_go_along() {
        both_engines(|world| {
            found(world);
            body(world, "供电所", &[("power", THREE)]);
            add(world, "供电所", ("power", "91101"), "清单第1项");
            add(world, "供电所", ("power", "91102"), "清单第7项");
            let looked = look(world, &["91101", "91102"]).remits;
            assert_eq!((looked.len(), &*looked[0].ground), (1, "清单第1项；清单第7项"));
            merge(world, &["91101", "91102"], "91109").unwrap();
            let now = ["供电所 power 清单第1项；清单第7项"];
            assert_eq!(at(world, "/9/91/911/91109/"), now);
        });
    }

    #[test]
    fn more_remits_than_the_record_of_one_act_holds_stay_where_they_are() {
        both_engines(|world| {
            found(world);
            let letter = |n: usize| char::from(b'a' + u8::try_from(n).unwrap());
            let most = usize::try_from(MOST_REMITS).unwrap();
            let kind = |n: usize| (format!("kind_{}{}", letter(n / 26), letter(n % 26)), ONE);
            body(world, "供电所", &(0..most).map(kind).collect::<Vec<_>>());
            body(world, "市政所", &[("municipal_works", TWO)]);
            let move_on = || {
                let Place { id, version: seen, .. } = place(world, "911");
                let to = "92".to_owned();
                let act = MovePlace { place: id, seen, to, hanging, remits: REMITS };
                world.perform(&Actor::operator(), act)
            };
            let (code, sentence) = in_words(move_on().unwrap_err());
            assert_eq!(code, "too_many_remits");
            assert!(sentence.contains("401") && sentence.contains("400"), "{sentence}");
            let merged = merge(world, &["91101", "91102"], "91109").unwrap_err();
            assert_eq!(in_words(merged).0, "too_many_remits");
            assert!(place(world, "911").path.starts_with("/9/91/"), "nothing was moved");
            assert_eq!((at(world, ONE).len(), at(world, TWO).len()), (most, 1));
            let end = EndBody { body: Id::derived("市政所"), version: 1, open_of };
            world.perform(&Actor::operator(), end).unwrap();
            move_on().unwrap();
            assert_eq!(at(world, "/9/92/911/91101/").len(), most);
        });
    }
}
