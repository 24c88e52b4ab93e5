//! Keys as programs show them. Whose key proved right is counted by the key; anybody else, and
//! whoever makes keys up, by the address they ask from, with a limit of its own for trying keys.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::http::{Extensions, HeaderMap};

use super::bearer;
use crate::act::{Done, Refusal};
use crate::district::District;
use crate::page::limit::{Limit, TOO_OFTEN, address};
use crate::people::keys::{self, Holder};

/// Keys kept in mind before all are proved anew.
const MOST_PROVED: usize = 20_000;

/// The keys that proved right, by their hashes, and the addresses that tried others.
#[derive(Clone)]
pub struct Shown {
    proved: Arc<Mutex<HashSet<String>>>,
    tries: Limit,
}

impl Default for Shown {
    fn default() -> Shown {
        Shown::within(Limit::of_keys())
    }
}

impl Shown {
    /// With a limit of its own for keys that have not proved right.
    pub fn within(tries: Limit) -> Shown {
        Shown { proved: Arc::default(), tries }
    }

    /// By what a request is counted: a key that proved right, else where it comes from.
    pub fn counted_by(&self, headers: &HeaderMap, extensions: &Extensions) -> String {
        let key = bearer(headers).map(keys::hash).filter(|hash| self.knows(hash));
        key.unwrap_or_else(|| address(headers, extensions))
    }

    fn knows(&self, hash: &str) -> bool {
        self.proved.lock().is_ok_and(|proved| proved.contains(hash))
    }

    /// The holder of a key; `None` where it is unknown or has ended. An address that has tried too
    /// many keys is refused before the next is looked up.
    pub async fn holder(&self, district: &District, key: &str, from: &str) -> Done<Option<Holder>> {
        let hash = keys::hash(key);
        if !self.knows(&hash)
            && let Some(seconds) = self.tries.wait(from)
        {
            let refused = Refusal::new(TOO_OFTEN).with("seconds", seconds.to_string());
            return Err(refused.into());
        }
        let (wanted, now) = (hash.clone(), district.now());
        let found = district.store().read(move |tx| keys::store::holder(tx, &wanted, now)).await?;
        if let Ok(mut proved) = self.proved.lock() {
            if proved.len() >= MOST_PROVED {
                proved.clear();
            }
            match found {
                Some(_) => proved.insert(hash),
                None => proved.remove(&hash),
            };
        }
        Ok(found)
    }
}
