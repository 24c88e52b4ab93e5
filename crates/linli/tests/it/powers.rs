//! The whole matrix of powers as a file to be read: what a change of the duty list changes is seen
//! in its difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use linli::act::{Actor, DutyBook, DutyList, OPERATOR, Reach, Verdict};
use linli::base::{Id, secret};
use linli::people::session::who_is;
use linli::testing::{World, both_engines, staff};

use crate::golden;
use crate::seats;

/// Rows as seen from the post: what each column of the matrix stands for.
const ROWS: [(&str, &str); 14] = [
    ("pub", "a public row of another street"),
    ("own", "a row the actor owns, elsewhere"),
    ("pty", "a row the actor is a party to, elsewhere"),
    ("grd", "a row in exactly the actor's place"),
    ("blw", "a row in a place below the actor's"),
    ("sib", "a row in a place whose path begins with the same digits"),
    ("bdy", "a row assigned to the actor's body, elsewhere"),
    ("els", "an internal row of another street"),
    ("cmp", "a public row in the actor's own place that complains of the actor's body"),
    ("ptb", "a row the actor's body is a party to, elsewhere"),
    ("prv", "a private row in exactly the actor's place"),
    ("ocm", "a row the actor owns, in their place, that complains of the actor's body"),
    ("bcm", "a row assigned to the actor's body that complains of that same body"),
    ("pcm", "a person in the actor's place who complains of the actor's body"),
];

fn row(column: &str, actor: &Actor) -> Reach {
    let elsewhere = Reach {
        id: "row".to_owned(),
        owner: Some(Id::derived("somebody else")),
        body: Some(Id::derived("another body")),
        ..Reach::at("/990101/990101009/")
    };
    let public = "public".to_owned();
    match column {
        "pub" => Reach { publicity: public, ..elsewhere },
        "own" => Reach { owner: actor.person.clone(), ..elsewhere },
        "pty" => Reach { parties: actor.person.iter().cloned().collect(), ..elsewhere },
        "grd" => Reach { place_path: actor.place_path.clone(), ..elsewhere },
        "blw" => Reach { place_path: format!("{}01/", actor.place_path), ..elsewhere },
        "sib" => {
            let stem = actor.place_path.trim_end_matches('/');
            Reach { place_path: format!("{stem}1/"), ..elsewhere }
        }
        "bdy" => Reach { body: actor.body.clone(), ..elsewhere },
        "cmp" => Reach {
            about_body: actor.body.clone(),
            place_path: actor.place_path.clone(),
            publicity: public,
            ..elsewhere
        },
        "ptb" => Reach { parties: actor.body.iter().cloned().collect(), ..elsewhere },
        "prv" => Reach {
            publicity: "private".to_owned(),
            place_path: actor.place_path.clone(),
            ..elsewhere
        },
        "ocm" => Reach {
            owner: actor.person.clone(),
            about_body: actor.body.clone(),
            place_path: actor.place_path.clone(),
            ..elsewhere
        },
        "bcm" => Reach { body: actor.body.clone(), about_body: actor.body.clone(), ..elsewhere },
        "pcm" => Reach {
            place_path: actor.place_path.clone(),
            complains_of: actor.body.iter().cloned().collect(),
            ..elsewhere
        },
        _ => elsewhere,
    }
}

fn actor(kind: &str) -> Actor {
    let person = Id::derived("the actor");
    match kind {
        "public" => Actor::public(),
        "resident" => Actor::resident(person),
        "clock" => Actor::clock(),
        OPERATOR => Actor::operator(),
        _ => Actor {
            body: Some(Id::derived("the actor's body")),
            ..staff(kind, "/990101/990101001/", person)
        },
    }
}

fn matrix(list: &DutyList, kinds: &[String]) -> String {
    let acts: BTreeSet<&str> = list.duties.iter().map(|duty| duty.act.as_str()).collect();
    let mut out = String::from("Powers of the shipped duty list: post, act, verdict by row.\n");
    for (name, what) in ROWS {
        let _ = writeln!(out, "  {name}  {what}");
    }
    out.push_str("  + granted   . beyond the scope   ! walled off\n");
    for kind in kinds {
        let actor = actor(kind);
        let heads = ROWS.map(|(name, _)| name).join(" ");
        let _ = writeln!(out, "\n{kind:<40}{heads}");
        for act in &acts {
            let scopes: Vec<&str> = list.of(kind, act).map(|duty| duty.scope.name()).collect();
            if scopes.is_empty() {
                continue;
            }
            let marks = ROWS.map(|(name, _)| match list.decide(&actor, act, &row(name, &actor)) {
                Verdict::Granted(_) => " + ",
                Verdict::Denied(refusal) if refusal.code == "walled_off" => " ! ",
                Verdict::Denied(_) => " . ",
            });
            let line = format!("  {act:<38}{} {}", marks.join(" "), scopes.join(" "));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

#[test]
fn the_matrix_of_powers_is_the_one_that_was_read() {
    both_engines(|world| {
        let (list, kinds) = world.read(|tx| {
            let list = DutyBook::default().current(tx)?;
            let kinds: Vec<String> =
                linli::people::store::all_kinds(tx)?.into_iter().map(|kind| kind.id).collect();
            Ok((list, kinds))
        });
        let whole = matrix(&list, &kinds) + &of_seats(world, &list);
        golden::holds("crates/linli/tests/it/powers.golden.txt", &whole);
    });
}

/// Where the posts of the cast are held.
const HERE: &str = "/990101/990101001/99010100101/";
const THERE: &str = "/990101/990101002/99010100202/";

/// The cast of the second table: a line, whose it is, the seat it sits on.
const CAST: [(&str, &str, &str); 13] = [
    ("both.1", "both", "clerk here"),
    ("both.2", "both", "officer there"),
    ("both.0", "both", ""),
    ("hold", "holder", "dispatcher there"),
    ("stnd", "stand-in", "dispatcher there"),
    ("stnd.1", "stand-in", "clerk here too"),
    ("past", "was standing in", "dispatcher there"),
    ("next", "will stand in", "dispatcher there"),
    ("stop", "was told not to", "dispatcher there"),
    ("over", "out of office", "term over"),
    ("last", "last day", "term ends today"),
    ("soon", "elected", "term not begun"),
    ("none", "stranger", "dispatcher there"),
];

/// Columns of the second table.
const THEIR_ROWS: [(&str, &str); 8] = [
    ("her", "an internal row in the first place"),
    ("thr", "an internal row in the second place"),
    ("els", "an internal row of a third place"),
    ("own", "an internal row of that third place that the person owns"),
    ("bdh", "a row there assigned to the body of the posts in the first place"),
    ("bdt", "a row there assigned to the body of the posts in the second"),
    ("cmh", "a row in the first place that complains of its body"),
    ("cmt", "a row in the first place that complains of the other body"),
];

fn theirs(column: &str, person: &Id) -> Reach {
    let body = |name: &str| Some(Id::derived(name));
    let at = |path: &str| Reach { id: "row".to_owned(), ..Reach::at(path) };
    let third = at("/990101/990101003/");
    match column {
        "her" => at(HERE),
        "thr" => at(THERE),
        "own" => Reach { owner: Some(person.clone()), ..third },
        "bdh" => Reach { body: body("body here"), ..third },
        "bdt" => Reach { body: body("body there"), ..third },
        "cmh" => Reach { about_body: body("body here"), ..at(HERE) },
        "cmt" => Reach { about_body: body("body there"), ..at(HERE) },
        _ => third,
    }
}

/// The posts of the cast with their terms and stand-ins.
fn plant_seats(world: &World) {
    let person = |name: &str| Id::derived(name);
    for name in CAST.iter().map(|(_, who, _)| *who).collect::<BTreeSet<_>>() {
        seats::person(world, &person(name));
    }
    for body in ["body here", "body there"] {
        seats::body(world, &Id::derived(body));
    }
    let running = (-30, None);
    let posts = [
        ("clerk here", "community_clerk", HERE, "both", running),
        ("officer there", "department_officer", THERE, "both", running),
        ("clerk here too", "community_clerk", HERE, "stand-in", running),
        ("dispatcher there", "dispatcher", THERE, "holder", running),
        ("term over", "dispatcher", HERE, "out of office", (-30, Some(-1))),
        ("term ends today", "dispatcher", HERE, "last day", (-30, Some(0))),
        ("term not begun", "dispatcher", HERE, "elected", (1, None)),
    ];
    for (seat, kind, path, who, days) in posts {
        let post = Id::derived(&format!("post of {seat}"));
        let body = Id::derived(if path == HERE { "body here" } else { "body there" });
        seats::post(world, &post, kind, path, Some(&body), false);
        seats::appoint(world, &Id::derived(seat), &post, &person(who), days, false);
    }
    let stand_ins = [
        ("stand-in", (-60, 60), false),
        ("was standing in", (-60, -1), false),
        ("will stand in", (60, 120), false),
        ("was told not to", (-60, 60), true),
    ];
    for (who, minutes, stopped) in stand_ins {
        let of = Id::derived("dispatcher there");
        seats::stand_in(world, &of, &person(who), minutes, stopped);
    }
}

/// What people with several posts, with somebody else's and with a term that is over may do: a
/// session acts by one seat, and by that alone.
fn of_seats(world: &World, list: &DutyList) -> String {
    plant_seats(world);
    let mut out = String::from("\n\nPowers by the seat somebody has taken: seat, act, verdict.\n");
    for (name, what) in THEIR_ROWS {
        let _ = writeln!(out, "  {name}  {what}");
    }
    let heads = THEIR_ROWS.map(|(name, _)| name).join(" ");
    for (line, who, seat) in CAST {
        let person = Id::derived(who);
        let appointment = (!seat.is_empty()).then(|| Id::derived(seat));
        let cookie = seats::sign_in(world, &person, appointment.as_ref());
        let (hash, now) = (secret::sha256_hex(cookie.as_bytes()), world.district.now());
        let actor = world.read(move |tx| who_is(tx, &hash, now)).unwrap().actor;
        let seat = if seat.is_empty() { "no seat" } else { seat };
        let _ = writeln!(out, "\n{line}: {who}, {seat}; acts as {} {}", actor.kind, actor.label);
        let _ = writeln!(out, "{:40}{heads}", "");
        for act in SEATED {
            let marks = THEIR_ROWS.map(|(name, _)| {
                match list.decide(&actor, act, &theirs(name, &person)) {
                    Verdict::Granted(_) => " + ",
                    Verdict::Denied(refusal) if refusal.code == "walled_off" => " ! ",
                    Verdict::Denied(_) => " . ",
                }
            });
            let _ = writeln!(out, "{}", format!("  {act:<38}{}", marks.join(" ")).trim_end());
        }
    }
    out
}

/// Acts that are looked at seat by seat.
const SEATED: [&str; 6] = [
    "case.see",
    "case.report",
    "case.dispatch",
    "case.reply",
    "case.unmask",
    "case.unmask_contact",
];

#[test]
fn the_terminal_of_the_machine_acts_by_no_row_of_the_list() {
    both_engines(|world| {
        let list = world.read(|tx| DutyBook::default().current(tx));
        let operator = actor(OPERATOR);
        for (name, _) in ROWS {
            let verdict = list.decide(&operator, "case.see", &row(name, &operator));
            assert_eq!(verdict, Verdict::Granted(None), "{name}");
        }
    });
}

#[test]
fn no_administrator_may_do_anything_to_a_case() {
    both_engines(|world| {
        let list = world.read(|tx| DutyBook::default().current(tx));
        for kind in ["system_admin", "security_admin", "audit_admin"] {
            let actor = actor(kind);
            for act in ["case.see", "case.report", "case.dispatch", "person.unmask"] {
                for (name, _) in ROWS {
                    let verdict = list.decide(&actor, act, &row(name, &actor));
                    assert!(!verdict.granted(), "{kind} {act} {name}");
                }
            }
        }
    });
}
