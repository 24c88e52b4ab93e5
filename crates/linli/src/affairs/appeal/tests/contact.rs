//! What a reporter leaves to be reached by: sealed, masked for the desk, opened for a reason that
//! is kept, gone when its time is over or its owner goes.

use std::sync::Arc;

use axum::http::StatusCode;

use super::town::{LAMP, Town, person, runtime};
use crate::affairs::appeal::forget::KEPT_DAYS;
use crate::affairs::appeal::report::Report;
use crate::app::{self, forget::old_contacts};
use crate::base::Id;
use crate::matter::{Moved, Put};
use crate::people::sealed::SealedContact;
use crate::people::store;
use crate::testing::{World, both_engines_wired, rows_with};

const MAIL: &str = "zhou.mei@example.com";

pub(super) fn reported(town: &Town<'_>, owner: Option<Id>) -> Moved {
    reported_in(town, owner, "周梅芳", "路灯不亮")
}

fn reported_in(town: &Town<'_>, owner: Option<Id>, name: &str, words: &str) -> Moved {
    let keys = &town.world.district.keys;
    let report = Report {
        words: words.to_owned(),
        class: Some(LAMP.to_owned()),
        place: Some("99010100100101".to_owned()),
        source: "open311".to_owned(),
        language: "zh".to_owned(),
        contact: SealedContact::of(keys, Some(name), Some("0933-8212345"), Some(MAIL)),
        owner,
        ..Report::default()
    };
    town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome
}

fn kept(world: &World, case: &Id) -> bool {
    let case = case.clone();
    world.read(move |tx| store::contact(tx, &case)).is_some()
}

#[test]
fn the_desk_sees_it_masked_and_in_full_for_a_reason_that_is_kept() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = reported(&town, None);
        let clerk = town.by("community_clerk");
        let secrets = ["周梅芳", "8212345", MAIL];
        let page = town.get(&clerk, &format!("/cases/{}", case.number)).text;
        assert!(page.contains("周**") && page.contains("z***@example.com"), "{page}");
        assert!(page.contains("首次联系：还剩"), "the duty to contact runs: {page}");
        assert!(secrets.iter().all(|secret| !page.contains(secret)), "{page}");
        let unmask = format!("/cases/{}/unmask", case.number);
        let ask = |reason| [("what", "contact"), ("unmask-reason", reason)];
        let unsaid = town.send(&clerk, &unmask, &ask(""));
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(secrets.iter().all(|secret| !unsaid.text.contains(secret)));
        let shown = town.send(&clerk, &unmask, &ask("问清是哪盏灯"));
        assert!(secrets.iter().all(|secret| shown.text.contains(secret)), "{}", shown.text);
        let looks = "select count(*) from access where reason = '问清是哪盏灯'
            and subject_kind = 'case'";
        assert_eq!(town.count(looks), 1);
        let away = town.send(&town.by("department_officer"), &unmask, &ask("想看"));
        assert_eq!(away.status, StatusCode::NOT_FOUND);
        let other = town.get(&town.resident("lin"), &format!("/cases/{}", case.number));
        assert!(secrets.iter().all(|secret| !other.text.contains(secret)));
        let sealed = "select count(*) from contact where email_masked = 'z***@example.com'
            and email_sealed is not null";
        assert_eq!(town.count(sealed), 1);
    });
}

#[test]
fn it_goes_with_its_owner_and_half_a_year_after_the_case() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (mine, nobodys) = (reported(&town, Some(person("zhou"))), reported(&town, None));
        let export = town.get(&town.resident("zhou"), "/me/export").text;
        assert!(export.contains(MAIL) && export.contains("周梅芳"), "{export}");
        assert!(!export.contains("email_sealed"), "{export}");
        assert!(town.close(&town.resident("zhou")));
        assert!(!kept(world, &mine.matter) && kept(world, &nobodys.matter));
        let forgotten = || runtime().block_on(old_contacts(&Arc::clone(&world.district))).unwrap();
        assert_eq!(forgotten(), 0, "the case runs");
        let reject = Put::default().with("reason", "不归我们管").with("go_to", "供电公司");
        let gone = town.go(&town.by("community_clerk"), &nobodys.matter, "reject", reject);
        gone.unwrap();
        let over = town.matter(&nobodys.matter).closed_at.is_some();
        assert!(over, "a rejected case is over");
        world.door().clock.shift((KEPT_DAYS - 1) * 86_400_000_000);
        assert_eq!(forgotten(), 0, "not yet");
        world.door().clock.shift(2 * 86_400_000_000);
        assert_eq!(forgotten(), 1);
        assert!(!kept(world, &nobodys.matter));
        assert_eq!(forgotten(), 0);
    });
}

/// A case as everyone reads it: its page, and what programs are given of it and of its steps.
fn outside(town: &Town<'_>, number: &str) -> String {
    let paths = [
        format!("/cases/{number}"),
        format!("/open311/v2/requests/{number}.json"),
        format!("/api/v1/cases/{number}"),
    ];
    let told = paths.map(|path| {
        let got = town.get(&town.resident("lin"), &path);
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text);
        got.text
    });
    told.join("\n")
}

#[test]
fn who_left_a_name_is_masked_by_it_beside_their_account_and_after_it_is_erased() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let words = format!("路灯不亮，周梅芳来过，周小满也来过，请写信到 {MAIL}");
        let cases =
            [None, Some(person("zhou"))].map(|owner| reported_in(&town, owner, "周梅芳", &words));
        for case in &cases {
            let reject =
                Put::default().with("reason", "不归我们管，已告知周梅芳").with("go_to", "供电公司");
            town.go(&town.by("community_clerk"), &case.matter, "reject", reject).unwrap();
        }
        let of_everyone = |own: &Moved, hidden: &[&str]| {
            let told = outside(&town, &own.number);
            assert!(told.contains("已告知"), "the step is told: {told}");
            for name in hidden {
                assert!(!told.contains(name), "{name}: {told}");
            }
        };
        let [nobodys, zhous] = &cases;
        of_everyone(nobodys, &["周梅芳", MAIL]);
        of_everyone(zhous, &["周梅芳", "周小满", MAIL]);
        for case in &cases {
            let title = town.matter(&case.matter).title;
            assert!(title.contains("周**来过") && !title.contains("周梅芳"), "{title}");
        }
        world.door().clock.shift((KEPT_DAYS + 1) * 86_400_000_000);
        let forgotten = runtime().block_on(old_contacts(&Arc::clone(&world.district))).unwrap();
        assert_eq!(forgotten, 2);
        of_everyone(nobodys, &["周梅芳", MAIL]);
        of_everyone(zhous, &["周梅芳", "周小满", MAIL]);
        for gone in ["周梅芳", MAIL] {
            let found = world.read(move |tx| rows_with(tx, gone));
            assert_eq!(found, Vec::<String>::new(), "{gone} is nowhere any more");
        }
        let own = town.get(&town.resident("zhou"), &format!("/cases/{}", zhous.number)).text;
        assert!(own.contains("周小满也来过"), "their words stay theirs: {own}");
    });
}

#[test]
fn who_is_called_like_everyone_is_taken_out_of_no_words() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = reported_in(&town, None, "热心市民", "热心市民都说路灯不亮");
        let reject = Put::default().with("reason", "已告知热心市民").with("go_to", "供电公司");
        town.go(&town.by("community_clerk"), &case.matter, "reject", reject).unwrap();
        world.door().clock.shift((KEPT_DAYS + 1) * 86_400_000_000);
        let forgotten = runtime().block_on(old_contacts(&Arc::clone(&world.district))).unwrap();
        assert_eq!(forgotten, 1);
        let told = outside(&town, &case.number);
        assert!(told.contains("热心市民都说路灯不亮") && told.contains("已告知热心市民"), "{told}");
    });
}
