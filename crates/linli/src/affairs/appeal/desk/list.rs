//! The rows of the desk: one statement made of the filter, the tab and the duty list.

use std::collections::HashMap;

use linli_rules::procedure::Process;

use super::super::view::{Looker, Sla, time, tone};
use super::super::{APPEAL, find, offer};
use super::due::{late, order_of, soon};
use super::filter::{Cursor, Filter, OPEN};
use crate::act::{Done, OPERATOR, Scope, upper_bound};
use crate::base::{Id, Instant};
use crate::catalogue::{self, Book};
use crate::matter::store::{COLUMNS, matter_from, width};
use crate::matter::{CASES, Matter, Running, clock};
use crate::people::remit;
use crate::store::{self, Param, ReadTx, Value};
use crate::territory::{self, Ground};

/// Rows on a page.
pub const PAGE: usize = 50;
/// A list is counted no further than this; beyond it is "more than".
pub const COUNTED: i64 = 1000;
/// Places and classes a search by initials may mean.
const MEANT: usize = 20;

/// One row as the page shows it.
#[derive(Clone, Debug)]
pub struct Row {
    pub matter: Matter,
    pub number: String,
    pub title: String,
    pub class: String,
    pub class_id: Option<Id>,
    pub place: String,
    pub body: String,
    pub stage: String,
    pub tone: &'static str,
    pub sla: Option<Sla>,
    /// What is late, or nearly, beside its stages.
    pub beside: Option<Sla>,
    /// Years whose holidays the due time does without.
    pub guessed: Option<String>,
    pub opened: String,
    pub urged: i64,
    pub source: String,
    pub due: String,
    pub address: Option<String>,
    /// Degrees × 10⁷, latitude first.
    pub point: Option<(i64, i64)>,
    /// Acts the looker may do to it along with others; looked for on the desk alone.
    pub can: Vec<&'static str>,
    key: i64,
}

impl Row {
    /// Some clock of it has run out.
    pub fn late(&self) -> bool {
        self.sla.iter().chain(&self.beside).any(|sla| sla.tone == "red")
    }

    /// The smallest place, for a narrow column.
    pub fn near(&self) -> &str {
        self.place.rsplit('·').next().unwrap_or_default()
    }
}

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub rows: Vec<Row>,
    /// Behind which row the next page begins.
    pub next: Option<String>,
    pub total: i64,
    /// Where it is empty: how many the same filter finds on all tabs together.
    pub elsewhere: i64,
}

impl Listing {
    /// Whether a due time on this page rests on a year without its holidays.
    pub fn guesses(&self) -> bool {
        self.rows.iter().any(|row| row.guessed.is_some())
    }
}

/// Reads lists for one looker.
pub struct Lists<'a, 'c> {
    pub tx: &'a ReadTx<'c>,
    pub looker: &'a Looker,
    pub process: &'a Process,
    pub now: Instant,
}

/// A condition with its values, numbered in the order they were put in.
pub struct Where {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Where {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
    }

    /// `($1, $2)` for a list of words; an empty list holds nothing.
    fn any_of<S: AsRef<str>>(&mut self, words: &[S]) -> String {
        let marks: Vec<String> = words.iter().map(|word| self.bind(word.as_ref())).collect();
        if marks.is_empty() { "('')".to_owned() } else { format!("({})", marks.join(", ")) }
    }

    fn params(&self) -> Vec<Param<'_>> {
        self.values.iter().map(Param::from).collect()
    }
}

impl Lists<'_, '_> {
    /// One page of the list.
    pub fn page(&self, filter: &Filter) -> Done<Listing> {
        let total = self.count(filter)?;
        Ok(Listing { total, ..self.uncounted(filter)? })
    }

    /// The same without the number of all there are.
    pub fn uncounted(&self, filter: &Filter) -> Done<Listing> {
        let (rows, next) = self.rows(filter, "case.see", PAGE)?;
        let elsewhere = match rows.is_empty() && filter.narrowed() && filter.tab != "all" {
            true => self.count(&Filter { tab: "all".to_owned(), ..filter.clone() })?,
            false => 0,
        };
        Ok(Listing { rows, next, total: 0, elsewhere })
    }

    /// How many a tab holds, counted up to [`COUNTED`].
    pub fn count_of(&self, tab: &str) -> Done<i64> {
        self.count(&Filter { tab: tab.to_owned(), ..Filter::parse("") })
    }

    /// How many there are, counted up to [`COUNTED`].
    fn count(&self, filter: &Filter) -> Done<i64> {
        let mut cond = self.matching(filter, "case.see")?;
        let most = cond.bind(COUNTED + 1);
        let sql = format!(
            "select count(*) from (select t.id from matter t
             join case_file f on f.id = t.id where {} limit {most}) counted",
            cond.sql
        );
        Ok(self.tx.count(&sql, &cond.params())?)
    }

    /// Rows the looker has `act` on, from the filter's cursor on.
    pub fn rows(
        &self,
        filter: &Filter,
        act: &str,
        most: usize,
    ) -> Done<(Vec<Row>, Option<String>)> {
        let mut cond = self.matching(filter, act)?;
        let (key, down) = order_of(&filter.sort);
        if let Some(Cursor { key: last, id }) = &filter.after {
            let (last, id) = (cond.bind(*last), cond.bind(id));
            let than = if down { "<" } else { ">" };
            cond.and(&format!("({key} {than} {last} or ({key} = {last} and t.id {than} {id}))"));
        }
        let limit = cond.bind(i64::try_from(most).unwrap_or(i64::MAX - 1) + 1);
        let way = if down { "desc" } else { "asc" };
        let sql = format!(
            "select {COLUMNS}, f.class_id, f.urged, f.address, f.lat_e7, f.lng_e7, {key}
             from matter t join case_file f on f.id = t.id where {}
             order by {key} {way}, t.id {way} limit {limit}",
            cond.sql
        );
        let found = self.tx.rows(&sql, &cond.params(), found_in)?;
        let more = found.len() > most;
        let mut out = Vec::with_capacity(found.len());
        let mut names = Names::read(self)?;
        for found in found.into_iter().take(most) {
            out.push(self.row(found, &mut names)?);
        }
        let next = out.last().filter(|_| more).map(|row| format!("{}.{}", row.key, row.matter.id));
        Ok((out, next))
    }

    fn row(&self, found: Found, names: &mut Names) -> Done<Row> {
        let Found { matter, class, urged, address, point, key } = found;
        let lang = self.looker.lang;
        let offset = self.looker.district.config.offset_minutes;
        let body = names.body(self.tx, matter.body.as_ref())?;
        let class_id = class;
        let class = class_id.as_ref().and_then(|id| names.book.by_id(id));
        let stage = self.process.stage(&matter.stage);
        let guessed = clock::guessed(self.tx, &matter.id, matter.due_at)?;
        let sla = time::sla(lang, &matter, self.now);
        Ok(Row {
            number: matter.number.clone(),
            title: linli_rules::mask::mask_text(&matter.title),
            class: class.map_or_else(String::new, |class| class.title.pick(lang).to_owned()),
            class_id,
            place: names.ground.name_of_path(&matter.place_path),
            body,
            stage: stage
                .map_or_else(|| matter.stage.clone(), |s| s.title.in_lang(lang.code()).to_owned()),
            tone: tone(&matter.phase),
            sla: time::marked(lang, sla, guessed.as_deref()),
            beside: self.beside(&matter)?,
            guessed,
            opened: time::short(lang, matter.opened_at, self.now, offset),
            due: matter.due_at.map(|at| at.local_text(offset)).unwrap_or_default(),
            source: lang.say(&format!("case.source.{}", matter.source)),
            urged,
            address,
            point,
            can: Vec::new(),
            key,
            matter,
        })
    }

    /// The clock beside the stages of a case that runs out first, where that is soon or was. Its
    /// name is looked up only then, so most rows cost nothing.
    fn beside(&self, matter: &Matter) -> Done<Option<Sla>> {
        let far =
            |one: &Running| time::nearness(one.since, one.due_at, self.now) == time::Nearness::Fine;
        if matter.beside.as_ref().is_none_or(far) {
            return Ok(None);
        }
        let Some(first) = clock::running_beside(self.tx, &matter.id)?.into_iter().next() else {
            return Ok(None);
        };
        let versions = self.looker.district.processes.held(APPEAL);
        let title = versions.map_or_else(
            || first.name.clone(),
            |versions| versions.clock_title(&first.name, self.looker.lang),
        );
        Ok(Some(time::beside(self.looker.lang, &title, &first.running, self.now)))
    }

    /// What may wait for this looker, to be asked of one case after another.
    pub fn my_turns(&self) -> Vec<Turn> {
        self.turns().into_iter().map(|act| self.turn(act)).collect()
    }

    /// An act that moves cases, to be asked of one after another whether the looker may do it.
    pub fn turn(&self, act: &str) -> Turn {
        let moves = self.process.moves.iter().filter(|by| by.act == act);
        let name = format!("case.{act}");
        Turn {
            stages: moves.flat_map(|by| by.from.clone()).collect(),
            by_party: self.looker.duties.asks_for_parties(&self.looker.actor.kind, &name),
            act: name,
        }
    }

    /// Whether one of these turns is at this case, as the tab `todo` finds them.
    pub fn waits(&self, turns: &[Turn], matter: &Matter) -> Done<bool> {
        for turn in turns.iter().filter(|turn| turn.stages.contains(&matter.stage)) {
            let reach = match turn.by_party {
                true => CASES.reach(self.tx, matter.id.as_str())?,
                false => Some(matter.reach()),
            };
            if reach.is_some_and(|row| self.looker.may(&turn.act, &row)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

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
            "open" | "late" | "soon" => {
                let open = cond.any_of(&OPEN);
                cond.and(&format!("t.phase in {open}"));
                match tab {
                    "late" => {
                        let now = cond.bind(self.now);
                        cond.and(&late(&now));
                    }
                    "soon" => {
                        let now = cond.bind(self.now);
                        cond.and(&soon(&now));
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
            let body = cond.bind(body);
            cond.and(&format!("t.body_id = {body}"));
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
    fn by_office(&self) -> bool {
        let looker = self.looker;
        looker.actor.kind == OPERATOR
            || looker
                .duties
                .of(&looker.actor.kind, "case.see")
                .any(|duty| !matches!(duty.scope, Scope::Public | Scope::Own | Scope::Party))
    }

    /// Acts whose turn it is for this looker. Putting something right on the spot is the turn of
    /// whoever stands there: of the grid, not of all above it.
    fn turns(&self) -> Vec<&str> {
        let looker = self.looker;
        let here = |act: &&str| {
            let name = format!("case.{act}");
            let mut duties = looker.duties.of(&looker.actor.kind, &name);
            match *act {
                "handle_here" => duties.any(|duty| duty.scope == Scope::MyGrid),
                _ => looker.duties.has(&looker.actor, &name),
            }
        };
        offer::onward_acts(self.process).into_iter().filter(here).collect()
    }

    /// A number, words of the report or the address, the name of a place, class or body; letters
    /// are taken for pinyin and initials as well.
    fn search(&self, q: &str, cond: &mut Where) -> Done<()> {
        // Who is shown masked words is not to find out by searching what is behind the mask.
        let mut bind = |value: Value| cond.bind(value);
        let mut any = vec![find::by_all(q, &mut bind)];
        if self.by_office() {
            any.push(find::in_columns(q, &["t.number", "f.address"], &mut bind));
        }
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
        let ids = bodies.into_iter().filter(|body| meant(&body.name)).map(|body| body.id);
        let ids: Vec<Id> = ids.take(MEANT).collect();
        if !ids.is_empty() {
            let ids = cond.any_of(&ids);
            any.push(format!("t.body_id in {ids}"));
        }
        cond.and(&format!("({})", any.join(" or ")));
        Ok(())
    }
}

/// An act that takes cases onward and whose turn it may be for a looker.
pub struct Turn {
    /// As the duty list names it: `case.verify`.
    act: String,
    /// The stages it is made at.
    stages: Vec<String>,
    by_party: bool,
}

/// What the statement of a list gives for one row.
struct Found {
    matter: Matter,
    class: Option<Id>,
    urged: i64,
    address: Option<String>,
    point: Option<(i64, i64)>,
    key: i64,
}

fn found_in(row: &store::Row<'_>) -> Result<Found, store::StoreError> {
    let at = width();
    let lat: Option<i64> = row.get(at + 3)?;
    Ok(Found {
        matter: matter_from(row)?,
        class: row.get(at)?,
        urged: row.get(at + 1)?,
        address: row.get(at + 2)?,
        point: lat.zip(row.get(at + 4)?),
        key: row.get(at + 5)?,
    })
}

/// Names that many rows share.
struct Names {
    book: std::sync::Arc<Book>,
    ground: std::sync::Arc<Ground>,
    bodies: HashMap<Id, String>,
}

impl Names {
    fn read(lists: &Lists<'_, '_>) -> Done<Names> {
        Ok(Names {
            book: catalogue::book(&lists.looker.district, lists.tx)?,
            ground: territory::ground(&lists.looker.district, lists.tx)?,
            bodies: HashMap::new(),
        })
    }

    /// What a body is called; most rows of a list name one of a few.
    fn body(&mut self, tx: &ReadTx<'_>, body: Option<&Id>) -> Done<String> {
        let Some(body) = body else { return Ok(String::new()) };
        if let Some(name) = self.bodies.get(body) {
            return Ok(name.clone());
        }
        let name = remit::name_of(tx, body)?.unwrap_or_default();
        self.bodies.insert(body.clone(), name.clone());
        Ok(name)
    }
}

fn below(path: &str, cond: &mut Where) -> String {
    let (from, to) = (cond.bind(path), cond.bind(upper_bound(path)));
    format!("(t.place_path >= {from} and t.place_path < {to})")
}
