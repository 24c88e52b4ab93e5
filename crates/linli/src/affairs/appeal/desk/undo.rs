//! What was just done with many at once, to be taken back.
//!
//! The browser that did it keeps which cases they were, for as long as the way back is offered.
//! That gives nobody a right: each case is taken back by an act of its own, which asks the duty
//! list and refuses where somebody has gone on since.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use linli_rules::procedure::Process;
use linli_rules::time::MICROS_PER_MINUTE;

use super::bulk::{MOST, Outcome};
use crate::base::{Id, Instant};
use crate::page::Visitor;
use crate::page::cookies::{self, BULK_UNDO};

/// How long the desk offers it where the procedure does not say how long it may be done.
const MINUTES: i64 = 10;
/// An act, and the one that takes it back.
const BACK: [(&str, &str); 2] = [("accept", "unaccept"), ("dispatch", "recall")];

/// The act by which this visitor may take another back, where there is one.
fn back(visitor: &Visitor, act: &str) -> Option<&'static str> {
    let back = BACK.iter().find(|(done, _)| *done == act).map(|(_, back)| *back);
    back.filter(|back| visitor.may(&format!("case.{back}")))
}

/// For how many minutes an act can be taken back by this visitor, where there is a way at all.
pub fn minutes(visitor: &Visitor, process: &Process, act: &str) -> Option<i64> {
    let back = back(visitor, act)?;
    let needs = process.moves.iter().filter(|by| by.act == back).flat_map(|by| &by.needs);
    Some(needs.filter_map(|call| call.number("minutes")).min().unwrap_or(MINUTES))
}

/// A batch that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// What was done.
    pub act: String,
    /// The act that takes it back.
    pub back: &'static str,
    /// A line of the form for each case: its number, and the version it was left at.
    pub lines: Vec<String>,
    /// The id of the batch that does so: the same however often it is sent.
    pub id: Id,
    pub until: Instant,
    pub minutes: i64,
}

impl Undo {
    /// What can be taken back of what was just done, for whom the duty list gives that.
    pub fn after(
        visitor: &Visitor,
        process: &Process,
        act: &str,
        (batch, done): (&Id, &[Outcome]),
    ) -> Option<Undo> {
        let lines = done.iter().map(|one| format!("{}|{}", one.number, one.version)).collect();
        let until = visitor.district.now().plus_minutes(minutes(visitor, process, act)?);
        Undo::new(visitor, act, (batch, until), lines)
    }

    fn new(
        visitor: &Visitor,
        act: &str,
        (batch, until): (&Id, Instant),
        lines: Vec<String>,
    ) -> Option<Undo> {
        let back = back(visitor, act)?;
        let left = until.micros_since(visitor.district.now());
        let known = !lines.is_empty() && lines.len() <= MOST;
        (known && left > 0).then(|| Undo {
            act: act.to_owned(),
            back,
            lines,
            id: Id::derived(&format!("undo {batch}")),
            until,
            minutes: (left + MICROS_PER_MINUTE - 1) / MICROS_PER_MINUTE,
        })
    }

    /// What this browser did a moment ago, where it was this very person.
    pub fn kept(visitor: &Visitor, headers: &HeaderMap) -> Option<Undo> {
        let kept = cookies::read(headers, &visitor.district.config, BULK_UNDO)?;
        let mut parts = kept.split('~');
        let (person, act) = (parts.next()?, parts.next()?);
        let (batch, until) = (Id::parse(parts.next()?)?, parts.next()?.parse().ok()?);
        if visitor.actor.person.as_ref().map(Id::as_str) != Some(person) {
            return None;
        }
        let lines = parts.map(str::to_owned).collect();
        Undo::new(visitor, act, (&batch, Instant(until)), lines)
    }

    /// Lets the browser keep it.
    pub fn keep(&self, visitor: &Visitor, batch: &Id, page: &mut Response) {
        let Some(person) = &visitor.actor.person else { return };
        let until = self.until.0.to_string();
        let head = [person.as_str(), &self.act, batch.as_str(), &until];
        let parts = head.into_iter().chain(self.lines.iter().map(String::as_str));
        let value = parts.collect::<Vec<_>>().join("~");
        let config = &visitor.district.config;
        set(page, cookies::set_cookie(config, BULK_UNDO, &value, self.minutes * 60));
    }
}

/// Nothing is offered any more: it was taken back, or something else was done.
pub fn forget(visitor: &Visitor, page: &mut Response) {
    set(page, cookies::clear_cookie(&visitor.district.config, BULK_UNDO));
}

fn set(page: &mut Response, cookie: HeaderValue) {
    page.headers_mut().append(header::SET_COOKIE, cookie);
}
