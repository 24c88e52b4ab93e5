//! Ids inside a form: a row that is there and not for whoever sends the form is told like one that
//! never was, and an id of nothing is refused in words, never a fault.
//!
//! The fields come from the program's own text, so a new one is asked about before it is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use linli::base::Id;
use linli::people::seed;

use crate::demo::{Demo, Got, demos};
use crate::hidden::private_case;
use crate::source;

/// Fields that name no row of somebody: what they are instead.
const NO_ROWS: [(&str, &str); 7] = [
    ("d", "a draft, found by this together with a token of the browser that began it"),
    ("address_id", "an address, offered to whoever reports"),
    ("act_id", "a new id, chosen by whoever sends the form"),
    ("replaces", "a standard of a class, which everyone may see"),
    ("standard", "a standard of a class, which everyone may see"),
    ("cited_duty", "a remit, which everyone may see"),
    ("shown", "a photo of the case in the address, asked about with it"),
];

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// A form in which one field names a row.
struct Asked<'a> {
    by: &'a str,
    path: &'a str,
    fields: Fields<'a>,
    field: &'a str,
    /// A row that is there, and not theirs to know of.
    there: &'a str,
}

/// What was answered, whichever row was named: ids of forms are fresh each time and stand in tags.
fn nameless(got: &Got, row: &str) -> (StatusCode, String, String) {
    let bare = |text: &str| text.replace(row, "·");
    (got.status, bare(&got.location), bare(&got.main()))
}

struct Asking<'d> {
    demo: &'d Demo,
    never: String,
    told: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Asking<'_> {
    fn send(&self, asked: &Asked, id: &str) -> (Got, i64) {
        let acts = || self.demo.count("select count(*) from act");
        let before = acts();
        let act = self.demo.new_id();
        let mut fields: Fields = asked.fields.clone();
        fields.extend([("act_id", act.as_str()), (asked.field, id)]);
        let mut got = self.demo.post(asked.by, asked.path, &fields);
        if got.status == StatusCode::BAD_REQUEST || got.status == StatusCode::UNSUPPORTED_MEDIA_TYPE
        {
            got = self.demo.parts(asked.by, asked.path, &fields, &[]);
        }
        (got, acts() - before)
    }

    /// A field with a row of somebody else: told like nothing, and nothing is done.
    fn unseen(&mut self, asked: &Asked) {
        let never = self.never.clone();
        self.unseen_as(asked, &never);
    }

    /// As [`Asking::unseen`], where a field has more than the id of its row.
    fn unseen_as(&mut self, asked: &Asked, never: &str) {
        self.told.insert(asked.field.to_owned());
        let (there, done) = self.send(asked, asked.there);
        let (none, nothing) = self.send(asked, never);
        let (yes, no) = (nameless(&there, asked.there), nameless(&none, never));
        if yes != no || done != nothing || none.status.is_server_error() {
            let Asked { path, field, .. } = asked;
            self.wrong.push(format!("{path} {field}: {yes:?} {done}, of nothing {no:?} {nothing}"));
        }
    }

    /// A field with an id of nothing, from somebody who may send the form: refused in words.
    fn nothing(&mut self, by: &str, path: &str, fields: Fields, field: &str) {
        self.told.insert(field.to_owned());
        let asked = Asked { by, path, fields, field, there: "" };
        let (got, done) = self.send(&asked, &self.never);
        if !got.status.is_client_error() || done > 0 {
            self.wrong.push(format!("{path} {field} of nothing: {} {}", got.status, got.main()));
        }
    }
}

fn of_posts(asking: &mut Asking) {
    let demo = asking.demo;
    let (security, clerk) = (demo.staff("minshouan"), demo.staff("lanqiuyu"));
    let (resident, stranger) = (seed::demo_resident_id("r02"), demo.resident("r07"));
    let seat = "select a.id from appointment a join person p on p.id = a.person_id
        where a.until is null and p.username";
    let mine = demo.one(&format!("{seat} = 'lanqiuyu'"));
    let theirs = demo.one(&format!("{seat} = 'hewenjun'"));
    let post = demo.one("select id from post where kind = 'grid_worker' order by id");
    let place = demo.one("select id from place where code = '99010100200103'");
    let body = demo.one("select id from body where ended_at is null order by id");
    let appoint = format!("/admin/posts/{post}/appoint");
    // A resident is no member of staff, and the administrator learns no more than that.
    let there = resident.as_str();
    let fields = vec![("term_from", "2026-01-01")];
    asking.unseen(&Asked { by: &security, path: &appoint, fields, field: "person", there });
    let away = || vec![("from", "2099-01-01"), ("to", "2099-01-02"), ("reason", "出差")];
    let fields = [away(), vec![("post", mine.as_str())]].concat();
    let path = "/me/delegation";
    asking.unseen(&Asked { by: &clerk, path, fields, field: "person", there });
    let fields = [away(), vec![("person", there)]].concat();
    asking.nothing(&clerk, path, fields, "post");
    let new = || vec![("kind", "community_clerk"), ("title", "新岗")];
    let at = |what: &'static str, id| [new(), vec![(what, id)]].concat();
    asking.nothing(&security, "/admin/posts", at("place", &place), "body");
    asking.nothing(&security, "/admin/posts", at("body", &body), "place");
    let version = demo.one(&format!("select cast(version as text) from post where id = '{post}'"));
    let path = format!("/admin/posts/{post}/move");
    asking.nothing(&security, &path, vec![("version", &version)], "place");
    let path = format!("/admin/posts/{post}/relieve");
    asking.nothing(&security, &path, vec![("why", "换人")], "appointment");
    let never = asking.never.clone();
    // Who has no power over posts is told that, whatever the form names.
    for (field, there) in [("place", &place), ("body", &body)] {
        let fields = at(if field == "place" { "body" } else { "place" }, &never);
        asking.unseen(&Asked { by: &stranger, path: "/admin/posts", fields, field, there });
    }
    let seats = "/me/post";
    asking.unseen(&Asked {
        by: &clerk,
        path: seats,
        fields: vec![],
        field: "appointment",
        there: &theirs,
    });
    asking.unseen(&Asked {
        by: &stranger,
        path: seats,
        fields: vec![],
        field: "appointment",
        there: &theirs,
    });
}

fn of_delegations(asking: &mut Asking) {
    let demo = asking.demo;
    let (clerk, another) = (demo.staff("lanqiuyu"), demo.staff("hewenjun"));
    let seat = "select a.id from appointment a join person p on p.id = a.person_id
        where a.until is null and p.username = 'hewenjun'";
    let (seat, to) =
        (demo.one(seat), demo.one("select id from person where username = 'zhongliheng'"));
    let id = demo.new_id();
    let fields = [
        ("act_id", id.as_str()),
        ("post", &seat),
        ("person", &to),
        ("from", "2099-01-01"),
        ("to", "2099-01-02"),
        ("reason", "出差"),
    ];
    let got = demo.post(&another, "/me/delegation", &fields);
    assert_eq!(got.location, "/me/delegation", "{}", got.main());
    let path = "/me/delegation/end";
    let mine = demo.one(
        "select a.id from appointment a join person p on p.id = a.person_id
         where a.until is null and p.username = 'lanqiuyu'",
    );
    // The row of another, named with one's own post.
    let fields = vec![("appointment", mine.as_str())];
    asking.unseen(&Asked { by: &clerk, path, fields, field: "delegation", there: &id });
    let fields = vec![("delegation", id.as_str())];
    asking.nothing(&clerk, path, fields, "appointment");
    let post = demo.one(&format!("select post_id from appointment where id = '{seat}'"));
    let path = &format!("/admin/posts/{post}/end_delegation");
    let fields = vec![("appointment", mine.as_str())];
    asking.unseen(&Asked { by: &clerk, path, fields, field: "delegation", there: &id });
    let fields = vec![("delegation", id.as_str())];
    asking.nothing(&clerk, path, fields, "appointment");
}

fn of_cases(asking: &mut Asking) {
    let demo = asking.demo;
    let (number, _) = private_case(demo);
    let case = demo.one(&format!("select id from matter where number = '{number}'"));
    let (stranger, clerk) = (demo.resident("r07"), demo.staff("lanqiuyu"));
    let body = demo.one("select id from body where ended_at is null order by id");
    // What one reports may be about a body; a case is no body, and no body is no body.
    let report = || vec![("words", "路灯不亮"), ("class", "C1101"), ("place", "99010100200103")];
    asking.unseen(&Asked {
        by: &stranger,
        path: "/cases",
        fields: report(),
        field: "about",
        there: &case,
    });
    let fields = vec![("do", "dispatch")];
    asking.unseen(&Asked { by: &clerk, path: "/desk/bulk", fields, field: "id", there: &number });
    let fields = vec![("do", "sign")];
    asking.unseen(&Asked {
        by: &clerk,
        path: "/desk/bulk/confirm",
        fields,
        field: "line",
        there: &number,
    });
    let fields = vec![("do", "dispatch"), ("id", number.as_str())];
    asking.unseen(&Asked { by: &clerk, path: "/desk/bulk", fields, field: "to", there: &body });
    let key = demo.one("select id from api_key where ended_at is null order by id");
    let asked =
        Asked { by: &stranger, path: "/me/keys/end", fields: vec![], field: "key", there: &key };
    asking.unseen(&asked);
    asking.nothing(&demo.resident("r05"), "/me/place", vec![("version", "1")], "place");
    let fields = vec![("slots", "09:00-17:00"), ("reason", "试")];
    let keeper = demo.staff("zhuangxitong");
    asking.nothing(&keeper, "/admin/calendar/hours", fields, "body");
}

/// Places are for everyone to see; a row of another kind is no place, and a code of none is none.
fn of_places(asking: &mut Asking) {
    let (demo, never) = (asking.demo, asking.never.clone());
    let (number, _) = private_case(demo);
    let case = demo.one(&format!("select id from matter where number = '{number}'"));
    let (keeper, clerk) = (demo.staff("zhuangxitong"), demo.staff("lanqiuyu"));
    let grid = demo.one("select id from place where code = '99010100200103'");
    let path = "/admin/places/990101002001";
    let merge = || vec![("do", "merge"), ("code0", "99010100200199"), ("name0", "新格")];
    let (there, none) = (format!("{case}:1"), format!("{never}:1"));
    for (by, there) in [(&keeper, &there), (&clerk, &there), (&clerk, &format!("{grid}:1"))] {
        let fields = merge();
        asking.unseen_as(&Asked { by, path, fields, field: "grids", there }, &none);
    }
    for odd in ["", "7", &none] {
        let fields = [merge(), vec![("grids", odd)]].concat();
        asking.nothing(&keeper, path, fields, "grids");
    }
    let version = demo.one("select cast(version as text) from place where code = '990101002001'");
    let moving = || vec![("do", "move"), ("seen", version.as_str())];
    for by in [&keeper, &clerk] {
        let fields = moving();
        asking.unseen(&Asked { by, path, fields, field: "to", there: &number });
    }
    asking.nothing(&keeper, path, moving(), "to");
    let before = demo.count("select count(*) from place where valid_to is null");
    let bodies = |place: &str| {
        let fields = [("name", "新单位"), ("kind", "power"), ("place", place), ("ground", "批复")];
        demo.post(&keeper, "/admin/bodies", &fields)
    };
    let (there, none) = (bodies(&case), bodies(&never));
    assert_eq!(nameless(&there, &case), nameless(&none, &never));
    assert!(there.status.is_client_error(), "{}", there.main());
    assert_eq!(demo.count("select count(*) from place where valid_to is null"), before);
}

/// The fields that the program reads an id from.
fn fields() -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for file in source::application() {
        let text: Vec<&str> = file.lines().map(|(_, line)| line).collect();
        for part in text.join("\n").split("Id::parse(").skip(1) {
            let reading = ["form.get(\"", "posted.form.get(\"", "put.get(\"", "get(\""];
            let named = reading.iter().find_map(|start| part.strip_prefix(start));
            if let Some(name) = named.and_then(|rest| rest.split('"').next()) {
                out.insert(name.to_owned(), file.path.clone());
            }
        }
        // Fields that come many at once, each with an id.
        for part in text.join("\n").split(".all(\"").skip(1) {
            let (name, rest) = part.split_once('"').unwrap();
            let read: String = rest.chars().take(60).collect();
            if read.contains("Id::parse") || read.contains("map(pair)") {
                out.insert(name.to_owned(), file.path.clone());
            }
        }
    }
    out
}

#[test]
fn an_id_in_a_form_tells_nothing_of_rows_that_are_not_for_whoever_sends_it() {
    for demo in demos() {
        let mut asking = Asking {
            demo: &demo,
            never: Id::derived("nobody has this id").to_string(),
            told: BTreeSet::new(),
            wrong: Vec::new(),
        };
        of_posts(&mut asking);
        of_delegations(&mut asking);
        of_cases(&mut asking);
        of_places(&mut asking);
        assert!(asking.wrong.is_empty(), "{}: {:#?}", demo.engine, asking.wrong);
        let mut read = fields();
        assert!(read.len() > 8, "{read:?}");
        read.retain(|name, _| {
            !asking.told.contains(name) && NO_ROWS.iter().all(|(known, _)| known != name)
        });
        assert!(read.is_empty(), "nobody asks what these fields tell: {read:?}");
    }
}
