//! A write is an act: one door for every change.
//!
//! Forms, the API, Open311, imports, the clock and the terminal only *build* acts. The door opens
//! the transaction, asks the duty list, runs the act, leaves a leaf in the public record, queues
//! what must be told, and commits. Writing outside it does not compile:
//!
//! ```compile_fail
//! # fn outside(store: &linli::store::Store) {
//! // `Store::write` is not visible outside the crate, and a `WriteTx` cannot be made.
//! let _ = store.write_blocking(|tx| Ok::<(), linli::store::StoreError>(()));
//! # }
//! ```

pub mod actor;
mod door;
pub mod duty;
mod reach;
mod record;
mod refusal;
mod tally;
pub mod sequencer;
mod stamp;
mod telling;

pub use actor::{Actor, CLOCK, OPERATOR, PUBLIC, RESIDENT};
pub use door::{Answer, Committed, Door, Order, done_to, judged, performed, repeated};
pub use duty::{DutyBook, DutyList, Scope, Verdict};
pub use reach::{Complaints, Protected, Reach, Subject, upper_bound, upward};
pub use record::actor_pseudonym;
pub(crate) use record::{fields as row_fields, opened as seal_opened, standing as row_standing};
pub use refusal::{Done, Failure, FieldProblem, Refusal};
pub use stamp::Stamp;
pub use tally::Tally;
pub use telling::{Audience, Errand, Tell};

use std::borrow::Cow;
use std::sync::Arc;

use linli_record::leaf::RowMark;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::{Fault, Id, Instant};
use crate::store::schema::Table;
use crate::store::{ReadTx, Value, WriteTx};

/// One kind of change that a person, a body or the clock may make.
pub trait Act: Send + Sync + 'static {
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// The name in the duty list, such as `case.dispatch`.
    fn name(&self) -> Cow<'static, str>;

    /// What the client asked, in a form that is equal when the asking is equal: a second order
    /// with the same act id and another body is refused.
    fn body(&self) -> Result<Vec<u8>, Fault>;

    /// What it is done to, and so who may do it.
    fn subject(&self) -> Subject;

    /// Re-checks, decides and writes. It may run more than once and must then do the same, so ids
    /// and the time come from `cx` only. After a store error it must not go on.
    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Self::Outcome>;
}

/// An act under way: the transaction, who acts, when, and by which duty.
pub struct Acting<'a, 'c> {
    pub tx: &'a mut WriteTx<'c>,
    pub actor: &'a Actor,
    pub act_id: &'a Id,
    /// The row of the duty list that allows it.
    pub duty: Option<Id>,
    /// The reach of the subject as the duty list judged it.
    pub reach: Reach,
    at: Instant,
    recorded_at: Instant,
    entropy: [u8; 32],
    made: u32,
    told: Vec<Tell>,
    engraved: Vec<RowMark>,
    duties: Arc<DutyList>,
}

impl<'c> Acting<'_, 'c> {
    /// When it happens: fixed before the door, the same when the act is run again.
    pub fn now(&self) -> Instant {
        self.at
    }

    /// When it was entered: later than [`Acting::now`] for imported facts.
    pub fn recorded_at(&self) -> Instant {
        self.recorded_at
    }

    pub fn read(&self) -> &ReadTx<'c> {
        self.tx
    }

    /// A fresh id, the same when the act is run again.
    pub fn new_id(&mut self) -> Id {
        self.made += 1;
        self.tx.laid(Id::seeded(self.at, &self.entropy, self.made))
    }

    /// Inserts a recorded row of which everything is known, together with its seal: `values` are
    /// the columns that the seal covers, in their order, and the statement's last parameter is the
    /// seal. `key` joins the values of its key by `/`. Says whether there was no such row yet.
    pub fn engrave(&mut self, table: Table, key: &str, sql: &str, values: &[Value]) -> Done<bool> {
        let mark = record::engrave(self.tx, &self.entropy, (table, key), sql, values)?;
        let new = mark.is_some();
        self.engraved.extend(mark);
        Ok(new)
    }

    /// An act that does what another act is for asks for that duty too, on the same subject.
    pub fn also_needs(&self, act: &str) -> Done<()> {
        match self.duties.decide(self.actor, act, &self.reach) {
            Verdict::Granted(_) => Ok(()),
            Verdict::Denied(refusal) => Err(refusal.with("act", act).into()),
        }
    }

    /// What this act writes over or takes out is gone for good, from the files of the database too.
    pub fn erase(&mut self) {
        self.tx.erase();
    }

    /// The list as it stands in this act.
    pub fn duties(&self) -> &DutyList {
        &self.duties
    }

    /// Queues a notice; it is sent only if the act is committed.
    pub fn tell(&mut self, tell: Tell) {
        self.told.push(tell);
    }
}
