//! Kinds of post (岗位类别) that a place makes for itself: what one may be.

use crate::act::{FieldProblem, OPERATOR};
use crate::disclosure::KindFields;
use crate::people::store::PostKind;

/// Where posts of a kind are held, from small to large.
pub const LEVELS: [&str; 4] = ["grid", "community", "street", "district"];

/// What a place's own kind may belong to. The public, residents and the clock are no posts, and
/// the administrators are three (GB/T 22239—2019 安全管理中心).
pub const GROUPS: [&str; 7] =
    ["grid", "community", "street", "district", "department", "property", "oversight"];

/// Kinds of these groups are the program's own: they are renamed, but neither end nor move.
pub const FIXED: [&str; 4] = ["public", "resident", "clock", "administrator"];

const MOST_TITLE: usize = 60;
const MOST_CODE: usize = 40;
const MOST_POSITION: i64 = 9999;

/// The code of a new kind: `grid_warden`. Who works a grid is known by its beginning.
pub fn code_problem(code: &str, group: &str) -> Option<FieldProblem> {
    let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = code.starts_with(|c: char| c.is_ascii_lowercase());
    let wrong = |problem| Some(FieldProblem::new("code", problem));
    match code {
        "" => wrong("missing"),
        _ if code.len() > MOST_CODE || !starts || !code.chars().all(right) => {
            wrong("bad_kind_code")
        }
        // The record names the machine's own terminal so.
        OPERATOR => wrong("kind_code_used"),
        _ if group == "grid" && !code.starts_with("grid_") => wrong("grid_kind_code"),
        _ => None,
    }
}

/// What is wrong with a kind; `old` is what it has been, where it is not new.
pub fn problems(fields: &KindFields, old: Option<&PostKind>) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    for (field, title) in [("title_zh", &fields.title_zh), ("title_en", &fields.title_en)] {
        out.extend(super::text_problem(title, MOST_TITLE, field));
    }
    let stays = |had: &str, has: &str, own: &[&str]| match old {
        Some(kind) if FIXED.contains(&kind.group.as_str()) => had == has,
        _ => own.contains(&has),
    };
    let (level, group) = old.map_or(("", ""), |kind| (kind.level.as_str(), kind.group.as_str()));
    if !stays(level, &fields.level, &LEVELS) {
        out.push(FieldProblem::new("level", "no_such_level"));
    }
    if !stays(group, &fields.group, &GROUPS) {
        out.push(FieldProblem::new("group", "no_such_group"));
    }
    if !(0..=MOST_POSITION).contains(&fields.position) {
        out.push(FieldProblem::new("position", "bad_position").with("max", MOST_POSITION));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_called_as_the_machine_s_own_terminal_is() {
        let code = |code| code_problem(code, "street").map(|problem| problem.code);
        assert_eq!(code(OPERATOR), Some("kind_code_used"));
        assert_eq!(code("operators"), None);
    }
}
