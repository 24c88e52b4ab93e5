//! Counting cases, for the desk and for the public page.

use linli_rules::measure::{Count, Tally};

use crate::base::{Id, Instant};
use crate::matter::tally::{self, Made};
use crate::store::{Param, ReadTx, Row, StoreError, Value};

/// What lists and figures of cases are read from.
pub const FROM: &str = "from matter t
    join case_file f on f.id = t.id left join class c on c.id = f.class_id";

/// Answers; a report that was put right at once is one by itself.
const ANSWERS: [&str; 3] = ["answer", "handle_here", "report_handled"];

/// How often each of these was done; a report that was put right at once is accepted by that.
const MADE: [Made<'static>; 7] = [
    with("accepted", &["accept", "take_up", "handle_here", "report_handled"]),
    with("refused", &["reject"]),
    with("dispatched", &["dispatch", "redispatch"]),
    Made { name: "sent_back", acts: &["send_back"], left: true },
    with("answered", &["answer", "handle_here"]),
    with("passed", &["verify", "verify_by_call"]),
    with("failed", &["rework"]),
];
/// Clocks that are counted, by name.
pub const CLOCKS: [&str; 2] = ["contact", "handle"];

const fn with(name: &'static str, acts: &'static [&'static str]) -> Made<'static> {
    Made { name, acts, left: false }
}

/// Some cases of one place, or of one body, counted.
pub struct Cell<K> {
    pub of: K,
    pub tally: Tally,
}

/// Which cases are counted: a condition over `t`, `f` and `c` with its values, and when they were
/// reported.
#[derive(Clone)]
pub struct Chosen {
    pub fits: String,
    pub values: Vec<Value>,
    pub from: Instant,
    pub to: Instant,
}

/// The cases as rows `chosen` of a query, its values, and the mark of `now` among them.
fn chosen(chosen: Chosen, now: Instant) -> (String, Vec<Value>, String) {
    let Chosen { fits, mut values, from, to } = chosen;
    let mut bind = |at: Instant| {
        values.push(at.into());
        format!("${}", values.len())
    };
    let (from, to, now) = (bind(from), bind(to), bind(now));
    let rows = format!(
        "select t.id, t.place_path, t.body_id, t.owner_id, t.phase, t.source, f.solved,
                f.satisfied, f.rated_at
         {FROM} where t.opened_at >= {from} and t.opened_at < {to} and {fits}"
    );
    (rows, values, now)
}

/// Counts them as they stand now, by place.
pub fn count(
    tx: &ReadTx<'_>,
    which: Chosen,
    now: Instant,
) -> Result<Vec<Cell<String>>, StoreError> {
    let (rows, values, now) = chosen(which, now);
    let sums: Vec<String> = Count::ALL.into_iter().map(sum).collect();
    let sql = format!(
        "with chosen as ({rows}), made as ({}), timed as ({})
         select chosen.place_path, {}
         from chosen left join made on made.matter_id = chosen.id
              left join timed on timed.matter_id = chosen.id
         group by chosen.place_path order by chosen.place_path",
        tally::made(&MADE),
        tally::timed(&CLOCKS, &now),
        sums.join(", ")
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    tx.rows(&sql, &params, |row| Ok(Cell { of: row.get(0)?, tally: tallied(row)? }))
}

/// Whose a count is. A case goes through several hands, and each answers for its own part of it:
/// so what is counted of the bodies does not add up to what is counted of the cases.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The body of first contact: what came in, and what was taken of it.
    First,
    /// The body that had the clock.
    Clock,
    /// The body by which, or to which, it was done.
    Line,
    /// The body that answered last, else the one that has it: how it ended.
    Answer,
    /// The body that answered last before the rating: what its reporter said.
    Rated,
}

const WHOSE: [(Whose, &str, &str); 5] = [
    (
        Whose::First,
        "first_hand.body_id",
        "left join first_hand on first_hand.matter_id = chosen.id
         left join made on made.matter_id = chosen.id
         left join timed on timed.matter_id = chosen.id",
    ),
    (
        Whose::Clock,
        "timed.body_id",
        "join timed_by timed on timed.matter_id = chosen.id
         left join made on made.matter_id = chosen.id",
    ),
    (Whose::Line, "made.body_id", "join made_by made on made.matter_id = chosen.id"),
    (
        Whose::Answer,
        "coalesce(answered.body_id, chosen.body_id)",
        "left join answered on answered.matter_id = chosen.id
         left join made on made.matter_id = chosen.id
         left join timed on timed.matter_id = chosen.id",
    ),
    (
        Whose::Rated,
        "coalesce(judged.body_id, chosen.body_id)",
        "left join judged on judged.matter_id = chosen.id
         left join made on made.matter_id = chosen.id",
    ),
];

fn whose(count: Count) -> Whose {
    match count {
        Count::Reported | Count::Imported | Count::Withdrawn | Count::Accepted | Count::Refused => {
            Whose::First
        }
        Count::ContactDue
        | Count::ContactInTime
        | Count::ContactRefused
        | Count::ContactWithdrawn
        | Count::ContactClosed
        | Count::HandleDue
        | Count::Handled
        | Count::HandledInTime => Whose::Clock,
        Count::Dispatched
        | Count::SentBack
        | Count::Passed
        | Count::Failed
        | Count::Answered
        | Count::Reworked => Whose::Line,
        Count::ToClose | Count::Closed | Count::ClosedInTime => Whose::Answer,
        Count::Asked | Count::Solved | Count::Rated | Count::Satisfied | Count::Unrated => {
            Whose::Rated
        }
    }
}

/// Counts the same cases by body.
pub fn count_by_body(
    tx: &ReadTx<'_>,
    which: Chosen,
    now: Instant,
) -> Result<Vec<Cell<Option<Id>>>, StoreError> {
    let (rows, values, now) = chosen(which, now);
    let part = |(of, body, from): (Whose, &str, &str)| {
        let columns: Vec<String> = Count::ALL
            .into_iter()
            .enumerate()
            .map(|(nth, count)| match whose(count) == of {
                true => format!("{} as n{nth}", sum(count)),
                false => format!("cast(0 as bigint) as n{nth}"),
            })
            .collect();
        let columns = columns.join(", ");
        format!("select {body} as body_id, {columns} from chosen {from} group by {body}")
    };
    let sums: Vec<String> =
        (0..Count::ALL.len()).map(|nth| format!("cast(sum(p.n{nth}) as bigint)")).collect();
    let sql = format!(
        "with chosen as ({rows}), made as ({}), made_by as ({}), timed as ({}), timed_by as ({}),
              first_hand as ({}), answered as ({}), judged as ({})
         select p.body_id, {} from ({}) p group by p.body_id order by p.body_id",
        tally::made(&MADE),
        tally::made_by(&MADE),
        tally::timed(&CLOCKS, &now),
        tally::timed_by(&CLOCKS, &now),
        tally::first_by(),
        tally::last_by(&ANSWERS, &now),
        tally::last_by(&ANSWERS, &format!("coalesce(chosen.rated_at, {now})")),
        sums.join(", "),
        WHOSE.map(part).join(" union all ")
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    tx.rows(&sql, &params, |row| Ok(Cell { of: row.get(0)?, tally: tallied(row)? }))
}

/// The counts of a row that begins with what they are of.
fn tallied(row: &Row<'_>) -> Result<Tally, StoreError> {
    let counts = (0..Count::ALL.len()).map(|at| row.get::<i64>(at + 1));
    let counts = counts.collect::<Result<Vec<i64>, StoreError>>()?;
    Ok(Tally::of(counts.into_iter().map(|n| u64::try_from(n).unwrap_or_default())))
}

fn sum(count: Count) -> String {
    format!("cast(coalesce(sum({}), 0) as bigint)", counted(count))
}

/// What one case adds to a count. Imported ones are in none of the shares.
fn counted(count: Count) -> String {
    let whether = |holds: &str| format!("case when {holds} then 1 else 0 end");
    let each = |column: &str| format!("coalesce({column}, 0)");
    let own = match count {
        Count::Reported => return "1".to_owned(),
        Count::Imported => return whether("chosen.source = 'import'"),
        Count::Withdrawn => whether("chosen.phase = 'withdrawn'"),
        Count::Accepted => whether("made.accepted > 0"),
        Count::Refused => whether("made.accepted = 0 and made.refused > 0"),
        Count::ContactDue => each("timed.contact_due"),
        Count::ContactInTime => each("timed.contact_kept"),
        Count::ContactRefused => whether(
            "timed.contact_dropped > 0 and chosen.phase <> 'withdrawn'
             and made.refused > 0 and made.accepted = 0",
        ),
        Count::ContactWithdrawn => {
            whether("timed.contact_dropped > 0 and chosen.phase = 'withdrawn'")
        }
        Count::ContactClosed => whether(
            "timed.contact_dropped > 0 and chosen.phase = 'closed'
             and (coalesce(made.refused, 0) = 0 or made.accepted > 0)",
        ),
        Count::HandleDue => each("timed.handle_due"),
        Count::Handled => each("timed.handle_done"),
        Count::HandledInTime => each("timed.handle_kept"),
        Count::Dispatched => whether("made.dispatched > 0"),
        Count::SentBack => whether("made.dispatched > 0 and made.sent_back > 0"),
        Count::Passed => each("made.passed"),
        Count::Failed => each("made.failed"),
        Count::Answered => whether("made.answered > 0"),
        Count::Reworked => whether("made.answered > 0 and made.failed > 0"),
        Count::ToClose => whether("made.accepted > 0 and chosen.phase <> 'withdrawn'"),
        Count::Closed => whether("made.accepted > 0 and chosen.phase = 'closed'"),
        Count::ClosedInTime => {
            whether("made.accepted > 0 and chosen.phase = 'closed' and coalesce(timed.late, 0) = 0")
        }
        Count::Asked => whether("chosen.solved is not null"),
        Count::Solved => whether("chosen.solved = 'yes'"),
        Count::Rated => whether("chosen.satisfied is not null"),
        Count::Satisfied => whether("chosen.satisfied in ('very', 'basically')"),
        Count::Unrated => whether(
            "made.accepted > 0 and chosen.phase = 'closed' and chosen.owner_id is not null
             and chosen.satisfied is null",
        ),
    };
    format!("case when chosen.source = 'import' then 0 else {own} end")
}
