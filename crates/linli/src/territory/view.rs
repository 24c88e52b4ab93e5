//! How places are shown: the tree with who is on duty, the map's data, a place's history.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::act::{Acting, Done};
use crate::base::{Id, Instant};
use crate::store::{ReadTx, StoreError};
use crate::words::Lang;

use super::{Ground, Place, store};

/// Whoever holds posts on this many grids has more than one person can walk.
pub const TOO_MANY_GRIDS: usize = 3;
/// Areas a map shows at once; a bigger district shows its upper levels only.
const MOST_AREAS: usize = 400;
/// Names a map shows at once.
const MOST_NAMES: usize = 6;

/// A post as the pages of places show it.
#[derive(Clone, Debug)]
pub struct Posted {
    pub id: Id,
    pub version: i64,
    /// As the duty list names it: `grid_worker`.
    pub kind: String,
    pub title: String,
    pub body: String,
    pub contact: Option<String>,
    pub place_path: String,
    /// Who holds it now, by the name that is published.
    pub holders: Vec<(Id, String)>,
}

/// The posts at a place and below it. People own the tables; places only ask.
pub type PostsBelow = fn(&ReadTx<'_>, &str, Instant) -> Result<Vec<Posted>, StoreError>;

/// Puts a post of this version at another place; `false` when it was changed meanwhile.
pub type PutPost = fn(&mut Acting<'_, '_>, &Id, &Place, i64) -> Done<bool>;

/// Whether there are people enough where a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staffing {
    /// No post was set up at the place.
    NoPost,
    /// Posts, but nobody holds one.
    Nobody,
    /// Some posts are free.
    SomeFree,
    /// Everybody there also has two or more other grids.
    Stretched,
    Good,
}

impl Staffing {
    pub fn of(posts: &[&Posted], grids_of: &HashMap<&Id, HashSet<&str>>) -> Staffing {
        let holders: Vec<&Id> =
            posts.iter().flat_map(|post| post.holders.iter().map(|(id, _)| id)).collect();
        let stretched =
            |id: &&Id| grids_of.get(id).is_some_and(|grids| grids.len() >= TOO_MANY_GRIDS);
        if posts.is_empty() {
            Staffing::NoPost
        } else if holders.is_empty() {
            Staffing::Nobody
        } else if posts.iter().any(|post| post.holders.is_empty()) {
            Staffing::SomeFree
        } else if holders.iter().all(stretched) {
            Staffing::Stretched
        } else {
            Staffing::Good
        }
    }

    pub fn tone(self) -> &'static str {
        match self {
            Staffing::NoPost | Staffing::Nobody => "red",
            Staffing::SomeFree | Staffing::Stretched => "yellow",
            Staffing::Good => "green",
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Staffing::NoPost => "territory.staffing.no_post",
            Staffing::Nobody => "territory.staffing.nobody",
            Staffing::SomeFree => "territory.staffing.some_free",
            Staffing::Stretched => "territory.staffing.stretched",
            Staffing::Good => "territory.staffing.good",
        }
    }
}

/// A line of the list of places.
#[derive(Clone, Debug)]
pub struct Line {
    pub place: Place,
    /// How far below the place of the page.
    pub depth: usize,
    pub level: String,
    pub drawn: bool,
    pub is_leaf: bool,
    pub posts: Vec<Posted>,
    pub staffing: Staffing,
    /// Leaves below it that want people.
    pub wanting: usize,
    pub leaves: usize,
}

impl Line {
    pub fn tone(&self) -> &'static str {
        self.staffing.tone()
    }
}

/// The word for a level: ours from the messages, a place's own as it stands.
pub fn level_word(lang: Lang, level: &str) -> String {
    lang.find(&format!("territory.level.{level}")).unwrap_or_else(|| level.to_owned())
}

/// Whoever can be called stands first: that is what most readers look for.
fn reachable_first(posts: &[&Posted]) -> Vec<Posted> {
    let mut posts: Vec<Posted> = posts.iter().map(|post| (*post).clone()).collect();
    posts.sort_by_key(|post| post.contact.is_none());
    posts
}

/// The place at `path` and all below it, in the order of the tree, with who is on duty.
pub fn lines(ground: &Ground, path: &str, posts: &[Posted], lang: Lang) -> Vec<Line> {
    let mut at: BTreeMap<&str, Vec<&Posted>> = BTreeMap::new();
    let mut grids_of: HashMap<&Id, HashSet<&str>> = HashMap::new();
    for post in posts {
        at.entry(&post.place_path).or_default().push(post);
        for (holder, _) in &post.holders {
            grids_of.entry(holder).or_default().insert(&post.place_path);
        }
    }
    let places: Vec<&Place> = ground.places().filter(|place| place.within(path)).collect();
    let base = places.first().map_or(0, |first| first.depth());
    let drawn: HashSet<&Id> = ground.areas().map(|(place, _)| &place.id).collect();
    let parents: HashSet<&Id> = places.iter().filter_map(|place| place.parent.as_ref()).collect();
    let mut out: Vec<Line> = places
        .iter()
        .map(|place| {
            let posts = at.get(place.path.as_str()).map_or(&[][..], Vec::as_slice);
            Line {
                place: (*place).clone(),
                depth: place.depth() - base,
                level: level_word(lang, &place.level),
                drawn: drawn.contains(&place.id),
                is_leaf: !parents.contains(&place.id),
                staffing: Staffing::of(posts, &grids_of),
                posts: reachable_first(posts),
                wanting: 0,
                leaves: 0,
            }
        })
        .collect();
    count_leaves(&mut out);
    out
}

fn count_leaves(lines: &mut [Line]) {
    let leaves: Vec<(String, bool)> = lines
        .iter()
        .filter(|line| line.is_leaf)
        .map(|line| (line.place.path.clone(), line.staffing != Staffing::Good))
        .collect();
    for line in lines.iter_mut().filter(|line| !line.is_leaf) {
        let below = leaves.iter().filter(|(path, _)| path.starts_with(&line.place.path));
        (line.leaves, line.wanting) =
            below.fold((0, 0), |(all, want), (_, wants)| (all + 1, want + usize::from(*wants)));
    }
}

/// A part of the list that opens: a street with everything in it.
#[derive(Clone, Debug)]
pub struct Block {
    pub head: Line,
    pub lines: Vec<Line>,
}

/// The lines below the first, parted at the places right under it.
pub fn blocks(lines: &[Line]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    for line in lines.iter().skip(1) {
        match out.last_mut() {
            Some(block) if line.depth > 1 => block.lines.push(line.clone()),
            _ => out.push(Block { head: line.clone(), lines: Vec::new() }),
        }
    }
    out
}

/// What the map shows: the boundaries at and below the page's place, the leaves in the colour of
/// their staffing. Empty when nothing is drawn.
pub fn map_json(ground: &Ground, lines: &[Line], lang: Lang) -> String {
    let mut drawn: Vec<&Line> = lines.iter().filter(|line| line.drawn).collect();
    drawn.sort_by_key(|line| line.depth);
    drawn.truncate(MOST_AREAS);
    if drawn.is_empty() {
        return String::new();
    }
    let named = named_depth(&drawn);
    let features: Vec<String> = drawn
        .iter()
        .filter_map(|line| {
            let area = ground.area_of(&line.place.id)?;
            let words = if line.is_leaf { lang.say(line.staffing.key()) } else { String::new() };
            let mut properties = serde_json::json!({
                "name": line.place.name,
                "text": words,
                "href": format!("/grids/{}", line.place.code),
                "label": line.depth == named,
            });
            if line.is_leaf {
                properties["tone"] = line.tone().into();
            }
            Some(feature(&properties, &area.geojson()))
        })
        .collect();
    areas(&features)
}

/// The deepest level of which few enough are drawn that their names can be read on a phone.
fn named_depth(drawn: &[&Line]) -> usize {
    let count = |depth: usize| drawn.iter().filter(|line| line.depth == depth).count();
    let deepest = drawn.iter().map(|line| line.depth).max().unwrap_or(0);
    (0..=deepest).rev().find(|depth| (1..=MOST_NAMES).contains(&count(*depth))).unwrap_or(0)
}

/// Boundaries around one that is being drawn: the place above and its parts.
pub fn neighbours_json(ground: &Ground, place: &Place) -> String {
    let near = ground.areas().filter(|(other, _)| {
        let above = Some(&other.id) == place.parent.as_ref();
        other.id != place.id && (above || other.parent == place.parent)
    });
    let features: Vec<String> = near
        .map(|(other, area)| {
            let properties = serde_json::json!({ "name": other.name, "tone": "grey" });
            feature(&properties, &area.geojson())
        })
        .collect();
    areas(&features)
}

fn feature(properties: &serde_json::Value, geometry: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
}

/// Safe inside a script element: no `<` stands in it.
fn areas(features: &[String]) -> String {
    let all = features.join(",");
    format!(r#"{{"areas":{{"type":"FeatureCollection","features":[{all}]}},"fit":true}}"#)
        .replace('<', "\\u003c")
}

/// One event in the life of a place, oldest first.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Instant,
    pub words: String,
    pub links: Vec<Place>,
}

/// What happened to a place.
pub fn history(tx: &ReadTx<'_>, place: &Place, lang: Lang) -> Result<Vec<Event>, StoreError> {
    let say = |key: &str| lang.say(&format!("territory.history.{key}"));
    let past = store::past(tx, &place.id)?;
    let first = past.first().map_or(&place.name, |past| &past.name).clone();
    let began = lang.with("territory.history.began", &first);
    let from = store::predecessors(tx, &place.id)?;
    let mut out = vec![Event { at: place.valid_from, words: began, links: from }];
    let now = [(&place.name, &place.code, &place.level)];
    let then = past.iter().skip(1).map(|past| (&past.name, &past.code, &past.level)).chain(now);
    for (before, (name, code, level)) in past.iter().zip(then) {
        let words = |level: &str| level_word(lang, level);
        for (key, from, to) in [
            ("renamed", before.name.clone(), name.clone()),
            ("recoded", before.code.clone(), code.clone()),
            ("relevelled", words(&before.level), words(level)),
        ] {
            if from != to {
                let params = [("from", from.as_str()), ("to", to.as_str())];
                let words = lang.fill(&format!("territory.history.{key}"), &params);
                out.push(Event { at: before.until, words, links: Vec::new() });
            }
        }
    }
    for (n, (since, _)) in store::outline_times(tx, &place.id)?.into_iter().enumerate() {
        let words = say(if n == 0 { "drawn" } else { "redrawn" });
        out.push(Event { at: since, words, links: Vec::new() });
    }
    if let Some(end) = place.valid_to {
        let links = store::successors(tx, &place.id)?;
        out.push(Event { at: end, words: say("ended"), links });
    }
    out.sort_by_key(|event| event.at);
    Ok(out)
}
