//! Lists of staff and posts longer than a page, and a choice of persons that is cut.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::posts::{appoint, post};
use super::staff::{enter, hired};
use super::{GRID, ROOT, Town, each_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people::{PERSON, POST, store};
use crate::store::{ReadTx, StoreError, Value};
use crate::testing::{Plant, PlantedRow};

/// More than such lists once had.
const MANY: usize = 2_010;

fn name(n: usize) -> String {
    format!("员工{n:04}")
}

async fn planted(town: &Town, row: impl Fn(usize) -> PlantedRow, many: usize) {
    let table = if many == MANY { PERSON } else { POST };
    for from in (0..many).step_by(300) {
        let rows = (from..many.min(from + 300)).map(&row).collect();
        town.act(&Actor::operator(), Plant::some(table, rows)).await.unwrap();
    }
}

async fn many_staff(town: &Town) {
    let keys = &town.district.keys;
    let row = |n: usize| {
        let columns = vec![
            ("kind", Value::from("staff")),
            ("name_sealed", keys.seal(&name(n)).into()),
            ("name_masked", "员*".into()),
            ("username", format!("staff{n:04}").into()),
            ("place_path", ROOT.into()),
            ("language", "zh".into()),
            ("consent", "".into()),
            ("created_at", 1.into()),
            ("version", 1.into()),
        ];
        (Id::derived(&format!("staff {n}")), columns)
    };
    planted(town, row, MANY).await;
}

/// The cookie of a security administrator.
async fn keeper(town: &Town) -> String {
    let (person, secret) = hired(town, "keeper").await;
    let seat = post(town, "security_admin", ROOT).await;
    town.act(&Actor::operator(), appoint(town, &seat, &person)).await.unwrap();
    enter(town, "keeper", &secret).await
}

/// Where a link of this kind leads.
fn link(page: &str, rel: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\" rel=\"{rel}\""))?;
    let (_, href) = before.rsplit_once("href=\"")?;
    Some(href.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Cells that begin so on every page from this one on, and how many pages there are.
async fn walked(town: &Town, cookie: &str, first: &str, begin: &str) -> (BTreeSet<String>, usize) {
    let (mut path, mut seen, mut pages) = (first.to_owned(), BTreeSet::new(), 0);
    loop {
        let page = town.get(&path, cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_eq!(link(&page.text, "prev").is_some(), pages > 0, "{path}");
        pages += 1;
        for found in page.text.split(&format!(">{begin}")).skip(1) {
            let (rest, _) = found.split_once('<').unwrap();
            assert!(seen.insert(format!("{begin}{rest}")), "{rest} stands on two pages");
        }
        match link(&page.text, "next") {
            Some(next) => path = next,
            None => return (seen, pages),
        }
    }
}

#[test]
fn every_member_of_staff_is_on_some_page_of_the_list_and_on_one() {
    each_town(async |town| {
        let cookie = keeper(town).await;
        many_staff(town).await;
        let (all, pages) = walked(town, &cookie, "/admin/people", "staff").await;
        assert_eq!((all.len(), pages), (MANY, 21));
        let (some, pages) =
            walked(town, &cookie, "/admin/people?q=%E5%91%98%E5%B7%A51&sort=stroke", "staff").await;
        assert_eq!((some.len(), pages), (1_000, 10), "who is searched for is paged as well");
        let second = town.get("/admin/people", &cookie).await.text;
        let second = town.get(&link(&second, "next").unwrap(), &cookie).await.text;
        assert_eq!(link(&second, "prev").as_deref(), Some("/admin/people"));
    });
}

#[test]
fn every_post_is_on_some_page_of_the_list_and_on_one() {
    each_town(async |town| {
        let cookie = keeper(town).await;
        let row = |n: usize| {
            let columns = vec![
                ("kind", Value::from("grid_worker")),
                ("title", format!("网格岗{n:03}").into()),
                ("place_id", Value::from(&Id::derived(GRID))),
                ("place_path", GRID.into()),
                ("version", 1.into()),
            ];
            (Id::derived(&format!("post {n}")), columns)
        };
        planted(town, row, 250).await;
        for first in ["/admin/posts", "/admin/posts?only=vacant&sort=pinyin"] {
            let (all, pages) = walked(town, &cookie, first, "网格岗").await;
            assert_eq!((all.len(), pages), (250, 3), "{first}");
        }
    });
}

#[test]
fn who_does_not_stand_in_a_choice_that_is_cut_is_found_by_account_or_name() {
    each_town(async |town| {
        let cookie = keeper(town).await;
        let seat = post(town, "grid_worker", GRID).await;
        let page = format!("/admin/posts/{seat}");
        assert!(!town.get(&page, &cookie).await.text.contains("person-find"), "all stand in it");
        many_staff(town).await;
        let shown = town.get(&page, &cookie).await.text;
        assert!(shown.contains("上面只列出 500 人"), "it says that it is cut: {shown}");
        assert!(shown.contains("（staff0001）") && !shown.contains("（staff2000）"));
        let post = async |find: &str| {
            let form = [("person", ""), ("person_find", find), ("term_from", "2026-01-01")];
            town.post(&format!("{page}/appoint"), &cookie, &form).await
        };
        let nobody = post("无此人").await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nobody.text);
        assert!(nobody.text.contains("没有这个用户名或姓名的工作人员"), "{}", nobody.text);
        assert!(nobody.text.contains("value=\"无此人\""), "what was typed stays");
        for find in ["Staff2000", "员工2001", "员工2002（staff2002）"] {
            assert_eq!(post(find).await.status, StatusCode::SEE_OTHER, "{find}");
        }
        let now = town.district.now();
        let look = move |tx: &ReadTx<'_>| -> Result<_, StoreError> { store::post(tx, &seat, now) };
        let held = town.district.store().read(look).await.unwrap().unwrap();
        let names: BTreeSet<String> = held.holders.into_iter().map(|held| held.name).collect();
        assert_eq!(names, [2000, 2001, 2002].map(name).into());
    });
}
