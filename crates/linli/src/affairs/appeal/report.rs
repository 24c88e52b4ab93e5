//! 反映: a report, made ready before the door.
//!
//! The class and the place are worked out first; inside the door the procedure decides.

use linli_rules::mask::mask_public;
use serde::{Deserialize, Serialize};

use super::closing::CHECKED;
use super::find::open_words;
use super::{APPEAL, CaseFile, OFFICE_ONLY, answers, kit, store};
use crate::act::{Acting, Done, DutyList, Errand, Failure, FieldProblem, Reach, Refusal};
use crate::base::{Id, Instant, text};
use crate::catalogue::{self, Class};
use crate::district::District;
use crate::matter::{Begin, Facts, Matter, Pace, Photo, Put};
use crate::people::sealed::SealedContact;
use crate::people::{self, remit};
use crate::store::ReadTx;
use crate::territory;
use crate::words::Lang;

/// The longest description we take.
pub const WORDS_MAX: usize = 4000;
/// The longest address in words.
pub const ADDRESS_MAX: usize = 200;
/// Where a clerk writes down what somebody says, and their number with it, which nobody has proved.
pub const COUNTER: &str = "counter";
/// The act of who has seen something. What is put right at once is asked no questions.
const REPORT: &str = "report";
/// The longest title made of the words.
const TITLE_MAX: usize = 40;

/// What somebody reports, from whatever channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub words: String,
    /// The code of a class; proposed from the words where it is left out.
    pub class: Option<String>,
    /// The code of a place.
    pub place: Option<String>,
    pub address: Option<String>,
    /// Degrees × 10⁷, WGS-84.
    pub lat_e7: Option<i64>,
    pub lng_e7: Option<i64>,
    /// Answers to the questions of the class: code → value.
    #[serde(default)]
    pub answers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub photos: Vec<Photo>,
    /// Fields whose photos everyone may see from the beginning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<String>,
    /// Lines of the closing list that were seen to, where it was put right at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checked: Vec<String>,
    /// `web`, `counter`, `field`, `open311`, `import`, `api`.
    pub source: String,
    pub language: String,
    /// The reporter; none for an anonymous report.
    pub owner: Option<Id>,
    pub about_body: Option<Id>,
    pub external_id: Option<String>,
    /// News by text message, to the number of the owner.
    #[serde(default)]
    pub texts: bool,
    /// How the reporter may be reached about this case, where they left it with the report.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub contact: Option<SealedContact>,
    /// Somebody answers for a report that has no owner: an officer on their round, or an office
    /// whose program was told how to reach the reporter.
    #[serde(default)]
    pub vouched: bool,
}

/// Ids fixed before the door, so that a repeat makes the same case.
pub struct Fixed {
    pub case: Id,
    pub number: String,
    pub now: Instant,
}

struct CaseFacts {
    file: CaseFile,
    contact: Option<SealedContact>,
}

impl Facts for CaseFacts {
    /// Who left a way to be reached is to be spoken to within a day.
    fn write_first(&self, cx: &mut Acting<'_, '_>, matter: &Matter) -> Done<()> {
        match &self.contact {
            Some(contact) => {
                people::store::insert_contact(cx, &matter.id, matter.owner.as_ref(), contact)
            }
            None => Ok(()),
        }
    }

    fn pace(&self, tx: &ReadTx<'_>) -> Done<Pace> {
        Ok(catalogue::store::pace(tx, self.file.standard.as_ref())?)
    }

    fn write(&self, cx: &mut Acting<'_, '_>, _: &Matter) -> Done<()> {
        store::insert(cx, &self.file)
    }
}

/// What is asked by a report, for telling a repeat from another report under the same id: nothing
/// of it depends on what stands in the district.
pub fn asked(act: &str, report: &Report) -> Done<Vec<u8>> {
    Ok(serde_json::to_vec(&(act, report)).map_err(crate::base::Fault::from)?)
}

/// Turns a report into the act that begins a case: `act` is `report` or `report_handled`.
pub fn begin(
    district: &District,
    tx: &ReadTx<'_>,
    fixed: &Fixed,
    act: &str,
    report: &Report,
) -> Done<Begin> {
    let kit = kit(district).ok_or_else(|| Refusal::new("no_procedure"))?;
    let words = words_of(report)?;
    let class = class_of(district, tx, report, &words)?;
    under_a_name(report, class.as_ref())?;
    if act == REPORT {
        answered(report, class.as_ref())?;
    }
    let address = address_of(report)?;
    pinned_here(district, tx, report)?;
    let place = place_of(district, tx, report)?;
    answers_there(tx, report, &place.path)?;
    let standard = match &class {
        Some(class) => catalogue::store::standards(tx, &class.id)?.into_iter().next(),
        None => None,
    };
    let body =
        remit::first_contact(tx, &place.path, report.about_body.as_ref())?.map(|body| body.id);
    let put = put_of(report, &words, class.as_ref(), &place.code);
    let (owner, left) = (report.owner.as_ref(), report.contact.as_ref());
    let names = people::store::names_given(tx, &district.keys, owner, left)?;
    let names = || names.iter().map(String::as_str);
    let matter = Matter {
        id: fixed.case.clone(),
        number: fixed.number.clone(),
        kind: "case".to_owned(),
        process: APPEAL.to_owned(),
        process_version: i64::from(kit.process.version),
        stage: String::new(),
        phase: String::new(),
        version: 1,
        title: titled(&words, names()),
        place_id: Some(place.id),
        place_path: place.path,
        owner: report.owner.clone(),
        body,
        about_body: report.about_body.clone(),
        publicity: class.as_ref().map_or(OFFICE_ONLY, |c| c.publicity.as_str()).to_owned(),
        source: report.source.clone(),
        opened_at: fixed.now,
        stage_since: fixed.now,
        due_at: None,
        beside: None,
        updated_at: fixed.now,
        closed_at: None,
        batch: None,
    };
    let file = CaseFile {
        address,
        open_words: open_words(&words, names()),
        ..file_of(&fixed.case, report, words, class.map(|c| c.id), standard.map(|s| s.id))?
    };
    Ok(Begin {
        kit,
        matter,
        act: act.to_owned(),
        put,
        asked: asked(act, report)?,
        facts: Box::new(CaseFacts { file, contact: report.contact.clone() }),
    })
}

/// The first line of the words, as everyone may read it, whoever reads. Masked before it is cut: of
/// half a telephone number nobody knows that it is one.
pub(super) fn titled<'a>(words: &str, own_names: impl IntoIterator<Item = &'a str>) -> String {
    let masked = mask_public(words, own_names);
    text::shorten(masked.lines().next().unwrap_or_default(), TITLE_MAX)
}

fn words_of(report: &Report) -> Done<String> {
    text::clean(&report.words, WORDS_MAX).map_err(|problem| match problem {
        text::TextProblem::Missing => FieldProblem::new("words", "missing").into(),
        text::TextProblem::TooLong { max } => {
            Failure::from(FieldProblem::new("words", "too_long").with("max", max))
        }
    })
}

/// Too long an address is refused, not cut: the end of it is what leads there.
fn address_of(report: &Report) -> Done<Option<String>> {
    match report.address.as_deref().map(|address| text::clean(address, ADDRESS_MAX)) {
        None | Some(Err(text::TextProblem::Missing)) => Ok(None),
        Some(Ok(address)) => Ok(Some(address)),
        Some(Err(text::TextProblem::TooLong { max })) => {
            Err(FieldProblem::new("address", "too_long").with("max", max).into())
        }
    }
}

/// Some classes are not taken without a name, whichever channel they come by and whether the
/// reporter chose the class or it was proposed from their words.
fn under_a_name(report: &Report, class: Option<&Class>) -> Done<()> {
    let nameless = report.owner.is_none() && !report.vouched;
    match class {
        Some(class) if nameless && !class.anonymous => {
            Err(FieldProblem::new("class", "needs_a_name").into())
        }
        _ => Ok(()),
    }
}

/// What the class asks is answered, whichever channel the report came by and whether the class was
/// named or proposed; an answer may end the report, for then there is somebody to call at once.
fn answered(report: &Report, class: Option<&Class>) -> Done<()> {
    let lang = Lang::from_code(&report.language).unwrap_or_default();
    let mut wrong = answers::check(class, &report.answers, &report.source, lang);
    // A program is told which class asks, for it did not name it.
    let unnamed = named(report).is_none() && report.source == "api";
    if let Some(class) = class.filter(|_| unnamed && !wrong.is_empty()) {
        wrong.push(FieldProblem::new("class", "class_asks").with("code", &class.code));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Invalid(wrong)) }
}

/// A pin lies in the district, where its land is drawn.
fn pinned_here(district: &District, tx: &ReadTx<'_>, report: &Report) -> Done<()> {
    let Some((lat, lng)) = report.lat_e7.zip(report.lng_e7) else { return Ok(()) };
    if territory::ground(district, tx)?.is_beyond(lat, lng) {
        let by_program = ["api", "open311"].contains(&report.source.as_str());
        let field = if by_program { "lat" } else { "place" };
        return Err(FieldProblem::new(field, "point_outside").into());
    }
    Ok(())
}

/// The code of the class that the reporter chose.
fn named(report: &Report) -> Option<&str> {
    report.class.as_deref().filter(|code| !code.is_empty())
}

/// The class that words speak for, where nobody chose one.
pub(super) fn proposed(district: &District, tx: &ReadTx<'_>, words: &str) -> Done<Option<Class>> {
    let book = catalogue::book(district, tx)?;
    let best = book.proposals(words, 1).into_iter().next();
    Ok(best.and_then(|best| book.by_code(&best.code).cloned()))
}

fn class_of(
    district: &District,
    tx: &ReadTx<'_>,
    report: &Report,
    words: &str,
) -> Done<Option<Class>> {
    match named(report) {
        Some(code) => {
            let class = catalogue::store::by_code(tx, code)?;
            Ok(Some(class.ok_or_else(|| FieldProblem::new("class", "no_such_class"))?))
        }
        None => proposed(district, tx, words),
    }
}

/// The named place, else the grid of the pin, else the district itself.
pub(super) fn place_of(
    district: &District,
    tx: &ReadTx<'_>,
    report: &Report,
) -> Done<territory::Place> {
    if let Some(code) = report.place.as_deref().filter(|code| !code.is_empty()) {
        let place = territory::place_by_code(tx, code)?;
        return place.ok_or_else(|| FieldProblem::new("place", "no_such_place").into());
    }
    if let (Some(lat), Some(lng)) = (report.lat_e7, report.lng_e7)
        && let Some(grid) = territory::grid_at(district, tx, lat, lng)?
    {
        return Ok(grid);
    }
    let whole = territory::place_by_code(tx, &district.config.code)?;
    whole.ok_or_else(|| Refusal::new("no_district_yet").into())
}

/// A program's report with the grid and the point of its address, where it says neither itself and
/// the table has the address: what comes by the form reaches the same grid.
pub fn located(district: &District, tx: &ReadTx<'_>, report: Report) -> Done<Report> {
    let named = report.place.as_deref().is_some_and(|code| !code.is_empty());
    let typed = report.address.as_deref().filter(|_| !named && report.lat_e7.is_none());
    let Some(typed) = typed else { return Ok(report) };
    let Some(known) = territory::known(district, tx, typed)? else { return Ok(report) };
    let ground = territory::ground(district, tx)?;
    // A row of the table may lie beyond what has been drawn since.
    let point = known.point.filter(|point| !ground.is_beyond(point.lat_e7, point.lng_e7));
    Ok(Report {
        place: Some(known.code),
        lat_e7: point.map(|point| point.lat_e7),
        lng_e7: point.map(|point| point.lng_e7),
        ..report
    })
}

/// Whether anybody in post would be told of such a report: in a district that is being
/// set up nobody may be yet, and a limit would be a promise that nobody keeps.
pub(super) fn is_attended(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    row: Reach,
    now: Instant,
) -> Done<bool> {
    let errand = Errand { act: "case.accept".to_owned(), row, but: Vec::new(), doer: None };
    Ok(!remit::on_duty(tx, duties, &errand, now)?.is_empty())
}

/// Only a body that answers for something at the place can be complained of; the place may have
/// changed after it was chosen.
fn answers_there(tx: &ReadTx<'_>, report: &Report, path: &str) -> Done<()> {
    let Some(about) = &report.about_body else { return Ok(()) };
    if remit::answering(tx, None, path)?.iter().any(|body| body.id == *about) {
        return Ok(());
    }
    Err(FieldProblem::new("about", "not_answering_there").into())
}

fn put_of(report: &Report, words: &str, class: Option<&Class>, place: &str) -> Put {
    let (photos, opened) = (report.photos.clone(), report.opened.clone());
    let mut put = Put { photos, opened, ..Put::default() };
    put = put.with("words", words).with("place", place);
    if !report.checked.is_empty() {
        put = put.with(CHECKED, text::joined(&report.checked));
    }
    match class {
        Some(class) => put.with("class", class.code.clone()),
        None => put,
    }
}

fn file_of(
    case: &Id,
    report: &Report,
    words: String,
    class: Option<Id>,
    standard: Option<Id>,
) -> Done<CaseFile> {
    Ok(CaseFile {
        class,
        standard,
        answers: serde_json::to_string(&report.answers).map_err(crate::base::Fault::from)?,
        lat_e7: report.lat_e7,
        lng_e7: report.lng_e7,
        external_id: report.external_id.clone(),
        texts: report.texts && report.owner.is_some() && report.source != COUNTER,
        ..CaseFile::fresh(case.clone(), words, &report.language)
    })
}
