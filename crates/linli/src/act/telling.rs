//! What an act leaves to be told: rows of the outbox, sent only after the commit.

use serde::{Deserialize, Serialize};

use super::Reach;
use crate::base::{Id, Instant};
use crate::params;
use crate::store::upkeep::OUTBOX;
use crate::store::{StoreError, WriteTx};

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Person(Id),
    /// Whoever holds a post of the body that the duty list gives one of these acts on the row.
    Body {
        body: Id,
        acts: Vec<String>,
        row: Box<Reach>,
    },
    /// Whoever follows this matter: outsiders, who are told what everyone may see.
    Followers(Id),
    /// Whoever holds a post of this kind over the place.
    PostsAt {
        kind: String,
        place_path: String,
    },
    /// Whoever the duty list gives the next act, nearest first.
    OnDuty(Box<Errand>),
}

/// An act that now waits for somebody: whoever holds a post that the duty list gives it on this
/// row, at the nearest place that has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// As the duty list names it: `case.dispatch`.
    pub act: String,
    /// The row as the act left it.
    pub row: Reach,
    /// Who may not do it, whatever their post.
    pub but: Vec<Id>,
    /// Who made it wait, and need not be told so.
    pub doer: Option<Id>,
}

/// One thing to tell: the kind names the sentences (`notice.KIND`) in the messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    pub to: Audience,
    pub kind: String,
    pub matter: Option<Id>,
    pub params: Vec<(String, String)>,
    pub at: Instant,
    /// By text message as well, to a person who asked for it.
    #[serde(default)]
    pub texts: bool,
}

const QUEUE: &str = "
    insert into outbox (id, act_id, kind, payload, due_at) values ($1, $2, 'notice', $3, $4)";

pub(super) fn queue(
    tx: &mut WriteTx<'_>,
    id: &Id,
    act_id: &Id,
    tell: &Tell,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(tell).map_err(crate::base::Fault::from)?;
    tx.write(OUTBOX, id, QUEUE, params![id, act_id, payload, tell.at])?;
    Ok(())
}
