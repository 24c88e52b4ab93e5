//! Officers who act at the same moment, and acts that do not come about.

use std::borrow::Cow;
use std::sync::{Arc, Barrier};
use std::thread;

use linli::act::{Act, Acting, Actor, Audience, Done, Failure, Reach, Refusal, Subject, Tell};
use linli::affairs::appeal;
use linli::base::{Fault, Id};
use linli::district::District;
use linli::matter::{CASES, Conduct, Moved, PARTY, Put};
use linli::{notice, params};

use super::town::{class, clerk, count, look, perform, report, towns};

/// Runs both at the same moment.
fn together<T: Send>(one: impl FnOnce() -> T + Send, two: impl FnOnce() -> T + Send) -> [T; 2] {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        let second = two();
        [first.join().unwrap(), second]
    })
}

fn refused_as(done: &Failure, codes: &[&str]) -> bool {
    matches!(done, Failure::Refused(refusal) if codes.contains(&refusal.code))
}

/// Makes a move with a case that both officers have open in the same state.
fn conduct(district: &Arc<District>, case: &Moved, act: &str, put: Put) -> Done<String> {
    let kit = appeal::kit(district).unwrap();
    let (matter, seen) = (case.matter.clone(), Some(case.version).into());
    let act = Conduct { kit, of: CASES, matter, seen, act: act.to_owned(), put };
    perform(district, &clerk(), act).map(|answer| answer.outcome.stage)
}

#[test]
fn of_two_officers_who_decide_at_once_one_decides() {
    for town in towns() {
        let district = town.open();
        for round in 0..10 {
            let act = Id::derived(&format!("decided by two {round}"));
            let made = report(&district, &act, &format!("2026-{round:06}"), "路灯不亮").unwrap();
            let case = made.outcome;
            let accept = Put::default().with("class", class(&district));
            let reject = Put::default().with("reason", "不属于本区").with("go_to", "邻区");
            let done = together(
                || conduct(&district, &case, "accept", accept),
                || conduct(&district, &case, "reject", reject),
            );
            let won: Vec<&String> = done.iter().filter_map(|one| one.as_ref().ok()).collect();
            assert_eq!(won.len(), 1, "{}: {done:?}", town.engine());
            let lost = done.iter().find_map(|one| one.as_ref().err()).unwrap();
            let said = ["changed_meanwhile", "not_at_this_stage"];
            assert!(refused_as(lost, &said), "{}: {lost}", town.engine());
            let id = case.matter.clone();
            let stage = look(&district, move |tx| {
                tx.row("select stage from matter where id = $1", params![id], |r| {
                    r.get::<String>(0)
                })
            });
            assert_eq!(stage.as_ref(), Some(won[0]));
        }
        assert_eq!(count(&district, "select count(*) from entry"), 20);
    }
}

/// An approver leaves; the last one may not. Each looks at the other's row and writes only its own,
/// so that no row is written twice: the write skew that a weaker isolation lets through.
struct Leave {
    of: Id,
    who: Id,
}

impl Act for Leave {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.leave".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(format!("{} {}", self.of, self.who).into_bytes())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: self.of.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let left = cx.read().count(
            "select count(*) from party where subject_id = $1 and role = 'approver'",
            params![self.of],
        )?;
        if left < 2 {
            return Err(Refusal::new("not_at_this_stage").into());
        }
        cx.tx.write(
            PARTY,
            "",
            "delete from party where subject_id = $1 and party_id = $2",
            params![self.of, self.who],
        )?;
        Ok(())
    }
}

/// Two approvers of one thing.
struct Appoint {
    of: Id,
}

impl Act for Appoint {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.appoint".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.of.to_string().into_bytes())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: self.of.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        for who in [Id::derived("first"), Id::derived("second")] {
            cx.tx.write(
                PARTY,
                "",
                "insert into party (subject_id, party_id, role) values ($1, $2, 'approver')",
                params![self.of, who],
            )?;
        }
        Ok(())
    }
}

#[test]
fn two_approvers_cannot_both_leave() {
    for town in towns() {
        let district = town.open();
        let operator = Actor::operator();
        for round in 0..20 {
            let of = Id::derived(&format!("watched by two {round}"));
            perform(&district, &operator, Appoint { of: of.clone() }).unwrap();
            let leave = |who: &str| {
                let act = Leave { of: of.clone(), who: Id::derived(who) };
                perform(&district, &operator, act).map(|_| ())
            };
            let done = together(|| leave("first"), || leave("second"));
            let left = done.iter().filter(|one| one.is_ok()).count();
            assert_eq!(left, 1, "{}: {done:?}", town.engine());
            let lost = done.iter().find_map(|one| one.as_ref().err()).unwrap();
            assert!(refused_as(lost, &["not_at_this_stage"]), "{}: {lost}", town.engine());
        }
        assert_eq!(count(&district, "select count(*) from party where role = 'approver'"), 20);
    }
}

/// How an act ends that has told somebody already.
#[derive(Clone, Copy, Debug)]
enum End {
    Well,
    Refused,
    Panics,
    /// It writes a row that is there already.
    Twice,
}

struct TellAndEnd(End);

impl Act for TellAndEnd {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "test.tell".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(format!("{:?}", self.0).into_bytes())
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "test", id: String::new(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let at = cx.now();
        cx.tell(Tell {
            to: Audience::Person(super::town::reporter()),
            kind: "case.accepted".to_owned(),
            matter: None,
            params: vec![("number".to_owned(), "1".to_owned())],
            at,
            texts: false,
        });
        let insert = "
            insert into party (subject_id, party_id, role) values ('told', 'of', 'follower')";
        match self.0 {
            End::Well => {}
            End::Refused => return Err(Refusal::new("not_at_this_stage").into()),
            End::Panics => panic!("a bug in an act"),
            End::Twice => {
                cx.tx.write(PARTY, "", insert, &[])?;
                cx.tx.write(PARTY, "", insert, &[])?;
            }
        }
        Ok(())
    }
}

#[test]
fn nobody_is_told_of_what_did_not_happen() {
    for town in towns() {
        let district = town.open();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let operator = Actor::operator();
        let acts = "select count(*) from act";
        let before = count(&district, acts);
        for end in [End::Refused, End::Panics, End::Twice] {
            let done = perform(&district, &operator, TellAndEnd(end));
            assert!(done.is_err(), "{}: {end:?}", town.engine());
            runtime.block_on(notice::deliver(&district)).unwrap();
            for nothing in [
                "select count(*) from outbox",
                "select count(*) from news",
                "select count(*) from notice",
                "select count(*) from party where subject_id = 'told'",
            ] {
                assert_eq!(count(&district, nothing), 0, "{}: {end:?} {nothing}", town.engine());
            }
        }
        assert_eq!(count(&district, acts), before);
        perform(&district, &operator, TellAndEnd(End::Well)).unwrap();
        for _ in 0..3 {
            runtime.block_on(notice::deliver(&district)).unwrap();
        }
        assert_eq!(count(&district, "select count(*) from outbox"), 0);
        assert_eq!(count(&district, "select count(*) from notice"), 1);
        drop(district);
        town.verify();
    }
}
