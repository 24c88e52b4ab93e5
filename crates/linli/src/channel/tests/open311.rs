use axum::body::Body;
use axum::http::{Request, StatusCode};
use proptest::prelude::*;
use quick_xml::events::Event;

use super::{CLERK_KEY, KEY, OFFICER_KEY, Told, Town, with_town};
use crate::base::Id;
use crate::catalogue::STANDARD;
use crate::channel::shown::Shown;
use crate::page::Room;
use crate::params;
use crate::store::ReadTx;

pub(super) const V2: &str = "/open311/v2";

/// Element names in the order they open; a text that is not well-formed fails.
pub fn elements(told: &Told) -> Vec<String> {
    assert_eq!(told.header("content-type"), "text/xml; charset=utf-8");
    let text = told.text();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut out = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {text}")) {
            Event::Start(e) | Event::Empty(e) => {
                out.push(e.name().as_ref().to_owned());
            }
            Event::Eof => return out,
            _ => {}
        }
    }
}

pub fn error(told: &Told) -> (u16, u64) {
    let json = told.json();
    let all = json.as_array().unwrap();
    assert_eq!(all.len(), 1, "{json}");
    assert!(all[0]["description"].as_str().is_some_and(|text| text.len() > 5), "{json}");
    (told.status.as_u16(), all[0]["code"].as_u64().unwrap())
}

pub fn report(town: &Town<'_>, more: &[(&str, &str)]) -> Told {
    let class = town.class();
    let mut pairs = vec![
        ("api_key", KEY),
        ("service_code", class.as_str()),
        ("lat", "35.541234"),
        ("long", "106.683211"),
        ("description", "三号楼前路灯不亮，请打 13800001234"),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    pairs.extend(more);
    town.form(&format!("{V2}/requests.json"), &pairs)
}

pub fn reported(town: &Town<'_>) -> String {
    let told = report(town, &[]);
    assert_eq!(told.status, StatusCode::OK, "{}", told.text());
    told.json()[0]["service_request_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_report_is_made_and_read_back_masked() {
    with_town(|town| {
        let number = reported(town);
        let told = town.get(&format!("{V2}/requests/{number}.json"));
        let json = told.json();
        let one = &json[0];
        assert_eq!(one["service_request_id"], number.as_str());
        assert_eq!(one["status"], "open");
        assert_eq!(one["description"], "三号楼前路灯不亮，请打 138****1234");
        assert_eq!(one["lat"].to_string(), "35.541", "a hundred metres, not a door");
        assert!(one["requested_datetime"].as_str().unwrap().ends_with("+08:00"));
        let first = town.get(&format!("/api/v1/cases/{number}")).json()["due_at"].clone();
        let whole = one["expected_datetime"].as_str().unwrap();
        assert!(whole > first.as_str().unwrap(), "not of its first step alone: {one}");
        assert!(one["agency_responsible"].is_null(), "not decided yet: {one}");
        let xml = town.get(&format!("{V2}/requests.xml?service_request_id={number},nowhere"));
        let names = elements(&xml);
        assert_eq!(names[..3], ["service_requests", "request", "service_request_id"]);
        assert_eq!(names.iter().filter(|name| *name == "request").count(), 1);
        assert!(xml.text().contains("<long>106.683000</long>"));
        let more = town.get(&format!("{V2}/requests/{number}.json?extensions=true")).json();
        assert_eq!(more[0]["extended_attributes"]["external_status_code"], "reported");
    });
}

#[test]
fn each_wrong_report_is_refused_and_nothing_is_written() {
    with_town(|town| {
        let stops = |c: &crate::catalogue::Class| {
            c.publicity == "public" && c.questions.iter().any(|q| q.stop.is_some())
        };
        let stopping = town.class_that(stops);
        let question = stopping.questions.iter().find(|q| q.stop.is_some()).unwrap();
        let attribute = format!("attribute[{}]", question.code);
        let answer = question.stop.as_ref().unwrap().value.as_str();
        let named = town.class_that(|c| {
            c.publicity == "public" && !c.anonymous && c.questions.iter().all(|q| !q.required)
        });
        let long = "字".repeat(4001);
        let cases: Vec<(Vec<(&str, &str)>, u16)> = vec![
            (vec![("api_key", "")], 403),
            (vec![("api_key", "nonsense")], 403),
            (vec![("service_code", "")], 400),
            (vec![("service_code", "NOPE")], 404),
            (vec![("jurisdiction_id", "elsewhere")], 404),
            (vec![("lat", ""), ("long", "")], 400),
            (vec![("lat", "")], 400),
            (vec![("lat", "abc")], 400),
            (vec![("lat", "91")], 400),
            (vec![("address_id", "nowhere")], 400),
            (vec![("description", &long)], 400),
            (vec![("attribute[unasked]", "1")], 400),
            (vec![("service_code", &named.code), ("api_key", CLERK_KEY)], 400),
            (vec![("service_code", &stopping.code), (&attribute, answer)], 400),
            (vec![("service_code", &stopping.code), (&attribute, "no-such-value")], 400),
        ];
        let before = town.count("matter");
        for (more, status) in cases {
            let told = report(town, &more);
            assert_eq!(error(&told), (status, u64::from(status)), "{more:?} {}", told.text());
        }
        let gbk = Request::post(format!("{V2}/requests.xml"))
            .header("host", "localhost")
            .body(Body::from("description=%C2%B7%B5%C6"))
            .unwrap();
        let told = town.send(gbk);
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
        assert_eq!(elements(&told), ["errors", "error", "code", "description"]);
        assert_eq!(town.count("matter"), before);
        assert!(report(town, &[("description", &"字".repeat(4000))]).status.is_success());
    });
}

#[test]
fn a_repeat_under_one_idempotency_key_makes_one_case() {
    with_town(|town| {
        let class = town.class();
        let send = |words: &str| {
            let pairs = [
                ("api_key", KEY),
                ("service_code", &class),
                ("address_id", "#NOTPINPOINTED#"),
                ("description", words),
            ];
            let body = serde_urlencoded::to_string(pairs).unwrap();
            let request = Request::post(format!("{V2}/requests.json"))
                .header("host", "localhost")
                .header("idempotency-key", "order-7")
                .body(Body::from(body))
                .unwrap();
            town.send(request)
        };
        let before = town.count("matter");
        let (first, second) = (send("井盖丢了"), send("井盖丢了"));
        assert_eq!(first.text(), second.text());
        assert_eq!(town.count("matter"), before + 1);
        assert_eq!(send("别的内容").status, StatusCode::BAD_REQUEST);
        assert_eq!(town.count("matter"), before + 1);
    });
}

#[test]
fn a_photo_that_comes_along_is_stored_and_what_is_no_photo_refused() {
    with_town(|town| {
        let jpeg = crate::file::tests::jpeg(40, 30);
        let class = town.class();
        let send = |photo: &[u8]| {
            let mut body = Vec::new();
            let fields = [
                ("api_key", KEY),
                ("service_code", class.as_str()),
                ("address_string", "幸福路3号"),
                ("description", "井盖破了"),
            ];
            for (name, value) in fields {
                let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"");
                body.extend(format!("{head}\r\n\r\n{value}\r\n").bytes());
            }
            let head = "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a\"";
            body.extend(format!("{head}\r\n\r\n").bytes());
            body.extend(photo);
            body.extend(b"\r\n--b--\r\n");
            let request = Request::post(format!("{V2}/requests.json"))
                .header("host", "localhost")
                .header("content-type", "multipart/form-data; boundary=b")
                .body(Body::from(body))
                .unwrap();
            town.send(request)
        };
        let told = send(&jpeg);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(town.count("attachment"), 1);
        let cases = town.count("matter");
        assert_eq!(error(&send(b"no photo at all")).0, 400);
        assert_eq!(town.count("matter"), cases);
        // What the reporter took is not for everyone.
        let number = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let json = town.get(&format!("{V2}/requests/{number}.json")).json();
        assert!(json[0]["media_url"].is_null());
        assert_eq!(json[0]["address"], "测试区", "the place, not the door");
    });
}

pub(super) fn update(town: &Town<'_>, key: &str, number: &str, more: &[(&str, &str)]) -> Told {
    let mut pairs = vec![("api_key", key), ("service_request_id", number)];
    pairs.extend(more);
    town.form(&format!("{V2}/servicerequestupdates.json"), &pairs)
}

/// The page of a case, the interface for programs and the list of updates tell a stranger of the
/// same lines: those that took the case onward.
#[test]
fn updates_tell_no_more_than_the_page_of_the_case() {
    with_town(|town| {
        let number = reported(town);
        let words = [("status", "open"), ("description", "又灭了一盏")];
        let comment = update(town, KEY, &number, &words).json()[0]["update_id"].clone();
        town.lead_to_handling(&number);
        let ids = |list: &serde_json::Value, name: &str| -> Vec<String> {
            let all = list.as_array().unwrap().iter();
            all.map(|one| one[name].as_str().unwrap().to_owned()).collect()
        };
        let list = format!("{V2}/servicerequestupdates.json?api_key={KEY}");
        let mut told = town.get(&list).json();
        told.as_array_mut().unwrap().retain(|one| one["service_request_id"] == number.as_str());
        let told = ids(&told, "update_id");
        let api = town.get(&format!("/api/v1/cases/{number}")).json();
        assert_eq!(told, ids(&api["timeline"], "id"));
        assert_eq!(told.len(), 4, "reported, accepted, dispatched, signed for: {told:?}");
        assert!(told.iter().all(|id| *id != comment.as_str().unwrap()));
        let page = town.get(&format!("/cases/{number}")).text();
        assert_eq!(page.matches("<h3 class=\"timeline__title\">").count(), 4);
        let mine = Request::get(format!("/api/v1/cases/{number}")).header("host", "localhost");
        let mine = mine.header("authorization", format!("Bearer {KEY}")).body(Body::empty());
        let mine = ids(&town.send(mine.unwrap()).json()["timeline"], "id");
        assert!(mine.contains(&comment.as_str().unwrap().to_owned()), "their own words: {mine:?}");
    });
}

#[test]
fn updates_are_taken_once_and_told() {
    with_town(|town| {
        reported(town);
        let number = reported(town);
        let words = [("status", "open"), ("description", "又灭了一盏"), ("update_id", "77")];
        let first = update(town, KEY, &number, &words);
        assert_eq!(first.status, StatusCode::OK, "{}", first.text());
        let entries = town.count("entry");
        assert_eq!(update(town, KEY, &number, &words).text(), first.text());
        assert_eq!(town.count("entry"), entries);
        for (key, number, more, status) in [
            ("", number.as_str(), vec![("status", "open")], 403),
            (KEY, "none", vec![("status", "open")], 404),
            (KEY, &number, vec![("status", "done-ish")], 400),
            (KEY, &number, vec![("status", "open")], 400),
            (KEY, &number, vec![("description", "x"), ("updated_datetime", "soon")], 400),
            (KEY, &number, vec![("description", "别的"), ("update_id", "77")], 400),
            (CLERK_KEY, &number, vec![("status", "cancelled"), ("description", "x")], 403),
        ] {
            let told = update(town, key, number, &more);
            assert_eq!(error(&told), (status, u64::from(status)), "{more:?} {}", told.text());
        }
        let told = town.get(&format!("{V2}/servicerequestupdates.json?api_key={KEY}")).json();
        let all = told.as_array().unwrap();
        assert!(all.iter().any(|u| u["external_status_code"] == "reported"), "{told}");
        let id = first.json()[0]["update_id"].as_str().unwrap().to_owned();
        assert_eq!((id.len(), Id::parse(&id)), (32, None), "no name of a leaf");
        let names = elements(&town.get(&format!("{V2}/servicerequestupdates.xml?api_key={KEY}")));
        assert_eq!(names[..2], ["service_request_updates", "request_update"]);
        let page = |n: usize| {
            let path = format!("{V2}/servicerequestupdates.json?api_key={KEY}");
            town.get(&format!("{path}&page_size=1&page={n}")).json()
        };
        assert_eq!((&page(1)[0], &page(2)[0]), (&all[0], &all[1]));
        let keyless = town.get(&format!("{V2}/servicerequestupdates.xml"));
        assert_eq!(keyless.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_picture_that_comes_with_an_update_is_kept_or_refused() {
    with_town(|town| {
        let number = reported(town);
        let entries = town.count("entry");
        let link = ("media_url", "https://example.com/a.jpg");
        let more = [("media_url", "http://10.0.0.1/a.jpg"), ("description", "x")];
        let told = update(town, KEY, &number, &more);
        assert_eq!(error(&told).0, 400, "{}", told.text());
        assert_eq!(town.count("entry"), entries);
        let told = update(town, KEY, &number, &[("description", "又灭了"), link]);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        let kept = "select count(*) from entry where facts like '%example.com/a.jpg%'";
        assert_eq!(town.world.read(move |tx| tx.count(kept, &[])), 1);
        let photo = crate::file::tests::jpeg(40, 30);
        let mut body = Vec::new();
        for (name, value) in
            [("api_key", KEY), ("service_request_id", number.as_str()), ("description", "看照片")]
        {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"");
            body.extend(format!("{head}\r\n\r\n{value}\r\n").bytes());
        }
        let head = "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a\"";
        body.extend(format!("{head}\r\n\r\n").bytes());
        body.extend(&photo);
        body.extend(b"\r\n--b--\r\n");
        let request = Request::post(format!("{V2}/servicerequestupdates.json"))
            .header("host", "localhost")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .unwrap();
        let told = town.send(request);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(town.count("attachment"), 1);
    });
}

#[test]
fn what_is_withdrawn_is_closed_and_a_status_alone_closes_nothing() {
    with_town(|town| {
        let number = reported(town);
        let status = |number: &str| {
            let json = town.get(&format!("{V2}/requests/{number}.json")).json();
            json[0]["status"].as_str().unwrap().to_owned()
        };
        let entries = town.count("entry");
        for done in ["closed", "fixed", "no_further_action"] {
            let told = [("status", done), ("description", "好了")];
            let told = update(town, CLERK_KEY, &number, &told);
            assert_eq!(error(&told).0, 400, "{done}: {}", told.text());
            assert!(told.text().contains("现在是「待受理」"), "by its title: {}", told.text());
            assert!(told.text().contains("open"), "what is possible: {}", told.text());
        }
        assert_eq!((town.count("entry"), status(&number).as_str()), (entries, "open"));
        for ends in ["cancelled", "closed"] {
            let number = reported(town);
            let ends = [("status", ends), ("description", "不用了")];
            let gone = update(town, KEY, &number, &ends);
            assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
            assert_eq!(status(&number), "closed", "whoever reported it has the say");
            let late = update(town, KEY, &number, &[("description", "又坏了")]);
            assert!(late.text().contains("现在是「已撤回」"), "{}", late.text());
            let english = [("description", "broken again"), ("locale", "en")];
            let late = update(town, KEY, &number, &english);
            assert!(!late.text().contains("withdrawn"), "no code: {}", late.text());
        }
    });
}

#[test]
fn a_body_answers_by_its_program_with_the_closing_list_or_not_at_all() {
    with_town(|town| {
        let number = reported(town);
        town.lead_to_handling(&number);
        let sql = "update standard set closing = '[\"一\", \"二\"]' where 'x' = $1";
        town.world.tamper(STANDARD, sql, &["x"]);
        let stage = || {
            let wanted = number.clone();
            let sql = "select stage from matter where number = $1";
            let read = move |tx: &ReadTx<'_>| tx.row(sql, params![wanted], |row| row.get(0));
            town.world.read(read).unwrap_or_else(String::new)
        };
        let fixed = [("status", "fixed"), ("description", "好了"), ("update_id", "1")];
        let told = update(town, OFFICER_KEY, &number, &fixed);
        assert_eq!((error(&told).0, stage().as_str()), (400, "handling"), "{}", told.text());
        assert!(told.text().contains("一；二"), "the lines to be ticked: {}", told.text());
        let one = [("status", "fixed"), ("description", "好了"), ("checked", "一")];
        let told = update(town, OFFICER_KEY, &number, &one);
        assert_eq!((error(&told).0, stage().as_str()), (400, "handling"), "{}", told.text());
        let all = [&one[..], &[("checked", "二"), ("update_id", "2")]].concat();
        let told = update(town, OFFICER_KEY, &number, &all);
        assert_eq!((told.status, stage().as_str()), (StatusCode::OK, "answered"));
        assert_eq!(update(town, OFFICER_KEY, &number, &all).text(), told.text());
        let again = update(town, OFFICER_KEY, &number, &fixed);
        assert_eq!(error(&again).0, 400, "it is answered: {}", again.text());
        assert!(again.text().contains("待核查"), "{}", again.text());
    });
}

#[test]
fn whoever_left_a_number_owns_the_case_and_is_kept_once() {
    with_town(|town| {
        let people = town.count("person");
        let whose = |told: Told| {
            assert_eq!(told.status, StatusCode::OK, "{}", told.text());
            let number = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
            town.world.read(move |tx| {
                let id = crate::matter::store::id_of(tx, &number)?.unwrap();
                Ok(crate::matter::store::matter(tx, id.as_str())?.unwrap().owner)
            })
        };
        let left = [("api_key", CLERK_KEY), ("phone", "13800007777"), ("last_name", "周")];
        let first = whose(report(town, &left));
        assert!(first.is_some());
        assert_eq!(first, whose(report(town, &left)));
        assert_eq!(town.count("person"), people + 1);
        // An office that was told no number reports for nobody; a resident's program for them.
        assert_eq!(whose(report(town, &[("api_key", CLERK_KEY)])), None);
        assert_eq!(whose(report(town, &[])), Some(super::person_id()));
    });
}

#[test]
fn a_report_that_is_refused_leaves_nobody_behind() {
    with_town(|town| {
        let people = town.count("person");
        let left = [("api_key", CLERK_KEY), ("phone", "13800006666"), ("last_name", "周")];
        let asks = |c: &crate::catalogue::Class| {
            c.publicity == "public" && c.questions.iter().any(|q| q.required)
        };
        let class = town.class_that(asks).code;
        let long = "路".repeat(201);
        let wrong = [("service_code", class.as_str()), ("address_string", long.as_str())];
        for wrong in wrong {
            let told = report(town, &[left.as_slice(), &[wrong]].concat());
            assert_eq!(error(&told).0, 400, "{wrong:?} {}", told.text());
        }
        // Who may not report at all registers nobody on the way.
        let keep = "update duty set until = 1 where post_kind = 'community_clerk' and act = $1";
        town.world.tamper(crate::disclosure::DUTY, keep, &["case.report"]);
        let newer = "update setting set version = version + 1 where id = $1";
        town.world.tamper(crate::disclosure::SETTING, newer, &["duties"]);
        assert_eq!(error(&report(town, &left)).0, 403);
        assert_eq!(town.count("person"), people);
    });
}

#[test]
fn no_query_and_no_body_is_a_fault_of_ours() {
    with_town(|town| {
        let pages = [
            "discovery.xml",
            "services.json",
            "services/E0101.xml",
            "requests.json",
            "requests.csv",
            "requests/2026-001001.xml",
            "tokens/x.json",
            "servicerequestupdates.json",
        ];
        let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
        let names = "(lat|long|radius|page|page_size|status|start_date|end_date|updated_after|\
                     service_code|service_request_id|api_key|jurisdiction_id|locale|x)";
        let query = format!("({names}=[ -~]{{0,12}}(%[0-9a-f]{{2}})?&){{0,5}}");
        let asked = (0..pages.len(), query.as_str(), any::<Vec<u8>>());
        proptest!(config, |((page, query, body) in asked)| {
            let safe: String = query.chars().filter(|c| !"#<>\"{}|\\^` ".contains(*c)).collect();
            let path = format!("{V2}/{}?{safe}", pages[page]);
            if let Ok(request) = Request::get(&path).header("host", "h").body(Body::empty()) {
                prop_assert!(town.send(request).status.as_u16() < 500, "{}", path);
            }
            for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
                let mut sent = format!("api_key={KEY}&service_code=E0101&").into_bytes();
                sent.extend(&body);
                let request = Request::post(&path).header("host", "h").header("content-type", kind);
                if let Ok(request) = request.body(Body::from(sent)) {
                    prop_assert!(town.send(request).status.as_u16() < 500, "{}", path);
                }
            }
        });
    });
}

#[test]
fn who_asks_without_end_is_told_to_wait() {
    with_town(|town| {
        let one = std::num::NonZeroU32::MIN;
        let limit = crate::page::Limit::new(one, one);
        let app = crate::channel::open311::routes_within(limit, Shown::default(), Room::default())
            .with_state(town.world.districts());
        let ask = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).header("host", "localhost");
            let request = request.body(Body::empty()).unwrap();
            town.wait(tower::ServiceExt::oneshot(app.clone(), request)).unwrap()
        };
        let first = ask("POST", "/open311/v2/requests.json");
        assert_ne!(first.status(), StatusCode::TOO_MANY_REQUESTS);
        let second = ask("POST", "/open311/v2/requests.json");
        assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(second.headers().contains_key("retry-after"));
        let kind = second.headers().get("content-type").unwrap().to_str().unwrap();
        assert!(kind.starts_with("application/json"), "{kind}");
        let too_many = StatusCode::TOO_MANY_REQUESTS;
        let reads = |_| ask("GET", "/open311/v2/requests.csv").status() == too_many;
        assert!((0..60).any(reads), "reading is counted too");
        assert_eq!(ask("OPTIONS", "/open311/v2/requests.csv").status(), StatusCode::NO_CONTENT);
    });
}
