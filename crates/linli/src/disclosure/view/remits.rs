//! Which body answers for what, where and on what ground, as everyone reads it: the entries that a
//! body cites when it sends a case back.

use std::collections::HashMap;

use crate::people::remit;
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// One entry as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemitLine {
    pub body: String,
    /// Empty where the body has given none.
    pub phone: String,
    /// What it answers for, in words.
    pub kind: String,
    pub place: String,
    pub ground: String,
}

/// Every entry in force, body by body; `kinds` are codes with their names.
pub fn remits(tx: &ReadTx<'_>, kinds: &[(String, String)]) -> Result<Vec<RemitLine>, StoreError> {
    let places = territory::store::every_place(tx)?.into_iter();
    let places: HashMap<String, String> = places.map(|place| (place.path, place.name)).collect();
    let kinds: HashMap<&str, &str> = kinds.iter().map(|(id, name)| (&**id, &**name)).collect();
    let line = |entry: remit::Published| RemitLine {
        body: entry.body,
        phone: entry.phone.unwrap_or_default(),
        kind: kinds.get(&*entry.kind).map_or(entry.kind.clone(), |name| (*name).to_owned()),
        place: places.get(&entry.place_path).cloned().unwrap_or(entry.place_path),
        ground: entry.ground,
    };
    Ok(remit::published(tx)?.into_iter().map(line).collect())
}

#[cfg(test)]
pub(in crate::disclosure) mod tests {
    use calamine::Reader as _;

    use super::*;
    use crate::base::Id;
    use crate::disclosure::sheet::{self, Head};
    use crate::people::{BODY, remit::REMIT};
    use crate::store::Value;
    use crate::territory::store::PLACE;
    use crate::testing::{World, both_engines};
    use crate::words::Lang;

    const ROOT: &str = "/990101/";

    /// A body that answers for lamps, and once did for something else.
    pub(in crate::disclosure) fn answering(world: &World) {
        let place = vec![
            ("code", Value::from("990101")),
            ("level", "district".into()),
            ("name", "测试区".into()),
            ("path", ROOT.into()),
            ("sort_key", "".into()),
            ("valid_from", 1_i64.into()),
            ("version", 1_i64.into()),
        ];
        world.plant(PLACE, vec![(Id::derived(ROOT), place)]);
        let id = Id::derived("body works");
        let columns = vec![
            ("kind", Value::from("public_works")),
            ("name", "市政处".into()),
            ("phone", "0359-2021234".into()),
            ("sort_key", "市政处".into()),
            ("place_id", Value::from(&Id::derived(ROOT))),
            ("place_path", ROOT.into()),
            ("version", 1_i64.into()),
        ];
        world.plant(BODY, vec![(id.clone(), columns)]);
        let entry = |kind: &str, until: Option<i64>| {
            let mut columns = vec![
                ("body_id", Value::from(&id)),
                ("kind", kind.into()),
                ("place_path", ROOT.into()),
                ("ground", "权责清单（示例）第1项".into()),
            ];
            columns.extend(until.map(|at| ("until", at.into())));
            (Id::derived(kind), columns)
        };
        world.plant(REMIT, vec![entry("lamps", None), entry("past", Some(1))]);
    }

    #[test]
    fn the_published_list_says_which_body_answers_for_what_in_the_workbook_too() {
        both_engines(|world| {
            let kinds = [("lamps".to_owned(), "路灯".to_owned())];
            let named = kinds.clone();
            assert_eq!(world.read(move |tx| remits(tx, &named)), []);
            answering(world);
            let lines = world.read(move |tx| remits(tx, &kinds));
            let told = lines.iter().map(|line| [&*line.body, &line.phone, &line.kind]);
            assert_eq!(told.collect::<Vec<_>>(), [["市政处", "0359-2021234", "路灯"]]);
            assert_eq!((&*lines[0].place, &*lines[0].ground), ("测试区", "权责清单（示例）第1项"));
            let head = Head {
                title: "t".into(),
                note: "n".into(),
                day: "2026-11-21".parse().unwrap(),
                by_act: false,
            };
            let bytes = sheet::write(&[], (&lines, &[]), &head, Lang::Zh).unwrap();
            let mut book: calamine::Xlsx<_> =
                calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
            let range = book.worksheet_range(&Lang::Zh.say("duty.remits.sheet")).unwrap();
            let cell = |column| range.get_value((3, column)).unwrap().to_string();
            assert_eq!([cell(0), cell(1), cell(2)], ["市政处", "0359-2021234", "路灯"]);
        });
    }
}
