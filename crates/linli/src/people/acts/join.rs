//! Somebody who showed that a number is theirs becomes a resident with an account.
//! Consent is given on the page before (个人信息保护法 第13条第1项、第14条); who has an account from a
//! clerk or a program, or agreed to an older text, gives it when they first come in themselves.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Failure, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::{PERSONS, store};

pub struct Join {
    pub id: Id,
    pub phone: SealedPhone,
    /// How they want to be called; may be left out.
    pub name: Option<SealedName>,
    pub language: &'static str,
    /// The text consented to, such as `privacy-1`.
    pub consent: String,
    /// The district as a whole, until they say where they live.
    pub place_path: String,
}

impl Act for Join {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "person.join".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let name = self.name.as_ref().map_or("", |n| n.blind.as_str());
        super::body_of(&[&self.phone.blind, name, self.language, &self.consent])
    }

    fn subject(&self) -> Subject {
        let reach = Reach { publicity: "private".to_owned(), ..Reach::at(self.place_path.clone()) };
        Subject::New { kind: "person", id: self.id.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        if store::id_of_phone(cx.read(), &self.phone.blind)?.is_some() {
            return Err(Refusal::new("phone_known").into());
        }
        let person = store::NewPerson {
            kind: "resident",
            name: self.name.as_ref(),
            phone: Some(&self.phone),
            place_id: None,
            place_path: &self.place_path,
            language: self.language,
            consent: &self.consent,
        };
        store::insert_person(cx, &self.id, &person, Vec::new())?;
        Ok(self.id.clone())
    }
}

/// A resident who has an account agrees to the notice as it is now.
pub struct Agree {
    pub person: Id,
    /// The text consented to.
    pub consent: String,
}

impl Act for Agree {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.consent".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&["agree", self.person.as_str(), &self.consent])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::agree(cx, &self.person, &self.consent)? { Ok(()) } else { Err(Failure::Hidden) }
    }
}
