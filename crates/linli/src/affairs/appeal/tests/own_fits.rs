//! A version that calls by another name what the program does by itself, counts or asks for is
//! refused with its line, and never adopted without a word.

use super::own_process::{adopt, keeper, own};
use super::town::{Town, code};
use crate::affairs::appeal::{SHIPPED, parse};
use crate::app;
use crate::matter::{Photo, Put};
use crate::testing::both_engines_wired;

/// The shipped file with something replaced that is there.
fn with(old: &str, new: &str) -> String {
    assert!(SHIPPED.contains(old), "the shipped file has no {old}");
    SHIPPED.replace(old, new)
}

/// The same in the first move of this name.
fn within(act: &str, old: &str, new: &str) -> String {
    let (before, by) = SHIPPED.split_once(&format!("act = \"{act}\"\n")).unwrap();
    let (by, after) = by.split_once("\n[[move]]").unwrap_or((by, ""));
    assert!(by.contains(old), "{act} has no {old}");
    let after = if after.is_empty() { String::new() } else { format!("\n[[move]]{after}") };
    format!("{before}act = \"{act}\"\n{}{after}", by.replacen(old, new, 1))
}

#[test]
fn names_the_program_counts_on_are_asked_for_with_their_line() {
    let answer = with("act = \"answer\"", "act = \"reply_final\"");
    let place = within("report", "name = \"place\", kind", "name = \"where\", kind");
    let class =
        within("report", "name = \"class\", kind = \"class\"", "name = \"class\", kind = \"text\"");
    let supervisor = with("act = \"reopen_by_supervisor\"", "act = \"reopen_by_office\"");
    for (text, at, says) in [
        (with("\"reopened\"", "\"again\""), "act = \"rate\"", "reopen_window"),
        (with("\"disputed\"", "\"contested\""), "act = \"dispute\"", "dispute_window"),
        (supervisor, "act = \"reopen_by_office\"", "reopen_by_supervisor"),
        (answer, "act = \"reply_final\"", "reply_final answers"),
        (place, "act = \"report\"", "a field place"),
        (class, "act = \"report\"", "a field class"),
        (with("act = \"sign\"", "act = \"take\""), "id = \"sign\"", "needs a move sign"),
        (within("follow_grid", "\"handling\", ", ""), "act = \"follow_grid\"", "from handling"),
        (with("\"contact\"", "\"hello\""), "[procedure]", "no clock contact"),
        (
            with("id = \"handle\"\n", "id = \"work\"\n")
                .replace("clock = \"handle\"", "clock = \"work\"")
                .replace("drops = [\"handle\"]", "drops = [\"work\"]"),
            "[procedure]",
            "no clock handle",
        ),
        (
            with("\"closed\"", "\"ended\"").replace("phase = \"ended\"", "phase = \"closed\""),
            "act = \"rate\"",
            "from closed",
        ),
    ] {
        let told = parse(&text).expect_err(says);
        let line = 1 + text.lines().position(|line| line.contains(at)).unwrap();
        let found = told.iter().find(|problem| problem.reason.en.contains(says));
        let found = found.unwrap_or_else(|| panic!("{says}: {told:?}"));
        assert_eq!(found.line, line, "{says}: {told:?}");
        assert!(!found.reason.zh.is_empty());
    }
}

#[test]
fn a_place_may_ask_for_more_photos_than_one() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let handled = "from = [\"reported\", \"awaiting_dispatch\"]\nto = \"answered\"\n";
        let two = "needs = [{ guard = \"photos_at_least\", n = 2, field = \"after\" }]\n";
        let text = own(2);
        assert!(text.contains(handled), "the shipped file is another one");
        let text = text.replacen(handled, &format!("{handled}{two}"), 1);
        assert_eq!(adopt(world, &keeper(), 1, &text), Ok(2));
        let (worker, case) = (town.by("grid_worker"), town.report("路灯不亮").matter);
        let photo = |role: &str, shade| Photo { file: town.photo(shade), role: role.to_owned() };
        let mut put = Put::default().with("reply", "当场拧紧了灯头");
        put.photos = vec![photo("before", 10), photo("after", 20)];
        let told = town.go(&worker, &case, "handle_here", put.clone()).unwrap_err();
        assert_eq!(code(&told), "photos_at_least");
        put.photos.push(photo("after", 30));
        town.go(&worker, &case, "handle_here", put).unwrap();
    });
}
