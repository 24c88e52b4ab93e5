//! What may be done to the catalogue: take over a place's own table, change a class.

mod change;
mod import;

pub use change::{AddClass, ChangeClass, CloseClass};
pub use import::{AdoptClasses, StageClasses, StagedClass, retire};
