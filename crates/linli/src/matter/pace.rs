//! How long steps take by the class of a matter, and by when all of them are done.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use linli_rules::calendar::Limit;
use linli_rules::procedure::{LimitRule, Stage};

use super::clock::{URGENT, USUAL};
use super::{Kit, Matter};
use crate::act::Done;
use crate::base::{Id, Instant};
use crate::calendar::{self, Hours};
use crate::store::{ReadTx, StoreError};

/// How quickly a matter is to be handled, by the standard of its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// It does not wait for working hours.
    pub urgent: bool,
    /// How long its handling may take; `None` where no standard says so.
    pub limit: Option<Limit>,
}

impl Pace {
    /// How long a step may take, and what that rests on where it is no standard.
    /// `usual` is asked for only where it counts.
    pub(super) fn of(
        &self,
        rule: &LimitRule,
        usual: impl FnOnce() -> Result<Limit, StoreError>,
    ) -> Result<(Limit, Option<&'static str>), StoreError> {
        Ok(match (rule, self.limit) {
            (LimitRule::Fixed(limit), _) => fixed(*limit, self.urgent),
            (LimitRule::Standard, Some(limit)) => (limit, None),
            (LimitRule::Standard, None) => (usual()?, Some(USUAL)),
        })
    }
}

/// A limit that the stage fixes. What is urgent does not wait for working hours.
pub(super) fn fixed(limit: Limit, urgent: bool) -> (Limit, Option<&'static str>) {
    if urgent { (limit.continuous(), Some(URGENT)) } else { (limit, None) }
}

/// By when a matter has been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub at: Instant,
    /// Years whose holidays it does without, as `clock::guessed` tells those of a due time.
    pub guessed: BTreeSet<i32>,
}

impl Expected {
    /// The years that a due time does without, and those that this does without.
    pub fn and_guessed(&self, due: Option<String>) -> Option<String> {
        let due = due.as_deref().unwrap_or_default();
        let years: BTreeSet<i32> = due
            .split(',')
            .filter_map(|year| year.parse().ok())
            .chain(self.guessed.clone())
            .collect();
        let years: Vec<String> = years.iter().map(i32::to_string).collect();
        (!years.is_empty()).then(|| years.join(","))
    }
}

/// What matters come to from now on. Of many, what several rest on is read once.
pub struct Outlook<'k> {
    kit: &'k Kit,
    now: Instant,
    hours: HashMap<Option<Id>, Hours>,
    usual: Option<Limit>,
}

impl<'k> Outlook<'k> {
    pub fn new(kit: &'k Kit, now: Instant) -> Outlook<'k> {
        Outlook { kit, now, hours: HashMap::new(), usual: None }
    }

    /// Whether there is anything to reckon: see [`Outlook::expected`].
    pub fn is_open(&self, matter: &Matter) -> bool {
        matter.due_at.is_some_and(|due| due >= self.now) && !self.onward(matter).is_empty()
    }

    fn onward(&self, matter: &Matter) -> Vec<&'k Stage> {
        let stage = self.kit.process.stage(&matter.stage);
        stage.map(|stage| self.kit.process.onward(stage)).unwrap_or_default()
    }

    /// When a matter has been done at the latest if each step from here on takes all the time it
    /// has: the due time of the step it is at, and after it the limits of those still to come.
    /// `None` where no clock runs, where the step is late already, so that nobody can say, and
    /// where the procedure does not say what comes next.
    pub fn expected(
        &mut self,
        tx: &ReadTx<'_>,
        matter: &Matter,
        pace: &Pace,
    ) -> Done<Option<Expected>> {
        let Some(due) = matter.due_at.filter(|_| self.is_open(matter)) else { return Ok(None) };
        let mut limits = Vec::new();
        for rule in self.onward(matter).into_iter().filter_map(|stage| stage.limit.as_ref()) {
            limits.push(pace.of(&rule.rule, || self.usual(tx))?.0);
        }
        let hours = self.hours(tx, matter.body.as_ref())?;
        let (mut at, mut guessed) = (due, BTreeSet::new());
        for limit in limits {
            let step = hours.due(at, &limit);
            at = step.at;
            guessed.extend(step.missing_years);
        }
        Ok(Some(Expected { at, guessed }))
    }

    fn usual(&mut self, tx: &ReadTx<'_>) -> Result<Limit, StoreError> {
        match self.usual {
            Some(limit) => Ok(limit),
            None => Ok(*self.usual.insert(calendar::store::usual_limit(tx)?)),
        }
    }

    fn hours(&mut self, tx: &ReadTx<'_>, body: Option<&Id>) -> Result<&Hours, StoreError> {
        match self.hours.entry(body.cloned()) {
            Entry::Occupied(kept) => Ok(kept.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(self.kit.worktime.hours(tx, body)?)),
        }
    }
}
