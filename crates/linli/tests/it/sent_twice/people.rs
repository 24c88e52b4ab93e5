//! Forms about people: who registers them, and what they do for themselves.

use linli::base::Id;
use linli::people::seed::DEMO_PASSWORD;

use super::{Fields, Forms, Other};
use crate::demo::{Demo, Got};

pub(super) fn of_people(forms: &mut Forms) {
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
        let why = [("reset_why", "换了手机"), ("suspend_why", "离岗")];
        forms.form(act, &security, &path, &why, other);
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

pub(super) fn of_oneself(forms: &mut Forms) {
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
    let (system, given) = (forms.demo.staff("zhuangxitong"), forms.demo.new_id());
    let fields = [("title", "程序"), ("username", "lanqiuyu"), ("act_id", &*given)];
    forms.demo.post(&system, "/admin/keys", &fields);
    let key = Id::derived(&format!("api key {given}")).to_string();
    let other = Other::Field("key", &another);
    forms.form("person.secure_own", &staff, "/me/keys/end", &[("key", &*key)], other);
}
