//! A browser that hears nothing sends its form again. For every act of the duty list: a form sent
//! twice has one effect and one answer, and another form under the same act id is refused.

mod people;
mod places;

use std::cell::RefCell;
use std::collections::BTreeSet;

use axum::http::StatusCode;
use linli::base::Id;
use linli::disclosure::shipped;

use crate::demo::{Demo, Got, ROOT, demos};

/// Acts that no form asks for, and where they are sent again instead.
const ELSEWHERE: [(&str, &str); 15] = [
    ("case.follow_grid", "the clock's: it goes by the version of the case"),
    ("case.warn", "the clock's: each mark once, affairs/appeal/tests/warned.rs"),
    ("case.forget_contact", "the clock's: what is forgotten is gone"),
    ("case.mask_anew", "the clock's: what is masked is not masked again"),
    ("person.forget_looks", "the clock's: what is forgotten is gone"),
    ("person.follow_grid", "the clock's: who has moved on does not move again"),
    ("case.import", "a job's, its ids made from the file: channel/sheet/tests"),
    ("case.undo_import", "a job's, its ids made from the batch: channel/sheet/tests"),
    ("class.import", "a job's, its ids made from the file: channel/sheet/tests"),
    ("person.sign_in", "a code of an app is good once: people/tests/staff.rs"),
    ("person.consent", "the form of the ticket is sent twice: people/tests/telephone.rs"),
    ("person.close_own", "whoever sends it again is nobody any more: people/tests/closing.rs"),
    ("case.measure", "a page that is read; nothing is performed"),
    ("case.inspect", "a page that is read; nothing is performed"),
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
        people::of_people(&mut forms);
        of_bodies(&mut forms);
        of_posts(&mut forms);
        of_the_list(&mut forms);
        places::of_places(&mut forms);
        of_the_district(&mut forms);
        people::of_oneself(&mut forms);
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
    let report = [
        ("words", "路灯不亮，打 13812345678"),
        ("class", "C1101"),
        ("place", "99010100100101"),
        ("named", "yes"),
    ];
    for by in [resident.as_str(), ""] {
        forms.parts("case.report", by, "/cases", (&report, &[]), Other::Field("words", "井盖丢了"));
    }
    let mut handled = vec![("words", "桶已换空"), ("class", "E0201"), ("place", "99010100100101")];
    let seen_to = ["垃圾已清运", "地面已冲洗", "已核对清运时间"];
    handled.extend(seen_to.map(|line| ("checked", line)));
    let photo = include_bytes!("../../../data/demo/photos/lamp_before.jpg").as_slice();
    let photos = [("before", photo), ("after", photo)];
    let other = Other::Field("words", "别的事");
    let path = "/field/handled";
    forms.parts("case.report_handled", &worker, path, (&handled, &photos), other);
    let other = Other::Field("query", "tab=open");
    forms.form("case.export", &dispatcher, "/desk.xlsx", &[("query", "")], other);
    let other = Other::Field("query", "period=2025");
    let year = [("query", "period=2026")];
    forms.form("case.export", &dispatcher, "/desk/figures.xlsx", &year, other);
    let head = forms.demo.staff("quhuaijin");
    let export = [("what", "cases"), ("form", "csv")];
    forms.form("case.export", &head, "/admin/export", &export, Other::Field("form", "xlsx"));
    followed(forms);
    let number = forms.one(
        "select t.number from matter t join case_file c on c.id = t.id
         where c.words like '%13812345678%' and t.owner_id is not null order by t.id",
    );
    let path = format!("/cases/{number}/unmask");
    for (act, what) in [("case.unmask", "words"), ("case.unmask_contact", "contact")] {
        let other = Other::Field("unmask-reason", "别的原因");
        let fields = [("what", what), ("unmask-reason", "回访")];
        forms.form(act, &dispatcher, &path, &fields, other);
    }
    let hung = "from attachment a join matter t on t.id = a.matter_id
        where t.about_body_id is null order by a.id";
    let photo = forms.one(&format!("select a.id {hung}"));
    let path = format!("/cases/{}/photos", forms.one(&format!("select t.number {hung}")));
    let seen = forms.one(&format!("select cast(t.version as text) {hung}"));
    let none = Other::Field("shown", "");
    let fields = [("shown", photo.as_str()), ("seen", &seen)];
    forms.form("case.release_photos", &head, &path, &fields, none);
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

fn of_bodies(forms: &mut Forms) {
    let (system, root) = (forms.demo.staff("zhuangxitong"), forms.place(ROOT));
    let fields = [("name", "新单位"), ("kind", "power"), ("place", &root), ("ground", "批复")];
    let name = || Other::Field("name", "别的单位");
    let body = forms.form("body.create", &system, "/admin/bodies", &fields, name());
    let path = format!("/admin/bodies/{body}");
    forms.form("body.change", &system, &path, &[("name", "改名"), ("version", "1")], name());
    let remits = format!("{path}/remits");
    let seen = |forms: &Forms| {
        forms.one(
            "select cast(count(*) + count(remit.until) + count(body.ended_at) + 1 as text)
             from remit join body on body.id = remit.body_id where remit.kind = 'gas'",
        )
    };
    let now = seen(forms);
    let fields =
        [("kind", "gas"), ("place", &*root), ("ground", "批复"), ("step", "do"), ("seen", &*now)];
    forms.form("remit.add", &system, &remits, &fields, Other::Field("ground", "别的依据"));
    let entry = forms.one(&format!(
        "select id from remit where body_id = '{body}' and kind = 'gas' order by id"
    ));
    let other = Other::Path(format!("{remits}/{}/end", Id::derived("another entry")));
    let fields = [("seen", &*seen(forms))];
    forms.form("remit.end", &system, &format!("{remits}/{entry}/end"), &fields, other);
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
    // Another time, which whoever appoints ends.
    let asked = [
        ("post", own.as_str()),
        ("person", colleague.as_str()),
        ("from", "2099-01-01"),
        ("to", "2099-01-02"),
        ("reason", "出差"),
    ];
    let other = Other::Field("reason", "别的原因");
    let away = forms.form("post.delegate", &clerk, "/me/delegation", &asked, other);
    let fields = [("appointment", own.as_str()), ("delegation", away.as_str())];
    let other = Other::Field("delegation", none.as_str());
    let post = forms.one(&format!("select post_id from appointment where id = '{own}'"));
    let path = format!("/admin/posts/{post}/end_delegation");
    forms.form("post.delegate", &forms.demo.staff("minshouan"), &path, &fields, other);
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
    let reason = ("reason", "不再需要");
    let fields = [("seen", now.as_str()), ("change", change.as_str()), reason];
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

fn of_the_district(forms: &mut Forms) {
    let system = forms.demo.staff("zhuangxitong");
    let fields = [("title", "程序"), ("username", "nieguanhai"), ("as_post", "1")];
    let other = Other::Field("title", "别的程序");
    let key = forms.form("api_key.create", &system, "/admin/keys", &fields, other);
    let path = |key: &str| format!("/admin/keys/{}/end", Id::derived(&format!("api key {key}")));
    let other = Other::Path(path("another"));
    forms.form("api_key.end", &system, &path(&key), &[], other);
    let fields = [("limit_kind", "work_day"), ("limit_n", "7"), ("seen", "1")];
    let other = Other::Field("limit_n", "8");
    forms.form("setting.change", &system, "/admin/calendar/limit", &fields, other);
    let slots = ("slots", "8:30-12:00 14:00-17:30");
    let fields = [("body", ""), slots, ("reason", "通知"), ("seen", "1")];
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
