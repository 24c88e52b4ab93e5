//! Ids: 26 characters of sortable text, made by the application or by a client.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::random;
use linli_rules::time::Instant;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of an id that say when it was made.
const TIME: usize = 10;

/// An id: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32 (lower case).
///
/// Ids sort by the time they were made, unless a store wants them apart (`Store::laid`). A client
/// may make its own: 22 to 26 characters of `[0-9a-z]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Id(String);

impl Id {
    /// A new id, made at `now`.
    pub fn new(now: Instant) -> Id {
        let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
        let mut raw = [0_u8; 16];
        raw[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        raw[6..].copy_from_slice(&random::bytes::<10>());
        Id(encode(u128::from_be_bytes(raw)))
    }

    /// An id that follows from `seed` alone: for rows that are the same however often made.
    pub fn derived(seed: &str) -> Id {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(seed.as_bytes());
        let mut raw = [0_u8; 16];
        raw.copy_from_slice(&hash[..16]);
        raw[0] = 0;
        Id(encode(u128::from_be_bytes(raw)))
    }

    /// The `n`th id of an act: from its instant and its own randomness, so a retry makes the same.
    pub(crate) fn seeded(at: Instant, entropy: &[u8; 32], n: u32) -> Id {
        use sha2::Digest as _;
        let mut hash = sha2::Sha256::new();
        hash.update(entropy);
        hash.update(n.to_be_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        let mut raw = [0_u8; 16];
        raw[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        raw[6..].copy_from_slice(&hash[..10]);
        Id(encode(u128::from_be_bytes(raw)))
    }

    /// The same id with its random part in front: ids made one after another lie far from each
    /// other in an index, where otherwise all would be put in at its end.
    #[must_use]
    pub(crate) fn scattered(&self) -> Id {
        match self.0.split_at_checked(TIME) {
            Some((time, chance)) => Id(format!("{chance}{time}")),
            None => self.clone(),
        }
    }

    /// An id that came from outside, or `None` when it has not the shape of one.
    pub fn parse(text: &str) -> Option<Id> {
        let shaped = (22..=26).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        shaped.then(|| Id(text.to_owned()))
    }

    /// An id read back from our own store.
    pub(crate) fn stored(text: String) -> Id {
        Id(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn encode(mut value: u128) -> String {
    let mut out = [0_u8; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Id, D::Error> {
        let text = String::deserialize(from)?;
        Id::parse(&text).ok_or_else(|| serde::de::Error::custom("an id has 22 to 26 characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = Id::new(Instant(1_700_000_000_000_000));
        let late = Id::new(Instant(1_700_000_000_001_000));
        assert!(early < late);
        assert_eq!(early.as_str().len(), 26);
        assert_eq!(Id::parse(early.as_str()), Some(early));
    }

    #[test]
    fn scattered_ids_begin_with_chance_and_are_ids() {
        let id = Id::new(Instant(1_700_000_000_000_000));
        let far = id.scattered();
        assert_eq!(far.as_str()[..16], id.as_str()[10..]);
        assert_eq!(far.as_str()[16..], id.as_str()[..10]);
        assert_eq!(Id::parse(far.as_str()), Some(far));
    }

    #[test]
    fn what_has_not_the_shape_of_an_id_is_none() {
        let long = "0".repeat(27);
        for bad in ["", "short", "0123456789ABCDEFGHJKMN", "' or 1=1 --aaaaaaaaaaaaa", &long] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }
}
