//! What has happened to many matters at once, as numbers. The matters are the rows of `chosen`,
//! which whoever asks puts before these; each gives one row a matter that anything is known of, or
//! one for each body that had to do with it.

/// Acts to count: the name of a column, its acts, and whose they are.
pub struct Made<'a> {
    pub name: &'a str,
    pub acts: &'a [&'a str],
    /// They are of the body that had the matter until then; else of the one that has it with them.
    pub left: bool,
}

/// How often these acts were performed with each matter.
pub fn made(columns: &[Made<'_>]) -> String {
    format!(
        "select e.matter_id, {} from entry e join chosen on chosen.id = e.matter_id
         group by e.matter_id",
        sums(columns)
    )
}

/// The same by body: `matter_id`, `body_id` and the columns.
pub fn made_by(columns: &[Made<'_>]) -> String {
    let left: Vec<&str> = columns
        .iter()
        .filter(|column| column.left)
        .flat_map(|column| column.acts)
        .copied()
        .collect();
    let whose = match left.is_empty() {
        true => "l.body_id".to_owned(),
        // The clock that a line stopped is of the body that had the matter until then.
        false => format!(
            "case when l.move in ({}) then coalesce((
                 select max(k.body_id) from clock k
                 where k.matter_id = l.matter_id and k.stage = l.from_stage
                   and k.stopped_at = l.at), l.body_id) else l.body_id end",
            quoted(&left)
        ),
    };
    format!(
        "select e.matter_id, e.body_id, {} from (
             select l.matter_id, l.move, {whose} as body_id
             from entry l join chosen on chosen.id = l.matter_id) e
         group by e.matter_id, e.body_id",
        sums(columns)
    )
}

fn sums(columns: &[Made<'_>]) -> String {
    let sum = |column: &Made<'_>| {
        let acts = quoted(column.acts);
        format!("sum(case when e.move in ({acts}) then 1 else 0 end) as {}", column.name)
    };
    columns.iter().map(sum).collect::<Vec<_>>().join(", ")
}

pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// Of each clock named, for each matter: `NAME_due`, how often its time is over by `now`;
/// `NAME_done`, how often of these it was done; `NAME_kept`, how often in time. A clock that was
/// dropped before its time was over timed nothing and is `NAME_dropped`; dropped later, what it
/// timed was not done. `late` is how often any clock of the matter was overrun.
pub fn timed(clocks: &[&str], now: &str) -> String {
    format!(
        "select k.matter_id, {} from clock k join chosen on chosen.id = k.matter_id
         group by k.matter_id",
        times(clocks, now)
    )
}

/// The same by the body that each clock ran for: `matter_id`, `body_id` and the columns.
pub fn timed_by(clocks: &[&str], now: &str) -> String {
    format!(
        "select k.matter_id, k.body_id, {} from clock k join chosen on chosen.id = k.matter_id
         group by k.matter_id, k.body_id",
        times(clocks, now)
    )
}

fn times(clocks: &[&str], now: &str) -> String {
    let sum = |when: &str, name: &str| format!("sum(case when {when} then 1 else 0 end) as {name}");
    let of = |clock: &&str| {
        let dropped = format!(
            "k.name = '{clock}' and coalesce(k.outcome, '') = 'dropped'
             and k.stopped_at <= k.due_at"
        );
        let due = format!("k.name = '{clock}' and k.due_at <= {now} and not ({dropped})");
        let done = format!("{due} and coalesce(k.outcome, '') = 'done'");
        let kept = format!("{due} and k.stopped_at <= k.due_at");
        let column = |what: &str| format!("{clock}_{what}");
        [
            sum(&due, &column("due")),
            sum(&done, &column("done")),
            sum(&kept, &column("kept")),
            sum(&dropped, &column("dropped")),
        ]
    };
    let mut sums: Vec<String> = clocks.iter().flat_map(of).collect();
    sums.push(sum(&format!("coalesce(k.stopped_at, {now}) > k.due_at"), "late"));
    sums.join(", ")
}

/// Who had each matter as these acts were last performed with it, not after `until`, an expression
/// over `chosen`: `matter_id`, `body_id`.
pub fn last_by(acts: &[&str], until: &str) -> String {
    format!(
        "select w.matter_id, w.body_id from (
             select e.matter_id, e.body_id, row_number() over (
                 partition by e.matter_id order by e.at desc, e.id desc) as nth
             from entry e join chosen on chosen.id = e.matter_id
             where e.move in ({}) and e.at <= {until}) w
         where w.nth = 1",
        quoted(acts)
    )
}

/// Who had each matter as it began: `matter_id`, `body_id`.
pub fn first_by() -> &'static str {
    "select e.matter_id, max(e.body_id) as body_id
     from entry e join chosen on chosen.id = e.matter_id
     where e.from_stage is null group by e.matter_id"
}
