//! What the program promises when things go wrong: a process that is killed, a database that is
//! cut off, a full disk, clients that repeat themselves, officers who act at the same moment.

mod behind;
mod closing;
mod cut;
mod full;
mod held;
mod kill;
mod missing;
mod mutations;
mod parsers;
mod races;
mod restart;
mod same_act;
mod served;
mod sync;
pub mod town;
mod working;
