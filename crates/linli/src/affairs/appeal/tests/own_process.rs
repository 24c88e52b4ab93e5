//! A district's own version of the procedure: looked at, adopted, run, and refused.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use super::town::{Town, runtime};
use super::transitions::go_every_way;
use crate::act::{Actor, DutyBook};
use crate::affairs::appeal::{APPEAL, SHIPPED, kind, parse};
use crate::app;
use crate::base::{Clock, Id};
use crate::disclosure::NewDuty;
use crate::disclosure::acts::change::ChangeDuties;
use crate::disclosure::rules::Change;
use crate::district::{District, PROCESS};
use crate::matter::Put;
use crate::procedure::acts::Adopt;
use crate::procedure::command::Command;
use crate::store::Value;
use crate::testing::{World, both_engines_wired, staff};
use crate::words::Lang;

/// A handling that waits for spare parts, with its own limit; and a longer one for signing.
/// Somebody is to look at the spot within two days.
const PARTS: &str = r#"
[[clock]]
id = "parts"
title = { zh = "等配件", en = "Spare parts" }

[[clock]]
id = "spot"
title = { zh = "入户看现场", en = "A look at the spot" }
limit = { kind = "natural_day", n = 2 }

[[move]]
act = "look_at_it"
title = { zh = "看现场", en = "Look at the spot" }
from = ["awaiting_dispatch", "dispatched", "handling"]
stops = ["spot"]

[[stage]]
id = "awaiting_parts"
title = { zh = "等待配件", en = "Waiting for parts" }
plain = { zh = "配件到了就接着修。", en = "It goes on when the parts are there." }
phase = "waiting"
link = "handle"
limit = { clock = "parts", kind = "natural_day", n = 10 }
disclose = ["stage", "due"]

[[move]]
act = "await_parts"
title = { zh = "等待配件", en = "Wait for parts" }
from = ["handling"]
to = "awaiting_parts"
tell = [{ who = "reporter", notice = "case.replied" }]
[[move.record]]
name = "reason"
kind = "text"
required = true
public = true
title = { zh = "缺什么", en = "What is missing" }

[[move]]
act = "go_on"
title = { zh = "接着办", en = "Go on" }
from = ["awaiting_parts"]
to = "handling"
"#;

pub(super) fn own(version: u32) -> String {
    let text = SHIPPED.replacen("version = 1\n", &format!("version = {version}\n"), 1);
    let sign = "clock = \"sign\", kind = \"work_hour\", n = 4";
    assert!(text.contains(sign), "the shipped file is another one");
    let accept = "does = [\"set_class\", \"set_lead\"]\n";
    assert!(text.contains(accept), "the shipped file is another one");
    let text = text.replacen(accept, &format!("{accept}starts = [\"spot\"]\n"), 1);
    let text = also_from(&text, "follow_grid", "awaiting_parts");
    format!("{}{PARTS}", text.replacen(sign, &sign.replace('4', "8"), 1))
}

/// The file with one stage more that a move is made at.
fn also_from(text: &str, act: &str, stage: &str) -> String {
    let (before, by) = text.split_once(&format!("act = \"{act}\"\n")).unwrap();
    let by = by.replacen("from = [", &format!("from = [\"{stage}\", "), 1);
    format!("{before}act = \"{act}\"\n{by}")
}

pub(super) fn keeper() -> Actor {
    staff("system_admin", "/990101/", Id::derived("system"))
}

pub(super) fn adopt(world: &World, actor: &Actor, seen: i64, text: &str) -> Result<i64, String> {
    let processes = world.district.processes.clone();
    let act = Adopt { process: APPEAL.to_owned(), seen, text: text.to_owned(), processes };
    let done = world.perform(actor, act);
    done.map(|answer| answer.outcome).map_err(|failure| failure.to_string())
}

/// Gives the community the moves that only the new version has.
pub(super) fn give_duties(world: &World) {
    let row = |act: &str| NewDuty {
        post_kind: "community_clerk".to_owned(),
        act: act.to_owned(),
        scope: "my_place_and_below".to_owned(),
        ground: "社区工作职责清单（示例）第99项".to_owned(),
    };
    let added = ["case.await_parts", "case.go_on", "case.look_at_it"].map(row).to_vec();
    let seen = world.read(|tx| Ok(DutyBook::default().current(tx)?.version));
    let processes = world.district.processes.clone();
    let change = Change { added, ..Change::default() };
    let keeper = staff("security_admin", "/990101/", Id::derived("security"));
    world.perform(&keeper, ChangeDuties { seen, change, processes }).unwrap();
}

#[test]
fn every_transition_of_a_districts_own_file_is_made_and_older_cases_go_on_by_it() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let old = town.report("井盖没了").matter;
        assert_eq!(town.matter(&old).process_version, 1);
        assert_eq!(adopt(world, &keeper(), 1, &own(2)), Ok(2));
        let due = town.matter(&old).due_at;
        let clerk = town.by("community_clerk");
        let note = Put::default().with("words", "看过了");
        town.go(&clerk, &old, "note", note).unwrap();
        let after = town.matter(&old);
        assert_eq!((after.process_version, after.due_at), (2, due), "what runs stays");
        give_duties(world);
        go_every_way(&town);
    });
}

#[test]
fn a_version_that_does_not_fit_is_refused_with_its_line_and_changes_nothing() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.report("路灯不亮");
        let renamed = own(2)
            .replace("\"reported\"", "\"arrived\"")
            .replace("phase = \"arrived\"", "phase = \"reported\"");
        let phase = own(2).replacen("phase = \"reported\"", "phase = \"open\"", 1);
        let guard = own(2).replacen("body_has_duty", "moon_is_full", 1);
        let notice = own(2).replacen("case.accepted", "case.sung", 1);
        let other = own(2).replacen("id = \"appeal\"", "id = \"vote\"", 1);
        for (text, says) in [
            (own(1), "process_version"),
            ("stage = 3".to_owned(), "process_line"),
            (renamed, "stage_in_use"),
            (phase, "stage_phase_in_use"),
            (guard, "process_line"),
            (notice, "process_line"),
            (other, "process_line"),
            ("#".repeat(70_000), "file_too_big"),
        ] {
            let told = adopt(world, &keeper(), 1, &text).unwrap_err();
            assert!(told.contains(says), "{says}: {told}");
        }
        let guard = own(2).replacen("body_has_duty", "moon_is_full", 1);
        let line = 1 + guard.lines().position(|line| line.contains("moon_is_full")).unwrap();
        let told = parse(&guard).unwrap_err();
        assert!(told[0].line <= line && line - told[0].line < 10, "{told:?} is not near {line}");
        assert!(adopt(world, &keeper(), 9, &own(2)).unwrap_err().contains("changed_meanwhile"));
        let told = adopt(world, &town.by("dispatcher"), 1, &own(2)).unwrap_err();
        assert!(told.contains("not_your_duty"), "{told}");
        assert_eq!(world.district.process(APPEAL).unwrap().version, 1);
    });
}

#[test]
fn a_district_whose_own_file_cannot_be_run_does_not_open_and_is_mended_at_the_terminal() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        Town::build(world);
        let text = own(2).replacen("body_has_duty", "moon_is_full", 1);
        let row = vec![
            ("process", Value::from(APPEAL)),
            ("version", 2_i64.into()),
            ("text", text.as_str().into()),
            ("since", 0_i64.into()),
            ("by_label", "系统管理员".into()),
        ];
        world.plant(PROCESS, vec![(Id::derived("bad"), row)]);
        let wiring = app::wiring().unwrap();
        let open = || District::open(world.dir(), Clock::default(), &wiring);
        let told = open().err().expect("it must not open").to_string();
        assert!(told.contains("moon_is_full") && told.contains("line "), "{told}");
        assert!(told.contains("linli process adopt"), "{told}");
        let file = world.dir().join("appeal.toml");
        std::fs::write(&file, own(3)).unwrap();
        let dir = world.dir().to_owned();
        let adopt = Command::Adopt { file, dir, dry_run: false, process: None };
        let mut out = Vec::new();
        assert!(adopt.run(&wiring, Lang::En, &mut out).unwrap());
        assert!(String::from_utf8(out).unwrap().contains("Version 3 is in force"));
        assert_eq!(open().unwrap().process(APPEAL).unwrap().version, 3);
        let seen = world.district.processes.clone();
        let version = world.read(move |tx| seen.current(tx, APPEAL)).unwrap().process.version;
        assert_eq!(version, 3, "the server that runs sees what the terminal adopted");
    });
}

#[test]
fn the_shipped_file_fits_what_the_program_asks_of_a_file() {
    let kind = kind().unwrap();
    assert_eq!((kind.parse)(kind.text).unwrap(), *kind.shipped);
}

#[test]
fn an_internal_note_is_never_public_and_nobody_verifies_their_own_work() {
    let changed = |act: &str, from: &str, to: &str| {
        let (before, rest) = SHIPPED.split_once(&format!("act = \"{act}\"")).unwrap();
        format!("{before}act = \"{act}\"{}", rest.replacen(from, to, 1))
    };
    let guard = "{ guard = \"not_the_handler\" }";
    let second = format!(", {guard}");
    for (act, from, to, says) in [
        ("note", "public = false", "public = true", "cannot be public"),
        ("verify", guard, "", "needs not_the_handler"),
        ("verify_by_call", second.as_str(), "", "needs not_the_handler"),
    ] {
        let told = parse(&changed(act, from, to)).unwrap_err();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].reason.en.contains(says), "{told:?}");
    }
}

struct Got {
    status: StatusCode,
    text: String,
}

fn ask(world: &World, request: Request<Body>) -> Got {
    let router = app::router(world.districts());
    runtime().block_on(async {
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Got { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    })
}

fn get(world: &World, path: &str, cookie: &str) -> Got {
    let request = Request::get(path).header(header::COOKIE, cookie);
    ask(world, request.body(Body::empty()).unwrap())
}

fn post(world: &World, path: &str, cookie: &str, kind: &str, body: String) -> Got {
    let request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, kind);
    ask(world, request.body(Body::from(body)).unwrap())
}

fn look(world: &World, cookie: &str, text: &str) -> Got {
    let part = "--line\r\nContent-Disposition: form-data; name=";
    let body = format!(
        "{part}\"file\"; filename=\"\"\r\n\r\n\r\n{part}\"text\"\r\n\r\n{}\r\n--line--\r\n",
        text.replace('\n', "\r\n")
    );
    let kind = "multipart/form-data; boundary=line";
    post(world, "/admin/processes/appeal", cookie, kind, body)
}

#[test]
fn another_version_is_looked_at_and_adopted_in_the_browser() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let cookie = town.sign_in(&town.by("system_admin"));
        let shown = get(world, "/processes/appeal", "");
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        for words in ["<svg", "第 1 版", "系统自带", "由反映人本人办", "4 个工作时", "街道派遣员"]
        {
            assert!(shown.text.contains(words), "{words}: {}", shown.text);
        }
        let file = get(world, "/processes/appeal/file", "");
        assert_eq!(file.text, SHIPPED);
        assert_eq!(get(world, "/processes/vote", "").status, StatusCode::NOT_FOUND);
        let edit = get(world, "/admin/processes/appeal", &cookie);
        assert!(edit.text.contains("awaiting_dispatch"), "{}", edit.text);
        let wrong = look(world, &cookie, &own(2).replacen("body_has_duty", "moon_is_full", 1));
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("moon_is_full") && wrong.text.contains("行："));
        let looked = look(world, &cookie, &own(2));
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
        for words in ["等待配件", "计时：入户看现场", "4 个工作时 → 8 个工作时", "还没有岗位能做"]
        {
            assert!(looked.text.contains(words), "{words}: {}", looked.text);
        }
        assert_eq!(world.district.process(APPEAL).unwrap().version, 1, "a look changes nothing");
        let form = serde_urlencoded::to_string([("seen", "1"), ("text", &own(2))]).unwrap();
        let kind = "application/x-www-form-urlencoded";
        let to = "/admin/processes/appeal/adopt";
        let dispatcher = town.sign_in(&town.by("dispatcher"));
        let refused = post(world, to, &dispatcher, kind, form.clone());
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        let done = post(world, to, &cookie, kind, form.clone());
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let shown = get(world, "/processes/appeal", "");
        assert!(shown.text.contains("第 2 版") && shown.text.contains("8 个工作时"));
        let late = post(world, to, &cookie, kind, form);
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    });
}
