//! What the audit found, in words.

use linli_record::audit::Finding;

use crate::words::Lang;

/// One finding as a sentence.
pub fn sentence(lang: Lang, finding: &Finding) -> String {
    lang.fill(&format!("record.finding.{}", finding.code()), &blanks(finding))
}

fn blanks(finding: &Finding) -> Vec<(&'static str, String)> {
    let row = |table: &String, id: &String| vec![("table", table.clone()), ("id", id.clone())];
    let number = |name: &'static str, n: &u64| (name, n.to_string());
    match finding {
        Finding::RowChanged { table, id, field } => {
            [row(table, id), vec![("field", field.clone())]].concat()
        }
        Finding::SealAltered { table, id, fields } => {
            [row(table, id), vec![("fields", fields.join(", "))]].concat()
        }
        Finding::RowRewritten { table, id }
        | Finding::RowDeleted { table, id }
        | Finding::RowInserted { table, id }
        | Finding::SealMissing { table, id }
        | Finding::RowUnprovable { table, id } => row(table, id),
        Finding::LeafAltered { index }
        | Finding::LeafRepeated { index }
        | Finding::LeafForged { index }
        | Finding::LeafMisplaced { index } => vec![number("index", index)],
        Finding::LogRewritten { from, before }
        | Finding::LeavesMissing { from, before }
        | Finding::Unsigned { from, before } => {
            vec![number("from", from), number("before", before)]
        }
        Finding::LeafUnreadable { index, why } => {
            vec![number("index", index), ("why", why.clone())]
        }
        Finding::TileAltered { level, index, place } => {
            vec![("level", level.to_string()), number("index", index), number("place", place)]
        }
        Finding::TileMissing { level, index } => {
            vec![("level", level.to_string()), number("index", index)]
        }
        Finding::CheckpointForged { why } => vec![("why", why.clone())],
        Finding::Truncated { have, signed } => {
            vec![number("have", have), number("signed", signed)]
        }
        Finding::RolledBack { have, seen } => vec![number("have", have), number("seen", seen)],
        Finding::Fork { size } => vec![number("size", size)],
    }
}
