//! The default duty list that ships inside the program (`data/duties.toml`).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::act::Scope;
use crate::act::duty::WallCondition;
use crate::base::Fault;
use crate::disclosure::{KindFields, NewDuty, NewWall};

/// The file itself.
pub const TEXT: &str = include_str!("../../data/duties.toml");

/// A duty list as a file: kinds of post, duties, walls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipped {
    pub post: Vec<ShippedPost>,
    pub duty: Vec<ShippedDuty>,
    pub wall: Vec<ShippedWall>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedPost {
    pub id: Spanned<String>,
    pub level: String,
    pub group: String,
    pub title: Title,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    pub zh: String,
    pub en: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedDuty {
    pub post: Spanned<String>,
    pub act: String,
    pub scope: Spanned<String>,
    pub ground: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedWall {
    pub act: String,
    pub unless_scope: Spanned<String>,
    pub when: Spanned<String>,
    pub ground: String,
}

/// A duty list, or a part of one, as it is written into a district.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rows {
    pub kinds: Vec<(String, KindFields)>,
    pub walls: Vec<NewWall>,
    pub duties: Vec<NewDuty>,
}

impl Rows {
    pub fn of(text: &str) -> Result<Rows, Fault> {
        let list = parse(text).map_err(|e| Fault::new(e.to_string()))?;
        let walls = list.wall.into_iter().map(|wall| NewWall {
            act: wall.act,
            condition: wall.when.into_inner(),
            unless_scope: Some(wall.unless_scope.into_inner()).filter(|scope| !scope.is_empty()),
            ground: wall.ground,
        });
        let duties = list.duty.into_iter().map(|duty| NewDuty {
            post_kind: duty.post.into_inner(),
            act: duty.act,
            scope: duty.scope.into_inner(),
            ground: duty.ground,
        });
        Ok(Rows {
            kinds: (0..).zip(list.post).map(|(nth, post)| kind(nth, post)).collect(),
            walls: walls.collect(),
            duties: duties.collect(),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.walls.is_empty() && self.duties.is_empty()
    }
}

/// Shipped kinds stand ten apart, so that a place's own find room between them.
fn kind(nth: i64, post: ShippedPost) -> (String, KindFields) {
    let fields = KindFields {
        title_zh: post.title.zh,
        title_en: post.title.en,
        level: post.level,
        group: post.group,
        position: nth * 10,
    };
    (post.id.into_inner(), fields)
}

/// Why a duty list file is not taken, with the line that is to be mended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("duties.toml, line {line}: {reason}")]
pub struct BadList {
    pub line: usize,
    pub reason: String,
}

/// Reads a duty list; the first thing wrong with it is named with its line.
pub fn parse(text: &str) -> Result<Shipped, BadList> {
    let bad = |at: usize, reason: String| BadList { line: line_of(text, at), reason };
    let list: Shipped = toml::from_str(text).map_err(|error| {
        bad(error.span().map_or(0, |span| span.start), error.message().to_owned())
    })?;
    check(&list).map_err(|(at, reason)| bad(at, reason))?;
    Ok(list)
}

fn check(list: &Shipped) -> Result<(), (usize, String)> {
    let mut posts = HashSet::new();
    for post in &list.post {
        if !posts.insert(post.id.get_ref().as_str()) {
            return Err((post.id.span().start, format!("the post {} is twice", post.id.get_ref())));
        }
    }
    let mut seen = HashSet::new();
    for duty in &list.duty {
        let (post, scope) = (duty.post.get_ref().as_str(), duty.scope.get_ref().as_str());
        let at = duty.post.span().start;
        if !posts.contains(post) {
            return Err((at, format!("no post is called {post}")));
        }
        if Scope::from_name(scope).is_none() {
            return Err((duty.scope.span().start, format!("no scope is called {scope}")));
        }
        if duty.ground.trim().is_empty() {
            return Err((at, format!("{} for {post} names no legal ground", duty.act)));
        }
        if !seen.insert((post, duty.act.as_str(), scope)) {
            return Err((at, format!("{} for {post} in {scope} is twice", duty.act)));
        }
    }
    list.wall.iter().try_for_each(check_wall)
}

fn check_wall(wall: &ShippedWall) -> Result<(), (usize, String)> {
    let (when, unless) = (wall.when.get_ref(), wall.unless_scope.get_ref());
    if WallCondition::from_name(when).is_none() {
        return Err((wall.when.span().start, format!("no condition is called {when}")));
    }
    if !unless.is_empty() && Scope::from_name(unless).is_none() {
        return Err((wall.unless_scope.span().start, format!("no scope is called {unless}")));
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
