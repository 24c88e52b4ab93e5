//! What has happened to many matters at once, as numbers. The matters are the rows of `chosen`,
//! which whoever asks puts before these; each gives one row a matter that anything is known of.

/// How often these acts were performed with each matter: the name of a column, and its acts.
pub fn made(columns: &[(&str, &[&str])]) -> String {
    let sum = |(name, acts): &(&str, &[&str])| {
        let acts: Vec<String> = acts.iter().map(|act| format!("'{act}'")).collect();
        format!("sum(case when e.move in ({}) then 1 else 0 end) as {name}", acts.join(", "))
    };
    let sums: Vec<String> = columns.iter().map(sum).collect();
    format!(
        "select e.matter_id, {} from entry e join chosen on chosen.id = e.matter_id
         group by e.matter_id",
        sums.join(", ")
    )
}

/// Of each clock named, for each matter: `NAME_due`, how often its time is over by `now`;
/// `NAME_done`, how often of these it was done; `NAME_kept`, how often in time. A clock that was
/// dropped timed nothing. `late` is how often any clock of the matter was overrun.
pub fn timed(clocks: &[&str], now: &str) -> String {
    let sum = |when: &str, name: &str| format!("sum(case when {when} then 1 else 0 end) as {name}");
    let of = |clock: &&str| {
        let due = format!(
            "k.name = '{clock}' and k.due_at <= {now} and coalesce(k.outcome, '') <> 'dropped'"
        );
        let done = format!("{due} and k.stopped_at is not null");
        let kept = format!("{due} and k.stopped_at <= k.due_at");
        let column = |what: &str| format!("{clock}_{what}");
        [sum(&due, &column("due")), sum(&done, &column("done")), sum(&kept, &column("kept"))]
    };
    let mut sums: Vec<String> = clocks.iter().flat_map(of).collect();
    sums.push(sum(&format!("coalesce(k.stopped_at, {now}) > k.due_at"), "late"));
    format!(
        "select k.matter_id, {} from clock k join chosen on chosen.id = k.matter_id
         group by k.matter_id",
        sums.join(", ")
    )
}
