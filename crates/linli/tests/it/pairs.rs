//! The duty list's two faces agree: what `decide` says of each row is what `filter` selects.
//!
//! 200,000 pairs of (actor, act) and row an engine by default; `LINLI_PAIRS` asks for more and
//! `LINLI_SEED` for others.

use std::borrow::Cow;
use std::collections::BTreeSet;

use linli::act::duty::{Duty, Wall, WallCondition};
use linli::act::{Act, Acting, Actor, Done, DutyBook, DutyList, Protected, Reach, Scope, Subject};
use linli::base::{Fault, Id};
use linli::params;
use linli::store::schema::Table;
use linli::store::{Param, Value};
use linli::testing::{World, both_engines, staff};

const ROWS: usize = 2_000;

/// The table of matters, as any concept over it declares it.
const CASES: Protected = Protected {
    kind: "case",
    table: "matter",
    see: "case.see",
    place: "place_path",
    owner: "owner_id",
    body: "body_id",
    about: "about_body_id",
    publicity: "publicity",
};

/// A small generator whose numbers follow from its seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// One of a few ids, or none.
    fn some_id(&mut self, what: &str) -> Option<Id> {
        let n = self.below(8);
        (n < 6).then(|| Id::derived(&format!("{what} {n}")))
    }

    /// A path of one to four levels; some share their digits without lying within each other.
    fn path(&mut self) -> String {
        let levels = ["990101", "990102"];
        let mut path = format!("/{}/", self.one(&levels));
        for _ in 0..self.below(4) {
            path.push_str(self.one::<&str>(&["1", "10", "2", "1x", "社区"]));
            path.push('/');
        }
        path
    }

    fn reach(&mut self, n: usize) -> Reach {
        Reach {
            id: Id::derived(&format!("row {n}")).to_string(),
            place_path: self.path(),
            owner: self.some_id("person"),
            body: self.some_id("body"),
            about_body: self.some_id("body"),
            publicity: (*self.one(&["public", "internal", "private"])).to_owned(),
            parties: (0..self.below(3))
                .filter_map(|_| {
                    if self.below(2) == 0 { self.some_id("person") } else { self.some_id("body") }
                })
                .collect::<BTreeSet<Id>>()
                .into_iter()
                .collect(),
        }
    }

    fn actor(&mut self, kinds: &[String]) -> Actor {
        let kind = self.one(kinds).clone();
        match kind.as_str() {
            "public" => Actor::public(),
            "resident" => Actor::resident(Id::derived(&format!("person {}", self.below(6)))),
            _ => Actor {
                person: self.some_id("person"),
                body: self.some_id("body"),
                ..staff(&kind, &self.path(), Id::derived("person 0"))
            },
        }
    }

    /// A list nobody would write, so that every scope and every wall with its exception is met.
    fn list(&mut self, kinds: &[String], acts: &[String]) -> DutyList {
        let duty = |dice: &mut Dice, n: usize| Duty {
            id: Id::derived(&format!("duty {n}")),
            post_kind: dice.one(kinds).clone(),
            act: dice.one(acts).clone(),
            scope: *dice.one(&Scope::ALL),
            ground: "g".to_owned(),
        };
        let wall = |dice: &mut Dice, n: usize| Wall {
            id: Id::derived(&format!("wall {n}")),
            act: if dice.below(3) == 0 { "case.*".to_owned() } else { dice.one(acts).clone() },
            condition: *dice
                .one(&[WallCondition::MyBodyIsComplainedOf, WallCondition::IAmAnAdministrator]),
            unless: (dice.below(2) == 0).then(|| *dice.one(&Scope::ALL)),
            ground: "g".to_owned(),
        };
        let duties = (0..kinds.len() * acts.len() * 2).map(|n| duty(self, n)).collect();
        let walls = (0..acts.len()).map(|n| wall(self, n)).collect();
        DutyList::new(0, duties, walls)
    }
}

/// Puts matters and their parties into the district as they are.
struct PlantMatters(Vec<Reach>);

const MATTER: Table = Table::plain("matter");
const PARTY: Table = Table::plain("party");
const KEEP_PARTY: &str = "
    insert into party (subject_id, party_id, role) values ($1, $2, 'follower')";

impl Act for PlantMatters {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.plant".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(format!("{:?}", self.0).into_bytes())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let id = |id: &Option<Id>| id.as_ref().map_or(Value::Null, Value::from);
        for row in &self.0 {
            let key = Id::parse(&row.id).unwrap();
            let columns: Vec<(&str, Value)> = vec![
                ("number", row.id.as_str().into()),
                ("kind", "case".into()),
                ("process", "appeal".into()),
                ("process_version", 1.into()),
                ("stage", "reported".into()),
                ("phase", "reported".into()),
                ("version", 1.into()),
                ("title", "t".into()),
                ("place_path", row.place_path.as_str().into()),
                ("owner_id", id(&row.owner)),
                ("body_id", id(&row.body)),
                ("about_body_id", id(&row.about_body)),
                ("publicity", row.publicity.as_str().into()),
                ("source", "web".into()),
                ("opened_at", 0.into()),
                ("stage_since", 0.into()),
                ("updated_at", 0.into()),
            ];
            cx.tx.insert(MATTER, &key, &columns)?;
            for party in &row.parties {
                cx.tx.write(PARTY, "", KEEP_PARTY, params![key, *party])?;
            }
        }
        Ok(())
    }
}

fn plant(world: &World, rows: &[Reach]) {
    for chunk in rows.chunks(300) {
        world.perform(&Actor::operator(), PlantMatters(chunk.to_vec())).unwrap();
    }
}

fn selected(world: &World, list: &DutyList, actor: &Actor, act: &str) -> BTreeSet<String> {
    let mut values = Vec::new();
    let filter = list.filter(actor, act, &CASES, &mut values);
    world.read(move |tx| {
        let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
        let sql = format!("select t.id from matter t where {filter} order by t.id");
        Ok(tx.rows(&sql, &params, |row| row.get(0))?.into_iter().collect())
    })
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn row_decision_and_filter_agree_on_random_pairs() {
    let (pairs, seed) = (number("LINLI_PAIRS", 200_000), number("LINLI_SEED", 1));
    both_engines(|world| {
        let mut dice = Dice(seed);
        let rows: Vec<Reach> = (0..ROWS).map(|n| dice.reach(n)).collect();
        plant(world, &rows);
        let shipped = world.read(|tx| DutyBook::default().current(tx));
        let distinct = |of: fn(&Duty) -> &String| -> Vec<String> {
            shipped.duties.iter().map(of).cloned().collect::<BTreeSet<_>>().into_iter().collect()
        };
        let kinds = distinct(|duty| &duty.post_kind);
        let acts: Vec<String> =
            distinct(|duty| &duty.act).into_iter().filter(|a| a.starts_with("case.")).collect();
        let (mut asked, mut granted) = (0_u64, 0_u64);
        while asked < pairs {
            let odd = dice.list(&kinds, &acts);
            let list = if dice.below(2) == 0 { &odd } else { &*shipped };
            let (actor, act) = (dice.actor(&kinds), dice.one(&acts).clone());
            let by_filter = selected(world, list, &actor, &act);
            for row in &rows {
                let decided = list.decide(&actor, &act, row).granted();
                let found = by_filter.contains(&row.id);
                assert_eq!(decided, found, "seed {seed}: {actor:?} {act} {row:?}");
                granted += u64::from(decided);
            }
            asked += rows.len() as u64;
        }
        assert!(granted * 50 > asked, "too few of the pairs are granted: {granted} of {asked}");
        eprintln!("{}: {asked} pairs agree, {granted} granted", world.door().store.engine_name());
    });
}

#[test]
fn the_reach_read_from_a_row_is_the_reach_it_has() {
    both_engines(|world| {
        let mut dice = Dice(7);
        let rows: Vec<Reach> = (0..50).map(|n| dice.reach(n)).collect();
        plant(world, &rows);
        for row in rows {
            let id = row.id.clone();
            let read = world.read(move |tx| CASES.reach(tx, &id)).unwrap();
            let parties: BTreeSet<&Id> = read.parties.iter().collect();
            assert_eq!(parties, row.parties.iter().collect());
            assert_eq!(Reach { parties: row.parties.clone(), ..read.clone() }, row);
        }
    });
}
