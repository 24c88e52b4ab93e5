//! 涂黑: everyone sees the copy, nobody but those who handle the case the photo it was made of.

use axum::http::StatusCode;

use super::release::{closed, hung, is_open, release};
use super::town::Town;
use crate::act::Actor;
use crate::app;
use crate::base::Id;
use crate::file::Shelf;
use crate::matter::timeline::{self, Attached};
use crate::testing::both_engines_wired;

fn photos(town: &Town<'_>, case: &Id) -> Vec<Attached> {
    let case = case.clone();
    town.world.read(move |tx| timeline::attached(tx, &case))
}

/// The brightness of a point in the upper left and one in the lower right of a photo.
fn corners(town: &Town<'_>, file: &str) -> [u8; 2] {
    let bytes = Shelf::of(&town.world.district).read(file, false).unwrap();
    let picture = image::load_from_memory(&bytes).unwrap().to_luma8();
    let (width, height) = picture.dimensions();
    [picture.get_pixel(0, 0).0[0], picture.get_pixel(width - 1, height - 1).0[0]]
}

fn send(town: &Town<'_>, by: &Actor, path: &str, areas: &str, act: &str) -> StatusCode {
    let act_id = Id::derived(act).to_string();
    town.send(by, path, &[("areas", areas), ("act_id", &act_id)]).status
}

#[test]
fn a_redacted_copy_takes_the_place_of_a_photo_for_everyone() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, _, after) = closed(&town);
        let clerk = town.by("community_clerk");
        let original = hung(&town, &case.matter, &after);
        release(&town, &clerk, &case.matter, std::slice::from_ref(&original)).unwrap();
        assert!(is_open(&town, &after));
        let path = format!("/cases/{}/photos/{original}/redact", case.number);
        assert!(town.get(&clerk, &path).text.contains(&format!("/files/{after}.jpg")));
        let copies = || -> Vec<Attached> {
            photos(&town, &case.matter).into_iter().filter(|one| one.redacts.is_some()).collect()
        };
        let seen = town.matter(&case.matter).version.to_string();
        let act_id = Id::derived("first").to_string();
        let form = [("areas", "0 0 50 50\n"), ("seen", &seen), ("act_id", &act_id)];
        for _ in 0..2 {
            assert_eq!(town.send(&clerk, &path, &form).status, StatusCode::SEE_OTHER);
        }
        let first = copies();
        assert_eq!(first.len(), 1, "sent twice, it is one copy");
        assert!(is_open(&town, &first[0].file) && !is_open(&town, &after));
        let [black, light] = corners(&town, &first[0].file);
        assert!(black < 40 && light > 150, "{black} {light}");
        assert!(corners(&town, &after)[0] > 150, "the photo itself is as it was");
        let all = photos(&town, &case.matter);
        let of = all.iter().find(|one| one.id == original).unwrap();
        assert_eq!((&first[0].entry, &first[0].role), (&of.entry, &of.role));
        // Another copy takes the place of the first.
        send(&town, &clerk, &path, "５０.５，50.5,49.5％,49.5", "second");
        let [new] = <[Attached; 1]>::try_from(copies()).unwrap();
        assert!(!is_open(&town, &first[0].file) && is_open(&town, &new.file));
        // Neither both can be public, nor again the copy that was replaced.
        let both = release(&town, &clerk, &case.matter, &[original.clone(), new.id.clone()]);
        assert_eq!(both.unwrap_err(), "shown:photo_beside_its_copy");
        let old = release(&town, &clerk, &case.matter, std::slice::from_ref(&first[0].id));
        assert_eq!(old.unwrap_err(), "shown:no_such_photo");
        let stale = [("areas", "1 1 9 9"), ("seen", "1")];
        let back = town.send(&clerk, &path, &stale);
        assert!(back.status.is_client_error() && back.text.contains("1 1 9 9"), "{}", back.text);
        assert_eq!(copies(), [new]);
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("（涂黑后）") && page.contains("已公开涂黑后的一张"), "{page}");
        let own = town.get(&town.resident("zhou"), &format!("/cases/{}", case.number));
        assert_eq!(own.status, StatusCode::OK);
    });
}

#[test]
fn who_has_redacted_a_photo_is_led_back_to_the_open_form() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, _, after) = closed(&town);
        let (clerk, original) = (town.by("community_clerk"), hung(&town, &case.matter, &after));
        let path = format!("/cases/{}/photos/{original}/redact", case.number);
        let case = format!("/cases/{}", case.number);
        for (asked, form, place) in [
            (path.clone(), "photos", "photos"),
            (format!("{path}?do=verify"), "verify", "do-verify"),
            (format!("{path}?do=//x.y"), "%2F%2Fx.y", "do-%2F%2Fx.y"),
        ] {
            let back = format!("href=\"{case}?do={form}#{place}\"");
            assert!(town.get(&clerk, &asked).text.contains(&back), "{asked}");
            let sent = town.send(&clerk, &asked, &[("areas", "0 0 9 9")]);
            let to = format!("{case}?do={form}&done=release_photos#{place}");
            assert_eq!(sent.location, to);
        }
        let page = town.get(&clerk, &format!("{case}?do=photos&done=release_photos")).text;
        assert!(page.contains("id=\"photos\" open"), "{page}");
        assert!(!town.get(&clerk, &case).text.contains("id=\"photos\" open"));
    });
}

#[test]
fn areas_that_are_none_change_nothing_and_are_told_by_their_line() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (case, _, after) = closed(&town);
        let clerk = town.by("community_clerk");
        let original = hung(&town, &case.matter, &after);
        let path = format!("/cases/{}/photos/{original}/redact", case.number);
        let (many, before) = ("1 1 1 1\n".repeat(41), photos(&town, &case.matter));
        for (areas, told) in [
            ("", "先在照片上框出"),
            ("1 2 3", "第 1 行没有读懂"),
            ("1 1 5 5\n\n90 1 20 5", "第 3 行没有读懂"),
            ("1 1 0 5", "第 1 行没有读懂"),
            ("1 1 5 5.25", "第 1 行没有读懂"),
            ("-1 1 5 5", "第 1 行没有读懂"),
            ("1 1 4294967295 5", "第 1 行没有读懂"),
            ("左 上 宽 高", "第 1 行没有读懂"),
            (&many, "最多涂黑 40 处"),
        ] {
            let back = town.send(&clerk, &path, &[("areas", areas)]);
            assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "{areas}");
            assert!(back.text.contains(told), "{areas}: {}", back.text);
            assert!(back.text.contains(areas.lines().last().unwrap_or_default()), "{areas}");
        }
        assert_eq!(photos(&town, &case.matter), before);
        // Who does not decide about photos finds no such page, nor does anybody for another photo.
        let reporter = town.resident("zhou");
        assert_ne!(send(&town, &reporter, &path, "0 0 9 9", "own"), StatusCode::SEE_OTHER);
        let other = format!("/cases/{}/photos/{}/redact", case.number, Id::derived("none"));
        assert_eq!(send(&town, &clerk, &other, "0 0 9 9", "none"), StatusCode::NOT_FOUND);
        assert_eq!(photos(&town, &case.matter), before);
    });
}
