//! A known address leads to its grid, by whatever channel a report comes.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::{CODE, KEY, Told, Town, with_town};
use crate::base::Id;
use crate::store::Value;
use crate::territory::store::{ADDRESS, PLACE};

const GRID: &str = "99010100100101";
const KNOWN: &str = "听涛街27号晨曦花园3号楼";

/// Two grids right under the district, and addresses: one of them twice, in both. Behind each come
/// so many longer ones as are offered at once to who types it.
fn with_addresses(test: impl Fn(&Town<'_>)) {
    with_town(|town| {
        let other = "99010100100102";
        for code in [GRID, other] {
            let columns = vec![
                ("code", code.into()),
                ("level", "grid".into()),
                ("name", "第一网格".into()),
                ("parent_id", Value::from(&Id::derived("place"))),
                ("path", format!("/{CODE}/{code}/").as_str().into()),
                ("sort_key", "1".into()),
                ("valid_from", Value::Int(1)),
                ("version", Value::Int(1)),
            ];
            town.world.plant(PLACE, vec![(Id::derived(code), columns)]);
        }
        let named = [(KNOWN, GRID), ("新村1号", GRID), ("新村1号", other)];
        let named = named.map(|(text, grid)| (text.to_owned(), grid));
        let longer = |text: &str, n: usize| (format!("{text}{n}单元"), GRID);
        let longer = (1..=8).flat_map(|n| [longer(KNOWN, n), longer("新村1号", n)]);
        // Seven of the shorter address, so that of its two rows one more would be offered.
        let longer = longer.filter(|(text, _)| text != "新村1号8单元");
        for (text, grid) in named.into_iter().chain(longer) {
            let columns = vec![
                ("place_id", Value::from(&Id::derived(grid))),
                ("place_path", format!("/{CODE}/{grid}/").as_str().into()),
                ("text", text.as_str().into()),
                ("sort_key", format!("{text}|").as_str().into()),
                ("lat_e7", Value::Int(355_412_000)),
                ("lng_e7", Value::Int(1_066_832_000)),
            ];
            let id = Id::derived(&format!("{text} {grid}"));
            town.world.plant(ADDRESS, vec![(id, columns)]);
        }
        test(town);
    });
}

/// Where the newest case lies, and the latitude it has.
fn newest(town: &Town<'_>) -> (String, Option<i64>) {
    let sql = "select t.place_path, f.lat_e7 from matter t join case_file f on f.id = t.id
               order by t.opened_at desc, t.id desc";
    town.world.read(|tx| tx.row(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))).unwrap()
}

fn by_open311(town: &Town<'_>, fields: &[(&str, &str)]) -> Told {
    let class = town.class();
    let own = [("api_key", KEY), ("service_code", class.as_str())];
    let all = [&own[..], fields].concat();
    town.form("/open311/v2/requests.json", &all)
}

fn by_api(town: &Town<'_>, address: &str, key: &str) -> Told {
    let body = json!({"words": "路灯不亮", "class": town.class(), "address": address});
    let request = axum::http::Request::post("/api/v1/cases")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {KEY}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    town.send(request.body(body.to_string().into()).unwrap())
}

#[test]
fn a_known_address_reaches_its_grid_by_open311_and_by_the_api() {
    with_addresses(|town| {
        let (grid, whole) = (format!("/{CODE}/{GRID}/"), format!("/{CODE}/"));
        let told = by_open311(town, &[("address_string", KNOWN)]);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(newest(town), (grid.clone(), Some(355_412_000)));
        let id = Id::derived(&format!("{KNOWN} {GRID}"));
        let told = by_open311(town, &[("address_id", id.as_str())]);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(newest(town), (grid.clone(), Some(355_412_000)));
        let first = by_api(town, KNOWN, "one");
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        assert_eq!(newest(town), (grid, Some(355_412_000)));
        let again = by_api(town, KNOWN, "one");
        assert_eq!(again.header("location"), first.header("location"), "{}", again.text());
        // What stands in two grids, or not at all, is nobody's guess.
        for (key, address) in [("two", "新村1号"), ("three", "听涛街27号"), ("four", "别处")]
        {
            assert_eq!(by_open311(town, &[("address_string", address)]).status, StatusCode::OK);
            assert_eq!(newest(town), (whole.clone(), None), "{address}");
            assert_eq!(by_api(town, address, key).status, StatusCode::CREATED);
            assert_eq!(newest(town), (whole.clone(), None), "{address}");
        }
    });
}

#[test]
fn the_address_that_was_typed_is_the_first_that_is_offered() {
    with_addresses(|town| {
        let typed =
            percent_encoding::utf8_percent_encode(KNOWN, percent_encoding::NON_ALPHANUMERIC);
        let request = axum::http::Request::get(format!("/addresses?q={typed}"));
        let page = town.send(request.header("host", "localhost").body(Body::empty()).unwrap());
        let page = page.text();
        let (_, first) = page.split_once("data-text=\"").expect("something is offered");
        assert!(first.starts_with(&format!("{KNOWN}\"")), "{page}");
        assert_eq!(page.matches("data-text=").count(), 8, "{page}");
    });
}
