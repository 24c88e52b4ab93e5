//! An acceptance that was a slip leaves nothing behind but its lines in the timeline.

use super::told::told;
use super::town::{LAMP, Town};
use crate::affairs::appeal::store;
use crate::app;
use crate::base::Id;
use crate::catalogue;
use crate::matter::Put;
use crate::testing::both_engines_wired;

/// 家庭暴力: only those who deal with it see such a case.
const PRIVATE: &str = "E0701";
const CRYING: &str = "楼上天天有哭声";

/// Code of the class and limit of its standard, as the case has them.
fn classed(town: &Town<'_>, case: &Id) -> (Option<String>, bool) {
    let case = case.clone();
    town.world.read(move |tx| {
        let file = store::file(tx, &case)?.unwrap();
        let class = match &file.class {
            Some(id) => catalogue::store::by_id(tx, id)?,
            None => None,
        };
        Ok((class.map(|class| class.code), file.standard.is_some()))
    })
}

#[test]
fn class_publicity_and_body_are_again_what_they_were() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let cases = [
            (town.report_of(Some(LAMP), CRYING).matter, Some(LAMP), "public"),
            (town.report_of(None, CRYING).matter, None, "internal"),
        ];
        for (case, class, publicity) in cases {
            let (stood, body) = (classed(&town, &case), town.matter(&case).body);
            assert_eq!(stood.0.as_deref(), class);
            let put = Put::default().with("class", PRIVATE);
            town.go(&clerk, &case, "accept", put).unwrap();
            assert_eq!(town.matter(&case).publicity, "private");
            assert!(!told(&town, &case, "to_dispatch").is_empty());
            let why = Put::default().with("reason", "点错了");
            town.go(&clerk, &case, "unaccept", why).unwrap();
            let matter = town.matter(&case);
            assert_eq!((matter.publicity.as_str(), matter.body), (publicity, body));
            assert_eq!(classed(&town, &case), stood);
            let heard = told(&town, &case, "not_to_dispatch");
            assert_eq!(heard, told(&town, &case, "to_dispatch"), "whoever was told is told again");
        }
    });
}

#[test]
fn a_class_that_was_put_right_in_between_is_the_one_that_comes_back() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let case = town.report_of(Some(PRIVATE), CRYING).matter;
        let put = Put::default().with("class", LAMP).with("reason", "是路灯的事");
        town.go(&clerk, &case, "reclassify", put).unwrap();
        town.go(&clerk, &case, "accept", Put::default().with("class", PRIVATE)).unwrap();
        town.go(&clerk, &case, "unaccept", Put::default().with("reason", "点错了")).unwrap();
        assert_eq!(classed(&town, &case).0.as_deref(), Some(LAMP));
        assert_eq!(town.matter(&case).publicity, "public");
    });
}

#[test]
fn what_was_taken_back_before_does_not_come_back() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let clerk = town.by("community_clerk");
        let case = town.report_of(Some(LAMP), CRYING).matter;
        for wrong in [PRIVATE, "E0104"] {
            town.go(&clerk, &case, "accept", Put::default().with("class", wrong)).unwrap();
            town.go(&clerk, &case, "unaccept", Put::default().with("reason", "点错了")).unwrap();
            assert_eq!(classed(&town, &case).0.as_deref(), Some(LAMP), "after {wrong}");
        }
    });
}
