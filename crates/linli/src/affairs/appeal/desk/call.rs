//! 回访: what waits for somebody to ask its reporter how it was.

use linli_rules::procedure::Move;
use linli_rules::time::MICROS_PER_DAY;

use super::super::affair;
use super::super::view::{BY_CALL, Sla, time};
use super::condition::Where;
use super::list::Lists;
use crate::act::Done;
use crate::matter::{CASES, Matter};

/// The tab of the desk.
pub const TAB: &str = "call";
/// Whoever was not reached within a month of the end is no longer called: they will have forgotten.
pub const DAYS: i64 = 30;

impl Lists<'_, '_> {
    /// Calls are this looker's to make.
    pub fn calls(&self) -> bool {
        self.looker.duties.has(&self.looker.actor, &format!("case.{BY_CALL}"))
    }

    fn by_call(&self) -> impl Iterator<Item = &Move> {
        self.process.moves.iter().filter(|by| by.act == BY_CALL)
    }

    /// Cases that ended lately and were not rated, whose reporter the looker may call.
    pub(super) fn to_call(&self, cond: &mut Where) {
        let stages: Vec<&str> =
            self.by_call().flat_map(|by| &by.from).map(String::as_str).collect();
        let stages = cond.any_of(&stages);
        let since = cond.bind(self.now.plus_days(-DAYS));
        let (actor, act) = (&self.looker.actor, format!("case.{BY_CALL}"));
        let has = self.looker.duties.filter(actor, &act, &CASES, &mut cond.values);
        // The phase stands as it is written, for an index of what is closed serves this list.
        cond.and(&format!(
            "t.phase = 'closed' and t.stage in {stages} and t.stage_since >= {since} and ({has})"
        ));
        let mut guards: Vec<&str> =
            self.by_call().flat_map(|by| &by.needs).map(|call| call.guard.as_str()).collect();
        guards.sort_unstable();
        guards.dedup();
        for guard in guards {
            match guard {
                "can_be_reached" => cond.and(&affair::reachable()),
                "not_the_handler" => {
                    let me = actor.person.as_ref().map_or("", |person| person.as_str());
                    let me = cond.bind(me);
                    cond.and(&affair::not_handled_by(&me));
                }
                _ => {}
            }
        }
    }

    /// How long "not solved" still opens a case again, as a chip; past that it is only put down.
    pub(super) fn call_by(&self, matter: &Matter) -> Done<Option<Sla>> {
        let Some(days) = self.reopens_within() else { return Ok(None) };
        let lang = self.looker.lang;
        let now = (self.now, self.looker.district.config.offset_minutes);
        let left = days - affair::days_since_closing(matter, now);
        if !affair::within_window(self.tx, matter, days, now)? {
            let key = if left < 0 { "desk.call.past" } else { "desk.call.once" };
            return Ok(Some(Sla { tone: "plain", text: lang.with(key, &days) }));
        }
        let span = time::span(lang, left * MICROS_PER_DAY);
        Ok(Some(match left {
            0 => Sla { tone: "yellow", text: lang.say("desk.call.last_day") },
            1 => Sla { tone: "yellow", text: lang.with("desk.call.left", &span) },
            _ => Sla { tone: "green", text: lang.with("desk.call.left", &span) },
        }))
    }

    /// Within how many days of its end "not solved" opens a case again.
    pub(super) fn reopens_within(&self) -> Option<i64> {
        let mut calls = self.by_call().flat_map(|by| by.when.iter().chain(&by.needs));
        calls.find(|call| call.guard == "reopen_window")?.number("days")
    }

    /// What the tab holds and what a call may bring about, in a sentence.
    pub fn about_calls(&self) -> String {
        let days = self.reopens_within().unwrap_or_default();
        let fields = [("month", DAYS.to_string()), ("days", days.to_string())];
        self.looker.lang.fill("desk.call.about", &fields)
    }
}
