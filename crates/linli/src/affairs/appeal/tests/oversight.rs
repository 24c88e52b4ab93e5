//! 监督、审计: whoever looks over others checks a public case by its time and by the record, and is
//! shown nothing that is masked or internal.

use axum::http::StatusCode;

use super::loop_of_a_case::said;
use super::town::{LAMP, Town, person};
use crate::act::Actor;
use crate::app;
use crate::base::Id;
use crate::matter::MATTER;
use crate::people::keys::CreateKey;
use crate::testing::both_engines_wired;

const NOTE: &str = "住户脾气急，先打电话";

/// The receipts that a page leads to.
fn receipts(page: &str) -> Vec<String> {
    let links = page.split("href=\"/receipts/").skip(1);
    links.map(|rest| format!("/receipts/{}", rest.split('"').next().unwrap())).collect()
}

#[test]
fn who_looks_over_a_public_case_sees_its_clocks_and_receipts_and_no_note() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("路灯不亮");
        let clerk = town.by("community_clerk");
        town.go(&clerk, &case.matter, "note", said("words", NOTE)).unwrap();
        town.go(&clerk, &case.matter, "accept", said("class", LAMP)).unwrap();
        let path = format!("/cases/{}", case.number);
        let mut all = Vec::new();
        for kind in ["auditor", "supervision_committee"] {
            let by = town.by(kind);
            let page = town.get(&by, &path);
            assert_eq!(page.status, StatusCode::OK, "{kind}");
            assert!(page.text.contains("id=\"clocks-title\""), "{kind}: {}", page.text);
            assert!(!page.text.contains(NOTE), "{kind}");
            let found = receipts(&page.text);
            assert_eq!(found.len(), 2, "{kind}: reported, accepted: {found:?}");
            for receipt in &found {
                let told = town.get(&by, receipt);
                assert_eq!(told.status, StatusCode::OK, "{kind} {receipt}");
                let kept = town.get(&by, &format!("{receipt}.json"));
                assert!(
                    kept.text.contains("promise") && !kept.text.contains("路灯"),
                    "{}",
                    kept.text
                );
            }
            all.extend(found);
        }
        for by in [town.resident("lin"), town.by("district_dispatcher")] {
            assert!(receipts(&town.get(&by, &path).text).is_empty(), "{}", by.kind);
            for receipt in &all {
                assert_eq!(town.get(&by, receipt).status, StatusCode::NOT_FOUND, "{}", by.kind);
            }
        }
        assert!(!town.get(&town.resident("lin"), &path).text.contains("clocks-title"));
        // What is not public is nothing for them.
        let hide = "update matter set publicity = 'private' where id = $1";
        world.tamper(MATTER, hide, &[case.matter.as_str()]);
        for kind in ["auditor", "supervision_committee"] {
            assert_eq!(town.get(&town.by(kind), &path).status, StatusCode::NOT_FOUND, "{kind}");
            let told = town.get(&town.by(kind), &all[0]);
            assert_eq!(told.status, StatusCode::NOT_FOUND, "{kind}");
        }
    });
}

#[test]
fn the_receipts_of_the_audit_page_open_for_whoever_may_read_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let key = CreateKey {
            id: Id::derived("an audited key"),
            title: "对接程序".to_owned(),
            person: person("zhou"),
            appointment: None,
            hash: "h".to_owned(),
        };
        world.perform(&Actor::operator(), key).unwrap();
        let auditor = town.by("auditor");
        let page = town.get(&auditor, "/admin/audit?kind=accounts").text;
        let found = receipts(&page);
        assert!(!found.is_empty() && page.contains("本机管理终端"), "{page}");
        for receipt in found {
            assert_eq!(town.get(&auditor, &receipt).status, StatusCode::OK, "{receipt}");
            for other in [town.resident("zhou"), town.by("supervision_committee")] {
                let told = town.get(&other, &receipt);
                assert_eq!(told.status, StatusCode::NOT_FOUND, "{}", other.kind);
            }
        }
    });
}
