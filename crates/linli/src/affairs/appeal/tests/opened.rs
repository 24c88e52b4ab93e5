//! What opening a case asks of the database: no row of the case twice.

use std::collections::BTreeSet;

use super::town::{LAMP, Town, body};
use crate::act::Actor;
use crate::affairs::appeal::case_web;
use crate::affairs::appeal::offer::Refused;
use crate::affairs::appeal::view::{self, Looker};
use crate::app;
use crate::base::{Id, heard};
use crate::matter::{Photo, Put};
use crate::store::ReadTx;
use crate::testing::both_engines_wired;
use crate::words::Lang;

fn looker(town: &Town<'_>, actor: Actor) -> Looker {
    let district = town.world.district.clone();
    let door = town.world.door().clone();
    let duties = town.world.read(move |tx| door.duties.current(tx));
    Looker { district, actor, duties, lang: Lang::Zh, opened: false }
}

/// Tables that hold a case, and what it is handled by.
const OF_A_CASE: [&str; 8] =
    ["matter", "case_file", "entry", "attachment", "clock", "contact", "class", "standard"];

/// The statements of one look; those about the case are each another.
fn asked_once<T>(look: impl FnOnce() -> T) -> (T, usize) {
    let (found, asked) = heard::asked_by(look);
    // How often something happened is asked by each guard for itself.
    let of_it = |sql: &&String| {
        !sql.contains("count(*)") && OF_A_CASE.iter().any(|of| sql.contains(&format!("from {of} ")))
    };
    let mut known = BTreeSet::new();
    let own = asked.iter().filter(of_it);
    let twice: Vec<&String> = own.filter(|one| !known.insert(*one)).collect();
    assert!(twice.is_empty(), "asked again: {twice:#?}");
    (found, asked.len())
}

fn opened(town: &Town<'_>, actor: &Actor, case: &Id) {
    let looker = looker(town, actor.clone());
    let id = case.clone();
    let look = move |tx: &ReadTx<'_>| {
        let number = crate::matter::store::matter(tx, id.as_str())?.map(|matter| matter.number);
        let number = number.unwrap_or_default();
        let page = || case_web::read(tx, &looker, &number, &Refused::default()).is_ok();
        let (seen, _) = asked_once(page);
        let (brief, few) = asked_once(|| view::brief(tx, &looker, &id).is_ok());
        assert_eq!(seen, brief, "{}", looker.actor.kind);
        assert!(few <= 5, "a receipt reads no whole case: {few}");
        Ok::<_, crate::store::StoreError>(())
    };
    town.world.district.store().read_blocking(look).unwrap();
}

#[test]
fn a_case_is_opened_without_reading_a_row_of_it_twice() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮，请打 13812345678").matter;
        let all = || {
            let strangers = [town.resident("lin"), Actor::public()];
            town.actors().into_iter().chain(strangers).for_each(|by| opened(&town, &by, &case));
        };
        all();
        let photo = |shade| Photo { file: town.photo(shade), role: "photos".to_owned() };
        let dispatched = Put::default().with("body", body("works").to_string());
        let answered = Put { photos: vec![photo(90)], ..Put::default().with("reply", "换了灯") };
        for (kind, act, put) in [
            ("community_clerk", "accept", Put::default().with("class", LAMP)),
            ("dispatcher", "dispatch", dispatched.with("reason", "归市政")),
            ("department_officer", "sign", Put::default()),
            ("department_officer", "answer", answered),
            ("grid_worker", "verify", Put::default().with("finding", "亮了")),
        ] {
            town.go(&town.by(kind), &case, act, put).unwrap();
            all();
        }
    });
}
