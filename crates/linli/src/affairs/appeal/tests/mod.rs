mod desk;
mod follow;
mod loop_of_a_case;
mod town;
mod transitions;
pub(crate) mod visit;
