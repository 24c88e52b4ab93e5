//! The only SQL that names persons, contacts, follows, bodies, posts, appointments and delegations.

mod appointment;
mod body;
mod contact;
mod delegation;
mod follow;
mod keyed;
mod kind;
mod look;
mod person;
mod post;

pub use appointment::*;
pub use body::*;
pub use contact::*;
pub use delegation::*;
pub use follow::*;
pub use keyed::*;
pub use kind::*;
pub use look::*;
pub use person::*;
pub use post::*;

pub(super) use delegation::stands;
pub(super) use post::today;
