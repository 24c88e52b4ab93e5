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
