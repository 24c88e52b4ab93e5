//! What a list shows is what the duty list decides, row by row: every list of cases, asked over the
//! network by people with several posts in several places, standing in for others, and with terms
//! that are over.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use calamine::Reader as _;
use linli::act::duty::Duty;
use linli::act::{Actor, DutyBook, DutyList, Reach, Scope, Verdict};
use linli::base::{Id, secret};
use linli::matter::ENTRY;
use linli::people::FOLLOW;
use linli::people::session::who_is;
use linli::store::Value;
use linli::testing::{World, both_engines_wired, staff};
use tower::ServiceExt as _;

use crate::pairs::{Dice, Row, Time, plant};
use crate::seats;

/// More than two pages of the desk, so that whoever sees all turns over.
const ROWS: usize = 130;
const PERSONS: usize = 6;
/// Kinds of post; three of each are planted.
const KINDS: [&str; 12] = [
    "grid_worker",
    "community_clerk",
    "community_head",
    "dispatcher",
    "street_supervisor",
    "district_dispatcher",
    "department_officer",
    "property_officer",
    "supervision_committee",
    "auditor",
    "security_admin",
    "grid_supervisor",
];

fn person(n: usize) -> Id {
    Id::derived(&format!("person {n}"))
}

/// A post somebody was appointed to, and whose powers it gives today.
struct Seat {
    appointment: Id,
    /// Empty where the term is over or has not begun, or the post has ended.
    acting: BTreeSet<Id>,
    actor: Actor,
}

impl Seat {
    /// As whom this person looks when they have taken the seat; `all` are the seats there are, for
    /// walls stand by every body the person belongs to.
    fn taken_by(&self, person: &Id, all: &[Seat]) -> Actor {
        let theirs = |seat: &&Seat| seat.acting.contains(person);
        let other_bodies = all.iter().filter(theirs).filter_map(|seat| seat.actor.body.clone());
        match self.acting.contains(person) {
            true => Actor {
                person: Some(person.clone()),
                other_bodies: other_bodies.collect(),
                ..self.actor.clone()
            },
            false => Actor::resident(person.clone()),
        }
    }
}

struct Town {
    rows: Vec<Row>,
    seats: Vec<Seat>,
    follows: BTreeSet<(Id, String)>,
    duties: DutyList,
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// How a term stands today; two of three run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    Running,
    LastDay,
    Over,
    NotBegun,
    Relieved,
    PostEnded,
}

const TERMS: [Term; 9] = [
    Term::Running,
    Term::Running,
    Term::Running,
    Term::Running,
    Term::LastDay,
    Term::Over,
    Term::NotBegun,
    Term::Relieved,
    Term::PostEnded,
];

impl Town {
    fn lay(world: &World, dice: &mut Dice) -> Town {
        let rows: Vec<Row> = (0..ROWS).map(|n| dice.row(n)).collect();
        plant(world, &rows);
        for n in 0..PERSONS {
            seats::person(world, &person(n));
            seats::body(world, &Id::derived(&format!("body {n}")));
        }
        plant_steps(world, &rows);
        let seats = (0..KINDS.len() * 3).map(|n| seat(world, dice, n, KINDS[n / 3])).collect();
        let follows = plant_follows(world, dice, &rows);
        let list = world.read(|tx| DutyBook::default().current(tx));
        Town {
            rows,
            seats,
            follows,
            duties: DutyList::clone(&list),
            router: linli::app::router(world.districts()),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    /// The rows that are there and of which this holds.
    fn those(&self, holds: impl Fn(&Reach) -> bool) -> BTreeSet<String> {
        let there = self.rows.iter().filter(|row| row.came.is_there());
        there.filter(|row| holds(&row.reach)).map(|row| row.reach.id.clone()).collect()
    }

    /// Of the rows that somebody sees those whose time stands so.
    fn timed(&self, seen: &BTreeSet<String>, holds: impl Fn(Time) -> bool) -> BTreeSet<String> {
        let these = self.rows.iter().filter(|row| seen.contains(&row.reach.id) && holds(row.time));
        these.map(|row| row.reach.id.clone()).collect()
    }

    fn may(&self, actor: &Actor, act: &str, row: &Reach) -> bool {
        self.duties.decide(actor, act, row).granted()
    }

    fn send(&self, method: &str, path: &str, cookie: &str, form: &str) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, format!("linli={cookie}"))
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
            (status, bytes.to_vec())
        })
    }

    /// The rows named in a text; nobody is named by accident, an id is long.
    fn named(&self, text: &str) -> BTreeSet<String> {
        let ids = self.rows.iter().map(|row| &row.reach.id);
        ids.filter(|id| text.contains(id.as_str())).cloned().collect()
    }

    /// All pages of a list, and the first of them; none where there is no such list for them.
    fn pages(&self, path: &str, cookie: &str) -> Option<(BTreeSet<String>, String)> {
        let (mut shown, mut first, mut next) = (BTreeSet::new(), None, path.to_owned());
        loop {
            let (status, bytes) = self.send("GET", &next, cookie, "");
            if status == StatusCode::NOT_FOUND {
                return None;
            }
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(status, StatusCode::OK, "{next} {text}");
            shown.extend(self.named(&text));
            let link = text.split(" rel=\"next\"").next().filter(|before| *before != text);
            let href = link.and_then(|before| before.rsplit("href=\"").next()?.split('"').next());
            let href = href.map(|href| href.replace("&amp;", "&").replace("&#38;", "&"));
            first.get_or_insert(text);
            match href {
                Some(href) => next = href,
                None => return Some((shown, first.unwrap())),
            }
        }
    }
}

/// A post at some place, somebody appointed to it, and at times a stand-in.
fn seat(world: &World, dice: &mut Dice, n: usize, kind: &str) -> Seat {
    let id = |what: &str| Id::derived(&format!("{what} of seat {n}"));
    let (path, body) = (dice.path(), dice.some_id("body"));
    let (term, holder) = (*dice.one(&TERMS), person(dice.below(PERSONS)));
    seats::post(world, &id("post"), kind, &path, body.as_ref(), term == Term::PostEnded);
    let days = match term {
        Term::Over => (-30, Some(-1)),
        Term::LastDay => (-30, Some(0)),
        Term::NotBegun => (1, None),
        _ => (-30, None),
    };
    let relieved = term == Term::Relieved;
    seats::appoint(world, &id("appointment"), &id("post"), &holder, days, relieved);
    let mut acting = BTreeSet::from([holder]);
    acting.extend(stand_in(world, dice, &id("appointment")));
    if !matches!(term, Term::Running | Term::LastDay) {
        acting.clear();
    }
    let actor = Actor { body, post: Some(id("post")), ..staff(kind, &path, person(0)) };
    Seat { appointment: id("appointment"), acting, actor }
}

/// Somebody who stands in, did, will, or was told not to after all; given back where they do.
fn stand_in(world: &World, dice: &mut Dice, appointment: &Id) -> Option<Id> {
    let (to, how) = (person(dice.below(PERSONS)), dice.below(6));
    let minutes = match how {
        0 => return None,
        1 => (-200, -100),
        2 => (100, 200),
        _ => (-100, 100),
    };
    seats::stand_in(world, appointment, &to, minutes, how == 3);
    (how > 3).then_some(to)
}

fn plant_follows(world: &World, dice: &mut Dice, rows: &[Row]) -> BTreeSet<(Id, String)> {
    let mut out = BTreeSet::new();
    for row in rows {
        out.insert((person(dice.below(PERSONS)), row.reach.id.clone()));
    }
    let columns = |(who, row): &(Id, String)| {
        let columns = vec![
            ("matter_id", Value::from(row.as_str())),
            ("person_id", Value::from(who)),
            ("texts", 0.into()),
            ("at", 0.into()),
        ];
        (Id::derived(&format!("follow {who} {row}")), columns)
    };
    world.plant(FOLLOW, out.iter().map(columns).collect());
    out
}

/// One step of each: it was reported.
fn plant_steps(world: &World, rows: &[Row]) {
    let step = |row: &Row| {
        let columns = vec![
            ("matter_id", Value::from(row.reach.id.as_str())),
            ("act_id", "a".into()),
            ("move", "report".into()),
            ("actor_label", "l".into()),
            ("at", 0.into()),
            ("recorded_at", 0.into()),
            ("to_stage", "reported".into()),
            ("facts", "{}".into()),
        ];
        (Id::derived(&format!("step of {}", row.reach.id)), columns)
    };
    world.plant(ENTRY, rows.iter().map(step).collect());
}

/// The rows a workbook names.
fn in_workbook(town: &Town, bytes: Vec<u8>) -> BTreeSet<String> {
    let mut book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let text: Vec<String> = sheet.cells().map(|(_, _, cell)| cell.to_string()).collect();
    town.named(&text.join("\n"))
}

/// What a tab counts; that of what waits is the first, and has no name of its own.
fn counted(page: &str, tab: &str) -> usize {
    let href = format!("href=\"/desk?tab={tab}\"");
    let mut tabs = page.split("class=\"tabs__link\"").skip(1);
    let tab = tabs.find(|one| tab == "todo" || one.trim_start().starts_with(&href)).unwrap();
    let count = tab.split("</a>").next().unwrap().split("tabs__count\">").nth(1);
    count.unwrap().split('<').next().unwrap().parse().unwrap()
}

/// Every list one person has, sitting on one seat, against the rows; how many rows were shown.
fn compare(town: &Town, cookie: &str, actor: &Actor) -> usize {
    let seen = town.those(|row| town.may(actor, "case.see", row));
    let at = |what: &str| format!("{what} of {actor:?}");
    let me = actor.person.as_ref().unwrap();
    if let Some((shown, page)) = town.pages("/desk?tab=all", cookie) {
        assert_eq!(shown, seen, "{}", at("the desk"));
        // All planted cases are open, at the first stage.
        assert_eq!(counted(&page, "open"), seen.len(), "{}", at("the count"));
        // What runs beside the stages is for those inside.
        let outside = |duty: &Duty| matches!(duty.scope, Scope::Public | Scope::Own | Scope::Party);
        let inside = town.duties.of(&actor.kind, "case.see").any(|duty| !outside(duty));
        type Holds = fn(Time, bool) -> bool;
        for (tab, holds) in [("late", Time::is_late as Holds), ("soon", Time::is_soon)] {
            let these = town.timed(&seen, |time| holds(time, inside));
            assert_eq!(counted(&page, tab), these.len(), "the count of what is {tab} of {actor:?}");
            let (listed, _) = town.pages(&format!("/desk?tab={tab}"), cookie).unwrap();
            assert_eq!(listed, these, "what is {tab} of {actor:?}");
        }
        let (waits, page) = town.pages("/desk?tab=todo", cookie).unwrap();
        assert_eq!(counted(&page, "todo"), waits.len(), "{}", at("the count of what waits"));
        assert!(waits.is_subset(&seen), "{}", at("what waits"));
    } else {
        assert!(actor.post.is_none() || !town.duties.has(actor, "case.see"), "{}", at("no desk"));
    }
    let own = |row: &Reach| row.owner.as_ref() == Some(me) && seen.contains(&row.id);
    let (mine, _) = town.pages("/mine", cookie).unwrap();
    assert_eq!(mine, town.those(own), "{}", at("my own"));
    let follows = |row: &Reach| town.follows.contains(&(me.clone(), row.id.clone()));
    let others = |row: &Reach| {
        let with = follows(row) || row.parties.contains(me);
        with && row.owner.as_ref() != Some(me) && seen.contains(&row.id)
    };
    let (followed, _) = town.pages("/mine?show=followed", cookie).unwrap();
    // What one may see no more is there by its number, to be let go.
    let let_go = |row: &Reach| follows(row) && !seen.contains(&row.id);
    let wanted = town.those(|row| others(row) || let_go(row));
    assert_eq!(followed, wanted, "{}", at("the followed"));
    let (status, bytes) = town.send("GET", "/api/v1/cases?limit=200", cookie, "");
    assert_eq!(status, StatusCode::OK);
    let listed = town.named(&String::from_utf8(bytes).unwrap());
    assert_eq!(listed, seen, "{}", at("the list for programs"));
    if let Some((round, _)) = town.pages("/field", cookie) {
        let near = |row: &Reach| row.place_path.starts_with(&actor.place_path);
        let near = town.those(|row| near(row) && seen.contains(&row.id));
        // A phone is given a hundred, no more.
        assert!(round.is_subset(&near), "{}", at("the round"));
        assert_eq!(round.len(), near.len().min(100), "{}", at("the round"));
    }
    measured(town, cookie, actor, &seen);
    seen.len() + taken_out(town, cookie, actor, &seen)
}

/// The figures speak of the rows that are seen and may be measured, and of no others.
fn measured(town: &Town, cookie: &str, actor: &Actor, seen: &BTreeSet<String>) {
    let may = town.those(|row| seen.contains(&row.id) && town.may(actor, "case.measure", row));
    let (status, bytes) = town.send("GET", "/desk/figures", cookie, "");
    if status == StatusCode::NOT_FOUND {
        let none = actor.post.is_none() || !town.duties.has(actor, "case.measure");
        assert!(none, "no figures for {actor:?}");
        return;
    }
    let page = String::from_utf8(bytes).unwrap();
    let counted = page.split(" 收到 ").nth(1).and_then(|rest| rest.split(' ').next());
    let counted = counted.map_or(0, |n| n.parse().unwrap());
    assert_eq!(counted, may.len(), "the figures of {actor:?}: {page}");
    assert_eq!(may.is_empty(), page.contains("没有收到归您查看的诉求"), "{page}");
}

/// The files: a row goes out only where it is seen and may be taken out.
fn taken_out(town: &Town, cookie: &str, actor: &Actor, seen: &BTreeSet<String>) -> usize {
    let may = town.those(|row| seen.contains(&row.id) && town.may(actor, "case.export", row));
    for what in ["cases", "steps"] {
        let form = format!("what={what}&form=csv");
        let (status, bytes) = town.send("POST", "/admin/export", cookie, &form);
        if status == StatusCode::OK {
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(town.named(&text), may, "the export of {what} of {actor:?}");
        } else {
            assert!(!town.duties.has(actor, "case.export"), "no export for {actor:?}: {status}");
        }
    }
    let (status, bytes) = town.send("POST", "/desk.xlsx", cookie, "query=tab%3Dall");
    if status == StatusCode::OK {
        assert_eq!(in_workbook(town, bytes), may, "the workbook of {actor:?}");
    }
    may.len()
}

#[test]
fn every_list_shows_the_rows_that_are_decided_for_whoever_asks() {
    both_engines_wired(&linli::app::wiring().unwrap(), |world| {
        let mut dice = Dice(31);
        let town = Town::lay(world, &mut dice);
        let public = town.those(|row| town.may(&Actor::public(), "case.see", row));
        for path in ["/public", "/public.atom", "/open311/v2/requests.json?page_size=200"] {
            let (shown, _) = town.pages(path, "").unwrap();
            assert_eq!(shown, public, "{path}");
        }
        let (mut met, mut shown) = (BTreeMap::new(), 0);
        for (seat, n) in town.seats.iter().flat_map(|s| (0..PERSONS).map(move |n| (s, n))) {
            let who = person(n);
            let actor = seat.taken_by(&who, &town.seats);
            // A seat that is nobody's of these gives what a resident has: asked of one in six.
            if actor.post.is_none() && dice.below(6) > 0 {
                continue;
            }
            let cookie = seats::sign_in(world, &who, Some(&seat.appointment));
            shown += compare(&town, &cookie, &actor);
            *met.entry(actor.post.is_some()).or_insert(0) += 1;
        }
        assert!(met[&true] > 15 && met[&false] > 10 && shown > 500, "{met:?} {shown}");
    });
}

/// 回避 is the person's: who works in the office complained of does not handle the complaint from
/// another office's chair.
#[test]
fn a_wall_stands_for_every_body_one_belongs_to() {
    both_engines_wired(&linli::app::wiring().unwrap(), |world| {
        let id = |what: &str| Id::derived(what);
        let (mine, theirs, me) = (id("my office"), id("their office"), id("officer"));
        seats::person(world, &me);
        seats::person(world, &id("colleague"));
        for (body, holder) in [(&mine, &me), (&theirs, &id("colleague"))] {
            seats::body(world, body);
            let (post, seat) = (id(&format!("post of {body}")), id(&format!("seat of {body}")));
            seats::post(world, &post, "department_officer", "/990101/", Some(body), false);
            seats::appoint(world, &seat, &post, holder, (-30, None), false);
        }
        let seat = id(&format!("seat of {theirs}"));
        let about = |about: &Id| Reach {
            about_body: Some(about.clone()),
            body: Some(theirs.clone()),
            ..Reach::at("/990101/")
        };
        let list = world.read(|tx| DutyBook::default().current(tx));
        let as_seated = || {
            let cookie = seats::sign_in(world, &me, Some(&seat));
            let (hash, now) = (secret::sha256_hex(cookie.as_bytes()), world.district.now());
            world.read(move |tx| who_is(tx, &hash, now)).unwrap().actor
        };
        assert_eq!(as_seated().post, None, "nobody has let them stand in yet");
        seats::stand_in(world, &seat, &me, (-100, 100), false);
        let actor = as_seated();
        assert_eq!(
            (actor.body.as_ref(), &actor.other_bodies),
            (Some(&theirs), &vec![mine.clone()])
        );
        for act in ["case.sign", "case.answer", "case.unmask", "case.unmask_contact"] {
            let denied = |about_body: &Id| match list.decide(&actor, act, &about(about_body)) {
                Verdict::Granted(_) => None,
                Verdict::Denied(refusal) => Some(refusal.code),
            };
            assert_eq!(denied(&mine), Some("walled_off"), "{act}");
            assert_eq!(denied(&theirs), Some("walled_off"), "{act}");
            assert_ne!(denied(&id("a third office")), Some("walled_off"), "{act}");
        }
        assert!(list.decide(&actor, "case.sign", &about(&id("a third office"))).granted());
    });
}
