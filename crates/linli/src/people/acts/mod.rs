//! What is done to people, bodies and posts: one file an act.

mod appoint;
mod body;
mod close;
mod correct;
mod create_staff;
mod delegate;
mod follow;
mod forget_looks;
mod join;
pub mod office;
mod post;
mod register;
mod remit;
mod reset;
mod secure;
mod sign_in;
mod suspend;
mod unmask;

pub use appoint::{Appoint, Relieve};
pub use body::{BodyFields, ChangeBody, CreateBody, EndBody};
pub use close::Close;
pub use correct::{Correct, CorrectPhone, CorrectPlace};
pub use create_staff::CreateStaff;
pub use delegate::{Delegate, EndDelegation};
pub use follow::{FollowPlace, MOST_FOLLOWING};
pub use forget_looks::{ForgetLooks, MOST_LOOKS};
pub use join::{Agree, Join};
pub use post::{ChangePost, CreatePost, EndPost, MovePost};
pub use register::{Register, Registered};
pub use remit::{AddRemit, EndRemit};
pub use reset::Reset;
pub use secure::{ChangePassword, Secure};
pub use sign_in::SignIn;
pub use suspend::{Resume, Suspend};
pub use unmask::Unmask;

use crate::base::{Fault, secret};

/// What was asked, hashed part by part: personal text goes in only under the people key, so that
/// the digest an act leaves behind tells nothing of it.
fn body_of(parts: &[&str]) -> Result<Vec<u8>, Fault> {
    Ok(secret::sha256_hex(&serde_json::to_vec(parts)?).into_bytes())
}
