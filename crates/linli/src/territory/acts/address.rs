//! 录入和删除地址: addresses of a place, so that people can choose theirs instead of typing it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::act::{Act, Acting, Done, Failure, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id, text};
use crate::territory::{PLACES, Point, store};

/// Addresses one act takes at most.
pub const MOST_ADDRESSES: usize = 600;
/// The act that takes addresses out of the table.
pub const REMOVE: &str = "address.remove";
/// Letters of an address.
pub const ADDRESS_MAX: usize = 100;

/// One address: `望潮路20号梧桐里1号楼`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewAddress {
    pub text: String,
    /// Code of the place it lies in.
    pub place: String,
    pub point: Option<Point>,
}

/// Enters addresses; those that are there already are passed over.
#[derive(Clone, Debug, Serialize)]
pub struct ImportAddresses {
    pub within: Id,
    pub addresses: Vec<NewAddress>,
}

impl Act for ImportAddresses {
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        "address.import".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.within)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        if self.addresses.len() > MOST_ADDRESSES {
            let most = MOST_ADDRESSES.to_string();
            return Err(Refusal::new("too_many_addresses").with("max", most).into());
        }
        let mut entered = 0;
        for (at, new) in self.addresses.iter().enumerate() {
            let field = format!("address{}", at + 1);
            let words = text::clean(&new.text, ADDRESS_MAX)
                .map_err(|_| FieldProblem::new(&field, "address_text").with("max", ADDRESS_MAX))?;
            let place = store::place_by_code(cx.read(), &new.place)?
                .filter(|place| place.within(&cx.reach.place_path))
                .ok_or_else(|| {
                    FieldProblem::new(&field, "place_unknown").with("code", &new.place)
                })?;
            if store::address_is_known(cx.read(), &place.path, &words)? {
                continue;
            }
            let id = cx.new_id();
            store::add_address(cx.tx, &id, &place, &words, new.point)?;
            entered += 1;
        }
        Ok(entered)
    }
}

/// Takes addresses out of the table: those entered by a slip, those that are no more. What was
/// reported at one keeps its words.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveAddresses {
    pub within: Id,
    pub addresses: Vec<Id>,
}

impl Act for RemoveAddresses {
    /// How many were taken out; those that somebody else took out are none of them.
    type Outcome = i64;

    fn name(&self) -> Cow<'static, str> {
        REMOVE.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.within)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<i64> {
        if self.addresses.is_empty() {
            return Err(FieldProblem::new("address", "address_none_ticked").into());
        }
        if self.addresses.len() > MOST_ADDRESSES {
            let most = MOST_ADDRESSES.to_string();
            return Err(Refusal::new("too_many_addresses").with("max", most).into());
        }
        let mut removed = 0;
        for id in &self.addresses {
            let Some(address) = store::address_by_id(cx.read(), id)? else { continue };
            if !address.place_path.starts_with(&cx.reach.place_path) {
                return Err(Failure::Hidden);
            }
            removed += store::remove_address(cx.tx, id)?;
        }
        Ok(removed)
    }
}
