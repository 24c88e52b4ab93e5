//! Somebody whose duty it is looks at a full name and number, says why, and is noted; the person
//! sees it on their own page (个人信息保护法 第51条; GB/T 35273 的访问控制).

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, Subject};
use crate::base::{Fault, Id};
use crate::people::{PERSONS, store};

pub struct Unmask {
    pub person: Id,
    pub reason: String,
}

impl Act for Unmask {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "person.unmask".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.person.as_str(), &self.reason])
    }

    fn subject(&self) -> Subject {
        Subject::row(PERSONS, &self.person)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let look = store::Looking {
            about: Some(&self.person),
            what: "person.unmask",
            case: None,
            reason: &self.reason,
        };
        store::note_look(cx, &look)
    }
}
