//! Who may stand in for whom, and who hears of it.

use axum::http::StatusCode;

use super::posts::{appoint, post};
use super::staff::{enter, hired};
use super::{GRID, Got, ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::notice;
use crate::people::acts::{Delegate, EndPost, Relieve, Suspend};
use crate::people::{remit, store};
use crate::store::{ReadTx, StoreError};

/// Somebody hired and appointed to a new post.
struct Staff {
    post: Id,
    appointment: Id,
    person: Id,
    cookie: String,
}

async fn in_post(town: &Town, name: &str, kind: &str, path: &str) -> Staff {
    let (person, secret) = hired(town, name).await;
    let post = post(town, kind, path).await;
    let act = appoint(town, &post, &person);
    let appointment = town.act(&Actor::operator(), act).await.unwrap();
    Staff { post, appointment, person, cookie: enter(town, name, &secret).await }
}

/// What the form at `/me/delegation` answers to these days.
async fn ask(
    town: &Town,
    cookie: &str,
    (own, to, find): (&Id, &str, &str),
    (from, until): (&str, &str),
) -> Got {
    let form = [
        ("post", own.as_str()),
        ("person", to),
        ("person_find", find),
        ("from", from),
        ("to", until),
        ("reason", "休假"),
    ];
    town.post("/me/delegation", cookie, &form).await
}

#[test]
fn only_an_office_of_the_line_stands_in_and_who_appoints_may_end_it() {
    each_town(async |town| {
        let worker = in_post(town, "worker", "grid_worker", GRID).await;
        let street = in_post(town, "street", "dispatcher", ROOT).await;
        let firm = in_post(town, "firm", "property_officer", ROOT).await;
        let auditor = in_post(town, "auditor", "auditor", ROOT).await;
        let keeper = in_post(town, "keeper", "security_admin", ROOT).await;
        let (own, cookie) = (&worker.appointment, &worker.cookie);
        let page = town.get("/me/delegation", cookie).await.text;
        for (kind, offered) in
            [("dispatcher", true), ("property_officer", false), ("auditor", false)]
        {
            assert_eq!(page.contains(&format!(" · 测试{kind}")), offered, "{kind}");
        }
        let days = ("2099-01-01", "2099-01-03");
        for outsider in [&firm, &auditor, &keeper] {
            let got = ask(town, cookie, (own, outsider.person.as_str(), ""), days).await;
            let refused = got.text.contains("person-error");
            assert!(got.status.is_client_error() && refused, "{}", got.text);
        }
        let got = ask(town, cookie, (own, street.person.as_str(), "不在册"), days).await;
        assert!(got.text.contains("person-error"), "a name nobody has: {}", got.text);
        let named = (own, "", "司马相如 · 测试dispatcher");
        assert_eq!(ask(town, cookie, named, days).await.location, "/me/delegation");
        let chosen = (own, street.person.as_str(), "");
        let got = ask(town, cookie, chosen, ("2099-01-03", "2099-01-09")).await;
        assert!(got.text.contains("from-error"), "the third is taken: {}", got.text);
        let got = ask(town, cookie, chosen, ("2099-01-04", "2099-01-09")).await;
        assert_eq!(got.location, "/me/delegation", "{}", got.text);
        // Who appoints is told of both, and ends one; the days are free again.
        while notice::deliver(&town.district).await.unwrap() > 0 {}
        let heard = async |who: &Staff| {
            let person = who.person.clone();
            let all = move |tx: &ReadTx<'_>| notice::page_of_person(tx, &person, None, 9);
            let all = town.district.store().read(all).await.unwrap();
            all.into_iter().filter(|one| one.kind == "post.stood_in").count()
        };
        assert_eq!((heard(&keeper).await, heard(&street).await, heard(&worker).await), (2, 0, 0));
        let at = format!("/admin/posts/{}", worker.post);
        let shown = town.get(&at, &keeper.cookie).await.text;
        let (_, form) = shown.split_once("name=\"delegation\" value=\"").unwrap();
        let (id, _) = form.split_once('"').unwrap();
        let path = format!("{at}/end_delegation");
        let form = [("appointment", own.as_str()), ("delegation", id)];
        assert_eq!(town.post(&path, &street.cookie, &form).await.status, StatusCode::FORBIDDEN);
        let ended = town.post(&path, &keeper.cookie, &form).await;
        assert_eq!(ended.location, at, "{}", ended.text);
        assert_eq!(ask(town, cookie, chosen, days).await.location, "/me/delegation");
    });
}

/// Whether a person may take a seat now, by what the page of their posts says.
async fn may_take(town: &Town, who: &Staff, appointment: &Id) -> bool {
    let (person, now) = (who.person.clone(), town.clock.now());
    let all = move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::seats(tx, &person, now) };
    let all = town.district.store().read(all).await.unwrap();
    all.iter().any(|seat| seat.appointment == *appointment)
}

#[test]
fn nobody_stands_in_by_a_post_that_they_hold_no_longer() {
    each_town(async |town| {
        let operator = Actor::operator();
        let worker = in_post(town, "worker", "grid_worker", GRID).await;
        let days = |n: i64| town.clock.now().plus_days(n);
        let lend = async |of: &Staff, to: &Staff| {
            let act = Delegate {
                id: town.district.new_id(),
                appointment: of.appointment.clone(),
                to: to.person.clone(),
                from_at: days(0),
                to_at: days(60),
                reason: "休假".to_owned(),
            };
            town.act(&operator, act).await.unwrap()
        };
        let running = async |of: &Staff| {
            let (post, now) = (of.post.clone(), town.clock.now());
            let all = move |tx: &ReadTx<'_>| -> Result<_, StoreError> {
                store::delegations_at(tx, &post, now)
            };
            town.district.store().read(all).await.unwrap().len()
        };
        // The one who stands in loses the post by which they may, and with it the other.
        let street = in_post(town, "street", "dispatcher", ROOT).await;
        lend(&worker, &street).await;
        let form = [("appointment", worker.appointment.as_str()), ("next", "/privacy")];
        assert_eq!(town.post("/me/post", &street.cookie, &form).await.location, "/privacy");
        assert!(town.get("/privacy", &street.cookie).await.text.contains("（代理）"));
        let why = "调离".to_owned();
        let gone = Relieve { appointment: street.appointment.clone(), why: why.clone() };
        town.act(&operator, gone).await.unwrap();
        assert!(!town.get("/privacy", &street.cookie).await.text.contains("（代理）"));
        assert!(!may_take(town, &street, &worker.appointment).await);
        assert_eq!(running(&worker).await, 0, "it is free to be lent again");
        // A term that is over is as good as a post that has ended.
        let (person, secret) = hired(town, "termed").await;
        let seat = post(town, "dispatcher", ROOT).await;
        let mut act = appoint(town, &seat, &person);
        act.term_to = Some(days(20).day(480));
        let appointment = town.act(&operator, act).await.unwrap();
        let cookie = enter(town, "termed", &secret).await;
        let termed = Staff { post: seat, appointment, person, cookie };
        lend(&worker, &termed).await;
        assert!(may_take(town, &termed, &worker.appointment).await);
        let told = async |at| {
            let asked = move |tx: &ReadTx<'_>| remit::holders(tx, "grid_worker", GRID, at);
            town.district.store().read(asked).await.unwrap()
        };
        town.clock.shift(30 * 24 * 3600 * 1_000_000);
        assert!(!may_take(town, &termed, &worker.appointment).await);
        assert!(!told(town.clock.now()).await.contains(&termed.person));
        assert_eq!(running(&worker).await, 0, "nobody is shown who may not act");
        let (person, now) = (termed.person.clone(), town.clock.now());
        let held =
            move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::kinds_held(tx, &person, now) };
        let held = town.district.store().read(held).await.unwrap();
        let kinds: Vec<&str> = held.iter().map(|held| held.kind.as_str()).collect();
        assert_eq!(kinds, [""; 0], "what was lent, and what is over, keeps them from no post");
        // Stopped is whoever is away, not their post: it is still to be filled.
        let other = in_post(town, "other", "dispatcher", ROOT).await;
        lend(&worker, &other).await;
        assert_eq!(running(&worker).await, 1);
        let ended = EndPost { post: termed.post, version: 1 };
        town.act(&operator, ended).await.unwrap();
        let stop = Suspend { person: worker.person.clone(), reason: String::new() };
        town.act(&operator, stop).await.unwrap();
        assert!(may_take(town, &other, &worker.appointment).await);
        // Relieved, they have no post that another could fill.
        let gone = Relieve { appointment: worker.appointment.clone(), why };
        town.act(&operator, gone).await.unwrap();
        assert!(!may_take(town, &other, &worker.appointment).await);
        assert_eq!(running(&worker).await, 0);
    });
}
