use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{CLERK_KEY, KEY, OFFICER_KEY, Told, Town, with_town};
use crate::base::Id;
use crate::catalogue::STANDARD;
use crate::matter::{MATTER, Put};
use crate::people::APPOINTMENT;

pub(super) const V1: &str = "/api/v1";

pub(super) fn call(
    town: &Town<'_>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Told {
    let mut request = Request::builder().method(method).uri(format!("{V1}{path}"));
    request = request.header("host", "localhost").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    town.send(request.body(Body::from(body.to_owned())).unwrap())
}

pub(super) fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

pub(super) fn get(town: &Town<'_>, key: &str, path: &str) -> Told {
    call(town, "GET", path, &[("authorization", &bearer(key))], "")
}

pub(super) fn post(
    town: &Town<'_>,
    key: &str,
    path: &str,
    more: &[(&str, &str)],
    body: &Value,
) -> Told {
    let bearer = bearer(key);
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(more);
    call(town, "POST", path, &headers, &body.to_string())
}

pub(super) fn reported(town: &Town<'_>) -> String {
    let body = json!({"words": "三号楼前路灯不亮，电话 13800001234", "class": town.class()});
    let told = post(town, KEY, "/cases", &[], &body);
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    let json = told.json();
    let number = json["number"].as_str().unwrap().to_owned();
    assert_eq!(told.header("location"), format!("{V1}/cases/{number}"));
    number
}

/// Status, code and pointers of a problem.
pub(super) fn problem(told: &Told) -> (u16, String, Vec<String>) {
    assert_eq!(told.header("content-type"), "application/problem+json; charset=utf-8");
    let json = told.json();
    assert_eq!(json["status"].as_u64().unwrap(), u64::from(told.status.as_u16()));
    let code = json["code"].as_str().unwrap();
    assert_eq!(json["type"], format!("urn:linli:problem:{code}"));
    for words in ["title", "detail"] {
        let text = json[words].as_str().unwrap();
        assert!(!text.is_empty() && !text.contains("api."), "{json}");
    }
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    let place = |e: &Value| {
        let place = if e["pointer"].is_string() { &e["pointer"] } else { &e["parameter"] };
        place.as_str().unwrap().to_owned()
    };
    (told.status.as_u16(), code.to_owned(), errors.iter().map(place).collect())
}

#[test]
fn a_case_is_begun_and_read_by_those_who_may() {
    with_town(|town| {
        let number = reported(town);
        let mine = get(town, KEY, &format!("/cases/{number}"));
        let json = mine.json();
        assert_eq!(json["words"], "三号楼前路灯不亮，电话 13800001234");
        assert_eq!((&json["mine"], &json["masked"]), (&json!(true), &json!(false)));
        assert!(mine.header("etag").starts_with(&format!("\"{}-", json["version"])));
        let others = call(town, "GET", &format!("/cases/{number}"), &[], "").json();
        assert_eq!(others["words"], "三号楼前路灯不亮，电话 138****1234");
        assert_eq!(others["masked"], true);
        assert_eq!(others["moves"].as_array().unwrap().len(), 0);
        let clerk = get(town, CLERK_KEY, &format!("/cases/{number}")).json();
        let acts = clerk["moves"].as_array().unwrap().iter();
        assert!(acts.clone().any(|m| m["act"] == "accept"), "{clerk}");
        let own = mine.header("etag");
        let again = |key: &str, known: &str, lang: &str| {
            let bearer = bearer(key);
            let headers =
                [("authorization", &*bearer), ("if-none-match", known), ("accept-language", lang)];
            call(town, "GET", &format!("/cases/{number}"), &headers, "").status
        };
        for known in [own.to_owned(), format!("W/{own}"), format!("\"x\", {own}"), "*".to_owned()] {
            assert_eq!(again(KEY, &known, "zh"), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(again(CLERK_KEY, own, "zh"), StatusCode::OK, "others are shown otherwise");
        assert_eq!(again(KEY, own, "en"), StatusCode::OK, "and in another language");
        assert_eq!(again(KEY, "\"x\"", "zh"), StatusCode::OK);
    });
}

#[test]
fn the_closing_list_is_offered_and_taken_as_a_list_or_in_lines() {
    with_town(|town| {
        for written in [json!(["一", "二"]), json!("一\n二")] {
            let number = reported(town);
            town.lead_to_handling(&number);
            let sql = "update standard set closing = '[\"一\", \"二\"]' where 'x' = $1";
            town.world.tamper(STANDARD, sql, &["x"]);
            let case = get(town, OFFICER_KEY, &format!("/cases/{number}")).json();
            let answer = case["moves"].as_array().unwrap().iter().find(|m| m["act"] == "answer");
            let fields = answer.unwrap()["fields"].as_array().unwrap().clone();
            let field = fields.iter().find(|field| field["name"] == "checked").unwrap();
            assert_eq!((&field["kind"], &field["required"]), (&json!("checks"), &json!(true)));
            assert_eq!(field["lines"], json!(["一", "二"]));
            let path = format!("/cases/{number}/moves");
            let send = |fields: Value| {
                let body = json!({"act": "answer", "fields": fields, "seen": case["version"]});
                post(town, OFFICER_KEY, &path, &[], &body)
            };
            let wrong = |fields: Value| problem(&send(fields)).2;
            let at = vec!["/fields/checked".to_owned()];
            assert_eq!(wrong(json!({"reply": "好了"})), at);
            assert_eq!(wrong(json!({"reply": "好了", "checked": ["一"]})), at);
            assert_eq!(wrong(json!({"reply": "好了", "checked": ["一", 2]})), at);
            assert_eq!(wrong(json!({"reply": ["好", "了"], "checked": []})), ["/fields/reply"]);
            let told = send(json!({"reply": "好了", "checked": written}));
            assert_eq!(told.status, StatusCode::OK, "{}", told.text());
            assert_eq!(told.json()["stage"], "answered");
        }
    });
}

#[test]
fn if_match_is_heeded() {
    with_town(|town| {
        let number = reported(town);
        let path = format!("/cases/{number}/moves");
        let accept = json!({"act": "accept", "fields": {"class": town.class()}});
        let told = post(town, CLERK_KEY, &path, &[], &accept);
        assert_eq!(problem(&told).0, 428);
        for stale in ["\"999\"", "W/\"1\"", "nonsense"] {
            let told = post(town, CLERK_KEY, &path, &[("if-match", stale)], &accept);
            assert_eq!(problem(&told), (412, "changed_meanwhile".to_owned(), vec![]));
        }
        let old = json!({"act": "accept", "fields": {"class": town.class()}, "seen": 999});
        assert_eq!(problem(&post(town, CLERK_KEY, &path, &[], &old)).0, 409);
        let tag = get(town, CLERK_KEY, &format!("/cases/{number}")).header("etag").to_owned();
        let told = post(town, CLERK_KEY, &path, &[("if-match", &tag)], &accept);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(told.json()["stage"], "awaiting_dispatch");
        assert_ne!(told.header("etag"), tag);
        let again = post(town, CLERK_KEY, &path, &[("if-match", &tag)], &accept);
        assert_eq!(problem(&again).0, 412);
    });
}

#[test]
fn a_report_repeated_after_its_class_ended_gets_the_answer_of_that_time() {
    with_town(|town| {
        let key = [("idempotency-key", "before the class ended")];
        let code = town.class();
        let body = json!({"words": "井盖丢了", "class": code});
        let first = post(town, KEY, "/cases", &key, &body);
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let pairs = [
            ("api_key", KEY),
            ("service_code", code.as_str()),
            ("address_id", "#NOTPINPOINTED#"),
            ("description", "井盖丢了"),
        ];
        let open = || {
            let request = Request::post("/open311/v2/requests.json")
                .header("host", "localhost")
                .header("idempotency-key", "order-9")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(serde_urlencoded::to_string(pairs).unwrap()));
            town.send(request.unwrap())
        };
        let first_open = open();
        assert_eq!(first_open.status, StatusCode::OK, "{}", first_open.text());
        let class = town.class_that(|class| class.code == code);
        let close = crate::catalogue::acts::CloseClass { id: class.id, seen: class.version };
        town.world.perform(&crate::act::Actor::operator(), close).unwrap();
        let next = town.wait(town.world.district.next_number()).unwrap();
        let second = post(town, KEY, "/cases", &key, &body);
        assert_eq!(second.status, StatusCode::CREATED, "{}", second.text());
        assert_eq!(first.json()["number"], second.json()["number"]);
        assert_eq!(second.json()["repeated"], true);
        assert_eq!(open().text(), first_open.text());
        let burnt = town.wait(town.world.district.next_number()).unwrap();
        assert_eq!(burnt, next + 1, "no number was used up by the repeats");
        let fresh = post(town, KEY, "/cases", &[("idempotency-key", "after")], &body);
        assert_eq!(problem(&fresh).0, 422, "the class has ended for everybody else");
    });
}

#[test]
fn an_idempotency_key_has_one_effect() {
    with_town(|town| {
        let key = [("idempotency-key", "7f3a")];
        let body = json!({"words": "路灯坏了"});
        let before = town.count("matter");
        let first = post(town, KEY, "/cases", &key, &body);
        let second = post(town, KEY, "/cases", &key, &body);
        assert_eq!(first.json()["number"], second.json()["number"]);
        assert_eq!(second.json()["repeated"], true);
        assert_eq!(town.count("matter"), before + 1);
        let other = post(town, KEY, "/cases", &key, &json!({"words": "别的"}));
        assert_eq!(problem(&other), (422, "idempotency_key_used".to_owned(), vec![]));
        let theirs = post(town, CLERK_KEY, "/cases", &key, &body);
        assert_eq!(theirs.status, StatusCode::CREATED, "{}", theirs.text());
        assert_eq!(town.count("matter"), before + 2);
        let long = "k".repeat(256);
        for wrong in ["", long.as_str()] {
            let told = post(town, KEY, "/cases", &[("idempotency-key", wrong)], &body);
            assert_eq!(problem(&told).0, 400);
        }
        // A move repeated after the case has gone on gets the answer of that time.
        let number = first.json()["number"].as_str().unwrap().to_owned();
        let path = format!("/cases/{number}/moves");
        let urge = json!({"act": "urge", "fields": {"words": "快一点"}, "seen": 2});
        let seen = get(town, KEY, &format!("/cases/{number}")).json()["version"].clone();
        let urge = json!({"act": urge["act"], "fields": urge["fields"], "seen": seen});
        let once = post(town, KEY, &path, &key, &urge);
        assert_eq!(once.status, StatusCode::OK, "{}", once.text());
        let entries = town.count("entry");
        let twice = post(town, KEY, &path, &key, &urge);
        assert_eq!(twice.json()["version"], once.json()["version"]);
        assert_eq!(town.count("entry"), entries);
    });
}

#[test]
fn who_may_not_is_told_so_and_the_unseen_is_not_there() {
    with_town(|town| {
        let number = reported(town);
        let nobody = call(town, "POST", "/cases", &[], r#"{"words":"x"}"#);
        assert_eq!(problem(&nobody).0, 401);
        assert_eq!(nobody.header("www-authenticate"), "Bearer");
        for wrong in ["Bearer wrong", "Basic YTpi", "Bearer"] {
            let told = call(town, "GET", "/me", &[("authorization", wrong)], "");
            assert_eq!(problem(&told).0, 401, "{wrong}");
        }
        let cross = [("origin", "https://elsewhere.example"), ("sec-fetch-site", "cross-site")];
        assert_eq!(problem(&call(town, "POST", "/cases", &cross, "{}")).0, 403);
        let private = town.class_that(|class| class.publicity == "private").code;
        let put = crate::matter::Put::default().with("class", private).with("reason", "私事");
        town.conduct(&number, "reclassify", put);
        let unseen = call(town, "GET", &format!("/cases/{number}"), &[], "");
        let none = call(town, "GET", "/cases/1999-000001", &[], "");
        assert_eq!(unseen.status, StatusCode::NOT_FOUND);
        assert_eq!(unseen.body, none.body);
        town.key("stranger", super::stranger(town), None);
        let body = json!({"act": "withdraw", "seen": 1});
        let unseen = post(town, "stranger", &format!("/cases/{number}/moves"), &[], &body);
        let none = post(town, "stranger", "/cases/1999-000001/moves", &[], &body);
        assert_eq!(unseen.status, StatusCode::NOT_FOUND);
        assert_eq!(unseen.body, none.body);
        assert_eq!(get(town, KEY, "/cases?mine=true").json()["items"][0]["number"], number);
    });
}

#[test]
fn pages_follow_one_another_without_gaps() {
    with_town(|town| {
        let mut numbers: Vec<String> = (0..5).map(|_| reported(town)).collect();
        numbers.reverse();
        let mut found = Vec::new();
        let mut path = "/cases?limit=2&status=open".to_owned();
        loop {
            let told = get(town, KEY, &path);
            let json = told.json();
            let items = json["items"].as_array().unwrap().iter();
            found.extend(items.map(|i| i["number"].as_str().unwrap().to_owned()));
            let link = told.header("link").to_owned();
            assert_eq!(link.is_empty(), json["next"].is_null());
            let Some(next) = link.strip_prefix('<').and_then(|l| l.split('>').next()) else {
                break;
            };
            assert!(link.ends_with("; rel=\"next\""));
            path = next.strip_prefix(V1).unwrap().to_owned();
        }
        assert_eq!(found, numbers);
        for wrong in [
            "limit=0",
            "limit=x",
            "status=sparkling",
            "stage=nowhere",
            "cursor=zz",
            "place=NOPE",
            "opened_after=yesterday",
            "mine=perhaps",
            "stauts=open",
        ] {
            let (status, _, places) = problem(&get(town, KEY, &format!("/cases?{wrong}")));
            assert_eq!((status, places[0].as_str()), (400, wrong.split('=').next().unwrap()));
        }
    });
}

#[test]
fn what_stands_around_is_listed() {
    with_town(|town| {
        assert!(get(town, KEY, "/classes").json()["items"].as_array().unwrap().len() > 20);
        assert_eq!(get(town, KEY, "/places").json()["items"][0]["code"], super::CODE);
        assert!(get(town, KEY, "/duties?post=resident").json()["items"][0]["ground"].is_string());
        let me = get(town, CLERK_KEY, "/me").json();
        assert_eq!(me["kind"], "community_clerk");
        assert!(me["acts"].as_array().unwrap().contains(&json!("case.accept")));
        assert_eq!(get(town, KEY, "/notices").json(), json!({"items": [], "next": null}));
        assert_eq!(problem(&call(town, "GET", "/notices", &[], "")).0, 401);
        for nothing in ["/nothing", "", "/", "/cases/%FF", "/cases/%00", "/classes/%FF"] {
            assert_eq!(problem(&get(town, KEY, nothing)).0, 404, "{nothing}");
        }
        assert_eq!(problem(&get(town, KEY, "/classes/NOPE")).0, 404);
        assert_eq!(problem(&call(town, "DELETE", "/cases", &[], "")).0, 405);
        let described = town.get("/api/openapi.json").json();
        assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
        assert!(town.get("/api").text().contains("/api/v1/cases/{number}/moves"));
        let english = call(town, "GET", "/nothing", &[("accept-language", "en")], "");
        assert_eq!(english.status, StatusCode::NOT_FOUND);
    });
}

/// A case with a pin at somebody's door, and their number in its first line.
pub(super) fn at_home(town: &Town<'_>) -> String {
    let body = json!({"words": "找王师傅 13800001234\n三号楼一单元", "class": town.class(),
        "address": "幸福路3号302室", "lat": 35.541_234_5, "long": 106.683_211});
    let told = post(town, KEY, "/cases", &[], &body);
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
    told.json()["number"].as_str().unwrap().to_owned()
}

#[test]
fn the_body_complained_of_is_shown_no_more_of_the_reporter_than_everyone() {
    with_town(|town| {
        let number = at_home(town);
        let alone = |key: &str| get(town, key, &format!("/cases/{number}")).json();
        let listed = |key: &str| get(town, key, "/cases").json();
        let one = |key: &str| {
            let (one, list) = (alone(key), listed(key));
            for field in ["title", "words", "address", "lat", "long", "masked"] {
                assert_eq!(one[field], list["items"][0][field], "{field}");
            }
            one
        };
        let before = one(CLERK_KEY);
        assert_eq!(before["masked"], true, "{before}");
        assert!(before["words"].as_str().unwrap().starts_with("找王师傅 138****1234"), "{before}");
        assert_eq!(before["address"], "幸福路3号302室");
        let about = Id::derived("committee");
        town.world.tamper(MATTER, "update matter set about_body_id = $1", &[about.as_str()]);
        let theirs = alone(CLERK_KEY);
        assert_eq!(listed(CLERK_KEY)["items"], json!([]), "their duties do not reach it");
        let everyone = call(town, "GET", &format!("/cases/{number}"), &[], "").json();
        for field in ["title", "words", "address", "lat", "long", "masked"] {
            assert_eq!(theirs[field], everyone[field], "{field}");
        }
        assert_eq!(theirs["title"], "找王师傅 138****1234");
        assert_eq!((&theirs["address"], &theirs["masked"]), (&json!("测试区"), &json!(true)));
        assert_eq!(theirs["lat"].to_string() + " " + &theirs["long"].to_string(), "35.541 106.683");
        assert_eq!(one(KEY)["address"], "幸福路3号302室", "the reporter's own");
    });
}

#[test]
fn programs_are_told_of_a_case_what_its_stage_shows() {
    with_town(|town| {
        let number = at_home(town);
        town.conduct(&number, "reply", Put::default().with("reply", "师傅先去看看"));
        let path = format!("/cases/{number}");
        let (everyone, clerk) = (call(town, "GET", &path, &[], ""), get(town, CLERK_KEY, &path));
        assert!(clerk.text().contains("师傅先去看看"));
        assert!(!everyone.text().contains("师傅先去看看"), "{}", everyone.text());
        let (everyone, clerk) = (everyone.json(), clerk.json());
        assert!(everyone["body"].is_null() && everyone["due_at"].is_string(), "{everyone}");
        let whole = everyone["expected_at"].as_str().unwrap();
        assert!(whole > everyone["due_at"].as_str().unwrap(), "{everyone}");
        assert_eq!(clerk["body"], "community_committee");
        let since = format!("/open311/v2/servicerequestupdates.json?api_key={KEY}");
        assert!(!town.get(&since).text().contains("师傅先去看看"));
        let put = Put::default().with("reason", "不归这里").with("go_to", "找产权单位");
        town.conduct(&number, "reject", put);
        let rejected = call(town, "GET", &path, &[], "").json();
        assert!(rejected["answer"].as_str().unwrap().contains("找产权单位"), "{rejected}");
        assert!(
            rejected["due_at"].is_null()
                && rejected["expected_at"].is_null()
                && rejected["body"].is_null()
        );
        assert!(town.get(&since).text().contains("不归这里"));
    });
}

#[test]
fn a_key_gives_the_powers_of_a_post_only_while_its_term_runs() {
    with_town(|town| {
        let kind = || get(town, CLERK_KEY, "/me").json()["kind"].as_str().unwrap().to_owned();
        let gives = |id: &str| {
            let act = crate::people::keys::CreateKey {
                id: Id::derived(id),
                title: "测试".to_owned(),
                person: Id::derived("clerk"),
                appointment: Some(Id::derived("appointment")),
                hash: id.to_owned(),
            };
            town.world.perform(&crate::act::Actor::operator(), act).is_ok()
        };
        assert_eq!(kind(), "community_clerk");
        let from = "update appointment set term_from = $1";
        town.world.tamper(APPOINTMENT, from, &["2999-01-01"]);
        let refused = || get(town, CLERK_KEY, "/me").status;
        assert_eq!(refused(), StatusCode::UNAUTHORIZED, "not yet");
        town.world.tamper(APPOINTMENT, from, &["2020-01-01"]);
        assert!(gives("during"));
        town.world.tamper(APPOINTMENT, "update appointment set term_to = $1", &["2020-12-31"]);
        assert_eq!(refused(), StatusCode::UNAUTHORIZED, "no more");
        assert!(!gives("after"), "nor is a key given for a term that is over");
        let found = town.world.read(|tx| {
            let now = crate::base::Instant(1_800_000_000_000_000);
            crate::people::keys::store::by_username(tx, "a_clerk", now)
        });
        assert_eq!(found, Some((Id::derived("clerk"), None)));
    });
}
