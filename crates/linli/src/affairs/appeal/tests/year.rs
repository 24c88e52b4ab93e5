//! 跨年: the year after the shipped ones. Until its notice is taken over a due time that reaches
//! into it is a guess and says so everywhere; from then on clocks count by it, and running ones
//! stay as they were promised. Working hours of a body go before those of the district.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use tower::Service as _;

use super::town::{Town, body, runtime};
use crate::act::Actor;
use crate::app;
use crate::base::{Day, Id, Instant};
use crate::calendar::acts::{SetHours, TakeYear};
use crate::keep::doctor;
use crate::matter::{clock, clock::ClockView};
use crate::testing::{World, both_engines_wired, contents};

const OFFSET: i32 = 480;
/// The first days of 2027, as the notice of that year would give them; the rest of it stands for
/// the other festivals.
const NOTICE: &str = "日期,类型,名称\n2027-01-01,放假,元旦\n2027-1-2,放假,元旦\n\
    2027/01/03,放假,元旦\n2027-01-10,调休上班,元旦\n2027-05-01,off,劳动节\n\
    2027-10-01,off,国庆节\n2027-10-02,off,国庆节\n2027-10-03,off,国庆节\n2026-12-31,off,他年\n";

struct Got {
    status: StatusCode,
    text: String,
}

impl Town<'_> {
    pub(super) fn at(&self, year: i32, month: u32, day: u32, minute: u16) {
        let wanted = Day::new(year, month, day).unwrap().at_minute(minute, OFFSET);
        let clock = &self.world.district.door.clock;
        clock.shift(wanted - clock.now());
    }

    fn call(&self, actor: &Actor, request: axum::http::request::Builder, body: Body) -> Got {
        let request = request.header(header::COOKIE, self.sign_in(actor));
        let mut router = app::router(self.world.districts());
        runtime().block_on(async {
            let answer = router.call(request.body(body).unwrap()).await.unwrap();
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap().to_vec();
            Got { status, text: String::from_utf8_lossy(&bytes).into_owned() }
        })
    }

    fn see(&self, actor: &Actor, path: &str) -> String {
        self.call(actor, Request::get(path), Body::empty()).text
    }

    fn upload(&self, actor: &Actor, parts: &[(&str, &str)]) -> Got {
        let mut body = String::new();
        for (name, value) in parts {
            let file = if *name == "file" { "; filename=\"2027.csv\"" } else { "" };
            body += &format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
            );
        }
        body += "--x--\r\n";
        let request = Request::post("/admin/calendar")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.call(actor, request, Body::from(body))
    }

    /// A case that waits to be verified: two working days from now.
    fn handled(&self) -> (Id, String) {
        let made = self.report("路灯不亮，在六号楼门口");
        let kit = super::super::kit(&self.world.district).unwrap();
        let by = kit.process.candidates("handle_here", "reported")[0].clone();
        let put = self.put(&by);
        self.go(&self.by("grid_worker"), &made.matter, "handle_here", put).unwrap();
        (made.matter, made.number)
    }

    fn clock_of(&self, case: &Id) -> ClockView {
        let id = case.clone();
        self.world.read(move |tx| clock::clocks(tx, &id)).pop().unwrap()
    }

    fn grades(&self) -> Vec<(String, doctor::Grade)> {
        let district = &self.world.district;
        let checks = doctor::years(district.store(), district.now(), OFFSET);
        checks.into_iter().map(|check| (check.found, check.grade)).collect()
    }
}

/// What the form that takes a year over was made from.
fn years_seen(page: &str) -> String {
    let form = page.split("name=\"step\" value=\"do\"").nth(1).unwrap();
    let value = form.split("name=\"seen\" value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

fn local(at: Instant) -> String {
    at.local_text(OFFSET)
}

#[test]
fn a_due_time_in_a_year_without_its_holidays_is_told_as_a_guess_until_they_are_imported() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (admin, worker) = (town.by("system_admin"), town.by("grid_worker"));
        let zhou = town.resident("zhou");
        town.at(2026, 12, 30, 600);
        let (old, number) = town.handled();
        let clock = town.clock_of(&old);
        assert_eq!(clock.calendar_gap.as_deref(), Some("2027"));
        assert_eq!(local(clock.due_at), "2027-01-01 18:00", "weekdays alone are known");
        let missing = "2027 年的放假安排还没有录入";
        assert!(town.see(&worker, "/desk?tab=all").contains("只是估算"));
        assert!(town.see(&worker, &format!("/cases/{number}")).contains(missing));
        assert!(town.see(&zhou, &format!("/cases/{number}")).contains(missing));
        assert!(town.see(&zhou, "/mine").contains("估算：缺 2027 年放假安排"));
        let told = town.see(&zhou, &format!("/api/v1/cases/{number}"));
        assert!(told.contains(r#""due_guessed_for":["2027"]"#), "{told}");
        assert!(town.see(&admin, "/admin").contains(missing));
        assert_eq!(town.grades()[1], ("2027".to_owned(), doctor::Grade::Notice));

        let look = [("year", "2027"), ("source", "国办通知"), ("file", NOTICE)];
        let got = town.upload(&admin, &look);
        assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        assert!(got.text.contains("2027-01-01 周五 元旦") && got.text.contains("是否完整"));
        assert!(town.see(&admin, "/admin").contains(missing), "looking takes nothing over");
        let seen = years_seen(&got.text);
        let take = [("year", "2027"), ("source", "国办通知"), ("text", NOTICE), ("step", "do")];
        let take = [&take[..], &[("seen", seen.as_str())]].concat();
        assert_eq!(town.upload(&worker, &take).status, StatusCode::FORBIDDEN);
        let got = town.upload(&admin, &take);
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text);
        assert!(got.text.contains("春节、清明节、端午节、中秋节。"), "{}", got.text);
        assert!(town.see(&admin, "/admin").contains(missing), "no year without its festivals");
        let meant = [&take[..], &[("incomplete", "yes")]].concat();
        assert_eq!(town.upload(&admin, &meant).status, StatusCode::SEE_OTHER);

        assert!(!town.see(&admin, "/admin").contains(missing));
        assert!(town.grades().iter().all(|(_, grade)| *grade == doctor::Grade::Good));
        let (new, number) = town.handled();
        let clock = town.clock_of(&new);
        assert_eq!(local(clock.due_at), "2027-01-04 18:00", "used at once");
        assert_eq!(clock.calendar_gap, None);
        let page = town.see(&worker, &format!("/cases/{number}"));
        assert!(page.contains("元旦") && !page.contains(missing), "{page}");
        let still = town.clock_of(&old);
        assert_eq!(local(still.due_at), "2027-01-01 18:00", "what runs is not edited");
    });
}

#[test]
fn a_notice_that_comes_again_replaces_the_first_and_explains_nothing_of_before() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let take = |text: &str| {
            let found = linli_rules::calendar::read(text, 2027);
            let days = found.calendar.year_json(2027).unwrap();
            let (id, source) = (world.new_id(), "通知".to_owned());
            let seen = world.read(crate::calendar::store::years_version);
            let act = TakeYear { id, year: 2027, days, source, seen };
            world.perform(&Actor::operator(), act).map(|answer| answer.outcome)
        };
        town.at(2026, 12, 28, 600);
        take(NOTICE).unwrap();
        town.at(2026, 12, 30, 600);
        let (first, number) = town.handled();
        take("2027-01-01,放假,元旦").unwrap();
        town.at(2026, 12, 30, 660);
        let (second, _) = town.handled();
        assert_eq!(local(town.clock_of(&first).due_at), "2027-01-04 18:00");
        assert_eq!(local(town.clock_of(&second).due_at), "2027-01-04 18:00");
        assert!(town.see(&town.by("grid_worker"), &format!("/cases/{number}")).contains("元旦"));
        let all = world.read(crate::calendar::store::all_years);
        assert_eq!(all.len(), 2, "the first is kept as history");
        assert_eq!(all.iter().filter(|year| year.until.is_none()).count(), 1);
        let other = linli_rules::calendar::read(NOTICE, 2027).calendar.year_json(2027).unwrap();
        let (id, source) = (world.new_id(), "x".to_owned());
        let seen = world.read(crate::calendar::store::years_version);
        let act = TakeYear { id, year: 2028, days: other, source, seen };
        let refused = world.perform(&Actor::operator(), act).unwrap_err();
        assert_eq!(super::town::code(&refused), "year:calendar_year");
    });
}

#[test]
fn a_body_keeps_its_own_hours_in_several_slots() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let set = |of: Option<&str>, slots: &str| {
            let act = SetHours {
                id: world.new_id(),
                body: of.map(body),
                slots: slots.to_owned(),
                reason: "夏令时间".to_owned(),
                seen: world.read(crate::calendar::store::hours_version),
            };
            world.perform(&town.by("system_admin"), act).map(|_| ())
        };
        let due = |town: &Town<'_>| {
            let made = town.report("路灯不亮");
            local(Instant(made.due_at.unwrap()))
        };
        town.at(2026, 10, 13, 630);
        assert_eq!(due(&town), "2026-10-13 14:30", "10:30 to 12:00, then from 14:00");
        set(None, "9:00-11:00 15:00-18:00").unwrap();
        assert_eq!(due(&town), "2026-10-13 16:30");
        set(Some("committee"), "8:00-11:00，13:00至13:30、19:00—20:30").unwrap();
        assert_eq!(due(&town), "2026-10-13 20:00", "half an hour, half an hour, one hour");
        set(Some("works"), "0:00-24:00").unwrap();
        assert_eq!(due(&town), "2026-10-13 20:00", "hours of another body");
        set(Some("committee"), "").unwrap();
        assert_eq!(due(&town), "2026-10-13 16:30");
        for (slots, code) in [("9:00-8:00", "slots:work_slots"), ("九点", "slots:work_slots")] {
            let refused = set(None, slots).unwrap_err();
            assert_eq!(super::town::code(&refused), code);
        }
        let refused = set(Some("nobody"), "9:00-11:00").unwrap_err();
        assert_eq!(super::town::code(&refused), "body:no_such_body");
        assert_eq!(super::town::code(&set(Some("order"), "").unwrap_err()), "no_hours_set");
    });
}

#[test]
fn hours_are_read_as_they_are_typed_and_short_days_are_asked_back() {
    let wiring = app::wiring().unwrap();
    both_engines_wired(&wiring, |world| {
        let town = Town::build(world);
        let system = town.by("system_admin");
        let set = |slots: &str, short: &str| {
            let seen = world.read(crate::calendar::store::hours_version).to_string();
            let form = [("slots", slots), ("short", short), ("reason", "夏令"), ("seen", &seen)];
            let body = serde_urlencoded::to_string(form).unwrap();
            let kind = "application/x-www-form-urlencoded";
            let request = Request::post("/admin/calendar/hours").header(header::CONTENT_TYPE, kind);
            town.call(&system, request, Body::from(body))
        };
        let wide = set("８：３０－１２：００，１４：００－１７：３０", "");
        assert_eq!(wide.status, StatusCode::SEE_OTHER, "{}", wide.text);
        assert!(town.see(&system, "/admin/calendar").contains("08:30-12:00 14:00-17:30"));
        let short = set("9:00-12:00", "");
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", short.text);
        let asks = "name=\"short\" value=\"09:00-12:00\"";
        assert!(short.text.contains("slots-error") && short.text.contains(asks), "{}", short.text);
        let other = set("9:00-11:00", "09:00-12:00");
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another slip is asked again");
        assert_eq!(set("9:00-12:00", "09:00-12:00").status, StatusCode::SEE_OTHER, "it is meant");
    });
}

/// The district without what is kept of who is signed in.
fn kept(world: &World) -> BTreeMap<String, String> {
    let mut all = world.read(contents);
    all.remove("session");
    all
}

#[test]
fn hours_and_the_usual_limit_are_looked_at_anew_once_another_has_set_them() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let system = town.by("system_admin");
        let seen = |path: &str| {
            let page = town.see(&system, "/admin/calendar");
            let form = page.split(&format!("action=\"{path}\"")).nth(1).unwrap();
            let value = form.split("name=\"seen\" value=\"").nth(1).unwrap();
            value.split('"').next().unwrap().to_owned()
        };
        let set = |path: &str, fields: &[(&str, &str)], seen: &str| {
            let form = [fields, &[("seen", seen)]].concat();
            let body = serde_urlencoded::to_string(form).unwrap();
            let kind = "application/x-www-form-urlencoded";
            let request = Request::post(path).header(header::CONTENT_TYPE, kind);
            town.call(&system, request, Body::from(body))
        };
        let works = body("works").to_string();
        let hours = |slots| [("slots", slots), ("reason", "夏令")];
        let whole = hours("9:00-17:00");
        let of_works = [hours("8:00-16:00").as_slice(), &[("body", works.as_str())]].concat();
        let limit = |n| [("limit_kind", "work_day"), ("limit_n", n)];
        let (seven, nine) = (limit("7"), limit("9"));
        let forms = [
            ("/admin/calendar/hours", whole.as_slice(), of_works.as_slice()),
            ("/admin/calendar/limit", &seven, &nine),
        ];
        for (path, one, another) in forms {
            let (first, before) = (seen(path), kept(world));
            for unsaid in ["", "0", "x", "99"] {
                let got = set(path, one, unsaid);
                assert_eq!(got.status, StatusCode::CONFLICT, "{path} {unsaid:?}");
            }
            assert_eq!(kept(world), before, "{path}");
            assert_eq!(set(path, one, &first).status, StatusCode::SEE_OTHER, "{path}");
            let (second, before) = (seen(path), kept(world));
            let late = set(path, another, &first);
            assert_eq!(late.status, StatusCode::CONFLICT, "{path}");
            assert!(late.text.contains("刚刚被别人改动过"), "{}", late.text);
            assert_eq!(kept(world), before, "{path}");
            assert_eq!(set(path, another, &second).status, StatusCode::SEE_OTHER, "{path}");
        }
        let path = forms[0].0;
        let with = seen(path);
        let ends = [("slots", ""), ("reason", "秋后"), ("body", works.as_str())];
        assert_eq!(set(path, &ends, &with).status, StatusCode::SEE_OTHER);
        assert_eq!(set(path, &hours("8:30-17:00"), &with).status, StatusCode::CONFLICT);
    });
}

#[test]
fn a_year_is_looked_at_anew_once_another_has_taken_it_over() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let system = town.by("system_admin");
        let file = |text| [("year", "2027"), ("source", "国办通知"), ("file", text)];
        let looked = |text| years_seen(&town.upload(&system, &file(text)).text);
        let take = |text: &str, seen: &str| {
            let fields = [("year", "2027"), ("source", "国办通知"), ("text", text)];
            let meant = [("step", "do"), ("incomplete", "yes"), ("seen", seen)];
            town.upload(&system, &[fields, meant].concat())
        };
        let (mine, theirs) = ("2027-01-01,放假,元旦", "2027-01-02,放假,元旦");
        let (seen, before) = (looked(mine), kept(world));
        assert_eq!(looked(theirs), seen);
        for unsaid in ["", "0", "x", "99"] {
            assert_eq!(take(mine, unsaid).status, StatusCode::CONFLICT, "{unsaid:?}");
        }
        assert_eq!(kept(world), before);
        assert_eq!(take(theirs, &seen).status, StatusCode::SEE_OTHER);
        let before = kept(world);
        let late = take(mine, &seen);
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("刚刚被别人改动过"), "{}", late.text);
        assert_eq!(kept(world), before, "what the other took over stands");
        let late =
            [&file(mine)[..2], &[("text", mine), ("step", "do"), ("seen", seen.as_str())]].concat();
        let back = town.upload(&system, &late);
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "holidays are missing");
        assert_eq!(years_seen(&back.text), seen, "a form that comes back is as old as it was");
        assert_eq!(take(mine, &looked(mine)).status, StatusCode::SEE_OTHER);
    });
}
