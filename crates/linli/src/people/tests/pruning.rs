//! What is older than half a year goes; what is younger stays. What matters for minutes goes within
//! the day.

use super::each_town;
use crate::act::Actor;
use crate::app::forget;
use crate::base::Id;
use crate::people::acts::Unmask;
use crate::people::code;
use crate::people::prune::{self, KEPT_DAYS};
use crate::people::{ACCESS, CONTACT};

const DAY: i64 = 24 * 3600 * 1_000_000;

#[test]
fn sessions_and_looks_are_kept_for_half_a_year() {
    each_town(async |town| {
        let cookie = town.resident("13800000001").await;
        assert_eq!(town.get("/me", &cookie).await.status, axum::http::StatusCode::OK);
        let store = town.district.store();
        let count = async |sql: &'static str| {
            let found: Result<i64, crate::store::StoreError> =
                store.read(move |tx| tx.count(sql, &[])).await;
            found.unwrap()
        };
        let (sessions, looks) = ("select count(*) from session", "select count(*) from access");
        let person: Result<Option<Id>, crate::store::StoreError> = store
            .read(|tx| tx.row("select id from person order by id", &[], |row| row.get(0)))
            .await;
        let person = person.unwrap().unwrap();
        let act = Unmask { person, reason: "上门核实".to_owned() };
        town.act(&Actor::operator(), act).await.unwrap();
        assert_eq!((count(sessions).await, count(looks).await), (1, 1));
        let prune = async || {
            forget::old_looks(&town.district).await.unwrap();
            prune::old_rows(store, town.clock.now()).await.unwrap()
        };
        town.clock.shift((KEPT_DAYS - 1) * DAY);
        prune().await;
        // The session was good for thirty days, and is kept for half a year after its end.
        assert_eq!((count(sessions).await, count(looks).await), (1, 1));
        town.clock.shift(2 * DAY);
        prune().await;
        assert_eq!((count(sessions).await, count(looks).await), (1, 0));
        town.clock.shift(31 * DAY);
        prune().await;
        assert_eq!((count(sessions).await, count(looks).await), (0, 0));
        assert_eq!(prune().await, 0);
    });
}

#[test]
fn codes_and_tries_are_gone_within_a_day() {
    each_town(async |town| {
        let store = town.district.store();
        let passing = async || {
            let sql = "select (select count(*) from sms_code) + (select count(*) from attempt)";
            let found: Result<i64, crate::store::StoreError> =
                store.read(move |tx| tx.count(sql, &[])).await;
            found.unwrap()
        };
        town.post("/sign-in/code", "", &[("phone", "13800000001")]).await;
        let tried = code::in_one_try(&town.district, "somebody", async { Ok(()) });
        assert!(tried.await.unwrap().is_some());
        town.clock.shift(DAY / 3);
        prune::old_rows(store, town.clock.now()).await.unwrap();
        assert_eq!(passing().await, 2, "in use they may be");
        // It is looked at every six hours.
        town.clock.shift(DAY / 4);
        prune::old_rows(store, town.clock.now()).await.unwrap();
        assert_eq!(passing().await, 0);
    });
}

/// The files of the database keep nothing of them (decision 25).
#[test]
fn ways_to_reach_people_and_looks_at_them_are_taken_out_for_good() {
    for table in [ACCESS, CONTACT] {
        assert!(table.recorded && table.for_good, "{}", table.name);
    }
}
