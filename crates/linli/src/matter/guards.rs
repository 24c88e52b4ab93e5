//! Guards that every kind of matter may use, and the check of what is put down.

use linli_rules::calendar::Limit;
use linli_rules::procedure::{Call, Field, FieldKind, Move, Signature, Takes, What};

use super::{Affair, Matter, Put, store, timeline};
use crate::act::{Acting, Actor, Done, Failure, FieldProblem, Refusal};
use crate::base::{Fault, Instant, text::choices};
use crate::store::ReadTx;
use crate::territory::Point;

/// Fields whose value is a word that can be compared.
const WORDS: &[FieldKind] = &[FieldKind::Choice, FieldKind::Text, FieldKind::Number];
/// Fields whose value is what somebody wrote.
const WRITTEN: &[FieldKind] = &[FieldKind::Text, FieldKind::Longtext];
/// The longest time between two of the same.
const MOST_HOURS: i64 = Limit::MOST as i64;
const MOST_PHOTOS: i64 = 9;
/// A slip is seen within the hour or looked into like everything else.
const MOST_MINUTES: i64 = 60;

/// Guards the engine itself knows, with what they take and how they refuse.
pub const GUARDS: [Signature<'static>; 7] = [
    Signature {
        name: "record_is",
        takes: &[Takes::need("field", What::Field(WORDS)), Takes::need("value", What::Value)],
        refusal: "guard_fails",
    },
    Signature {
        name: "says",
        takes: &[Takes::need("field", What::Field(WRITTEN))],
        refusal: "guard_fails",
    },
    Signature { name: "is_reporter", takes: &[], refusal: "is_reporter" },
    Signature {
        name: "at_most_every",
        takes: &[Takes::need("hours", What::Number { least: 1, most: MOST_HOURS })],
        refusal: "at_most_every",
    },
    Signature {
        name: "within_clock",
        takes: &[Takes::need("clock", What::Clock)],
        refusal: "within_clock",
    },
    Signature {
        name: "photos_at_least",
        takes: &[
            Takes::need("field", What::Field(&[FieldKind::Photos])),
            Takes::need("n", What::Number { least: 1, most: MOST_PHOTOS }),
        ],
        refusal: "photos_at_least",
    },
    Signature {
        name: "right_after",
        takes: &[
            Takes::need("act", What::Act),
            Takes::need("minutes", What::Number { least: 1, most: MOST_MINUTES }),
        ],
        refusal: "right_after",
    },
];

fn lacking(call: &Call, name: &str) -> Failure {
    Failure::Fault(Fault::new(format!("{} runs without its {name}", call.guard)))
}

/// A number that the signature of the guard asks for: it was there when the file was read.
pub fn number(call: &Call, name: &str) -> Done<i64> {
    call.number(name).ok_or_else(|| lacking(call, name))
}

/// A text that the signature of the guard asks for.
pub fn text<'a>(call: &'a Call, name: &str) -> Done<&'a str> {
    call.text(name).ok_or_else(|| lacking(call, name))
}

/// Whether a guard of the engine holds; `None` for one it does not know.
pub(super) fn holds(
    cx: &Acting<'_, '_>,
    matter: &Matter,
    act: &str,
    call: &Call,
    put: &Put,
) -> Done<Option<bool>> {
    Ok(Some(match call.guard.as_str() {
        "record_is" => put.get(text(call, "field")?) == text(call, "value")?,
        "says" => !put.get(text(call, "field")?).is_empty(),
        "is_reporter" => matter.owner.is_some() && matter.owner == cx.actor.person,
        "at_most_every" => {
            let hours = number(call, "hours")?;
            let last = store::last_by(cx.read(), &matter.id, act, cx.actor)?;
            last.is_none_or(|at| cx.now() >= at.plus_hours(hours))
        }
        // A procedure names only the clock of the stages that the move is made at.
        "within_clock" => matter.in_time(cx.now()),
        "photos_at_least" => {
            let role = text(call, "field")?;
            let there = put.photos.iter().filter(|photo| photo.role == role).count();
            i64::try_from(there).unwrap_or(i64::MAX) >= number(call, "n")?
        }
        "right_after" => right_after(cx.read(), matter, call, (cx.actor, cx.now()))?,
        _ => return Ok(None),
    }))
}

/// The act was the last thing done with the matter, by this very person, a moment ago.
pub fn right_after(
    tx: &ReadTx<'_>,
    matter: &Matter,
    call: &Call,
    (actor, now): (&Actor, Instant),
) -> Done<bool> {
    let (act, minutes) = (text(call, "act")?, number(call, "minutes")?);
    let last = timeline::newest(tx, &matter.id)?;
    Ok(last.is_some_and(|last| {
        let fresh = now <= last.at.plus_minutes(minutes);
        last.act == act && last.actor == actor.person && fresh
    }))
}

/// The refusal of a guard that does not hold.
pub(super) fn refusal(affair: &dyn Affair, call: &Call) -> Refusal {
    let known = GUARDS.iter().chain(affair.guards()).find(|known| known.name == call.guard);
    let code = known.map_or("guard_fails", |known| known.refusal);
    let refusal = Refusal::new(code).with("guard", call.guard.clone());
    ["n", "minutes", "hours", "days"].into_iter().fold(refusal, |refusal, name| {
        match call.number(name) {
            Some(n) => refusal.with(name, n.to_string()),
            None => refusal,
        }
    })
}

/// Checks what is put down against the record the procedure asks for: each field there when
/// required, no longer or larger than allowed, a choice one of the options, a name of something
/// that is there, a check-list ticked line by line; and nothing that the record does not ask for.
pub(super) fn check(
    cx: &Acting<'_, '_>,
    affair: &dyn Affair,
    matter: &Matter,
    by: &Move,
    put: &Put,
) -> Done<()> {
    let mut problems: Vec<FieldProblem> = Vec::new();
    for field in &by.record {
        problems.extend(match field.kind {
            FieldKind::Checks => unticked(field, &affair.checks(cx.read(), matter, put)?, put),
            _ => problem(cx, affair, field, put)?,
        });
    }
    problems.extend(unasked(affair, by, put));
    if problems.is_empty() { Ok(()) } else { Err(Failure::Invalid(problems)) }
}

/// Fields and photos that the record has no place for.
fn unasked(affair: &dyn Affair, by: &Move, put: &Put) -> Vec<FieldProblem> {
    let wrong = |name: &String| FieldProblem::new(name, "no_such_field").with("field", name);
    let asked = |name: &str| {
        let beside = |field: &Field| affair.beside(field.kind).contains(&name);
        by.record
            .iter()
            .any(|field| (field.name == name && field.kind != FieldKind::Photos) || beside(field))
    };
    // A form asks for what all moves of an act may want, and leaves empty what this one does not.
    let given = put.fields.iter().filter(|(_, value)| !value.trim().is_empty());
    let fields = given.map(|(name, _)| name).filter(|name| !asked(name)).map(wrong);
    let has = |role: &str| by.field(role).is_some_and(|field| field.kind == FieldKind::Photos);
    let photos = put.photos.iter().map(|photo| &photo.role).filter(|role| !has(role)).map(wrong);
    fields.chain(photos).collect()
}

/// The first line of a check-list that nobody ticked, else a tick for what is not on it: the list
/// may have changed since the form was drawn.
fn unticked(field: &Field, lines: &[String], put: &Put) -> Option<FieldProblem> {
    let ticked: Vec<&str> = choices(put.get(&field.name)).collect();
    let open = lines.iter().find(|line| !ticked.contains(&line.as_str()));
    if let Some(line) = open.filter(|_| field.required) {
        return Some(FieldProblem::new(&field.name, "unticked").with("line", line));
    }
    let strange = ticked.iter().any(|one| lines.iter().all(|line| line != one));
    strange.then(|| FieldProblem::new(&field.name, "not_an_option"))
}

/// The longest name of a body, a class, a place or a duty: an id or a code.
const NAME_MAX: usize = 64;

fn problem(
    cx: &Acting<'_, '_>,
    affair: &dyn Affair,
    field: &Field,
    put: &Put,
) -> Done<Option<FieldProblem>> {
    let wrong = |code| FieldProblem::new(&field.name, code);
    let most = field.max.map(|max| max as usize);
    if field.kind == FieldKind::Photos {
        let there = put.photos.iter().filter(|photo| photo.role == field.name).count();
        return Ok(match most {
            Some(max) if there > max => Some(wrong("too_many_photos").with("max", max)),
            _ if field.required && there == 0 => Some(wrong("photo_missing")),
            _ => None,
        });
    }
    let value = put.get(&field.name).trim();
    if value.is_empty() {
        return Ok(field.required.then(|| wrong("missing")));
    }
    let named = |code| -> Done<Option<FieldProblem>> {
        let short = value.chars().count() <= NAME_MAX;
        Ok((!short || !affair.exists(cx, field.kind, value)?).then(|| wrong(code)))
    };
    let largest = field.max.unwrap_or(u32::MAX);
    Ok(match field.kind {
        FieldKind::Text | FieldKind::Longtext => {
            let max = most.unwrap_or(2000);
            (value.chars().count() > max).then(|| wrong("too_long").with("max", max))
        }
        FieldKind::Choice => {
            let known = field.options.iter().any(|option| option.value == value);
            (!known).then(|| wrong("not_an_option"))
        }
        FieldKind::Number => match value.parse::<u32>() {
            Err(_) => Some(wrong("not_a_number")),
            Ok(n) => (n > largest).then(|| wrong("number_too_large").with("max", largest)),
        },
        FieldKind::Day => value.parse::<crate::base::Day>().is_err().then(|| wrong("not_a_day")),
        FieldKind::Position => Point::written(value).is_none().then(|| wrong("no_such_point")),
        FieldKind::Body => named("no_such_body")?,
        FieldKind::Class => named("no_such_class")?,
        FieldKind::Place => named("no_such_place")?,
        FieldKind::Duty => named("no_such_duty")?,
        FieldKind::Photos | FieldKind::Checks => None,
    })
}
