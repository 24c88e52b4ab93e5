//! A case from before the masks of today is shown, and found, as cases are by now.

use std::sync::Arc;

use super::town::{Town, runtime};
use crate::affairs::appeal::CASE_FILE;
use crate::app::{self, anew};
use crate::matter::MATTER;
use crate::testing::both_engines_wired;

const BEFORE: &str = "3号楼2单元501漏水";
const NOW: &str = "3号楼2单元***漏水";

/// What everyone is shown who asks for it.
fn shown(town: &Town<'_>, number: &str) -> Vec<String> {
    let paths = [
        format!("/cases/{number}"),
        "/public".to_owned(),
        "/public.atom".to_owned(),
        format!("/open311/v2/requests/{number}.json"),
        format!("/api/v1/cases/{number}"),
        "/api/v1/cases".to_owned(),
    ];
    paths.map(|path| town.ask_for(&path, &[]).1).to_vec()
}

#[test]
fn a_door_in_an_old_title_is_shown_to_nobody_and_found_by_nobody_once_it_is_masked_anew() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report(BEFORE);
        town.report("路灯不亮");
        let bare = "update matter set title = $1 where title = $2";
        world.tamper(MATTER, bare, &[BEFORE, NOW]);
        let unmask = "update case_file set open_words = null where open_words = $1";
        world.tamper(CASE_FILE, unmask, &[NOW]);
        let found = || town.ask_for("/public?q=501", &[]).1.contains(&case.number);
        assert!(found(), "its words are those of before");
        let masked = || runtime().block_on(anew::all(&Arc::clone(&world.district))).unwrap();
        assert_eq!(masked(), 1);
        for told in shown(&town, &case.number) {
            assert!(told.contains(NOW) && !told.contains("单元501"), "{told}");
        }
        assert!(!found());
        let left = "select count(*) from matter t join case_file f on f.id = t.id
            where t.title like '%501%' or coalesce(f.open_words, f.words) like '%501%'";
        assert_eq!(town.count(left), 0);
        assert_eq!(town.matter(&case.matter).version, 1, "nobody has worked on it");
        world.tamper(MATTER, "update matter set title = $1 where title = $2", &[BEFORE, NOW]);
        assert_eq!(masked(), 0, "once by each version of the masks");
    });
}
