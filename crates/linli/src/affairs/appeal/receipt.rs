//! What a receipt says of a case, and whose words it lays open.

use super::CASE_FILE;
use super::view::{self, Brief, INSPECT, Looker};
use crate::act::Failure;
use crate::matter::{CASES, ENTRY};
use crate::page::Visitor;
use crate::record::{Fact, OfRows, Telling};

/// Receipts of what was done to cases. An entry with an internal note is never laid open.
pub const OF_CASES: OfRows =
    OfRows { of: CASES, inspect: INSPECT, own_words, owners_words, withheld: &["noted"], told };

const REPORT: &str = "case.report";
const REPORTS: [&str; 2] = [REPORT, "case.report_handled"];

/// An entry holds what a person said, as they said it. The file of a case holds the words of who
/// reported it, and later what others add to it: it is laid open to them alone, as the act that
/// made it left it.
fn own_words(act: &str, table: &str) -> bool {
    table == ENTRY.name || (table == CASE_FILE.name && REPORTS.contains(&act))
}

/// What was said at the counter is the resident's, though a clerk wrote it down. The entry of it
/// names the clerk and stays theirs: who handles a case is not named to its reporter.
fn owners_words(act: &str, table: &str) -> bool {
    table == CASE_FILE.name && act == REPORT
}

/// The case as its page shows it: whoever did something may not see it any more.
fn told(visitor: &Visitor) -> Telling {
    let looker = Looker::from(visitor);
    Box::new(move |tx, id| match view::brief(tx, &looker, id) {
        Ok(case) => Ok(facts(&looker, case)),
        Err(Failure::Hidden) => Ok(Vec::new()),
        Err(other) => Err(other),
    })
}

fn facts(looker: &Looker, case: Brief) -> Vec<Fact> {
    let lang = looker.lang;
    let link = format!("/cases/{}", case.number);
    let number = Fact::new(lang.say("report.received.number"), case.number).linked(link);
    let about = Fact::new(lang.say("record.receipt.about"), case.title);
    let who = case.body.map(|body| Fact::new(lang.say("report.received.who"), body));
    let due = case.due.map(|due| Fact::new(lang.say("record.receipt.due"), due));
    [number, about].into_iter().chain(who).chain(due).collect()
}
