//! The first administrator. Whoever has a terminal on the machine is shown a link that opens the
//! first account in the browser; it is good for half an hour and only as long as there is no other
//! account, so it opens one and no more.

use super::acts::{Appoint, CreatePost, CreateStaff};
use super::admin::{self, ONE_TIME_DAYS};
use super::sealed::SealedName;
use super::{password, store, ticket};
use crate::act::{Act, Actor, Done, Order, Refusal};
use crate::base::{Id, Instant};
use crate::district::District;
use crate::store::{ReadTx, StoreError};
use crate::words::Lang;

/// How long a printed link is good.
pub const GOOD_FOR_MINUTES: i64 = 30;
const PURPOSE: &str = "first run";
/// 安全保密管理员: opens all other accounts and appoints to all other posts.
const KIND: &str = "security_admin";

/// How far a district has come with its first account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no member of staff at all.
    Nobody,
    /// The first account is there and has no password of its own yet.
    Begun { username: String },
    /// There are accounts; whoever needs one asks them.
    Over,
}

fn first_id(what: &str) -> Id {
    Id::derived(&format!("the first {what} of a district"))
}

/// Looks how far the district has come.
pub fn state(tx: &ReadTx<'_>) -> Result<State, StoreError> {
    let some = store::first_staff(tx)?;
    let mine = first_id("administrator");
    Ok(match some.as_slice() {
        [] => State::Nobody,
        [one] if one.id == mine && one.password_until.is_some() => {
            State::Begun { username: one.username.clone().unwrap_or_default() }
        }
        _ => State::Over,
    })
}

/// The link to be shown at the terminal; `None` where there is nothing left to begin.
pub fn link(district: &District, address: &str) -> Result<Option<String>, StoreError> {
    let begun = district.store().read_blocking(state)?;
    let ticket = ticket::issue_for(
        (&district.keys, district.now()),
        PURPOSE,
        &[&district.config.code],
        GOOD_FOR_MINUTES,
    );
    let address = address.trim_end_matches('/');
    Ok((begun != State::Over).then(|| format!("{address}/sign-in/begin/{ticket}")))
}

/// Whether a link is still good.
pub fn is_good(district: &District, ticket: &str, now: Instant) -> bool {
    ticket::open(&district.keys, PURPOSE, ticket, now).is_some()
}

/// Opens the first account, with a post over the whole district; gone on with where it broke off.
/// Gives its user name; its password is set next, by whoever holds the link.
pub async fn begin(
    district: &District,
    username: &str,
    name: &str,
    language: Lang,
) -> Done<String> {
    let (keys, person) = (&district.keys, first_id("administrator"));
    let username = match district.store().read(state).await? {
        State::Over => return Err(Refusal::new("begin_over").into()),
        State::Begun { username } => username,
        State::Nobody => {
            let act = CreateStaff {
                id: person.clone(),
                username: username.to_owned(),
                name: SealedName::of(keys, name),
                phone: None,
                password_hash: password::hash(password::one_time()).await?,
                password_until: Some(district.now().plus_days(ONE_TIME_DAYS)),
                totp_sealed: None,
                place_path: format!("/{}/", district.config.code),
                language,
            };
            perform(district, person.clone(), act).await?;
            username.to_owned()
        }
    };
    let (code, kind) = (district.config.code.clone(), KIND.to_owned());
    let id = first_id("post");
    let (place, title) = district.store().read(move |tx| admin::place_of(tx, &code, &kind)).await?;
    let act = CreatePost {
        id: id.clone(),
        kind: KIND.to_owned(),
        title,
        place_id: place.id,
        place_path: place.path,
        body: None,
        contact: None,
    };
    let post = perform(district, id, act).await?;
    let (asked, now) = ((person.clone(), post.clone()), district.now());
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        Ok((store::holds(tx, &asked.0, &asked.1, now)?, store::person(tx, &asked.0)?))
    };
    let (holds, row) = district.store().read(look).await?;
    if !holds {
        let id = first_id("appointment");
        let holder_name = row.map(|row| row.full_name(keys)).unwrap_or_default();
        let term_from = district.now().day(district.config.offset_minutes);
        let act = Appoint { id: id.clone(), post, person, holder_name, term_from, term_to: None };
        perform(district, id, act).await?;
    }
    Ok(username)
}

/// What the holder of the link does, the terminal does: it printed the link. The act has the id of
/// the row it makes, so that two who hold a link make one.
async fn perform<A: Act>(district: &District, id: Id, act: A) -> Done<A::Outcome> {
    Ok(district.door.perform(&Actor::operator(), Order::new(id, act)).await?.outcome)
}
