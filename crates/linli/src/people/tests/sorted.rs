//! Names in the lists of the administration, by sound and by strokes.

use super::posts::{appoint, post};
use super::staff::{enter, hired_as};
use super::{GRID, ROOT, Town, each_town};
use crate::act::Actor;
use crate::people::acts::Appoint;

/// The order in which a page has these names.
fn order_of(page: &str, names: &[&str]) -> String {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for name in names {
        let tagged = [format!("{name}</a>"), format!("<td>{name}</td>")];
        let at = tagged.iter().find_map(|tagged| page.find(tagged.as_str()));
        found.push((at.unwrap_or_else(|| panic!("{name} is missing: {page}")), name));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

async fn in_office(town: &Town, (login, name): (&str, &str), kind: &str, path: &str) -> String {
    let (person, secret) = hired_as(town, login, name).await;
    let seat = post(town, kind, path).await;
    let act = Appoint { holder_name: name.to_owned(), ..appoint(town, &seat, &person) };
    town.act(&Actor::operator(), act).await.unwrap();
    enter(town, login, &secret).await
}

#[test]
fn names_are_listed_by_sound_and_on_wish_by_strokes() {
    each_town(async |town| {
        let names = ["安国", "丁大", "王一"];
        let cookie = in_office(town, ("anguo", "安国"), "security_admin", ROOT).await;
        in_office(town, ("dingda", "丁大"), "dispatcher", ROOT).await;
        in_office(town, ("wangyi", "王一"), "grid_worker", GRID).await;
        let (sound, strokes) = ("安国丁大王一", "丁大王一安国");
        for (path, order) in [
            ("/admin/people", sound),
            ("/admin/people?sort=stroke", strokes),
            ("/admin/people?q=&sort=nonsense", sound),
            ("/admin/posts?sort=pinyin", sound),
            ("/admin/posts?sort=stroke", strokes),
        ] {
            let page = town.get(path, &cookie).await.text;
            assert_eq!(order_of(&page, &names), order, "{path}");
            let chosen = page.contains("value=\"stroke\" selected");
            assert_eq!(chosen, path.contains("stroke"), "the form keeps it: {path}");
        }
    });
}
