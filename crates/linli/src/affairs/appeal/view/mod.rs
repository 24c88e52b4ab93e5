//! A case as its reader may see it: masked for whom the rest is not, in plain words for all.

mod brief;
pub mod disclose;
mod limits;
pub mod own;
mod rating;
pub mod standing;
pub mod time;
mod timeline;

use linli_rules::procedure::{Link, Process, Stage};

pub use brief::{Brief, brief};
pub use disclose::{Disclosure, Shot};
pub use rating::{BY_CALL, CALL_TRIED};
pub use standing::{BY_OFFICE, INSPECT, Looker, Standing};
pub use time::{ClockLine, Sla};
pub use timeline::{EntryView, PhotoView, PutDown, told};

use self::brief::{Sight, body_of, sight};
use super::release::{self, Tick};
use super::{APPEAL, CaseFile, TO_BE_RATED, closing, kit, store, unmask};
use crate::act::{Done, Failure, Reach, Refusal};
use crate::base::{Id, Instant};
use crate::calendar::Worktime;
use crate::catalogue::{self, Class, Standard, gloss};
use crate::district;
use crate::matter::{Kit, Matter, Running, clock, store as matters, timeline as lines};
use crate::notice;
use crate::people::{self, remit};
use crate::store::ReadTx;
use crate::territory::{self, Point};
use crate::words::Lang;

/// Acts whose record is the reply that stands on the case.
const REPLIES: [&str; 3] = ["answer", "handle_here", "reject"];

/// Everything a page of one case shows to one reader.
#[derive(Clone, Debug)]
pub struct CaseView {
    pub matter: Matter,
    pub reach: Reach,
    pub standing: Standing,
    pub title: String,
    pub words: String,
    /// The `lang` attribute of its words.
    pub language: &'static str,
    pub class: Option<Class>,
    /// The standard of the class that it is handled by.
    pub standard: Option<Standard>,
    pub class_title: Option<String>,
    /// Street, community, grid, as people say them.
    pub place: String,
    pub address: Option<String>,
    /// Degrees × 10⁷, latitude first.
    pub point: Option<(i64, i64)>,
    pub source: String,
    pub opened: String,
    pub stage: String,
    pub plain: String,
    /// Colour of the stage's chip.
    pub tone: &'static str,
    /// The act by which it was reported, whose receipt is its reporter's.
    pub receipt: Option<Id>,
    pub links: Vec<LinkView>,
    pub sla: Option<Sla>,
    pub due: Option<String>,
    /// What the due time is the limit of: not of the whole case but of the step it is at.
    pub due_title: String,
    /// When the whole of it is done at the latest, if each step takes all its time.
    pub expected: Option<String>,
    /// How long handling may take by the standard of its class, and from when on.
    pub limit: Option<String>,
    /// Years whose holidays the due time had to do without: it is a guess, and must be told as one.
    pub guessed: Option<String>,
    pub body: Option<String>,
    pub reporter: Option<Reporter>,
    /// Numbers in its words are masked, and the looker may open them with a reason.
    pub hides: bool,
    /// Questions of the class with what was answered.
    pub answers: Vec<(String, String)>,
    pub reply: Option<String>,
    /// When the reply was given, where the case was taken up again since.
    pub reply_before: Option<String>,
    pub rating: Vec<(String, String)>,
    /// When it was rated, where the case was taken up again since.
    pub rated_before: Option<String>,
    /// The rating was asked for by telephone.
    pub rated_by_call: bool,
    unsolved: bool,
    pub closing: Vec<String>,
    /// The clocks that run beside its stages, such as that of the first contact.
    pub beside: Vec<Sla>,
    pub urged: i64,
    pub returned: i64,
    pub reopened: i64,
    pub timeline: Vec<EntryView>,
    pub clocks: Vec<ClockLine>,
    pub notices: Vec<NoticeLine>,
    /// Its photos, for whoever decides which of them are public.
    pub ticks: Vec<Tick>,
}

impl CaseView {
    /// Whether the present step should have been done by now.
    pub fn late(&self) -> bool {
        self.sla.as_ref().is_some_and(|sla| sla.tone == "red")
    }

    /// Photos that came with the reply, those this reader may see: what it says was done.
    pub fn reply_photos(&self) -> &[PhotoView] {
        let newest = self.timeline.iter().find(|entry| REPLIES.contains(&entry.act.as_str()));
        newest.map_or(&[], |entry| &entry.photos)
    }

    /// The pin of the case, as the map's script reads it: numbers only, so nothing to escape.
    pub fn on_map(&self) -> Option<String> {
        let (lat, lng) = self.point?;
        let (lat, lng) = (Point::degrees(lat), Point::degrees(lng));
        Some(format!(r#"{{"points":[{{"lat":{lat},"lng":{lng}}}],"fit":true}}"#))
    }
}

/// One of the seven links everyone is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    pub title: String,
    /// `done`, `now` or `next`.
    pub state: &'static str,
}

/// Who reported it, as far as the office sees without saying why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporter {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// The looker may ask for the full name and number, with a reason.
    pub may_unmask: bool,
}

/// A notice that was sent about the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeLine {
    pub title: String,
    pub channel: String,
    pub when: String,
    pub sent: bool,
    /// There were enough text messages already.
    pub held: bool,
    /// How many people were told.
    pub to: i64,
}

/// The case with this number, as the looker may see it; hidden where they may not.
pub fn look(tx: &ReadTx<'_>, looker: &Looker, number: &str) -> Done<CaseView> {
    let id = matters::id_of(tx, number)?.ok_or(Failure::Hidden)?;
    let Sight { matter, reach, standing } = sight(tx, looker, &id)?;
    let file = store::known(tx, &id)?;
    let known = kit(&looker.district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let class = match &file.class {
        Some(class) => catalogue::store::by_id(tx, class)?,
        None => None,
    };
    let standard = match &file.standard {
        Some(standard) => catalogue::store::standard(tx, standard)?,
        None => None,
    };
    let now = looker.district.now();
    let stage = known.process.stage(&matter.stage);
    let process = &known.process;
    let contact = people::store::contact(tx, &id)?;
    let own = disclose::kept_back(tx, looker, standing, (matter.owner.as_ref(), contact.as_ref()))?;
    let shows = Disclosure::of(Some(process), &matter.stage, standing).without(&own);
    let versions = looker.district.processes.held(APPEAL);
    let versions = versions.ok_or_else(|| Refusal::new("no_procedure"))?;
    let clocks = clock::clocks(tx, &id)?;
    let (entries, photos) = (lines::entries(tx, &id)?, lines::attached(tx, &id)?);
    let sheet = Sheet {
        tx,
        looker,
        standing,
        shows,
        process,
        versions,
        stage,
        file,
        contact,
        class,
        standard,
        clocks,
        entries,
        photos,
        now,
    };
    sheet.view(matter, reach, &known)
}

/// What a stage is called. A case that nobody reported under their name waits for no rating.
pub fn stage_title(lang: Lang, matter: &Matter, stage: Option<&Stage>) -> String {
    if unrated(matter) {
        return lang.say("public.phase.closed");
    }
    stage.map_or_else(|| matter.stage.clone(), |s| s.title.in_lang(lang.code()).to_owned())
}

/// What a stage means, in a sentence, to its reporter or to others.
pub fn stage_told(lang: Lang, matter: &Matter, stage: Option<&Stage>, mine: bool) -> String {
    if unrated(matter) {
        return lang.say("case.closed_for_good");
    }
    stage.map_or_else(String::new, |s| s.told(mine).in_lang(lang.code()).to_owned())
}

fn unrated(matter: &Matter) -> bool {
    matter.stage == TO_BE_RATED && matter.owner.is_none()
}

/// What a view is filled in from.
struct Sheet<'a, 'c> {
    tx: &'a ReadTx<'c>,
    looker: &'a Looker,
    standing: Standing,
    shows: Disclosure<'a>,
    process: &'a Process,
    /// The procedure and its versions of before.
    versions: district::Standing,
    stage: Option<&'a Stage>,
    file: CaseFile,
    /// What the reporter left to be reached by.
    contact: Option<people::store::Contact>,
    class: Option<Class>,
    standard: Option<Standard>,
    clocks: Vec<clock::ClockView>,
    entries: Vec<lines::Entry>,
    photos: Vec<lines::Attached>,
    now: Instant,
}

impl Sheet<'_, '_> {
    fn view(&self, matter: Matter, reach: Reach, kit: &Kit) -> Done<CaseView> {
        let (tx, lang, file) = (self.tx, self.looker.lang, &self.file);
        let exact = self.standing.exact();
        let due = matter.due_at.filter(|_| self.open("due"));
        let guessed = clock::guessed(tx, &matter.id, due)?;
        let expected = self.expected(kit, &matter)?;
        let rated_by = self.rated_by();
        let sla = time::sla(lang, &matter, self.now).filter(|_| self.open("due"));
        Ok(CaseView {
            title: matter.title.clone(),
            words: self.words(&file.words),
            language: Lang::from_code(&file.language).unwrap_or_default().tag(),
            class_title: self.class.as_ref().map(|class| class.title.pick(lang).to_owned()),
            place: territory::name_of_path(&self.looker.district, tx, &matter.place_path)?,
            address: file.address.clone().filter(|_| exact),
            point: file.lat_e7.zip(file.lng_e7).filter(|_| exact),
            source: lang.say(&format!("case.source.{}", matter.source)),
            opened: self.short(matter.opened_at),
            stage: stage_title(lang, &matter, self.stage),
            plain: stage_told(lang, &matter, self.stage, self.standing.mine),
            tone: tone(&matter.phase),
            receipt: self.receipt(),
            links: self.links(),
            sla: time::marked(lang, sla, guessed.as_deref()),
            guessed: match &expected {
                Some(expected) => expected.and_guessed(guessed),
                None => guessed,
            },
            due_title: self.due_title(),
            expected: expected.map(|expected| self.short(expected.at)),
            due: due.map(|at| self.short(at)),
            limit: self.limit(),
            body: body_of(tx, self.shows, &matter)?,
            reporter: self.reporter(&matter, &reach)?,
            answers: self.answers(),
            reply: file.answer.as_deref().filter(|_| self.open("reply")).map(|r| self.words(r)),
            reply_before: self.reply_before(&matter),
            rated_by_call: rated_by == rating::BY_CALL,
            unsolved: file.solved.as_deref() == Some("no") && self.open("rating"),
            rated_before: self.rated_before(&matter),
            rating: if self.open("rating") { self.rating(rated_by) } else { Vec::new() },
            closing: self.closing(),
            beside: self.beside(),
            urged: file.urged,
            returned: file.returned,
            reopened: file.reopened,
            timeline: self.timeline(&matter)?,
            clocks: self.clocks(&kit.worktime)?,
            notices: self.notices(&matter)?,
            hides: self.hides(&reach),
            ticks: release::ticks(self.looker, self.standing, &reach, &self.photos),
            standing: self.standing,
            class: self.class.clone(),
            standard: self.standard.clone(),
            reach,
            matter,
        })
    }

    /// A case that is handled again has no answer yet: what was said the last time is past.
    fn reply_before(&self, matter: &Matter) -> Option<String> {
        let again = ["reported", "open", "waiting"].contains(&matter.phase.as_str());
        self.file.answered_at.filter(|_| again).map(|at| self.short(at))
    }

    /// Whether numbers are masked here that the looker may open.
    fn hides(&self, reach: &Reach) -> bool {
        let may = self.standing.inside() && self.looker.may("case.unmask", reach);
        may && !self.standing.words() && disclose::holds_numbers(&self.file, &self.entries)
    }

    fn open(&self, item: &str) -> bool {
        self.shows.tells(item)
    }

    fn words(&self, text: &str) -> String {
        self.shows.words(text)
    }

    fn short(&self, at: Instant) -> String {
        self.looker.short(at, self.now)
    }

    fn timeline(&self, matter: &Matter) -> Done<Vec<EntryView>> {
        let told = timeline::Telling {
            looker: self.looker,
            standing: self.standing,
            tx: self.tx,
            versions: &self.versions,
            clocks: &self.clocks,
            matter,
            shows: self.shows,
            now: self.now,
            spot: self.file.lat_e7.zip(self.file.lng_e7).map(|(lat, lng)| Point::new(lat, lng)),
        };
        told.timeline(&self.entries, &self.photos)
    }

    fn receipt(&self) -> Option<Id> {
        let first = self.entries.first().filter(|_| self.standing.mine)?;
        Some(first.act_id.clone())
    }

    fn links(&self) -> Vec<LinkView> {
        let here = self.stage.and_then(|stage| stage.link);
        let lang = self.looker.lang.code();
        // The office knows the links by their names in the standard, everyone else by plain ones.
        let title = |link: Link| match self.standing.inside() {
            true => link.title().in_lang(lang).to_owned(),
            false => link.plain().in_lang(lang).to_owned(),
        };
        let at = here.and_then(|here| Link::ALL.iter().position(|(_, link)| *link == here));
        let done = self.stage.is_some_and(|stage| stage.phase.is_final());
        let state = |n: usize| match at {
            Some(at) if n < at || (n == at && done) => "done",
            Some(at) if n == at || (n == at + 1 && done && self.leads_to(Link::ALL[n].1)) => "now",
            _ => "next",
        };
        let all = Link::ALL.iter().enumerate();
        all.map(|(n, (_, link))| LinkView { title: title(*link), state: state(n) }).collect()
    }

    /// Whether some move leads from here to a stage of this link: a closed case waits for its
    /// rating, a rejected one for nothing.
    fn leads_to(&self, link: Link) -> bool {
        let Some(here) = self.stage else { return false };
        let from_here = self.process.moves.iter().filter(|one| one.from.contains(&here.id));
        from_here
            .filter_map(|one| self.process.stage(one.to.as_deref()?))
            .any(|stage| stage.link == Some(link))
    }

    /// Masked, and only for those who handle the case; never for the body complained of.
    fn reporter(&self, matter: &Matter, reach: &Reach) -> Done<Option<Reporter>> {
        if !self.standing.inside() {
            return Ok(None);
        }
        let person = match &matter.owner {
            Some(owner) => remit::masked(self.tx, owner)?,
            None => None,
        };
        let left = self.contact.as_ref();
        if person.is_none() && left.is_none() {
            return Ok(None);
        }
        let (name, phone) = person.unzip();
        let name = left.and_then(|left| left.name.clone()).or(name);
        Ok(Some(Reporter {
            name: name.unwrap_or_else(|| self.looker.lang.say("case.no_name")),
            phone: left.and_then(|left| left.phone.clone()).or(phone.flatten()),
            email: left.and_then(|left| left.email.clone()),
            may_unmask: self.may_call(matter, reach),
        }))
    }

    /// The looker may open how the reporter is reached: by a duty of their own, and at a stage at
    /// which they may speak to them.
    fn may_call(&self, matter: &Matter, reach: &Reach) -> bool {
        let may = |act: &str| self.looker.may(act, reach);
        may("case.unmask_contact") && unmask::speaks(self.process, &matter.stage, may)
    }

    fn closing(&self) -> Vec<String> {
        if !self.standing.times() {
            return Vec::new();
        }
        let lines = closing::lines(self.standard.as_ref());
        lines.iter().map(|line| gloss::said(self.looker.lang, line)).collect()
    }

    /// For those who handle it: what is still to be done beside its stages, and until when.
    fn beside(&self) -> Vec<Sla> {
        if !self.standing.inside() {
            return Vec::new();
        }
        let chip = |clock: &clock::ClockView| {
            let title = self.versions.clock_title(&clock.name, self.looker.lang);
            let running = Running { since: clock.started_at, due_at: clock.due_at };
            time::beside(self.looker.lang, &title, &running, self.now)
        };
        self.clocks.iter().filter(|clock| clock.runs_beside()).map(chip).collect()
    }

    fn clocks(&self, worktime: &Worktime) -> Done<Vec<ClockLine>> {
        if !self.standing.times() {
            return Ok(Vec::new());
        }
        let told = time::Told {
            lang: self.looker.lang,
            tx: self.tx,
            worktime,
            versions: &self.versions,
            offset: self.looker.district.config.offset_minutes,
            now: self.now,
        };
        Ok(told.clocks(&self.clocks)?)
    }

    fn notices(&self, matter: &Matter) -> Done<Vec<NoticeLine>> {
        if !self.standing.inside() {
            return Ok(Vec::new());
        }
        let lang = self.looker.lang;
        let line = |sent: notice::Sent| NoticeLine {
            title: lang.say(&format!("case.told.{}", sent.kind.trim_start_matches("case."))),
            channel: lang.say(&format!("case.channel.{}", sent.channel)),
            when: self.short(sent.at),
            sent: sent.sent,
            held: sent.held,
            to: sent.to,
        };
        Ok(notice::about(self.tx, &matter.id)?.into_iter().map(line).collect())
    }
}

/// The colour of a stage's chip; the words beside it say the same.
pub fn tone(phase: &str) -> &'static str {
    match phase {
        "reported" => "blue",
        "open" | "waiting" => "teal",
        "answered" => "blue",
        _ => "plain",
    }
}
