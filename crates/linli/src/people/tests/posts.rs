use axum::http::StatusCode;

use super::staff::{enter, hired};
use super::{GRID, ROOT, Town, each_town};
use crate::act::{Actor, Door, Errand, Failure, Reach};
use crate::base::{Day, Id, Instant, secret};
use crate::people::acts::{Appoint, CreatePost, Delegate, EndPost, Relieve, Suspend};
use crate::people::{APPOINTMENT, remit, session, store};
use crate::store::{ReadTx, StoreError, Value};
use crate::testing::Plant;

pub(super) async fn post(town: &Town, kind: &str, path: &str) -> Id {
    let act = CreatePost {
        id: town.district.new_id(),
        kind: kind.to_owned(),
        title: format!("测试{kind}"),
        place_id: Id::derived(path),
        place_path: path.to_owned(),
        body: None,
        contact: None,
    };
    town.act(&Actor::operator(), act).await.unwrap()
}

pub(super) fn appoint(town: &Town, post: &Id, person: &Id) -> Appoint {
    Appoint {
        id: town.district.new_id(),
        post: post.clone(),
        person: person.clone(),
        holder_name: "司马相如".to_owned(),
        term_from: Day::new(2026, 1, 1).unwrap(),
        term_to: None,
    }
}

pub(super) fn code<T>(done: Result<T, Failure>) -> String {
    match done {
        Ok(_) => "done".to_owned(),
        Err(Failure::Refused(refusal)) => refusal.code.to_owned(),
        Err(other) => other.to_string(),
    }
}

const TITLE: &str = "测试dispatcher";

#[test]
fn an_ended_post_loses_its_power_at_once() {
    each_town(async |town| {
        let (person, secret) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let operator = Actor::operator();
        let appointment = town.act(&operator, appoint(town, &seat, &person)).await.unwrap();
        let cookie = enter(town, "simaxr", &secret).await;
        assert!(town.get("/privacy", &cookie).await.text.contains(TITLE));
        let act = Relieve { appointment, why: "调离".to_owned() };
        town.act(&operator, act).await.unwrap();
        assert!(!town.get("/privacy", &cookie).await.text.contains(TITLE));
        // Appointed anew, and the post itself ends.
        town.act(&operator, appoint(town, &seat, &person)).await.unwrap();
        let cookie = enter(town, "simaxr", &secret).await;
        assert!(town.get("/privacy", &cookie).await.text.contains(TITLE));
        town.act(&operator, EndPost { post: seat, version: 1 }).await.unwrap();
        assert!(!town.get("/privacy", &cookie).await.text.contains(TITLE));
        // A suspended account is out at once.
        town.act(&operator, Suspend { person, reason: String::new() }).await.unwrap();
        assert_eq!(town.get("/me", &cookie).await.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn a_stand_in_acts_until_the_time_is_over() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (holder, _) = hired(town, "holder").await;
        let (other, secret) = hired(town, "other").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let appointment = town.act(&operator, appoint(town, &seat, &holder)).await.unwrap();
        let next_door = post(town, "street_supervisor", ROOT).await;
        town.act(&operator, appoint(town, &next_door, &other)).await.unwrap();
        let now = town.clock.now();
        let act = Delegate {
            id: town.district.new_id(),
            appointment: appointment.clone(),
            to: other,
            from_at: now,
            to_at: now.plus_hours(2),
            reason: "开会".to_owned(),
        };
        town.act(&operator, act).await.unwrap();
        let cookie = enter(town, "other", &secret).await;
        let form = [("appointment", appointment.as_str()), ("next", "/privacy")];
        assert_eq!(town.post("/me/post", &cookie, &form).await.location, "/privacy");
        let page = town.get("/privacy", &cookie).await;
        assert!(page.text.contains(TITLE) && page.text.contains("（代理）"));
        town.clock.shift(3 * 3600 * 1_000_000);
        assert!(!town.get("/privacy", &cookie).await.text.contains(TITLE), "it ended by itself");
        let refused = town.post("/me/post", &cookie, &form).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn administrators_stand_apart_and_nobody_lifts_themself() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (person, _) = hired(town, "simaxr").await;
        let security = post(town, "security_admin", ROOT).await;
        let audit = post(town, "audit_admin", ROOT).await;
        let grid = post(town, "grid_worker", GRID).await;
        town.act(&operator, appoint(town, &security, &person)).await.unwrap();
        for other in [&audit, &grid] {
            let refused = town.act(&operator, appoint(town, other, &person)).await;
            assert_eq!(code(refused), "posts_apart");
        }
        let again = town.act(&operator, appoint(town, &security, &person)).await;
        assert_eq!(code(again), "already_holds");
        let me = Actor {
            kind: "security_admin".to_owned(),
            post: Some(security.clone()),
            place_path: ROOT.to_owned(),
            administrator: true,
            ..Actor::resident(person.clone())
        };
        assert_eq!(code(town.act(&me, appoint(town, &grid, &person)).await), "not_on_oneself");
        let stop = Suspend { person: person.clone(), reason: String::new() };
        assert_eq!(code(town.act(&me, stop).await), "not_on_oneself");
        let clerk = Actor { kind: "grid_worker".to_owned(), administrator: false, ..me.clone() };
        assert_eq!(code(town.act(&clerk, appoint(town, &grid, &person)).await), "not_your_duty");
        let now = town.clock.now();
        let posts = town
            .district
            .store()
            .read(move |tx| -> Result<_, crate::store::StoreError> {
                store::posts_at(tx, GRID, now)
            })
            .await;
        let posts: Vec<store::PostView> = posts.unwrap();
        assert!(posts.len() == 1 && posts[0].vacant());
    });
}

#[test]
fn nobody_makes_themself_the_stand_in_of_another() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (me, secret) = hired(town, "simaxr").await;
        let (holder, _) = hired(town, "holder").await;
        let security = post(town, "security_admin", ROOT).await;
        let mine = town.act(&operator, appoint(town, &security, &me)).await.unwrap();
        let system = post(town, "system_admin", ROOT).await;
        let theirs = town.act(&operator, appoint(town, &system, &holder)).await.unwrap();
        let (friend, friends) = hired(town, "friend").await;
        let second = post(town, "system_admin", ROOT).await;
        town.act(&operator, appoint(town, &second, &friend)).await.unwrap();
        let now = town.clock.now();
        let stand_in = |appointment: &Id, to: &Id| Delegate {
            id: town.district.new_id(),
            appointment: appointment.clone(),
            to: to.clone(),
            from_at: now,
            to_at: now.plus_hours(2),
            reason: "开会".to_owned(),
        };
        let keeper = seated(town, &enter(town, "simaxr", &secret).await, &mine).await;
        assert!(keeper.kind == "security_admin" && !keeper.stands_in);
        let own = town.act(&keeper, stand_in(&theirs, &me)).await;
        assert_eq!(code(own), "not_on_oneself");
        town.act(&keeper, stand_in(&theirs, &friend)).await.unwrap();
        let friend = seated(town, &enter(town, "friend", &friends).await, &theirs).await;
        assert!(friend.kind == "system_admin" && friend.stands_in, "{friend:?}");
    });
}

/// Who a browser acts for, once it has taken this seat.
async fn seated(town: &Town, cookie: &str, appointment: &Id) -> Actor {
    let form = [("appointment", appointment.as_str()), ("next", "/privacy")];
    assert_eq!(town.post("/me/post", cookie, &form).await.location, "/privacy");
    let hash = secret::sha256_hex(cookie.as_bytes());
    let now = town.clock.now();
    let look = move |tx: &crate::store::ReadTx<'_>| session::who_is(tx, &hash, now);
    town.district.store().read(look).await.unwrap().unwrap().actor
}

#[test]
fn those_who_are_told_are_in_post_today_or_stand_in_now() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (holder, _) = hired(town, "holder").await;
        let (other, _) = hired(town, "other").await;
        let (later, _) = hired(town, "later").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let term = |from: i32, to: Option<i32>| {
            let day = |year| Day::new(year, 1, 1).unwrap();
            (day(from), to.map(day))
        };
        let hold = |person: &Id, (term_from, term_to)| Appoint {
            term_from,
            term_to,
            ..appoint(town, &seat, person)
        };
        let act = hold(&holder, term(2020, None));
        let appointment = town.act(&operator, act).await.unwrap();
        let ahead = |days| town.district.now().plus_days(days).day(480);
        let far = town.act(&operator, hold(&later, (ahead(400), None))).await;
        assert_eq!(code(far), "not taken: term_from: term_far", "a year mistyped");
        town.act(&operator, hold(&later, (ahead(300), None))).await.unwrap();
        let next_door = post(town, "grid_supervisor", ROOT).await;
        town.act(&operator, appoint(town, &next_door, &other)).await.unwrap();
        let told = async || {
            let (now, door) = (town.clock.now(), town.district.door.clone());
            let look = move |tx: &ReadTx<'_>| both(tx, &door, now);
            town.district.store().read(look).await.unwrap()
        };
        assert_eq!(
            told().await,
            std::slice::from_ref(&holder),
            "a term that begins later is not in post"
        );
        let now = town.clock.now();
        let act = Delegate {
            id: town.district.new_id(),
            appointment,
            to: other.clone(),
            from_at: now,
            to_at: now.plus_hours(2),
            reason: "开会".to_owned(),
        };
        town.act(&operator, act).await.unwrap();
        let mut both = vec![holder.clone(), other];
        both.sort();
        assert_eq!(told().await, both, "who stands in is told as well");
        town.clock.shift(3 * 3600 * 1_000_000);
        assert_eq!(told().await, [holder], "until the time is over");
    });
}

/// Whom a case in the grid is for that waits to be dispatched.
/// Those who are on duty there, who are those of the one kind of post that has the duty.
fn both(tx: &ReadTx<'_>, door: &Door, now: Instant) -> Result<Vec<Id>, StoreError> {
    let mut on_duty = to_dispatch(tx, door, now)?;
    on_duty.sort();
    assert_eq!(on_duty, remit::holders(tx, "dispatcher", GRID, now)?);
    Ok(on_duty)
}

fn to_dispatch(tx: &ReadTx<'_>, door: &Door, now: Instant) -> Result<Vec<Id>, StoreError> {
    let act = "case.dispatch".to_owned();
    let errand = Errand { act, row: Reach::at(GRID), but: Vec::new(), doer: None };
    remit::on_duty(tx, &*door.duties.current(tx)?, &errand, now)
}

#[test]
fn who_is_stopped_is_not_on_duty() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (admin, secret) = hired(town, "secadmin").await;
        let security = post(town, "security_admin", ROOT).await;
        town.act(&operator, appoint(town, &security, &admin)).await.unwrap();
        let (person, _) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let appointment = town.act(&operator, appoint(town, &seat, &person)).await.unwrap();
        let on_duty = async || {
            let (now, store) = (town.clock.now(), town.district.store());
            let door = town.district.door.clone();
            let found: Result<_, crate::store::StoreError> = store
                .read(move |tx| {
                    let told = to_dispatch(tx, &door, now)?;
                    let all = store::posts_at(tx, ROOT, now)?;
                    let post = all.into_iter().find(|post| post.kind == "dispatcher").unwrap();
                    let (_, vacant) = store::posts_and_vacant(tx, now)?;
                    Ok((told.len(), post.holders.len(), post.suspended.len(), vacant))
                })
                .await;
            found.unwrap()
        };
        assert_eq!(on_duty().await, (1, 1, 0, 0));
        town.act(&operator, Suspend { person: person.clone(), reason: String::new() })
            .await
            .unwrap();
        assert_eq!(on_duty().await, (0, 0, 1, 1), "told nothing, published nowhere");
        let cookie = enter(town, "secadmin", &secret).await;
        let page = town.get(&format!("/admin/posts/{seat}"), &cookie).await.text;
        assert!(page.contains("账号已停用") && page.contains(appointment.as_str()), "{page}");
        town.act(&operator, crate::people::acts::Resume { person }).await.unwrap();
        assert_eq!(on_duty().await, (1, 1, 0, 0));
    });
}

#[test]
fn a_post_of_a_grid_that_ended_is_placed_anew() {
    each_town(async |town| {
        let operator = Actor::operator();
        let (person, secret) = hired(town, "simaxr").await;
        let security = post(town, "security_admin", ROOT).await;
        let worker = post(town, "grid_worker", GRID).await;
        town.act(&operator, appoint(town, &security, &person)).await.unwrap();
        let cookie = enter(town, "simaxr", &secret).await;
        for (q, finds) in [("simaxr", true), ("相如", true), ("security", true), ("无此人", false)]
        {
            let path =
                format!("/admin/people?{}", serde_urlencoded::to_string([("q", q)]).unwrap());
            let found = town.get(&path, &cookie).await;
            assert_eq!(found.text.contains("司马相如</a>"), finds, "{q}: {}", found.text);
        }
        let page = format!("/admin/posts/{worker}");
        assert!(!town.get(&page, &cookie).await.text.contains("待重新安置"));
        let nothing = |_: &crate::store::ReadTx<'_>, _: &str, _: crate::base::Instant| {
            Ok(crate::territory::Hanging::default())
        };
        let close = crate::territory::acts::ClosePlace {
            place: Id::derived(GRID),
            seen: 1,
            hanging: nothing,
        };
        // The town's places were planted without a parent, which only roots lack.
        assert_eq!(code(town.act(&operator, close).await), "root_stays");
        let split = crate::territory::acts::CreatePlaces {
            under: Some(Id::derived(ROOT)),
            places: ["990101G1", "990101G2"]
                .map(|code| crate::territory::acts::NewPlace {
                    code: code.to_owned(),
                    level: "grid".to_owned(),
                    name: format!("网格{code}"),
                    parent: Some("990101".to_owned()),
                    seat: None,
                })
                .to_vec(),
        };
        let grids = town.act(&operator, split).await.unwrap();
        let merge = crate::territory::acts::MergeGrids {
            parent: Id::derived(ROOT),
            grids: grids.iter().map(|id| (id.clone(), 1)).collect(),
            code: "990101G3".to_owned(),
            name: "合并网格".to_owned(),
            remits_seen: String::new(),
            posts: crate::app::duty_holders::posts_below,
            hanging: crate::app::duty_holders::hanging,
            remits: crate::app::duty_holders::REMITS,
        };
        let seat = CreatePost {
            id: town.district.new_id(),
            kind: "grid_worker".to_owned(),
            title: "第一格网格员".to_owned(),
            place_id: grids[0].clone(),
            place_path: "/990101/990101G1/".to_owned(),
            body: None,
            contact: None,
        };
        let seat = town.act(&operator, seat).await.unwrap();
        let new = town.act(&operator, merge).await.unwrap();
        let page = format!("/admin/posts/{seat}");
        let shown = town.get(&page, &cookie).await.text;
        assert!(shown.contains("待重新安置") && shown.contains("合并网格"), "{shown}");
        let list = town.get("/admin/posts", &cookie).await.text;
        assert!(list.contains("待重新安置"));
        let to = |place: &str| [("place", place.to_owned()), ("version", "1".to_owned())];
        let send = async |form: [(&str, String); 2]| {
            let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
            town.post(&format!("{page}/move"), &cookie, &form).await
        };
        let refused = send(to(grids[1].as_str())).await;
        assert!(refused.text.contains("govuk-error-summary"), "an ended place: {}", refused.text);
        assert_eq!(send(to(new.as_str())).await.status, StatusCode::SEE_OTHER);
        assert!(!town.get(&page, &cookie).await.text.contains("待重新安置"));
        assert_eq!(send(to(new.as_str())).await.status, StatusCode::CONFLICT, "stale version");
    });
}

#[test]
fn nobody_is_appointed_twice_to_one_post_at_a_time() {
    each_town(async |town| {
        let (person, _) = hired(town, "simaxr").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let row = || {
            let columns = vec![
                ("post_id", Value::from(&seat)),
                ("person_id", Value::from(&person)),
                ("holder_name", "司马相如".into()),
                ("term_from", "2026-01-01".into()),
                ("since", town.clock.now().into()),
                ("version", 1.into()),
            ];
            Plant::one(APPOINTMENT, (town.district.new_id(), columns))
        };
        town.act(&Actor::operator(), row()).await.unwrap();
        // Whatever two acts at the same moment did not see of each other, the table holds.
        assert_eq!(code(town.act(&Actor::operator(), row()).await), "already_there");
    });
}
