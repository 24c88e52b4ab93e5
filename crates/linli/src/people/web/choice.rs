//! Whom to appoint: a choice of staff, and a field that finds whoever does not stand in it.

use std::sync::Arc;

use crate::act::{Actor, Done, DutyList, FieldProblem};
use crate::base::secret::Keys;
use crate::base::{Id, sort};
use crate::page::{Form, Visitor};
use crate::people::store::{self, Person};
use crate::store::{ReadTx, StoreError};

/// So many stand in the choice; a browser on an old machine takes no more.
const MOST: usize = 500;

/// What the form offers.
pub(super) struct Choice {
    /// Each with name and account, in the order of names.
    pub people: Vec<(Id, String)>,
    /// There are more than the choice takes.
    pub cut: bool,
    /// How many it takes.
    pub most: usize,
}

/// Accounts of staff that this actor sees, one more than the choice takes; with whom a form had
/// chosen that comes back.
pub(super) fn read(
    tx: &ReadTx<'_>,
    (duties, actor): (&DutyList, &Actor),
    kept: Option<&Id>,
) -> Result<(Vec<Person>, bool), StoreError> {
    let mut all = store::people(tx, duties, actor, BY, "staff", None, MOST + 1)?;
    let cut = all.len() > MOST;
    all.truncate(MOST);
    let missing = kept.filter(|kept| cut && all.iter().all(|person| person.id != **kept));
    if let Some(kept) = missing
        && store::reachable(tx, duties, actor, BY, kept)?
    {
        all.extend(store::person(tx, kept)?.filter(Person::is_staff));
    }
    Ok((all, cut))
}

/// Who may do this to an account sees it in the choice.
const BY: &str = "staff.reset";

/// The choice of whoever is not stopped.
pub(super) fn of((all, cut): (Vec<Person>, bool), keys: &Keys) -> Choice {
    let going = all.iter().filter(|person| person.suspended_at.is_none());
    let mut people: Vec<(Id, String)> =
        going.map(|person| (person.id.clone(), label(person, keys))).collect();
    people.sort_by_cached_key(|(id, label)| (sort::key(label), id.clone()));
    Choice { people, cut, most: MOST }
}

fn label(person: &Person, keys: &Keys) -> String {
    let login = person.username.as_deref().unwrap_or_default();
    format!("{}（{login}）", person.full_name(keys))
}

/// Who is meant: whom was typed goes before who stands chosen. Of two with one name neither is
/// meant for sure.
pub(super) async fn asked(v: &Visitor, form: &Form) -> Done<Option<Id>> {
    let typed = form.get("person_find").trim().to_owned();
    if typed.is_empty() {
        return Ok(Id::parse(form.get("person")));
    }
    let (district, duties) = (Arc::clone(&v.district), v.duties.clone());
    let actor = v.actor.clone();
    let look = move |tx: &ReadTx<'_>| -> Done<Vec<Id>> {
        let all = store::people(tx, &duties, &actor, BY, "staff", None, store::EVERYBODY)?;
        let going = all.into_iter().filter(|person| person.suspended_at.is_none());
        let (mut by_login, mut by_name) = (Vec::new(), Vec::new());
        for person in going {
            if person.username.as_deref() == Some(&*typed.to_lowercase()) {
                by_login.push(person.id);
            } else if [person.full_name(&district.keys), label(&person, &district.keys)]
                .contains(&typed)
            {
                by_name.push(person.id);
            }
        }
        Ok(if by_login.is_empty() { by_name } else { by_login })
    };
    let mut found = v.district.store().read_long(look).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// What is wrong where nobody is meant.
pub(super) fn nobody(form: &Form) -> FieldProblem {
    let typed = !form.get("person_find").trim().is_empty();
    FieldProblem::new("person", if typed { "not_one_person" } else { "missing" })
}
