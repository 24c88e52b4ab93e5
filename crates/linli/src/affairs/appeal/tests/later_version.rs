//! What was written for the office stays there, whatever a later version of the procedure opens.

use super::loop_of_a_case::said;
use super::own_process::{adopt, keeper, own};
use super::town::{LAMP, Town, body};
use crate::act::Actor;
use crate::app;
use crate::matter::{Photo, Put};
use crate::testing::both_engines_wired;

const REASON: &str = "别的单位都推";
const OPEN: &str = "已派师傅明早来";

/// A version in which the reason of a dispatch and photos that residents add are for everyone.
fn opened() -> String {
    let text = own(2);
    let photos = "name = \"photos\", kind = \"photos\", max = 9";
    let reason = "kind = \"text\", required = true, max = 500, title = { zh = \"派遣理由\"";
    for known in [photos, reason] {
        assert!(text.contains(known), "the shipped file is another one: {known}");
    }
    text.replace(photos, &photos.replace("max", "public = true, max"))
        .replace(reason, &reason.replace("max", "public = true, max"))
}

#[test]
fn what_was_written_for_the_office_stays_there_when_a_later_version_opens_its_field() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (clerk, zhou, lin) =
            (town.by("community_clerk"), town.resident("zhou"), town.resident("lin"));
        let case = town.report("路灯不亮");
        let go = |by: &Actor, act: &str, put: Put| {
            town.go(by, &case.matter, act, put).unwrap();
        };
        let photo = town.photo(60);
        let hung = Photo { file: photo.clone(), role: "photos".to_owned() };
        go(&clerk, "add_info", Put { photos: vec![hung], ..said("words", "楼里也不亮") });
        go(&clerk, "accept", said("class", LAMP));
        let dispatched = |why: &str| said("body", body("works").as_str()).with("reason", why);
        go(&town.by("dispatcher"), "dispatch", dispatched(REASON));
        assert_eq!(adopt(world, &keeper(), 1, &opened()), Ok(2));
        let path = format!("/cases/{}", case.number);
        let api = format!("/api/v1{path}");
        let everywhere = || {
            let pages = [town.get(&zhou, &path), town.get(&zhou, "/me/export")];
            let public = [town.get(&lin, &path), town.get(&lin, "/public.atom")];
            let all: Vec<String> = pages.into_iter().chain(public).map(|got| got.text).collect();
            all.join("\n") + &town.ask_for(&api, &[]).1
        };
        for hidden in [REASON, &format!("/files/{photo}.jpg")] {
            assert!(!everywhere().contains(hidden), "{hidden}");
        }
        let file = format!("/files/{photo}.jpg");
        assert_eq!(town.get(&zhou, &file).status, 404, "nor is the photo there for the asking");
        assert!(town.get(&clerk, &path).text.contains(REASON), "the office reads on");
        // What is written from now on is written for all.
        go(&town.by("dispatcher"), "recall", said("reason", "派错了"));
        go(&town.by("dispatcher"), "dispatch", dispatched(OPEN));
        assert!(town.get(&zhou, &path).text.contains(OPEN));
        let export = town.get(&zhou, "/me/export").text;
        assert!(export.contains(OPEN) && !export.contains(REASON), "{export}");
    });
}
