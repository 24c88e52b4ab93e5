//! Cases and their steps, a page at a time, newest first: the memory holds one page.

use std::collections::HashSet;

use super::acts::{Carry, noted};
use super::{Col, Line, col};
use crate::act::{Actor, Done, Door};
use crate::base::secret::Keys;
use crate::base::{Id, Instant};
use crate::channel::cases::{self, CaseRow, Step, Wanted};
use crate::district::District;
use crate::store::ReadTx;
use linli_rules::mask::mask_public;

/// Cases of one page.
const PAGE: i64 = 250;

/// Those the import of cases knows come first.
pub(super) const COLUMNS: &[Col] = &[
    col("id", "编号"),
    col("title", "标题"),
    col("text", "内容"),
    col("time", "反映时间"),
    col("reply", "答复"),
    col("reply_time", "答复时间"),
    col("class", "类别编码"),
    col("place", "地点编码"),
    col("address", "地址"),
    col("class_title", "类别名称"),
    col("place_name", "地点名称"),
    col("stage", "办理阶段"),
    col("body", "承办单位"),
    col("source", "来源"),
    col("due", "应办结时间"),
    col("updated", "更新时间"),
    col("closed", "办结时刻"),
    col("publicity", "公开范围"),
    col("lat", "纬度"),
    col("lng", "经度"),
];

pub(super) const STEPS: &[Col] = &[
    col("id", "编号"),
    col("at", "时间"),
    col("move", "环节动作"),
    col("stage", "办理阶段"),
    col("by", "办理人"),
    col("said", "公开说明"),
];

/// Goes through all cases that somebody may take out.
pub(super) struct Walk {
    pub actor: Actor,
    /// Why the words go out as they stand; masked without one.
    pub reason: Option<String>,
    after: Option<(Instant, Id)>,
    over: bool,
}

impl Walk {
    pub fn new(actor: Actor, reason: Option<String>) -> Walk {
        Walk { actor, reason, after: None, over: false }
    }

    /// The next page; `None` when there are no more. It blocks.
    pub fn cases(&mut self, district: &District) -> Done<Option<Vec<Line>>> {
        let (actor, after) = (self.actor.clone(), self.after.clone());
        let open = self.reason.is_some();
        let keys = district.keys.clone();
        let read =
            move |tx: &ReadTx<'_>, door: &Door| read(tx, (door, &keys), &actor, (after, open));
        let Some(page) = self.page(district, read)? else { return Ok(None) };
        if let Some(reason) = &self.reason {
            noted(district, &self.actor, Carry::of(&page, reason))?;
        }
        let row = |found: Found| match found.open {
            true => found.row,
            false => found.row.masked(&found.own),
        };
        let offset = district.config.offset_minutes;
        Ok(Some(page.into_iter().map(row).map(|row| line(&row, offset)).collect()))
    }

    /// The steps of the cases of the next page.
    pub fn steps(&mut self, district: &District) -> Done<Option<Vec<Line>>> {
        let (actor, after) = (self.actor.clone(), self.after.clone());
        let keys = district.keys.clone();
        let page = self.page(district, move |tx, door| {
            let mut out = Vec::new();
            for found in read(tx, (door, &keys), &actor, (after, false))? {
                let steps = cases::steps(tx, &found.row.matter.id)?;
                out.push((found, steps));
            }
            Ok(out)
        })?;
        let offset = district.config.offset_minutes;
        let lines = |page: Vec<(Found, Vec<Step>)>| {
            let told = |(found, steps): (Found, Vec<Step>)| -> Vec<Line> {
                steps.iter().map(|one| step(one, &found.own, offset)).collect()
            };
            page.into_iter().flat_map(told).collect()
        };
        Ok(page.map(lines))
    }

    fn page<T: Of + Send + 'static>(
        &mut self,
        district: &District,
        look: impl FnOnce(&ReadTx<'_>, &Door) -> Done<Vec<T>> + Send + 'static,
    ) -> Done<Option<Vec<T>>> {
        if self.over {
            return Ok(None);
        }
        let door = district.door.clone();
        let page = district.store().read_blocking(move |tx| look(tx, &door))?;
        self.over = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        match page.last() {
            None => Ok(None),
            Some(last) => {
                self.after = Some(last.place());
                Ok(Some(page))
            }
        }
    }
}

/// How many lines the walk through cases or their steps will give, counted no further than `most`.
/// It blocks.
pub(super) fn count(district: &District, actor: &Actor, of: (bool, i64)) -> Done<i64> {
    let (door, actor) = (district.door.clone(), actor.clone());
    district.store().read_blocking(move |tx| {
        let duties = door.duty_list(tx)?;
        cases::count_for(tx, &duties, &actor, "case.export", of)
    })
}

/// A case, and whether its words may go out as they stand.
pub(super) struct Found {
    pub row: CaseRow,
    pub open: bool,
    /// The names of the reporter, which their own words may hold.
    own: Vec<String>,
}

/// Where a page ends.
trait Of {
    fn place(&self) -> (Instant, Id);
}

impl Of for Found {
    fn place(&self) -> (Instant, Id) {
        (self.row.matter.opened_at, self.row.matter.id.clone())
    }
}

impl Of for (Found, Vec<Step>) {
    fn place(&self) -> (Instant, Id) {
        self.0.place()
    }
}

fn read(
    tx: &ReadTx<'_>,
    (door, keys): (&Door, &Keys),
    actor: &Actor,
    (after, unmasked): (Option<(Instant, Id)>, bool),
) -> Done<Vec<Found>> {
    let duties = door.duty_list(tx)?;
    let wanted = Wanted { after, limit: PAGE, ..Wanted::default() };
    let rows = cases::list_for(tx, &duties, actor, "case.export", &wanted)?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let (newest, oldest) = (first.matter.opened_at, last.matter.opened_at);
    let open = match unmasked {
        true => cases::ids_between(tx, &duties, actor, "case.unmask", (oldest, newest))?,
        false => HashSet::new(),
    };
    let found = |row: CaseRow| {
        let open = open.contains(&row.matter.id);
        let own = if open { Vec::new() } else { row.own_names(keys) };
        Found { row, open, own }
    };
    Ok(rows.into_iter().map(found).collect())
}

fn line(row: &CaseRow, offset: i32) -> Line {
    let m = &row.matter;
    let time = |at: Instant| at.to_rfc3339(offset);
    let maybe = |at: Option<Instant>| at.map(time).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        m.number.clone(),
        m.title.clone(),
        row.words.clone(),
        time(m.opened_at),
        text(&row.answer),
        maybe(row.answered_at),
        text(&row.class_code),
        text(&row.place_code),
        text(&row.address),
        row.class_title.zh.clone(),
        text(&row.place),
        m.stage.clone(),
        text(&row.body),
        m.source.clone(),
        maybe(m.due_at),
        time(m.updated_at),
        maybe(m.closed_at),
        m.publicity.clone(),
        row.lat_e7.map(degrees).unwrap_or_default(),
        row.lng_e7.map(degrees).unwrap_or_default(),
    ]
}

/// Degrees × 10⁷ as degrees, exactly.
fn degrees(e7: i64) -> String {
    const ONE: u64 = 10_000_000;
    let sign = if e7 < 0 { "-" } else { "" };
    format!("{sign}{}.{:07}", e7.unsigned_abs() / ONE, e7.unsigned_abs() % ONE)
}

fn step(step: &Step, own_names: &[String], offset: i32) -> Line {
    let masked = |said| mask_public(said, own_names.iter().map(String::as_str));
    vec![
        step.number.clone(),
        step.at.to_rfc3339(offset),
        step.act.clone(),
        step.stage.clone(),
        step.by.clone(),
        step.said.as_deref().map(masked).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn degrees_keep_every_digit() {
        assert_eq!(degrees(312_480_310), "31.2480310");
        assert_eq!(degrees(-5), "-0.0000005");
    }
}
