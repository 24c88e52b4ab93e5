//! What the matter of a notice is called: looked up as the notice is read, by what its reader may
//! see then. A case that is no longer theirs to see leaves its number and no words of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::NoticeView;
use crate::act::{Actor, Done, DutyList};
use crate::base::Id;
use crate::district::District;
use crate::page::Visitor;
use crate::store::ReadTx;

/// What a matter is called, and whether it waits for the reader's rating.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub title: String,
    pub to_rate: bool,
}

/// What a matter is called for whoever asks; nothing where they may not see it. Matters stand after
/// notices in the order of the modules, so the application tells.
pub type TitleOf =
    fn(&ReadTx<'_>, &Arc<District>, (&Actor, &Arc<DutyList>), &Id) -> Done<Option<Named>>;

/// Puts the title of its matter into each notice, for this reader, and tells of each matter.
pub fn name(
    tx: &ReadTx<'_>,
    reader: &Visitor,
    title_of: TitleOf,
    notices: &mut [NoticeView],
) -> Done<BTreeMap<Id, Named>> {
    let mut known: BTreeMap<Id, Named> = BTreeMap::new();
    for notice in notices {
        let Some(matter) = notice.matter.clone() else { continue };
        if !known.contains_key(&matter) {
            let asks = (&reader.actor, &reader.duties);
            let named = title_of(tx, &reader.district, asks, &matter)?;
            let untitled = || Named { title: reader.lang.say("notices.untitled"), to_rate: false };
            known.insert(matter.clone(), named.unwrap_or_else(untitled));
        }
        notice.params.retain(|(name, _)| name != "title");
        notice
            .params
            .extend(known.get(&matter).map(|named| ("title".to_owned(), named.title.clone())));
    }
    Ok(known)
}
