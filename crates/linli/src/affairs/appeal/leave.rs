//! Whoever closes their account leaves the cases they reported (个人信息保护法 第47条): no owner, no
//! name and number in what was written, no address, and nothing of it is shown in public any more.
//! Of their own words everything goes that the mask knows to be personal. The cases themselves go
//! on.

use linli_rules::mask::{without, without_any};
use serde_json::Value;

use super::find::open_words;
use super::report::titled;
use super::report_web::forget_drafts_of;
use super::view::disclose::rounded;
use super::{CaseFile, OFFICE_ONLY, store};
use crate::act::{Acting, Done};
use crate::base::Id;
use crate::matter::timeline::Entry;
use crate::matter::{clock, store as matters, timeline};
use crate::notice;

/// Cases looked at in one act.
const AT_ONCE: i64 = 50;
/// Rows written in one act, give or take those of one case: a leaf of the record holds twice as
/// many, and no more.
const ROWS: usize = 500;

/// Takes a person out of the cases they reported; false while there are more.
pub fn matters(cx: &mut Acting<'_, '_>, person: &Id, known: &[String]) -> Done<bool> {
    let cases = matters::owned_by(cx.read(), person, AT_ONCE)?;
    let mut rows = 0;
    for case in &cases {
        // A long story takes several acts. Until its last line is clean the case stays theirs, and
        // so is found again.
        rows += clean_lines(cx, case, (Some(person), known), ROWS.saturating_sub(rows))?;
        if rows >= ROWS {
            return Ok(false);
        }
        rows += leave(cx, case, known)?;
    }
    if i64::try_from(cases.len()).unwrap_or(AT_ONCE) == AT_ONCE {
        return Ok(false);
    }
    forget_drafts_of(cx, person)?;
    notice::forget_numbers_of(cx, person)?;
    Ok(true)
}

/// Cleans lines of a case that need it, so many at most; gives how many it wrote.
fn clean_lines(
    cx: &mut Acting<'_, '_>,
    case: &Id,
    (person, known): (Option<&Id>, &[String]),
    most: usize,
) -> Done<usize> {
    let mut rows = 0;
    for entry in timeline::entries(cx.read(), case)? {
        let own = person.is_some_and(|person| is_own(&entry, person));
        let gone = |text: &str| if own { without_any(text, known) } else { without(text, known) };
        let clean = |text: &Option<String>| text.as_deref().map(gone);
        let (said, noted) = (clean(&entry.said), clean(&entry.noted));
        let facts = clean_in(&entry.facts, &|text| match is_written(&entry, text) {
            true => gone(text),
            false => without(text, known),
        });
        if (&said, &noted, &facts) == (&entry.said, &entry.noted, &entry.facts) {
            continue;
        }
        if rows == most {
            break;
        }
        matters::put_right(cx, &entry.id, (said, noted, facts))?;
        rows += 1;
    }
    Ok(rows)
}

/// Takes names and numbers out of a case that stays whose it is, if anybody's, before nobody knows
/// them any more; false while there are more lines. `names`: those everyone is shown it without.
pub(super) fn take_out(
    cx: &mut Acting<'_, '_>,
    case: &Id,
    known: &[String],
    names: &[String],
) -> Done<bool> {
    if clean_lines(cx, case, (None, known), ROWS)? >= ROWS {
        return Ok(false);
    }
    let file = store::known(cx.read(), case)?;
    let clean = cleaned(file.clone(), &|text| without(text, known), known, names);
    if clean != file {
        store::leave(cx, &clean)?;
    }
    Ok(true)
}

/// Whether a line holds their own words: they made the move, or it is the report, which somebody at
/// a counter may have written down for them.
fn is_own(entry: &Entry, person: &Id) -> bool {
    entry.actor.as_ref() == Some(person) || entry.from.is_none()
}

/// Whether a fact is among the words of its line. Others are chosen, and codes of places, which may
/// look like numbers of people.
fn is_written(entry: &Entry, fact: &str) -> bool {
    let holds = |words: &Option<String>| words.as_deref().is_some_and(|all| all.contains(fact));
    holds(&entry.said) || holds(&entry.noted)
}

/// Takes the person out of the case itself; gives how many rows it wrote.
fn leave(cx: &mut Acting<'_, '_>, case: &Id, known: &[String]) -> Done<usize> {
    let mut rows = 2;
    let mut matter = matters::known(cx.read(), case)?;
    let file = without_person(cx, store::known(cx.read(), case)?, known);
    (matter.owner, matter.title) = (None, titled(&file.words, None));
    if matter.publicity == "public" {
        OFFICE_ONLY.clone_into(&mut matter.publicity);
    }
    // Nobody is left to be spoken to.
    for clock in clock::running_beside(cx.read(), case)? {
        matters::stop_clock(cx, &clock.id, matters::Outcome::Dropped)?;
        rows += 1;
    }
    matter.beside = None;
    matters::save(cx, &mut matter)?;
    store::leave(cx, &file)?;
    Ok(rows)
}

/// A text of JSON of which every text was cleaned; it stays JSON.
fn clean_in(json: &str, gone: &dyn Fn(&str) -> String) -> String {
    fn clean(value: &mut Value, gone: &dyn Fn(&str) -> String) {
        match value {
            Value::String(text) => *text = gone(text),
            Value::Array(all) => all.iter_mut().for_each(|one| clean(one, gone)),
            Value::Object(all) => all.values_mut().for_each(|one| clean(one, gone)),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_str::<Value>(json) else { return gone(json) };
    let before = value.clone();
    clean(&mut value, gone);
    if value == before { json.to_owned() } else { value.to_string() }
}

/// The file without its reporter: their names and numbers gone from the texts, the address too, for
/// it may be their home, and the pin as wide as everyone is shown it.
fn without_person(cx: &Acting<'_, '_>, file: CaseFile, known: &[String]) -> CaseFile {
    let own = |text: &str| without_any(text, known);
    CaseFile {
        address: None,
        lat_e7: file.lat_e7.map(rounded),
        lng_e7: file.lng_e7.map(rounded),
        texts: false,
        left_at: Some(cx.now()),
        ..cleaned(file, &own, known, &[])
    }
}

/// The file with what is known gone from its texts; of its reporter's own ones goes what `own`
/// takes out.
fn cleaned(
    file: CaseFile,
    own: &dyn Fn(&str) -> String,
    known: &[String],
    names: &[String],
) -> CaseFile {
    let words = own(&file.words);
    CaseFile {
        open_words: open_words(&words, names.iter().map(String::as_str)),
        words,
        answers: clean_in(&file.answers, own),
        answer: file.answer.as_deref().map(|text| without(text, known)),
        why: file.why.as_deref().map(own),
        ..file
    }
}
