//! The duty list's two faces agree: what `decide` says of each row is what `filter` selects.
//!
//! 200,000 pairs of (actor, act) and row an engine by default; `LINLI_PAIRS` asks for more and
//! `LINLI_SEED` for others.

mod others;

use std::borrow::Cow;
use std::collections::BTreeSet;

use linli::act::duty::{Duty, Wall, WallCondition};
use linli::act::{Act, Acting, Actor, Done, DutyBook, DutyList, Protected, Reach, Scope, Subject};
use linli::base::{Fault, Id};
use linli::catalogue::{self, CLASS, CLASSES};
use linli::channel::cases::{self, Wanted};
use linli::disclosure::{PROPOSAL, PROPOSALS};
use linli::matter::CASES;
use linli::matter::batch::BATCH;
use linli::params;
use linli::people::{APPOINTMENTS, BODIES, BODY, PERSON, PERSONS, POST, POSTS};
use linli::store::schema::Table;
use linli::store::{Param, Value};
use linli::territory::PLACES;
use linli::testing::{PlantedRow, World, both_engines, staff};

const ROWS: usize = 400;

/// A small generator whose numbers follow from its seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// One of a few ids, or none.
    pub fn some_id(&mut self, what: &str) -> Option<Id> {
        let n = self.below(8);
        (n < 6).then(|| Id::derived(&format!("{what} {n}")))
    }

    /// A path of one to four levels; some share their digits without lying within each other.
    pub fn path(&mut self) -> String {
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
            complains_of: Vec::new(),
        }
    }

    /// A row and how it came in.
    pub fn row(&mut self, n: usize) -> Row {
        Row { reach: self.reach(n), came: *self.one(&CAME), time: *self.one(&Time::ALL) }
    }

    fn actor(&mut self, kinds: &[String]) -> Actor {
        let kind = self.one(kinds).clone();
        match kind.as_str() {
            "public" => Actor::public(),
            "resident" => Actor::resident(Id::derived(&format!("person {}", self.below(6)))),
            _ => Actor {
                person: self.some_id("person"),
                body: self.some_id("body"),
                other_bodies: (0..self.below(3)).filter_map(|_| self.some_id("body")).collect(),
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
            condition: *dice.one(&[
                WallCondition::MyBodyIsComplainedOf,
                WallCondition::TheyComplainOfMyBody,
                WallCondition::IAmAnAdministrator,
            ]),
            unless: (dice.below(2) == 0).then(|| *dice.one(&Scope::ALL)),
            ground: "g".to_owned(),
        };
        let duties = (0..kinds.len() * acts.len() * 2).map(|n| duty(self, n)).collect();
        let walls = (0..acts.len()).map(|n| wall(self, n)).collect();
        DutyList::new(0, duties, walls)
    }
}

/// How a row came in: by itself, or by a batch that is in force, not adopted, or undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    Alone,
    InForce,
    Staged,
    Undone,
}

const CAME: [Came; 6] =
    [Came::Alone, Came::Alone, Came::InForce, Came::InForce, Came::Staged, Came::Undone];

impl Came {
    fn batch(self) -> Option<Id> {
        (self != Came::Alone).then(|| Id::derived(&format!("batch {self:?}")))
    }

    /// Whether the row is there for anybody at all.
    pub fn is_there(self) -> bool {
        matches!(self, Came::Alone | Came::InForce)
    }
}

/// How much is left of the time of a matter's stage, and of what runs beside its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    None,
    Enough,
    Soon,
    Late,
    SoonBeside,
    LateBeside,
}

impl Time {
    const ALL: [Time; 6] =
        [Time::None, Time::Enough, Time::Soon, Time::Late, Time::SoonBeside, Time::LateBeside];

    /// As those tell it who see what runs `beside` the stages, or as the others do.
    pub fn is_late(self, beside: bool) -> bool {
        self == Time::Late || (beside && self == Time::LateBeside)
    }

    pub fn is_soon(self, beside: bool) -> bool {
        self == Time::Soon || self == if beside { Time::SoonBeside } else { Time::LateBeside }
    }

    /// Of both clocks when they began and when they run out, in hours from now.
    fn hours(self) -> [Option<(i64, i64)>; 2] {
        match self {
            Time::None => [None, None],
            Time::Enough => [Some((-1, 9)), None],
            Time::Soon => [Some((-9, 1)), Some((-1, 9))],
            Time::Late => [Some((-9, -1)), Some((-1, 9))],
            Time::SoonBeside => [Some((-1, 9)), Some((-9, 1))],
            Time::LateBeside => [Some((-9, 1)), Some((-9, -1))],
        }
    }
}

#[derive(Clone, Debug)]
pub struct Row {
    pub reach: Reach,
    pub came: Came,
    pub time: Time,
}

/// Puts matters and their parties into the district as they are.
struct PlantMatters(Vec<Row>);

const MATTER: Table = Table::plain("matter");
const PARTY: Table = Table::plain("party");
const CASE_FILE: Table = Table::plain("case_file");
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
        let hours = |n: i64| cx.now().plus_minutes(n * 60);
        let at = |n: Option<i64>| n.map_or(Value::Null, |n| hours(n).into());
        let rows = self.0.iter().map(|row| {
            let [stage, beside] = row.time.hours();
            let clocks: Vec<(&str, Value)> = vec![
                ("stage_since", stage.map_or(0.into(), |(since, _)| hours(since).into())),
                ("due_at", at(stage.map(|(_, due)| due))),
                ("beside_since", at(beside.map(|(since, _)| since))),
                ("beside_due_at", at(beside.map(|(_, due)| due))),
            ];
            (row, clocks)
        });
        let rows: Vec<_> = rows.collect();
        for (Row { reach: row, came, .. }, clocks) in rows {
            let key = Id::parse(&row.id).unwrap();
            let mut columns: Vec<(&str, Value)> = vec![
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
                ("opened_at", cx.now().into()),
                ("updated_at", 0.into()),
                ("batch_id", id(&came.batch())),
            ];
            columns.extend(clocks);
            cx.tx.insert(MATTER, &key, &columns)?;
            cx.tx.insert(CASE_FILE, &key, &case_file())?;
            for party in &row.parties {
                cx.tx.write(PARTY, "", KEEP_PARTY, params![key, *party])?;
            }
        }
        Ok(())
    }
}

/// The class of all planted cases.
fn class() -> Id {
    Id::derived("class of the planted")
}

fn plant_class(world: &World) {
    let text = ["code", "kind", "group_zh", "group_en", "title_zh", "title_en", "plain_zh"];
    let mut columns: Vec<(&'static str, Value)> = text.map(|name| (name, "c".into())).into();
    columns.extend([
        ("plain_en", Value::from("c")),
        ("publicity", "public".into()),
        ("anonymous", "no".into()),
        ("keywords", "[]".into()),
        ("questions", "[]".into()),
        ("version", 1.into()),
    ]);
    world.plant(CLASS, vec![(class(), columns)]);
}

fn case_file() -> Vec<(&'static str, Value)> {
    vec![
        ("class_id", Value::from(&class())),
        ("words", "t".into()),
        ("answers", "{}".into()),
        ("language", "zh".into()),
        ("reopened", 0.into()),
        ("urged", 0.into()),
        ("returned", 0.into()),
    ]
}

fn batches() -> Vec<PlantedRow> {
    let row = |came: Came| {
        let at = |there: bool| if there { Value::Int(1) } else { Value::Null };
        let columns = vec![
            ("kind", Value::from("cases")),
            ("file_name", "f".into()),
            ("file_hash", format!("{came:?}").into()),
            ("rows", 1.into()),
            ("at", 0.into()),
            ("by_person", "p".into()),
            ("adopted_at", at(came != Came::Staged)),
            ("undone_at", at(came == Came::Undone)),
        ];
        Some((came.batch()?, columns))
    };
    [Came::InForce, Came::Staged, Came::Undone].into_iter().filter_map(row).collect()
}

pub fn plant(world: &World, rows: &[Row]) {
    plant_class(world);
    world.plant(BATCH, batches());
    for chunk in rows.chunks(300) {
        world.perform(&Actor::operator(), PlantMatters(chunk.to_vec())).unwrap();
    }
}

fn selected(
    world: &World,
    list: &DutyList,
    actor: &Actor,
    act: &str,
    of: Protected,
) -> BTreeSet<String> {
    let mut values = Vec::new();
    let filter = list.filter(actor, act, &of, &mut values);
    world.read(move |tx| {
        let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
        let sql = format!("select t.id from {} t where {filter} order by t.id", of.table);
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
        let rows: Vec<Row> = (0..ROWS).map(|n| dice.row(n)).collect();
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
            let by_filter = selected(world, list, &actor, &act, CASES);
            for row in &rows {
                let decided =
                    row.came.is_there() && list.decide(&actor, &act, &row.reach).granted();
                let found = by_filter.contains(&row.reach.id);
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
        let rows: Vec<Row> = (0..50).map(|n| dice.row(n)).collect();
        plant(world, &rows);
        for Row { reach: row, came, .. } in rows {
            let id = row.id.clone();
            let read = world.read(move |tx| CASES.reach(tx, &id));
            assert_eq!(read.is_some(), came.is_there(), "{came:?}");
            let Some(read) = read else { continue };
            let parties: BTreeSet<&Id> = read.parties.iter().collect();
            assert_eq!(parties, row.parties.iter().collect());
            assert_eq!(Reach { parties: row.parties.clone(), ..read.clone() }, row);
        }
    });
}

/// What programs read of cases is what the list decides, row by row.
#[test]
fn the_query_of_the_interfaces_gives_what_is_decided() {
    both_engines(|world| {
        let mut dice = Dice(11);
        let rows: Vec<Row> = (0..200).map(|n| dice.row(n)).collect();
        plant(world, &rows);
        let shipped = world.read(|tx| DutyBook::default().current(tx));
        let kinds: Vec<String> = shipped.duties.iter().map(|duty| duty.post_kind.clone()).collect();
        for _ in 0..200 {
            let actor = dice.actor(&kinds);
            let (list, asking) = (shipped.clone(), actor.clone());
            let wanted = Wanted { limit: 1000, ..Wanted::default() };
            let read = world
                .door()
                .store
                .read_blocking(move |tx| cases::list(tx, &list, &asking, &wanted));
            let read: BTreeSet<String> =
                read.unwrap().iter().map(|row| row.matter.id.to_string()).collect();
            for row in &rows {
                let decided =
                    row.came.is_there() && shipped.decide(&actor, "case.see", &row.reach).granted();
                assert_eq!(read.contains(&row.reach.id), decided, "{actor:?} {row:?}");
            }
        }
    });
}
