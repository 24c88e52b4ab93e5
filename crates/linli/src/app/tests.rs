//! The terminal's commands on both engines.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clap::{CommandFactory as _, Parser as _};
use tower::ServiceExt as _;

use super::cli::Cli;
use super::{router, wiring};
use crate::act::Actor;
use crate::base::{Clock, Fault, Id};
use crate::district::District;
use crate::people::keys::{self, CreateKey};
use crate::people::{admin, session};
use crate::store::schema::Table;
use crate::store::{Hold, StoreError, Value, WriteTx};
use crate::testing::{World, both_engines_wired};
use crate::words::Lang;

mod files;
mod founding;

fn with_district(test: impl Fn(&World)) {
    both_engines_wired(&wiring().unwrap(), |world| {
        let place = vec![
            ("code", Value::from("990101")),
            ("level", "district".into()),
            ("name", "测试区".into()),
            ("path", "/990101/".into()),
            ("sort_key", "1".into()),
            ("valid_from", Value::Int(1)),
            ("version", Value::Int(1)),
        ];
        world.plant(crate::territory::store::PLACE, vec![(Id::derived("place"), place)]);
        crate::catalogue::seed::seed(world.door()).unwrap();
        test(world);
    });
}

/// Types a line after `linli`, for the district of the world; gives whether it went well, and what
/// was printed.
fn typed(world: &World, words: &[&str]) -> (bool, String) {
    let dir = world.dir().display().to_string();
    let line = ["linli"].into_iter().chain(words.iter().copied()).chain(["--dir", &dir]);
    let cli = Cli::try_parse_from(line).unwrap_or_else(|e| panic!("{e}"));
    let mut out = Vec::new();
    let good = super::cli::run(cli.command, Lang::Zh, &mut out).unwrap_or_else(|e| panic!("{e}"));
    (good, String::from_utf8(out).unwrap())
}

#[test]
fn accounts_are_listed_stopped_and_let_go_on() {
    with_district(|world| {
        let add = ["admin", "add", "--username", "wangfang", "--name", "王芳"];
        let (good, told) = typed(world, &[&add[..], &["--post", "nosuch"]].concat());
        assert!(!good && told.starts_with("✗ "), "{told}");
        let (good, told) = typed(world, &[&add[..], &["--post", "security_admin"]].concat());
        assert!(good && told.starts_with("wangfang "), "{told}");
        let (first, rest) = told.split_once('\n').unwrap();
        assert_eq!(first.split(' ').nth(1).unwrap().len(), 14);
        assert!(rest.contains("只显示这一次") && rest.contains("/sign-in/staff"), "{rest}");
        let list = || typed(world, &["admin", "user", "list"]).1;
        assert_eq!(list(), "wangfang\t王芳\t等待第一次登录\t测试区安全保密管理员\n");
        let stop = ["admin", "user", "suspend", "--username", "wangfang"];
        assert_eq!(typed(world, &stop), (true, "wangfang 已停用\n".to_owned()));
        assert!(list().contains("已停用"));
        let (good, told) = typed(world, &stop);
        assert!(!good && told.starts_with("✗ "), "stopped twice: {told}");
        assert!(typed(world, &["admin", "user", "resume", "--username", "wangfang"]).0);
        assert!(list().contains("等待第一次登录"));
        let (good, told) = typed(world, &["admin", "user", "suspend", "--username", "nobody"]);
        assert!(!good && told.starts_with("✗ "), "{told}");
        let (good, told) = typed(world, &[&add[..4], &["--name", "又一个"]].concat());
        assert!(!good && told.starts_with("✗ "), "a user name is given once: {told}");
        let stopping = "select count(*) from act where name = 'staff.suspend'";
        assert_eq!(world.read(move |tx| tx.count(stopping, &[])), 2, "acts like any other");
    });
}

#[test]
fn keys_are_listed_and_ended() {
    with_district(|world| {
        let (person, _) = admin::create(&world.district, "wangfang", "王芳", None).unwrap();
        let id = world.new_id();
        let act = CreateKey {
            id: id.clone(),
            title: "区便民应用".to_owned(),
            person,
            appointment: None,
            hash: keys::hash("a key"),
        };
        world.perform(&Actor::operator(), act).unwrap();
        let (_, told) = typed(world, &["admin", "key", "list"]);
        assert!(told.starts_with(id.as_str()) && told.contains("wangfang"), "{told}");
        assert!(told.trim_end().ends_with("区便民应用") && told.contains("使用中"), "{told}");
        let end = ["admin", "key", "end", "--id", id.as_str()];
        assert!(typed(world, &end).0);
        assert!(typed(world, &["admin", "key", "list"]).1.contains("已停用"));
        assert!(!typed(world, &end).0, "ended once");
        assert!(!typed(world, &["admin", "key", "end", "--id", "x"]).0);
    });
}

#[test]
fn the_doctor_tells_programs_in_json() {
    with_district(|world| {
        let (good, told) = typed(world, &["doctor", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(json["good"], good);
        let checks = json["checks"].as_array().unwrap();
        let origin = checks.iter().find(|check| check["code"] == "origin").unwrap();
        assert_eq!(origin["grade"], "notice");
        assert!(origin["cure"].as_str().unwrap().contains("origin"));
        assert!(checks.iter().any(|check| check["grade"] == "good" && check["cure"].is_null()));
    });
}

#[test]
fn a_file_that_holds_no_days_is_told_in_a_few_lines() {
    with_district(|world| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.txt");
        std::fs::write(&file, "no day,off,x\n".repeat(40)).unwrap();
        let (good, told) = typed(world, &["calendar", "--year", "2027", file.to_str().unwrap()]);
        assert!(!good && told.matches("!! ").count() == 20, "{told}");
        assert!(told.contains("没有列出"), "{told}");
    });
}

#[test]
fn a_procedure_is_held_against_the_district_that_would_run_it() {
    with_district(|world| {
        let (good, told) = typed(world, &["check"]);
        assert!(good, "nothing of it is wrong, though nobody could do it yet: {told}");
        assert!(told.contains("! “派遣”只有这些岗位能做"), "{told}");
        assert!(told.contains("! 本区没有单位管“环境卫生”"), "{told}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.toml");
        let text = std::fs::read_to_string("src/affairs/appeal/process.toml").unwrap();
        std::fs::write(&file, text.replace("act = \"urge\"", "act = \"urge_again\"")).unwrap();
        let (good, told) = typed(world, &["check", file.to_str().unwrap()]);
        assert!(good && told.contains("case.urge_again"), "no duty knows the new move: {told}");
        let matter = vec![
            ("number", Value::from("2026-000001")),
            ("kind", "case".into()),
            ("process", "appeal".into()),
            ("process_version", Value::Int(1)),
            ("stage", "lost".into()),
            ("phase", "open".into()),
            ("version", Value::Int(1)),
            ("title", "路灯".into()),
            ("place_path", "/990101/".into()),
            ("publicity", "public".into()),
            ("source", "web".into()),
            ("opened_at", Value::Int(1)),
            ("stage_since", Value::Int(1)),
            ("updated_at", Value::Int(1)),
        ];
        world.plant(crate::matter::MATTER, vec![(Id::derived("lost"), matter)]);
        let (good, told) = typed(world, &["check"]);
        assert!(!good && told.contains("✗ ") && told.contains("lost"), "{told}");
    });
}

#[test]
fn the_first_link_is_printed_until_somebody_is_there() {
    with_district(|world| {
        let printed = || {
            let mut out = Vec::new();
            super::serve::invite(&world.district, None, Lang::En, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(printed().contains("http://127.0.0.1:8080/sign-in/begin/"), "{}", printed());
        admin::create(&world.district, "wangfang", "王芳", None).unwrap();
        assert_eq!(printed(), "");
    });
}

#[test]
fn every_command_has_its_page_and_an_unknown_language_is_refused() {
    Cli::command().debug_assert();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("man");
    let line = ["linli", "man", "--to", to.to_str().unwrap()];
    let cli = Cli::try_parse_from(line).unwrap();
    assert!(super::cli::run(cli.command, Lang::Zh, &mut Vec::new()).unwrap());
    for command in Cli::command().get_subcommands() {
        let page = to.join(format!("linli-{}.1", command.get_name()));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{page:?}: {e}"));
        assert!(text.contains(".SH SYNOPSIS"), "{text}");
    }
    assert!(to.join("linli.1").exists());
    let refused = Cli::try_parse_from(["linli", "--language", "fr", "check"]).err().unwrap();
    assert!(refused.to_string().contains("zh, en"), "{refused}");
}

#[test]
fn the_settings_are_dumped_by_either_name() {
    with_district(|world| {
        let (good, told) = typed(world, &["config", "dump"]);
        assert!(good && told.contains("990101"), "{told}");
        assert_eq!(typed(world, &["config"]), (true, told));
        assert!(Cli::try_parse_from(["linli", "config", "drop", "--dir", "x"]).is_err());
    });
}

#[test]
fn a_server_that_is_not_ready_is_told_with_what_it_said() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap().to_string();
    let ask = || {
        let cli = Cli::try_parse_from(["linli", "healthcheck", "--listen", &listen]).unwrap();
        super::cli::run(cli.command, Lang::Zh, &mut Vec::new())
    };
    let answers = [("200 OK", true), ("503 Service Unavailable", false), ("", false)];
    let server = std::thread::spawn(move || {
        for (status, _) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 512];
            assert!(stream.read(&mut asked).unwrap() > 0);
            write!(stream, "HTTP/1.0 {status}\r\n\r\n").unwrap();
        }
    });
    for (status, good) in answers {
        match ask() {
            Ok(told) => assert!(told && good, "{status}"),
            Err(fault) => {
                let told = super::cli::told(&fault, Lang::En);
                assert!(!good && told.contains(status) && told.lines().count() == 2, "{told}");
                assert!(told.contains(&listen), "{told}");
            }
        }
    }
    server.join().unwrap();
    assert!(super::cli::told(&ask().unwrap_err(), Lang::En).contains("does not answer"));
}

#[test]
fn a_file_that_cannot_be_taken_ends_a_dry_run_badly() {
    with_district(|world| {
        let file = |name: &str, text: &str| {
            let path = world.dir().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let checked = |kind: &str, path: &str| typed(world, &["import", "--kind", kind, path]);
        let row = "1,路灯不亮,三号楼前路灯不亮,2019-02-28 11:25,,";
        let head = "编号,标题,内容,反映时间,答复,答复时间";
        let good = file("good.csv", &format!("{head}\n{row}\n"));
        let (well, told) = checked("cases", &good);
        assert!(well, "{told}");
        for (name, text) in [
            ("wrong-row.csv", format!("{head}\n{row}\n2,标题,内容,昨天,,\n")),
            ("empty.csv", String::new()),
            ("only-a-heading.csv", format!("{head}\n")),
            ("no-heading.csv", format!("{row}\n")),
            ("another-sheet.csv", "name,price\napple,3\n".to_owned()),
        ] {
            for kind in ["cases", "classes"] {
                let path = file(name, &text);
                let (well, told) = checked(kind, &path);
                assert!(!well && !told.is_empty(), "{kind} {name}: {told}");
            }
        }
    });
}

/// What an option of a command is for, in every command and below it.
#[test]
fn every_option_is_described() {
    fn look(command: &clap::Command, path: &str, silent: &mut Vec<String>) {
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            if arg.get_help().is_none_or(|help| help.to_string().trim().is_empty()) {
                silent.push(format!("{path} {}", arg.get_id()));
            }
        }
        for below in command.get_subcommands() {
            look(below, &format!("{path} {}", below.get_name()), silent);
        }
    }
    let mut silent = Vec::new();
    look(&<Cli as clap::CommandFactory>::command(), "linli", &mut silent);
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_stopped_account_is_out_at_once() {
    with_district(|world| {
        let (person, _) = admin::create(&world.district, "wangfang", "王芳", None).unwrap();
        let opening = session::Opening {
            person,
            appointment: None,
            proved: "password+totp",
            device: String::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let now = world.district.now();
        runtime.block_on(session::open(world.district.store(), opening, now)).unwrap();
        admin::suspend(&world.district, "wangfang", true).unwrap();
        let open = "select count(*) from session where ended_at is null";
        assert_eq!(world.read(move |tx| tx.count(open, &[])), 0);
    });
}

#[test]
fn the_terminal_speaks_the_language_that_is_asked_for_or_set() {
    let of = super::usage::of_locale;
    assert_eq!(of("en_GB.UTF-8"), Some(Lang::En));
    assert_eq!(of("zh_CN.GB18030"), Some(Lang::Zh));
    assert_eq!((of("C.UTF-8"), of("POSIX"), of("")), (None, None, None));
    for option in ["--language", "--lang"] {
        let cli = Cli::try_parse_from(["linli", option, "en", "config", "--dir", "x"]).unwrap();
        assert_eq!(cli.lang(), Lang::En, "{option}");
    }
    assert!(Cli::try_parse_from(["linli", "--lang", "fr", "config", "--dir", "x"]).is_err());
}

#[test]
fn what_an_operator_can_mend_is_told_in_their_language_with_what_happened() {
    with_district(|world| {
        let told = |fault: &Fault| {
            let code = fault.code().unwrap_or_else(|| panic!("{fault}"));
            let both = [Lang::Zh, Lang::En].map(|lang| super::cli::told(fault, lang));
            for (lang, told) in [Lang::Zh, Lang::En].iter().zip(&both) {
                let advice = lang.say(&format!("app.fault.{code}"));
                assert!(told.contains(&advice) && told.ends_with(&fault.to_string()), "{told}");
            }
            assert_ne!(both[0], both[1]);
            code
        };
        let dir = world.dir();
        let asked = |division: &str| super::init::Asked {
            dir: dir.to_owned(),
            division: division.to_owned(),
            ..Default::default()
        };
        let read =
            |dir: &std::path::Path| District::open(dir, Clock::default(), &wiring().unwrap());
        let wrong = |dir: &std::path::Path| told(&read(dir).err().unwrap());
        assert_eq!(wrong(&dir.join("nowhere")), "no_district");
        std::fs::create_dir(dir.join("gbk")).unwrap();
        let file = dir.join("gbk").join("district.toml");
        std::fs::write(&file, b"name = \"\xb0\xec\xc0\xed\"").unwrap();
        assert_eq!(wrong(&dir.join("gbk")), "not_utf8");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (home, here, free) = (dir.to_str().unwrap(), file.to_str().unwrap(), free.to_string());
        for (typed, code) in [
            (&["backup", "--dir", home, "--to", here][..], "there_already"),
            (&["healthcheck", "--listen", &free], "not_answering"),
            (&["copy", "--dir", home, "--to", "mysql://h/db"], "wrong_store"),
            (&["verify", "--dir", home, "--key", "nonsense"], "wrong_key"),
            (&["export", "--dir", home, "--what", "moon", "--to", here], "no_such_list"),
        ] {
            let cli = Cli::try_parse_from([&["linli"], typed].concat()).unwrap();
            let fault = super::cli::run(cli.command, Lang::Zh, &mut Vec::new()).unwrap_err();
            assert_eq!(told(&fault), code);
        }
        let place = world.district.config.store_place(dir).unwrap();
        let _held = Hold::take(&place, "serve").unwrap();
        assert_eq!(told(&Hold::take(&place, "backup").err().unwrap()), "in_use");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = std::net::TcpListener::bind(listener.local_addr().unwrap()).unwrap_err();
        assert_eq!(told(&Fault::from(taken).context("listening")), "port_in_use");
        let missing = std::fs::read(dir.join("nothing.csv")).unwrap_err();
        assert_eq!(told(&Fault::from(missing)), "no_such_file");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(told(&full.into()), "disk_full");
        let full = StoreError::Unavailable("database or disk is full".to_owned());
        assert_eq!(told(&full.into_fault()), "disk_full");
        let away = StoreError::Unavailable("error connecting to server".to_owned());
        assert_eq!(told(&away.into_fault()), "database_away");
        assert_eq!(told(&super::init::district(&asked("990000")).err().unwrap()), "no_division");
        let street = super::init::district(&asked("620802001")).err().unwrap();
        assert_eq!(told(&street), "no_division");
        // A province and a city begin the codes of many.
        for short in ["62", "6208"] {
            assert_eq!(told(&super::init::district(&asked(short)).err().unwrap()), "no_division");
        }
        let again = super::init::district(&asked("620802")).err().unwrap();
        assert_eq!(told(&again), "district_already");
        let key = world.district.config.key_file(dir);
        let kept = std::fs::read(&key).unwrap();
        std::fs::remove_file(&key).unwrap();
        assert_eq!(wrong(dir), "no_key_file");
        std::fs::write(&key, kept).unwrap();
        let newer = "insert into schema_version (version) values (9999)";
        let table = Table::plain("schema_version");
        let store = world.district.store();
        let write = move |tx: &mut WriteTx<'_>| tx.write(table, "", newer, &[]);
        let written: Result<u64, StoreError> = store.write_blocking(write);
        written.unwrap();
        assert_eq!(wrong(dir), "newer_database");
        std::fs::write(dir.join("district.toml"), "name = 7").unwrap();
        assert_eq!(wrong(dir), "wrong_settings");
        let other = super::cli::told(&Fault::new("odd"), Lang::Zh);
        assert_eq!(other, format!("linli: {}\n  odd", Lang::Zh.say("app.fault.other")));
    });
}

#[test]
fn a_record_that_was_signed_keeps_its_name() {
    with_district(|world| {
        let served = || District::open(world.dir(), Clock::default(), &wiring().unwrap());
        let as_named = |origin: &str| {
            let mut config = world.district.config.clone();
            config.origin = origin.to_owned();
            config.write(world.dir()).unwrap();
        };
        as_named("linli.example.cn/990101");
        drop(served().unwrap());
        as_named(&world.district.config.origin);
        world.district.sequencer.drain_blocking(world.district.now()).unwrap();
        as_named("linli.example.cn/990101");
        assert_eq!(served().err().unwrap().code(), Some("origin_changed"));
        let checks = crate::keep::doctor::examine(world.dir(), false);
        assert!(checks.iter().any(|check| check.code == "origin_changed"), "{checks:?}");
        as_named(&world.district.config.origin);
        drop(served().unwrap());
    });
}

#[test]
fn a_district_brings_its_own_base_map() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    with_district(|world| {
        let app = router(world.districts());
        let asked = |range: &str| {
            let request = Request::get("/map.pmtiles").header(header::RANGE, range);
            let request = request.body(Body::empty()).unwrap();
            runtime.block_on(async {
                let answer = app.clone().oneshot(request).await.unwrap();
                let status = answer.status();
                (status, axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap())
            })
        };
        let (status, bytes) = asked("bytes=0-6");
        assert_eq!((status, &bytes[..]), (StatusCode::PARTIAL_CONTENT, &b"PMTiles"[..]));
        assert!(crate::page::shows_demo_map(&world.district));
        std::fs::write(world.dir().join("map.pmtiles"), "PMTiles of our own").unwrap();
        assert!(!crate::page::shows_demo_map(&world.district));
        let (status, bytes) = asked("bytes=8-13");
        assert_eq!((status, &bytes[..]), (StatusCode::PARTIAL_CONTENT, &b"of our"[..]));
        assert_eq!(asked("bytes=900-").0, StatusCode::RANGE_NOT_SATISFIABLE);
    });
}

/// Asks for a page; gives its status and what it says.
fn asked(world: &World, request: axum::http::request::Builder) -> (u16, String) {
    let request = request.header("host", "localhost").body(Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = router(world.districts()).oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

#[test]
fn what_the_router_does_not_take_is_told_on_a_page_in_the_readers_language() {
    with_district(|world| {
        let cross = Request::post("/cases").header("sec-fetch-site", "cross-site");
        for (request, status, said) in [
            (Request::get("/cases/%ff%fe"), 400, "这个网址读不出来"),
            (
                Request::delete("/public").header("sec-fetch-site", "same-origin"),
                405,
                "不接受这样的请求",
            ),
            (cross, 403, "从别的网站发来"),
        ] {
            let (got, text) = asked(world, request);
            assert_eq!(got, status, "{text}");
            assert!(text.contains("<html") && text.contains(said), "{text}");
        }
        let english = Request::delete("/public").header("sec-fetch-site", "same-origin");
        let english = english.header("accept-language", "en");
        assert!(asked(world, english).1.contains("does not take such a request"));
    });
}
