use axum::http::StatusCode;

use super::posts::{appoint, code, post};
use super::staff::{enter, hired};
use super::{GRID, ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people::acts::{AddRemit, BodyFields, CreateBody, EndBody};
use crate::people::{remit, rules, store};
use crate::store::{ReadTx, StoreError};

async fn body(town: &Town, kind: &str, name: &str) -> Id {
    let act = CreateBody {
        id: town.district.new_id(),
        fields: BodyFields { kind: kind.to_owned(), name: name.to_owned(), ..Default::default() },
        place_id: Id::derived(ROOT),
        place_path: ROOT.to_owned(),
        remits: Vec::new(),
        ground: "三定方案".to_owned(),
    };
    town.act(&Actor::operator(), act).await.unwrap()
}

/// The cookie of somebody in a post of this kind.
async fn holder(town: &Town, username: &str, kind: &str) -> String {
    let (person, secret) = hired(town, username).await;
    let seat = post(town, kind, ROOT).await;
    town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
    enter(town, username, &secret).await
}

/// The version of the remits of a kind, as a form that is made now carries it.
async fn version(town: &Town, kind: &str) -> i64 {
    let kind = kind.to_owned();
    let read = move |tx: &ReadTx<'_>| remit::version(tx, &kind);
    town.district.store().read(read).await.unwrap()
}

/// Who answers for a kind at a place: the store's answer, which is also the rule's.
async fn answering(town: &Town, kind: &'static str, path: &'static str) -> Option<String> {
    let (asked, ruled): (Option<String>, Option<String>) = town
        .district
        .store()
        .read(move |tx| -> Result<_, StoreError> {
            let asked = remit::nearest(tx, kind, path, None)?.map(|body| body.name);
            let all = remit::of_kind(tx, kind)?;
            Ok((asked, rules::answers(&all, path).map(|held| held.name.clone())))
        })
        .await
        .unwrap();
    assert_eq!(asked, ruled, "the rule and the store's question are one");
    asked
}

#[test]
fn a_remit_is_added_and_ended_after_a_look_at_what_passes_to_whom() {
    each_town(async |town| {
        body(town, "power", "市供电公司").await;
        let street = body(town, "street_office", "第一街道办").await;
        let admin = holder(town, "sysadmin", "system_admin").await;
        let page = format!("/admin/bodies/{street}/remits");
        let grid = Id::derived(GRID).to_string();
        let ground = ("ground", "街道权责清单第3项");
        let asked = [("kind", "power"), ("place", grid.as_str()), ground];
        let look = town.post(&page, &admin, &asked).await;
        assert_eq!(look.status, StatusCode::OK, "{}", look.text);
        assert!(
            look.text.contains("第一网格") && look.text.contains("市供电公司"),
            "{}",
            look.text
        );
        assert_eq!(answering(town, "power", GRID).await.as_deref(), Some("市供电公司"));
        let seen = version(town, "power").await.to_string();
        let go = [asked[0], asked[1], asked[2], ("step", "do"), ("seen", &*seen)];
        assert_eq!(town.post(&page, &admin, &go).await.status, StatusCode::SEE_OTHER);
        assert_eq!(answering(town, "power", GRID).await.as_deref(), Some("第一街道办"));
        assert_eq!(answering(town, "power", ROOT).await.as_deref(), Some("市供电公司"));
        let again = town.post(&page, &admin, &go).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "once is enough");
        assert!(again.text.contains("place-error") && again.text.contains("街道权责清单第3项"));
        let odd = [("kind", "/"), ("kind_another", "Power!"), ("place", ""), ("ground", "")];
        let odd = town.post(&page, &admin, &odd).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["kind_another-error", "place-error", "ground-error", "value=\"Power!\""] {
            assert!(odd.text.contains(field), "{field}: {}", odd.text);
        }
        let list = town.get(&page, &admin).await.text;
        let mark = format!("{page}/");
        let ends = list.match_indices(&mark).map(|(at, _)| &list[at..]);
        let ends: Vec<&str> = ends.map(|rest| &rest[..rest.find('"').unwrap()]).collect();
        assert_eq!(ends.len(), 2, "its own kind and the new one");
        let of_power = ends[0];
        let look = town.get(of_power, &admin).await;
        assert!(look.text.contains("市供电公司"), "it falls back: {}", look.text);
        let seen = version(town, "power").await.to_string();
        let seen = [("seen", &*seen)];
        assert_eq!(town.post(of_power, &admin, &seen).await.status, StatusCode::SEE_OTHER);
        assert_eq!(answering(town, "power", GRID).await.as_deref(), Some("市供电公司"));
        let twice = town.post(of_power, &admin, &seen).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        let worker = holder(town, "worker", "grid_worker").await;
        assert_eq!(town.post(&page, &worker, &go).await.status, StatusCode::FORBIDDEN);
        assert_eq!(town.post(ends[1], &worker, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(answering(town, "street_office", GRID).await.as_deref(), Some("第一街道办"));
    });
}

#[test]
fn what_passes_to_whom_is_looked_at_anew_once_another_has_changed_it() {
    each_town(async |town| {
        let power = body(town, "power", "市供电公司").await;
        let street = body(town, "street_office", "第一街道办").await;
        let admin = holder(town, "sysadmin", "system_admin").await;
        let of_power = async || {
            let read = |tx: &ReadTx<'_>| remit::of_kind(tx, "power");
            let all = town.district.store().read(read).await.unwrap();
            all.into_iter().map(|held| (held.entry, held.body)).collect::<Vec<_>>()
        };
        let mine = of_power().await.remove(0).0;
        let end = format!("/admin/bodies/{power}/remits/{mine}/end");
        let add = format!("/admin/bodies/{street}/remits");
        let grid = Id::derived(GRID).to_string();
        let asked = [
            ("kind", "power"),
            ("place", &*grid),
            ("ground", "清单"),
            ("step", "do"),
            ("seen", ""),
        ];
        let form = |seen| [asked[0], asked[1], asked[2], asked[3], ("seen", seen)];
        let looks = [town.get(&end, &admin).await, town.post(&add, &admin, &asked[..3]).await];
        let seen = looks.map(|look| look.field("seen"));
        assert_eq!(seen[0], seen[1], "both look at the same");
        assert_eq!(town.post(&add, &admin, &form(&seen[1])).await.status, StatusCode::SEE_OTHER);
        let late = town.post(&end, &admin, &[("seen", &*seen[0])]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "it would pass to the street now");
        assert!(late.text.contains("刚刚被别人改动过"), "{}", late.text);
        assert_eq!(of_power().await.len(), 2);
        for unsaid in ["", "x", "0"] {
            let got = town.post(&end, &admin, &[("seen", unsaid)]).await;
            assert_eq!(got.status, StatusCode::CONFLICT, "{unsaid:?}");
        }
        let ended = EndBody { body: street.clone(), version: 1, open_of: |_, _| Ok(0) };
        let seen = town.get(&end, &admin).await.field("seen");
        town.act(&Actor::operator(), ended).await.unwrap();
        let late = town.post(&end, &admin, &[("seen", &*seen)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "with the body its remit is gone");
        let seen = town.get(&end, &admin).await.field("seen");
        let now = town.post(&end, &admin, &[("seen", &*seen)]).await;
        assert_eq!(now.status, StatusCode::SEE_OTHER, "{}", now.text);
        assert_eq!(of_power().await, []);
    });
}

#[test]
fn who_adds_too_late_is_shown_what_passes_now_with_what_they_typed() {
    each_town(async |town| {
        let street = body(town, "street_office", "第一街道办").await;
        let admin = holder(town, "sysadmin", "system_admin").await;
        let add = format!("/admin/bodies/{street}/remits");
        let (grid, ground) = (Id::derived(GRID).to_string(), "街道权责清单第9项");
        let mut form = vec![("kind", "power"), ("place", &*grid), ("ground", ground)];
        let seen = town.post(&add, &admin, &form).await.field("seen");
        body(town, "power", "市供电公司").await;
        form.extend([("step", "do"), ("seen", &*seen)]);
        let late = town.post(&add, &admin, &form).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", late.text);
        for told in ["passes-error", "刚刚被别人改动过", "市供电公司"] {
            assert!(late.text.contains(told), "{told}: {}", late.text);
        }
        assert_eq!(answering(town, "power", GRID).await.as_deref(), Some("市供电公司"));
        let fields = ["kind", "place", "ground", "step", "seen", "act_id"];
        let again = fields.map(|name| (name, late.field(name)));
        assert_eq!((again[1].1.as_str(), again[2].1.as_str()), (&*grid, ground));
        let again: Vec<_> = again.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(town.post(&add, &admin, &again).await.status, StatusCode::SEE_OTHER);
        assert_eq!(answering(town, "power", GRID).await.as_deref(), Some("第一街道办"));
    });
}

#[test]
fn those_who_answer_come_once_each_and_the_nearest_first() {
    each_town(async |town| {
        body(town, "power", "市供电公司").await;
        let street = body(town, "street_office", "第一街道办").await;
        let ended = body(town, "power", "旧供电站").await;
        let operator = Actor::operator();
        for kind in ["street_office", "power"] {
            let (kind, ground) = (kind.to_owned(), format!("清单 {kind}"));
            let place = Id::derived(GRID);
            let seen = version(town, &kind).await;
            let add = AddRemit { body: street.clone(), kind, place, ground, seen };
            town.act(&operator, add).await.unwrap();
        }
        let end = EndBody { body: ended, version: 1, open_of: |_, _| Ok(0) };
        town.act(&operator, end).await.unwrap();
        let asked = async |kind: Option<&'static str>, path: &'static str| {
            let read = move |tx: &ReadTx<'_>| remit::answering(tx, kind, path);
            let all = town.district.store().read(read).await.unwrap();
            let told = |body: remit::Answering| format!("{}：{}", body.name, body.ground);
            all.into_iter().map(told).collect::<Vec<_>>()
        };
        let both = ["第一街道办：清单 power", "市供电公司：三定方案"];
        assert_eq!(asked(Some("power"), GRID).await, both);
        assert_eq!(asked(None, GRID).await, both, "with the first of its grounds");
        assert_eq!(asked(Some("power"), ROOT).await, both[1..]);
        assert_eq!(asked(Some("heating"), GRID).await, [""; 0]);
    });
}

#[test]
fn a_body_with_cases_in_hand_stays() {
    each_town(async |town| {
        let works = body(town, "municipal_works", "市政所").await;
        let end = |open_of| EndBody { body: works.clone(), version: 1, open_of };
        let operator = Actor::operator();
        let refused = town.act(&operator, end(|_, _| Ok(3))).await;
        let Err(crate::act::Failure::Refused(refusal)) = refused else { panic!("it ended") };
        let sentence = crate::words::Lang::Zh.refusal(&refusal);
        assert!(sentence.contains("3 件"), "{sentence}");
        assert_eq!(code(town.act(&operator, end(|_, _| Ok(0))).await), "done");
        let add = AddRemit {
            body: works.clone(),
            kind: "power".to_owned(),
            place: Id::derived(ROOT),
            ground: "三定方案".to_owned(),
            seen: version(town, "power").await,
        };
        assert_eq!(code(town.act(&operator, add).await), "body_ended");
    });
}

#[test]
fn a_body_has_a_right_credit_code_or_none_and_what_was_typed_stays() {
    each_town(async |town| {
        let admin = holder(town, "sysadmin", "system_admin").await;
        let root = Id::derived(ROOT).to_string();
        let form = |credit: &'static str| {
            [
                ("name", "安居物业"),
                ("kind", "property_company"),
                ("place", root.as_str()),
                ("ground", "物业合同备案"),
                ("code", credit),
            ]
        };
        let wrong = town.post("/admin/bodies", &admin, &form("91350100M000100Y44")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for kept in ["code-error", "安居物业", "物业合同备案", "91350100M000100Y44"] {
            assert!(wrong.text.contains(kept), "{kept}: {}", wrong.text);
        }
        assert!(wrong.text.contains(&format!("value=\"{root}\" selected")), "{}", wrong.text);
        let right = town.post("/admin/bodies", &admin, &form("91350100m000100y43")).await;
        assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
        let kept: Vec<store::Body> = town
            .district
            .store()
            .read(|tx| -> Result<_, StoreError> { store::bodies(tx) })
            .await
            .unwrap();
        assert_eq!(kept[0].code.as_deref(), Some("91350100M000100Y43"));
    });
}
