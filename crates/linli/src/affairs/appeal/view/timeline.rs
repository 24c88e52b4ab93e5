//! The timeline of a case in plain words, each reader seeing what is theirs to see.

use std::collections::BTreeMap;

use linli_rules::procedure::{Field, FieldKind, Move};

use super::disclose::{By, Disclosure, Shot, Told, is_public, kept_back, made_by, who};
use super::standing::{Looker, Standing};
use super::time;
use crate::act::{Done, Refusal};
use crate::affairs::appeal::{APPEAL, choices, store};
use crate::base::{Id, Instant, text};
use crate::catalogue::{self, gloss};
use crate::district;
use crate::matter::Matter;
use crate::matter::clock::{self, ClockView};
use crate::matter::timeline::{self as lines, Attached, Entry};
use crate::people::{self, remit};
use crate::store::ReadTx;
use crate::territory::{self, Point};

/// One line of the timeline as a page shows it.
#[derive(Clone, Debug, Default)]
pub struct EntryView {
    pub act: String,
    pub title: String,
    /// The stage it led to, where it led to another.
    pub led_to: Option<String>,
    pub who: String,
    pub when: String,
    /// RFC 3339, for `<time datetime>`.
    pub datetime: String,
    /// What was put down for all who may see this.
    pub said: Vec<PutDown>,
    /// What was put down for the office.
    pub noted: Vec<PutDown>,
    pub photos: Vec<PhotoView>,
    /// Clocks beside the stages that it set going or stopped, in words.
    pub clocks: Vec<String>,
    /// The act whose receipt this reader may have.
    pub receipt: Option<Id>,
}

/// A field that was filled in, as its reader is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutDown {
    /// As the procedure names it: `reason`.
    pub name: String,
    pub title: String,
    pub value: String,
    /// Somebody's own words, and not a choice or the name of something.
    pub words: bool,
}

/// A photo of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoView {
    pub href: String,
    /// What it shows: 处理前照片.
    pub title: String,
}

fn told_of(entry: &Entry) -> Told<'_> {
    Told {
        act: &entry.act,
        from: entry.from.as_deref(),
        to: &entry.to,
        said: entry.said.as_deref(),
        facts: &entry.facts,
    }
}

/// What has happened with a case, oldest first: the lines that its page shows to who stands thus.
pub fn told(
    tx: &ReadTx<'_>,
    looker: &Looker,
    standing: Standing,
    matter: &Matter,
) -> Done<Vec<(Entry, EntryView)>> {
    let versions = looker.district.processes.held(APPEAL);
    let versions = versions.ok_or_else(|| Refusal::new("no_procedure"))?;
    let left = people::store::contact(tx, &matter.id)?;
    let own = kept_back(tx, looker, standing, (matter.owner.as_ref(), left.as_ref()))?;
    let shows = Disclosure::of(Some(&versions.process), &matter.stage, standing);
    let file = store::known(tx, &matter.id)?;
    let telling = Telling {
        looker,
        standing,
        tx,
        versions: &versions,
        clocks: &clock::clocks(tx, &matter.id)?,
        matter,
        shows: shows.without(&own),
        now: looker.district.now(),
        spot: file.lat_e7.zip(file.lng_e7).map(|(lat, lng)| Point::new(lat, lng)),
    };
    let photos = lines::attached(tx, &matter.id)?;
    let mut out = Vec::new();
    for entry in lines::entries(tx, &matter.id)? {
        let view = telling.shown_line(&entry, &photos)?;
        out.extend(view.map(|view| (entry, view)));
    }
    Ok(out)
}

/// What is needed to put a timeline into words.
pub(super) struct Telling<'a, 'c> {
    pub looker: &'a Looker,
    pub standing: Standing,
    pub tx: &'a ReadTx<'c>,
    /// With the versions of before: they have the words of what was done under them.
    pub versions: &'a district::Standing,
    pub clocks: &'a [ClockView],
    pub matter: &'a Matter,
    /// What the stage the case is at shows to this reader.
    pub shows: Disclosure<'a>,
    pub now: Instant,
    /// Where the case lies, if that is known to the point.
    pub spot: Option<Point>,
}

impl Telling<'_, '_> {
    /// The lines this reader may see, newest first.
    pub fn timeline(&self, entries: &[Entry], photos: &[Attached]) -> Done<Vec<EntryView>> {
        let mut out = Vec::new();
        for entry in entries.iter().rev() {
            out.extend(self.shown_line(entry, photos)?);
        }
        Ok(out)
    }

    /// A line, where this reader is told of it at all.
    fn shown_line(&self, entry: &Entry, photos: &[Attached]) -> Done<Option<EntryView>> {
        let view = self.line(entry, photos)?;
        let own = entry.actor.is_some() && entry.actor == self.looker.actor.person;
        let full = !view.said.is_empty()
            || !view.noted.is_empty()
            || !view.photos.is_empty()
            || !view.clocks.is_empty();
        Ok(self.shows.line(&told_of(entry), own, full).then_some(view))
    }

    fn line(&self, entry: &Entry, photos: &[Attached]) -> Done<EntryView> {
        let lang = self.looker.lang.code();
        let offset = self.looker.district.config.offset_minutes;
        let by = self.move_of(entry);
        let moved = entry.from.as_deref() != Some(entry.to.as_str());
        let led_to = self.versions.all().find_map(|v| v.stage(&entry.to)).filter(|_| moved);
        let mut view = EntryView {
            act: entry.act.clone(),
            title: by.map_or(entry.act.as_str(), |by| by.title.in_lang(lang)).to_owned(),
            led_to: led_to.map(|stage| stage.title.in_lang(lang).to_owned()),
            who: self.who(entry),
            when: time::short(self.looker.lang, entry.at, self.now, offset),
            datetime: entry.at.to_rfc3339(offset),
            receipt: self.standing.receipts().then(|| entry.act_id.clone()),
            ..EntryView::default()
        };
        // The first words of a case stand above its timeline, not in it.
        if entry.from.is_some() {
            self.words(entry, by, &mut view)?;
        }
        if self.standing.times() {
            view.clocks = self.turned(entry);
        }
        view.photos = self.photos(entry, by, photos);
        Ok(view)
    }

    /// What is timed beside the stages: that it is due from this line on, done by it, or timed no
    /// longer because of it. A clock turns at the very instant of the line.
    fn turned(&self, entry: &Entry) -> Vec<String> {
        let lang = self.looker.lang;
        let offset = self.looker.district.config.offset_minutes;
        let mut out = Vec::new();
        for clock in self.clocks.iter().filter(|clock| clock.stage.is_none()) {
            let title = self.versions.clock_title(&clock.name, lang);
            let said = |key: &str, n: String| lang.fill(key, &[("clock", title.clone()), ("n", n)]);
            if clock.started_at == entry.at {
                let due = time::short(lang, clock.due_at, self.now, offset);
                out.push(said("case.beside.due", due));
            }
            if clock.stopped_at == Some(entry.at) {
                let late = time::span(lang, entry.at.micros_since(clock.due_at));
                let key = match (clock.dropped, entry.at > clock.due_at) {
                    (true, _) => "dropped",
                    (false, true) => "was_late",
                    (false, false) => "in_time",
                };
                out.push(said(&format!("case.beside.{key}"), late));
            }
        }
        out
    }

    fn move_of(&self, entry: &Entry) -> Option<&Move> {
        made_by(self.versions, &told_of(entry))
    }

    fn who(&self, entry: &Entry) -> String {
        let (person, owner) = (entry.actor.as_ref(), self.matter.owner.as_ref());
        who(self.looker.lang, self.standing, &By { person, owner, label: &entry.label })
    }

    fn words(&self, entry: &Entry, by: Option<&Move>, view: &mut EntryView) -> Done<()> {
        let facts: BTreeMap<String, String> =
            serde_json::from_str(&entry.facts).unwrap_or_default();
        let own = entry.actor.is_some() && entry.actor == self.looker.actor.person;
        for field in by.into_iter().flat_map(|by| &by.record) {
            let value = facts.get(&field.name).map_or("", |value| value.trim());
            let public = is_public(self.versions, &told_of(entry), &field.name, value);
            let open = public && self.shows.field(field);
            if value.is_empty() || !(open || own || self.standing.inside()) {
                continue;
            }
            let put = PutDown {
                name: field.name.clone(),
                title: field.title.in_lang(self.looker.lang.code()).to_owned(),
                value: self.shown(field, value)?,
                words: matches!(field.kind, FieldKind::Text | FieldKind::Longtext),
            };
            let aloud = public || (own && self.standing.mine);
            if aloud { &mut view.said } else { &mut view.noted }.push(put);
        }
        if view.said.is_empty() && by.is_none_or(|by| by.record.is_empty()) {
            self.bare_words(entry, view);
        }
        Ok(())
    }

    /// Words of a line whose procedure is no longer known field by field.
    fn bare_words(&self, entry: &Entry, view: &mut EntryView) {
        let bare = |text: &String| PutDown {
            name: "words".to_owned(),
            title: self.looker.lang.say("case.words"),
            value: self.shows.words(text),
            words: true,
        };
        view.said.extend(entry.said.as_ref().filter(|_| !self.standing.outside()).map(bare));
        view.noted.extend(entry.noted.as_ref().filter(|_| self.standing.inside()).map(bare));
    }

    /// A value as people read it: names for ids and codes, masked for those outside.
    fn shown(&self, field: &Field, value: &str) -> Done<String> {
        let lang = self.looker.lang;
        let found = match field.kind {
            FieldKind::Body => match Id::parse(value) {
                Some(id) => remit::name_of(self.tx, &id)?,
                None => None,
            },
            FieldKind::Duty => match Id::parse(value) {
                Some(entry) => remit::cited(self.tx, &entry)?
                    .map(|(granted, _)| choices::in_words(lang, &granted)),
                None => None,
            },
            FieldKind::Class => catalogue::store::by_code(self.tx, value)?
                .map(|class| class.title.pick(lang).to_owned()),
            FieldKind::Place => {
                let ground = territory::ground(&self.looker.district, self.tx)?;
                ground.by_code(value).map(|place| ground.name_of_path(&place.path))
            }
            FieldKind::Choice => {
                let chosen = field.options.iter().find(|option| option.value == value);
                chosen.map(|option| option.title.in_lang(lang.code()).to_owned())
            }
            FieldKind::Position => self.position(value),
            FieldKind::Checks => {
                let lines: Vec<String> = text::choices(value).map(str::to_owned).collect();
                Some(gloss::list(lang, &lines, ("；", "; ")))
            }
            _ => None,
        };
        let value = found.unwrap_or_else(|| value.to_owned());
        Ok(self.shows.words(&value))
    }

    /// Where somebody stood, and how far that is from the case.
    fn position(&self, value: &str) -> Option<String> {
        let (lang, at) = (self.looker.lang, Point::written(value)?);
        let fields = [("lat", Point::degrees(at.lat_e7)), ("lng", Point::degrees(at.lng_e7))];
        let said = lang.fill("case.position.at", &fields);
        Some(match self.spot.map(|spot| spot.metres_to(at)) {
            Some(metres) => said + &lang.with("case.position.away", &metres),
            None => said,
        })
    }

    fn photos(&self, entry: &Entry, by: Option<&Move>, photos: &[Attached]) -> Vec<PhotoView> {
        let lang = self.looker.lang.code();
        let own = entry.actor.is_some() && entry.actor == self.looker.actor.person;
        let public = |role: &str| is_public(self.versions, &told_of(entry), role, "");
        let open = |photo: &&Attached| {
            self.shows.photo(Shot { released: photo.released, own, public: public(&photo.role) })
        };
        photos
            .iter()
            .filter(|photo| photo.entry.as_ref() == Some(&entry.id))
            .filter(open)
            .map(|photo| {
                let field = by.and_then(|by| by.field(&photo.role));
                let named = field.map(|field| field.title.in_lang(lang).to_owned());
                let mut title = named.unwrap_or_else(|| self.looker.lang.say("case.photo"));
                if photo.redacts.is_some() {
                    title.push_str(&self.looker.lang.say("case.redact.copy"));
                }
                PhotoView { href: format!("/files/{}.jpg", photo.file), title }
            })
            .collect()
    }
}
