//! A browser that hears nothing sends its form again. For every act of the duty list: a form sent
//! twice has one effect and one answer, and another form under the same act id is refused.

use std::cell::RefCell;
use std::collections::BTreeSet;

use axum::http::StatusCode;
use linli::base::Id;
use linli::disclosure::shipped;
use linli::people::seed::DEMO_PASSWORD;

use crate::demo::{Demo, Got, ROOT, demos};

/// Acts that no form asks for, and where they are sent again instead.
const ELSEWHERE: [(&str, &str); 10] = [
    ("case.follow_grid", "the clock's: it goes by the version of the case"),
    ("case.forget_contact", "the clock's: what is forgotten is gone"),
    ("person.follow_grid", "the clock's: who has moved on does not move again"),
    ("case.import", "a job's, its ids made from the file: channel/sheet/tests"),
    ("case.undo_import", "a job's, its ids made from the batch: channel/sheet/tests"),
    ("class.import", "a job's, its ids made from the file: channel/sheet/tests"),
    ("person.sign_in", "a code of an app is good once: people/tests/staff.rs"),
    ("person.close_own", "whoever sends it again is nobody any more: people/tests/closing.rs"),
    ("case.measure", "a page that is read; nothing is performed"),
    ("person.export_own", "a page that is read; nothing is performed"),
];

/// The moves of the procedure are each sent again where the tests make them, in
/// `affairs/appeal/tests/town.rs`; those named here go by forms of their own.
const OWN_FORMS: [&str; 2] = ["case.report", "case.report_handled"];

struct Forms<'d> {
    demo: &'d Demo,
    sent: BTreeSet<String>,
    wrong: RefCell<Vec<String>>,
}

/// How the second form differs from the first.
enum Other<'a> {
    Field(&'a str, &'a str),
    Path(String),
}

type Fields<'a> = &'a [(&'a str, &'a str)];
type Files<'a> = &'a [(&'a str, &'a [u8])];

impl Forms<'_> {
    /// Sends a form, again, and then another under the same id; gives the id.
    fn form(&mut self, act: &str, by: &str, path: &str, fields: Fields, other: Other) -> String {
        let id = self.demo.new_id();
        self.twice(act, &id, path, fields, other, |path, fields| self.demo.post(by, path, fields));
        self.sent.insert(act.to_owned());
        id
    }

    /// As [`Forms::form`], for one that may bring files.
    fn parts(
        &mut self,
        act: &str,
        by: &str,
        path: &str,
        (fields, files): (Fields, Files),
        other: Other,
    ) {
        let id = self.demo.new_id();
        let send = |path: &str, fields: Fields| self.demo.parts(by, path, fields, files);
        self.twice(act, &id, path, fields, other, send);
        self.sent.insert(act.to_owned());
    }

    fn twice(
        &self,
        act: &str,
        id: &str,
        path: &str,
        fields: Fields,
        other: Other,
        send: impl Fn(&str, Fields) -> Got,
    ) {
        let mut wrong = self.wrong.borrow_mut();
        let mut mind = |right: bool, what: &str, got: &Got| {
            if !right {
                let (status, main, engine) = (got.status, got.main(), self.demo.engine);
                wrong.push(format!("{engine} {act} at {path}, {what}: {status} {main}"));
            }
        };
        let acts = || self.demo.count("select count(*) from act");
        let with_id: Vec<(&str, &str)> = fields.iter().copied().chain([("act_id", id)]).collect();
        let good = |got: &Got| got.status.is_success() || got.status.is_redirection();
        let before = acts();
        let first = send(path, &with_id);
        let name = self.demo.one(&format!("select name from act where id = '{id}'"));
        let after = acts();
        mind(good(&first) && name == act && after > before, "sent once", &first);
        let again = send(path, &with_id);
        let told_alike = first.location.is_empty() || again.location == first.location;
        mind(good(&again) && told_alike, "sent again", &again);
        mind(acts() == after, "it had two effects", &again);
        let differing = match other {
            Other::Field(name, value) => {
                let kept = with_id.iter().filter(|(field, _)| *field != name);
                let fields: Vec<(&str, &str)> = kept.copied().chain([(name, value)]).collect();
                send(path, &fields)
            }
            Other::Path(path) => send(&path, &with_id),
        };
        let told = differing.text.contains("这一次提交的编号已经用过");
        mind(differing.status == StatusCode::CONFLICT && told, "another form", &differing);
        mind(acts() == after, "another form under its id had an effect", &differing);
    }

    fn one(&self, sql: &str) -> String {
        self.demo.one(sql)
    }

    fn version(&self, table: &str, id: &str) -> String {
        self.one(&format!("select cast(version as text) from {table} where id = '{id}'"))
    }

    fn place(&self, code: &str) -> String {
        self.one(&format!("select id from place where code = '{code}' and valid_to is null"))
    }
}

#[test]
fn every_act_of_the_duty_list_is_done_once_however_often_its_form_is_sent() {
    for demo in demos() {
        let mut forms = Forms { demo: &demo, sent: BTreeSet::new(), wrong: RefCell::default() };
        of_cases(&mut forms);
        of_people(&mut forms);
        of_bodies(&mut forms);
        of_posts(&mut forms);
        of_the_list(&mut forms);
        of_places(&mut forms);
        of_the_district(&mut forms);
        of_oneself(&mut forms);
        let wrong = forms.wrong.borrow();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let listed: BTreeSet<String> = shipped::parse(shipped::TEXT)
            .unwrap()
            .duty
            .into_iter()
            .map(|duty| duty.act)
            .filter(|act| !act.ends_with(".see"))
            .collect();
        let process = demo.district.process("appeal").unwrap();
        let moves = process.moves.iter().map(|by| process.act_name(by));
        let mut known: BTreeSet<String> =
            moves.filter(|act| !OWN_FORMS.contains(&act.as_str())).collect();
        known.extend(ELSEWHERE.iter().map(|(act, _)| (*act).to_owned()));
        let twice: Vec<_> = known.intersection(&forms.sent).collect();
        assert!(twice.is_empty(), "they are told of twice: {twice:?}");
        known.extend(forms.sent.iter().cloned());
        let missing: Vec<_> = listed.difference(&known).collect();
        assert!(missing.is_empty(), "nobody sends these again: {missing:?}");
    }
}

fn of_cases(forms: &mut Forms) {
    let (resident, worker) = (forms.demo.resident("r01"), forms.demo.staff("qinxiaotang"));
    let dispatcher = forms.demo.staff("hewenjun");
    let report = [("words", "路灯不亮"), ("class", "C1101"), ("named", "yes")];
    for by in [resident.as_str(), ""] {
        forms.parts("case.report", by, "/cases", (&report, &[]), Other::Field("words", "井盖丢了"));
    }
    let mut handled = vec![("words", "桶已换空"), ("class", "E0201"), ("place", "99010100100101")];
    let seen_to = ["垃圾已清运", "地面已冲洗", "已核对清运时间"];
    handled.extend(seen_to.map(|line| ("checked", line)));
    let photo = include_bytes!("../../data/demo/photos/lamp_before.jpg").as_slice();
    let photos = [("before", photo), ("after", photo)];
    let other = Other::Field("words", "别的事");
    let path = "/field/handled";
    forms.parts("case.report_handled", &worker, path, (&handled, &photos), other);
    let other = Other::Field("query", "phase=open");
    forms.form("case.export", &dispatcher, "/desk.xlsx", &[("query", "")], other);
    let other = Other::Field("query", "period=2025");
    let year = [("query", "period=2026")];
    forms.form("case.export", &dispatcher, "/desk/figures.xlsx", &year, other);
    let head = forms.demo.staff("quhuaijin");
    let export = [("what", "cases"), ("form", "csv")];
    forms.form("case.export", &head, "/admin/export", &export, Other::Field("form", "xlsx"));
    let number = forms.one(
        "select number from matter where owner_id is not null and about_body_id is null
         and place_path like '/990101/990101001/%' order by id",
    );
    followed(forms);
    let path = format!("/cases/{number}/unmask");
    let other = Other::Field("unmask-reason", "别的原因");
    forms.form("case.unmask", &dispatcher, &path, &[("unmask-reason", "回访")], other);
    let hung = "from attachment a join matter t on t.id = a.matter_id
        where t.about_body_id is null order by a.id";
    let photo = forms.one(&format!("select a.id {hung}"));
    let path = format!("/cases/{}/photos", forms.one(&format!("select t.number {hung}")));
    let none = Other::Field("shown", "");
    forms.form("case.release_photos", &head, &path, &[("shown", &photo)], none);
}

/// Two public cases of others, one of them followed and left again.
fn followed(forms: &mut Forms) {
    let (me, stranger) = (forms.demo.resident("r09"), linli::people::seed::demo_resident_id("r09"));
    let public = |order: &str| {
        forms.one(&format!(
            "select number from matter where publicity = 'public' and owner_id <> '{stranger}'
             order by id {order}"
        ))
    };
    let (one, another) = (public("asc"), public("desc"));
    let path = format!("/cases/{one}/follow");
    forms.form("case.follow", &me, &path, &[("texts", "")], Other::Field("texts", "yes"));
    let other = Other::Path(format!("/cases/{another}/unfollow"));
    forms.form("case.unfollow", &me, &format!("/cases/{one}/unfollow"), &[], other);
}

fn of_people(forms: &mut Forms) {
    let (clerk, security) = (forms.demo.staff("lanqiuyu"), forms.demo.staff("minshouan"));
    let fields = [("name", "柳新"), ("username", "liuxin"), ("phone", "13900000001")];
    let other = Other::Field("name", "别人");
    let new = forms.form("staff.create", &security, "/admin/people", &fields, other);
    let colleague = Id::derived("staff hongyanqiu");
    for (act, what) in
        [("staff.reset", "reset"), ("staff.suspend", "suspend"), ("staff.suspend", "resume")]
    {
        let path = format!("/admin/people/{new}/{what}");
        let other = Other::Path(format!("/admin/people/{colleague}/{what}"));
        forms.form(act, &security, &path, &[], other);
    }
    let resident = forms.one(
        "select id from person where kind = 'resident'
         and place_path like '/990101/990101001/990101001001/%' order by id",
    );
    let path = format!("/admin/people/{resident}/unmask");
    let other = Other::Field("reason", "别的原因");
    forms.form("person.unmask", &clerk, &path, &[("reason", "上门走访")], other);
    let fields = [("name", "来客"), ("phone", "13900000002"), ("consent", "yes")];
    let other = || Other::Field("name", "另一位");
    forms.form("person.register", &clerk, "/admin/people/register", &fields, other());
    let fields = [("name", "访客"), ("phone", "13900000003"), ("consent", "yes")];
    let id = forms.demo.new_id();
    let send = |path: &str, fields: Fields| {
        let got = forms.demo.post(&clerk, path, fields);
        // Each time a report begins, of the same person.
        Got { location: String::new(), ..got }
    };
    forms.twice("person.register", &id, "/counter", &fields, other(), send);
    join(forms);
}

/// A resident's account, opened with a code.
fn join(forms: &mut Forms) {
    let phone = "13900000004";
    forms.demo.post("", "/sign-in/code", &[("phone", phone)]);
    let code = code_sent(forms.demo);
    let page = forms.demo.post("", "/sign-in", &[("phone", phone), ("code", &code)]);
    let ticket = page.field("ticket");
    let fields = [("ticket", ticket.as_str()), ("consent", "yes"), ("name", "甲")];
    forms.form("person.join", "", "/sign-in/join", &fields, Other::Field("name", "乙"));
}

/// The newest code that went out by text message.
fn code_sent(demo: &Demo) -> String {
    let page = demo.get("", "/demo/messages").text;
    // News of a case may have gone out since, and its number has six digits too.
    let mut cards = page.split("<li class=\"card\">").skip(1);
    let card = cards.find(|card| card.contains("验证码")).unwrap();
    let digits = |text: &&str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    card.split(|c: char| !c.is_ascii_digit()).find(digits).unwrap().to_owned()
}

fn of_bodies(forms: &mut Forms) {
    let (system, root) = (forms.demo.staff("zhuangxitong"), forms.place(ROOT));
    let fields = [("name", "新单位"), ("kind", "power"), ("place", &root), ("ground", "批复")];
    let name = || Other::Field("name", "别的单位");
    let body = forms.form("body.create", &system, "/admin/bodies", &fields, name());
    let path = format!("/admin/bodies/{body}");
    forms.form("body.change", &system, &path, &[("name", "改名"), ("version", "1")], name());
    let remits = format!("{path}/remits");
    let fields = [("kind", "gas"), ("place", &*root), ("ground", "批复"), ("step", "do")];
    forms.form("remit.add", &system, &remits, &fields, Other::Field("ground", "别的依据"));
    let entry = forms.one(&format!(
        "select id from remit where body_id = '{body}' and kind = 'gas' order by id"
    ));
    let other = Other::Path(format!("{remits}/{}/end", Id::derived("another entry")));
    forms.form("remit.end", &system, &format!("{remits}/{entry}/end"), &[], other);
    let version = forms.version("body", &body);
    let other = Other::Field("version", "99");
    forms.form("body.end", &system, &format!("{path}/end"), &[("version", &version)], other);
}

fn of_posts(forms: &mut Forms) {
    let (security, clerk) = (forms.demo.staff("minshouan"), forms.demo.staff("lanqiuyu"));
    let place = forms.place("99010100100101");
    let (staff, another) = (Id::derived("staff hongyanqiu"), Id::derived("staff fanyizhou"));
    let fields = [("kind", "grid_worker"), ("title", "新岗"), ("place", &*place)];
    let title = || Other::Field("title", "别的岗位");
    let post = forms.form("post.create", &security, "/admin/posts", &fields, title());
    let path = format!("/admin/posts/{post}");
    forms.form("post.change", &security, &path, &[("title", "改名"), ("version", "1")], title());
    let fields = [("person", staff.as_str()), ("term_from", "2026-01-01")];
    let other = Other::Field("person", another.as_str());
    let seat = forms.form("post.appoint", &security, &format!("{path}/appoint"), &fields, other);
    let fields = [("appointment", seat.as_str()), ("why", "期满")];
    let other = Other::Field("why", "别的原因");
    forms.form("post.relieve", &security, &format!("{path}/relieve"), &fields, other);
    let version = forms.version("post", &post);
    let other = Other::Field("version", "99");
    forms.form("post.end", &security, &format!("{path}/end"), &[("version", &version)], other);
    let own = forms.one(&format!(
        "select id from appointment where person_id = '{}' order by id",
        Id::derived("staff lanqiuyu")
    ));
    let colleague = Id::derived("staff shangguanlan");
    let today = forms.demo.district.now().day(linli::base::clock::CHINA_OFFSET_MINUTES);
    let (today, tomorrow) = (today.to_string(), today.next().to_string());
    let fields = [
        ("post", own.as_str()),
        ("person", colleague.as_str()),
        ("from", today.as_str()),
        ("to", tomorrow.as_str()),
        ("reason", "出差"),
    ];
    let other = Other::Field("reason", "别的原因");
    let away = forms.form("post.delegate", &clerk, "/me/delegation", &fields, other);
    let fields = [("appointment", own.as_str()), ("delegation", away.as_str())];
    let none = Id::derived("another delegation");
    let other = Other::Field("delegation", none.as_str());
    forms.form("post.delegate", &clerk, "/me/delegation/end", &fields, other);
}

fn of_the_list(forms: &mut Forms) {
    let security = forms.demo.staff("minshouan");
    let seen =
        |forms: &Forms| forms.one("select cast(version as text) from setting where id = 'duties'");
    let row = forms.one(
        "select id from duty where post_kind = 'grid_assistant' and act = 'case.urge'
         and until is null order by id",
    );
    let change =
        format!("{{\"ended\":[\"{row}\"],\"added\":[],\"walls_ended\":[],\"walls_added\":[]}}");
    let now = seen(forms);
    let fields = [("seen", now.as_str()), ("change", change.as_str())];
    let other = Other::Field("seen", "99");
    forms.form("duty.change", &security, "/duties/changes", &fields, other);
    of_proposals(forms, &security);
    let act = "post_kind.change";
    let now = seen(forms);
    let fields = [
        ("seen", now.as_str()),
        ("code", "grid_warden"),
        ("title_zh", "网格守望员"),
        ("title_en", "Grid warden"),
        ("level", "grid"),
        ("group", "grid"),
        ("position", "90"),
    ];
    let other = || Other::Field("title_zh", "别的名字");
    forms.form(act, &security, "/admin/kinds", &fields, other());
    let now = seen(forms);
    let fields = [&[("seen", now.as_str())], &fields[2..]].concat();
    forms.form(act, &security, "/admin/kinds/grid_warden", &fields, other());
    let now = seen(forms);
    let other = Other::Field("seen", "99");
    let path = "/admin/kinds/grid_warden/end";
    forms.form(act, &security, path, &[("seen", &now)], other);
}

/// Three proposals: one is refused, one withdrawn, one confirmed.
fn of_proposals(forms: &mut Forms, security: &str) {
    let system = forms.demo.staff("zhuangxitong");
    let seen = forms.one("select cast(version as text) from setting where id = 'duties'");
    let row = r#"{"post_kind":"resident","act":"log.see","scope":"my_district","ground":"试"}"#;
    let change = format!("{{\"ended\":[],\"added\":[{row}]}}");
    let fields = [("seen", &*seen), ("change", &*change), ("reason", "居民要看")];
    let ways: [(&str, &str, &str, Fields); 3] = [
        ("duty.refuse", "refuse", &system, &[("why", "不必")]),
        ("duty.withdraw", "withdraw", security, &[]),
        ("duty.confirm", "confirm", &system, &[]),
    ];
    for (act, way, by, with) in ways {
        let other = Other::Field("reason", "别的理由");
        forms.form("duty.propose", security, "/duties/proposals", &fields, other);
        let open = forms.one("select id from duty_proposal where state = 'open' order by id");
        let path = |id: &str| format!("/duties/proposals/{id}/{way}");
        let decided = "select id from duty_proposal where state <> 'open' order by id";
        let other = match way {
            "refuse" => Other::Field("why", "别的原因"),
            _ => Other::Path(path(&forms.one(decided))),
        };
        forms.form(act, by, &path(&open), with, other);
    }
}

fn of_places(forms: &mut Forms) {
    let system = forms.demo.staff("zhuangxitong");
    let community = "/admin/places/990101002003";
    let other = || Other::Field("seen", "99");
    let name = || Other::Field("name", "别的名字");
    let fields = [("do", "new"), ("code", "99010100200310"), ("level", "grid"), ("name", "新格")];
    forms.form("place.create", &system, community, &fields, name());
    let fields = [
        ("do", "change"),
        ("code", "99010100200311"),
        ("level", "grid"),
        ("name", "改名"),
        ("seen", "1"),
    ];
    forms.form("place.change", &system, "/admin/places/99010100200310", &fields, name());
    let seen = |forms: &Forms, code: &str| forms.version("place", &forms.place(code));
    let now = seen(forms, "99010100200311");
    let fields = [("do", "move"), ("to", "990101002002"), ("seen", &*now)];
    forms.form("place.move", &system, "/admin/places/99010100200311", &fields, other());
    let now = seen(forms, "99010100200311");
    let fields = [("do", "close"), ("seen", &*now)];
    forms.form("place.close", &system, "/admin/places/99010100200311", &fields, other());
    let grid = forms.place("99010100200305");
    let shape = forms.one(&format!(
        "select geojson from boundary where place_id = '{grid}' and valid_to is null order by id"
    ));
    let now = seen(forms, "99010100200305");
    let fields = [("do", "draw"), ("shape", &*shape), ("seen", &*now)];
    forms.form("place.draw", &system, "/admin/places/99010100200305", &fields, other());
    split_and_merged(forms, &system, &shape);
    let table = "address\tplace\n新路1号\t99010100100101\n新路2号\t99010100100101\n";
    let fields = [("step", "do"), ("text", table)];
    let other = Other::Field("text", "address\tplace\n新路3号\t99010100100101\n");
    let path = "/admin/places/990101/addresses";
    forms.parts("address.import", &system, path, (&fields, &[]), other);
    imported(forms, &system, "place.create", "yes", "99010100200320");
    let import = forms.one("select id from boundary_import order by at desc, id desc");
    let at = |import: &str| format!("/admin/places/990101002003/imports/{import}");
    let other = Other::Path(at(&forms.demo.new_id()));
    forms.form("place.undo_import", &system, &at(&import), &[], other);
}

/// A file of boundaries with one place in it.
fn imported(forms: &mut Forms, by: &str, act: &str, creates: &str, code: &str) {
    let seen = forms.one("select cast(version as text) from setting where id = 'territory'");
    let file = |name: &str| {
        let about = serde_json::json!({
            "code": code, "name": name, "level": "grid", "parent": "990101002003",
        });
        let one = serde_json::json!({"type": "Feature", "properties": about, "geometry": null});
        serde_json::json!({"type": "FeatureCollection", "features": [one]}).to_string()
    };
    let (text, another) = (file("导入格"), file("别的格"));
    let fields = [
        ("system", "wgs84"),
        ("step", "do"),
        ("seen", &*seen),
        ("creates", creates),
        ("text", &*text),
    ];
    let path = "/admin/places/990101002003/import";
    forms.parts(act, by, path, (&fields, &[]), Other::Field("text", &another));
}

fn split_and_merged(forms: &mut Forms, system: &str, shape: &str) {
    let now = forms.version("place", &forms.place("99010100200305"));
    let knife = across(shape);
    let fields = [
        ("do", "split"),
        ("shape", knife.as_str()),
        ("code0", "99010100200331"),
        ("code1", "99010100200332"),
        ("name0", "南半"),
        ("name1", "北半"),
        ("heir", "0"),
        ("seen", &*now),
    ];
    let other = Other::Field("name0", "别的名字");
    forms.form("grid.split", system, "/admin/places/99010100200305", &fields, other);
    moved(forms);
    let grid = |code: &str| {
        let id = forms.place(code);
        format!("{id}:{}", forms.version("place", &id))
    };
    let (one, two) = (grid("99010100200331"), grid("99010100200332"));
    let fields = [
        ("do", "merge"),
        ("grids", one.as_str()),
        ("grids", two.as_str()),
        ("code0", "99010100200333"),
        ("name0", "合并格"),
    ];
    let other = Other::Field("name0", "别的名字");
    forms.form("grid.merge", system, "/admin/places/990101002003", &fields, other);
}

/// The post of the grid that ended goes to the part that took over.
fn moved(forms: &mut Forms) {
    let security = forms.demo.staff("minshouan");
    let post = forms.one(
        "select t.id from post t join place p on p.id = t.place_id
         where p.code = '99010100200305' and t.ended_at is null order by t.id",
    );
    let (place, version) = (forms.place("99010100200331"), forms.version("post", &post));
    let fields = [("place", place.as_str()), ("version", &*version)];
    let path = format!("/admin/posts/{post}/move");
    forms.form("post.move", &security, &path, &fields, Other::Field("version", "99"));
}

/// A line from west to east through the middle of a boundary.
fn across(shape: &str) -> String {
    fn points(value: &serde_json::Value, out: &mut Vec<(f64, f64)>) {
        let Some(all) = value.as_array() else { return };
        match all.as_slice() {
            [x, y] if x.is_number() => out.push((x.as_f64().unwrap(), y.as_f64().unwrap())),
            _ => all.iter().for_each(|one| points(one, out)),
        }
    }
    let value: serde_json::Value = serde_json::from_str(shape).unwrap();
    let mut all = Vec::new();
    points(&value["coordinates"], &mut all);
    let edge = |of: fn(&(f64, f64)) -> f64, pick: fn(f64, f64) -> f64| {
        all.iter().map(of).reduce(pick).unwrap()
    };
    let (west, east) = (edge(|p| p.0, f64::min), edge(|p| p.0, f64::max));
    let middle = f64::midpoint(edge(|p| p.1, f64::min), edge(|p| p.1, f64::max));
    let ends = [[west - 0.001, middle], [east + 0.001, middle]];
    serde_json::json!({"type": "LineString", "coordinates": ends}).to_string()
}

fn of_the_district(forms: &mut Forms) {
    let system = forms.demo.staff("zhuangxitong");
    let fields = [("title", "程序"), ("username", "nieguanhai"), ("as_post", "1")];
    let other = Other::Field("title", "别的程序");
    let key = forms.form("api_key.create", &system, "/admin/keys", &fields, other);
    let path = |key: &str| format!("/admin/keys/{}/end", Id::derived(&format!("api key {key}")));
    let other = Other::Path(path("another"));
    forms.form("api_key.end", &system, &path(&key), &[], other);
    let fields = [("limit_kind", "work_day"), ("limit_n", "7")];
    let other = Other::Field("limit_n", "8");
    forms.form("setting.change", &system, "/admin/calendar/limit", &fields, other);
    let fields = [("body", ""), ("slots", "8:30-12:00 14:00-17:30"), ("reason", "通知")];
    let other = Other::Field("reason", "别的通知");
    forms.form("calendar.change", &system, "/admin/calendar/hours", &fields, other);
    let shipped = forms.demo.get("", "/processes/appeal/file").text;
    let text = shipped.replacen("version = 1\n", "version = 2\n", 1);
    let fields = [("seen", "1"), ("text", text.as_str())];
    let path = "/admin/processes/appeal/adopt";
    forms.form("process.adopt", &system, path, &fields, Other::Field("text", &shipped));
    classes(forms, &system);
}

fn classes(forms: &mut Forms, system: &str) {
    let fields = [
        ("code", "Z9001"),
        ("kind", "event"),
        ("title_zh", "新类别"),
        ("group_zh", "其他"),
        ("plain_zh", "说明"),
        ("publicity", "public"),
        ("condition.0", "发现"),
        ("closing.0", "处理完"),
        ("limit_n.0", "3"),
        ("limit_kind.0", "work_day"),
        ("grade.0", "normal"),
    ];
    let title = || Other::Field("title_zh", "别的类别");
    forms.form("class.change", system, "/admin/classes", &fields, title());
    let path = "/admin/classes/Z9001";
    let standard = forms.one(
        "select s.id from standard s join class c on c.id = s.class_id where c.code = 'Z9001'
         order by s.id",
    );
    let kept = [("replaces.0", standard.as_str()), ("seen", "1")];
    let changed: Vec<(&str, &str)> = fields[2..].iter().copied().chain(kept).collect();
    forms.form("class.change", system, path, &changed, title());
    let fields = [("do", "close"), ("seen", "2")];
    forms.form("class.change", system, path, &fields, Other::Field("seen", "99"));
}

fn of_oneself(forms: &mut Forms) {
    let me = forms.demo.resident("r05");
    let person = forms.one("select person_id from session order by created_at desc, id");
    let act = "person.correct_own";
    let version = forms.version("person", &person);
    let fields = [("name", "边晚晴"), ("language", "zh"), ("version", &*version)];
    forms.form(act, &me, "/me", &fields, Other::Field("name", "别的名字"));
    let (place, another) = (forms.place("99010100100101"), forms.place("99010100100102"));
    let version = forms.version("person", &person);
    let fields = [("place", place.as_str()), ("version", &*version)];
    forms.form(act, &me, "/me/place", &fields, Other::Field("place", &another));
    let phone = "13900000009";
    forms.demo.post(&me, "/me/phone/code", &[("phone", phone)]);
    let code = code_sent(forms.demo);
    let fields = [("phone", phone), ("code", code.as_str())];
    forms.form(act, &me, "/me/phone", &fields, Other::Field("phone", "13900000008"));
    let staff = forms.demo.staff("lanqiuyu");
    let new = "一条很长的新口令 2026";
    let fields = [("old", DEMO_PASSWORD), ("password", new), ("again", new)];
    let other = Other::Field("password", "另一条很长的口令 2026");
    forms.form("person.secure_own", &staff, "/me/password", &fields, other);
}

/// A page with several forms: the way back in the browser must not make one of them look like
/// another that was sent.
#[test]
fn no_two_forms_on_a_page_are_one_act() {
    for demo in demos() {
        let (security, clerk) = (demo.staff("minshouan"), demo.staff("lanqiuyu"));
        let post = demo.one("select post_id from appointment where until is null order by id");
        let person = demo.one("select person_id from appointment where until is null order by id");
        let seat = demo.one(
            "select a.id from appointment a join person p on p.id = a.person_id
             where p.username = 'lanqiuyu' and a.until is null",
        );
        let to = demo.one("select id from person where username = 'hewenjun'");
        let fields = [("post", &*seat), ("person", &*to), ("reason", "出差")];
        for days in [("2026-12-01", "2026-12-02"), ("2099-01-01", "2099-01-02")] {
            let days = [("from", days.0), ("to", days.1)];
            demo.post(&clerk, "/me/delegation", &[&fields[..], &days[..]].concat());
        }
        let pages = [
            (&security, format!("/admin/posts/{post}"), 3),
            (&security, format!("/admin/people/{person}"), 2),
            (&clerk, "/me/delegation".to_owned(), 2),
        ];
        for (by, path, least) in pages {
            let page = demo.get(by, &path);
            let marks: Vec<&str> = page.text.split("name=\"act_id\" value=\"").skip(1).collect();
            let ids: BTreeSet<&str> = marks.iter().filter_map(|m| m.split('"').next()).collect();
            assert_eq!(ids.len(), marks.len(), "{path}: {ids:?}");
            assert!(ids.len() >= least, "{path}: {} {}", ids.len(), page.main());
        }
    }
}
