//! The rows of the desk: one statement made of the filter, the tab and the duty list.

use std::collections::HashMap;

use linli_rules::procedure::Process;

use super::super::APPEAL;
use super::super::view::{CALL_TRIED, Disclosure, Looker, Sla, stage_title, time, tone};
use super::call;
use super::due::order_of;
use super::filter::{Cursor, Filter};
use crate::act::{Done, Refusal};
use crate::base::{Id, Instant};
use crate::catalogue::{self, Book};
use crate::matter::store::{COLUMNS, matter_from, width};
use crate::matter::{Matter, Running, clock, timeline};
use crate::people::remit;
use crate::store::{self, ReadTx};
use crate::territory::{self, Ground};

/// Rows on a page.
pub const PAGE: usize = 50;
/// A list is counted no further than this; beyond it is "more than".
pub const COUNTED: i64 = 1000;

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
    /// How often its reporter was called without a rating; counted where calls are made.
    pub called: i64,
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
    pub fn count(&self, filter: &Filter) -> Done<i64> {
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
        let (key, down) = order_of(filter);
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
            let mut row = self.row(found, &mut names)?;
            if filter.tab == call::TAB {
                row.sla = self.call_by(&row.matter)?;
                row.called = timeline::times(self.tx, &row.matter.id, CALL_TRIED)?;
            }
            out.push(row);
        }
        let next = out.last().filter(|_| more).map(|row| format!("{}.{}", row.key, row.matter.id));
        Ok((out, next))
    }

    /// All rows the looker has `act` on; refused where there are more than `most`, for a list that
    /// ends without saying so looks whole.
    pub fn whole(&self, filter: &Filter, act: &str, most: usize) -> Done<Vec<Row>> {
        match Lists::rows(self, filter, act, most)? {
            (rows, None) => Ok(rows),
            _ => Err(Refusal::new("list_too_long").with("max", most.to_string()).into()),
        }
    }

    /// A row shows no more than the page of its case.
    fn row(&self, found: Found, names: &mut Names) -> Done<Row> {
        let Found { matter, class, urged, address, point, key } = found;
        let lang = self.looker.lang;
        let offset = self.looker.district.config.offset_minutes;
        let standing = self.looker.stands(&matter.reach());
        let shows = Disclosure::of(Some(self.process), &matter.stage, standing);
        let body = matter.body.as_ref().filter(|_| shows.tells("responsible_body"));
        let body = names.body(self.tx, body)?;
        let due = matter.due_at.filter(|_| shows.tells("due"));
        let class_id = class;
        let class = class_id.as_ref().and_then(|id| names.book.by_id(id));
        let stage = self.process.stage(&matter.stage);
        let guessed = clock::guessed(self.tx, &matter.id, due)?;
        let sla = time::sla(lang, &matter, self.now).filter(|_| shows.tells("due"));
        Ok(Row {
            number: matter.number.clone(),
            title: matter.title.clone(),
            class: class.map_or_else(String::new, |class| class.title.pick(lang).to_owned()),
            class_id,
            place: names.ground.name_of_path(&matter.place_path),
            body,
            stage: stage_title(lang, &matter, stage),
            tone: tone(&matter.phase),
            sla: time::marked(lang, sla, guessed.as_deref()),
            beside: if standing.inside() { self.beside(&matter)? } else { None },
            guessed,
            opened: time::short(lang, matter.opened_at, self.now, offset),
            due: due.map(|at| at.local_text(offset)).unwrap_or_default(),
            source: lang.say(&format!("case.source.{}", matter.source)),
            urged,
            called: 0,
            address: address.filter(|_| standing.exact()),
            point: point.filter(|_| standing.exact()),
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
pub(super) struct Names {
    pub book: std::sync::Arc<Book>,
    pub ground: std::sync::Arc<Ground>,
    bodies: HashMap<Id, String>,
}

impl Names {
    pub fn read(lists: &Lists<'_, '_>) -> Done<Names> {
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
