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

/// What a matter is called for whoever asks; nothing where they may not see it. Matters stand after
/// notices in the order of the modules, so the application tells.
pub type TitleOf =
    fn(&ReadTx<'_>, &Arc<District>, (&Actor, &Arc<DutyList>), &Id) -> Done<Option<String>>;

/// Puts the title of its matter into each notice, for this reader.
pub fn name(
    tx: &ReadTx<'_>,
    reader: &Visitor,
    title_of: TitleOf,
    notices: &mut [NoticeView],
) -> Done<()> {
    let mut known: BTreeMap<Id, String> = BTreeMap::new();
    for notice in notices {
        let Some(matter) = notice.matter.clone() else { continue };
        if !known.contains_key(&matter) {
            let asks = (&reader.actor, &reader.duties);
            let title = title_of(tx, &reader.district, asks, &matter)?;
            let title = title.unwrap_or_else(|| reader.lang.say("notices.untitled"));
            known.insert(matter.clone(), title);
        }
        notice.params.retain(|(name, _)| name != "title");
        notice.params.extend(known.get(&matter).map(|title| ("title".to_owned(), title.clone())));
    }
    Ok(())
}
