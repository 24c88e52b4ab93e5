//! The duty list (权责清单): who may do what, where, and on what legal ground.
//!
//! It is a table that officials read, edit and publish: post × act × scope × ground. A scope is
//! defined once as a predicate ([`Scope::holds`]) and once as SQL ([`Scope::sql`]); a test checks
//! that the two agree over many thousand random pairs.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::{Actor, Protected, Reach, Refusal, upper_bound};
use crate::base::{Id, Instant};
use crate::params;
use crate::store::{ReadTx, StoreError, Value};

/// How far a duty reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// 公开: whatever is public.
    Public,
    /// 本人: what I own, reported or am.
    Own,
    /// 当事: what I am a party to.
    Party,
    /// 本网格: exactly the place of my post.
    MyGrid,
    /// 本级及以下: the place of my post and all below it.
    MyPlaceAndBelow,
    /// 交办本单位: what my body answers for.
    AssignedToMyBody,
    /// 全区: anything in this district.
    MyDistrict,
}

impl Scope {
    pub const ALL: [Scope; 7] = [
        Scope::Public,
        Scope::Own,
        Scope::Party,
        Scope::MyGrid,
        Scope::MyPlaceAndBelow,
        Scope::AssignedToMyBody,
        Scope::MyDistrict,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Public => "public",
            Scope::Own => "own",
            Scope::Party => "party",
            Scope::MyGrid => "my_grid",
            Scope::MyPlaceAndBelow => "my_place_and_below",
            Scope::AssignedToMyBody => "assigned_to_my_body",
            Scope::MyDistrict => "my_district",
        }
    }

    pub fn from_name(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Whether the row lies within this scope of the actor.
    pub fn holds(self, actor: &Actor, row: &Reach) -> bool {
        let mine = |whom: &Option<Id>| whom.is_some() && *whom == actor.person;
        match self {
            Scope::Public => row.publicity == "public",
            Scope::Own => mine(&row.owner),
            Scope::Party => {
                let me = [&actor.person, &actor.body];
                me.into_iter().flatten().any(|id| row.parties.contains(id))
            }
            Scope::MyGrid => row.place_path == actor.place_path,
            Scope::MyPlaceAndBelow => row.place_path.starts_with(&actor.place_path),
            Scope::AssignedToMyBody => actor.body.is_some() && row.body == actor.body,
            Scope::MyDistrict => true,
        }
    }

    /// The same as SQL over the row called `t`; values are pushed to `params`.
    fn sql(self, actor: &Actor, of: &Protected, params: &mut Vec<Value>) -> String {
        let mut bind = |value: Value| {
            params.push(value);
            format!("${}", params.len())
        };
        let id = |id: &Option<Id>| id.as_ref().map_or(Value::Text(String::new()), Value::from);
        match self {
            Scope::Public => format!("{} = 'public'", of.column("t", of.publicity)),
            Scope::Own => {
                format!("{} = {}", of.column("t", of.owner), bind(id(&actor.person)))
            }
            Scope::Party => format!(
                "exists (select 1 from party where party.subject_id = t.id
                 and party.party_id in ({}, {}))",
                bind(id(&actor.person)),
                bind(id(&actor.body))
            ),
            Scope::MyGrid => format!(
                "{} = {}",
                of.column("t", of.place),
                bind(Value::Text(actor.place_path.clone()))
            ),
            Scope::MyPlaceAndBelow => {
                let place = of.column("t", of.place);
                let from = bind(Value::Text(actor.place_path.clone()));
                let to = bind(Value::Text(upper_bound(&actor.place_path)));
                format!("({place} >= {from} and {place} < {to})")
            }
            Scope::AssignedToMyBody => {
                format!("{} = {}", of.column("t", of.body), bind(id(&actor.body)))
            }
            Scope::MyDistrict => "1 = 1".to_owned(),
        }
    }
}

/// When a wall stands, whatever the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WallCondition {
    /// 回避: a body the actor belongs to is complained of, by whichever post they act.
    MyBodyIsComplainedOf,
    /// 回避: the person complains of a body the actor belongs to, and is not to be known to it.
    TheyComplainOfMyBody,
    /// 三员分离: the actor is one of the three administrators.
    IAmAnAdministrator,
}

impl WallCondition {
    pub const ALL: [WallCondition; 3] = [
        WallCondition::MyBodyIsComplainedOf,
        WallCondition::TheyComplainOfMyBody,
        WallCondition::IAmAnAdministrator,
    ];

    pub fn name(self) -> &'static str {
        match self {
            WallCondition::MyBodyIsComplainedOf => "my_body_is_complained_of",
            WallCondition::TheyComplainOfMyBody => "they_complain_of_my_body",
            WallCondition::IAmAnAdministrator => "i_am_an_administrator",
        }
    }

    pub fn from_name(name: &str) -> Option<WallCondition> {
        WallCondition::ALL.into_iter().find(|condition| condition.name() == name)
    }
}

/// A row of the duty list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    pub id: Id,
    pub post_kind: String,
    pub act: String,
    pub scope: Scope,
    pub ground: String,
}

/// A row that forbids, whatever the post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    pub id: Id,
    /// An act, or all of a kind: `case.*`.
    pub act: String,
    pub condition: WallCondition,
    pub unless: Option<Scope>,
    pub ground: String,
}

impl Wall {
    pub fn covers(&self, act: &str) -> bool {
        covers(&self.act, act)
    }

    fn stands(&self, actor: &Actor, row: &Reach) -> bool {
        let met = match self.condition {
            WallCondition::MyBodyIsComplainedOf => {
                actor.bodies().any(|body| row.about_body.as_ref() == Some(body))
            }
            WallCondition::TheyComplainOfMyBody => {
                actor.bodies().any(|body| row.complains_of.contains(body))
            }
            WallCondition::IAmAnAdministrator => actor.administrator,
        };
        met && !self.unless.is_some_and(|scope| scope.holds(actor, row))
    }

    /// SQL that holds for rows the wall leaves free.
    fn sql_free(&self, actor: &Actor, of: &Protected, params: &mut Vec<Value>) -> Option<String> {
        let mut mine = || {
            let bind = |body: &Id| {
                params.push(Value::from(body));
                format!("${}", params.len())
            };
            actor.bodies().map(bind).collect::<Vec<_>>().join(", ")
        };
        let free = match self.condition {
            WallCondition::MyBodyIsComplainedOf => {
                actor.bodies().next()?;
                let about = of.column("t", of.about);
                format!("({about} is null or {about} not in ({}))", mine())
            }
            WallCondition::TheyComplainOfMyBody => {
                actor.bodies().next()?;
                format!("not {}", of.complaints?.any_of("t", &mine()))
            }
            WallCondition::IAmAnAdministrator if actor.administrator => "1 = 0".to_owned(),
            WallCondition::IAmAnAdministrator => return None,
        };
        Some(match self.unless {
            None => free,
            Some(scope) => format!("({free} or {})", scope.sql(actor, of, params)),
        })
    }
}

/// What the list says of one actor, one act and one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// By this row of the list; the terminal of the machine itself acts by none.
    Granted(Option<Id>),
    Denied(Refusal),
}

impl Verdict {
    pub fn granted(&self) -> bool {
        matches!(self, Verdict::Granted(_))
    }
}

/// The list as it stands, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct DutyList {
    pub version: i64,
    pub duties: Vec<Duty>,
    pub walls: Vec<Wall>,
    by_post: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl DutyList {
    pub fn new(version: i64, duties: Vec<Duty>, walls: Vec<Wall>) -> DutyList {
        let mut by_post: HashMap<String, HashMap<String, Vec<usize>>> = HashMap::new();
        for (at, duty) in duties.iter().enumerate() {
            let acts = by_post.entry(duty.post_kind.clone()).or_default();
            acts.entry(duty.act.clone()).or_default().push(at);
        }
        DutyList { version, duties, walls, by_post }
    }

    /// The duties a kind of post has for an act.
    pub fn of<'a>(&'a self, kind: &str, act: &str) -> impl Iterator<Item = &'a Duty> {
        let rows = self.by_post.get(kind).and_then(|acts| acts.get(act));
        rows.into_iter().flatten().filter_map(|at| self.duties.get(*at))
    }

    /// Whether this actor may do this act on this row, and by which duty.
    pub fn decide(&self, actor: &Actor, act: &str, row: &Reach) -> Verdict {
        if actor.is_operator() {
            return Verdict::Granted(None);
        }
        let wall = self.walls.iter().find(|wall| wall.covers(act) && wall.stands(actor, row));
        if let Some(wall) = wall {
            return Verdict::Denied(Refusal::new("walled_off").with("ground", wall.ground.clone()));
        }
        let mut duties = self.of(&actor.kind, act).peekable();
        if duties.peek().is_none() {
            return Verdict::Denied(Refusal::new("not_your_duty"));
        }
        match duties.find(|duty| duty.scope.holds(actor, row)) {
            Some(duty) => Verdict::Granted(Some(duty.id.clone())),
            None => Verdict::Denied(Refusal::new("beyond_your_place")),
        }
    }

    /// Whether the list looks at the parties of a row for this act; where it does not, they need
    /// not be read.
    pub fn asks_for_parties(&self, kind: &str, act: &str) -> bool {
        let mut walls = self.walls.iter().filter(|wall| wall.covers(act));
        self.of(kind, act).any(|duty| duty.scope == Scope::Party)
            || walls.any(|wall| wall.unless == Some(Scope::Party))
    }

    /// Whether the actor has the act at all, somewhere.
    pub fn has(&self, actor: &Actor, act: &str) -> bool {
        actor.is_operator() || self.of(&actor.kind, act).next().is_some()
    }

    /// A condition over rows of `of`, called `t`, that holds exactly where [`DutyList::decide`]
    /// grants `act`. Its values are pushed to `params`, numbered on from what is there.
    pub fn filter(
        &self,
        actor: &Actor,
        act: &str,
        of: &Protected,
        params: &mut Vec<Value>,
    ) -> String {
        let granted = self.granted(actor, act, of, params);
        let walls = self.walls.iter().filter(|wall| wall.covers(act));
        let walls = walls.filter(|_| !actor.is_operator());
        let free: Vec<String> = walls.filter_map(|w| w.sql_free(actor, of, params)).collect();
        let all = std::iter::once(granted).chain(free).chain(of.revealed("t"));
        all.collect::<Vec<_>>().join(" and ")
    }

    /// As [`DutyList::filter`] for an act on rows that the actor also sees: what a list offers or
    /// gives away is never more than what it shows.
    pub fn filter_seen(
        &self,
        actor: &Actor,
        act: &str,
        of: &Protected,
        params: &mut Vec<Value>,
    ) -> String {
        let seen = self.filter(actor, of.see, of, params);
        if act == of.see {
            return seen;
        }
        format!("{seen} and {}", self.filter(actor, act, of, params))
    }

    /// The rows that some duty of the actor reaches.
    fn granted(&self, actor: &Actor, act: &str, of: &Protected, params: &mut Vec<Value>) -> String {
        self.reached(actor, act, of, &Scope::ALL, params)
    }

    /// The rows that a duty of the actor reaches by one of these scopes, whatever walls there are.
    pub fn reached(
        &self,
        actor: &Actor,
        act: &str,
        of: &Protected,
        by: &[Scope],
        params: &mut Vec<Value>,
    ) -> String {
        if actor.is_operator() {
            return "1 = 1".to_owned();
        }
        let duties = self.of(&actor.kind, act).map(|duty| duty.scope);
        let mut scopes: Vec<Scope> = duties.filter(|scope| by.contains(scope)).collect();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return "1 = 0".to_owned();
        }
        if scopes.contains(&Scope::MyDistrict) {
            return "1 = 1".to_owned();
        }
        let any: Vec<String> = scopes.iter().map(|s| s.sql(actor, of, params)).collect();
        format!("({})", any.join(" or "))
    }
}

/// Whether what a wall names, an act or all of a kind, covers the act.
pub fn covers(wall: &str, act: &str) -> bool {
    match wall.strip_suffix('*') {
        Some(start) => act.starts_with(start),
        None => wall == act,
    }
}

/// The list in memory; read anew when its version in the database is another. A change that was
/// rolled back may have shown a version that another change takes later, so the version goes with
/// the mark of the act that made it.
#[derive(Clone, Default)]
pub struct DutyBook {
    held: Arc<RwLock<(Version, Arc<DutyList>)>>,
}

type Version = (i64, String);

const VERSION: &str = "select version, value from setting where id = 'duties'";
const DUTIES: &str = "
    select id, post_kind, act, scope, ground from duty
    where since <= $1 and (until is null or until > $1)
    order by post_kind, position, id";
const WALLS: &str = "
    select id, act, condition, unless_scope, ground from wall
    where since <= $1 and (until is null or until > $1) order by act, id";
/// Later than any row begins or ends.
const NOW: Instant = Instant(i64::MAX);

impl DutyBook {
    /// The list as this transaction sees it.
    pub fn current(&self, tx: &ReadTx<'_>) -> Result<Arc<DutyList>, StoreError> {
        let version: Version =
            tx.row(VERSION, &[], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
        if let Ok(held) = self.held.read()
            && held.0 == version
        {
            return Ok(Arc::clone(&held.1));
        }
        let fresh = Arc::new(DutyList::new(version.0, read_duties(tx, NOW)?, read_walls(tx, NOW)?));
        if let Ok(mut held) = self.held.write() {
            *held = (version, Arc::clone(&fresh));
        }
        Ok(fresh)
    }
}

/// The list as it stood at some time; it is asked for nothing but to be looked at.
pub fn stood_at(tx: &ReadTx<'_>, at: Instant) -> Result<DutyList, StoreError> {
    Ok(DutyList::new(0, read_duties(tx, at)?, read_walls(tx, at)?))
}

fn unknown(what: &str, name: &str) -> StoreError {
    crate::base::Fault::new(format!("the duty list names an unknown {what}: {name}")).into()
}

fn read_duties(tx: &ReadTx<'_>, at: Instant) -> Result<Vec<Duty>, StoreError> {
    tx.rows(DUTIES, params![at], |row| {
        let scope: String = row.get(3)?;
        Ok(Duty {
            id: row.get(0)?,
            post_kind: row.get(1)?,
            act: row.get(2)?,
            scope: Scope::from_name(&scope).ok_or_else(|| unknown("scope", &scope))?,
            ground: row.get(4)?,
        })
    })
}

fn read_walls(tx: &ReadTx<'_>, at: Instant) -> Result<Vec<Wall>, StoreError> {
    tx.rows(WALLS, params![at], |row| {
        let condition: String = row.get(2)?;
        let unless: Option<String> = row.get(3)?;
        Ok(Wall {
            id: row.get(0)?,
            act: row.get(1)?,
            condition: WallCondition::from_name(&condition)
                .ok_or_else(|| unknown("condition", &condition))?,
            unless: match unless.as_deref() {
                None | Some("") => None,
                Some(name) => Some(Scope::from_name(name).ok_or_else(|| unknown("scope", name))?),
            },
            ground: row.get(4)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::OPERATOR;

    #[test]
    fn a_kind_of_post_called_as_the_terminal_is_has_no_powers_of_its_own() {
        let row = Reach::at("/990101/");
        let of = Protected {
            kind: "case",
            table: "matter",
            see: "case.see",
            place: "place_path",
            owner: "owner_id",
            body: "body_id",
            about: "about_body_id",
            publicity: "publicity",
            there: None,
            complaints: None,
        };
        let list = DutyList::default();
        let straw = (Id::derived("straw"), Id::derived("its post"));
        let straw = Actor::in_post(straw, OPERATOR, "/990101/", None);
        assert!(!list.decide(&straw, "case.see", &row).granted() && !list.has(&straw, "case.see"));
        let rows = |actor| list.filter(actor, "case.see", &of, &mut Vec::new());
        assert!(rows(&straw).starts_with("1 = 0"), "{}", rows(&straw));
        let terminal = Actor::operator();
        assert!(list.decide(&terminal, "case.see", &row).granted());
        assert!(list.has(&terminal, "case.see"));
        assert!(rows(&terminal).starts_with("1 = 1"), "{}", rows(&terminal));
    }
}
