//! Cases as programs read them: one query for Open311 and for our own interface, always under the
//! duty list of whoever asks.

use std::collections::{HashMap, HashSet};

use linli_rules::mask::{mask_public, mask_text};

use super::narrow::Narrow;
use crate::act::{Actor, Done, DutyList};
use crate::affairs::appeal::view::disclose::{
    By, Disclosure, Shot, TOLD_TO_ALL, Told, made_by, rounded, who,
};
use crate::affairs::appeal::view::{Looker, Standing};
use crate::affairs::appeal::{APPEAL, kit};
use crate::base::secret::Keys;
use crate::base::{Id, Instant};
use crate::catalogue::{self, Pair};
use crate::district::District;
use crate::matter::pace::{Outlook, Pace};
use crate::matter::{CASES, Matter, clock, store as matters};
use crate::params;
use crate::people::store as people;
use crate::store::{Param, ReadTx, Row, StoreError, Value};
use crate::words::Lang;

/// A case with what stands around it.
#[derive(Clone, Debug)]
pub struct CaseRow {
    pub matter: Matter,
    pub words: String,
    pub address: Option<String>,
    pub lat_e7: Option<i64>,
    pub lng_e7: Option<i64>,
    pub answer: Option<String>,
    pub answered_at: Option<Instant>,
    pub reopened: i64,
    pub class_code: Option<String>,
    pub class_title: Pair,
    pub class_group: Pair,
    pub body: Option<String>,
    pub place: Option<String>,
    pub place_code: Option<String>,
    /// The newest photo that everyone may see.
    pub photo: Option<String>,
    /// Years whose holidays the due time does without, and what is expected: `2027`.
    pub guessed: Option<String>,
    /// By when the whole of it is done; see [`Outlook::expected`].
    pub expected: Option<Instant>,
    standard: Option<Id>,
    names: people::SealedNames,
}

impl CaseRow {
    /// 结束: closed or withdrawn.
    pub fn ended(&self) -> bool {
        matches!(self.matter.phase.as_str(), "closed" | "withdrawn")
    }

    /// Where it is, in words: the address, or the place where none was given.
    pub fn whereabouts(&self) -> Option<&str> {
        self.address.as_deref().or(self.place.as_deref())
    }

    /// The names of the reporter, to take them out of what everyone reads.
    pub fn own_names(&self, keys: &Keys) -> Vec<String> {
        self.names.opened(keys)
    }

    /// For those who are not concerned: without phones, numbers and addresses of mail, and no
    /// nearer to anybody's door than a hundred metres.
    #[must_use]
    pub fn masked(mut self, own_names: &[String]) -> CaseRow {
        let names = || own_names.iter().map(String::as_str);
        self = self.with_words(|text| mask_public(text, names()));
        self.address = self.address.and(self.place.clone());
        self.lat_e7 = self.lat_e7.map(rounded);
        self.lng_e7 = self.lng_e7.map(rounded);
        self
    }

    /// For the office: where it is exactly, but no numbers in the words. They are opened one case
    /// at a time, for a reason.
    fn without_numbers(self) -> CaseRow {
        self.with_words(mask_text)
    }

    fn with_words(mut self, mask: impl Fn(&str) -> String) -> CaseRow {
        self.words = mask(&self.words);
        self.answer = self.answer.map(|text| mask(&text));
        self
    }

    /// As the looker may see it who may see it at all, and how they stand towards it.
    pub fn shown_to(self, looker: &Looker) -> (CaseRow, Standing) {
        let standing = looker.stands(&self.matter.reach());
        let process = looker.district.process(APPEAL);
        let shows = Disclosure::of(process.as_deref(), &self.matter.stage, standing);
        let mut row = match (standing.words(), standing.exact()) {
            (true, _) => self,
            (false, true) => self.without_numbers(),
            (false, false) => {
                let own = self.own_names(&looker.district.keys);
                self.masked(&own)
            }
        };
        row.matter.due_at = row.matter.due_at.filter(|_| shows.tells("due"));
        row.expected = row.expected.filter(|_| shows.tells("due"));
        row.body = row.body.filter(|_| shows.tells("responsible_body"));
        row.photo = row.photo.filter(|_| shows.photo(Shot::RELEASED));
        if !shows.tells("reply") {
            (row.answer, row.answered_at) = (None, None);
        }
        (row, standing)
    }
}

/// A stretch of time, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub from: Option<Instant>,
    pub to: Option<Instant>,
}

/// A square around a point, in degrees × 10⁷.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Square {
    pub south: i64,
    pub north: i64,
    pub west: i64,
    pub east: i64,
}

/// Which cases are asked for; what is left empty does not narrow.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub numbers: Vec<String>,
    pub classes: Vec<String>,
    pub opened: Span,
    pub updated: Span,
    /// Only of classes that everyone may see.
    pub public_class: bool,
    /// Running or ended.
    pub running: Option<bool>,
    pub stage: Option<String>,
    pub place_path: Option<String>,
    /// Only what this person reported.
    pub owner: Option<Id>,
    /// Only what this person follows.
    pub follower: Option<Id>,
    pub square: Option<Square>,
    /// Those that come after this one, newest first.
    pub after: Option<(Instant, Id)>,
    pub limit: i64,
    pub offset: i64,
}

/// The cases an actor may see, newest first.
pub fn list(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    wanted: &Wanted,
) -> Done<Vec<CaseRow>> {
    list_for(tx, duties, actor, "case.see", wanted)
}

/// By when each of them is done, for those who show it.
pub fn reckon(tx: &ReadTx<'_>, district: &District, rows: &mut [CaseRow]) -> Done<()> {
    let Some(kit) = kit(district) else { return Ok(()) };
    let mut outlook = Outlook::new(&kit, district.now());
    let mut paces: HashMap<Option<Id>, Pace> = HashMap::new();
    for row in rows {
        if !outlook.is_open(&row.matter) {
            continue;
        }
        let pace = match paces.get(&row.standard) {
            Some(pace) => *pace,
            None => {
                let pace = catalogue::store::pace(tx, row.standard.as_ref())?;
                paces.insert(row.standard.clone(), pace);
                pace
            }
        };
        if let Some(expected) = outlook.expected(tx, &row.matter, &pace)? {
            row.guessed = expected.and_guessed(row.guessed.take());
            row.expected = Some(expected.at);
        }
    }
    Ok(())
}

/// The cases an actor may see and do this to, newest first.
pub fn list_for(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    act: &str,
    wanted: &Wanted,
) -> Done<Vec<CaseRow>> {
    let mut values = Vec::new();
    let seen = duties.filter_seen(actor, act, &CASES, &mut values);
    let mut narrow = Narrow { sql: String::new(), values };
    narrow.by(wanted);
    let Narrow { sql: narrowed, mut values } = narrow;
    values.extend([Value::Int(wanted.limit), Value::Int(wanted.offset)]);
    let (limit, offset) = (values.len() - 1, values.len());
    let (columns, sealed) = (matters::COLUMNS, people::sealed_names("t.owner_id", "t.id"));
    let sql = format!(
        "select {columns}, f.words, f.address, f.lat_e7, f.lng_e7, f.answer, f.reopened, c.code,
                c.title_zh, c.title_en, c.group_zh, c.group_en, b.name, p.name, p.code,
                (select a.file_id from attachment a
                 where a.matter_id = t.id and a.released_at is not null
                 order by a.at desc, a.id desc limit 1), f.answered_at, f.standard_id, {sealed}
         from matter t
         join case_file f on f.id = t.id
         left join class c on c.id = f.class_id
         left join body b on b.id = t.body_id
         left join place p on p.id = t.place_id
         where t.kind = 'case' and {seen}{narrowed}
         order by t.opened_at desc, t.id desc limit ${limit} offset ${offset}"
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    let mut rows = tx.rows(&sql, &params, case_from)?;
    for row in &mut rows {
        row.guessed = clock::guessed(tx, &row.matter.id, row.matter.due_at)?;
    }
    Ok(rows)
}

/// How many cases an actor may see and do this to, or how many steps those have, counted no further
/// than `most`.
pub fn count_for(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    act: &str,
    (steps, most): (bool, i64),
) -> Done<i64> {
    let mut values = Vec::new();
    let may = duties.filter_seen(actor, act, &CASES, &mut values);
    values.push(Value::Int(most));
    let (of, limit) = (if steps { "join entry e on e.matter_id = t.id" } else { "" }, values.len());
    let sql = format!(
        "select count(*) from (select t.id from matter t {of}
         where t.kind = 'case' and {may} limit ${limit}) counted"
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(tx.count(&sql, &params)?)
}

/// The cases reported between two times, both included, that an actor may see and do this to.
pub fn ids_between(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    act: &str,
    (from, to): (Instant, Instant),
) -> Done<HashSet<Id>> {
    let mut values = Vec::new();
    let may = duties.filter_seen(actor, act, &CASES, &mut values);
    let mut narrow = Narrow { sql: String::new(), values };
    narrow.within("t.opened_at", Span { from: Some(from), to: Some(to) });
    let Narrow { sql: narrowed, values } = narrow;
    let sql = format!(
        "select t.id from matter t where t.kind = 'case' and {may}{narrowed} order by t.id"
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(tx.rows(&sql, &params, |row| row.get::<Id>(0))?.into_iter().collect())
}

fn case_from(row: &Row<'_>) -> Result<CaseRow, StoreError> {
    let at = matters::width();
    let text = |nth: usize| -> Result<String, StoreError> {
        Ok(row.get::<Option<String>>(at + nth)?.unwrap_or_default())
    };
    Ok(CaseRow {
        matter: matters::matter_from(row)?,
        words: row.get(at)?,
        address: row.get(at + 1)?,
        lat_e7: row.get(at + 2)?,
        lng_e7: row.get(at + 3)?,
        answer: row.get(at + 4)?,
        reopened: row.get(at + 5)?,
        class_code: row.get(at + 6)?,
        class_title: Pair { zh: text(7)?, en: text(8)? },
        class_group: Pair { zh: text(9)?, en: text(10)? },
        body: row.get(at + 11)?,
        place: row.get(at + 12)?,
        place_code: row.get(at + 13)?,
        photo: row.get(at + 14)?,
        guessed: None,
        expected: None,
        answered_at: row.get(at + 15)?,
        standard: row.get(at + 16)?,
        names: people::SealedNames::from_row(row, at + 17)?,
    })
}

/// A line of a case's timeline that may be told to anyone who sees the case.
#[derive(Clone, Debug)]
pub struct Step {
    /// The act that made it.
    pub id: Id,
    pub number: String,
    pub act: String,
    pub at: Instant,
    pub from_stage: Option<String>,
    pub stage: String,
    /// Who made it, as it was put down.
    pub by: String,
    actor: Option<Id>,
    owner: Option<Id>,
    names: people::SealedNames,
    pub said: Option<String>,
    /// A photo of this step that everyone may see.
    pub photo: Option<String>,
    /// Everything put down, as JSON.
    facts: String,
    /// Where the case is now.
    now: String,
}

impl Step {
    /// As it may be told to this reader, who stands thus towards the case; nothing where the page
    /// of the case does not tell them of it either.
    pub fn shown_to(
        mut self,
        district: &District,
        (standing, reader): (Standing, Option<&Id>),
    ) -> Option<Step> {
        let process = district.process(APPEAL);
        let own = match standing.outside() {
            true => self.names.opened(&district.keys),
            false => Vec::new(),
        };
        let shows = Disclosure::of(process.as_deref(), &self.now, standing);
        let shows = shows.without(&own);
        let line = Told {
            act: &self.act,
            from: self.from_stage.as_deref(),
            to: &self.stage,
            said: self.said.as_deref(),
            facts: &self.facts,
        };
        let said = shows.said(&line);
        let own = self.actor.is_some() && self.actor.as_ref() == reader;
        let told = shows.line(&line, own, said.is_some() || self.photo.is_some());
        self.said = said;
        self.photo = self.photo.filter(|_| shows.photo(Shot::RELEASED));
        told.then_some(self)
    }

    /// Who made it, as the page of the case says it.
    pub fn who(&self, lang: Lang, standing: Standing) -> String {
        let (person, owner) = (self.actor.as_ref(), self.owner.as_ref());
        who(lang, standing, &By { person, owner, label: &self.by })
    }

    /// What was done, as the page of the case says it.
    pub fn title(&self, district: &District, lang: Lang) -> String {
        let told = Told {
            act: &self.act,
            from: self.from_stage.as_deref(),
            to: &self.stage,
            said: None,
            facts: &self.facts,
        };
        let versions = district.processes.held(APPEAL);
        let by = versions.as_ref().and_then(|versions| made_by(versions, &told));
        by.map_or(self.act.as_str(), |by| by.title.in_lang(lang.code())).to_owned()
    }
}

/// What a step is called outside: not by its act, whose leaf everybody can read
/// (docs/decisions/10-what-a-leaf-shows.md).
pub fn step_name(keys: &Keys, act: &Id) -> String {
    let mut name = keys.blind("step", act.as_str());
    name.truncate(32);
    name
}

/// What is read of a step, as [`step_from`] takes it.
fn step_columns() -> String {
    format!(
        "e.act_id, t.number, e.move, e.at, e.from_stage, e.to_stage, e.actor_label, e.said,
         (select max(a.file_id) from attachment a
          where a.entry_id = e.id and a.released_at is not null), e.facts, t.stage,
         e.actor_id, t.owner_id, {}",
        people::sealed_names("t.owner_id", "t.id")
    )
}

/// The steps of one case, first to last; [`Step::shown_to`] says who is told of which.
pub fn steps(tx: &ReadTx<'_>, matter: &Id) -> Result<Vec<Step>, StoreError> {
    let columns = step_columns();
    let sql = format!(
        "select {columns} from entry e join matter t on t.id = e.matter_id
         where e.matter_id = $1 order by e.at, e.id"
    );
    tx.rows(&sql, params![*matter], step_from)
}

/// Steps of all the cases of public classes that an actor may see, within a stretch of time,
/// oldest first: those that everyone is told of.
pub fn steps_between(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    span: Span,
    (limit, offset): (i64, i64),
) -> Done<Vec<Step>> {
    let mut values = Vec::new();
    let seen = duties.filter(actor, "case.see", &CASES, &mut values);
    let mut narrow = Narrow { sql: String::new(), values };
    narrow.within("e.at", span);
    let (limit, offset) = (narrow.bind(limit), narrow.bind(offset));
    let Narrow { sql: narrowed, values } = narrow;
    let columns = step_columns();
    let sql = format!(
        "select {columns}
         from entry e join matter t on t.id = e.matter_id
         join case_file f on f.id = t.id
         join class c on c.id = f.class_id and c.publicity = 'public'
         where t.kind = 'case' and {seen}{narrowed} and {TOLD_TO_ALL}
         order by e.at, e.id limit {limit} offset {offset}"
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(tx.rows(&sql, &params, step_from)?)
}

fn step_from(row: &Row<'_>) -> Result<Step, StoreError> {
    Ok(Step {
        id: row.get(0)?,
        number: row.get(1)?,
        act: row.get(2)?,
        at: row.get(3)?,
        from_stage: row.get(4)?,
        stage: row.get(5)?,
        by: row.get(6)?,
        said: row.get(7)?,
        photo: row.get(8)?,
        facts: row.get(9)?,
        now: row.get(10)?,
        actor: row.get(11)?,
        owner: row.get(12)?,
        names: people::SealedNames::from_row(row, 13)?,
    })
}
