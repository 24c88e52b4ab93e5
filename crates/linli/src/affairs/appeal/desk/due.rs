//! Late, soon, and in which order: the clocks of a case as conditions on its row `t`.

use super::call;
use super::filter::Filter;

/// Later than any instant of ours.
const NEVER: i64 = 9_000_000_000_000_000_000;
/// Whichever clock runs out first.
const DUE: &str = "case when t.beside_due_at < coalesce(t.due_at, 9000000000000000000)
    then t.beside_due_at else coalesce(t.due_at, 9000000000000000000) end";

/// Its stage should be over by now, or something beside its stages done. What runs `beside` them is
/// shown to those inside alone.
pub fn late(now: &str, beside: bool) -> String {
    match beside {
        true => format!("(t.due_at <= {now} or t.beside_due_at <= {now})"),
        false => format!("t.due_at <= {now}"),
    }
}

/// Four fifths of the time are gone, of one clock at least, and of each some is left; as
/// `view::time::nearness` says it.
pub fn soon(now: &str, beside: bool) -> String {
    let near = |since: &str, due: &str| format!("({now} - {since}) * 5 >= ({due} - {since}) * 4");
    if !beside {
        return format!("(t.due_at > {now} and {})", near("t.stage_since", "t.due_at"));
    }
    format!(
        "(coalesce(t.due_at, {NEVER}) > {now} and coalesce(t.beside_due_at, {NEVER}) > {now}
          and ({} or {}))",
        near("t.stage_since", "t.due_at"),
        near("t.beside_since", "t.beside_due_at")
    )
}

/// The sort key of a list, and whether it goes down. Without a due time comes last.
pub fn order_of(filter: &Filter) -> (&'static str, bool) {
    match filter.sort.as_str() {
        // What is over is due no more: whose reporter has waited longest comes first.
        "due" if filter.tab == call::TAB => ("t.stage_since", false),
        "new" => ("t.opened_at", true),
        "old" => ("t.opened_at", false),
        "updated" => ("t.updated_at", true),
        _ => (DUE, false),
    }
}
