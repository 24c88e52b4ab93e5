//! A photo is public only when somebody whose duty it is has looked at it and released it.

use axum::http::StatusCode;

use super::town::{LAMP, Town, body, code, person};
use crate::act::Actor;
use crate::affairs::appeal::release::ReleasePhotos;
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::Id;
use crate::matter::{Moved, Photo, Put, timeline};
use crate::testing::both_engines_wired;

/// A closed case with a photo of its reporter and one of the works; both files.
fn closed(town: &Town<'_>) -> (Moved, String, String) {
    let photo = |shade, role: &str| Photo { file: town.photo(shade), role: role.to_owned() };
    let (theirs, after) = (photo(10, "photos"), photo(200, "photos"));
    let (mine, done) = (theirs.file.clone(), after.file.clone());
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        photos: vec![theirs],
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        ..Report::default()
    };
    let case = town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome;
    let go = |kind: &str, act: &str, put: Put| {
        town.go(&town.by(kind), &case.matter, act, put).unwrap();
    };
    go("community_clerk", "accept", Put::default().with("class", LAMP));
    let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
    go("dispatcher", "dispatch", to);
    go("department_officer", "sign", Put::default());
    let answer = Put { photos: vec![after], ..Put::default().with("reply", "换了灯") };
    go("department_officer", "answer", answer);
    go("grid_worker", "verify", Put::default().with("finding", "亮了"));
    (case, mine, done)
}

/// The photo of this file as it hangs on the case.
fn hung(town: &Town<'_>, case: &Id, file: &str) -> Id {
    let case = case.clone();
    let all = town.world.read(move |tx| timeline::attached(tx, &case));
    all.into_iter().find(|photo| photo.file == file).unwrap().id
}

fn release(town: &Town<'_>, by: &Actor, case: &Id, shown: &[Id]) -> Result<(), String> {
    let act = ReleasePhotos { case: case.clone(), shown: shown.to_vec() };
    town.world.perform(by, act).map(|_| ()).map_err(|failure| code(&failure))
}

#[test]
fn what_nobody_has_released_is_shown_to_nobody_outside() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, theirs, after) = closed(&town);
        let lin = town.resident("lin");
        let bytes = |actor: &Actor, file: &str| {
            town.get(actor, &format!("/files/{file}.jpg")).status == StatusCode::OK
        };
        let everywhere = [
            format!("/cases/{}", case.number),
            format!("/open311/v2/requests/{}.json", case.number),
            "/open311/v2/requests.json".to_owned(),
            format!("/api/v1/cases/{}", case.number),
            "/public".to_owned(),
            "/public.atom".to_owned(),
        ];
        let told = |file: &str| {
            let of = |path: &&String| town.get(&lin, path).text.contains(file);
            everywhere.iter().filter(of).cloned().collect::<Vec<_>>()
        };
        for file in [&theirs, &after] {
            assert!(told(file).is_empty() && !bytes(&lin, file), "{:?}", told(file));
            for who in [town.resident("zhou"), town.by("community_clerk")] {
                assert!(bytes(&who, file), "{} handles it or reported it", who.kind);
            }
        }
        let clerk = town.by("community_clerk");
        let shown = hung(&town, &case.matter, &after);
        release(&town, &clerk, &case.matter, std::slice::from_ref(&shown)).unwrap();
        assert!(bytes(&lin, &after) && !bytes(&lin, &theirs), "each by its own tick");
        let page_and_open311 = everywhere[..3].to_vec();
        assert_eq!(told(&after), page_and_open311);
        assert!(told(&theirs).is_empty(), "the reporter's own is not told");
        release(&town, &clerk, &case.matter, &[]).unwrap();
        assert!(told(&after).is_empty() && !bytes(&lin, &after), "taken back");
    });
}

#[test]
fn photos_are_released_by_duty_and_of_this_case_only() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, theirs, _) = closed(&town);
        let (other, foreign, _) = closed(&town);
        let mine = hung(&town, &case.matter, &theirs);
        let not_here = hung(&town, &other.matter, &foreign);
        let clerk = town.by("community_clerk");
        let wrong = release(&town, &clerk, &case.matter, &[mine.clone(), not_here]);
        assert_eq!(wrong, Err("shown:no_such_photo".to_owned()));
        assert_eq!(town.count("select count(*) from attachment where released_at is not null"), 0);
        for actor in [town.resident("zhou"), town.by("department_officer"), Actor::public()] {
            let refused = release(&town, &actor, &case.matter, std::slice::from_ref(&mine));
            assert!(refused.is_err(), "{} may not", actor.kind);
        }
        let path = format!("/cases/{}", case.number);
        let form = format!("{path}/photos");
        let page = town.get(&clerk, &path).text;
        assert!(page.contains(&form) && page.contains(mine.as_str()), "{page}");
        assert!(!town.get(&town.resident("zhou"), &path).text.contains(&form));
        let sent = town.send(&clerk, &form, &[("shown", mine.as_str())]);
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let page = town.get(&clerk, &format!("{path}?done=release_photos")).text;
        assert!(page.contains("checked") && page.contains("看过照片"), "{page}");
        assert_eq!(town.count("select count(*) from attachment where released_at is not null"), 1);
    });
}
