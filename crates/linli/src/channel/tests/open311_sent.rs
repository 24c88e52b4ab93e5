//! What programs of other makers send in their own way, and what they are told.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::open311::{V2, error, report, reported, update};
use super::{KEY, OFFICER_KEY, Told, Town, with_town};

/// mySociety's clients send each picture's link in a parameter of its own.
#[test]
fn several_links_to_pictures_are_all_kept() {
    with_town(|town| {
        let links = ["https://example.com/a.jpg", "https://example.com/b.jpg"];
        let links = links.map(|link| ("media_url", link));
        let told = report(town, &links);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        let kept = "select count(*) from case_file
                     where answers like '%example.com/a.jpg%'
                       and answers like '%example.com/b.jpg%'";
        assert_eq!(town.world.read(move |tx| tx.count(kept, &[])), 1);
        let number = reported(town);
        let told = update(town, KEY, &number, &[("description", "又灭了"), links[0], links[1]]);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        let kept = "select count(*) from entry
                     where facts like '%example.com/a.jpg%' and facts like '%example.com/b.jpg%'";
        assert_eq!(town.world.read(move |tx| tx.count(kept, &[])), 1);
        let cases = town.count("matter");
        let many = [("media_url", "https://example.com/a.jpg"); 10];
        assert_eq!(error(&report(town, &many)), (400, 400));
        let one = [("media_url", "http://10.0.0.1/a.jpg"), ("media_url", "https://a.cn/b.jpg")];
        let told = report(town, &one).json();
        let notice = told[0]["service_notice"].as_str().unwrap();
        assert!(notice.contains("https"), "the link that is left out is told: {notice}");
        assert_eq!(town.count("matter"), cases + 1);
    });
}

/// GeoReport v2: `status` and the others of a list "can be declared multiple times".
#[test]
fn a_list_may_come_in_several_parameters_of_its_name() {
    with_town(|town| {
        let (first, second) = (reported(town), reported(town));
        let class = town.class();
        let count = |query: &str| {
            let told = town.get(&format!("{V2}/requests.json?{query}"));
            assert_eq!(told.status, StatusCode::OK, "{query} {}", told.text());
            told.json().as_array().map(Vec::len).unwrap()
        };
        assert_eq!(count("status=closed&status=open"), 2);
        assert_eq!(count("status=closed&status="), 0);
        assert_eq!(count(&format!("service_request_id={first}&service_request_id={second}")), 2);
        assert_eq!(count(&format!("service_code=NOPE&service_code={class}")), 2);
        let told = town.get(&format!("{V2}/requests.json?status=open&status=nonsense"));
        assert_eq!(error(&told), (400, 400));
    });
}

#[test]
fn a_second_slash_leads_nowhere_else_and_an_empty_name_is_missing() {
    with_town(|town| {
        for path in ["services.json", "requests.json", "discovery.json"] {
            let told = town.get(&format!("{V2}//{path}"));
            assert_eq!(told.status, StatusCode::OK, "{path}: {}", told.text());
        }
        let named = [
            ("services/.json", "service_code"),
            ("requests/.json", "service_request_id"),
            ("tokens/.json", "token"),
        ];
        for (path, name) in named {
            let told = town.get(&format!("{V2}/{path}"));
            assert_eq!(error(&told), (400, 400), "{path}");
            assert!(told.text().contains(name), "{path}: {}", told.text());
        }
    });
}

fn packed(town: &Town<'_>, path: &str, key: &str) -> Told {
    let request = Request::post(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {key}"))
        .header("content-encoding", "gzip")
        .body(Body::from(&b"\x1f\x8b\x08\x00"[..]))
        .unwrap();
    town.send(request)
}

#[test]
fn what_comes_packed_is_told_so_and_not_taken_for_bad_letters() {
    with_town(|town| {
        let cases = town.count("matter");
        let told = packed(town, &format!("{V2}/requests.json"), KEY);
        assert_eq!(error(&told), (400, 400));
        assert!(told.text().contains("Content-Encoding"), "{}", told.text());
        for path in ["/api/v1/cases", "/api/v1/photos"] {
            let told = packed(town, path, KEY);
            assert_eq!(told.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
            assert_eq!(told.json()["code"], "packed", "{path}");
        }
        assert_eq!(town.count("matter"), cases);
    });
}

#[test]
fn a_refusal_names_the_act_and_a_number_used_before_is_no_form() {
    with_town(|town| {
        // From then on an officer has a key.
        town.lead_to_dispatch(&reported(town));
        let told = report(town, &[("api_key", OFFICER_KEY)]);
        assert_eq!(error(&told), (403, 403));
        assert!(!told.text().contains("{act}"), "{}", told.text());
        let number = reported(town);
        let send = |words| {
            let more = [("update_id", "7"), ("description", words)];
            update(town, KEY, &number, &more)
        };
        assert!(send("又灭了").status.is_success());
        let told = send("别的话");
        assert_eq!(error(&told), (400, 400));
        let said = told.text();
        assert!(said.contains("update_id") && !said.contains("表单"), "{said}");
    });
}
