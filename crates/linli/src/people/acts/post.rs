//! Posts (岗位): made, changed and ended by the security administrator. Ending a post ends every
//! appointment to it, at once.

use std::borrow::Cow;

use crate::act::{Act, Acting, Done, FieldProblem, Reach, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::people::{POSTS, store};
use crate::territory::{self, Place};

pub struct CreatePost {
    pub id: Id,
    /// As the duty list names it: `grid_worker`.
    pub kind: String,
    pub title: String,
    pub place_id: Id,
    pub place_path: String,
    pub body: Option<Id>,
    /// The telephone of the post, which is public.
    pub contact: Option<String>,
}

impl Act for CreatePost {
    type Outcome = Id;

    fn name(&self) -> Cow<'static, str> {
        "post.create".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let body = self.body.as_ref().map_or("", Id::as_str);
        let contact = self.contact.as_deref().unwrap_or_default();
        super::body_of(&[&self.kind, &self.title, self.place_id.as_str(), body, contact])
    }

    fn subject(&self) -> Subject {
        let reach = Reach {
            publicity: "public".to_owned(),
            body: self.body.clone(),
            ..Reach::at(self.place_path.clone())
        };
        Subject::New { kind: "post", id: self.id.to_string(), reach }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Id> {
        match store::kind_group(cx.read(), &self.kind)?.as_deref() {
            None | Some("public" | "resident" | "clock") => {
                return Err(FieldProblem::new("kind", "no_such_post_kind").into());
            }
            Some(_) => {}
        }
        if let Some(body) = &self.body
            && store::body(cx.read(), body)?.is_none_or(|body| body.ended_at.is_some())
        {
            return Err(FieldProblem::new("body", "no_such_body").into());
        }
        store::insert_post(cx, self)?;
        Ok(self.id.clone())
    }
}

pub struct ChangePost {
    pub post: Id,
    pub title: String,
    pub contact: Option<String>,
    pub version: i64,
}

impl Act for ChangePost {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "post.change".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let contact = self.contact.as_deref().unwrap_or_default();
        let version = self.version.to_string();
        super::body_of(&[self.post.as_str(), &self.title, contact, &version])
    }

    fn subject(&self) -> Subject {
        Subject::row(POSTS, &self.post)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        if store::change_post(cx, self)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}

/// Puts a post at another place: after the grid it was for was split, merged or closed.
pub struct MovePost {
    pub post: Id,
    /// The place it is for from now on.
    pub place: Id,
    pub version: i64,
}

impl Act for MovePost {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "post.move".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        let version = self.version.to_string();
        super::body_of(&[self.post.as_str(), self.place.as_str(), &version])
    }

    fn subject(&self) -> Subject {
        Subject::row(POSTS, &self.post)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let place = territory::place_by_id(cx.read(), &self.place)?.filter(Place::stands);
        let Some(place) = place else {
            return Err(FieldProblem::new("place", "no_such_place").into());
        };
        if !place.within(&cx.actor.place_path) {
            return Err(Refusal::new("beyond_your_place").with("act", "post.move").into());
        }
        // Nobody widens their own reach.
        for (_, person) in store::appointments_to(cx.read(), &self.post)? {
            crate::people::rules::not_oneself(cx.actor.person.as_ref(), &person)?;
        }
        if store::move_post(cx, &self.post, &place, self.version)? {
            Ok(())
        } else {
            Err(Refusal::new("changed_meanwhile").into())
        }
    }
}

pub struct EndPost {
    pub post: Id,
    pub version: i64,
}

impl Act for EndPost {
    type Outcome = ();

    fn name(&self) -> Cow<'static, str> {
        "post.end".into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        super::body_of(&[self.post.as_str(), &self.version.to_string()])
    }

    fn subject(&self) -> Subject {
        Subject::row(POSTS, &self.post)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
        let running = store::appointments_to(cx.read(), &self.post)?;
        for (_, person) in &running {
            crate::people::rules::not_oneself(cx.actor.person.as_ref(), person)?;
        }
        // With the post its holder would be gone: an administrator is relieved first, by two.
        if let Some((_, group)) = store::kind_of_running_post(cx.read(), &self.post)?
            && !running.is_empty()
        {
            super::office::relieved_first(cx.actor, &group)?;
        }
        if !store::end_post(cx, &self.post, self.version)? {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        for (appointment, _) in running {
            store::end_appointment(cx, &appointment, "post ended")?;
        }
        Ok(())
    }
}
