//! What the program promises when things go wrong: a process that is killed, a database that is
//! cut off, a full disk, clients that repeat themselves, officers who act at the same moment.

mod cut;
mod full;
mod kill;
mod parsers;
mod races;
mod same_act;
mod served;
mod sync;
mod town;
