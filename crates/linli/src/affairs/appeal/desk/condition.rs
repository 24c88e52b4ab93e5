//! Which cases a list holds, as one condition: what the duty list gives, the tab, and each field of
//! the filter.

use linli_rules::procedure::Stage;

use super::super::find;
use super::super::view::{BY_OFFICE, Looker};
use super::call;
use super::due::{late, soon};
use super::filter::{Filter, OPEN};
use super::list::{Lists, Names};
use crate::act::{Done, upper_bound};
use crate::base::Id;
use crate::catalogue;
use crate::matter::CASES;
use crate::people::remit;
use crate::store::{Param, Value};
use crate::territory;

/// Places and classes a search by initials may mean.
const MEANT: usize = 20;

/// A condition with its values, numbered in the order they were put in.
pub struct Where {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Where {
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub fn and(&mut self, condition: &str) {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
    }

    /// `($1, $2)` for a list of words; an empty list holds nothing.
    pub(super) fn any_of<S: AsRef<str>>(&mut self, words: &[S]) -> String {
        let marks: Vec<String> = words.iter().map(|word| self.bind(word.as_ref())).collect();
        if marks.is_empty() { "('')".to_owned() } else { format!("({})", marks.join(", ")) }
    }

    pub fn params(&self) -> Vec<Param<'_>> {
        self.values.iter().map(Param::from).collect()
    }
}

impl Lists<'_, '_> {
    /// Cases the looker has `act` on and the filter lets through.
    pub fn matching(&self, filter: &Filter, act: &str) -> Done<Where> {
        let mut cond = Where { sql: "t.kind = 'case'".to_owned(), values: Vec::new() };
        let Looker { duties, actor, .. } = self.looker;
        let may = duties.filter_seen(actor, act, &CASES, &mut cond.values);
        cond.and(&format!("({may})"));
        self.tab(&filter.tab, &mut cond);
        self.fields(filter, &mut cond)?;
        if !filter.q.is_empty() {
            self.search(&filter.q, &mut cond)?;
        }
        Ok(cond)
    }

    fn tab(&self, tab: &str, cond: &mut Where) {
        match tab {
            "all" => {}
            "closed" => cond.and("t.phase in ('closed', 'withdrawn')"),
            "todo" => self.to_do(cond),
            call::TAB => self.to_call(cond),
            "open" | "late" | "soon" => {
                let open = cond.any_of(&OPEN);
                cond.and(&format!("t.phase in {open}"));
                match tab {
                    "late" => {
                        let now = cond.bind(self.now);
                        cond.and(&late(&now, self.by_office()));
                    }
                    "soon" => {
                        let now = cond.bind(self.now);
                        cond.and(&soon(&now, self.by_office()));
                    }
                    _ => {}
                }
            }
            stage => {
                let phases = self.phases_of(&[stage]);
                let phases = cond.any_of(&phases);
                let stage = cond.bind(stage);
                cond.and(&format!("t.phase in {phases} and t.stage = {stage}"));
            }
        }
    }

    /// Cases that wait for a move of this very looker: for each act that takes a case onward, the
    /// stages it is made at and the rows the duty list gives it on.
    fn to_do(&self, cond: &mut Where) {
        let (mut ways, mut phases) = (Vec::new(), Vec::new());
        for act in self.turns() {
            let name = format!("case.{act}");
            let moves = self.process.moves.iter().filter(|by| by.act == act);
            let stages: Vec<&str> = moves.flat_map(|by| &by.from).map(String::as_str).collect();
            phases.extend(self.phases_of(&stages));
            let stages = cond.any_of(&stages);
            let actor = &self.looker.actor;
            let has = self.looker.duties.filter(actor, &name, &CASES, &mut cond.values);
            ways.push(format!("(t.stage in {stages} and ({has}))"));
        }
        phases.sort_unstable();
        phases.dedup();
        let phases = cond.any_of(&phases);
        let any = if ways.is_empty() { "1 = 0".to_owned() } else { ways.join(" or ") };
        cond.and(&format!("t.phase in {phases} and ({any})"));
    }

    /// The phases that stages belong to: what the index of places knows a case by.
    fn phases_of(&self, stages: &[&str]) -> Vec<&'static str> {
        let known = stages.iter().filter_map(|stage| self.process.stage(stage));
        known.map(|stage| stage.phase.name()).collect()
    }

    fn fields(&self, filter: &Filter, cond: &mut Where) -> Done<()> {
        if !filter.class.is_empty() {
            let class = catalogue::store::by_code(self.tx, &filter.class)?;
            let id = class.map_or_else(String::new, |class| class.id.to_string());
            let id = cond.bind(id);
            cond.and(&format!("f.class_id = {id}"));
        }
        if !filter.place.is_empty() {
            let ground = territory::ground(&self.looker.district, self.tx)?;
            let path = ground.by_code(&filter.place).map_or("/-/", |place| place.path.as_str());
            let below = below(path, cond);
            cond.and(&below);
        }
        if let Some(body) = &filter.body {
            let with = self.with(&[body], cond);
            cond.and(&with);
        }
        if !filter.source.is_empty() {
            let source = cond.bind(filter.source.as_str());
            cond.and(&format!("t.source = {source}"));
        }
        let offset = self.looker.district.config.offset_minutes;
        if let Some(day) = filter.from {
            let from = cond.bind(day.start(offset));
            cond.and(&format!("t.opened_at >= {from}"));
        }
        if let Some(day) = filter.to {
            let before = cond.bind(day.next().start(offset));
            cond.and(&format!("t.opened_at < {before}"));
        }
        Ok(())
    }

    /// The looker sees cases by office, not only those that are public.
    pub(super) fn by_office(&self) -> bool {
        let Looker { duties, actor, .. } = self.looker;
        actor.is_operator()
            || duties.of(&actor.kind, CASES.see).any(|duty| BY_OFFICE.contains(&duty.scope))
    }

    /// Cases that one of these bodies has, as far as the looker is told so: who looks from outside
    /// does not find by the body what no row says of it.
    fn with(&self, bodies: &[&Id], cond: &mut Where) -> String {
        let Looker { duties, actor, .. } = self.looker;
        let bodies: Vec<&str> = bodies.iter().map(|body| body.as_str()).collect();
        let has = format!("t.body_id in {}", cond.any_of(&bodies));
        let inside = duties.reached(actor, CASES.see, &CASES, &BY_OFFICE, &mut cond.values);
        if inside == "1 = 1" {
            return has;
        }
        let told = |stage: &&Stage| stage.disclose.iter().any(|item| item == "responsible_body");
        let stages = self.process.stages.iter().filter(told).map(|stage| stage.id.as_str());
        let stages = cond.any_of(&stages.collect::<Vec<_>>());
        let me = cond.bind(actor.person.as_ref().map_or("", Id::as_str));
        format!("({has} and (t.stage in {stages} or t.owner_id = {me} or {inside}))")
    }

    /// A number, words of the report or the address, the name of a place, class or body; letters
    /// are taken for pinyin and initials as well.
    fn search(&self, q: &str, cond: &mut Where) -> Done<()> {
        // Who is shown masked words is not to find out by searching what is behind the mask.
        let mut bind = |value: Value| cond.bind(value);
        let mut any = vec![match self.by_office() {
            true => find::by_office(q, &mut bind),
            false => find::by_all(q, &mut bind),
        }];
        let names = Names::read(self)?;
        let meant = find::meant(q);
        let places = names.ground.places().filter(|place| meant(&place.name));
        let within = places.filter(|place| place.within(&self.looker.actor.place_path));
        let paths: Vec<String> = within.take(MEANT).map(|place| place.path.clone()).collect();
        any.extend(paths.iter().map(|path| below(path, cond)));
        let classes =
            names.book.classes.iter().filter(|class| meant(class.title.pick(self.looker.lang)));
        let ids: Vec<Id> = classes.take(MEANT).map(|class| class.id.clone()).collect();
        if !ids.is_empty() {
            let ids = cond.any_of(&ids);
            any.push(format!("f.class_id in {ids}"));
        }
        let bodies = remit::bodies_at_or_below(self.tx, &self.looker.actor.place_path)?;
        let bodies = bodies.iter().filter(|body| meant(&body.name)).map(|body| &body.id);
        let ids: Vec<&Id> = bodies.take(MEANT).collect();
        if !ids.is_empty() {
            any.push(self.with(&ids, cond));
        }
        cond.and(&format!("({})", any.join(" or ")));
        Ok(())
    }
}

fn below(path: &str, cond: &mut Where) -> String {
    let (from, to) = (cond.bind(path), cond.bind(upper_bound(path)));
    format!("(t.place_path >= {from} and t.place_path < {to})")
}
