//! The journal of erasures: who has closed their account, kept beside the keys and apart from the
//! database and its backups. A backup made before an erasure still holds what was erased; when it
//! is restored, the journal has the erasure carried out again (个人信息保护法 第47条).
//!
//! One JSON text a line, `{"person": …, "closed_at": …}`. A person is an id that names nobody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linli_rules::mask::names_nobody;
use serde::{Deserialize, Serialize};

use super::acts::Close;
use super::{LeaveMatters, store};
use crate::act::{Actor, Door, Order};
use crate::base::secret::Keys;
use crate::base::{Fault, Id, Instant, journal};
use crate::district::{Config, District};
use crate::store::{ReadTx, Store, StoreError};
use crate::words::Lang;

const FILE: &str = "erased.jsonl";
const LOOKED_AFTER_EVERY: Duration = Duration::from_secs(600);

#[derive(Serialize, Deserialize)]
struct Line {
    person: Id,
    closed_at: i64,
}

/// Where the journal of the district in `dir` lies: beside its keys.
pub fn path(config: &Config, dir: &Path) -> PathBuf {
    config.key_file(dir).with_file_name(FILE)
}

/// Who is erased, and since when; nobody when there is no journal.
pub fn read(file: &Path) -> Result<BTreeMap<Id, Instant>, Fault> {
    let text = journal::text(file)?.unwrap_or_default();
    let mut out = BTreeMap::new();
    for (n, line) in journal::lines::<Line>(&text) {
        let line =
            line.map_err(|(_, e)| Fault::from(e).context(format!("{}, line {n}", file.display())))?;
        out.insert(line.person, Instant(line.closed_at));
    }
    Ok(out)
}

/// Adds erasures, on the disk before this returns.
pub fn add(file: &Path, erased: &[(Id, Instant)]) -> Result<(), Fault> {
    let mut lines = String::new();
    for (person, at) in erased {
        let line = Line { person: person.clone(), closed_at: at.0 };
        lines.push_str(&serde_json::to_string(&line)?);
        lines.push('\n');
    }
    journal::add::<Line>(file, &lines)
}

/// What journal and database do not yet both know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Erased in the database and not in the journal.
    pub unwritten: Vec<(Id, Instant)>,
    /// Erased by the journal, and there again in the database.
    pub revived: Vec<(Id, Instant)>,
}

pub fn difference(database: &Store, file: &Path) -> Result<Difference, Fault> {
    let written = read(file)?;
    let look = move |tx: &ReadTx<'_>| -> Result<Difference, StoreError> {
        let closed: BTreeMap<Id, Instant> = store::closed(tx)?.into_iter().collect();
        let mut out = Difference::default();
        for (person, at) in &written {
            if !closed.contains_key(person) && store::person(tx, person)?.is_some() {
                out.revived.push((person.clone(), *at));
            }
        }
        out.unwritten = closed.into_iter().filter(|(p, _)| !written.contains_key(p)).collect();
        Ok(out)
    };
    database.read_blocking(look).map_err(|e| Fault::new(e.to_string()))
}

/// The names and numbers a person is known by: their own, and those they left with their matters.
pub fn known_by(tx: &ReadTx<'_>, keys: &Keys, person: &Id) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::new();
    if let Some(person) = store::person(tx, person)? {
        known.extend([person.own_name(keys), person.full_phone(keys)]);
    }
    for contact in store::contacts_of(tx, person)? {
        known.extend(contact.in_full(keys));
    }
    Ok(known.into_iter().flatten().filter(|one| !names_nobody(one)).collect())
}

/// Writes down what is missing in the journal, and erases again what came back with a backup, with
/// the keys by which names open. Gives how many were erased again.
pub fn settle(door: &Door, keys: &Keys, file: &Path, leave: LeaveMatters) -> Result<usize, Fault> {
    let found = difference(&door.store, file)?;
    if !found.unwritten.is_empty() {
        add(file, &found.unwritten)?;
    }
    for (person, at) in &found.revived {
        let id = Id::derived(&format!("erased again {person} {}", door.clock.now().0));
        let (who, with) = (person.clone(), keys.clone());
        let known = door.store.read_blocking(move |tx| known_by(tx, &with, &who));
        let known = known.map_err(|e| Fault::new(e.to_string()))?;
        for id in Close::steps(id) {
            let (gone, known) = (Lang::Zh.say("people.gone"), known.clone());
            let act = Close { person: person.clone(), gone, known, leave };
            let order = Order::new(id, act).happened(*at);
            let done = door
                .perform_blocking(&Actor::operator(), order)
                .map_err(|e| Fault::new(format!("erasing {person} again: {e:?}")))?;
            if done.outcome {
                break;
            }
        }
    }
    Ok(found.revived.len())
}

/// [`settle`] for a district that is served.
pub async fn look_after(district: &Arc<District>, leave: LeaveMatters) {
    let of = Arc::clone(district);
    let work = move || settle(&of.door, &of.keys, &path(&of.config, &of.dir), leave);
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(0)) => {}
        Ok(Ok(n)) => tracing::warn!("{n} erased accounts were there again, and are erased"),
        Ok(Err(error)) => tracing::error!("the journal of erasures: {error}"),
        Err(error) => tracing::error!("the journal of erasures: {error}"),
    }
}

/// Looks after the journal from the start of a district on.
pub async fn watch(district: Arc<District>, leave: LeaveMatters) {
    let mut tick = tokio::time::interval(LOOKED_AFTER_EVERY);
    loop {
        tick.tick().await;
        look_after(&district, leave).await;
    }
}
