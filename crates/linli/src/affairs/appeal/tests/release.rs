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
pub(super) fn closed(town: &Town<'_>) -> (Moved, String, String) {
    let photo = |shade, role: &str| Photo { file: town.photo(shade), role: role.to_owned() };
    let (theirs, after) = (photo(10, "photos"), photo(200, "photos"));
    let (mine, done) = (theirs.file.clone(), after.file.clone());
    let case = reported(town, &town.resident("zhou"), theirs);
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

/// A report of Zhou's with a photo, taken down by whoever.
fn reported(town: &Town<'_>, by: &Actor, photo: Photo) -> Moved {
    let report = Report {
        words: "路灯不亮".to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        photos: vec![photo],
        source: "web".to_owned(),
        language: "zh".to_owned(),
        owner: Some(person("zhou")),
        ..Report::default()
    };
    town.report_as(by, "report", report).unwrap().outcome
}

/// The photo of this file as it hangs on the case.
pub(super) fn hung(town: &Town<'_>, case: &Id, file: &str) -> Id {
    let case = case.clone();
    let all = town.world.read(move |tx| timeline::attached(tx, &case));
    all.into_iter().find(|photo| photo.file == file).unwrap().id
}

pub(super) fn release(town: &Town<'_>, by: &Actor, case: &Id, shown: &[Id]) -> Result<(), String> {
    release_seen(town, by, case, None, shown)
}

fn release_seen(
    town: &Town<'_>,
    by: &Actor,
    case: &Id,
    seen: Option<i64>,
    shown: &[Id],
) -> Result<(), String> {
    let act = ReleasePhotos { case: case.clone(), seen: seen.into(), shown: shown.to_vec() };
    town.world.perform(by, act).map(|_| ()).map_err(|failure| code(&failure))
}

/// What a stranger gets of a photo.
pub(super) fn is_open(town: &Town<'_>, file: &str) -> bool {
    let path = format!("/files/{file}.jpg");
    town.get(&town.resident("lin"), &path).status == StatusCode::OK
}

#[test]
fn photos_are_made_public_along_with_the_move_that_brings_them_or_looks_at_them() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = reported(
            &town,
            &town.resident("zhou"),
            Photo { file: town.photo(10), role: "photos".to_owned() },
        );
        let clerk = town.by("community_clerk");
        let [before, after] = [40, 220].map(|shade| town.photo(shade));
        let put = |opened: &[&str]| Put {
            photos: vec![
                Photo { file: before.clone(), role: "before".to_owned() },
                Photo { file: after.clone(), role: "after".to_owned() },
            ],
            opened: opened.iter().map(|name| (*name).to_owned()).collect(),
            ..Put::default().with("reply", "拧紧了灯头")
        };
        let wrong = town.go(&clerk, &case.matter, "handle_here", put(&["reply"]));
        assert_eq!(code(&wrong.unwrap_err()), "shown:no_such_photo");
        assert_eq!(town.matter(&case.matter).stage, "reported", "nothing is half done");
        town.go(&clerk, &case.matter, "handle_here", put(&["after"])).unwrap();
        assert!(is_open(&town, &after) && !is_open(&town, &before));
        // Whoever verifies finds the others waiting in the form of their step.
        let worker = town.by("grid_worker");
        let page = town.get(&worker, &format!("/cases/{}", case.number)).text;
        let waits = hung(&town, &case.matter, &before);
        assert!(page.contains(&format!("id=\"verify-shown-2\" name=\"shown\" value=\"{waits}\"")));
        assert!(page.contains("name=\"opened\" value=\"photos\""), "{page}");
        let redact = format!("/cases/{}/photos/{waits}/redact?do=verify", case.number);
        assert!(page.contains(&redact), "parts of it can be blacked out from there: {page}");
        let looked = |shown: Vec<Id>| Put { shown, ..Put::default().with("finding", "亮了") };
        let other = looked(vec![Id::derived("no photo of this case")]);
        let wrong = town.go(&worker, &case.matter, "verify", other);
        assert_eq!(code(&wrong.unwrap_err()), "shown:no_such_photo");
        town.go(&worker, &case.matter, "verify", looked(vec![waits])).unwrap();
        assert!(is_open(&town, &before));
    });
}

#[test]
fn a_move_makes_no_photo_public_for_whom_that_is_no_duty() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let photo = |shade| Photo { file: town.photo(shade), role: "photos".to_owned() };
        let case = reported(&town, &town.resident("zhou"), photo(10));
        let (officer, done) = (town.by("department_officer"), photo(200));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
        let class = Put::default().with("class", LAMP);
        town.go(&town.by("community_clerk"), &case.matter, "accept", class).unwrap();
        town.go(&town.by("dispatcher"), &case.matter, "dispatch", to).unwrap();
        town.go(&officer, &case.matter, "sign", Put::default()).unwrap();
        let page = town.get(&officer, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("id=\"do-answer\"") && !page.contains("name=\"opened\""), "{page}");
        let answer = |opened: &[&str]| Put {
            photos: vec![done.clone()],
            opened: opened.iter().map(|name| (*name).to_owned()).collect(),
            ..Put::default().with("reply", "换了灯")
        };
        let refused = town.go(&officer, &case.matter, "answer", answer(&["photos"]));
        assert_eq!(code(&refused.unwrap_err()), "not_your_duty");
        assert_eq!(town.matter(&case.matter).stage, "handling", "nothing is half done");
        town.go(&officer, &case.matter, "answer", answer(&[])).unwrap();
        assert!(!is_open(&town, &done.file));
        let theirs = Put { shown: vec![hung(&town, &case.matter, &done.file)], ..Put::default() };
        let note = town.go(&officer, &case.matter, "note", theirs.with("words", "看"));
        assert_eq!(code(&note.unwrap_err()), "not_your_duty");
    });
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
        assert_eq!(told(&after), everywhere[..4], "on the page and to programs");
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

#[test]
fn a_release_is_of_the_case_that_was_looked_at() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, _, after) = closed(&town);
        let clerk = town.by("community_clerk");
        let photo = hung(&town, &case.matter, &after);
        let version = town.matter(&case.matter).version;
        let released = "select count(*) from attachment where released_at is not null";
        let one = std::slice::from_ref(&photo);
        let stale = release_seen(&town, &clerk, &case.matter, Some(version - 1), one);
        assert_eq!((stale, town.count(released)), (Err("changed_meanwhile".to_owned()), 0));
        let path = format!("/cases/{}", case.number);
        let page = town.get(&clerk, &format!("{path}?done=verify")).text;
        assert!(page.contains("id=\"photos\" open"), "it is asked about at once: {page}");
        assert!(page.contains(&format!("name=\"seen\" value=\"{version}\"")), "{page}");
        let form = format!("{path}/photos");
        let old = (version - 1).to_string();
        let back = town.send(&clerk, &form, &[("shown", photo.as_str()), ("seen", &old)]);
        assert_eq!(back.status, StatusCode::CONFLICT);
        assert!(back.text.contains("href=\"#photos\""), "{}", back.text);
        let now = version.to_string();
        let sent = town.send(&clerk, &form, &[("shown", photo.as_str()), ("seen", &now)]);
        assert_eq!((sent.status, town.count(released)), (StatusCode::SEE_OTHER, 1));
        let twice = release_seen(&town, &clerk, &case.matter, Some(version), &[]);
        assert_eq!(twice, Err("changed_meanwhile".to_owned()), "another has decided meanwhile");
        let page = town.get(&clerk, &format!("{path}?done=verify")).text;
        assert!(page.contains("id=\"photos\" open"), "the reporter's is still undecided");
    });
}

#[test]
fn the_reporter_sees_the_photos_of_fields_that_are_for_residents() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let photo = |shade| Photo { file: town.photo(shade), role: "photos".to_owned() };
        let (taken, after, wanting) = (photo(10), photo(200), photo(90));
        let files = [&taken, &after, &wanting].map(|photo| photo.file.clone());
        // Taken down at the counter: the photo is the clerk's, the case is not.
        let case = reported(&town, &town.by("community_clerk"), taken);
        let go = |kind: &str, act: &str, put: Put| {
            town.go(&town.by(kind), &case.matter, act, put).unwrap();
        };
        go("community_clerk", "accept", Put::default().with("class", LAMP));
        let to = Put::default().with("body", body("works").to_string()).with("reason", "归市政");
        go("dispatcher", "dispatch", to);
        go("department_officer", "sign", Put::default());
        let answer = Put { photos: vec![after], ..Put::default().with("reply", "换了灯") };
        go("department_officer", "answer", answer);
        let rework = Put { photos: vec![wanting], ..Put::default().with("reason", "还闪") };
        go("grid_worker", "rework", rework);
        let shown = |reader: &Actor| {
            let page = town.get(reader, &format!("/cases/{}", case.number)).text;
            files
                .iter()
                .map(|file| {
                    let of = format!("/files/{file}.jpg");
                    let file = town.get(reader, &of).status == StatusCode::OK;
                    assert_eq!(page.contains(&of), file, "the page and the file: {}", reader.kind);
                    file
                })
                .collect::<Vec<_>>()
        };
        let (zhou, lin) = (town.resident("zhou"), town.resident("lin"));
        assert_eq!(shown(&zhou), [true, true, false], "what the office notes stays there");
        assert_eq!(shown(&lin), [false; 3]);
        for kind in ["community_clerk", "department_officer", "grid_worker"] {
            assert_eq!(shown(&town.by(kind)), [true; 3], "{kind}");
        }
        for reader in [&zhou, &lin] {
            let told = town.get(reader, &format!("/api/v1/cases/{}", case.number)).text;
            let listed = files.iter().map(|file| told.contains(file)).collect::<Vec<_>>();
            assert_eq!(listed, shown(reader), "a program of theirs is told of the same");
            let path = format!("/open311/v2/requests/{}.json", case.number);
            let told = town.get(reader, &path).text;
            assert!(files.iter().all(|file| !told.contains(file)), "{path}: {told}");
        }
        let internal = hung(&town, &case.matter, &files[2]);
        release(&town, &town.by("community_clerk"), &case.matter, &[internal]).unwrap();
        assert_eq!((shown(&zhou), shown(&lin)), (vec![true; 3], vec![false; 3]));
    });
}
