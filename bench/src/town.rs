//! Who asks and where: a real county's divisions with ten invented square grids in each community,
//! and people with their keys and sessions.

use std::path::Path;

use linli::act::{Act, Actor, Done, Failure, Order};
use linli::affairs::appeal::closing;
use linli::base::{Fault, Id};
use linli::catalogue::seed;
use linli::district::District;
use linli::matter::Put;
use linli::people::keys::{CreateKey, fresh, hash};
use linli::people::remit::REMIT;
use linli::people::session::{self, Opening};
use linli::people::{APPOINTMENT, BODY, PERSON, POST};
use linli::store::schema::Table;
use linli::store::{ReadTx, Value};
use linli::territory::acts::ImportBoundaries;
use linli::territory::import::{Feature, MOST_FEATURES};
use linli::territory::{Place, store as places};
use linli::testing::{Plant, PlantedRow};
use serde::{Deserialize, Serialize};

pub const CODE: &str = "620802";
/// Grids in a community, as two rows of five.
const GRIDS: usize = 10;
/// Side of a grid in degrees × 10⁷.
const SIDE: i64 = 20_000;
const SOUTH: i64 = 355_000_000;
const WEST: i64 = 1_065_000_000;
/// Communities in a row of the invented map.
const A_ROW: usize = 17;
/// The first communities are looked at; reports come from those after them.
const LOOKED_AT: usize = 10;
const REPORTING: usize = 20;
const RESIDENTS: usize = 1000;
/// Dispatchers, and officers of the body that handles everything.
const OFFICERS: usize = 4;
/// Keys of each of them: a key may ask so often a second and no more.
const KEYS: usize = 16;
/// Rows planted in one act.
const AT_ONCE: usize = 200;

/// A point of the map, in degrees × 10⁷.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pin {
    pub lat_e7: i64,
    pub lng_e7: i64,
}

/// Somebody with a session, and the cases to be looked at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Looker {
    pub cookie: String,
    pub grid: String,
    pub cases: Vec<String>,
}

/// A community that takes up reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Community {
    pub pins: Vec<Pin>,
    pub clerk: String,
    pub verifier: String,
}

/// What the load is made with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Town {
    pub lookers: Vec<Looker>,
    pub communities: Vec<Community>,
    pub residents: Vec<String>,
    pub dispatchers: Vec<String>,
    pub officers: Vec<String>,
    /// The body that answers for every kind of matter.
    pub body: String,
    /// The closing list of the class that reports are accepted as.
    pub checked: Vec<String>,
}

/// 路灯: the class that reports are accepted as.
pub const LAMP: &str = "C1101";

const FILE: &str = "bench.json";

impl Town {
    pub fn read(dir: &Path) -> Result<Town, Fault> {
        Ok(serde_json::from_slice(&std::fs::read(dir.join(FILE))?)?)
    }

    pub fn write(&self, dir: &Path) -> Result<(), Fault> {
        Ok(std::fs::write(dir.join(FILE), serde_json::to_vec(self)?)?)
    }
}

pub fn said(failure: Failure) -> Fault {
    Fault::new(failure.to_string())
}

pub fn id(seed: &str) -> Id {
    Id::derived(&format!("bench {seed}"))
}

fn perform<A: Act>(district: &District, act: A) -> Result<A::Outcome, Fault> {
    let order = Order::new(district.new_id(), act);
    Ok(district.door.perform_blocking(&Actor::operator(), order).map_err(said)?.outcome)
}

fn plant(district: &District, table: Table, rows: Vec<PlantedRow>) -> Result<(), Fault> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        perform(district, Plant::some(table, rows.by_ref().take(AT_ONCE).collect()))?;
    }
    Ok(())
}

fn square(south: i64, west: i64) -> String {
    let corner = |lat: i64, lng: i64| {
        format!(
            "[{}.{:07},{}.{:07}]",
            lng / 10_000_000,
            lng % 10_000_000,
            lat / 10_000_000,
            lat % 10_000_000
        )
    };
    let (north, east) = (south + SIDE, west + SIDE);
    let ring = [(south, west), (south, east), (north, east), (north, west), (south, west)];
    let ring: Vec<String> = ring.iter().map(|(lat, lng)| corner(*lat, *lng)).collect();
    format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","))
}

/// The south-west corner of a grid of the `nth` community.
fn corner(nth: usize, grid: usize) -> (i64, i64) {
    let (row, column) = ((nth / A_ROW) as i64, (nth % A_ROW) as i64);
    let south = SOUTH + row * 2 * SIDE + (grid / 5) as i64 * SIDE;
    let west = WEST + column * 5 * SIDE + (grid % 5) as i64 * SIDE;
    (south, west)
}

/// Everything below the district, level by level.
fn communities(district: &District) -> Result<(Id, Vec<Place>), Fault> {
    let found = district.store().read_blocking(|tx| -> Done<_> {
        let root = places::children(tx, None)?.into_iter().next();
        let root = root.ok_or_else(|| Fault::new("no district"))?;
        let mut out = Vec::new();
        for street in places::children(tx, Some(&root.id))? {
            out.extend(places::children(tx, Some(&street.id))?);
        }
        Ok((root.id, out))
    });
    found.map_err(said)
}

/// Enters the grids; gives the communities and, for each, the paths of its grids.
pub fn ground(district: &District) -> Result<(Vec<Place>, Vec<Vec<Place>>), Fault> {
    let (within, communities) = communities(district)?;
    let grid = |nth: usize, community: &Place, n: usize| {
        let (south, west) = corner(nth, n);
        Feature {
            code: format!("{}{:02}", community.code, n + 1),
            name: format!("第{}网格", n + 1),
            level: "grid".to_owned(),
            parent: community.code.clone(),
            shape: square(south, west),
        }
    };
    let all: Vec<Feature> = communities
        .iter()
        .enumerate()
        .flat_map(|(nth, community)| (0..GRIDS).map(move |n| grid(nth, community, n)))
        .collect();
    for features in all.chunks(MOST_FEATURES) {
        let (within, features) = (within.clone(), features.to_vec());
        perform(district, ImportBoundaries { within, seen: None, features, creates: true })?;
    }
    let asked: Vec<Id> = communities.iter().map(|community| community.id.clone()).collect();
    let grids = district.store().read_blocking(move |tx| -> Done<_> {
        asked.iter().map(|id| Ok(places::children(tx, Some(id))?)).collect()
    });
    Ok((communities, grids.map_err(said)?))
}

fn body(name: &str, kind: &str, place: &Place, path: &str) -> PlantedRow {
    let columns = vec![
        ("kind", kind.into()),
        ("name", name.into()),
        ("sort_key", name.into()),
        ("place_id", (&place.id).into()),
        ("place_path", path.into()),
        ("version", 1_i64.into()),
    ];
    (id(name), columns)
}

fn remit(of: &str, kind: &str, path: &str) -> PlantedRow {
    let columns = vec![
        ("body_id", (&id(of)).into()),
        ("kind", kind.into()),
        ("place_path", path.into()),
        ("ground", "示例".into()),
    ];
    (id(&format!("remit {of} {kind}")), columns)
}

fn person(name: &str, kind: &str, path: &str) -> PlantedRow {
    let columns: Vec<(&'static str, Value)> = vec![
        ("kind", kind.into()),
        ("name_masked", "王*".into()),
        ("place_path", path.into()),
        ("language", "zh".into()),
        ("consent", "{}".into()),
        ("created_at", 0_i64.into()),
        ("version", 1_i64.into()),
    ];
    (id(name), columns)
}

/// Somebody with a post of their own.
struct Officer<'a> {
    name: String,
    kind: &'static str,
    place: &'a Place,
    path: String,
    body: String,
}

impl Officer<'_> {
    fn appointment(&self) -> Id {
        id(&format!("appointment {}", self.name))
    }

    fn post(&self) -> PlantedRow {
        let columns = vec![
            ("kind", self.kind.into()),
            ("title", self.kind.into()),
            ("place_id", (&self.place.id).into()),
            ("place_path", self.path.as_str().into()),
            ("body_id", (&id(&self.body)).into()),
            ("version", 1_i64.into()),
        ];
        (id(&format!("post {}", self.name)), columns)
    }

    fn appointed(&self) -> PlantedRow {
        let columns = vec![
            ("post_id", (&id(&format!("post {}", self.name))).into()),
            ("person_id", (&id(&self.name)).into()),
            ("holder_name", "王*".into()),
            ("term_from", "2020-01-01".into()),
            ("since", 0_i64.into()),
            ("version", 1_i64.into()),
        ];
        (self.appointment(), columns)
    }

    fn key(&self, district: &District, nth: usize) -> Result<String, Fault> {
        key(district, &self.name, Some(self.appointment()), nth)
    }

    fn cookie(
        &self,
        district: &District,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<String, Fault> {
        let opening = Opening {
            person: id(&self.name),
            appointment: Some(self.appointment()),
            proved: "password+totp",
            device: "bench".to_owned(),
        };
        let open = session::open(district.store(), opening, district.now());
        let token = runtime.block_on(open).map_err(|e| Fault::new(e.to_string()))?;
        Ok(format!("linli={token}"))
    }
}

fn key(
    district: &District,
    of: &str,
    appointment: Option<Id>,
    nth: usize,
) -> Result<String, Fault> {
    let key = fresh();
    let act = CreateKey {
        id: id(&format!("key {of} {nth}")),
        title: "bench".to_owned(),
        person: id(of),
        appointment,
        hash: hash(&key),
    };
    perform(district, act)?;
    Ok(key)
}

/// One body answers for every kind of matter in the whole district; each community has its
/// committee.
fn bodies(district: &District, communities: &[Place], first: &Place) -> Result<(), Fault> {
    let whole = format!("/{CODE}/");
    let mut bodies = vec![body(CENTRAL, "urban_management", first, &whole)];
    let mut remits: Vec<PlantedRow> =
        seed::body_kinds()?.iter().map(|kind| remit(CENTRAL, &kind.id, &whole)).collect();
    for community in communities {
        let name = committee(community);
        bodies.push(body(&name, "community_committee", community, &community.path));
        remits.push(remit(&name, "community_committee", &community.path));
    }
    plant(district, BODY, bodies)?;
    plant(district, REMIT, remits)
}

const CENTRAL: &str = "综合部门";

/// The id of the body that answers for everything.
pub fn central() -> Id {
    id(CENTRAL)
}

fn committee(of: &Place) -> String {
    format!("居委会 {}", of.code)
}

/// Everyone with a post.
struct Staff<'a> {
    lookers: Vec<Officer<'a>>,
    clerks: Vec<Officer<'a>>,
    verifiers: Vec<Officer<'a>>,
    dispatchers: Vec<Officer<'a>>,
    officers: Vec<Officer<'a>>,
}

impl<'a> Staff<'a> {
    fn of(communities: &'a [Place], grids: &'a [Vec<Place>], first: &'a Place) -> Staff<'a> {
        let local = |kind: &'static str, community: &Place, place: &'a Place| Officer {
            name: format!("{kind} {}", place.code),
            kind,
            place,
            path: place.path.clone(),
            body: committee(community),
        };
        let central = |kind: &'static str| {
            let one = |n| Officer {
                name: format!("{kind} {n}"),
                kind,
                place: first,
                path: format!("/{CODE}/"),
                body: CENTRAL.to_owned(),
            };
            (0..OFFICERS).map(one).collect()
        };
        let looked_at = communities.iter().zip(grids).take(LOOKED_AT);
        let reporting = || communities.iter().skip(LOOKED_AT).take(REPORTING);
        let clerk = |place: &'a Place| local("community_clerk", place, place);
        let verifier = |place: &'a Place| local("community_head", place, place);
        Staff {
            lookers: looked_at
                .flat_map(|(community, grids)| {
                    grids.iter().map(move |grid| local("grid_worker", community, grid))
                })
                .collect(),
            clerks: reporting().map(clerk).collect(),
            verifiers: reporting().map(verifier).collect(),
            dispatchers: central("dispatcher"),
            officers: central("department_officer"),
        }
    }

    fn everyone(&self) -> impl Iterator<Item = &Officer<'a>> {
        [&self.lookers, &self.clerks, &self.verifiers, &self.dispatchers, &self.officers]
            .into_iter()
            .flatten()
    }
}

/// Fills the district with bodies and people.
pub fn people(
    district: &District,
    communities: &[Place],
    grids: &[Vec<Place>],
) -> Result<Town, Fault> {
    let first = communities.first().ok_or_else(|| Fault::new("no community"))?;
    bodies(district, communities, first)?;
    let staff = Staff::of(communities, grids, first);
    let residents: Vec<String> = (0..RESIDENTS).map(|n| format!("resident {n}")).collect();
    let mut persons: Vec<PlantedRow> =
        staff.everyone().map(|one| person(&one.name, "staff", &one.path)).collect();
    persons.extend(residents.iter().map(|name| person(name, "resident", &first.path)));
    plant(district, PERSON, persons)?;
    plant(district, POST, staff.everyone().map(Officer::post).collect())?;
    plant(district, APPOINTMENT, staff.everyone().map(Officer::appointed).collect())?;
    let keys = |all: &[Officer<'_>]| -> Result<Vec<String>, Fault> {
        let of = |nth| all.iter().map(move |one| one.key(district, nth));
        (0..KEYS).flat_map(of).collect()
    };
    Ok(Town {
        lookers: lookers(district, &staff.lookers)?,
        communities: reporting(district, &staff)?,
        residents: residents.iter().map(|r| key(district, r, None, 0)).collect::<Result<_, _>>()?,
        dispatchers: keys(&staff.dispatchers)?,
        officers: keys(&staff.officers)?,
        body: central().to_string(),
        checked: district.store().read_blocking(closing_list).map_err(said)?,
    })
}

fn closing_list(tx: &ReadTx<'_>) -> Done<Vec<String>> {
    closing::of_class(tx, &Put::default().with("class", LAMP))
}

fn lookers(district: &District, all: &[Officer<'_>]) -> Result<Vec<Looker>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    all.iter()
        .map(|one| {
            let (cookie, grid) = (one.cookie(district, &runtime)?, one.path.clone());
            Ok(Looker { cookie, grid, cases: Vec::new() })
        })
        .collect()
}

fn reporting(district: &District, staff: &Staff<'_>) -> Result<Vec<Community>, Fault> {
    let middle = |nth: usize, grid: usize| {
        let (south, west) = corner(nth, grid);
        Pin { lat_e7: south + SIDE / 2, lng_e7: west + SIDE / 2 }
    };
    let each = staff.clerks.iter().zip(&staff.verifiers).zip(LOOKED_AT..);
    each.map(|((clerk, verifier), nth)| {
        Ok(Community {
            pins: (0..GRIDS).map(|grid| middle(nth, grid)).collect(),
            clerk: clerk.key(district, 0)?,
            verifier: verifier.key(district, 0)?,
        })
    })
    .collect()
}
