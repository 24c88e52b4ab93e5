//! What may be tried how often, and by whom a password is hashed at all.

use std::sync::Arc;

use axum::http::StatusCode;

use super::each_town;
use super::staff::{enter, hired};
use crate::act::{Actor, Done, Failure};
use crate::base::{Id, secret};
use crate::district::District;
use crate::people::acts::ChangePassword;
use crate::people::code::{self, MOST_WRONG_PASSWORDS};
use crate::people::password;

/// Whether a try was left; it is taken.
async fn tries(district: &District, username: &str) -> Done<bool> {
    let tried = code::in_one_try(district, username, async { Ok(()) }).await?;
    Ok(tried.is_some())
}

#[test]
fn who_tries_passwords_at_the_same_moment_has_no_more_tries() {
    each_town(async |town| {
        let at_once = (0..MOST_WRONG_PASSWORDS + 4).map(|_| {
            let district = Arc::clone(&town.district);
            tokio::spawn(async move { tries(&district, "simaxr").await })
        });
        let at_once: Vec<_> = at_once.collect();
        let mut taken = 0;
        for one in at_once {
            // One whom the others kept from the database too long was not let in either.
            taken += i64::from(one.await.unwrap().unwrap_or(false));
        }
        while tries(&town.district, "simaxr").await.unwrap() {
            taken += 1;
        }
        assert_eq!(taken, MOST_WRONG_PASSWORDS);
        assert!(tries(&town.district, "another").await.unwrap());
        code::forgive_passwords(&town.district, "simaxr").await.unwrap();
        assert!(tries(&town.district, "simaxr").await.unwrap());
    });
}

#[test]
fn who_was_not_answered_has_lost_no_try() {
    each_town(async |town| {
        let (_, app) = hired(town, "simaxr").await;
        for _ in 0..=MOST_WRONG_PASSWORDS {
            let no_turn = async { Err::<(), _>(Failure::Unavailable("no turn".to_owned())) };
            let asked = code::in_one_try(&town.district, "simaxr", no_turn).await;
            assert!(matches!(asked, Err(Failure::Unavailable(_))));
        }
        enter(town, "simaxr", &app).await;
        for _ in 0..MOST_WRONG_PASSWORDS {
            assert!(tries(&town.district, "simaxr").await.unwrap());
        }
        assert!(!tries(&town.district, "simaxr").await.unwrap(), "the others count as ever");
    });
}

#[test]
fn no_password_is_hashed_for_whoever_may_not_give_one() {
    each_town(async |town| {
        let (officer, _) = hired(town, "simaxr").await;
        let resident = town.resident("13800009041").await;
        // While every turn is taken, only who waits for one is told to come back later.
        let busy = password::busy().await;
        let new = [("name", "柳新"), ("username", "liuxin")];
        let why = [("reset_why", "忘了密码")];
        let reset = format!("/admin/people/{officer}/reset");
        for cookie in ["", &resident] {
            for (path, form) in [("/admin/people", &new[..]), (&reset, &why)] {
                let got = town.post(path, cookie, form).await;
                assert_ne!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
                assert!(got.status.is_client_error() || got.location.starts_with("/sign-in"));
            }
        }
        drop(busy);
    });
}

#[test]
fn with_the_password_every_other_session_ends_in_one_act() {
    each_town(async |town| {
        let (person, app) = hired(town, "simaxr").await;
        let (mine, elsewhere) =
            (enter(town, "simaxr", &app).await, enter(town, "simaxr", &app).await);
        let act = ChangePassword {
            person: person.clone(),
            password_hash: password::hash("three herons over the weir".to_owned()).await.unwrap(),
            version: 3,
            asked: "a mark".to_owned(),
            session: Some(Id::stored(secret::sha256_hex(mine.as_bytes()))),
        };
        town.act(&Actor::resident(person), act).await.unwrap();
        assert_eq!(town.get("/me", &mine).await.status, StatusCode::OK);
        assert_eq!(town.get("/me", &elsewhere).await.location, "/sign-in?next=%2Fme");
    });
}
