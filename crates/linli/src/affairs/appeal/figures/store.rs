//! Counting cases, for the desk and for the public page.

use linli_rules::measure::{Count, Tally};

use crate::base::{Id, Instant};
use crate::matter::tally;
use crate::store::{Param, ReadTx, Row, StoreError, Value};

/// What lists and figures of cases are read from.
pub const FROM: &str = "from matter t
    join case_file f on f.id = t.id left join class c on c.id = f.class_id";

/// How often each of these was done; a report that was put right at once is accepted by that.
const MADE: [(&str, &[&str]); 6] = [
    ("accepted", &["accept", "handle_here", "report_handled"]),
    ("refused", &["reject"]),
    ("dispatched", &["dispatch"]),
    ("answered", &["answer", "handle_here"]),
    ("passed", &["verify", "verify_by_call"]),
    ("failed", &["rework"]),
];
const CLOCKS: [&str; 2] = ["contact", "handle"];

/// The cases of one place that one body has.
pub struct Cell {
    pub place_path: String,
    pub body: Option<Id>,
    pub tally: Tally,
}

/// Which cases are counted: a condition over `t`, `f` and `c` with its values, and when they were
/// reported.
pub struct Chosen {
    pub fits: String,
    pub values: Vec<Value>,
    pub from: Instant,
    pub to: Instant,
}

/// Counts them as they stand now, by place and by the body that has them.
pub fn count(tx: &ReadTx<'_>, chosen: Chosen, now: Instant) -> Result<Vec<Cell>, StoreError> {
    let Chosen { fits, mut values, from, to } = chosen;
    let mut bind = |at: Instant| {
        values.push(at.into());
        format!("${}", values.len())
    };
    let (from, to, now) = (bind(from), bind(to), bind(now));
    let sums: Vec<String> = Count::ALL
        .into_iter()
        .map(|count| format!("cast(coalesce(sum({}), 0) as bigint)", counted(count)))
        .collect();
    let sql = format!(
        "with chosen as (
             select t.id, t.place_path, t.body_id, t.owner_id, t.phase, t.source, f.solved,
                    f.satisfied, f.returned
             {FROM} where t.opened_at >= {from} and t.opened_at < {to} and {fits}),
         made as ({}), timed as ({})
         select chosen.place_path, chosen.body_id, {}
         from chosen left join made on made.matter_id = chosen.id
              left join timed on timed.matter_id = chosen.id
         group by chosen.place_path, chosen.body_id
         order by chosen.place_path, chosen.body_id",
        tally::made(&MADE),
        tally::timed(&CLOCKS, &now),
        sums.join(", ")
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    tx.rows(&sql, &params, cell)
}

fn cell(row: &Row<'_>) -> Result<Cell, StoreError> {
    let counts = (0..Count::ALL.len()).map(|at| row.get::<i64>(at + 2));
    let counts = counts.collect::<Result<Vec<i64>, StoreError>>()?;
    let tally = Tally::of(counts.into_iter().map(|n| u64::try_from(n).unwrap_or_default()));
    Ok(Cell { place_path: row.get(0)?, body: row.get(1)?, tally })
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
        Count::HandleDue => each("timed.handle_due"),
        Count::Handled => each("timed.handle_done"),
        Count::HandledInTime => each("timed.handle_kept"),
        Count::Dispatched => whether("made.dispatched > 0"),
        Count::SentBack => whether("made.dispatched > 0 and chosen.returned > 0"),
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
