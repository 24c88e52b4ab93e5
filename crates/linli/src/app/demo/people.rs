//! The people of the demonstration, as the stories call them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::act::Actor;
use crate::app::init;
use crate::base::{Fault, Id};
use crate::district::District;
use crate::people::seed::{self, DemoPeople};
use crate::people::session;

/// Who plays: bodies by their ids in the data, and the actors a name stands for.
pub struct Cast {
    actors: HashMap<String, Vec<Actor>>,
}

impl Cast {
    /// Puts everybody in place and calls the roll.
    pub fn seed(district: &Arc<District>) -> Result<Cast, Fault> {
        seed::demo(district).map_err(init::said)?;
        let people: DemoPeople = seed::demo_people()?;
        let mut actors = HashMap::new();
        for resident in people.resident {
            let person = seed::demo_resident_id(&resident.id);
            actors.insert(resident.id, vec![Actor::resident(person)]);
        }
        for staff in people.staff {
            let person = Id::derived(&format!("staff {}", staff.username));
            let posts = district.store().read_blocking(move |tx| session::actors(tx, &person));
            actors.insert(staff.username, posts.map_err(|e| Fault::new(e.to_string()))?);
        }
        Ok(Cast { actors })
    }

    pub fn body(&self, id: &str) -> Id {
        seed::demo_body_id(id)
    }

    /// The posts of a username, or the resident; empty for an unknown name.
    pub fn actors(&self, name: &str) -> &[Actor] {
        self.actors.get(name).map_or(&[], Vec::as_slice)
    }
}
