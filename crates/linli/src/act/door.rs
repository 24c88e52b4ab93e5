//! The door: `perform(actor, act)`.

use std::borrow::Cow;
use std::sync::Arc;

use linli_record::leaf::RowMark;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast;

use super::duty::{DutyBook, DutyList, Verdict};
use super::record::{self, Deed};
use super::{
    Act, Acting, Actor, Done, Failure, Reach, Refusal, Stamp, Subject, Tally, Tell, telling,
};
use crate::base::{Clock, Fault, Id, Instant, random};
use crate::params;
use crate::store::schema::Table;
use crate::store::{ReadTx, Store, StoreError, Value, WriteTx};

const ACT: Table = Table::engraved("act");

const EARLIER: &str = "select digest, outcome, at from act where id = $1";
const NAME: &str = "select name from act where id = $1";
const SUBJECT: &str = "select subject_kind, subject_id from act where id = $1";
const KEEP: &str = "
    insert into act (id, name, actor_id, post_id, duty_id, subject_kind, subject_id, at,
                     recorded_at, digest, outcome, seal)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// An act that somebody orders.
pub struct Order<A> {
    /// Made by the client, so that a repeat has one effect and gets the same answer.
    pub id: Id,
    pub act: A,
    /// When it happened, for imported and demonstrated facts; now when it is `None`.
    pub happened_at: Option<Instant>,
}

impl<A> Order<A> {
    pub fn new(id: Id, act: A) -> Order<A> {
        Order { id, act, happened_at: None }
    }

    #[must_use]
    pub fn happened(mut self, at: Instant) -> Order<A> {
        self.happened_at = Some(at);
        self
    }
}

/// What the door gives back.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub outcome: T,
    pub act_id: Id,
    pub at: Instant,
    /// The act had been performed before; this is the answer of that time.
    pub repeated: bool,
}

/// Minutes for which a look that was noted may be read again: a page sent twice, a line that broke.
const LOOK_MINUTES: i64 = 10;

impl<T> Answer<T> {
    /// For an act that lets somebody look. Ordered again after a while it opens nothing: what is
    /// there by then is another look, with a reason and a line of its own.
    ///
    /// # Errors
    /// `looked_before`.
    pub fn opens(&self, now: Instant) -> Result<(), Refusal> {
        match self.repeated && now > self.at.plus_minutes(LOOK_MINUTES) {
            true => Err(Refusal::new("looked_before")),
            false => Ok(()),
        }
    }
}

/// What is called out after a commit, for live pages and for those who wait for work.
#[derive(Clone, Debug)]
pub struct Committed {
    pub act: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub place_path: String,
}

/// The one way in for changes to a district.
#[derive(Clone)]
pub struct Door {
    pub store: Store,
    pub clock: Clock,
    pub duties: DutyBook,
    pub tally: Tally,
    stamp: Stamp,
    committed: broadcast::Sender<Committed>,
}

impl Door {
    pub fn new(store: Store, clock: Clock, stamp: Stamp) -> Door {
        let (committed, _) = broadcast::channel(1024);
        let (duties, tally) = (DutyBook::default(), Tally::default());
        Door { store, clock, duties, tally, stamp, committed }
    }

    /// Everything that is committed from now on.
    pub fn watch(&self) -> broadcast::Receiver<Committed> {
        self.committed.subscribe()
    }

    /// Performs an act, once. Who asked may hang up meanwhile: what is committed is called out all
    /// the same.
    pub async fn perform<A: Act>(
        &self,
        actor: &Actor,
        order: Order<A>,
    ) -> Done<Answer<A::Outcome>> {
        let name = Cow::Owned(order.act.name().into_owned());
        let attempt = Attempt::new(self, actor, order)?;
        let door = self.clone();
        let performing = tokio::spawn(async move {
            let done = door.store.write(move |tx| attempt.run(tx)).await;
            door.tally.count(name, &done);
            Ok(door.call_out(done?))
        });
        performing.await.map_err(|e| Fault::new(format!("an act was cut off: {e}")))?
    }

    /// As [`Door::perform`], from a thread that may block.
    pub fn perform_blocking<A: Act>(
        &self,
        actor: &Actor,
        order: Order<A>,
    ) -> Done<Answer<A::Outcome>> {
        let name = Cow::Owned(order.act.name().into_owned());
        let attempt = Attempt::new(self, actor, order)?;
        let done = self.store.write_blocking(move |tx| attempt.run(tx));
        self.tally.count(name, &done);
        Ok(self.call_out(done?))
    }

    fn call_out<T>(&self, (answer, committed): (Answer<T>, Option<Committed>)) -> Answer<T> {
        if let Some(committed) = committed {
            // Nobody may be listening; that is no error.
            let _ = self.committed.send(committed);
        }
        answer
    }

    /// The duty list in force, read with this transaction.
    pub fn duty_list(&self, tx: &ReadTx<'_>) -> Done<Arc<DutyList>> {
        Ok(self.duties.current(tx)?)
    }
}

/// The answer of an act that was performed before under this id, found by who asked what. It needs
/// nothing of the world as it is by now, so a repeat is answered as the first time though a class
/// or a place has ended since. Another asking under the id is refused.
pub fn repeated<T: DeserializeOwned>(
    tx: &ReadTx<'_>,
    id: &Id,
    actor: &Actor,
    name: &str,
    asked: &[u8],
) -> Done<Option<Answer<T>>> {
    earlier(tx, id, &digest_of(name, actor, asked))
}

/// Who asked what, and as which post, as it is kept of an act: half a hash, for whoever finds
/// another order with the same half has found it for their own act only. When it happened is no
/// part of it: who sends an order again may say another time.
fn digest_of(name: &str, actor: &Actor, asked: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    let post = actor.post.as_ref().map_or("", Id::as_str);
    for part in [name.as_bytes(), actor.key().as_bytes(), post.as_bytes(), asked] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].to_vec()
}

/// The same act, performed before: the same answer. Another act under its id: refused.
fn earlier<T: DeserializeOwned>(
    tx: &ReadTx<'_>,
    id: &Id,
    digest: &[u8],
) -> Done<Option<Answer<T>>> {
    let found = tx.row(EARLIER, params![*id], |row| {
        Ok((row.get::<Vec<u8>>(0)?, row.get::<String>(1)?, row.get::<Instant>(2)?))
    })?;
    let Some((kept, outcome, at)) = found else { return Ok(None) };
    if kept != digest {
        return Err(Refusal::new("act_id_used").into());
    }
    let outcome = serde_json::from_str(&outcome).map_err(Fault::from)?;
    Ok(Some(Answer { outcome, act_id: id.clone(), at, repeated: true }))
}

/// The name of the act that was performed under an id, if one was.
pub fn performed(tx: &ReadTx<'_>, id: &Id) -> Result<Option<String>, StoreError> {
    tx.row(NAME, params![*id], |row| row.get(0))
}

/// What the act under an id was done to, where it was a row of this kind. The row may have another
/// name by now, or none: a form sent again is still about it.
pub fn done_to(tx: &ReadTx<'_>, id: &Id, kind: &str) -> Result<Option<String>, StoreError> {
    let found = tx.row(SUBJECT, params![*id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.and_then(|(of, subject): (String, String)| (of == kind).then_some(subject)))
}

/// What an act is done to, and the duty by which this actor may do it. Who may neither see the row
/// nor do this to it is told nothing of it.
pub fn judged(
    tx: &ReadTx<'_>,
    duties: &DutyList,
    actor: &Actor,
    name: &str,
    subject: Subject,
) -> Done<(&'static str, Reach, Option<Id>)> {
    let (kind, reach, sees) = match subject {
        Subject::New { kind, id, reach } => (kind, Reach { id, ..reach }, true),
        Subject::Row { of, id } => {
            let reach = of.reach(tx, &id)?.ok_or(Failure::Hidden)?;
            let sees = duties.decide(actor, of.see, &reach).granted();
            (of.kind, reach, sees)
        }
    };
    match duties.decide(actor, name, &reach) {
        Verdict::Granted(duty) => Ok((kind, reach, duty)),
        Verdict::Denied(refusal) if sees => Err(refusal.with("act", name).into()),
        Verdict::Denied(_) => Err(Failure::Hidden),
    }
}

/// An order with everything fixed that a repeat must find the same.
struct Attempt<A> {
    duties: DutyBook,
    actor: Actor,
    order: Order<A>,
    digest: Vec<u8>,
    at: Instant,
    recorded_at: Instant,
    entropy: [u8; 32],
    stamp: Stamp,
}

impl<A: Act> Attempt<A> {
    fn new(door: &Door, actor: &Actor, order: Order<A>) -> Result<Attempt<A>, Fault> {
        let now = door.clock.now();
        Ok(Attempt {
            duties: door.duties.clone(),
            actor: actor.clone(),
            digest: digest_of(&order.act.name(), actor, &order.act.body()?),
            at: order.happened_at.unwrap_or(now),
            recorded_at: now,
            entropy: random::bytes(),
            stamp: door.stamp.clone(),
            order,
        })
    }

    fn run(&self, tx: &mut WriteTx<'_>) -> Done<(Answer<A::Outcome>, Option<Committed>)> {
        if let Some(answer) = earlier(tx, &self.order.id, &self.digest)? {
            return Ok((answer, None));
        }
        let name = self.order.act.name();
        let duties = self.duties.current(tx)?;
        let subject = self.order.act.subject();
        let (kind, reach, duty) = judged(tx, &duties, &self.actor, &name, subject)?;
        let mut cx = Acting {
            tx,
            actor: &self.actor,
            act_id: &self.order.id,
            duty,
            reach,
            at: self.at,
            recorded_at: self.recorded_at,
            entropy: self.entropy,
            made: 0,
            told: Vec::new(),
            engraved: Vec::new(),
            duties,
        };
        let outcome = self.order.act.perform(&mut cx)?;
        let (duty, reach) = (cx.duty.take(), std::mem::take(&mut cx.reach));
        self.engrave(&mut cx, kind, &reach, duty, &outcome)?;
        let told: Vec<(Id, Tell)> =
            std::mem::take(&mut cx.told).into_iter().map(|tell| (cx.new_id(), tell)).collect();
        let engraved = std::mem::take(&mut cx.engraved);
        self.leave(tx, kind, &reach, engraved)?;
        for (id, tell) in &told {
            telling::queue(tx, id, &self.order.id, tell)?;
        }
        let committed = Committed {
            act: name.into_owned(),
            subject_kind: kind.to_owned(),
            subject_id: reach.id,
            place_path: reach.place_path,
        };
        let answer =
            Answer { outcome, act_id: self.order.id.clone(), at: self.at, repeated: false };
        Ok((answer, Some(committed)))
    }

    /// The row of the act itself.
    fn engrave(
        &self,
        cx: &mut Acting<'_, '_>,
        kind: &str,
        reach: &Reach,
        duty: Option<Id>,
        outcome: &A::Outcome,
    ) -> Done<()> {
        let outcome = serde_json::to_string(outcome).map_err(Fault::from)?;
        let id = self.order.id.as_str();
        let values = [
            Value::from(id),
            Value::from(&*self.order.act.name()),
            Value::from(self.actor.key()),
            Value::from(self.actor.post.clone()),
            Value::from(duty),
            Value::from(kind),
            Value::from(reach.id.as_str()),
            Value::from(self.at),
            Value::from(self.recorded_at),
            Value::from(self.digest.clone()),
            Value::from(outcome),
        ];
        cx.engrave(ACT, id, KEEP, &values)?;
        Ok(())
    }

    fn leave(
        &self,
        tx: &mut WriteTx<'_>,
        kind: &str,
        reach: &Reach,
        engraved: Vec<RowMark>,
    ) -> Done<()> {
        let name = self.order.act.name();
        let touched = tx.take_touched();
        let deed = Deed {
            act_id: &self.order.id,
            act: &name,
            at: self.at,
            subject_kind: kind,
            subject_id: &reach.id,
            actor: &self.actor,
            entropy: &self.entropy,
            stamp: &self.stamp,
        };
        Ok(record::leave(tx, &deed, engraved, &touched)?)
    }
}
