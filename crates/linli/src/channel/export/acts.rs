//! Taking lists out of the district: in the record who did it, and with unmasked words also why, in
//! the log of everyone concerned (个人信息保护法 第44条、第51条).

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use super::cases::Found;
use crate::act::{Act, Acting, Actor, Done, FieldProblem, Order, Reach, Subject};
use crate::base::{Fault, Id};
use crate::district::District;
use crate::people;

/// The longest reason.
pub(super) const REASON_MAX: usize = 200;

fn subject(kind: &'static str, actor: &Actor, id: String) -> Subject {
    let reach = Reach {
        body: actor.body.clone(),
        publicity: "public".to_owned(),
        ..Reach::at(actor.place_path.clone())
    };
    Subject::New { kind, id, reach }
}

/// Somebody takes a list out.
pub(super) struct TakeOut {
    pub actor: Actor,
    pub what: String,
    pub form: &'static str,
    /// Why its words go out unmasked, where they do.
    pub reason: Option<String>,
}

impl Act for TakeOut {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.export".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(&self.what, self.form, &self.reason))?)
    }

    fn subject(&self) -> Subject {
        subject("list", &self.actor, format!("{}.{}", self.what, self.form))
    }

    fn perform(&self, _: &mut Acting<'_, '_>) -> Done<()> {
        Ok(())
    }
}

/// One page of cases goes out with its words as they stand.
pub(super) struct Carry {
    actor: Actor,
    asked: Asked,
}

#[derive(Serialize)]
pub(super) struct Asked {
    reason: String,
    /// Reporter, where there is one with an account, and number of each case that goes out in full.
    cases: BTreeSet<(Option<Id>, String)>,
}

impl Carry {
    /// Those cases that are not masked.
    pub fn of(page: &[Found], reason: &str) -> Asked {
        let open = page.iter().filter(|found| found.open);
        let cases = open.map(|found| {
            let matter = &found.row.matter;
            (matter.owner.clone(), matter.number.clone())
        });
        Asked { reason: reason.to_owned(), cases: cases.collect() }
    }
}

/// Writes each look into the log, and so into that of its reporter, before anything goes out.
pub(super) fn noted(district: &District, actor: &Actor, asked: Asked) -> Done<()> {
    if asked.cases.is_empty() {
        return Ok(());
    }
    let act = Carry { actor: actor.clone(), asked };
    district.door.perform_blocking(actor, Order::new(district.new_id(), act))?;
    Ok(())
}

impl Act for Carry {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "case.unmask".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&self.asked)?)
    }

    fn subject(&self) -> Subject {
        subject("list", &self.actor, "cases".to_owned())
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if self.asked.reason.trim().is_empty() {
            return Err(FieldProblem::new("reason", "missing").into());
        }
        for (reporter, number) in &self.asked.cases {
            let look = people::store::Looking {
                about: reporter.as_ref(),
                what: "case.export",
                case: Some(number),
                reason: &self.asked.reason,
            };
            people::store::note_look(cx, &look)?;
        }
        Ok(())
    }
}
