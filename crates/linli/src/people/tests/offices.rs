//! The posts of the three administrators are given and taken by two of them.

use std::sync::Arc;

use axum::http::StatusCode;

use super::posts::{appoint, code, post};
use super::staff::{enter, hired};
use super::{ROOT, Town, each_town};
use crate::act::{Actor, Done};
use crate::base::Id;
use crate::disclosure::acts::proposal::{Confirm, Refuse};
use crate::people::acts::{EndPost, Relieve, Resume, Suspend};
use crate::people::{admin as people_admin, store};
use crate::store::{ReadTx, StoreError};

struct Admin {
    actor: Actor,
    post: Id,
    appointment: Id,
    cookie: String,
}

async fn admin(town: &Town, name: &str, kind: &str) -> Admin {
    let (person, secret) = hired(town, name).await;
    let post = post(town, kind, ROOT).await;
    let act = appoint(town, &post, &person);
    let appointment = town.act(&Actor::operator(), act).await.unwrap();
    let seat = (person, post.clone());
    let actor = Actor { administrator: true, ..Actor::in_post(seat, kind, ROOT, None) };
    Admin { actor, post, appointment, cookie: enter(town, name, &secret).await }
}

async fn confirm(town: &Town, by: &Actor, proposal: &Id) -> Done<i64> {
    let (proposal, keys) = (proposal.clone(), town.district.keys.clone());
    town.act(by, Confirm { proposal, processes: town.district.processes.clone(), keys }).await
}

async fn holds(town: &Town, person: &Id, post: &Id) -> bool {
    let (person, post, now) = (person.clone(), post.clone(), town.district.now());
    let look =
        move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::holds(tx, &person, &post, now) };
    town.district.store().read(look).await.unwrap()
}

/// The proposal that a form led to.
fn proposal(location: &str) -> Id {
    let rest = location.strip_prefix("/duties/proposals/").expect(location);
    Id::parse(rest.split('?').next().unwrap()).unwrap()
}

#[test]
fn an_administrators_post_is_proposed_by_one_and_given_by_another() {
    each_town(async |town| {
        let keeper = admin(town, "keeper", "security_admin").await;
        let (first, _) = hired(town, "first").await;
        let only = post(town, "system_admin", ROOT).await;
        let page = town.get(&format!("/admin/posts/{only}"), &keeper.cookie).await.text;
        assert!(!page.contains("任免要两位管理员"), "nobody is there to confirm: {page}");
        // Nor is anybody relieved meanwhile: the page says what to do, and asks for no reason.
        let own = town.get(&format!("/admin/posts/{}", keeper.post), &keeper.cookie).await.text;
        assert!(own.contains("linli admin add") && !own.contains("/relieve"), "{own}");
        town.act(&keeper.actor, appoint(town, &only, &first)).await.unwrap();
        let system = admin(town, "system", "system_admin").await;
        let (straw, _) = hired(town, "straw").await;
        let second = post(town, "system_admin", ROOT).await;
        // Alone nobody does it, whatever they send.
        let alone = town.act(&keeper.actor, appoint(town, &second, &straw)).await;
        assert_eq!(code(alone), "takes_two");
        let at = format!("/admin/posts/{second}");
        let page = town.get(&at, &keeper.cookie).await.text;
        assert!(page.contains("任免要两位管理员") && page.contains("提请任命"), "{page}");
        let of_first = town.get(&format!("/admin/posts/{only}"), &keeper.cookie).await.text;
        assert!(of_first.contains("/relieve") && !of_first.contains("linli admin add"));
        let form =
            [("person", straw.as_str()), ("term_from", "2026-01-01"), ("act_id", &"7".repeat(26))];
        let got = town.post(&format!("{at}/appoint"), &keeper.cookie, &form).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        let asked = proposal(&got.location);
        let again = town.post(&format!("{at}/appoint"), &keeper.cookie, &form).await;
        assert_eq!(proposal(&again.location), asked, "sent twice it is one proposal");
        assert!(!holds(town, &straw, &second).await, "nothing is given yet");
        let own = confirm(town, &keeper.actor, &asked).await;
        assert_ne!(code(own), "done", "nobody confirms what they proposed");
        let stands_in = Actor { stands_in: true, ..system.actor.clone() };
        assert_eq!(code(confirm(town, &stands_in, &asked).await), "decided_by_holder");
        confirm(town, &system.actor, &asked).await.unwrap();
        assert!(holds(town, &straw, &second).await);
        assert_eq!(code(confirm(town, &system.actor, &asked).await), "proposal_decided");
        // What one decided is among one's own data, as what one proposed is.
        for cookie in [&keeper.cookie, &system.cookie] {
            let all = town.get("/me/export", cookie).await.text;
            let all: serde_json::Value = serde_json::from_str(&all).unwrap();
            assert_eq!(all["rows"]["duty_proposal"][0]["id"], asked.as_str(), "{all}");
        }
        let page = town.get(&at, &keeper.cookie).await.text;
        let (_, published) = page.split_once("<ul class=\"cards\">").unwrap();
        assert!(published.contains("司马相如"), "the name is published: {page}");
    });
}

#[test]
fn nobody_is_made_alone_by_stopping_the_other_administrators() {
    each_town(async |town| {
        let keeper = admin(town, "keeper", "security_admin").await;
        let system = admin(town, "system", "system_admin").await;
        let (straw, _) = hired(town, "straw").await;
        let second = post(town, "system_admin", ROOT).await;
        let person = system.actor.person.clone().unwrap();
        let stop = Suspend { person: person.clone(), reason: "可疑".to_owned() };
        town.act(&keeper.actor, stop).await.unwrap();
        let alone = town.act(&keeper.actor, appoint(town, &second, &straw)).await;
        assert_eq!(code(alone), "takes_two");
        let page = town.get(&format!("/admin/posts/{second}"), &keeper.cookie).await.text;
        assert!(page.contains("提请任命"), "{page}");
        // What is proposed meanwhile is confirmed once they are let in again.
        let form = [("person", straw.as_str()), ("term_from", "2026-01-01")];
        let path = format!("/admin/posts/{second}/appoint");
        let asked = proposal(&town.post(&path, &keeper.cookie, &form).await.location);
        town.act(&keeper.actor, Resume { person }).await.unwrap();
        confirm(town, &system.actor, &asked).await.unwrap();
        assert!(holds(town, &straw, &second).await);
        // And the terminal of the machine is left in any case.
        let third = post(town, "system_admin", ROOT).await;
        let act = appoint(town, &third, &straw);
        town.act(&Actor::operator(), act).await.unwrap();
    });
}

#[test]
fn an_administrators_post_is_taken_by_two_and_never_by_who_loses_it() {
    each_town(async |town| {
        let keeper = admin(town, "keeper", "security_admin").await;
        let system = admin(town, "system", "system_admin").await;
        let other = admin(town, "other", "system_admin").await;
        let audit = admin(town, "audit", "audit_admin").await;
        let gone = Relieve { appointment: audit.appointment.clone(), why: "换人".to_owned() };
        assert_eq!(code(town.act(&keeper.actor, gone).await), "takes_two");
        let end = EndPost { post: audit.post.clone(), version: 1 };
        assert_eq!(code(town.act(&keeper.actor, end).await), "relieved_first");
        let path = format!("/admin/posts/{}/end", audit.post);
        let told = town.post(&path, &keeper.cookie, &[("version", "1")]).await.text;
        assert!(told.contains("先在这里提请免职") && told.contains("linli admin add"), "{told}");
        let take = async |of: &Admin| {
            let form = [("appointment", of.appointment.as_str()), ("why", "换人")];
            let path = format!("/admin/posts/{}/relieve", of.post);
            let got = town.post(&path, &keeper.cookie, &form).await;
            assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
            proposal(&got.location)
        };
        let person = |of: &Admin| of.actor.person.clone().unwrap();
        let asked = take(&audit).await;
        assert!(holds(town, &person(&audit), &audit.post).await);
        confirm(town, &system.actor, &asked).await.unwrap();
        assert!(!holds(town, &person(&audit), &audit.post).await);
        // Who is to lose a post has no say in it; another who may confirm has.
        let asked = take(&system).await;
        assert_eq!(code(confirm(town, &system.actor, &asked).await), "not_on_oneself");
        let refuse = Refuse { proposal: asked.clone(), why: "还要用".to_owned() };
        town.act(&other.actor, refuse).await.unwrap();
        assert_eq!(code(confirm(town, &other.actor, &asked).await), "proposal_decided");
        assert!(holds(town, &person(&system), &system.post).await);
        let asked = take(&system).await;
        confirm(town, &other.actor, &asked).await.unwrap();
        assert!(!holds(town, &person(&system), &system.post).await);
        let own = [("appointment", keeper.appointment.as_str()), ("why", "不干了")];
        let path = format!("/admin/posts/{}/relieve", keeper.post);
        let got = town.post(&path, &keeper.cookie, &own).await;
        assert!(got.status.is_client_error() && holds(town, &person(&keeper), &keeper.post).await);
        // The terminal of the machine gives and takes alone: it is how the first come to be.
        let gone = Relieve { appointment: other.appointment.clone(), why: "换人".to_owned() };
        town.act(&Actor::operator(), gone).await.unwrap();
        assert!(!holds(town, &person(&other), &other.post).await);
    });
}

#[test]
fn an_administrators_password_is_reset_at_the_terminal_alone() {
    each_town(async |town| {
        let keeper = admin(town, "keeper", "security_admin").await;
        let system = admin(town, "system", "system_admin").await;
        let (clerk, _) = hired(town, "clerk").await;
        let person = system.actor.person.clone().unwrap();
        let page = town.get(&format!("/admin/people/{person}"), &keeper.cookie).await.text;
        assert!(
            page.contains("linli admin reset --username system --dir")
                && !page.contains("reset_why"),
            "{page}"
        );
        let form = [("reset_why", "忘了密码"), ("act_id", &"8".repeat(26))];
        let path = format!("/admin/people/{person}/reset");
        let got = town.post(&path, &keeper.cookie, &form).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(got.text.contains("只能在运行系统的机器上重设"), "{}", got.text);
        assert_eq!(town.get("/me", &system.cookie).await.status, StatusCode::OK, "still signed in");
        let path = format!("/admin/people/{clerk}/reset");
        let got = town.post(&path, &keeper.cookie, &form).await;
        assert_eq!(got.status, StatusCode::OK, "of others it is as ever: {}", got.text);
        let district = Arc::clone(&town.district);
        let done = tokio::task::spawn_blocking(move || people_admin::reset(&district, "system"));
        assert!(!done.await.unwrap().unwrap().is_empty());
        let out = town.get("/me", &system.cookie).await;
        assert_ne!(out.status, StatusCode::OK, "signed out everywhere");
    });
}

#[test]
fn who_comes_first_is_told_what_to_do_until_somebody_is_in_post() {
    each_town(async |town| {
        let keeper = admin(town, "keeper", "security_admin").await;
        let told = async || town.get("/admin", &keeper.cookie).await.text.contains("请按顺序做");
        assert!(told().await);
        let system = admin(town, "system", "system_admin").await;
        assert!(told().await, "administrators take no reports");
        let other = town.get("/admin", &system.cookie).await.text;
        assert!(!other.contains("请按顺序做"), "who appoints nobody is not asked to");
        assert!(other.contains(">立案标准，先检查后导入<"), "and may import no cases: {other}");
        let (person, _) = hired(town, "clerk").await;
        let clerk = post(town, "community_clerk", ROOT).await;
        town.act(&Actor::operator(), appoint(town, &clerk, &person)).await.unwrap();
        assert!(!told().await);
    });
}
