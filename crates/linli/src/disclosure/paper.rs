//! The list on paper: a PDF that can be hung out and searched.

use linli_paper::{Row, Table};

use super::sheet::Head;
use super::view::{Group, RemitLine};
use crate::act::Done;
use crate::words::Lang;

/// Refused with the way out where the machine has no Chinese font.
pub fn write(groups: &[Group], remits: &[RemitLine], head: &Head, lang: Lang) -> Done<Vec<u8>> {
    let face = linli_paper::find()?;
    Ok(linli_paper::write(&table(groups, remits, head, lang), &face)?)
}

fn table(groups: &[Group], remits: &[RemitLine], head: &Head, lang: Lang) -> Table {
    let what = if head.by_act { "duty.post" } else { "duty.act_name" };
    let mut rows = Vec::new();
    for group in groups {
        rows.push(Row::Group(group.title.clone()));
        let cells = group.lines.iter().map(|line| {
            Row::Cells(vec![line.title.clone(), line.scope.clone(), line.ground.clone()])
        });
        rows.extend(cells);
    }
    if !remits.is_empty() {
        rows.push(Row::Group(lang.say("duty.remits.title")));
    }
    rows.extend(remits.iter().map(|line| {
        let who = format!("{}　{}　{}", line.body, line.kind, line.phone);
        Row::Cells(vec![who.trim_end().to_owned(), line.place.clone(), line.ground.clone()])
    }));
    Table {
        title: head.title.clone(),
        note: head.note.clone(),
        heads: [what, "duty.scope_name", "duty.ground"].map(|key| lang.say(key)).to_vec(),
        shares: vec![34, 22, 44],
        rows,
    }
}
