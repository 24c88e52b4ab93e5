//! A clerk registers somebody at the counter or at their door (窗口登记、上门代办); Open311 and the
//! hotline do the same for whoever left a number. Who is known already is found, not doubled.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::act::{Act, Acting, Done, Reach, Subject};
use crate::base::{Fault, Id};
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::store;

pub struct Register {
    pub id: Id,
    pub name: SealedName,
    pub phone: Option<SealedPhone>,
    pub place_id: Option<Id>,
    pub place_path: String,
    pub language: String,
    /// `counter`, `door`, `hotline`, `open311`: where they agreed to be registered.
    pub consent: String,
}

/// The one registered, and whether they were known before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registered {
    pub person: Id,
    pub known: bool,
}

impl Act for Register {
    type Outcome = Registered;

    fn name(&self) -> Cow<'static, str> {
        "person.register".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let phone = self.phone.as_ref().map_or("", |p| p.blind.as_str());
        super::body_of(&[&self.name.blind, phone, &self.place_path, &self.consent])
    }

    fn subject(&self) -> Subject {
        let reach = Reach { publicity: "private".to_owned(), ..Reach::at(self.place_path.clone()) };
        Subject::New { kind: "person", id: self.id.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Registered> {
        let known = match &self.phone {
            Some(phone) => store::id_of_phone(cx.read(), &phone.blind)?,
            None => None,
        };
        if let Some(person) = known {
            return Ok(Registered { person, known: true });
        }
        let person = store::NewPerson {
            kind: "resident",
            name: Some(&self.name),
            phone: self.phone.as_ref(),
            place_id: self.place_id.as_ref(),
            place_path: &self.place_path,
            language: &self.language,
            consent: &self.consent,
        };
        store::insert_person(cx, &self.id, &person, Vec::new())?;
        Ok(Registered { person: self.id.clone(), known: false })
    }
}
