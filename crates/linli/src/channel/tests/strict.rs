//! GeoReport v2 sentence by sentence, as a client that forgives nothing would read it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use super::open311::{elements, error, report, reported};
use super::{CLERK_KEY, KEY, Told, Town, with_town};
use crate::act::Actor;
use crate::base::Id;
use crate::people;

const V2: &str = "/open311/v2";

fn ask(town: &Town<'_>, method: Method, path: &str) -> Told {
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    town.send(request.body(Body::empty()).unwrap())
}

fn numbers(town: &Town<'_>, query: &str) -> Vec<String> {
    let told = town.get(&format!("{V2}/requests.json?{query}"));
    assert_eq!(told.status, StatusCode::OK, "{query}: {}", told.text());
    let json = told.json();
    let all = json.as_array().unwrap().iter();
    all.map(|one| one["service_request_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_answer_says_what_it_is_and_is_there_for_pages_of_any_site() {
    with_town(|town| {
        let number = reported(town);
        for path in [
            "discovery".to_owned(),
            "services".to_owned(),
            format!("services/{}", town.class()),
            "requests".to_owned(),
            format!("requests/{number}"),
            format!("servicerequestupdates.KIND?api_key={KEY}"),
            "tokens/none".to_owned(),
            "no-such-page".to_owned(),
        ] {
            for (kind, media) in
                [("xml", "text/xml; charset=utf-8"), ("json", "application/json; charset=utf-8")]
            {
                let path = match path.contains("KIND") {
                    true => format!("{V2}/{}", path.replace("KIND", kind)),
                    false => format!("{V2}/{path}.{kind}"),
                };
                let told = town.get(&path);
                assert_eq!(told.header("content-type"), media, "{path}");
                assert_eq!(told.header("access-control-allow-origin"), "*", "{path}");
                let xmlns = told.text().contains("xmlns");
                assert!(!xmlns, "{path} has a namespace");
                if kind == "xml" {
                    elements(&told);
                }
                let head = ask(town, Method::HEAD, &path);
                assert_eq!(head.status, told.status, "{path}");
                assert_eq!(head.header("content-type"), media, "{path}");
            }
        }
        let sheet = town.get(&format!("{V2}/requests.csv"));
        assert_eq!(sheet.header("access-control-allow-origin"), "*");
        let before = ask(town, Method::OPTIONS, &format!("{V2}/requests.json"));
        assert_eq!(before.status, StatusCode::NO_CONTENT);
        assert!(before.header("access-control-allow-methods").contains("POST"));
        assert!(before.header("access-control-allow-headers").contains("Content-Type"));
    });
}

#[test]
fn what_is_not_there_is_404_a_wrong_key_403_and_all_else_400() {
    with_town(|town| {
        let class = town.class();
        let private = town.class_that(|class| class.publicity == "private").code;
        for (method, path, status) in [
            (Method::GET, "services.json?jurisdiction_id=nowhere".to_owned(), 404),
            (Method::GET, format!("services/{private}.json"), 404),
            (Method::GET, "services/NOPE.json".to_owned(), 404),
            (Method::GET, "requests/NOPE.json".to_owned(), 404),
            (Method::GET, format!("requests.json?service_code={private}"), 404),
            (Method::GET, "tokens/NOPE.json".to_owned(), 404),
            (Method::GET, "servicerequestupdates.json".to_owned(), 403),
            (Method::GET, "servicerequestupdates.json?api_key=wrong".to_owned(), 403),
            (Method::POST, "requests.json".to_owned(), 403),
            (Method::POST, "servicerequestupdates.json".to_owned(), 403),
            (Method::POST, "services.json".to_owned(), 400),
            (Method::PUT, "requests.json".to_owned(), 400),
            (Method::DELETE, "requests/NOPE.json".to_owned(), 400),
            (Method::GET, "requests.json?start_date=2026-02-30".to_owned(), 400),
            (Method::GET, "requests.json?end_date=tomorrow".to_owned(), 400),
            (Method::GET, "requests.json?updated_after=2026-13-01T00:00:00Z".to_owned(), 400),
            (Method::GET, "requests.json?updated_before=1".to_owned(), 400),
            (Method::GET, "requests.json?lat=35&long=106&radius=-1".to_owned(), 400),
            (Method::GET, "requests.json?lat=35&long=106&radius=far".to_owned(), 400),
            (Method::GET, "requests.json?long=106".to_owned(), 400),
            (Method::GET, "requests.json?lat=NaN&long=106".to_owned(), 400),
            (Method::GET, "requests.json?status=fixed".to_owned(), 400),
            (Method::GET, "requests.json?page_size=ten".to_owned(), 400),
            (Method::GET, "requests.json?x=%B7%B5".to_owned(), 400),
        ] {
            let told = ask(town, method.clone(), &format!("{V2}/{path}"));
            assert_eq!(error(&told), (status, u64::from(status)), "{method} {path}");
            let xml = ask(town, method.clone(), &format!("{V2}/{}", path.replace(".json", ".xml")));
            assert_eq!(elements(&xml), ["errors", "error", "code", "description"], "{path}");
            assert_eq!(xml.status.as_u16(), status, "{path}");
        }
        for path in ["requests.yaml", "requests", "services.html", "requests.csv.exe"] {
            let told = town.get(&format!("{V2}/{path}"));
            assert_eq!(told.status, StatusCode::BAD_REQUEST, "{path}");
            assert_eq!(elements(&told), ["errors", "error", "code", "description"]);
        }
        let huge = "字".repeat(200_000);
        for (more, status) in [
            (vec![("description", huge.as_str())], 400),
            (vec![("description", &huge[..3 * 4001])], 400),
            (vec![("email", "no-mail")], 400),
            (vec![("lat", "35.5"), ("long", "")], 400),
            (vec![("lat", "35,5"), ("long", "106")], 400),
            (vec![("attribute[", "1")], 400),
        ] {
            let told = report(town, &more);
            assert_eq!(error(&told).0, status, "{}", told.text());
        }
        let bytes = Request::post(format!("{V2}/requests.json"))
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded; charset=ISO-8859-1")
            .body(Body::from(
                [format!("api_key={KEY}&service_code={class}&description=").as_bytes(), b"caf\xe9"]
                    .concat(),
            ))
            .unwrap();
        assert_eq!(error(&town.send(bytes)).0, 400);
        assert_eq!(town.count("matter"), 0, "nothing was written");
    });
}

#[test]
fn an_empty_parameter_is_as_good_as_none() {
    with_town(|town| {
        let number = reported(town);
        let names = [
            "service_request_id",
            "service_code",
            "start_date",
            "end_date",
            "status",
            "page",
            "page_size",
            "updated_after",
            "updated_before",
            "lat",
            "long",
            "radius",
            "extensions",
            "jurisdiction_id",
            "locale",
        ];
        let empty: Vec<String> = names.iter().map(|name| format!("{name}=")).collect();
        assert_eq!(numbers(town, &empty.join("&")), [number]);
        let none = ["email", "phone", "first_name", "media_url", "account_id", "address_string"];
        let more: Vec<(&str, &str)> = none.iter().map(|name| (*name, "")).collect();
        assert!(report(town, &more).status.is_success());
        let unsaid = report(town, &[("description", "")]);
        assert!(unsaid.status.is_success(), "a description is not required");
    });
}

#[test]
fn ids_override_the_rest_and_come_as_a_list() {
    with_town(|town| {
        let (first, second) = (reported(town), reported(town));
        let list = format!("service_request_id={first},%20{second},,nowhere");
        assert_eq!(numbers(town, &list).len(), 2);
        let rest = "status=nonsense&start_date=x&page=0&lat=1&service_code=NOPE";
        assert_eq!(numbers(town, &format!("service_request_id={first}&{rest}")), [&*first]);
        assert_eq!(numbers(town, "service_request_id=,").len(), 2, "an empty list is none");
        let xml = town.get(&format!("{V2}/requests/{first}.xml"));
        assert_eq!(elements(&xml)[..3], ["service_requests", "request", "service_request_id"]);
        let json = town.get(&format!("{V2}/requests/{first}.json")).json();
        assert_eq!(json.as_array().map(Vec::len), Some(1), "one, still in its array");
    });
}

#[test]
fn a_request_has_every_field_in_the_words_of_the_specification() {
    with_town(|town| {
        let number = reported(town);
        let fields = [
            "service_request_id",
            "status",
            "status_notes",
            "service_name",
            "service_code",
            "description",
            "agency_responsible",
            "service_notice",
            "requested_datetime",
            "updated_datetime",
            "expected_datetime",
            "address",
            "address_id",
            "zipcode",
            "lat",
            "long",
            "media_url",
        ];
        let told = town.get(&format!("{V2}/requests/{number}.json"));
        let json = told.json();
        let one = json[0].as_object().unwrap();
        for field in fields {
            assert!(one.contains_key(field), "{field}");
            assert_ne!(one[field], Value::String(String::new()), "{field}: empty is null");
        }
        assert_eq!(elements(&town.get(&format!("{V2}/requests/{number}.xml")))[2..], fields);
        assert!(told.text().contains("\"lat\":35.541000,\"long\":106.683000"), "{}", told.text());
        for field in ["requested_datetime", "updated_datetime", "expected_datetime"] {
            let time = one[field].as_str().unwrap();
            assert!(time.len() == 25 && time.ends_with("+08:00"), "{field} {time}");
            assert!(crate::base::Instant::from_rfc3339(time).is_ok());
        }
        assert!(one["service_code"].is_string() && one["service_request_id"].is_string());
        // Coordinates with fewer digits are printed with six.
        let round = report(town, &[("lat", "35.5"), ("long", "106")]).json();
        let number = round[0]["service_request_id"].as_str().unwrap().to_owned();
        let text = town.get(&format!("{V2}/requests/{number}.xml")).text();
        assert!(text.contains("<lat>35.500000</lat>") && text.contains("<long>106.000000</long>"));
        let answered = round[0].as_object().unwrap();
        assert!(answered.contains_key("service_notice") && !answered.contains_key("token"));
    });
}

#[test]
fn no_pin_means_no_pin_and_words_are_enough() {
    with_town(|town| {
        for (more, pinned) in [
            (vec![("address_id", "#NOTPINPOINTED#")], false),
            (vec![("address_id", "#NOTPINPOINTED#"), ("lat", ""), ("long", "")], false),
            (vec![("address_string", "幸福路3号"), ("lat", ""), ("long", "")], false),
            (vec![("address_id", super::CODE), ("lat", ""), ("long", "")], false),
            (vec![("address_string", "幸福路3号")], true),
        ] {
            let told = report(town, &more);
            assert_eq!(told.status, StatusCode::OK, "{more:?} {}", told.text());
            let json = told.json();
            let number = json[0]["service_request_id"].as_str().unwrap();
            let one = town.get(&format!("{V2}/requests/{number}.json")).json();
            assert_eq!(one[0]["lat"].is_number(), pinned, "{more:?}");
            assert_eq!(one[0]["long"].is_number(), pinned, "{more:?}");
        }
    });
}

#[test]
fn answers_to_questions_come_one_by_one_and_as_lists() {
    with_town(|town| {
        let asks = |c: &crate::catalogue::Class| {
            c.publicity == "public"
                && c.anonymous
                && c.questions.iter().any(|q| q.kind == "choice" && q.stop.is_none())
                && c.questions.iter().all(|q| !q.required || q.kind == "choice")
        };
        let class = town.class_that(asks);
        let given: Vec<(String, String)> = (class.questions.iter())
            .filter(|question| question.kind == "choice")
            .map(|question| {
                let stops = question.stop.as_ref().map(|stop| stop.value.clone());
                let value = question.options.iter().find(|o| Some(&o.value) != stops.as_ref());
                (format!("attribute[{}]", question.code), value.unwrap().value.clone())
            })
            .collect();
        for suffix in ["", "[]"] {
            let named: Vec<(String, &str)> =
                given.iter().map(|(name, v)| (format!("{name}{suffix}"), v.as_str())).collect();
            let mut more: Vec<(&str, &str)> = named.iter().map(|(n, v)| (n.as_str(), *v)).collect();
            more.push(("service_code", &class.code));
            let told = report(town, &more);
            assert_eq!(told.status, StatusCode::OK, "{more:?} {}", told.text());
            // Two values for a question that takes one.
            more.push(more[0]);
            assert_eq!(error(&report(town, &more)).0, 400, "{more:?}");
        }
        let orders = town.get(&format!("{V2}/services/{}.json", class.code)).json();
        let orders: Vec<u64> = (orders["attributes"].as_array().unwrap().iter())
            .map(|attribute| attribute["order"].as_u64().unwrap())
            .collect();
        let wanted: Vec<u64> = (1..=orders.len() as u64).collect();
        assert_eq!(orders, wanted, "from one, each once");
    });
}

#[test]
fn updates_lie_inside_the_window_that_was_asked_for() {
    with_town(|town| {
        let number = reported(town);
        let all = |query: &str| {
            let path = format!("{V2}/servicerequestupdates.json?api_key={KEY}&{query}");
            let told = town.get(&path);
            assert_eq!(told.status, StatusCode::OK, "{query} {}", told.text());
            told.json().as_array().unwrap().clone()
        };
        let first = all("").into_iter().next().unwrap();
        assert_eq!(first["service_request_id"], number.as_str());
        let at = first["updated_datetime"].as_str().unwrap().to_owned();
        let begun = crate::base::Instant::from_rfc3339(&at).unwrap();
        let text = |seconds: i64| {
            begun.plus_micros(seconds * 1_000_000).to_rfc3339(480).replace('+', "%2B")
        };
        for (from, to, there) in [(-5, 5, true), (-5, -1, false), (5, 10, false)] {
            let query = format!("start_date={}&end_date={}", text(from), text(to));
            assert_eq!(!all(&query).is_empty(), there, "{query}");
            // The sign that a sloppy client does not escape arrives as a blank.
            assert_eq!(!all(&query.replace("%2B", "+")).is_empty(), there, "{query}");
        }
        for status in ["open", "closed", "fixed", "for_triage"] {
            // Each with a case of its own: whoever reported it closes it by saying so.
            let number = reported(town);
            let pairs = [
                ("api_key", KEY),
                ("service_request_id", &number),
                ("status", status),
                ("description", "看过了"),
                ("updated_datetime", "2026-11-20T10:00:00+08:00"),
                ("media_url", "https://example.org/a.jpg"),
            ];
            let told = town.form(&format!("{V2}/servicerequestupdates.json"), &pairs);
            assert_eq!(told.status, StatusCode::OK, "{status} {}", told.text());
            assert!(told.json()[0]["update_id"].is_string());
        }
    });
}

#[test]
fn a_class_that_becomes_private_takes_its_cases_along() {
    with_town(|town| {
        let number = reported(town);
        let code = town.class();
        let class = town.class_that(|class| class.code == code);
        let of = class.id.clone();
        let standards = town.world.read(move |tx| crate::catalogue::store::standards(tx, &of));
        let as_it_was = |old: crate::catalogue::Standard| crate::catalogue::rules::NewStandard {
            replaces: Some(old.id),
            ends: false,
            condition: old.condition,
            closing: old.closing,
            limit: old.limit,
            grade: old.grade,
        };
        let hidden = crate::catalogue::acts::ChangeClass {
            id: class.id.clone(),
            seen: class.version,
            fields: crate::catalogue::rules::ClassFields {
                group: class.group,
                title: class.title,
                plain: class.plain,
                publicity: "private".to_owned(),
                anonymous: class.anonymous,
                keywords: class.keywords,
                questions: class.questions,
                body_kind: class.body_kind,
            },
            standards: standards.into_iter().map(as_it_was).collect(),
            stays: true,
            filed: crate::app::duty_holders::filed_under,
        };
        town.world.perform(&Actor::operator(), hidden).unwrap();
        for path in [
            format!("requests/{number}.json"),
            format!("tokens/{number}.json"),
            format!("services/{code}.json"),
        ] {
            assert_eq!(town.get(&format!("{V2}/{path}")).status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(numbers(town, "").is_empty());
        assert!(numbers(town, &format!("service_request_id={number}")).is_empty());
        let updates = town.get(&format!("{V2}/servicerequestupdates.json?api_key={KEY}"));
        assert_eq!(updates.text(), "[]");
        let sheet = town.get(&format!("{V2}/requests.csv"));
        assert_eq!(csv::Reader::from_reader(&sheet.body[..]).records().count(), 0);
    });
}

#[test]
fn what_a_reporter_leaves_is_kept_sealed_and_shown_to_nobody_here() {
    with_town(|town| {
        let left = [
            ("api_key", CLERK_KEY),
            ("first_name", "Mei"),
            ("last_name", "Zhou"),
            ("email", "mei@example.com"),
            ("phone", "0933-8212345"),
        ];
        let told = report(town, &left);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        let number = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let wanted = number.clone();
        let contact = town.world.read(move |tx| {
            let id: Id = crate::matter::store::id_of(tx, &wanted)?.unwrap();
            people::store::contact(tx, &id)
        });
        let contact = contact.unwrap();
        assert_eq!(contact.email.as_deref(), Some("m***@example.com"));
        let full = contact.in_full(&town.world.district.keys);
        let wanted = ["Mei Zhou", "0933-8212345", "mei@example.com"];
        assert_eq!(full.each_ref().map(|text| text.as_deref().unwrap()), wanted);
        for path in [
            format!("requests/{number}.json?extensions=true"),
            format!("requests/{number}.xml"),
            "requests.csv".to_owned(),
            format!("servicerequestupdates.json?api_key={CLERK_KEY}"),
        ] {
            let text = town.get(&format!("{V2}/{path}")).text();
            assert!(wanted.iter().all(|secret| !text.contains(secret)), "{path} {text}");
        }
        assert_eq!(town.count("contact"), 1);
        reported(town);
        assert_eq!(town.count("contact"), 1, "nothing left, nothing kept");
        // A repeat with the same contact is the same report, with another it is refused.
        let send = |email: &str| {
            let class = town.class();
            let pairs = [
                ("api_key", KEY),
                ("service_code", &class),
                ("address_string", "幸福路3号"),
                ("email", email),
            ];
            let request = Request::post(format!("{V2}/requests.json"))
                .header("host", "localhost")
                .header("idempotency-key", "once")
                .body(Body::from(serde_urlencoded::to_string(pairs).unwrap()))
                .unwrap();
            town.send(request)
        };
        let first = send("a@example.com");
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!(first.text(), send("a@example.com").text());
        assert_eq!(send("b@example.com").status, StatusCode::BAD_REQUEST);
    });
}

#[test]
fn texts_go_only_to_who_proved_a_number_and_asks_for_them() {
    with_town(|town| {
        town.key_of_a_telephone("their own program");
        let asked = |key: &str| {
            let more = [("api_key", key), ("notify_by_sms", "true"), ("phone", "13800001111")];
            let told = report(town, &more);
            assert_eq!(told.status, StatusCode::OK, "{}", told.text());
            let json = told.json();
            let number = json[0]["service_request_id"].as_str().unwrap().to_owned();
            let texts = town.world.read(move |tx| {
                let id = crate::matter::store::id_of(tx, &number)?.unwrap();
                let file = crate::affairs::appeal::store::file(tx, &id)?;
                Ok(file.is_some_and(|file| file.texts))
            });
            (texts, json[0]["service_notice"].as_str().unwrap().to_owned())
        };
        let (texts, told) = asked("their own program");
        assert!(texts && told.contains("会发短信"), "{told}");
        for key in [CLERK_KEY, KEY] {
            let (texts, told) = asked(key);
            assert!(!texts && told.contains("没有登记短信"), "{key}: {told}");
        }
        assert!(!report(town, &[("api_key", "their own program")]).text().contains("短信"));
    });
}
