//! 预警: whoever has to do the next thing is told as half of its time is used, then four fifths, and
//! when it is due; then others too, as the procedure says. Each once for a clock, in working time
//! unless the limit runs by night as well.

use std::borrow::Cow;

use linli_rules::calendar::{Limit, LimitKind};

use super::{CLOCK, Kit, Running, store};
use crate::act::{Act, Acting, Done, Reach, Refusal, Subject, Tell};
use crate::base::{Fault, Id, Instant};
use crate::calendar::Hours;
use crate::district::Standing;
use crate::params;
use crate::store::{ReadTx, StoreError};

/// Clocks that one act tells of.
const AT_ONCE: i64 = 100;
/// What should have been told longer ago is news to nobody: a case that was brought in, a district
/// that was not served for days.
const STALE_DAYS: i64 = 1;

/// How far a clock has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Half,
    Most,
    Due,
}

impl Mark {
    const EARLY: [(Mark, u32); 2] = [(Mark::Half, 500), (Mark::Most, 800)];

    /// The notice: `case.clock_half`.
    fn notice(self, subject: &str) -> String {
        let name = match self {
            Mark::Half => "clock_half",
            Mark::Most => "clock_most",
            Mark::Due => "clock_due",
        };
        format!("{subject}.{name}")
    }
}

/// When a clock is told of. One that goes on from another has no `limit` of its own, and is told
/// of when it is due: earlier warnings came while the other ran.
fn marks(hours: &Hours, running: &Running, limit: Option<&Limit>) -> Vec<(Mark, Instant)> {
    let waits = limit.is_some_and(|limit| limit.kind == LimitKind::NaturalDay);
    let told = |at: Instant| if waits { hours.opens(at) } else { at };
    let early = limit.into_iter().flat_map(|limit| {
        Mark::EARLY.map(|(mark, share)| (mark, told(hours.reaches(running.since, share, limit))))
    });
    let mut all: Vec<(Mark, Instant)> = early.filter(|(_, at)| *at < running.due_at).collect();
    all.push((Mark::Due, told(running.due_at)));
    all
}

/// When a clock is next told of after an instant; never, where all of that has passed.
pub(super) fn next(
    hours: &Hours,
    running: &Running,
    limit: Option<&Limit>,
    after: Instant,
) -> Option<Instant> {
    let all = marks(hours, running, limit);
    all.into_iter().map(|(_, at)| at).filter(|at| *at > after).min()
}

/// When a clock that has its whole limit is first told of. One that is entered later than it began
/// begins with what is not stale by then.
pub(super) fn first(
    hours: &Hours,
    running: &Running,
    limit: &Limit,
    entered: Instant,
) -> Option<Instant> {
    let after = running.since.max(entered.plus_days(-STALE_DAYS));
    next(hours, running, Some(limit), after)
}

const WAITING: &str = "
    select id, matter_id, name, body_id, limit_kind, limit_n, started_at, due_at, warn_at,
           resumes_id
    from clock where warn_at <= $1 order by warn_at, id limit $2";
const WARNED: &str = "
    update clock set warn_at = $3 where id = $1 and warn_at = $2 and stopped_at is null";

/// A clock of which somebody is to be told now.
struct Waiting {
    id: Id,
    matter: Id,
    name: String,
    body: Option<Id>,
    limit: Option<Limit>,
    running: Running,
    warn_at: Instant,
}

fn waiting(tx: &ReadTx<'_>, now: Instant, most: i64) -> Result<Vec<Waiting>, StoreError> {
    tx.rows(WAITING, params![now, most], |row| {
        let (kind, n): (String, i64) = (row.get(4)?, row.get(5)?);
        let whole = row.get::<Option<Id>>(9)?.is_none();
        let kind = LimitKind::from_name(&kind).filter(|_| whole);
        Ok(Waiting {
            id: row.get(0)?,
            matter: row.get(1)?,
            name: row.get(2)?,
            body: row.get(3)?,
            limit: kind.zip(u32::try_from(n).ok()).map(|(kind, n)| Limit { kind, n }),
            running: Running { since: row.get(6)?, due_at: row.get(7)? },
            warn_at: row.get(8)?,
        })
    })
}

/// Whether there is a clock of which somebody is to be told by now.
pub fn waits(tx: &ReadTx<'_>, now: Instant) -> Result<bool, StoreError> {
    Ok(!waiting(tx, now, 1)?.is_empty())
}

/// Tells of clocks that have come so far; gives how many it looked at.
pub struct Warn {
    pub kit: Kit,
}

impl Act for Warn {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{}.warn", self.kit.process.subject))
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "clocks", id: "running".to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        let all = waiting(cx.read(), cx.now(), AT_ONCE)?;
        let standing = self.kit.processes.current(cx.read(), &self.kit.process.id)?;
        let standing = standing.ok_or_else(|| Refusal::new("no_procedure"))?;
        for clock in &all {
            self.warn(cx, &standing, clock)?;
        }
        Ok(all.len())
    }
}

impl Warn {
    fn warn(&self, cx: &mut Acting<'_, '_>, standing: &Standing, clock: &Waiting) -> Done<()> {
        let since = clock.running.since;
        let hours = self.kit.worktime.hours_at(cx.read(), clock.body.as_ref(), since)?;
        let all = marks(&hours, &clock.running, clock.limit.as_ref());
        let stale = cx.now().plus_days(-STALE_DAYS);
        let now = cx.now();
        // Of several that have come meanwhile the last one says it all. A clock that has run out by
        // another length, however long ago, has been so only since it was given that.
        let fresh = |at: Instant| at.max(clock.warn_at) >= stale;
        let mark = all.iter().rfind(|(_, at)| *at <= now).filter(|(_, at)| fresh(*at));
        let next = next(&hours, &clock.running, clock.limit.as_ref(), now);
        let row = params![clock.id, clock.warn_at, next];
        let changed = cx.tx.write(CLOCK, &clock.id, WARNED, row)?;
        match mark {
            Some((mark, _)) if changed == 1 => self.tell(cx, standing, clock, *mark),
            _ => Ok(()),
        }
    }

    fn tell(
        &self,
        cx: &mut Acting<'_, '_>,
        standing: &Standing,
        clock: &Waiting,
        mark: Mark,
    ) -> Done<()> {
        // What an import has not revealed yet is there for nobody.
        if self.kit.affair.of().reach(cx.read(), clock.matter.as_str())?.is_none() {
            return Ok(());
        }
        let Some(matter) = store::matter(cx.read(), clock.matter.as_str())? else {
            return Ok(());
        };
        let (process, affair) = (&standing.process, &self.kit.affair);
        // A clock may outlive the version that started it.
        let known = standing.all().find_map(|version| version.clock(&clock.name));
        let Some(known) = known else { return Ok(()) };
        let late = known.late.iter().filter(|_| mark == Mark::Due);
        for who in known.warns.iter().chain(late) {
            for to in affair.audience(cx, process, &matter, who)? {
                cx.tell(Tell {
                    to,
                    kind: mark.notice(&process.subject),
                    matter: Some(matter.id.clone()),
                    params: vec![
                        ("number".to_owned(), matter.number.clone()),
                        ("clock".to_owned(), known.title.zh.clone()),
                        ("clock_en".to_owned(), known.title.en.clone()),
                    ],
                    at: cx.now(),
                    texts: false,
                });
            }
        }
        Ok(())
    }
}
