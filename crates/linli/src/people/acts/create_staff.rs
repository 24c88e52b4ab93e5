//! The security administrator opens an account for a member of staff. The one-time password is
//! told to them once and must be changed at the first sign-in.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Subject};
use crate::base::{Fault, Id, Instant};
use crate::people::sealed::{SealedName, SealedPhone};
use crate::people::store;
use crate::store::Value;
use crate::words::Lang;

pub struct CreateStaff {
    pub id: Id,
    /// As `rules::username` gives it.
    pub username: String,
    pub name: SealedName,
    pub phone: Option<SealedPhone>,
    pub password_hash: String,
    /// Until when a one-time password is good; `None` for a password of their own.
    pub password_until: Option<Instant>,
    /// The secret of their app, where it is known already (demonstration, moved districts).
    pub totp_sealed: Option<Vec<u8>>,
    pub place_path: String,
    /// The one they are spoken to in, until they choose another.
    pub language: Lang,
}

impl Act for CreateStaff {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "staff.create".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let phone = self.phone.as_ref().map_or("", |p| p.blind.as_str());
        super::body_of(&[&self.username, &self.name.blind, phone, self.language.code()])
    }

    fn subject(&self) -> Subject {
        let reach = Reach { publicity: "private".to_owned(), ..Reach::at(self.place_path.clone()) };
        Subject::New { kind: "person", id: self.id.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        if store::id_of_username(cx.read(), &self.username)?.is_some() {
            return Err(FieldProblem::new("username", "username_taken").into());
        }
        if let Some(phone) = &self.phone
            && store::id_of_phone(cx.read(), &phone.blind)?.is_some()
        {
            return Err(FieldProblem::new("phone", "phone_taken").into());
        }
        let person = store::NewPerson {
            kind: "staff",
            name: Some(&self.name),
            phone: self.phone.as_ref(),
            place_id: None,
            place_path: &self.place_path,
            language: self.language.code(),
            consent: "duty",
        };
        let until = self.password_until.map_or(Value::Null, Value::from);
        let totp = self.totp_sealed.clone().map_or(Value::Null, Value::Blob);
        let account = vec![
            ("username", Value::from(self.username.as_str())),
            ("password_hash", self.password_hash.as_str().into()),
            ("password_until", until),
            ("totp_sealed", totp),
        ];
        store::insert_person(cx, &self.id, &person, account)?;
        Ok(self.id.clone())
    }
}
