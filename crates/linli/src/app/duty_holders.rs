//! Who is on duty at a place, told to the pages of places: they stand before people in the order
//! of the modules, so the application joins the two.

use crate::act::{Acting, Done, Refusal};
use crate::affairs::appeal;
use crate::base::{Id, Instant};
use crate::catalogue::{self, Filed};
use crate::matter;
use crate::people;
use crate::people::carried::{self, Carried, Clash};
use crate::store::{ReadTx, StoreError};
use crate::territory::view::Posted;
use crate::territory::{Hanging, Place, Point, Remit, Remits};
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

fn look_at_remits(tx: &ReadTx<'_>, olds: &[Place]) -> Done<Vec<Remit>> {
    let at_each = carried::at_each(tx, &paths(olds))?;
    let name = |place: &usize| olds.get(*place).map_or_else(String::new, |old| old.name.clone());
    let told = |one: Carried| {
        let (kind, kind_en) = kind_in_words(&one.kind);
        let from = one.from.iter().map(name).collect();
        Remit { body: one.body.name, kind, kind_en, ground: one.ground, from }
    };
    let all = carried::carried(&at_each).map_err(|clash| refused(clash, name))?;
    Ok(all.into_iter().map(told).collect())
}

fn carry_remits(cx: &mut Acting<'_, '_>, olds: &[Place], to: &str) -> Done<()> {
    let at_each = carried::at_each(cx.read(), &paths(olds))?;
    let name = |place: &usize| olds.get(*place).map_or_else(String::new, |old| old.name.clone());
    let all = carried::carried(&at_each).map_err(|clash| refused(clash, name))?;
    carried::carry(cx, &at_each, &all, to)
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
fn refused(clash: Clash, name: impl Fn(&usize) -> String) -> Refusal {
    let (kind, kind_en) = kind_in_words(&clash.kind);
    let Clash { one: (one, place), other: (other, other_place), .. } = clash;
    Refusal::new("remits_differ")
        .with("kind", kind)
        .with("kind_en", kind_en)
        .with("one", one)
        .with("place", name(&place))
        .with("other", other)
        .with("other_place", name(&other_place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::{Actor, Failure};
    use crate::people::acts::{BodyFields, CreateBody};
    use crate::people::remit;
    use crate::territory::acts::{ClosePlace, CreatePlaces, MergeGrids, MovePlace, NewPlace};
    use crate::territory::{self, place_by_code};
    use crate::testing::{World, both_engines};

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
    fn body(world: &World, name: &str, remits: &[(&str, &str)]) {
        let remits = remits.iter().map(|(kind, path)| ((*kind).to_owned(), (*path).to_owned()));
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

    fn merge(world: &World, grids: &[&'static str], code: &str) -> Done<Id> {
        let seen = |code: &&'static str| (place(world, code).id, place(world, code).version);
        let act = MergeGrids {
            parent: place(world, "911").id,
            grids: grids.iter().map(seen).collect(),
            code: code.to_owned(),
            name: "新格".to_owned(),
            posts: posts_below,
            hanging,
            remits: REMITS,
        };
        Ok(world.perform(&Actor::operator(), act)?.outcome)
    }

    /// What stands at a path: body, kind and ground.
    fn at(world: &World, path: &'static str) -> Vec<String> {
        let all = world.read(move |tx| remit::entries_of(tx, path));
        all.into_iter()
            .map(|one| format!("{} {} {}", one.body.name, one.kind, one.ground))
            .collect()
    }

    fn told(refused: Failure) -> (&'static str, String) {
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
            let olds = [place(world, "91101"), place(world, "91102")];
            let looked = world.read(move |tx| Ok((REMITS.look)(tx, &olds).unwrap()));
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
            let (code, sentence) = told(merge(world, &["91101", "91102"], "91109").unwrap_err());
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
            assert_eq!(told(refused).0, "place_has_remits");
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
}
