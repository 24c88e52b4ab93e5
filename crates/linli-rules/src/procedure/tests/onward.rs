//! What comes next where nothing goes amiss.

use super::*;

/// The small procedure, with what is put after the phase of its first stage.
fn small(first: &str, second: &str) -> String {
    SMALL.replacen("phase = \"reported\"\n", &format!("phase = \"reported\"\n{first}"), 1).replacen(
        "phase = \"closed\"\n",
        &format!("phase = \"closed\"\n{second}"),
        1,
    )
}

fn way<'p>(process: &'p Process, from: &str) -> Vec<&'p str> {
    process.onward(process.stage(from).unwrap()).iter().map(|stage| stage.id.as_str()).collect()
}

#[test]
fn the_way_onward_is_told_to_its_end_or_not_at_all() {
    let process = Process::parse(&small("next = \"done\"\n", ""), &KNOWN).unwrap();
    assert_eq!(way(&process, "asked"), ["done"]);
    assert!(way(&process, "done").is_empty());
    let silent = Process::parse(SMALL, &KNOWN).unwrap();
    assert!(way(&silent, "asked").is_empty());
    let appeal = appeal();
    let rest = ["awaiting_dispatch", "dispatched", "handling", "answered", "closed"];
    assert_eq!(way(&appeal, "reported"), rest);
    assert_eq!(way(&appeal, "reopened"), rest[1..]);
    assert!(way(&appeal, "disputed").is_empty(), "nobody knows how that ends");
}

#[test]
fn a_next_that_leads_nowhere_is_told_with_its_line() {
    for (first, second, line, told) in [
        ("next = \"moon\"\n", "", 8, "no move leads from here to moon"),
        ("next = \"asked\"\n", "", 8, "from asked on no next leads to an end"),
        ("", "next = \"asked\"\n", 14, "done is an end and has no next"),
    ] {
        let problems = Process::parse(&small(first, second), &KNOWN).unwrap_err();
        assert!(
            problems.iter().any(|p| p.line == line && p.reason.en.contains(told)),
            "{told}: {problems:?}"
        );
    }
}
