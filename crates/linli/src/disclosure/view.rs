//! The published list as its readers see it: by post or by act, filtered, in plain words.

mod past;
pub(super) mod remits;

pub use past::{PastChange, past};
pub use remits::{RemitLine, remits};

use super::rules::{scopes, walls as wall_rules};
use super::store::DutyRow;
use crate::act::Scope;
use crate::act::duty::Wall;
use crate::district::Processes;
use crate::page::{Form, Visitor};
use crate::words::Lang;

/// What a reader asks to see; it stands in the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub by_act: bool,
    pub post: String,
    pub act: String,
    pub scope: String,
    pub words: String,
}

impl Query {
    pub fn from_form(form: &Form) -> Query {
        let short = |name: &str| form.get(name).chars().take(80).collect::<String>();
        Query {
            by_act: form.get("by") == "act",
            post: short("post"),
            act: short("act"),
            scope: short("scope"),
            words: short("q"),
        }
    }

    /// The same question as the end of an address, by post or by act.
    pub fn link(&self, by_act: bool) -> String {
        let by = if by_act { "act" } else { "" };
        let pairs = [
            ("by", by),
            ("post", &self.post),
            ("act", &self.act),
            ("scope", &self.scope),
            ("q", &self.words),
        ];
        let asked: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_urlencoded::to_string(&asked) {
            Ok(text) if !text.is_empty() => format!("?{text}"),
            _ => String::new(),
        }
    }

    /// The same question as it was asked.
    pub fn here(&self) -> String {
        self.link(self.by_act)
    }

    pub fn narrows(&self) -> bool {
        [&self.post, &self.act, &self.scope, &self.words].iter().any(|value| !value.is_empty())
    }

    fn takes(&self, row: &DutyRow, words: &Words<'_>) -> bool {
        let is = |asked: &str, value: &str| asked.is_empty() || asked == value;
        is(&self.post, &row.post_kind)
            && is(&self.act, &row.act)
            && is(&self.scope, &row.scope)
            && self.finds(row, words)
    }

    fn finds(&self, row: &DutyRow, words: &Words<'_>) -> bool {
        let mut text = format!("{} {} {} {} ", row.title_zh, row.title_en, row.act, row.ground);
        for lang in [Lang::Zh, Lang::En] {
            text.push_str(&Words { lang, ..*words }.act(&row.act));
            text.push_str(&scope_title(lang, &row.scope));
        }
        let text = text.to_lowercase();
        self.words.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// One row as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the group does not say: the act, or the post.
    pub title: String,
    pub code: String,
    pub scope: String,
    pub ground: String,
}

/// Rows of one post, or of one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    pub code: String,
    pub lines: Vec<Line>,
}

/// A choice of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub title: String,
    pub chosen: bool,
}

/// A wall in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallLine {
    pub act: String,
    pub when: String,
    pub unless: String,
    pub ground: String,
}

impl WallLine {
    /// When it stands, with what it spares.
    pub fn when(&self, lang: Lang) -> String {
        if self.unless.is_empty() {
            return self.when.clone();
        }
        let said = [("when", &self.when), ("n", &self.unless)];
        lang.fill("duty.walls_edit.except", &said)
    }
}

/// What the list is told with: a language, and the procedures that name their moves.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub lang: Lang,
    pub processes: &'a Processes,
}

impl<'a> From<&'a Visitor> for Words<'a> {
    fn from(visitor: &'a Visitor) -> Words<'a> {
        Words { lang: visitor.lang, processes: &visitor.district.processes }
    }
}

impl Words<'_> {
    pub fn act(&self, act: &str) -> String {
        self.processes.act_title(act, self.lang)
    }

    /// What a wall covers: one act, or all of a kind.
    pub fn wall(&self, act: &str) -> String {
        let lang = self.lang;
        match act.strip_suffix(".*") {
            Some(of) => lang.find(&format!("duty.whole.{of}")).unwrap_or_else(|| {
                let kind = lang.find(&format!("duty.kind.{of}")).unwrap_or_else(|| of.to_owned());
                lang.with("duty.all_of", &kind)
            }),
            None => self.act(act),
        }
    }

    /// When a wall stands.
    pub fn when(&self, (condition, unless): wall_rules::When) -> String {
        let when = self.lang.say(&format!("duty.when.{}", condition.name()));
        match unless {
            None => when,
            Some(scope) => {
                let except = scope_title(self.lang, scope.name());
                self.lang.fill("duty.walls_edit.except", &[("when", when), ("n", except)])
            }
        }
    }
}

pub fn scope_title(lang: Lang, scope: &str) -> String {
    lang.find(&format!("duty.scope.{scope}")).unwrap_or_else(|| scope.to_owned())
}

pub fn post_title(lang: Lang, row: &DutyRow) -> String {
    lang.pick(&row.title_zh, &row.title_en).to_owned()
}

/// The rows that were asked for, in groups, each in the order of the list.
pub fn groups(rows: &[DutyRow], query: &Query, words: &Words<'_>) -> Vec<Group> {
    let lang = words.lang;
    let mut out: Vec<Group> = Vec::new();
    let mut kept: Vec<&DutyRow> = rows.iter().filter(|row| query.takes(row, words)).collect();
    if query.by_act {
        kept.sort_by(|a, b| a.act.cmp(&b.act));
    }
    for row in kept {
        let post = (post_title(lang, row), row.post_kind.clone());
        let act = (words.act(&row.act), row.act.clone());
        let (head, line) = if query.by_act { (act, post) } else { (post, act) };
        if out.last().is_none_or(|group| group.code != head.1) {
            out.push(Group { title: head.0, code: head.1, lines: Vec::new() });
        }
        let line = Line {
            title: line.0,
            code: line.1,
            scope: scope_title(lang, &row.scope),
            ground: row.ground.clone(),
        };
        out.last_mut().into_iter().for_each(|group| group.lines.push(line.clone()));
    }
    out
}

/// Posts, in the order of the list.
pub fn post_choices(rows: &[DutyRow], chosen: &str, lang: Lang) -> Vec<Choice> {
    let all = rows.iter().map(|row| (row.post_kind.clone(), post_title(lang, row)));
    choices(all, chosen)
}

/// Acts by their codes.
pub fn act_choices(
    acts: impl Iterator<Item = String>,
    chosen: &str,
    words: &Words<'_>,
) -> Vec<Choice> {
    let mut all: Vec<String> = acts.collect();
    all.sort();
    choices(all.into_iter().map(|act| (act.clone(), words.act(&act))), chosen)
}

pub fn scope_choices(chosen: &str, lang: Lang) -> Vec<Choice> {
    let all = Scope::ALL.map(|scope| (scope.name().to_owned(), scope_title(lang, scope.name())));
    choices(all.into_iter(), chosen)
}

/// The scopes an act can have, and the one it has.
pub fn scopes_of(act: &str, chosen: &str, lang: Lang) -> Vec<Choice> {
    let fits = scopes::of(act);
    let mut all = scope_choices(chosen, lang);
    all.retain(|one| one.chosen || fits.iter().any(|scope| scope.name() == one.value));
    all
}

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let mut out: Vec<Choice> = Vec::new();
    for (value, title) in all {
        if !out.iter().any(|choice| choice.value == value) {
            out.push(Choice { chosen: value == chosen, value, title });
        }
    }
    out
}

pub fn walls(walls: &[Wall], words: &Words<'_>) -> Vec<WallLine> {
    let lang = words.lang;
    let line = |wall: &Wall| WallLine {
        act: words.wall(&wall.act),
        when: lang.say(&format!("duty.when.{}", wall.condition.name())),
        unless: wall.unless.map(|scope| scope_title(lang, scope.name())).unwrap_or_default(),
        ground: wall.ground.clone(),
    };
    walls.iter().map(line).collect()
}
