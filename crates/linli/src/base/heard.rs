//! What debug builds write down for the tests: every statement that was asked, and from where.
//!
//! Where `LINLI_HEARD` names a folder, each process keeps a file there; without it, and in a
//! release, nothing is kept. `tests/it/sql.rs` reads them after all other tests have run.

#[cfg(test)]
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::Debug;
use std::fs::File;
use std::io::Write as _;
use std::panic::Location;
use std::sync::{LazyLock, Mutex};

type Kept = Mutex<(File, HashSet<String>)>;

static KEPT: LazyLock<Option<Kept>> = LazyLock::new(|| {
    let folder = std::env::var_os("LINLI_HEARD").filter(|folder| !folder.is_empty())?;
    let path = std::path::Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    let file = File::options().create(true).append(true).open(path).ok()?;
    Some(Mutex::new((file, HashSet::new())))
});

#[cfg(test)]
thread_local! {
    static ASKED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// What this thread asks of the database while it does something: each statement with its values.
#[cfg(test)]
pub fn asked_by<T>(something: impl FnOnce() -> T) -> (T, Vec<String>) {
    ASKED.set(Some(Vec::new()));
    let done = something();
    (done, ASKED.take().unwrap_or_default())
}

#[cfg(test)]
fn note(sql: &str, values: &dyn Debug) {
    ASKED.with_borrow_mut(|all| {
        if let Some(all) = all {
            all.push(format!("{sql} {values:?}"));
        }
    });
}

/// Keeps a statement with the engine that was asked and the place in the code that asked.
pub fn statement(engine: &str, at: &Location<'_>, sql: &str, values: &dyn Debug) {
    if !cfg!(debug_assertions) {
        return;
    }
    #[cfg(test)]
    note(sql, values);
    #[cfg(not(test))]
    let _ = values;
    let Some(Ok(mut kept)) = KEPT.as_ref().map(Mutex::lock) else { return };
    let (file, seen) = &mut *kept;
    let line = serde_json::json!([engine, at.file(), at.line(), sql]).to_string();
    if !seen.contains(&line) {
        let _ = writeln!(file, "{line}");
        seen.insert(line);
    }
}
