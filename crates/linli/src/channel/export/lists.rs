//! Lists short enough to be read at once: what is public of a district anyway.

use std::collections::HashMap;

use super::{Col, Line, What, col};
use crate::base::Id;
use crate::catalogue::{self, Class};
use crate::channel::sheet::limit;
use crate::disclosure;
use crate::people::remit;
use crate::store::{ReadTx, StoreError};
use crate::territory;

/// As the import of class tables reads them.
pub(super) const CLASSES: &[Col] = &[
    col("group", "大类名称"),
    col("code", "小类代码"),
    col("title", "小类名称"),
    col("handlers", "处置单位"),
    col("supervisors", "主管部门"),
    col("condition", "立案条件"),
    col("closing", "结案条件"),
    col("limit", "处置时限"),
    col("kind", "部件或事件"),
    col("publicity", "公开范围"),
    col("anonymous", "可否匿名"),
    col("body_kind", "承办单位类型"),
];

pub(super) const DUTIES: &[Col] = &[
    col("post", "岗位代码"),
    col("post_title", "岗位"),
    col("act", "事项"),
    col("scope", "范围"),
    col("ground", "依据"),
];

pub(super) const REMITS: &[Col] = &[
    col("body", "单位"),
    col("phone", "电话"),
    col("body_kind", "承办单位类型"),
    col("place", "所属"),
    col("ground", "依据"),
];

pub(super) const PLACES: &[Col] = &[
    col("code", "代码"),
    col("level", "层级"),
    col("name", "名称"),
    col("path", "所属"),
    col("from", "起"),
    col("until", "止"),
];

/// The lines of a list; none for what is walked through page by page.
pub(super) fn lines(tx: &ReadTx<'_>, what: What, offset: i32) -> Result<Vec<Line>, StoreError> {
    match what {
        What::Classes => classes(tx),
        What::Duties => duties(tx),
        What::Remits => remits(tx),
        What::Places => places(tx, offset),
        What::Cases | What::Steps => Ok(Vec::new()),
    }
}

fn classes(tx: &ReadTx<'_>) -> Result<Vec<Line>, StoreError> {
    let of: HashMap<Id, Class> =
        catalogue::store::all(tx)?.into_iter().map(|class| (class.id.clone(), class)).collect();
    let mut lines = Vec::new();
    for standard in catalogue::store::all_standards(tx)? {
        let Some(class) = of.get(&standard.class) else { continue };
        let kind = match class.kind.as_str() {
            "component" => "部件",
            "event" => "事件",
            "service" => "服务",
            other => other,
        };
        lines.push(vec![
            class.group.zh.clone(),
            class.code.clone(),
            class.title.zh.clone(),
            standard.handlers,
            standard.supervisors,
            standard.condition,
            standard.closing.join("\n"),
            limit::write(standard.limit),
            kind.to_owned(),
            class.publicity.clone(),
            if class.anonymous { "yes" } else { "no" }.to_owned(),
            class.body_kind.clone().unwrap_or_default(),
        ]);
    }
    Ok(lines)
}

fn duties(tx: &ReadTx<'_>) -> Result<Vec<Line>, StoreError> {
    let line = |row: disclosure::store::DutyRow| {
        vec![row.post_kind, row.title_zh, row.act, row.scope, row.ground]
    };
    Ok(disclosure::store::rows(tx)?.into_iter().map(line).collect())
}

fn remits(tx: &ReadTx<'_>) -> Result<Vec<Line>, StoreError> {
    let line = |entry: remit::Published| {
        let phone = entry.phone.unwrap_or_default();
        vec![entry.body, phone, entry.kind, entry.place_path, entry.ground]
    };
    Ok(remit::published(tx)?.into_iter().map(line).collect())
}

fn places(tx: &ReadTx<'_>, offset: i32) -> Result<Vec<Line>, StoreError> {
    let line = |place: territory::Place| {
        let until = place.valid_to.map(|at| at.to_rfc3339(offset)).unwrap_or_default();
        let from = place.valid_from.to_rfc3339(offset);
        vec![place.code, place.level, place.name, place.path, from, until]
    };
    Ok(territory::store::every_place(tx)?.into_iter().map(line).collect())
}
