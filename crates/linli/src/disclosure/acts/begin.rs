//! A new district starts with the shipped duty list: performed by the machine's own terminal.

use std::borrow::Cow;

use serde::Serialize;

use crate::act::{Act, Acting, Actor, Done, Door, Order, Reach, Subject};
use crate::base::{Fault, Id, secret};
use crate::disclosure::shipped::{self, Rows};
use crate::disclosure::{KindFields, LIST, NewDuty, NewWall, store};

/// Rows that one act writes: its leaf stays small.
pub(super) const AT_ONCE: usize = 300;

/// A part of the shipped list: kinds of post and walls come with the first.
#[derive(Clone, Debug, Serialize)]
pub struct BeginDuties {
    /// The place of the part's first row in the whole list.
    first: usize,
    last_part: bool,
    posts: Vec<(String, KindFields)>,
    walls: Vec<NewWall>,
    duties: Vec<NewDuty>,
}

impl Act for BeginDuties {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "duty.begin".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "duty_list", id: LIST.to_owned(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let now = cx.now();
        for (id, fields) in &self.posts {
            store::keep_kind(cx.tx, id, fields)?;
        }
        for wall in &self.walls {
            let id = id_of_wall(&wall.act, &wall.condition);
            store::keep_wall(cx.tx, &id, wall, now)?;
        }
        for (position, duty) in (self.first..).zip(&self.duties) {
            let id = id_of_duty(&duty.post_kind, &duty.act, &duty.scope);
            store::keep_duty(cx.tx, &id, duty, position, now)?;
        }
        let state = if self.last_part { store::IN_FORCE } else { store::BEGINNING };
        store::begin_list(cx.tx, state)?;
        Ok(())
    }
}

/// The id of a row that the list began with; those added since have ids of their own.
pub fn id_of_duty(post_kind: &str, act: &str, scope: &str) -> Id {
    Id::derived(&format!("duty {post_kind} {act} {scope}"))
}

/// The same of a wall.
pub fn id_of_wall(act: &str, condition: &str) -> Id {
    Id::derived(&format!("wall {act} {condition}"))
}

/// Gives a new district the shipped list; a district that has one keeps its own.
pub fn seed(door: &Door) -> Done<()> {
    if door.store.read_blocking(store::is_in_force)? {
        return Ok(());
    }
    let whose = secret::sha256_hex(shipped::TEXT.as_bytes());
    for (part, act) in parts(shipped::TEXT)?.into_iter().enumerate() {
        let id = Id::derived(&format!("duty.begin {whose} {part}"));
        door.perform_blocking(&Actor::operator(), Order::new(id, act))?;
    }
    Ok(())
}

fn parts(text: &str) -> Result<Vec<BeginDuties>, Fault> {
    let Rows { kinds, walls, duties } = Rows::of(text)?;
    let mut out = vec![BeginDuties {
        first: 0,
        last_part: duties.is_empty(),
        posts: kinds,
        walls,
        duties: Vec::new(),
    }];
    let count = duties.len();
    for (n, chunk) in duties.chunks(AT_ONCE).enumerate() {
        let first = n * AT_ONCE;
        out.push(BeginDuties {
            first,
            last_part: first + chunk.len() == count,
            posts: Vec::new(),
            walls: Vec::new(),
            duties: chunk.to_vec(),
        });
    }
    Ok(out)
}
