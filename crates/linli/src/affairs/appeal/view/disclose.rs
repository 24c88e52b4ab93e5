//! 公开: what a case shows of itself at its stage, and to whom. One answer for the page, the
//! interface for programs, Open311 and the photos, so that none tells what another holds back.

use std::collections::BTreeMap;
use std::sync::Arc;

use linli_rules::mask::{mask_public, mask_text};
use linli_rules::procedure::{Field, FieldKind, Move, Process, Stage};

use super::{Looker, Standing};
use crate::act::{Actor, Done, DutyList, actor};
use crate::affairs::appeal::{APPEAL, CaseFile, TO_BE_RATED, import};
use crate::base::{Id, Instant};
use crate::district::{self, District};
use crate::matter::timeline::{self as lines, Entry, Hung};
use crate::matter::{CASES, Matter, store as matters};
use crate::notice::Named;
use crate::people::store::{self as people, Contact};
use crate::store::ReadTx;
use crate::words::Lang;

/// What one who stands thus is shown of a case at this stage.
#[derive(Clone, Copy)]
pub struct Disclosure<'p> {
    pub standing: Standing,
    process: Option<&'p Process>,
    stage: Option<&'p Stage>,
    /// The reporter's own names, where something of the case may say them.
    own_names: &'p [String],
}

/// A line of a timeline, as far as it matters for what may be told of it.
pub struct Told<'a> {
    pub act: &'a str,
    pub from: Option<&'a str>,
    pub to: &'a str,
    pub said: Option<&'a str>,
    /// Everything put down, as JSON: name → value.
    pub facts: &'a str,
}

impl Told<'_> {
    /// Whether these words were said aloud as the line was written.
    fn holds(&self, words: &str) -> bool {
        !words.is_empty() && self.said.is_some_and(|said| said.contains(words))
    }
}

/// The lines that everyone is told of, as a condition on the entry `e`: those that took the case to
/// a stage. [`Disclosure::line`] says the same, and who is told of more.
pub const TOLD_TO_ALL: &str = "(e.from_stage is null or e.from_stage <> e.to_stage)";

/// Whether the words of a case hold numbers that are masked: what was reported, what was answered,
/// and what was put down since.
pub fn holds_numbers(file: &CaseFile, entries: &[Entry]) -> bool {
    let masked = |text: &str| mask_text(text) != text;
    let own = [&file.words, &file.answers].into_iter().chain(&file.answer);
    let mut told = own.chain(entries.iter().flat_map(|line| [&line.said, &line.noted]).flatten());
    told.any(|text| masked(text))
}

/// A photo of a case, as far as it matters for who is shown it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shot {
    /// Somebody looked at it and made it public.
    pub released: bool,
    /// The looker brought it.
    pub own: bool,
    /// It came with a field that residents may see.
    pub public: bool,
}

impl Shot {
    pub const RELEASED: Shot = Shot { released: true, own: false, public: false };

    /// As this person finds it where it hangs.
    pub(super) fn of(versions: &district::Standing, hung: &Hung, person: Option<&Id>) -> Shot {
        Shot {
            released: hung.released,
            own: hung.by.is_some() && hung.by.as_ref() == person,
            public: told_of(hung).is_some_and(|told| is_public(versions, &told, &hung.role, "")),
        }
    }
}

impl<'p> Disclosure<'p> {
    /// `stage`: where the case is now, whatever line of its timeline is looked at.
    pub fn of(process: Option<&'p Process>, stage: &str, standing: Standing) -> Disclosure<'p> {
        let stage = process.and_then(|process| process.stage(stage));
        Disclosure { standing, process, stage, own_names: &[] }
    }

    /// The names that are taken out of what everyone reads.
    #[must_use]
    pub fn without(self, own_names: &'p [String]) -> Disclosure<'p> {
        Disclosure { own_names, ..self }
    }

    /// Whether an item of `disclose` is told: to everyone where the stage says so.
    pub fn tells(&self, item: &str) -> bool {
        !self.standing.outside()
            || self.stage.is_some_and(|stage| stage.disclose.iter().any(|open| open == item))
    }

    /// Whether a field that is for residents at all is shown by now.
    pub fn field(&self, field: &Field) -> bool {
        match field.kind {
            FieldKind::Body | FieldKind::Duty => self.tells("responsible_body"),
            FieldKind::Choice => self.tells("rating"),
            FieldKind::Class => true,
            _ => self.tells("reply"),
        }
    }

    /// Free text: as it was written, or masked; for everyone without the reporter's name and door.
    pub fn words(&self, text: &str) -> String {
        if self.standing.words() {
            text.to_owned()
        } else if self.standing.outside() {
            mask_public(text, self.own_names.iter().map(String::as_str))
        } else {
            mask_text(text)
        }
    }

    /// Whether a photo is shown: all of them to who handles the case, those of public fields to its
    /// reporter too, and what was released to everyone at its stage.
    pub fn photo(&self, shot: Shot) -> bool {
        let theirs = self.standing.inside() || (self.standing.mine && shot.public);
        shot.own || theirs || (shot.released && self.tells("reply"))
    }

    /// Whether a line is told of at all. What leaves a case at its stage is between its reporter
    /// and those who handle it: `own`, the reader made it; `full`, it has something to say.
    pub fn line(&self, told: &Told<'_>, own: bool, full: bool) -> bool {
        let moved = told.from != Some(told.to);
        moved || own || self.standing.inside() || (full && !self.standing.outside())
    }

    /// The public words of a line. The first words of a case are its description, no line.
    pub fn said(&self, told: &Told<'_>) -> Option<String> {
        if !self.standing.outside() {
            return told.said.map(|said| self.words(said));
        }
        told.from?;
        let by = self.process.and_then(|process| move_of(process, told))?;
        let facts: BTreeMap<String, String> = serde_json::from_str(told.facts).unwrap_or_default();
        let text = |field: &&Field| matches!(field.kind, FieldKind::Text | FieldKind::Longtext);
        let open = by.record.iter().filter(text).filter(|f| f.public && self.field(f));
        let said = open.map(|field| facts.get(&field.name).map_or("", |value| value.trim()));
        let said: Vec<&str> = said.filter(|value| told.holds(value)).collect();
        (!said.is_empty()).then(|| self.words(&said.join("\n")))
    }
}

/// The names that the case is to be shown without to who stands thus: its reporter's, to everyone
/// whom it does not concern.
pub(super) fn kept_back(
    tx: &ReadTx<'_>,
    looker: &Looker,
    standing: Standing,
    (owner, left): (Option<&Id>, Option<&Contact>),
) -> Done<Vec<String>> {
    if !standing.outside() {
        return Ok(Vec::new());
    }
    Ok(people::reporter_names(tx, &looker.district.keys, owner, left)?)
}

/// Who a line of a timeline is by, as it is told to one who stands thus: nobody's name. A post
/// bears the name it was given, whatever the reader's language.
pub fn who(lang: Lang, standing: Standing, by: &By<'_>) -> String {
    if by.person.is_some() && by.person == by.owner {
        return lang.say(if standing.mine { "case.who.me" } else { "case.who.reporter" });
    }
    if let Some(program) = by.label.strip_prefix(lines::PASSED_ON_BY) {
        return lang.with("case.who.passed_on", &program);
    }
    let own = OWN_LABELS.iter().find(|(label, _)| *label == by.label);
    own.map_or_else(|| by.label.to_owned(), |(_, key)| lang.say(&format!("case.who.{key}")))
}

/// Who made a line, and whose the case is.
pub struct By<'a> {
    pub person: Option<&'a Id>,
    pub owner: Option<&'a Id>,
    /// As it was put down: `东关街道派遣员`.
    pub label: &'a str,
}

/// What the program itself puts down for those who hold no post.
const OWN_LABELS: [(&str, &str); 6] = [
    (actor::PUBLIC_LABEL, "public"),
    (actor::RESIDENT_LABEL, "resident"),
    (actor::CLOCK_LABEL, "clock"),
    (actor::OPERATOR_LABEL, "operator"),
    (import::BY_REPORTER, "reporter_elsewhere"),
    (import::BY_BODY, "body_elsewhere"),
];

/// The move that made a line, by the newest version that has it.
pub fn made_by<'v>(versions: &'v district::Standing, told: &Told<'_>) -> Option<&'v Move> {
    versions.all().find_map(|version| move_of(version, told))
}

/// The move that made a line: the one that led where the line led, else any of its name.
fn move_of<'p>(process: &'p Process, told: &Told<'_>) -> Option<&'p Move> {
    let here = |by: &&Move| match told.from {
        Some(from) => by.act == told.act && by.from.iter().any(|one| one == from),
        None => by.act == told.act && by.creates(),
    };
    let led = |by: &&Move| by.leads_to(told.from.unwrap_or_default()) == told.to;
    let all = || process.moves.iter().filter(here);
    all().find(led).or_else(|| all().next())
}

/// Whether residents may see what was put down in a field: by the newest version that has the move,
/// and already as the line was written, for a later version does not open what was meant for the
/// office. Of words that stands in the line; anything else has to be public in every version, since
/// it is not known by which of them it came. Where no version knows the move it stays inside.
pub(super) fn is_public(
    versions: &district::Standing,
    told: &Told<'_>,
    name: &str,
    value: &str,
) -> bool {
    let Some(field) = made_by(versions, told).and_then(|by| by.field(name)) else { return false };
    field.public
        && match field.kind {
            FieldKind::Text | FieldKind::Longtext => told.holds(value),
            _ => {
                let moves = versions.all().filter_map(|version| move_of(version, told));
                moves.filter_map(|by| by.field(name)).all(|field| field.public)
            }
        }
}

/// A coordinate to a thousandth of a degree, about a hundred metres: a pin may be somebody's door.
pub fn rounded(e7: i64) -> i64 {
    (e7 + 5_000).div_euclid(10_000) * 10_000
}

fn looker(district: &Arc<District>, (actor, duties): (&Actor, &Arc<DutyList>)) -> Looker {
    let (actor, duties) = (actor.clone(), Arc::clone(duties));
    Looker { district: Arc::clone(district), actor, duties, lang: Lang::Zh, opened: false }
}

/// What a case is called, for somebody who may see it now; nothing for whoever may not, or no more.
pub fn named_for(
    tx: &ReadTx<'_>,
    district: &Arc<District>,
    asks: (&Actor, &Arc<DutyList>),
    case: &Id,
) -> Done<Option<Named>> {
    let Some(reach) = CASES.reach(tx, case.as_str())? else { return Ok(None) };
    let Some(standing) = looker(district, asks).standing(&reach) else { return Ok(None) };
    let matter = matters::matter(tx, case.as_str())?;
    Ok(matter.map(|matter| Named { to_rate: waits_for(&matter, standing), title: matter.title }))
}

/// Whether a case waits to be rated by its reporter, who looks.
pub fn waits_for(matter: &Matter, standing: Standing) -> bool {
    matter.stage == TO_BE_RATED && standing.mine
}

/// Whether a photo is shown to the actor: some case they may see shows it to them.
pub fn shows_photo(
    tx: &ReadTx<'_>,
    district: &Arc<District>,
    (actor, duties): (&Actor, &Arc<DutyList>),
    hash: &str,
) -> Done<bool> {
    let looker = looker(district, (actor, duties));
    let Some(versions) = district.processes.held(APPEAL) else { return Ok(false) };
    for hung in lines::of_file(tx, hash)? {
        let Some(reach) = CASES.reach(tx, hung.matter.as_str())? else { continue };
        let Some(standing) = looker.standing(&reach) else { continue };
        let Some(matter) = matters::matter(tx, hung.matter.as_str())? else { continue };
        let process = versions.process.as_ref();
        let shot = Shot::of(&versions, &hung, looker.actor.person.as_ref());
        if Disclosure::of(Some(process), &matter.stage, standing).photo(shot) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn told_of(hung: &Hung) -> Option<Told<'_>> {
    let (act, from, to) = hung.came_by.as_ref()?;
    Some(Told { act, from: from.as_deref(), to, said: None, facts: "" })
}

/// A photo of a case that is shown to who asked.
pub struct Shown {
    pub file: String,
    pub role: String,
    /// What it shows: 处理前照片.
    pub title: String,
    pub at: Instant,
    pub act: Option<Id>,
}

/// The photos of a case that are shown to who stands thus, oldest first.
pub fn shown(
    tx: &ReadTx<'_>,
    looker: &Looker,
    standing: Standing,
    matter: &Matter,
) -> Done<Vec<Shown>> {
    let Some(versions) = looker.district.processes.held(APPEAL) else { return Ok(Vec::new()) };
    let shows = Disclosure::of(Some(&versions.process), &matter.stage, standing);
    let mut hanging = lines::of_matter(tx, &matter.id)?;
    hanging.retain(|hung| shows.photo(Shot::of(&versions, hung, looker.actor.person.as_ref())));
    let lang = looker.lang;
    let title = |hung: &Hung| {
        let by = told_of(hung).and_then(|told| made_by(&versions, &told)?.field(&hung.role));
        by.map_or_else(|| lang.say("case.photo"), |field| field.title.in_lang(lang.code()).into())
    };
    let shown = hanging.into_iter().map(|hung| Shown {
        title: title(&hung),
        file: hung.file,
        role: hung.role,
        at: hung.at,
        act: hung.act,
    });
    Ok(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affairs::appeal;

    /// What everyone is told at each stage: due time, body, answer, rating, words of an answer, a
    /// public photo.
    const BY_STAGE: [(&str, [bool; 6]); 13] = [
        ("reported", [true, false, false, false, false, false]),
        ("awaiting_dispatch", [true, false, false, false, false, false]),
        ("dispatched", [true, true, false, false, false, false]),
        ("handling", [true, true, false, false, false, false]),
        ("answered", [true, true, true, false, true, true]),
        ("closed", [false, true, true, false, true, true]),
        ("rated", [false, true, true, true, true, true]),
        ("rejected", [false, false, true, false, true, true]),
        ("disputed", [true, false, true, false, true, true]),
        ("returned", [true, false, false, false, false, false]),
        ("reopened", [true, false, false, false, false, false]),
        ("withdrawn", [false, false, false, false, false, false]),
        ("of another procedure", [false, false, false, false, false, false]),
    ];

    fn told(disclosure: &Disclosure<'_>) -> [bool; 6] {
        let line = Told {
            act: "answer",
            from: Some("handling"),
            to: "answered",
            said: Some("灯换了，13800001234"),
            facts: r#"{"reply":"灯换了，13800001234"}"#,
        };
        let said = disclosure.said(&line);
        if let Some(said) = &said {
            assert_eq!(said.contains("13800001234"), disclosure.standing.words(), "{said}");
        }
        let of = |item: &str| disclosure.tells(item);
        let photo = disclosure.photo(Shot::RELEASED);
        [of("due"), of("responsible_body"), of("reply"), of("rating"), said.is_some(), photo]
    }

    #[test]
    fn each_stage_shows_everyone_what_it_discloses_and_no_more() {
        let process = appeal::shipped().unwrap();
        let known: Vec<&str> = BY_STAGE.iter().map(|(stage, _)| *stage).collect();
        assert!(process.stages.iter().all(|stage| known.contains(&stage.id.as_str())));
        let office = Standing { office: true, ..Standing::default() };
        let opened = Standing { opened: true, ..office };
        for (stage, shown) in BY_STAGE {
            let to = |standing| Disclosure::of(Some(&process), stage, standing);
            assert_eq!(told(&to(Standing::default())), shown, "{stage}");
            assert_eq!(told(&to(office)), [true; 6], "{stage}");
            assert_eq!(told(&to(opened)), [true; 6], "{stage}");
        }
    }

    #[test]
    fn numbers_in_the_words_are_for_the_reporter_and_for_who_says_why() {
        let mine = Standing { mine: true, ..Standing::default() };
        let office = Standing { office: true, ..Standing::default() };
        for (standing, words, exact) in [
            (Standing::default(), false, false),
            (mine, true, true),
            (office, false, true),
            (Standing { opened: true, ..office }, true, true),
        ] {
            assert_eq!((standing.words(), standing.exact()), (words, exact), "{standing:?}");
            let said = Disclosure::of(None, "handling", standing).words("打 13800001234");
            assert_eq!(said.contains("13800001234"), words, "{standing:?}");
        }
    }

    #[test]
    fn who_stands_where_sees_which_photos_that_nobody_has_released() {
        let process = appeal::shipped().unwrap();
        let mine = Standing { mine: true, ..Standing::default() };
        let office = Standing { office: true, ..Standing::default() };
        let public = Shot { public: true, ..Shot::default() };
        let own = Shot { own: true, ..Shot::default() };
        for stage in process.stages.iter().map(|stage| stage.id.as_str()) {
            for (standing, shown) in [
                (Standing::default(), [false, false, true]),
                (mine, [false, true, true]),
                (office, [true, true, true]),
            ] {
                let told = Disclosure::of(Some(&process), stage, standing);
                let photos = [Shot::default(), public, own].map(|shot| told.photo(shot));
                assert_eq!(photos, shown, "{stage} {standing:?}");
            }
        }
    }

    #[test]
    fn a_photo_is_for_residents_where_its_field_is() {
        let process = Arc::new(appeal::shipped().unwrap());
        let versions =
            district::Standing { process, text: "".into(), own: None, earlier: Vec::new() };
        let of = |act: &str, from: Option<&str>, to: &str, role: &str| {
            let told = Told { act, from, to, said: None, facts: "" };
            is_public(&versions, &told, role, "")
        };
        assert!(of("answer", Some("handling"), "answered", "photos"));
        assert!(of("report", None, "reported", "photos"), "taken down at the counter, say");
        assert!(!of("rework", Some("answered"), "handling", "photos"));
        assert!(!of("note", Some("handling"), "handling", "photos"), "no such field");
        assert!(!of("gone", Some("handling"), "handling", "photos"), "no such move");
    }

    #[test]
    fn pins_for_everyone_are_a_hundred_metres_wide() {
        assert_eq!((rounded(355_412_340), rounded(-5_001)), (355_410_000, -10_000));
    }
}
