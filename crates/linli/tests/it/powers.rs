//! The whole matrix of powers as a file to be read: what a change of the duty list changes is seen
//! in its difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use linli::act::{Actor, DutyBook, DutyList, OPERATOR, Reach, Verdict};
use linli::base::Id;
use linli::testing::{both_engines, staff};

use crate::golden;

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
        golden::holds("crates/linli/tests/it/powers.golden.txt", &matrix(&list, &kinds));
    });
}

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
