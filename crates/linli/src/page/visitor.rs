//! Who looks at a page, in which district, in which language.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::{Frame, cookies};
use crate::act::{Act, Actor, Answer, Done, DutyList, Failure, Order, Refusal, Subject, judged};
use crate::base::{Id, secret};
use crate::district::{Config, District, Districts, SignedIn};
use crate::store::ReadTx;
use crate::words::Lang;

/// The one who asks: a district, an actor, a language.
#[derive(Clone)]
pub struct Visitor {
    pub district: Arc<District>,
    pub actor: Actor,
    pub signed_in: Option<SignedIn>,
    pub lang: Lang,
    /// Large print (长辈版).
    pub elder: bool,
    /// Path and query of the request.
    pub path: String,
    /// The id of the part of a page that a script asks for anew; `None` asks for the page.
    pub part: Option<String>,
    /// The duty list in force when the request came.
    pub duties: Arc<DutyList>,
}

impl Visitor {
    /// Performs an act as this visitor.
    pub async fn perform<A: Act>(&self, id: Id, act: A) -> Done<Answer<A::Outcome>> {
        self.district.door.perform(&self.actor, Order::new(id, act)).await
    }

    /// Reads in one snapshot.
    pub async fn read<T, F>(&self, look: F) -> Done<T>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Done<T> + Send + 'static,
    {
        self.district.store().read(look).await
    }

    /// Whether the duty list gives this act to the actor at all.
    pub fn may(&self, act: &str) -> bool {
        self.duties.has(&self.actor, act)
    }

    /// Refuses whoever does not have this act at all, before anything is said of a form.
    pub fn duty(&self, act: &str) -> Done<()> {
        self.person()?;
        if self.may(act) {
            return Ok(());
        }
        Err(Refusal::new("not_your_duty").with("act", act).into())
    }

    /// Refuses as the door would, before anything is said of a form: whoever may not act is told
    /// that, and not what they filled in wrong.
    pub async fn entitled(&self, act: &'static str, subject: Subject) -> Done<()> {
        let (duties, actor) = (Arc::clone(&self.duties), self.actor.clone());
        self.read(move |tx| judged(tx, &duties, &actor, act, subject).map(|_| ())).await
    }

    /// Whether only this part of the page is asked for.
    pub fn wants(&self, part: &str) -> bool {
        self.part.as_deref() == Some(part)
    }

    /// The signed-in person; who is not signed in is refused with the way to sign in.
    pub fn person(&self) -> Done<Id> {
        let person = self.signed_in.as_ref().map(|signed_in| signed_in.person.clone());
        person.ok_or_else(|| Refusal::new("sign_in_first").into())
    }

    /// What an act of the duty list is called, in the visitor's language.
    pub fn act_title(&self, act: &str) -> String {
        self.district.processes.act_title(act, self.lang)
    }

    /// The frame of a page with this title (already in the visitor's language).
    pub fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::new(self, title.into())
    }
}

impl FromRequestParts<Districts> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Districts) -> Result<Self, Failure> {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        visitor_of(&parts.headers, path, state).await
    }
}

/// The visitor behind a request's headers.
pub async fn visitor_of(
    headers: &HeaderMap,
    path: String,
    districts: &Districts,
) -> Result<Visitor, Failure> {
    let district = Arc::clone(districts.asked(headers)?);
    let token = cookies::read(headers, &district.config, cookies::SESSION);
    let session = token.map(|token| secret::sha256_hex(token.as_bytes()));
    let (now, who_is) = (district.now(), district.who_is);
    let (door, processes) = (district.door.clone(), district.processes.clone());
    let (signed_in, duties) = district
        .store()
        .read(move |tx| -> Done<_> {
            let signed_in = match &session {
                Some(hash) => who_is(tx, hash, now)?,
                None => None,
            };
            processes.refresh(tx)?;
            Ok((signed_in, door.duty_list(tx)?))
        })
        .await?;
    let lang = language(headers, &district.config, signed_in.as_ref());
    Ok(Visitor {
        actor: signed_in.as_ref().map_or_else(Actor::public, |s| s.actor.clone()),
        elder: cookies::is_elder(headers),
        part: headers.get("hx-target").and_then(|h| h.to_str().ok()).map(str::to_owned),
        district,
        signed_in,
        lang,
        path,
        duties,
    })
}

/// The language that a browser or a program would rather have, of those we speak.
pub fn accepted_language(headers: &HeaderMap) -> Option<Lang> {
    Lang::accepted(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// The cookie, else the person's own choice, else the browser's language, else Chinese.
pub(super) fn language(headers: &HeaderMap, config: &Config, signed_in: Option<&SignedIn>) -> Lang {
    cookies::read(headers, config, cookies::LANGUAGE)
        .and_then(Lang::from_code)
        .or_else(|| signed_in.and_then(|s| Lang::from_code(&s.language)))
        .or_else(|| accepted_language(headers))
        .unwrap_or_default()
}
