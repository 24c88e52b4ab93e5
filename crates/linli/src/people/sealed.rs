//! Names and numbers on their way into the table: sealed, masked, and findable by a keyed hash.

use crate::base::secret::Keys;
use crate::store::Value;

use linli_rules::mask;

/// A name ready to be kept.
#[derive(Clone)]
pub struct SealedName {
    pub sealed: Vec<u8>,
    pub masked: String,
    /// Equal for equal names, for the body of an act.
    pub blind: String,
}

impl SealedName {
    pub fn of(keys: &Keys, name: &str) -> SealedName {
        SealedName {
            sealed: keys.seal(name),
            masked: mask::name(name),
            blind: keys.blind("name", name),
        }
    }
}

/// A mobile number ready to be kept.
#[derive(Clone)]
pub struct SealedPhone {
    pub sealed: Vec<u8>,
    pub masked: String,
    pub blind: String,
}

impl SealedPhone {
    /// `phone` as `rules::phone` gives it.
    pub fn of(keys: &Keys, phone: &str) -> SealedPhone {
        SealedPhone {
            sealed: keys.seal(phone),
            masked: mask::phone(phone),
            blind: keys.blind("phone", phone),
        }
    }

    /// The three columns of a person's number; all null for none.
    pub fn columns(phone: Option<&SealedPhone>) -> [(&'static str, Value); 3] {
        [
            ("phone_sealed", phone.map_or(Value::Null, |p| Value::Blob(p.sealed.clone()))),
            ("phone_blind", phone.map_or(Value::Null, |p| p.blind.as_str().into())),
            ("phone_masked", phone.map_or(Value::Null, |p| p.masked.as_str().into())),
        ]
    }
}

/// A text on its way into a pair of columns: sealed, and as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sealed {
    sealed: Vec<u8>,
    masked: String,
}

/// How a reporter may be reached, as they left it with one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedContact {
    name: Option<Sealed>,
    phone: Option<Sealed>,
    email: Option<Sealed>,
    /// Equal for equal contacts, for the body of an act.
    blind: String,
}

impl SealedContact {
    /// `None` where nothing was left.
    pub fn of(
        keys: &Keys,
        name: Option<&str>,
        phone: Option<&str>,
        email: Option<&str>,
    ) -> Option<SealedContact> {
        name.or(phone).or(email)?;
        let all = [name, phone, email].map(Option::unwrap_or_default).join("\n");
        let seal = |text: Option<&str>, mask: fn(&str) -> String| {
            text.map(|text| Sealed { sealed: keys.seal(text), masked: mask(text) })
        };
        Some(SealedContact {
            name: seal(name, mask::name),
            phone: seal(phone, mask::phone),
            email: seal(email, mask::email),
            blind: keys.blind("contact", &all),
        })
    }

    /// The name that was left, as it is sealed.
    pub fn name_sealed(&self) -> Option<&[u8]> {
        self.name.as_ref().map(|name| name.sealed.as_slice())
    }

    pub fn columns(&self) -> [(&'static str, Value); 6] {
        let pair = |part: &Option<Sealed>| match part {
            Some(part) => (Value::Blob(part.sealed.clone()), part.masked.as_str().into()),
            None => (Value::Null, Value::Null),
        };
        let ((name, n), (phone, p), (email, e)) =
            (pair(&self.name), pair(&self.phone), pair(&self.email));
        [
            ("name_sealed", name),
            ("name_masked", n),
            ("phone_sealed", phone),
            ("phone_masked", p),
            ("email_sealed", email),
            ("email_masked", e),
        ]
    }
}

/// Only the keyed hash goes into what an act was asked: a sealed text is another each time.
impl serde::Serialize for SealedContact {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.blind)
    }
}
