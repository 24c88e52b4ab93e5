//! The tabs of the desk: what waits for me, what is late, and how many stand at each stage.

use super::call;
use super::due::{late, soon};
use super::filter::{Filter, OPEN};
use super::list::{Listing, Lists};
use crate::act::Done;
use crate::matter::CASES;
use crate::store::{Param, Value};

/// A tab with how many cases it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub id: String,
    pub title: String,
    pub count: Option<i64>,
    pub href: String,
    pub current: bool,
}

/// The tabs for one looker; stages in the order of the procedure. What narrows the list goes along
/// from tab to tab, and then the tabs say no numbers: theirs are those of all there is.
pub fn tabs(lists: &Lists<'_, '_>, filter: &Filter, shown: &Listing) -> Done<Vec<Tab>> {
    let stages = by_stage(lists)?;
    let sum = |pick: fn(&Stage) -> i64| stages.iter().map(pick).sum::<i64>();
    let lang = lists.looker.lang;
    let tab = |id: &str, title: String, count: Option<i64>| Tab {
        href: filter.having("tab", id),
        current: filter.tab == id,
        id: id.to_owned(),
        title,
        count: count.filter(|_| !filter.narrowed()),
    };
    let fixed = |id: &str, count: Option<i64>| tab(id, lang.say(&format!("desk.tab.{id}")), count);
    let counted = |id: &str| match filter.tab.as_str() {
        _ if filter.narrowed() => Ok(0),
        shown_one if shown_one == id => Ok(shown.total),
        _ => lists.count_of(id),
    };
    let mut out = vec![fixed("todo", Some(counted("todo")?))];
    if lists.calls() {
        out.push(fixed(call::TAB, Some(counted(call::TAB)?)));
    }
    out.extend([
        fixed("late", Some(sum(|stage| stage.late))),
        fixed("soon", Some(sum(|stage| stage.soon))),
        fixed("open", Some(sum(|stage| stage.all))),
    ]);
    for stage in &lists.process.stages {
        if let Some(counted) = stages.iter().find(|counted| counted.id == stage.id) {
            let title = stage.title.in_lang(lang.code()).to_owned();
            out.push(tab(&stage.id, title, Some(counted.all)));
        }
    }
    out.push(fixed("closed", None));
    out.push(fixed("all", None));
    Ok(out)
}

struct Stage {
    id: String,
    all: i64,
    late: i64,
    soon: i64,
}

fn by_stage(lists: &Lists<'_, '_>) -> Done<Vec<Stage>> {
    let mut values = vec![Value::from(lists.now)];
    let looker = lists.looker;
    let seen = looker.duties.filter(&looker.actor, "case.see", &CASES, &mut values);
    let open: Vec<String> = OPEN.iter().map(|phase| format!("'{phase}'")).collect();
    let sql = format!(
        "select t.stage, count(*),
                cast(sum(case when {} then 1 else 0 end) as bigint),
                cast(sum(case when {} then 1 else 0 end) as bigint)
         from matter t where t.kind = 'case' and t.phase in ({}) and ({seen})
         group by t.stage order by t.stage",
        late("$1", lists.by_office()),
        soon("$1", lists.by_office()),
        open.join(", ")
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(lists.tx.rows(&sql, &params, |row| {
        Ok(Stage { id: row.get(0)?, all: row.get(1)?, late: row.get(2)?, soon: row.get(3)? })
    })?)
}
