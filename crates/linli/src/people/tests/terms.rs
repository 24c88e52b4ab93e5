//! Terms: one that is over can be followed by another, and nothing begins or ends in the past.

use axum::http::StatusCode;

use super::posts::{appoint, code, post};
use super::staff::{enter, hired};
use super::{ROOT, Town, each_town};
use crate::act::{Actor, Failure};
use crate::base::{Id, clock::CHINA_OFFSET_MINUTES};
use crate::people::acts::{Appoint, Delegate};
use crate::people::store;
use crate::store::{ReadTx, StoreError};

const DAY: i64 = 24 * 3600 * 1_000_000;

/// How the appointments of a person have ended; empty for one that stands.
async fn ends(town: &Town, person: &Id) -> Vec<String> {
    let sql = "select coalesce(ended_why, '') from appointment where person_id = $1
               order by since, id";
    let person = person.clone();
    let look = move |tx: &ReadTx<'_>| -> Result<Vec<String>, StoreError> {
        tx.rows(sql, crate::params![person], |row| row.get(0))
    };
    town.district.store().read(look).await.unwrap()
}

fn field<T>(done: Result<T, Failure>) -> (String, String) {
    match done {
        Err(Failure::Invalid(wrong)) => (wrong[0].field.clone(), wrong[0].code.to_owned()),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn who_held_a_post_until_the_term_was_over_may_be_given_it_again() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (person, _) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let today = town.clock.now().day(CHINA_OFFSET_MINUTES);
        let until = |term_to| Appoint { term_to: Some(term_to), ..appoint(town, &seat, &person) };
        let over = town.act(&operator, until(today.add_days(-1))).await;
        assert_eq!(field(over), ("term_to".to_owned(), "term_over".to_owned()));
        town.act(&operator, until(today)).await.unwrap();
        let again = town.act(&operator, appoint(town, &seat, &person)).await;
        assert_eq!(code(again), "already_holds", "the last day is within the term");
        town.clock.shift(DAY);
        town.act(&operator, appoint(town, &seat, &person)).await.unwrap();
        assert_eq!(ends(town, &person).await, ["term over", ""]);
        let now = town.clock.now();
        let look = move |tx: &ReadTx<'_>| store::seats(tx, &person, now);
        let seats = town.district.store().read(look).await.unwrap();
        assert_eq!(seats.len(), 1);
    });
}

#[test]
fn who_will_hold_a_post_is_shown_on_its_page_before_their_term_begins() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (person, secret) = hired(town, "sysadmin").await;
        let admin_seat = post(town, "system_admin", ROOT).await;
        town.act(&operator, appoint(town, &admin_seat, &person)).await.unwrap();
        let (next, _) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let today = town.clock.now().day(CHINA_OFFSET_MINUTES);
        let later = Appoint { term_from: today.add_days(1), ..appoint(town, &seat, &next) };
        town.act(&operator, later).await.unwrap();
        let page = format!("/admin/posts/{seat}");
        let admin = enter(town, "sysadmin", &secret).await;
        let got = town.get(&page, &admin).await;
        let begins = today.add_days(1).to_string();
        for part in [begins.as_str(), "到了日子上岗", "空缺"] {
            assert!(got.text.contains(part), "no {part} in {}", got.text);
        }
        town.clock.shift(DAY);
        let admin = enter(town, "sysadmin", &secret).await;
        let got = town.get(&page, &admin).await;
        assert!(got.text.contains(&begins) && !got.text.contains("到了日子上岗"), "{}", got.text);
    });
}

#[test]
fn nobody_stands_in_for_days_that_have_passed() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (holder, _) = hired(town, "holder").await;
        let (other, _) = hired(town, "other").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let appointment = town.act(&operator, appoint(town, &seat, &holder)).await.unwrap();
        let next_door = post(town, "street_supervisor", ROOT).await;
        town.act(&operator, appoint(town, &next_door, &other)).await.unwrap();
        let now = town.clock.now();
        let morning = now.day(CHINA_OFFSET_MINUTES).start(CHINA_OFFSET_MINUTES);
        let from = |from_at| Delegate {
            id: town.district.new_id(),
            appointment: appointment.clone(),
            to: other.clone(),
            from_at,
            to_at: now.plus_days(1),
            reason: "开会".to_owned(),
        };
        let past = town.act(&operator, from(morning.plus_micros(-1))).await;
        assert_eq!(field(past), ("from".to_owned(), "begins_in_the_past".to_owned()));
        town.act(&operator, from(morning)).await.unwrap();
    });
}

#[test]
fn a_body_has_a_telephone_or_none() {
    each_town(async |town| {
        let (person, secret) = hired(town, "sysadmin").await;
        let seat = post(town, "system_admin", ROOT).await;
        town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
        let admin = enter(town, "sysadmin", &secret).await;
        let place = Id::derived(ROOT).to_string();
        for (phone, right) in [("abc", false), ("（０９３３）8612345", true), ("", true)] {
            let form = [
                ("name", "市供电公司"),
                ("kind", "power"),
                ("place", place.as_str()),
                ("ground", "三定方案"),
                ("phone", phone),
            ];
            let got = town.post("/admin/bodies", &admin, &form).await;
            assert_eq!(got.status == StatusCode::SEE_OTHER, right, "{phone}: {}", got.text);
            assert_eq!(got.text.contains("phone-error"), !right, "{phone}");
        }
    });
}
