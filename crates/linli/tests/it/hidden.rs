//! 看不见的就是不存在的: for every route that names a row and everybody who has nothing to do with
//! it, a row that exists answers like one that never did, byte for byte.
//!
//! Routes come from the program's own text, so a new one is asked about before anybody forgets it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::http::StatusCode;
use linli::act::{Actor, Protected, Reach, Verdict};
use linli::base::{Id, secret};
use linli::matter::CASES;
use linli::people::seed;
use linli::people::session::who_is;
use linli::people::{BODIES, PERSONS, POSTS};
use linli::territory::PLACES;
use linli::words::Lang;

use crate::demo::{Demo, Got, demos};
use crate::golden;
use crate::routes::routes;

/// Who asks: a column of the table, the login, and what they are to the rows.
const PERSONAS: [(&str, &str, &str); 15] = [
    ("own", "r02", "the resident whose case, photo and receipt it is"),
    ("str", "r07", "a resident who is a stranger to it"),
    ("grd", "gongxiangyang", "the grid worker of its grid"),
    ("gr2", "qinxiaotang", "a grid worker of another grid"),
    ("clk", "lanqiuyu", "a clerk of another community"),
    ("dsp", "hewenjun", "the dispatcher of another street"),
    ("dep", "mushengge", "an officer of another department"),
    ("pro", "dutingyun", "a property company's officer"),
    ("sup", "shouxinian", "the supervision committee of another community"),
    ("aud", "jiyuanzheng", "an auditor"),
    ("ctr", "nieguanhai", "the district's dispatcher, who imported a file and kept a view"),
    ("sys", "zhuangxitong", "the system administrator"),
    ("sec", "minshouan", "the security administrator"),
    ("adt", "chashenyan", "the audit administrator"),
    ("out", "", "nobody signed in"),
];

/// Parameters that name no row: files everyone may have, what the router has no route for, and a
/// ticket that is opened by our key.
const NO_ROWS: [&str; 4] =
    ["/static/{*path}", "/log/tile/{*path}", "/api/v1/{*rest}", "/sign-in/begin/{ticket}"];

/// Acts on something new: whoever has them has no power over a row by them.
const ON_NEW: [&str; 9] = [
    "case.report",
    "case.report_handled",
    "case.import",
    "case.undo_import",
    "person.join",
    "person.register",
    "post.create",
    "body.create",
    "staff.create",
];

/// Who may know of a row.
enum Open {
    /// Whom the duty list gives some act on it, of these kinds.
    To(Reach, &'static [&'static str]),
    /// Whom the list gives this act at all.
    Has(&'static str),
    /// One person.
    Only(Id),
}

/// A row that exists, beside one that does not.
struct Known {
    /// The route up to the parameter that names it.
    start: &'static str,
    there: String,
    never: String,
    open: Open,
}

struct Persona {
    cookie: String,
    actor: Actor,
}

fn persona(demo: &Demo, login: &str) -> Persona {
    let cookie = match login {
        "" => String::new(),
        resident if resident.starts_with('r') && resident.len() == 3 => demo.resident(resident),
        staff => demo.staff(staff),
    };
    let (hash, now) = (secret::sha256_hex(cookie.as_bytes()), demo.district.now());
    let found = demo.district.store().read_blocking(move |tx| who_is(tx, &hash, now)).unwrap();
    Persona { cookie, actor: found.map_or_else(Actor::public, |signed_in| signed_in.actor) }
}

impl Known {
    /// What the list lets the actor do: see it, and do more than that.
    fn powers(&self, demo: &Demo, actor: &Actor) -> (bool, bool) {
        let door = demo.district.door.clone();
        let list = demo.district.store().read_blocking(move |tx| door.duty_list(tx)).unwrap();
        match &self.open {
            Open::To(reach, kinds) => {
                let acts: BTreeSet<&str> =
                    list.duties.iter().map(|duty| duty.act.as_str()).collect();
                let of_these = |act: &&&str| {
                    let kind = act.split('.').next().unwrap_or_default();
                    kinds.contains(&kind) && !ON_NEW.contains(*act)
                };
                let given =
                    |act: &&str| matches!(list.decide(actor, act, reach), Verdict::Granted(_));
                let mut all = acts.iter().filter(of_these).filter(|act| given(act)).peekable();
                (all.peek().is_some(), all.any(|act| !act.ends_with(".see")))
            }
            Open::Has(act) => (list.has(actor, act), list.has(actor, act)),
            Open::Only(person) => {
                let mine = actor.person.as_ref() == Some(person);
                (mine, mine)
            }
        }
    }
}

/// A photo that no other case has.
fn photo() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([12, 200, 77]));
    picture.write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// A report of something private with a photo, by the first of the personas.
pub fn private_case(demo: &Demo) -> (String, String) {
    let class = demo.one(
        "select code from class where publicity <> 'public' and ended_at is null
         and questions = '[]' order by code",
    );
    let id = demo.new_id();
    let fields = [
        ("act_id", id.as_str()),
        ("words", "家里的事"),
        ("class", &class),
        ("named", "yes"),
        ("place", "99010100200103"),
    ];
    let photo = photo();
    let got = demo.parts(&demo.resident("r02"), "/cases", &fields, &[("photos", &photo)]);
    assert!(got.location.contains("/received"), "{} {}", got.status, got.main());
    (got.location.split('/').nth(2).unwrap().to_owned(), id)
}

/// A file taken in by the district's dispatcher, and the batch it became.
fn import(demo: &Demo) -> (String, String) {
    let by = demo.staff("nieguanhai");
    let text = "内容,时间\n路口的树枝垂得很低,2026-01-05 10:00\n".as_bytes();
    let got = demo.parts(&by, "/admin/import", &[("kind", "cases")], &[("file", text)]);
    assert!(got.location.starts_with("/admin/import/"), "{} {}", got.status, got.main());
    let run = got.location.rsplit('/').next().unwrap().to_owned();
    let seen = demo.get(&by, &got.location).field("seen");
    demo.post(&by, &format!("{}/adopt", got.location), &[("seen", &seen)]);
    for _ in 0..200 {
        let batch = demo.one(&format!("select batch_id from import_run where id = '{run}'"));
        let adopted = format!("select id from batch where id = '{batch}' and adopted_at > 0");
        if !demo.one(&adopted).is_empty() {
            return (run, batch);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the file was not adopted: {}", demo.get(&by, &got.location).main());
}

/// A file of boundaries taken in at a grid, and the import it became.
fn import_of_boundaries(demo: &Demo) -> String {
    let about = serde_json::json!({
        "code": "9901010020010391", "name": "细分格", "parent": "99010100200103",
    });
    let one = serde_json::json!({"type": "Feature", "properties": about, "geometry": null});
    let text = serde_json::json!({"type": "FeatureCollection", "features": [one]}).to_string();
    let seen = demo.one("select cast(version as text) from setting where id = 'territory'");
    let fields = [("step", "do"), ("system", "wgs84"), ("seen", &*seen), ("creates", "yes")];
    let fields = [&fields[..], &[("text", &*text)]].concat();
    let path = "/admin/places/99010100200103/import";
    let got = demo.parts(&demo.staff("zhuangxitong"), path, &fields, &[]);
    assert!(got.status.is_redirection(), "{} {}", got.status, got.main());
    let grid = "select id from place where code = '99010100200103'";
    demo.one(&format!("select id from boundary_import where place_id in ({grid})"))
}

/// A change of the duty list that waits for another administrator.
fn proposal(demo: &Demo) -> String {
    let seen = demo.one("select cast(version as text) from setting where id = 'duties'");
    let row = r#"{"post_kind":"resident","act":"log.see","scope":"my_district","ground":"试"}"#;
    let change = format!("{{\"ended\":[],\"added\":[{row}]}}");
    let fields = [("seen", &*seen), ("change", &*change), ("reason", "居民要看")];
    let got = demo.post(&demo.staff("minshouan"), "/duties/proposals", &fields);
    assert!(got.status.is_redirection(), "{} {}", got.status, got.main());
    let path = got.location.split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

fn rows(demo: &Demo) -> Vec<Known> {
    let (number, act) = private_case(demo);
    let (run, batch) = import(demo);
    let (drawn, proposal) = (import_of_boundaries(demo), proposal(demo));
    demo.post(&demo.staff("nieguanhai"), "/desk/views", &[("title", "待办"), ("query", "")]);
    let view = demo.one("select id from saved_view where title = '待办'");
    let case = demo.one(&format!("select id from matter where number = '{number}'"));
    let photo = demo.one(&format!("select file_id from attachment where matter_id = '{case}'"));
    let hung = demo.one(&format!("select id from attachment where matter_id = '{case}'"));
    let resident = seed::demo_resident_id("r02");
    let of = |of: Protected, id: &str, kinds: &'static [&'static str]| {
        let id = id.to_owned();
        let reach = demo.district.store().read_blocking(move |tx| of.reach(tx, &id));
        let reach: Result<_, linli::store::StoreError> = reach;
        Open::To(reach.unwrap().unwrap(), kinds)
    };
    let of_case = || of(CASES, &case, &["case"]);
    let one = |sql: &str| demo.one(sql);
    let (post, body) = (
        one("select id from post where kind = 'grid_worker' order by id"),
        one("select id from body where kind = 'power' order by id"),
    );
    let place = one("select id from place where code = '99010100200103'");
    let remit = one(&format!("select id from remit where body_id = '{body}' order by id"));
    let key = one("select id from api_key order by id");
    let never = Id::derived("nobody has this id").to_string();
    let far = format!("{}-999999", number.split('-').next().unwrap());
    let hash = secret::sha256_hex(b"no photo at all");
    let at = |start: &'static str, there: &str, never: &str, open: Open| Known {
        start,
        there: there.to_owned(),
        never: never.to_owned(),
        open,
    };
    let request = |number: &str| format!("v2/requests/{number}.json");
    let person = of(PERSONS, resident.as_str(), &["person", "staff"]);
    let of_body = || of(BODIES, &body, &["body", "remit"]);
    let imports = || Open::Has("case.import");
    let places: &[&str] = &["place", "grid", "address"];
    vec![
        at("/cases/{number}", &number, &far, of_case()),
        at("/cases/{number}/photos/{photo}", &hung, &never, of_case()),
        at("/api/v1/cases/{number}", &number, &far, of_case()),
        at("/open311/{*rest}", &request(&number), &request(&far), of_case()),
        at("/files/{name}", &format!("{photo}.jpg"), &format!("{hash}.jpg"), of_case()),
        at("/api/v1/photos/{photo}", &format!("{photo}.jpg"), &format!("{hash}.jpg"), of_case()),
        at("/receipts/{act_id}", &act, &never, Open::Only(resident.clone())),
        at("/admin/people/{id}", resident.as_str(), &never, person),
        at("/admin/posts/{id}", &post, &never, of(POSTS, &post, &["post"])),
        at("/admin/bodies/{id}", &body, &never, of_body()),
        at("/admin/bodies/{id}/remits/{remit}", &remit, &never, of_body()),
        at("/admin/places/{code}", "99010100200103", "99010199999999", of(PLACES, &place, places)),
        at("/admin/places/{code}/imports/{import}", &drawn, &never, Open::Has("place.undo_import")),
        at("/grids/{code}", "99010100200103", "99010199999999", of(PLACES, &place, places)),
        at("/admin/classes/{code}", "C1101", "Z9999", Open::Has("class.change")),
        at("/api/v1/classes/{code}", "C1101", "Z9999", Open::Has("class.see")),
        at("/admin/kinds/{code}", "grid_worker", "no_such_kind", Open::Has("post_kind.change")),
        at("/duties/proposals/{id}", &proposal, &never, Open::Has("duty_proposal.see")),
        at("/admin/keys/{id}", &key, &never, Open::Has("api_key.end")),
        at("/admin/import/{run}", &run, &never, imports()),
        at("/admin/import/batches/{batch}", &batch, &never, Open::Has("case.undo_import")),
        at("/admin/import/templates/{kind}", "cases.xlsx", "nothing.xlsx", imports()),
        at("/processes/{id}", "appeal", "nothing", Open::Has("duty.see")),
        at("/admin/processes/{id}", "appeal", "nothing", Open::Has("process.adopt")),
        at("/desk/views/{id}", &view, &never, Open::Only(Id::derived("staff nieguanhai"))),
    ]
}

/// A route with something in the place of its parameters: the row that is there, and none.
struct Asked<'k> {
    method: String,
    /// As it stands in the table.
    route: String,
    known: &'k Known,
    there: String,
    never: String,
}

/// Every route that names a row, once for each row it names.
fn asked<'k>(demo: &Demo, known: &'k [Known]) -> Vec<Asked<'k>> {
    let process = demo.district.process("appeal").unwrap();
    let moves: BTreeSet<&str> = process.moves.iter().map(|by| by.act.as_str()).collect();
    let mut untold = BTreeSet::new();
    let mut out = Vec::new();
    for (route, mut methods) in routes() {
        if methods.is_empty() {
            // A handler that takes whatever comes.
            methods.insert("get".to_owned());
        }
        if !route.contains('{') || NO_ROWS.contains(&route.as_str()) {
            continue;
        }
        let with_act: Vec<String> = match route.contains("{act}") {
            true => moves.iter().map(|act| route.replace("{act}", act)).collect(),
            false => vec![route.clone()],
        };
        for (route, method) in
            with_act.iter().flat_map(|route| methods.iter().map(move |method| (route, method)))
        {
            let parts: Vec<&str> = route.split('/').collect();
            let named = |at: usize| {
                let start = parts[..=at].join("/");
                known.iter().find(|known| known.start == start)
            };
            let ats: Vec<usize> =
                (0..parts.len()).filter(|at| parts[*at].starts_with('{')).collect();
            for at in &ats {
                let Some(found) = named(*at) else {
                    untold.insert(route.clone());
                    continue;
                };
                let filled = |other: &str| {
                    let fill = |(n, part): (usize, &&str)| match (n == *at, named(n)) {
                        (true, _) => other.to_owned(),
                        (false, Some(known)) if ats.contains(&n) => known.there.clone(),
                        _ => (*part).to_owned(),
                    };
                    parts.iter().enumerate().map(fill).collect::<Vec<_>>().join("/")
                };
                let by = if ats.len() > 1 { format!(" by {}", parts[*at]) } else { String::new() };
                out.push(Asked {
                    method: method.clone(),
                    route: format!("{route}{by}"),
                    known: found,
                    there: filled(&found.there),
                    never: filled(&found.never),
                });
            }
        }
    }
    assert!(untold.is_empty(), "nobody says which rows these name: {untold:?}");
    out
}

/// Something for every field that a form here may have.
const FIELDS: [(&str, &str); 16] = [
    ("version", "1"),
    ("seen", "1"),
    ("reason", "看看"),
    ("unmask-reason", "看看"),
    ("why", "看看"),
    ("title", "看看"),
    ("name", "看看"),
    ("words", "看看"),
    ("kind", "gas"),
    ("ground", "看看"),
    ("step", "do"),
    ("do", "close"),
    ("term_from", "2026-01-01"),
    ("system", "wgs84"),
    ("text", "看看"),
    ("level", "grid"),
];

fn send(demo: &Demo, by: &Persona, method: &str, path: &str) -> Got {
    if method == "get" {
        return demo.get(&by.cookie, path);
    }
    if path.starts_with("/api/") {
        let body = match method {
            "post" => br#"{"act": "note", "fields": {"words": "x"}}"#.to_vec(),
            _ => b"{}".to_vec(),
        };
        return demo.ask(&method.to_uppercase(), path, &by.cookie, "application/json", body);
    }
    let got = demo.post(&by.cookie, path, &FIELDS);
    match got.status {
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            demo.parts(&by.cookie, path, &FIELDS, &[])
        }
        _ => got,
    }
}

/// What was answered, whichever row was asked for.
fn nameless(got: &Got, row: &str) -> (StatusCode, String, String) {
    let encoded = percent_encoding::utf8_percent_encode(row, percent_encoding::NON_ALPHANUMERIC);
    let encoded = encoded.to_string();
    let bare = |text: &str| text.replace(row, "·").replace(&encoded, "·");
    (got.status, bare(&got.location), bare(&got.text))
}

/// What one persona is told; a row that shows where it should not is put down.
fn told(demo: &Demo, by: &Persona, asked: &Asked, leaks: &mut Vec<String>) -> String {
    let (open, acts) = asked.known.powers(demo, &by.actor);
    if acts && asked.method != "get" {
        return "may".to_owned();
    }
    let there = send(demo, by, &asked.method, &asked.there);
    let never = send(demo, by, &asked.method, &asked.never);
    let (row, none) = (&asked.known.there, &asked.known.never);
    let same = nameless(&there, row) == nameless(&never, none);
    let (yes, no) = (there.status.as_u16(), never.status.as_u16());
    if !open && !same {
        let kind = &by.actor.kind;
        leaks.push(format!(
            "{kind} {} {}: {yes} {}, and of nothing: {no} {}",
            asked.method,
            asked.there,
            there.main(),
            never.main()
        ));
    }
    if same { format!("{yes}") } else { format!("{yes}/{no}") }
}

#[test]
fn what_one_may_not_see_is_told_like_what_never_was() {
    for demo in demos() {
        let known = rows(&demo);
        let personas = PERSONAS.map(|(_, login, _)| persona(&demo, login));
        let mut table = String::from(
            "What each persona is told of a row that is there and of one that is not: one status \
             where\nboth are the same to the last byte, two where they differ; `may` where the \
             duty list lets\nthem act on it.\n",
        );
        for (column, _, who) in PERSONAS {
            let _ = writeln!(table, "  {column}  {who}");
        }
        let heads = PERSONAS.map(|(column, ..)| format!("{column:<8}"));
        let _ = writeln!(table, "\n{:<64}{}", "", heads.join("").trim_end());
        let mut leaks = Vec::new();
        let all = asked(&demo, &known);
        assert!(all.len() > 60, "{}", all.len());
        for one in &all {
            let cells = personas.each_ref().map(|by| told(&demo, by, one, &mut leaks));
            let cells: String = cells.iter().map(|cell| format!("{cell:<8}")).collect();
            let names = format!("{:<7}{}", one.method, one.route);
            let _ = writeln!(table, "{names:<64}{}", cells.trim_end());
        }
        assert!(leaks.is_empty(), "{}: {leaks:#?}", demo.engine);
        golden::holds("crates/linli/tests/it/hidden.golden.txt", &table);
    }
}

#[test]
fn an_address_that_is_none_says_so_in_the_form_its_reader_takes() {
    for demo in demos() {
        for path in ["/nonsense", "/cases/2026-000001/nonsense", "/admin/nonsense"] {
            let got = demo.get("", path);
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
            assert!(got.main().contains(&Lang::Zh.say("page.failure.hidden")), "{path}");
            assert!(got.text.contains("href=\"/sign-in?next=%2F"), "{path}");
        }
        // What a post may not do is named as the duty list has it.
        let refused = demo.get(&demo.staff("qinxiaotang"), "/duties/edit");
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.main().contains("（修改权责清单）"), "{}", refused.main());
        for path in ["/api/nonsense", "/api/v1/nonsense"] {
            let got = demo.get("", path);
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
            let told: serde_json::Value = serde_json::from_str(&got.text).unwrap();
            assert_eq!(told["code"], "not_found", "{path}");
        }
    }
}
