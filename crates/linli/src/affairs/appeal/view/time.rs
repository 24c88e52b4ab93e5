//! Time in words: how long is left, how late it is, and why the due time is what it is.

use linli_rules::calendar::{Due, Limit, LimitKind, Off, Step};
use linli_rules::time::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};

use crate::base::{Day, Instant};
use crate::calendar::{Hours, Worktime};
use crate::district;
use crate::matter::clock::{self, ClockView, RECLASSED, URGENT, USUAL};
use crate::matter::{Matter, Running};
use crate::procedure;
use crate::store::{ReadTx, StoreError};
use crate::words::Lang;

/// A due time as a chip: a colour, and always words with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sla {
    /// `red`, `yellow` or `green`.
    pub tone: &'static str,
    pub text: String,
}

/// The years whose holidays a due time does without, said beside its chip: a guess that looks like
/// a promise is worse than none.
pub fn marked(lang: Lang, sla: Option<Sla>, guessed: Option<&str>) -> Option<Sla> {
    let mut sla = sla?;
    if let Some(years) = guessed {
        let said = lang.with("calendar.guess_short", &years);
        sla.text =
            lang.pick("{a}（{b}）", "{a} ({b})").replace("{a}", &sla.text).replace("{b}", &said);
    }
    Some(sla)
}

/// How near the due time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    Late,
    /// Four fifths of the time are gone.
    Soon,
    Fine,
}

/// By the clock on the wall, so that lists can ask the database the same.
pub fn nearness(since: Instant, due: Instant, now: Instant) -> Nearness {
    let (gone, whole) = (now.micros_since(since), due.micros_since(since));
    if now >= due {
        Nearness::Late
    } else if i128::from(gone) * 5 >= i128::from(whole) * 4 {
        Nearness::Soon
    } else {
        Nearness::Fine
    }
}

/// The chip of a matter; none where no clock runs.
pub fn sla(lang: Lang, matter: &Matter, now: Instant) -> Option<Sla> {
    let due = matter.due_at?;
    let left = |key: &str, micros: i64| lang.with(key, &span(lang, micros));
    Some(match nearness(matter.stage_since, due, now) {
        Nearness::Late => Sla { tone: "red", text: left("case.sla.late", now.micros_since(due)) },
        Nearness::Soon => {
            Sla { tone: "yellow", text: left("case.sla.soon", due.micros_since(now)) }
        }
        Nearness::Fine => Sla { tone: "green", text: left("case.sla.fine", due.micros_since(now)) },
    })
}

/// The chip of a clock that runs beside the stages: what is to be done, and how long is left.
pub fn beside(lang: Lang, title: &str, clock: &Running, now: Instant) -> Sla {
    let (key, tone, micros) = match nearness(clock.since, clock.due_at, now) {
        Nearness::Late => ("case.beside.late", "red", now.micros_since(clock.due_at)),
        Nearness::Soon => ("case.beside.left", "yellow", clock.due_at.micros_since(now)),
        Nearness::Fine => ("case.beside.left", "green", clock.due_at.micros_since(now)),
    };
    let fields = [("clock", title.to_owned()), ("n", span(lang, micros))];
    Sla { tone, text: lang.fill(key, &fields) }
}

/// A length of time in its largest unit, rounded down; two units below three days.
pub fn span(lang: Lang, micros: i64) -> String {
    let micros = micros.max(0);
    let one = |unit: &str, n: i64| units(lang, unit, n);
    let (days, hours) = (micros / MICROS_PER_DAY, micros / MICROS_PER_HOUR);
    let minutes = micros / MICROS_PER_MINUTE;
    match (days, hours) {
        (3.., _) => one("day", days),
        (1.., _) if hours % 24 == 0 => one("day", days),
        (1.., _) => {
            format!("{} {}", one("day", days), one("hour", hours % 24))
        }
        (_, 1..) => one("hour", hours),
        _ => one("minute", minutes.max(1)),
    }
}

fn units(lang: Lang, unit: &str, n: i64) -> String {
    let key = if n == 1 { format!("case.one.{unit}") } else { format!("case.many.{unit}") };
    lang.with(&key, &n)
}

/// A length of time in hours and minutes, rounded down.
fn to_the_minute(lang: Lang, micros: i64) -> String {
    let (hours, minutes) = (micros / MICROS_PER_HOUR, micros % MICROS_PER_HOUR / MICROS_PER_MINUTE);
    match (hours, minutes) {
        (0, minutes) => units(lang, "minute", minutes),
        (hours, 0) => units(lang, "hour", hours),
        _ => format!("{} {}", units(lang, "hour", hours), units(lang, "minute", minutes)),
    }
}

/// An instant cut to its minute, in microseconds: as the clock shows it. What lies between the
/// times that are shown adds up to the limit, whatever seconds it began at.
fn minutes(at: Instant) -> i64 {
    at.0.div_euclid(MICROS_PER_MINUTE) * MICROS_PER_MINUTE
}

/// 11 月 21 日 08:58; with its year when that is another.
pub fn short(lang: Lang, at: Instant, now: Instant, offset: i32) -> String {
    let same = at.day(offset).year() == now.day(offset).year();
    filled(lang, if same { "case.when" } else { "case.when_with_year" }, at, offset)
}

/// 2026 年 11 月 21 日 08:58: for what is kept, and read in another year.
pub fn dated(lang: Lang, at: Instant, offset: i32) -> String {
    filled(lang, "case.when_with_year", at, offset)
}

fn filled(lang: Lang, key: &str, at: Instant, offset: i32) -> String {
    let (year, of_year, day) = at.day(offset).ymd();
    let minute = at.minute_of_day(offset);
    let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
    let [year, day] = [year.to_string(), day.to_string()];
    lang.fill(key, &[("y", year), ("m", month(lang, of_year)), ("d", day), ("t", clock)])
}

/// A month by its name: of 12/4 nobody can tell which of the two it is.
fn month(lang: Lang, of_year: impl std::fmt::Display) -> String {
    lang.say(&format!("case.month.{of_year}"))
}

fn day(lang: Lang, day: Day) -> String {
    let (_, of_year, of_month) = day.ymd();
    lang.fill("case.on_day", &[("m", month(lang, of_year)), ("d", of_month.to_string())])
}

/// A limit in words: 2 个工作时.
pub fn limit(lang: Lang, kind: &str, n: i64) -> String {
    procedure::length(lang, kind, n)
}

/// One clock of a case, and the answer to "why until then?".
#[derive(Clone, Debug)]
pub struct ClockLine {
    pub title: String,
    pub limit: String,
    pub started: String,
    pub due: String,
    pub stopped: Option<String>,
    /// In time, late by so much, or running; as a chip.
    pub state: Sla,
    pub why: Vec<String>,
    /// Years for which the calendar has no holidays yet.
    pub gap: Option<String>,
}

/// What the clocks of a case are told with.
pub struct Told<'a, 'c> {
    pub lang: Lang,
    pub tx: &'a ReadTx<'c>,
    pub worktime: &'a Worktime,
    /// The procedure and its versions of before: they name the clocks.
    pub versions: &'a district::Standing,
    pub offset: i32,
    pub now: Instant,
}

impl Told<'_, '_> {
    /// The clocks of a case in words, newest first.
    pub fn clocks(&self, clocks: &[ClockView]) -> Result<Vec<ClockLine>, StoreError> {
        clocks.iter().rev().map(|clock| self.line(clocks, clock)).collect()
    }

    fn line(&self, all: &[ClockView], clock: &ClockView) -> Result<ClockLine, StoreError> {
        let lang = self.lang;
        let short = |at| short(lang, at, self.now, self.offset);
        let why = match clock.limit() {
            Some(limit) => self.why(all, clock, &limit)?,
            None => Vec::new(),
        };
        Ok(ClockLine {
            title: self.versions.clock_title(&clock.name, lang),
            limit: limit(lang, &clock.limit_kind, clock.limit_n),
            started: short(clock.started_at),
            due: short(clock.due_at),
            stopped: clock.stopped_at.map(short),
            state: state(lang, clock, self.now),
            why,
            gap: clock.calendar_gap.clone(),
        })
    }

    fn limit(&self, known: &Limit) -> String {
        limit(self.lang, known.kind.name(), i64::from(known.n))
    }

    /// Each step of the count in a sentence of its own, by the calendar and the hours that held
    /// when the clock started. Where they give another time than the one that was promised, the
    /// promise stands, and no reasons are invented for it.
    fn why(
        &self,
        all: &[ClockView],
        clock: &ClockView,
        limit: &Limit,
    ) -> Result<Vec<String>, StoreError> {
        let (body, start) = (clock.body.as_ref(), clock.started_at);
        let before = all.iter().find(|one| Some(&one.id) == clock.resumes.as_ref());
        let stopped = before.and_then(|before| clock::stopped(all, before));
        let due_by = |hours: &Hours| -> Due {
            match &stopped {
                Some(stopped) => hours.resume(start, limit, stopped),
                None => hours.due(start, limit),
            }
        };
        let mut due = due_by(&self.worktime.hours_at(self.tx, body, start)?);
        if due.at != clock.due_at {
            due = due_by(&self.worktime.hours(self.tx, body)?);
        }
        let basis = match clock.basis.as_deref() {
            Some(USUAL) => Some("case.why.usual"),
            Some(RECLASSED) => Some("case.why.class"),
            Some(URGENT) => Some("case.why.urgent"),
            _ => None,
        };
        let said = basis.map(|key| self.lang.with(key, &self.limit(limit)));
        if due.at != clock.due_at {
            return Ok(vec![said.unwrap_or_else(|| self.lang.say("case.why.changed"))]);
        }
        let steps = due.explain.iter().map(|step| sentence(self.lang, step, start, self.offset));
        Ok(said.into_iter().chain(steps).collect())
    }
}

fn state(lang: Lang, clock: &ClockView, now: Instant) -> Sla {
    let end = clock.stopped_at.unwrap_or(now);
    let running = clock.stopped_at.is_none();
    if clock.dropped && end <= clock.due_at {
        return Sla { tone: "plain", text: lang.say("case.sla.dropped") };
    }
    if end > clock.due_at {
        let late = span(lang, end.micros_since(clock.due_at));
        let key = match (running, clock.dropped) {
            (true, _) => "case.sla.late",
            (false, true) => "case.sla.dropped_late",
            (false, false) => "case.sla.was_late",
        };
        return Sla { tone: "red", text: lang.with(key, &late) };
    }
    if !running {
        return Sla { tone: "green", text: lang.say("case.sla.was_in_time") };
    }
    let left = span(lang, clock.due_at.micros_since(now));
    match nearness(clock.started_at, clock.due_at, now) {
        Nearness::Soon => Sla { tone: "yellow", text: lang.with("case.sla.soon", &left) },
        _ => Sla { tone: "green", text: lang.with("case.sla.fine", &left) },
    }
}

fn sentence(lang: Lang, step: &Step, now: Instant, offset: i32) -> String {
    let at = |at: &Instant| short(lang, *at, now, offset);
    let clock = |at: &Instant| at.local_text(offset).split_off(11);
    let made_up = |key: &str, fields: &[(&str, String)], make_up: &Option<linli_rules::Words>| {
        let said = lang.fill(key, fields);
        match make_up {
            None => said,
            Some(name) => said + &lang.with("case.why.make_up", &name.in_lang(lang.code())),
        }
    };
    match step {
        Step::Continuous { from, to } => {
            lang.fill("case.why.continuous", &[("a", at(from)), ("b", at(to))])
        }
        Step::Slot { day: on, from, to, make_up } => {
            let n = to_the_minute(lang, minutes(*to) - minutes(*from));
            let fields = [("d", day(lang, *on)), ("a", clock(from)), ("b", clock(to)), ("n", n)];
            made_up("case.why.slot", &fields, make_up)
        }
        Step::OutsideHours { from, to } => {
            lang.fill("case.why.outside", &[("a", at(from)), ("b", at(to))])
        }
        Step::StartDay { day: on } => lang.fill("case.why.start_day", &[("d", day(lang, *on))]),
        Step::WorkDay { day: on, number, make_up } => {
            let fields = [("d", day(lang, *on)), ("n", number.to_string())];
            made_up("case.why.work_day", &fields, make_up)
        }
        Step::NotWorking { from, to, off } => {
            let off = match off {
                Off::Weekend => lang.say("case.why.weekend"),
                Off::Holiday { name } => name.in_lang(lang.code()).to_owned(),
            };
            let fields = [("a", day(lang, *from)), ("b", day(lang, *to)), ("off", off)];
            let key = if from == to { "case.why.day_off" } else { "case.why.days_off" };
            lang.fill(key, &fields)
        }
        Step::MissingYear { year } => lang.with("case.why.missing_year", year),
        Step::RanOut { at: due, stopped } => {
            lang.fill("case.why.ran_out", &[("a", at(due)), ("b", at(stopped))])
        }
        Step::Used { kind, until, used, left } => {
            let key = match kind {
                LimitKind::WorkHour | LimitKind::WorkDay => "case.why.used_work",
                _ => "case.why.used",
            };
            // One down and one up, so that together they are the limit.
            let left = left.saturating_add(MICROS_PER_MINUTE - 1);
            let [used, left] = [*used, left].map(|micros| to_the_minute(lang, micros));
            lang.fill(key, &[("a", at(until)), ("used", used), ("left", left)])
        }
    }
}

#[cfg(test)]
mod tests {
    use linli_rules::calendar::{Calendar, Schedule, due};
    use linli_rules::time::CHINA;

    use super::*;

    #[test]
    fn a_day_is_told_with_the_name_of_its_month_and_what_is_kept_with_its_year() {
        let at = |text: &str| Instant::from_rfc3339(text).unwrap();
        let (due, now) = (at("2026-12-04T18:00:00+08:00"), at("2026-11-30T10:00:00+08:00"));
        let told = |lang| [short(lang, due, now, CHINA), dated(lang, due, CHINA)];
        assert_eq!(told(Lang::En), ["4 Dec 18:00", "4 Dec 2026 18:00"]);
        assert_eq!(told(Lang::Zh), ["12 月 4 日 18:00", "2026 年 12 月 4 日 18:00"]);
        let next_year = at("2027-01-04T18:00:00+08:00");
        assert_eq!(short(Lang::En, next_year, now, CHINA), "4 Jan 2027 18:00");
        assert_eq!(day(Lang::En, due.day(CHINA)), "4 Dec");
        assert_eq!(day(Lang::Zh, due.day(CHINA)), "12 月 4 日");
    }

    #[test]
    fn a_limit_of_one_is_told_as_one() {
        assert_eq!(limit(Lang::En, "work_day", 1), "1 working day");
        assert_eq!(limit(Lang::En, "work_hour", 4), "4 working hours");
        assert_eq!(limit(Lang::Zh, "work_day", 1), "1 个工作日");
    }

    #[test]
    fn the_parts_of_a_limit_add_up_to_it() {
        let limit = Limit { kind: LimitKind::WorkHour, n: 4 };
        for (start, parts) in [
            ("16:01:30", ["16:01—18:00 是工作时间，计 1 小时 59 分钟", "计 2 小时 1 分钟"]),
            (
                "16:00:00",
                ["16:00—18:00 是工作时间，计 2 小时", "08:00—10:00 是工作时间，计 2 小时"],
            ),
        ] {
            let start = Instant::from_rfc3339(&format!("2026-11-24T{start}+08:00")).unwrap();
            let due = due(start, &limit, &Calendar::shipped(), &Schedule::default());
            let said = due.explain.iter().map(|step| sentence(Lang::Zh, step, start, CHINA));
            let said = said.collect::<Vec<_>>().join("\n");
            for part in parts {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
}
