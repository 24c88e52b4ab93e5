//! The list of exceptions: `check | what | reason`, one a line.

use std::collections::BTreeSet;

const LIST: &str = include_str!("ratchet.txt");

/// What was found is exactly what is let through for this check.
pub fn settle(check: &str, found: &BTreeSet<String>) {
    let allowed = allowed(check);
    let new: Vec<&String> = found.difference(&allowed).collect();
    let gone: Vec<&String> = allowed.difference(found).collect();
    assert!(new.is_empty(), "{check}: mend these, or list them in ratchet.txt: {new:#?}");
    assert!(gone.is_empty(), "{check}: no longer needed in ratchet.txt: {gone:#?}");
}

fn allowed(check: &str) -> BTreeSet<String> {
    lines().into_iter().filter(|(of, _, _)| of == check).map(|(_, what, _)| what).collect()
}

fn lines() -> Vec<(String, String, String)> {
    let kept = LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    kept.map(|line| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [check, what, reason] = parts[..] else { panic!("ratchet.txt: {line}") };
        (check.to_owned(), what.to_owned(), reason.to_owned())
    })
    .collect()
}

#[test]
fn every_exception_has_a_reason_and_a_check() {
    let checks = [
        "statements",
        "order",
        "modules",
        "tables",
        "kernel",
        "purity",
        "sizes",
        "habits",
        "acts",
        "words",
        "codes",
    ];
    for (check, what, reason) in lines() {
        assert!(checks.contains(&check.as_str()), "no check is called {check}");
        assert!(reason.len() > 10, "{check} {what} gives no reason");
    }
}
