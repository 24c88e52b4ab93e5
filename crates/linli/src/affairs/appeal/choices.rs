//! What may be chosen in the forms of a case: bodies, classes, places, entries of the remit.

use std::collections::BTreeMap;

use super::answering::{self, kind_of};
use super::closing;
use super::offer::{Choice, Group, Offers};
use crate::act::Done;
use crate::base::text;
use crate::catalogue::{self, Class, gloss};
use crate::matter::Put;
use crate::people::remit::{self, Answering};
use crate::territory::{self, Ground, Place};
use crate::words::Lang;

/// Places offered by name at once.
const MOST_PLACES: usize = 400;
/// Classes proposed from the words of the case.
const PROPOSED: usize = 3;

/// Places to choose among within `own`: all of them, or as many levels as can be listed, and then
/// step by step those on the way to `near`, each with what lies beside it and right below.
pub(super) fn places_within<'g>(ground: &'g Ground, own: &str, near: &str) -> Vec<&'g Place> {
    let all: Vec<&Place> = ground.places().filter(|place| place.within(own)).collect();
    let down_to = |depth: usize| all.iter().filter(|place| place.depth() <= depth).count();
    let deepest = all.iter().map(|place| place.depth()).max().unwrap_or(0);
    let listed = (0..=deepest).rfind(|depth| down_to(*depth) <= MOST_PLACES).unwrap_or(0);
    let near = |place: &Place| near.starts_with(path_above(&place.path));
    all.iter().copied().filter(|place| place.depth() <= listed || near(place)).collect()
}

/// The path of what a place lies in.
fn path_above(path: &str) -> &str {
    let inner = path.strip_suffix('/').unwrap_or(path);
    inner.rfind('/').map_or("", |at| &inner[..=at])
}

impl Offers<'_, '_> {
    /// Bodies that answer for this class here, the proposed one first and chosen; where the class
    /// names no kind of body, all that answer for anything here, and none is chosen.
    pub(super) fn bodies(&self, value: &str) -> Done<Vec<Group>> {
        let found = self.answering()?;
        let proposed = found.proposed().map(|body| &body.id);
        let lang = self.looker.lang;
        let option = |body: &Answering| Choice {
            value: body.id.to_string(),
            title: match proposed == Some(&body.id) {
                true => lang.with("case.move.proposed", &body.name),
                false => body.name.clone(),
            },
            chosen: match value {
                "" => proposed == Some(&body.id),
                value => value == body.id.as_str(),
            },
        };
        let options = found.bodies.iter().map(option).collect();
        Ok(vec![Group { title: String::new(), options }])
    }

    /// Bodies that may take the case over: those that answer for its class first, then all others
    /// here, since the class may be put right in the same form. One is chosen beforehand only where
    /// the duty list names it.
    pub(super) fn other_bodies(&self, value: &str) -> Done<Vec<Group>> {
        let (lang, matter) = (self.looker.lang, &self.case.matter);
        let found = self.answering()?;
        let fitting = if found.proposed { found.bodies.clone() } else { Vec::new() };
        let mut others = answering::of_matter(self.tx, None, matter)?.bodies;
        others.retain(|body| fitting.iter().all(|fits| fits.id != body.id));
        let mut free = fitting.iter().filter(|body| Some(&body.id) != matter.body.as_ref());
        let proposed = free.next().map(|body| body.id.to_string());
        let wanted = if value.is_empty() { proposed.as_deref() } else { Some(value) };
        let mut groups = Vec::new();
        for (title, bodies) in [("case.move.fitting", fitting), ("case.move.others", others)] {
            let mut group = Group { title: lang.say(title), options: Vec::new() };
            for body in bodies.into_iter().filter(|body| Some(&body.id) != matter.body.as_ref()) {
                let id = body.id.to_string();
                let chosen = wanted == Some(id.as_str());
                group.options.push(Choice { chosen, value: id, title: body.name });
            }
            groups.push(group);
        }
        groups.retain(|group| !group.options.is_empty());
        Ok(groups)
    }

    /// Every class by group; those that the words speak for stand first.
    pub(super) fn classes(&self, value: &str) -> Done<Vec<Group>> {
        let lang = self.looker.lang;
        let book = catalogue::book(&self.looker.district, self.tx)?;
        let all = &book.classes;
        let now = self.case.class.as_ref().map(|class| class.code.as_str());
        let mut first: Vec<&str> = now.into_iter().collect();
        let proposals = book.proposals(&self.case.words, PROPOSED);
        for proposal in &proposals {
            if !first.contains(&proposal.code.as_str()) {
                first.push(&proposal.code);
            }
        }
        let wanted =
            if value.is_empty() { first.first().copied().unwrap_or_default() } else { value };
        let option = |class: &Class, chosen: bool| Choice {
            value: class.code.clone(),
            title: class.title.pick(lang).to_owned(),
            chosen,
        };
        let mut groups = vec![Group { title: lang.say("case.move.fitting"), options: Vec::new() }];
        for code in &first {
            if let Some(class) = all.iter().find(|class| class.code == *code) {
                groups[0].options.push(option(class, class.code == wanted));
            }
        }
        let among_first = first.contains(&wanted);
        for class in all {
            let title = class.group.pick(lang);
            if groups.last().is_none_or(|group| group.title != title) {
                groups.push(Group { title: title.to_owned(), options: Vec::new() });
            }
            if let Some(group) = groups.last_mut() {
                group.options.push(option(class, !among_first && class.code == wanted));
            }
        }
        groups.retain(|group| !group.options.is_empty());
        Ok(groups)
    }

    /// Places within the looker's reach, smallest last; a field with a list, to be typed into.
    pub(super) fn places(&self) -> Done<Vec<Group>> {
        let ground = territory::ground(&self.looker.district, self.tx)?;
        let here = self.case.matter.place_path.as_str();
        let options = places_within(&ground, &self.looker.actor.place_path, here)
            .into_iter()
            .map(|place| Choice {
                value: format!("{} {}", place.code, ground.name_of_path(&place.path)),
                title: place.name.clone(),
                chosen: false,
            })
            .collect();
        Ok(vec![Group { title: String::new(), options }])
    }

    /// The lines of the closing list, those ticked that came back ticked.
    pub(super) fn checks(&self, put: &Put, value: &str) -> Done<Vec<Group>> {
        let lines = closing::asked_of(self.tx, self.case.standard.as_ref(), put)?;
        let tick = |line: String| Choice {
            chosen: text::choices(value).any(|ticked| ticked == line),
            title: gloss::said(self.looker.lang, &line),
            value: line,
        };
        Ok(vec![Group { title: String::new(), options: lines.into_iter().map(tick).collect() }])
    }

    /// Every entry of the remit here that is another body's, by what the bodies answer for; those
    /// of the present class first.
    pub(super) fn duties(&self, value: &str) -> Done<Vec<Group>> {
        let (lang, matter) = (self.looker.lang, &self.case.matter);
        let kinds = catalogue::seed::body_kinds()?;
        let book = catalogue::book(&self.looker.district, self.tx)?;
        let now = kind_of(self.case.class.as_ref());
        let mut groups: BTreeMap<(bool, &str), Group> = BTreeMap::new();
        let mut all = remit::entries_at(self.tx, &matter.place_path)?;
        let theirs = [&matter.body, &matter.about_body];
        all.retain(|entry| !theirs.iter().any(|body| body.as_ref() == Some(&entry.body.id)));
        for entry in &all {
            let kind = entry.kind.as_str();
            let group = groups.entry((now != Some(kind), kind)).or_insert_with(|| {
                let known = kinds.iter().find(|known| known.id == kind);
                let title = known.map_or(kind, |known| known.title.pick(lang));
                Group { title: answers_for(lang, &book.classes, kind, title), options: Vec::new() }
            });
            let id = entry.id.to_string();
            let title = in_words(lang, entry);
            group.options.push(Choice { chosen: id == value, value: id, title });
        }
        Ok(groups.into_values().collect())
    }
}

/// A kind of body with the groups of classes it answers for.
fn answers_for(lang: Lang, classes: &[Class], kind: &str, title: &str) -> String {
    let mut groups: Vec<&str> = Vec::new();
    for class in classes.iter().filter(|class| class.body_kind.as_deref() == Some(kind)) {
        let group = class.group.pick(lang);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        return title.to_owned();
    }
    let groups = groups.join(lang.pick("、", ", "));
    lang.fill("case.move.of_kind", &[("kind", title.to_owned()), ("groups", groups)])
}

/// An entry of the remit as it is read: the body, and the ground it answers on.
pub fn in_words(lang: Lang, entry: &remit::Granted) -> String {
    if entry.ground.is_empty() {
        return entry.body.name.clone();
    }
    let fields = [("body", entry.body.name.clone()), ("ground", entry.ground.clone())];
    lang.fill("case.move.entry", &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Id, Instant};

    fn place(path: &str) -> Place {
        Place {
            id: Id::derived(path),
            code: path.to_owned(),
            level: "grid".to_owned(),
            name: path.to_owned(),
            parent: None,
            path: path.to_owned(),
            seat: None,
            valid_from: Instant(0),
            valid_to: None,
            version: 1,
        }
    }

    /// A district of twenty streets, each with ten communities of ten grids.
    fn district() -> Ground {
        let mut all = vec![place("/d/")];
        for street in 10..30 {
            all.push(place(&format!("/d/{street}/")));
            for community in 10..20 {
                all.push(place(&format!("/d/{street}/{community}/")));
                let grids = (10..20).map(|g| place(&format!("/d/{street}/{community}/{g}/")));
                all.extend(grids);
            }
        }
        Ground::new(1, all, Vec::new())
    }

    #[test]
    fn every_place_of_a_large_district_is_come_to_step_by_step() {
        let ground = district();
        let offered = |own: &str, near: &str| {
            let all = places_within(&ground, own, near);
            all.into_iter().map(|place| place.path.clone()).collect::<Vec<_>>()
        };
        let whole = offered("/d/", "");
        assert_eq!(whole.len(), 1 + 20 + 200, "all levels that can be listed");
        for place in ground.places().filter(|place| place.depth() == 3) {
            let community = path_above(&place.path);
            assert!(whole.iter().any(|path| path == community));
            let next = offered("/d/", community);
            assert!(next.contains(&place.path) && next.len() == whole.len() + 10, "{community}");
            assert_eq!(offered("/d/", &place.path), next, "it stays in the list once chosen");
        }
        assert_eq!(offered("/d/10/", "").len(), 1 + 10 + 100, "of one street there are all");
    }
}
