//! The list of people: staff with their posts, residents with the place where they live.

use std::collections::HashMap;
use std::sync::Arc;

use crate::act::Done;
use crate::base::Id;
use crate::base::secret::Keys;
use crate::base::sort::{self, By};
use crate::page::Visitor;
use crate::people::store::{self, Person, PostView, Sought};
use crate::store::ReadTx;
use crate::territory::{self, Ground};

/// Residents that are listed; the others are searched for.
const RESIDENTS: usize = 100;
/// A word that more places have in their names, such as 网格, tells nobody where to look.
const PLACES: usize = 12;
/// Somebody as the list shows them.
pub(super) struct Row {
    pub id: Id,
    pub name: String,
    pub login: String,
    /// The posts of staff; where a resident lives.
    pub at: String,
    pub state: &'static str,
}

/// What the list is made of.
pub(super) struct Found {
    staff: Vec<Person>,
    residents: Vec<Person>,
    posts: Vec<PostView>,
    ground: Arc<Ground>,
}

impl Found {
    pub(super) fn read(tx: &ReadTx<'_>, v: &Visitor, q: &str) -> Done<Found> {
        let ground = territory::ground(&v.district, tx)?;
        let named = ground.places().filter(|place| !q.is_empty() && place.name.contains(q));
        let mut paths: Vec<String> = named.map(|place| place.path.clone()).collect();
        if paths.len() > PLACES {
            paths.clear();
        }
        let sought = Sought { words: q.to_owned(), paths };
        let sought = Some(&sought).filter(|_| !q.is_empty());
        let of = |act: &str, kind: &str, sought: Option<&Sought>, most: usize| {
            store::people(tx, &v.duties, &v.actor, act, kind, sought, most)
        };
        Ok(Found {
            staff: of("staff.reset", "staff", None, store::EVERYBODY)?,
            residents: of("person.unmask", "resident", sought, RESIDENTS + 1)?,
            posts: store::all_posts(tx, v.district.now())?,
            ground,
        })
    }

    /// The posts that each holds, each with its place.
    fn seats(&self) -> HashMap<&Id, Vec<String>> {
        let mut seats: HashMap<&Id, Vec<String>> = HashMap::new();
        for post in &self.posts {
            let place = self.ground.name_of_path(&post.place_path);
            let named = match post.title.contains(&place) {
                true => post.title.clone(),
                false => format!("{place} {}", post.title),
            };
            for held in &post.holders {
                seats.entry(&held.person).or_default().push(named.clone());
            }
        }
        seats
    }

    /// There are more residents than are listed.
    pub(super) fn more(&self) -> bool {
        self.residents.len() > RESIDENTS
    }

    /// Staff and residents as they are listed. The names of staff are published with their posts;
    /// those of residents are masked.
    pub(super) fn sorted(&self, keys: &Keys, q: &str, by: By) -> (Vec<Row>, Vec<Row>) {
        let seats = self.seats();
        let at = |p: &Person| seats.get(&p.id).map(|all| all.join("、")).unwrap_or_default();
        let staff = self.staff.iter().map(|p| row(p, p.full_name(keys), at(p)));
        let lower = q.to_lowercase();
        let meant = |row: &Row| {
            [&row.name, &row.login, &row.at].iter().any(|text| text.to_lowercase().contains(&lower))
        };
        let lives = |p: &Person| self.ground.name_of_path(&p.place_path);
        let residents = self.residents.iter().take(RESIDENTS);
        let residents = residents.map(|p| row(p, p.name_masked.clone(), lives(p)));
        (in_order(staff.filter(meant), by), in_order(residents, by))
    }
}

/// Rows by the name as the looker is shown it.
fn in_order(rows: impl Iterator<Item = Row>, by: By) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_cached_key(|row| (row.login.clone(), row.id.clone()));
    sort::by_name(rows, by, |row| row.name.clone())
}

fn row(person: &Person, name: String, at: String) -> Row {
    let login = person.username.clone().or_else(|| person.phone_masked.clone());
    Row { id: person.id.clone(), name, login: login.unwrap_or_default(), at, state: person.state() }
}
