//! The list on paper: a PDF that can be hung out and searched.

use linli_paper::{Row, Table};

use super::sheet::Head;
use super::view::{Group, RemitLine, WallLine};
use crate::act::Done;
use crate::words::Lang;

/// Refused with the way out where the machine has no Chinese font.
pub fn write(
    groups: &[Group],
    (remits, walls): (&[RemitLine], &[WallLine]),
    head: &Head,
    lang: Lang,
) -> Done<Vec<u8>> {
    let face = linli_paper::find()?;
    Ok(linli_paper::write(&table(groups, (remits, walls), head, lang), &face)?)
}

fn table(
    groups: &[Group],
    (remits, walls): (&[RemitLine], &[WallLine]),
    head: &Head,
    lang: Lang,
) -> Table {
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
    if !walls.is_empty() {
        rows.push(Row::Group(lang.say("duty.walls")));
    }
    rows.extend(
        walls
            .iter()
            .map(|wall| Row::Cells(vec![wall.act.clone(), wall.when(lang), wall.ground.clone()])),
    );
    Table {
        title: head.title.clone(),
        note: head.note.clone(),
        heads: [what, "duty.scope_name", "duty.ground"].map(|key| lang.say(key)).to_vec(),
        shares: vec![34, 22, 44],
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(table: Table) -> Vec<String> {
        let row = |row: Row| match row {
            Row::Group(title) => title,
            Row::Cells(cells) => cells.join(" | "),
        };
        table.rows.into_iter().map(row).collect()
    }

    fn head() -> Head {
        Head {
            title: "权责清单".to_owned(),
            note: String::new(),
            day: "2026-11-21".parse().unwrap(),
            by_act: false,
        }
    }

    #[test]
    fn each_remit_is_a_line_under_its_own_heading() {
        let line = |phone: &str| RemitLine {
            body: "市政处".to_owned(),
            phone: phone.to_owned(),
            kind: "路灯".to_owned(),
            place: "测试区".to_owned(),
            ground: "权责清单（示例）第1项".to_owned(),
        };
        let remits = [line("0359-2021234"), line("")];
        let rows = told(table(&[], (&remits, &[]), &head(), Lang::Zh));
        let heading = Lang::Zh.say("duty.remits.title");
        let lines = ["市政处　路灯　0359-2021234", "市政处　路灯"]
            .map(|who| format!("{who} | 测试区 | 权责清单（示例）第1项"));
        assert_eq!(rows, [vec![heading], lines.to_vec()].concat());
        let nothing = table(&[], (&[], &[]), &head(), Lang::Zh);
        assert!(nothing.rows.is_empty(), "no heading over nothing");
    }

    #[test]
    fn each_wall_is_a_line_under_its_own_heading_with_what_it_spares() {
        let wall = |unless: &str| WallLine {
            act: "诉求的全部事项".to_owned(),
            when: "反映的就是本单位".to_owned(),
            unless: unless.to_owned(),
            ground: "信访工作条例第二十三条".to_owned(),
        };
        let rows = told(table(&[], (&[], &[wall(""), wall("本人的")]), &head(), Lang::Zh));
        let line = |when: &str| format!("诉求的全部事项 | {when} | 信访工作条例第二十三条");
        let (bare, spared) = ("反映的就是本单位", "反映的就是本单位（本人的除外）");
        assert_eq!(rows, [Lang::Zh.say("duty.walls"), line(bare), line(spared)]);
    }
}
