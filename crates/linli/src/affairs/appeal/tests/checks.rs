//! What is put down with a move is checked whole; guards ask what they say; what one may not see is
//! told by reading alone.

use std::sync::mpsc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use tower::Service as _;

use super::town::{Town, body, code, entry, person, runtime};
use crate::act::{Act, Acting, Actor, Done, Order, Reach, Subject};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::{Fault, Id};
use crate::calendar::acts::SetUsualLimit;
use crate::matter::{Photo, Put, clock};
use crate::people::acts::Unmask;
use crate::testing::both_engines_wired;

fn each_town(test: impl Fn(&Town<'_>)) {
    both_engines_wired(&app::wiring().unwrap(), |world| test(&Town::build(world)));
}

fn told(fields: &[(&str, &str)]) -> Put {
    let put = Put::default();
    fields.iter().fold(put, |put, (name, value)| put.with(name, *value))
}

#[test]
fn what_the_record_does_not_ask_for_is_refused() {
    each_town(|town| {
        let case = town.report("路灯不亮").matter;
        let clerk = town.by("community_clerk");
        let tries = [
            (told(&[("class", "C1101"), ("body", "x")]), "body:no_such_field"),
            (told(&[("class", "C1101"), ("photos", "x")]), "photos:no_such_field"),
            (told(&[("class", "没有")]), "class:no_such_class"),
            (told(&[("class", &"C".repeat(5000))]), "class:no_such_class"),
        ];
        for (put, refusal) in tries {
            let failure = town.go(&clerk, &case, "accept", put).unwrap_err();
            assert_eq!(code(&failure), refusal);
        }
        let mut put = told(&[("class", "C1101")]);
        put.photos.push(Photo { file: town.photo(3), role: "before".to_owned() });
        let failure = town.go(&clerk, &case, "accept", put).unwrap_err();
        assert_eq!(code(&failure), "before:no_such_field", "a photo without its field");
        town.go(&clerk, &case, "accept", told(&[("class", "C1101")])).unwrap();
        let dispatcher = town.by("dispatcher");
        let nobody = Id::derived("nobody").to_string();
        let put = told(&[("body", nobody.as_str()), ("reason", "市政")]);
        let failure = town.go(&dispatcher, &case, "dispatch", put).unwrap_err();
        assert_eq!(code(&failure), "body:no_such_body");
        let put = told(&[("place", "99"), ("reason", "地点不对")]);
        let failure = town.go(&dispatcher, &case, "move_place", put).unwrap_err();
        assert_eq!(code(&failure), "place:no_such_place");
    });
}

#[test]
fn a_return_cites_an_entry_of_another_body_here_whatever_the_class_says() {
    each_town(|town| {
        let case = town.report("路灯不亮").matter;
        town.go(&town.by("community_clerk"), &case, "accept", told(&[("class", "C1101")])).unwrap();
        let works = body("works").to_string();
        let put = told(&[("body", works.as_str()), ("reason", "市政")]);
        town.go(&town.by("dispatcher"), &case, "dispatch", put).unwrap();
        let officer = town.by("department_officer");
        let elsewhere = town.elsewhere();
        let number = town.matter(&case).number;
        let page = town.page(&officer, &format!("/cases/{number}?do=send_back"));
        let offered = |id: &Id| page.contains(&format!("<option value=\"{id}\""));
        assert!(offered(&entry("order")) && offered(&entry("homes")), "{page}");
        assert!(page.contains("区城管局：权责清单（示例）第1项"), "body and ground: {page}");
        assert!(page.contains("市容秩序"), "by what they answer for: {page}");
        assert!(!offered(&entry("works")) && !offered(&elsewhere), "{page}");
        let back = |id: &Id| told(&[("reason", "不归我们管"), ("cited_duty", id.as_str())]);
        for (id, says) in [
            (entry("works"), "cites_duty_or_gap"),
            (elsewhere, "cites_duty_or_gap"),
            (body("order"), "cited_duty:no_such_duty"),
        ] {
            let failure = town.go(&officer, &case, "send_back", back(&id)).unwrap_err();
            assert_eq!(code(&failure), says, "{id}");
        }
        town.go(&officer, &case, "send_back", back(&entry("order"))).unwrap();
        let page = town.page(&town.by("dispatcher"), &format!("/cases/{number}"));
        assert!(page.contains("区城管局：权责清单（示例）第1项"), "the entry is told: {page}");
    });
}

#[test]
fn handling_without_a_standard_runs_by_the_usual_limit_and_says_so() {
    each_town(|town| {
        let clock_of = |case: &Id| {
            let id = case.clone();
            town.world.read(move |tx| clock::clocks(tx, &id)).pop().unwrap()
        };
        let case = town.without_standard();
        let clock = clock_of(&case);
        let limit = (clock.limit_kind.as_str(), clock.limit_n);
        assert_eq!((clock.name.as_str(), limit), ("handle", ("work_day", 5)));
        assert_eq!(clock.basis.as_deref(), Some(clock::USUAL));
        let number = town.matter(&case).number;
        let page = town.page(&town.by("department_officer"), &format!("/cases/{number}"));
        assert!(page.contains("没有立案标准") && page.contains("5 个工作日"), "{page}");
        let set = |kind: &str, n| {
            let (id, kind) = (town.world.new_id(), kind.to_owned());
            let seen = town.world.read(crate::calendar::store::usual_limit_version);
            let act = SetUsualLimit { id, kind, n, seen };
            town.world.perform(&town.by("system_admin"), act).map(|_| ())
        };
        set("natural_day", 3).unwrap();
        let clock = clock_of(&town.without_standard());
        assert_eq!((clock.limit_kind.as_str(), clock.limit_n), ("natural_day", 3));
        assert_eq!(code(&set("moon", 3).unwrap_err()), "limit_kind:not_an_option");
        assert_eq!(code(&set("work_day", 0).unwrap_err()), "limit_n:usual_limit");
    });
}

impl Town<'_> {
    /// An entry of the remit that does not reach as far as the case.
    fn elsewhere(&self) -> Id {
        let id = entry("order elsewhere");
        let row = vec![
            ("body_id", (&body("order")).into()),
            ("kind", "urban_management".into()),
            ("place_path", super::town::OTHER_STREET.into()),
            ("ground", "权责清单（示例）第2项".into()),
        ];
        self.world.plant(crate::people::remit::REMIT, vec![(id.clone(), row)]);
        id
    }

    /// A case that the works handle and of whose class no standard stands.
    pub fn without_standard(&self) -> Id {
        let case = self.report("路灯不亮").matter;
        self.go(&self.by("community_clerk"), &case, "accept", told(&[("class", "C1101")])).unwrap();
        let works = body("works").to_string();
        let put = told(&[("body", works.as_str()), ("reason", "市政")]);
        self.go(&self.by("dispatcher"), &case, "dispatch", put).unwrap();
        self.world.perform(&Actor::operator(), NoStandard(case.clone())).unwrap();
        self.go(&self.by("department_officer"), &case, "sign", Put::default()).unwrap();
        case
    }

    fn page(&self, actor: &Actor, path: &str) -> String {
        String::from_utf8_lossy(&self.answer(actor, Request::get(path), Body::empty()).1).into()
    }

    fn answer(
        &self,
        actor: &Actor,
        request: axum::http::request::Builder,
        body: Body,
    ) -> (u16, Vec<u8>) {
        let request = request.header(header::COOKIE, self.sign_in(actor)).body(body).unwrap();
        let mut router = app::router(self.world.districts());
        runtime().block_on(async {
            let answer = tokio::time::timeout(Duration::from_secs(20), router.call(request));
            let answer = answer.await.expect("an answer that does not wait for a write").unwrap();
            let status = answer.status().as_u16();
            (status, to_bytes(answer.into_body(), 4 << 20).await.unwrap().to_vec())
        })
    }
}

/// The standard of the class has ended, and the case stands by none.
struct NoStandard(Id);

impl Act for NoStandard {
    type Outcome = ();

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "test.no_standard".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.0.as_str().as_bytes().to_vec())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let mut file = super::super::store::known(cx.read(), &self.0)?;
        file.standard = None;
        super::super::store::save(cx, &file)
    }
}

/// Holds the door open until it is told to go on: nothing else is written meanwhile.
struct Hold {
    inside: mpsc::Sender<()>,
    go_on: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl Act for Hold {
    type Outcome = ();

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "test.hold".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, _: &mut Acting<'_, '_>) -> Done<()> {
        let _ = self.inside.send(());
        let _ = self.go_on.lock().unwrap().recv_timeout(Duration::from_secs(60));
        Ok(())
    }
}

#[test]
fn what_is_hidden_and_what_never_was_are_the_same_while_nothing_can_be_written() {
    each_town(|town| {
        let classes = town.world.read(crate::catalogue::store::all);
        let private = classes.into_iter().find(|class| class.publicity != "public").unwrap();
        let report = Report {
            words: "家里的事".to_owned(),
            class: Some(private.code),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        let made = town.report_as(&town.resident("zhou"), "report", report).unwrap();
        let hidden = made.outcome.number;
        let lin = town.resident("lin");
        // That a session is in use is noted once a minute, before anything else: a minute that has
        // just begun is long enough for what follows.
        let clock = &town.world.district.door.clock;
        clock.shift(60_000_000 - clock.now().0 % 60_000_000);
        let session = town.sign_in(&lin);
        let mut router = app::router(town.world.districts());
        let first = Request::get("/mine").header(header::COOKIE, session.as_str());
        let first = runtime().block_on(router.call(first.body(Body::empty()).unwrap())).unwrap();
        assert_eq!(first.status().as_u16(), 200);
        let (inside, held) = mpsc::channel();
        let (release, go_on) = mpsc::channel();
        let door = town.world.door().clone();
        let order =
            Order::new(town.world.new_id(), Hold { inside, go_on: std::sync::Mutex::new(go_on) });
        let holding =
            std::thread::spawn(move || door.perform_blocking(&Actor::operator(), order).is_ok());
        held.recv_timeout(Duration::from_secs(30)).unwrap();
        let ask = |number: &str| {
            let send = |path: String, kind: &str, body: String| {
                let request = Request::post(path)
                    .header(header::CONTENT_TYPE, kind)
                    .header(header::COOKIE, session.as_str())
                    .body(Body::from(body));
                let mut router = app::router(town.world.districts());
                runtime().block_on(async {
                    let answer = router.call(request.unwrap());
                    let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
                    let answer = answer.expect("told without waiting for a write").unwrap();
                    let status = answer.status().as_u16();
                    let bytes = to_bytes(answer.into_body(), 4 << 20).await.unwrap();
                    (status, String::from_utf8_lossy(&bytes).replace(number, "N"))
                })
            };
            let form = "application/x-www-form-urlencoded";
            let page = format!("/cases/{number}/moves/urge");
            let api = format!("/api/v1/cases/{number}/moves");
            let json = r#"{"act": "urge", "seen": 1}"#.to_owned();
            [send(page, form, "seen=1".to_owned()), send(api, "application/json", json)]
        };
        let (unseen, none) = (ask(&hidden), ask("2026-999999"));
        release.send(()).unwrap();
        assert!(holding.join().unwrap());
        assert_eq!(unseen.each_ref().map(|told| told.0), [404, 404], "{unseen:?}");
        assert_eq!(unseen, none, "the same bytes");
    });
}

#[test]
fn the_body_complained_of_does_not_learn_of_the_reporter_through_the_person() {
    each_town(|town| {
        let clerk = town.by("community_clerk");
        let unmask = |who: &str| {
            let act = Unmask { person: person(who), reason: "核实情况".to_owned() };
            town.world.perform(&clerk, act).map(|_| ())
        };
        unmask("zhou").unwrap();
        let report = Report {
            words: "居委会收费不公开".to_owned(),
            place: Some("99010100100101".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            about_body: Some(body("committee")),
            ..Report::default()
        };
        let case = town.report_as(&town.resident("zhou"), "report", report).unwrap().outcome.matter;
        assert_eq!(code(&unmask("zhou").unwrap_err()), "walled_off");
        unmask("lin").unwrap();
        let note = told(&[("words", "他来过")]);
        let failure = town.go(&clerk, &case, "note", note).unwrap_err();
        assert_eq!(code(&failure), "hidden", "it is not there for them");
    });
}
