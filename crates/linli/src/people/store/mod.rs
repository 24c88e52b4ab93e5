//! The only SQL that names persons, bodies, posts, appointments and delegations.

mod body;
mod keyed;
mod person;
mod post;

pub use body::*;
pub use keyed::*;
pub use person::*;
pub use post::*;
