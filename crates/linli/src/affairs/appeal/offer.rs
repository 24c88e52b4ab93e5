//! The moves somebody may make with a case now, each as a form made from the procedure file.

use std::cell::OnceCell;

use linli_rules::procedure::{Call, Field, FieldKind, Move, Process};

use super::affair;
use super::answering::{self, Answering};
use super::release::Tick;
use super::unmask::SPEAKS;
use super::upload::Kept;
use super::view::{CaseView, Looker, time};
use crate::act::{Done, FieldProblem};
use crate::base::{Id, Instant};
use crate::file::MOST_PHOTOS;
use crate::matter::{Matter, Photo, Put, right_after, store as matters};
use crate::page::Problems;
use crate::store::ReadTx;

/// The guard of a move that takes a case from its body.
const ANOTHER_BODY: &str = "another_body";

/// A move as a form.
#[derive(Clone, Debug)]
pub struct MoveForm {
    pub act: String,
    pub title: String,
    /// `main`, `plain` or `warning`.
    pub weight: &'static str,
    /// What to know before it is made.
    pub before: Option<String>,
    /// Why it cannot be made now, though it is the looker's to make.
    pub not_now: Option<String>,
    pub fields: Vec<FieldView>,
    pub act_id: Id,
    pub seen: i64,
    /// It is shown unfolded: it was just refused, or is what the case needs.
    pub open: bool,
    /// Why it is what the case needs.
    pub advice: Option<String>,
    pub refused: Option<String>,
    /// It is done by speaking to the reporter.
    pub calls: bool,
    pub has_photos: bool,
    /// Photos of the case that nobody has decided about, for who may do so along with the move.
    pub ticks: Vec<Tick>,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub struct FieldView {
    /// Unique on the page: `dispatch-body`.
    pub id: String,
    pub name: String,
    pub kind: FieldKind,
    pub title: String,
    pub hint: Option<String>,
    pub required: bool,
    pub max: u32,
    pub value: String,
    /// What was looked for by name, where the form came back.
    pub find: String,
    pub groups: Vec<Group>,
    /// Photos that came with a form that was not taken.
    pub kept: Vec<Kept>,
    /// How many photos it may hold.
    pub most: usize,
    /// Whoever fills it in may make its photos public, and has ticked that.
    pub opens: Option<bool>,
    /// What is wrong with it, empty when nothing is.
    pub problem: String,
}

impl FieldView {
    pub fn is(&self, kind: &str) -> bool {
        self.kind.name() == kind
    }

    /// `aria-describedby` of the control.
    pub fn described(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let problem = (!self.problem.is_empty()).then(|| format!("{}-error", self.id));
        hint.into_iter().chain(problem).collect::<Vec<_>>().join(" ")
    }

    /// Nothing is chosen beforehand: a list then begins with the request to choose.
    pub fn unchosen(&self) -> bool {
        !self.groups.iter().flat_map(|group| &group.options).any(|option| option.chosen)
    }

    /// Few enough choices to be shown at once.
    pub fn few(&self) -> bool {
        self.groups.len() <= 1 && self.groups.iter().all(|group| group.options.len() <= 4)
    }
}

/// Choices under one heading; the heading is empty where there is only one group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub title: String,
    pub options: Vec<Choice>,
}

#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub title: String,
    pub chosen: bool,
}

/// What came back from a form that was not taken.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    pub act: String,
    pub put: Put,
    pub sentence: Option<String>,
    pub problems: Problems,
    pub act_id: Option<Id>,
}

/// Reads what the forms need, for one case and one looker.
pub struct Offers<'a, 'c> {
    pub tx: &'a ReadTx<'c>,
    pub looker: &'a Looker,
    pub process: &'a Process,
    pub case: &'a CaseView,
    pub now: Instant,
    /// Whether the looker may verify, which several moves ask.
    verifies: OnceCell<bool>,
    /// Who answers for the class, which several forms and their advice ask.
    answering: OnceCell<Answering>,
}

impl<'a, 'c> Offers<'a, 'c> {
    pub fn new(
        tx: &'a ReadTx<'c>,
        looker: &'a Looker,
        process: &'a Process,
        case: &'a CaseView,
    ) -> Offers<'a, 'c> {
        let now = looker.district.now();
        Offers {
            tx,
            looker,
            process,
            case,
            now,
            verifies: OnceCell::new(),
            answering: OnceCell::new(),
        }
    }

    /// The moves of this looker, in the order of the procedure; those that turn a case away or end
    /// it come last. Sending it back to work is one of two findings and stands beside the other.
    pub fn all(&self, refused: &Refused) -> Done<Vec<MoveForm>> {
        let matter = &self.case.matter;
        let mut acts: Vec<&str> = Vec::new();
        let mut out = Vec::new();
        for by in self.process.moves_from(&matter.stage) {
            let name = self.process.act_name(by);
            if acts.contains(&by.act.as_str()) || !self.looker.may(&name, &self.case.reach) {
                continue;
            }
            acts.push(&by.act);
            // Of several moves of one act the last is the ordinary one; the rest are chosen by
            // what is put down.
            let candidates = self.process.candidates(&by.act, &matter.stage);
            let by = candidates.last().copied().unwrap_or(by);
            if let Some(form) = self.form(by, refused)? {
                out.push(form);
            }
        }
        out.sort_by_key(|form| form.weight == "warning" && form.act != "rework");
        Ok(out)
    }

    fn form(&self, by: &Move, refused: &Refused) -> Done<Option<MoveForm>> {
        let not_now = match self.standing_in_the_way(by)? {
            Some(Obstacle::NotTheirs) => return Ok(None),
            Some(Obstacle::NotNow(why)) => Some(why),
            None => None,
        };
        let came_back = refused.act == by.act;
        let advice = self.advice(by)?;
        let nothing = Refused::default();
        let refused = if came_back { refused } else { &nothing };
        let fields = match not_now {
            Some(_) => Vec::new(),
            None => self.fields(by, refused)?,
        };
        Ok(Some(MoveForm {
            act: by.act.clone(),
            title: by.title.in_lang(self.looker.lang.code()).to_owned(),
            weight: weight(self.process, by),
            before: self.before(by)?,
            not_now,
            calls: by.needs.iter().any(|call| call.guard == SPEAKS),
            has_photos: by.record.iter().any(|field| field.kind == FieldKind::Photos),
            fields,
            act_id: refused.act_id.clone().unwrap_or_else(|| self.looker.district.new_id()),
            seen: self.case.matter.version,
            ticks: self.ticks(by, refused),
            open: came_back || advice.is_some(),
            advice,
            refused: refused.sentence.clone(),
        }))
    }

    /// The bodies that answer for the class of the case where it lies.
    pub(super) fn answering(&self) -> Done<&Answering> {
        if let Some(known) = self.answering.get() {
            return Ok(known);
        }
        let class = self.case.class.as_ref();
        let found = answering::of_matter(self.tx, class, &self.case.matter)?;
        Ok(self.answering.get_or_init(|| found))
    }

    /// A case whose body does not answer for its class is to go to another.
    fn advice(&self, by: &Move) -> Done<Option<String>> {
        let takes_away = by.needs.iter().any(|call| call.guard == ANOTHER_BODY);
        if !takes_away || !affair::is_astray(self.answering()?, &self.case.matter) {
            return Ok(None);
        }
        let class = self.case.class_title.clone().unwrap_or_default();
        Ok(Some(self.looker.lang.with("case.move.astray", &class)))
    }

    /// The looker decides which photos everyone may see.
    fn releases(&self) -> bool {
        self.case.standing.inside() && self.looker.may("case.release_photos", &self.case.reach)
    }

    /// Photos that wait for a decision are shown with the moves that bring others of their kind.
    fn ticks(&self, by: &Move, refused: &Refused) -> Vec<Tick> {
        if !by.record.iter().any(Field::takes_public_photos) {
            return Vec::new();
        }
        let waiting = self.case.ticks.iter().filter(|tick| tick.waits());
        let again =
            |tick: &Tick| Tick { released: refused.put.shown.contains(&tick.id), ..tick.clone() };
        waiting.map(again).collect()
    }

    /// The first guard that is known not to hold before anything is put down.
    fn standing_in_the_way(&self, by: &Move) -> Done<Option<Obstacle>> {
        for call in &by.needs {
            if let Some(obstacle) = self.obstacle(by, call)? {
                return Ok(Some(obstacle));
            }
        }
        Ok(None)
    }

    fn obstacle(&self, by: &Move, call: &Call) -> Done<Option<Obstacle>> {
        let (matter, lang) = (&self.case.matter, self.looker.lang);
        Ok(match call.guard.as_str() {
            "can_be_reached" if !affair::can_be_reached(self.tx, matter)? => {
                Some(Obstacle::NotTheirs)
            }
            "is_reporter" if !self.case.standing.mine => Some(Obstacle::NotTheirs),
            "not_the_handler" if !self.not_the_handler()? => {
                Some(Obstacle::NotNow(lang.say("refusal.not_the_handler")))
            }
            "not_who_rejected"
                if !affair::not_who_rejected(self.tx, matter, &self.looker.actor)? =>
            {
                Some(Obstacle::NotNow(lang.say("refusal.not_who_rejected")))
            }
            "reopen_window" => {
                let days = call.number("days").unwrap_or(7);
                let now = (self.now, self.looker.district.config.offset_minutes);
                let within = affair::within_window(self.tx, matter, days, now)?;
                (!within).then_some(Obstacle::NotTheirs)
            }
            "dispute_window" => {
                let days = call.number("days").unwrap_or(7);
                let now = (self.now, self.looker.district.config.offset_minutes);
                let may = affair::may_dispute(self.tx, matter, days, now)?;
                (!may).then_some(Obstacle::NotTheirs)
            }
            "at_most_every" => self.too_soon(by, call, matter)?,
            "right_after" => {
                let who = (&self.looker.actor, self.now);
                let theirs = right_after(self.tx, matter, call, who)?;
                (!theirs).then_some(Obstacle::NotTheirs)
            }
            "within_clock" if !matter.in_time(self.now) => {
                Some(Obstacle::NotNow(lang.say("refusal.within_clock")))
            }
            _ => None,
        })
    }

    fn not_the_handler(&self) -> Done<bool> {
        if let Some(known) = self.verifies.get() {
            return Ok(*known);
        }
        let found = affair::not_the_handler(self.tx, &self.case.matter, &self.looker.actor)?;
        Ok(*self.verifies.get_or_init(|| found))
    }

    fn too_soon(&self, by: &Move, call: &Call, matter: &Matter) -> Done<Option<Obstacle>> {
        let hours = call.number("hours").unwrap_or(0);
        let last = matters::last_by(self.tx, &matter.id, &by.act, &self.looker.actor)?;
        let again = last.map(|at| at.plus_hours(hours)).filter(|again| *again > self.now);
        let offset = self.looker.district.config.offset_minutes;
        Ok(again.map(|again| {
            let when = time::short(self.looker.lang, again, self.now, offset);
            Obstacle::NotNow(self.looker.lang.with("case.move.again_at", &when))
        }))
    }

    /// A check-list without a line is left out: the class asks for nothing.
    fn fields(&self, by: &Move, refused: &Refused) -> Done<Vec<FieldView>> {
        let fields: Done<Vec<FieldView>> =
            by.record.iter().map(|field| self.field(by, field, refused)).collect();
        let empty = |field: &FieldView| field.groups.iter().all(|group| group.options.is_empty());
        let asked = |field: &FieldView| field.kind != FieldKind::Checks || !empty(field);
        Ok(fields?.into_iter().filter(asked).collect())
    }

    fn field(&self, by: &Move, field: &Field, refused: &Refused) -> Done<FieldView> {
        let lang = self.looker.lang;
        let typed = refused.put.get(&field.name);
        let value = match (by.act.as_str(), field.name.as_str()) {
            ("dispatch", "reason") if typed.is_empty() => lang.say("desk.bulk.by_duty_list"),
            _ => typed.to_owned(),
        };
        let problem = refused.problems.at(&lang, &field.name);
        let groups = match field.kind {
            FieldKind::Choice => vec![Group {
                title: String::new(),
                options: field
                    .options
                    .iter()
                    .map(|option| Choice {
                        chosen: option.value == value,
                        value: option.value.clone(),
                        title: option.title.in_lang(lang.code()).to_owned(),
                    })
                    .collect(),
            }],
            FieldKind::Body if by.needs.iter().any(|call| call.guard == ANOTHER_BODY) => {
                self.other_bodies(&value)?
            }
            FieldKind::Body => self.bodies(&value)?,
            FieldKind::Class => self.classes(&value)?,
            FieldKind::Place => self.places()?,
            FieldKind::Duty => self.duties(&value)?,
            FieldKind::Checks => self.checks(&refused.put, &value)?,
            _ => Vec::new(),
        };
        Ok(FieldView {
            id: format!("{}-{}", by.act, field.name),
            name: field.name.clone(),
            kind: field.kind,
            title: field.title.in_lang(lang.code()).to_owned(),
            hint: field.hint.as_ref().map(|hint| hint.in_lang(lang.code()).to_owned()),
            required: field.required,
            max: field.max.unwrap_or(2000),
            value,
            find: refused.put.get(&format!("{}_find", field.name)).to_owned(),
            groups,
            kept: self.kept(&field.name, refused),
            most: most_photos(field),
            opens: (field.takes_public_photos() && self.releases())
                .then(|| refused.put.opened.contains(&field.name)),
            problem,
        })
    }

    fn kept(&self, field: &str, refused: &Refused) -> Vec<Kept> {
        let shown = |photo: &Photo| Kept::of(&self.looker.district.keys, &photo.file);
        refused.put.photos.iter().filter(|photo| photo.role == field).map(shown).collect()
    }
}

enum Obstacle {
    /// It is not theirs to make: nothing is shown.
    NotTheirs,
    /// It is theirs, but not now; said why.
    NotNow(String),
}

/// Acts of officers that take a case onward: what waits at a stage waits for one of them.
pub fn onward_acts(process: &Process) -> Vec<&str> {
    let onward = |by: &&Move| {
        let theirs = by.needs.iter().any(|call| call.guard == "is_reporter");
        !by.creates() && !theirs && weight(process, by) == "main"
    };
    let mut acts: Vec<&str> = process.moves.iter().filter(onward).map(|m| m.act.as_str()).collect();
    acts.dedup();
    acts
}

/// How many photos a field holds: as many as the procedure says, and no more than a form carries.
pub fn most_photos(field: &Field) -> usize {
    field.max.map_or(MOST_PHOTOS, |max| MOST_PHOTOS.min(max as usize))
}

/// The code in front of a place's name in a list field: `620802001 东关街道`.
pub fn code_of(value: &str) -> &str {
    value.split_whitespace().next().unwrap_or_default()
}

/// A move that takes a case onward is a main one; one that turns it away or ends it is a warning.
fn weight(process: &Process, by: &Move) -> &'static str {
    let ends = by.to.as_deref().and_then(|to| process.stage(to));
    match (by.act.as_str(), ends) {
        (
            "reject"
            | "unaccept"
            | "recall"
            | "redispatch"
            | "send_back"
            | "rework"
            | "withdraw"
            | "uphold"
            | "reopen_by_supervisor",
            _,
        ) => "warning",
        // What is asked of the reporter holds nothing up.
        ("rate_by_call", _) | (_, None) => "plain",
        (_, Some(_)) => "main",
    }
}

/// Puts problems under the ids the fields have on the page.
pub fn on_page(act: &str, problems: &[FieldProblem]) -> Vec<FieldProblem> {
    problems
        .iter()
        .map(|p| FieldProblem { field: format!("{act}-{}", p.field), ..p.clone() })
        .collect()
}
