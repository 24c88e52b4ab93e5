//! What goes out: masked unless a reason is written, never a formula, and fit to come in again.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;

use super::{CODE, KEY, Town, with_town};
use crate::act::Actor;
use crate::base::Id;
use crate::channel::export::What;
use crate::channel::export::command::{lines_up_to, to_file};
use crate::channel::export::write::Form;
use crate::channel::sheet::{Kind, check, run};
use crate::people::{APPOINTMENT, POST, session};
use crate::store::Value;
use crate::words::Lang;

const WORDS: &str = "=路灯坏了三天，晚上看不清台阶，打我电话13800001234，住3号楼501室";

fn take(town: &Town<'_>, what: What, form: Form, reason: Option<&str>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out");
    let reason = reason.map(str::to_owned);
    to_file(&town.world.district, (what, form), reason.clone(), (&to, Lang::Zh)).unwrap();
    let again = to_file(&town.world.district, (what, form), reason, (&to, Lang::Zh));
    assert!(again.is_err(), "a file that is there is not written over");
    std::fs::read(&to).unwrap()
}

fn text(town: &Town<'_>, what: What, form: Form, reason: Option<&str>) -> String {
    String::from_utf8(take(town, what, form, reason)).unwrap()
}

/// A case comes in whose words hold a number and look like a formula.
fn report(town: &Town<'_>) {
    let class = town.class();
    let fields = [
        ("api_key", KEY),
        ("service_code", class.as_str()),
        ("address_string", "南苑二村"),
        ("description", WORDS),
    ];
    let told = town.form("/open311/v2/requests.json", &fields);
    assert_eq!(told.status.as_u16(), 200, "{}", told.text());
}

#[test]
fn words_go_out_masked_unless_a_reason_is_noted() {
    with_town(|town| {
        report(town);
        let looks = || {
            let sql = "select count(*) from access
                 where reason = '移交新系统' and what = 'case.export'
                 and subject_id in (select number from matter)";
            town.world.read(|tx| tx.count(sql, &[]))
        };
        let csv = text(town, What::Cases, Form::Csv, None);
        assert!(csv.contains("138****1234") && !csv.contains("13800001234"), "{csv}");
        assert!(csv.contains("住3号楼***室") && !csv.contains("501"), "{csv}");
        assert!(csv.contains("'=路灯"), "no formula: {csv}");
        let steps = text(town, What::Steps, Form::Jsonl, None);
        assert!(steps.contains("\"move\":\"report\""), "{steps}");
        assert_eq!(looks(), 0);
        let open = text(town, What::Cases, Form::Jsonl, Some("移交新系统"));
        assert!(open.contains("13800001234"), "{open}");
        assert!(looks() > 0, "the reporter sees who took the words along");
        // Cases nobody signed in for are noted as well: one look for each that goes out in full.
        let out = i64::try_from(open.lines().count()).unwrap();
        assert_eq!(looks(), out);
        let unsaid = std::path::Path::new("/nowhere/out");
        let unsaid = to_file(
            &town.world.district,
            (What::Cases, Form::Csv),
            Some(" ".to_owned()),
            (unsaid, Lang::Zh),
        );
        assert!(unsaid.is_err());
    });
}

#[test]
fn a_table_of_classes_comes_in_as_it_went_out() {
    with_town(|town| {
        for form in [Form::Csv, Form::Xlsx, Form::Jsonl] {
            let bytes = take(town, What::Classes, form, None);
            let report = check::check(&town.world.district, Kind::Classes, &bytes).unwrap().report;
            assert!(
                report.wrong == 0 && report.replaced > 20 && report.made == 0,
                "{form:?}: {report:?}"
            );
        }
        let duties = text(town, What::Duties, Form::Csv, None);
        assert!(duties.lines().next().unwrap().contains("岗位代码"), "{duties}");
        let remits = text(town, What::Remits, Form::Jsonl, None);
        assert!(remits.contains("municipal_works") && remits.contains("测试"), "{remits}");
        assert!(text(town, What::Places, Form::Csv, None).lines().count() == 2);
    });
}

#[test]
fn files_of_imports_go_when_their_time_is_over() {
    with_town(|town| {
        let actor = Actor::operator();
        let file: (&str, &[u8]) = ("a.csv", "内容,反映时间\n路灯不亮,2019-02-28 11:25".as_bytes());
        let (begun, _) =
            run::dry_run(&town.world.district, &actor, Kind::Cases, file, None).unwrap();
        let path = run::file_path(&town.world.district, &begun.file_hash);
        assert_eq!(run::purge(&town.world.district).unwrap(), 0);
        assert!(path.exists());
        const DAY: i64 = 86_400_000_000;
        town.world.district.door.clock.shift(31 * DAY);
        assert_eq!(run::purge(&town.world.district).unwrap(), 1);
        assert!(!path.exists());
        let again = run::adopt(&town.world.district, &actor, &begun, &mut |_, _| {}).unwrap_err();
        assert!(again.to_string().contains("import_file_gone"), "{again}");
    });
}

/// The cookie of the clerk, who is the district's dispatcher besides.
fn signed_in(town: &Town<'_>) -> String {
    let post = vec![
        ("kind", "district_dispatcher".into()),
        ("title", "区调度员".into()),
        ("place_id", Value::from(&Id::derived("place"))),
        ("place_path", format!("/{CODE}/").into()),
        ("version", Value::Int(1)),
    ];
    town.world.plant(POST, vec![(Id::derived("dispatcher"), post)]);
    let appointment = vec![
        ("post_id", Value::from(&Id::derived("dispatcher"))),
        ("person_id", Value::from(&Id::derived("clerk"))),
        ("holder_name", "张*".into()),
        ("term_from", "2020-01-01".into()),
        ("since", Value::Int(1)),
        ("version", Value::Int(1)),
    ];
    town.world.plant(APPOINTMENT, vec![(Id::derived("dispatching"), appointment)]);
    let opening = session::Opening {
        person: Id::derived("clerk"),
        appointment: Some(Id::derived("dispatching")),
        proved: "password+totp",
        device: "test".to_owned(),
    };
    let (store, now) = (town.world.district.store().clone(), town.world.district.now());
    let token = town.wait(session::open(&store, opening, now)).unwrap();
    format!("linli={token}")
}

#[test]
fn everything_goes_out_as_one_archive_that_opens_anywhere() {
    with_town(|town| {
        report(town);
        let cookie = signed_in(town);
        let ask = |fields: &[(&str, &str)]| {
            let body = serde_urlencoded::to_string(fields).unwrap();
            let request = Request::post("/admin/export")
                .header("host", "localhost")
                .header("cookie", cookie.as_str())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(body))
                .unwrap();
            town.send(request)
        };
        let leaves = town.count("leaf");
        let told = ask(&[("what", "all"), ("form", "csv")]);
        assert_eq!(told.header("content-type"), "application/zip");
        assert!(told.header("content-disposition").contains("linli-990101.zip"));
        assert_eq!(town.count("leaf"), leaves + 1, "one taking out in the record");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(told.body)).unwrap();
        let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        let wanted = What::ALL.map(|what| format!("{}.csv", what.name()));
        assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
        assert_eq!(names.len(), wanted.len() + 1);
        let mut read = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let cases = read("cases.csv");
        assert!(cases.contains("138****1234") && !cases.contains("13800001234"), "{cases}");
        assert!(read("datapackage.json").contains("\"path\": \"cases.csv\""));
        let excel = ask(&[("what", "all"), ("form", "xlsx")]);
        assert_eq!(excel.status.as_u16(), 422);
        assert!(excel.text().contains("CSV"));
        // The page stays after the first file: what its form hides goes with the second as well.
        let page = Request::get("/admin/export").header("host", "localhost");
        let page = page.header("cookie", cookie.as_str()).body(Body::empty()).unwrap();
        let page = town.send(page).text();
        let hidden = page.split_once("name=\"act_id\" value=\"").map(|(_, rest)| rest);
        let hidden = hidden.and_then(|rest| rest.split('"').next()).map(|id| ("act_id", id));
        let with = |what| -> Vec<(&str, &str)> {
            [("what", what), ("form", "csv")].into_iter().chain(hidden).collect()
        };
        assert_eq!(ask(&with("classes")).status.as_u16(), 200);
        let one = ask(&with("places"));
        assert_eq!(one.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(one.text().lines().count(), 2);
        let stranger = town.form("/admin/export", &[("what", "all"), ("form", "csv")]);
        assert!(!stranger.status.is_success());
    });
}

#[test]
fn what_goes_out_is_counted_as_it_goes_out_and_no_further_than_asked() {
    with_town(|town| {
        let number = super::open311::reported(town);
        report(town);
        town.lead_to_handling(&number);
        for what in What::ALL {
            let lines = text(town, what, Form::Jsonl, None).lines().count();
            let counted =
                |most| lines_up_to(&town.world.district, what, &Actor::operator(), most).unwrap();
            assert_eq!(counted(1000), lines, "{what:?}");
            if [What::Cases, What::Steps].contains(&what) {
                assert!(lines > 1, "{what:?}");
                assert_eq!(counted(1), 1, "{what:?}");
            }
        }
    });
}

#[test]
fn who_asks_for_a_list_that_is_none_is_told_of_every_one() {
    for lang in [Lang::Zh, Lang::En] {
        let told = lang.say("app.fault.no_such_list");
        for what in What::ALL {
            assert!(told.contains(what.name()), "{}: {told}", what.name());
        }
    }
}
