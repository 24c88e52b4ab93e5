//! Bad input to every call of Open311: each parameter of each call, in both formats and both kinds
//! of form. Each is told by its status, its code and its parameter, and nothing is changed.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use quick_xml::events::Event;

use super::open311::{elements, report, reported};
use super::{CLERK_KEY, KEY, OFFICER_KEY, STRANGER, Told, Town, stranger, with_town};
use crate::testing::contents;

const V2: &str = "/open311/v2";
const FORMATS: [&str; 2] = ["json", "xml"];

/// How a form is written.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Encoded,
    Parts,
}

fn send(town: &Town<'_>, path: &str, written: Written, pairs: &[(&str, &str)]) -> Told {
    let (kind, body) = match written {
        Written::Encoded => {
            let body = serde_urlencoded::to_string(pairs).unwrap();
            ("application/x-www-form-urlencoded", body)
        }
        Written::Parts => {
            let part = |(name, value): &(&str, &str)| {
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let parts: String = pairs.iter().map(part).collect();
            ("multipart/form-data; boundary=b", format!("{parts}--b--\r\n"))
        }
    };
    raw(town, path, kind, body.into_bytes())
}

fn raw(town: &Town<'_>, path: &str, kind: &str, body: Vec<u8>) -> Told {
    let request = Request::post(path).header("host", "localhost").header("content-type", kind);
    town.send(request.body(Body::from(body)).unwrap())
}

/// Code and description of the one error an answer holds, in either format.
fn error(told: &Told, format: &str) -> (u16, String) {
    if format == "json" {
        let all = told.json();
        assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
        let code = u16::try_from(all[0]["code"].as_u64().unwrap()).unwrap();
        return (code, all[0]["description"].as_str().unwrap().to_owned());
    }
    assert_eq!(elements(told), ["errors", "error", "code", "description"]);
    let text = told.text();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut said = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Text(words) => said.push(words.trim().to_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    said.retain(|words| !words.is_empty());
    (said[0].parse().unwrap(), said[1..].concat())
}

/// Something that is wrong, its status, and what its sentence names.
type Wrong<'a> = (Vec<(&'a str, &'a str)>, u16, &'a str);

/// Sends each wrong thing in both formats and writings, in the place of what is right.
fn refused(town: &Town<'_>, call: &str, right: &[(&str, &str)], wrong: &[Wrong<'_>]) {
    let before = town.world.read(contents);
    for (more, status, named) in wrong {
        let kept = right.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let pairs: Vec<(&str, &str)> = kept.chain(more).copied().collect();
        for format in FORMATS {
            for written in [Written::Encoded, Written::Parts] {
                let told = send(town, &format!("{V2}/{call}.{format}"), written, &pairs);
                let short: Vec<(&str, String)> =
                    more.iter().map(|(n, v)| (*n, v.chars().take(20).collect())).collect();
                let what = format!("{call}.{format} {short:?}: {}", told.text());
                assert_eq!(told.status.as_u16(), *status, "{what}");
                let (code, description) = error(&told, format);
                assert_eq!(code, *status, "{what}");
                assert!(description.contains(named), "{named} is not named: {what}");
            }
        }
    }
    assert!(town.world.read(contents) == before, "{call} changed something");
}

#[test]
fn every_parameter_of_a_report_is_tried_with_what_it_cannot_take() {
    with_town(|town| {
        let class = town.class();
        let right = [
            ("api_key", KEY),
            ("service_code", class.as_str()),
            ("lat", "35.5"),
            ("long", "106.6"),
            ("description", "路灯不亮"),
        ];
        let long = "字".repeat(4001);
        let short = "x".repeat(201);
        let mut wrong: Vec<Wrong<'_>> = vec![
            (vec![("api_key", "")], 403, "api_key"),
            (vec![("api_key", "nobody's")], 403, "api_key"),
            (vec![("jurisdiction_id", "elsewhere")], 404, "jurisdiction_id"),
            (vec![("service_code", "")], 400, "service_code"),
            (vec![("service_code", "NOPE")], 404, "service_code"),
            (vec![("service_code", &long)], 404, "service_code"),
            (vec![("description", &long)], 400, "description"),
            (vec![("lat", "")], 400, "lat"),
            (vec![("long", "")], 400, "long"),
            (vec![("lat", ""), ("long", "")], 400, "address_string"),
            (vec![("address_id", "nowhere")], 400, "address_id"),
            (vec![("address_string", &short)], 400, "address_string"),
            (vec![("attribute[", "1")], 400, "attribute["),
            (vec![("attribute[none]", "1")], 400, "none"),
            (vec![("email", "no-mail")], 400, "email"),
            (vec![("phone", "abc")], 400, "phone"),
            (vec![("phone", "12 34")], 400, "phone"),
        ];
        for name in ["lat", "long"] {
            let bad = ["abc", "35,5", "NaN", "1e400", "181", "-181", "０", "35.5.5"];
            wrong.extend(bad.map(|value| (vec![(name, value)], 400, name)));
        }
        for name in ["email", "phone", "first_name", "last_name", "device_id", "account_id"] {
            wrong.push((vec![(name, &short)], 400, name));
        }
        refused(town, "requests", &right, &wrong);
        for (name, other) in [("service_code", "C0000"), ("description", "别的事")] {
            let twice = [&right[..], &[(name, other)]].concat();
            let told = send(town, &format!("{V2}/requests.json"), Written::Encoded, &twice);
            let (code, description) = error(&told, "json");
            assert!(code == 400 && description.contains(name), "{description}");
        }
        let told = report(town, &right);
        assert!(told.status.is_success(), "what was spoilt is right");
        // Nobody typed an address: the case is somewhere all the same.
        let number = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let one = town.get(&format!("{V2}/requests/{number}.json")).json();
        assert!(one[0]["address"].as_str().is_some_and(|place| !place.is_empty()), "{one}");
    });
}

#[test]
fn every_parameter_of_an_update_is_tried_with_what_it_cannot_take() {
    with_town(|town| {
        town.key(STRANGER, stranger(town), None);
        let number = reported(town);
        let right = [
            ("api_key", KEY),
            ("service_request_id", number.as_str()),
            ("status", "open"),
            ("description", "又灭了一盏"),
        ];
        let long = "字".repeat(4001);
        let wrong: Vec<Wrong<'_>> = vec![
            (vec![("api_key", "")], 403, "api_key"),
            (vec![("api_key", "nobody's")], 403, "api_key"),
            (vec![("api_key", STRANGER)], 403, ""),
            (vec![("api_key", CLERK_KEY), ("status", "cancelled")], 403, ""),
            (vec![("jurisdiction_id", "elsewhere")], 404, "jurisdiction_id"),
            (vec![("service_request_id", "")], 400, "service_request_id"),
            (vec![("service_request_id", "1999-000001")], 404, "service_request_id"),
            (vec![("service_request_id", &long)], 404, "service_request_id"),
            (vec![("status", "done-ish")], 400, "status"),
            (vec![("status", &long)], 400, "status"),
            (vec![("description", "")], 400, "description"),
            (vec![("description", &long)], 400, "description"),
            (vec![("updated_datetime", "soon")], 400, "updated_datetime"),
            (vec![("updated_datetime", "2026-02-30T00:00:00Z")], 400, "updated_datetime"),
            (vec![("updated_datetime", "2126-02-03T00:00:00Z")], 400, "updated_datetime"),
            (vec![("update_id", &long)], 400, "update_id"),
        ];
        refused(town, "servicerequestupdates", &right, &wrong);
        let once = [&right[..], &[("update_id", "7")]].concat();
        let path = format!("{V2}/servicerequestupdates.json");
        let first = send(town, &path, Written::Encoded, &once);
        assert!(first.status.is_success(), "{}", first.text());
        let other: Vec<Wrong<'_>> = vec![(vec![("description", "别的话")], 400, "")];
        refused(town, "servicerequestupdates", &once, &other);
        let before = town.world.read(contents);
        let again = send(town, &path, Written::Encoded, &once);
        assert_eq!(again.text(), first.text(), "sent twice, told once");
        assert!(town.world.read(contents) == before);
    });
}

#[test]
fn every_parameter_of_a_question_is_tried_with_what_it_cannot_take() {
    with_town(|town| {
        let number = reported(town);
        let before = town.world.read(contents);
        let requests = [
            ("jurisdiction_id=nowhere", 404, "jurisdiction_id"),
            ("service_code=NOPE", 404, "service_code"),
            ("status=fixed", 400, "status"),
            ("start_date=2026-02-30", 400, "start_date"),
            ("start_date=2026-10-09&end_date=2026-10-01", 400, "start_date"),
            ("start_date=2020-01-01&end_date=2026-01-01", 400, "end_date"),
            ("end_date=tomorrow", 400, "end_date"),
            ("updated_after=1", 400, "updated_after"),
            ("updated_before=2026-13-01T00:00:00Z", 400, "updated_before"),
            ("lat=35", 400, "long"),
            ("long=106", 400, "lat"),
            ("lat=x&long=106", 400, "lat"),
            ("lat=35&long=1e9", 400, "long"),
            ("lat=35&long=106&radius=-1", 400, "radius"),
            ("lat=35&long=106&radius=far", 400, "radius"),
            ("page=0", 400, "page"),
            ("page=99999999999999999999", 400, "page"),
            ("page_size=ten", 400, "page_size"),
            ("page_size=-1", 400, "page_size"),
            ("x=%B7%B5", 400, "UTF-8"),
            ("page=1&page=2", 400, "page"),
        ];
        let updates = [
            ("", 403, "api_key"),
            ("api_key=nobody", 403, "api_key"),
            ("api_key=a-key-of-the-tests&start_date=soon", 400, "start_date"),
            ("api_key=a-key-of-the-tests&end_date=soon", 400, "end_date"),
            ("api_key=a-key-of-the-tests&page=none", 400, "page"),
            ("api_key=a-key-of-the-tests&page_size=0", 400, "page_size"),
            ("api_key=a-key-of-the-tests&page=1&page=2", 400, "page"),
        ];
        let single = [("jurisdiction_id=nowhere", 404, "jurisdiction_id")];
        let lists = [("requests", &requests[..]), ("servicerequestupdates", &updates[..])];
        let one = format!("requests/{number}");
        let ones = [(one.as_str(), &single[..]), ("services", &single[..])];
        for (call, wrong) in lists.into_iter().chain(ones) {
            for (query, status, named) in wrong {
                for format in FORMATS {
                    let told = town.get(&format!("{V2}/{call}.{format}?{query}"));
                    let what = format!("{call}.{format}?{query}: {}", told.text());
                    assert_eq!(told.status.as_u16(), *status, "{what}");
                    let (code, description) = error(&told, format);
                    assert_eq!(code, *status, "{what}");
                    assert!(description.contains(named), "{named} is not named: {what}");
                }
            }
        }
        for (path, named) in [
            ("requests/NOPE", "service_request_id"),
            ("services/NOPE", "service_code"),
            ("tokens/NOPE", "token"),
        ] {
            for format in FORMATS {
                let told = town.get(&format!("{V2}/{path}.{format}"));
                assert_eq!(told.status.as_u16(), 404, "{path}");
                assert!(error(&told, format).1.contains(named), "{path}: {}", told.text());
            }
        }
        assert!(town.world.read(contents) == before);
    });
}

#[test]
fn a_body_that_is_no_form_is_told_as_such() {
    with_town(|town| {
        let before = town.world.read(contents);
        let encoded = "application/x-www-form-urlencoded";
        let parts = "multipart/form-data; boundary=b";
        let huge = [b"description=".as_slice(), &vec![b'x'; 70 << 20]].concat();
        let bodies: [(&str, &str, Vec<u8>); 7] = [
            ("Latin-1", encoded, b"description=caf\xe9".to_vec()),
            ("GBK", encoded, b"description=%C2%B7%B5%C6".to_vec()),
            ("Latin-1 said to be so", "application/x-www-form-urlencoded; charset=ISO-8859-1", {
                b"description=caf%E9".to_vec()
            }),
            ("half a part", parts, b"--b\r\nContent-Disposition: form-data; name=".to_vec()),
            ("no part", parts, b"no boundary anywhere".to_vec()),
            ("letters in a part", parts, {
                b"--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n\xe9\r\n--b--"
                    .to_vec()
            }),
            ("more than is taken", encoded, huge),
        ];
        for call in ["requests", "servicerequestupdates"] {
            for (what, kind, body) in &bodies {
                for format in FORMATS {
                    let told = raw(town, &format!("{V2}/{call}.{format}"), kind, body.clone());
                    let status = told.status.as_u16();
                    assert!([400, 413].contains(&status), "{call}.{format} {what}: {status}");
                    let (code, description) = error(&told, format);
                    assert_eq!(code, status, "{call}.{format} {what}");
                    assert!(description.chars().count() > 4, "{what}: {description}");
                }
            }
        }
        assert!(town.world.read(contents) == before);
    });
}

#[test]
fn photos_are_not_read_for_a_key_that_opens_nothing() {
    with_town(|town| {
        let before = town.world.read(contents);
        for (key, opens) in [("wrong", false), (KEY, true)] {
            let was_read = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let reading = std::sync::Arc::clone(&was_read);
            let body = async_stream::stream! {
                reading.store(true, std::sync::atomic::Ordering::SeqCst);
                yield Ok::<_, std::convert::Infallible>(b"--b\r\nContent-Disp".to_vec());
            };
            let request = Request::post(format!("{V2}/requests.json?api_key={key}"))
                .header("host", "localhost")
                .header("content-type", "Multipart/Form-Data; boundary=b");
            let told = town.send(request.body(Body::from_stream(body)).unwrap());
            let (code, _) = error(&told, "json");
            assert_eq!(code, if opens { 400 } else { 403 }, "{}", told.text());
            assert_eq!(was_read.load(std::sync::atomic::Ordering::SeqCst), opens);
        }
        assert!(town.world.read(contents) == before);
    });
}

#[test]
fn a_case_is_under_way_when_its_body_has_signed_for_it_and_not_by_being_told_so() {
    with_town(|town| {
        let number = reported(town);
        let tell = |key: &str, status: &str| {
            let pairs = [
                ("api_key", key),
                ("service_request_id", &number),
                ("status", status),
                ("description", "已经安排"),
            ];
            town.form(&format!("{V2}/servicerequestupdates.json"), &pairs)
        };
        let stage = || town.get(&format!("/api/v1/cases/{number}")).json()["stage"].clone();
        let lines = || town.count("entry");
        let under_way =
            ["in_progress", "planned", "action_scheduled", "investigating", "internal_referral"];
        let (before, standing) = (stage(), lines());
        for (key, status) in [KEY, CLERK_KEY].into_iter().flat_map(|k| under_way.map(|s| (k, s))) {
            let told = tell(key, status);
            assert_eq!(told.status, StatusCode::BAD_REQUEST, "{status} {}", told.text());
        }
        assert_eq!((stage(), lines()), (before, standing), "nothing was put down");
        town.lead_to_dispatch(&number);
        let told = tell(KEY, "in_progress");
        assert_eq!(told.status, StatusCode::FORBIDDEN, "only its body signs: {}", told.text());
        let told = tell(OFFICER_KEY, "in_progress");
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        assert_eq!(stage()["code"], "handling");
        let said = "select count(*) from entry where said = '已经安排'";
        assert_eq!(town.world.read(|tx| tx.count(said, &[])), 1, "what is said with it is kept");
        // Now that it is true, more of the same is what the body says of its work.
        let standing = lines();
        let told = tell(OFFICER_KEY, "planned");
        assert_eq!((told.status, lines()), (StatusCode::OK, standing + 1), "{}", told.text());
        assert_eq!(stage()["code"], "handling");
    });
}

#[test]
fn what_is_over_takes_no_update_and_what_has_ended_no_report() {
    with_town(|town| {
        let number = reported(town);
        let right = [("api_key", KEY), ("service_request_id", &*number), ("description", "不用了")];
        let path = format!("{V2}/servicerequestupdates.json");
        let gone = [&right[..], &[("status", "cancelled")]].concat();
        let told = send(town, &path, Written::Encoded, &gone);
        assert!(told.status.is_success(), "{}", told.text());
        let late = ["open", "closed", "fixed", "reopen", "cancelled", "in_progress"];
        let stands = "现在是「已撤回」";
        let late: Vec<Wrong<'_>> =
            late.iter().map(|status| (vec![("status", *status)], 400, stands)).collect();
        refused(town, "servicerequestupdates", &right, &late);
        let under_way = [&right[..], &[("status", "in_progress")]].concat();
        let told = send(town, &path, Written::Encoded, &under_way).text();
        assert!(
            told.contains("已经结束") && !told.contains("open"),
            "no advice for others: {told}"
        );
        let code = town.class();
        let class = town.class_that(|class| class.code == code);
        let close = crate::catalogue::acts::CloseClass { id: class.id, seen: class.version };
        town.world.perform(&crate::act::Actor::operator(), close).unwrap();
        let right =
            [("api_key", KEY), ("address_id", "#NOTPINPOINTED#"), ("description", "灯灭了")];
        let ended: [Wrong<'_>; 1] = [(vec![("service_code", &*code)], 404, "service_code")];
        refused(town, "requests", &right, &ended);
    });
}

#[test]
fn a_circle_has_a_centre_and_a_nul_is_told_as_one() {
    with_town(|town| {
        reported(town);
        for format in FORMATS {
            let told = town.get(&format!("{V2}/requests.{format}?radius=5"));
            let (code, said) = error(&told, format);
            assert!(code == 400 && said.contains("lat"), "{said}");
            let at = format!("{V2}/requests.{format}?lat=35.5&long=106.7&radius=5");
            assert!(town.get(&at).status.is_success());
            let nul = town.get(&format!("{V2}/requests.{format}?service_code=%00%01"));
            let latin = town.get(&format!("{V2}/requests.{format}?service_code=%E9"));
            let (nul, latin) = (error(&nul, format), error(&latin, format));
            assert_eq!((nul.0, latin.0), (400, 400));
            assert!(latin.1.contains("UTF-8") && !nul.1.contains("UTF-8"), "{nul:?}");
            let path = format!("{V2}/requests.{format}");
            for written in [Written::Encoded, Written::Parts] {
                let sent = [("api_key", KEY), ("description", "路灯\0不亮")];
                let (code, said) = error(&send(town, &path, written, &sent), format);
                assert!(code == 400 && said.contains("空字符"), "{said}");
            }
        }
    });
}
