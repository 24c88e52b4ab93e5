//! Guards that every kind of matter may use, and the check of what is put down.

use linli_rules::procedure::{Call, Field, FieldKind, Move};

use super::{Matter, Put, store};
use crate::act::{Acting, Done, Failure, FieldProblem, Refusal};

/// Guards the engine itself knows.
pub const GUARDS: [&str; 4] = ["record_is", "is_reporter", "at_most_every", "photos_at_least"];

/// Whether a guard of the engine holds; `None` for one it does not know.
pub(super) fn holds(
    cx: &Acting<'_, '_>,
    matter: &Matter,
    act: &str,
    call: &Call,
    put: &Put,
) -> Done<Option<bool>> {
    let text = |name| call.text(name).unwrap_or_default();
    Ok(Some(match call.guard.as_str() {
        "record_is" => put.get(text("field")) == text("value"),
        "is_reporter" => matter.owner.is_some() && matter.owner == cx.actor.person,
        "at_most_every" => {
            let hours = call.number("hours").unwrap_or(0);
            let last = store::last(cx.read(), &matter.id, act)?;
            last.is_none_or(|at| cx.now() >= at.plus_hours(hours))
        }
        "photos_at_least" => {
            let role = text("field");
            let there = put.photos.iter().filter(|photo| photo.role == role).count();
            there as i64 >= call.number("n").unwrap_or(1)
        }
        _ => return Ok(None),
    }))
}

/// The refusal of a guard that does not hold.
pub(super) fn refusal(call: &Call) -> Refusal {
    let code = match call.guard.as_str() {
        "is_reporter" => "is_reporter",
        "at_most_every" => "at_most_every",
        "photos_at_least" => "photos_at_least",
        "body_has_duty" => "body_has_duty",
        "cites_duty_or_gap" => "cites_duty_or_gap",
        "not_the_handler" => "not_the_handler",
        "reopen_window" => "reopen_window",
        _ => "guard_fails",
    };
    let refusal = Refusal::new(code).with("guard", call.guard.clone());
    ["n", "hours", "days"].into_iter().fold(refusal, |refusal, name| match call.number(name) {
        Some(n) => refusal.with(name, n.to_string()),
        None => refusal,
    })
}

/// Checks each field of the record against the procedure: there when required, no longer than
/// allowed, a choice one of the options.
pub(super) fn check(by: &Move, put: &Put) -> Done<()> {
    let problems: Vec<FieldProblem> =
        by.record.iter().filter_map(|field| problem(field, put)).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Invalid(problems)) }
}

fn problem(field: &Field, put: &Put) -> Option<FieldProblem> {
    let wrong = |code| FieldProblem::new(&field.name, code);
    let most = field.max.map(|max| max as usize);
    if field.kind == FieldKind::Photos {
        let there = put.photos.iter().filter(|photo| photo.role == field.name).count();
        return match most {
            Some(max) if there > max => Some(wrong("too_many_photos").with("max", max)),
            _ if field.required && there == 0 => Some(wrong("photo_missing")),
            _ => None,
        };
    }
    let value = put.get(&field.name).trim();
    if value.is_empty() {
        return field.required.then(|| wrong("missing"));
    }
    let length = value.chars().count();
    match field.kind {
        FieldKind::Text | FieldKind::Longtext if length > most.unwrap_or(2000) => {
            Some(wrong("too_long").with("max", most.unwrap_or(2000)))
        }
        FieldKind::Choice if !field.options.iter().any(|option| option.value == value) => {
            Some(wrong("not_an_option"))
        }
        FieldKind::Number if value.parse::<u32>().is_err() => Some(wrong("not_a_number")),
        FieldKind::Day if value.parse::<crate::base::Day>().is_err() => Some(wrong("not_a_day")),
        _ => None,
    }
}
