mod desk;
mod follow;
mod loop_of_a_case;
mod contact;
mod texts;
mod town;
mod transitions;
pub(crate) mod visit;
