//! What anybody may read by GeoReport v2: discovery, services with their questions, lists.

use axum::http::StatusCode;

use super::open311::{V2, elements, error, report, reported};
use super::with_town;
use crate::matter::Put;
use crate::words::Lang;

#[test]
fn discovery_and_services_in_both_formats() {
    with_town(|town| {
        let json = town.get(&format!("{V2}/discovery.json")).json();
        assert_eq!(json["endpoints"][0]["type"], "production");
        assert_eq!(json["endpoints"].as_array().unwrap().len(), 1, "none but the real one");
        assert_eq!(json["endpoints"][0]["formats"][0], "text/xml");
        assert_eq!(json["endpoints"][0]["url"], "http://localhost/open311/v2");
        let names = elements(&town.get("/open311/discovery.xml"));
        assert_eq!(names[0], "discovery");
        assert!(names.contains(&"formats".to_owned()));
        let services = town.get(&format!("{V2}/services.json")).json();
        let all = services.as_array().unwrap();
        assert!(all.len() > 20);
        for service in all {
            assert!(service["metadata"].is_boolean() && service["service_code"].is_string());
        }
        let private = town.class_that(|class| class.publicity == "private").code;
        assert!(all.iter().all(|service| service["service_code"] != private.as_str()));
        assert_eq!(error(&town.get(&format!("{V2}/services/{private}.json"))), (404, 404));
        let names = elements(&town.get(&format!("{V2}/services.xml?jurisdiction_id=990101")));
        assert_eq!(names[..3], ["services", "service", "service_code"]);
        let english = town.get(&format!("{V2}/services.xml?locale=en")).text();
        assert!(english.contains("<metadata>false</metadata>"));
        assert!(english.contains("Trading on the pavement"));
    });
}

#[test]
fn a_definition_holds_the_questions_of_its_class() {
    with_town(|town| {
        let asks = |c: &crate::catalogue::Class| {
            c.publicity == "public" && c.questions.iter().any(|q| q.kind == "choice")
        };
        let class = town.class_that(asks);
        let json = town.get(&format!("{V2}/services/{}.json", class.code)).json();
        assert_eq!(json["attributes"].as_array().unwrap().len(), class.questions.len());
        assert_eq!(json["attributes"][0]["order"], 1);
        let list = json["attributes"].as_array().unwrap().iter();
        let choice = list.clone().find(|a| a["datatype"] == "singlevaluelist").unwrap();
        assert!(choice["values"][0]["key"].is_string());
        let names = elements(&town.get(&format!("{V2}/services/{}.xml", class.code)));
        assert_eq!(names[..4], ["service_definition", "service_code", "attributes", "attribute"]);
    });
}

#[test]
fn lists_are_narrowed_paged_and_checked() {
    with_town(|town| {
        let numbers: Vec<String> = (0..3).map(|_| reported(town)).collect();
        let far = report(town, &[("lat", "35.6"), ("long", "106.7")]).json();
        let list = |query: &str| {
            let told = town.get(&format!("{V2}/requests.json?{query}"));
            assert_eq!(told.status, StatusCode::OK, "{query} {}", told.text());
            let json = told.json();
            let all = json.as_array().unwrap().iter();
            all.map(|r| r["service_request_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list("").len(), 4);
        assert_eq!(list("status=open").len(), 4);
        assert_eq!(list("status=closed").len(), 0);
        assert_eq!(list("status=open,closed&service_code=").len(), 4);
        assert_eq!(list("page=2&page_size=3").len(), 1);
        assert_eq!(list("page=&page=2&page_size=3&page_size=").len(), 1, "what is empty is unsaid");
        assert_eq!(list("jurisdiction_id=&jurisdiction_id=990101&start_date=+").len(), 4);
        assert_eq!(list("start_date=2001-01-01&end_date=2001-02-01").len(), 0);
        assert_eq!(list("updated_after=2001-01-01T00:00:00Z").len(), 4);
        let near = list("lat=35.5412&long=106.6832&radius=100");
        assert_eq!(near.len(), 3);
        assert_eq!(
            list("lat=35.541234&long=106.683211&radius=20").len(),
            0,
            "no door by its circle"
        );
        assert_eq!(list("lat=35.541&long=106.683&radius=1").len(), 3);
        assert!(!near.contains(&far[0]["service_request_id"].as_str().unwrap().to_owned()));
        assert_eq!(list(&format!("service_request_id={}", numbers[0])), [numbers[0].clone()]);
        for (query, status) in [
            ("status=nonsense", 400),
            ("start_date=yesterday", 400),
            ("start_date=2001-01-01&end_date=2002-01-01", 400),
            ("start_date=2002-01-01&end_date=2001-12-31", 400),
            ("page=0", 400),
            ("page_size=-1", 400),
            ("lat=1", 400),
            ("service_code=NOPE", 404),
            ("jurisdiction_id=elsewhere", 404),
        ] {
            let told = town.get(&format!("{V2}/requests.json?{query}"));
            assert_eq!(error(&told), (status, u64::from(status)), "{query}");
        }
        for path in ["requests/none.json", "tokens/none.json", "nothing.json", "services/N.json"] {
            assert_eq!(error(&town.get(&format!("{V2}/{path}"))).0, 404, "{path}");
        }
        assert_eq!(town.get(&format!("{V2}/requests.yaml")).status, StatusCode::BAD_REQUEST);
        let sheet = town.get(&format!("{V2}/requests.csv"));
        assert_eq!(sheet.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(csv::Reader::from_reader(&sheet.body[..]).records().count(), 4);
        assert!(!sheet.text().contains("35.5412") && sheet.text().contains("35.541000"));
    });
}

#[test]
fn a_list_of_too_many_services_is_refused_and_not_cut() {
    with_town(|town| {
        reported(town);
        let class = town.class();
        let list = |services: &[String]| {
            town.get(&format!("{V2}/requests.json?service_code={}", services.join(",")))
        };
        let others: Vec<String> = (0..99).map(|n| format!("NOPE{n}")).collect();
        let known = [others.clone(), vec![class]].concat();
        assert_eq!(list(&known).json().as_array().unwrap().len(), 1, "the hundredth counts");
        let more = [vec!["NOPE".to_owned()], known].concat();
        let told = list(&more);
        assert_eq!(error(&told), (400, 400));
        assert!(told.text().contains("service_code"), "{}", told.text());
    });
}

#[test]
fn a_thousand_cases_may_be_asked_for_by_their_numbers() {
    with_town(|town| {
        let numbers = [reported(town), reported(town)];
        for others in [0, 1, 60, 998] {
            let others = (0..others).map(|n| format!("1999-{n:06}"));
            let all: Vec<String> = others.chain(numbers.clone()).collect();
            let told = town
                .get(&format!("{V2}/requests.json?service_request_id={}", all.join(",")))
                .json();
            assert_eq!(told.as_array().unwrap().len(), 2, "{}: {told}", all.len());
        }
    });
}

#[test]
fn a_sheet_that_is_cut_says_where_it_goes_on() {
    with_town(|town| {
        let mut numbers: Vec<String> = (0..4).map(|_| reported(town)).collect();
        let sheet = |query: &str| {
            let told = town.get(&format!("{V2}/requests.csv?{query}"));
            let mut reader = csv::Reader::from_reader(&told.body[..]);
            let first = |row: Result<csv::StringRecord, _>| row.unwrap()[0].to_owned();
            let rows: Vec<String> = reader.records().map(first).collect();
            (rows, told.header("link").to_owned())
        };
        let (mut all, link) = sheet("page_size=3&status=open");
        let next = "/open311/v2/requests.csv?page_size=3&status=open&page=2";
        assert_eq!(link, format!("<{next}>; rel=\"next\""));
        let (rest, link) = sheet(next.split_once('?').unwrap().1);
        assert_eq!((rest.len(), link.as_str()), (1, ""));
        all.extend(rest);
        numbers.reverse();
        assert_eq!(all, numbers);
        assert_eq!(sheet("page_size=4").1, "", "nothing comes after the last");
    });
}

/// A copy of the newest case a thousand times and more, each reported a moment after the other.
const MATTERS: &str = "
    insert into matter (id, number, kind, process, process_version, stage, phase, version, title,
        place_id, place_path, publicity, source, opened_at, stage_since, updated_at)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 1005)
    select t.id || n.i, t.number || '-' || n.i, t.kind, t.process, t.process_version, t.stage,
        t.phase, t.version, t.title, t.place_id, t.place_path, t.publicity, t.source,
        t.opened_at + n.i, t.stage_since, t.updated_at
    from matter t cross join n where t.number = (select max(number) from matter)";
const FILES: &str = "
    insert into case_file (id, class_id, words, answers, lat_e7, lng_e7, language, reopened, urged,
        returned)
    select t.id, f.class_id, f.words, f.answers, f.lat_e7, f.lng_e7, f.language, 0, 0, 0
    from matter t join case_file f on t.id <> f.id and substr(t.id, 1, length(f.id)) = f.id";

#[test]
fn a_circle_sees_what_lies_behind_many_others() {
    with_town(|town| {
        let inside: Vec<String> = (0..2).map(|_| reported(town)).collect();
        // Within the square around the circle, and not within the circle.
        let corner = report(town, &[("lat", "35.545"), ("long", "106.688")]);
        assert_eq!(corner.status, StatusCode::OK);
        town.world.tamper(crate::matter::MATTER, MATTERS, &[]);
        town.world.tamper(crate::affairs::appeal::CASE_FILE, FILES, &[]);
        let found = |query: &str| {
            let circle = "lat=35.541&long=106.683&radius=500";
            let told = town.get(&format!("{V2}/requests.json?{circle}&{query}")).json();
            let all = told.as_array().unwrap().iter();
            all.map(|r| r["service_request_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found(""), [inside[1].clone(), inside[0].clone()]);
        assert_eq!(found("page_size=1"), [inside[1].clone()]);
        assert_eq!(found("page_size=1&page=2"), [inside[0].clone()]);
        assert_eq!(found("page_size=1&page=3"), Vec::<String>::new());
    });
}

#[test]
fn the_number_is_its_own_token_and_the_id_behind_it_is_none() {
    with_town(|town| {
        let number = reported(town);
        let wanted = number.clone();
        let id = town.world.read(move |tx| crate::matter::store::id_of(tx, &wanted)).unwrap();
        let json = town.get(&format!("{V2}/tokens/{number}.json")).json();
        assert_eq!(json[0]["service_request_id"], number.as_str());
        assert_eq!(json[0]["token"], number.as_str());
        assert_eq!(town.get(&format!("{V2}/tokens/{id}.json")).status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn several_choices_are_kept_as_officers_read_them() {
    with_town(|town| {
        let asks = |c: &crate::catalogue::Class| {
            c.publicity == "public" && c.questions.iter().any(|q| q.kind == "multi")
        };
        let class = town.class_that(asks);
        let question = class.questions.iter().find(|q| q.kind == "multi").unwrap();
        let name = format!("attribute[{}][]", question.code);
        let mut pairs = vec![("service_code", class.code.as_str()), ("phone", "13800005555")];
        let stop = question.stop.as_ref().map(|s| s.value.as_str()).unwrap_or_default();
        let chosen: Vec<&str> =
            question.options.iter().map(|o| o.value.as_str()).filter(|v| *v != stop).collect();
        pairs.extend(chosen[..2].iter().map(|value| (name.as_str(), *value)));
        let others: Vec<(String, String)> = class
            .questions
            .iter()
            .filter(|q| q.required && q.code != question.code)
            .map(|q| {
                let first = q.options.last().map_or("1", |o| o.value.as_str());
                (format!("attribute[{}]", q.code), first.to_owned())
            })
            .collect();
        pairs.extend(others.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let told = report(town, &pairs);
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        let kept = town
            .world
            .read(|tx| tx.row("select answers from case_file", &[], |row| row.get::<String>(0)));
        let kept: serde_json::Value = serde_json::from_str(&kept.unwrap()).unwrap();
        let answer = kept[&question.code].as_str().unwrap();
        let read: Vec<&str> = crate::affairs::appeal::answers::choices(answer).collect();
        assert_eq!(read, chosen[..2]);
    });
}

#[test]
fn a_case_that_becomes_private_is_gone_for_everyone() {
    with_town(|town| {
        let number = reported(town);
        let private = town.class_that(|class| class.publicity == "private").code;
        let put = Put::default().with("class", private).with("reason", "涉及个人");
        town.conduct(&number, "reclassify", put);
        let unseen = town.get(&format!("{V2}/requests/{number}.json"));
        let none = town.get(&format!("{V2}/requests/2000-000001.json"));
        assert_eq!(unseen.status, StatusCode::NOT_FOUND);
        assert_eq!(unseen.body, none.body);
        assert_eq!(town.get(&format!("{V2}/requests.json")).text(), "[]");
    });
}

#[test]
fn an_ended_key_opens_nothing() {
    with_town(|town| {
        let id = town.key("short-lived", super::person_id(), None);
        assert!(report(town, &[("api_key", "short-lived")]).status.is_success());
        let end = crate::people::keys::EndKey { id };
        town.world.perform(&crate::act::Actor::operator(), end).unwrap();
        assert_eq!(error(&report(town, &[("api_key", "short-lived")])).0, 403);
    });
}

#[test]
fn every_sentence_of_the_interface_is_there() {
    let sources = [
        include_str!("../open311/mod.rs"),
        include_str!("../open311/answer.rs"),
        include_str!("../open311/post.rs"),
        include_str!("../open311/read.rs"),
        include_str!("../open311/services.rs"),
        include_str!("../open311/updates.rs"),
    ];
    for key in sources.iter().flat_map(|s| s.split("\"api.").skip(1)) {
        let key = format!("api.{}", key.split('"').next().unwrap());
        assert!(Lang::Zh.find(&key).is_some() && Lang::En.find(&key).is_some(), "{key}");
    }
}
