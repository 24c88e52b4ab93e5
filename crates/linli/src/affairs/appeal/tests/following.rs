//! A case that somebody else reported is followed: what its followers are told, and what they are
//! not.

use axum::http::StatusCode;

use super::texts::{Book, deliver};
use super::town::{LAMP, Town, body, code, person};
use crate::act::Actor;
use crate::affairs::appeal::follow::{Follow, Unfollow};
use crate::app;
use crate::base::Id;
use crate::matter::{MATTER, Put};
use crate::notice;
use crate::people::{PERSON, sms, store};
use crate::testing::both_engines_wired;

const WORDS: &str = "三号楼路灯不亮，电话13800000001";

fn put(fields: &[(&str, &str)]) -> Put {
    fields.iter().fold(Put::default(), |put, (name, value)| put.with(name, *value))
}

impl Town<'_> {
    fn follow(&self, actor: &Actor, case: &Id, texts: bool) -> Result<(), String> {
        let act = Follow { case: case.clone(), texts };
        self.world.perform(actor, act).map(|_| ()).map_err(|failure| code(&failure))
    }

    fn unfollow(&self, actor: &Actor, case: &Id) -> Result<(), String> {
        let act = Unfollow { case: case.clone(), follower: actor.person.clone().unwrap() };
        self.world.perform(actor, act).map(|_| ()).map_err(|failure| code(&failure))
    }

    /// From its acceptance to its end.
    fn carry_on(&self, case: &Id) {
        let works = body("works").to_string();
        let officer = self.by("department_officer");
        let go = |actor: &Actor, act: &str, fields: &[(&str, &str)]| {
            self.go(actor, case, act, put(fields)).unwrap();
            deliver(self.world);
        };
        go(&self.by("community_clerk"), "accept", &[("class", LAMP)]);
        go(&self.by("dispatcher"), "dispatch", &[("body", &works), ("reason", "归市政")]);
        go(&officer, "sign", &[]);
        go(&officer, "answer", &[("reply", "换了灯")]);
        go(&self.by("grid_worker"), "verify", &[("finding", "亮了")]);
    }

    /// Kinds of the notices of somebody, oldest first.
    fn told(&self, who: &str) -> Vec<String> {
        let who = person(who);
        let all = self.world.read(move |tx| notice::page_of_person(tx, &who, None, 100));
        all.into_iter().rev().map(|notice| notice.kind).collect()
    }
}

#[test]
fn who_follows_a_case_is_told_of_its_stages_and_by_text_only_on_asking() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let (town, book) = (Town::build(world), Book::default());
        sms::use_provider(&world.district, Box::new(book.clone()));
        let lin = town.resident("lin");
        let case = town.report(WORDS);
        town.follow(&lin, &case.matter, false).unwrap();
        town.follow(&lin, &case.matter, true).unwrap();
        assert_eq!(town.count("select count(*) from follow"), 1, "asked twice is asked once");
        let quiet = town.report(WORDS);
        town.follow(&lin, &quiet.matter, false).unwrap();
        town.carry_on(&case.matter);
        let steps = ["accepted", "dispatched", "answered", "closed"];
        assert_eq!(town.told("lin"), steps.map(|step| format!("case.followed_{step}")));
        let own = town.told("zhou");
        assert!(own.iter().all(|kind| !kind.contains("followed")), "the reporter, once: {own:?}");
        let sent = book.sent.lock().unwrap().clone();
        assert_eq!(sent.len(), 1, "the end of it is worth a message: {sent:?}");
        assert!(sent[0].1.contains(&case.number) && !sent[0].1.contains("路灯"), "{sent:?}");
        town.carry_on(&quiet.matter);
        assert_eq!(book.sent.lock().unwrap().len(), 1, "who did not ask is not texted");
        let page = town.get(&lin, "/me/notices").text;
        assert!(page.contains("已办结。") && !page.contains("13800000001"), "{page}");
    });
}

#[test]
fn followers_hear_nothing_of_what_is_no_longer_public_nor_after_they_stopped() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let lin = town.resident("lin");
        let (left, hidden) = (town.report(WORDS).matter, town.report(WORDS));
        town.follow(&lin, &left, false).unwrap();
        town.follow(&lin, &hidden.matter, false).unwrap();
        town.unfollow(&lin, &left).unwrap();
        town.unfollow(&lin, &left).unwrap();
        let private = "update matter set publicity = 'private' where id = $1";
        world.tamper(MATTER, private, &[hidden.matter.as_str()]);
        town.carry_on(&left);
        let works = body("works").to_string();
        let dispatch = put(&[("body", &works), ("reason", "归市政")]);
        // Accepted, though its class stays as it is.
        let sql = "update matter set stage = 'awaiting_dispatch', phase = 'open' where id = $1";
        world.tamper(MATTER, sql, &[hidden.matter.as_str()]);
        town.go(&town.by("dispatcher"), &hidden.matter, "dispatch", dispatch).unwrap();
        deliver(world);
        assert_eq!(town.told("lin"), Vec::<String>::new());
        let mine = town.get(&lin, "/mine?show=followed").text;
        assert!(!mine.contains(WORDS), "of what is hidden only its number stays: {mine}");
    });
}

#[test]
fn who_follows_a_case_stops_at_any_time_also_when_they_may_see_it_no_more() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (lin, zhou) = (town.resident("lin"), town.resident("zhou"));
        let (case, other) = (town.report(WORDS), town.report(WORDS));
        town.follow(&lin, &case.matter, false).unwrap();
        town.follow(&lin, &other.matter, false).unwrap();
        world.tamper(MATTER, "update matter set publicity = 'private'", &[]);
        let mine = town.get(&lin, "/mine?show=followed").text;
        let stop = format!("/cases/{}/unfollow", case.number);
        assert!(mine.contains("有 2 件不再公开") && mine.contains(&stop), "{mine}");
        let id = Id::derived("let go").to_string();
        let form = [("back", "mine"), ("act_id", id.as_str())];
        for _ in 0..2 {
            let got = town.send(&lin, &stop, &form);
            assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
            assert_eq!(got.location, "/mine?show=followed");
        }
        let mine = town.get(&lin, "/mine?show=followed").text;
        assert!(mine.contains("有 1 件不再公开") && !mine.contains(&stop), "{mine}");
        // For whoever neither follows nor sees it there is no such case.
        for by in [&lin, &town.by("auditor")] {
            assert_eq!(town.send(by, &stop, &[]).status, StatusCode::NOT_FOUND, "{}", by.kind);
        }
        let theirs = Unfollow { case: other.matter.clone(), follower: person("lin") };
        let told = world.perform(&zhou, theirs).unwrap_err();
        assert_eq!(code(&told), "beyond_your_place", "nobody lets go for somebody else");
    });
}

#[test]
fn one_follows_what_others_reported_and_one_may_see() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let (zhou, lin) = (town.resident("zhou"), town.resident("lin"));
        let case = town.report(WORDS).matter;
        assert_eq!(town.follow(&zhou, &case, false), Err("told_anyway".to_owned()));
        let clerk = town.follow(&town.by("community_clerk"), &case, false);
        assert_eq!(clerk, Err("not_your_duty".to_owned()), "a post has its desk");
        let nobody = town.follow(&Actor::public(), &case, false);
        assert_eq!(nobody, Err("not_your_duty".to_owned()));
        let none = Id::derived("no such case");
        assert_eq!(town.follow(&lin, &none, false), Err("hidden".to_owned()));
        let without = "update person set phone_masked = null, phone_sealed = null where id = $1";
        world.tamper(PERSON, without, &[person("lin").as_str()]);
        assert_eq!(town.follow(&lin, &case, true), Err("texts:texts_to_whom".to_owned()));
        town.follow(&lin, &case, false).unwrap();
        assert!(town.close(&lin));
        let left = world.read(move |tx| store::followers(tx, &case));
        assert_eq!(left, Vec::new(), "a closed account follows nothing");
    });
}

#[test]
fn the_page_of_a_case_lets_one_follow_it_and_lists_it_masked_under_mine() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let lin = town.resident("lin");
        let case = town.report(WORDS);
        let path = format!("/cases/{}", case.number);
        let (start, stop) = (format!("{path}/follow"), format!("{path}/unfollow"));
        let page = town.get(&lin, &path).text;
        assert!(page.contains(&start) && page.contains("也发短信到 138****0001"), "{page}");
        assert!(!town.get(&town.resident("zhou"), &path).text.contains(&start), "it is theirs");
        assert!(!town.get(&town.by("community_clerk"), &path).text.contains(&start));
        assert!(town.get(&lin, "/mine?show=followed").text.contains("还没有关注"));
        let form = town.get(&lin, &path);
        assert!(!form.text.contains(&stop));
        assert_eq!(town.send(&lin, &start, &[("texts", "yes")]).status, StatusCode::SEE_OTHER);
        let page = town.get(&lin, &path).text;
        assert!(page.contains(&stop) && page.contains("办结时也发短信"), "{page}");
        town.carry_on(&case.matter);
        let mine = town.get(&lin, "/mine?show=followed").text;
        assert!(mine.contains(&case.number) && mine.contains("等反映人评价"), "{mine}");
        assert!(!mine.contains("13800000001") && !mine.contains("请您评价"), "{mine}");
        assert!(!town.get(&lin, "/mine").text.contains(&case.number));
        assert_eq!(town.send(&lin, &stop, &[]).status, StatusCode::SEE_OTHER);
        assert!(town.get(&lin, "/mine?show=followed").text.contains("还没有关注"));
        let stranger = town.send(&town.resident("zhou"), "/cases/2026-999999/follow", &[]);
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn a_followed_case_that_is_public_no_more_leaves_its_number_and_no_words() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let lin = town.resident("lin");
        let (case, other) = (town.report(WORDS), town.report("别的事"));
        for case in [&case, &other] {
            town.follow(&lin, &case.matter, false).unwrap();
        }
        town.carry_on(&case.matter);
        let title = "三号楼路灯不亮";
        let notices = || town.get(&lin, "/me/notices").text;
        assert!(notices().contains(title) && !notices().contains("看不到"));
        assert!(!town.get(&lin, "/mine?show=followed").text.contains("不再公开"));
        let away = "update matter set publicity = 'private' where number = $1";
        world.tamper(MATTER, away, &[&case.number]);
        let told = notices();
        assert!(!told.contains(title) && told.contains(&case.number), "{told}");
        assert!(told.contains("标题现在看不到"), "{told}");
        let mine = town.get(&lin, "/mine?show=followed").text;
        assert!(mine.contains("有 1 件不再公开") && mine.contains(&other.number), "{mine}");
        assert!(!mine.contains(title), "{mine}");
        let export = town.get(&lin, "/me/export").text;
        assert!(export.contains(&case.number) && !export.contains(title), "{export}");
        let zhou = town.get(&town.resident("zhou"), "/me/notices").text;
        assert!(zhou.contains(title), "its reporter still reads what they wrote");
    });
}
