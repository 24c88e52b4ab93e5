//! What those see who look over the others' shoulders: who looked, and why; nobody else does.

use axum::http::StatusCode;

use super::loop_of_a_case::answered;
use super::town::Town;
use crate::app;
use crate::store::schema::Table;
use crate::testing::both_engines_wired;

const PAGE: &str = "/admin/audit";

#[test]
fn an_auditor_reads_who_looked_and_why_by_day_and_others_do_not() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = answered(&town);
        let number = town.matter(&case).number;
        let auditor = town.by("auditor");
        let empty = town.get(&auditor, PAGE);
        assert_eq!(empty.status, StatusCode::OK, "{}", empty.text);
        assert!(empty.text.contains("没有这样的记录"), "{}", empty.text);
        let reason = [("what", "contact"), ("unmask-reason", "回电问门牌")];
        town.send(&town.by("community_clerk"), &format!("/cases/{number}/unmask"), &reason);
        let offset = world.district.config.offset_minutes;
        let today = world.district.now().day(offset);
        let on = |day| town.get(&auditor, &format!("{PAGE}?kind=looks&day={day}")).text;
        let told = on(today);
        assert!(told.contains("回电问门牌") && told.contains(&number), "{told}");
        assert!(!on(today.add_days(-1)).contains("回电问门牌"));
        let duties = town.get(&auditor, &format!("{PAGE}?kind=duties")).text;
        assert!(!duties.contains("回电问门牌"));
        let lines = |kind: &str| {
            let page = town.get(&auditor, &format!("{PAGE}?kind={kind}")).text;
            page.matches("/receipts/").count()
        };
        let before = (lines("duties"), lines("accounts"));
        let called = "update act set name = $1, subject_kind = 'x'
            where id = (select max(id) from act)";
        for (name, more) in
            [("duty.change", (1, 0)), ("post.end", (0, 1)), ("person.sign_in", (0, 0))]
        {
            world.tamper(Table::plain("act"), called, &[name]);
            let now = (lines("duties"), lines("accounts"));
            assert_eq!(now, (before.0 + more.0, before.1 + more.1), "{name}");
        }
        for kind in ["community_clerk", "department_officer", "street_supervisor"] {
            let got = town.get(&town.by(kind), PAGE);
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{kind}");
        }
    });
}

#[test]
fn for_whom_no_case_waits_the_desk_opens_with_all_of_them() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let got = town.get(&town.by("auditor"), "/desk");
        assert_eq!((got.status, got.location.as_str()), (StatusCode::SEE_OTHER, "/desk?tab=all"));
        assert_eq!(town.get(&town.by("community_clerk"), "/desk").status, StatusCode::OK);
    });
}
